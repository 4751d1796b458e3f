//! Canned replies through HTTP: whose they are, what is suggested, and what is counted.

use reqwest::Method;
use serde_json::{Value, json};

use crate::desk::{Answer, Client, Served};
use crate::hall::{Hall, id};

async fn patch(client: &Client, path: &str, body: Value) -> Answer {
    let known = client.get(path).await;
    let etag = known.header("etag").to_owned();
    Served::send(client.request(Method::PATCH, path).header("if-match", etag).json(&body)).await
}

fn reply(scope: Value, shortcut: &str, text: &str) -> Value {
    json!({"scope": scope, "shortcut": shortcut, "title": format!("About {shortcut}"), "text": text})
}

fn pointers(problem: &Value) -> Vec<String> {
    let errors = problem["errors"].as_array().expect("errors");
    errors.iter().map(|error| error["pointer"].as_str().expect("a pointer").to_owned()).collect()
}

async fn shortcuts(client: &Client) -> Vec<String> {
    let page = client.get("/v1/canned-replies").await.expect(200);
    let rows = page["data"].as_array().expect("rows").iter();
    let mut found: Vec<String> = rows.map(|row| row["shortcut"].as_str().expect("text").to_owned()).collect();
    found.sort();
    found
}

#[tokio::test]
async fn everybody_sees_their_own_their_teams_their_brands_and_everybodys() {
    let hall = Hall::open().await;
    let of = |kind: &str, key: &str, id: &str| json!({"type": kind, key: id});
    for (scope, shortcut) in [
        (json!({"type": "workspace"}), "all"),
        (of("brand", "brand_id", &hall.brands[0]), "marea"),
        (of("brand", "brand_id", &hall.brands[1]), "linden"),
        (of("team", "team_id", &hall.teams[0]), "sales"),
        (of("team", "team_id", &hall.teams[1]), "support"),
        (of("team", "team_id", &hall.teams[2]), "clinic"),
    ] {
        hall.root.post("/v1/canned-replies", reply(scope, shortcut, "Hello")).await.expect(201);
    }
    for client in [&hall.agent, &hall.operator] {
        let own = reply(json!({"type": "personal"}), "mine", "Hi");
        client.post("/v1/canned-replies", own).await.expect(201);
    }
    assert_eq!(shortcuts(&hall.agent).await, ["all", "marea", "mine", "sales"]);
    assert_eq!(shortcuts(&hall.operator).await, ["all", "marea", "mine", "sales"]);
    assert_eq!(shortcuts(&hall.neighbour).await, ["all", "marea", "support"]);
    assert_eq!(shortcuts(&hall.stranger).await, ["all", "clinic", "linden"]);
    assert_eq!(shortcuts(&hall.admin).await, ["all", "marea", "sales", "support"]);
    assert_eq!(shortcuts(&hall.root).await, ["all", "clinic", "linden", "marea", "sales", "support"]);
    // What is somebody's own, or behind a wall, is as if it were not there.
    let mine = hall.agent.get("/v1/canned-replies?scope=personal").await.expect(200);
    let path = format!("/v1/canned-replies/{}", id(&mine["data"][0]));
    for client in [&hall.root, &hall.mate, &hall.stranger] {
        client.get(&path).await.refused(404, "not-found");
        let change = client.request(Method::PATCH, &path).header("if-match", "\"v1\"").json(&json!({"title": "x"}));
        Served::send(change).await.refused(404, "not-found");
    }
    // Those for others take a right of their own, and everybody's one that no brand ends.
    let all = hall.root.get("/v1/canned-replies?scope=workspace").await.expect(200);
    let path = format!("/v1/canned-replies/{}", id(&all["data"][0]));
    patch(&hall.agent, &path, json!({"title": "x"})).await.refused(403, "forbidden");
    patch(&hall.admin, &path, json!({"title": "x"})).await.refused(403, "forbidden");
    patch(&hall.root, &path, json!({"title": "Everybody's"})).await.expect(200);
    let team = of("team", "team_id", &hall.teams[0]);
    hall.agent.post("/v1/canned-replies", reply(team.clone(), "new", "x")).await.refused(403, "forbidden");
    hall.admin.post("/v1/canned-replies", reply(team, "new", "x")).await.expect(201);
    let foreign = of("team", "team_id", &hall.teams[2]);
    let problem = hall.admin.post("/v1/canned-replies", reply(foreign, "new", "x")).await.refused(422, "unprocessable");
    assert_eq!(pointers(&problem), ["/scope/team_id"]);
}

