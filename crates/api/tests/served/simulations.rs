//! Playing the past with something otherwise, through HTTP.

use std::sync::Arc;

use app::OsEntropy;
use domain::time::Millis;
use reqwest::Method;
use serde_json::{Value, json};

use crate::desk::{Client, HandClock, NUMBER_ID, Served, webhook_on};
use crate::hall::{Hall, SECOND_NUMBER_ID, id};

const PATH: &str = "/v1/simulations";

/// A day at the hall, on a clock of its own: customers of both brands write, the agent and the stranger answer theirs.
struct Day {
    hall: Hall,
    clock: Arc<HandClock>,
    /// The first position of the day.
    from: u64,
}

impl Day {
    async fn new() -> Self {
        let clock = HandClock::new();
        let served = Served::start_on(Default::default(), clock.clone(), Arc::new(OsEntropy)).await;
        let hall = Hall::open_on(served).await;
        for (number, team) in [(0, 0), (1, 2)] {
            let (queue, channel) = (&hall.teams[team], &hall.channels[number]);
            let settings = json!({"strategies": ["least_loaded"], "capacity": 2});
            patch(&hall.root, &format!("/v1/queues/{queue}"), settings).await;
            patch(&hall.root, &format!("/v1/channels/{channel}"), json!({"default_team_id": queue})).await;
        }
        let target = json!([{"metric": "first_response", "target_seconds": 300}]);
        hall.root.post("/v1/sla-policies", json!({"name": "Quick", "targets": target})).await.expect(201);
        for client in [&hall.agent, &hall.stranger] {
            client.put("/v1/me/availability", json!({"state": "available"})).await.expect(200);
        }
        let from = hall.served.head() + 1;
        let mut day = Self { hall, clock, from };
        for customer in 0..6 {
            day.passes(customer).await;
        }
        day
    }

    /// A customer of each brand writes, and is answered and done with a minute later.
    async fn passes(&mut self, customer: u32) {
        let numbers = [(NUMBER_ID, "49151"), (SECOND_NUMBER_ID, "49171")];
        for (number, prefix) in numbers {
            let (who, message) = (format!("{prefix}{customer:08}"), format!("wamid.{prefix}{customer}"));
            let now = self.hall.served.desk.now().as_millis() / 1_000;
            let said = webhook_on(number, &who, &message, "a question", now);
            assert_eq!(self.hall.served.deliver(&said).await.status, 200);
        }
        self.clock.advance(Millis::minutes(1));
        for client in [&self.hall.agent, &self.hall.stranger] {
            let theirs = client.get("/v1/conversations?view=mine&status=open").await.expect(200);
            for row in theirs["data"].as_array().expect("rows") {
                let text = json!({"type": "text", "text": {"body": "an answer"}});
                client.say(&id(row), &format!("key-{customer}-{}", id(row)), text).await.expect(202);
                let status = format!("/v1/conversations/{}/status", id(row));
                client.put(&status, json!({"status": "resolved"})).await.expect(200);
            }
        }
        self.clock.advance(Millis::seconds(30));
    }

    fn range(&self) -> Value {
        json!({"from_pos": self.from, "to_pos": self.hall.served.head()})
    }

    async fn with(&self, client: &Client, scenario: Value) -> Value {
        client.post(PATH, json!({"range": self.range(), "scenario": scenario, "seed": 3})).await.expect(200)
    }
}

async fn patch(client: &Client, path: &str, body: Value) {
    let known = client.get(path).await;
    let etag = known.header("etag").to_owned();
    Served::send(client.request(Method::PATCH, path).header("if-match", etag).json(&body)).await.expect(200);
}

fn pointers(problem: &Value) -> Vec<String> {
    let errors = problem["errors"].as_array().expect("errors");
    errors.iter().map(|error| error["pointer"].as_str().expect("a pointer").to_owned()).collect()
}

fn person<'v>(column: &'v Value, client: &Client) -> Option<&'v Value> {
    column["people"].as_array().expect("people").iter().find(|person| person["user_id"] == json!(client.user_id))
}

