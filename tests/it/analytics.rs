//! The queries in `tests/analytics/`, run by DuckDB over an export, against what the product says of the same log: response
//! times, resolutions, first contact and satisfaction must agree to the millisecond, in random histories full of failures, late
//! reports, hand-overs, pauses, merges and courtesies.
//!
//! Without DuckDB (its Python module, or the command) this says so and does nothing.

mod duckdb;
mod history;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use domain::time::Timestamp;
use projections::facts::Ending;
use serde_json::{Value, json};

use crate::support::Frontdesk;
use duckdb::DuckDb;
use history::History;

/// Histories, and things that happen in each.
const HISTORIES: u64 = 2;
const ACTS: usize = 1_200;
/// Headlines that the API has and the queries have.
const METRICS: [&str; 10] = [
    "frt",
    "frt_total",
    "art",
    "art_active",
    "fcr",
    "fcr_strict",
    "deflection",
    "csat",
    "csat_score",
    "csat_response_rate",
];
/// What makes numbers hard; each must have happened.
const HARD: [&str; 17] = [
    "contact.blocked",
    "contact.merge_undone",
    "contact.merged",
    "conversation.courtesy_undone",
    "conversation.handed_off",
    "conversation.reopened",
    "conversation.status_changed",
    "message.echoed",
    "message.refused",
    "message.status_observed",
    "message.uncertain",
    "conversation.assigned",
    "conversation.resolved",
    "csat.answered",
    "csat.sent",
    "csat.skipped",
    "message.resend_requested",
];

