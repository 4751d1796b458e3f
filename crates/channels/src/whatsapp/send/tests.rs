//! Tests of `send`.

use domain::time::Millis;
use serde_json::{Value, json};

use super::super::stub::{Reply, Stub, client, http};
use super::*;

fn hello(content: &Content) -> Outgoing<'_> {
    Outgoing {
        to: To::PhoneOrWaId("4915550001".to_owned()),
        content,
        context_message_id: Some("wamid.Q"),
        callback_data: Some("attempt-7"),
    }
}

#[test]
fn the_body_names_the_recipient_in_the_right_place() {
    let text = Content::text("hi");
    let mut message = hello(&text);
    assert_eq!(
        message.body(),
        json!({"messaging_product": "whatsapp", "recipient_type": "individual", "to": "4915550001", "type": "text",
            "text": {"body": "hi"}, "context": {"message_id": "wamid.Q"}, "biz_opaque_callback_data": "attempt-7"})
    );
    message.to = To::Bsuid("DE.1".to_owned());
    let body = message.body();
    assert_eq!((body.get("to"), &body["recipient"]), (None, &json!("DE.1")));
    message.to = To::Group("G1".to_owned());
    let body = message.body();
    assert_eq!((&body["recipient_type"], &body["to"]), (&json!("group"), &json!("G1")));
}

#[test]
fn a_reaction_quotes_nothing_and_names_its_message_inside() {
    let content = Content { kind: MessageKind::Reaction, body: json!({"emoji": ""}) };
    let body = hello(&content).body();
    assert_eq!((body.get("context"), &body["reaction"]), (None, &json!({"message_id": "wamid.Q", "emoji": ""})));
}

#[test]
fn a_number_reaches_better_than_a_user_id() {
    let id = |kind, value: &str| Identity { kind, value: value.to_owned() };
    let all = [
        id(IdentityKind::Bsuid, "DE.1"),
        id(IdentityKind::WaId, "4915550001"),
        id(IdentityKind::Phone, "4915550001"),
        id(IdentityKind::ParentBsuid, "DE.ENT.1"),
    ];
    assert_eq!(To::reach(&all), Some(To::PhoneOrWaId("4915550001".to_owned())));
    assert_eq!(To::reach(&all[2..]), Some(To::PhoneOrWaId("+4915550001".to_owned())));
    assert_eq!(To::reach(&all[..1]), Some(To::Bsuid("DE.1".to_owned())));
    assert_eq!(To::reach(&all[3..]), None);
    assert_eq!(To::reach(&[id(IdentityKind::Group, "G")]), Some(To::Group("G".to_owned())));
}

#[tokio::test]
async fn an_accepted_message_has_an_id() {
    let stub = Stub::start(|number, _| {
        let status = if number == 1 { r#","message_status":"held_for_quality_assessment""# } else { "" };
        let body = format!(
            r#"{{"messaging_product":"whatsapp","contacts":[{{"input":"+49","wa_id":"49155","user_id":"DE.9"}}],
            "messages":[{{"id":"wamid.A"{status}}}]}}"#
        );
        Reply::Bytes(http(200, &[], body.as_bytes()))
    })
    .await;
    let text = Content::text("hi");
    for held in [false, true] {
        let outcome = stub.client().send(&hello(&text)).await;
        let expected = SendOutcome::Accepted {
            provider_id: "wamid.A".to_owned(),
            wa_id: Some("49155".to_owned()),
            user_id: Some("DE.9".to_owned()),
            held,
        };
        assert_eq!(outcome, expected);
    }
    let asked = &stub.asked()[0];
    let (head, body) = asked.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("POST /v23.0/1001/messages HTTP/1.1"), "{head}");
    let head = head.to_lowercase();
    assert!(head.contains("authorization: bearer token-1") && head.contains("user-agent: frontdesk/"), "{head}");
    assert_eq!(serde_json::from_str::<Value>(body).unwrap(), hello(&text).body());
}

