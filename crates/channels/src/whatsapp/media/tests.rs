//! Tests of `media`.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::super::stub::{Reply, Stub, http};
use super::*;

const FILE: &[u8] = b"\xff\xd8\xff a small picture";

fn media(stub: &Stub, further: &[Url]) -> Media {
    let client = stub.client();
    let policy = Policy::new(&Url::parse(&stub.origin).unwrap(), further);
    Media::new(client.graph().clone(), client.phone_number_id(), Transfers::new(policy).unwrap())
}

fn hex_of(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

/// Tells of a file at `url` (on this server where it begins with a slash), then answers with `file`.
async fn serving(info: impl Fn(&str) -> String + Send + Sync + 'static, file: Vec<u8>) -> Stub {
    Stub::start(move |number, request| {
        let host = request.lines().find_map(|line| line.strip_prefix("host: ")).unwrap_or_default();
        match number {
            0 => Reply::Bytes(http(200, &[], info(&format!("http://{host}/file")).as_bytes())),
            _ => Reply::Bytes(file.clone()),
        }
    })
    .await
}

async fn fetch(stub: &Stub, max: u64) -> (Result<Downloaded, MediaError>, Vec<u8>) {
    let mut sink = Vec::new();
    let outcome = media(stub, &[]).download("77", max, &mut sink).await;
    (outcome, sink)
}

#[tokio::test]
async fn a_file_is_asked_for_fetched_and_verified() {
    for sha256 in [hex_of(FILE), STANDARD.encode(Sha256::digest(FILE))] {
        let info = move |url: &str| {
            format!(r#"{{"url":"{url}","mime_type":"image/jpeg","sha256":"{sha256}","file_size":"{}"}}"#, FILE.len())
        };
        let stub = serving(info, http(200, &[], FILE)).await;
        let (outcome, sink) = fetch(&stub, DOCUMENT_MAX).await;
        let downloaded = outcome.unwrap();
        assert_eq!((downloaded.size, downloaded.mime_type.as_deref()), (FILE.len() as u64, Some("image/jpeg")));
        assert_eq!(sink, FILE);
        let asked = stub.asked();
        assert!(asked[0].starts_with("GET /v23.0/77?phone_number_id=1001 "), "{}", asked[0]);
        for request in &asked {
            assert!(request.to_lowercase().contains("authorization: bearer token-1"), "{request}");
            assert!(request.to_lowercase().contains("user-agent: frontdesk/"), "{request}");
        }
    }
}

#[tokio::test]
async fn a_file_that_is_not_the_announced_one_is_refused() {
    for (announced, what) in [
        (format!(r#""sha256":"{}""#, hex_of(b"another")), "sha256"),
        (format!(r#""file_size":{}"#, FILE.len() + 1), "size"),
    ] {
        let info = move |url: &str| format!(r#"{{"url":"{url}","mime_type":"image/jpeg",{announced}}}"#);
        let stub = serving(info, http(200, &[], FILE)).await;
        match fetch(&stub, DOCUMENT_MAX).await.0 {
            Err(MediaError::Mismatch(found)) => assert_eq!(found, what),
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn what_is_too_large_is_cut() {
    let plain = |url: &str| format!(r#"{{"url":"{url}","mime_type":"application/pdf"}}"#);
    // Announced by the provider.
    let announced = |url: &str| format!(r#"{{"url":"{url}","mime_type":"image/png","file_size":{}}}"#, MEDIA_MAX + 1);
    let stub = serving(announced, http(200, &[], FILE)).await;
    let (outcome, _) = fetch(&stub, DOCUMENT_MAX).await;
    assert!(matches!(outcome, Err(MediaError::TooLarge { max: MEDIA_MAX })), "{outcome:?}");
    assert_eq!(stub.asked().len(), 1, "not even asked for");
    // Announced by the host.
    let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", 2u64 << 30);
    let stub = serving(plain, head.into_bytes()).await;
    let (outcome, sink) = fetch(&stub, 1_000).await;
    assert!(matches!(outcome, Err(MediaError::TooLarge { max: 1_000 })), "{outcome:?}");
    assert!(sink.is_empty());
    // Announced by nobody.
    let mut endless = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n".to_vec();
    for _ in 0..100 {
        endless.extend_from_slice(b"64\r\n");
        endless.extend_from_slice(&[7; 100]);
        endless.extend_from_slice(b"\r\n");
    }
    let stub = serving(plain, endless).await;
    let (outcome, sink) = fetch(&stub, 1_000).await;
    assert!(matches!(outcome, Err(MediaError::TooLarge { max: 1_000 })), "{outcome:?}");
    assert!(sink.len() <= 1_000);
}

#[tokio::test]
async fn a_host_that_lies_about_the_length_is_found_out() {
    let plain = |url: &str| format!(r#"{{"url":"{url}"}}"#);
    let stub = serving(plain, b"HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\nshort".to_vec()).await;
    let (outcome, _) = fetch(&stub, DOCUMENT_MAX).await;
    assert!(matches!(outcome, Err(MediaError::Interrupted(_))), "{outcome:?}");
    assert!(outcome.unwrap_err().may_pass());
}

#[tokio::test]
async fn addresses_off_the_list_are_never_called() {
    for address in ["http://169.254.169.254/latest", "https://lookaside.fbsbx.com/x", "http://user@127.0.0.1/x"] {
        let info = move |_: &str| format!(r#"{{"url":"{address}"}}"#);
        let stub = serving(info, http(200, &[], FILE)).await;
        let (outcome, _) = fetch(&stub, DOCUMENT_MAX).await;
        assert!(matches!(outcome, Err(MediaError::Blocked(_))), "{address}: {outcome:?}");
        assert_eq!(outcome.unwrap_err().reason(), "blocked");
    }
}

#[tokio::test]
async fn redirects_are_few_and_judged() {
    let plain = |url: &str| format!(r#"{{"url":"{url}"}}"#);
    // For ever on the same host.
    let stub = serving(plain, http(302, &[("location", "/again")], b"")).await;
    let (outcome, _) = fetch(&stub, DOCUMENT_MAX).await;
    assert!(matches!(outcome, Err(MediaError::Redirects)), "{outcome:?}");
    assert_eq!(stub.asked().len(), 1 + 1 + REDIRECTS_MAX);
    // Off the list, to nowhere, to another scheme.
    for (location, calls) in [("http://127.0.0.1:1/x", 2), ("http://169.254.169.254/", 2), ("file:///etc/passwd", 2)] {
        let stub = serving(plain, http(302, &[("location", location)], b"")).await;
        let (outcome, _) = fetch(&stub, DOCUMENT_MAX).await;
        assert!(matches!(outcome, Err(MediaError::Blocked(_))), "{location}: {outcome:?}");
        assert_eq!(stub.asked().len(), calls);
    }
    let stub = serving(plain, http(302, &[], b"")).await;
    assert!(matches!(fetch(&stub, DOCUMENT_MAX).await.0, Err(MediaError::Redirects)));
}

#[tokio::test]
async fn another_host_does_not_see_the_token() {
    let other = Stub::start(|_, _| Reply::Bytes(http(200, &[], FILE))).await;
    let location = format!("{}/file", other.origin);
    let stub = serving(|url| format!(r#"{{"url":"{url}"}}"#), http(302, &[("location", &location)], b"")).await;
    let mut sink = Vec::new();
    let further = [Url::parse(&other.origin).unwrap()];
    media(&stub, &further).download("77", DOCUMENT_MAX, &mut sink).await.unwrap();
    assert_eq!(sink, FILE);
    assert!(!other.asked()[0].to_lowercase().contains("authorization"), "{}", other.asked()[0]);
}

#[tokio::test]
async fn missing_files_are_gone() {
    let unknown = r#"{"error":{"message":"Unsupported get request","code":100,"error_subcode":33}}"#;
    let stub = Stub::answering(400, unknown).await;
    assert!(matches!(fetch(&stub, 1).await.0, Err(MediaError::Gone)));
    let stub = serving(|url| format!(r#"{{"url":"{url}"}}"#), http(404, &[], b"")).await;
    assert!(matches!(fetch(&stub, 1).await.0, Err(MediaError::Gone)));
    let stub = serving(|url| format!(r#"{{"url":"{url}"}}"#), http(401, &[], b"<html>")).await;
    assert!(matches!(fetch(&stub, 1).await.0, Err(MediaError::Status(401))));
    let stub = Stub::answering(200, r#"{"id":"77"}"#).await;
    assert!(matches!(fetch(&stub, 1).await.0, Err(MediaError::Call(CallError::Unknown(_)))));
}

#[tokio::test]
async fn an_upload_is_one_form() {
    let stub = Stub::answering(200, r#"{"id":"4490709327384033"}"#).await;
    let media = media(&stub, &[]);
    let reader = std::io::Cursor::new(b"file content".to_vec());
    assert_eq!(media.upload(reader, 12, "application/pdf", "a/b.pdf").await.as_deref(), Ok("4490709327384033"));
    let id = media.upload_bytes(bytes::Bytes::from_static(b"file content"), "text/plain", "b.txt").await;
    assert_eq!(id.as_deref(), Ok("4490709327384033"));
    for request in stub.asked() {
        assert!(request.starts_with("POST /v23.0/1001/media HTTP/1.1"), "{request}");
        for part in ["name=\"messaging_product\"\r\n\r\nwhatsapp", "name=\"file\"; filename=\"b.", "file content"] {
            assert!(request.contains(part), "{part} in {request}");
        }
    }
    let bad = media.upload_bytes(bytes::Bytes::new(), "no type", "b.txt").await;
    assert_eq!(bad, Err(CallError::NotReached("bad_media_type")));
}

#[test]
fn limits_follow_the_kind() {
    assert_eq!(limit_of(Some("audio/ogg; codecs=opus")), MEDIA_MAX);
    assert_eq!(limit_of(Some("IMAGE/webp")), MEDIA_MAX);
    assert_eq!(limit_of(Some("application/pdf")), DOCUMENT_MAX);
    assert_eq!(limit_of(None), DOCUMENT_MAX);
}
