//! The inbox: who has what, in which state, in which order.

use reqwest::Method;
use serde_json::{Value, json};

use crate::desk::Served;

fn id(value: &Value) -> &str {
    value["id"].as_str().expect("an id")
}

#[tokio::test]
async fn of_two_who_claim_one_wins_and_the_other_is_told_who() {
    let served = Served::start().await;
    let admin = served.admin().await;
    served.connect(&admin).await;
    let (ben, cleo) = (served.member(&admin, "ben", "agent").await, served.member(&admin, "cleo", "agent").await);
    let row = served.customer_writes(&admin, "4915112345678", "hello").await;
    let claim = format!("/v1/conversations/{}/claim", id(&row));
    let (one, other) = tokio::join!(ben.post(&claim, json!({})), cleo.post(&claim, json!({})));
    let (won, lost) = if one.status == 200 { (one, other) } else { (other, one) };
    let owner = won.expect(200)["assignee"]["id"].clone();
    let problem = lost.refused(409, "already-assigned");
    assert_eq!(problem["assignee_id"], owner);
    let mine = if owner == ben.user_id { &ben } else { &cleo };
    assert_eq!(mine.get("/v1/conversations?view=mine").await.expect(200)["data"][0]["id"], row["id"]);
    assert_eq!(mine.get("/v1/conversations?view=unassigned").await.expect(200)["data"], json!([]));
    // Claiming what one has already is no conflict.
    mine.post(&claim, json!({})).await.expect(200);
}

#[tokio::test]
async fn assignment_is_compared_before_it_is_set() {
    let served = Served::start().await;
    let admin = served.admin().await;
    served.connect(&admin).await;
    let ben = served.member(&admin, "ben", "agent").await;
    let row = served.customer_writes(&admin, "4915112345678", "hello").await;
    let path = format!("/v1/conversations/{}/assignment", id(&row));
    let to_ben = admin.put(&path, json!({"assignee_id": ben.user_id, "expected_assignee_id": null})).await.expect(200);
    assert_eq!(to_ben["assignee"], json!({"id": ben.user_id, "name": "ben"}));
    let stale = json!({"assignee_id": admin.user_id, "expected_assignee_id": null});
    admin.put(&path, stale).await.refused(409, "already-assigned");
    let nobody = json!({"assignee_id": "usr_00000000000000000000000001"});
    admin.put(&path, nobody).await.refused(422, "assignee-not-eligible");
    // An agent may not give a colleague's conversation away.
    let cleo = served.member(&admin, "cleo", "agent").await;
    cleo.put(&path, json!({"assignee_id": cleo.user_id})).await.refused(403, "forbidden");
    assert_eq!(ben.put(&path, json!({"assignee_id": null})).await.expect(200)["assignee"], Value::Null);
}

#[tokio::test]
async fn status_snooze_priority_and_tags_are_set_not_toggled() {
    let served = Served::start().await;
    let admin = served.admin().await;
    served.connect(&admin).await;
    let row = served.customer_writes(&admin, "4915112345678", "hello").await;
    let at = |rest: &str| format!("/v1/conversations/{}{rest}", id(&row));
    for _ in 0..2 {
        let body = admin.put(&at("/status"), json!({"status": "resolved", "reason": "done"})).await.expect(200);
        assert_eq!(body["status"], "resolved");
        assert_eq!(body["waiting_since"], Value::Null);
    }
    admin.put(&at("/status"), json!({"status": "pending"})).await.refused(409, "invalid-transition");
    let body = admin.put(&at("/status"), json!({"status": "open"})).await.expect(200);
    assert_eq!((&body["status"], &body["episode"]), (&json!("open"), &json!(2)));
    let until = "2027-01-01T00:00:00.000Z";
    let body = admin.put(&at("/snooze"), json!({"until": until})).await.expect(200);
    assert_eq!((&body["status"], &body["snoozed_until"]), (&json!("snoozed"), &json!(until)));
    admin.put(&at("/snooze"), json!({"until": "2020-01-01T00:00:00Z"})).await.refused(422, "unprocessable");
    for _ in 0..2 {
        assert_eq!(admin.delete(&at("/snooze")).await.expect(200)["status"], "open");
    }
    assert_eq!(admin.put(&at("/priority"), json!({"priority": "high"})).await.expect(200)["priority"], "high");
    for _ in 0..2 {
        let tagged = served_put(&admin, &at("/tags/Parcel%20lost")).await;
        assert_eq!(tagged["tags"], json!(["parcel lost"]));
    }
    let found = admin.get("/v1/conversations?tag=parcel%20lost&priority=high,urgent&status=open").await.expect(200);
    assert_eq!(found["data"][0]["id"], row["id"]);
    assert_eq!(admin.delete(&at("/tags/parcel%20lost")).await.expect(200)["tags"], json!([]));
}

