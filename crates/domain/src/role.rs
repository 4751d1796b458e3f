//! Custom roles: a built-in role's walls with a list of permissions. The built-in ones cannot be changed.

use std::collections::BTreeSet;

use crate::access::{Action, Role};
use crate::event::StreamId;
use crate::event::team::{RoleChanged, RoleCreated, RoleRemoved};
use crate::ids::RoleId;
use crate::rejection::Rejection;
use crate::step::Step;

/// Characters of a name at most.
pub const NAME_MAX: usize = 100;
/// Custom roles at most.
pub const ROLES_MAX: usize = 100;

/// Makes a role. Errors: a name that is taken, a base that cannot be one, a permission that no role may give.
pub fn create(
    step: &mut Step<'_>,
    name: &str,
    base: Role,
    permissions: &BTreeSet<String>,
) -> Result<RoleId, Rejection> {
    let name = free_name(step, name, None)?;
    if base == Role::SuperAdmin {
        return Err(Rejection::Invalid { field: "base", detail: "cannot be super_admin".to_owned() });
    }
    check(permissions)?;
    if step.world.roster.roles().count() >= ROLES_MAX {
        return Err(Rejection::Invalid { field: "name", detail: format!("at most {ROLES_MAX} custom roles") });
    }
    let role_id: RoleId = step.mint.fresh();
    let event = RoleCreated { role_id, name, base, permissions: permissions.clone() };
    step.emit(StreamId::Role(role_id), event);
    Ok(role_id)
}

/// Renames it or replaces its permissions, for everybody who has it at once.
pub fn change(
    step: &mut Step<'_>,
    id: RoleId,
    name: Option<&str>,
    permissions: Option<&BTreeSet<String>>,
) -> Result<(), Rejection> {
    let name = name.map(|name| free_name(step, name, Some(id))).transpose()?;
    permissions.map_or(Ok(()), check)?;
    let role = step.world.roster.role(id).ok_or(Rejection::NotFound)?;
    let name = name.filter(|name| *name != role.name);
    let named: BTreeSet<String> = role.permissions.iter().map(|action| action.name().to_owned()).collect();
    let permissions = permissions.filter(|wanted| **wanted != named).cloned();
    if name.is_some() || permissions.is_some() {
        step.emit(StreamId::Role(id), RoleChanged { role_id: id, name, permissions });
    }
    Ok(())
}

/// Removes a role that nobody has.
pub fn remove(step: &mut Step<'_>, id: RoleId) -> Result<(), Rejection> {
    step.world.roster.role(id).ok_or(Rejection::NotFound)?;
    if step.world.roster.holders(id).next().is_some() {
        return Err(Rejection::InUse("somebody has this role"));
    }
    step.emit(StreamId::Role(id), RoleRemoved { role_id: id });
    Ok(())
}

fn check(permissions: &BTreeSet<String>) -> Result<(), Rejection> {
    for name in permissions {
        let known = Action::named(name).is_some_and(Action::is_grantable);
        if !known {
            // The name came from the asker; what is wrong with it can be said without repeating it.
            let detail = "names a permission that does not exist or that no role can give".to_owned();
            return Err(Rejection::Invalid { field: "permissions", detail });
        }
    }
    Ok(())
}

fn free_name(step: &Step<'_>, name: &str, except: Option<RoleId>) -> Result<String, Rejection> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > NAME_MAX || name.chars().any(char::is_control) {
        return Err(Rejection::Invalid { field: "name", detail: format!("1 to {NAME_MAX} printable characters") });
    }
    let lower = name.to_lowercase();
    let taken = step.world.roster.roles().any(|role| Some(role.id) != except && role.name.to_lowercase() == lower);
    if taken || Role::ALL.iter().any(|role| role.name() == lower) {
        return Err(Rejection::Duplicate("a role of this name"));
    }
    Ok(name.to_owned())
}
