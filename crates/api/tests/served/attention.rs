//! Notifications and mentions: who is told, what reading does, and that they go with the right to see.

use reqwest::Method;
use serde_json::{Value, json};

use crate::desk::{Client, Served};

struct Case {
    served: Served,
    admin: Client,
    olga: Client,
    /// Assigned to Olga, who sees nothing else.
    row: Value,
}

async fn case() -> Case {
    let served = Served::start().await;
    let admin = served.admin().await;
    served.connect(&admin).await;
    let olga = served.member(&admin, "olga", "operator").await;
    let row = served.customer_writes(&admin, "4915112345678", "hello").await;
    let case = Case { served, admin, olga, row };
    case.gives(Some(&case.olga)).await;
    case
}

impl Case {
    fn at(&self, rest: &str) -> String {
        format!("/v1/conversations/{}{rest}", self.row["id"].as_str().expect("it is there"))
    }
    async fn gives(&self, to: Option<&Client>) {
        let assignee_id = to.map(|client| client.user_id.clone());
        self.admin.put(&self.at("/assignment"), json!({"assignee_id": assignee_id})).await.expect(200);
    }
    async fn names_olga(&self, text: &str) -> Value {
        let body = json!({"body": format!("@[{}] {text}", self.olga.user_id)});
        self.admin.post(&self.at("/notes"), body).await.expect(201)
    }
    async fn told(&self, query: &str) -> Vec<Value> {
        let page = self.olga.get(&format!("/v1/notifications{query}")).await.expect(200);
        page["data"].as_array().expect("it is there").clone()
    }
    async fn kinds(&self, query: &str) -> Vec<String> {
        self.told(query).await.iter().map(|each| each["kind"].as_str().expect("it is there").to_owned()).collect()
    }
    async fn counts(&self) -> Value {
        self.olga.get("/v1/notification-counts").await.expect(200)
    }
    /// Conversations in the view of mentions and those with an unread one, as the inbox counts them.
    async fn view_count(&self) -> Value {
        self.olga.get("/v1/conversation-counts").await.expect(200)["mentions"].clone()
    }
    async fn mentions_view(&self) -> Vec<Value> {
        let page = self.olga.get("/v1/conversations?view=mentions").await.expect(200);
        page["data"].as_array().expect("it is there").clone()
    }
}

fn read_path(notice: &Value) -> String {
    format!("/v1/notifications/{}/read", notice["id"].as_str().expect("it is there"))
}

#[tokio::test]
async fn a_notification_says_what_happened_in_names_and_words_of_now() {
    let case = case().await;
    let note = case.names_olga("look at the invoice").await;
    let told = case.told("").await;
    assert_eq!(case.kinds("").await, ["mention", "assigned"]);
    let mention = &told[0];
    assert_eq!((&mention["note_id"], &mention["read_at"]), (&note["id"], &Value::Null));
    assert_eq!(mention["conversation_number"], case.row["number"]);
    assert_eq!(mention["contact"]["name"], "Customer 4915112345678");
    assert_eq!(mention["actor"]["id"], case.admin.user_id);
    assert!(mention["excerpt"].as_str().unwrap().ends_with("look at the invoice"));
    assert_eq!((&told[1]["excerpt"], &told[1]["note_id"]), (&Value::Null, &Value::Null));
    case.admin
        .patch(
            &format!("/v1/notes/{}", note["id"].as_str().unwrap()),
            json!({"body": format!("@[{}] done", case.olga.user_id)}),
        )
        .await
        .expect(200);
    assert!(case.told("").await[0]["excerpt"].as_str().unwrap().ends_with("] done"));
    // Whoever did it themselves knows.
    assert_eq!(case.admin.get("/v1/notifications").await.expect(200)["data"], json!([]));
    assert_eq!(case.admin.put(&read_path(mention), json!({})).await.status, 404, "another's is not there");
}

#[tokio::test]
async fn what_one_was_told_goes_with_the_right_to_see_it_and_comes_back_with_it() {
    let case = case().await;
    case.names_olga("secret word").await;
    let mention = case.told("").await[0].clone();
    assert_eq!((case.counts().await["unread"].clone(), case.mentions_view().await.len()), (json!(2), 1));
    case.gives(None).await;
    assert_eq!(case.told("").await, Vec::<Value>::new());
    let counts = case.counts().await;
    assert_eq!(
        (&counts["unread"], &counts["by_kind"]["mention"], &counts["mentions_unread"]),
        (&json!(0), &json!(0), &json!(0))
    );
    assert_eq!(case.mentions_view().await, Vec::<Value>::new());
    assert_eq!(case.view_count().await, json!({"total": 0, "unread": 0}));
    assert_eq!(case.olga.get("/v1/mentions").await.expect(200)["data"], json!([]));
    case.olga.put(&read_path(&mention), json!({})).await.refused(404, "not-found");
    let up_to = format!("/v1/notifications/{}/read-up-to", mention["id"].as_str().unwrap());
    case.olga.put(&up_to, json!({})).await.refused(404, "not-found");
    case.gives(Some(&case.olga)).await;
    assert_eq!(case.kinds("").await, ["assigned", "mention", "assigned"]);
    assert_eq!(case.mentions_view().await.len(), 1);
}

