//! How queues and people stand, through HTTP and over the live stream: what is counted, and for whom.

use std::sync::Arc;
use std::time::Instant;

use api::context::Settings;
use app::OsEntropy;
use domain::access::Standing;
use domain::time::Millis;
use reqwest::Method;
use serde_json::{Value, json};

use crate::desk::{Client, HandClock, Served, text_webhook};
use crate::hall::Hall;

/// The rows somebody sees.
async fn rows(client: &Client) -> Vec<Value> {
    client.get("/v1/queue-monitor?limit=200").await.expect(200)["data"].as_array().expect("rows").clone()
}

/// A queue's row.
fn of<'r>(rows: &'r [Value], queue: &str) -> Option<&'r Value> {
    rows.iter().find(|row| row["queue_id"] == queue)
}

async fn says(client: &Client, state: &str) {
    client.put("/v1/me/availability", json!({"state": state})).await.expect(200);
}

#[tokio::test]
async fn a_queue_shows_what_lies_in_it_and_who_works_it() {
    let hall = Hall::open().await;
    says(&hall.agent, "available").await;
    says(&hall.mate, "busy").await;
    let waiting = hall.case(&hall.agent, Standing::Team).await;
    let own = hall.case(&hall.agent, Standing::Own).await;
    let path = format!("/v1/users/{}/routing-profile", hall.agent.user_id);
    let request = hall.root.request(Method::PUT, &path).header("if-match", "\"v0\"");
    Served::send(request.json(&json!({"max_open": 3}))).await.expect(200);
    let seen = rows(&hall.root).await;
    let row = of(&seen, &hall.teams[0]).expect("the team's queue");
    assert_eq!((&row["name"], &row["brand_id"]), (&json!("Sales"), &json!(hall.brands[0])));
    for (field, count) in [("open", 2), ("pending", 0), ("unassigned", 1), ("waiting", 2), ("breached", 0)] {
        assert_eq!(row[field], count, "{field}");
    }
    assert_eq!(row["agents"], json!({"members": 3, "available": 1, "busy": 1, "away": 0, "offline": 1}));
    assert_eq!(row["capacity"], json!({"open": 1, "max": 3, "free": 2}));
    assert_eq!((&row["arrivals"]["last_5m"], &row["arrivals"]["last_1h"]), (&json!(2), &json!(2)));
    assert_eq!((&row["arrivals"]["usual_1h"], &row["arrivals"]["spike"]), (&Value::Null, &Value::Null));
    let conversation = hall.root.get(&format!("/v1/conversations/{}", waiting.conversation)).await.expect(200);
    assert_eq!(row["longest_unassigned_wait_since"], conversation["waiting_since"]);
    assert!(row["longest_wait_seconds"].as_u64() < Some(100) && row["longest_wait_seconds"].is_u64());
    // An answer ends the wait, the end takes it out.
    let hello = json!({"type": "text", "text": {"body": "hello"}});
    hall.agent.say(&own.conversation, "k1", hello).await.expect(202);
    let seen = rows(&hall.agent).await;
    let row = of(&seen, &hall.teams[0]).expect("the agent's queue");
    assert_eq!((&row["open"], &row["waiting"]), (&json!(2), &json!(1)));
    let path = format!("/v1/conversations/{}/status", own.conversation);
    hall.agent.put(&path, json!({"status": "resolved"})).await.expect(200);
    let seen = rows(&hall.agent).await;
    let row = of(&seen, &hall.teams[0]).expect("the agent's queue");
    assert_eq!((&row["open"], &row["unassigned"]), (&json!(1), &json!(1)));
    assert_eq!(row["capacity"], json!({"open": 0, "max": 3, "free": 3}));
}

