//! Files in and out.

use reqwest::Method;
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

use crate::desk::{Answer, Client, Served};

/// The first bytes of a PNG and some more.
fn picture() -> Vec<u8> {
    [b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0".as_slice(), &[7; 200_000]].concat()
}

async fn upload(client: &Client, name: &str, part: Part) -> Answer {
    let form = Form::new().text("note", "before the file").part(name.to_owned(), part);
    Served::send(client.request(Method::POST, "/v1/media").multipart(form)).await
}

async fn uploaded(client: &Client) -> Value {
    upload(client, "file", Part::bytes(picture()).file_name("Übergabe.png")).await.expect(201)
}

#[tokio::test]
async fn a_file_comes_back_as_it_went_whole_or_in_part() {
    let served = Served::start().await;
    let admin = served.admin().await;
    let media = uploaded(&admin).await;
    assert_eq!((&media["mime_type"], &media["filename"]), (&json!("image/png"), &json!("Übergabe.png")));
    assert_eq!((&media["state"], &media["size_bytes"]), (&json!("stored"), &json!(picture().len())));
    let path = format!("/v1/media/{}", media["id"].as_str().unwrap());
    assert_eq!(admin.get(&path).await.expect(200), media);
    let content = format!("{path}/content");
    let whole = admin.request(Method::GET, &content).send().await.unwrap();
    let header = |response: &reqwest::Response, name: &str| {
        response.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
    };
    assert_eq!(header(&whole, "content-type"), "image/png");
    assert_eq!(header(&whole, "x-content-type-options"), "nosniff");
    assert!(header(&whole, "content-security-policy").starts_with("sandbox;"));
    assert!(header(&whole, "content-disposition").ends_with("filename*=UTF-8''%C3%9Cbergabe.png"));
    let etag = header(&whole, "etag");
    assert!(whole.bytes().await.unwrap() == picture());
    let range = |value: &'static str| admin.request(Method::GET, &content).header("range", value).send();
    let part = range("bytes=150000-150009").await.unwrap();
    assert_eq!(
        (part.status().as_u16(), header(&part, "content-range")),
        (206, format!("bytes 150000-150009/{}", picture().len()))
    );
    assert_eq!(part.bytes().await.unwrap(), vec![7; 10]);
    let outside = Served::send(admin.request(Method::GET, &content).header("range", "bytes=9999999-")).await;
    assert_eq!(outside.header("content-range"), format!("bytes */{}", picture().len()));
    outside.refused(416, "range-not-satisfiable");
    let held = Served::send(admin.request(Method::GET, &content).header("if-none-match", &etag)).await;
    assert_eq!(held.status, 304);
    let head = admin.request(Method::HEAD, &content).send().await.unwrap();
    assert_eq!(header(&head, "content-length"), picture().len().to_string());
}

#[tokio::test]
async fn a_link_gives_the_file_to_whoever_holds_it_until_its_maker_may_not() {
    let served = Served::start().await;
    let admin = served.admin().await;
    let agent = served.member(&admin, "ben", "agent").await;
    let media = uploaded(&agent).await;
    let path = format!("/v1/media/{}", media["id"].as_str().unwrap());
    admin.get(&path).await.refused(404, "not-found");
    admin.post(&format!("{path}/links"), json!({})).await.refused(404, "not-found");
    let link = agent.post(&format!("{path}/links"), json!({})).await.expect(201)["url"].as_str().unwrap().to_owned();
    assert_eq!(served.anonymous(Method::GET, &link, None).await.status, 200);
    assert_eq!(agent.get(&link).await.status, 200);
    admin.get(&link).await.refused(404, "not-found");
    let forged = format!("{}A", &link[..link.len() - 1]);
    if forged != link {
        served.anonymous(Method::GET, &forged, None).await.refused(404, "not-found");
    }
    admin.post(&format!("/v1/users/{}/deactivation", agent.user_id), json!({})).await.expect(200);
    served.anonymous(Method::GET, &link, None).await.refused(404, "not-found");
}

#[tokio::test]
async fn a_file_of_a_hidden_conversation_is_neither_seen_linked_nor_sent_on() {
    let served = Served::start().await;
    let admin = served.admin().await;
    served.connect(&admin).await;
    let operator = served.member(&admin, "olga", "operator").await;
    let hidden = served.customer_writes(&admin, "4915112345678", "hidden").await;
    let own = served.customer_writes(&admin, "4915187654321", "own").await;
    let own = own["id"].as_str().unwrap();
    let assignment = json!({"assignee_id": operator.user_id});
    admin.put(&format!("/v1/conversations/{own}/assignment"), assignment).await.expect(200);
    let media = uploaded(&admin).await;
    let image = |id: &Value| json!({"type": "image", "image": {"id": id}});
    let sent = admin.say(hidden["id"].as_str().unwrap(), "k1", image(&media["id"])).await.expect(202);
    // The customer's copy and the upload it was made from.
    for id in [&sent["media"]["id"], &media["id"]] {
        let path = format!("/v1/media/{}", id.as_str().unwrap());
        admin.get(&path).await.expect(200);
        operator.get(&path).await.refused(404, "not-found");
        operator.get(&format!("{path}/content")).await.refused(404, "not-found");
        operator.post(&format!("{path}/links"), json!({})).await.refused(404, "not-found");
        operator.say(own, "k2", image(id)).await.refused(422, "unknown-reference");
    }
}

#[tokio::test]
async fn what_is_no_file_is_refused() {
    let served = Served::start().await;
    let admin = served.admin().await;
    upload(&admin, "other", Part::bytes(picture())).await.refused(422, "unprocessable");
    upload(&admin, "file", Part::bytes(Vec::new())).await.refused(422, "unprocessable");
    admin.post("/v1/media", json!({})).await.refused(415, "unsupported-media-type");
    let body = admin.request(Method::POST, "/v1/media").header("content-type", "multipart/form-data");
    Served::send(body.body("x")).await.refused(400, "malformed");
}

#[tokio::test]
async fn a_sent_file_is_named_by_its_copy_and_gone_with_its_customer() {
    let served = Served::start().await;
    let admin = served.admin().await;
    served.connect(&admin).await;
    let row = served.customer_writes(&admin, "4915112345678", "a very particular sentence").await;
    let media = uploaded(&admin).await;
    let message = json!({"type": "image", "image": {"id": media["id"], "caption": "Here."}});
    let sent = admin.say(row["id"].as_str().unwrap(), "k1", message.clone()).await.expect(202);
    assert_eq!(sent["image"], json!({"id": sent["media"]["id"], "caption": "Here."}));
    assert_ne!(sent["media"]["id"], media["id"]);
    assert_eq!(admin.say(row["id"].as_str().unwrap(), "k1", message).await.expect(202), sent);
    let copy = format!("/v1/media/{}/content", sent["media"]["id"].as_str().unwrap());
    assert_eq!(admin.get(&copy).await.status, 200);
    let unknown = json!({"type": "image", "image": {"id": "media_00000000000000000000000001"}});
    admin.say(row["id"].as_str().unwrap(), "k2", unknown).await.refused(422, "unknown-reference");

    let contact = row["contact"]["id"].as_str().unwrap();
    let erase = format!("/v1/contacts/{contact}/erasure");
    admin.post(&erase, json!({"confirm": false})).await.refused(422, "unprocessable");
    let ada = served.member(&admin, "ada", "admin").await;
    ada.post(&erase, json!({"confirm": true, "reason": "asked for it"})).await.refused(403, "forbidden");
    let erased = admin.post(&erase, json!({"confirm": true, "reason": "asked for it"})).await.expect(200);
    assert_eq!(
        (&erased["erased"], &erased["display_name"], &erased["identities"]),
        (&json!(true), &Value::Null, &json!([]))
    );
    admin.get(&copy).await.refused(404, "not-found");
    let row = admin.get(&format!("/v1/conversations/{}", row["id"].as_str().unwrap())).await.expect(200);
    assert_eq!((&row["contact"]["name"], &row["last_message"]["preview"]), (&Value::Null, &Value::Null));
    let mut everything = admin.get("/v1/events?limit=200").await.expect(200).to_string();
    everything += &admin
        .get(&format!("/v1/conversations/{}/timeline", row["id"].as_str().unwrap()))
        .await
        .expect(200)
        .to_string();
    assert!(!everything.contains("a very particular sentence") && !everything.contains("4915112345678"));
    admin.post(&erase, json!({"confirm": true, "reason": "asked for it"})).await.refused(409, "contact-erased");
}
