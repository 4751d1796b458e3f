//! What a condition's fields are worth for a conversation whose customer has just written.

use crate::condition::{Fact, Facts, Field, Test, folded};
use crate::contact::attributes::LANGUAGE;
use crate::content::{Content, MessageKind};
use crate::event::conversation::Origin;
use crate::ids::*;
use crate::queue::Entry;
use crate::segment::{self, ContactFacts};
use crate::time::Timestamp;
use crate::world::World;

/// The customer's newest words.
#[derive(Debug, Clone, Default)]
pub struct Said {
    /// As [`folded`] gives it.
    pub text: Option<String>,
    pub kind: Option<MessageKind>,
    /// What the customer came through.
    pub referral: Option<String>,
}

impl Said {
    /// What a message says that rules can look at.
    pub fn of(content: &Content, referral: Option<&serde_json::Value>) -> Self {
        let source = referral.and_then(|it| it.get("source_id").or_else(|| it.get("source_url")));
        let referral = referral.map(|_| source.and_then(|it| it.as_str()).unwrap_or_default().to_owned());
        // Folded once, not by each of the rules.
        Self {
            text: content.preview().map(|text| folded(text).into_owned()),
            kind: Some(content.kind.clone()),
            referral,
        }
    }

    /// The same after what was chosen before.
    pub fn with(mut self, chosen: &[String]) -> Self {
        let before = chosen.iter().map(|title| folded(title).into_owned());
        let all: Vec<String> = before.chain(self.text.take()).collect();
        self.text = (!all.is_empty()).then(|| all.join("\n"));
        self
    }
}

/// A conversation, as rules look at it. What lies in the log is looked up before.
pub(crate) struct ConversationFacts<'a> {
    pub world: &'a World,
    pub entry: &'a Entry,
    pub said: &'a Said,
    pub tags: Vec<String>,
    pub origin: Origin,
    /// Who had the contact last, and when that ended.
    pub last_assignee_id: Option<UserId>,
    pub last_resolved_at: Option<Timestamp>,
    pub returning: bool,
    pub now: Timestamp,
}

impl Facts for ConversationFacts<'_> {
    fn fact(&self, field: &Field) -> Fact<'_> {
        let (entry, said) = (self.entry, self.said);
        let owned = |text: Option<String>| text.map_or(Fact::Absent, Fact::Owned);
        match field {
            Field::Text => said.text.as_deref().map_or(Fact::Absent, Fact::Folded),
            Field::MessageType => said.kind.as_ref().map_or(Fact::Absent, |kind| Fact::Text(kind.as_str())),
            Field::ChannelId => Fact::Owned(entry.channel_id.to_string()),
            Field::BrandId => Fact::Owned(entry.brand_id.to_string()),
            Field::TeamId => owned(entry.team_id.map(|id| id.to_string())),
            Field::Language => self.attribute(LANGUAGE),
            Field::Attribute(key) => self.attribute(key),
            Field::Tag if self.tags.is_empty() => Fact::Absent,
            Field::Tag => Fact::Words(self.tags.iter().map(String::as_str).collect()),
            Field::Priority => Fact::Text(entry.priority.as_str()),
            Field::Status => Fact::Text(entry.status.as_str()),
            Field::Origin => Fact::Text(self.origin.as_str()),
            Field::Returning => Fact::Bool(self.returning),
            Field::Episode => Fact::Number(f64::from(entry.episode)),
            Field::SecondsSinceResolved => {
                self.last_resolved_at.map_or(Fact::Absent, |at| Fact::Number(((self.now - at).0.max(0) / 1_000) as f64))
            }
            Field::LastAssigneeId => owned(self.last_assignee_id.map(|id| id.to_string())),
            Field::ReferralSource => said.referral.as_deref().map_or(Fact::Absent, Fact::Text),
            Field::OpenHoursId => self.open_hours(),
            Field::CampaignId => {
                let reply = self.world.campaigns.reply_to(entry.channel_id, entry.contact_id, self.now);
                owned(reply.map(|reply| reply.campaign_id.to_string()))
            }
            // What a message asks no rule of routing about.
            Field::AssigneeId | Field::Rating | Field::SlaMetric | Field::Author => Fact::Absent,
            Field::SegmentId
            | Field::ContactTag
            | Field::Blocked
            | Field::Consent(_)
            | Field::SecondsSinceLastSeen
            | Field::SecondsSinceCreated
            | Field::Conversations => self.of_contact(|contact| contact.value(field)),
        }
    }
    fn asked(&self, test: &Test) -> Fact<'_> {
        match test.field {
            Field::SegmentId => self.of_contact(|contact| contact.value_for(test)),
            ref field => self.fact(field),
        }
    }
}

impl<'a> ConversationFacts<'a> {
    /// What the person is worth: the contact with those merged with it.
    fn of_contact(&self, look: impl FnOnce(ContactFacts<'a, '_>) -> Fact<'a>) -> Fact<'_> {
        let Some(group) = segment::group(self.world, self.entry.contact_id) else { return Fact::Absent };
        look(ContactFacts { group: &group, segments: &self.world.segments, now: self.now, depth: 0 })
    }
    /// Those of the contact that stands for this one after merges.
    fn attribute(&self, key: &str) -> Fact<'_> {
        let contact = self.world.contacts.get(&self.world.standing_for(self.entry.contact_id));
        contact.and_then(|contact| contact.noted().attributes.get(key)).into()
    }
    fn open_hours(&self) -> Fact<'_> {
        let open = self.world.calendars.iter().filter(|entry| entry.calendar.is_open(self.now));
        Fact::OwnedWords(open.map(|entry| entry.id.to_string()).collect())
    }
}
