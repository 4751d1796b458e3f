//! The people of the team: accounts, roles, sessions.
//!
//! Passwords and refresh tokens are hashed before they come here; addresses come with their blind key.

use crate::access::{Action, Decision, Principal, Role, Scope, authorize};
use crate::event::StreamId;
use crate::event::user::*;
use crate::identity::BlindKey;
use crate::ids::*;
use crate::rejection::Rejection;
use crate::step::Step;

mod session;

pub use session::{REFRESH_GRACE, Refreshed, SESSION_FOR, log_in, log_out, login_failed, refresh};

/// Characters of a name at most.
pub const NAME_MAX: usize = 200;

/// A new account.
#[derive(Debug, Clone, PartialEq)]
pub struct NewUser {
    pub email: String,
    pub email_key: BlindKey,
    pub name: String,
    pub role: Role,
    pub password_hash: String,
}

/// Creates an account. `by`: whoever asks; `None` for the first account at the first start.
pub fn create(step: &mut Step<'_>, by: Option<&Principal>, new: &NewUser) -> Result<UserId, Rejection> {
    may_manage(step, by, new.role)?;
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
    let event = UserCreated { user_id, role: new.role, email_key: Some(new.email_key), private };
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
    let user = step.world.users.get(&id).ok_or(Rejection::NotFound)?;
    if by.user_id != id || email.is_some() {
        may_manage(step, Some(by), user.role)?;
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

/// Gives another role. Nobody changes their own, and the last active Super Admin stays.
pub fn change_role(step: &mut Step<'_>, by: &Principal, id: UserId, role: Role) -> Result<(), Rejection> {
    let user = step.world.users.get(&id).ok_or(Rejection::NotFound)?;
    may_manage(step, Some(by), user.role)?;
    may_manage(step, Some(by), role)?;
    if user.role == role {
        return Ok(());
    }
    keep_a_super_admin(step, id)?;
    if by.user_id == id {
        return Err(Rejection::Forbidden);
    }
    step.emit(StreamId::User(id), UserRoleChanged { user_id: id, role });
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

/// Ends an account's access. Their conversations go back to the queue: nobody's work hangs on a closed account.
/// Returns how many did.
pub fn deactivate(
    step: &mut Step<'_>,
    by: &Principal,
    id: UserId,
    owned: &[ConversationId],
) -> Result<usize, Rejection> {
    let user = step.world.users.get(&id).ok_or(Rejection::NotFound)?;
    may_manage(step, Some(by), user.role)?;
    if !user.active {
        return Ok(0);
    }
    keep_a_super_admin(step, id)?;
    if by.user_id == id {
        return Err(Rejection::Forbidden);
    }
    step.emit(StreamId::User(id), UserDeactivated { user_id: id });
    session::end_all(step, id, SessionEnd::Deactivated, None);
    let mut released = 0;
    for conversation in owned {
        let release = crate::conversation::assign::Assignment {
            reason: Some("account deactivated".to_owned()),
            expected: Some(Some(id)),
            ..Default::default()
        };
        released += usize::from(crate::conversation::assign::assign(step, *conversation, &release).is_ok());
    }
    Ok(released)
}

/// Opens it again.
pub fn reactivate(step: &mut Step<'_>, by: &Principal, id: UserId) -> Result<(), Rejection> {
    let user = step.world.users.get(&id).ok_or(Rejection::NotFound)?;
    may_manage(step, Some(by), user.role)?;
    if !user.active {
        step.emit(StreamId::User(id), UserReactivated { user_id: id });
    }
    Ok(())
}

/// Writes down that a change was refused.
pub fn note_denial(step: &mut Step<'_>, by: UserId, action: &str, resource: Option<String>) {
    let event = AccessDenied { user_id: by, action: action.to_owned(), resource };
    step.emit(StreamId::User(by), event);
}

/// Judged by the role the asker has now, not the one they signed in with: of two who demote each other, one is late.
fn may_manage(step: &Step<'_>, by: Option<&Principal>, role: Role) -> Result<(), Rejection> {
    let Some(by) = by else { return Ok(()) };
    let asker = step.world.users.get(&by.user_id).filter(|user| user.active).ok_or(Rejection::Forbidden)?;
    let by = Principal { user_id: asker.id, role: asker.role };
    Rejection::unless_allowed(authorize(&by, Action::UserManage, Scope::Workspace))?;
    let high = matches!(role, Role::SuperAdmin | Role::Admin);
    if high && authorize(&by, Action::AdminManage, Scope::Workspace) != Decision::Allow {
        return Err(Rejection::RoleHierarchy);
    }
    Ok(())
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
