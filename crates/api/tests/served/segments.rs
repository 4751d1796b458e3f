//! Groups of contacts, what is noted of contacts, and what they agreed to, through HTTP.

use reqwest::Method;
use serde_json::{Value, json};

use crate::desk::{Answer, Client, Served};
use crate::hall::{Hall, id};

const SEGMENTS: &str = "/v1/segments";
const DEFINITIONS: &str = "/v1/attribute-definitions";

async fn changed(client: &Client, method: Method, path: &str, body: Value) -> Answer {
    let etag = client.get(path).await.header("etag").to_owned();
    Served::send(client.request(method, path).header("if-match", etag).json(&body)).await
}

/// A contact that somebody brings into one of the brands.
async fn brought(hall: &Hall, brand: usize, phone: &str, plan: &str) -> String {
    let body = json!({
        "brand_id": hall.brands[brand], "phone": phone, "name": format!("Customer {phone}"), "attributes": {"plan": plan},
        "tags": ["Fair 2026"], "consents": [{"purpose": "marketing", "state": "opted_in"}], "evidence": "form of the fair",
    });
    id(&hall.root.post("/v1/contacts", body).await.expect(201))
}

fn gold() -> Value {
    json!({"all": [
        {"field": "attribute.plan", "op": "is", "value": "gold"},
        {"field": "consent.marketing", "op": "is", "value": "opted_in"},
    ]})
}

fn ids(page: &Value) -> Vec<String> {
    page["data"].as_array().expect("a page").iter().map(id).collect()
}

#[tokio::test]
async fn a_segment_is_counted_listed_tried_and_remembered_within_the_walls() {
    let hall = Hall::open().await;
    let mut ours = Vec::new();
    for number in 0..5 {
        ours.push(brought(&hall, 0, &format!("+3460011122{number}"), "gold").await);
    }
    brought(&hall, 0, "+34600111229", "silver").await;
    let theirs = brought(&hall, 1, "+34600111300", "gold").await;

    let body = json!({"name": "Gold", "when": gold()});
    let whole = id(&hall.root.post(SEGMENTS, body.clone()).await.expect(201));
    hall.admin.post(SEGMENTS, body).await.refused(422, "unprocessable");
    let count = format!("{SEGMENTS}/{whole}/count");
    assert_eq!(hall.root.get(&count).await.expect(200)["members"], 6);
    assert_eq!(hall.admin.get(&count).await.expect(200)["members"], 5, "of those in their brands");
    let members = format!("{SEGMENTS}/{whole}/members");
    let first = hall.admin.get(&format!("{members}?limit=3")).await.expect(200);
    let next = first["page"]["next_cursor"].as_str().expect("more");
    let second = hall.admin.get(&format!("{members}?limit=3&cursor={next}")).await.expect(200);
    assert_eq!(([ids(&first), ids(&second)].concat(), &second["page"]["next_cursor"]), (ours.clone(), &Value::Null));
    hall.agent.get(&members).await.refused(403, "forbidden");

    let preview = json!({"when": {"field": "contact_tag", "op": "is", "value": "fair 2026"}});
    let tried = hall.admin.post("/v1/segment-previews", preview).await.expect(200);
    assert_eq!((&tried["members"], tried["sample"].as_array().map(Vec::len)), (&json!(6), Some(6)));
    let wrong = json!({"when": {"field": "text", "op": "contains", "value": "x"}});
    let refused = hall.admin.post("/v1/segment-previews", wrong).await.refused(422, "unprocessable");
    assert_eq!(refused["errors"][0]["pointer"], "/when/field");

    let kept = hall.root.post(&format!("{SEGMENTS}/{whole}/snapshots"), json!({})).await.expect(201);
    assert_eq!(kept["members"], 6);
    hall.root.delete(&format!("/v1/contacts/{}/tags/fair%202026", ours[0])).await.expect(200);
    hall.root.patch(&format!("/v1/contacts/{}", ours[0]), json!({"attributes": {"plan": "silver"}})).await.expect(200);
    assert_eq!(hall.root.get(&count).await.expect(200)["members"], 5);
    let then = hall.root.get(&format!("{members}?as_of_pos={}", kept["as_of"])).await.expect(200);
    assert!(ids(&then).contains(&ours[0]) && ids(&then).contains(&theirs), "who they were can still be asked");
    let shown = hall.root.get(&format!("{SEGMENTS}/{whole}")).await.expect(200);
    assert_eq!(shown["snapshots"], json!([kept]));

    // Another brand's segment does not exist for whoever works for one.
    let hidden = hall.segment_of(1).await;
    hall.admin.get(&format!("{SEGMENTS}/{hidden}")).await.refused(404, "not-found");
    assert_eq!(ids(&hall.admin.get(SEGMENTS).await.expect(200)), std::slice::from_ref(&whole));
    hall.admin.get(&format!("/v1/contacts?segment_id={hidden}")).await.refused(400, "invalid-parameter");
    let named = json!({"name": "Inner", "brand_id": hall.brands[0], "when": {"field": "segment_id", "op": "is", "value": hidden}});
    hall.admin.post(SEGMENTS, named).await.refused(422, "unprocessable");

    let path = format!("{SEGMENTS}/{whole}");
    let renamed = changed(&hall.root, Method::PATCH, &path, json!({"name": "All gold"})).await.expect(200);
    assert_eq!(renamed["name"], "All gold");
    hall.root.delete(&path).await.refused(428, "precondition-required");
    changed(&hall.root, Method::DELETE, &path, json!(null)).await.expect(204);
}

