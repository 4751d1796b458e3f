//! Remarks on people's work: who writes them, and who reads them.

use domain::access::Standing;
use reqwest::Method;
use serde_json::{Value, json};

use crate::desk::{Answer, Client, Served};
use crate::hall::{Hall, id};

async fn remarks(client: &Client, about: &str, body: &str, shared: bool) -> Answer {
    client.post("/v1/coaching-notes", json!({"agent_id": about, "body": body, "shared": shared})).await
}

async fn read(client: &Client) -> Vec<String> {
    let page = client.get("/v1/coaching-notes").await.expect(200);
    let text = |note: &Value| note["body"].as_str().expect("a text").to_owned();
    page["data"].as_array().expect("notes").iter().map(text).collect()
}

async fn with_version(client: &Client, method: Method, path: &str, version: u64, body: Value) -> Answer {
    Served::send(client.request(method, path).header("if-match", format!("\"v{version}\"")).json(&body)).await
}

#[tokio::test]
async fn whoever_looks_after_somebody_remarks_and_the_person_reads_what_is_shared() {
    let hall = Hall::open().await;
    remarks(&hall.admin, &hall.agent.user_id, "Ask before you transfer", true).await.expect(201);
    remarks(&hall.admin, &hall.agent.user_id, "Watch the tone", false).await.expect(201);
    assert_eq!(read(&hall.admin).await, ["Watch the tone", "Ask before you transfer"]);
    assert_eq!(read(&hall.agent).await, ["Ask before you transfer"]);
    // Neither teammates nor another brand's people; nor does anybody remark on their own work, or on that of people they
    // do not look after.
    for other in [&hall.mate, &hall.neighbour, &hall.operator, &hall.stranger] {
        assert!(read(other).await.is_empty());
    }
    remarks(&hall.agent, &hall.mate.user_id, "?", true).await.refused(403, "forbidden");
    remarks(&hall.admin, &hall.admin.user_id, "?", true).await.refused(403, "forbidden");
    remarks(&hall.operator, &hall.mate.user_id, "?", true).await.refused(403, "forbidden");
    let hidden = remarks(&hall.admin, &hall.stranger.user_id, "?", true).await.refused(404, "not-found");
    let absent = remarks(&hall.admin, "usr_01jd8w3q5tex9bqm1d0vhkk6ws", "?", true).await.refused(404, "not-found");
    assert_eq!(hidden["title"], absent["title"]);
    // Who leads a team looks after its people.
    let path = format!("/v1/teams/{}/members/{}", hall.teams[0], hall.mate.user_id);
    hall.root.put(&path, json!({"lead": true})).await.expect(200);
    assert_eq!(read(&hall.mate).await.len(), 2);
    remarks(&hall.mate, &hall.agent.user_id, "Well done", true).await.expect(201);
    remarks(&hall.mate, &hall.neighbour.user_id, "?", true).await.refused(404, "not-found");
    assert_eq!(read(&hall.agent).await, ["Well done", "Ask before you transfer"]);
}

#[tokio::test]
async fn only_its_author_rewords_a_remark_and_nobody_over_another_change() {
    let hall = Hall::open().await;
    let note = remarks(&hall.admin, &hall.agent.user_id, "Slow on Mondays", false).await.expect(201);
    let path = format!("/v1/coaching-notes/{}", id(&note));
    hall.agent.get(&path).await.refused(404, "not-found");
    hall.admin.patch(&path, json!({"shared": true})).await.refused(428, "precondition-required");
    with_version(&hall.root, Method::PATCH, &path, 1, json!({"shared": true})).await.refused(403, "forbidden");
    let shared = with_version(&hall.admin, Method::PATCH, &path, 1, json!({"shared": true})).await.expect(200);
    assert_eq!((&shared["body"], &shared["version"]), (&json!("Slow on Mondays"), &json!(2)));
    with_version(&hall.admin, Method::PATCH, &path, 1, json!({"body": "?"})).await.refused(412, "precondition-failed");
    assert_eq!(hall.agent.get(&path).await.expect(200)["author"]["id"], json!(hall.admin.user_id));
    with_version(&hall.agent, Method::DELETE, &path, 2, json!({})).await.refused(403, "forbidden");
    with_version(&hall.root, Method::DELETE, &path, 2, json!({})).await.expect(204);
    hall.admin.get(&path).await.refused(404, "not-found");
    remarks(&hall.admin, &hall.agent.user_id, " ", true).await.refused(422, "unprocessable");
}

#[tokio::test]
async fn a_remark_names_a_conversation_only_to_those_who_see_it() {
    let hall = Hall::open().await;
    let case = hall.case(&hall.agent, Standing::Own).await;
    let body = json!({"agent_id": hall.agent.user_id, "body": "Read this again", "conversation_id": case.conversation});
    let note = hall.admin.post("/v1/coaching-notes", body).await.expect(201);
    let path = format!("/v1/coaching-notes/{}", id(&note));
    assert_eq!(hall.agent.get(&path).await.expect(200)["conversation_id"], json!(case.conversation));
    let moved = json!({"team_id": hall.teams[1], "assignee_id": null});
    hall.root.put(&format!("/v1/conversations/{}/assignment", case.conversation), moved).await.expect(200);
    assert_eq!(hall.agent.get(&path).await.expect(200)["conversation_id"], Value::Null);
    let elsewhere = hall.case(&hall.agent, Standing::OtherBrand).await;
    let body = json!({"agent_id": hall.agent.user_id, "body": "?", "conversation_id": elsewhere.conversation});
    hall.admin.post("/v1/coaching-notes", body).await.refused(404, "not-found");
}
