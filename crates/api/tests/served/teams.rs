//! Teams and their walls, invitations over them, custom roles, and the answer to "why can they see this?".

use serde_json::{Value, json};

use crate::desk::{Answer, Client, Served};

/// Two closed teams with an agent each, an operator in the first, and a conversation in the first one's queue.
struct Floor {
    served: Served,
    root: Client,
    sales: String,
    support: String,
    ana: Client,
    ben: Client,
    olga: Client,
    conversation: Value,
}

fn id(value: &Value) -> String {
    value["id"].as_str().expect("an id").to_owned()
}

impl Floor {
    async fn open() -> Self {
        let served = Served::start().await;
        let root = served.admin().await;
        let channel = served.connect(&root).await;
        let sales = id(&root.post("/v1/teams", json!({"name": "Sales"})).await.expect(201));
        let support = id(&root.post("/v1/teams", json!({"name": "Support"})).await.expect(201));
        let ana = served.member(&root, "anabel", "agent").await;
        let ben = served.member(&root, "ben", "agent").await;
        let olga = served.member(&root, "olga", "operator").await;
        for (team, user) in [(&sales, &ana), (&support, &ben), (&sales, &olga)] {
            root.put(&format!("/v1/teams/{team}/members/{}", user.user_id), json!({})).await.expect(200);
        }
        let version = channel["version"].as_u64().expect("a version");
        patch(&root, &format!("/v1/channels/{}", id(&channel)), version, json!({"default_team_id": sales}))
            .await
            .expect(200);
        let conversation = served.customer_writes(&root, "4915112345678", "hello").await;
        Self { served, root, sales, support, ana, ben, olga, conversation }
    }

    fn at(&self, rest: &str) -> String {
        format!("/v1/conversations/{}{rest}", id(&self.conversation))
    }
}

async fn patch(client: &Client, path: &str, version: u64, body: Value) -> Answer {
    let request = client.request(reqwest::Method::PATCH, path).header("if-match", format!("\"v{version}\""));
    Served::send(request.json(&body)).await
}

async fn listed(client: &Client) -> usize {
    client.get("/v1/conversations").await.expect(200)["data"].as_array().expect("rows").len()
}

#[tokio::test]
async fn a_channels_conversations_begin_in_its_team_and_other_teams_do_not_see_them() {
    let floor = Floor::open().await;
    assert_eq!(floor.conversation["team_id"], json!(floor.sales));
    floor.ana.get(&floor.at("")).await.expect(200);
    let nothing = floor.ben.get("/v1/conversations/conv_00000000000000000000000001").await;
    let mut nothing = nothing.refused(404, "not-found");
    for rest in ["", "/messages", "/notes", "/timeline", "/collaborators"] {
        let hidden = floor.ben.get(&floor.at(rest)).await.refused(404, "not-found");
        nothing["instance"] = hidden["instance"].clone();
        assert_eq!(hidden, nothing, "{rest}");
    }
    assert_eq!((listed(&floor.ana).await, listed(&floor.ben).await, listed(&floor.olga).await), (1, 0, 0));
    let contact = format!("/v1/contacts/{}", floor.conversation["contact"]["id"].as_str().expect("an id"));
    floor.ana.get(&contact).await.expect(200);
    floor.ben.get(&contact).await.refused(404, "not-found");
    floor.ben.post(&floor.at("/claim"), json!({})).await.refused(404, "not-found");
}

#[tokio::test]
async fn whoever_hands_a_conversation_to_another_team_no_longer_sees_it() {
    let floor = Floor::open().await;
    let hand_over = json!({"assignee_id": null, "team_id": floor.support});
    // On the team's, that is for those who manage; on one's own it is one's own to do.
    floor.ana.put(&floor.at("/assignment"), hand_over.clone()).await.refused(403, "forbidden");
    floor.ana.post(&floor.at("/claim"), json!({})).await.expect(200);
    floor.ana.put(&floor.at("/assignment"), hand_over).await.expect(200);
    floor.ana.get(&floor.at("")).await.refused(404, "not-found");
    floor.ben.post(&floor.at("/claim"), json!({})).await.expect(200);
    assert_eq!((listed(&floor.ana).await, listed(&floor.ben).await), (0, 1));
}