fn run(command: &mut Command) {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// Rows by conversation and episode.
fn keyed(rows: Vec<Value>) -> BTreeMap<(String, u64), Value> {
    let key = |row: &Value| (row["conversation_id"].as_str().unwrap().to_owned(), row["episode"].as_u64().unwrap());
    let count = rows.len();
    let keyed: BTreeMap<_, _> = rows.into_iter().map(|row| (key(&row), row)).collect();
    assert_eq!(keyed.len(), count, "an episode has one row");
    keyed
}

#[track_caller]
fn agree(what: &str, seed: u64, ours: &BTreeMap<(String, u64), Value>, theirs: &BTreeMap<(String, u64), Value>) {
    for (key, row) in ours {
        assert_eq!(
            Some(row),
            theirs.get(key),
            "{what} of {key:?} in the history of seed {seed}: ours, then the query's"
        );
    }
    let more: Vec<_> = theirs.iter().filter(|(key, _)| !ours.contains_key(*key)).collect();
    assert!(more.is_empty(), "{what} in the history of seed {seed}: only the query has {more:?}");
}

/// What the product says.
struct Expected {
    frt: BTreeMap<(String, u64), Value>,
    art: BTreeMap<(String, u64), Value>,
    fcr: BTreeMap<(String, u64), Value>,
    csat: BTreeMap<(String, u64), Value>,
}

fn expected(history: &History) -> Expected {
    let mut expected =
        Expected { frt: BTreeMap::new(), art: BTreeMap::new(), fcr: BTreeMap::new(), csat: BTreeMap::new() };
    let views = history.views();
    let (facts, as_of) = (&views.facts, views.position());
    let definition = facts.definitions.newest();
    let now = history.events.iter().map(|recorded| recorded.recorded_at).max().unwrap();
    for slot in facts.slots() {
        let id = facts.conversation(slot).id().to_string();
        let measured = facts.measured(slot, as_of);
        for survey in &measured.surveys {
            let key = (id.clone(), u64::from(survey.episode));
            let row = json!({
                "conversation_id": id, "episode": key.1, "sent_ms": survey.at.as_millis(),
                "resolver_id": facts.people.id(survey.resolver), "score": survey.rated.map(|(score, ..)| score),
            });
            expected.csat.insert(key, row);
        }
        for episode in measured.episodes {
            let key = (id.clone(), u64::from(episode.episode));
            if let Some(first) = episode.first {
                let row = json!({
                    "conversation_id": id, "episode": key.1, "pos": first.pos, "responder_id": facts.people.id(first.agent),
                    "answered_ms": first.at.as_millis(), "frt_total_ms": first.total.0, "frt_agent_ms": first.of_people.0,
                });
                expected.frt.insert(key.clone(), row);
            }
            let Some(ended) = episode.resolution else { continue };
            let row = json!({
                "conversation_id": id, "episode": key.1, "resolved_ms": ended.at.as_millis(),
                "res_total_ms": ended.resolution.total.0, "res_active_ms": ended.resolution.active.0,
                "without_people": episode.human_messages == 0,
                "ending": match ended.resolution.ending {
                    Ending::Ordinary => "ordinary",
                    Ending::Automatic => "automatic",
                    Ending::Blocked => "blocked",
                },
            });
            expected.art.insert(key.clone(), row);
            let until = ended.at + definition.fcr_window;
            let (mature, deflection) = (until <= now, episode.humans.is_empty());
            let judged = mature && !deflection && episode.episode == 1;
            let good = facts.came_back(slot, as_of, definition).is_none_or(|back| back.at > until);
            let alone = episode.humans.len() == 1 && episode.owners.len() <= 1;
            let row = json!({
                "conversation_id": id, "episode": key.1, "mature": mature, "deflection": deflection,
                "fcr": judged.then_some(good), "fcr_strict": judged.then_some(good && alone),
            });
            expected.fcr.insert(key, row);
        }
    }
    expected
}

fn check(duckdb: &DuckDb, export: &Path, history: &History, seed: u64, as_of: Option<u64>) {
    let ours = expected(history);
    let rows = |query: &str| keyed(duckdb.ask(export, as_of, query));
    let frt = "SELECT conversation_id, episode, pos, responder_id, answered_ms, frt_total_ms, frt_agent_ms FROM frt";
    agree("FRT", seed, &ours.frt, &rows(frt));
    let art =
        "SELECT conversation_id, episode, resolved_ms, res_total_ms, res_active_ms, without_people, ending FROM art";
    agree("ART", seed, &ours.art, &rows(art));
    let fcr = "SELECT conversation_id, episode, mature, deflection, fcr, fcr_strict FROM fcr";
    agree("FCR", seed, &ours.fcr, &rows(fcr));
    let csat = "SELECT conversation_id, episode, sent_ms, resolver_id, score FROM csat";
    agree("CSAT", seed, &ours.csat, &rows(csat));
}

/// What the API says of the same position, number by number, to the last digit.
fn headlines_agree(duckdb: &DuckDb, export: &Path, summary: &Value, seed: u64) {
    let as_of = summary["as_of"].as_u64().unwrap();
    let query = "SELECT * FROM frt_summary, art_summary, fcr_summary, csat_headlines";
    let theirs = duckdb.ask(export, Some(as_of), query).remove(0);
    let values = summary["data"]["total"]["metrics"].as_array().unwrap();
    assert_eq!(values.len(), METRICS.len(), "{summary:#}");
    for value in values {
        let name = value["metric"].as_str().unwrap();
        let cell = theirs[name].as_object().unwrap_or_else(|| panic!("{name} in {theirs:#}"));
        for (part, found) in cell {
            let (found, ours) = (found.as_f64(), value[part].as_f64());
            assert_eq!(
                ours, found,
                "{name}.{part} as of {as_of} in the history of seed {seed}: the API's, then the query's"
            );
        }
        assert!(value["count"].as_u64().unwrap() > 5, "{name}: a history in which something happens");
    }
}

#[tokio::test]
async fn queries_over_an_export_give_the_products_own_numbers() {
    let Some(duckdb) = DuckDb::find() else { return };
    let (mut kinds, mut seen) = (BTreeSet::new(), BTreeSet::new());
    for seed in 1..=HISTORIES {
        let folder = tempfile::tempdir().unwrap();
        let history = History::make(&folder.path().join("data"), seed, ACTS, &METRICS).await;
        let export = folder.path().join("export");
        run(Frontdesk::command(folder.path()).args(["log", "export", "--out"]).arg(&export));
        check(&duckdb, &export, &history, seed, Some(history.events.len() as u64));
        // What came after it, a sign-in, is no part of it. And as things stood when two thirds had happened.
        let half = history.until(history.events.len() as u64 * 2 / 3);
        check(&duckdb, &export, &half, seed, Some(half.events.len() as u64));
        for summary in &history.summaries {
            headlines_agree(&duckdb, &export, summary, seed);
        }
        kinds.extend(history.events.iter().map(|recorded| recorded.event.kind()));
        let ours = expected(&history);
        seen.extend(ours.art.values().map(|row| row["ending"].to_string()));
        seen.extend(ours.art.values().map(|row| format!("paused: {}", row["res_active_ms"] != row["res_total_ms"])));
        seen.extend(ours.frt.values().map(|row| format!("bot: {}", row["frt_agent_ms"] != row["frt_total_ms"])));
        seen.extend(ours.frt.values().map(|row| format!("phone: {}", row["responder_id"].is_null())));
        let answers = history.events.iter().filter(|recorded| recorded.event.kind() == "csat.answered").count();
        let rated = ours.csat.values().filter(|row| !row["score"].is_null()).count();
        seen.insert(format!("changed their mind: {}", answers > rated));
        seen.extend(ours.fcr.values().map(|row| format!("{} {} {}", row["mature"], row["fcr"], row["fcr_strict"])));
    }
    let missing: Vec<_> = HARD.iter().filter(|kind| !kinds.contains(*kind)).collect();
    assert!(missing.is_empty(), "{missing:?} never happened, in {kinds:?}");
    assert!(seen.contains("changed their mind: true"), "{seen:#?}");
    // Endings; with and without pauses, bots and the phone app; immature, and mature with and without success.
    assert!(seen.len() >= 12, "{seen:#?}");
}

#[test]
fn satisfaction_is_that_of_the_surveys_sent_by_their_last_answer() {
    let Some(duckdb) = DuckDb::find() else { return };
    let folder = tempfile::tempdir().unwrap();
    let day = folder.path().join("events/date=2026-11-23");
    std::fs::create_dir_all(&day).unwrap();
    let mut lines = String::new();
    let mut event = |kind: &str, minute: i64, facts: Value| {
        let at = (Timestamp::from_seconds(1_795_424_400) + domain::time::Millis::minutes(minute)).to_rfc3339();
        let pos = lines.lines().count() + 1;
        let line = json!({
            "sequence": format!("{pos:020}"), "type": kind, "subject": "conv_1", "subjectversion": pos, "time": at,
            "recordedtime": at, "authtype": "system", "authid": null,
            "data": {"facts": facts, "private": null, "sealed": false},
        });
        lines.push_str(&format!("{line}\n"));
    };
    for survey in ["csat_1", "csat_2", "csat_3", "csat_4"] {
        let facts = json!({"survey_id": survey, "conversation_id": "conv_1", "episode": 1, "resolver_id": "usr_1"});
        event("csat.sent", 0, facts);
    }
    // Vector 26 of the definitions: 5, then 2 within a day, counts 2.
    event("csat.answered", 5, json!({"survey_id": "csat_1", "score": 5, "replaces": null}));
    event("csat.answered", 9, json!({"survey_id": "csat_2", "score": 4, "replaces": null}));
    event("csat.answered", 90, json!({"survey_id": "csat_1", "score": 2, "replaces": 5}));
    event("csat.answered", 95, json!({"survey_id": "csat_3", "score": 5, "replaces": null}));
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    std::io::Write::write_all(&mut gzip, lines.as_bytes()).unwrap();
    std::fs::write(day.join("part-0000.ndjson.gz"), gzip.finish().unwrap()).unwrap();
    let summary = duckdb.ask(folder.path(), None, "SELECT * FROM csat_summary").remove(0);
    let of = |name: &str| summary[name].as_f64().unwrap();
    assert_eq!((of("sent"), of("answered"), of("satisfied")), (4.0, 3.0, 2.0));
    assert_eq!((of("csat"), of("response_rate")), (2.0 / 3.0, 0.75));
    assert_eq!((of("mean"), &summary["distribution"]), (11.0 / 3.0, &json!([0, 1, 0, 1, 1])));
}
