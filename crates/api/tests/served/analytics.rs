//! Numbers through HTTP: a small desk with known minutes and what is expected of each, who sees which, what was known when,
//! and that no two views of the same rows disagree.

use std::sync::Arc;

use api::context::Settings;
use app::OsEntropy;
use domain::conversation::dispatch::{self, Outcome, Refusal};
use domain::event::message::AfterRefusal;
use domain::ids::MessageId;
use domain::time::Millis;
use serde_json::{Value, json};

use crate::desk::{Client, HandClock, NUMBER_ID, Served, webhook_on};
use crate::hall::{Hall, SECOND_NUMBER_ID, id};

/// A hall whose clock goes only when it is moved, on a whole second.
pub(crate) struct Case {
    pub(crate) hall: Hall,
    clock: Arc<HandClock>,
    /// The reply that the mate wrote.
    lost: String,
}

impl Case {
    /// Three conversations: the agent's, answered after 30 seconds and resolved after 90; the mate's, answered after 120 and
    /// resolved after 180; and the stranger's, in another brand, resolved after 6 seconds without an answer.
    pub(crate) async fn open() -> Self {
        let clock = HandClock::new();
        let served = Served::start_on(Settings::default(), clock.clone(), Arc::new(OsEntropy)).await;
        let hall = Hall::open_on(served).await;
        let now = hall.served.desk.now().as_millis();
        clock.advance(Millis(1_000 - now % 1_000));
        let mut case = Self { hall, clock, lost: String::new() };
        let (agent, mate, stranger) = (case.hall.agent.clone(), case.hall.mate.clone(), case.hall.stranger.clone());
        let first = case.begins(NUMBER_ID, "4915100000001", &agent, 0).await;
        case.replies(&agent, &first, 5).await;
        case.resolves(&agent, &first, 10).await;
        let second = case.begins(NUMBER_ID, "4915100000002", &mate, 0).await;
        case.lost = case.replies(&mate, &second, 20).await;
        case.resolves(&mate, &second, 10).await;
        let third = case.begins(SECOND_NUMBER_ID, "4915100000003", &stranger, 2).await;
        case.resolves(&stranger, &third, 1).await;
        // What happens at this very moment is in no period that ends now.
        case.later(1);
        case
    }

    /// So many times six seconds later: the whole day fits into a sign-in.
    pub(crate) fn later(&self, turns: i64) {
        self.clock.advance(Millis::seconds(6 * turns));
    }

    /// A customer writes; the conversation is somebody's at once.
    pub(crate) async fn begins(&self, number: &str, wa_id: &str, owner: &Client, team: usize) -> String {
        let message_id = format!("wamid.{}", self.hall.served.desk.entropy());
        let seconds = self.hall.served.desk.now().as_millis() / 1_000;
        let webhook = webhook_on(number, wa_id, &message_id, "a question", seconds);
        assert_eq!(self.hall.served.deliver(&webhook).await.status, 200);
        let rows = self.hall.root.get("/v1/conversations?limit=50").await.expect(200);
        let name = json!(format!("Customer {wa_id}"));
        let row = rows["data"].as_array().expect("rows").iter().find(|row| row["contact"]["name"] == name);
        let conversation = id(row.expect("the conversation"));
        let assignment = json!({"team_id": self.hall.teams[team], "assignee_id": owner.user_id});
        self.hall.root.put(&format!("/v1/conversations/{conversation}/assignment"), assignment).await.expect(200);
        conversation
    }

    pub(crate) async fn replies(&self, who: &Client, conversation: &str, after: i64) -> String {
        self.later(after);
        let text = json!({"type": "text", "text": {"body": "an answer"}});
        id(&who.say(conversation, &format!("reply-to-{conversation}"), text).await.expect(202))
    }

    pub(crate) async fn resolves(&self, who: &Client, conversation: &str, after: i64) {
        self.later(after);
        let path = format!("/v1/conversations/{conversation}/status");
        who.put(&path, json!({"status": "resolved"})).await.expect(200);
    }

