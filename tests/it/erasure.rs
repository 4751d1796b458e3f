//! Erasing a customer: nothing of theirs can be found any more, and the numbers stay.

use std::collections::BTreeMap;
use std::path::Path;

use reqwest::StatusCode;
use serde_json::{Value, json};
use testkit::whatsapp::SignWith;

use crate::support::{APP, Frontdesk, NUMBER, Shop, WABA, eventually, every_answer};

/// What is planted, in every place a customer can leave something.
const TOKENS: [&str; 13] = [
    "Zacharias Quillfeather",
    "34699887766",
    "QX-MESSAGE-7781",
    "QX-CAPTION-5512",
    "QX-NOTE-9034",
    "QX-EDIT-2276",
    "QX-GONE-6150",
    "QX-REPLY-4410",
    "QX-PICTURE-1187",
    "QX-FILENAME-3321",
    "QX-UPLOAD-8052",
    "QX-BROKEN-7349",
    "QX-ELSEWHERE-6603",
];

/// A picture with words in it.
fn picture(words: &str) -> Vec<u8> {
    [testkit::whatsapp::media::png(), words.as_bytes().to_vec()].concat()
}

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

/// Where something is said.
fn said<'a>(all: &'a BTreeMap<String, (StatusCode, Vec<u8>)>, token: &str) -> Option<&'a str> {
    let says = |body: &[u8]| body.windows(token.len()).any(|window| window == token.as_bytes());
    all.iter().find(|(_, (_, body))| says(body)).map(|(path, _)| path.as_str())
}

#[tokio::test]
async fn after_erasure_no_planted_word_is_in_any_file_log_or_answer_and_the_counts_stay() {
    let shop = Shop::open().await;
    let customer = shop.customer("+34699887766", "Zacharias Quillfeather");
    customer.says("Order QX-MESSAGE-7781 please");
    customer.sends_file("image", "image/png", picture("QX-PICTURE-1187"), Some("see QX-CAPTION-5512"));
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
    // A file from the team, and webhooks that cannot be placed: a broken item, and one for a number that is not ours.
    let part = reqwest::multipart::Part::bytes(picture("QX-UPLOAD-8052")).file_name("for QX-FILENAME-3321.png");
    let form = reqwest::multipart::Form::new().part("file", part);
    let uploaded = shop.admin.send(shop.admin.request(reqwest::Method::POST, "/v1/media").multipart(form)).await;
    let image = json!({ "type": "image", "image": { "id": uploaded.expect(StatusCode::CREATED)["id"] } });
    let sent = shop.admin.post(&format!("{path}/messages"), image).await.expect(StatusCode::ACCEPTED);
    shop.message_reaches(sent["id"].as_str().unwrap(), "read").await;
    for (number, item) in [
        (NUMBER, json!(["34699887766", "QX-BROKEN-7349"])),
        (
            "999",
            json!({ "from": "34699887766", "id": "wamid.elsewhere", "timestamp": "1760000000", "type": "text",
            "text": { "body": "QX-ELSEWHERE-6603" } }),
        ),
    ] {
        let value = json!({ "messaging_product": "whatsapp", "metadata": { "display_phone_number": "1", "phone_number_id": number },
            "contacts": [], "messages": [item] });
        let webhook = json!({ "object": "whatsapp_business_account",
            "entry": [{ "id": WABA, "changes": [{ "field": "messages", "value": value }] }] });
        let taken = shop.whatsapp.inject_raw(APP, webhook.to_string().into_bytes(), SignWith::App).await;
        assert_eq!(taken, Ok(200));
    }
    assert_eq!(shop.admin.get("/v1/quarantine").await.expect(StatusCode::OK)["data"].as_array().unwrap().len(), 2);
    let head = async || shop.admin.get("/v1/log").await.expect(StatusCode::OK)["head_pos"].as_u64().unwrap();
    let all = every_answer(&shop.admin, head().await, &[]).await;
    for token in TOKENS {
        assert!(said(&all, token).is_some(), "{token} can be read before");
    }
    let before = shop.admin.get("/v1/conversation-counts").await.expect(StatusCode::OK);
    let times_before = shop.admin.get(&path).await.expect(StatusCode::OK);
    let contact = format!("/v1/contacts/{}", conversation["contact"]["id"].as_str().unwrap());

    let erased = shop.admin.post(&format!("{contact}/erasure"), json!({ "confirm": true })).await;
    assert!(erased.status.is_success(), "{}", erased.body);
    eventually("the erasure to be done", || async {
        let events = shop.admin.get("/v1/events?limit=1000").await.expect(StatusCode::OK);
        let done = events["data"].as_array().unwrap().iter().any(|event| event["type"] == "contact.erased");
        done.then_some(())
    })
    .await;

    for person in [&shop.admin, &ben] {
        let all = every_answer(person, head().await, &[]).await;
        for token in TOKENS {
            assert_eq!(said(&all, token), None, "{token} is still said");
        }
    }
    let metrics = shop.desk.request(reqwest::Method::GET, "/metrics").send().await.unwrap().text().await.unwrap();
    assert!(TOKENS.iter().all(|token| !metrics.contains(token)));
    for path in ["/v1/notifications", "/v1/mentions"] {
        let told = ben.get(path).await.expect(StatusCode::OK);
        assert_eq!((&told["data"][0]["excerpt"], &told["data"][0]["contact"]["name"]), (&Value::Null, &Value::Null));
    }
    let after = shop.admin.get("/v1/conversation-counts").await.expect(StatusCode::OK);
    let counts = |body: &Value| (body["all"].clone(), body["unassigned"].clone(), body["by_status"].clone());
    assert_eq!(counts(&before), counts(&after));
    let times_after = shop.admin.get(&path).await.expect(StatusCode::OK);
    for clock in
        ["waiting_since", "first_response_at", "resolved_at", "created_at", "last_activity_at", "service_window"]
    {
        assert_eq!(times_before[clock], times_after[clock], "{clock}");
    }
    for count in ["number", "status", "unread_count", "episode", "assignee", "tags", "priority"] {
        assert_eq!(times_before[count], times_after[count], "{count}");
    }
    let log = shop.desk.log();
    let data = shop.desk.data_dir();
    let (folder, ended_well) = shop.desk.stop();
    assert!(ended_well);
    // Files may be compressed: what they hold is looked at in the clear as well.
    let exported = Frontdesk::command(folder.path()).args(["log", "dump"]).output().unwrap();
    assert!(exported.status.success());
    let exported = String::from_utf8(exported.stdout).unwrap();
    assert!(exported.contains("contact.erased"));
    for token in TOKENS {
        assert!(!exported.contains(token), "{token} is in the export");
    }
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