#[tokio::test]
async fn nobody_is_given_what_lies_behind_their_wall_unless_it_moves_with_them() {
    let floor = Floor::open().await;
    floor.ana.post(&floor.at("/claim"), json!({})).await.expect(200);
    let stranger = json!({"assignee_id": "usr_00000000000000000000000001"});
    let absent = floor.ana.put(&floor.at("/assignment"), stranger).await.refused(422, "assignee-not-eligible");
    let over = json!({"assignee_id": floor.ben.user_id});
    let mut behind = floor.ana.put(&floor.at("/assignment"), over.clone()).await.refused(422, "assignee-not-eligible");
    behind["instance"] = absent["instance"].clone();
    assert_eq!(behind, absent, "a colleague behind the wall and nobody look alike");
    let moved = floor.root.put(&floor.at("/assignment"), over).await.expect(200);
    assert_eq!((&moved["team_id"], &moved["assignee"]["id"]), (&json!(floor.support), &json!(floor.ben.user_id)));
    // An operator is given what is in their team.
    let to_olga = json!({"assignee_id": floor.olga.user_id, "team_id": floor.sales});
    floor.root.put(&floor.at("/assignment"), to_olga).await.expect(200);
    assert_eq!(listed(&floor.olga).await, 1);
}

#[tokio::test]
async fn rights_change_with_the_next_event() {
    let floor = Floor::open().await;
    floor.ana.post(&floor.at("/claim"), json!({})).await.expect(200);
    let member = format!("/v1/teams/{}/members/{}", floor.sales, floor.ana.user_id);
    assert_eq!(floor.root.delete(&member).await.status, 204);
    floor.ana.get(&floor.at("")).await.refused(404, "not-found");
    let row = floor.root.get(&floor.at("")).await.expect(200);
    assert_eq!(row["assignee"], Value::Null, "what she held went back to its queue");
    floor.root.put(&member, json!({"lead": true})).await.expect(200);
    floor.ana.get(&floor.at("")).await.expect(200);
    // Open walls: every agent of the brand.
    let team = floor.root.get(&format!("/v1/teams/{}", floor.sales)).await.expect(200);
    let version = team["version"].as_u64().expect("a version");
    let path = format!("/v1/teams/{}", floor.sales);
    patch(&floor.root, &path, version, json!({"walls": "open"})).await.expect(200);
    floor.ben.get(&floor.at("")).await.expect(200);
    patch(&floor.root, &path, version, json!({"walls": "closed"})).await.refused(412, "precondition-failed");
    patch(&floor.root, &path, version + 1, json!({"walls": "closed"})).await.expect(200);
    floor.ben.get(&floor.at("")).await.refused(404, "not-found");
    // A setting: agents see only their own.
    let settings = floor.root.get("/v1/settings").await.expect(200);
    let version = settings["version"].as_u64().expect("a version");
    patch(&floor.root, "/v1/settings", version, json!({"agents": {"see_team": false}})).await.expect(200);
    floor.ana.get(&floor.at("")).await.refused(404, "not-found");
    let counts = floor.ana.get("/v1/conversation-counts").await.expect(200);
    assert_eq!(counts["all"]["total"], 0);
}

#[tokio::test]
async fn a_collaborator_reads_and_notes_until_it_is_resolved() {
    let floor = Floor::open().await;
    let invitation = floor.at(&format!("/collaborators/{}", floor.ben.user_id));
    floor.ana.put(&invitation, json!({})).await.refused(403, "forbidden");
    floor.root.put(&invitation, json!({})).await.expect(200);
    floor.ben.get(&floor.at("")).await.expect(200);
    assert_eq!(listed(&floor.ben).await, 1);
    floor.ben.post(&floor.at("/notes"), json!({"body": "the part is on its way"})).await.expect(201);
    let reply = json!({"type": "text", "text": {"body": "hello"}});
    floor.ben.say(&id(&floor.conversation), "k", reply).await.refused(403, "forbidden");
    floor.ben.put(&floor.at("/tags/vip"), json!({})).await.refused(403, "forbidden");
    floor.root.put(&floor.at("/status"), json!({"status": "resolved"})).await.expect(200);
    floor.ben.get(&floor.at("")).await.refused(404, "not-found");
    floor.root.put(&floor.at("/status"), json!({"status": "open"})).await.expect(200);
    floor.ben.get(&floor.at("")).await.refused(404, "not-found");
}

