//! What gets bad input answers with a clear problem and loses nothing.

use std::io::{Read, Write};
use std::net::TcpStream;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::{Frontdesk, Person, Shop};

async fn admin(desk: &Frontdesk) -> Person {
    Person::sign_in(desk, "ada@example.com", "correct horse battery staple").await
}

/// Bytes straight to the socket; the answer's first line, or what there is of it.
fn raw(desk: &Frontdesk, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(desk.url.trim_start_matches("http://")).unwrap();
    stream.set_read_timeout(Some(std::time::Duration::from_secs(15))).unwrap();
    stream.write_all(bytes).unwrap();
    let mut answer = [0; 64];
    let read = stream.read(&mut answer).unwrap_or(0);
    String::from_utf8_lossy(&answer[..read]).lines().next().unwrap_or_default().to_owned()
}

#[tokio::test]
async fn every_error_is_a_problem_with_a_code_and_a_request_id() {
    let desk = Frontdesk::start();
    let admin = admin(&desk).await;
    let unknown = Method::from_bytes(b"FETCH").unwrap();
    let cases: [(Method, &str, u16, &str); 9] = [
        (Method::GET, "/v1/nope", 404, "not-found"),
        (Method::DELETE, "/v1/conversations", 405, "method-not-allowed"),
        (Method::TRACE, "/v1/conversations", 405, "method-not-allowed"),
        (unknown, "/v1/inbound/whatsapp", 405, "method-not-allowed"),
        (Method::GET, "/v1/conversations/not-an-id", 404, "not-found"),
        (Method::GET, "/v1/conversations/msg_01jd8w3q5tex9bqm1d0vhkk6ws", 404, "not-found"),
        (Method::GET, "/v1/conversations?limit=1000000000", 400, "invalid-parameter"),
        (Method::GET, "/v1/conversations?cursor=AAAA", 400, "cursor-invalid"),
        (Method::GET, "/v1/conversations?colour=red", 400, "invalid-parameter"),
    ];
    for (method, path, status, code) in cases {
        let answer = admin.send(admin.request(method, path)).await;
        assert!(answer.headers["request-id"].to_str().unwrap().starts_with("req_"), "{path}");
        assert!(answer.body["instance"].as_str().unwrap().starts_with("req_"), "{path}");
        assert_eq!(answer.refused(status), code, "{path}");
    }
    let wrong_verb = admin.send(admin.request(Method::DELETE, "/v1/conversations")).await;
    assert!(wrong_verb.headers["allow"].to_str().unwrap().contains("GET"));
}

