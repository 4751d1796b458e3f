//! Queues as the API shows them, and as it is told of them.

use app::routing::{QueueCard, Waiting};
use domain::queue::{QueueSettings, settings};
use domain::time::{Millis, Timestamp};

use crate::dto::queue::*;
use crate::extract::Patch;
use crate::present::conversation::priority;
use crate::present::routing::{strategy, strategy_asked, word};

pub(crate) fn queue(card: &QueueCard) -> Queue {
    let settings = &card.settings;
    Queue {
        id: card.id.into(),
        version: card.version.into(),
        name: card.name.clone(),
        team_id: card.id.team_id().map(Into::into),
        brand_id: card.brand_id.map(Into::into),
        strategies: settings.strategies.iter().copied().map(strategy).collect(),
        sticky_within_seconds: settings.sticky_within_ms.whole_seconds(),
        relax_skills_after_seconds: settings.relax_skills_after_ms.map(Millis::whole_seconds),
        lease_seconds: settings.lease_ms.map(Millis::whole_seconds),
        on_offline: release(settings.on_offline),
        on_away: release(settings.on_away),
        spill: settings
            .spill
            .map(|spill| Spill { after_seconds: spill.after_ms.whole_seconds(), to_queue_id: spill.to.into() }),
        capacity: settings.capacity,
        hours_id: settings.hours_id.map(Into::into),
        dispositions: settings.dispositions.clone(),
        disposition_required: settings.disposition_required,
        auto_resolve: settings.auto_resolve.as_ref().map(|auto| AutoResolve {
            after_seconds: auto.after_ms.whole_seconds(),
            warn_before_seconds: auto.warn_before_ms.map(Millis::whole_seconds),
            warning: auto.warning.clone(),
            disposition: auto.disposition.clone(),
        }),
    }
}

/// The settings with what a change names in their place.
pub(crate) fn changed(mut settings: QueueSettings, change: UpdateQueue) -> QueueSettings {
    let seconds = |seconds: u32| Millis::seconds(i64::from(seconds));
    if let Some(strategies) = change.strategies {
        settings.strategies = strategies.into_iter().map(strategy_asked).collect();
    }
    settings.sticky_within_ms = change.sticky_within_seconds.map_or(settings.sticky_within_ms, seconds);
    put(&mut settings.relax_skills_after_ms, change.relax_skills_after_seconds, seconds);
    put(&mut settings.lease_ms, change.lease_seconds, seconds);
    settings.on_offline = change.on_offline.map_or(settings.on_offline, release_asked);
    settings.on_away = change.on_away.map_or(settings.on_away, release_asked);
    put(&mut settings.spill, change.spill, |spill| settings::Spill {
        after_ms: seconds(spill.after_seconds),
        to: spill.to_queue_id.0,
    });
    put(&mut settings.capacity, change.capacity, |most| most);
    put(&mut settings.hours_id, change.hours_id, |id| id.0);
    settings.dispositions = change.dispositions.unwrap_or(settings.dispositions);
    settings.disposition_required = change.disposition_required.unwrap_or(settings.disposition_required);
    put(&mut settings.auto_resolve, change.auto_resolve, |auto| settings::AutoResolve {
        after_ms: seconds(auto.after_seconds),
        warn_before_ms: auto.warn_before_seconds.map(seconds),
        warning: auto.warning,
        disposition: auto.disposition,
    });
    settings
}

fn put<T, W>(field: &mut Option<T>, change: Patch<W>, read: impl FnOnce(W) -> T) {
    match change {
        Patch::Keep => {}
        Patch::Clear => *field = None,
        Patch::Set(value) => *field = Some(read(value)),
    }
}

fn release(release: settings::Release) -> Release {
    match release {
        settings::Release::Keep => Release::Keep,
        settings::Release::Waiting => Release::Waiting,
        settings::Release::Open => Release::Open,
    }
}

fn release_asked(release: Release) -> settings::Release {
    match release {
        Release::Keep => settings::Release::Keep,
        Release::Waiting => settings::Release::Waiting,
        Release::Open => settings::Release::Open,
    }
}

/// A conversation at its place, `now`.
pub(crate) fn entry(Waiting { number, entry, .. }: &Waiting, settings: &QueueSettings, now: Timestamp) -> QueueEntry {
    QueueEntry {
        conversation_id: entry.id.into(),
        number: (*number).into(),
        priority: priority(entry.priority),
        sla_due_at: entry.promised.due_at.map(Into::into),
        waiting_since: entry.waiting_since.map(Into::into),
        wait_seconds: entry.waiting_since.map(|since| (now - since).0.max(0).unsigned_abs() / 1_000),
        entered_at: entry.entered_at.into(),
        hold_reason: entry.hold.map(word),
        retry_at: entry.retry_at.map(Into::into),
        spills_at: settings.spill.map(|spill| (entry.entered_at + spill.after_ms).into()),
    }
}
