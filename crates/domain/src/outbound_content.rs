//! Limits of what may be sent, as the provider sets them, so that a writer learns at once and for every field what the
//! provider would refuse later. Lengths count Unicode characters. Nothing is ever cut. Called by the reply decision; what
//! a template's own text asks for is [`crate::template::Template::check`].

mod contacts;
mod interactive;
mod report;
mod template;

use serde_json::{Map, Value};

use crate::content::{Content, MessageKind};

pub(crate) use self::report::{Presence, Report};

/// Longest text.
pub const TEXT_MAX: usize = 4096;
/// Longest caption of an image, video or document.
pub const CAPTION_MAX: usize = 1024;
/// Longest file name; the provider names no limit, file systems do.
pub const FILENAME_MAX: usize = 240;
/// Longest address of a linked file or page.
pub const LINK_MAX: usize = 2000;
/// Longest id of a file or a message.
pub const ID_MAX: usize = 512;
/// Longest name and address of a place; the provider names no limit.
pub const PLACE_MAX: usize = 1000;
/// The longest emoji sequences in use have ten characters.
pub const EMOJI_MAX: usize = 16;

/// What is wrong with one field; `pointer` is a JSON pointer into the content (`/text/body`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldError {
    pub pointer: String,
    /// `required`, `wrong_type`, `empty`, `too_long`, `too_short`, `too_many`, `out_of_range`, `not_allowed`,
    /// `unknown_key`, `duplicate`, `unexpected`, `bad_format`, `conflict`, `unknown_variable`, `unclosed`.
    pub code: &'static str,
    pub detail: String,
}

/// Everything that is wrong with a content we are asked to send; empty: nothing.
pub fn check(content: &Content) -> Vec<FieldError> {
    let mut report = Report::default();
    let body = &content.body;
    match content.kind {
        MessageKind::Text => text(&mut report, body),
        MessageKind::Image => media(&mut report, "/image", body, &["id", "link", "caption"]),
        MessageKind::Video => media(&mut report, "/video", body, &["id", "link", "caption"]),
        MessageKind::Audio => media(&mut report, "/audio", body, &["id", "link", "voice"]),
        MessageKind::Document => media(&mut report, "/document", body, &["id", "link", "caption", "filename"]),
        MessageKind::Sticker => media(&mut report, "/sticker", body, &["id", "link"]),
        MessageKind::Location => location(&mut report, body),
        MessageKind::Contacts => contacts::check(&mut report, body),
        MessageKind::Interactive => interactive::check(&mut report, body),
        MessageKind::Reaction => reaction(&mut report, body),
        MessageKind::Template => template::check(&mut report, body),
        // Kinds that only ever arrive.
        MessageKind::Button
        | MessageKind::Order
        | MessageKind::Unsupported
        | MessageKind::MediaPlaceholder
        | MessageKind::Other(_) => {
            report.wrong("/type", "not_allowed", format!("a message of type {} cannot be sent", content.kind));
        }
    }
    report.errors
}

fn text(report: &mut Report, body: &Value) {
    let Some(object) = report.top(body, "/text", &["body", "preview_url"]) else { return };
    report.text(object, "/text", "body", Presence::Required, TEXT_MAX);
    report.flag(object, "/text", "preview_url");
}

fn media(report: &mut Report, at: &str, body: &Value, known: &[&str]) {
    let Some(object) = report.top(body, at, known) else { return };
    source(report, object, at);
    if known.contains(&"caption") {
        report.text(object, at, "caption", Presence::Optional, CAPTION_MAX);
    }
    if known.contains(&"filename") {
        report.text(object, at, "filename", Presence::Optional, FILENAME_MAX);
    }
    if known.contains(&"voice") {
        report.flag(object, at, "voice");
    }
}

/// A file is named by its id or by a link, not by both.
fn source(report: &mut Report, object: &Map<String, Value>, at: &str) {
    match (object.contains_key("id"), object.contains_key("link")) {
        (true, true) => report.wrong(at, "conflict", "must have an id or a link, not both"),
        (false, false) => report.wrong(format!("{at}/id"), "required", "must have an id or a link"),
        (true, false) => {
            report.text(object, at, "id", Presence::Required, ID_MAX);
        }
        (false, true) => report.link(object, at, "link"),
    }
}

fn location(report: &mut Report, body: &Value) {
    let Some(object) = report.top(body, "/location", &["latitude", "longitude", "name", "address"]) else { return };
    report.degrees(object, "/location", "latitude", 90.0);
    report.degrees(object, "/location", "longitude", 180.0);
    report.text(object, "/location", "name", Presence::Optional, PLACE_MAX);
    report.text(object, "/location", "address", Presence::Optional, PLACE_MAX);
}

fn reaction(report: &mut Report, body: &Value) {
    let Some(object) = report.top(body, "/reaction", &["message_id", "emoji"]) else { return };
    // A writer names the message by our id beside the content; the provider's id is put in when it is sent.
    report.text(object, "/reaction", "message_id", Presence::Optional, ID_MAX);
    // An empty emoji takes the reaction away.
    match object.get("emoji") {
        None => report.wrong("/reaction/emoji", "required", "must be present"),
        Some(Value::String(emoji)) if emoji.chars().count() <= EMOJI_MAX => {}
        Some(Value::String(_)) => report.wrong("/reaction/emoji", "too_long", "must be one emoji"),
        Some(_) => report.wrong("/reaction/emoji", "wrong_type", "must be text"),
    }
}

#[cfg(test)]
mod tests;
