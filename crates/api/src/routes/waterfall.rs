//! Where the time of episodes went, and what another version of the definitions would make of numbers.

use app::analytics::Whose;
use app::analytics::waterfall::TimeSpent;
use app::history::Moment;
use domain::access::Action;
use projections::analytics::movement::Reason;
use projections::analytics::{Cell, GroupKey, Value};
use projections::facts::waterfall::Share;

use super::analytics::asked::{settle, unfit};
use super::analytics::work;
use crate::answer::Found;
use crate::caller::Caller;
use crate::context::Shared;
use crate::dto::analytics::*;
use crate::dto::scalar::ConversationId;
use crate::dto::waterfall::*;
use crate::endpoint::Endpoint;
use crate::extract::{Both, NoQuery, Path, Then};
use crate::front::Front;
use crate::openapi::Tag;
use crate::present::analytics as present;
use crate::problem::{Kind, Problem};

pub(super) fn endpoints() -> Vec<Endpoint> {
    const REFUSES: &[Kind] = &[Kind::Unprocessable, Kind::PositionGone];
    vec![
        Endpoint::get("/v1/analytics/waterfall", "get_waterfall", waterfall)
            .about(Tag::Analytics, "See where the time went")
            .description(
                "Of the episodes that were resolved in the period, as headlines count them. The parts add up to the whole, \
                 without a gap and without an overlap.",
            )
            .needs(Action::AnalyticsReadTeam)
            .refuses(REFUSES),
        Endpoint::get("/v1/conversations/{conversation_id}/waterfall", "get_conversation_waterfall", of_conversation)
            .about(Tag::Analytics, "See where a conversation's time went")
            .description("Each episode cut into stretches, oldest first; a running one ends now, or at the time asked about.")
            .needs(Action::ConversationRead)
            .refuses(REFUSES),
        Endpoint::get("/v1/analytics/definition-impact", "get_definition_impact", impact)
            .about(Tag::Analytics, "See which numbers another definition moves, and why")
            .description(
                "`definition` beside `against`, over the same rows: cells that differ, and rows that say something else. \
                 `metrics` that no definition has a part in never move.",
            )
            .needs(Action::AnalyticsReadTeam)
            .refuses(REFUSES),
    ]
}

async fn waterfall(
    caller: Caller,
    front: Front,
    shared: Shared,
    Both(numbers, query): Both<NumbersQuery, WaterfallQuery>,
) -> Result<Found<Waterfall>, Problem> {
    let group_by = present::group_by(query.group_by);
    let asked =
        settle((&caller, &front, &shared), Whose::Reach, numbers, ("metrics", Some(Vec::new())), group_by).await?;
    let spent = work(&front, &caller, &asked.question, |desk, by, question| desk.time_spent(by, question)).await?;
    let keys = spent.keys().copied().filter(|key| *key != GroupKey::Everything);
    let groups = front.groups(&caller.principal, keys);
    let of_groups = groups.iter().filter_map(|group| {
        let spent = spent.get(&group.key)?;
        Some(row(group.id.clone(), group.name.clone(), spent))
    });
    let nothing = TimeSpent::default();
    let total = row(None, None, spent.get(&GroupKey::Everything).unwrap_or(&nothing));
    let data = WaterfallData { total, groups: of_groups.collect() };
    Ok(Found(Waterfall::of(asked.envelope, data)))
}

fn row(group: Option<String>, name: Option<String>, spent: &TimeSpent) -> WaterfallRow {
    let seconds = |length: domain::time::Millis| projections::analytics::cell::thousandths(length.0);
    WaterfallRow {
        group,
        name,
        episodes: spent.episodes.into(),
        total_seconds: seconds(spent.total),
        queued_seconds: seconds(spent.queued),
        unanswered_seconds: seconds(spent.unanswered),
        on_customer_seconds: seconds(spent.on_customer),
        bot_seconds: seconds(spent.bot),
        snoozed_seconds: seconds(spent.snoozed),
        outside_hours_seconds: seconds(spent.outside_hours),
    }
}

