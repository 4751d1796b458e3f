//! Customers.

use serde_json::{Value, json};

use crate::desk::{Client, Served};

async fn contact_of(served: &Served, admin: &Client, wa_id: &str) -> (Value, String) {
    let row = served.customer_writes(admin, wa_id, "hello").await;
    let id = row["contact"]["id"].as_str().expect("an id").to_owned();
    (row, format!("/v1/contacts/{id}"))
}

#[tokio::test]
async fn a_contact_is_named_by_colleagues_and_by_itself() {
    let served = Served::start().await;
    let admin = served.admin().await;
    served.connect(&admin).await;
    let (row, path) = contact_of(&served, &admin, "4915112345678").await;
    let contact = admin.get(&path).await.expect(200);
    assert_eq!(contact["profile_name"], "Customer 4915112345678");
    assert!(contact["identities"].as_array().unwrap().contains(&json!({"kind": "wa_id", "value": "4915112345678"})));
    let patch = |body: Value| Served::send(admin.request(reqwest::Method::PATCH, &path).json(&body));
    assert_eq!(patch(json!({"name": "Mrs. Okafor"})).await.expect(200)["display_name"], "Mrs. Okafor");
    let conversation = format!("/v1/conversations/{}", row["id"].as_str().unwrap());
    assert_eq!(admin.get(&conversation).await.expect(200)["contact"]["name"], "Mrs. Okafor");
    assert_eq!(patch(json!({})).await.expect(200)["name"], "Mrs. Okafor");
    assert_eq!(patch(json!({"name": null})).await.expect(200)["display_name"], "Customer 4915112345678");
    let listed = admin.get("/v1/contacts").await.expect(200);
    assert_eq!(listed["data"][0]["id"], contact["id"]);
    let theirs = admin.get(&format!("{path}/conversations")).await.expect(200);
    assert_eq!(theirs["data"][0]["id"], row["id"]);
}

#[tokio::test]
async fn a_blocked_contact_is_not_written_to() {
    let served = Served::start().await;
    let admin = served.admin().await;
    served.connect(&admin).await;
    let (row, path) = contact_of(&served, &admin, "4915112345678").await;
    assert_eq!(admin.post(&format!("{path}/block"), json!({"reason": "spam"})).await.expect(200)["blocked"], true);
    let text = json!({"type": "text", "text": {"body": "hi"}});
    admin.say(row["id"].as_str().unwrap(), "k", text.clone()).await.refused(409, "contact-blocked");
    assert_eq!(admin.delete(&format!("{path}/block")).await.expect(200)["blocked"], false);
    admin.say(row["id"].as_str().unwrap(), "k", text).await.expect(202);
}

#[tokio::test]
async fn a_merge_can_be_undone() {
    let served = Served::start().await;
    let admin = served.admin().await;
    served.connect(&admin).await;
    let (_, one) = contact_of(&served, &admin, "4915112345678").await;
    let (_, other) = contact_of(&served, &admin, "4915187654321").await;
    let id = |path: &str| path.rsplit('/').next().unwrap().to_owned();
    let request = || {
        let request = admin.request(reqwest::Method::POST, "/v1/contact-merges").header("idempotency-key", "m1");
        request.json(&json!({"winner_id": id(&one), "loser_id": id(&other)}))
    };
    let merge = Served::send(request()).await.expect(201);
    assert_eq!(Served::send(request()).await.expect(201), merge);
    assert_eq!(admin.get(&other).await.expect(200)["merged_into"], id(&one));
    let both = admin.get(&format!("{one}/conversations")).await.expect(200);
    assert_eq!(both["data"].as_array().unwrap().len(), 2);
    let undo = format!("/v1/contact-merges/{}", merge["id"].as_str().unwrap());
    assert_eq!(admin.delete(&undo).await.status, 204);
    assert_eq!(admin.get(&other).await.expect(200)["merged_into"], Value::Null);
    admin.delete(&undo).await.refused(404, "not-found");
}

#[tokio::test]
async fn a_number_belongs_to_one_contact() {
    let served = Served::start().await;
    let admin = served.admin().await;
    served.connect(&admin).await;
    let (_, one) = contact_of(&served, &admin, "4915112345678").await;
    contact_of(&served, &admin, "4915187654321").await;
    let path = format!("{one}/identities");
    let linked = admin.post(&path, json!({"kind": "phone", "value": "+4930123456"})).await.expect(200);
    assert!(linked["identities"].as_array().unwrap().contains(&json!({"kind": "phone", "value": "4930123456"})));
    admin.post(&path, json!({"kind": "phone", "value": "+4915187654321"})).await.refused(409, "duplicate-identity");
}
