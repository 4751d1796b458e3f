//! The knowledge base as those who write, approve, read and search it meet it, and as nobody does who must not.

use domain::access::Standing;
use reqwest::Method;
use serde_json::{Value, json};

use crate::desk::{Answer, Client, Served};
use crate::hall::{Hall, id};

fn says(title: &str, keywords: &[&str], body: &str) -> Value {
    json!([{"locale": "en", "title": title, "keywords": keywords, "body_md": body}])
}

async fn changes(client: &Client, method: Method, path: &str, version: &Value, body: Value) -> Answer {
    let request = client.request(method, path).header("if-match", format!("\"v{version}\""));
    Served::send(request.json(&body)).await
}

async fn takes_to(client: &Client, article: &Value, status: &str) -> Answer {
    let path = format!("/v1/kb/articles/{}/publication", id(article));
    changes(client, Method::PUT, &path, &article["version"], json!({"status": status})).await
}

async fn publishes(hall: &Hall, brand: Option<usize>, visibility: &str, translations: Value) -> Value {
    let brand = brand.map(|brand| &hall.brands[brand]);
    let body = json!({"brand_id": brand, "visibility": visibility, "category": "Shop", "translations": translations});
    let article = hall.root.post("/v1/kb/articles", body).await.expect(201);
    takes_to(&hall.root, &article, "published").await.expect(200)
}

fn ids(answer: &Value, name: &str) -> Vec<String> {
    answer["data"].as_array().expect("a list").iter().map(|row| row[name].as_str().expect("an id").to_owned()).collect()
}

#[tokio::test]
async fn an_article_is_drafted_handed_in_approved_and_read_by_everybody_of_its_brand() {
    let hall = Hall::open().await;
    let body = json!({"brand_id": hall.brands[0], "visibility": "public", "translations": says("Opening hours", &["hours"], "**Nine** to five.")});
    let article = hall.agent.post("/v1/kb/articles", body).await.expect(201);
    let path = format!("/v1/kb/articles/{}", id(&article));
    assert_eq!((&article["status"], &article["revision"]), (&json!("draft"), &json!(1)));
    assert_eq!(article["translations"][0]["answer_default"], "Nine to five.");
    // A draft is for those who write; across the brand's wall there is none.
    hall.mate.get(&path).await.expect(200);
    hall.operator.get(&path).await.refused(404, "not-found");
    hall.stranger.get(&path).await.refused(404, "not-found");
    hall.operator.post("/v1/kb/articles", json!({"translations": says("x", &[], "x")})).await.refused(403, "forbidden");
    takes_to(&hall.agent, &article, "published").await.refused(403, "forbidden");
    let handed_in = takes_to(&hall.agent, &article, "in_review").await.expect(200);
    takes_to(&hall.admin, &article, "published").await.refused(412, "precondition-failed");
    let published = takes_to(&hall.admin, &handed_in, "published").await.expect(200);
    assert_eq!((&published["status"], &published["published_revision"]), (&json!("published"), &json!(1)));
    hall.operator.get(&path).await.expect(200);
    hall.stranger.get(&path).await.refused(404, "not-found");
    // Written anew, it says what it said until that is approved.
    let change = json!({"translations": says("Opening hours", &["hours"], "Ten to six.")});
    hall.agent.patch(&path, change.clone()).await.refused(428, "precondition-required");
    let revised = changes(&hall.agent, Method::PATCH, &path, &published["version"], change).await.expect(200);
    assert_eq!(
        (&revised["status"], &revised["revision"], &revised["published_revision"]),
        (&json!("draft"), &json!(2), &json!(1))
    );
    let read = hall.operator.get(&path).await.expect(200);
    assert_eq!(
        (&read["translations"][0]["body_md"], &read["status"]),
        (&json!("**Nine** to five."), &json!("published"))
    );
    // Back to the first one is a third; each stays readable to those who write.
    let back = json!({"restore_revision": 1, "priority": 7});
    let back = changes(&hall.agent, Method::PATCH, &path, &revised["version"], back).await.expect(200);
    assert_eq!((&back["revision"], &back["priority"]), (&json!(3), &json!(7)));
    assert_eq!(back["translations"], published["translations"]);
    let second = hall.mate.get(&format!("{path}?revision=2")).await.expect(200);
    assert_eq!(second["translations"][0]["body_md"], "Ten to six.");
    hall.operator.get(&format!("{path}?revision=2")).await.refused(404, "not-found");
    let revisions = hall.agent.get(&format!("{path}/revisions?limit=2")).await.expect(200);
    assert_eq!(revisions["data"][0]["restored_from"], 1);
    let cursor = revisions["page"]["next_cursor"].as_str().expect("more");
    let older = hall.agent.get(&format!("{path}/revisions?limit=2&cursor={cursor}")).await.expect(200);
    assert_eq!((&older["data"][0]["revision"], &older["data"][0]["published"]), (&json!(1), &json!(true)));
    // Put away, it is nobody's to read who does not write; removed, nobody's.
    let away = takes_to(&hall.admin, &back, "archived").await.expect(200);
    hall.operator.get(&path).await.refused(404, "not-found");
    let remove = hall.admin.request(Method::DELETE, &path).header("if-match", format!("\"v{}\"", away["version"]));
    assert_eq!(Served::send(remove).await.status, 204);
    hall.admin.get(&path).await.refused(404, "not-found");
}

