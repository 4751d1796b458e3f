//! A client's state as the frames make it, and what must hold of every frame. The few rules here are all a client needs.

use std::collections::BTreeMap;

use serde_json::Value;

/// What a client has before it.
#[derive(Debug, Default)]
pub(crate) struct Mirror {
    /// Log and position it stands at; `None` before the first `ready`.
    pub(crate) cursor: Option<(String, u64)>,
    pub(crate) conversations: BTreeMap<String, Value>,
    /// Messages and notes of open conversations, by id.
    pub(crate) entries: BTreeMap<String, Value>,
    pub(crate) counts: Option<Value>,
    pub(crate) signals: BTreeMap<String, Value>,
    pub(crate) notifications: BTreeMap<String, Value>,
    pub(crate) resets: Vec<String>,
    /// Parts of a snapshot are still to come.
    partial: bool,
    applied: BTreeMap<String, u64>,
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}")).to_owned()
}

fn number(value: &Value) -> u64 {
    value.as_u64().unwrap_or_else(|| panic!("no number: {value}"))
}

impl Mirror {
    pub(crate) fn pos(&self) -> u64 {
        self.cursor.as_ref().map_or(0, |(_, pos)| *pos)
    }

    /// Whether the snapshot it began with is complete.
    pub(crate) fn is_whole(&self) -> bool {
        !self.partial
    }

    /// Takes a frame. Panics where it breaks the chain.
    pub(crate) fn take(&mut self, frame: &Value) {
        match text(&frame["type"]).as_str() {
            "ready" => {
                if frame["mode"] == "snapshot" {
                    let resets = std::mem::take(&mut self.resets);
                    *self = Self { resets, partial: true, ..Self::default() };
                }
                self.cursor = Some((text(&frame["log_id"]), number(&frame["pos"])));
            }
            "snapshot" => {
                self.partial &= frame["last"] != true;
                self.snapshot(frame);
            }
            "batch" => self.batch(frame),
            "signals" if frame["presence"].is_null() => {
                self.signals.insert(text(&frame["conversation_id"]), frame["agents"].clone());
            }
            "reset" => self.resets.push(text(&frame["reason"])),
            _ => {}
        }
    }

    fn snapshot(&mut self, frame: &Value) {
        let rows = || frame["data"].as_array().expect("rows").iter();
        match text(&frame["section"]).as_str() {
            "counts" => self.counts = Some(frame["data"].clone()),
            "notifications" => {
                rows().for_each(|row| drop(self.notifications.insert(text(&row["id"]), row.clone())));
            }
            section if section.starts_with("conversations:") => {
                assert_eq!(number(&frame["pos"]), self.pos(), "a snapshot is of where ready said");
                rows().for_each(|row| drop(self.conversations.insert(text(&row["id"]), row.clone())));
            }
            _ => {}
        }
    }

    fn batch(&mut self, frame: &Value) {
        let (prev, pos) = (number(&frame["prev"]), number(&frame["pos"]));
        assert_eq!(prev, self.pos(), "a batch begins where the client stands");
        let mut last = prev;
        for item in frame["items"].as_array().expect("items") {
            let at = number(&item["pos"]);
            assert!(at > prev && at >= last && at <= pos, "{at} lies in ({prev}, {pos}] and in order");
            last = at;
            self.item(item, at);
        }
        self.cursor.as_mut().expect("ready came first").1 = pos;
    }

    fn item(&mut self, item: &Value, pos: u64) {
        match text(&item["kind"]).as_str() {
            "event" => {
                let event = &item["event"];
                for entry in [&event["data"]["message"], &event["data"]["note"]] {
                    if entry.is_object() {
                        self.entry(entry);
                    }
                }
                let told = &event["data"]["notification"];
                if told.is_object() {
                    self.notifications.insert(text(&told["id"]), told.clone());
                }
                if event["conversation"].is_object() {
                    self.upsert(&event["conversation"], pos);
                }
            }
            "enter" => {
                assert_eq!(item["id"], item["snapshot"]["id"]);
                self.upsert(&item["snapshot"], pos);
            }
            "leave" => {
                let id = text(&item["id"]);
                self.conversations.remove(&id);
                self.entries.retain(|_, entry| entry["conversation_id"] != item["id"]);
                self.applied.insert(id, pos);
            }
            other => panic!("an unknown kind of item: {other}"),
        }
    }

    fn entry(&mut self, entry: &Value) {
        let id = text(&entry["id"]);
        let newer = self.entries.get(&id).is_none_or(|known| number(&known["version"]) <= number(&entry["version"]));
        if newer {
            self.entries.insert(id, entry.clone());
        }
    }

    fn upsert(&mut self, row: &Value, pos: u64) {
        let id = text(&row["id"]);
        let applied = self.applied.entry(id.clone()).or_default();
        if pos >= *applied {
            *applied = pos;
            self.conversations.insert(id, row.clone());
        }
    }
}
