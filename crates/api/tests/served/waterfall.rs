//! Where time went, and what another definition moves, through HTTP: on the small desk whose minutes are known.

use reqwest::Method;
use serde_json::{Value, json};

use crate::analytics::Case;
use crate::desk::{Answer, Client, Served};
use crate::hall::id;

async fn first_conversation(case: &Case) -> String {
    let rows = case.hall.root.get("/v1/conversations?sort=created_at&limit=50").await.expect(200);
    let named = json!("Customer 4915100000001");
    let row = rows["data"]
        .as_array()
        .expect("it is there")
        .iter()
        .find(|row| row["contact"]["name"] == named)
        .expect("it is there")
        .clone();
    id(&row)
}

#[tokio::test]
async fn the_parts_of_the_waterfall_add_up_to_the_resolution_times() {
    let case = Case::open().await;
    let root = &case.hall.root;
    let answer = root.get("/v1/analytics/waterfall?group_by=agent").await.expect(200);
    let total = &answer["data"]["total"];
    let of = |name: &str| total[name].as_f64().unwrap();
    assert_eq!((total["episodes"].as_u64(), of("total_seconds")), (Some(3), 46.0 * 6.0));
    assert_eq!((of("unanswered_seconds"), of("on_customer_seconds")), (26.0 * 6.0, 20.0 * 6.0));
    let rest = of("queued_seconds") + of("bot_seconds") + of("snoozed_seconds") + of("outside_hours_seconds");
    assert_eq!(rest, 0.0);
    let summary = root.get("/v1/analytics/summary?metrics=art").await.expect(200);
    let art = &summary["data"]["total"]["metrics"][0];
    assert_eq!(art["value"].as_f64().unwrap() * art["count"].as_f64().unwrap(), of("total_seconds"));
    let groups = answer["data"]["groups"].as_array().unwrap();
    let sum: f64 = groups.iter().map(|group| group["total_seconds"].as_f64().unwrap()).sum();
    assert_eq!((groups.len(), sum), (3, of("total_seconds")));
}

#[tokio::test]
async fn a_conversations_time_is_cut_into_stretches_for_those_who_see_it() {
    let case = Case::open().await;
    let conversation = first_conversation(&case).await;
    let path = format!("/v1/conversations/{conversation}/waterfall");
    let answer = case.hall.agent.get(&path).await.expect(200);
    let stretches = answer["episodes"][0]["stretches"].as_array().unwrap();
    let shown: Vec<_> =
        stretches.iter().map(|it| (it["waits_for"].as_str().unwrap(), it["assignee_id"].clone())).collect();
    assert_eq!(shown, [("assignee", json!(case.hall.agent.user_id)), ("customer", Value::Null)]);
    assert_eq!(stretches[0]["to"], stretches[1]["from"]);
    assert_eq!(answer["episodes"][0]["resolved_at"], stretches[1]["to"]);
    case.hall.stranger.get(&path).await.expect(404);
    // As of the position at which nothing had been answered yet, it is all in the hands of whoever has it, or nobody's.
    let written = case.hall.root.events("message.queued").await;
    let before = written[0]["pos"].as_u64().unwrap() - 1;
    let then = case.hall.root.get(&format!("{path}?as_of_pos={before}")).await.expect(200);
    assert_eq!(then["episodes"][0]["resolved_at"], Value::Null);
    let kinds = then["episodes"][0]["stretches"].as_array().unwrap().iter().map(|it| it["waits_for"].clone());
    assert!(kinds.into_iter().all(|kind| kind == "assignee" || kind == "queue"));
    // Numbers of all are not an agent's.
    case.hall.agent.get("/v1/analytics/waterfall").await.expect(403);
    case.hall.agent.get("/v1/analytics/definition-impact").await.expect(403);
}

async fn changes(root: &Client, version: u64, body: Value) -> Answer {
    let request = root.request(Method::PATCH, "/v1/settings").header("if-match", format!("\"v{version}\""));
    Served::send(request.json(&body)).await
}

/// The moved metrics of an answer's total, each with why and how many rows.
fn moved(answer: &Value) -> Vec<(String, String, u64)> {
    let cells = answer["data"]["cells"].as_array().expect("it is there").iter().filter(|cell| cell["is_total"] == true);
    let line = |cell: &Value| {
        let moved = cell["moved"].as_array().expect("it is there").clone();
        let metric = cell["metric"].as_str().expect("it is there").to_owned();
        let of = move |moved: Value| {
            let reason = moved["reason"].as_str().expect("it is there").to_owned();
            (metric.clone(), reason, moved["rows"].as_u64().expect("it is there"))
        };
        moved.into_iter().map(of).collect::<Vec<_>>()
    };
    cells.flat_map(line).collect()
}

