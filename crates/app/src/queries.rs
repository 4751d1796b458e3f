//! Reading, with access applied: nothing leaves here that the asker may not see. Hidden things are
//! [`Rejection::NotFound`], exactly like absent ones.

use std::sync::Arc;

use domain::access::{Action, Principal, Standing, authorize};
use domain::contact::attributes::Attributes;
use domain::event::{Recorded, StreamId};
use domain::identity::BlindKey;
use domain::ids::*;
use domain::rejection::Rejection;
use domain::step::{MessageRef, message_key};
use event_log::StoredEvent;
use projections::contact_card::ContactCard;
use projections::directory::Channel;
use projections::inbox::{InboxQuery, Page, Row};
use projections::timeline::Timeline;

use crate::codec::{Unreadable, decode, decode_open};
use crate::{Desk, Failure, reach};

/// Events of one stream read at a time.
const STREAM_PAGE: usize = 1_000;

/// A query's answer is refused like a command's.
pub type Answer<T> = Result<T, Failure>;

impl Desk {
    /// May the asker do this at all?
    pub fn allow(&self, principal: &Principal, action: Action) -> Answer<()> {
        Ok(Rejection::unless_allowed(authorize(principal, action, Standing::Workspace))?)
    }

    /// A number the asker may see.
    pub fn channel(&self, principal: &Principal, id: ChannelId) -> Answer<Channel> {
        self.allow(principal, Action::ChannelRead)?;
        let known = self.view(|views| views.directory.channels.get(id).cloned());
        Ok(known.filter(|channel| reach::sees_channel(principal, channel)).ok_or(Rejection::NotFound)?)
    }

    /// A page of the conversations the asker may see, and the position it is true at.
    pub fn inbox(&self, principal: &Principal, query: &InboxQuery) -> Answer<(Page, u64)> {
        self.allow(principal, Action::ConversationList)?;
        Ok(self.view(|views| {
            let page = views.inbox.page(query, principal);
            (page, views.position())
        }))
    }

    /// One conversation's row.
    pub fn conversation(&self, principal: &Principal, id: ConversationId) -> Answer<Row> {
        let row = self.view(|views| views.inbox.get(id).filter(|row| views.inbox.sees(principal, row)));
        Ok(row.ok_or(Rejection::NotFound)?)
    }

    /// Everything that happened in a conversation, with the personal parts opened.
    pub fn timeline(&self, principal: &Principal, id: ConversationId) -> Answer<Arc<Timeline>> {
        let row = self.conversation(principal, id)?;
        self.timeline_from(id, row.version())
    }

    /// The same for callers that have checked access.
    pub fn timeline_now(&self, id: ConversationId) -> Answer<Arc<Timeline>> {
        let version = self.view(|views| views.inbox.get(id).map(|row| row.version())).ok_or(Rejection::NotFound)?;
        self.timeline_from(id, version)
    }

    /// A conversation at this version, which the views have, or a later one. Of the past nothing is kept.
    fn timeline_from(&self, id: ConversationId, version: u64) -> Answer<Arc<Timeline>> {
        if self.past().is_some() {
            return self.timeline_until(id, u64::MAX).map(Arc::new);
        }
        let kept = &self.shared.kept.timelines;
        if let Some(timeline) = kept.get(id).filter(|timeline| timeline.conversation.version >= version) {
            return Ok(timeline);
        }
        let since = kept.since();
        let (timeline, bytes) = self.put_together(id, u64::MAX)?;
        let timeline = Arc::new(timeline);
        kept.keep(since, id, timeline.clone(), bytes);
        Ok(timeline)
    }

    /// The same as it stood at a position. For callers that have checked access.
    pub(crate) fn timeline_until(&self, id: ConversationId, pos: u64) -> Answer<Timeline> {
        Ok(self.put_together(id, pos)?.0)
    }

    /// A conversation as it is told by events up to a position, and how many bytes these are in the log.
    fn put_together(&self, id: ConversationId, pos: u64) -> Answer<(Timeline, usize)> {
        let mut bytes = 0;
        let events = self.stream_with(StreamId::Conversation(id), |stored| {
            bytes += stored.bytes();
            decode_open(self.reader(), stored).map(Some)
        })?;
        let fetch = |pos| self.event_open(pos).ok().flatten();
        Ok((Timeline::fold_until(&events, pos, &fetch).ok_or(Rejection::NotFound)?, bytes))
    }

    /// Where a message is, if the asker may see its conversation.
    pub fn find_message(&self, principal: &Principal, id: MessageId) -> Answer<MessageRef> {
        let value = self.find_key(message_key(&self.shared.blinder, id))?;
        let place = value.as_deref().and_then(MessageRef::from_bytes).ok_or(Rejection::NotFound)?;
        self.conversation(principal, place.conversation_id)?;
        Ok(place)
    }