#[tokio::test]
async fn bodies_that_are_not_what_the_contract_says_are_refused() {
    let desk = Frontdesk::start();
    let admin = admin(&desk).await;
    let deep = "[".repeat(60_000);
    let bodies: [(&str, u16); 8] = [
        ("{\"name\":\"A\",\"name\":\"B\"}", 400),
        ("{\"name\":\"A\",\"occurred_at\":\"2026-01-01T00:00:00Z\"}", 400),
        ("{\"name\":1e999}", 400),
        ("{\"name\":18446744073709551616}", 400),
        ("\u{feff}{\"name\":\"A\"}", 400),
        ("{\"name\":", 400),
        ("", 400),
        (&deep, 400),
    ];
    for (body, status) in bodies {
        let request = admin.request(Method::POST, "/v1/brands").header("content-type", "application/json");
        let answer = admin.send(request.body(body.to_owned())).await;
        assert_eq!(answer.status.as_u16(), status, "{:.40}: {}", body, answer.body);
        answer.refused(status);
    }
    let typed = admin.request(Method::POST, "/v1/brands").header("content-type", "text/plain").body("{}");
    assert_eq!(admin.send(typed).await.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    let squeezed = admin
        .request(Method::POST, "/v1/brands")
        .header("content-type", "application/json")
        .header("content-encoding", "gzip")
        .body(vec![0x1f, 0x8b, 8, 0]);
    assert_eq!(admin.send(squeezed).await.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    let huge = json!({ "name": "x".repeat(200_000) });
    assert_eq!(admin.post("/v1/brands", huge).await.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(admin.get("/v1/brands").await.expect(StatusCode::OK)["data"], json!([]));
}

#[tokio::test]
async fn broken_http_is_answered_and_the_server_lives() {
    let desk = Frontdesk::start();
    for bytes in [
        &b"GET / HTTP/1.1\r\n\r\n"[..],
        b"POST /v1/brands HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST /v1/brands HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\n{}",
        b"POST /v1/brands HTTP/1.1\r\nHost: x\r\nContent-Length: +3\r\n\r\n{}",
        b"POST /v1/brands HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzipped\r\n\r\n",
        b"GET /v1/me HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    ] {
        let line = raw(&desk, bytes);
        assert!(line.is_empty() || line.starts_with("HTTP/1.1 "), "{line}");
        assert!(!line.contains(" 200") && !line.contains(" 5"), "{line}");
    }
    let many = format!("GET / HTTP/1.1\r\nHost: x\r\n{}\r\n", "X-More: 1\r\n".repeat(200));
    let line = raw(&desk, many.as_bytes());
    assert!(line.is_empty() || line.contains(" 4"), "{line}");
    let endless = [b"GET / HTTP/1.1\r\nHost: x\r\nX-Long: ".to_vec(), vec![b'a'; 200_000]].concat();
    let line = raw(&desk, &endless);
    assert!(line.is_empty() || line.contains(" 4"), "{line}");
    assert_eq!(desk.request(Method::GET, "/healthz").send().await.unwrap().status(), 200);
}

#[tokio::test]
async fn tokens_that_are_not_ours_open_nothing() {
    let desk = Frontdesk::start();
    let good = desk.sign_in("ada@example.com", "correct horse battery staple").await;
    let parts: Vec<&str> = good.split('.').collect();
    let none = "eyJhbGciOiJub25lIiwidHlwIjoiYXQrand0In0";
    let tokens = [
        String::new(),
        "x".repeat(64_000),
        format!("{none}.{}.", parts[1]),
        format!("{none}.{}.{}", parts[1], parts[2]),
        format!("{}.{}", parts[0], parts[1]),
        format!("{}.{}.{}", parts[0], parts[1], "A".repeat(43)),
    ];
    for token in tokens {
        let answer = desk
            .request(Method::GET, "/v1/me")
            .header("authorization", format!("Bearer {token}"))
            .send()
            .await
            .unwrap();
        assert!(matches!(answer.status().as_u16(), 401 | 431), "{:.30}: {}", token, answer.status());
    }
    let in_url = desk.request(Method::GET, &format!("/v1/me?access_token={good}")).send().await.unwrap();
    assert!(matches!(in_url.status().as_u16(), 400 | 401), "{}", in_url.status());
}

#[tokio::test]
async fn a_token_is_worth_nothing_after_its_session_ends() {
    let desk = Frontdesk::start();
    let admin = admin(&desk).await;
    admin.get("/v1/me").await.expect(StatusCode::OK);
    let answer = admin.post("/v1/auth/logout", json!({})).await;
    assert!(answer.status.is_success(), "{}", answer.body);
    assert_eq!(admin.get("/v1/me").await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_refresh_token_used_twice_ends_the_session() {
    let desk = Frontdesk::start();
    let sign_in = json!({ "email": "ada@example.com", "password": "correct horse battery staple" });
    let first: Value =
        desk.request(Method::POST, "/v1/auth/login").json(&sign_in).send().await.unwrap().json().await.unwrap();
    let refresh = async |token: &Value| {
        let body = json!({ "refresh_token": token });
        let answer = desk.request(Method::POST, "/v1/auth/refresh").json(&body).send().await.unwrap();
        (answer.status().as_u16(), answer.json::<Value>().await.unwrap())
    };
    let (_, second) = refresh(&first["refresh_token"]).await;
    // The answer may have been lost: the newest exchange can be repeated, with the same result.
    let (status, repeated) = refresh(&first["refresh_token"]).await;
    assert_eq!((status, &repeated["refresh_token"]), (200, &second["refresh_token"]));
    let (status, third) = refresh(&second["refresh_token"]).await;
    assert_eq!(status, 200);
    assert_eq!(refresh(&first["refresh_token"]).await.0, 401);
    assert_eq!(refresh(&third["refresh_token"]).await.0, 401, "the whole family is over");
}

#[tokio::test]
async fn wrong_passwords_are_slowed_down_and_tell_nothing() {
    let desk = Frontdesk::start();
    let attempt = async |email: &str| {
        let body = json!({ "email": email, "password": "not the password at all" });
        let answer = desk.request(Method::POST, "/v1/auth/login").json(&body).send().await.unwrap();
        (answer.status().as_u16(), answer.headers().contains_key("retry-after"), answer.json::<Value>().await.unwrap())
    };
    let (status, _, known) = attempt("ada@example.com").await;
    let (_, _, unknown) = attempt("nobody@example.com").await;
    assert_eq!(status, 401);
    assert_eq!((&known["code"], &known["detail"]), (&unknown["code"], &unknown["detail"]));
    for _ in 0..12 {
        let (status, waits, problem) = attempt("ada@example.com").await;
        if status == 429 {
            assert!(waits, "{problem}");
            return;
        }
    }
    panic!("a dozen wrong passwords were not slowed down");
}

#[tokio::test]
async fn outside_the_window_only_a_template_goes_out() {
    let shop = Shop::open().await;
    let body = [json!({ "type": "BODY", "text": "Hello {{1}}, may we write to you again?" })];
    shop.whatsapp.template("700100200", "hello_again", "en_US", "UTILITY", json!(body));
    shop.admin.post(&format!("/v1/channels/{}/template-syncs", shop.channel_id), json!({})).await;
    // Two days ago, as the provider tells it.
    let day_before = (std::time::UNIX_EPOCH.elapsed().unwrap().as_secs() - 48 * 3_600).to_string();
    let body = json!({ "object": "whatsapp_business_account", "entry": [{ "id": "700100200", "changes": [{ "field": "messages", "value": {
        "messaging_product": "whatsapp", "metadata": { "display_phone_number": "12025550188", "phone_number_id": "700100200300400" },
        "contacts": [{ "profile": { "name": "Kim" }, "wa_id": "12025550111" }],
        "messages": [{ "from": "12025550111", "id": "wamid.old", "timestamp": day_before, "type": "text", "text": { "body": "hello?" } }],
    } }] }] });
    let sign = testkit::whatsapp::SignWith::App;
    assert_eq!(shop.whatsapp.inject_raw("app-1", body.to_string().into_bytes(), sign).await, Ok(200));
    let conversation = shop.conversation_with("Kim").await;
    assert_eq!(conversation["service_window"]["open"], false);
    let path = format!("/v1/conversations/{}/messages", conversation["id"].as_str().unwrap());
    let free = shop.admin.post(&path, json!({ "type": "text", "text": { "body": "Hello" } })).await;
    assert_eq!(free.refused(409), "service-window-closed");
    let template = |parameters: Value| {
        json!({ "type": "template", "template": { "name": "hello_again", "language": { "code": "en_US" },
            "components": [{ "type": "body", "parameters": parameters }] } })
    };
    assert_eq!(shop.admin.post(&path, template(json!([]))).await.refused(422), "template-parameters-mismatch");
    let right = template(json!([{ "type": "text", "text": "Kim" }]));
    let message = shop.admin.post(&path, right).await.expect(StatusCode::ACCEPTED);
    // The simulator knows nobody of this number; what matters is that the template left the house.
    assert_eq!(message["type"], "template");
}
