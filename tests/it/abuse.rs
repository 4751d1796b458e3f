//! What is meant to hurt: slow senders, markup, terminal codes, too much of everything. It costs little and shows nowhere.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use testkit::whatsapp::SignWith;

use crate::support::{Frontdesk, Shop};

/// Sends a beginning and nothing more; gives the status line that comes and how long it took.
fn stalls(desk: &Frontdesk, beginning: String) -> std::thread::JoinHandle<(String, Duration)> {
    let address = desk.url.trim_start_matches("http://").to_owned();
    std::thread::spawn(move || {
        let began = Instant::now();
        let mut stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        stream.write_all(beginning.as_bytes()).unwrap();
        let mut answer = [0; 256];
        let read = stream.read(&mut answer).unwrap_or(0);
        (String::from_utf8_lossy(&answer[..read]).lines().next().unwrap_or_default().to_owned(), began.elapsed())
    })
}

#[tokio::test]
async fn who_sends_too_slowly_is_answered_408_and_let_go() {
    let desk = Frontdesk::start();
    let token = desk.sign_in("ada@example.com", "correct horse battery staple").await;
    let head = stalls(&desk, "GET /v1/me HTTP/1.1\r\nHost: x\r\nX-Slow: ".to_owned());
    let body = stalls(
        &desk,
        format!(
            "POST /v1/brands HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n{{"
        ),
    );
    let webhook = stalls(
        &desk,
        format!(
            "POST /v1/inbound/whatsapp HTTP/1.1\r\nHost: x\r\nX-Hub-Signature-256: sha256={}\r\nContent-Length: 500\r\n\r\n{{",
            "0".repeat(64)
        ),
    );
    for (what, slow, seconds) in [("head", head, 5), ("body", body, 10), ("webhook", webhook, 10)] {
        let (line, took) = slow.join().unwrap();
        assert!(line.starts_with("HTTP/1.1 408 "), "{what}: {line:?}");
        assert!(took < Duration::from_secs(seconds + 4), "{what}: {took:?}");
    }
    assert_eq!(desk.request(Method::GET, "/healthz").send().await.unwrap().status(), 200);
}

/// A text of somebody with a name of their own choosing.
fn text_of(name: &str, text: &str) -> Vec<u8> {
    let now = std::time::UNIX_EPOCH.elapsed().unwrap().as_secs().to_string();
    let value = json!({
        "messaging_product": "whatsapp",
        "metadata": { "display_phone_number": "12025550188", "phone_number_id": "700100200300400" },
        "contacts": [{ "profile": { "name": name }, "wa_id": "12025550111" }],
        "messages": [{ "from": "12025550111", "id": "wamid.1", "timestamp": now, "type": "text", "text": { "body": text } }],
    });
    let entry = json!([{ "id": "700100200", "changes": [{ "field": "messages", "value": value }] }]);
    json!({ "object": "whatsapp_business_account", "entry": entry }).to_string().into_bytes()
}

#[tokio::test]
async fn markup_is_text_in_json_and_nothing_else() {
    let shop = Shop::open().await;
    let (name, text) = ("<img src=x onerror=alert(1)>", "[click](javascript:alert(1)) <script>alert(2)</script>");
    assert_eq!(shop.whatsapp.inject_raw("app-1", text_of(name, text), SignWith::App).await, Ok(200));
    let conversation = shop.conversation_with(name).await;
    let answer = shop.admin.get(&format!("/v1/conversations/{}/messages", conversation["id"].as_str().unwrap())).await;
    assert_eq!(answer.headers["content-type"], "application/json");
    assert_eq!(answer.headers["x-content-type-options"], "nosniff");
    assert_eq!(answer.headers["content-security-policy"], "default-src 'none'; frame-ancestors 'none'");
    assert_eq!(answer.expect(StatusCode::OK)["data"][0]["text"]["body"], text);
    let page = shop.desk.request(Method::GET, "/problems/%3Cscript%3E").send().await.unwrap();
    assert_eq!(page.status(), 404);
    assert!(!page.text().await.unwrap().contains("<script>"));
}

#[tokio::test]
async fn nothing_a_stranger_writes_reaches_the_servers_log() {
    let shop = Shop::open().await;
    let name = "Mallory\r\n2026-01-01 ERROR forged\u{1b}[31m";
    assert_eq!(shop.whatsapp.inject_raw("app-1", text_of(name, "\u{1b}]0;owned\u{7}"), SignWith::App).await, Ok(200));
    let broken = b"{\"forged\x1b[31m".to_vec();
    assert_eq!(shop.whatsapp.inject_raw("app-1", broken, SignWith::App).await, Ok(200));
    let request = shop.admin.request(Method::GET, "/v1/nope/%1B%5B31mforged").header("user-agent", "forged/1.0 owned");
    assert_eq!(shop.admin.send(request).await.status, StatusCode::NOT_FOUND);
    let log = shop.desk.log();
    for trace in ["Mallory", "forged", "owned", "\u{1b}"] {
        assert!(!log.contains(trace), "{trace:?} in {log}");
    }
}

#[tokio::test]
async fn there_is_an_end_to_notes_tags_and_fields() {
    let shop = Shop::open().await;
    shop.customer("+34611222333", "Lucía").says("Hola");
    let conversation = shop.conversation_with("Lucía").await;
    let at = |rest: &str| format!("/v1/conversations/{}{rest}", conversation["id"].as_str().unwrap());
    let note = async |body: Value| shop.admin.post(&at("/notes"), body).await;
    assert_eq!(note(json!({ "body": "x".repeat(10_000_000) })).await.refused(413), "payload-too-large");
    assert_eq!(note(json!({ "body": "x".repeat(17_000) })).await.refused(400), "invalid-body");
    for own in ["id", "seq", "occurred_at", "author"] {
        let answer = note(json!({ "body": "x", own: "1" })).await;
        assert_eq!(answer.body["errors"][0]["code"], "unknown-field", "{own}");
        assert_eq!(answer.refused(400), "invalid-body");
    }
    for number in 0..50 {
        shop.admin.put(&at(&format!("/tags/t{number}")), Value::Null).await.expect(StatusCode::OK);
    }
    let one_more = shop.admin.put(&at("/tags/t50"), Value::Null).await;
    assert!(matches!(one_more.status.as_u16(), 409 | 422), "{} {}", one_more.status, one_more.body);
    let row = shop.admin.get(&at("")).await.expect(StatusCode::OK);
    assert_eq!(row["tags"].as_array().unwrap().len(), 50);
    assert_eq!(shop.admin.get(&at("/notes")).await.expect(StatusCode::OK)["data"], json!([]));
}
