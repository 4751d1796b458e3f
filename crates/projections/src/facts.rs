//! Facts for numbers: for every conversation the moments that count ([`moment`]), and what they measure as rows by time
//! ([`rows`], [`days`]): one for each opening, first response, message of a person, resolution, kept promise, and hand
//! somebody had in it. A report is a fold over rows; a row follows from moments by one reducer ([`measure`]) and so opens
//! into the events that make it.
//!
//! Everything carries the position at which it came to be. What was counted and turned out to be wrong (a reply that failed
//! late) is kept with the position at which that became known. So any number can be asked for as it stood at any position.
//!
//! Ids, times and counts only: an erased contact's numbers stay. Names, walls and what a report groups by are not here.

use domain::content::MessageKind;
use domain::conversation::{Cause, Status};
use domain::csat::book::is_spam;
use domain::event::conversation::{ConversationResolved, Origin};
use domain::event::message::Sender;
use domain::event::{Event, Recorded, StreamId};
use domain::ids::*;
use domain::time::{MaybeTimestamp, Timestamp};

use domain::packed::{Fields, Pages};
use domain::paged::{NO_SLOT, Paged, SlotIndex, chain};

mod contacts;
mod courtesies;
pub mod days;
pub mod definitions;
pub mod measure;
pub mod moment;
pub mod names;
mod promises;
pub mod rows;
mod tracks;
mod unsettled;
pub mod waterfall;

pub use days::Days;
pub use definitions::{Definition, Definitions};
pub use measure::{Measured, RowSet};
pub use moment::{Moment, Resolution, Track, What};
pub use names::{Names, No};
pub use rows::*;

use unsettled::Turned;

domain::packed! {
    /// One conversation. There is one for every conversation there ever was; what happened in it lies beside it.
    #[derive(Debug, Clone, Copy, PartialEq)]
    pub struct Conversation {
        id: ConversationId,
        contact_id: ContactId,
        /// When episode 1 was resolved.
        first_resolved_at: MaybeTimestamp,
        /// When the contact next asked for something after that, on any channel of the brand, and where that is said.
        back_at: MaybeTimestamp,
        back_pos: u64,
        /// Where that was last worked out for another group of contacts.
        regrouped_pos: u64,
        /// Where an episode was resolved last, and which it was.
        last_resolved_pos: u64,
        last_resolved_episode: u32,
        /// By which list of courtesies it was found when the contact came back.
        back_list: u32,
        /// The short number people say.
        number: u32,
        /// The contact's conversation before it; [`NO_SLOT`]: none.
        previous: u32,
        /// Episodes that began.
        episodes: u32,
        /// In whose queue it lies, or lay last.
        team: No,
        /// Who has it, or had it last.
        owner: No,
    }
}

/// When a contact came back, and the position at which that is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CameBack {
    pub at: Timestamp,
    pub pos: u64,
}

impl Conversation {
    pub fn id(&self) -> ConversationId {
        self.id
    }
    /// As it was when it began.
    pub fn contact_id(&self) -> ContactId {
        self.contact_id
    }
    pub fn number(&self) -> u64 {
        u64::from(self.number)
    }
    /// How many episodes began.
    pub fn episodes(&self) -> u32 {
        self.episodes
    }
    fn back(&self) -> Option<CameBack> {
        self.back_at.get().map(|at| CameBack { at, pos: self.back_pos })
    }
    fn came_back(&mut self, back: Option<CameBack>) {
        self.back_at = back.map(|back| back.at).into();
        self.back_pos = back.map_or(0, |back| back.pos);
    }
}

