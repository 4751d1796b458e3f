//! What is printed: frames as they came, or a line for each thing that happened. Customers write these texts, so nothing in
//! them may steer the terminal.

use std::io::{ErrorKind, Write};

use serde_json::Value;

use crate::exit::Exit;

/// Characters of a preview.
const PREVIEW_CHARS: usize = 80;

/// See the module.
pub(super) struct Printer {
    json: bool,
    signals: bool,
    closed: bool,
}

impl Printer {
    pub(super) fn new(json: bool, signals: bool) -> Self {
        Self { json, signals, closed: false }
    }

    /// Nobody reads it any more: `tail | head` ended.
    pub(super) fn is_closed(&self) -> bool {
        self.closed
    }

    /// Prints a frame, given as it came and as it was read.
    pub(super) fn print(&mut self, text: &str, frame: &Value) -> Result<(), Exit> {
        let fleeting = frame["type"] == "signals";
        if fleeting && !self.signals {
            return Ok(());
        }
        if self.json {
            return self.lines(&[text.to_owned()]);
        }
        let lines: Vec<String> = match frame["type"].as_str() {
            Some("batch") => frame["items"].as_array().into_iter().flatten().map(item).collect(),
            Some("signals") => signals(frame),
            _ => return Ok(()),
        };
        self.lines(&lines)
    }

    fn lines(&mut self, lines: &[String]) -> Result<(), Exit> {
        let mut out = std::io::stdout().lock();
        let written = lines.iter().try_for_each(|line| writeln!(out, "{line}")).and_then(|()| out.flush());
        match written {
            Err(error) if error.kind() == ErrorKind::BrokenPipe => {
                self.closed = true;
                Ok(())
            }
            other => other.map_err(Exit::io),
        }
    }
}

/// Time, type, conversation, contact, beginning of the text, who.
fn item(item: &Value) -> String {
    let of = |row: &Value| {
        let contact = row["contact"]["name"].as_str().unwrap_or("somebody");
        row["number"].as_u64().map(|number| format!("#{number} {}", tame(contact)))
    };
    let reason = item["reason"].as_str().unwrap_or_default();
    match item["kind"].as_str() {
        Some("event") => {
            let event = &item["event"];
            let mut line = format!("{} {:<28}", time(&event["time"]), tame(text(&event["type"])));
            let subject = of(&event["conversation"]).unwrap_or_else(|| tame(text(&event["subject"])));
            line.push_str(&format!(" {subject}"));
            if let Some(preview) = preview(&event["data"]) {
                line.push_str(&format!("  “{}”", tame(preview)));
            }
            let actor = &event["actor"];
            let who = actor["name"].as_str().or(actor["type"].as_str()).unwrap_or_default();
            format!("{line}  by {}", tame(who))
        }
        Some("enter") => {
            let row = &item["snapshot"];
            let subject = of(row).unwrap_or_default();
            format!("{} {:<28} {subject}  ({reason})", time(&row["last_activity_at"]), "came into sight")
        }
        _ => format!("{:<19} {:<28} {}  ({reason})", "", "went out of sight", text(&item["id"])),
    }
}

fn preview(data: &Value) -> Option<&str> {
    let whole = [&data["message"]["text"]["body"], &data["note"]["body"], &data["message_type"]];
    data["preview"].as_str().or_else(|| whole.into_iter().find_map(Value::as_str))
}

fn signals(frame: &Value) -> Vec<String> {
    let rows = |name: &str| frame[name].as_array().cloned().unwrap_or_default();
    if frame["presence"].is_array() {
        let line = |one: &Value| format!("{:<19} {:<28} {}", "", text(&one["state"]), text(&one["user_id"]));
        return rows("presence").iter().map(line).collect();
    }
    let room = text(&frame["conversation_id"]);
    let agents = rows("agents");
    if agents.is_empty() {
        return vec![format!("{:<19} {:<28} {room}", "", "nobody any more")];
    }
    let line = |one: &Value| format!("{:<19} {:<28} {room}  by {}", "", text(&one["state"]), text(&one["user_id"]));
    agents.iter().map(line).collect()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// `2026-11-22 10:30:40`, in UTC as everything here.
fn time(value: &Value) -> String {
    text(value).chars().take(19).map(|c| if c == 'T' { ' ' } else { c }).collect()
}

/// On one line, without control characters and without what turns the direction of writing for the rest of the line.
fn tame(text: &str) -> String {
    let steers = |c: char| c.is_control() || matches!(c, '\u{2028}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
    let mut tame: String = text.chars().take(PREVIEW_CHARS).map(|c| if steers(c) { ' ' } else { c }).collect();
    if text.chars().nth(PREVIEW_CHARS).is_some() {
        tame.push('…');
    }
    tame
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_message_is_one_line_and_does_not_steer_the_terminal() {
        let printed = item(&json!({
            "kind": "event", "pos": 7,
            "event": {
                "time": "2026-11-22T10:30:40.001Z", "type": "message.received", "subject": "conversations/conv_1",
                "actor": { "type": "contact", "id": "con_1", "name": null },
                "data": { "preview": "Hola\n\u{1b}[2Jadiós" },
                "conversation": { "number": 12, "contact": { "name": "Lucía\u{202e}" } }
            }
        }));
        assert_eq!(
            printed,
            "2026-11-22 10:30:40 message.received             #12 Lucía   “Hola  [2Jadiós”  by contact"
        );
    }

    #[test]
    fn what_comes_and_goes_says_why() {
        let left = item(&json!({ "kind": "leave", "pos": 8, "id": "conv_7", "reason": "reassigned" }));
        assert!(left.ends_with("went out of sight            conv_7  (reassigned)"), "{left}");
    }
}