#[tokio::test]
async fn everybody_sees_the_queues_they_work_on_and_no_number_of_others() {
    let hall = Hall::open().await;
    for standing in [Standing::Team, Standing::OtherTeam, Standing::OtherTeam, Standing::OtherBrand] {
        hall.case(&hall.agent, standing).await;
    }
    hall.case(&hall.operator, Standing::Own).await;
    let queues = |rows: Vec<Value>| -> Vec<String> {
        rows.iter().map(|row| row["queue_id"].as_str().unwrap_or("own").to_owned()).collect()
    };
    let [sales, support, clinic] = &hall.teams;
    let [marea, linden] = &hall.brands;
    let all = queues(rows(&hall.root).await);
    assert!([sales, support, clinic, marea, linden].iter().all(|id| all.contains(id)), "{all:?}");
    for (who, client, theirs) in [
        ("an Admin of a brand", &hall.admin, vec![sales, support, marea]),
        ("an Agent", &hall.agent, vec![sales, marea]),
        ("one of another team", &hall.neighbour, vec![support, marea]),
        ("one of another brand", &hall.stranger, vec![clinic, linden]),
    ] {
        let mut theirs: Vec<String> = theirs.into_iter().cloned().collect();
        theirs.sort();
        let mut seen = queues(rows(client).await);
        seen.sort();
        assert_eq!(seen, theirs, "{who}");
    }
    // A colleague of another team is nobody in the common queue's numbers either.
    let seen = rows(&hall.agent).await;
    assert_eq!(of(&seen, marea).expect("the common queue")["agents"]["members"], 3);
    let own = rows(&hall.operator).await;
    assert_eq!(own.len(), 1);
    assert_eq!((&own[0]["queue_id"], &own[0]["name"], &own[0]["agents"], &own[0]["arrivals"]), {
        const NULL: &Value = &Value::Null;
        (NULL, NULL, NULL, NULL)
    });
    assert_eq!((&own[0]["open"], &own[0]["waiting"], &own[0]["unassigned"]), (&json!(1), &json!(1), &json!(0)));
    // Page by page it is the same.
    let mut paged = Vec::new();
    let mut path = "/v1/queue-monitor?limit=2".to_owned();
    loop {
        let page = hall.root.get(&path).await.expect(200);
        paged.extend(page["data"].as_array().expect("rows").iter().map(|row| row["queue_id"].clone()));
        match page["page"]["next_cursor"].as_str() {
            Some(cursor) => path = format!("/v1/queue-monitor?limit=2&cursor={cursor}"),
            None => break,
        }
    }
    assert_eq!(paged, all.iter().map(|id| json!(id)).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_team_of_all_brands_is_counted_by_those_one_works_for() {
    let hall = Hall::open().await;
    let team = hall.root.post("/v1/teams", json!({"name": "Night"})).await.expect(201);
    let team = crate::hall::id(&team);
    for standing in [Standing::Team, Standing::OtherBrand, Standing::OtherBrand] {
        let case = hall.case(&hall.agent, standing).await;
        let path = format!("/v1/conversations/{}/assignment", case.conversation);
        let to = json!({"team_id": team, "assignee_id": hall.root.user_id});
        hall.root.put(&path, to).await.expect(200);
    }
    for (client, count) in [(&hall.root, 3), (&hall.admin, 1)] {
        let seen = rows(client).await;
        let row = of(&seen, &team).expect("the team of all brands");
        assert_eq!((&row["open"], &row["arrivals"]["last_1h"]), (&json!(count), &json!(count)));
    }
    let load = hall.root.get("/v1/agent-load").await.expect(200);
    let rows = load["data"].as_array().expect("rows");
    let root = rows.iter().find(|row| row["user_id"] == json!(hall.root.user_id)).expect("who has three");
    assert_eq!(root["open"], 3);
}

#[tokio::test]
async fn who_looks_after_routing_sees_what_each_has_and_who_leads_a_team_their_own() {
    let hall = Hall::open().await;
    says(&hall.agent, "available").await;
    hall.case(&hall.agent, Standing::Own).await;
    hall.case(&hall.mate, Standing::Own).await;
    let load = async |client: &Client| -> Vec<Value> {
        client.get("/v1/agent-load").await.expect(200)["data"].as_array().expect("rows").clone()
    };
    let users = |rows: &[Value]| rows.iter().map(|row| row["user_id"].clone()).collect::<Vec<_>>();
    let seen = load(&hall.admin).await;
    let mut theirs: Vec<Value> =
        [&hall.agent, &hall.mate, &hall.neighbour, &hall.operator].map(|one| json!(one.user_id)).into();
    theirs.sort_by_key(Value::to_string);
    assert_eq!(users(&seen), theirs, "nobody of the other brand");
    let row = seen.iter().find(|row| row["user_id"] == json!(hall.agent.user_id)).expect("the agent");
    assert_eq!((&row["availability"], &row["name"]), (&json!("available"), &json!("agnes")));
    assert_eq!((&row["open"], &row["waiting"], &row["load"]), (&json!(1), &json!(1), &json!(100)));
    assert_eq!(row["capacity"], json!({"open": 1, "max": 20, "free": 19}));
    assert!(row["longest_wait_since"].is_string() && row["last_given_at"].is_string());
    for client in [&hall.agent, &hall.operator, &hall.neighbour] {
        client.get("/v1/agent-load").await.refused(403, "forbidden");
    }
    let path = format!("/v1/teams/{}/members/{}", hall.teams[0], hall.mate.user_id);
    hall.root.put(&path, json!({"lead": true})).await.expect(200);
    let mut team: Vec<Value> = [&hall.agent, &hall.mate, &hall.operator].map(|one| json!(one.user_id)).into();
    team.sort_by_key(Value::to_string);
    assert_eq!(users(&load(&hall.mate).await), team);
}

#[tokio::test]
async fn far_more_than_in_the_weeks_before_is_a_spike() {
    let clock = HandClock::new();
    let served = Served::start_on(Settings::default(), clock.clone(), Arc::new(OsEntropy)).await;
    let root = served.admin().await;
    let brand = served.connect(&root).await["brand_id"].as_str().expect("a brand").to_owned();
    let comes = async |n: usize| {
        let (who, message) = (format!("4915100{n:06}"), format!("wamid.{n}"));
        let seconds = served.desk.now().as_millis() / 1_000;
        assert_eq!(served.deliver(&text_webhook(&who, &message, "hello", seconds)).await.status, 200);
    };
    for week in 0..3 {
        comes(week).await;
        clock.advance(Millis::days(7));
    }
    let quiet = rows(&served.admin().await).await;
    let arrivals = &of(&quiet, &brand).expect("the queue")["arrivals"];
    assert!(arrivals["usual_1h"].as_f64() <= Some(1.0) && arrivals["spike"].is_null(), "{arrivals}");
    for n in 10..22 {
        comes(n).await;
    }
    let busy = rows(&served.admin().await).await;
    let arrivals = &of(&busy, &brand).expect("the queue")["arrivals"];
    assert_eq!((&arrivals["last_5m"], &arrivals["last_1h"]), (&json!(12), &json!(12)));
    assert!(arrivals["spike"]["z_score"].as_f64() > Some(9.0), "{arrivals}");
    clock.advance(Millis::hours(2));
    let over = rows(&served.admin().await).await;
    let row = of(&over, &brand).expect("the queue");
    assert_eq!((&row["arrivals"]["last_1h"], &row["arrivals"]["spike"]), (&json!(0), &Value::Null));
    assert!(row["longest_wait_seconds"].as_u64() >= Some(21 * 24 * 3_600), "the first still waits");
}

#[tokio::test]
async fn queues_are_told_live_once_a_second_at_most_and_to_those_who_work_on_them() {
    let hall = Hall::open().await;
    let asks = || json!({"snapshot": ["queue.stats"]});
    let stats = |frame: &Value| frame["type"] == "snapshot" && frame["section"] == "queue.stats";
    let open_in = |frame: &Value, queue: &str| {
        of(frame["data"].as_array().map_or(&[], Vec::as_slice), queue).map(|row| row["open"].clone())
    };
    let mut agent = hall.served.listen(&hall.agent, asks()).await;
    let mut other = hall.served.listen(&hall.neighbour, asks()).await;
    let mut operator = hall.served.listen(&hall.operator, asks()).await;
    let mut silent = hall.served.listen(&hall.mate, json!({"snapshot": ["me"]})).await;
    let first = agent.until(stats).await;
    assert_eq!((open_in(&first, &hall.teams[0]), &first["last"]), (Some(json!(0)), &json!(true)));
    assert_eq!(operator.until(stats).await["data"].as_array().map(Vec::len), Some(1));
    other.until(stats).await;
    let begun = Instant::now();
    hall.case(&hall.agent, Standing::Team).await;
    let second = hall.case(&hall.agent, Standing::Team).await;
    let mut told = 0;
    loop {
        let frame = agent.until(stats).await;
        told += 1;
        if open_in(&frame, &hall.teams[0]) == Some(json!(2)) {
            break;
        }
    }
    // Each case changes figures twice: without a limit there would be four of them.
    assert!(told <= 1 + begun.elapsed().as_secs(), "{told} in {:?}", begun.elapsed());
    // The other team is told of the common queue, through which they came, and of its own.
    let common = other.until(stats).await;
    assert!(common["data"].to_string().contains(&hall.brands[0]));
    assert!(!other.frames.concat().contains(&hall.teams[0]));
    let path = format!("/v1/conversations/{}/assignment", second.conversation);
    hall.root.put(&path, json!({"team_id": hall.teams[0], "assignee_id": hall.operator.user_id})).await.expect(200);
    let own = operator.until(|frame| stats(frame) && frame["data"][0]["open"] == 1).await;
    assert_eq!(own["data"][0]["queue_id"], Value::Null);
    // Whoever leaves the team hears of it no more.
    let path = format!("/v1/users/{}/teams", hall.agent.user_id);
    hall.root.put(&path, json!({"team_ids": [hall.teams[1]]})).await.expect(200);
    agent.until(|frame| frame["type"] == "reset").await;
    let heard = agent.frames.len();
    let anew = agent.until(stats).await;
    assert_eq!((open_in(&anew, &hall.teams[0]), open_in(&anew, &hall.teams[1])), (None, Some(json!(0))));
    hall.case(&hall.mate, Standing::Team).await;
    hall.case(&hall.mate, Standing::OtherTeam).await;
    agent.until(|frame| stats(frame) && open_in(frame, &hall.teams[1]) == Some(json!(1))).await;
    let stats_after = agent.frames[heard..].iter().filter(|frame| frame.contains("queue.stats"));
    assert!(stats_after.clone().count() >= 2 && stats_after.clone().all(|frame| !frame.contains(&hall.teams[0])));
    silent.reaches(hall.served.head()).await;
    assert!(silent.frames.iter().all(|frame| !frame.contains("queue.stats")), "who did not ask is not told");
}
