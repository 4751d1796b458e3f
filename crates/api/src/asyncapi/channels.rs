//! Where frames travel: two addresses, what may be sent on each, and how one proves who one is.

use serde_json::{Map, Value, json};

use super::Frame;
use super::frames::Side;

pub(super) fn servers() -> Value {
    let host = json!({"host": {"default": "127.0.0.1:8080", "description": "Where this server listens."}});
    let security = json!([{"$ref": "#/components/securitySchemes/access_token"}]);
    json!({
        "websocket": {
            "host": "{host}", "protocol": "ws", "variables": host, "security": security,
            "description": "`wss` behind a TLS proxy. A browser cannot send `Authorization` here: it gives its token in `hello`.",
        },
        "http": {
            "host": "{host}", "protocol": "http", "variables": host, "security": security,
            "description": "`https` behind a TLS proxy.",
        },
    })
}

pub(super) fn security_schemes() -> Value {
    json!({
        "access_token": {
            "type": "http", "scheme": "bearer", "bearerFormat": "JWT",
            "description": "The access token of `POST /v1/auth/login`, or an API key; never in the URL.",
        },
        "ticket": {
            "type": "httpApiKey", "name": "ticket", "in": "query",
            "description": "One of `POST /v1/live/tickets`, for an `EventSource`, which cannot send headers. It serves once and \
                            not for long.",
        },
    })
}

const LIVE: &str = "\
A WebSocket with the subprotocol `frontdesk.v1`. Each frame is a text frame that holds one JSON object; `type` says which.

The first is the client's `hello`, within five seconds. It proves who speaks by an access token, an API key or a ticket, unless \
the upgrade came with `Authorization`. `ready` answers it, after a `reset` where the place in `resume` cannot be resumed.

A frame that fits no schema is answered by a `reply` that says so; the third closes the connection.";

const SSE: &str = "\
The same stream as server-sent events, where a WebSocket does not get through. It needs no `hello`; what that would say, and a \
ticket, stand in the query, as `/openapi.json` describes. Signals go up by `POST /v1/live/signals`.

`event:` is the frame's type and `data:` the frame on one line. `ready` and `batch` have an `id:`, `<log_id>:<pos>`, so that \
`Last-Event-ID` is the place to resume from:

```
event: batch
id: 5b0c7d1e9f3a48d2a6c4e8b17f20d935:8824
data: {\"type\":\"batch\",\"prev\":8820,\"pos\":8824,\"items\":[]}
```

A browser's `EventSource` comes back to the same URL, whose ticket is used by then: on `error` take a new ticket, and pass \
`resume=<log_id>:<pos>`. Reading the body of a `fetch` with `Authorization` needs no ticket.";

pub(super) fn channels(frames: &[Frame]) -> Value {
    let messages = |only: &dyn Fn(&Frame) -> bool| -> Map<String, Value> {
        let component = |name: &str| json!({"$ref": format!("#/components/messages/{name}")});
        frames.iter().filter(|frame| only(frame)).map(|frame| (frame.name.to_owned(), component(frame.name))).collect()
    };
    json!({
        "live": {
            "address": "/v1/live",
            "title": "WebSocket",
            "summary": "The live stream, both ways.",
            "description": LIVE,
            "servers": [{"$ref": "#/servers/websocket"}],
            "messages": messages(&|_| true),
            "bindings": {"ws": {
                "bindingVersion": "0.1.0",
                "method": "GET",
                "headers": {"type": "object", "properties": {
                    "Sec-WebSocket-Protocol": {"type": "string", "const": "frontdesk.v1"},
                }},
            }},
        },
        "sse": {
            "address": "/v1/live/sse",
            "title": "Server-sent events",
            "summary": "The live stream, one way.",
            "description": SSE,
            "servers": [{"$ref": "#/servers/http"}],
            "messages": messages(&comes_by_sse),
        },
    })
}

/// Nothing is asked there, so nothing is answered.
fn comes_by_sse(frame: &Frame) -> bool {
    frame.side == Side::Server && frame.name != "reply"
}

/// One for each frame of the client, with its answers, and one for each frame that comes by itself.
pub(super) fn operations(frames: &[Frame]) -> Value {
    let channel = |name: &str| json!({"$ref": format!("#/channels/{name}")});
    let message = |channel: &str, name: &str| json!({"$ref": format!("#/channels/{channel}/messages/{name}")});
    let mut operations = Map::new();
    for frame in frames {
        let name = frame.name;
        let mut operation = json!({
            "title": name, "summary": frame.summary, "channel": channel("live"), "messages": [message("live", name)],
        });
        let verb = match frame.side {
            Side::Client => {
                let answers: Vec<_> = frame.answers.iter().map(|answer| message("live", answer)).collect();
                operation["reply"] = json!({"channel": channel("live"), "messages": answers});
                "receive"
            }
            Side::Server if name == "reply" => continue,
            Side::Server => "send",
        };
        operation["action"] = verb.into();
        operations.insert(format!("{verb}_{name}"), operation);
    }
    let told: Vec<_> =
        frames.iter().filter(|frame| comes_by_sse(frame)).map(|frame| message("sse", frame.name)).collect();
    operations.insert(
        "send_events".to_owned(),
        json!({
            "action": "send", "title": "events", "summary": "Every frame, as an event.", "channel": channel("sse"),
            "messages": told,
            "security": [
                {"$ref": "#/components/securitySchemes/access_token"}, {"$ref": "#/components/securitySchemes/ticket"},
            ],
            "bindings": {"http": {"bindingVersion": "0.3.0", "method": "GET"}},
        }),
    );
    Value::Object(operations)
}
