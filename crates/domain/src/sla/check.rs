//! What a policy must be to be taken. All errors at once, each with a pointer to its place; nothing changes while there is one.

use std::collections::BTreeSet;

use super::facts::ASKED;
use super::policy::*;
use super::{EscalationAction, Notified, SlaPolicy};
use crate::condition::{self, Condition, Field, Known};
use crate::ids::*;
use crate::outbound_content::FieldError;
use crate::step::Step;
use crate::world::World;

/// Everything that is wrong with a policy; empty where it can be taken.
pub(super) fn check(step: &Step<'_>, policy: &SlaPolicy) -> Vec<FieldError> {
    let world = &*step.world;
    let mut errors = Vec::new();
    let mut wrong = |pointer: String, code: &'static str, detail: String| {
        errors.push(FieldError { pointer, code, detail });
    };
    let name = policy.name.trim();
    if name.is_empty() || name.chars().count() > NAME_MAX || name.chars().any(char::is_control) {
        wrong("/name".to_owned(), "wrong_length", format!("1 to {NAME_MAX} printable characters"));
    }
    if policy.brand_id.is_some_and(|brand| !world.brands.contains_key(&brand)) {
        wrong("/brand_id".to_owned(), "unknown_reference", "brand_id names nothing that exists".to_owned());
    }
    if policy.targets.is_empty() {
        wrong("/targets".to_owned(), "too_short", "at least one target".to_owned());
    }
    let mut metrics = BTreeSet::new();
    for (index, target) in policy.targets.iter().enumerate() {
        let at = |field: &str| format!("/targets/{index}/{field}");
        if !metrics.insert(target.metric) {
            wrong(at("metric"), "duplicate", "one target for each metric".to_owned());
        }
        let length = format!("1 to {TARGET_S_MAX} seconds");
        if !(1..=TARGET_S_MAX).contains(&target.target_s) {
            wrong(at("target_seconds"), "out_of_range", length.clone());
        }
        for (priority, seconds) in &target.target_s_by_priority {
            if !(1..=TARGET_S_MAX).contains(seconds) {
                wrong(at(&format!("target_seconds_by_priority/{}", priority.as_str())), "out_of_range", length.clone());
            }
        }
        if target.hours_id.is_some_and(|hours| !world.calendars.serves(hours, policy.brand_id)) {
            let detail = "hours_id names no calendar that serves the policy's brand".to_owned();
            wrong(at("hours_id"), "unknown_reference", detail);
        }
        if !(1..=99).contains(&target.at_risk_percent) {
            wrong(at("at_risk_percent"), "out_of_range", "1 to 99".to_owned());
        }
    }
    if policy.escalations.len() > STEPS_MAX {
        wrong("/escalations".to_owned(), "too_many", format!("at most {STEPS_MAX} steps"));
    }
    for (index, step) in policy.escalations.iter().enumerate().take(STEPS_MAX) {
        let at = |field: &str| format!("/escalations/{index}/{field}");
        if !metrics.contains(&step.metric) {
            wrong(at("metric"), "conflict", format!("there is no target for {}", step.metric.as_str()));
        }
        if !(1..=STEP_PERCENT_MAX).contains(&step.at_percent) {
            wrong(at("at_percent"), "out_of_range", format!("1 to {STEP_PERCENT_MAX}"));
        }
        if let Some((field, detail)) = unknown(world, policy.brand_id, &step.action) {
            wrong(at(&format!("action/{field}")), "unknown_reference", detail.to_owned());
        }
    }
    errors.extend(condition::check(&policy.matches, "/matches", &Names(world)));
    unasked(&policy.matches, "/matches", &mut errors);
    errors
}

/// Which part of an action names nothing.
fn unknown(world: &World, brand: Option<BrandId>, action: &EscalationAction) -> Option<(&'static str, &'static str)> {
    let user_fits = |id: UserId| {
        let principal = world.roster.principal(id);
        principal.is_some_and(|principal| brand.is_none_or(|brand| principal.rights().in_brand(brand)))
    };
    match action {
        EscalationAction::Reassign { user_id: Some(id) } | EscalationAction::Notify { who: Notified::User(id) } => {
            (!user_fits(*id)).then_some(("user_id", "user_id names nobody who works for the policy's brand"))
        }
        EscalationAction::MoveTeam { team_id } => {
            let team = world.roster.team(*team_id);
            let fits = team.is_some_and(|team| brand.is_none() || team.brand_id.is_none() || team.brand_id == brand);
            (!fits).then_some(("team_id", "team_id names no team that works for the policy's brand"))
        }
        EscalationAction::Reassign { user_id: None }
        | EscalationAction::RaisePriority { .. }
        | EscalationAction::Notify { who: Notified::Assignee | Notified::TeamLeads } => None,
    }
}

/// Fields that mean a message or a moment say nothing about a conversation.
fn unasked(condition: &Condition, at: &str, errors: &mut Vec<FieldError>) {
    let (name, parts) = match condition {
        Condition::All { all } => ("all", all),
        Condition::Any { any } => ("any", any),
        Condition::None { none } => ("none", none),
        Condition::Test(test) => {
            if !ASKED.contains(&test.field) && !matches!(test.field, Field::Attribute(_)) {
                let detail = format!("{} cannot be asked of a conversation as a whole", test.field);
                errors.push(FieldError { pointer: format!("{at}/field"), code: "not_allowed", detail });
            }
            return;
        }
    };
    for (index, part) in parts.iter().enumerate() {
        unasked(part, &format!("{at}/{name}/{index}"), errors);
    }
}

struct Names<'a>(&'a World);

impl Known for Names<'_> {
    fn channel(&self, id: ChannelId) -> bool {
        self.0.channels.contains_key(&id)
    }
    fn brand(&self, id: BrandId) -> bool {
        self.0.brands.contains_key(&id)
    }
    fn team(&self, id: TeamId) -> bool {
        self.0.roster.team(id).is_some()
    }
    fn user(&self, id: UserId) -> bool {
        self.0.roster.principal(id).is_some()
    }
    fn campaign(&self, id: CampaignId) -> bool {
        self.0.campaigns.get(id).is_some()
    }
    fn hours(&self, id: HoursId) -> bool {
        self.0.calendars.get(id).is_some()
    }
    fn segment(&self, id: SegmentId) -> bool {
        self.0.segments.get(id).is_some()
    }
    fn refuses(&self, field: &Field) -> Option<String> {
        self.0.refuses(field)
    }
}
