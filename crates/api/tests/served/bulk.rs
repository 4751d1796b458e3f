//! The same done to many conversations: an answer for each, nothing that tells of what is hidden, and a way back.

use domain::access::Standing;
use reqwest::Method;
use serde_json::{Value, json};

use crate::desk::{Answer, Client, Served};
use crate::hall::{Hall, id};

const JOBS: &str = "/v1/bulk-jobs";
const ESCALATIONS: &str = "/v1/escalations";
const ABSENT: &str = "conv_00000000000000000000000001";

async fn asks(client: &Client, key: &str, conversations: &[String], operation: Value) -> Answer {
    let body = json!({"conversation_ids": conversations, "operation": operation});
    Served::send(client.request(Method::POST, JOBS).header("idempotency-key", key).json(&body)).await
}

/// Works off everything there is, as a worker does in the product.
async fn work(served: &Served) {
    while served.desk.work_on_bulk_jobs().await.expect("it goes on") {}
}

/// Asks for a job, has it done, and gives it with what became of each.
async fn does(served: &Served, client: &Client, conversations: &[String], operation: Value) -> (Value, Vec<Value>) {
    let key = format!("job-{}", served.desk.entropy());
    let job = asks(client, &key, conversations, operation).await.expect(202);
    work(served).await;
    let job = client.get(&format!("{JOBS}/{}", id(&job))).await.expect(200);
    let items = items(client, &job).await;
    (job, items)
}

async fn items(client: &Client, job: &Value) -> Vec<Value> {
    let page = client.get(&format!("{JOBS}/{}/items?limit=200", id(job))).await.expect(200);
    page["data"].as_array().expect("items").clone()
}

fn outcomes(items: &[Value]) -> Vec<&str> {
    items.iter().map(|item| item["outcome"].as_str().expect("a word")).collect()
}

/// A desk with a number and as many conversations.
async fn desk(count: usize) -> (Served, Client, Vec<String>) {
    let served = Served::start().await;
    let root = served.admin().await;
    served.connect(&root).await;
    let mut conversations = Vec::new();
    for n in 0..count {
        conversations.push(id(&served.customer_writes(&root, &format!("49151{n:08}"), "hello").await));
    }
    (served, root, conversations)
}

async fn status(client: &Client, conversation: &str) -> String {
    let row = client.get(&format!("/v1/conversations/{conversation}")).await.expect(200);
    row["status"].as_str().expect("a word").to_owned()
}

#[tokio::test]
async fn a_job_is_accepted_done_and_answered_for_each_conversation() {
    let (served, root, conversations) = desk(3).await;
    root.put(&format!("/v1/conversations/{}/status", conversations[0]), json!({"status": "resolved"}))
        .await
        .expect(200);
    let named = [conversations.clone(), vec![ABSENT.to_owned()]].concat();
    let operation = json!({"type": "set_status", "status": "pending", "reason": "waiting for the carrier"});
    let answer = asks(&root, "first", &named, operation).await;
    let job = answer.body.clone();
    assert_eq!((answer.status, answer.header("location")), (202, format!("{JOBS}/{}", id(&job)).as_str()));
    assert_eq!(
        (&job["state"], &job["counts"]["total"], &job["counts"]["done"]),
        (&json!("queued"), &json!(4), &json!(0))
    );
    assert_eq!(outcomes(&items(&root, &job).await), ["waiting"; 4]);
    work(&served).await;
    let done = root.get(&format!("{JOBS}/{}", id(&job))).await.expect(200);
    let counts = json!({"total": 4, "done": 2, "unchanged": 0, "refused": 1, "not_found": 1});
    assert_eq!((&done["state"], &done["counts"], &done["undo"]), (&json!("done"), &counts, &Value::Null));
    assert_eq!(done["operation"]["reason"], "waiting for the carrier");
    assert_eq!(done["requested_by"]["id"], root.user_id);
    let found = items(&root, &job).await;
    assert_eq!(outcomes(&found), ["refused", "done", "done", "not_found"]);
    let problem = &found[0]["problem"];
    assert_eq!((&problem["code"], &problem["status"]), (&json!("invalid-transition"), &json!(409)));
    assert_eq!((&found[3]["problem"]["code"], &found[3]["version"]), (&json!("not-found"), &Value::Null));
    let row = root.get(&format!("/v1/conversations/{}", conversations[1])).await.expect(200);
    assert_eq!((&row["status"], &row["version"]), (&json!("pending"), &found[1]["version"]));
    // Who did it is said in each conversation; why, in no readable part of the job.
    let changed = root.events("conversation.status_changed").await;
    assert!(changed.iter().all(|event| event["actor"]["id"] == json!(root.user_id)));
    assert!(!root.events("bulk_job.requested").await[0]["facts"].to_string().contains("carrier"));
    // A page at a time.
    let page = root.get(&format!("{JOBS}/{}/items?limit=3", id(&job))).await.expect(200);
    let cursor = page["page"]["next_cursor"].as_str().expect("a next page");
    let rest = root.get(&format!("{JOBS}/{}/items?limit=3&cursor={cursor}", id(&job))).await.expect(200);
    assert_eq!((&rest["data"], &rest["page"]["next_cursor"]), (&json!([found[3]]), &Value::Null));
}

