//! The log as files: by day, beside a running server, again and again, killed in between; and opened only with the master key, a
//! reason, and an entry in the audit log.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::path::Path;
use std::process::Command;

use reqwest::StatusCode;
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::support::{Frontdesk, Person, Shop};

fn export(folder: &Path, out: &Path, more: &[&str]) -> (Option<i32>, String) {
    let mut command = Frontdesk::command(folder);
    let output = command.args(["log", "export", "--out"]).arg(out).args(more).output().unwrap();
    (output.status.code(), String::from_utf8(output.stderr).unwrap())
}

#[track_caller]
fn exported(folder: &Path, out: &Path, more: &[&str]) -> Value {
    let (code, said) = export(folder, out, more);
    assert_eq!(code, Some(0), "{said}");
    serde_json::from_slice(&std::fs::read(out.join("manifest.json")).unwrap()).unwrap()
}

/// Every line of every file that the manifest lists, which must be what it says of them.
fn lines(out: &Path, manifest: &Value) -> Vec<Value> {
    let mut all = Vec::new();
    for file in manifest["files"].as_array().unwrap() {
        let path = file["path"].as_str().unwrap();
        let bytes = std::fs::read(out.join(path)).unwrap();
        assert_eq!(hex::encode(Sha256::digest(&bytes)), file["sha256"].as_str().unwrap(), "{path}");
        let mut text = String::new();
        flate2::read::GzDecoder::new(&bytes[..]).read_to_string(&mut text).unwrap();
        let events: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(file["events"], events.len(), "{path}");
        assert_eq!(
            (pos(&events[0]), pos(&events[events.len() - 1])),
            (number(&file["first_pos"]), number(&file["last_pos"]))
        );
        for event in &events {
            let day = &event["recordedtime"].as_str().unwrap()[..10];
            assert!(path.starts_with(&format!("events/date={day}/part-")), "{path} has {day}");
        }
        all.extend(events);
    }
    assert_eq!(manifest["events"], all.len());
    all
}

fn number(value: &Value) -> u64 {
    value.as_u64().unwrap()
}
fn pos(event: &Value) -> u64 {
    event["id"].as_str().unwrap().parse().unwrap()
}
#[track_caller]
fn without_a_gap(events: &[Value]) -> u64 {
    let positions: Vec<_> = events.iter().map(pos).collect();
    assert_eq!(positions, (1..=positions.len() as u64).collect::<Vec<_>>());
    positions.len() as u64
}

/// The files' content by name.
fn files(out: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    for day in std::fs::read_dir(out.join("events")).unwrap() {
        for file in std::fs::read_dir(day.unwrap().path()).unwrap() {
            let path = file.unwrap().path();
            found.insert(path.display().to_string(), std::fs::read(path).unwrap());
        }
    }
    found
}

#[tokio::test]
async fn a_running_log_is_exported_and_again_with_only_what_is_new() {
    let shop = Shop::open().await;
    shop.customer("+34611222333", "Lucía").says("Hola, una frase muy particular");
    shop.conversation_with("Lucía").await;
    let folder = shop.desk.folder();
    let out = folder.path().join("export");
    let first = exported(folder.path(), &out, &[]);
    let events = lines(&out, &first);
    let head = without_a_gap(&events);
    assert!(head > 5 && first["personal"] == "sealed");
    let text = serde_json::to_string(&events).unwrap();
    assert!(!text.contains("particular") && !text.contains("Lucía"));
    let received = events.iter().find(|event| event["type"] == "message.received").unwrap();
    assert_eq!((&received["data"]["sealed"], &received["data"]["private"]), (&Value::Bool(true), &Value::Null));
    // One line is what the event stream says of it.
    let path = format!("/v1/event-stream?until_pos={head}");
    let streamed = shop.admin.request(reqwest::Method::GET, &path).send().await.unwrap().text().await.unwrap();
    let streamed: Vec<Value> = streamed.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(streamed[..events.len()], events);
    // Each names a schema that is there.
    let names: BTreeSet<_> = events.iter().map(|event| event["dataschema"].as_str().unwrap().to_owned()).collect();
    for name in names {
        let (kind, version) = name.strip_prefix("urn:frontdesk:event-schema:").unwrap().rsplit_once(':').unwrap();
        let schema = std::fs::read(out.join(format!("schemas/{kind}.{version}.json"))).unwrap();
        let schema: Value = serde_json::from_slice(&schema).unwrap();
        assert_eq!(schema["$id"], name);
    }

    let before = files(&out);
    assert_eq!(exported(folder.path(), &out, &[]), first, "nothing is new");
    shop.customer("+34611222334", "Marta").says("Buenas");
    shop.conversation_with("Marta").await;
    let second = exported(folder.path(), &out, &[]);
    assert!(without_a_gap(&lines(&out, &second)) > head);
    let after = files(&out);
    assert!(before.iter().all(|(name, bytes)| after.get(name) == Some(bytes)), "what is written stays as it is");
    // A file that was lost is made again.
    let lost = out.join(second["files"][0]["path"].as_str().unwrap());
    std::fs::remove_file(&lost).unwrap();
    without_a_gap(&lines(&out, &exported(folder.path(), &out, &[])));
}

#[tokio::test]
async fn days_that_are_not_asked_for_are_left_out_and_can_be_added_later() {
    let desk = Frontdesk::start();
    let (folder, _) = desk.stop();
    let out = folder.path().join("export");
    let manifest = exported(folder.path(), &out, &["--from", "1999-01-01", "--to", "1999-12-31"]);
    assert_eq!(manifest["events"], 0);
    let manifest = exported(folder.path(), &out, &["--from", "1999-01-01"]);
    assert!(without_a_gap(&lines(&out, &manifest)) > 0);
    let (code, said) = export(folder.path(), &out, &["--from", "2026-02-01", "--to", "2026-01-01"]);
    assert_eq!(code, Some(78), "{said}");
    assert_eq!(export(folder.path(), &out, &["--from", "yesterday"]).0, Some(2));
}

