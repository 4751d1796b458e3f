//! Canned replies: texts that are written once and said often, found by a shortcut or by their words. They hold variables
//! ([`crate::variables`]), which are filled in for a conversation when one is suggested; what is sent then is the agent's own
//! message, and says which reply it came from so that uses can be counted.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::scope::{self, Scope};
use crate::access::Principal;
use crate::contact::attributes::is_language;
use crate::content::{Content, MessageKind};
use crate::event::canned_reply::*;
use crate::event::{Event, Recorded, StreamId};
use crate::ids::*;
use crate::outbound_content::{self, FieldError};
use crate::rejection::Rejection;
use crate::step::Step;
use crate::time::Timestamp;
use crate::variables;
use crate::world::World;

/// All there can be.
pub const REPLIES_MAX: usize = 5_000;
/// Of one person's own.
pub const PERSONAL_MAX: usize = 200;
/// Characters of a shortcut, and of a title, at most.
pub const SHORTCUT_MAX: usize = 40;
pub const TITLE_MAX: usize = 100;

/// What one says. Its id and version stand beside it.
#[derive(
    borsh::BorshSerialize,
    borsh::BorshDeserialize,
    Debug,
    Clone,
    PartialEq,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
)]
pub struct CannedReply {
    pub scope: Scope,
    /// What people type for it, in small letters and without the slash.
    pub shortcut: String,
    pub title: String,
    pub text: String,
    /// The language it is in, as BCP 47 has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub locale: Option<String>,
    /// Buttons or a list under the text, in the Cloud API's shape without its body.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[borsh(
        serialize_with = "crate::snapshot::write_json_option",
        deserialize_with = "crate::snapshot::read_json_option"
    )]
    pub interactive: Option<Value>,
}

impl CannedReply {
    /// The message it makes, its variables not yet filled in.
    pub fn content(&self) -> Content {
        match &self.interactive {
            Some(Value::Object(interactive)) => {
                let mut body = interactive.clone();
                body.insert("body".to_owned(), json!({ "text": self.text }));
                Content { kind: MessageKind::Interactive, body: Value::Object(body) }
            }
            Some(_) | None => Content::text(self.text.clone()),
        }
    }
}

/// One with its place in the log.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, PartialEq)]
pub struct Entry {
    pub id: CannedReplyId,
    /// Events in its stream.
    pub version: u64,
    pub reply: Arc<CannedReply>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    /// Messages that were written with it.
    pub uses: u64,
    pub last_used_at: Option<Timestamp>,
}

/// All canned replies. Folded by decisions and by read models alike.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Default, PartialEq)]
pub struct CannedReplies {
    by_id: BTreeMap<CannedReplyId, Entry>,
    /// The scope of every one there ever was.
    scopes: BTreeMap<CannedReplyId, Scope>,
}

impl CannedReplies {
    pub fn get(&self, id: CannedReplyId) -> Option<&Entry> {
        self.by_id.get(&id)
    }
    /// In the order of their ids.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Entry> {
        self.by_id.values()
    }
    /// The scope of one, also of one that was removed.
    pub fn scope_of(&self, id: CannedReplyId) -> Option<Scope> {
        self.scopes.get(&id).copied()
    }

    /// Applies an event.
    pub fn apply(&mut self, recorded: &Recorded) {
        match &recorded.event {
            Event::CannedReplyCreated(event) => {
                self.scopes.insert(event.canned_reply_id, event.reply.scope);
                let entry = Entry {
                    id: event.canned_reply_id,
                    version: recorded.version,
                    reply: Arc::new(event.reply.clone()),
                    created_at: recorded.occurred_at,
                    updated_at: recorded.occurred_at,
                    uses: 0,
                    last_used_at: None,
                };
                self.by_id.insert(event.canned_reply_id, entry);
            }
            Event::CannedReplyChanged(event) => {
                if let Some(entry) = self.by_id.get_mut(&event.canned_reply_id) {
                    self.scopes.insert(event.canned_reply_id, event.reply.scope);
                    entry.reply = Arc::new(event.reply.clone());
                    entry.version = recorded.version;
                    entry.updated_at = recorded.occurred_at;
                }
            }
            Event::CannedReplyRemoved(event) => {
                self.by_id.remove(&event.canned_reply_id);
            }
            Event::CannedReplyUsed(event) => {
                if let Some(entry) = self.by_id.get_mut(&event.canned_reply_id) {
                    entry.uses += 1;
                    entry.last_used_at = Some(recorded.occurred_at);
                }
            }
            _ => {}
        }
    }
}

/// Creates one.
pub fn create(step: &mut Step<'_>, by: &Principal, reply: CannedReply) -> Result<CannedReplyId, Rejection> {
    let mut errors = scope::check(step.world, by, reply.scope)?;
    errors.extend(self::errors(&reply));
    Rejection::unless_clean(errors)?;
    let all = &step.world.canned_replies;
    if all.iter().len() >= REPLIES_MAX {
        return Err(full("shortcut", REPLIES_MAX));
    }
    let own = |entry: &&Entry| entry.reply.scope == reply.scope;
    if matches!(reply.scope, Scope::Personal { .. }) && all.iter().filter(own).count() >= PERSONAL_MAX {
        return Err(full("shortcut", PERSONAL_MAX));
    }
    unique(step.world, None, &reply)?;
    let canned_reply_id: CannedReplyId = step.mint.fresh();
    step.emit(StreamId::CannedReply(canned_reply_id), CannedReplyCreated { canned_reply_id, reply });
    Ok(canned_reply_id)
}

