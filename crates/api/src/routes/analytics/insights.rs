//! What changed in a period, and why.

use app::analytics::insights::{About, EvidencePlace, InsightsQuery as Looked, NoInsights};
use projections::insights::CONTACTS_MIN;
use projections::insights::spikes::Step;

use super::*;
use crate::dto::insights::*;
use crate::present::insights as present;

/// Of each kind where nothing else is asked.
const LIMIT: u16 = 20;
/// Of longer periods spikes are days.
const HOURS_OF: Millis = Millis::days(14);

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::get("/v1/analytics/insights", "get_insights", insights)
            .about(Tag::Analytics, "See what changed, and why")
            .description(
                "Tags and topics beside the period before; hours or days that brought far more than usual (three standard \
                 deviations and five episodes above the same hour of the local week in the eight weeks before, of which two \
                 must be known) with what has a larger share of them than it usually has; and what the knowledge base was \
                 asked and did not answer. Words come from messages you may read, opened when you ask and kept nowhere: \
                 what was erased or taken back is in no answer any more, also of an earlier position. What fewer than \
                 `min_contacts` different contacts wrote is not said, and neither are long numbers.",
            )
            .needs(Action::AnalyticsReadTeam)
            .refuses(&[Kind::Unprocessable, Kind::PositionGone]),
        Endpoint::get("/v1/analytics/insights/messages", "list_insight_messages", messages)
            .about(Tag::Analytics, "List the messages behind a topic or a question")
            .description("Asked with the same period and filters, they are as many as the topic or the question counts.")
            .needs(Action::AnalyticsReadTeam)
            .refuses(&[Kind::Unprocessable, Kind::PositionGone, Kind::CursorInvalid, Kind::CursorMismatch]),
    ]
}

impl From<NoInsights> for Problem {
    fn from(none: NoInsights) -> Self {
        match none {
            NoInsights::TooManyHours => {
                let detail = format!("gives more than {} of them; ask for days", bucket::BUCKETS_MAX);
                unfit("spike_interval", "too-many", detail)
            }
            NoInsights::Unanswered(unanswered) => unanswered.into(),
        }
    }
}

async fn asked((caller, front, shared): (&Caller, &Front, &Shared), numbers: NumbersQuery) -> Result<Asked, Problem> {
    let named = ("metrics", Some(vec![MetricName(Metric::Volume)]));
    settle((caller, front, shared), Whose::Reach, numbers, named, GroupBy::Nothing).await
}

fn looked(asked: &Asked, interval: Option<SpikeInterval>, min_contacts: Option<u32>) -> (Looked, SpikeInterval) {
    let question = &asked.question;
    let (before, _) = bucket::before(question.from, question.to, asked.zone);
    let long = question.to - question.from > HOURS_OF;
    let interval = interval.unwrap_or(if long { SpikeInterval::Day } else { SpikeInterval::Hour });
    let step = match interval {
        SpikeInterval::Hour => Step::Hour,
        SpikeInterval::Day => Step::Day,
    };
    let contacts_min = min_contacts.unwrap_or(CONTACTS_MIN);
    (Looked { numbers: question.clone(), before, zone: asked.zone, step, contacts_min }, interval)
}

async fn insights(
    caller: Caller,
    front: Front,
    shared: Shared,
    Both(numbers, query): Both<NumbersQuery, InsightsQuery>,
) -> Result<Found<Insights>, Problem> {
    let asked = asked((&caller, &front, &shared), numbers).await?;
    let (looked, spike_interval) = looked(&asked, query.spike_interval, query.min_contacts);
    let previous = NumbersPeriod { from: looked.before.into(), to: looked.numbers.from.into() };
    let min_contacts = looked.contacts_min;
    let (desk, principal) = (Desk::clone(&front), caller.principal.clone());
    let found = tokio::task::spawn_blocking(move || desk.insights(&principal, &looked));
    let found = found.await.map_err(Problem::internal)??;
    let (order, limit) = (query.order.unwrap_or(TrendOrder::Rising), usize::from(query.limit.unwrap_or(LIMIT)));
    let groups = front.groups(&caller.principal, found.tags.iter().map(|tag| tag.tag));
    let spikes = found.spikes.iter().map(|spike| {
        let causes = front.groups(&caller.principal, spike.spike.causes.iter().map(|cause| cause.value));
        present::spike(spike, causes)
    });
    let data = InsightsData {
        previous,
        spike_interval,
        min_contacts,
        tags: present::tags(&found, &groups, order, limit),
        topics: present::topics(&found, order, limit),
        messages: present::messages(&found),
        spikes: spikes.collect(),
        unanswered_questions: present::questions(&found, limit),
        knowledge: present::knowledge(&found, limit),
    };
    Ok(Found(Insights::of(asked.envelope, data)))
}

async fn messages(
    caller: Caller,
    front: Front,
    shared: Shared,
    Both(numbers, query): Both<NumbersQuery, InsightMessagesQuery>,
) -> Result<Found<InsightMessages>, Problem> {
    let question =
        format!("insight messages {:?} {:?} {:?} {numbers:?}", query.topic, query.question, query.min_contacts);
    let about = match (query.topic, query.question) {
        (Some(phrase), None) => About::Topic(phrase),
        (None, Some(words)) => About::Question(words),
        (None, None) => return Err(unfit("topic", "required", "say which: `topic` or `question`")),
        (Some(_), Some(_)) => return Err(unfit("question", "exclusive", "must not be given together with topic")),
    };
    let mut asked = asked((&caller, &front, &shared), numbers).await?;
    let pager = Pager::new(&shared, &caller, question, query.cursor, query.limit);
    let after = pager.after::<EvidencePlace>()?;
    if let Some(place) = after {
        let moment = Timestamp::from_millis;
        asked.about(Moment { pos: place.as_of, at: moment(place.as_of_at) }, moment(place.from), moment(place.to));
        (asked.question.definition, asked.envelope.definition) = (place.definition, place.definition);
    }
    let (looked, _) = looked(&asked, None, query.min_contacts);
    let (desk, principal, limit) = (Desk::clone(&front), caller.principal.clone(), pager.limit());
    let found = tokio::task::spawn_blocking(move || desk.evidence(&principal, &looked, &about, after, limit));
    let found = found.await.map_err(Problem::internal)??;
    let rows = found.rows.iter().map(present::message).collect();
    let data = InsightMessagesData { rows, page: pager.info(found.next) };
    Ok(Found(InsightMessages::of(asked.envelope, data)))
}
