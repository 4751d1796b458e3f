//! Reading canned replies, and filling texts in for a conversation. Access is applied here.

use domain::access::{Action, Principal};
use domain::event::Event;
use domain::ids::*;
use domain::rejection::Rejection;
use domain::replies::canned::{Entry, normal_shortcut};
use domain::replies::{macros, scope};
use domain::variables::Known;

use crate::Desk;
use crate::queries::Answer;

/// Suggestions at most.
pub const SUGGESTIONS_MAX: usize = 20;

impl Desk {
    /// The canned replies somebody knows of, in the order of their ids, and the position they are true at.
    pub fn canned_replies(&self, principal: &Principal) -> Answer<(Vec<Entry>, u64)> {
        self.allow(principal, Action::CannedReplyRead)?;
        Ok(self.view(|views| {
            let seen = |entry: &&Entry| scope::sees(&views.roster, principal, entry.reply.scope);
            (views.canned_replies.iter().filter(seen).cloned().collect(), views.position())
        }))
    }

    /// One of them.
    pub fn canned_reply(&self, principal: &Principal, id: CannedReplyId) -> Answer<Entry> {
        self.allow(principal, Action::CannedReplyRead)?;
        let found = self.view(|views| {
            let entry = views.canned_replies.get(id)?;
            scope::sees(&views.roster, principal, entry.reply.scope).then(|| entry.clone())
        });
        Ok(found.ok_or(Rejection::NotFound)?)
    }

    /// What somebody could say who typed this, the best first: where their words begin a shortcut, then where they begin words
    /// of the title, then of the text. Of equals the nearest scope, the conversation's language, the most used. Those for other
    /// brands than the conversation's are left out.
    pub fn suggest_canned_replies(
        &self,
        principal: &Principal,
        typed: &str,
        conversation: Option<ConversationId>,
    ) -> Answer<(Vec<Entry>, u64)> {
        let place = conversation.map(|id| self.conversation(principal, id)).transpose()?;
        let (mut found, as_of) = self.canned_replies(principal)?;
        let mut language = None;
        if let Some(row) = place {
            self.view(|views| {
                found.retain(|entry| scope::serves(&views.roster, entry.reply.scope, row.brand_id()));
            });
            language =
                self.known(principal, row.id())?.attributes.get("language").and_then(|it| it.as_text().map(primary));
        }
        let typed = normal_shortcut(typed);
        let words: Vec<&str> = typed.split_whitespace().collect();
        let mut ranked: Vec<_> =
            found.into_iter().filter_map(|entry| Some((rank(&entry, &typed, &words)?, entry))).collect();
        ranked.sort_by_cached_key(|(rank, entry)| {
            let reply = &entry.reply;
            let other_language = match (&language, &reply.locale) {
                (Some(theirs), Some(locale)) => primary(locale) != *theirs,
                _ => false,
            };
            let uses = std::cmp::Reverse(entry.uses);
            (*rank, other_language, reply.scope.distance(), uses, reply.shortcut.clone(), entry.id)
        });
        ranked.truncate(SUGGESTIONS_MAX);
        Ok((ranked.into_iter().map(|(_, entry)| entry).collect(), as_of))
    }

    /// The macros somebody knows of, in the order of their ids, and the position they are true at.
    pub fn macros(&self, principal: &Principal) -> Answer<(Vec<macros::Entry>, u64)> {
        self.allow(principal, Action::CannedReplyRead)?;
        Ok(self.view(|views| {
            let seen = |entry: &&macros::Entry| scope::sees(&views.roster, principal, entry.says.scope);
            (views.macros.iter().filter(seen).cloned().collect(), views.position())
        }))
    }

    /// One of them.
    pub fn macro_by_id(&self, principal: &Principal, id: MacroId) -> Answer<macros::Entry> {
        self.allow(principal, Action::CannedReplyRead)?;
        let found = self.view(|views| {
            let entry = views.macros.get(id)?;
            scope::sees(&views.roster, principal, entry.says.scope).then(|| entry.clone())
        });
        Ok(found.ok_or(Rejection::NotFound)?)
    }

    /// What a command of the asker's own wrote down at a position: for answering it.
    pub fn macro_run(&self, pos: u64) -> Answer<Option<Event>> {
        Ok(self.event_open(pos)?.map(|recorded| recorded.event))
    }

    /// What variables stand for in a conversation where somebody writes, if they may read it.
    pub fn known(&self, principal: &Principal, id: ConversationId) -> Answer<Known> {
        let row = self.conversation(principal, id)?;
        let mut known = self.view(|views| Known {
            brand_name: views.directory.brands.get(row.brand_id()).map(|brand| brand.name.clone()),
            channel_name: views.directory.channels.get(row.channel_id()).map(|channel| channel.name.clone()),
            conversation_number: Some(row.number()),
            ..Known::default()
        });
        known.contact_name = self.contact_name(row.contact_id());
        let standing = self.view(|views| views.directory.contacts.resolve(row.contact_id()));
        known.attributes = self.contact_card(standing).map(|card| self.attributes(&card)).unwrap_or_default();
        known.agent_name = self.user_name(principal.user_id);
        known.team_name = row.team_id().and_then(|team| self.team_name(team));
        Ok(known)
    }

    /// The same where there is no conversation: who writes is known, and no customer.
    pub fn known_of(&self, principal: &Principal) -> Known {
        Known { agent_name: self.user_name(principal.user_id), ..Known::default() }
    }
}

/// A tag's language alone.
fn primary(tag: &str) -> String {
    tag.split(['-', '_']).next().unwrap_or_default().to_lowercase()
}

/// How well something fits what was typed; `None`: not at all. Nothing typed fits everything alike.
fn rank(entry: &Entry, typed: &str, words: &[&str]) -> Option<u8> {
    let reply = &entry.reply;
    if typed.is_empty() || reply.shortcut == typed {
        return Some(0);
    }
    if reply.shortcut.starts_with(typed) {
        return Some(1);
    }
    let begins = |text: &str| {
        let text = text.to_lowercase();
        let of_text: Vec<&str> = text.split(|c: char| !c.is_alphanumeric()).collect();
        words.iter().all(|word| of_text.iter().any(|of| of.starts_with(word)) || !is_word(word) && text.contains(word))
    };
    if begins(&reply.title) { Some(2) } else { begins(&reply.text).then_some(3) }
}

/// Writing without spaces between words, and signs, are looked for wherever they stand.
fn is_word(text: &str) -> bool {
    text.chars().all(|c| c.is_ascii_alphanumeric())
}
