//! Why somebody sees a conversation, or why not, in terms a person who manages access can act on.

use serde::Serialize;

use super::{Action, Decision, Placement, Principal, Role, Roster, Standing, Walls, authorize};

/// One ground.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// It is assigned to them.
    Assignee,
    /// Their role sees every conversation of their brands.
    Role,
    /// They are a member of its team.
    TeamMember,
    /// Its team's walls are open.
    OpenTeam,
    /// It is in no team.
    CommonQueue,
    /// They were invited into it.
    Collaborator,
    /// They do not work for its brand.
    OutsideBrand,
    /// It is in a team with closed walls that they are no member of.
    OutsideTeam,
    /// Their role shows them their own conversations only, and this is not one.
    RoleOwnOnly,
    /// The workspace's settings hide colleagues' conversations from agents.
    TeamHidden,
    /// Their custom role does not include reading conversations.
    NotPermitted,
    /// The account is closed.
    AccountClosed,
    /// There was no such account.
    AccountUnknown,
    /// There was no such conversation.
    ConversationUnknown,
}

/// The grounds for an open account: all by which they see it, or the one that keeps it from them.
pub fn explain(roster: &Roster, principal: &Principal, place: &Placement) -> (bool, Vec<Reason>) {
    let standing = principal.standing(place);
    if authorize(principal, Action::ConversationRead, standing) != Decision::Allow {
        return (false, vec![hindrance(principal, standing)]);
    }
    let mut via = Vec::new();
    if place.assignee_id == Some(principal.user_id) {
        via.push(Reason::Assignee);
    }
    match principal.role {
        Role::SuperAdmin | Role::Admin => via.push(Reason::Role),
        Role::Agent => match place.team_id {
            None => via.push(Reason::CommonQueue),
            Some(team) if principal.rights().teams().contains(&team) => via.push(Reason::TeamMember),
            Some(team) if roster.team(team).is_some_and(|team| team.walls == Walls::Open) => via.push(Reason::OpenTeam),
            Some(_) => {}
        },
        Role::Operator => {}
    }
    if place.collaborator {
        via.push(Reason::Collaborator);
    }
    // Being in the right team is no ground while settings hide what colleagues have.
    if authorize(principal, Action::ConversationRead, Standing::Team) != Decision::Allow {
        via.retain(|reason| !matches!(reason, Reason::CommonQueue | Reason::TeamMember | Reason::OpenTeam));
    }
    (true, via)
}

fn hindrance(principal: &Principal, standing: Standing) -> Reason {
    match standing {
        Standing::OtherBrand => Reason::OutsideBrand,
        Standing::OtherTeam if principal.role == Role::Operator => Reason::RoleOwnOnly,
        Standing::OtherTeam => Reason::OutsideTeam,
        Standing::Team if principal.role == Role::Operator => Reason::RoleOwnOnly,
        Standing::Team if authorize(principal, Action::ConversationRead, Standing::Own) == Decision::Allow => {
            Reason::TeamHidden
        }
        Standing::Workspace | Standing::Own | Standing::Team | Standing::Collaborator => Reason::NotPermitted,
    }
}