#[tokio::test]
async fn a_custom_role_gives_and_takes_and_the_built_in_ones_stay() {
    let floor = Floor::open().await;
    let body = json!({"name": "Reviewer", "base": "agent", "permissions": ["conversations.read", "notes.add"]});
    floor.ana.post("/v1/roles", body.clone()).await.refused(403, "forbidden");
    let role = floor.root.post("/v1/roles", body).await.expect(201);
    let give = json!({"role": "agent", "custom_role_id": role["id"]});
    let shown = floor.root.put(&format!("/v1/users/{}/role", floor.ana.user_id), give).await.expect(200);
    assert_eq!(shown["custom_role_id"], role["id"]);
    floor.ana.get(&floor.at("")).await.expect(200);
    floor.ana.post(&floor.at("/claim"), json!({})).await.refused(403, "forbidden");
    floor.ana.post(&floor.at("/notes"), json!({"body": "seen"})).await.expect(201);
    let path = format!("/v1/roles/{}", id(&role));
    let more = json!({"permissions": ["conversations.read", "conversations.claim"]});
    patch(&floor.root, &path, 1, more).await.expect(200);
    floor.ana.post(&floor.at("/claim"), json!({})).await.refused(422, "assignee-not-eligible");
    floor.ana.post(&floor.at("/notes"), json!({"body": "again"})).await.refused(403, "forbidden");
    let request = floor.root.request(reqwest::Method::DELETE, &path).header("if-match", "\"v2\"");
    Served::send(request).await.refused(409, "in-use");
    for wrong in ["users.manage_admins", "channels.manage", "nonsense"] {
        let body = json!({"name": "Too much", "base": "admin", "permissions": [wrong]});
        floor.root.post("/v1/roles", body).await.refused(422, "unprocessable");
    }
    let body = json!({"name": "agent", "base": "agent", "permissions": []});
    floor.root.post("/v1/roles", body).await.refused(409, "name-taken");
}

#[tokio::test]
async fn an_explanation_says_why_and_since_when_also_of_an_earlier_position() {
    let floor = Floor::open().await;
    let ask = |user: &Client, as_of: Option<u64>| {
        let at = as_of.map(|pos| format!("&as_of_pos={pos}")).unwrap_or_default();
        format!("/v1/access-explanations?user_id={}&conversation_id={}{at}", user.user_id, id(&floor.conversation))
    };
    let before = floor.root.get("/v1/log").await.expect(200)["head_pos"].as_u64().expect("a position");
    let ana = floor.root.get(&ask(&floor.ana, None)).await.expect(200);
    assert_eq!((&ana["can_see"], &ana["reasons"]), (&json!(true), &json!(["team_member"])));
    let ben = floor.root.get(&ask(&floor.ben, None)).await.expect(200);
    assert_eq!((&ben["can_see"], &ben["reasons"]), (&json!(false), &json!(["outside_team"])));
    let olga = floor.root.get(&ask(&floor.olga, None)).await.expect(200);
    assert_eq!(olga["reasons"], json!(["role_own_only"]));
    let member = format!("/v1/teams/{}/members/{}", floor.sales, floor.ben.user_id);
    floor.root.put(&member, json!({})).await.expect(200);
    let now = floor.root.get(&ask(&floor.ben, None)).await.expect(200);
    assert_eq!((&now["can_see"], &now["since_pos"]), (&json!(true), &json!(before + 1)));
    let then = floor.root.get(&ask(&floor.ben, Some(before))).await.expect(200);
    assert_eq!((&then["can_see"], &then["as_of"]), (&json!(false), &json!(before)));
    let long_ago = floor.root.get(&ask(&floor.ben, Some(1))).await.expect(200);
    assert_eq!(long_ago["reasons"], json!(["account_unknown"]));
    floor.ana.get(&ask(&floor.ben, None)).await.refused(403, "forbidden");
    let own = floor.ana.get("/v1/me/permissions").await.expect(200);
    assert_eq!(own["team_ids"], json!([floor.sales]));
    floor.served.desk.view(|views| assert!(views.position() > before));
}

#[tokio::test]
async fn a_team_in_use_stays_and_an_unused_one_goes() {
    let floor = Floor::open().await;
    let remove = |team: &str, version: u64| {
        let request = floor.root.request(reqwest::Method::DELETE, &format!("/v1/teams/{team}"));
        Served::send(request.header("if-match", format!("\"v{version}\"")))
    };
    remove(&floor.sales, 3).await.refused(409, "in-use");
    assert_eq!(remove(&floor.support, 2).await.status, 204);
    floor.root.get(&format!("/v1/teams/{}", floor.support)).await.refused(404, "not-found");
    let ben = floor.root.get(&format!("/v1/users/{}", floor.ben.user_id)).await.expect(200);
    assert_eq!(ben["team_ids"], json!([]));
}