/// See the module.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Default)]
pub struct Facts {
    pub people: Names<UserId>,
    pub teams: Names<TeamId>,
    pub channels: Names<ChannelId>,
    pub brands: Names<BrandId>,
    pub policies: Names<SlaPolicyId>,
    tags: Vec<String>,
    tag_numbers: std::collections::BTreeMap<String, u32>,
    conversations: Pages<Conversation>,
    /// What happened in each, as far as numbers care.
    tracks: tracks::Tracks,
    /// On which channel and of which brand each is: apart, because reports ask it of every row.
    lies: Paged<(No, No)>,
    by_id: SlotIndex,
    /// The contact's newest conversation; it leads to those before.
    by_contact: SlotIndex,
    /// By what numbers are worked out.
    pub definitions: Definitions,
    merges: contacts::Merges,
    blocked: std::collections::BTreeSet<ContactId>,
    unsettled: unsettled::Unsettled,
    /// Courtesies since the last resolution, which may yet count.
    courtesies: courtesies::Courtesies,
    pub opened: Days<Opened>,
    pub first_responses: Days<FirstResponse>,
    pub written: Days<Written>,
    pub resolved: Days<Resolved>,
    pub surveyed: Days<Surveyed>,
    pub acts: Days<Act>,
    pub promised: Days<Promised>,
    pub kept: Days<Kept>,
    running: promises::Running,
}

impl Facts {
    /// The conversation in a place.
    pub fn conversation(&self, slot: Slot) -> Conversation {
        self.conversations.at(slot.0)
    }