    /// The provider refuses the mate's reply for good, long after it was written.
    async fn fails(&self) {
        let message: MessageId = self.lost.parse().expect("an id");
        let failed = self.hall.served.desk.work(move |step| {
            let attempt = dispatch::start(step, message)?.expect("it is due");
            let refusal = Refusal { reason: "provider_refused", error: None, then: AfterRefusal::Fail, retry_at: None };
            dispatch::finish(step, message, attempt, Outcome::Refused(refusal))
        });
        failed.await.expect("it can be refused");
    }
}

/// One metric of a summary's total.
fn of<'v>(summary: &'v Value, metric: &str) -> &'v Value {
    let all = summary["data"]["total"]["metrics"].as_array().expect("metrics");
    all.iter().find(|value| value["metric"] == metric).unwrap_or_else(|| panic!("no {metric}"))
}

async fn summary(client: &Client, query: &str) -> Value {
    client.get(&format!("/v1/analytics/summary?{query}")).await.expect(200)
}

fn headline(summary: &Value, metric: &str) -> (Value, Value) {
    let value = of(summary, metric);
    (value["count"].clone(), value["value"].clone())
}

#[tokio::test]
async fn every_number_of_a_small_desk_is_what_one_would_count_by_hand() {
    let case = Case::open().await;
    let summary = summary(&case.hall.root, "target_seconds=60").await;
    for (metric, count, value) in [
        ("frt", 2, json!(75.0)),
        ("frt_total", 2, json!(75.0)),
        ("frt_business", 0, Value::Null),
        ("reply_time", 2, json!(75.0)),
        ("art", 3, json!(92.0)),
        ("art_active", 3, json!(92.0)),
        ("art_business", 0, Value::Null),
        ("first_resolution", 3, json!(92.0)),
        ("full_resolution", 3, json!(92.0)),
        ("volume", 3, json!(3.0)),
        ("resolved", 3, json!(3.0)),
        ("auto_resolved", 0, json!(0.0)),
        ("blocked_resolved", 0, json!(0.0)),
        ("unanswered", 1, json!(1.0)),
        ("handled", 3, json!(3.0)),
        ("assigned", 3, json!(3.0)),
        ("touched", 3, json!(3.0)),
        ("messages_per_resolution", 3, json!(1.667)),
        ("fcr", 0, Value::Null),
        ("fcr_strict", 0, Value::Null),
        ("deflection", 3, json!(0.3333)),
        ("reopen_rate", 0, Value::Null),
        ("backlog", 0, json!(0.0)),
        ("sla_first_response", 0, Value::Null),
    ] {
        assert_eq!(headline(&summary, metric), (json!(count), value), "{metric}");
    }
    let frt = of(&summary, "frt");
    assert_eq!((&frt["median"], &frt["p90"], &frt["max"]), (&json!(30.0), &json!(120.0), &json!(120.0)));
    assert_eq!((&frt["within_target"], &frt["unit"]), (&json!(1), &json!("seconds")));
    assert_eq!(of(&summary, "fcr")["immature_n"], 2);
    assert_eq!(of(&summary, "deflection")["hits"], 1);
    assert_eq!((&summary["definition"], &summary["time_zone"]), (&json!(1), &json!("UTC")));
}

#[tokio::test]
async fn an_old_dashboard_can_be_had_again_after_a_reply_that_failed_late() {
    let case = Case::open().await;
    let root = &case.hall.root;
    let before = summary(root, "group_by=agent&metrics=frt,unanswered,messages_per_resolution").await;
    case.later(10);
    case.fails().await;
    let after = summary(root, "metrics=frt,unanswered").await;
    assert_eq!(headline(&after, "frt"), (json!(1), json!(30.0)));
    assert_eq!(headline(&after, "unanswered"), (json!(2), json!(2.0)));
    let (pos, from, to) = (&before["as_of"], before["from"].as_str().unwrap(), before["to"].as_str().unwrap());
    let query =
        format!("group_by=agent&metrics=frt,unanswered,messages_per_resolution&as_of_pos={pos}&from={from}&to={to}");
    assert_eq!(summary(root, &query).await, before);
    // The time of it gives it too.
    let at = before["as_of_at"].as_str().unwrap();
    let then = summary(root, &format!("metrics=frt&as_of={at}&from={from}&to={to}")).await;
    assert_eq!(headline(&then, "frt"), (json!(2), json!(75.0)));
}