#[tokio::test]
async fn with_nothing_changed_everything_comes_out_as_it_was_and_nothing_is_written() {
    let day = Day::new().await;
    let head = day.hall.served.head();
    let found = day.hall.root.post(PATH, json!({"range": day.range()})).await.expect(200);
    assert_eq!(found["identity"]["exact"], true, "{}", found["identity"]);
    assert_eq!(found["identity"]["first_deviation"], Value::Null);
    assert!(found["identity"]["reproduced"].as_u64() > Some(40), "{}", found["identity"]);
    assert_eq!((found["looked_at"].as_u64(), found["differing"].as_u64()), (Some(12), Some(0)));
    assert_eq!(found["scenario"], found["baseline_replayed"]);
    let actual = &found["baseline_actual"];
    assert_eq!((actual["episodes"].as_u64(), actual["resolved"].as_u64()), (Some(12), Some(12)));
    assert_eq!(actual["first_response"]["median_seconds"], 60);
    assert_eq!(actual["service_levels"][0]["met"], 12);
    assert_eq!(person(actual, &day.hall.agent).expect("she worked")["assigned"], 6);
    // What was learned of people is what they did.
    assert_eq!(found["model"][1]["act"], "first_answer");
    assert_eq!(found["model"][1]["observed"]["count"], 12);
    assert_eq!(found["baseline_replayed"]["episodes"], 12);
    assert_eq!(found["baseline_replayed"]["first_response"]["median_seconds"], 60);
    assert_eq!(day.hall.served.head(), head);
}

#[tokio::test]
async fn a_scenario_stands_beside_what_was_and_tells_what_differs() {
    let day = Day::new().await;
    let hall = &day.hall;
    let hours = json!([{"from": "2020-01-01T00:00:00Z", "to": "2100-01-01T00:00:00Z"}]);
    let rule = json!({"name": "All to support", "brand_id": hall.brands[0], "when": {"all": []},
        "then": {"queue_id": hall.teams[1]}});
    let scenario = json!({
        "routing_rules": [rule],
        "queues": [{"queue_id": hall.teams[1], "settings": {"strategies": ["round_robin"], "lease_seconds": 600}}],
        "sla_policies": [{"name": "Strict", "targets": [{"metric": "first_response", "target_seconds": 1}]}],
        "capacity": {"max_open_default": 9, "users": [{"user_id": hall.stranger.user_id, "max_open": 1}]},
        "staffing": {"add": [{"count": 2, "team_ids": [hall.teams[1]], "max_open": 5, "hours": hours}]},
    });
    let found = day.with(&hall.root, scenario.clone()).await;
    assert_eq!(found["identity"]["exact"], true);
    assert_eq!(found["differing"], 6, "{found}");
    let differences = found["differences"].as_array().expect("differences");
    assert!(differences.iter().all(|each| each["scenario"]["queue_id"] == json!(hall.teams[1])));
    assert!(differences.iter().all(|each| each["scenario"]["added"].is_u64()));
    assert!(differences.iter().all(|each| each["baseline_actual"]["user_id"] == json!(hall.agent.user_id)));
    let conversation = differences[0]["conversation_id"].as_str().expect("an id");
    hall.root.get(&format!("/v1/conversations/{conversation}")).await.expect(200);
    assert_eq!(found["scenario"]["service_levels"][0]["met"], 0);
    assert_eq!(found["scenario"]["service_levels"][0]["breached"], 12);
    assert_eq!(person(&found["scenario"], &hall.agent).map(|person| person["assigned"].clone()), Some(json!(0)));
    // The same question has the same answer, and another seed may have another.
    let again = day.with(&hall.root, scenario).await;
    assert_eq!(again["scenario"], found["scenario"]);
    // Nobody there: whoever writes waits.
    let scenario = json!({"staffing": {"remove": [hall.agent.user_id], "shifts": [{"user_id": hall.stranger.user_id, "hours": []}]}});
    let found = day.with(&hall.root, scenario).await;
    assert_eq!(found["scenario"]["unassigned_at_end"], 12);
    assert_eq!(found["scenario"]["longest_queue"]["length"], 6);
}

