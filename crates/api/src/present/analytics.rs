//! Numbers as clients read them.

use app::analytics::{DrillRow, Group};
use projections::analytics::cell::thousandths;
use projections::analytics::compare::Change;
use projections::analytics::metric::{Belongs, Better};
use projections::analytics::{Cell, GroupBy, Metric, Outcome, Value};

use crate::dto::analytics::*;

pub(crate) fn value(metric: Metric, cell: &Cell) -> MetricValue {
    let spread = cell.spread.as_ref();
    let share = cell.share.as_ref();
    MetricValue {
        metric: MetricName(metric),
        unit: metric.unit().as_str(),
        count: cell.count.into(),
        value: cell.value(metric),
        median: spread.map(|spread| thousandths(spread.median)),
        p90: spread.map(|spread| thousandths(spread.p90)),
        p95: spread.map(|spread| thousandths(spread.p95)),
        max: spread.map(|spread| thousandths(spread.max)),
        within_target: spread.and_then(|spread| spread.within_target).map(Into::into),
        hits: share.map(|share| share.hits.into()),
        mature_n: share.map(|_| cell.count.into()),
        immature_n: share.map(|share| share.immature.into()),
        excluded_n: share.map(|share| share.excluded.into()),
        open_n: share.filter(|_| metric.stands()).map(|share| share.open.into()),
    }
}

/// A number beside that of the period before.
pub(crate) fn compared(metric: Metric, cell: &Cell, before: Option<&Cell>) -> ComparedValue {
    let change = before.map_or_else(Change::default, |before| Change::of(metric, cell, before));
    ComparedValue {
        current: value(metric, cell),
        previous: before.map(|cell| value(metric, cell)),
        delta: change.delta,
        delta_ratio: change.ratio,
    }
}

pub(crate) fn row(group: Option<&Group>, metrics: Vec<ComparedValue>) -> SummaryRow {
    let (group, name) = group.map(|group| (group.id.clone(), group.name.clone())).unwrap_or_default();
    SummaryRow { group, name, metrics }
}

pub(crate) fn drilled(row: &DrillRow) -> DrilldownRow {
    let (value, outcome) = said(row.sample.value);
    DrilldownRow {
        conversation_id: row.conversation_id.into(),
        number: row.number.into(),
        episode: (row.sample.episode > 0).then_some(row.sample.episode),
        at: row.sample.at.into(),
        value,
        outcome,
        agent_id: row.agent_id.map(Into::into),
        team_id: row.team_id.map(Into::into),
        positions: row.positions.iter().map(|pos| (*pos).into()).collect(),
    }
}

/// What a value is in words of the contract: seconds or messages, or whether it was so; what is only counted is neither.
pub(crate) fn said(value: Value) -> (Option<f64>, Option<SampleOutcome>) {
    match value {
        Value::Length(length) => (Some(thousandths(length.0)), None),
        Value::Amount(amount) => (Some(f64::from(amount)), None),
        Value::Judged(outcome) => (None, Some(self::outcome(outcome))),
        Value::One | Value::Step(_) => (None, None),
    }
}

fn outcome(outcome: Outcome) -> SampleOutcome {
    match outcome {
        Outcome::Hit => SampleOutcome::Hit,
        Outcome::Miss => SampleOutcome::Miss,
        Outcome::Immature => SampleOutcome::Immature,
        Outcome::Excluded => SampleOutcome::Excluded,
        Outcome::Open => SampleOutcome::Open,
    }
}

pub(crate) fn definition(metric: Metric) -> MetricDefinition {
    let better = match metric.better() {
        Better::Lower => "lower",
        Better::Higher => "higher",
        Better::Neither => "neither",
    };
    let belongs_to = match metric.belongs() {
        Belongs::Nobody => "nobody",
        Belongs::Replier => "replier",
        Belongs::Resolver => "resolver",
        Belongs::Holder => "holder",
        Belongs::Doer => "doer",
    };
    let group_by = ["none", "channel", "brand", "team", "agent", "tag"].into_iter();
    MetricDefinition {
        metric: MetricName(metric),
        kind: metric.kind().as_str(),
        unit: metric.unit().as_str(),
        better,
        formula: metric.formula(),
        closes: metric.closes(),
        belongs_to,
        group_by: group_by.filter(|by| *by != "agent" || metric.of_people()).collect(),
        events: metric.events().to_vec(),
    }
}

pub(crate) fn group_by(group: Option<NumbersGroup>) -> GroupBy {
    match group.unwrap_or(NumbersGroup::None) {
        NumbersGroup::None => GroupBy::Nothing,
        NumbersGroup::Channel | NumbersGroup::Number => GroupBy::Channel,
        NumbersGroup::Brand => GroupBy::Brand,
        NumbersGroup::Team => GroupBy::Team,
        NumbersGroup::Agent => GroupBy::Agent,
        NumbersGroup::Tag => GroupBy::Tag,
    }
}