#[tokio::test]
async fn first_contact_resolution_is_said_once_it_is_known() {
    let case = Case::open().await;
    case.clock.advance(Millis::hours(73));
    // A new sign-in: the old one ended meanwhile.
    let root = case.hall.served.admin().await;
    let known = summary(&root, "metrics=fcr,fcr_strict,reopen_rate").await;
    assert_eq!(headline(&known, "fcr"), (json!(2), json!(1.0)));
    assert_eq!((of(&known, "fcr")["mature_n"].clone(), of(&known, "fcr")["immature_n"].clone()), (json!(2), json!(0)));
    assert_eq!(headline(&known, "fcr_strict"), (json!(2), json!(1.0)));
    assert_eq!(headline(&known, "reopen_rate"), (json!(3), json!(0.0)));
}

#[tokio::test]
async fn no_two_views_of_the_same_rows_disagree() {
    let case = Case::open().await;
    let root = &case.hall.root;
    let total = summary(root, "").await;
    let by_agent = summary(root, "group_by=agent&metrics=frt,art").await;
    let window = format!(
        "from={}&to={}&as_of_pos={}",
        total["from"].as_str().unwrap(),
        total["to"].as_str().unwrap(),
        total["as_of"]
    );
    let get = |path: &str, query: &str| {
        let path = format!("/v1/analytics/{path}?{window}&{query}");
        async move { root.get(&path).await.expect(200) }
    };
    for metric in ["frt", "art", "volume", "resolved", "handled", "deflection", "messages_per_resolution"] {
        let (count, value) = headline(&total, metric);
        let days = get("timeseries", &format!("metrics={metric}&interval=day&time_zone=Asia/Kolkata")).await;
        let values = days["data"]["series"][0]["values"].as_array().expect("values").clone();
        assert_eq!(values.len(), days["data"]["buckets"].as_array().expect("buckets").len());
        let sum: u64 = values.iter().map(|value| value["count"].as_u64().expect("a count")).sum();
        // A conversation that somebody handled on two days is counted on both.
        let adds_up = |sum: u64| metric == "handled" && json!(sum) != json!(0) || json!(sum) == count;
        assert!(adds_up(sum), "{metric} by day");
        let week = get("heatmap", &format!("metric={metric}")).await;
        let cells = week["data"]["cells"].as_array().expect("cells").clone();
        let sum: u64 = cells.iter().map(|cell| cell["value"]["count"].as_u64().expect("a count")).sum();
        assert!(cells.len() == 168 && adds_up(sum), "{metric} by hour of the week");
        let rows = get("drilldown", &format!("metric={metric}")).await;
        let rows = rows["data"]["rows"].as_array().expect("rows").clone();
        assert_eq!(json!(rows.len()), count, "{metric} drilled into");
        let head = total["as_of"].as_u64();
        for row in &rows {
            let positions = row["positions"].as_array().expect("positions");
            assert!(!positions.is_empty() && positions.iter().all(|pos| pos.as_u64() <= head), "{row}");
        }
        if matches!(metric, "frt" | "art") {
            let spread = get("distribution", &format!("metric={metric}&bounds=60,180")).await;
            assert_eq!(spread["data"]["count"], count, "{metric} in ranges");
            let mean = rows.iter().map(|row| row["value"].as_f64().expect("seconds")).sum::<f64>() / rows.len() as f64;
            assert_eq!(json!(mean), value, "the mean of {metric}");
            let board = get("leaderboard", &format!("metric={metric}&min_sample=1")).await;
            for row in board["data"]["ranked"].as_array().expect("rows") {
                let groups = by_agent["data"]["groups"].as_array().expect("groups");
                let same = groups.iter().find(|group| group["group"] == row["group"]).expect("the same agent");
                let same = same["metrics"].as_array().expect("metrics").iter().find(|value| value["metric"] == metric);
                assert_eq!(same.expect("the metric")["value"], row["value"]["value"]);
            }
        }
    }
}