async fn served_put(client: &crate::desk::Client, path: &str) -> Value {
    Served::send(client.request(Method::PUT, path)).await.expect(200)
}

#[tokio::test]
async fn reading_is_each_users_own() {
    let served = Served::start().await;
    let admin = served.admin().await;
    served.connect(&admin).await;
    let ben = served.member(&admin, "ben", "agent").await;
    let row = served.customer_writes(&admin, "4915112345678", "hello").await;
    let path = format!("/v1/conversations/{}/read", id(&row));
    assert_eq!(served_put(&admin, &path).await["unread_count"], 0);
    assert_eq!(ben.get(&format!("/v1/conversations/{}", id(&row))).await.expect(200)["unread_count"], 1);
    assert_eq!(ben.get("/v1/conversation-counts").await.expect(200)["all"], json!({"total": 1, "unread": 1}));
    assert_eq!(admin.get("/v1/conversation-counts").await.expect(200)["all"], json!({"total": 1, "unread": 0}));
    assert_eq!(admin.delete(&path).await.expect(200)["unread_count"], 1);
}

#[tokio::test]
async fn pages_follow_each_other_without_gaps_and_cursors_belong_to_their_question() {
    let served = Served::start().await;
    let admin = served.admin().await;
    served.connect(&admin).await;
    for number in 0..7 {
        served.customer_writes(&admin, &format!("49151123456{number:02}"), "hello").await;
    }
    let mut seen = Vec::new();
    let mut path = "/v1/conversations?sort=waiting_since&limit=3".to_owned();
    loop {
        let page = admin.get(&path).await.expect(200);
        assert_eq!(page["page"]["limit"], 3);
        seen.extend(page["data"].as_array().unwrap().iter().map(|row| row["id"].clone()));
        let Some(cursor) = page["page"]["next_cursor"].as_str() else { break };
        path = format!("/v1/conversations?sort=waiting_since&limit=3&cursor={cursor}");
        admin.get(&format!("/v1/conversations?sort=created_at&cursor={cursor}")).await.refused(400, "cursor-mismatch");
    }
    let distinct: std::collections::BTreeSet<String> = seen.iter().map(ToString::to_string).collect();
    assert_eq!((seen.len(), distinct.len()), (7, 7));
    admin.get("/v1/conversations?cursor=AAAA").await.refused(400, "cursor-invalid");
    admin.get("/v1/conversations?limit=201").await.refused(400, "invalid-parameter");
    admin.get("/v1/conversations?view=everything").await.refused(400, "invalid-parameter");
}

#[tokio::test]
async fn entity_tags_guard_reads_and_writes() {
    let served = Served::start().await;
    let admin = served.admin().await;
    served.connect(&admin).await;
    let row = served.customer_writes(&admin, "4915112345678", "hello").await;
    let path = format!("/v1/conversations/{}", id(&row));
    let first = admin.get(&path).await;
    let etag = first.header("etag").to_owned();
    let again = Served::send(admin.request(Method::GET, &path).header("if-none-match", &etag)).await;
    assert_eq!(again.status, 304);
    admin.put(&format!("{path}/priority"), json!({"priority": "low"})).await.expect(200);
    let stale = admin.request(Method::PUT, &format!("{path}/priority")).header("if-match", &etag);
    Served::send(stale.json(&json!({"priority": "high"}))).await.refused(412, "precondition-failed");
    let changed = Served::send(admin.request(Method::GET, &path).header("if-none-match", &etag)).await;
    let fresh = changed.header("etag").to_owned();
    assert_eq!(changed.expect(200)["priority"], "low");
    let current = admin.request(Method::PUT, &format!("{path}/priority")).header("if-match", fresh);
    Served::send(current.json(&json!({"priority": "high"}))).await.expect(200);
}
