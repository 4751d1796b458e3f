//! Erasing a customer: nothing of theirs can be found any more, and the numbers stay.

use std::path::Path;

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::support::{Shop, eventually};

/// What is planted, in every place a customer can leave something.
const TOKENS: [&str; 8] = [
    "Zacharias Quillfeather",
    "34699887766",
    "QX-MESSAGE-7781",
    "QX-CAPTION-5512",
    "QX-NOTE-9034",
    "QX-EDIT-2276",
    "QX-GONE-6150",
    "QX-REPLY-4410",
];

fn files_with(folder: &Path, token: &str, found: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            files_with(&path, token, found);
        } else if std::fs::read(&path)
            .is_ok_and(|bytes| bytes.windows(token.len()).any(|window| window == token.as_bytes()))
        {
            found.push(path.display().to_string());
        }
    }
}

#[tokio::test]
async fn after_erasure_no_planted_word_is_in_any_file_log_or_answer_and_the_counts_stay() {
    let shop = Shop::open().await;
    let customer = shop.customer("+34699887766", "Zacharias Quillfeather");
    customer.says("Order QX-MESSAGE-7781 please");
    customer.sends_file("image", "image/png", testkit::whatsapp::media::png(), Some("see QX-CAPTION-5512"));
    let conversation = shop.conversation_with("Zacharias Quillfeather").await;
    let path = format!("/v1/conversations/{}", conversation["id"].as_str().unwrap());
    let ben = shop.hire("Ben", "agent").await;
    let note = async |body: String| {
        shop.admin.post(&format!("{path}/notes"), json!({ "body": body })).await.expect(StatusCode::CREATED)
    };
    let (edited, gone) = (note("QX-NOTE-9034".to_owned()).await, note("QX-GONE-6150".to_owned()).await);
    let edited = format!("/v1/notes/{}", edited["id"].as_str().unwrap());
    let text = json!({ "body": format!("QX-EDIT-2276 @[{}]", ben.id) });
    shop.admin.patch(&edited, text).await.expect(StatusCode::OK);
    let gone = format!("/v1/notes/{}", gone["id"].as_str().unwrap());
    shop.admin.send(shop.admin.request(reqwest::Method::DELETE, &gone)).await.expect(StatusCode::OK);
    let told = ben.get("/v1/notifications").await.expect(StatusCode::OK);
    assert!(told["data"][0]["excerpt"].as_str().unwrap().contains("QX-EDIT-2276"));
    let reply = shop.admin.replies(&conversation, "QX-REPLY-4410 is on its way").await;
    shop.message_reaches(reply["id"].as_str().unwrap(), "read").await;
    eventually("the picture to be stored", || async {
        let messages = shop.admin.get(&format!("{path}/messages")).await.expect(StatusCode::OK);
        let stored = messages["data"].as_array().unwrap().iter().any(|message| message["media"]["state"] == "stored");
        stored.then_some(())
    })
    .await;
    let before = shop.admin.get("/v1/conversation-counts").await.expect(StatusCode::OK);
    let contact = format!("/v1/contacts/{}", conversation["contact"]["id"].as_str().unwrap());

    let erased = shop.admin.post(&format!("{contact}/erasure"), json!({ "confirm": true })).await;
    assert!(erased.status.is_success(), "{}", erased.body);
    eventually("the erasure to be done", || async {
        let events = shop.admin.get("/v1/events?limit=1000").await.expect(StatusCode::OK);
        let done = events["data"].as_array().unwrap().iter().any(|event| event["type"] == "contact.erased");
        done.then_some(())
    })
    .await;

    for path in [
        format!("{path}/timeline"),
        format!("{path}/messages"),
        path.clone(),
        contact,
        "/v1/conversations".to_owned(),
        "/v1/events?limit=1000".to_owned(),
        "/v1/quarantine".to_owned(),
        edited.clone(),
        format!("{edited}/revisions"),
    ] {
        let answer = shop.admin.get(&path).await.body.to_string();
        for token in TOKENS {
            assert!(!answer.contains(token), "{token} is still in {path}");
        }
    }
    for path in ["/v1/notifications", "/v1/mentions"] {
        let told = ben.get(path).await.expect(StatusCode::OK);
        assert_eq!((&told["data"][0]["excerpt"], &told["data"][0]["contact"]["name"]), (&Value::Null, &Value::Null));
    }
    let after = shop.admin.get("/v1/conversation-counts").await.expect(StatusCode::OK);
    let counts = |body: &Value| (body["all"].clone(), body["unassigned"].clone(), body["by_status"].clone());
    assert_eq!(counts(&before), counts(&after));
    let log = shop.desk.log();
    let data = shop.desk.data_dir();
    let (_folder, ended_well) = shop.desk.stop();
    assert!(ended_well);
    for token in TOKENS {
        assert!(!log.contains(token), "{token} is in the log output");
        let mut found = Vec::new();
        files_with(&data, token, &mut found);
        assert!(found.is_empty(), "{token} is in {found:?}");
    }
}

#[tokio::test]
async fn whoever_writes_from_an_erased_number_is_somebody_new() {
    let shop = Shop::open().await;
    let customer = shop.customer("+34699887766", "Zacharias");
    customer.says("Hola");
    let first = shop.conversation_with("Zacharias").await;
    let contact = first["contact"]["id"].as_str().unwrap();
    let erased = shop.admin.post(&format!("/v1/contacts/{contact}/erasure"), json!({ "confirm": true })).await;
    assert!(erased.status.is_success(), "{}", erased.body);
    customer.says("Hola otra vez");
    let second = eventually("a new conversation", || async {
        let page = shop.admin.get("/v1/conversations").await.expect(StatusCode::OK);
        page["data"].as_array().unwrap().iter().find(|row| row["id"] != first["id"]).cloned()
    })
    .await;
    assert_ne!(second["contact"]["id"], first["contact"]["id"]);
    let old = format!("/v1/conversations/{}/messages", first["id"].as_str().unwrap());
    let answer = shop.admin.post(&old, json!({ "type": "text", "text": { "body": "Hola" } })).await;
    assert_eq!(answer.refused(409), "contact-erased");
}