#[tokio::test]
async fn contacts_are_found_by_what_is_noted_of_them() {
    let hall = Hall::open().await;
    let one = brought(&hall, 0, "+34600111221", "gold").await;
    let other = brought(&hall, 0, "+34600111222", "silver").await;
    let again = json!({"brand_id": hall.brands[0], "phone": "+34 600 111 221".replace(' ', "")});
    hall.root.post("/v1/contacts", again).await.refused(409, "duplicate-identity");
    hall.root.patch(&format!("/v1/contacts/{other}"), json!({"external_id": "A-17"})).await.expect(200);
    let taken = hall.root.patch(&format!("/v1/contacts/{one}"), json!({"external_id": "A-17"})).await;
    taken.refused(409, "duplicate-identity");
    let segment = id(&hall.root.post(SEGMENTS, json!({"name": "Gold", "when": gold()})).await.expect(201));
    for (query, expected) in [
        ("tag=fair%202026".to_owned(), vec![&one, &other]),
        ("attribute=plan:Gold".to_owned(), vec![&one]),
        (format!("segment_id={segment}"), vec![&one]),
        ("external_id=A-17".to_owned(), vec![&other]),
        ("external_id=A-18".to_owned(), vec![]),
        ("blocked=true".to_owned(), vec![]),
        (format!("brand_id={}", hall.brands[1]), vec![]),
        (format!("channel_id={}", hall.channels[0]), vec![]),
    ] {
        let found = ids(&hall.root.get(&format!("/v1/contacts?{query}")).await.expect(200));
        assert_eq!(found.iter().collect::<Vec<_>>(), expected, "{query}");
    }
    // Whoever may not read segments learns nothing by asking for one.
    hall.agent.get(&format!("/v1/contacts?segment_id={segment}")).await.refused(403, "forbidden");
    let theirs = json!({"brand_id": hall.brands[1], "phone": "+34600111333"});
    hall.admin.post("/v1/contacts", theirs).await.refused(422, "unknown-reference");
}