#[tokio::test]
async fn a_leaderboard_ranks_only_those_of_whom_there_is_enough() {
    let case = Case::open().await;
    let board = |query: &str| {
        let path = format!("/v1/analytics/leaderboard?metric=frt&{query}");
        let root = case.hall.root.clone();
        async move { root.get(&path).await.expect(200)["data"].clone() }
    };
    let ranked = board("min_sample=1").await;
    let names: Vec<_> = ranked["ranked"].as_array().expect("rows").iter().map(|row| row["name"].clone()).collect();
    assert_eq!(names, ["agnes", "mia"]);
    assert_eq!((&ranked["ranked"][1]["rank"], &ranked["ranked"][1]["interval"]), (&json!(2), &Value::Null));
    let few = board("min_sample=2").await;
    assert_eq!((few["ranked"].clone(), few["below_min_sample"][0]["rank"].clone()), (json!([]), Value::Null));
    let hidden = board("min_sample=1&anonymous=true").await;
    assert_eq!((&hidden["ranked"][0]["name"], &hidden["ranked"][0]["group"]), (&Value::Null, &Value::Null));
    let by_team = board("min_sample=1&group_by=team").await;
    assert_eq!((&by_team["ranked"][0]["name"], &by_team["ranked"][0]["value"]["count"]), (&json!("Sales"), &json!(2)));
    assert_eq!(by_team["ranked"][0]["interval"]["method"], "student_t");
}

#[tokio::test]
async fn a_period_is_held_against_the_one_before() {
    let case = Case::open().await;
    let clock = |turns: i64| (case.hall.served.desk.now() - Millis::seconds(6 * turns)).to_rfc3339();
    // The last four minutes hold the second answer, those before the first.
    let (from, to) = (clock(41), clock(0));
    let compared = summary(&case.hall.root, &format!("metrics=frt&compare=previous&from={from}&to={to}")).await;
    let frt = of(&compared, "frt");
    assert_eq!((&frt["value"], &frt["previous"]["value"]), (&json!(120.0), &json!(30.0)));
    assert_eq!((&frt["delta"], &frt["delta_ratio"]), (&json!(90.0), &json!(3.0)));
    assert_eq!(compared["data"]["previous"]["to"], compared["from"]);
}

#[tokio::test]
async fn everybody_sees_the_numbers_of_their_walls_and_their_own() {
    let case = Case::open().await;
    let hall = &case.hall;
    // An Admin of one brand: what lies in the other is in no number, and naming it is naming nothing.
    let theirs = summary(&hall.admin, "metrics=volume,frt,art&group_by=brand").await;
    assert_eq!(headline(&theirs, "volume"), (json!(2), json!(2.0)));
    assert_eq!(theirs["data"]["groups"].as_array().expect("groups").len(), 1);
    let random = "brand_01jd8w3q5tex9bqm1d0vhkk6ws";
    for (parameter, hidden) in [("brand_id", &hall.brands[1]), ("channel_id", &hall.channels[1])] {
        let absent = format!("{}{}", hidden.split('_').next().unwrap(), &random["brand".len()..]);
        let asked = |id: &str| format!("metrics=volume,art&{parameter}={id}");
        let (mut hidden, mut absent) =
            (summary(&hall.admin, &asked(hidden)).await, summary(&hall.admin, &asked(&absent)).await);
        for answer in [&mut hidden, &mut absent] {
            assert_eq!(headline(answer, "volume").0, 0);
            answer["filters"] = Value::Null;
        }
        assert_eq!(hidden["data"], absent["data"]);
    }
    let rows = hall.admin.get("/v1/analytics/drilldown?metric=art").await.expect(200);
    assert_eq!((rows["data"]["rows"].as_array().map(Vec::len), &rows["data"]["withheld"]), (Some(2), &json!(0)));
    // Agents and Operators: their own.
    for path in [
        "summary?",
        "timeseries?metrics=frt",
        "leaderboard?metric=frt",
        "heatmap?",
        "distribution?",
        "drilldown?metric=frt",
    ] {
        for client in [&hall.agent, &hall.operator] {
            client.get(&format!("/v1/analytics/{path}")).await.refused(403, "forbidden");
        }
    }
    let own = hall.agent.get("/v1/me/metrics").await.expect(200);
    assert_eq!(headline(&own, "frt"), (json!(1), json!(30.0)));
    assert_eq!(headline(&own, "handled"), (json!(1), json!(1.0)));
    let mates = hall.agent.get(&format!("/v1/me/metrics?agent_id={}", hall.mate.user_id)).await.expect(200);
    assert_eq!(headline(&mates, "frt").0, 0);
    let own = hall.operator.get("/v1/me/metrics?metrics=frt").await.expect(200);
    assert_eq!(headline(&own, "frt"), (json!(0), Value::Null));
    hall.agent.get("/v1/me/metrics?metrics=volume").await.refused(422, "unprocessable");
    // Whoever leads a team: what was that team's.
    let path = format!("/v1/teams/{}/members/{}", hall.teams[0], hall.agent.user_id);
    hall.root.put(&path, json!({"lead": true})).await.expect(200);
    let led = summary(&hall.agent, "metrics=frt,art,volume").await;
    assert_eq!((headline(&led, "frt").0, headline(&led, "art")), (json!(2), (json!(2), json!(135.0))));
    let others = summary(&hall.agent, &format!("metrics=art&team_id={}", hall.teams[2])).await;
    assert_eq!(headline(&others, "art").0, 0);
    // Everybody reads what numbers mean.
    let meaning = hall.operator.get("/v1/metric-definitions").await.expect(200);
    assert_eq!(meaning["metrics"][0]["metric"], "frt");
    assert_eq!(meaning["versions"][0]["fcr_window_seconds"], 259_200);
}

