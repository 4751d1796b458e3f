//! Teams: who works on whose conversations, and behind which walls. What somebody may no longer own goes back to its
//! queue in the same command that takes them out, so that nobody's work hangs behind a wall.

use std::collections::BTreeSet;

use crate::access::{Action, Principal, Walls, authorize};
use crate::conversation::assign::{Assignment, assign};
use crate::event::StreamId;
use crate::event::team::*;
use crate::ids::*;
use crate::queue::QueueId;
use crate::rejection::Rejection;
use crate::step::Step;

/// Characters of a name at most.
pub const NAME_MAX: usize = 100;
/// Teams that exist at once at most.
pub const TEAMS_MAX: usize = 1_000;

/// A new team.
#[derive(Debug, Clone, PartialEq)]
pub struct NewTeam {
    pub name: String,
    /// `None`: it works for all brands.
    pub brand_id: Option<BrandId>,
    pub walls: Walls,
}

/// Creates a team. Somebody who works for some brands only makes teams of those.
pub fn create(step: &mut Step<'_>, by: &Principal, new: &NewTeam) -> Result<TeamId, Rejection> {
    let name = free_name(step, &new.name, new.brand_id, None)?;
    match new.brand_id {
        Some(brand) if !step.world.brands.contains_key(&brand) || !by.rights().in_brand(brand) => {
            return Err(Rejection::UnknownReference { field: "brand_id" });
        }
        None if by.rights().brands().is_some() => {
            let detail = "name one of your brands".to_owned();
            return Err(Rejection::Invalid { field: "brand_id", detail });
        }
        _ => {}
    }
    if step.world.roster.teams().count() >= TEAMS_MAX {
        return Err(Rejection::Invalid { field: "name", detail: format!("at most {TEAMS_MAX} teams") });
    }
    let team_id: TeamId = step.mint.fresh();
    let event = TeamCreated { team_id, brand_id: new.brand_id, name, walls: new.walls };
    step.emit(StreamId::Team(team_id), event);
    Ok(team_id)
}

/// Renames it, or moves its walls.
pub fn change(
    step: &mut Step<'_>,
    by: &Principal,
    id: TeamId,
    name: Option<&str>,
    walls: Option<Walls>,
) -> Result<(), Rejection> {
    may_manage(step, by, id)?;
    let brand = step.world.roster.team(id).ok_or(Rejection::NotFound)?.brand_id;
    let name = name.map(|name| free_name(step, name, brand, Some(id))).transpose()?;
    let team = step.world.roster.team(id).ok_or(Rejection::NotFound)?;
    let name = name.filter(|name| *name != team.name);
    let walls = walls.filter(|walls| *walls != team.walls);
    if name.is_some() || walls.is_some() {
        step.emit(StreamId::Team(id), TeamChanged { team_id: id, name, walls });
    }
    Ok(())
}

/// Removes it. `running`: whether conversations that are not resolved lie in it, as the views count them.
pub fn remove(step: &mut Step<'_>, by: &Principal, id: TeamId, running: bool) -> Result<(), Rejection> {
    may_manage(step, by, id)?;
    if running {
        return Err(Rejection::InUse("conversations that are not resolved lie in it"));
    }
    if step.world.channels.values().any(|channel| channel.team_id == Some(id)) {
        return Err(Rejection::InUse("a channel's new conversations go to it"));
    }
    let to = QueueId::Team(id);
    if step.world.queues.changed().any(|(_, settings)| settings.spill.is_some_and(|spill| spill.to == to)) {
        return Err(Rejection::InUse("what nobody takes from another queue goes to it"));
    }
    step.emit(StreamId::Team(id), TeamRemoved { team_id: id });
    Ok(())
}

/// Takes somebody in, or makes a member a lead or no lead.
pub fn set_member(step: &mut Step<'_>, by: &Principal, id: TeamId, user: UserId, lead: bool) -> Result<(), Rejection> {
    may_manage(step, by, id)?;
    may_manage_member(step, by, user)?;
    let team = step.world.roster.team(id).ok_or(Rejection::NotFound)?;
    let principal = step.world.roster.principal(user).ok_or(Rejection::UnknownReference { field: "user_id" })?;
    if team.brand_id.is_some_and(|brand| !principal.rights().in_brand(brand)) {
        return Err(Rejection::Invalid { field: "user_id", detail: "does not work for the team's brand".to_owned() });
    }
    if team.members.get(&user) != Some(&lead) {
        step.emit(StreamId::Team(id), TeamMemberSet { team_id: id, user_id: user, lead });
    }
    Ok(())
}

/// Takes somebody out. `owned`: their conversations, as the views list them.
pub fn remove_member(
    step: &mut Step<'_>,
    by: &Principal,
    id: TeamId,
    user: UserId,
    owned: &[ConversationId],
) -> Result<(), Rejection> {
    may_manage(step, by, id)?;
    may_manage_member(step, by, user)?;
    let team = step.world.roster.team(id).ok_or(Rejection::NotFound)?;
    if team.members.contains_key(&user) {
        step.emit(StreamId::Team(id), TeamMemberRemoved { team_id: id, user_id: user });
        release_beyond(step, user, owned);
    }
    Ok(())
}

