//! The people of the team: accounts, roles, sessions.
//!
//! Passwords and refresh tokens are hashed before they come here; addresses come with their blind key.

use std::collections::BTreeSet;

use crate::access::{Action, BRANDS_MAX, Decision, Principal, Role, Standing, authorize};
use crate::billing::admit_seat;
use crate::event::StreamId;
use crate::event::team::TeamMemberRemoved;
use crate::event::user::*;
use crate::identity::BlindKey;
use crate::ids::*;
use crate::rejection::Rejection;
use crate::step::Step;

mod hand_over;
mod session;
pub mod sso;

pub use hand_over::{HandOver, hand_over};
pub(crate) use session::end_all as end_sessions;
pub use session::{REFRESH_GRACE, Refreshed, SESSION_FOR, log_in, log_out, log_out_everywhere, login_failed, refresh};

/// Characters of a name at most.
pub const NAME_MAX: usize = 200;

/// What somebody is in the team.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, PartialEq)]
pub struct Place {
    pub role: Role,
    pub custom_role_id: Option<RoleId>,
    /// The brands they work for; `None`: all.
    pub brand_ids: Option<BTreeSet<BrandId>>,
}

/// A new account.
#[derive(Debug, Clone, PartialEq)]
pub struct NewUser {
    pub email: String,
    pub email_key: BlindKey,
    pub name: String,
    pub role: Role,
    pub custom_role_id: Option<RoleId>,
    /// The brands they work for; `None`: all.
    pub brand_ids: Option<BTreeSet<BrandId>>,
    pub password_hash: String,
}

/// Creates an account. `by`: whoever asks; `None` for the first account at the first start.
pub fn create(step: &mut Step<'_>, by: Option<&Principal>, new: &NewUser) -> Result<UserId, Rejection> {
    may_manage(step, by, new.role)?;
    may_place(step, by, new.role, new.custom_role_id, new.brand_ids.as_ref())?;
    // Somebody of some brands makes nobody of more.
    let brand_ids = new.brand_ids.clone().or_else(|| asker_brands(step, by));
    admit_seat(step)?;
    make(step, new, brand_ids)
}

/// The same for somebody who was invited: whoever invited them was asked then, and the invitation has held their seat.
pub(crate) fn create_invited(step: &mut Step<'_>, new: &NewUser) -> Result<UserId, Rejection> {
    may_place(step, None, new.role, new.custom_role_id, new.brand_ids.as_ref())?;
    make(step, new, new.brand_ids.clone())
}

fn make(step: &mut Step<'_>, new: &NewUser, brand_ids: Option<BTreeSet<BrandId>>) -> Result<UserId, Rejection> {
    checked_name(&new.name)?;
    if step.world.users.values().any(|user| user.email_key == Some(new.email_key)) {
        return Err(Rejection::Duplicate("a user with this address"));
    }
    let user_id: UserId = step.mint.fresh();
    let private = Some(Profile {
        email: Some(new.email.clone()),
        name: Some(new.name.clone()),
        password_hash: Some(new.password_hash.clone()),
    });
    let event = UserCreated {
        user_id,
        role: new.role,
        custom_role_id: new.custom_role_id,
        brand_ids,
        email_key: Some(new.email_key),
        private,
    };
    step.emit(StreamId::User(user_id), event);
    Ok(user_id)
}

/// Changes a name or an address. Everybody may change their own name.
pub fn change(
    step: &mut Step<'_>,
    by: &Principal,
    id: UserId,
    name: Option<String>,
    email: Option<(String, BlindKey)>,
) -> Result<(), Rejection> {
    step.world.users.get(&id).ok_or(Rejection::NotFound)?;
    if by.user_id != id || email.is_some() {
        may_manage_user(step, by, id)?;
    }
    if name.is_none() && email.is_none() {
        return Ok(());
    }
    name.as_deref().map_or(Ok(()), checked_name)?;
    let email_key = email.as_ref().map(|(_, key)| *key);
    if email_key.is_some() && step.world.users.values().any(|other| other.id != id && other.email_key == email_key) {
        return Err(Rejection::Duplicate("a user with this address"));
    }
    let private = Some(Profile { email: email.map(|(email, _)| email), name, password_hash: None });
    step.emit(StreamId::User(id), UserChanged { user_id: id, email_key, private });
    Ok(())
}

