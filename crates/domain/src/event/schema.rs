//! What events look like, as JSON Schema (2020-12), derived from the very types that write and read them. Whoever reads an
//! export or the event stream checks its lines, or makes types of them, with these; `fixtures/events/` holds an example of each.
//!
//! What a type writes is described, not what it tolerates when it reads. New fields are no new schema, so none of them forbids
//! properties it does not know.

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema};
use serde_json::{Map, Value, json};

/// What one event type's data looks like.
#[derive(Debug, Clone, PartialEq)]
pub struct EventSchema {
    /// The stored name.
    pub kind: &'static str,
    /// The version of its shape.
    pub schema: u16,
    /// What stays readable.
    pub facts: Value,
    /// The personal part, if the type has one.
    pub private: Option<Value>,
}

impl EventSchema {
    /// The name events refer to it by (`dataschema`).
    pub fn id(kind: &str, schema: u16) -> String {
        format!("urn:frontdesk:event-schema:{kind}:v{schema}")
    }

    /// The schema of an event's `data`: `facts`, the personal part where it is opened, and whether there is one that is not.
    pub fn document(&self) -> Value {
        // What a schema refers to is looked for at the top of the document.
        let mut named = Map::new();
        let mut part = |schema: &Value| {
            let mut schema = schema.clone();
            if let Some(Value::Object(defs)) = schema.as_object_mut().and_then(|schema| schema.remove("$defs")) {
                named.extend(defs);
            }
            schema
        };
        let nothing = json!({"type": "null"});
        let facts = part(&self.facts);
        let private =
            self.private.as_ref().map_or(nothing.clone(), |private| json!({"anyOf": [part(private), nothing]}));
        json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "$id": Self::id(self.kind, self.schema),
            "$defs": named,
            "title": self.kind,
            "type": "object",
            "required": ["facts", "private", "sealed"],
            "properties": {"facts": facts, "private": private, "sealed": {"type": "boolean"}},
        })
    }
}

/// The schema of what `T` writes, with everything it refers to inside it.
pub(super) fn of<T: JsonSchema>() -> Value {
    let settings = SchemaSettings::draft2020_12().for_serialize().with(|settings| {
        settings.inline_subschemas = true;
        settings.meta_schema = None;
    });
    settings.into_generator().into_root_schema_for::<T>().to_value()
}

/// The schema of a field's type.
pub(super) fn of_field<E, T: JsonSchema>(_: fn(&E) -> &Option<T>) -> Value {
    of::<T>()
}

/// A text of a certain form.
pub(crate) fn text(pattern: &str) -> Schema {
    schemars::json_schema!({"type": "string", "pattern": pattern})
}

/// The pattern of ids with this prefix.
pub(crate) fn id_pattern(prefix: &str) -> String {
    format!("^{prefix}_[0-7][0-9a-hjkmnp-tv-z]{{25}}$")
}

/// Says what a type that is written as text looks like.
macro_rules! text_schema {
    ($($ty:ty = $pattern:expr),* $(,)?) => {$(
        impl schemars::JsonSchema for $ty {
            fn inline_schema() -> bool {
                true
            }
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($ty).into()
            }
            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                crate::event::schema::text($pattern)
            }
        }
    )*};
}

text_schema! {
    super::Actor = "^(provider|system|contact:con_[0-9a-z]{26}|user:usr_[0-9a-z]{26}(/key_[0-9a-z]{26})?)$",
    crate::calendar::Date = "^[0-9]{4}-[0-9]{2}-[0-9]{2}$",
    crate::condition::Field = "^[a-z_]+([.:].+)?$",
    crate::content::MessageKind = "^.+$",
    crate::identity::BlindKey = "^[0-9a-f]{32}$",
    crate::queue::QueueId = "^(team|brand)_[0-7][0-9a-hjkmnp-tv-z]{25}$",
}

/// `{"type": kind, "<kind>": body}`.
impl JsonSchema for crate::content::Content {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Content".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> Schema {
        schemars::json_schema!({"type": "object", "required": ["type"], "properties": {"type": {"type": "string"}}, "additionalProperties": {}})
    }
}
