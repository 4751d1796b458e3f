//! The people of the team.

use app::Desk;
use domain::access::{Action, Decision, Principal, Role as DomainRole, Scope, authorize};
use domain::ids::UserId;

use crate::dto::user::{Role, User, UserStatus};

/// A user as `viewer` sees them: the address only to themself and to those who manage accounts.
pub(crate) fn user(desk: &Desk, id: UserId, viewer: &Principal) -> Option<User> {
    let known = desk.view(|views| views.directory.users.get(id).cloned())?;
    let account = desk.account(id)?;
    let full = viewer.user_id == id || authorize(viewer, Action::UserManage, Scope::Workspace) == Decision::Allow;
    Some(User {
        id: id.into(),
        version: known.version.into(),
        name: account.name,
        email: full.then_some(account.email),
        role: role(known.role),
        status: if known.active { UserStatus::Active } else { UserStatus::Deactivated },
        created_at: known.created_at.into(),
    })
}

pub(crate) fn role(role: DomainRole) -> Role {
    match role {
        DomainRole::SuperAdmin => Role::SuperAdmin,
        DomainRole::Admin => Role::Admin,
        DomainRole::Agent => Role::Agent,
        DomainRole::Operator => Role::Operator,
    }
}

/// The role a request names.
pub(crate) fn role_asked(role: Role) -> DomainRole {
    match role {
        Role::SuperAdmin => DomainRole::SuperAdmin,
        Role::Admin => DomainRole::Admin,
        Role::Agent => DomainRole::Agent,
        Role::Operator => DomainRole::Operator,
    }
}
