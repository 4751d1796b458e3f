//! Service levels through HTTP: who keeps policies, what cannot be one, what conversations, lists and figures show of them.

use std::sync::Arc;

use api::context::Settings;
use app::OsEntropy;
use domain::sla::settle::fire;
use domain::time::Millis;
use reqwest::Method;
use serde_json::{Value, json};

use crate::desk::{Answer, Client, HandClock, Served};
use crate::hall::{Hall, id};

/// Everybody is answered within five minutes, and their matter resolved within an hour.
pub(crate) fn standard(name: &str) -> Value {
    json!({"name": name, "targets": [
        {"metric": "first_response", "target_seconds": 300},
        {"metric": "resolution", "target_seconds": 3600, "pause_on": ["snoozed"]},
    ]})
}

async fn versioned(client: &Client, method: Method, path: &str, version: u64, body: Value) -> Answer {
    let request = client.request(method, path).header("if-match", format!("\"v{version}\""));
    Served::send(request.json(&body)).await
}

/// Pointers and codes of what is wrong.
fn pointers(problem: &Value) -> Vec<(&str, &str)> {
    let errors = problem["errors"].as_array().expect("errors").iter();
    errors.map(|error| (error["pointer"].as_str().expect("a text"), error["code"].as_str().expect("a text"))).collect()
}

/// A served desk whose clock goes only when it is moved.
struct Case {
    served: Served,
    clock: Arc<HandClock>,
    root: Client,
}

impl Case {
    async fn open() -> Self {
        let clock = HandClock::new();
        let served = Served::start_on(Settings::default(), clock.clone(), Arc::new(OsEntropy)).await;
        let root = served.admin().await;
        served.connect(&root).await;
        Self { served, clock, root }
    }

    /// So much later, with what the timer does then.
    async fn later(&self, by: Millis) {
        self.clock.advance(by);
        loop {
            let now = self.served.desk.now();
            let (due, outdated) = self.served.desk.view(|views| (views.sla.due(now, 100), views.sla.outdated(100)));
            if due.is_empty() && outdated.is_empty() {
                return;
            }
            let fired = self.served.desk.work(move |step| {
                due.into_iter().map(|(_, id)| id).chain(outdated).for_each(|id| fire(step, id));
                Ok(())
            });
            fired.await.expect("the timer's command");
        }
    }

    async fn row(&self, conversation: &Value) -> Value {
        self.root.get(&format!("/v1/conversations/{}", id(conversation))).await.expect(200)
    }

    async fn listed(&self, query: &str) -> Vec<Value> {
        let page = self.root.get(&format!("/v1/conversations?{query}")).await.expect(200);
        page["data"].as_array().expect("rows").iter().map(|row| row["number"].clone()).collect()
    }
}