/// Gives another role, perhaps a custom one. Nobody changes their own, and the last active Super Admin stays.
pub fn change_role(
    step: &mut Step<'_>,
    by: &Principal,
    id: UserId,
    role: Role,
    custom_role_id: Option<RoleId>,
) -> Result<(), Rejection> {
    may_manage_user(step, by, id)?;
    may_manage(step, Some(by), role)?;
    may_place(step, Some(by), role, custom_role_id, None)?;
    let member = step.world.roster.member(id).ok_or(Rejection::NotFound)?;
    if (member.role, member.custom_role) == (role, custom_role_id) {
        return Ok(());
    }
    if role != Role::SuperAdmin {
        keep_a_super_admin(step, id)?;
    }
    if by.user_id == id {
        return Err(Rejection::Forbidden);
    }
    step.emit(StreamId::User(id), UserRoleChanged { user_id: id, role, custom_role_id });
    Ok(())
}

/// Lets somebody work for other brands. `owned`: their conversations, as the views list them; those of brands they leave
/// go back to their queues. Nobody changes their own.
pub fn change_brands(
    step: &mut Step<'_>,
    by: &Principal,
    id: UserId,
    brand_ids: Option<BTreeSet<BrandId>>,
    owned: &[ConversationId],
) -> Result<(), Rejection> {
    may_manage_user(step, by, id)?;
    let member = step.world.roster.member(id).ok_or(Rejection::NotFound)?;
    if member.role == Role::SuperAdmin && brand_ids.is_some() {
        return Err(Rejection::Invalid { field: "brand_ids", detail: "a super admin works for all brands".to_owned() });
    }
    may_place(step, Some(by), member.role, None, brand_ids.as_ref())?;
    if brand_ids.is_none() && asker_brands(step, Some(by)).is_some() {
        return Err(Rejection::Forbidden);
    }
    if by.user_id == id {
        return Err(Rejection::Forbidden);
    }
    let member = step.world.roster.member(id).ok_or(Rejection::NotFound)?;
    if member.brands.as_deref() == brand_ids.as_ref() {
        return Ok(());
    }
    // Nobody stays in a team whose brand they no longer work for.
    let left: Vec<TeamId> = step
        .world
        .roster
        .teams_of(id)
        .filter(|team| team.brand_id.is_some_and(|of| brand_ids.as_ref().is_some_and(|brands| !brands.contains(&of))))
        .map(|team| team.id)
        .collect();
    step.emit(StreamId::User(id), UserBrandsChanged { user_id: id, brand_ids });
    for team_id in left {
        step.emit(StreamId::Team(team_id), TeamMemberRemoved { team_id, user_id: id });
    }
    crate::team::release_beyond(step, id, owned);
    Ok(())
}

/// A new password ends every session of the user but `keep`.
pub fn change_password(
    step: &mut Step<'_>,
    id: UserId,
    password_hash: String,
    keep: Option<SessionId>,
) -> Result<(), Rejection> {
    step.world.users.get(&id).ok_or(Rejection::NotFound)?;
    let private = Some(Profile { password_hash: Some(password_hash), ..Profile::default() });
    step.emit(StreamId::User(id), UserPasswordChanged { user_id: id, private });
    session::end_all(step, id, SessionEnd::PasswordChanged, keep);
    Ok(())
}

/// Ends an account's access and hands on what they hold: nobody's work hangs on a closed account. `owned`: their
/// conversations, as the views list them. Returns how many changed hands.
pub fn deactivate(
    step: &mut Step<'_>,
    by: &Principal,
    id: UserId,
    to: HandOver,
    owned: &[ConversationId],
) -> Result<usize, Rejection> {
    may_manage_user(step, by, id)?;
    if step.world.roster.principal(id).is_none() {
        return Ok(0);
    }
    keep_a_super_admin(step, id)?;
    if by.user_id == id {
        return Err(Rejection::Forbidden);
    }
    hand_over::check(step, by, id, to)?;
    step.emit(StreamId::User(id), UserDeactivated { user_id: id });
    session::end_all(step, id, SessionEnd::Deactivated, None);
    // Opened again, the account begins without keys, as it begins without sessions.
    crate::security::api_key::end_all(step, id);
    Ok(hand_over::hand_over(step, id, to, owned))
}

/// Opens it again.
pub fn reactivate(step: &mut Step<'_>, by: &Principal, id: UserId) -> Result<(), Rejection> {
    may_manage_user(step, by, id)?;
    if step.world.roster.principal(id).is_none() {
        admit_seat(step)?;
        step.emit(StreamId::User(id), UserReactivated { user_id: id });
    }
    Ok(())
}

