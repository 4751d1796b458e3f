//! Whatever was answered at a position is answered for it ever after, byte for byte.

use std::sync::Arc;

use api::context::Settings;
use app::OsEntropy;
use domain::access::Standing;
use domain::time::Millis;
use reqwest::Method;
use serde_json::{Value, json};

use super::contract::{has_a_past, readings};
use crate::desk::{Client, HandClock, Served};
use crate::hall::{Case, Hall, id};

/// The paths of everything that has a past, filled with what there is.
async fn paths(hall: &Hall, case: &Case) -> Vec<String> {
    let rule = hall.rule_of(0).await;
    let hours = hall.hours_of(0).await;
    let policy = hall.policy_of(0).await;
    let (canned_reply, said) = (hall.canned_reply_of(0).await, hall.macro_of(0).await);
    let template = hall.template_of(0).await;
    let segment = hall.segment_of(0).await;
    let (rule_of_automation, campaign) = (hall.automation_rule_of(0).await, hall.campaign_of(0).await);
    let (article, import) = (hall.article_of(0).await, hall.import_into(0).await);
    let remark = json!({"agent_id": hall.agent.user_id, "body": "Well done"});
    let remark = id(&hall.root.post("/v1/coaching-notes", remark).await.expect(201));
    let defined = json!({"key": "plan", "name": "Plan", "type": "text"});
    hall.root.post("/v1/attribute-definitions", defined).await.expect(201);
    let role = json!({"name": "Night", "base": "agent", "permissions": []});
    let role = id(&hall.root.post("/v1/roles", role).await.expect(201));
    let job = json!({"conversation_ids": [case.conversation], "operation": {"type": "add_tag", "tag": "bulk"}});
    let request = hall.root.request(Method::POST, "/v1/bulk-jobs").header("idempotency-key", "job");
    let job = Served::send(request.json(&job)).await;
    let job = if job.status == 202 { id(&job.body) } else { panic!("{}", job.body) };
    let filled = |path: &str| {
        let mut path = path.to_owned();
        for (name, value) in [
            ("{conversation_id}", &case.conversation),
            ("{contact_id}", &case.contact),
            ("{message_id}", &case.message),
            ("{note_id}", &case.note),
            ("{queue_id}", &hall.teams[0]),
            ("{team_id}", &hall.teams[0]),
            ("{channel_id}", &hall.channels[0]),
            ("{user_id}", &hall.agent.user_id),
            ("{rule_id}", &rule),
            ("{hours_id}", &hours),
            ("{sla_id}", &policy),
            ("{canned_reply_id}", &canned_reply),
            ("{macro_id}", &said),
            ("{template_id}", &template),
            ("{role_id}", &role),
            ("{job_id}", &job),
            ("{segment_id}", &segment),
            ("{automation_rule_id}", &rule_of_automation),
            ("{campaign_id}", &campaign),
            ("{article_id}", &article),
            ("{import_id}", &import),
            ("{coaching_note_id}", &remark),
            ("{purpose}", &"marketing".to_owned()),
            ("{key}", &"plan".to_owned()),
        ] {
            path = path.replace(name, value);
        }
        assert!(!path.contains('{'), "{path} is not filled");
        path
    };
    // Numbers are asked of a period, which ends now where none is named; they have tests of their own.
    let numbers = |path: &str| path.contains("/analytics/") || path.contains("metrics") || path.contains("scorecard");
    let wanted = |path: &str, parameters: &[String]| has_a_past(parameters) && !numbers(path);
    let with_past = readings().into_iter().filter(|(_, path, parameters)| wanted(path, parameters));
    let mut all: Vec<String> = with_past
        .map(|(operation, path, _)| match operation.as_str() {
            "explain_access" => {
                format!("{path}?user_id={}&conversation_id={}", hall.agent.user_id, case.conversation)
            }
            "search_articles" => format!("{path}?q=text"),
            _ => filled(&path),
        })
        .collect();
    for query in [
        "view=mine",
        "view=unassigned",
        "view=mentions",
        "status=open,pending",
        "status=resolved",
        "priority=high",
        "tag=vip",
        "sort=waiting_since",
        "sort=created_at",
        "sort=-priority",
        "sort=sla_due_at",
        "assignee_id=me",
    ] {
        all.push(format!("/v1/conversations?{query}"));
    }
    all.push(format!("/v1/conversations?team_id={}", hall.teams[0]));
    all.push(format!("/v1/conversations?contact_id={}", case.contact));
    all.push(format!("/v1/routing-decisions?conversation_id={}", case.conversation));
    all
}

