//! Automation rules and their runs, as people see them; and what a rule would have done in a range of the log, see
//! [`domain::automation::dry_run`].

use std::collections::BTreeSet;

use domain::access::{Action, Principal};
use domain::automation::check::errors;
use domain::automation::conflicts::Conflict;
use domain::automation::dry_run::{DryRun, Firing};
use domain::automation::rule::{self, AutomationRule, Entry};
use domain::event::automation::{AutomationRuleRan, OfTimer};
use domain::event::{Event, Recorded, StreamId};
use domain::ids::*;
use domain::rejection::Rejection;

use crate::background::Waits;
use crate::codec::decode;
use crate::desk::archive::ArchiveBefore;
use crate::queries::{Answer, unreadable};
use crate::reach;
use crate::routing_simulation::Running;
use crate::simulations::RANGE_MAX;
use crate::{Desk, Failure};

/// Runs that are answered at most.
pub const SHOWN_MAX: usize = 500;

/// What a dry run is made of.
#[derive(Clone)]
pub struct Asked {
    /// The rule that it is, or stands in place of.
    pub rule_id: Option<AutomationRuleId>,
    /// As it is to be; absent: as it is.
    pub draft: Option<AutomationRule>,
    pub from_pos: u64,
    pub to_pos: u64,
}

/// What a rule would have done.
#[derive(Debug, Clone)]
pub struct DryRunned {
    /// The range that was played: it begins with a command.
    pub from_pos: u64,
    pub to_pos: u64,
    /// The oldest first, of conversations that the asker sees: at most [`SHOWN_MAX`].
    pub firings: Vec<Shown>,
    /// How many there would have been, and how many there were.
    pub count: usize,
    pub real: usize,
    /// How many of both are the same.
    pub same: usize,
    pub conversations: usize,
}

/// A run that would have been.
#[derive(Debug, Clone)]
pub struct Shown {
    pub firing: Firing,
    /// The log has it.
    pub real: bool,
}

/// By which a run that would have been is held against one that was.
type Place = (ConversationId, Option<u64>, Option<(i64, u8)>);

impl Desk {
    /// The rules somebody sees, in the order in which they are asked, and the order's version.
    pub fn automation_rules(&self, principal: &Principal) -> Answer<(Vec<Entry>, u64, u64)> {
        self.allow(principal, Action::AutomationRead)?;
        Ok(self.view(|views| {
            let seen = |entry: &&Entry| reach::sees_configured(principal, entry.rule.brand_id);
            let rules = views.automation.iter().filter(seen).cloned().collect();
            (rules, views.automation.order_version(), views.position())
        }))
    }

    /// One rule.
    pub fn automation_rule(&self, principal: &Principal, id: AutomationRuleId) -> Answer<Entry> {
        self.allow(principal, Action::AutomationRead)?;
        let found = self.view(|views| views.automation.get(id).cloned());
        let seen = found.filter(|entry| reach::sees_configured(principal, entry.rule.brand_id));
        Ok(seen.ok_or(Rejection::NotFound)?)
    }

    /// What it and others do to each other.
    pub fn automation_conflicts(&self, principal: &Principal, id: AutomationRuleId) -> Vec<Conflict> {
        self.view(|views| rule::conflicts(&views.automation, principal, id))
    }

    /// What a rule is or was called.
    pub fn automation_rule_name(&self, id: AutomationRuleId) -> Option<String> {
        self.view(|views| views.automation.name_of(id).map(str::to_owned))
    }

    /// The newest runs of a rule in conversations that the asker sees, below a position.
    pub fn automation_runs(
        &self,
        principal: &Principal,
        id: AutomationRuleId,
        before: Option<u64>,
        limit: usize,
    ) -> Answer<Vec<Recorded>> {
        self.automation_rule(principal, id)?;
        let positions: Vec<u64> = self.view(|views| {
            let seen = |id: ConversationId| views.inbox.get(id).is_some_and(|row| views.inbox.sees(principal, &row));
            let newest = views.automation_runs.newest(id, before);
            newest.filter(|(_, id)| seen(*id)).map(|(pos, _)| pos).take(limit).collect()
        });
        let mut found = Vec::with_capacity(positions.len());
        for pos in positions {
            if let Some(stored) = self.reader().get(pos).map_err(|error| unreadable(error.into()))? {
                found.push(decode(&stored).map_err(unreadable)?);
            }
        }
        Ok(found)
    }