#[tokio::test]
async fn articles_are_listed_by_category_and_status_to_those_who_may_see_them() {
    let hall = Hall::open().await;
    let common = publishes(&hall, None, "public", says("Refund", &[], "In five days.")).await;
    let ours = publishes(&hall, Some(0), "internal", says("Refund rules", &[], "Ask first.")).await;
    let theirs = publishes(&hall, Some(1), "public", says("Appointments", &[], "Call us.")).await;
    let body = json!({"brand_id": hall.brands[0], "translations": says("Not yet", &[], "x")});
    let draft = id(&hall.agent.post("/v1/kb/articles", body).await.expect(201));
    let listed = async |client: &Client, query: &str| {
        ids(&client.get(&format!("/v1/kb/articles{query}")).await.expect(200), "id")
    };
    assert_eq!(listed(&hall.agent, "").await, [draft.clone(), id(&ours), id(&common)]);
    assert_eq!(listed(&hall.operator, "").await, [id(&ours), id(&common)]);
    assert_eq!(listed(&hall.stranger, "").await, [id(&theirs), id(&common)]);
    assert_eq!(listed(&hall.agent, "?status=draft").await, [draft]);
    assert_eq!(listed(&hall.agent, "?category=Shop&visibility=internal").await, [id(&ours)]);
    assert_eq!(listed(&hall.agent, &format!("?brand_id={}", hall.brands[1])).await, Vec::<String>::new());
    let categories = hall.stranger.get("/v1/kb/categories").await.expect(200);
    assert_eq!(categories["data"], json!([{"name": "Shop", "articles": 2}]));
    // An Admin of one brand changes what is that brand's, and not what is everybody's.
    takes_to(&hall.admin, &common, "archived").await.refused(403, "forbidden");
    takes_to(&hall.admin, &theirs, "archived").await.refused(404, "not-found");
    let wrong = json!({"translations": [
        {"locale": "en", "title": "x", "keywords": ["a", "A"], "body_md": "x"},
        {"locale": "no such", "title": "x", "body_md": "x"},
    ]});
    let problem = hall.root.post("/v1/kb/articles", wrong).await.refused(422, "unprocessable");
    let pointers: Vec<_> = problem["errors"].as_array().unwrap().iter().map(|error| error["pointer"].clone()).collect();
    assert_eq!(pointers, ["/translations/0/keywords/1", "/translations/1"]);
    // As it was before the last was made.
    let made = hall.root.events("article.created").await;
    let before = made.last().expect("the draft")["pos"].as_u64().expect("a position") - 1;
    assert_eq!(listed(&hall.admin, &format!("?as_of_pos={before}")).await, [id(&ours), id(&common)]);
}

#[tokio::test]
async fn a_question_finds_articles_and_a_conversation_is_suggested_some_of_its_brand() {
    let hall = Hall::open().await;
    let hours = json!([
        {"locale": "en", "title": "Opening hours", "keywords": ["hours"], "body_md": "We open at **nine**.", "answer_text": "From nine."},
        {"locale": "es", "title": "Horario de atención", "body_md": "Abrimos a las nueve."},
    ]);
    let hours = publishes(&hall, Some(0), "public", hours).await;
    let inside =
        publishes(&hall, None, "internal", says("Asking a question", &[], "How questions are answered.")).await;
    let theirs = publishes(&hall, Some(1), "public", says("Opening hours of the clinic", &[], "A question?")).await;
    let found = async |client: &Client, query: &str| client.get(&format!("/v1/kb/search?{query}")).await.expect(200);
    let hits = found(&hall.operator, "q=when%20do%20you%20OPEN").await;
    assert_eq!(ids(&hits, "article_id"), [id(&hours)]);
    let hit = &hits["data"][0];
    assert_eq!((&hit["answer_text"], &hit["snippet"]), (&json!("From nine."), &json!("We open at nine.")));
    assert_eq!(hit["highlights"], json!([{"from": 3, "to": 7}]));
    assert_eq!(ids(&found(&hall.agent, "q=horario%20atencion&locale=es-MX").await, "article_id"), [id(&hours)]);
    assert_eq!(ids(&found(&hall.agent, "q=horario&locale=en").await, "article_id"), Vec::<String>::new());
    assert_eq!(ids(&found(&hall.stranger, "q=opening").await, "article_id"), [id(&theirs)]);
    // The customer wrote "a question".
    let case = hall.case(&hall.agent, Standing::Own).await;
    let suggested = found(&hall.agent, &format!("conversation_id={}", case.conversation)).await;
    assert_eq!(ids(&suggested, "article_id"), [id(&inside)]);
    assert_eq!(suggested["data"][0]["answer_text"], Value::Null);
    let hidden = hall.case(&hall.agent, Standing::OtherTeam).await;
    let path = format!("/v1/kb/search?conversation_id={}", hidden.conversation);
    hall.agent.get(&path).await.refused(404, "not-found");
    hall.agent.get("/v1/kb/search").await.refused(400, "invalid-parameter");
}

