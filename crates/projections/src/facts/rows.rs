//! What reports count: a row for each thing that was measured, at the instant by which it is bucketed. Rows are derived:
//! each follows from the moments of its conversation ([`super::moment`]) by [`super::measure`], which also names the events
//! behind it.

use domain::conversation::Priority;
use domain::packed::{Block, Field, Fields};

use domain::sla::{Metric, Verdict};
use domain::time::{Millis, Timestamp};

use super::names::No;

/// The place of a conversation in [`super::Facts`]: they are numbered in the order they were opened.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Slot(pub u32);

domain::packed_as!(Slot: u32);

/// What all rows have.
pub trait Row: Fields + PartialEq + std::fmt::Debug + Send + Sync + 'static {
    /// The instant by which it is bucketed.
    fn at(&self) -> Timestamp;
    /// The position at which it came to be so: of its own event, or of the one that changed it later.
    fn pos(&self) -> u64;
    fn slot(&self) -> Slot;
    /// Whether one of a block's rows can be bucketed by this instant.
    fn may_be_at(block: &Block<Self>, at: Timestamp) -> bool;
    /// The same row, had it come to be at another position.
    fn at_pos(self, pos: u64) -> Self;
}

macro_rules! row {
    ($(#[$meta:meta])* pub struct $name:ident $fields:tt) => {
        domain::packed! { $(#[$meta])* pub struct $name $fields }
        impl Row for $name {
            fn at(&self) -> Timestamp {
                self.at
            }
            fn pos(&self) -> u64 {
                self.pos
            }
            fn slot(&self) -> Slot {
                self.slot
            }
            fn may_be_at(block: &Block<Self>, at: Timestamp) -> bool {
                let mut number = [0];
                at.put(&mut number);
                // It is the first field of all of them.
                block.may_have(0, number[0])
            }
            fn at_pos(self, pos: u64) -> Self {
                Self { pos, ..self }
            }
        }
    };
}

row! {
    /// An episode began.
    #[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Copy, PartialEq, Eq)]
    pub struct Opened {
        /// When the customer first wrote in it, or staff opened it.
        pub at: Timestamp,
        pub pos: u64,
        pub slot: Slot,
        pub episode: u32,
        /// In whose queue it began.
        pub team: No,
        /// The customer began it.
        pub inbound: bool,
    }
}

row! {
    /// An episode's first response (one for each episode at most).
    #[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Copy, PartialEq, Eq)]
    pub struct FirstResponse {
        /// `t1`.
        pub at: Timestamp,
        pub pos: u64,
        pub slot: Slot,
        pub episode: u32,
        /// Who answered; nobody: in the phone app.
        pub agent: No,
        /// Whose conversation it was then.
        pub team: No,
        /// `t1 - t0`.
        pub total: Millis,
        /// `t1 - max(t0, handoff)`.
        pub of_people: Millis,
    }
}

row! {
    /// A person wrote to the customer, and it did not fail.
    #[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Copy, PartialEq, Eq)]
    pub struct Written {
        pub at: Timestamp,
        pub pos: u64,
        pub slot: Slot,
        /// 0: the conversation was resolved.
        pub episode: u32,
        /// Nobody: in the phone app.
        pub agent: No,
        pub team: No,
        /// How long the customer had waited, if they had.
        pub wait: Option<Millis>,
    }
}

/// How an episode ended, as far as headlines care.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Ending {
    /// Counts in headlines.
    Ordinary,
    /// By itself, because nothing was written.
    Automatic,
    /// The contact was blocked, or it was called spam.
    Blocked,
}
domain::packed_enum!(Ending: Ordinary, Automatic, Blocked);

row! {
    /// An episode was resolved.
    #[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Copy, PartialEq, Eq)]
    pub struct Resolved {
        pub at: Timestamp,
        pub pos: u64,
        pub slot: Slot,
        pub episode: u32,
        /// Who resolved it; nobody: it happened by itself, or a bot did.
        pub resolver: No,
        pub assignee: No,
        pub team: No,
        pub ending: Ending,
        /// `res_total`.
        pub total: Millis,
        /// `res_active`.
        pub active: Millis,
        /// From the beginning of the conversation's first episode: `full_resolution`, while it is the newest end.
        pub since_first: Millis,
        /// The customer wrote and no person answered.
        pub unanswered: bool,
        pub customer_messages: u32,
        /// People's; none: a deflection.
        pub human_messages: u32,
        /// Different people who wrote.
        pub humans: u32,
        /// Different people who had it.
        pub owners: u32,
    }
}

/// What somebody did in a conversation.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ActKind {
    /// It was given to them.
    Assigned,
    /// They did something to it: a note, a tag, a status, a priority, an assignment. Writing is in [`Written`].
    Touched,
}
domain::packed_enum!(ActKind: Assigned, Touched);

row! {
    /// Somebody had a hand in a conversation.
    #[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Copy, PartialEq, Eq)]
    pub struct Act {
        pub at: Timestamp,
        pub pos: u64,
        pub slot: Slot,
        pub agent: No,
        pub team: No,
        pub kind: ActKind,
    }
}

row! {
    /// A customer was asked how satisfied they were. Counted by when they were asked, whenever they answered.
    #[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Copy, PartialEq, Eq)]
    pub struct Surveyed {
        /// When they were asked.
        pub at: Timestamp,
        pub pos: u64,
        pub slot: Slot,
        pub episode: u32,
        /// Who resolved it; nobody: it happened by itself.
        pub resolver: No,
        pub team: No,
        /// 1 to 5; the newest answer.
        pub score: Option<u8>,
    }
}

row! {
    /// A promise began.
    #[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Copy, PartialEq, Eq)]
    pub struct Promised {
        /// Since when the clock counts.
        pub at: Timestamp,
        pub pos: u64,
        pub slot: Slot,
        pub metric: Metric,
        /// Which of the conversation's.
        pub n: u32,
        /// Whose conversation it was then.
        pub agent: No,
        pub team: No,
    }
}

row! {
    /// A promise ended.
    #[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Copy, PartialEq, Eq)]
    pub struct Kept {
        pub at: Timestamp,
        pub pos: u64,
        pub slot: Slot,
        pub policy: No,
        pub metric: Metric,
        /// Which of the conversation's.
        pub n: u32,
        /// Never [`Verdict::Open`].
        pub verdict: Verdict,
        /// Whose conversation it was then.
        pub assignee: No,
        pub team: No,
        pub priority: Priority,
        /// Since it began.
        pub lasted: Millis,
        /// Whose conversation it was when it began.
        pub began_agent: No,
        pub began_team: No,
    }
}
