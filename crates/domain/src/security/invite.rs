//! Invitations: a place in the team that waits for somebody. Whoever has the token takes it, once, while it lasts. Sending
//! it again makes a new token and voids the one before.

use std::collections::{BTreeMap, BTreeSet};

use crate::access::{Action, Decision, Principal, Standing, authorize};
use crate::account::{NewUser, Place, create_invited, may_manage, may_place};
use crate::billing::admit_seat;
use crate::event::invite::*;
use crate::event::team::TeamMemberSet;
use crate::event::{Event, Recorded, StreamId};
use crate::identity::BlindKey;
use crate::ids::*;
use crate::rejection::Rejection;
use crate::step::Step;
use crate::time::{Millis, Timestamp};

/// How long an invitation lasts when nobody says.
pub const INVITE_FOR: Millis = Millis::days(7);
/// The shortest and the longest.
pub const INVITE_FOR_MIN: Millis = Millis::minutes(5);
pub const INVITE_FOR_MAX: Millis = Millis::days(30);
/// Open invitations at once at most.
pub const INVITES_OPEN_MAX: usize = 1_000;
/// Teams in one invitation at most.
pub const TEAMS_MAX: usize = 50;

/// Where an invitation stands, apart from the clock.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Copy, PartialEq, Eq)]
pub enum InviteState {
    Open,
    Revoked,
    Accepted(UserId),
}

/// One invitation.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, PartialEq)]
pub struct Invite {
    pub id: InviteId,
    pub invited_by: UserId,
    pub place: Place,
    pub team_ids: BTreeSet<TeamId>,
    pub email_key: Option<BlindKey>,
    pub created_at: Timestamp,
    pub expires_at: Timestamp,
    pub state: InviteState,
    /// Its first event, which holds the address.
    pub pos: u64,
    pub version: u64,
}

impl Invite {
    /// Whether it can be taken now.
    pub fn is_open(&self, now: Timestamp) -> bool {
        self.state == InviteState::Open && self.expires_at > now
    }
}

/// All invitations.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Default, PartialEq)]
pub struct Invites {
    by_id: BTreeMap<InviteId, Invite>,
    /// Every token there was, and whether it is the invitation's present one.
    tokens: BTreeMap<String, (InviteId, bool)>,
}

impl Invites {
    pub fn get(&self, id: InviteId) -> Option<&Invite> {
        self.by_id.get(&id)
    }
    /// In order of creation.
    pub fn iter(&self) -> impl Iterator<Item = &Invite> {
        self.by_id.values()
    }
    /// The open invitation of a token, given by its hash. Errors: unknown, or over.
    pub fn by_token(&self, hash: &str, now: Timestamp) -> Result<&Invite, Rejection> {
        let (id, present) = self.tokens.get(hash).ok_or(Rejection::NotFound)?;
        let invite = self.by_id.get(id).filter(|invite| *present && invite.is_open(now));
        invite.ok_or(Rejection::Gone("the invitation"))
    }

    pub(super) fn apply(&mut self, recorded: &Recorded) {
        match &recorded.event {
            Event::InviteCreated(event) => {
                let place = Place {
                    role: event.role,
                    custom_role_id: event.custom_role_id,
                    brand_ids: event.brand_ids.clone(),
                };
                let invite = Invite {
                    id: event.invite_id,
                    invited_by: event.user_id,
                    place,
                    team_ids: event.team_ids.clone(),
                    email_key: event.email_key,
                    created_at: recorded.recorded_at,
                    expires_at: event.expires_at,
                    state: InviteState::Open,
                    pos: recorded.pos,
                    version: recorded.version,
                };
                self.by_id.insert(event.invite_id, invite);
                self.tokens.insert(event.token_hash.clone(), (event.invite_id, true));
            }
            Event::InviteResent(event) => {
                let old = self.tokens.values_mut().filter(|(id, _)| *id == event.invite_id);
                old.for_each(|(_, present)| *present = false);
                self.tokens.insert(event.token_hash.clone(), (event.invite_id, true));
                self.change(event.invite_id, recorded, |invite| invite.expires_at = event.expires_at);
            }
            Event::InviteRevoked(event) => {
                self.change(event.invite_id, recorded, |invite| invite.state = InviteState::Revoked);
            }
            Event::InviteAccepted(event) => {
                self.change(event.invite_id, recorded, |invite| invite.state = InviteState::Accepted(event.user_id));
            }
            _ => {}
        }
    }

