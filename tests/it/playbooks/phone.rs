//! A customer's phone: what they write and tap, and what they see.

use serde_json::Value;
use testkit::whatsapp::{Customer, Profile};

use super::stage::{NUMBER, Stage};
use crate::support::eventually;

/// See the module.
pub(super) struct Phone<'s> {
    stage: &'s Stage,
    customer: Customer,
    digits: String,
}

impl<'s> Phone<'s> {
    pub(super) fn new(stage: &'s Stage, phone: &str, name: &str) -> Self {
        let profile = Profile::new(phone, name);
        let digits = profile.phone.clone();
        Self { stage, customer: stage.whatsapp.customer(profile, NUMBER), digits }
    }

    pub(super) fn writes(&self, text: &str) {
        self.customer.says(text);
    }

    /// Everything that arrived, oldest first, as it is read on the screen.
    pub(super) fn screen(&self) -> Vec<String> {
        self.messages().iter().map(|(_, content)| read(content)).collect()
    }

    /// Waits until a message with these words arrives, and gives all it says.
    pub(super) async fn sees(&self, words: &str) -> String {
        eventually(&format!("{words:?} on the phone, which shows {:?}", self.screen()), || async {
            self.screen().into_iter().rev().find(|text| text.contains(words))
        })
        .await
    }

    /// Taps a button, or picks a row, of the newest message that has one of this title.
    pub(super) async fn taps(&self, title: &str) {
        let (message, id, list) = eventually(&format!("something called {title:?} to tap"), || async {
            let messages = self.messages();
            messages.iter().rev().find_map(|(message, content)| {
                let (id, list) = tappable(content)
                    .into_iter()
                    .find(|(_, named, _)| named == title)
                    .map(|(id, _, list)| (id, list))?;
                Some((message.clone(), id, list))
            })
        })
        .await;
        if list {
            self.customer.picks(&message, &id, title);
        } else {
            self.customer.taps(&message, &id, title);
        }
    }

    fn messages(&self) -> Vec<(String, Value)> {
        let delivered = self.stage.whatsapp.ledger().delivered_to(&self.digits);
        delivered.into_iter().map(|message| (message.message_id, message.content)).collect()
    }
}

/// What a message says, with its buttons in brackets; of a template, its name and the values in it.
fn read(content: &Value) -> String {
    let text = |pointer: &str| content.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
    let mut shown = match content["type"].as_str().unwrap_or_default() {
        "text" => text("/text/body"),
        "interactive" => text("/interactive/body/text"),
        "template" => {
            let values = content.pointer("/template/components").map(Value::to_string).unwrap_or_default();
            format!("<{}> {values}", text("/template/name"))
        }
        other => format!("<{other}>"),
    };
    for (_, title, _) in tappable(content) {
        shown.push_str(&format!(" [{title}]"));
    }
    shown
}

/// The id and title of each button or row, and whether it is a row.
fn tappable(content: &Value) -> Vec<(String, String, bool)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let action = &content["interactive"]["action"];
    let buttons = action["buttons"].as_array().into_iter().flatten();
    let buttons = buttons.map(|button| (text(&button["reply"]["id"]), text(&button["reply"]["title"]), false));
    let sections = action["sections"].as_array().into_iter().flatten();
    let rows = sections.flat_map(|section| section["rows"].as_array().into_iter().flatten());
    buttons.chain(rows.map(|row| (text(&row["id"]), text(&row["title"]), true))).collect()
}
