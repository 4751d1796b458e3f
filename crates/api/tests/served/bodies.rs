//! What a body may not do: name things behind a wall, carry fields that are not its own, empty the list that scopes it.

use api::openapi::document;
use api::routes::endpoints;
use domain::access::Standing;
use reqwest::Method;
use serde_json::{Value, json};

use crate::desk::Served;
use crate::hall::{Hall, id};

/// Every id in a body that points over the wall is refused like one that names nothing, and leaves no event.
#[tokio::test]
async fn an_id_in_a_body_that_points_over_the_wall_names_nothing() {
    let hall = Hall::open().await;
    let own = hall.case(&hall.agent, Standing::Own).await;
    let hidden = hall.case(&hall.agent, Standing::OtherBrand).await;
    let file = hall.file_in(&hidden).await;
    let at = |rest: &str| format!("/v1/conversations/{}{rest}", own.conversation);
    let text = |field: &str, value: &str| json!({"type": "text", "text": {"body": "x"}, field: value});
    let image = |media: &str| json!({"type": "image", "image": {"id": media}});
    let merge = |winner: &str, loser: &str| json!({"winner_id": winner, "loser_id": loser});
    let tries: Vec<(&str, Method, String, Value, Value)> = vec![
        (
            "agent",
            Method::PUT,
            at("/assignment"),
            json!({"assignee_id": hall.stranger.user_id}),
            json!({"assignee_id": "usr_01jd8w3q5tex9bqm1d0vhkk6ws"}),
        ),
        (
            "agent",
            Method::PUT,
            at("/assignment"),
            json!({"assignee_id": null, "team_id": hall.teams[2]}),
            json!({"assignee_id": null, "team_id": "team_01jd8w3q5tex9bqm1d0vhkk6ws"}),
        ),
        (
            "admin",
            Method::PUT,
            at("/assignment"),
            json!({"assignee_id": hall.stranger.user_id}),
            json!({"assignee_id": "usr_01jd8w3q5tex9bqm1d0vhkk6ws"}),
        ),
        (
            "agent",
            Method::POST,
            at("/messages"),
            text("reply_to_id", &hidden.message),
            text("reply_to_id", "msg_01jd8w3q5tex9bqm1d0vhkk6ws"),
        ),
        ("agent", Method::POST, at("/messages"), image(&file), image("media_01jd8w3q5tex9bqm1d0vhkk6ws")),
        (
            "admin",
            Method::POST,
            "/v1/contact-merges".to_owned(),
            merge(&own.contact, &hidden.contact),
            merge(&own.contact, "con_01jd8w3q5tex9bqm1d0vhkk6ws"),
        ),
        (
            "admin",
            Method::POST,
            "/v1/teams".to_owned(),
            json!({"name": "Over", "brand_id": hall.brands[1]}),
            json!({"name": "Over", "brand_id": "brand_01jd8w3q5tex9bqm1d0vhkk6ws"}),
        ),
        (
            "admin",
            Method::PUT,
            format!("/v1/users/{}/brands", hall.agent.user_id),
            json!({"brand_ids": [hall.brands[1]]}),
            json!({"brand_ids": ["brand_01jd8w3q5tex9bqm1d0vhkk6ws"]}),
        ),
        (
            "admin",
            Method::PUT,
            format!("/v1/users/{}/teams", hall.agent.user_id),
            json!({"team_ids": [hall.teams[2]]}),
            json!({"team_ids": ["team_01jd8w3q5tex9bqm1d0vhkk6ws"]}),
        ),
    ];
    let head = async || hall.root.get("/v1/log").await.expect(200)["head_pos"].as_u64().expect("a position");
    for (n, (who, method, path, hidden, absent)) in tries.into_iter().enumerate() {
        let client = if who == "agent" { &hall.agent } else { &hall.admin };
        let before = head().await;
        let mut answers = Vec::new();
        for (turn, body) in [hidden, absent].into_iter().enumerate() {
            let request = client.request(method.clone(), &path).header("idempotency-key", format!("k{n}-{turn}"));
            let mut answer = Served::send(request.json(&body)).await;
            answer.body["instance"] = Value::Null;
            answers.push((answer.status, answer.body));
        }
        assert_eq!(answers[0], answers[1], "{who} {method} {path}");
        assert!(matches!(answers[0].0, 404 | 422), "{who} {method} {path}: {:?}", answers[0]);
        let made = hall.root.get(&format!("/v1/events?after={before}&limit=200")).await.expect(200);
        let only_denials =
            made["data"].as_array().expect("events").iter().all(|event| event["type"] == "access.denied");
        assert!(only_denials, "{who} {method} {path}: {made}");
    }
}

