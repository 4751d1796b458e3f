//! How many people hours need, and somebody's scorecard.

use domain::access::Standing;
use serde_json::{Value, json};

use crate::desk::{Client, Served};
use crate::hall::{Hall, id};

const STAFFING: &str = "/v1/analytics/staffing";

async fn answers(client: &Client, conversation: &str, key: &str) {
    client.say(conversation, key, json!({"type": "text", "text": {"body": "Here."}})).await.expect(202);
}

#[tokio::test]
async fn hours_in_which_customers_come_need_people_and_the_others_nobody() {
    let served = Served::start().await;
    let root = served.admin().await;
    served.connect(&root).await;
    for n in 0..4 {
        let conversation = id(&served.customer_writes(&root, &format!("4915100000{n}"), "hello").await);
        answers(&root, &conversation, &format!("k{n}")).await;
    }
    let asked = root.get(&format!("{STAFFING}?handle_seconds=600&within_seconds=120&service_level_percent=90")).await;
    let data = asked.expect(200)["data"].clone();
    assert_eq!((&data["handle_seconds"], &data["handle_measured"]), (&json!(600.0), &json!(false)));
    let hours = data["hours"].as_array().expect("hours");
    assert_eq!((hours.len(), &hours[0]["weekday"], &hours[167]["hour"]), (168, &json!("monday"), &json!(23)));
    let busy: Vec<_> = hours.iter().filter(|hour| hour["agents"].as_u64() > Some(0)).collect();
    assert!((1..=2).contains(&busy.len()), "{busy:?}");
    assert!(busy.iter().all(|hour| hour["service_level"].as_f64() >= Some(0.9)), "{busy:?}");
    let idle = hours.iter().find(|hour| hour["agents"] == 0).expect("most hours");
    assert_eq!((&idle["arrivals_per_hour"], &idle["service_level"]), (&json!(0.0), &json!(1.0)));
    // Four answers in a moment: five minutes for the first of them, over four episodes.
    let measured = root.get(STAFFING).await.expect(200)["data"].clone();
    assert_eq!((&measured["handle_measured"], &measured["handle_episodes"]), (&json!(true), &json!(4)));
    let seconds = measured["handle_seconds"].as_f64().expect("it was measured");
    assert!((75.0..90.0).contains(&seconds), "{seconds}");
    for wrong in ["service_level_percent=100", "within_seconds=0", "concurrency=21", "handle_seconds=x"] {
        root.get(&format!("{STAFFING}?{wrong}")).await.refused(400, "invalid-parameter");
    }
    root.get(&format!("{STAFFING}?time_zone=Nowhere")).await.refused(422, "unprocessable");
}

#[tokio::test]
async fn a_scorecard_shows_what_its_reader_may_see_of_a_person() {
    let hall = Hall::open().await;
    let mine = hall.case(&hall.agent, Standing::Own).await.conversation;
    answers(&hall.agent, &mine, "a").await;
    let theirs = hall.case(&hall.mate, Standing::Own).await.conversation;
    answers(&hall.mate, &theirs, "b").await;
    let path = |of: &Client| format!("/v1/agents/{}/scorecard?metrics=reply_time,handled", of.user_id);
    let card = hall.admin.get(&path(&hall.agent)).await.expect(200)["data"].clone();
    assert_eq!((&card["user"]["id"], &card["metrics"][1]["count"]), (&json!(hall.agent.user_id), &json!(1)));
    assert_eq!((&card["metrics"][0]["team_people"], &card["metrics"][1]["team_median"]), (&json!(2), &json!(1.0)));
    assert_eq!(card["slowest_replies"][0]["conversation_id"], json!(mine));
    assert_eq!((&card["reopened"], &card["lowest_ratings"]), (&json!([]), &json!([])));
    // One's own, without what the others have.
    let own = hall.agent.get(&path(&hall.agent)).await.expect(200)["data"].clone();
    assert_eq!((&own["metrics"][1]["count"], &own["metrics"][1]["team_median"]), (&json!(1), &Value::Null));
    assert_eq!(own["slowest_replies"][0]["conversation_id"], json!(mine));
    hall.operator.get(&path(&hall.operator)).await.expect(200);
    // A colleague's is not an Agent's to read, until they lead the team.
    hall.agent.get(&path(&hall.mate)).await.refused(403, "forbidden");
    hall.agent.get(&path(&hall.stranger)).await.refused(404, "not-found");
    hall.admin.get(&path(&hall.stranger)).await.refused(404, "not-found");
    let lead = format!("/v1/teams/{}/members/{}", hall.teams[0], hall.agent.user_id);
    hall.root.put(&lead, json!({"lead": true})).await.expect(200);
    let card = hall.agent.get(&path(&hall.mate)).await.expect(200)["data"].clone();
    assert_eq!((&card["metrics"][1]["count"], &card["metrics"][1]["team_people"]), (&json!(1), &json!(2)));
    hall.agent.get(&path(&hall.neighbour)).await.refused(404, "not-found");
    for wrong in ["metrics=volume", "agent_id=me"] {
        let path = format!("/v1/agents/{}/scorecard?{wrong}", hall.agent.user_id);
        hall.root.get(&path).await.refused(422, "unprocessable");
    }
}
