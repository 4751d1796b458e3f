//! Who was invited into which running conversation from behind a wall. Few at any time: an invitation ends when the
//! conversation is resolved.

use std::collections::{BTreeMap, BTreeSet};

use domain::ids::{ConversationId, UserId};

/// The invitations that hold.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Default)]
pub(super) struct Collaborators {
    of_conversation: BTreeMap<ConversationId, BTreeSet<UserId>>,
    of_user: BTreeMap<UserId, BTreeSet<ConversationId>>,
}

impl Collaborators {
    pub(super) fn invite(&mut self, id: ConversationId, user: UserId) {
        self.of_conversation.entry(id).or_default().insert(user);
        self.of_user.entry(user).or_default().insert(id);
    }

    pub(super) fn uninvite(&mut self, id: ConversationId, user: UserId) {
        if let Some(users) = self.of_conversation.get_mut(&id) {
            users.remove(&user);
            if users.is_empty() {
                self.of_conversation.remove(&id);
            }
        }
        self.forget(id, user);
    }

    pub(super) fn settle(&mut self, id: ConversationId) {
        for user in self.of_conversation.remove(&id).unwrap_or_default() {
            self.forget(id, user);
        }
    }

    pub(super) fn includes(&self, id: ConversationId, user: UserId) -> bool {
        self.of_user.get(&user).is_some_and(|conversations| conversations.contains(&id))
    }

    pub(super) fn of(&self, id: ConversationId) -> impl Iterator<Item = UserId> {
        self.of_conversation.get(&id).into_iter().flatten().copied()
    }

    pub(super) fn invited_into(&self, user: UserId) -> impl Iterator<Item = ConversationId> {
        self.of_user.get(&user).into_iter().flatten().copied()
    }

    fn forget(&mut self, id: ConversationId, user: UserId) {
        if let Some(conversations) = self.of_user.get_mut(&user) {
            conversations.remove(&id);
            if conversations.is_empty() {
                self.of_user.remove(&user);
            }
        }
    }
}