#[tokio::test]
async fn reading_is_kept_one_by_one_up_to_one_and_with_the_conversation() {
    let case = case().await;
    for text in ["one", "two", "three"] {
        case.names_olga(text).await;
    }
    let told = case.told("").await;
    let read = case.olga.put(&read_path(&told[0]), json!({})).await.expect(200);
    assert!(read["read_at"].is_string());
    let again = case.olga.put(&read_path(&told[0]), json!({})).await.expect(200);
    assert_eq!(again, read, "reading twice is reading once");
    let counts = case.counts().await;
    assert_eq!(
        (&counts["unread"], &counts["by_kind"]["mention"], &counts["mentions_unread"]),
        (&json!(3), &json!(2), &json!(2))
    );
    let up_to = format!("/v1/notifications/{}/read-up-to", told[2]["id"].as_str().unwrap());
    let counts = case.olga.put(&up_to, json!({})).await.expect(200);
    assert_eq!((&counts["unread"], &counts["by_kind"]["assigned"]), (&json!(1), &json!(0)));
    assert_eq!(case.kinds("?unread=true").await, ["mention"]);
    assert_eq!(case.kinds("?kind=assigned,snooze_due").await, ["assigned"]);
    assert_eq!(case.mentions_view().await[0]["mentions_unread"], 1);
    assert_eq!(case.view_count().await, json!({"total": 1, "unread": 1}));
    let unread = case.olga.get("/v1/mentions?unread=true").await.expect(200);
    assert!(unread["data"][0]["excerpt"].as_str().unwrap().ends_with("two"));
    case.olga.put(&case.at("/read"), json!({})).await.expect(200);
    assert_eq!(case.counts().await["unread"], 0);
    assert_eq!(case.mentions_view().await[0]["mentions_unread"], 0, "the view keeps what was read");
    assert_eq!(case.view_count().await, json!({"total": 1, "unread": 0}));
}

#[tokio::test]
async fn lists_go_on_page_by_page_and_a_cursor_belongs_to_its_question() {
    let case = case().await;
    for text in ["one", "two", "three"] {
        case.names_olga(text).await;
    }
    let mut seen = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = case.olga.get(&format!("/v1/notifications?limit=1&cursor={cursor}")).await.expect(200);
        seen.extend(page["data"].as_array().unwrap().iter().map(|each| each["pos"].as_u64().unwrap()));
        match page["page"]["next_cursor"].as_str() {
            Some(next) => cursor = next.to_owned(),
            None => break,
        }
    }
    assert!(seen.len() == 4 && seen.is_sorted_by(|newer, older| newer > older), "{seen:?}");
    let page = case.olga.get("/v1/mentions?limit=1").await.expect(200);
    let next = page["page"]["next_cursor"].as_str().unwrap();
    assert_eq!(
        case.olga.get(&format!("/v1/mentions?limit=1&cursor={next}")).await.expect(200)["data"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    case.olga.get(&format!("/v1/mentions?unread=true&cursor={next}")).await.refused(400, "cursor-mismatch");
    case.admin.get(&format!("/v1/mentions?cursor={next}")).await.refused(400, "cursor-invalid");
    // A mention more does not end a walk through the view.
    let other = case.served.customer_writes(&case.admin, "4915187654321", "hello").await;
    let hers = json!({"assignee_id": case.olga.user_id});
    case.admin.put(&format!("/v1/conversations/{}/assignment", other["id"].as_str().unwrap()), hers).await.expect(200);
    let notes = format!("/v1/conversations/{}/notes", other["id"].as_str().unwrap());
    case.admin.post(&notes, json!({"body": format!("@[{}]", case.olga.user_id)})).await.expect(201);
    let page = case.olga.get("/v1/conversations?view=mentions&limit=1").await.expect(200);
    let next = page["page"]["next_cursor"].as_str().unwrap().to_owned();
    case.names_olga("four").await;
    case.olga.get(&format!("/v1/conversations?view=mentions&limit=1&cursor={next}")).await.expect(200);
}

#[tokio::test]
async fn one_decides_what_one_is_told() {
    let case = case().await;
    let path = "/v1/me/notification-settings";
    let mut settings = case.olga.get(path).await.expect(200);
    let kinds = ["assigned", "mention", "note_reply", "snooze_due", "message_failed"];
    assert!(kinds.iter().all(|kind| settings[kind]["in_app"] == true));
    settings["mention"]["in_app"] = json!(false);
    assert_eq!(case.olga.put(path, settings.clone()).await.expect(200), settings);
    assert_eq!(case.olga.get(path).await.expect(200), settings);
    case.names_olga("psst").await;
    assert_eq!(case.kinds("").await, ["assigned"]);
    assert_eq!((case.counts().await["mentions_unread"].clone(), case.mentions_view().await.len()), (json!(1), 1));
    let mention = case.olga.get("/v1/mentions").await.expect(200)["data"][0].clone();
    assert!(case.olga.put(&read_path(&mention), json!({})).await.expect(200)["read_at"].is_string());
    assert_eq!(case.counts().await["mentions_unread"], 0);
    settings["mention"]["email"] = json!(true);
    case.olga.put(path, settings).await.refused(400, "invalid-body");
    assert!(case.admin.get(path).await.expect(200)["mention"]["in_app"] == true, "each for themselves");
}

#[tokio::test]
async fn a_thread_tells_who_took_part_and_a_note_taken_back_tells_nobody() {
    let case = case().await;
    let first = case.olga.post(&case.at("/notes"), json!({"body": "any news?"})).await.expect(201);
    let answer = json!({"body": "not yet", "parent_id": first["id"]});
    let answer = case.admin.post(&case.at("/notes"), answer).await.expect(201);
    assert_eq!(case.kinds("").await, ["note_reply", "assigned"]);
    let path = format!("/v1/notes/{}", answer["id"].as_str().unwrap());
    Served::send(case.admin.request(Method::DELETE, &path)).await.expect(200);
    assert_eq!(case.kinds("").await, ["assigned"]);
}