/// Puts somebody into exactly these teams, of those that the asker may change.
pub fn set_teams(
    step: &mut Step<'_>,
    by: &Principal,
    user: UserId,
    wanted: &BTreeSet<TeamId>,
    owned: &[ConversationId],
) -> Result<(), Rejection> {
    may_manage_member(step, by, user)?;
    let now: BTreeSet<TeamId> = step.world.roster.teams_of(user).map(|team| team.id).collect();
    let left: Vec<TeamId> = now.difference(wanted).copied().filter(|id| may_manage(step, by, *id).is_ok()).collect();
    let joined: Vec<TeamId> = wanted.difference(&now).copied().collect();
    let principal = step.world.roster.principal(user).ok_or(Rejection::UnknownReference { field: "user_id" })?;
    for id in &joined {
        let team = step.world.roster.team(*id).filter(|_| may_manage(step, by, *id).is_ok());
        let fits = team.is_some_and(|team| team.brand_id.is_none_or(|brand| principal.rights().in_brand(brand)));
        if !fits {
            return Err(Rejection::UnknownReference { field: "team_ids" });
        }
    }
    for team_id in &joined {
        let event = TeamMemberSet { team_id: *team_id, user_id: user, lead: false };
        step.emit(StreamId::Team(*team_id), event);
    }
    for team_id in &left {
        step.emit(StreamId::Team(*team_id), TeamMemberRemoved { team_id: *team_id, user_id: user });
    }
    if !left.is_empty() {
        release_beyond(step, user, owned);
    }
    Ok(())
}

/// Gives back what somebody holds behind walls they no longer pass. Returns how many it was.
pub fn release_beyond(step: &mut Step<'_>, user: UserId, owned: &[ConversationId]) -> usize {
    let principal = step.world.roster.principal(user).cloned();
    let mut released = 0;
    for id in owned {
        let Some(conversation) = step.conversation(*id) else { continue };
        let (brand, team) = (conversation.brand_id, conversation.team_id);
        if principal.as_ref().is_some_and(|principal| principal.may_own(brand, team)) {
            continue;
        }
        let back = Assignment {
            reason: Some("no longer in reach of its owner".to_owned()),
            expected: Some(Some(user)),
            ..Assignment::default()
        };
        released += usize::from(assign(step, *id, &back).is_ok());
    }
    released
}

/// A team that a conversation of this brand can be given to.
pub(crate) fn takes_from(step: &Step<'_>, team: TeamId, brand: BrandId) -> Result<(), Rejection> {
    let known = step.world.roster.team(team).filter(|team| team.brand_id.is_none_or(|of| of == brand));
    known.map(|_| ()).ok_or(Rejection::UnknownReference { field: "team_id" })
}

/// Judged by the rights the asker has now. A lead looks after the own team's members, no more.
fn may_manage(step: &Step<'_>, by: &Principal, id: TeamId) -> Result<(), Rejection> {
    let by = step.world.roster.current(by).ok_or(Rejection::SessionEnded)?;
    let team = step.world.roster.team(id).ok_or(Rejection::NotFound)?;
    let standing = match team.brand_id {
        Some(brand) => by.standing_in_brand(brand),
        None => crate::access::Standing::Workspace,
    };
    Rejection::unless_allowed(authorize(&by, Action::TeamManage, standing))?;
    // A team of all brands is nothing that somebody of some brands may turn.
    if team.brand_id.is_none() && by.rights().brands().is_some() {
        return Err(Rejection::Forbidden);
    }
    Ok(())
}

/// Who is made a member is changed by it, so the rule for changing people holds: nobody moves Admins but a Super Admin.
fn may_manage_member(step: &Step<'_>, by: &Principal, user: UserId) -> Result<(), Rejection> {
    let member = step.world.roster.member(user).ok_or(Rejection::UnknownReference { field: "user_id" })?;
    crate::account::may_manage(step, Some(by), member.role)
}

/// Names are unique within a brand: whether one is taken behind another brand's wall is nobody's to learn.
fn free_name(step: &Step<'_>, name: &str, brand: Option<BrandId>, except: Option<TeamId>) -> Result<String, Rejection> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > NAME_MAX || name.chars().any(char::is_control) {
        return Err(Rejection::Invalid { field: "name", detail: format!("1 to {NAME_MAX} printable characters") });
    }
    let same = |team: &&crate::access::Team| team.brand_id == brand && team.name.to_lowercase() == name.to_lowercase();
    if step.world.roster.teams().filter(same).any(|team| Some(team.id) != except) {
        return Err(Rejection::Duplicate("a team of this name"));
    }
    Ok(name.to_owned())
}
