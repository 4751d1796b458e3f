//! What is said about a message afterwards: reactions, edits, revokes. The newest by the provider's time counts, in
//! whatever order they arrive; of two with the same time the one recorded later.

use std::collections::BTreeMap;

use domain::content::Content;
use domain::event::message::Side;
use domain::ids::*;
use domain::time::Timestamp;

/// Who reacts: each has at most one reaction to a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reactor {
    /// The customer; in groups, which one.
    Customer(Option<ContactId>),
    /// The business's number, through us or the phone app.
    Business,
}

/// A reaction that is seen, or was.
#[derive(Debug, Clone, PartialEq)]
pub struct Reaction {
    pub by: Reactor,
    /// The user who sent it through us.
    pub user_id: Option<UserId>,
    /// `None`: taken away, or erased.
    pub emoji: Option<String>,
    pub removed: bool,
    pub at: Timestamp,
    /// Our outbound message that carries it.
    pub message_id: Option<MessageId>,
    pub pos: u64,
}

/// A changed content.
#[derive(Debug, Clone, PartialEq)]
pub struct Edit {
    pub by: Side,
    /// `None`: erased.
    pub content: Option<Content>,
    pub at: Timestamp,
    pub pos: u64,
}

/// The message was taken back.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Revoked {
    pub by: Side,
    pub at: Timestamp,
    pub pos: u64,
}

/// The reactions that stand: per reactor the newest, where it was not a removal. Those of ours that failed do not
/// count.
pub(super) fn newest(seen: &[Reaction], unsent: &[MessageId]) -> Vec<Reaction> {
    let mut standing: BTreeMap<Reactor, &Reaction> = BTreeMap::new();
    let sent = seen.iter().filter(|reaction| reaction.message_id.is_none_or(|id| !unsent.contains(&id)));
    for reaction in sent {
        let known = standing.entry(reaction.by).or_insert(reaction);
        if (reaction.at, reaction.pos) >= (known.at, known.pos) {
            *known = reaction;
        }
    }
    standing.into_values().filter(|reaction| !reaction.removed).cloned().collect()
}