#[tokio::test]
async fn an_export_killed_at_any_moment_goes_on_where_it_was() {
    let shop = Shop::open().await;
    for n in 0..20 {
        shop.customer(&format!("+346112223{n:02}"), &format!("Customer {n}")).says("Hola");
    }
    shop.conversation_with("Customer 19").await;
    let folder = shop.desk.folder();
    let out = folder.path().join("export");
    // Killed as soon as this is there, or at once.
    for moment in [".", ".lock", "schemas", "events", "manifest.json", "schemas", "events"] {
        let mut child = Frontdesk::command(folder.path())
            .args(["log", "export", "--out"])
            .arg(&out)
            .stderr(std::process::Stdio::null())
            .spawn()
            .unwrap();
        while !out.join(moment).exists() && child.try_wait().unwrap().is_none() {
            tokio::task::yield_now().await;
        }
        child.kill().unwrap();
        child.wait().unwrap();
        // Whatever the manifest lists is whole.
        if let Ok(bytes) = std::fs::read(out.join("manifest.json")) {
            lines(&out, &serde_json::from_slice(&bytes).unwrap());
        }
        shop.customer("+34611222399", "Lucía").says("y otra cosa");
    }
    shop.conversation_with("Lucía").await;
    let manifest = exported(folder.path(), &out, &[]);
    without_a_gap(&lines(&out, &manifest));
}

#[tokio::test]
async fn what_is_personal_is_opened_with_the_key_and_a_reason_that_is_on_record() {
    let shop = Shop::open().await;
    shop.customer("+34611222333", "Lucía").says("Hola, una frase muy particular");
    shop.conversation_with("Lucía").await;
    let folder = shop.desk.folder();
    let out = folder.path().join("opened");
    let opened = ["--open-personal", "--reason", "the court asked, case 12"];
    assert_eq!(export(folder.path(), &out, &["--open-personal"]).0, Some(2), "without a reason it is not begun");
    let (code, said) = export(folder.path(), &out, &opened);
    assert_eq!(code, Some(75), "what opens must also write, which a running server does: {said}");
    shop.desk.stop();
    let (code, said) = export(folder.path(), &out, &["--open-personal", "--reason", "  "]);
    assert_eq!(code, Some(78), "{said}");
    let manifest = exported(folder.path(), &out, &opened);
    assert_eq!(manifest["personal"], "opened");
    let events = lines(&out, &manifest);
    let head = without_a_gap(&events);
    let received = events.iter().find(|event| event["type"] == "message.received").unwrap();
    assert_eq!(received["data"]["private"]["content"]["text"]["body"], "Hola, una frase muy particular");
    assert_eq!(
        (&received["data"]["sealed"], &received["dataclassification"]),
        (&Value::Bool(false), &"confidential".into())
    );
    // Secrets are nobody's to read.
    let text = serde_json::to_string(&events).unwrap();
    for secret in ["argon2id", "shop-app-secret", "token-1", "verify-me"] {
        assert!(!text.contains(secret), "{secret}");
    }
    // The two kinds are not mixed.
    let (code, said) = export(folder.path(), &out, &[]);
    assert_eq!(code, Some(78), "{said}");
    assert!(said.contains("another folder"), "{said}");

    let desk = Frontdesk::on(folder);
    let admin = Person::sign_in(&desk, "ada@example.com", "correct horse battery staple").await;
    let audit = admin.get("/v1/audit-log?action=data_exported").await.expect(StatusCode::OK);
    let entry = &audit["data"][0];
    assert_eq!((&entry["actor"]["type"], &entry["pos"]), (&"system".into(), &Value::from(head + 1)));
    assert_eq!(entry["details"]["reason"], "the court asked, case 12");
    assert_eq!((&entry["details"]["from_pos"], &entry["details"]["to_pos"]), (&"1".into(), &head.to_string().into()));
    let event = admin.get(&format!("/v1/events/{}", head + 1)).await.expect(StatusCode::OK);
    assert_eq!(event["facts"]["operation"], "log_export");
    assert!(!event["facts"].to_string().contains("court"), "the reason may name people, so it is sealed");
}

#[tokio::test]
async fn a_folder_holds_one_log_and_nothing_that_the_log_lacks() {
    let (one, _) = Frontdesk::start().stop();
    let (other, _) = Frontdesk::start().stop();
    let out = one.path().join("export");
    exported(one.path(), &out, &[]);
    let (code, said) = export(other.path(), &out, &[]);
    assert_eq!(code, Some(78), "{said}");
    assert!(said.contains("another log"), "{said}");
    let manifest = std::fs::read_to_string(out.join("manifest.json")).unwrap();
    let mut changed: Value = serde_json::from_str(&manifest).unwrap();
    changed["files"][0]["last_pos"] = 9_999.into();
    std::fs::write(out.join("manifest.json"), changed.to_string()).unwrap();
    let (code, said) = export(one.path(), &out, &[]);
    assert_eq!(code, Some(65), "{said}");
    let nothing = tempfile::tempdir().unwrap();
    assert_eq!(export(nothing.path(), &out, &[]).0, Some(74));
    let help = Command::new(env!("CARGO_BIN_EXE_frontdesk")).args(["log", "export", "--help"]).output().unwrap();
    assert!(help.status.success());
}
