//! Snoozes without an end, what a resolution comes to, labels of contacts.

use domain::event::queue::QueueChanged;
use domain::event::{Actor, StreamId};
use domain::queue::{QueueId, QueueSettings};
use serde_json::{Value, json};

use crate::desk::{Client, Served};

async fn begun() -> (Served, Client, Value, String) {
    let served = Served::start().await;
    let admin = served.admin().await;
    served.connect(&admin).await;
    let row = served.customer_writes(&admin, "4915112345678", "hello").await;
    let path = format!("/v1/conversations/{}", row["id"].as_str().expect("an id"));
    (served, admin, row, path)
}

/// Says how the brand's common queue is worked.
async fn queue(served: &Served, row: &Value, settings: QueueSettings) {
    let queue_id = QueueId::Common(row["brand_id"].as_str().and_then(|id| id.parse().ok()).expect("a brand"));
    let event = QueueChanged { queue_id, settings };
    let change = move |step: &mut domain::step::Step<'_>| {
        step.emit(StreamId::Queue(queue_id), event);
        Ok(())
    };
    served.desk.run(Actor::System, change).await.expect("the queue is changed");
}

#[tokio::test]
async fn a_snooze_has_an_end_or_lasts_until_the_customer_writes() {
    let (served, admin, _, path) = begun().await;
    let snooze = format!("{path}/snooze");
    let until = served.desk.now() + domain::time::Millis::hours(1);
    for neither in [json!({}), json!({"until_reply": false}), json!({"until": until.to_rfc3339(), "until_reply": true})]
    {
        assert_eq!(admin.put(&snooze, neither).await.refused(422, "unprocessable")["errors"][0]["pointer"], "/until");
    }
    let row = admin.put(&snooze, json!({"until_reply": true})).await.expect(200);
    assert_eq!((&row["status"], &row["snoozed_until"]), (&json!("snoozed"), &Value::Null));
    let row = admin.put(&snooze, json!({"until": until.to_rfc3339()})).await.expect(200);
    assert_eq!(row["snoozed_until"], until.to_rfc3339());
    admin.put(&snooze, json!({"until_reply": true})).await.expect(200);
    let row = served.customer_writes(&admin, "4915112345678", "here it is").await;
    assert_eq!(row["status"], "open");
}

#[tokio::test]
async fn a_resolution_is_called_what_its_queue_takes() {
    let (served, admin, row, path) = begun().await;
    let status = format!("{path}/status");
    let resolved = |disposition: Value| json!({"status": "resolved", "disposition": disposition});
    assert_eq!(admin.get(&path).await.expect(200)["disposition"], Value::Null);
    let early = admin.put(&status, json!({"status": "pending", "disposition": "solved"})).await;
    assert_eq!(early.refused(422, "unprocessable")["errors"][0]["pointer"], "/disposition");
    let dispositions = vec!["solved".to_owned(), "spam".to_owned()];
    queue(&served, &row, QueueSettings { dispositions, disposition_required: true, ..QueueSettings::default() }).await;
    for (body, code) in [(resolved(Value::Null), "required"), (resolved(json!("sold")), "not-allowed")] {
        let refused = admin.put(&status, body).await.refused(422, "unprocessable");
        let error = &refused["errors"][0];
        assert_eq!((&error["pointer"], &error["code"]), (&json!("/disposition"), &json!(code)));
    }
    let row = admin.put(&status, resolved(json!("solved"))).await.expect(200);
    assert_eq!((&row["status"], &row["disposition"]), (&json!("resolved"), &json!("solved")));
    let timeline = admin.get(&format!("{path}/timeline")).await.expect(200);
    let entries = timeline["data"].as_array().unwrap();
    let line = entries.iter().map(|entry| &entry["activity"]).find(|line| line["type"] == "conversation.resolved");
    assert_eq!(line.unwrap()["detail"]["disposition"], "solved");
    // It stays said while the next episode runs.
    let row = served.customer_writes(&admin, "4915112345678", "not solved").await;
    assert_eq!((&row["status"], &row["disposition"]), (&json!("open"), &json!("solved")));
}

#[tokio::test]
async fn labels_of_a_contact_are_set_one_by_one_and_go_with_an_erasure() {
    let (_served, admin, row, _) = begun().await;
    let path = format!("/v1/contacts/{}", row["contact"]["id"].as_str().unwrap());
    let set = async |attributes: Value| admin.patch(&path, json!({"attributes": attributes})).await;
    let labels = json!({"plan": "gold", "orders": 7, "vip": true, "language": "pt-BR"});
    assert_eq!(set(labels.clone()).await.expect(200)["attributes"], labels);
    let left = json!({"plan": "gold", "orders": 8, "language": "pt-BR"});
    assert_eq!(set(json!({"vip": null, "orders": 8})).await.expect(200)["attributes"], left);
    let refused = set(json!({"plan": "call Kim at home, +49 151", "Region": "x"})).await.refused(422, "unprocessable");
    let pointers: Vec<_> = refused["errors"].as_array().unwrap().iter().map(|error| &error["pointer"]).collect();
    assert_eq!(pointers, ["/attributes/Region", "/attributes/plan"]);
    // A name and labels change together or not at all.
    let both = json!({"name": "", "attributes": {"plan": "silver"}});
    assert!(matches!(admin.patch(&path, both).await.status, 400 | 422));
    assert_eq!(admin.get(&path).await.expect(200)["attributes"], left);
    let erased = admin.post(&format!("{path}/erasure"), json!({"confirm": true})).await.expect(200);
    assert_eq!(erased["attributes"], json!({}));
}
