//! The live stream across what happens to a whole server.

use std::process::Command;
use std::sync::Arc;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::{Frontdesk, Person};

fn run(command: &mut Command) {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// The types of the first frames of a stream, up to `ready`, and these frames.
async fn beginning(person: &Person, place: &str) -> (Vec<String>, Vec<Value>) {
    let path = format!("/v1/live/sse?snapshot=me&resume={place}");
    let mut stream = person.request(Method::GET, &path).send().await.unwrap();
    assert_eq!(stream.status(), StatusCode::OK);
    let mut text = String::new();
    while !text.contains("\"type\":\"ready\"") || !text.ends_with("\n\n") {
        text.push_str(std::str::from_utf8(&stream.chunk().await.unwrap().expect("it goes on")).unwrap());
    }
    let frames = text.lines().filter_map(|line| line.strip_prefix("data:"));
    let frames: Vec<Value> = frames.map(|frame| serde_json::from_str(frame).unwrap()).collect();
    let until = frames.iter().position(|frame| frame["type"] == "ready").unwrap();
    let types = frames[..=until].iter().map(|frame| frame["type"].as_str().unwrap().to_owned());
    (types.collect(), frames)
}

#[tokio::test]
async fn who_followed_before_a_backup_was_restored_begins_anew_though_their_position_exists() {
    let desk = Frontdesk::start();
    let ada = async |desk: &Frontdesk| Person::sign_in(desk, "ada@example.com", "correct horse battery staple").await;
    let team = |name: &str| json!({"name": name});
    let admin = ada(&desk).await;
    admin.post("/v1/teams", team("Before")).await.expect(StatusCode::CREATED);
    let folder = desk.folder();
    let backup = folder.path().join("backup");
    run(Frontdesk::command(folder.path()).args(["backup", "--out"]).arg(&backup));
    // What the copy never knows of, and where a client stood when it was over.
    let lost = admin.post("/v1/teams", team("Lost")).await.expect(StatusCode::CREATED);
    let here = admin.get("/v1/live/poll").await.expect(StatusCode::OK)["pos"].as_u64().unwrap();
    let log = admin.get("/v1/events?limit=1").await.expect(StatusCode::OK)["log_id"].clone();
    let place = format!("{}:{here}", log.as_str().unwrap());
    // Stopped and started they go on.
    desk.stop();
    let desk = Frontdesk::on(folder.clone());
    let (types, frames) = beginning(&ada(&desk).await, &place).await;
    assert_eq!((types, &frames[0]["mode"]), (vec!["ready".to_owned()], &json!("resumed")));
    desk.stop();

    let elsewhere = Arc::new(tempfile::tempdir().unwrap());
    run(Frontdesk::command(elsewhere.path()).args(["restore", "--from"]).arg(&backup));
    let copy = Frontdesk::on(elsewhere);
    let admin = ada(&copy).await;
    // The copy gives the same positions to other events.
    let mut head = 0;
    for n in 0.. {
        admin.post("/v1/teams", team(&format!("After {n}"))).await.expect(StatusCode::CREATED);
        head = admin.get("/v1/live/poll").await.expect(StatusCode::OK)["pos"].as_u64().unwrap().max(head);
        if head > here {
            break;
        }
    }
    let (types, frames) = beginning(&admin, &place).await;
    assert_eq!(types, ["reset", "ready"]);
    assert_eq!((&frames[0]["reason"], &frames[1]["mode"]), (&json!("log_changed"), &json!("snapshot")));
    assert_ne!(frames[1]["log_id"], log);
    let refused = admin.get(&format!("/v1/live/poll?resume={place}")).await;
    assert_eq!(refused.body["reason"], "log_changed");
    assert_eq!(refused.refused(410), "position-gone");
    let path = format!("/v1/teams/{}", lost["id"].as_str().unwrap());
    admin.get(&path).await.expect(StatusCode::NOT_FOUND);
}
