//! Teams and custom roles.

use domain::access::{Role, Walls};
use domain::event::Event;
use domain::event::team::*;

use super::{id, text};

pub(super) fn samples() -> Vec<Event> {
    let permissions = || ["conversations.read", "notes.add"].map(str::to_owned).into();
    vec![
        TeamCreated { team_id: id(14), brand_id: Some(id(1)), name: "Billing".to_owned(), walls: Walls::Closed }.into(),
        TeamChanged { team_id: id(14), name: text("Invoices"), walls: Some(Walls::Open) }.into(),
        TeamRemoved { team_id: id(14) }.into(),
        TeamMemberSet { team_id: id(14), user_id: id(5), lead: true }.into(),
        TeamMemberRemoved { team_id: id(14), user_id: id(5) }.into(),
        RoleCreated { role_id: id(21), name: "Reviewer".to_owned(), base: Role::Agent, permissions: permissions() }
            .into(),
        RoleChanged { role_id: id(21), name: text("Auditor"), permissions: Some(permissions()) }.into(),
        RoleRemoved { role_id: id(21) }.into(),
    ]
}
