//! From parameters to a question: period, position, filters, and what of it makes sense.

use app::analytics::{NumbersQuery as Question, Unanswered, Wanted, Whose};
use app::history::Moment;
use chrono::TimeDelta;
use domain::calendar::Date;
use domain::ids::{TeamId, UserId};
use domain::time::{Millis, Timestamp};
use domain::zone::Zone;
use projections::analytics::{Episodes, GroupBy, Metric};

use crate::caller::Caller;
use crate::context::Shared;
use crate::dto::analytics::*;
use crate::extract::{one_of, past_problem};
use crate::front::Front;
use crate::problem::{FieldError, Kind, Problem};

/// Days of one question at most.
const DAYS_MAX: i64 = 366;
/// Days where none are named.
const DAYS: i64 = 30;

/// A question as it was asked, settled.
pub(in crate::routes) struct Asked {
    pub(in crate::routes) question: Question,
    pub(in crate::routes) zone: Zone,
    pub(in crate::routes) envelope: Envelope,
}

/// A parameter that fits its schema and makes no sense.
pub(in crate::routes) fn unfit(name: &str, code: &str, detail: impl Into<String>) -> Problem {
    Problem::new(Kind::Unprocessable).errors(vec![FieldError {
        pointer: None,
        parameter: Some(name.to_owned()),
        code: code.to_owned(),
        detail: detail.into(),
    }])
}