    /// What happened in it, as far as numbers care.
    pub fn track(&self, slot: Slot) -> Track<'_> {
        self.tracks.get(slot.0)
    }

    /// On which channel and of which brand it is.
    #[inline]
    pub fn lies(&self, slot: Slot) -> (No, No) {
        self.lies[slot.0]
    }

    /// Where a conversation is.
    pub fn slot(&self, id: ConversationId) -> Option<Slot> {
        self.by_id.get(id.as_u128(), |slot| self.conversations.id(slot)).map(Slot)
    }

    /// All places, in the order in which conversations were opened.
    pub fn slots(&self) -> impl Iterator<Item = Slot> {
        (0..self.conversations.len()).map(Slot)
    }

    /// What was measured in a conversation as it stood at a position, with the events behind it.
    pub fn measured(&self, slot: Slot, as_of: u64) -> Measured {
        Measured::of(self.tracks.get(slot.0).until(as_of))
    }

    /// A tag's word.
    pub fn tag(&self, tag: u32) -> Option<&str> {
        self.tags.get(tag as usize).map(String::as_str)
    }

    /// The number of a tag, if it was ever used.
    pub fn find_tag(&self, word: &str) -> Option<u32> {
        self.tag_numbers.get(word).copied()
    }

    /// Tags a conversation had at a position.
    pub fn tags_of(&self, slot: Slot, as_of: u64) -> Vec<u32> {
        let mut tags = Vec::new();
        for moment in self.tracks.get(slot.0).until(as_of) {
            match moment.what {
                What::Tagged { tag } if !tags.contains(&tag) => tags.push(tag),
                What::Untagged { tag } => tags.retain(|other| *other != tag),
                _ => {}
            }
        }
        tags
    }

    /// When the contact of a conversation next asked for something after its first episode was resolved, as known at a
    /// position: on any channel of the brand, courtesies and blocked times aside.
    pub fn came_back(&self, slot: Slot, as_of: u64, definition: &Definition) -> Option<CameBack> {
        let conversation = self.conversations.at(slot.0);
        let known = conversation.regrouped_pos <= as_of && conversation.back_list as usize == definition.courtesies();
        match conversation.back() {
            None if known => None,
            Some(back) if known && back.pos <= as_of => Some(back),
            _ => self.search_back(slot, as_of, definition.courtesies()),
        }
    }

    /// The same, looked for in all that the contact wrote.
    pub fn search_back(&self, slot: Slot, as_of: u64, courtesies: usize) -> Option<CameBack> {
        let conversation = self.conversations.at(slot.0);
        let after = conversation.first_resolved_at.get()?;
        let group = self.merges.group(conversation.contact_id, as_of);
        let slots = group.into_iter().flat_map(|contact| self.of_contact(contact));
        let asked = slots.flat_map(|slot| self.measured(slot, as_of).asked);
        let asked = asked.filter(|asked| asked.at > after && self.asks(asked.courtesy, asked.phrase, courtesies));
        let back = asked.map(|asked| (asked.at, asked.counts_pos)).min();
        back.map(|(at, pos)| CameBack { at, pos })
    }

    /// Whether a message asks for something by a list of courtesies. Where its words are not known, it is what it was taken
    /// for.
    fn asks(&self, courtesy: bool, phrase: Option<u64>, courtesies: usize) -> bool {
        !phrase.map_or(courtesy, |phrase| self.definitions.is_courtesy(courtesies, phrase))
    }

    /// Whether no later episode of the conversation was resolved by a position.
    pub fn is_newest_resolution(&self, resolved: &Resolved, as_of: u64) -> bool {
        let conversation = self.conversations.at(resolved.slot.0);
        if conversation.last_resolved_pos <= as_of {
            return conversation.last_resolved_episode == resolved.episode;
        }
        self.last_resolved_episode(resolved.slot, as_of) == Some(resolved.episode)
    }

    fn last_resolved_episode(&self, slot: Slot, as_of: u64) -> Option<u32> {
        let mut episode = 0;
        let mut last = None;
        for moment in self.tracks.get(slot.0).until(as_of) {
            match moment.what {
                What::Opened { .. } | What::Reopened { .. } => episode += 1,
                What::Resolved(_) => last = Some(episode),
                _ => {}
            }
        }
        last
    }

    /// A contact's conversations, newest first.
    pub fn of_contact(&self, contact: ContactId) -> impl Iterator<Item = Slot> {
        let newest = self.by_contact.get(contact.as_u128(), |slot| self.conversations.at(slot).contact_id.as_u128());
        chain(newest, |slot| self.conversations.at(slot).previous).map(Slot)
    }

    /// Everybody a contact was one with at a position, itself included.
    pub fn group(&self, contact: ContactId, as_of: u64) -> Vec<ContactId> {
        self.merges.group(contact, as_of)
    }

    /// See [`Pages::pack`].
    pub(crate) fn pack(&mut self) {
        self.conversations.pack();
    }

    /// Bytes that rows, tracks and conversations take, about.
    pub fn size(&self) -> usize {
        let rows = self.opened.size() + self.first_responses.size() + self.written.size() + self.resolved.size();
        let conversations =
            self.conversations.size() + self.conversations.len() as usize * (size_of::<(No, No)>() + 16);
        let sending = self.unsettled.len() * 64;
        let promises = self.promised.size() + self.kept.size();
        self.tracks.size() + rows + conversations + sending + self.surveyed.size() + self.acts.size() + promises
    }

    /// Applies the next event.
    pub(crate) fn apply(&mut self, recorded: &Recorded) {
        self.definitions.apply(recorded);
        match &recorded.event {
            Event::ContactMerged(event) => {
                self.merges.merged(recorded.pos, event.contact_id, event.loser_id);
                self.regroup(event.contact_id, event.loser_id, recorded.pos);
            }
            Event::ContactMergeUndone(event) => {
                self.merges.undone(recorded.pos, event.contact_id, event.loser_id);
                self.regroup(event.contact_id, event.loser_id, recorded.pos);
            }
            Event::ContactBlocked(event) => {
                self.blocked.insert(event.contact_id);
            }
            Event::ContactUnblocked(event) => {
                self.blocked.remove(&event.contact_id);
            }
            _ => {
                if let StreamId::Conversation(id) = recorded.stream {
                    self.apply_conversation(id, recorded);
                }
            }
        }
    }

    fn apply_conversation(&mut self, id: ConversationId, recorded: &Recorded) {
        if let Event::ConversationOpened(_) = &recorded.event {
            return self.open(recorded);
        }
        let Some(slot) = self.slot(id) else { return };
        let (pos, at) = (recorded.pos, recorded.occurred_at);
        match &recorded.event {
            Event::ConversationReopened(event) => {
                let inbound = matches!(event.cause, Cause::CustomerMessage | Cause::CourtesyUndone);
                let (team, owner) = (self.teams.of(event.team_id), self.people.of(event.assignee_id));
                // A courtesy that counts after all begins it alone: nobody waited before.
                let waiting_since = event.clocks.waiting_since.filter(|_| event.cause != Cause::CourtesyUndone);
                self.opened.add(Opened { at, pos, slot, episode: event.episode, team, inbound });
                self.conversations.change(slot.0, |conversation| conversation.episodes = event.episode);
                self.change(slot, recorded, What::Reopened { inbound, waiting_since, team, owner });
            }
            Event::ConversationResolved(event) => {
                let resolution = Resolution {
                    resolver: self.people.of(recorded.actor.user()),
                    assignee: self.people.of(event.assignee_id),
                    team: self.teams.of(event.team_id),
                    ending: self.ending(slot, event),
                    total: event.res_total_ms,
                    active: event.res_active_ms,
                };
                let list = self.definitions.newest().courtesies() as u32;
                self.touch(slot, recorded);
                self.change(slot, recorded, What::Resolved(resolution));
                self.conversations.change(slot.0, |conversation| {
                    (conversation.last_resolved_episode, conversation.last_resolved_pos) = (event.episode, pos);
                    if event.episode == 1 {
                        conversation.first_resolved_at = MaybeTimestamp::at(at);
                        conversation.back_list = list;
                        conversation.came_back(None);
                    }
                });
                self.tracks.settle(slot.0);
            }
            Event::ConversationStatusChanged(event) => {
                self.touch(slot, recorded);
                self.push(slot, pos, at, What::Status(event.to));
            }
            Event::ConversationAssigned(event) => {
                self.touch(slot, recorded);
                let (owner, team) = (self.people.of(event.assignee_id), self.teams.of(event.team_id));
                if owner != No::NONE && event.assignee_id != event.previous_assignee_id {
                    self.acts.add(Act { at, pos, slot, agent: owner, team, kind: ActKind::Assigned });
                }
                self.push(slot, pos, at, What::Assigned { owner, team });
            }
            Event::ConversationBotStarted(_) => self.push(slot, pos, at, What::BotStarted),
            Event::ConversationHandedOff(_) => self.push(slot, pos, at, What::HandedOff),
            // An answer to a survey asks for nothing, and what is taken for its comment only if somebody says so later.
            Event::MessageReceived(event)
                if !event.blocked && (event.survey_id.is_none() || event.courtesy_after_resolve) =>
            {
                let courtesy = event.courtesy_after_resolve;
                let at = at.min(recorded.recorded_at);
                let phrase = event.phrase_key.map(definitions::word);
                self.push(slot, pos, at, What::Customer { courtesy, phrase });
                if courtesy {
                    self.courtesies.add(event.message_id, pos);
                }
                if self.asks(courtesy, phrase, self.definitions.newest().courtesies()) {
                    self.asked(slot, at, pos);
                }
            }
            Event::MessageEchoed(event) => {
                self.unsettled.written(event.message_id, slot, pos);
                let at = at.min(recorded.recorded_at);
                self.change_at(slot, pos, at, What::Person { agent: No::NONE });
            }
            // Neither a reply nor an answer.
            Event::MessageQueued(event) if matches!(event.sender, Sender::Campaign(_)) => {}
            Event::MessageQueued(event) if event.kind != MessageKind::Reaction => {
                self.unsettled.written(event.message_id, slot, pos);
                let at = at.min(recorded.recorded_at);
                match event.sender {
                    Sender::User(user) => {
                        let agent = self.people.number(user);
                        self.change_at(slot, pos, at, What::Person { agent });
                    }
                    Sender::System | Sender::Campaign(_) => self.push(slot, pos, at, What::Machine),
                }
            }
            Event::MessageResendRequested(event) => {
                if let Some((_, message)) = self.unsettled.resent(event.message_id) {
                    self.change(slot, recorded, What::Resent { message });
                }
            }
            Event::MessageRefused(event) => {
                let turned = self.unsettled.refused(event.message_id, event.then);
                self.turned(turned, recorded);
            }
            Event::MessageDispatchStarted(event) => {
                let turned = self.unsettled.under_way(event.message_id);
                self.turned(turned, recorded);
            }
            Event::MessageAccepted(event) => {
                let turned = self.unsettled.under_way(event.message_id);
                self.turned(turned, recorded);
            }
            Event::MessageUncertain(event) => {
                let turned = self.unsettled.under_way(event.message_id);
                self.turned(turned, recorded);
            }
            Event::MessageStatusObserved(event) => {
                let turned = self.unsettled.observed(event);
                self.turned(turned, recorded);
            }
            Event::CourtesyUndone(event) => {
                if let Some(message) = self.courtesies.take(event.message_id) {
                    self.change(slot, recorded, What::CourtesyUndone { message });
                    let written = self.tracks.get(slot.0).iter().find(|moment| moment.pos == message);
                    if let Some(moment) = written {
                        self.asked(slot, moment.at, pos);
                    }
                }
            }
            Event::ConversationTagged(event) => {
                self.touch(slot, recorded);
                let tag = self.tag_number(&event.tag);
                self.push(slot, pos, at, What::Tagged { tag });
            }
            Event::ConversationUntagged(event) => {
                self.touch(slot, recorded);
                let tag = self.tag_number(&event.tag);
                self.push(slot, pos, at, What::Untagged { tag });
            }
            Event::ConversationPriorityChanged(_)
            | Event::PromisesPaused(_)
            | Event::PromisesResumed(_)
            | Event::CollaboratorAdded(_)
            | Event::CollaboratorRemoved(_)
            | Event::NoteAdded(_)
            | Event::NoteEdited(_)
            | Event::NoteDeleted(_)
            | Event::NoteReacted(_)
            | Event::NotePinned(_)
            | Event::NoteUnpinned(_) => self.touch(slot, recorded),
            Event::CsatSent(event) => {
                let (resolver, team) = (self.people.of(event.resolver_id), self.teams.of(event.team_id));
                self.change(slot, recorded, What::Surveyed { episode: event.episode, resolver, team });
            }
            Event::CsatAnswered(event) => {
                self.change_at(slot, pos, event.at, What::Rated { episode: event.episode, score: event.score });
            }
            Event::SlaActivated(_) | Event::SlaRetargeted(_) | Event::SlaFulfilled(_) | Event::SlaCancelled(_) => {
                self.promised_in(slot, recorded);
            }
            _ => {}
        }
    }

    fn open(&mut self, recorded: &Recorded) {
        let Event::ConversationOpened(event) = &recorded.event else { return };
        let slot = Slot(self.conversations.len());
        let (pos, at) = (recorded.pos, recorded.occurred_at);
        let team = self.teams.of(event.team_id);
        let inbound = event.origin == Origin::Inbound;
        let resolved = event.status == Status::Resolved;
        let previous = self.of_contact(event.contact_id).next().map_or(NO_SLOT, |slot| slot.0);
        let conversation = Conversation {
            id: event.conversation_id,
            contact_id: event.contact_id,
            number: u32::try_from(event.number).unwrap_or(u32::MAX),
            previous,
            team,
            owner: No::NONE,
            first_resolved_at: MaybeTimestamp::NONE,
            back_at: MaybeTimestamp::NONE,
            back_pos: 0,
            back_list: 0,
            regrouped_pos: 0,
            last_resolved_pos: 0,
            last_resolved_episode: 0,
            episodes: u32::from(event.origin != Origin::Campaign),
        };
        self.conversations.push(conversation);
        self.tracks.begin();
        let (channel, brand) = (self.channels.number(event.channel_id), self.brands.number(event.brand_id));
        self.lies.push((channel, brand));
        let conversations = &self.conversations;
        self.by_id.set(event.conversation_id.as_u128(), slot.0, |slot| conversations.id(slot));
        self.by_contact.set(event.contact_id.as_u128(), slot.0, |slot| conversations.at(slot).contact_id.as_u128());
        let awaited = event.origin == Origin::Campaign;
        let what = if awaited { What::Awaited { team } } else { What::Opened { inbound, resolved, team } };
        self.push(slot, pos, at, what);
        // What was imported never came in.
        if !resolved {
            self.opened.add(Opened { at, pos, slot, episode: 1, team, inbound });
        }
    }

    fn push(&mut self, slot: Slot, pos: u64, at: Timestamp, what: What) {
        if let What::Reopened { team, owner, .. } | What::Assigned { team, owner } = what {
            self.conversations.change(slot.0, |conversation| (conversation.team, conversation.owner) = (team, owner));
        }
        self.tracks.push(slot.0, Moment { pos, at, what });
    }

    fn change(&mut self, slot: Slot, recorded: &Recorded, what: What) {
        self.change_at(slot, recorded.pos, recorded.occurred_at, what);
    }

    /// A moment that may change what was measured: rows that follow no more are retracted, new ones added.
    fn change_at(&mut self, slot: Slot, pos: u64, at: Timestamp, what: What) {
        let before = self.rows_of(slot);
        self.push(slot, pos, at, what);
        let after = self.rows_of(slot);
        renew(&mut self.first_responses, &before.first, &after.first, pos);
        renew(&mut self.written, &before.written, &after.written, pos);
        renew(&mut self.resolved, &before.resolved, &after.resolved, pos);
        renew(&mut self.surveyed, &before.surveyed, &after.surveyed, pos);
    }

    fn rows_of(&self, slot: Slot) -> RowSet {
        Measured::of(self.tracks.get(slot.0).iter()).rows(slot)
    }

    fn turned(&mut self, turned: Option<Turned>, recorded: &Recorded) {
        if let Some(Turned { slot, pos: message, failed }) = turned {
            let what = if failed { What::Failed { message } } else { What::Unfailed { message } };
            self.change(slot, recorded, what);
        }
    }

    fn touch(&mut self, slot: Slot, recorded: &Recorded) {
        if let Some(user) = recorded.actor.user() {
            let (agent, team) = (self.people.number(user), self.conversations.at(slot.0).team);
            let (at, pos) = (recorded.occurred_at, recorded.pos);
            self.acts.add(Act { at, pos, slot, agent, team, kind: ActKind::Touched });
        }
    }

    fn ending(&self, slot: Slot, event: &ConversationResolved) -> Ending {
        let blocked = self.blocked.contains(&self.conversations.at(slot.0).contact_id);
        let tags = self.tags_of(slot, u64::MAX);
        let tagged = tags.into_iter().filter_map(|tag| self.tag(tag)).any(is_spam);
        let spam = tagged || event.disposition.as_deref().is_some_and(is_spam);
        match event.cause {
            _ if blocked || spam => Ending::Blocked,
            Cause::Inactivity => Ending::Automatic,
            Cause::Request | Cause::CustomerMessage | Cause::SnoozeDue | Cause::CourtesyUndone => Ending::Ordinary,
        }
    }

    /// The contact asked for something: whoever of them was helped before is not done.
    fn asked(&mut self, slot: Slot, at: Timestamp, pos: u64) {
        let group = self.merges.group(self.conversations.at(slot.0).contact_id, pos);
        let slots: Vec<_> = group.into_iter().flat_map(|contact| self.of_contact(contact)).collect();
        let list = self.definitions.newest().courtesies();
        for slot in slots {
            // Looked at first: what is not changed stays shared with copies.
            let conversation = self.conversations.at(slot.0);
            if conversation.back_list as usize != list {
                self.look_back(slot, pos);
                continue;
            }
            let earlier = conversation.back().is_none_or(|known| at < known.at);
            if conversation.first_resolved_at.get().is_some_and(|resolved| at > resolved) && earlier {
                self.conversations.change(slot.0, |conversation| conversation.came_back(Some(CameBack { at, pos })));
            }
        }
    }

    /// Contacts became one, or were taken apart: whether they came back is another question now.
    fn regroup(&mut self, one: ContactId, other: ContactId, pos: u64) {
        let mut contacts = self.merges.group(one, pos);
        contacts.extend(self.merges.group(other, pos));
        contacts.sort_unstable();
        contacts.dedup();
        let slots: Vec<_> = contacts.into_iter().flat_map(|contact| self.of_contact(contact)).collect();
        for slot in slots {
            self.look_back(slot, pos);
            self.conversations.change(slot.0, |conversation| conversation.regrouped_pos = pos);
        }
    }

    /// Works out anew when the contact came back.
    fn look_back(&mut self, slot: Slot, pos: u64) {
        let list = self.definitions.newest().courtesies();
        let back = self.search_back(slot, pos, list);
        self.conversations.change(slot.0, |conversation| {
            conversation.back_list = list as u32;
            conversation.came_back(back);
        });
    }

    fn tag_number(&mut self, word: &str) -> u32 {
        if let Some(tag) = self.tag_numbers.get(word) {
            return *tag;
        }
        let tag = self.tags.len() as u32;
        self.tags.push(word.to_owned());
        self.tag_numbers.insert(word.to_owned(), tag);
        tag
    }
}

