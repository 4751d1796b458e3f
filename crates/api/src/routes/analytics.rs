//! Numbers: summaries, series, leaderboards, heatmaps, histograms, and the rows and events they are made of.

use app::Desk;
use app::analytics::{NumbersQuery as Question, Place, Unanswered, Whose};
use app::history::Moment;
use domain::access::Action;
use domain::time::{Millis, Timestamp};
use projections::analytics::bucket::{self, Buckets, Interval};
use projections::analytics::collect::{Axis, Cells};
use projections::analytics::distribution::{BOUNDS_AMOUNT, BOUNDS_SECONDS, Distribution as Histogram};
use projections::analytics::{Cell, GroupBy, GroupKey, Kind as MetricKind, Metric, leaderboard};

use crate::answer::Found;
use crate::caller::Caller;
use crate::context::Shared;
use crate::dto::analytics::*;
use crate::endpoint::Endpoint;
use crate::extract::Both;
use crate::front::Front;
use crate::openapi::Tag;
use crate::paging::Pager;
use crate::present::analytics as present;
use crate::problem::{Kind, Problem};

pub(super) mod asked;
mod insights;
mod scorecard;
mod staffing;

use asked::{Asked, settle, unfit};

pub(super) fn endpoints() -> Vec<Endpoint> {
    const REFUSES: &[Kind] = &[Kind::Unprocessable, Kind::PositionGone];
    let mut all = vec![
        Endpoint::get("/v1/analytics/summary", "get_summary", summary)
            .about(Tag::Analytics, "Get numbers of a period")
            .description(
                "Those who work above teams see what lies in their brands, whoever leads a team what lay in it. Every \
                 number is a fold over rows that `/v1/analytics/drilldown` shows, and stays the same for the same `as_of`.",
            )
            .needs(Action::AnalyticsReadTeam)
            .refuses(REFUSES),
        Endpoint::get("/v1/analytics/timeseries", "get_timeseries", timeseries)
            .about(Tag::Analytics, "Get numbers over time")
            .description(
                "Buckets are those of the zone's clock: a local day may have 23 or 25 hours, an hour is always a real one. \
                 Weeks begin on Monday.",
            )
            .needs(Action::AnalyticsReadTeam)
            .refuses(REFUSES),
        Endpoint::get("/v1/analytics/leaderboard", "get_leaderboard", ranking)
            .about(Tag::Analytics, "See who stands where")
            .description(
                "By the metric's headline, equals share a rank. Whoever has too few is listed apart and never ranked. The \
                 interval says how much of a difference may be chance.",
            )
            .needs(Action::AnalyticsReadTeam)
            .refuses(REFUSES),
        Endpoint::get("/v1/analytics/heatmap", "get_heatmap", heatmap)
            .about(Tag::Analytics, "Get a number for each hour of the local week")
            .needs(Action::AnalyticsReadTeam)
            .refuses(REFUSES),
        Endpoint::get("/v1/analytics/distribution", "get_distribution", distribution)
            .about(Tag::Analytics, "See how values lie")
            .needs(Action::AnalyticsReadTeam)
            .refuses(REFUSES),
        Endpoint::get("/v1/analytics/drilldown", "get_drilldown", drilldown)
            .about(Tag::Analytics, "List the rows behind a number, with the events behind each")
            .description(
                "The period and the filters of a bucket or a group give its rows. Rows of conversations you do not see are \
                 counted only.",
            )
            .needs(Action::AnalyticsReadTeam)
            .refuses(&[Kind::Unprocessable, Kind::PositionGone, Kind::CursorInvalid, Kind::CursorMismatch]),
        scorecard::endpoint(),
        staffing::endpoint(),
        Endpoint::get("/v1/me/metrics", "get_my_metrics", own)
            .about(Tag::Analytics, "Get your own numbers")
            .needs(Action::MetricRead)
            .refuses(REFUSES),
        Endpoint::get("/v1/metric-definitions", "get_metric_definitions", definitions)
            .about(Tag::Analytics, "Get what numbers mean")
            .needs(Action::MetricRead),
    ];
    all.extend(insights::endpoints());
    all
}

/// Works a question out beside the threads that answer.
pub(super) async fn work<T: Send + 'static>(
    front: &Front,
    caller: &Caller,
    question: &Question,
    answer: impl FnOnce(&Desk, &domain::access::Principal, &Question) -> Result<T, Unanswered> + Send + 'static,
) -> Result<T, Problem> {
    let (desk, principal, question) = (Desk::clone(front), caller.principal.clone(), question.clone());
    let found = tokio::task::spawn_blocking(move || answer(&desk, &principal, &question));
    Ok(found.await.map_err(Problem::internal)??)
}