#[tokio::test]
async fn a_policy_is_made_read_replaced_from_its_version_ordered_and_removed() {
    let served = Served::start().await;
    let root = served.admin().await;
    let mut body = standard("Standard");
    body["matches"] = json!({"field": "priority", "op": "in", "value": ["none", "urgent"]});
    body["targets"][0]["target_seconds_by_priority"] = json!({"urgent": 60});
    let escalations = json!([
        {"metric": "first_response", "at_percent": 50, "action": {"type": "raise_priority", "priority": "high"}},
        {"metric": "first_response", "at_percent": 150, "action": {"type": "notify", "who": "user", "user_id": root.user_id}},
        {"metric": "resolution", "at_percent": 100, "action": {"type": "reassign"}},
    ]);
    body["escalations"] = escalations;
    let made = root.post("/v1/sla-policies", body.clone()).await.expect(201);
    let path = format!("/v1/sla-policies/{}", id(&made));
    assert_eq!((&made["version"], &made["place"], &made["enabled"]), (&json!(1), &json!(1), &json!(true)));
    assert_eq!(made["matches"], body["matches"]);
    assert_eq!(made["targets"][0]["target_seconds_by_priority"]["urgent"], 60);
    assert_eq!(
        (&made["targets"][0]["at_risk_percent"], &made["targets"][1]["pause_on"]),
        (&json!(80), &json!(["snoozed"]))
    );
    let told = json!({"type": "notify", "user_id": root.user_id, "team_id": null, "priority": null, "who": "user"});
    assert_eq!(made["escalations"][1]["action"], told);
    assert_eq!(root.get(&path).await.expect(200), made);

    root.put(&path, standard("Plain")).await.refused(428, "precondition-required");
    let changed = versioned(&root, Method::PUT, &path, 1, standard("Plain")).await.expect(200);
    assert_eq!(
        (&changed["version"], &changed["escalations"], &changed["matches"]),
        (&json!(2), &json!([]), &json!({"all": []}))
    );
    versioned(&root, Method::PUT, &path, 1, standard("Late")).await.refused(412, "precondition-failed");
    root.post("/v1/sla-policies", standard("plain")).await.refused(409, "name-taken");

    let other = root.post("/v1/sla-policies", standard("Other")).await.expect(201);
    let order = root.get("/v1/sla-policy-order").await.expect(200);
    assert_eq!(order["policy_ids"], json!([id(&made), id(&other)]));
    let version = order["version"].as_u64().expect("a version");
    let turned = json!({"policy_ids": [id(&other), id(&made)]});
    root.put("/v1/sla-policy-order", turned.clone()).await.refused(428, "precondition-required");
    let half = json!({"policy_ids": [id(&other)]});
    versioned(&root, Method::PUT, "/v1/sla-policy-order", version, half).await.refused(422, "unprocessable");
    let order = versioned(&root, Method::PUT, "/v1/sla-policy-order", version, turned.clone()).await.expect(200);
    assert_eq!(order["policy_ids"], turned["policy_ids"]);
    versioned(&root, Method::PUT, "/v1/sla-policy-order", version, turned).await.refused(412, "precondition-failed");
    let page = root.get("/v1/sla-policies?limit=1").await.expect(200);
    let next = page["page"]["next_cursor"].as_str().expect("a cursor").to_owned();
    let rest = root.get(&format!("/v1/sla-policies?limit=1&cursor={next}")).await.expect(200);
    assert_eq!((&page["data"][0]["name"], &rest["data"][0]["name"]), (&json!("Other"), &json!("Plain")));
    assert_eq!(rest["page"]["next_cursor"], Value::Null);

    versioned(&root, Method::DELETE, &path, 1, json!({})).await.refused(412, "precondition-failed");
    let request = root.request(Method::DELETE, &path).header("if-match", "\"v2\"");
    assert_eq!(Served::send(request).await.status, 204);
    root.get(&path).await.refused(404, "not-found");
    let audited = root.get("/v1/audit-log?limit=200").await.expect(200).to_string();
    for kind in ["sla_policy.created", "sla_policy.changed", "sla_policy.removed", "sla_policies.ordered"] {
        assert!(audited.contains(kind), "{kind} is audited");
    }
}

#[tokio::test]
async fn an_impossible_policy_is_refused_with_every_place_and_changes_nothing() {
    let served = Served::start().await;
    let root = served.admin().await;
    let head = served.head();
    let body = json!({"name": " ", "targets": [
        {"metric": "first_response", "target_seconds": 0, "hours_id": "hours_01jd8w3q5tex9bqm1d0vhkk6ws"},
        {"metric": "first_response", "target_seconds": 60, "at_risk_percent": 100},
    ], "escalations": [
        {"metric": "resolution", "at_percent": 501, "action": {"type": "move_team", "team_id": "team_01jd8w3q5tex9bqm1d0vhkk6ws"}},
    ], "matches": {"any": [{"field": "text", "op": "contains", "value": "x"}]}});
    let problem = root.post("/v1/sla-policies", body).await.refused(422, "unprocessable");
    assert_eq!(
        pointers(&problem),
        [
            ("/name", "wrong-length"),
            ("/targets/0/target_seconds", "out-of-range"),
            ("/targets/0/hours_id", "unknown-reference"),
            ("/targets/1/metric", "duplicate"),
            ("/targets/1/at_risk_percent", "out-of-range"),
            ("/escalations/0/metric", "conflict"),
            ("/escalations/0/at_percent", "out-of-range"),
            ("/escalations/0/action/team_id", "unknown-reference"),
            ("/matches/any/0/field", "not-allowed"),
        ]
    );
    let mut body = standard("Standard");
    body["escalations"] = json!([
        {"metric": "first_response", "at_percent": 50, "action": {"type": "notify", "priority": "high"}},
    ]);
    body["matches"] = json!({"sometimes": []});
    let problem = root.post("/v1/sla-policies", body).await.refused(422, "unprocessable");
    let expected = [
        ("/matches", "unexpected"),
        ("/escalations/0/action/priority", "not-allowed"),
        ("/escalations/0/action/who", "required"),
    ];
    assert_eq!(pointers(&problem), expected);
    root.post("/v1/sla-policies", json!({"name": "Empty", "targets": []})).await.refused(422, "unprocessable");
    assert_eq!(served.head(), head, "nothing happened");
    assert_eq!(root.get("/v1/sla-policies").await.expect(200)["data"], json!([]));
}