#[tokio::test]
async fn the_same_request_again_is_the_same_job() {
    let (served, root, conversations) = desk(1).await;
    let resolve = || json!({"type": "resolve"});
    let first = asks(&root, "once", &conversations, resolve()).await.expect(202);
    work(&served).await;
    let again = asks(&root, "once", &conversations, resolve()).await;
    assert_eq!((again.status, again.header("idempotency-replayed"), id(&again.body)), (202, "true", id(&first)));
    work(&served).await;
    assert_eq!(root.events("bulk_job.requested").await.len(), 1);
    let other = json!({"type": "set_priority", "priority": "high"});
    asks(&root, "once", &conversations, other).await.refused(422, "idempotency-key-reused");
    let body = json!({"conversation_ids": conversations, "operation": resolve()});
    root.post(JOBS, body).await.refused(400, "idempotency-key-required");
}

#[tokio::test]
async fn what_makes_no_sense_is_refused_as_a_whole() {
    let (served, root, conversations) = desk(1).await;
    let id = |n: u128| domain::ids::ConversationId::from_u128(n).to_string();
    let too_many: Vec<_> = (0..1_001).map(id).collect();
    let twice = [conversations.clone(), conversations.clone()].concat();
    let resolve = || json!({"type": "resolve"});
    asks(&root, "a", &too_many, resolve()).await.refused(400, "invalid-body");
    asks(&root, "a", &[], resolve()).await.refused(400, "invalid-body");
    let problem = asks(&root, "a", &twice, resolve()).await.refused(422, "unprocessable");
    assert_eq!(problem["errors"][0]["pointer"], "/conversation_ids");
    for (wrong, place) in [
        (json!({"type": "assign"}), "/operation/assignee_id"),
        (json!({"type": "assign", "assignee_id": null, "tag": "x"}), "/operation/tag"),
        (json!({"type": "set_status"}), "/operation/status"),
        (json!({"type": "snooze", "until": "2020-01-01T00:00:00Z"}), "/operation/until"),
        (json!({"type": "add_tag", "tag": "  "}), "/operation/tag"),
        (json!({"type": "remove_tag", "tag": "x", "reason": "y"}), "/operation/reason"),
        (json!({"type": "set_priority", "status": "open", "priority": "low"}), "/operation/status"),
    ] {
        let problem = asks(&root, "a", &conversations, wrong.clone()).await.refused(422, "unprocessable");
        assert_eq!(problem["errors"][0]["pointer"], place, "{wrong}");
    }
    for wrong in [json!({}), json!({"type": "erase"}), json!({"type": "set_status", "status": "resolved"})] {
        asks(&root, "a", &conversations, wrong).await.refused(400, "invalid-body");
    }
    assert!(!served.desk.work_on_bulk_jobs().await.unwrap(), "nothing was taken");
    // A thousand are taken.
    asks(&root, "a", &too_many[..1_000], resolve()).await.expect(202);
    work(&served).await;
}

