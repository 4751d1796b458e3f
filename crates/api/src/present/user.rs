//! The people of the team.

use app::{Desk, reach};
use domain::access::{Action, Decision, Principal, Role as DomainRole, Standing, authorize};
use domain::ids::UserId;

use super::availability::availability;
use crate::dto::live::told::Colleague;
use crate::dto::user::{Role, User, UserStatus};

/// A user as `viewer` sees them: the address only to themself and to those who manage accounts.
pub(crate) fn user(desk: &Desk, id: UserId, viewer: &Principal) -> Option<User> {
    let (known, member, state, team_ids) = desk.view(|views| {
        let teams = views.roster.teams_of(id).filter(|team| reach::sees_members(viewer, team));
        let teams: Vec<_> = teams.map(|team| team.id.into()).collect();
        Some((
            views.directory.users.get(id)?.clone(),
            views.roster.member(id)?.clone(),
            views.availability.of(id)?.clone(),
            teams,
        ))
    })?;
    let account = desk.account(id)?;
    let full = viewer.user_id == id || authorize(viewer, Action::UserManage, Standing::Workspace) == Decision::Allow;
    Some(User {
        id: id.into(),
        version: known.version.into(),
        name: account.name,
        email: full.then_some(account.email),
        role: role(known.role),
        custom_role_id: member.custom_role.map(Into::into),
        // Brands that the viewer does not work for are no business of theirs.
        brand_ids: member.brands.map(|brands| {
            let seen = brands.iter().filter(|brand| viewer.rights().in_brand(**brand));
            seen.map(|brand| (*brand).into()).collect()
        }),
        team_ids,
        status: if known.active { UserStatus::Active } else { UserStatus::Deactivated },
        availability: availability(desk, &state),
        created_at: known.created_at.into(),
    })
}

/// A colleague as live clients know them.
pub(crate) fn colleague(desk: &Desk, id: UserId) -> Option<Colleague> {
    let (known, state) =
        desk.view(|views| Some((views.directory.users.get(id)?.clone(), views.availability.of(id)?.availability)))?;
    let name = desk.user_name(id)?;
    let availability = super::availability::shown(state);
    Some(Colleague { id: id.into(), name, role: role(known.role), active: known.active, availability })
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
