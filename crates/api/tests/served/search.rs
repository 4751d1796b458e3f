//! Search: what is found, by whom, and what is not.

use std::collections::BTreeSet;

use domain::access::Standing;
use serde_json::{Value, json};

use crate::desk::{Client, Served, text_webhook};
use crate::hall::{Hall, id};

const PATH: &str = "/v1/conversation-search";

/// Searches with everything indexed.
async fn search(served: &Served, client: &Client, body: Value) -> Value {
    served.desk.catch_up_search().expect("the index follows");
    let page = client.post(PATH, body).await.expect(200);
    assert!(page["indexed_to"].as_u64() >= Some(served.head()), "{page}");
    page
}

fn rows(page: &Value) -> &Vec<Value> {
    page["data"].as_array().expect("rows")
}

fn conversations(page: &Value) -> BTreeSet<String> {
    rows(page).iter().map(|row| id(&row["conversation"])).collect()
}

/// What is marked in every hit, in order.
fn marked(page: &Value) -> Vec<String> {
    let hits = rows(page).iter().flat_map(|row| row["hits"].as_array().expect("hits"));
    let of_hit = hits.flat_map(|hit| {
        let excerpt: Vec<char> = hit["excerpt"].as_str().expect("a text").chars().collect();
        let marks = hit["marks"].as_array().expect("marks").iter().map(move |mark| {
            let place = |name: &str| mark[name].as_u64().expect("a number") as usize;
            excerpt[place("from")..place("to")].iter().collect::<String>()
        });
        marks.collect::<Vec<_>>()
    });
    of_hit.collect()
}

#[tokio::test]
async fn messages_notes_names_and_numbers_are_found_with_their_places() {
    let served = Served::start().await;
    let root = served.admin().await;
    served.connect(&root).await;
    let first = id(&served.customer_writes(&root, "34600111222", "Señor, ¿dónde está mi PAQUETE?").await);
    let second = id(&served.customer_writes(&root, "8613800000001", "我在北京大学学习").await);
    root.say(&first, "k1", json!({"type": "text", "text": {"body": "El paquete llega mañana"}})).await.expect(202);
    let note =
        root.post(&format!("/v1/conversations/{first}/notes"), json!({"body": "paquete roto"})).await.expect(201);
    let page = search(&served, &root, json!({"text": "paquet"})).await;
    assert_eq!((rows(&page).len(), &rows(&page)[0]["hit_count"]), (1, &json!(3)));
    let mut found = marked(&page);
    found.sort();
    assert_eq!(found, ["PAQUETE", "paquete", "paquete"]);
    let narrowed = |more: Value| {
        let mut body = json!({"text": "paquete"});
        body.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        body
    };
    for (more, hits) in [
        (json!({"kinds": ["note"]}), 1),
        (json!({"kinds": ["message"]}), 2),
        (json!({"direction": "inbound"}), 1),
        (json!({"status": ["resolved"]}), 0),
        (json!({"status": ["open", "pending"]}), 3),
        (json!({"tag": "vip"}), 0),
        (json!({"assignee_id": "me"}), 0),
        (json!({"assignee_id": "none"}), 3),
        (json!({"written_from": "2100-01-01T00:00:00Z"}), 0),
        (json!({"filter": {"any": [{"field": "status", "op": "in", "value": ["resolved"]}]}}), 0),
        (json!({"filter": {"none": [{"field": "tag", "op": "is", "value": "vip"}]}}), 3),
    ] {
        let page = search(&served, &root, narrowed(more.clone())).await;
        let count: u64 = rows(&page).iter().map(|row| row["hit_count"].as_u64().expect("a count")).sum();
        assert_eq!(count, hits, "{more}");
    }
    assert_eq!(conversations(&search(&served, &root, json!({"text": "北京大学"})).await), BTreeSet::from([second]));
    let by_number = search(&served, &root, json!({"text": "+34 600 111"})).await;
    assert_eq!(conversations(&by_number), BTreeSet::from([first.clone()]));
    assert_eq!(rows(&by_number)[0]["hits"][0]["kind"], "contact");
    // Of what was changed the newest text is found, of what was deleted nothing.
    let at = format!("/v1/notes/{}", id(&note));
    Served::send(root.request(reqwest::Method::PATCH, &at).json(&json!({"body": "caja abierta"}))).await.expect(200);
    assert_eq!(marked(&search(&served, &root, json!({"text": "caja"})).await), ["caja"]);
    assert_eq!(rows(&search(&served, &root, json!({"text": "roto"})).await).len(), 0);
    root.delete(&at).await.expect(200);
    assert_eq!(rows(&search(&served, &root, json!({"text": "caja"})).await).len(), 0);
}

