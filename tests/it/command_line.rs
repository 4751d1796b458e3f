//! The binary from the outside: configuration, exit codes, looking after the data.

use std::process::{Command, Output};

use reqwest::StatusCode;

use crate::support::{Frontdesk, Person, Shop};

fn run(command: &mut Command) -> (Option<i32>, String, String) {
    let Output { status, stdout, stderr } = command.output().unwrap();
    (status.code(), String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap())
}

#[test]
fn the_printed_configuration_shows_no_secret() {
    let folder = tempfile::tempdir().unwrap();
    let (code, out, err) = run(Frontdesk::command(folder.path()).args(["serve", "--print-config"]));
    assert_eq!(code, Some(0), "{err}");
    assert!(out.contains("bind = \"127.0.0.1:0\""), "{out}");
    assert!(out.contains("[redacted]") && !out.contains("battery staple"), "{out}");
}

#[test]
fn wrong_settings_are_named_and_end_with_78() {
    let folder = tempfile::tempdir().unwrap();
    let command = || Frontdesk::command(folder.path());
    let (code, _, err) = run(command().arg("serve").env("FRONTDESK__SERVER__BINDD", "127.0.0.1:0"));
    assert_eq!(code, Some(78), "{err}");
    assert!(err.contains("bindd"), "{err}");
    let (code, _, err) = run(command().arg("serve").env_remove("FRONTDESK__MASTER_KEY_FILE"));
    assert_eq!(code, Some(78), "{err}");
    assert!(err.contains("master key"), "{err}");
    std::fs::write(folder.path().join("config.toml"), "[server\n").unwrap();
    let (code, _, err) = run(command().args(["serve", "--config"]).arg(folder.path().join("config.toml")));
    assert_eq!(code, Some(78), "{err}");
}

#[tokio::test]
async fn another_master_key_is_refused_with_a_sentence() {
    let desk = Frontdesk::start();
    let (folder, _) = desk.stop();
    let other = folder.path().join("other-key");
    std::fs::write(&other, "aa".repeat(32)).unwrap();
    let settings = [("FRONTDESK__MASTER_KEY_FILE", other.to_str().unwrap())];
    let said = Frontdesk::try_on(folder.clone(), &settings).err().expect("it must not start");
    assert!(said.contains("master key"), "{said}");
    Frontdesk::on(folder);
}

#[tokio::test]
async fn a_log_is_verified_exported_backed_up_and_restored_without_sending_anything() {
    let shop = Shop::open().await;
    shop.customer("+34611222333", "Lucía").says("Hola");
    let conversation = shop.conversation_with("Lucía").await;
    let reply = shop.admin.replies(&conversation, "Buenas").await;
    shop.message_reaches(reply["id"].as_str().unwrap(), "read").await;
    let folder = shop.desk.folder();
    // Beside the running server.
    let (code, _, err) = run(Frontdesk::command(folder.path()).args(["log", "verify"]));
    assert_eq!(code, Some(0), "{err}");
    assert!(err.contains("sound"), "{err}");
    let backup = folder.path().join("backup");
    let (code, _, err) = run(Frontdesk::command(folder.path()).args(["backup", "--out"]).arg(&backup));
    assert_eq!(code, Some(0), "{err}");
    let log_id = shop.admin.get("/v1/events?limit=1").await.expect(StatusCode::OK)["log_id"].clone();
    shop.desk.stop();

    let (code, out, err) = run(Frontdesk::command(folder.path()).args(["log", "dump"]));
    assert_eq!(code, Some(0), "{err}");
    assert!(out.lines().count() > 5 && !out.contains("Hola"), "facts readable, texts sealed");
    let (code, out, err) = run(Frontdesk::command(folder.path()).args(["log", "stats"]));
    assert_eq!(code, Some(0), "{err}");
    assert!(out.contains("message.received"), "{out}");

    let elsewhere = std::sync::Arc::new(tempfile::tempdir().unwrap());
    let (code, _, err) = run(Frontdesk::command(elsewhere.path()).args(["restore", "--from"]).arg(&backup));
    assert_eq!(code, Some(0), "{err}");
    let copy = Frontdesk::on(elsewhere.clone());
    let admin = Person::sign_in(&copy, "ada@example.com", "correct horse battery staple").await;
    let path = format!("/v1/conversations/{}/messages", conversation["id"].as_str().unwrap());
    let messages = admin.get(&path).await.expect(StatusCode::OK);
    assert!(messages.to_string().contains("Hola"));
    assert_ne!(admin.get("/v1/events?limit=1").await.expect(StatusCode::OK)["log_id"], log_id);
    assert!(copy.log().contains("restored copy"), "{}", copy.log());

    // What is written now waits until somebody says that this copy is the one that sends.
    let sent = shop.whatsapp.ledger().sends().len();
    let waiting = admin.replies(&conversation, "Later").await;
    let status = format!("/v1/messages/{}", waiting["id"].as_str().unwrap());
    assert_eq!(admin.get(&status).await.expect(StatusCode::OK)["status"], "queued");
    copy.stop();
    assert_eq!(shop.whatsapp.ledger().sends().len(), sent);
    let (code, _, err) = run(Frontdesk::command(elsewhere.path()).args(["restore", "--confirm"]));
    assert_eq!(code, Some(0), "{err}");
    let copy = Frontdesk::on(elsewhere);
    let sends = shop.whatsapp.ledger().wait_until(crate::support::PATIENCE, |ledger| ledger.sends().len() == sent + 1);
    assert!(sends.await, "{}", copy.log());
}

