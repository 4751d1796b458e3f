//! What an Operator sees: their own conversations, and nothing that tells of others.

use serde_json::json;

use crate::desk::Served;

#[tokio::test]
async fn what_is_not_theirs_does_not_exist_for_an_operator() {
    let served = Served::start().await;
    let admin = served.admin().await;
    served.connect(&admin).await;
    let operator = served.member(&admin, "olga", "operator").await;
    let hidden = served.customer_writes(&admin, "4915112345678", "hidden").await;
    let own = served.customer_writes(&admin, "4915187654321", "own").await;
    let at = |row: &serde_json::Value, rest: &str| format!("/v1/conversations/{}{rest}", row["id"].as_str().unwrap());
    admin.put(&at(&own, "/assignment"), json!({"assignee_id": operator.user_id})).await.expect(200);
    let absent = "/v1/conversations/conv_00000000000000000000000001";
    let nothing = operator.get(absent).await.refused(404, "not-found");
    for rest in ["", "/messages", "/notes", "/timeline"] {
        let mut problem = operator.get(&at(&hidden, rest)).await.refused(404, "not-found");
        problem["instance"] = nothing["instance"].clone();
        assert_eq!(problem, nothing, "{rest}");
        operator.get(&at(&own, rest)).await.expect(200);
    }
    let message = hidden["last_message"]["id"].as_str().unwrap();
    operator.get(&format!("/v1/messages/{message}")).await.refused(404, "not-found");
    operator.put(&at(&hidden, "/status"), json!({"status": "resolved"})).await.refused(404, "not-found");
    operator.post(&at(&hidden, "/claim"), json!({})).await.refused(404, "not-found");
    operator.post(&at(&hidden, "/notes"), json!({"body": "x"})).await.refused(404, "not-found");
    operator
        .say(hidden["id"].as_str().unwrap(), "k", json!({"type": "text", "text": {"body": "x"}}))
        .await
        .refused(404, "not-found");
    let list = operator.get("/v1/conversations").await.expect(200);
    assert_eq!(list["data"].as_array().unwrap().iter().map(|row| &row["id"]).collect::<Vec<_>>(), [&own["id"]]);
    let counts = operator.get("/v1/conversation-counts").await.expect(200);
    assert_eq!((&counts["all"]["total"], &counts["unassigned"]["total"]), (&json!(1), &json!(0)));
    // Visible and not theirs to do is another thing.
    operator.put(&at(&own, "/priority"), json!({"priority": "high"})).await.refused(403, "forbidden");
}