/// Settles the shared parameters. `metrics` are those that were named, by which parameter; `None` for all that can be asked so.
pub(in crate::routes) async fn settle(
    (caller, front, shared): (&Caller, &Front, &Shared),
    whose: Whose,
    query: NumbersQuery,
    (parameter, metrics): (&'static str, Option<Vec<MetricName>>),
    group_by: GroupBy,
) -> Result<Asked, Problem> {
    if whose == Whose::Reach {
        front.sees_numbers(&caller.principal)?;
    }
    let zone = query.time_zone.as_deref().unwrap_or("UTC");
    let zone: Zone = zone.parse().map_err(|_| {
        unfit("time_zone", "unknown-value", "must be a name of the IANA time zone database, like Europe/Madrid")
    })?;
    const PAST: [&str; 2] = ["as_of_pos", "as_of"];
    let moment = match one_of(query.as_of_pos, query.as_of, PAST)? {
        None => front.present_moment()?,
        Some(past) => front.moment(past).await.map_err(|error| past_problem(error, past, PAST))?,
    };
    // Asked about the past, a period that names no end goes to where the past does.
    let is_past = query.as_of_pos.is_some() || query.as_of.is_some();
    let (from, to) = period(if is_past { moment.at } else { shared.now() }, &query, zone)?;
    let wanted = wanted(&query, caller.principal.user_id);
    let of_people = whose == Whose::Own || group_by == GroupBy::Agent || wanted.agents.is_some();
    let business_hours = query.business_hours.unwrap_or(false);
    let mut metrics = match metrics.filter(|metrics| !metrics.is_empty()) {
        None => Metric::ALL.iter().copied().filter(|metric| !of_people || metric.of_people()).collect(),
        Some(named) => {
            let metrics: Vec<Metric> = named.into_iter().map(|name| name.0).collect();
            if let Some(metric) = metrics.iter().find(|metric| of_people && !metric.of_people()) {
                let detail = format!("{} is nobody's: it cannot be told apart by people", metric.name());
                return Err(unfit(parameter, "not-of-people", detail));
            }
            metrics
        }
    };
    if business_hours {
        metrics.iter_mut().for_each(|metric| *metric = metric.in_business_hours());
    }
    let mut known = std::collections::BTreeSet::new();
    metrics.retain(|metric| known.insert(*metric));
    let episodes = match query.episodes {
        None | Some(EpisodeChoice::First) => Episodes::First,
        Some(EpisodeChoice::All) => Episodes::All,
    };
    let definition = front.view(|views| {
        let definitions = &views.facts.definitions;
        let asked = query.definition.map(|version| definitions.get(version).map(|definition| definition.version));
        asked.unwrap_or_else(|| Some(definitions.at(moment.pos).version))
    });
    let definition = definition
        .ok_or_else(|| unfit("definition", "unknown-value", "there is no such version of the definitions"))?;
    let envelope = Envelope {
        as_of: moment.pos.into(),
        as_of_at: moment.at.into(),
        definition,
        period: NumbersPeriod { from: from.into(), to: to.into() },
        time_zone: zone.name().to_owned(),
        business_hours,
        filters: NumbersFilters {
            channel_id: query.channel_id,
            brand_id: query.brand_id,
            team_id: query.team_id,
            agent_id: query.agent_id,
            tag: query.tag,
            untagged: query.untagged.unwrap_or(false),
        },
    };
    let question = Question { whose, metrics, from, to, moment, definition, episodes, wanted, group_by };
    Ok(Asked { question, zone, envelope })
}

impl Asked {
    /// The same about another moment and period: where a page goes on.
    pub(in crate::routes) fn about(&mut self, moment: Moment, from: Timestamp, to: Timestamp) {
        self.question.moment = moment;
        (self.question.from, self.question.to) = (from, to);
        self.envelope.as_of = moment.pos.into();
        self.envelope.as_of_at = moment.at.into();
        self.envelope.period = NumbersPeriod { from: from.into(), to: to.into() };
    }
}

/// A day, or a time.
enum Bound {
    Day(Date),
    Time(Timestamp),
}

fn bound(name: &'static str, text: &str) -> Result<Bound, Problem> {
    let day = text.parse::<Date>().ok().map(Bound::Day);
    let time = || Timestamp::parse_rfc3339(text).map(Bound::Time);
    day.or_else(time).ok_or_else(|| Problem::parameter(name, "wrong-form", "no day or time there is"))
}

fn period(now: Timestamp, query: &NumbersQuery, zone: Zone) -> Result<(Timestamp, Timestamp), Problem> {
    let start = |date: Date, days: i64| zone.start_of(date.naive() + TimeDelta::days(days));
    let to = match query.to.as_deref().map(|text| bound("to", text)).transpose()? {
        None => now,
        Some(Bound::Day(last)) => start(last, 1),
        Some(Bound::Time(at)) => at,
    };
    let from = match query.from.as_deref().map(|text| bound("from", text)).transpose()? {
        None => zone.start_of(zone.date_at(to - Millis::days(DAYS - 1))),
        Some(Bound::Day(first)) => start(first, 0),
        Some(Bound::Time(at)) => at,
    };
    if to <= from {
        return Err(unfit("to", "out-of-range", "must be later than `from`"));
    }
    // A local day may have more than 24 hours.
    if to - from > Millis::hours(DAYS_MAX * 24 + 26) {
        return Err(unfit("to", "out-of-range", format!("must be at most {DAYS_MAX} days after `from`")));
    }
    Ok((from, to))
}

fn wanted(query: &NumbersQuery, me: UserId) -> Wanted {
    // What fits its pattern and is no id was never given out.
    let team = |team: &TeamOrNone| match team.0.as_str() {
        "none" => None,
        id => Some(id.parse().unwrap_or(TeamId::from_u128(0))),
    };
    let agent = |agent: &AgentOrNone| match agent.0.as_str() {
        "none" => None,
        "me" => Some(me),
        id => Some(id.parse().unwrap_or(UserId::from_u128(0))),
    };
    let words = query.tag.iter().flatten().map(|tag| Some(tag.0.trim().to_lowercase()));
    let untagged = query.untagged.unwrap_or(false).then_some(None);
    let by_tag = query.tag.is_some() || untagged.is_some();
    Wanted {
        channels: query.channel_id.as_ref().map(|ids| ids.iter().map(|id| id.0).collect()),
        brands: query.brand_id.as_ref().map(|ids| ids.iter().map(|id| id.0).collect()),
        teams: query.team_id.as_ref().map(|ids| ids.iter().map(team).collect()),
        agents: query.agent_id.as_ref().map(|ids| ids.iter().map(agent).collect()),
        tags: by_tag.then(|| words.chain(untagged).collect()),
    }
}

impl From<Unanswered> for Problem {
    fn from(unanswered: Unanswered) -> Self {
        match unanswered {
            Unanswered::TooMany => unfit("group_by", "too-many", "the answer would be too large; ask about less"),
            Unanswered::Failed(failure) => failure.into(),
        }
    }
}