#[tokio::test]
async fn a_question_must_have_words_and_known_fields() {
    let served = Served::start().await;
    let root = served.admin().await;
    let refused = async |body: Value, pointer: &str| {
        let problem = root.post(PATH, body).await.refused(422, "unprocessable");
        assert!(problem.to_string().contains(pointer), "{problem}");
    };
    refused(json!({"text": " ?! "}), "/text").await;
    refused(json!({"text": "x", "filter": {"all": [{"field": "language", "op": "is", "value": "de"}]}}), "/filter")
        .await;
    refused(json!({"text": "x", "filter": {"all": [{"field": "tag", "op": "at_least", "value": 1}]}}), "/filter/all/0")
        .await;
    assert_eq!(root.post(PATH, json!({})).await.status, 400);
    assert_eq!(root.post(PATH, json!({"text": "x", "limit": 51})).await.status, 400);
}

#[tokio::test]
async fn everybody_finds_what_they_see_and_nothing_tells_of_the_rest() {
    let hall = Hall::open().await;
    for standing in [Standing::Own, Standing::Team, Standing::OtherTeam, Standing::OtherBrand, Standing::Collaborator] {
        hall.case(&hall.agent, standing).await;
    }
    let hidden = hall.case(&hall.agent, Standing::OtherTeam).await;
    let note = json!({"body": "the word is zanzibar"});
    hall.root.post(&format!("/v1/conversations/{}/notes", hidden.conversation), note).await.expect(201);
    for (name, viewer) in hall.viewers() {
        let seen = viewer.get("/v1/conversations?limit=200").await.expect(200);
        let seen: BTreeSet<String> = seen["data"].as_array().expect("rows").iter().map(id).collect();
        for text in ["question", "betw", "\"between us\"", "customer 49151"] {
            let page = search(&hall.served, viewer, json!({"text": text, "limit": 50})).await;
            assert_eq!(conversations(&page), seen, "{name} {text}");
        }
    }
    let silent = |mut page: Value| {
        page["as_of"] = Value::Null;
        page["indexed_to"] = Value::Null;
        page
    };
    for viewer in [&hall.agent, &hall.operator, &hall.stranger] {
        let secret = silent(search(&hall.served, viewer, json!({"text": "zanzibar"})).await);
        assert_eq!(secret, silent(search(&hall.served, viewer, json!({"text": "nosuchword"})).await));
        let mut narrowed = json!({"text": "zanzibar", "contact_id": hidden.contact});
        assert_eq!(secret, silent(search(&hall.served, viewer, narrowed.clone()).await));
        narrowed = json!({"text": "question", "team_id": hall.teams[1], "brand_ids": [hall.brands[1]]});
        assert_eq!(rows(&search(&hall.served, viewer, narrowed).await).len(), 0);
    }
    assert_eq!(rows(&search(&hall.served, &hall.admin, json!({"text": "zanzibar"})).await).len(), 1);
    // Rights hold from the next answer on, without anything being indexed.
    let path = format!("/v1/conversations/{}/assignment", hidden.conversation);
    hall.root.put(&path, json!({"assignee_id": hall.operator.user_id})).await.expect(200);
    assert_eq!(rows(&hall.operator.post(PATH, json!({"text": "zanzibar"})).await.expect(200)).len(), 1);
    hall.root.put(&path, json!({"assignee_id": null, "team_id": hall.teams[1]})).await.expect(200);
    assert_eq!(rows(&hall.operator.post(PATH, json!({"text": "zanzibar"})).await.expect(200)).len(), 0);
}

