//! The schemas that frames reach, under the names and in the words of the OpenAPI document.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::Frame;
use crate::dto::live::asked::Section;

/// By name.
pub(super) fn schemas(frames: &[Frame]) -> BTreeMap<String, Value> {
    let mut schemas: BTreeMap<String, Value> = frames.iter().flat_map(|frame| frame.schemas.clone()).collect();
    // An empty list fits four of them, which `oneOf` forbids.
    if let Some(data) = schemas.get_mut("SnapshotData").and_then(Value::as_object_mut)
        && let Some(each) = data.remove("oneOf")
    {
        data.insert("anyOf".to_owned(), each);
    }
    // What the types cannot say: which section holds what.
    if let Some(snapshot) = schemas.get_mut("Snapshot") {
        snapshot["oneOf"] = SECTIONS.iter().map(|section| json!({"properties": paired(*section)})).collect();
    }
    let document = json!(schemas);
    let mut reached = BTreeMap::new();
    frames.iter().for_each(|frame| reach(&document, &frame.schema, &mut reached));
    reached
}

/// A schema and those it refers to. An inlined type is registered by its name all the same; nothing refers to it.
fn reach(all: &Value, name: &str, reached: &mut BTreeMap<String, Value>) {
    if !reached.contains_key(name) {
        reached.insert(name.to_owned(), all[name].clone());
        references(&all[name], &mut |name| reach(all, name, reached));
    }
}

fn references(value: &Value, found: &mut dyn FnMut(&str)) {
    match value {
        Value::Object(members) => {
            if let Some(name) = members.get("$ref").and_then(Value::as_str).and_then(|path| path.rsplit('/').next()) {
                found(name);
            }
            members.values().for_each(|value| references(value, found));
        }
        Value::Array(items) => items.iter().for_each(|value| references(value, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

const SECTIONS: [Section; 10] = [
    Section::Me,
    Section::Counts,
    Section::QueueStats,
    Section::Campaigns,
    Section::Agents,
    Section::Notifications,
    Section::ConversationsAll,
    Section::ConversationsMine,
    Section::ConversationsUnassigned,
    Section::ConversationsMentions,
];

fn paired(section: Section) -> Value {
    let schema = |name: &str| json!({"$ref": format!("#/components/schemas/{name}")});
    let list = |name: &str| json!({"type": "array", "items": schema(name)});
    let data = match section {
        Section::Me => schema("User"),
        Section::Counts => schema("CountsNow"),
        Section::QueueStats => list("QueueStats"),
        Section::Campaigns => list("CampaignStanding"),
        Section::Agents => list("Colleague"),
        Section::Notifications => list("Notification"),
        Section::ConversationsAll
        | Section::ConversationsMine
        | Section::ConversationsUnassigned
        | Section::ConversationsMentions => list("Conversation"),
    };
    json!({"section": {"const": section}, "data": data})
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::schema_of;

    #[test]
    fn every_section_says_what_it_holds() {
        let (all, _) = schema_of::<Section>();
        let all = all["enum"].as_array().unwrap().clone();
        assert_eq!(all.len(), SECTIONS.len());
        assert!(SECTIONS.iter().all(|section| all.contains(&json!(section))));
    }
}
