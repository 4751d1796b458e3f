//! From the server.

use serde_json::{Value, json};

use super::Example;
use super::things::{ANA, ANOTHER, CONVERSATION, KIM, LOG, MESSAGE, OLAF, TEAM, conversation, handed_over, message};

pub(super) fn ready() -> Vec<Example> {
    let ready = |mode: &str, pos: u64| {
        json!({
            "type": "ready", "id": "h1", "mode": mode, "session_id": "ses_01kar00000e008000000000009", "log_id": LOG,
            "pos": pos, "head_pos": 8820,
            "user": {
                "id": ANA, "role": "agent", "team_ids": [TEAM],
                "permissions": ["conversations.list", "conversations.read", "messages.send", "notes.add"],
                "scope_version": 8790,
            },
            "heartbeat_ms": 20_000,
            "server": {"version": "0.1.0", "time": "2026-11-22T10:30:38.123Z"},
            "limits": {"frame_bytes": 16_384, "frames_per_10s": 50, "open_max": 20, "replay_max_events": 20_000},
        })
    };
    vec![
        ("Snapshots of position 8820 follow", ready("snapshot", 8820)),
        ("What happened after position 8809 follows", ready("resumed", 8809)),
    ]
}

pub(super) fn snapshot() -> Vec<Example> {
    vec![
        (
            "The conversations that are mine",
            json!({
                "type": "snapshot", "section": "conversations:mine", "pos": 8820, "data": [handed_over()],
                "next_cursor": null, "last": false,
            }),
        ),
        ("The queues I work on, whose figures changed", queues()),
        (
            "The colleagues, and with them the last part",
            json!({
                "type": "snapshot", "section": "agents", "pos": 8820, "next_cursor": null, "last": true,
                "data": [
                    {"id": ANA, "name": "Ana", "role": "agent", "active": true, "availability": "available"},
                    {"id": OLAF, "name": "Olaf", "role": "operator", "active": true, "availability": "available"},
                ],
            }),
        ),
    ]
}

fn queues() -> Value {
    let spike = json!({
        "z_score": 7.2, "factor": 4.1,
        "what_changed": [{"dimension": "origin", "value": "reopened", "now": 19, "usual": 1.5}],
    });
    let support = json!({
        "queue_id": TEAM, "name": "Support", "brand_id": null,
        "open": 14, "pending": 3, "unassigned": 5, "with_bot": 2, "waiting": 9,
        "longest_wait_since": "2026-11-22T10:12:04.100Z", "longest_wait_seconds": 1116,
        "longest_unassigned_wait_since": "2026-11-22T10:21:30.000Z", "longest_unassigned_wait_seconds": 550,
        "at_risk": 2, "breached": 1,
        "agents": {"members": 6, "available": 3, "busy": 1, "away": 0, "offline": 2},
        "capacity": {"open": 9, "max": 24, "free": 15},
        "arrivals": {"last_5m": 6, "last_1h": 29, "usual_1h": 7.1, "spike": spike},
    });
    json!({
        "type": "snapshot", "section": "queue.stats", "pos": 8824, "data": [support], "next_cursor": null, "last": true,
    })
}

pub(super) fn batch() -> Vec<Example> {
    let received = json!({
        "kind": "event", "pos": 8821,
        "event": {
            "id": format!("{LOG}:8821"), "type": "message.received", "time": "2026-11-22T10:30:40.001Z",
            "subject": format!("conversations/{CONVERSATION}"),
            "actor": {"type": "contact", "id": KIM, "name": "Kim"}, "correlationid": null,
            "data": {
                "conversation_id": CONVERSATION, "message_id": MESSAGE, "direction": "inbound", "message_type": "text",
                "preview": "Where is my parcel?", "message": message(),
            },
            "conversation": conversation(),
        },
    });
    let leave = json!({
        "kind": "leave", "pos": 8823, "resource": "conversation", "id": "conv_01kar00000e00800000000000d",
        "reason": "reassigned",
    });
    let enter = json!({
        "kind": "enter", "pos": 8824, "resource": "conversation", "id": ANOTHER, "reason": "reassigned",
        "messages_stale": false, "snapshot": handed_over(),
    });
    vec![
        (
            "The customer wrote in an open conversation, one went to another team, one came",
            json!({"type": "batch", "prev": 8820, "pos": 8824, "items": [received, leave, enter]}),
        ),
        (
            "Nothing of what happened was yours; the connection lives",
            json!({"type": "batch", "prev": 8824, "pos": 8860, "items": []}),
        ),
    ]
}

pub(super) fn signals() -> Vec<Example> {
    vec![
        (
            "Olaf has begun an answer",
            json!({
                "type": "signals", "conversation_id": CONVERSATION, "contact_typing": false,
                "agents": [{"user_id": OLAF, "state": "replying", "since": "2026-11-22T10:30:20.000Z"}],
            }),
        ),
        (
            "Olaf is connected, on two devices",
            json!({"type": "signals", "presence": [{"user_id": OLAF, "state": "online", "devices": 2}]}),
        ),
    ]
}

pub(super) fn reset() -> Vec<Example> {
    let reset = |reason: &str, detail| {
        json!({
            "type": "reset", "reason": reason, "log_id": LOG, "oldest_pos": 1, "head_pos": 8860, "detail": detail,
        })
    };
    vec![
        ("Your rights changed", reset("scope_changed", json!("at position 8859"))),
        ("The client's place is in another log: a backup was restored", reset("log_changed", json!(null))),
    ]
}

pub(super) fn reply() -> Vec<Example> {
    vec![
        (
            "The new subscription holds from 8861 on",
            json!({"type": "reply", "id": "s2", "ok": true, "effective_pos": 8861, "error": null}),
        ),
        (
            "A conversation that does not exist, or that you do not see",
            json!({
                "type": "reply", "id": "t5", "ok": false, "effective_pos": null,
                "error": {
                    "type": "/problems/not-found", "title": "Not found", "status": 404, "code": "not-found", "detail": null,
                },
            }),
        ),
    ]
}

pub(super) fn notice() -> Vec<Example> {
    vec![("The access token ends in a minute", json!({"type": "notice", "code": "token_expiring", "after_ms": 60_000}))]
}

pub(super) fn bye() -> Vec<Example> {
    let bye = |code: u16, reason: &str, again: bool, after_ms: u32| {
        json!({
            "type": "bye", "code": code, "reason": reason, "reconnect": again, "resume": again, "after_ms": after_ms,
        })
    };
    vec![
        ("The server is replaced: come back in 1.8 seconds", bye(4001, "shutdown", true, 1_830)),
        ("Stop", bye(4203, "forbidden", false, 0)),
    ]
}
