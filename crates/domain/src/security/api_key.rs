//! Keys for programs. A key acts in the name of whoever made it, held to its own terms, and never above what that person
//! may do at the moment: demoted, they take the key along; closed, their account ends it.

use std::collections::{BTreeMap, BTreeSet};

use crate::access::{Action, Decision, Principal, Rights, Role, Roster, Standing, authorize};
use crate::event::api_key::*;
use crate::event::{Event, Recorded, StreamId};
use crate::ids::*;
use crate::rejection::Rejection;
use crate::step::Step;
use crate::time::{Millis, Timestamp};

/// Keys of one person at most.
pub const KEYS_MAX: usize = 50;
/// Characters of a name at most.
pub const NAME_MAX: usize = 100;
/// Networks a key may be used from at most.
pub const NETWORKS_MAX: usize = 50;
/// How often its use is written down at most.
pub const USE_NOTED_EVERY: Millis = Millis::hours(1);

/// One key.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, PartialEq)]
pub struct ApiKey {
    pub id: KeyId,
    /// Who made it.
    pub user_id: UserId,
    pub terms: KeyTerms,
    pub secret_hash: String,
    pub created_at: Timestamp,
    pub last_used_at: Option<Timestamp>,
    pub version: u64,
    /// The position at which its terms were last set.
    pub scope_pos: u64,
}

/// The keys there are. Revoked ones are not kept.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Default, PartialEq)]
pub struct ApiKeys {
    by_id: BTreeMap<KeyId, ApiKey>,
    by_hash: BTreeMap<String, KeyId>,
}

impl ApiKeys {
    pub fn get(&self, id: KeyId) -> Option<&ApiKey> {
        self.by_id.get(&id)
    }
    /// In order of creation.
    pub fn iter(&self) -> impl Iterator<Item = &ApiKey> {
        self.by_id.values()
    }
    /// The key of a secret, given by its hash, while it lasts.
    pub fn by_secret(&self, hash: &str, now: Timestamp) -> Option<&ApiKey> {
        let key = self.by_id.get(self.by_hash.get(hash)?)?;
        key.terms.expires_at.is_none_or(|end| end > now).then_some(key)
    }

    pub(super) fn apply(&mut self, recorded: &Recorded) {
        match &recorded.event {
            Event::ApiKeyCreated(event) => {
                let key = ApiKey {
                    id: event.key_id,
                    user_id: event.user_id,
                    terms: event.terms.clone(),
                    secret_hash: event.secret_hash.clone(),
                    created_at: recorded.recorded_at,
                    last_used_at: None,
                    version: recorded.version,
                    scope_pos: recorded.pos,
                };
                self.by_hash.insert(event.secret_hash.clone(), event.key_id);
                self.by_id.insert(event.key_id, key);
            }
            Event::ApiKeyChanged(event) => self.change(event.key_id, recorded, |key| {
                key.terms = event.terms.clone();
                key.scope_pos = recorded.pos;
            }),
            Event::ApiKeyRotated(event) => {
                self.by_hash.retain(|_, id| *id != event.key_id);
                self.by_hash.insert(event.secret_hash.clone(), event.key_id);
                self.change(event.key_id, recorded, |key| key.secret_hash = event.secret_hash.clone());
            }
            Event::ApiKeyRevoked(event) => {
                self.by_hash.retain(|_, id| *id != event.key_id);
                self.by_id.remove(&event.key_id);
            }
            Event::ApiKeyUsed(event) => {
                self.change(event.key_id, recorded, |key| key.last_used_at = Some(event.last_used_at));
            }
            _ => {}
        }
    }

    fn change(&mut self, id: KeyId, recorded: &Recorded, change: impl FnOnce(&mut ApiKey)) {
        if let Some(key) = self.by_id.get_mut(&id) {
            change(key);
            key.version = recorded.version;
        }
    }
}

impl ApiKey {
    /// Its maker with the rights they have now, held to the key's terms. `None`: their account is closed.
    pub fn principal(&self, roster: &Roster) -> Option<Principal> {
        let maker = roster.principal(self.user_id)?;
        let terms = &self.terms;
        let scopes: BTreeSet<Action> = terms.scopes.iter().filter_map(|name| Action::named(name)).collect();
        // Whatever teams there are: the maker's own rights, which it is cut with, know which are theirs.
        let teams = || roster.teams().map(|team| team.id).collect();
        let teams: BTreeSet<TeamId> = terms.team_ids.clone().unwrap_or_else(teams);
        let limits = Rights::of_role(terms.role, roster.agent_settings())
            .within(terms.brand_ids.clone().map(Into::into), teams.into(), Default::default())
            .only(&scopes);
        Some(maker.limited(self.id, limits.into()))
    }
}

/// Whether a key can be given this permission. Keys make no keys, and have no account of their own to change.
pub fn is_scope(action: Action) -> bool {
    !matches!(action, Action::Public | Action::OwnAccount | Action::ApiKeyManage)
}

/// Makes a key that acts for the asker.
pub fn create(step: &mut Step<'_>, by: &Principal, terms: KeyTerms, secret_hash: String) -> Result<KeyId, Rejection> {
    check(step, by, &terms)?;
    let user_id = by.user_id;
    if step.world.security.api_keys.iter().filter(|key| key.user_id == user_id).count() >= KEYS_MAX {
        return Err(Rejection::Invalid { field: "name", detail: format!("at most {KEYS_MAX} keys") });
    }
    let key_id: KeyId = step.mint.fresh();
    step.emit(StreamId::ApiKey(key_id), ApiKeyCreated { key_id, user_id, terms, secret_hash });
    Ok(key_id)
}

