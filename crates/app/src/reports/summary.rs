//! Numbers as rows, one for each metric: those that `GET /v1/analytics/summary` gives for the same period, filters and position,
//! beside those of the period before. They come from the very same question, so they cannot differ.

use domain::access::Principal;
use domain::report::{Filters, Spec};
use domain::time::Timestamp;
use domain::zone::Zone;
use projections::analytics::bucket::{self, Buckets};
use projections::analytics::cell::thousandths;
use projections::analytics::collect::Axis;
use projections::analytics::compare::Change;
use projections::analytics::{Cell as Counted, Episodes, GroupBy, GroupKey, Metric};

use super::rows::{Cell, Row};
use crate::analytics::{NumbersQuery, Unanswered, Wanted, Whose};
use crate::history::Moment;
use crate::{Desk, Failure};

/// All rows of a summary. Blocks.
pub(super) fn rows(desk: &Desk, spec: &Spec, at: Timestamp, reader: &Principal) -> Result<Vec<Row>, Failure> {
    let zone: Zone = spec.time_zone.parse().unwrap_or(Zone::UTC);
    let moment = Moment { pos: spec.as_of_pos, at };
    let wanted = wanted(&spec.question.filters);
    let of_people = wanted.agents.is_some();
    let query = NumbersQuery {
        whose: Whose::Reach,
        metrics: Metric::ALL.iter().copied().filter(|metric| !of_people || metric.of_people()).collect(),
        from: spec.from,
        to: spec.to,
        moment,
        definition: desk.view(|views| views.facts.definitions.at(moment.pos).version),
        episodes: Episodes::First,
        wanted,
        group_by: GroupBy::Nothing,
    };
    let (from, to) = bucket::before(spec.from, spec.to, zone);
    let earlier = NumbersQuery { from, to, ..query.clone() };
    let (now, before) = (total(desk, reader, &query)?, total(desk, reader, &earlier)?);
    let row = |((metric, now), before): ((&Metric, &Counted), &Counted)| {
        let change = Change::of(*metric, now, before);
        let spread = |of: &Counted, part: fn(&projections::analytics::Spread) -> i64| {
            decimal(of.spread.as_ref().map(|spread| thousandths(part(spread))))
        };
        let share = |of: &Counted, part: fn(&projections::analytics::Share) -> u64| {
            of.share.as_ref().map_or(Cell::Null, |share| Cell::Number(part(share)))
        };
        Row(vec![
            Cell::Text(metric.name().to_owned()),
            Cell::Text(metric.kind().as_str().to_owned()),
            Cell::Text(metric.unit().as_str().to_owned()),
            Cell::Time(query.from),
            Cell::Time(query.to),
            Cell::Number(now.count),
            decimal(now.value(*metric)),
            spread(now, |spread| spread.median),
            spread(now, |spread| spread.p90),
            spread(now, |spread| spread.p95),
            spread(now, |spread| spread.max),
            share(now, |share| share.hits),
            share(now, |share| share.immature),
            share(now, |share| share.excluded),
            if metric.stands() { share(now, |share| share.open) } else { Cell::Null },
            Cell::Time(from),
            Cell::Time(to),
            Cell::Number(before.count),
            decimal(before.value(*metric)),
            spread(before, |spread| spread.median),
            spread(before, |spread| spread.p90),
            share(before, |share| share.hits),
            decimal(change.delta),
            decimal(change.ratio),
            Cell::Number(query.definition.into()),
            Cell::Number(moment.pos),
        ])
    };
    Ok(query.metrics.iter().zip(&now).zip(&before).map(row).collect())
}

fn decimal(value: Option<f64>) -> Cell {
    value.map_or(Cell::Null, Cell::Decimal)
}

/// Everything together, a cell for each metric.
fn total(desk: &Desk, reader: &Principal, query: &NumbersQuery) -> Result<Vec<Counted>, Failure> {
    let whole = Axis::Buckets(Buckets::whole(query.from, query.to));
    let cells = desk.numbers(reader, query, whole, None).map_err(|unanswered| match unanswered {
        // One group is never too many.
        Unanswered::TooMany => Failure::Internal,
        Unanswered::Failed(failure) => failure,
    })?;
    let found = cells.get(GroupKey::Everything, 0).map(<[Counted]>::to_vec);
    Ok(found.unwrap_or_else(|| query.metrics.iter().map(|metric| Counted::empty(*metric)).collect()))
}

/// What is empty filters nothing.
fn wanted(filters: &Filters) -> Wanted {
    fn some<T, U>(asked: impl IntoIterator<Item = T>, of: impl Fn(T) -> U) -> Option<Vec<U>> {
        let all: Vec<U> = asked.into_iter().map(of).collect();
        (!all.is_empty()).then_some(all)
    }
    Wanted {
        channels: some(filters.channel_ids.iter().copied(), |id| id),
        brands: some(filters.brand_ids.iter().copied(), |id| id),
        teams: some(filters.team_ids.iter().copied(), Some),
        agents: some(filters.agent_ids.iter().copied(), Some),
        tags: some(filters.tags.iter().cloned(), Some),
    }
}
