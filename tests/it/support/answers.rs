//! Everything the API says: each GET of the contract, with every id that any of the answers names.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use reqwest::{Method, StatusCode};
use serde_json::Value;

use super::Person;

/// Every answer that can be reached from the lists, as it was sent, but for paths that begin with one of `without`; single
/// events up to `head`.
pub async fn every_answer(person: &Person, head: u64, without: &[&str]) -> BTreeMap<String, (StatusCode, Vec<u8>)> {
    let spec = person.get("/openapi.json").await.expect(StatusCode::OK);
    let mut paths: Vec<String> = spec["paths"]
        .as_object()
        .unwrap()
        .iter()
        .filter(|(path, operations)| path.starts_with("/v1/") && operations["get"].is_object())
        .map(|(path, _)| path.clone())
        .collect();
    // The stream says what the list of events says, the webhook's handshake is the provider's, and `meta` tells the time.
    paths.retain(|path| {
        !["/v1/event-stream", "/v1/live/sse", "/v1/inbound/whatsapp", "/v1/meta"].contains(&path.as_str())
    });
    paths.retain(|path| !without.iter().any(|start| path.starts_with(start)));
    let mut ids: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    ids.entry("{pos}".to_owned()).or_default().extend((1..=head).map(|pos| pos.to_string()));
    let (mut waiting, mut found): (VecDeque<String>, _) = (VecDeque::new(), BTreeMap::new());
    loop {
        for path in &paths {
            let Some(open) = path.find('{') else {
                waiting.push_back(path.clone());
                continue;
            };
            let name = &path[open..=path.find('}').unwrap()];
            for id in ids.get(name).into_iter().flatten() {
                waiting.push_back(path.replacen(name, id, 1));
            }
        }
        waiting.retain(|path| !path.contains('{') && !found.contains_key(path));
        if waiting.is_empty() {
            return found;
        }
        for path in waiting.drain(..) {
            let asked = if path == "/v1/events" { format!("{path}?limit=1000") } else { path.clone() };
            let answer = person.request(Method::GET, &asked).send().await.unwrap();
            let status = answer.status();
            let body = answer.bytes().await.unwrap().to_vec();
            if let Ok(json) = serde_json::from_slice::<Value>(&body) {
                note_ids(&json, &mut ids);
            }
            found.insert(path, (status, body));
        }
    }
}

/// Ids by the parameter they belong to: `conv_…` goes into `{conversation_id}`.
fn note_ids(json: &Value, ids: &mut BTreeMap<String, BTreeSet<String>>) {
    const PARAMETERS: [(&str, &str); 11] = [
        ("conv_", "{conversation_id}"),
        ("msg_", "{message_id}"),
        ("con_", "{contact_id}"),
        ("media_", "{media_id}"),
        ("chan_", "{channel_id}"),
        ("usr_", "{user_id}"),
        ("team_", "{team_id}"),
        ("role_", "{role_id}"),
        ("quar_", "{quarantine_id}"),
        ("brand_", "{brand_id}"),
        ("note_", "{note_id}"),
    ];
    match json {
        Value::String(text) => {
            let known = PARAMETERS.iter().find(|(prefix, _)| text.starts_with(prefix));
            if let Some((_, parameter)) = known.filter(|(prefix, _)| text.len() == prefix.len() + 26) {
                ids.entry((*parameter).to_owned()).or_default().insert(text.clone());
            }
        }
        Value::Array(items) => items.iter().for_each(|item| note_ids(item, ids)),
        Value::Object(fields) => fields.values().for_each(|item| note_ids(item, ids)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