#[tokio::test]
async fn a_drilldown_goes_on_where_it_ended_and_as_of_where_it_began() {
    let case = Case::open().await;
    let root = &case.hall.root;
    let first = root.get("/v1/analytics/drilldown?metric=frt&limit=1").await.expect(200);
    assert_eq!((&first["data"]["rows"][0]["value"], &first["data"]["page"]["limit"]), (&json!(30.0), &json!(1)));
    case.later(1);
    case.fails().await;
    let cursor = first["data"]["page"]["next_cursor"].as_str().expect("a next page");
    let second = root.get(&format!("/v1/analytics/drilldown?metric=frt&limit=1&cursor={cursor}")).await.expect(200);
    assert_eq!((&second["data"]["rows"][0]["value"], &second["as_of"]), (&json!(120.0), &first["as_of"]));
    let other = format!("/v1/analytics/drilldown?metric=art&limit=1&cursor={cursor}");
    root.get(&other).await.refused(400, "cursor-mismatch");
    // The row says from which events it follows.
    let row = &first["data"]["rows"][0];
    let positions: Vec<_> =
        row["positions"].as_array().expect("positions").iter().map(|pos| pos.as_u64().unwrap()).collect();
    let mut kinds = Vec::new();
    for pos in positions {
        let events = root.get(&format!("/v1/events?after={}&limit=1", pos - 1)).await.expect(200);
        kinds.push(events["data"][0]["type"].as_str().expect("a kind").to_owned());
    }
    assert_eq!(kinds, ["message.received", "message.queued"]);
}

#[tokio::test]
async fn what_makes_no_sense_is_refused_by_the_parameters_name() {
    let case = Case::open().await;
    for (query, status, parameter) in [
        ("summary?metrics=speed", 400, "metrics"),
        ("summary?from=2026-13-01", 400, "from"),
        ("summary?from=yesterday", 400, "from"),
        ("summary?as_of_pos=9000000", 400, "as_of_pos"),
        ("summary?as_of_pos=1&as_of=2026-01-01T00:00:00Z", 400, "as_of"),
        ("summary?target_seconds=0", 400, "target_seconds"),
        ("summary?from=2026-11-02&to=2026-11-01", 422, "to"),
        ("summary?from=2024-01-01&to=2026-01-01", 422, "to"),
        ("summary?time_zone=Mars/Olympus", 422, "time_zone"),
        ("summary?definition=99", 422, "definition"),
        ("summary?metrics=volume&group_by=agent", 422, "metrics"),
        ("timeseries?metrics=frt&from=2025-01-01&to=2025-12-31&interval=hour", 422, "interval"),
        ("heatmap?metric=backlog", 422, "metric"),
        ("distribution?metric=volume", 422, "metric"),
        ("leaderboard?metric=volume", 422, "metric"),
    ] {
        let code = if status == 400 { "invalid-parameter" } else { "unprocessable" };
        let problem = case.hall.root.get(&format!("/v1/analytics/{query}")).await.refused(status, code);
        assert_eq!(problem["errors"][0]["parameter"], parameter, "{query}: {problem}");
    }
}