    /// The conversation of a message as it stood when its idempotent creation was answered (`pos`), for answering the
    /// same request again with the same words.
    pub fn timeline_of_message(&self, principal: &Principal, id: MessageId, pos: u64) -> Answer<Timeline> {
        let place = self.find_message(principal, id)?;
        self.timeline_until(place.conversation_id, pos)
    }

    /// A contact with names and identities, if the asker may see one of their conversations.
    pub fn contact(&self, principal: &Principal, id: ContactId) -> Answer<ContactCard> {
        let decision = self.view(|views| reach::contact_decision(views, principal, id, Action::ContactRead));
        Rejection::unless_allowed(decision)?;
        self.contact_card(id)
    }

    /// The name people know a contact by. For lines that the asker may see already.
    pub fn contact_name(&self, id: ContactId) -> Option<String> {
        let (standing, version) = self.view(|views| {
            let contacts = &views.directory.contacts;
            let standing = contacts.resolve(id);
            (standing, contacts.get(standing).map(|contact| contact.version()))
        });
        if self.past().is_some() {
            // Only names of the present are kept.
            return self.contact_card(standing).ok().and_then(|card| card.display_name());
        }
        let version = version?;
        let names = &self.shared.kept.names;
        if let Some((_, name)) = names.get(standing).filter(|(known, _)| *known == version) {
            return name;
        }
        let since = names.since();
        let name = self.contact_card(standing).ok().and_then(|card| card.display_name());
        names.keep(since, standing, (version, name.clone()), 1);
        name
    }

    /// Labels of a contact: their own, then those of the contacts they stand for, as decisions see them.
    pub fn attributes(&self, card: &ContactCard) -> Attributes {
        let mut found = card.attributes.clone();
        if !card.merged.is_empty() {
            let group = self.view(|views| views.directory.contacts.group(card.id));
            let others = group.into_iter().filter(|id| *id != card.id).filter_map(|id| self.contact_card(id).ok());
            for (key, value) in others.flat_map(|other| other.attributes) {
                found.entry(key).or_insert(value);
            }
        }
        found
    }

    pub(crate) fn contact_card(&self, id: ContactId) -> Answer<ContactCard> {
        let events = self.stream_open(StreamId::Contact(id))?;
        Ok(ContactCard::fold(&events).ok_or(Rejection::NotFound)?)
    }

    /// A whole stream with the personal parts opened.
    pub(crate) fn stream_open(&self, stream: StreamId) -> Answer<Vec<Recorded>> {
        self.stream_with(stream, |stored| decode_open(self.reader(), stored).map(Some))
    }

    /// A whole stream, facts only.
    pub(crate) fn stream_facts(&self, stream: StreamId) -> Answer<Vec<Recorded>> {
        self.stream_with(stream, |stored| decode(stored).map(Some))
    }

    /// What `read` takes of a stream.
    pub(crate) fn stream_with(
        &self,
        stream: StreamId,
        mut read: impl FnMut(&StoredEvent) -> Result<Option<Recorded>, Unreadable>,
    ) -> Answer<Vec<Recorded>> {
        let name = stream.to_string();
        let (mut events, mut next) = (Vec::new(), 1);
        loop {
            let page = self.reader().stream(&name, next, STREAM_PAGE).map_err(|error| unreadable(error.into()))?;
            let full = page.len() == STREAM_PAGE;
            next += page.len() as u64;
            for stored in page {
                // Later events of a stream lie behind all earlier ones.
                if stored.pos > self.horizon() {
                    return Ok(events);
                }
                events.extend(read(&stored).map_err(unreadable)?);
            }
            if !full {
                return Ok(events);
            }
        }
    }

    /// What a look-up key stands for.
    pub(crate) fn find_key(&self, key: BlindKey) -> Answer<Option<Vec<u8>>> {
        let entry = self.reader().find(&key.0).map_err(|error| unreadable(error.into()))?;
        Ok(entry.map(|entry| entry.value))
    }

    /// One event with its personal part opened.
    pub(crate) fn event_open(&self, pos: u64) -> Answer<Option<Recorded>> {
        let stored = self.reader().get(pos).map_err(|error| unreadable(error.into()))?;
        stored.map(|stored| decode_open(self.reader(), &stored).map_err(unreadable)).transpose()
    }

    /// The same for what is asked for again and again: the newest messages of rows, the files of messages.
    pub(crate) fn event_of_late(&self, pos: u64) -> Answer<Option<Arc<Recorded>>> {
        let kept = &self.shared.kept.events;
        if let Some(event) = kept.get(pos) {
            return Ok(Some(event));
        }
        let since = kept.since();
        let Some(stored) = self.reader().get(pos).map_err(|error| unreadable(error.into()))? else { return Ok(None) };
        let event = Arc::new(decode_open(self.reader(), &stored).map_err(unreadable)?);
        kept.keep(since, pos, event.clone(), stored.bytes());
        Ok(Some(event))
    }
}

/// What cannot be read is a fault of the log, not an answer.
pub(crate) fn unreadable(error: Unreadable) -> Failure {
    tracing::error!(%error, "the log cannot be read");
    Failure::Internal
}