/// Mass assignment: whatever the body, a field that is not the operation's own is refused by name.
#[tokio::test]
async fn every_body_refuses_fields_that_are_not_its_own() {
    let served = Served::start().await;
    let root = served.admin().await;
    let contract: Value = serde_json::from_str(&document(&endpoints())).expect("JSON");
    let mut tried = 0;
    for (path, methods) in contract["paths"].as_object().expect("paths") {
        for (method, operation) in methods.as_object().expect("methods") {
            let content = operation["requestBody"]["content"].as_object();
            let json = content
                .into_iter()
                .flatten()
                .any(|(kind, body)| kind.contains("json") && body["schema"]["$ref"].is_string());
            if !json {
                continue;
            }
            let filled: Vec<_> = path
                .split('/')
                .map(|part| if part.starts_with('{') { example(part) } else { part.to_owned() })
                .collect();
            let method = Method::from_bytes(method.to_uppercase().as_bytes()).expect("a method");
            let body = json!({
                "is_system": true, "assigned_to": root.user_id, "created_at": "2026-01-01T00:00:00Z", "occurred_at": 1,
                "seq": 1, "owner": "me",
            });
            let request =
                root.request(method, &filled.join("/")).header("idempotency-key", "k").header("if-match", "\"v1\"");
            let answer = Served::send(request.json(&body)).await;
            let problem = answer.refused(400, "invalid-body");
            let codes: Vec<_> =
                problem["errors"].as_array().expect("errors").iter().map(|error| &error["code"]).collect();
            assert!(codes.contains(&&json!("unknown-field")), "{path}: {problem}");
            tried += 1;
        }
    }
    assert!(tried > 20, "{tried}");
}

/// An id of the right kind for a path's parameter.
fn example(part: &str) -> String {
    let name = part.trim_matches(['{', '}']);
    crate::contract::example_of(name)
}

#[tokio::test]
async fn an_empty_list_of_brands_does_not_come_to_mean_all() {
    let hall = Hall::open().await;
    let path = format!("/v1/users/{}/brands", hall.agent.user_id);
    hall.root.put(&path, json!({"brand_ids": []})).await.refused(400, "invalid-body");
    let body = json!({"name": "x", "email": "x@example.com", "role": "agent", "password": "eleven quiet lamps", "brand_ids": []});
    hall.root.post("/v1/users", body).await.refused(400, "invalid-body");
    let agent = hall.root.get(&format!("/v1/users/{}", hall.agent.user_id)).await.expect(200);
    assert_eq!(agent["brand_ids"], json!([hall.brands[0]]));
    assert_eq!(id(&agent), hall.agent.user_id);
}

/// A cursor is its asker's and its question's.
#[tokio::test]
async fn a_cursor_of_somebody_else_or_with_another_bit_is_refused() {
    let hall = Hall::open().await;
    for _ in 0..2 {
        hall.case(&hall.agent, Standing::Team).await;
    }
    let page = hall.agent.get("/v1/conversations?limit=1").await.expect(200);
    let cursor = page["page"]["next_cursor"].as_str().expect("a cursor").to_owned();
    hall.agent.get(&format!("/v1/conversations?limit=1&cursor={cursor}")).await.expect(200);
    hall.mate.get(&format!("/v1/conversations?limit=1&cursor={cursor}")).await.refused(400, "cursor-invalid");
    let mut altered = cursor.clone().into_bytes();
    altered[5] = if altered[5] == b'A' { b'B' } else { b'A' };
    let altered = String::from_utf8(altered).expect("ASCII");
    hall.agent.get(&format!("/v1/conversations?limit=1&cursor={altered}")).await.refused(400, "cursor-invalid");
    let other = format!("/v1/conversations?limit=1&view=unassigned&cursor={cursor}");
    hall.agent.get(&other).await.refused(400, "cursor-mismatch");
}