#[tokio::test]
async fn whether_an_article_helped_is_counted_from_the_log() {
    let hall = Hall::open().await;
    let article = publishes(&hall, None, "public", says("Refund", &[], "In five days.")).await;
    let path = format!("/v1/kb/articles/{}", id(&article));
    let feedback = format!("{path}/feedback");
    let case = hall.case(&hall.operator, Standing::Own).await;
    let said = json!({"helpful": false, "conversation_id": case.conversation, "comment": "too short"});
    assert_eq!(hall.operator.post(&feedback, said).await.status, 204);
    let said = json!({"helpful": true, "conversation_id": case.conversation});
    assert_eq!(hall.operator.post(&feedback, said).await.status, 204);
    assert_eq!(hall.stranger.post(&feedback, json!({"helpful": true})).await.status, 204);
    let beyond = json!({"helpful": true, "conversation_id": case.conversation});
    hall.stranger.post(&feedback, beyond).await.refused(422, "unknown-reference");
    hall.agent.get(&format!("{path}/metrics")).await.refused(403, "forbidden");
    let metrics = hall.admin.get(&format!("{path}/metrics")).await.expect(200);
    assert_eq!((&metrics["helpful"], &metrics["unhelpful"], &metrics["deflected"]), (&json!(2), &json!(0), &json!(0)));
    // What is said of it changes nothing of what it is.
    takes_to(&hall.root, &article, "draft").await.expect(200);
}

#[tokio::test]
async fn a_closing_note_becomes_a_draft_for_those_who_see_the_conversation_and_goes_with_its_customer() {
    let hall = Hall::open().await;
    let case = hall.case(&hall.agent, Standing::Own).await;
    let conversation = format!("/v1/conversations/{}", case.conversation);
    hall.agent.put(&format!("{conversation}/tags/router-fault"), json!({})).await.expect(200);
    let note = json!({"body": format!("@[{}] **Red light**\n\nKim restarted it twice.", hall.mate.user_id)});
    let note = id(&hall.agent.post(&format!("{conversation}/notes"), note).await.expect(201));
    let drafts = format!("{conversation}/article-drafts");
    hall.neighbour.post(&drafts, json!({"note_id": note})).await.refused(404, "not-found");
    hall.agent
        .post(&drafts, json!({"note_id": "note_01jd8w3q5tex9bqm1d0vhkk6ws"}))
        .await
        .refused(422, "unknown-reference");
    let article = hall.agent.post(&drafts, json!({"note_id": note})).await.expect(201);
    let text = &article["translations"][0];
    assert_eq!((&text["title"], &text["keywords"]), (&json!("Red light"), &json!(["router fault"])));
    assert_eq!(text["body_md"], "**Red light**\n\nKim restarted it twice.");
    assert_eq!(article["source"], json!({"conversation_id": case.conversation, "note_id": note}));
    let path = format!("/v1/kb/articles/{}", id(&article));
    hall.mate.get(&path).await.expect(200);
    hall.neighbour.get(&path).await.refused(404, "not-found");
    hall.neighbour.get(&format!("{path}/revisions")).await.refused(404, "not-found");
    assert_eq!(hall.neighbour.get("/v1/kb/articles").await.expect(200)["data"], json!([]));
    // A second one is cleaned of what names the customer, and approved.
    let second = hall.agent.post(&drafts, json!({"note_id": note, "title": "Blinking"})).await.expect(201);
    let kept = format!("/v1/kb/articles/{}", id(&second));
    let clean = json!({"translations": says("Red light", &[], "Restart it twice.")});
    let clean = changes(&hall.agent, Method::PATCH, &kept, &second["version"], clean).await.expect(200);
    takes_to(&hall.admin, &clean, "published").await.expect(200);
    let read = hall.neighbour.get(&kept).await.expect(200);
    assert_eq!(read["source"], Value::Null);
    // What it said while it was written stays with those who see the conversation.
    hall.neighbour.get(&format!("{kept}?revision=1")).await.refused(404, "not-found");
    hall.mate.get(&format!("{kept}?revision=1")).await.expect(200);
    let opened = async || json!(hall.root.events("article.created").await).to_string();
    assert!(opened().await.contains("Kim restarted"));
    hall.root.post(&format!("/v1/contacts/{}/erasure", case.contact), json!({"confirm": true})).await.expect(200);
    hall.agent.get(&path).await.refused(404, "not-found");
    let read = hall.agent.get(&kept).await.expect(200);
    assert_eq!((&read["source"], &read["translations"][0]["body_md"]), (&Value::Null, &json!("Restart it twice.")));
    hall.agent.get(&format!("{kept}?revision=1")).await.refused(404, "not-found");
    // The sealed text can be opened no more, by anybody.
    assert!(!opened().await.contains("Kim restarted"));
    hall.agent.post(&drafts, json!({"note_id": note})).await.refused(422, "unknown-reference");
}