    /// The runs in one conversation, newest first, below a position.
    pub fn automation_runs_of(
        &self,
        principal: &Principal,
        id: ConversationId,
        before: Option<u64>,
        limit: usize,
    ) -> Answer<Vec<Recorded>> {
        self.conversation(principal, id)?;
        let mut events = self.stream_facts(StreamId::Conversation(id))?;
        let below = |pos: u64| before.is_none_or(|before| pos < before);
        events.retain(|recorded| matches!(recorded.event, Event::AutomationRuleRan(_)) && below(recorded.pos));
        events.reverse();
        events.truncate(limit);
        Ok(events)
    }

    /// What a rule would have done in a range, on a thread that may block. One at a time; ends early when the caller goes away or
    /// the desk closes.
    pub async fn dry_run_automation(&self, principal: &Principal, asked: Asked) -> Answer<DryRunned> {
        self.allow(principal, Action::AutomationManage)?;
        let (from, to) = (asked.from_pos, asked.to_pos.min(self.position()));
        if from > to || to - from >= RANGE_MAX {
            let detail = format!("1 to {RANGE_MAX} positions that exist, from the lower to the higher");
            return Err(Rejection::Invalid { field: "range", detail }.into());
        }
        let known = asked.rule_id.map(|id| self.automation_rule(principal, id)).transpose()?;
        let by = principal.clone();
        if let Some(draft) = asked.draft.clone() {
            let check = move |step: &mut domain::step::Step<'_>| {
                let by = step.world.roster.current(&by).ok_or(Rejection::SessionEnded)?;
                let errors = errors(step.world, &by, &draft);
                if errors.is_empty() { Ok(()) } else { Err(Rejection::Fields(errors)) }
            };
            self.run(principal.actor(), check).await?;
        }
        let id = known.as_ref().map_or((AutomationRuleId::from_u128(0), 0), |entry| (entry.id, entry.version));
        let rule = asked.draft.or_else(|| known.map(|entry| (*entry.rule).clone()));
        let rule = rule.ok_or(Rejection::Invalid { field: "rule", detail: "a rule, or one to try".to_owned() })?;
        let running = Running::begin(self).ok_or(Failure::Overloaded)?;
        let waits = Waits::default();
        let left = waits.left();
        let (desk, by) = (self.clone(), principal.clone());
        let play = move || {
            let _running = running;
            let goes_on = || !left() && !desk.is_draining();
            desk.play_rule(&by, id, rule, (from, to), &goes_on)
        };
        tokio::task::spawn_blocking(play).await.unwrap_or(Err(Failure::Internal))
    }

    fn play_rule(
        &self,
        by: &Principal,
        id: (AutomationRuleId, u64),
        rule: AutomationRule,
        range: (u64, u64),
        goes_on: &dyn Fn() -> bool,
    ) -> Answer<DryRunned> {
        let (world, commands) = self.read_range(range.0, range.1, goes_on)?;
        let from_pos = world.head + 1;
        let archive = ArchiveBefore { reader: self.reader(), pos: from_pos };
        let Some(first) = commands.first() else {
            let detail = "holds no whole command: take more positions".to_owned();
            return Err(Rejection::Invalid { field: "range", detail }.into());
        };
        let mut dry = DryRun::new(world, &archive, &self.shared.blinder, id, rule, first.at());
        let seen =
            |id: ConversationId| self.view(|views| views.inbox.get(id).is_some_and(|row| views.inbox.sees(by, &row)));
        let mut real = BTreeSet::new();
        for command in &commands {
            if !goes_on() {
                return Err(Failure::Draining);
            }
            dry.command(command);
            for recorded in &command.events {
                if let Event::AutomationRuleRan(event) = &recorded.event
                    && event.rule_id == id.0
                    && event.stopped.is_none()
                    && seen(event.conversation_id)
                {
                    real.insert(place(event));
                }
            }
        }
        let firings: Vec<Shown> = dry
            .finish()
            .firings
            .into_iter()
            .filter(|firing| seen(firing.ran.conversation_id))
            .map(|firing| Shown { real: real.contains(&place(&firing.ran)), firing })
            .collect();
        let conversations: BTreeSet<_> = firings.iter().map(|shown| shown.firing.ran.conversation_id).collect();
        Ok(DryRunned {
            from_pos,
            to_pos: range.1,
            count: firings.len(),
            real: real.len(),
            same: firings.iter().filter(|shown| shown.real).count(),
            conversations: conversations.len(),
            firings: firings.into_iter().take(SHOWN_MAX).collect(),
        })
    }
}

fn place(ran: &AutomationRuleRan) -> Place {
    let timer = |OfTimer { since, from }: OfTimer| (from.as_millis(), since as u8);
    (ran.conversation_id, ran.trigger_pos, ran.timer.map(timer))
}