#[tokio::test]
async fn an_admin_of_some_brands_keeps_those_and_reads_those_of_all() {
    let hall = Hall::open().await;
    let of = |name: &str, brand: Option<usize>| {
        let mut body = standard(name);
        body["brand_id"] = json!(brand.map(|brand| hall.brands[brand].clone()));
        body
    };
    let whole = id(&hall.root.post("/v1/sla-policies", of("Whole", None)).await.expect(201));
    let theirs = id(&hall.root.post("/v1/sla-policies", of("Theirs", Some(1))).await.expect(201));
    let own = id(&hall.admin.post("/v1/sla-policies", of("Own", Some(0))).await.expect(201));
    let names = hall.admin.get("/v1/sla-policies").await.expect(200);
    let names: Vec<_> = names["data"].as_array().expect("rows").iter().map(|row| row["name"].clone()).collect();
    assert_eq!(names, ["Whole", "Own"]);
    let order = hall.admin.get("/v1/sla-policy-order").await.expect(200);
    assert_eq!(order["policy_ids"], json!([whole, own]));
    let at = |id: &str| format!("/v1/sla-policies/{id}");
    hall.admin.get(&at(&theirs)).await.refused(404, "not-found");
    versioned(&hall.admin, Method::PUT, &at(&theirs), 1, standard("Mine")).await.refused(404, "not-found");
    versioned(&hall.admin, Method::PUT, &at(&whole), 1, standard("Mine")).await.refused(403, "forbidden");
    versioned(&hall.admin, Method::PUT, &at(&own), 1, standard("Renamed")).await.expect(200);
    hall.admin.post("/v1/sla-policies", of("New", None)).await.refused(403, "forbidden");
    hall.admin.post("/v1/sla-policies", of("New", Some(1))).await.refused(422, "unknown-reference");
    let turned = json!({"policy_ids": [own, whole, theirs]});
    versioned(&hall.admin, Method::PUT, "/v1/sla-policy-order", 3, turned).await.refused(403, "forbidden");
    for path in ["/v1/sla-policies", "/v1/sla-policy-order", "/v1/sla-compliance"] {
        hall.agent.get(path).await.refused(403, "forbidden");
        hall.operator.get(path).await.refused(403, "forbidden");
    }
}