#[test]
fn damage_in_the_journal_is_found_and_the_rest_can_be_saved() {
    let desk = Frontdesk::start();
    let data = desk.data_dir();
    let (folder, _) = desk.stop();
    // Some more history, so that something valid follows the damage.
    let (folder, _) = Frontdesk::on(folder).stop();
    let journal = data.join("log/journal");
    let segment = std::fs::read_dir(&journal).unwrap().map(|entry| entry.unwrap().path()).min().unwrap();
    let mut bytes = std::fs::read(&segment).unwrap();
    let middle = bytes.iter().rposition(|byte| *byte != 0).unwrap() / 2;
    bytes[middle] ^= 0x10;
    std::fs::write(&segment, bytes).unwrap();
    let (code, _, err) = run(Frontdesk::command(folder.path()).args(["log", "verify"]));
    assert_eq!(code, Some(65), "{err}");
    assert!(err.contains("at byte"), "{err}");
    let out = folder.path().join("saved.ndjson");
    let (code, _, err) = run(Frontdesk::command(folder.path()).args(["log", "salvage", "--out"]).arg(&out));
    assert_eq!(code, Some(0), "{err}");
    assert!(std::fs::read_to_string(out).unwrap().lines().count() > 1);
}

#[test]
fn completions_and_the_contracts_are_printed() {
    let (code, out, _) = run(Command::new(env!("CARGO_BIN_EXE_frontdesk")).args(["completions", "bash"]));
    assert_eq!(code, Some(0));
    assert!(out.contains("frontdesk"));
    let (code, out, _) = run(Command::new(env!("CARGO_BIN_EXE_frontdesk")).arg("openapi"));
    assert_eq!(code, Some(0));
    let document: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(document["openapi"].as_str().unwrap().split('.').next(), Some("3"));
    let (code, out, _) = run(Command::new(env!("CARGO_BIN_EXE_frontdesk")).arg("asyncapi"));
    assert_eq!(code, Some(0));
    assert!(out.starts_with("asyncapi: \"3.0.0\"\n"), "{out:.40}");
}

#[tokio::test]
async fn a_running_server_is_healthy_and_a_stopped_one_is_not() {
    let desk = Frontdesk::start();
    let check = |url: &str| {
        Command::new(env!("CARGO_BIN_EXE_frontdesk")).args(["healthcheck", "--url", url]).status().unwrap().success()
    };
    assert!(check(&desk.url));
    let url = desk.url.clone();
    desk.stop();
    assert!(!check(&url));
}
