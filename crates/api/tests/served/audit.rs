//! What auditors are told, and what each reader of the audit log sees.

use api::denials::WRITTEN_PER_MINUTE;
use reqwest::Method;
use serde_json::{Value, json};

use crate::desk::{Client, EMAIL, Served};

async fn entries(client: &Client, query: &str) -> Vec<Value> {
    client.get(&format!("/v1/audit-log?limit=200{query}")).await.expect(200)["data"].as_array().expect("rows").clone()
}

fn actions(entries: &[Value]) -> Vec<&str> {
    entries.iter().map(|entry| entry["action"].as_str().expect("a word")).collect()
}

#[tokio::test]
async fn who_got_in_what_they_changed_and_what_was_refused_is_told_newest_first() {
    let served = Served::start().await;
    let root = served.admin().await;
    let wrong = json!({"email": EMAIL, "password": "wrong wrong wrong"});
    served.anonymous(Method::POST, "/v1/auth/login", Some(wrong)).await.refused(401, "unauthenticated");
    // It is written down beside the answer, so that its time does not tell whether there is such an account.
    let written = async {
        while !actions(&entries(&root, "").await).contains(&"sign_in_failed") {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(10), written).await.expect("it is written down");
    let ada = served.member(&root, "ada", "admin").await;
    let role = format!("/v1/users/{}/role", root.user_id);
    ada.put(&role, json!({"role": "agent"})).await.refused(403, "role-protected");
    root.put(&format!("/v1/users/{}/role", ada.user_id), json!({"role": "agent"})).await.expect(200);
    root.post("/v1/brands", json!({"name": "North"})).await.expect(201);
    let all = entries(&root, "").await;
    let expected = [
        "configuration_changed",
        "access_changed",
        "access_denied",
        "signed_in",
        "account_changed",
        "sign_in_failed",
        "signed_in",
    ];
    assert_eq!(actions(&all)[..7], expected);
    let denied = &all[2];
    assert_eq!((&denied["outcome"], &denied["actor"]["id"]), (&json!("denied"), &json!(ada.user_id)));
    assert_eq!((&denied["target_id"], &denied["actor"]["name"]), (&json!(root.user_id), &json!("ada")));
    assert_eq!(denied["details"]["operation"], "set_user_role");
    assert_eq!(denied["details"]["code"], "role-protected");
    assert_eq!(all[5]["address"], "127.0.0.1");
    assert_eq!(all[1]["details"]["role"], "agent");
    let text = serde_json::to_string(&all).unwrap();
    assert!(!text.contains("hash") && !text.contains("argon2"), "no secret and no hash: {text}");
}

#[tokio::test]
async fn filters_narrow_and_pages_join_without_a_gap() {
    let served = Served::start().await;
    let root = served.admin().await;
    let ada = served.member(&root, "ada", "admin").await;
    for name in ["North", "South", "East"] {
        root.post("/v1/brands", json!({"name": name})).await.expect(201);
    }
    let all = entries(&root, "").await;
    let mut paged: Vec<Value> = Vec::new();
    let mut path = "/v1/audit-log?limit=2".to_owned();
    loop {
        let page = root.get(&path).await.expect(200);
        paged.extend(page["data"].as_array().unwrap().clone());
        let Some(cursor) = page["page"]["next_cursor"].as_str() else { break };
        path = format!("/v1/audit-log?limit=2&cursor={cursor}");
    }
    assert_eq!(paged, all);
    assert_eq!(actions(&entries(&root, &format!("&actor_id={}", ada.user_id)).await), ["signed_in"]);
    assert_eq!(entries(&root, &format!("&target_id={}", ada.user_id)).await.len(), 1);
    let configured = entries(&root, "&action=configuration_changed,access_denied").await;
    assert!(configured.iter().all(|entry| entry["action"] == "configuration_changed") && configured.len() >= 3);
    // By position and by time: from is in it, to is not.
    let (third, first) = (&all[2], &all[0]);
    let (from, to) = (third["pos"].as_u64().unwrap(), first["pos"].as_u64().unwrap());
    assert_eq!(entries(&root, &format!("&from={from}&to={to}")).await, all[1..3]);
    let since = third["at"].as_str().unwrap();
    let recent = entries(&root, &format!("&from={since}")).await;
    assert!(recent.len() >= 3 && recent.iter().all(|entry| entry["at"].as_str().unwrap() >= since));
    assert!(entries(&root, "&to=2020-01-01T00:00:00Z").await.is_empty());
    root.get("/v1/audit-log?from=yesterday").await.refused(400, "invalid-parameter");
    let cursor =
        root.get("/v1/audit-log?limit=2").await.expect(200)["page"]["next_cursor"].as_str().unwrap().to_owned();
    ada.get(&format!("/v1/audit-log?limit=2&cursor={cursor}")).await.refused(400, "cursor-invalid");
}

#[tokio::test]
async fn admins_see_no_bills_and_no_super_admins_account_and_others_their_own_actions() {
    let served = Served::start().await;
    let root = served.admin().await;
    let ada = served.member(&root, "ada", "admin").await;
    let ben = served.member(&root, "ben", "agent").await;
    let billing = root.request(Method::PATCH, "/v1/billing").header("if-match", "\"v0\"").json(&json!({"seats": 9}));
    Served::send(billing).await.expect(200);
    root.post("/v1/brands", json!({"name": "North"})).await.expect(201);
    ben.post("/v1/brands", json!({"name": "Mine"})).await.refused(403, "forbidden");
    assert!(actions(&entries(&root, "").await).contains(&"billing_changed"));
    let seen = entries(&ada, "").await;
    assert!(!actions(&seen).contains(&"billing_changed"));
    let security =
        ["signed_in", "sign_in_failed", "session_ended", "account_changed", "access_changed", "access_denied"];
    let of_root =
        |entry: &&Value| entry["actor"]["id"] == json!(root.user_id) || entry["target_id"] == json!(root.user_id);
    let told: Vec<_> = seen.iter().filter(of_root).map(|entry| entry["action"].as_str().unwrap()).collect();
    assert!(told.iter().all(|action| !security.contains(action)), "{told:?}");
    assert!(told.contains(&"configuration_changed"));
    assert!(actions(&seen).contains(&"access_denied"), "what an agent was refused is an admin's business");
    assert_eq!(actions(&entries(&ben, "").await), ["access_denied", "signed_in"]);
    assert!(entries(&ben, &format!("&actor_id={}", root.user_id)).await.is_empty());
}

#[tokio::test]
async fn the_file_is_safe_in_a_spreadsheet_and_making_it_is_told() {
    let served = Served::start().await;
    let root = served.admin().await;
    let eve = served.member(&root, "=HYPERLINK(1)", "agent").await;
    eve.post("/v1/brands", json!({"name": "x"})).await.refused(403, "forbidden");
    let file = Served::send(root.request(Method::GET, "/v1/audit-log").header("accept", "text/csv")).await;
    assert_eq!(file.status, 200);
    assert!(file.header("content-type").starts_with("text/csv"));
    assert_eq!(file.header("content-disposition"), "attachment; filename=\"audit-log.csv\"");
    let Value::String(text) = &file.body else { panic!("a text: {}", file.body) };
    assert!(text.starts_with("\"pos\",\"at\",\"action\""));
    assert!(text.contains("\"'=HYPERLINK(1)\"") && !text.contains("\"=HYPERLINK"), "{text}");
    let rows = text.lines().count() as u64 - 1;
    let exported = entries(&root, "&action=data_exported").await;
    assert_eq!(exported[0]["details"]["count"], rows.to_string());
    let short = root.get("/v1/audit-log?format=csv&limit=1").await;
    let Value::String(text) = &short.body else { panic!("a text: {}", short.body) };
    assert_eq!(text.lines().count(), 2);
    let next =
        root.get(&format!("/v1/audit-log?format=csv&limit=1&cursor={}", short.header("frontdesk-next-cursor"))).await;
    assert_ne!(next.body, short.body);
}

#[tokio::test]
async fn every_refused_write_is_told_and_reads_are_not() {
    let served = Served::start().await;
    let root = served.admin().await;
    served.connect(&root).await;
    let row = served.customer_writes(&root, "4915112345678", "hello").await;
    let olga = served.member(&root, "olga", "operator").await;
    let hidden = format!("/v1/conversations/{}", row["id"].as_str().unwrap());
    let absent = "/v1/conversations/conv_00000000000000000000000001";
    let denials = || async { entries(&root, &format!("&action=access_denied&actor_id={}", olga.user_id)).await };
    olga.get(&hidden).await.refused(404, "not-found");
    olga.get("/v1/events").await.refused(403, "forbidden");
    assert!(denials().await.is_empty(), "a read");
    // Hidden and absent are answered, and told, alike.
    for path in [hidden.as_str(), absent] {
        olga.post(&format!("{path}/claim"), json!({})).await.refused(404, "not-found");
    }
    let told = denials().await;
    let codes: Vec<_> = told.iter().map(|entry| entry["details"]["code"].as_str().unwrap()).collect();
    assert_eq!(codes, ["not-found", "not-found"]);
    assert_eq!(told[1]["target_id"], row["id"]);
    // By the table's row, before the request is read, and by the desk, after.
    olga.post("/v1/users", json!({"nonsense": true})).await.refused(403, "forbidden");
    olga.put(&format!("/v1/users/{}/role", root.user_id), json!({"role": "agent"})).await.refused(403, "forbidden");
    olga.delete(&format!("/v1/users/{}/deactivation", root.user_id)).await.refused(403, "forbidden");
    assert_eq!(denials().await.len(), 5);
    // What is wrong in itself is no denial.
    olga.put("/v1/me/password", json!({"current_password": 1})).await.refused(400, "invalid-body");
    assert_eq!(denials().await.len(), 5);
}

#[tokio::test]
async fn somebody_refused_all_the_time_fills_no_log() {
    let served = Served::start().await;
    let root = served.admin().await;
    let ben = served.member(&root, "ben", "agent").await;
    for _ in 0..WRITTEN_PER_MINUTE + 15 {
        ben.post("/v1/brands", json!({"name": "x"})).await.refused(403, "forbidden");
    }
    let written = entries(&root, "&action=access_denied").await.len();
    // A minute may have ended while they were at it.
    assert!((WRITTEN_PER_MINUTE as usize..=WRITTEN_PER_MINUTE as usize + 15).contains(&written), "{written}");
    let metrics = root.get("/metrics").await;
    let Value::String(text) = &metrics.body else { panic!("a text: {}", metrics.body) };
    assert!(text.contains("frontdesk_authz_denied_total{permission=\"channels.manage\"} 35"), "{text}");
}

#[tokio::test]
async fn reading_personal_data_in_bulk_is_told_once_for_a_run_of_pages() {
    let served = Served::start().await;
    let root = served.admin().await;
    served.connect(&root).await;
    served.customer_writes(&root, "4915112345678", "hello").await;
    let mut after = 0;
    loop {
        let page = root.get(&format!("/v1/events?limit=2&after={after}")).await.expect(200);
        if page["data"].as_array().unwrap().is_empty() {
            break;
        }
        after = page["next_after"].as_u64().unwrap();
    }
    let revealed = entries(&root, "&action=data_revealed").await;
    assert_eq!(revealed.len(), 1, "{revealed:?}");
    assert_eq!(revealed[0]["details"]["operation"], "list_events");
    assert_eq!(revealed[0]["actor"]["id"], root.user_id);
    let head = served.desk.view(|views| views.position());
    root.get("/v1/event-stream?open_personal=true").await;
    let revealed = entries(&root, "&action=data_revealed").await;
    assert_eq!(revealed.len(), 2);
    let details = &revealed[0]["details"];
    assert_eq!((&details["from_pos"], &details["to_pos"]), (&json!("1"), &json!(head.to_string())));
    assert_eq!(details["count"], head.to_string());
}
