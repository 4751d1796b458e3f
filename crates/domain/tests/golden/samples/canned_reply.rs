//! Canned replies.

use domain::event::Event;
use domain::event::canned_reply::*;
use domain::ids::*;
use domain::replies::canned::CannedReply;
use domain::replies::scope::Scope;
use serde_json::json;

use super::{id, text};

pub(super) fn samples() -> Vec<Event> {
    let canned_reply_id = id::<CannedReplyId>(1);
    let reply = |scope| CannedReply {
        scope,
        shortcut: "hours".to_owned(),
        title: "Opening hours".to_owned(),
        text: "Hello {{contact.first_name|there}}, we are open from nine to five.".to_owned(),
        locale: text("en"),
        interactive: Some(json!({
            "type": "button",
            "action": {"buttons": [{"type": "reply", "reply": {"id": "thanks", "title": "Thanks"}}]},
        })),
    };
    vec![
        CannedReplyCreated { canned_reply_id, reply: reply(Scope::Personal { user_id: id(2) }) }.into(),
        CannedReplyChanged { canned_reply_id, reply: reply(Scope::Team { team_id: id(3) }) }.into(),
        CannedReplyRemoved { canned_reply_id }.into(),
        CannedReplyUsed { canned_reply_id, conversation_id: id(4), message_id: id(5) }.into(),
    ]
}