/// Changes one.
pub fn change(step: &mut Step<'_>, by: &Principal, id: CannedReplyId, reply: CannedReply) -> Result<(), Rejection> {
    let known = seen(step.world, by, id)?.reply.clone();
    scope::manages(&step.world.roster, by, known.scope)?;
    let mut errors = if reply.scope == known.scope { Vec::new() } else { scope::check(step.world, by, reply.scope)? };
    errors.extend(self::errors(&reply));
    Rejection::unless_clean(errors)?;
    unique(step.world, Some(id), &reply)?;
    if *known != reply {
        step.emit(StreamId::CannedReply(id), CannedReplyChanged { canned_reply_id: id, reply });
    }
    Ok(())
}

/// Removes one. What was sent with it stays as it is.
pub fn remove(step: &mut Step<'_>, by: &Principal, id: CannedReplyId) -> Result<(), Rejection> {
    let scope = seen(step.world, by, id)?.reply.scope;
    scope::manages(&step.world.roster, by, scope)?;
    step.emit(StreamId::CannedReply(id), CannedReplyRemoved { canned_reply_id: id });
    Ok(())
}

/// One that somebody knows of.
pub fn seen<'w>(world: &'w World, by: &Principal, id: CannedReplyId) -> Result<&'w Entry, Rejection> {
    let entry = world.canned_replies.get(id).ok_or(Rejection::NotFound)?;
    if scope::sees(&world.roster, by, entry.reply.scope) { Ok(entry) } else { Err(Rejection::NotFound) }
}

/// Writes down that a message came from one. Asked before the message is made ([`usable`]) and done after it.
pub fn used(step: &mut Step<'_>, id: CannedReplyId, conversation_id: ConversationId, message_id: MessageId) {
    let event = CannedReplyUsed { canned_reply_id: id, conversation_id, message_id };
    step.emit(StreamId::Conversation(conversation_id), event);
}

/// Whether somebody may say that a message of theirs came from this one.
pub fn usable(world: &World, by: &Principal, id: CannedReplyId) -> Result<(), Rejection> {
    seen(world, by, id).map(drop).map_err(|_| Rejection::UnknownReference { field: "canned_reply_id" })
}

fn full(field: &'static str, max: usize) -> Rejection {
    Rejection::Invalid { field, detail: format!("at most {max}") }
}

/// A shortcut means one thing within its scope; a nearer scope may have another for the same.
fn unique(world: &World, id: Option<CannedReplyId>, reply: &CannedReply) -> Result<(), Rejection> {
    let taken = |entry: &Entry| {
        Some(entry.id) != id && entry.reply.scope == reply.scope && entry.reply.shortcut == reply.shortcut
    };
    if world.canned_replies.iter().any(taken) {
        return Err(Rejection::Duplicate("a canned reply of this name"));
    }
    Ok(())
}

/// A shortcut as it is kept and looked for.
pub fn normal_shortcut(text: &str) -> String {
    let text = text.trim();
    text.strip_prefix('/').unwrap_or(text).to_lowercase()
}

/// Everything that is wrong with what one says.
pub fn errors(reply: &CannedReply) -> Vec<FieldError> {
    let mut errors = Vec::new();
    let mut say = |pointer: &str, code, detail: String| {
        errors.push(FieldError { pointer: pointer.to_owned(), code, detail });
    };
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
    let length = reply.shortcut.chars().count();
    if !(1..=SHORTCUT_MAX).contains(&length) || !reply.shortcut.chars().all(plain) {
        say("/shortcut", "bad_format", format!("1 to {SHORTCUT_MAX} letters, digits and _ - ."));
    }
    let title = reply.title.trim();
    if title.is_empty() || title.chars().count() > TITLE_MAX || title.chars().any(char::is_control) {
        say("/title", "wrong_length", format!("1 to {TITLE_MAX} printable characters"));
    }
    if reply.locale.as_deref().is_some_and(|locale| !is_language(locale)) {
        say("/locale", "bad_format", "a language tag such as en or pt-BR".to_owned());
    }
    match &reply.interactive {
        Some(Value::Object(interactive)) if interactive.contains_key("body") => {
            say("/interactive/body", "unexpected", "the text is its body".to_owned());
        }
        Some(Value::Object(_)) | None => {}
        Some(_) => say("/interactive", "wrong_type", "must be an object".to_owned()),
    }
    let content = reply.content();
    let limits = outbound_content::check(&content);
    let mistakes = variables::content_errors(&content, "");
    errors.extend(limits.into_iter().chain(mistakes).map(|error| FieldError { pointer: pointer(&error), ..error }));
    errors
}

/// Where in a canned reply an error of its content lies.
fn pointer(error: &FieldError) -> String {
    match error.pointer.as_str() {
        "/text/body" | "/interactive/body/text" | "/interactive/body" => "/text".to_owned(),
        other => other.to_owned(),
    }
}