/// Writes down that a change was refused.
pub fn note_denial(step: &mut Step<'_>, denied: AccessDenied) {
    step.emit(StreamId::Audit, denied);
}

/// Judged by the role the asker has now, not the one they signed in with: of two who demote each other, one is late.
pub fn may_manage(step: &Step<'_>, by: Option<&Principal>, role: Role) -> Result<(), Rejection> {
    by.map_or(Ok(()), |by| may_do_to_role(step, by, role, Action::UserManage))
}

fn may_do_to_role(step: &Step<'_>, by: &Principal, role: Role, action: Action) -> Result<(), Rejection> {
    let by = step.world.roster.current(by).ok_or(Rejection::Forbidden)?;
    Rejection::unless_allowed(authorize(&by, action, Standing::Workspace))?;
    if role.is_high() && authorize(&by, Action::AdminManage, Standing::Workspace) != Decision::Allow {
        return Err(Rejection::RoleHierarchy);
    }
    Ok(())
}

/// The same for one person: those who work for none of the asker's brands do not exist for them, and those who work for
/// others too are not theirs alone to change.
pub fn may_manage_user(step: &Step<'_>, by: &Principal, id: UserId) -> Result<(), Rejection> {
    may_do_to_user(step, by, id, Action::UserManage)
}

/// The same for another thing that is done to people.
pub fn may_do_to_user(step: &Step<'_>, by: &Principal, id: UserId, action: Action) -> Result<(), Rejection> {
    let member = step.world.roster.member(id).ok_or(Rejection::NotFound)?;
    if let Some(mine) = asker_brands(step, Some(by)).filter(|_| by.user_id != id) {
        match &member.brands {
            Some(theirs) if theirs.is_disjoint(&mine) => return Err(Rejection::NotFound),
            Some(theirs) if theirs.is_subset(&mine) => {}
            _ => {
                may_do_to_role(step, by, member.role, action)?;
                return Err(Rejection::Forbidden);
            }
        }
    }
    may_do_to_role(step, by, member.role, action)
}

/// Whether a role and brands can be given: they exist, they fit, and the asker gives no brand that they do not have.
pub fn may_place(
    step: &Step<'_>,
    by: Option<&Principal>,
    role: Role,
    custom_role_id: Option<RoleId>,
    brand_ids: Option<&BTreeSet<BrandId>>,
) -> Result<(), Rejection> {
    if let Some(id) = custom_role_id {
        let known = step.world.roster.role(id).ok_or(Rejection::UnknownReference { field: "custom_role_id" })?;
        if known.base != role {
            let detail = "is made from another built-in role".to_owned();
            return Err(Rejection::Invalid { field: "custom_role_id", detail });
        }
    }
    let Some(brands) = brand_ids else { return Ok(()) };
    if brands.is_empty() || brands.len() > BRANDS_MAX || role == Role::SuperAdmin {
        let detail = format!("1 to {BRANDS_MAX} brands, or null for all; a super admin works for all");
        return Err(Rejection::Invalid { field: "brand_ids", detail });
    }
    let mine = asker_brands(step, by);
    let known = |brand: &BrandId| {
        step.world.brands.contains_key(brand) && mine.as_ref().is_none_or(|mine| mine.contains(brand))
    };
    if brands.iter().all(known) { Ok(()) } else { Err(Rejection::UnknownReference { field: "brand_ids" }) }
}

fn asker_brands(step: &Step<'_>, by: Option<&Principal>) -> Option<BTreeSet<BrandId>> {
    by.and_then(|by| step.world.roster.current(by)).and_then(|by| by.rights().brands().cloned())
}

fn checked_name(name: &str) -> Result<(), Rejection> {
    let plain = name.chars().all(|c| !c.is_control());
    if name.trim().is_empty() || name.chars().count() > NAME_MAX || !plain {
        return Err(Rejection::Invalid { field: "name", detail: format!("1 to {NAME_MAX} printable characters") });
    }
    Ok(())
}

fn keep_a_super_admin(step: &Step<'_>, leaving: UserId) -> Result<(), Rejection> {
    let is = |user: &&crate::world::User| user.role == Role::SuperAdmin && user.active;
    let leaves = step.world.users.get(&leaving).filter(is).is_some();
    let others = step.world.users.values().filter(is).any(|user| user.id != leaving);
    if leaves && !others { Err(Rejection::LastSuperAdmin) } else { Ok(()) }
}
