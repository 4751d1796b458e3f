//! Who may do what: one table ([`table`]), one function ([`authorize`]), used by code, documentation and tests.
//!
//! A decision looks at the stored object, never at what the request claims about it. Where an object stands to the
//! asker is [`standing`]'s matter; what the asker's role, its custom permissions and the workspace's settings make of a
//! row of the table is [`rights`]'s; who is who at the moment is folded from the log by [`roster`].

use serde::{Deserialize, Serialize};

mod alike;
mod explain;
mod rights;
mod roster;
mod standing;
mod table;

pub use alike::Alike;
pub use explain::{Reason, explain};
pub use rights::{BRANDS_MAX, Rights};
pub use roster::{CustomRole, Member, Roster, Team, Walls};
pub use standing::{Placement, Principal, Standing};
pub use table::{Action, ReachKind, printed};

/// The built-in roles.
#[derive(
    borsh::BorshSerialize,
    borsh::BorshDeserialize,
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    SuperAdmin,
    Admin,
    Agent,
    Operator,
}

impl Role {
    /// All of them, from the mightiest.
    pub const ALL: [Self; 4] = [Self::SuperAdmin, Self::Admin, Self::Agent, Self::Operator];

    /// Its name in the API and in the log.
    pub const fn name(self) -> &'static str {
        match self {
            Self::SuperAdmin => "super_admin",
            Self::Admin => "admin",
            Self::Agent => "agent",
            Self::Operator => "operator",
        }
    }

    /// Whether only a Super Admin may make, change or remove somebody of this role.
    pub const fn is_high(self) -> bool {
        matches!(self, Self::SuperAdmin | Self::Admin)
    }
}

/// The answer.
#[derive(
    borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// As if it did not exist: 404.
    Hide,
    /// Visible, but not theirs to do: 403.
    Forbid,
    Allow,
}

/// Whether `principal` may do `action` on an object that stands so to them. A look into a small array: no allocation,
/// no lock, a few nanoseconds.
pub fn authorize(principal: &Principal, action: Action, standing: Standing) -> Decision {
    principal.rights().decision(action, standing)
}

/// The same for a conversation, or anything that lies in one. What somebody may not even see does not exist for them,
/// whatever they wanted to do with it.
pub fn authorize_at(principal: &Principal, action: Action, place: &Placement) -> Decision {
    let standing = principal.standing(place);
    match authorize(principal, Action::ConversationRead, standing) {
        Decision::Allow => authorize(principal, action, standing),
        Decision::Forbid | Decision::Hide => Decision::Hide,
    }
}