#[tokio::test]
async fn what_is_promised_shows_on_the_conversation_in_lists_counts_notices_and_figures() {
    let case = Case::open().await;
    let policy = case.root.post("/v1/sla-policies", standard("Standard")).await.expect(201);
    let first = case.served.customer_writes(&case.root, "4915100000001", "hello").await;
    case.later(Millis::minutes(1)).await;
    let second = case.served.customer_writes(&case.root, "4915100000002", "hello").await;
    let mine = json!({"assignee_id": case.root.user_id});
    case.root.put(&format!("/v1/conversations/{}/assignment", id(&first)), mine).await.expect(200);
    let sla = case.row(&first).await["sla"].clone();
    assert_eq!((&sla["policy_id"], &sla["state"]), (&policy["id"], &json!("ok")));
    assert_eq!(sla["due_at"], sla["first_response"]["due_at"]);
    assert_eq!((&sla["next_response"], &sla["resolution"]["state"]), (&Value::Null, &json!("ok")));
    assert_eq!(case.listed("sort=sla_due_at").await, [json!(1), json!(2)]);

    case.later(Millis::minutes(3)).await;
    assert_eq!((case.listed("view=at_risk").await, case.listed("view=breached").await), (vec![json!(1)], vec![]));
    case.later(Millis::minutes(1)).await;
    assert_eq!(
        (case.listed("view=at_risk").await, case.listed("view=breached").await),
        (vec![json!(2)], vec![json!(1)])
    );
    assert_eq!(case.row(&first).await["sla"]["state"], "breached");
    let counts = case.root.get("/v1/conversation-counts").await.expect(200);
    assert_eq!((&counts["at_risk"]["total"], &counts["breached"]["total"]), (&json!(1), &json!(1)));
    let told = case.root.get("/v1/notifications?kind=sla_at_risk,sla_breached").await.expect(200);
    let kinds: Vec<_> = told["data"].as_array().expect("rows").iter().map(|row| row["kind"].clone()).collect();
    assert_eq!(kinds, ["sla_breached", "sla_at_risk"]);

    // Answered after two minutes more: late, and said by how much.
    case.later(Millis::minutes(2)).await;
    let text = json!({"type": "text", "text": {"body": "sorry"}});
    case.root.say(&id(&first), "late", text).await.expect(202);
    let page = case.root.get(&format!("/v1/conversations/{}/sla", id(&first))).await.expect(200);
    let promise = &page["data"][0];
    assert_eq!(
        (&promise["metric"], &promise["verdict"], &promise["policy_name"]),
        (&json!("first_response"), &json!("late"), &json!("Standard"))
    );
    assert_eq!(
        promise["margin_seconds"].as_i64().map(|margin| (-121..=-119).contains(&margin)),
        Some(true),
        "{promise}"
    );
    let events: Vec<_> =
        promise["events"].as_array().expect("events").iter().map(|event| event["type"].clone()).collect();
    assert_eq!(events, ["sla.activated", "sla.at_risk", "sla.breached", "sla.fulfilled"]);
    assert_eq!(promise["breached_at"], promise["events"][2]["at"]);
    assert_eq!(page["data"][1]["verdict"], "open");
    let row = case.row(&first).await;
    assert_eq!((&row["sla"]["first_response"], &row["sla"]["state"]), (&Value::Null, &json!("ok")));

    // The other is resolved without an answer, after its deadline.
    let resolved = json!({"status": "resolved"});
    case.root.put(&format!("/v1/conversations/{}/status", id(&second)), resolved).await.expect(200);
    assert_eq!(case.row(&second).await["sla"], Value::Null);
    let figures = case.root.get("/v1/sla-compliance?group_by=metric").await.expect(200);
    let row = |metric: &str| {
        let rows = figures["rows"].as_array().expect("rows");
        rows.iter().find(|row| row["group"] == metric).cloned().unwrap_or_default()
    };
    let (answers, resolutions) = (row("first_response"), row("resolution"));
    assert_eq!((&answers["met"], &answers["breached"], &answers["late"]), (&json!(0), &json!(2), &json!(1)));
    assert_eq!(answers["compliance_basis_points"], 0);
    assert_eq!((&resolutions["met"], &resolutions["open"]), (&json!(1), &json!(1)));
    assert_eq!(resolutions["compliance_basis_points"], 10_000);
    assert_eq!(figures["total"]["compliance_basis_points"], 3_333);
    let by_person = case.root.get("/v1/sla-compliance?group_by=assignee").await.expect(200);
    let mine =
        by_person["rows"].as_array().expect("rows").iter().find(|row| row["group"] == case.root.user_id.as_str());
    assert_eq!(mine.map(|row| row["late"].clone()), Some(json!(1)));
    case.root.get("/v1/sla-compliance?from=2024-01-01&to=2026-01-01").await.refused(422, "unprocessable");
}

#[tokio::test]
async fn a_changed_policy_is_looked_at_before_and_applied_when_asked() {
    let case = Case::open().await;
    let policy = case.root.post("/v1/sla-policies", standard("Standard")).await.expect(201);
    let path = format!("/v1/sla-policies/{}", id(&policy));
    let from = (case.served.desk.now() - Millis::seconds(1)).to_rfc3339();
    let slow = case.served.customer_writes(&case.root, "4915100000001", "hello").await;
    case.later(Millis::minutes(3)).await;
    let text = json!({"type": "text", "text": {"body": "here"}});
    case.root.say(&id(&slow), "one", text).await.expect(202);
    let open = case.served.customer_writes(&case.root, "4915100000002", "hello").await;
    case.later(Millis::minutes(1)).await;
    let head = case.served.head();
    let draft = json!({"name": "Standard", "targets": [{"metric": "first_response", "target_seconds": 120}]});
    let asked = json!({"policy": draft, "from": from});
    let found = case.root.post(&format!("{path}/impact-previews"), asked).await.expect(200);
    assert_eq!(found["conversations"], 2);
    let answers = &found["metrics"][0];
    assert_eq!((&answers["present"]["met"], &answers["present"]["open"]), (&json!(1), &json!(1)));
    assert_eq!((&answers["draft"]["breached"], &answers["draft"]["open"]), (&json!(1), &json!(1)));
    let differs = found["differences"].as_array().expect("differences");
    assert!(
        differs.iter().any(|other| other["conversation_id"] == slow["id"]
            && other["present"] == "met"
            && other["draft"] == "late"),
        "{differs:?}"
    );
    // Without a target for resolutions, none is promised.
    assert!(differs.iter().any(|other| other["metric"] == "resolution" && other["draft"] == Value::Null));
    assert_eq!(case.served.head(), head, "nothing happened");
    let long = json!({"policy": draft, "from": "2026-01-01T00:00:00Z", "to": "2026-03-01T00:00:00Z"});
    case.root.post(&format!("{path}/impact-previews"), long).await.refused(422, "unprocessable");
    let bad = json!({"policy": {"name": "Standard", "targets": []}, "from": from});
    let problem = case.root.post(&format!("{path}/impact-previews"), bad).await.refused(422, "unprocessable");
    assert_eq!(pointers(&problem), [("/policy/targets", "too-short")]);

    let before = case.row(&open).await["sla"]["first_response"]["due_at"].clone();
    let mut applied = draft.clone();
    applied["apply_to_open"] = json!(true);
    versioned(&case.root, Method::PUT, &path, 1, applied).await.expect(200);
    case.later(Millis(0)).await;
    let row = case.row(&open).await;
    assert!(row["sla"]["first_response"]["due_at"].as_str() < before.as_str());
    assert_eq!(row["sla"]["resolution"], Value::Null);
}

