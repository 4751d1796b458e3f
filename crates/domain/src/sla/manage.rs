//! Making, changing, removing and ordering policies. Somebody who works for some brands manages those of their brands; the
//! order, and policies for all brands, are for those who work for all.

use std::collections::BTreeSet;

use super::SlaPolicy;
use super::check::check;
use super::policy::POLICIES_MAX;
use crate::access::{Action, Principal, Standing, authorize};
use crate::event::StreamId;
use crate::event::sla::*;
use crate::ids::*;
use crate::outbound_content::FieldError;
use crate::rejection::Rejection;
use crate::step::Step;

/// Creates a policy, last in the order.
pub fn create(step: &mut Step<'_>, by: &Principal, policy: &SlaPolicy) -> Result<SlaPolicyId, Rejection> {
    may_manage(step, by, policy.brand_id)?;
    let policy = taken(step, policy, None)?;
    if step.world.sla_policies.len() >= POLICIES_MAX {
        return Err(Rejection::Invalid { field: "name", detail: format!("at most {POLICIES_MAX} policies") });
    }
    let policy_id: SlaPolicyId = step.mint.fresh();
    step.emit(StreamId::SlaPolicy(policy_id), SlaPolicyCreated { policy_id, policy });
    Ok(policy_id)
}

/// Replaces what a policy says. With `apply_to_open`, promises that run move to it; else only new ones are made by it. Asked
/// for what it says already, it changes nothing, unless it is to be applied.
pub fn change(
    step: &mut Step<'_>,
    by: &Principal,
    policy_id: SlaPolicyId,
    policy: &SlaPolicy,
    apply_to_open: bool,
) -> Result<(), Rejection> {
    let standing = standing(step, by, policy_id)?;
    if policy.brand_id != standing.brand_id {
        let detail = "a policy stays with its brand; make another one".to_owned();
        return Err(Rejection::Invalid { field: "brand_id", detail });
    }
    let policy = taken(step, policy, Some(policy_id))?;
    if policy != standing || apply_to_open {
        step.emit(StreamId::SlaPolicy(policy_id), SlaPolicyChanged { policy_id, policy, apply_to_open });
    }
    Ok(())
}

/// Removes it. Promises it made are kept.
pub fn remove(step: &mut Step<'_>, by: &Principal, policy_id: SlaPolicyId) -> Result<(), Rejection> {
    standing(step, by, policy_id)?;
    step.emit(StreamId::SlaPolicy(policy_id), SlaPolicyRemoved { policy_id });
    Ok(())
}

/// Says in which order policies are asked: all that stand, each once.
pub fn order(step: &mut Step<'_>, by: &Principal, policy_ids: &[SlaPolicyId]) -> Result<(), Rejection> {
    may_manage(step, by, None)?;
    let known: BTreeSet<_> = step.world.sla_policies.iter().map(|entry| entry.id).collect();
    let wanted: BTreeSet<_> = policy_ids.iter().copied().collect();
    if wanted != known || policy_ids.len() != known.len() {
        let detail = "names every policy that stands, each once".to_owned();
        return Err(Rejection::Invalid { field: "policy_ids", detail });
    }
    if !step.world.sla_policies.iter().map(|entry| &entry.id).eq(policy_ids) {
        step.emit(StreamId::Workspace, SlaPoliciesOrdered { policy_ids: policy_ids.to_vec() });
    }
    Ok(())
}

/// Whether somebody sees a policy: those for all brands, and those of theirs.
pub fn sees(by: &Principal, brand: Option<BrandId>) -> bool {
    brand.is_none_or(|brand| by.rights().in_brand(brand))
}

/// The policy as it stands, if the asker may change it. One of a brand that is not theirs is hidden.
fn standing(step: &Step<'_>, by: &Principal, id: SlaPolicyId) -> Result<SlaPolicy, Rejection> {
    let entry = step.world.sla_policies.get(id).ok_or(Rejection::NotFound)?;
    if !sees(by, entry.policy.brand_id) {
        return Err(Rejection::NotFound);
    }
    may_manage(step, by, entry.policy.brand_id)?;
    Ok((*entry.policy).clone())
}

/// Judged by the rights the asker has now.
fn may_manage(step: &Step<'_>, by: &Principal, brand: Option<BrandId>) -> Result<(), Rejection> {
    let by = step.world.roster.current(by).ok_or(Rejection::SessionEnded)?;
    Rejection::unless_allowed(authorize(&by, Action::SlaManage, Standing::Workspace))?;
    match brand {
        Some(brand) if !by.rights().in_brand(brand) => Err(Rejection::UnknownReference { field: "brand_id" }),
        None if by.rights().brands().is_some() => Err(Rejection::Forbidden),
        _ => Ok(()),
    }
}

/// Everything that is wrong with a policy that somebody would make.
pub fn errors(step: &Step<'_>, by: &Principal, policy: &SlaPolicy) -> Vec<FieldError> {
    let mut errors = check(step, policy);
    let mut say = |code, detail: &str| {
        errors.push(FieldError { pointer: "/brand_id".to_owned(), code, detail: detail.to_owned() });
    };
    match policy.brand_id {
        Some(brand) if !by.rights().in_brand(brand) => say("unknown_reference", "names no brand of yours"),
        None if by.rights().brands().is_some() => say("required", "name one of your brands"),
        _ => {}
    }
    errors
}

/// The policy in the form it is stored in, if it can be taken.
fn taken(step: &Step<'_>, policy: &SlaPolicy, except: Option<SlaPolicyId>) -> Result<SlaPolicy, Rejection> {
    let errors = check(step, policy);
    if !errors.is_empty() {
        return Err(Rejection::Fields(errors));
    }
    let name = policy.name.trim().to_owned();
    let same = |entry: &super::Entry| {
        entry.policy.brand_id == policy.brand_id && entry.policy.name.to_lowercase() == name.to_lowercase()
    };
    if step.world.sla_policies.iter().any(|entry| same(entry) && Some(entry.id) != except) {
        return Err(Rejection::Duplicate("a policy of this name"));
    }
    Ok(SlaPolicy { name, ..policy.clone() })
}

/// Whether a policy could be taken, for looking at what it would do.
pub fn could_be_taken(step: &Step<'_>, by: &Principal, id: SlaPolicyId, policy: &SlaPolicy) -> Result<(), Rejection> {
    standing(step, by, id)?;
    taken(step, policy, Some(id)).map(|_| ())
}
