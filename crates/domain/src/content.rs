//! What a message says. The content keeps the Cloud API's shape and field names in both directions
//! (`{"type": "text", "text": {"body": "…"}}`), so that nothing a provider sends is lost by modelling it
//! too early; what decisions need is read from it by the few typed accessors here.
//!
//! Limits of outbound content are checked in [`crate::outbound_content`], not here.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};

/// The provider's word for the shape of a message. Open: an unknown word is kept as it came.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MessageKind {
    Text,
    Image,
    Video,
    Audio,
    Document,
    Sticker,
    Location,
    Contacts,
    Interactive,
    /// A tap on a template's quick reply.
    Button,
    Template,
    Order,
    /// An emoji on another message; as content only when we send one.
    Reaction,
    /// The provider could not carry it; a placeholder for the agent.
    Unsupported,
    /// An attachment of imported history whose file comes later.
    MediaPlaceholder,
    Other(String),
}

impl MessageKind {
    /// The Cloud API's `type` value.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Text => "text",
            Self::Image => "image",
            Self::Video => "video",
            Self::Audio => "audio",
            Self::Document => "document",
            Self::Sticker => "sticker",
            Self::Location => "location",
            Self::Contacts => "contacts",
            Self::Interactive => "interactive",
            Self::Button => "button",
            Self::Template => "template",
            Self::Order => "order",
            Self::Reaction => "reaction",
            Self::Unsupported => "unsupported",
            Self::MediaPlaceholder => "media_placeholder",
            Self::Other(word) => word,
        }
    }

    /// Whether the content object names a file by its media id.
    pub fn is_media(&self) -> bool {
        matches!(self, Self::Image | Self::Video | Self::Audio | Self::Document | Self::Sticker)
    }
}

impl From<&str> for MessageKind {
    fn from(word: &str) -> Self {
        match word {
            "text" => Self::Text,
            "image" => Self::Image,
            "video" => Self::Video,
            "audio" => Self::Audio,
            "document" => Self::Document,
            "sticker" => Self::Sticker,
            "location" => Self::Location,
            "contacts" => Self::Contacts,
            "interactive" => Self::Interactive,
            "button" => Self::Button,
            "template" => Self::Template,
            "order" => Self::Order,
            "reaction" => Self::Reaction,
            "unsupported" => Self::Unsupported,
            "media_placeholder" => Self::MediaPlaceholder,
            other => Self::Other(other.to_owned()),
        }
    }
}

impl fmt::Display for MessageKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
impl Serialize for MessageKind {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(self.as_str())
    }
}
impl<'de> Deserialize<'de> for MessageKind {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        Ok(Self::from(String::deserialize(d)?.as_str()))
    }
}

/// A message's content: its kind and the object (or array, for `contacts`) under the key of that name.
/// `body` is `Null` where the provider sent no object, which happens for `unsupported` and for media it
/// could not deliver.
///
/// Serialized as `{"type": kind, "<kind>": body}`.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, PartialEq)]
pub struct Content {
    pub kind: MessageKind,
    #[borsh(serialize_with = "crate::snapshot::write_json", deserialize_with = "crate::snapshot::read_json")]
    pub body: Value,
}

impl Content {
    /// A plain text.
    pub fn text(body: impl Into<String>) -> Self {
        let mut object = Map::new();
        object.insert("body".to_owned(), Value::String(body.into()));
        Self { kind: MessageKind::Text, body: Value::Object(object) }
    }

    /// The words an agent reads in a list: a text's body, a caption, a button's or list row's title.
    pub fn preview(&self) -> Option<&str> {
        let at = |pointer: &str| self.body.pointer(pointer).and_then(Value::as_str);
        match self.kind {
            MessageKind::Text => at("/body"),
            MessageKind::Button => at("/text"),
            MessageKind::Interactive => at("/button_reply/title")
                .or_else(|| at("/list_reply/title"))
                .or_else(|| at("/nfm_reply/body"))
                .or_else(|| at("/body/text")),
            MessageKind::Location => at("/name").or_else(|| at("/address")),
            MessageKind::Template => at("/name"),
            _ => at("/caption").or_else(|| at("/filename")),
        }
    }

    /// The provider's id of the file, for media kinds that carry one.
    pub fn provider_media_id(&self) -> Option<&str> {
        self.kind.is_media().then(|| self.body.get("id").and_then(Value::as_str)).flatten()
    }

    /// Whether a text is nothing but one of the courtesy phrases ("thanks", "ok", a lone thumbs-up),
    /// compared without case, surrounding space and closing punctuation. `phrases` are lower case.
    pub fn is_courtesy(&self, phrases: &[String]) -> bool {
        let (MessageKind::Text, Some(text)) = (&self.kind, self.preview()) else { return false };
        phrases.contains(&bare(text))
    }
}

/// A short text as phrases are compared: without case, surrounding space and closing punctuation.
pub(crate) fn bare(text: &str) -> String {
    text.trim().trim_end_matches(['.', '!', ' ', '\u{fe0f}']).to_lowercase()
}

impl Serialize for Content {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeMap;
        let mut map = s.serialize_map(Some(2))?;
        map.serialize_entry("type", self.kind.as_str())?;
        if !self.body.is_null() {
            map.serialize_entry(self.kind.as_str(), &self.body)?;
        }
        map.end()
    }
}
impl<'de> Deserialize<'de> for Content {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let mut map = Map::deserialize(d)?;
        let Some(Value::String(word)) = map.remove("type") else {
            return Err(serde::de::Error::missing_field("type"));
        };
        let body = map.remove(word.as_str()).unwrap_or(Value::Null);
        Ok(Self { kind: MessageKind::from(word.as_str()), body })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_keeps_the_cloud_apis_shape_both_ways() {
        let text = r#"{"type":"location","location":{"latitude":1,"longitude":2.5,"name":"Shop"}}"#;
        let content: Content = serde_json::from_str(text).unwrap();
        assert_eq!(content.preview(), Some("Shop"));
        assert_eq!(serde_json::to_string(&content).unwrap(), text);
    }

    #[test]
    fn an_unknown_kind_and_a_missing_object_are_kept() {
        for text in [r#"{"type":"hologram","hologram":{"x":1}}"#, r#"{"type":"unsupported"}"#] {
            let content: Content = serde_json::from_str(text).unwrap();
            assert_eq!(serde_json::to_string(&content).unwrap(), text);
        }
    }

    #[test]
    fn courtesy_is_the_phrase_alone() {
        let phrases = ["thanks".to_owned(), "👍".to_owned()];
        assert!(Content::text(" Thanks!! ").is_courtesy(&phrases));
        assert!(Content::text("👍").is_courtesy(&phrases));
        assert!(!Content::text("thanks, but where is my parcel?").is_courtesy(&phrases));
    }
}