async fn of_conversation(
    caller: Caller,
    Path(id): Path<ConversationId>,
    Then(front, NoQuery {}): Then,
) -> Result<Found<ConversationWaterfall>, Problem> {
    // Not the time of the newest event: that may lie behind a wall.
    let moment = Moment { pos: front.position(), at: front.now() };
    let episodes = front.conversation_time(&caller.principal, id.0, moment)?;
    let episode = |time: app::analytics::waterfall::EpisodeTime| EpisodeWaterfall {
        episode: time.episode,
        resolved_at: time.resolved_at.map(Into::into),
        stretches: time
            .stretches
            .iter()
            .zip(&time.owners)
            .map(|(stretch, owner)| WaterfallStretch {
                waits_for: share(stretch.share),
                assignee_id: owner.map(Into::into),
                from: stretch.from.into(),
                to: stretch.to.into(),
            })
            .collect(),
    };
    let episodes = episodes.into_iter().map(episode).collect();
    Ok(Found(ConversationWaterfall { episodes, as_of: moment.pos.into() }))
}

fn share(share: Share) -> WaitsFor {
    match share {
        Share::Queued => WaitsFor::Queue,
        Share::Unanswered(_) => WaitsFor::Assignee,
        Share::OnCustomer => WaitsFor::Customer,
        Share::Bot => WaitsFor::Bot,
        Share::Snoozed => WaitsFor::Snooze,
        Share::OutsideHours => WaitsFor::Hours,
    }
}

async fn impact(
    caller: Caller,
    front: Front,
    shared: Shared,
    Both(numbers, query): Both<NumbersQuery, ImpactQuery>,
) -> Result<Found<DefinitionImpact>, Problem> {
    let group_by = present::group_by(query.group_by);
    let asked =
        settle((&caller, &front, &shared), Whose::Reach, numbers, ("metrics", Some(Vec::new())), group_by).await?;
    let definition = asked.envelope.definition;
    let against = query.against.unwrap_or_else(|| definition.saturating_sub(1).max(1));
    if front.view(|views| views.facts.definitions.get(against).is_none()) {
        return Err(unfit("against", "unknown-value", "there is no such version of the definitions"));
    }
    let found =
        work(&front, &caller, &asked.question, move |desk, by, question| desk.definition_impact(by, question, against));
    let found = found.await?;
    let keys: std::collections::BTreeSet<_> = found.cells.iter().map(|cell| cell.group).collect();
    let groups = front.groups(&caller.principal, keys);
    let cells = found.cells.iter().map(|cell| {
        let group = groups.iter().find(|group| group.key == cell.group);
        let value = |side: &Cell| present::value(cell.metric, side);
        MovedValue {
            metric: MetricName(cell.metric),
            group: group.and_then(|group| group.id.clone()),
            name: group.and_then(|group| group.name.clone()),
            is_total: cell.group == GroupKey::Everything,
            before: value(&cell.before),
            after: value(&cell.after),
            moved: cell
                .rows
                .iter()
                .map(|(reason, rows)| MovedCount { reason: why(*reason), rows: (*rows).into() })
                .collect(),
        }
    });
    let rows = found.rows.iter().map(|row| {
        let side = |value: Option<Value>| {
            let (value, outcome) = value.map_or((None, None), present::said);
            MovedSide { value, outcome }
        };
        MovedRow {
            metric: MetricName(row.moved.metric),
            conversation_id: row.conversation_id.into(),
            number: row.number.into(),
            episode: row.moved.episode,
            before: side(row.moved.before),
            after: side(row.moved.after),
            reason: why(row.moved.reason),
        }
    });
    let data = DefinitionImpactData { against, cells: cells.collect(), rows: rows.collect() };
    Ok(Found(DefinitionImpact::of(asked.envelope, data)))
}

fn why(reason: Reason) -> MoveReason {
    match reason {
        Reason::FcrWindow => MoveReason::FcrWindow,
        Reason::Courtesies => MoveReason::Courtesies,
        Reason::Hours => MoveReason::BusinessHours,
    }
}
