//! Who asks, and how a thing stands to them.

use std::sync::Arc;

use super::{Action, Alike, Decision, Rights, Role};
use crate::event::Actor;
use crate::ids::{BrandId, KeyId, TeamId, UserId};

/// How an object stands to the asker.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Standing {
    /// No single object: a list, a creation, the workspace itself.
    Workspace,
    /// Assigned to, or made by, the asker.
    Own,
    /// In a team of the asker's, in one with open walls, or in none: a colleague's or nobody's.
    Team,
    /// Behind a wall, but the asker was invited into this one conversation.
    Collaborator,
    /// Behind a team's wall.
    OtherTeam,
    /// Behind a brand's wall.
    OtherBrand,
}

impl Standing {
    /// All of them, from near to far.
    pub const ALL: [Self; 6] =
        [Self::Workspace, Self::Own, Self::Team, Self::Collaborator, Self::OtherTeam, Self::OtherBrand];

    pub(super) const fn column(self) -> usize {
        self as usize
    }
}

/// What about a conversation decides who sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Placement {
    pub brand_id: BrandId,
    /// `None`: the brand's common queue.
    pub team_id: Option<TeamId>,
    pub assignee_id: Option<UserId>,
    /// Whether the asker is a collaborator of it.
    pub collaborator: bool,
}

/// What a key is held to.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, PartialEq)]
struct Held {
    key_id: KeyId,
    limits: Arc<Rights>,
}

/// Who asks, with the rights they have at this moment. Cheap to clone.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, PartialEq)]
pub struct Principal {
    pub user_id: UserId,
    /// The built-in role, or the one a custom role is made from.
    pub role: Role,
    rights: Arc<Rights>,
    /// Set for what acts in somebody's name with less than they have.
    key: Option<Held>,
}

impl Principal {
    /// Somebody with these rights.
    pub fn new(user_id: UserId, role: Role, rights: Arc<Rights>) -> Self {
        Self { user_id, role, rights, key: None }
    }

    /// The same person acting through a key, which may do no more than `limits`.
    pub fn limited(&self, key_id: KeyId, limits: Arc<Rights>) -> Self {
        let rights = Arc::new(self.rights.intersection(&limits));
        Self { user_id: self.user_id, role: self.role, rights, key: Some(Held { key_id, limits }) }
    }

    /// The same asker; a key's rights are those of its like.
    pub fn among(mut self, alike: &mut Alike) -> Self {
        if let Some(held) = &mut self.key {
            held.limits = alike.one(&held.limits);
            self.rights = alike.one(&self.rights);
        }
        self
    }

    /// The same asker with the rights that `now` has, still held to what they act through.
    pub(super) fn renewed(&self, now: &Self) -> Self {
        self.key.as_ref().map_or_else(|| now.clone(), |held| now.limited(held.key_id, held.limits.clone()))
    }

    /// The key they act through, if it is one.
    pub fn key_id(&self) -> Option<KeyId> {
        self.key.as_ref().map(|held| held.key_id)
    }

    /// As the log names them.
    pub fn actor(&self) -> Actor {
        let user_id = self.user_id;
        self.key_id().map_or(Actor::User(user_id), |key_id| Actor::Key { user_id, key_id })
    }

    /// Somebody of a built-in role without teams, in all brands, under the default settings.
    pub fn plain(user_id: UserId, role: Role) -> Self {
        Self::new(user_id, role, Arc::new(Rights::of_role(role, &Default::default())))
    }

    /// What they may do.
    pub fn rights(&self) -> &Rights {
        &self.rights
    }

    /// How a conversation stands to them. A brand's wall comes first, then ownership, then the team's wall.
    pub fn standing(&self, place: &Placement) -> Standing {
        let rights = self.rights();
        if !rights.in_brand(place.brand_id) {
            return Standing::OtherBrand;
        }
        if place.assignee_id == Some(self.user_id) {
            return Standing::Own;
        }
        let in_team = place.team_id.is_none_or(|team| rights.works_in(team));
        // An invitation opens what the team does not: an Operator's team shows them nothing.
        let seen_by_team = rights.decision(Action::ConversationRead, Standing::Team) == Decision::Allow;
        match (in_team, place.collaborator) {
            (true, false) => Standing::Team,
            (true, true) if seen_by_team => Standing::Team,
            (_, true) => Standing::Collaborator,
            (false, false) => Standing::OtherTeam,
        }
    }

    /// Whether they see a conversation.
    pub fn sees(&self, place: &Placement) -> bool {
        self.rights.decision(Action::ConversationRead, self.standing(place)) == Decision::Allow
    }

    /// How something that belongs to a brand, and to no conversation, stands to them.
    pub fn standing_in_brand(&self, brand: BrandId) -> Standing {
        if self.rights.in_brand(brand) { Standing::Workspace } else { Standing::OtherBrand }
    }

    /// Whether they could own a conversation of this brand and team: they work there, or their role stands above teams.
    pub fn may_own(&self, brand: BrandId, team: Option<TeamId>) -> bool {
        let rights = self.rights();
        let above_teams = self.role.is_high();
        rights.decision(Action::MessageSend, Standing::Own) == Decision::Allow
            && rights.in_brand(brand)
            && (above_teams || team.is_none_or(|team| rights.works_in(team)))
    }
}