    fn change(&mut self, id: InviteId, recorded: &Recorded, change: impl FnOnce(&mut Invite)) {
        if let Some(invite) = self.by_id.get_mut(&id) {
            change(invite);
            invite.version = recorded.version;
        }
    }
}

/// A new invitation.
#[derive(Debug, Clone, PartialEq)]
pub struct NewInvite {
    pub email: String,
    pub email_key: BlindKey,
    pub place: Place,
    pub team_ids: BTreeSet<TeamId>,
    pub lasts: Option<Millis>,
    pub token_hash: String,
}

/// Invites somebody. Nobody invites to a place that they could not give.
pub fn create(step: &mut Step<'_>, by: &Principal, new: &NewInvite) -> Result<InviteId, Rejection> {
    may_manage(step, Some(by), new.place.role)?;
    let expires_at = step.now + checked(new.lasts)?;
    let Place { role, custom_role_id, brand_ids } = new.place.clone();
    // Somebody of some brands invites to no more.
    let brand_ids = brand_ids.or_else(|| by.rights().brands().cloned());
    may_place(step, Some(by), role, custom_role_id, brand_ids.as_ref())?;
    check_teams(step, by, &new.team_ids, brand_ids.as_ref())?;
    if step.world.users.values().any(|user| user.email_key == Some(new.email_key)) {
        return Err(Rejection::Duplicate("a user with this address"));
    }
    let now = step.now;
    let open = step.world.security.invites.iter().filter(|invite| invite.is_open(now));
    let open: Vec<_> = open.map(|invite| invite.email_key).collect();
    if open.contains(&Some(new.email_key)) {
        return Err(Rejection::Duplicate("an open invitation for this address"));
    }
    if open.len() >= INVITES_OPEN_MAX {
        return Err(Rejection::Invalid {
            field: "email",
            detail: format!("at most {INVITES_OPEN_MAX} open invitations"),
        });
    }
    admit_seat(step)?;
    let invite_id: InviteId = step.mint.fresh();
    let event = InviteCreated {
        invite_id,
        user_id: by.user_id,
        role,
        custom_role_id,
        brand_ids,
        team_ids: new.team_ids.clone(),
        email_key: Some(new.email_key),
        token_hash: new.token_hash.clone(),
        expires_at,
        private: Some(Invited { email: new.email.clone() }),
    };
    step.emit(StreamId::Invite(invite_id), event);
    Ok(invite_id)
}

/// Whether somebody may look after an invitation: their own, or one to a place they could give.
pub fn may_see(by: &Principal, invite: &Invite) -> bool {
    let brands = match (by.rights().brands(), &invite.place.brand_ids) {
        (None, _) => true,
        (Some(mine), Some(theirs)) => theirs.is_subset(mine),
        (Some(_), None) => false,
    };
    brands && authorize(by, Action::UserManage, Standing::Workspace) == Decision::Allow
}

fn managed(step: &Step<'_>, by: &Principal, id: InviteId) -> Result<Invite, Rejection> {
    let invite = step.world.security.invites.get(id).filter(|invite| may_see(by, invite)).ok_or(Rejection::NotFound)?;
    may_manage(step, Some(by), invite.place.role)?;
    Ok(invite.clone())
}