#[tokio::test]
async fn another_definition_says_which_numbers_move_and_why() {
    let case = Case::open().await;
    // An hour and a bit later nobody is signed in any more; the next event brings the log to that time.
    case.later(700);
    let root = &case.hall.served.admin().await;
    let change = async |body: Value| {
        let version = root.get("/v1/settings").await.expect(200)["version"].as_u64().unwrap();
        changes(root, version, body).await.expect(200)
    };
    let newest = async || {
        let all = root.get("/v1/metric-definitions").await.expect(200);
        all["versions"].as_array().unwrap().last().unwrap()["version"].as_u64().unwrap()
    };
    let first = newest().await;
    change(json!({"metrics": {"fcr_window_seconds": 3_600}})).await;
    assert_eq!(newest().await, first + 1);
    let impact = root.get("/v1/analytics/definition-impact").await.expect(200);
    assert_eq!((&impact["definition"], &impact["data"]["against"]), (&json!(first + 1), &json!(first)));
    // Two were answered by people; all three could be reopened.
    let expected = [("fcr", 2), ("fcr_strict", 2), ("reopen_rate", 3)];
    let expected: Vec<_> =
        expected.iter().map(|(metric, n)| (metric.to_string(), "fcr_window".to_owned(), *n)).collect();
    assert_eq!(moved(&impact), expected);
    let row = &impact["data"]["rows"][0];
    assert_eq!((&row["before"]["outcome"], &row["after"]["outcome"]), (&json!("immature"), &json!("hit")));
    // Nothing moves between a definition and itself.
    let same = root.get(&format!("/v1/analytics/definition-impact?against={}", first + 1)).await.expect(200);
    assert_eq!(same["data"], json!({"against": first + 1, "cells": [], "rows": []}));

    let days = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
    let weekly: Vec<_> = days.iter().map(|day| json!({"day": day, "start": "00:00", "end": "24:00"})).collect();
    let hours = json!({"name": "Always", "time_zone": "UTC", "weekly": weekly});
    let hours = id(&root.post("/v1/business-hours", hours).await.expect(201));
    change(json!({"metrics": {"hours_id": hours}})).await;
    let impact = root.get("/v1/analytics/definition-impact?group_by=agent").await.expect(200);
    let expected = [("frt_business", 2), ("art_business", 3)];
    let expected: Vec<_> =
        expected.iter().map(|(metric, n)| (metric.to_string(), "business_hours".to_owned(), *n)).collect();
    assert_eq!(moved(&impact), expected);
    let summary = root.get("/v1/analytics/summary?metrics=frt_business,frt").await.expect(200);
    let values = summary["data"]["total"]["metrics"].as_array().unwrap();
    assert_eq!(values[0]["value"], values[1]["value"]);
    // Asked for in business hours, a metric that has them is shown by them, everywhere alike; one that has none stays.
    for (path, at) in [
        ("summary?metrics=frt,frt_total,art,volume", "/data/total/metrics"),
        ("timeseries?metrics=frt,art,volume", "/data/series"),
        ("leaderboard?metric=frt&min_sample=1", "/data/ranked"),
        ("drilldown?metric=art", "/data"),
    ] {
        let found = root.get(&format!("/v1/analytics/{path}&business_hours=true")).await.expect(200);
        let shown = found.pointer(at).expect("a value").to_string();
        assert!(shown.contains("_business\"") && !shown.contains("\"frt\"") && !shown.contains("\"art\""), "{shown}");
        assert_eq!(found["business_hours"], true);
        assert_eq!(shown.contains("volume"), path.contains("volume"));
    }
    // By the version before there is none, still.
    let old = root.get(&format!("/v1/analytics/summary?metrics=frt_business&definition={first}")).await.expect(200);
    assert_eq!(old["data"]["total"]["metrics"][0]["value"], Value::Null);

    let refused = root.get("/v1/analytics/definition-impact?against=99").await.expect(422);
    assert_eq!(refused["errors"][0]["parameter"], "against");
    change(json!({"metrics": {"hours_id": null}})).await;
    let version = root.get("/v1/settings").await.expect(200)["version"].as_u64().unwrap();
    let refused = changes(root, version, json!({"metrics": {"fcr_window_seconds": 5}})).await.expect(400);
    assert!(refused.to_string().contains("fcr_window_seconds"), "{refused}");
}