#[tokio::test]
async fn a_definition_says_what_a_value_may_be_and_which_are_personal() {
    let hall = Hall::open().await;
    let define = |key: &str, kind: &str, pii: bool| json!({"key": key, "name": key, "type": kind, "pii": pii});
    hall.root.post(DEFINITIONS, define("birthday", "date", true)).await.expect(201);
    hall.root.post(DEFINITIONS, define("orders", "number", false)).await.expect(201);
    hall.root.post(DEFINITIONS, define("orders", "text", false)).await.refused(409, "name-taken");
    hall.admin.post(DEFINITIONS, define("more", "text", false)).await.refused(403, "forbidden");
    let contact = brought(&hall, 0, "+34600111221", "gold").await;
    let path = format!("/v1/contacts/{contact}");
    let wrong = json!({"attributes": {"birthday": "tomorrow", "orders": "many"}});
    let refused = hall.root.patch(&path, wrong).await.refused(422, "unprocessable");
    let codes: Vec<_> = refused["errors"].as_array().expect("errors").iter().map(|error| &error["code"]).collect();
    assert_eq!(codes, ["attribute-type-mismatch", "attribute-type-mismatch"]);
    let set = json!({"attributes": {"birthday": "1990-05-03", "orders": 7}});
    let shown = hall.root.patch(&path, set).await.expect(200);
    assert_eq!(shown["personal_attributes"], json!({"birthday": "1990-05-03"}));
    assert_eq!(shown["attributes"], json!({"orders": 7, "plan": "gold"}));
    let when = json!({"field": "attribute.birthday", "op": "is", "value": "1990-05-03"});
    hall.root.post(SEGMENTS, json!({"name": "Birthday", "when": when})).await.refused(422, "unprocessable");
    hall.root.post(&format!("{path}/erasure"), json!({"confirm": true})).await.expect(200);
    assert_eq!(hall.root.get(&path).await.expect(200)["personal_attributes"], json!({}));

    let one = format!("{DEFINITIONS}/orders");
    let required = changed(&hall.root, Method::PATCH, &one, json!({"required": true})).await.expect(200);
    assert_eq!((&required["required"], &required["type"]), (&json!(true), &json!("number")));
    let bare = json!({"brand_id": hall.brands[0], "phone": "+34600111223"});
    hall.root.post("/v1/contacts", bare).await.refused(422, "unprocessable");
    changed(&hall.root, Method::DELETE, &one, json!(null)).await.expect(204);
    assert_eq!(hall.agent.get(DEFINITIONS).await.expect(200)["data"].as_array().map(Vec::len), Some(1));
}

#[tokio::test]
async fn the_newest_word_about_consent_counts_and_every_word_is_kept_with_whose_it_was() {
    let served = Served::start().await;
    let admin = served.admin().await;
    served.connect(&admin).await;
    let conversation = served.customer_writes(&admin, "4915112345678", "hello").await;
    let contact = id(&conversation["contact"]);
    let path = format!("/v1/contacts/{contact}/consents/marketing");
    assert_eq!(admin.get(&path).await.expect(200)["state"], "unknown");
    admin.put(&path, json!({"state": "opted_in"})).await.refused(422, "unprocessable");
    admin.put(&path, json!({"state": "opted_in", "evidence": "form of the fair"})).await.expect(200);
    served.customer_writes(&admin, "4915112345678", "STOP").await;
    let now = admin.get(&path).await.expect(200);
    assert_eq!(now["state"], "opted_out");
    let history = now["history"].as_array().expect("words");
    assert_eq!(
        history.iter().map(|said| (&said["source"], &said["evidence"])).collect::<Vec<_>>(),
        [(&json!("keyword"), &Value::Null), (&json!("agent"), &json!("form of the fair"))]
    );
    assert_eq!((&history[0]["by"], &history[1]["by"]["id"]), (&Value::Null, &json!(admin.user_id)));
    assert_eq!(admin.get(&format!("/v1/contacts/{contact}/consents/csat")).await.expect(200)["state"], "unknown");
    admin.get(&format!("/v1/contacts/{contact}/consents/other")).await.refused(404, "not-found");
    // The evidence is sealed: no event shows it in its readable part.
    let events = admin.events("contact.consent_changed").await;
    assert!(events.iter().all(|event| !event["facts"].to_string().contains("fair")), "{events:?}");
}