async fn cells(
    front: &Front,
    caller: &Caller,
    question: &Question,
    axis: Axis,
    target_seconds: Option<u32>,
) -> Result<Cells, Problem> {
    let target = target_seconds.map(|seconds| Millis::seconds(i64::from(seconds)));
    work(front, caller, question, move |desk, by, question| desk.numbers(by, question, axis, target)).await
}

fn whole(question: &Question) -> Axis {
    Axis::Buckets(Buckets::whole(question.from, question.to))
}

async fn summary(
    caller: Caller,
    front: Front,
    shared: Shared,
    Both(numbers, query): Both<NumbersQuery, SummaryQuery>,
) -> Result<Found<Summary>, Problem> {
    let group_by = present::group_by(query.group_by);
    let asked = settle((&caller, &front, &shared), Whose::Reach, numbers, ("metrics", query.metrics), group_by).await?;
    summed(&caller, &front, asked, query.compare, query.target_seconds).await
}

async fn own(
    caller: Caller,
    front: Front,
    shared: Shared,
    Both(numbers, query): Both<NumbersQuery, OwnSummaryQuery>,
) -> Result<Found<Summary>, Problem> {
    let asked =
        settle((&caller, &front, &shared), Whose::Own, numbers, ("metrics", query.metrics), GroupBy::Nothing).await?;
    summed(&caller, &front, asked, query.compare, query.target_seconds).await
}

async fn summed(
    caller: &Caller,
    front: &Front,
    Asked { question, zone, envelope }: Asked,
    compare: Option<Comparison>,
    target: Option<u32>,
) -> Result<Found<Summary>, Problem> {
    let now = cells(front, caller, &question, whole(&question), target).await?;
    let (previous, before) = match compare {
        None => (None, None),
        Some(Comparison::Previous) => {
            let (from, to) = bucket::before(question.from, question.to, zone);
            let earlier = Question { from, to, ..question.clone() };
            let before = cells(front, caller, &earlier, whole(&earlier), target).await?;
            (Some(NumbersPeriod { from: from.into(), to: to.into() }), Some(before))
        }
    };
    let at = |cells: &Cells, group, column: usize, metric| {
        cells.get(group, 0).map_or_else(|| Cell::empty(metric), |cells| cells[column])
    };
    let row = |group| -> Vec<ComparedValue> {
        let metrics = question.metrics.iter().copied().enumerate();
        let compared = |(column, metric)| {
            let before = before.as_ref().map(|before| at(before, group, column, metric));
            present::compared(metric, &at(&now, group, column, metric), before.as_ref())
        };
        metrics.map(compared).collect()
    };
    let mut keys = now.groups();
    keys.extend(before.iter().flat_map(Cells::groups));
    keys.sort_unstable();
    keys.dedup();
    let groups = front.groups(&caller.principal, keys);
    let groups = groups.iter().map(|group| present::row(Some(group), row(group.key))).collect();
    let total = present::row(None, row(GroupKey::Everything));
    Ok(Found(Summary::of(envelope, SummaryData { previous, total, groups })))
}

async fn timeseries(
    caller: Caller,
    front: Front,
    shared: Shared,
    Both(numbers, query): Both<NumbersQuery, TimeseriesQuery>,
) -> Result<Found<Timeseries>, Problem> {
    let group_by = present::group_by(query.group_by);
    let asked =
        settle((&caller, &front, &shared), Whose::Reach, numbers, ("metrics", Some(query.metrics)), group_by).await?;
    let Asked { question, zone, envelope } = asked;
    let interval = match query.interval.unwrap_or(NumbersInterval::Day) {
        NumbersInterval::Hour => Interval::Hour,
        NumbersInterval::Day => Interval::Day,
        NumbersInterval::Week => Interval::Week,
        NumbersInterval::Month => Interval::Month,
        NumbersInterval::Quarter => Interval::Quarter,
    };
    let buckets = Buckets::new(question.from, question.to, interval, zone).map_err(|_| {
        unfit("interval", "too-many", format!("gives more than {} buckets; ask for longer ones", bucket::BUCKETS_MAX))
    })?;
    let cells = cells(&front, &caller, &question, Axis::Buckets(buckets.clone()), query.target_seconds).await?;
    let groups = front.groups(&caller.principal, cells.groups());
    if (groups.len() + 1) * buckets.len() * question.metrics.len() > projections::analytics::collect::CELLS_MAX {
        return Err(Unanswered::TooMany.into());
    }
    let series = |metric: Metric, column: usize, key, group: Option<&app::analytics::Group>| Series {
        metric: MetricName(metric),
        group: group.and_then(|group| group.id.clone()),
        name: group.and_then(|group| group.name.clone()),
        values: (0..buckets.len() as u32)
            .map(|place| {
                let cell = cells.get(key, place).map_or_else(|| Cell::empty(metric), |cells| cells[column]);
                present::value(metric, &cell)
            })
            .collect(),
    };
    let metrics = || question.metrics.iter().copied().enumerate();
    let total = metrics().map(|(column, metric)| series(metric, column, GroupKey::Everything, None));
    let of_group = |group| metrics().map(move |(column, metric)| (group, column, metric));
    let of_groups = groups.iter().flat_map(of_group);
    let of_groups = of_groups.map(|(group, column, metric)| series(metric, column, group.key, Some(group)));
    let series = total.chain(of_groups).collect();
    let buckets = buckets.iter().map(|(from, to)| NumbersPeriod { from: from.into(), to: to.into() }).collect();
    Ok(Found(Timeseries::of(envelope, TimeseriesData { buckets, series })))
}

