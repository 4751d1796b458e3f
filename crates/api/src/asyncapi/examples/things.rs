//! What the examples are about.

use serde_json::{Value, json};

pub(super) const LOG: &str = "5b0c7d1e9f3a48d2a6c4e8b17f20d935";
pub(super) const ANA: &str = "usr_01kar00000e008000000000005";
pub(super) const OLAF: &str = "usr_01kar00000e00800000000000f";
pub(super) const KIM: &str = "con_01kar00000e00800000000000k";
pub(super) const CHANNEL: &str = "chan_01kar00000e008000000000003";
pub(super) const BRAND: &str = "brand_01kar00000e008000000000001";
pub(super) const TEAM: &str = "team_01kar00000e00800000000000e";
pub(super) const CONVERSATION: &str = "conv_01kar00000e00800000000000b";
pub(super) const ANOTHER: &str = "conv_01kar00000e00800000000000c";
pub(super) const MESSAGE: &str = "msg_01kar00000e00800000000000m";
pub(super) const TOKEN: &str = "eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiJ1c3JfMDFrYXIifQ.c2lnbmF0dXJl";

/// Kim's conversation, Ana's, after Kim wrote.
pub(super) fn conversation() -> Value {
    json!({
        "id": CONVERSATION, "version": 18, "number": 117, "channel_id": CHANNEL, "brand_id": BRAND,
        "contact": {"id": KIM, "name": "Kim"},
        "status": "open", "snoozed_until": null, "priority": "normal",
        "assignee": {"id": ANA, "name": "Ana"}, "team_id": TEAM, "tags": ["delivery"],
        "unread_count": 1, "mentions_unread": 0, "episode": 1,
        "created_at": "2026-11-22T10:02:11.000Z", "last_activity_at": "2026-11-22T10:30:40.001Z",
        "waiting_since": "2026-11-22T10:30:40.001Z", "first_response_at": "2026-11-22T10:04:57.310Z",
        "resolved_at": null, "disposition": null, "courtesy_after_resolve": false,
        "service_window": {"open": true, "expires_at": "2026-11-23T10:30:40.001Z"},
        "sla": {
            "policy_id": "sla_01kar00000e00800000000000p", "state": "at_risk", "due_at": "2026-11-22T10:35:40.001Z",
            "first_response": null,
            "next_response": {"due_at": "2026-11-22T10:35:40.001Z", "state": "at_risk"},
            "resolution": {"due_at": "2026-11-23T10:02:11.000Z", "state": "ok"},
        },
        "csat": null, "origin": "inbound", "campaign_id": null,
        "bot": {"active": false, "handoff_at": null, "question_id": null, "question_expires_at": null},
        "last_message": {
            "id": MESSAGE, "pos": 8821, "direction": "inbound", "type": "text", "preview": "Where is my parcel?",
            "created_at": "2026-11-22T10:30:40.001Z",
        },
    })
}

/// Another one that Olaf handed over to Ana.
pub(super) fn handed_over() -> Value {
    let mut row = conversation();
    row["id"] = ANOTHER.into();
    row["version"] = 5.into();
    row["number"] = 121.into();
    row["contact"] = json!({"id": "con_01kar00000e00800000000000n", "name": null});
    row["tags"] = json!([]);
    row["unread_count"] = 0.into();
    row["waiting_since"] = Value::Null;
    row["sla"] = Value::Null;
    row["last_message"] = Value::Null;
    row
}

/// What Kim wrote.
pub(super) fn message() -> Value {
    json!({
        "id": MESSAGE, "version": 1, "conversation_id": CONVERSATION, "pos": 8821, "direction": "inbound",
        "author": {"type": "contact", "id": KIM, "name": "Kim"},
        "type": "text", "text": {"body": "Where is my parcel?"},
        "status": "received", "status_history": [{"status": "received", "at": "2026-11-22T10:30:40.001Z"}],
        "provider_message_id": "wamid.HBgNNDkxNTExMjM0NTY3OBUCABIYFDNBQzk2", "reply_to_id": null, "client_ref": null,
        "scheduled_at": null, "cancel_if_customer_writes": false,
        "error": null, "media": null, "reactions": [], "referral": null, "provider_errors": null,
        "imported": false, "late": false, "courtesy_after_resolve": false, "survey_id": null,
        "possible_duplicate": false,
        "created_at": "2026-11-22T10:30:40.001Z", "edited_at": null, "revoked_at": null,
    })
}