#[tokio::test]
async fn single_hits_are_within_the_same_walls() {
    let hall = Hall::open().await;
    let own = hall.case(&hall.agent, Standing::Own).await;
    let hidden = hall.case(&hall.agent, Standing::OtherTeam).await;
    hall.served.desk.catch_up_search().expect("the index follows");
    let hits = async |viewer: &Client, query: &str| {
        let page = viewer.get(&format!("/v1/search?{query}")).await.expect(200);
        page["data"].as_array().expect("hits").clone()
    };
    assert_eq!(hits(&hall.root, "q=question&kind=message").await.len(), 2);
    let found = hits(&hall.agent, "q=question&kind=message").await;
    assert_eq!(found.len(), 1);
    assert_eq!(
        (&found[0]["conversation_id"], &found[0]["message_id"]),
        (&json!(own.conversation), &json!(own.message))
    );
    let contacts = hits(&hall.agent, "q=customer&kind=contact").await;
    assert_eq!(contacts.iter().map(|hit| hit["contact_id"].clone()).collect::<Vec<_>>(), [json!(own.contact)]);
    let notes = hits(&hall.agent, "q=%22between%20us%22").await;
    assert_eq!(notes.iter().map(|hit| hit["note_id"].clone()).collect::<Vec<_>>(), [json!(own.note)]);
    assert!(hits(&hall.stranger, "q=question").await.is_empty());
    let all = hits(&hall.root, "q=question&sort=-written_at").await;
    assert_eq!(all[0]["conversation_id"], json!(hidden.conversation));
    let first = hall.root.get("/v1/search?q=question&limit=1").await.expect(200);
    let cursor = first["page"]["next_cursor"].as_str().expect("there is more").to_owned();
    let second = hits(&hall.root, &format!("q=question&limit=1&cursor={cursor}")).await;
    assert_ne!(first["data"][0]["message_id"], second[0]["message_id"]);
    hall.root.get("/v1/search?q=%3F").await.refused(400, "invalid-parameter");
}

#[tokio::test]
async fn pages_follow_each_other_and_belong_to_their_question() {
    let served = Served::start().await;
    let root = served.admin().await;
    served.connect(&root).await;
    for n in 0..5 {
        let seconds = served.desk.now().as_millis() / 1_000;
        let written = text_webhook(&format!("4915110000{n}"), &format!("wamid.p{n}"), "a parcel", seconds);
        assert_eq!(served.deliver(&written).await.status, 200);
    }
    let first = search(&served, &root, json!({"text": "parcel", "limit": 2, "sort": "-written_at"})).await;
    let cursor = first["page"]["next_cursor"].clone();
    let body = json!({"text": "parcel", "limit": 3, "sort": "-written_at", "cursor": cursor});
    let second = search(&served, &root, body).await;
    assert_eq!((rows(&first).len(), rows(&second).len(), &second["page"]["next_cursor"]), (2, 3, &Value::Null));
    assert!(conversations(&first).is_disjoint(&conversations(&second)));
    let other = json!({"text": "box", "sort": "-written_at", "cursor": cursor});
    root.post(PATH, other).await.refused(400, "cursor-mismatch");
}

#[tokio::test]
async fn an_erased_contact_is_found_by_nothing() {
    let served = Served::start().await;
    let root = served.admin().await;
    served.connect(&root).await;
    let row = served.customer_writes(&root, "34600111222", "I am violetcanary").await;
    root.post(&format!("/v1/conversations/{}/notes", id(&row)), json!({"body": "violetcanary again"}))
        .await
        .expect(201);
    assert_eq!(rows(&search(&served, &root, json!({"text": "violetcanary"})).await).len(), 1);
    let path = format!("/v1/contacts/{}/erasure", id(&row["contact"]));
    root.post(&path, json!({"confirm": true})).await.expect(200);
    for text in ["violetcanary", "34600111222", "customer"] {
        let page = root.post(PATH, json!({"text": text})).await.expect(200);
        assert_eq!(rows(&page).len(), 0, "{text}");
    }
}
