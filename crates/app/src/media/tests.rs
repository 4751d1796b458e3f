//! Files coming in and going out: one rule per test.

use std::sync::Arc;

use domain::content::{Content, MessageKind};
use domain::event::SealKey;
use domain::ids::*;
use domain::time::Millis;
use futures_util::stream;
use serde_json::json;

use super::*;
use crate::provider::{DownloadError, Provider};
use crate::testing::{Bench, Download, picture, soon, until};
use crate::workers::{Wake, Worker};

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0 and the rest of it";

fn fetcher(bench: &Bench) -> FetchWorker {
    let provider: Arc<dyn Provider> = bench.provider.clone();
    FetchWorker::new(bench.desk.clone(), provider, Wake::default())
}

async fn turn(worker: &mut FetchWorker) {
    worker.step().await;
    soon(worker.drain()).await;
}

fn only_media(bench: &Bench) -> MediaId {
    let fetched = bench.events().into_iter().rev().find_map(|event| match event {
        Event::MediaFetchRequested(event) => Some(event.media_id),
        _ => None,
    });
    fetched.expect("a file was asked for")
}

async fn read(opened: &OpenMedia, start: u64, length: u64) -> Vec<u8> {
    let mut pieces = opened.read(start, length).unwrap();
    let mut bytes = Vec::new();
    while let Some(piece) = pieces.next().await {
        bytes.extend(piece.unwrap());
    }
    bytes
}

/// Every file under the data directory that holds these bytes.
pub(crate) fn holding(dir: &std::path::Path, needle: &[u8]) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    let mut todo = vec![dir.to_owned()];
    while let Some(dir) = todo.pop() {
        for entry in std::fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                todo.push(path);
            } else if std::fs::read(&path).is_ok_and(|bytes| contains(&bytes, needle)) {
                found.push(path);
            }
        }
    }
    found
}