#[tokio::test]
async fn a_refusal_has_a_class() {
    let error = |code: i64| format!(r#"{{"error":{{"message":"no","type":"OAuthException","code":{code}}}}}"#);
    for (http_status, code, class, wait) in [
        (400, 131_056, Class::PairBackOff, None),
        (401, 190, Class::PauseChannel, None),
        (500, 131_000, Class::BackOff { attempts: 3 }, None),
        (503, 2, Class::BackOff { attempts: 10 }, None),
        (400, 131_049, Class::WaitLong, Some(Millis::hours(24))),
        (200, 100, Class::FixRequest, None),
    ] {
        let stub = Stub::answering(http_status, &error(code)).await;
        let text = Content::text("hi");
        match stub.client().send(&hello(&text)).await {
            SendOutcome::Refused { error, class: found, retry_after } => {
                assert_eq!((error.code, found, retry_after), (code, class, wait));
            }
            other => panic!("{code}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn the_providers_wait_is_heeded() {
    let stub = Stub::start(|_, _| {
        let body = br#"{"error":{"message":"slow","code":130429}}"#;
        Reply::Bytes(http(429, &[("retry-after", "12")], body))
    })
    .await;
    match stub.client().send(&hello(&Content::text("hi"))).await {
        SendOutcome::Refused { class: Class::NumberBackOff, retry_after: Some(wait), .. } => {
            assert_eq!(wait, Millis::seconds(12));
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn what_cannot_be_read_is_uncertain() {
    for (status, body, reason) in [
        (200, "<html>gateway</html>", "unreadable_answer"),
        (200, "", "unreadable_answer"),
        (200, "{}", "unreadable_answer"),
        (200, r#"{"messages":[]}"#, "unreadable_answer"),
        (200, r#"{"messages":[{"id":""}]}"#, "unreadable_answer"),
        (500, "", "server_error"),
        (502, "<html>bad gateway</html>", "server_error"),
        (504, r#"{"message":"timeout"}"#, "server_error"),
        (429, "slow down", "unexplained_refusal"),
        (403, r#"{"error":"x"}"#, "unexplained_refusal"),
    ] {
        let stub = Stub::answering(status, body).await;
        let outcome = stub.client().send(&hello(&Content::text("hi"))).await;
        assert_eq!(outcome, SendOutcome::Uncertain { reason }, "{status} {body}");
    }
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let stub = Stub::start(|_, _| Reply::Bytes(http(307, &[("location", "/elsewhere")], b""))).await;
    let outcome = stub.client().send(&hello(&Content::text("hi"))).await;
    assert_eq!(outcome, SendOutcome::Uncertain { reason: "redirect" });
    assert_eq!(stub.asked().len(), 1);
}

#[tokio::test]
async fn a_lost_connection_is_uncertain_and_a_closed_port_is_not() {
    let stub = Stub::start(|_, _| Reply::HangUp).await;
    let outcome = stub.client().send(&hello(&Content::text("hi"))).await;
    assert_eq!(outcome, SendOutcome::Uncertain { reason: "connection_lost" });
    assert_eq!(stub.asked().len(), 1, "sent once only");

    let cut = Stub::start(|_, _| Reply::Bytes(b"HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\n{\"mess".to_vec())).await;
    let outcome = cut.client().send(&hello(&Content::text("hi"))).await;
    assert_eq!(outcome, SendOutcome::Uncertain { reason: "connection_lost" });

    let port = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let outcome = client(&format!("http://{port}")).send(&hello(&Content::text("hi"))).await;
    assert_eq!(outcome, SendOutcome::NotSent { reason: "not_reached" });
}

#[tokio::test]
async fn read_receipts_may_show_typing() {
    let stub = Stub::answering(200, r#"{"success":true}"#).await;
    stub.client().mark_read("wamid.X", true).await.unwrap();
    let asked = stub.asked();
    let (_, body) = asked[0].split_once("\r\n\r\n").unwrap();
    let expected = json!({"messaging_product": "whatsapp", "status": "read", "message_id": "wamid.X",
        "typing_indicator": {"type": "text"}});
    assert_eq!(serde_json::from_str::<Value>(body).unwrap(), expected);
    assert_eq!(read_body("wamid.X", false).get("typing_indicator"), None);
}
