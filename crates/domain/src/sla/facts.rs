//! What the fields of a policy's condition are worth for a conversation.

use crate::condition::{Fact, Facts, Field};
use crate::contact::attributes::{Attributes, LANGUAGE};
use crate::conversation::Conversation;

/// The fields a policy can ask about; the others mean a message or a moment, and a promise is made for a conversation.
pub(super) const ASKED: &[Field] = &[
    Field::ChannelId,
    Field::BrandId,
    Field::TeamId,
    Field::Language,
    Field::Tag,
    Field::Priority,
    Field::Origin,
    Field::Returning,
    Field::Episode,
];

/// See the module.
pub(super) struct OfConversation<'a> {
    pub(super) conversation: &'a Conversation,
    /// Of the contact that stands for its own.
    pub(super) attributes: &'a Attributes,
}

impl Facts for OfConversation<'_> {
    fn fact(&self, field: &Field) -> Fact<'_> {
        let conversation = self.conversation;
        match field {
            Field::ChannelId => Fact::Owned(conversation.channel_id.to_string()),
            Field::BrandId => Fact::Owned(conversation.brand_id.to_string()),
            Field::TeamId => conversation.team_id.map_or(Fact::Absent, |team| Fact::Owned(team.to_string())),
            Field::Language => self.attributes.get(LANGUAGE).into(),
            Field::Attribute(key) => self.attributes.get(key).into(),
            Field::Tag if conversation.tags.is_empty() => Fact::Absent,
            Field::Tag => Fact::Words(conversation.tags.iter().map(String::as_str).collect()),
            Field::Priority => Fact::Text(conversation.priority.as_str()),
            Field::Origin => Fact::Text(conversation.origin.as_str()),
            Field::Returning => Fact::Bool(conversation.returning || conversation.episode > 1),
            Field::Episode => Fact::Number(f64::from(conversation.episode)),
            _ => Fact::Absent,
        }
    }
}