#[tokio::test]
async fn hidden_and_absent_conversations_are_answered_alike() {
    let hall = Hall::open().await;
    let seen = hall.case(&hall.admin, Standing::Team).await.conversation;
    let hidden = hall.case(&hall.admin, Standing::OtherBrand).await.conversation;
    let before = hall.root.get(&format!("/v1/conversations/{hidden}")).await.expect(200);
    let all = [seen.clone(), hidden.clone(), ABSENT.to_owned()];
    let (job, mut found) = does(&hall.served, &hall.admin, &all, json!({"type": "resolve"})).await;
    assert_eq!(outcomes(&found), ["done", "not_found", "not_found"]);
    found.iter_mut().for_each(|item| item["conversation_id"] = Value::Null);
    assert_eq!(found[1], found[2]);
    let after = hall.root.get(&format!("/v1/conversations/{hidden}")).await.expect(200);
    assert_eq!((&after["status"], &after["version"]), (&before["status"], &before["version"]));
    // Whoever takes work does no bulk, and learns of none.
    for weak in [&hall.agent, &hall.operator] {
        asks(weak, "mine", &all, json!({"type": "resolve"})).await.refused(403, "forbidden");
        weak.get(JOBS).await.refused(403, "forbidden");
        weak.get(&format!("{JOBS}/{}", id(&job))).await.refused(403, "forbidden");
        weak.post(&format!("{JOBS}/{}/undo", id(&job)), json!({})).await.refused(403, "forbidden");
    }
    // An admin of some brands sees their own jobs, one of all brands everybody's.
    let (other, _) = does(&hall.served, &hall.root, &[hidden], json!({"type": "add_tag", "tag": "recall"})).await;
    for path in [format!("{JOBS}/{}", id(&other)), format!("{JOBS}/{}/items", id(&other))] {
        hall.admin.get(&path).await.refused(404, "not-found");
    }
    hall.admin.post(&format!("{JOBS}/{}/undo", id(&other)), json!({})).await.refused(404, "not-found");
    let list = async |client: &Client| {
        let page = client.get(JOBS).await.expect(200);
        page["data"].as_array().expect("jobs").iter().map(id).collect::<Vec<_>>()
    };
    assert_eq!(list(&hall.admin).await, [id(&job)]);
    assert_eq!(list(&hall.root).await, [id(&other), id(&job)]);
}

#[tokio::test]
async fn a_job_is_taken_back_except_where_something_changed_since() {
    let (served, root, conversations) = desk(3).await;
    let ben = served.member(&root, "ben", "agent").await;
    let (job, _) = does(&served, &root, &conversations, json!({"type": "resolve"})).await;
    let reopened = &conversations[0];
    root.put(&format!("/v1/conversations/{reopened}/status"), json!({"status": "open"})).await.expect(200);
    root.put(&format!("/v1/conversations/{}/assignment", conversations[1]), json!({"assignee_id": ben.user_id}))
        .await
        .expect(200);
    let undo = format!("{JOBS}/{}/undo", id(&job));
    let asked = root.post(&undo, json!({})).await.expect(202);
    assert_eq!(asked["state"], "undoing");
    root.post(&undo, json!({})).await.refused(409, "invalid-transition");
    work(&served).await;
    let undone = root.get(&format!("{JOBS}/{}", id(&job))).await.expect(200);
    assert_eq!(undone["state"], "undone");
    let told = &undone["undo"];
    assert_eq!((&told["undone"], &told["changed_since"]), (&json!(2), &json!(1)));
    assert_eq!(told["requested_by"]["id"], root.user_id);
    let found = items(&root, &job).await;
    let backs: Vec<_> = found.iter().map(|item| item["undo"]["outcome"].as_str().expect("a word")).collect();
    assert_eq!(backs, ["changed_since", "undone", "undone"]);
    for conversation in &conversations {
        assert_eq!(status(&root, conversation).await, "open");
    }
    // What else changed stays, and whoever waited has waited since.
    let row = root.get(&format!("/v1/conversations/{}", conversations[1])).await.expect(200);
    assert_eq!(row["assignee"]["id"], ben.user_id);
    assert!(row["waiting_since"].is_string());
    root.post(&undo, json!({})).await.refused(409, "invalid-transition");
    root.post(&format!("{JOBS}/job_00000000000000000000000001/undo"), json!({})).await.refused(404, "not-found");
}