async fn ranking(
    caller: Caller,
    front: Front,
    shared: Shared,
    Both(numbers, query): Both<NumbersQuery, LeaderboardQuery>,
) -> Result<Found<Leaderboard>, Problem> {
    let group_by = match query.group_by.unwrap_or(LeaderboardGroup::Agent) {
        LeaderboardGroup::Agent => GroupBy::Agent,
        LeaderboardGroup::Team => GroupBy::Team,
        LeaderboardGroup::Channel => GroupBy::Channel,
        LeaderboardGroup::Brand => GroupBy::Brand,
    };
    let named = ("metric", Some(vec![query.metric]));
    let asked = settle((&caller, &front, &shared), Whose::Reach, numbers, named, group_by).await?;
    let Asked { question, envelope, .. } = asked;
    let metric = question.metrics[0];
    let cells = cells(&front, &caller, &question, whole(&question), query.target_seconds).await?;
    let min_sample = query.min_sample.unwrap_or(leaderboard::MIN_SAMPLE as u32);
    let of_groups = cells.groups().into_iter().filter_map(|group| Some((group, cells.get(group, 0)?[0])));
    let entries = leaderboard::ranked(metric, of_groups, u64::from(min_sample));
    let groups = front.groups(&caller.principal, entries.iter().map(|entry| entry.group));
    let anonymous = query.anonymous.unwrap_or(false);
    let rows = entries.iter().zip(groups).map(|(entry, group)| {
        let is_me = group.user_id == Some(caller.principal.user_id);
        let said = |text: Option<String>| text.filter(|_| is_me || !anonymous);
        let method = if metric.kind() == MetricKind::Share { "wilson" } else { "student_t" };
        let interval = entry.cell.interval(metric).map(|(low, high)| ConfidenceInterval { low, high, method });
        let value = present::value(metric, &entry.cell);
        LeaderboardRow { rank: entry.rank, group: said(group.id), name: said(group.name), is_me, value, interval }
    });
    let (mut ranked, mut below_min_sample): (Vec<_>, Vec<_>) = rows.partition(|row| row.rank.is_some());
    ranked.truncate(usize::from(query.limit.unwrap_or(50)));
    if anonymous {
        // In the order of their ids they would be known.
        below_min_sample.sort_by_key(|row| (!row.is_me, std::cmp::Reverse(row.value.count)));
    }
    Ok(Found(Leaderboard::of(envelope, LeaderboardData { min_sample, ranked, below_min_sample })))
}

const WEEKDAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

async fn heatmap(
    caller: Caller,
    front: Front,
    shared: Shared,
    Both(numbers, query): Both<NumbersQuery, HeatmapQuery>,
) -> Result<Found<Heatmap>, Problem> {
    let metric = query.metric.map_or(Metric::Volume, |name| name.0);
    if metric.kind() == MetricKind::Level {
        return Err(unfit("metric", "not-applicable", "stands at a moment and lies in no hour of the week"));
    }
    let named = ("metric", Some(vec![MetricName(metric)]));
    let asked = settle((&caller, &front, &shared), Whose::Reach, numbers, named, GroupBy::Nothing).await?;
    let Asked { question, zone, envelope } = asked;
    let metric = question.metrics[0];
    let cells = cells(&front, &caller, &question, Axis::Week(zone), query.target_seconds).await?;
    let cells = WEEKDAYS.iter().enumerate().flat_map(|(day, weekday)| {
        let cells = &cells;
        (0..24).map(move |hour| {
            let cell = cells.get(GroupKey::Everything, day as u32 * 24 + hour);
            let value = cell.map_or_else(|| Cell::empty(metric), |cells| cells[0]);
            // In an hour of the week nothing stands.
            let value = MetricValue { open_n: None, ..present::value(metric, &value) };
            HeatmapCell { weekday, hour, value }
        })
    });
    let cells = cells.collect();
    Ok(Found(Heatmap::of(envelope, HeatmapData { cells })))
}