/// Rows that follow no more go, those that follow now come.
fn renew<R: Row>(days: &mut Days<R>, before: &[R], after: &[R], pos: u64) {
    // Mostly something is added at the end.
    let same = before.iter().zip(after).take_while(|(before, after)| before == after).count();
    let mut gone = before[same..].to_vec();
    for row in &after[same..] {
        // Two rows may be equal: each stands for one.
        match gone.iter().position(|other| other == row) {
            Some(place) => {
                gone.swap_remove(place);
            }
            None => days.add(row.at_pos(pos)),
        }
    }
    gone.into_iter().for_each(|row| days.retract(row, pos));
}

impl Facts {
    /// Adds what it holds. Hash maps are left out: what they lead to is in it.
    pub(crate) fn digest(&self, digest: &mut crate::digest::Digest) {
        digest.add(&self.tags);
        self.conversations.iter().for_each(|conversation| digest.add(&conversation.numbers()));
        self.tracks.digest(digest);
        self.lies.iter().for_each(|lies| digest.add(lies));
        digest.add(&(&self.opened, &self.first_responses, &self.written));
        digest.add(&(&self.resolved, &self.surveyed, &self.acts));
        digest.add(&(&self.promised, &self.kept, &self.running));
        digest.add(&self.merges);
    }

    /// What stood at a position, which facts of any later one say as well.
    pub(crate) fn digest_at(&self, as_of: u64, digest: &mut crate::digest::Digest) {
        let mut rows = Vec::new();
        fn each<R: Row>(days: &Days<R>, as_of: u64) -> impl Iterator<Item = String> {
            days.all(as_of).map(|row| format!("{row:?}"))
        }
        rows.extend(each(&self.opened, as_of).chain(each(&self.first_responses, as_of)));
        rows.extend(each(&self.written, as_of).chain(each(&self.resolved, as_of)));
        rows.extend(each(&self.surveyed, as_of).chain(each(&self.acts, as_of)));
        rows.extend(each(&self.promised, as_of).chain(each(&self.kept, as_of)));
        rows.sort_unstable();
        digest.add(&rows);
        let measured = self.slots().map(|slot| (slot, self.measured(slot, as_of)));
        measured.filter(|(_, measured)| *measured != Measured::default()).for_each(|found| digest.add(&found));
    }
}