#[tokio::test]
async fn a_job_is_assigned_by_the_rights_of_single_assignments() {
    let hall = Hall::open().await;
    let mine = hall.case(&hall.admin, Standing::Team).await.conversation;
    let theirs = hall.case(&hall.admin, Standing::OtherTeam).await.conversation;
    let all = [mine.clone(), theirs.clone()];
    let to = |user: &Client| json!({"type": "assign", "assignee_id": user.user_id});
    let (_, found) = does(&hall.served, &hall.admin, &all, to(&hall.agent)).await;
    assert_eq!(outcomes(&found), ["done", "done"], "an admin moves to the assignee's team");
    let row = hall.root.get(&format!("/v1/conversations/{theirs}")).await.expect(200);
    assert_eq!((&row["assignee"]["id"], &row["team_id"]), (&json!(hall.agent.user_id), &json!(hall.teams[0])));
    let (_, found) = does(&hall.served, &hall.admin, &all, to(&hall.stranger)).await;
    let code = |item: &Value| item["problem"]["code"].clone();
    assert_eq!(found.iter().map(code).collect::<Vec<_>>(), vec![json!("assignee-not-eligible"); 2]);
    let release = json!({"type": "assign", "assignee_id": null, "team_id": hall.teams[1], "reason": "all hands"});
    let (job, found) = does(&hall.served, &hall.admin, &all, release).await;
    assert_eq!(outcomes(&found), ["done", "done"]);
    assert_eq!((&job["operation"]["moves"], &job["operation"]["team_id"]), (&json!(true), &json!(hall.teams[1])));
}

#[tokio::test]
async fn an_agent_hands_their_own_up_and_nothing_else() {
    let hall = Hall::open().await;
    let case = async |standing| hall.case(&hall.agent, standing).await.conversation;
    let (own, team) = (case(Standing::Own).await, case(Standing::Team).await);
    let hidden = case(Standing::OtherTeam).await;
    let body = json!({
        "conversation_ids": [own, team, hidden, ABSENT], "to_team_id": hall.teams[1], "note": "They asked twice.",
    });
    let escalate = async || {
        let request = hall.agent.request(Method::POST, ESCALATIONS).header("idempotency-key", "up");
        Served::send(request.json(&body)).await
    };
    let answer = escalate().await;
    let first = answer.body.clone();
    assert_eq!((answer.status, answer.header("idempotency-replayed")), (200, ""), "{first}");
    let found = first["data"].as_array().expect("items");
    assert_eq!(outcomes(found), ["done", "refused", "not_found", "not_found"]);
    assert_eq!(found[1]["problem"]["code"], "forbidden");
    let row = hall.root.get(&format!("/v1/conversations/{own}")).await.expect(200);
    assert_eq!(
        (&row["assignee"], &row["team_id"], &row["priority"]),
        (&Value::Null, &json!(hall.teams[1]), &json!("low"))
    );
    let notes = hall.neighbour.get(&format!("/v1/conversations/{own}/notes")).await.expect(200);
    let written = notes["data"].as_array().expect("notes").iter().any(|note| note["body"] == "They asked twice.");
    assert!(written, "{notes}");
    hall.agent.get(&format!("/v1/conversations/{own}")).await.refused(404, "not-found");
    // Sent again, it says the same and does nothing.
    let again = escalate().await;
    assert_eq!((again.status, again.header("idempotency-replayed")), (200, "true"));
    assert_eq!(again.body, first);
    assert_eq!(hall.root.events("conversation.priority_changed").await.len(), 1);
    // It is a job, which an admin finds and takes back.
    let job = first["job_id"].as_str().expect("an id");
    hall.root.post(&format!("{JOBS}/{job}/undo"), json!({})).await.expect(202);
    work(&hall.served).await;
    let row = hall.root.get(&format!("/v1/conversations/{own}")).await.expect(200);
    assert_eq!((&row["assignee"]["id"], &row["priority"]), (&json!(hall.agent.user_id), &json!("none")));
    let elsewhere = |team: &str| json!({"conversation_ids": [own], "to_team_id": team});
    hall.agent.post(ESCALATIONS, elsewhere(&hall.teams[2])).await.refused(422, "unknown-reference");
    hall.agent.post(ESCALATIONS, elsewhere("team_00000000000000000000000001")).await.refused(422, "unknown-reference");
    hall.operator.post(ESCALATIONS, elsewhere(&hall.teams[1])).await.refused(403, "forbidden");
}