/// Whether somebody sees a key: their own, or of somebody they manage.
pub fn may_see(roster: &Roster, by: &Principal, key: &ApiKey) -> bool {
    let may = |action| authorize(by, action, Standing::Workspace) == Decision::Allow;
    let manages = |maker: &crate::access::Member| {
        let in_brands = match (by.rights().brands(), &maker.brands) {
            (None, _) => true,
            (Some(mine), Some(theirs)) => theirs.is_subset(mine),
            (Some(_), None) => false,
        };
        in_brands && may(Action::UserManage) && (!maker.role.is_high() || may(Action::AdminManage))
    };
    key.user_id == by.user_id || roster.member(key.user_id).is_some_and(manages)
}

fn seen(step: &Step<'_>, by: &Principal, id: KeyId) -> Result<ApiKey, Rejection> {
    let key = step.world.security.api_keys.get(id).filter(|key| may_see(&step.world.roster, by, key));
    key.cloned().ok_or(Rejection::NotFound)
}

/// One's own key. Changing a colleague's would act in their name.
fn own(step: &Step<'_>, by: &Principal, id: KeyId) -> Result<ApiKey, Rejection> {
    let key = seen(step, by, id)?;
    if key.user_id == by.user_id { Ok(key) } else { Err(Rejection::Forbidden) }
}

/// Gives it other terms, in force with the next request. Only its maker may.
pub fn change(
    step: &mut Step<'_>,
    by: &Principal,
    id: KeyId,
    expected: Option<u64>,
    change: impl FnOnce(&mut KeyTerms),
) -> Result<(), Rejection> {
    let key = own(step, by, id)?;
    if expected.is_some_and(|expected| expected != key.version) {
        return Err(Rejection::VersionMismatch { actual: key.version });
    }
    let mut terms = key.terms.clone();
    change(&mut terms);
    if terms == key.terms {
        return Ok(());
    }
    check(step, by, &terms)?;
    step.emit(StreamId::ApiKey(id), ApiKeyChanged { key_id: id, terms });
    Ok(())
}

/// Gives it a new secret. Only its maker may.
pub fn rotate(step: &mut Step<'_>, by: &Principal, id: KeyId, secret_hash: String) -> Result<(), Rejection> {
    own(step, by, id)?;
    step.emit(StreamId::ApiKey(id), ApiKeyRotated { key_id: id, secret_hash });
    Ok(())
}

/// Ends it, for its maker and for those who manage them.
pub fn revoke(step: &mut Step<'_>, by: &Principal, id: KeyId) -> Result<(), Rejection> {
    seen(step, by, id)?;
    step.emit(StreamId::ApiKey(id), ApiKeyRevoked { key_id: id });
    Ok(())
}

/// Ends every key of somebody.
pub(crate) fn end_all(step: &mut Step<'_>, maker: UserId) {
    let keys = step.world.security.api_keys.iter().filter(|key| key.user_id == maker);
    let keys: Vec<KeyId> = keys.map(|key| key.id).collect();
    for key_id in keys {
        step.emit(StreamId::ApiKey(key_id), ApiKeyRevoked { key_id });
    }
}

/// Writes down that it was used, not more often than [`USE_NOTED_EVERY`].
pub fn note_use(step: &mut Step<'_>, id: KeyId, at: Timestamp) {
    let Some(key) = step.world.security.api_keys.get(id) else { return };
    if key.last_used_at.is_none_or(|last| at - last >= USE_NOTED_EVERY) {
        step.emit(StreamId::ApiKey(id), ApiKeyUsed { key_id: id, last_used_at: at });
    }
}

/// A key may do nothing that its maker may not.
fn check(step: &Step<'_>, by: &Principal, terms: &KeyTerms) -> Result<(), Rejection> {
    let invalid = |field, detail: &str| Err(Rejection::Invalid { field, detail: detail.to_owned() });
    let plain = terms.name.chars().all(|each| !each.is_control());
    if terms.name.trim().is_empty() || terms.name.chars().count() > NAME_MAX || !plain {
        return invalid("name", "1 to 100 printable characters");
    }
    if terms.role == Role::SuperAdmin {
        return invalid("role", "a key is an agent's, an operator's or an admin's");
    }
    // The mightiest comes first in the order of roles.
    if terms.role < by.role {
        return Err(Rejection::RoleHierarchy);
    }
    if terms.scopes.is_empty() {
        return invalid("scopes", "name at least one permission");
    }
    for name in &terms.scopes {
        let Some(action) = Action::named(name).filter(|action| is_scope(*action)) else {
            return invalid("scopes", "names a permission that does not exist or that no key can have");
        };
        let may = |standing| authorize(by, action, standing) == Decision::Allow;
        if !may(Standing::Workspace) && !may(Standing::Own) {
            return Err(Rejection::Forbidden);
        }
    }
    if let Some(brands) = &terms.brand_ids {
        let known = |id: &BrandId| step.world.brands.contains_key(id) && by.rights().in_brand(*id);
        if brands.is_empty() || !brands.iter().all(known) {
            return Err(Rejection::UnknownReference { field: "brand_ids" });
        }
    }
    if let Some(teams) = &terms.team_ids {
        if terms.role.is_high() {
            return invalid("team_ids", "an admin's key works above teams; null means all");
        }
        let mine = |id: &TeamId| by.role.is_high() || by.rights().works_in(*id);
        if teams.is_empty() || !teams.iter().all(|id| step.world.roster.team(*id).is_some() && mine(id)) {
            return Err(Rejection::UnknownReference { field: "team_ids" });
        }
    }
    if terms.allowed_ips.len() > NETWORKS_MAX {
        return invalid("allowed_ips", "at most 50 networks");
    }
    if terms.expires_at.is_some_and(|end| end <= step.now) {
        return invalid("expires_at", "lies in the past");
    }
    Ok(())
}