fn contains(bytes: &[u8], needle: &[u8]) -> bool {
    needle.is_empty() || bytes.windows(needle.len()).any(|part| part == needle)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_customers_picture_is_fetched_once_and_read_back_in_ranges() {
    let bench = Bench::new().await;
    let bytes = [PNG, &vec![7; 200_000]].concat();
    bench.provider.files.lock().insert("m1".to_owned(), Download::Gives(bytes.clone()));
    bench.customer("34600000001", picture("m1", "image/png")).await;
    let mut worker = fetcher(&bench);
    turn(&mut worker).await;
    turn(&mut worker).await;
    assert_eq!(bench.provider.downloads.lock().len(), 1);
    let opened = bench.desk.open_media(&bench.principal(), only_media(&bench)).unwrap();
    assert_eq!((opened.file.size, opened.file.mime.as_str()), (bytes.len() as u64, "image/png"));
    assert_eq!(read(&opened, 0, u64::MAX).await, bytes);
    assert_eq!(read(&opened, 65_530, 20).await, bytes[65_530..65_550]);
    assert!(holding(bench.dir.path(), PNG).is_empty(), "nothing lies in the clear");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_does_not_come_says_why() {
    let table = [
        (Download::Fails(DownloadError::TooLarge), "too_large"),
        (Download::Gives(vec![0; MEDIA_BYTES_MAX as usize + 1]), "too_large"),
        (Download::Fails(DownloadError::Gone), "gone"),
        (Download::Fails(DownloadError::Blocked { reason: "private address" }), "blocked"),
        (Download::Fails(DownloadError::HashMismatch), "hash_mismatch"),
    ];
    for (download, reason) in table {
        let bench = Bench::new().await;
        bench.provider.files.lock().insert("m1".to_owned(), download);
        bench.customer("34600000001", picture("m1", "image/png")).await;
        turn(&mut fetcher(&bench)).await;
        let card = bench.desk.media(&bench.principal(), only_media(&bench)).unwrap();
        assert_eq!(card.status, MediaStatus::Failed(reason.to_owned()));
        let incoming = bench.desk.media_dir().join("incoming");
        assert_eq!(std::fs::read_dir(incoming).unwrap().count(), 0, "nothing is left behind");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_is_not_what_the_message_said_is_refused() {
    let bench = Bench::new().await;
    bench.provider.files.lock().insert("m1".to_owned(), Download::Gives(PNG.to_vec()));
    let body = json!({"id": "m1", "mime_type": "image/png", "sha256": "00".repeat(32)});
    bench.customer("34600000001", Content { kind: MessageKind::Image, body }).await;
    turn(&mut fetcher(&bench)).await;
    let card = bench.desk.media(&bench.principal(), only_media(&bench)).unwrap();
    assert_eq!(card.status, MediaStatus::Failed("hash_mismatch".to_owned()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_word_that_is_no_checksum_keeps_no_file_away() {
    let bench = Bench::new().await;
    bench.provider.files.lock().insert("m1".to_owned(), Download::Gives(PNG.to_vec()));
    let body = json!({"id": "m1", "mime_type": "image/png", "sha256": "not told"});
    bench.customer("34600000001", Content { kind: MessageKind::Image, body }).await;
    turn(&mut fetcher(&bench)).await;
    let card = bench.desk.media(&bench.principal(), only_media(&bench)).unwrap();
    assert!(matches!(card.status, MediaStatus::Stored(_)), "{:?}", card.status);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_does_not_come_is_asked_for_again_for_a_week() {
    let bench = Bench::new().await;
    let later = Download::Fails(DownloadError::Later { reason: "busy" });
    bench.provider.files.lock().insert("m1".to_owned(), later);
    bench.customer("34600000001", picture("m1", "image/png")).await;
    let mut worker = fetcher(&bench);
    turn(&mut worker).await;
    turn(&mut worker).await;
    assert_eq!(bench.provider.downloads.lock().len(), 1, "not before its time");
    bench.clock.advance(Millis::seconds(5));
    turn(&mut worker).await;
    assert_eq!(bench.provider.downloads.lock().len(), 2);
    bench.clock.advance(Millis::days(7));
    turn(&mut worker).await;
    let card = bench.desk.media(&bench.principal(), only_media(&bench)).unwrap();
    assert_eq!(card.status, MediaStatus::Failed("expired".to_owned()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_sent_as_a_picture_is_only_bytes() {
    let page: &[u8] = b"<!DOCTYPE html><html><script>alert(1)</script></html>";
    let bench = Bench::new().await;
    for (bytes, declared, expected) in [
        (page, "image/jpeg", "application/octet-stream"),
        (page, "text/html", "application/octet-stream"),
        (page, "text/plain", "application/octet-stream"),
        (PNG, "image/jpeg", "application/octet-stream"),
        (PNG, "image/png", "image/png"),
        (b"a plain note", "text/plain; charset=utf-8", "text/plain"),
        (b"a plain note", "image/svg+xml", "application/octet-stream"),
    ] {
        let uploaded = upload(&bench, bytes, Some(declared)).await.unwrap();
        assert_eq!(uploaded.file.mime, expected, "{declared}");
    }
}

async fn upload(
    bench: &Bench,
    bytes: &[u8],
    declared: Option<&str>,
) -> Result<domain::event::media::MediaUploaded, UploadError> {
    let pieces: Vec<Result<Vec<u8>, ()>> = bytes.chunks(1_000).map(|piece| Ok(piece.to_vec())).collect();
    bench.desk.store_upload(&bench.principal(), Some("picture.png"), declared, stream::iter(pieces)).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_upload_is_copied_for_the_contact_when_it_is_sent() {
    let bench = Bench::new().await;
    let conversation = bench.says("34600000001", "a picture please").await;
    let uploaded = upload(&bench, PNG, Some("image/png")).await.unwrap();
    assert_eq!(uploaded.file.seal, SealKey::WORKSPACE);
    let body = json!({"id": uploaded.media_id, "caption": "here"});
    let content = Content { kind: MessageKind::Image, body };
    let (content, copy) = bench.desk.attach(&bench.principal(), conversation, content).await.unwrap();
    let copy = copy.unwrap();
    assert_ne!(copy, uploaded.media_id);
    let message = bench.replies(conversation, content, Some(copy)).await;
    let opened = bench.desk.open_media(&bench.principal(), copy).unwrap();
    assert_ne!(opened.file.seal, SealKey::WORKSPACE);
    assert_eq!(read(&opened, 0, u64::MAX).await, PNG);
    let workers = crate::Workers::start(&bench.desk, crate::WorkerConfig { provider: bench.provider.clone() });
    until("it is sent", || bench.status(message) == "accepted").await;
    soon(workers.stop()).await;
    assert_eq!(*bench.provider.uploaded.lock(), [("image/png".to_owned(), PNG.to_vec())]);
    let sent = bench.provider.sent.lock()[0].content.body["id"].as_str().unwrap().to_owned();
    assert!(sent.starts_with("up."), "the provider gets its own id");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_nobody_knows_or_that_is_the_providers_cannot_be_attached() {
    let bench = Bench::new().await;
    let conversation = bench.says("34600000001", "hi").await;
    for id in ["987654".to_owned(), MediaId::from_u128(5 << 80).to_string()] {
        let content = Content { kind: MessageKind::Image, body: json!({"id": id}) };
        let refused = bench.desk.attach(&bench.principal(), conversation, content).await.unwrap_err();
        assert_eq!(refused, domain::rejection::Rejection::UnknownReference { field: "id" }.into());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_upload_that_breaks_off_or_is_empty_leaves_nothing() {
    let bench = Bench::new().await;
    let broken = stream::iter([Ok(PNG.to_vec()), Err(())]);
    let refused = bench.desk.store_upload(&bench.principal(), None, None, broken).await;
    assert!(matches!(refused, Err(UploadError::Interrupted)));
    assert!(matches!(upload(&bench, b"", None).await, Err(UploadError::Empty)));
    let files = walk(bench.desk.media_dir());
    assert_eq!(files, 0);
}

fn walk(dir: &std::path::Path) -> usize {
    holding(dir, b"").len()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_not_sent_within_a_week_is_removed() {
    let bench = Bench::new().await;
    let conversation = bench.says("34600000001", "hi").await;
    let uploaded = upload(&bench, PNG, None).await.unwrap();
    let content = Content { kind: MessageKind::Image, body: json!({"id": uploaded.media_id}) };
    let (content, copy) = bench.desk.attach(&bench.principal(), conversation, content).await.unwrap();
    bench.replies(conversation, content, copy).await;
    let mut sweep = SweepWorker::new(bench.desk.clone());
    sweep.step().await;
    assert!(bench.desk.open_media(&bench.principal(), uploaded.media_id).is_ok());
    bench.clock.advance(Millis(Millis::days(7).0 + 1));
    sweep.step().await;
    assert!(bench.desk.open_media(&bench.principal(), uploaded.media_id).is_err());
    assert!(bench.desk.open_media(&bench.principal(), copy.unwrap()).is_ok(), "what was sent stays");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_upload_is_its_owners_until_it_is_sent() {
    let bench = Bench::new().await;
    let uploaded = upload(&bench, PNG, None).await.unwrap();
    let stranger = Principal::plain(UserId::from_u128(1), domain::access::Role::Operator);
    assert!(bench.desk.media(&stranger, uploaded.media_id).is_err());
    assert!(bench.desk.media(&bench.principal(), uploaded.media_id).is_ok());
}