/// Gives it a new token and a new time; also one that ran out. What was revoked or accepted stays so.
pub fn resend(
    step: &mut Step<'_>,
    by: &Principal,
    id: InviteId,
    token_hash: String,
    lasts: Option<Millis>,
) -> Result<(), Rejection> {
    let invite = managed(step, by, id)?;
    if invite.state != InviteState::Open {
        return Err(Rejection::Gone("the invitation"));
    }
    let expires_at = step.now + checked(lasts)?;
    if !invite.is_open(step.now) {
        // One that ran out holds no seat any more.
        admit_seat(step)?;
    }
    step.emit(StreamId::Invite(id), InviteResent { invite_id: id, token_hash, expires_at });
    Ok(())
}

/// Takes it back; twice is once. One that was accepted is a person now.
pub fn revoke(step: &mut Step<'_>, by: &Principal, id: InviteId) -> Result<(), Rejection> {
    match managed(step, by, id)?.state {
        InviteState::Accepted(_) => Err(Rejection::Gone("the invitation")),
        InviteState::Revoked => Ok(()),
        InviteState::Open => {
            step.emit(StreamId::Invite(id), InviteRevoked { invite_id: id });
            Ok(())
        }
    }
}

/// Makes the account. The inviter must still be able to give the place: who was demoted since gives nothing.
pub fn accept(
    step: &mut Step<'_>,
    token_hash: &str,
    email: String,
    name: String,
    password_hash: String,
) -> Result<UserId, Rejection> {
    let invite = step.world.security.invites.by_token(token_hash, step.now)?.clone();
    let gone = || Rejection::Gone("the invitation");
    let inviter = step.world.roster.principal(invite.invited_by).cloned().ok_or_else(gone)?;
    may_manage(step, Some(&inviter), invite.place.role).map_err(|_| gone())?;
    let email_key = invite.email_key.ok_or_else(gone)?;
    let Place { role, custom_role_id, brand_ids } = invite.place;
    let new = NewUser { email, email_key, name, role, custom_role_id, brand_ids, password_hash };
    let user_id = create_invited(step, &new)?;
    // Teams that were removed since, or moved out of reach, are left out.
    for team_id in invite.team_ids {
        let fits = |brand: BrandId| new.brand_ids.as_ref().is_none_or(|brands| brands.contains(&brand));
        if step.world.roster.team(team_id).is_some_and(|team| team.brand_id.is_none_or(fits)) {
            step.emit(StreamId::Team(team_id), TeamMemberSet { team_id, user_id, lead: false });
        }
    }
    step.emit(StreamId::Invite(invite.id), InviteAccepted { invite_id: invite.id, user_id });
    Ok(user_id)
}

fn checked(lasts: Option<Millis>) -> Result<Millis, Rejection> {
    let lasts = lasts.unwrap_or(INVITE_FOR);
    if lasts < INVITE_FOR_MIN || lasts > INVITE_FOR_MAX {
        return Err(Rejection::Invalid {
            field: "expires_in_seconds",
            detail: "from five minutes to thirty days".to_owned(),
        });
    }
    Ok(lasts)
}

fn check_teams(
    step: &Step<'_>,
    by: &Principal,
    teams: &BTreeSet<TeamId>,
    brands: Option<&BTreeSet<BrandId>>,
) -> Result<(), Rejection> {
    if teams.len() > TEAMS_MAX {
        return Err(Rejection::Invalid { field: "team_ids", detail: format!("at most {TEAMS_MAX} teams") });
    }
    for id in teams {
        let team = step.world.roster.team(*id).ok_or(Rejection::UnknownReference { field: "team_ids" })?;
        if team.brand_id.is_some_and(|brand| !by.rights().in_brand(brand)) {
            return Err(Rejection::UnknownReference { field: "team_ids" });
        }
        if team.brand_id.is_some_and(|brand| brands.is_some_and(|brands| !brands.contains(&brand))) {
            return Err(Rejection::Invalid {
                field: "team_ids",
                detail: "a team of a brand that is not given".to_owned(),
            });
        }
    }
    Ok(())
}