async fn answers(client: &Client, paths: &[String], past: &str) -> Vec<Value> {
    let mut all = Vec::new();
    for path in paths {
        let glue = if past.is_empty() {
            ""
        } else if path.contains('?') {
            "&"
        } else {
            "?"
        };
        let asked = format!("{path}{glue}{past}");
        let answer = client.get(&asked).await;
        assert_eq!(answer.status, 200, "{asked}: {}", answer.body);
        all.push(answer.body);
    }
    all
}

/// Cursors are sealed for the moment they were given at.
fn strip(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            for (name, field) in fields.iter_mut() {
                if name == "next_cursor" {
                    *field = json!(field.is_string());
                } else {
                    strip(field);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(strip),
        _ => {}
    }
}

#[track_caller]
fn same(paths: &[String], before: &[Value], mut after: Vec<Value>) {
    for ((path, before), after) in paths.iter().zip(before).zip(&mut after) {
        let mut before = before.clone();
        strip(&mut before);
        strip(after);
        assert_eq!(&before, after, "{path}");
    }
}

/// Everything that can be changed is.
async fn everything_changes(hall: &Hall, case: &Case) {
    let root = &hall.root;
    let at = |rest: &str| format!("/v1/conversations/{}{rest}", case.conversation);
    root.put(&at("/status"), json!({"status": "resolved"})).await.expect(200);
    root.put(&at("/priority"), json!({"priority": "urgent"})).await.expect(200);
    root.put(&at("/tags/later"), json!({})).await.expect(200);
    root.post(&at("/notes"), json!({"body": "later"})).await.expect(201);
    root.post(&format!("/v1/contacts/{}/block", case.contact), json!({})).await.expect(200);
    let noted = json!({"name": "Renamed", "attributes": {"plan": "gold"}});
    root.patch(&format!("/v1/contacts/{}", case.contact), noted).await.expect(200);
    root.put(&format!("/v1/contacts/{}/tags/later", case.contact), json!({})).await.expect(200);
    let no = json!({"state": "opted_out"});
    root.put(&format!("/v1/contacts/{}/consents/marketing", case.contact), no).await.expect(200);
    for (path, body) in [
        (format!("/v1/users/{}", hall.agent.user_id), json!({"name": "Renamed"})),
        (format!("/v1/teams/{}", hall.teams[0]), json!({"name": "Renamed"})),
        (format!("/v1/channels/{}", hall.channels[0]), json!({"name": "Renamed"})),
        (format!("/v1/queues/{}", hall.teams[0]), json!({"capacity": 7})),
    ] {
        let version = root.get(&path).await.expect(200)["version"].as_u64().expect("a version");
        let request = root.request(Method::PATCH, &path).header("if-match", format!("\"v{version}\""));
        Served::send(request.json(&body)).await.expect(200);
    }
    hall.rule_of(0).await;
    hall.hours_of(0).await;
    hall.policy_of(0).await;
    hall.segment_of(0).await;
    hall.agent.put("/v1/me/availability", json!({"state": "busy"})).await.expect(200);
    for standing in [Standing::Own, Standing::Team, Standing::OtherTeam, Standing::OtherBrand] {
        hall.case(&hall.agent, standing).await;
    }
}

#[tokio::test]
async fn every_answer_of_then_is_the_answer_that_was_given_then() {
    let clock = HandClock::new();
    let served = Served::start_on(Settings::default(), clock.clone(), Arc::new(OsEntropy)).await;
    let hall = Hall::open_on(served).await;
    hall.agent.put("/v1/me/availability", json!({"state": "available"})).await.expect(200);
    let case = hall.case(&hall.agent, Standing::Own).await;
    let at = |rest: &str| format!("/v1/conversations/{}{rest}", case.conversation);
    let named = json!({"body": format!("@[{}] look", hall.admin.user_id)});
    hall.root.post(&at("/notes"), named).await.expect(201);
    hall.root.put(&at("/tags/vip"), json!({})).await.expect(200);
    hall.case(&hall.agent, Standing::Collaborator).await;
    let paths = paths(&hall, &case).await;
    clock.advance(Millis::minutes(3));
    // So that the time of then is that of its newest event.
    hall.root.put(&at("/priority"), json!({"priority": "high"})).await.expect(200);
    let (then, time) = (hall.served.head(), hall.served.desk.now());
    let root = answers(&hall.root, &paths, "").await;
    // An admin of one brand: neither the settings nor others' jobs.
    let mut admins = Vec::new();
    for path in &paths {
        if hall.admin.get(path).await.status == 200 {
            admins.push(path.clone());
        }
    }
    assert!(admins.len() + 5 > paths.len(), "{} of {}", admins.len(), paths.len());
    let admin = answers(&hall.admin, &admins, "").await;
    assert_eq!(hall.served.head(), then, "reading writes nothing here");

    clock.advance(Millis::hours(30));
    let root_now = hall.served.admin().await;
    let signed_in = async |name: &str| hall.served.log_in(&format!("{name}@example.com"), "eleven quiet lamps").await;
    let (admin_now, agent_now) = (signed_in("adam").await, signed_in("agnes").await);
    let mut hall = hall;
    (hall.root, hall.admin, hall.agent) = (root_now, admin_now, agent_now);
    everything_changes(&hall, &case).await;
    for past in [format!("as_of_pos={then}"), format!("as_of={}", time.to_rfc3339())] {
        same(&paths, &root, answers(&hall.root, &paths, &past).await);
        same(&admins, &admin, answers(&hall.admin, &admins, &past).await);
    }
    let changed = answers(&hall.root, &paths, "").await;
    let differing = changed.iter().zip(&root).filter(|(now, then)| now != then).count();
    assert!(differing * 2 > paths.len(), "{differing} of {}", paths.len());
}

#[tokio::test]
async fn the_past_is_the_same_after_a_restart_and_its_pages_go_on_where_they_were() {
    let served = Served::start().await;
    let mut admin = served.admin().await;
    served.connect(&admin).await;
    for n in 0..5 {
        served.customer_writes(&admin, &format!("4915100000{n:03}"), "hello").await;
    }
    let then = served.head();
    let page = |cursor: &str| format!("/v1/conversations?as_of_pos={then}&limit=2{cursor}");
    let first = admin.get(&page("")).await.expect(200);
    let cursor = first["page"]["next_cursor"].as_str().expect("a next page").to_owned();
    // What comes meanwhile moves nothing.
    served.customer_writes(&admin, "4915100000900", "later").await;
    served.customer_writes(&admin, "4915100000000", "again").await;
    let served = served.restart().await;
    admin.moves_to(served.base());
    assert_eq!(admin.get(&page("")).await.expect(200)["data"], first["data"]);
    let mut seen: Vec<Value> = first["data"].as_array().expect("rows").clone();
    let mut next = Some(cursor.clone());
    while let Some(cursor) = next {
        let body = admin.get(&page(&format!("&cursor={cursor}"))).await.expect(200);
        assert_eq!(body["as_of"], json!(then));
        seen.extend(body["data"].as_array().expect("rows").iter().cloned());
        next = body["page"]["next_cursor"].as_str().map(str::to_owned);
    }
    let ids: std::collections::BTreeSet<String> = seen.iter().map(id).collect();
    assert_eq!((seen.len(), ids.len()), (5, 5));
    // A cursor of then is none of now, and none of another then.
    admin.get(&format!("/v1/conversations?limit=2&cursor={cursor}")).await.refused(400, "cursor-mismatch");
    let other = format!("/v1/conversations?as_of_pos={}&limit=2&cursor={cursor}", then - 1);
    admin.get(&other).await.refused(400, "cursor-mismatch");
}

/// Of every list: what its cursor was given for is part of it.
#[tokio::test]
async fn no_cursor_of_then_is_taken_for_now() {
    let hall = Hall::open().await;
    let case = hall.case(&hall.agent, Standing::Own).await;
    hall.case(&hall.agent, Standing::Own).await;
    let at = |rest: &str| format!("/v1/conversations/{}{rest}", case.conversation);
    for body in ["one", "two"] {
        hall.root.post(&at("/notes"), json!({"body": body, "parent_id": case.note})).await.expect(201);
        hall.root.say(&case.conversation, body, json!({"type": "text", "text": {"body": body}})).await.expect(202);
    }
    let paths = paths(&hall, &case).await;
    let then = hall.served.head();
    let mut tried = 0;
    for path in paths {
        let glue = if path.contains('?') { "&" } else { "?" };
        let first = hall.root.get(&format!("{path}{glue}as_of_pos={then}&limit=1")).await;
        let Some(cursor) = first.body["page"]["next_cursor"].as_str() else { continue };
        let now = hall.root.get(&format!("{path}{glue}limit=1&cursor={cursor}")).await;
        assert_eq!((now.status, &now.body["code"]), (400, &json!("cursor-mismatch")), "{path}");
        hall.root.get(&format!("{path}{glue}as_of_pos={then}&limit=1&cursor={cursor}")).await.expect(200);
        tried += 1;
    }
    assert!(tried >= 8, "{tried}");
}