async fn distribution(
    caller: Caller,
    front: Front,
    shared: Shared,
    Both(numbers, query): Both<NumbersQuery, DistributionQuery>,
) -> Result<Found<Distribution>, Problem> {
    let metric = query.metric.map_or(Metric::Frt, |name| name.0);
    if !Histogram::applies(metric.kind()) {
        return Err(unfit("metric", "not-applicable", "is only counted; there is nothing to lie in ranges"));
    }
    let named = ("metric", Some(vec![MetricName(metric)]));
    let asked = settle((&caller, &front, &shared), Whose::Reach, numbers, named, GroupBy::Nothing).await?;
    let Asked { question, envelope, .. } = asked;
    let metric = question.metrics[0];
    let bounds: Vec<i64> = match query.bounds.filter(|bounds| !bounds.is_empty()) {
        Some(bounds) => bounds.into_iter().map(|bound| i64::from(bound.0)).collect(),
        None if metric.kind() == MetricKind::Length => BOUNDS_SECONDS.to_vec(),
        None => BOUNDS_AMOUNT.to_vec(),
    };
    let bounds = bounds.into_iter().map(|bound| bound * 1_000).collect();
    let ranges = work(&front, &caller, &question, |desk, by, question| desk.distribution(by, question, bounds)).await?;
    let unit = |bound: Option<i64>| bound.map(projections::analytics::cell::thousandths);
    let count = ranges.iter().map(|range| range.count).sum::<u64>().into();
    let range = |range: &projections::analytics::distribution::Range| DistributionRange {
        above: unit(range.from),
        up_to: unit(range.to),
        count: range.count.into(),
    };
    let ranges = ranges.iter().map(range).collect();
    let data = DistributionData { metric: MetricName(metric), unit: metric.unit().as_str(), count, ranges };
    Ok(Found(Distribution::of(envelope, data)))
}

async fn drilldown(
    caller: Caller,
    front: Front,
    shared: Shared,
    Both(numbers, query): Both<NumbersQuery, DrilldownQuery>,
) -> Result<Found<Drilldown>, Problem> {
    let question = format!("drilldown {:?} {numbers:?}", query.metric);
    let named = ("metric", Some(vec![query.metric]));
    let mut asked = settle((&caller, &front, &shared), Whose::Reach, numbers, named, GroupBy::Nothing).await?;
    let pager = Pager::new(&shared, &caller, question, query.cursor, query.limit);
    let after = pager.after::<Place>()?;
    if let Some(place) = after {
        let moment = Timestamp::from_millis;
        asked.about(Moment { pos: place.as_of, at: moment(place.at) }, moment(place.from), moment(place.to));
        (asked.question.definition, asked.envelope.definition) = (place.definition, place.definition);
    }
    let limit = pager.limit();
    let page =
        work(&front, &caller, &asked.question, move |desk, by, question| desk.drilldown(by, question, after, limit));
    let page = page.await?;
    let data = DrilldownData {
        metric: MetricName(asked.question.metrics[0]),
        rows: page.rows.iter().map(present::drilled).collect(),
        withheld: page.withheld,
        page: pager.info(page.next),
    };
    Ok(Found(Drilldown::of(asked.envelope, data)))
}

async fn definitions(front: Front) -> Result<Found<MetricDefinitions>, Problem> {
    /// Versions of one answer at most.
    const VERSIONS_MAX: usize = 100;
    let (versions, as_of) = front.view(|views| {
        let mut all: Vec<_> = views.facts.definitions.iter().cloned().collect();
        let older = all.len().saturating_sub(VERSIONS_MAX);
        (all.split_off(older), views.position())
    });
    let version = |definition: &projections::facts::Definition| DefinitionVersion {
        version: definition.version,
        since_pos: definition.pos.into(),
        fcr_window_seconds: definition.fcr_window.whole_seconds(),
        has_business_hours: definition.has_hours(),
    };
    Ok(Found(MetricDefinitions {
        metrics: Metric::ALL.iter().copied().map(present::definition).collect(),
        versions: versions.iter().map(version).collect(),
        as_of: as_of.into(),
    }))
}