#[tokio::test]
async fn one_that_cannot_work_is_refused_with_every_place() {
    let hall = Hall::open().await;
    let own = || json!({"type": "personal"});
    let wrong = json!({
        "scope": own(), "shortcut": "two words", "title": "T", "locale": "english language",
        "text": "Hello {{contact.nmae}} and {{agent.name",
    });
    let problem = hall.agent.post("/v1/canned-replies", wrong).await.refused(422, "unprocessable");
    assert_eq!(pointers(&problem), ["/shortcut", "/locale", "/text", "/text"]);
    let said = problem["errors"][2]["detail"].as_str().expect("words");
    assert!(said.contains("character 6") && said.contains("contact.nmae"), "{said}");
    let buttons = |title: &str| json!({"type": "button", "action": {"buttons": [{"type": "reply", "reply": {"id": "1", "title": title}}]}});
    let mut body = reply(own(), "ask", "Shall we?");
    body["interactive"] = buttons(&"x".repeat(21));
    let problem = hall.agent.post("/v1/canned-replies", body.clone()).await.refused(422, "unprocessable");
    assert_eq!(pointers(&problem), ["/interactive/action/buttons/0/reply/title"]);
    body["interactive"] = buttons("Yes");
    hall.agent.post("/v1/canned-replies", body.clone()).await.expect(201);
    // A shortcut is one thing within its scope, whatever its case, and another in another.
    body["shortcut"] = json!("/ASK");
    hall.agent.post("/v1/canned-replies", body.clone()).await.refused(409, "name-taken");
    hall.mate.post("/v1/canned-replies", body.clone()).await.expect(201);
    body["scope"] = json!({"type": "team"});
    let problem = hall.root.post("/v1/canned-replies", body).await.refused(422, "unprocessable");
    assert_eq!(pointers(&problem), ["/scope/team_id"]);
    let one = hall.agent.get("/v1/canned-replies").await.expect(200)["data"][0].clone();
    let path = format!("/v1/canned-replies/{}", id(&one));
    let plain = hall.agent.request(Method::PATCH, &path).json(&json!({"title": "x"}));
    Served::send(plain).await.refused(428, "precondition-required");
    let gone = hall.agent.request(Method::DELETE, &path).header("if-match", "\"v1\"");
    Served::send(gone).await.expect(204);
    hall.agent.get(&path).await.refused(404, "not-found");
}

#[tokio::test]
async fn what_is_typed_finds_the_shortcut_first_filled_in_for_the_conversation() {
    let hall = Hall::open().await;
    let conversation = hall.served.customer_writes(&hall.root, "4915112345678", "hello").await;
    let conversation = id(&conversation);
    let brand = |n: usize| json!({"type": "brand", "brand_id": hall.brands[n]});
    for (scope, shortcut, text) in [
        (brand(0), "hours", "Hello {{contact.first_name|there}}, {{brand.name}} is open. {{team.name}}"),
        (json!({"type": "workspace"}), "hotel", "Our hotel"),
        (json!({"type": "workspace"}), "bye", "See you in working hours"),
        (brand(1), "hours", "Linden is open"),
    ] {
        hall.root.post("/v1/canned-replies", reply(scope, shortcut, text)).await.expect(201);
    }
    let asked = async |client: &Client, query: &str| {
        let found = client.get(&format!("/v1/canned-reply-suggestions?{query}")).await.expect(200);
        let rows = found["data"].as_array().expect("rows").clone();
        let shortcuts: Vec<String> =
            rows.iter().map(|row| row["canned_reply"]["shortcut"].as_str().expect("text").to_owned()).collect();
        (shortcuts, rows)
    };
    let (found, rows) = asked(&hall.agent, &format!("q=ho&conversation_id={conversation}")).await;
    assert_eq!(found, ["hours", "hotel", "bye"]);
    assert_eq!(rows[0]["text"], "Hello Customer, Marea is open. ");
    assert_eq!(rows[0]["content"]["text"]["body"], rows[0]["text"]);
    assert_eq!(rows[0]["missing"], json!(["team.name"]));
    // The other brand's is not for this customer, although whoever asks sees it.
    let (found, _) = asked(&hall.root, &format!("q=hours&conversation_id={conversation}")).await;
    assert_eq!(found, ["hours", "bye"]);
    let (found, _) = asked(&hall.root, "q=hours").await;
    assert_eq!(found, ["hours", "hours", "bye"]);
    let hidden = format!("/v1/canned-reply-suggestions?q=h&conversation_id={conversation}");
    hall.stranger.get(&hidden).await.refused(404, "not-found");
}

#[tokio::test]
async fn a_customer_whose_name_is_a_variable_is_called_by_it_and_uses_are_counted() {
    let hall = Hall::open().await;
    let conversation = id(&hall.served.customer_writes(&hall.root, "4915112345678", "hello").await);
    let contact = id(&hall.root.get(&format!("/v1/conversations/{conversation}")).await.expect(200)["contact"]);
    hall.root.patch(&format!("/v1/contacts/{contact}"), json!({"name": "{{agent.name}}"})).await.expect(200);
    let made = reply(json!({"type": "workspace"}), "hi", "Hi {{contact.name}}");
    let made = id(&hall.root.post("/v1/canned-replies", made).await.expect(201));
    let own = reply(json!({"type": "personal"}), "own", "Hi");
    let own = id(&hall.mate.post("/v1/canned-replies", own).await.expect(201));
    let found = hall.agent.get(&format!("/v1/canned-reply-suggestions?q=hi&conversation_id={conversation}")).await;
    let found = found.expect(200)["data"][0].clone();
    assert_eq!(found["text"], "Hi {{agent.name}}");
    let mut message = found["content"].clone();
    message["canned_reply_id"] = json!(made);
    let sent = hall.agent.say(&conversation, "once", message.clone()).await.expect(202);
    assert_eq!(sent["text"]["body"], "Hi {{agent.name}}");
    // Said again with the same key it is the same message, and no second use.
    let again = hall.agent.say(&conversation, "once", message.clone()).await.expect(202);
    assert_eq!(again["id"], sent["id"]);
    let path = format!("/v1/canned-replies/{made}");
    let shown = hall.agent.get(&path).await.expect(200);
    assert_eq!((&shown["uses"], &shown["version"]), (&json!(1), &json!(1)));
    assert_ne!(shown["last_used_at"], Value::Null);
    // Nobody's use is somebody else's own reply; and what cannot be sent is no use.
    message["canned_reply_id"] = json!(own);
    let problem = hall.agent.say(&conversation, "other", message).await.refused(422, "unknown-reference");
    assert_eq!(pointers(&problem), ["/canned_reply_id"]);
    assert_eq!(hall.agent.get(&path).await.expect(200)["uses"], 1);
}
