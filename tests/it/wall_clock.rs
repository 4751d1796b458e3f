//! A wall clock that is set while the server runs: with libfaketime, which tells the process another time as soon as a file
//! says so. Skipped, loudly, where it is not installed.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use reqwest::StatusCode;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{Frontdesk, Person, Shop, eventually};

fn library() -> Option<PathBuf> {
    let folders = std::fs::read_dir("/usr/lib").into_iter().flatten().map(|entry| entry.unwrap().path());
    folders.map(|folder| folder.join("faketime/libfaketimeMT.so.1")).find(|file| file.exists())
}

/// What the process is to take for the time: `+0`, `+3d`, `-5d`.
fn set(folder: &Path, offset: &str) {
    // Put in its place as a whole, so that no half of it is read.
    let draft = folder.join("offset.new");
    std::fs::write(&draft, format!("{offset}\n")).unwrap();
    std::fs::rename(draft, folder.join("offset")).unwrap();
}

/// The server with a wall clock of ours.
fn started(library: &Path, folder: Arc<TempDir>) -> Frontdesk {
    let file = folder.path().join("offset");
    let settings = [
        ("LD_PRELOAD", library.to_str().unwrap()),
        ("FAKETIME_TIMESTAMP_FILE", file.to_str().unwrap()),
        ("FAKETIME_NO_CACHE", "1"),
        ("FAKETIME_DONT_FAKE_MONOTONIC", "1"),
    ];
    Frontdesk::try_on(folder.clone(), &settings).unwrap_or_else(|log| panic!("frontdesk did not start:\n{log}"))
}

fn seconds_from_now(seconds: i64) -> String {
    let now = i64::try_from(std::time::UNIX_EPOCH.elapsed().unwrap().as_millis()).unwrap();
    domain::time::Timestamp::from_millis(now + seconds * 1_000).to_rfc3339()
}

async fn snoozes(admin: &Person, conversation: &Value, seconds: i64) {
    let path = format!("/v1/conversations/{}/snooze", conversation["id"].as_str().unwrap());
    admin.put(&path, json!({ "until": seconds_from_now(seconds) })).await.expect(StatusCode::OK);
}

async fn status(admin: &Person, conversation: &Value) -> String {
    let path = format!("/v1/conversations/{}", conversation["id"].as_str().unwrap());
    admin.get(&path).await.expect(StatusCode::OK)["status"].as_str().unwrap().to_owned()
}

/// The whole log; a page may end before it does.
async fn every_event(admin: &Person) -> Vec<Value> {
    let (mut events, mut after) = (Vec::new(), 0);
    loop {
        let page = admin.get(&format!("/v1/events?after={after}&limit=1000")).await.expect(StatusCode::OK);
        events.extend(page["data"].as_array().unwrap().iter().cloned());
        after = page["next_after"].as_u64().unwrap();
        if after >= page["head_pos"].as_u64().unwrap() {
            return events;
        }
    }
}

async fn opens(admin: &Person, conversation: &Value) {
    eventually("a snooze to end", || async { (status(admin, conversation).await == "open").then_some(()) }).await;
}

#[tokio::test]
async fn a_clock_that_is_set_while_the_server_runs_fires_nothing_early_and_nothing_twice() {
    let Some(library) = library() else {
        eprintln!("SKIPPED: libfaketime is not installed, no clock was set");
        return;
    };
    let shop = Shop::open().await;
    shop.customer("+34611222333", "Lucía").says("Hola");
    shop.customer("+34611222444", "Marta").says("Hola");
    let (long, short) = (shop.conversation_with("Lucía").await, shop.conversation_with("Marta").await);
    let (folder, ended_well) = shop.desk.stop();
    assert!(ended_well);
    set(folder.path(), "+0");
    let desk = started(&library, folder);
    let folder = desk.folder();
    let admin = shop.admin.at(&desk);
    snoozes(&admin, &long, 3_600).await;
    for offset in ["+3d", "-5d"] {
        set(folder.path(), offset);
        // The old time goes on: what is due in it ends, and nothing else.
        snoozes(&admin, &short, 2).await;
        opens(&admin, &short).await;
        assert_eq!(status(&admin, &long).await, "snoozed", "with the clock at {offset}");
        set(folder.path(), "+0");
        snoozes(&admin, &short, 2).await;
        opens(&admin, &short).await;
        assert_eq!(status(&admin, &long).await, "snoozed", "with the clock back from {offset}");
    }
    let said = desk.log();
    assert_eq!(said.matches("the wall clock was set").count(), 2, "once for each jump: {said}");
    assert_eq!(said.matches("the wall clock agrees again").count(), 2, "{said}");
    // An hour later, as far as this machine is concerned.
    let (folder, ended_well) = desk.stop();
    assert!(ended_well);
    set(folder.path(), "+3601s");
    let desk = started(&library, folder);
    let admin = Person::sign_in(&desk, crate::support::EMAIL, crate::support::PASSWORD).await;
    opens(&admin, &long).await;
    let events = every_event(&admin).await;
    let ended = events.iter().filter(|event| event["stream"] == long["id"] && event["facts"]["to"] == "open");
    assert_eq!(ended.count(), 1, "it ended once");
    let suspected: Vec<_> = events.iter().filter(|event| event["type"] == "clock.suspected").collect();
    let against = |what: &str| suspected.iter().filter(|event| event["facts"]["against"] == what).count();
    assert_eq!((against("running"), against("log_head")), (2, 0), "one event for each jump: {suspected:?}");
    let times: Vec<&str> = events.iter().map(|event| event["recorded_at"].as_str().unwrap()).collect();
    assert!(times.is_sorted(), "recorded times never go back");
}