#[tokio::test]
async fn what_cannot_be_set_up_is_refused_with_every_place() {
    let day = Day::new().await;
    let hall = &day.hall;
    let nobody = "usr_00000000000000000000000001";
    let shift = json!({"from": "2026-01-02T00:00:00Z", "to": "2026-01-01T00:00:00Z"});
    let scenario = json!({
        "routing_rules": [{"name": " ", "when": {"all": []}, "then": {}}],
        "queues": [
            {"queue_id": "team_00000000000000000000000001", "settings": {}},
            {"queue_id": hall.teams[0], "settings": {"strategies": ["sticky"]}},
            {"queue_id": hall.teams[0], "settings": {}},
        ],
        "sla_policies": [{"name": "None", "targets": []}],
        "capacity": {"users": [{"user_id": nobody, "max_open": 3}]},
        "staffing": {
            "add": [{"count": 150, "team_ids": ["team_00000000000000000000000001"], "skills": ["Not a skill"], "hours": [shift]},
                    {"count": 51, "hours": []}],
            "remove": [hall.agent.user_id],
            "shifts": [{"user_id": hall.agent.user_id, "hours": []}],
        },
    });
    let body = json!({"range": day.range(), "scenario": scenario});
    let problem = hall.root.post(PATH, body).await.refused(422, "unprocessable");
    let expected = [
        "/scenario/routing_rules/0/name",
        "/scenario/routing_rules/0/then",
        "/scenario/sla_policies/0/targets",
        "/scenario/queues/0/queue_id",
        "/scenario/queues/1/settings/strategies",
        "/scenario/queues/2/queue_id",
        "/scenario/capacity/users/0/user_id",
        "/scenario/staffing/add",
        "/scenario/staffing/add/0/team_ids/0",
        "/scenario/staffing/add/0/skills/0",
        "/scenario/staffing/add/0/hours/0/to",
        "/scenario/staffing/shifts/0/user_id",
    ];
    assert_eq!(pointers(&problem), expected);
    // A condition that cannot be read is said at its place too.
    let unread = json!({"routing_rules": [{"name": "x", "when": {"some": []}, "then": {"priority": "high"}}]});
    let body = json!({"range": day.range(), "scenario": unread});
    let problem = hall.root.post(PATH, body).await.refused(422, "unprocessable");
    assert_eq!(pointers(&problem), ["/scenario/routing_rules/0/when"]);
    // What did not exist yet cannot be made otherwise.
    let late = id(&hall.root.post("/v1/teams", json!({"name": "Later"})).await.expect(201));
    let scenario = json!({"queues": [{"queue_id": late, "settings": {"capacity": 1}}]});
    let body = json!({"range": day.range(), "scenario": scenario});
    let problem = hall.root.post(PATH, body).await.refused(422, "unprocessable");
    assert_eq!(pointers(&problem), ["/scenario/queues/0/queue_id"]);
    for range in [json!({"from_pos": 9, "to_pos": 3}), json!({"from_pos": 9_000_000, "to_pos": 9_000_001})] {
        hall.root.post(PATH, json!({"range": range})).await.refused(422, "unprocessable");
    }
    hall.root.post(PATH, json!({"range": day.range(), "whatever": 1})).await.refused(400, "invalid-body");
}

#[tokio::test]
async fn whoever_works_for_one_brand_learns_of_that_brand_alone() {
    let day = Day::new().await;
    let hall = &day.hall;
    let found = day.with(&hall.admin, json!({"staffing": {"remove": [hall.agent.user_id]}})).await;
    assert_eq!((found["looked_at"].as_u64(), found["differing"].as_u64()), (Some(6), Some(6)));
    for column in ["baseline_actual", "baseline_replayed", "scenario"] {
        assert_eq!(found[column]["episodes"], 6, "{column}");
        assert!(person(&found[column], &hall.stranger).is_none(), "{column}");
    }
    assert_eq!(found["model"][1]["observed"]["count"], 6);
    let whole = found.to_string();
    for hidden in [&hall.stranger.user_id, &hall.teams[2], &hall.brands[1], &hall.channels[1]] {
        assert!(!whole.contains(hidden.as_str()), "{hidden} shows in {whole}");
    }
    // What is behind the wall cannot be changed either, nor the rules for all brands.
    let rule = json!({"name": "All", "when": {"all": []}, "then": {"priority": "high"}});
    let scenario = json!({
        "routing_rules": [rule],
        "queues": [{"queue_id": hall.teams[2], "settings": {"capacity": 1}}],
        "sla_policies": [{"name": "All", "targets": [{"metric": "first_response", "target_seconds": 1}]}],
        "staffing": {"remove": [hall.stranger.user_id]},
    });
    let body = json!({"range": day.range(), "scenario": scenario});
    let problem = hall.admin.post(PATH, body).await.refused(422, "unprocessable");
    let expected = [
        "/scenario/routing_rules/0/brand_id",
        "/scenario/sla_policies/0/brand_id",
        "/scenario/queues/0/queue_id",
        "/scenario/staffing/remove/0",
    ];
    assert_eq!(pointers(&problem), expected);
}

#[tokio::test]
async fn nobody_below_admins_plays_the_past() {
    let day = Day::new().await;
    let hall = &day.hall;
    for client in [&hall.agent, &hall.operator] {
        client.post(PATH, json!({"range": day.range()})).await.refused(403, "forbidden");
    }
    let anonymous = hall.served.anonymous(Method::POST, PATH, Some(json!({"range": day.range()}))).await;
    assert_eq!(anonymous.status, 401);
}