#[tokio::test]
async fn somebody_stops_the_clocks_with_a_reason_and_deadlines_move_by_what_was_stopped() {
    let case = Case::open().await;
    case.root.post("/v1/sla-policies", standard("Standard")).await.expect(201);
    let conversation = case.served.customer_writes(&case.root, "4915100000001", "hello").await;
    let due = async || case.row(&conversation).await["sla"]["first_response"]["due_at"].clone();
    let path = format!("/v1/conversations/{}/sla/pauses", id(&conversation));
    let before = due().await;
    case.later(Millis::minutes(2)).await;
    case.root.post(&path, json!({"reason": " "})).await.refused(422, "unprocessable");
    let reason = json!({"reason": "The supplier is asked"});
    let paused = case.root.post(&path, reason.clone()).await.expect(200);
    assert_eq!((&paused["sla"]["state"], &paused["sla"]["due_at"]), (&json!("paused"), &Value::Null));
    case.root.post(&path, reason).await.refused(409, "invalid-transition");
    // Longer than was promised, and nothing comes due.
    case.later(Millis::minutes(6)).await;
    assert_eq!(case.listed("view=breached").await, Vec::<Value>::new());
    let resumed = case.root.delete(&path).await.expect(200);
    assert_eq!(resumed["sla"]["state"], "ok");
    let at = |text: &Value| domain::time::Timestamp::parse_rfc3339(text.as_str().expect("a text")).expect("a time");
    assert_eq!(at(&due().await) - at(&before), Millis::minutes(6));
    case.root.delete(&path).await.expect(200);

    let pauses = case.root.get(&path).await.expect(200);
    let pause = &pauses["data"][0];
    assert_eq!((&pause["reason"], pauses["data"].as_array().map(Vec::len)), (&json!("The supplier is asked"), Some(1)));
    assert_eq!(
        (&pause["paused_by"]["id"], &pause["resumed_by"]["id"]),
        (&json!(case.root.user_id), &json!(case.root.user_id))
    );
    assert_eq!(at(&pause["resumed_at"]) - at(&pause["paused_at"]), Millis::minutes(6));
    let promises = case.root.get(&format!("/v1/conversations/{}/sla", id(&conversation))).await.expect(200);
    let running: Vec<_> =
        promises["data"][0]["segments"].as_array().expect("segments").iter().map(|it| it["running"].clone()).collect();
    assert_eq!(running, [true, false, true]);
    let timeline =
        case.root.get(&format!("/v1/conversations/{}/timeline", id(&conversation))).await.expect(200).to_string();
    assert!(timeline.contains("conversation.promises_paused") && timeline.contains("conversation.promises_resumed"));

    // A resolution ends what nobody did.
    case.root.post(&path, json!({"reason": "Waiting"})).await.expect(200);
    let resolved = json!({"status": "resolved"});
    case.root.put(&format!("/v1/conversations/{}/status", id(&conversation)), resolved).await.expect(200);
    case.root.post(&path, json!({"reason": "Too late"})).await.refused(409, "invalid-transition");
    let ended = case.root.get(&path).await.expect(200)["data"][1].clone();
    assert!(ended["resumed_at"].is_string() && ended["resumed_by"].is_null(), "{ended}");
}
