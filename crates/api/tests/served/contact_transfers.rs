//! Contacts from files and to files.

use reqwest::Method;
use serde_json::{Value, json};

use crate::desk::{Client, Served};
use crate::hall::{Hall, id};

const IMPORTS: &str = "/v1/contact-imports";

/// An import of a file into the hall's first brand.
async fn asked(hall: &Hall, client: &Client, file: &str, text: &str, more: Value) -> Value {
    let media = hall.upload(client, file, text.as_bytes()).await;
    let mut body = json!({
        "media_id": media, "brand_id": hall.brands[0], "dedupe": "phone", "on_match": "update",
        "mapping": {"Phone": "phone", "Full name": "name", "Plan": "attribute.plan"},
    });
    let body_fields = body.as_object_mut().expect("an object");
    body_fields.extend(more.as_object().cloned().unwrap_or_default());
    client.post(IMPORTS, body).await.expect(202)
}

async fn work(served: &Served) {
    while served.desk.work_on_contact_imports().await.expect("it goes on") {}
}

async fn done(hall: &Hall, client: &Client, import: &Value) -> Value {
    work(&hall.served).await;
    client.get(&format!("{IMPORTS}/{}", id(import))).await.expect(200)
}

const FILE: &str = "\u{feff}Phone;Full name;Plan;Secret\r\n\
    +34600111221;\"Ana; \"\"la jefa\"\"\";gold;x\r\n\
    not a number;Eve;gold;x\r\n\
    0034 600 111 222;Ben;@gold;x\r\n\
    +34600111223;Cleo;;x\r\n";

#[tokio::test]
async fn a_file_becomes_contacts_and_says_which_rows_did_not() {
    let hall = Hall::open().await;
    let import = asked(&hall, &hall.admin, "people.csv", FILE, json!({"tags": ["fair"]})).await;
    assert_eq!(import["state"], "running");
    let import = done(&hall, &hall.admin, &import).await;
    let tally = |import: &Value| {
        let number = |name: &str| import[name].as_u64().expect("a number");
        (number("rows"), number("created"), number("updated"), number("failed"))
    };
    assert_eq!((import["state"].as_str(), tally(&import)), (Some("finished"), (4, 2, 0, 2)));
    let errors = hall.admin.get(&format!("{IMPORTS}/{}/errors", id(&import))).await.expect(200);
    assert_eq!(
        errors["data"],
        json!([
            {"row": 2, "column": "phone", "code": "bad-format"},
            {"row": 3, "column": "attribute.plan", "code": "bad-format"},
        ])
    );
    let found = hall.admin.get("/v1/contacts?tag=fair").await.expect(200);
    let names: Vec<_> = found["data"].as_array().expect("rows").iter().map(|row| row["name"].clone()).collect();
    assert_eq!(names, ["Ana; \"la jefa\"", "Cleo"]);

    // The same file once more changes them, and makes nobody twice.
    let again = asked(&hall, &hall.admin, "people.csv", FILE, json!({})).await;
    let again = done(&hall, &hall.admin, &again).await;
    assert_eq!(tally(&again), (4, 0, 2, 2));
    let skipped = asked(&hall, &hall.admin, "people.csv", FILE, json!({"on_match": "skip"})).await;
    assert_eq!(done(&hall, &hall.admin, &skipped).await["skipped"], 2);
    let listed = hall.admin.get(IMPORTS).await.expect(200);
    assert_eq!(listed["data"].as_array().map(Vec::len), Some(3));
}

#[tokio::test]
async fn an_import_that_a_crash_interrupts_goes_on_where_it_was() {
    let hall = Hall::open().await;
    let mut text = "Phone,Full name,Plan\n".to_owned();
    for number in 0..450 {
        text.push_str(&format!("+34600{number:06},Person {number},gold\n"));
    }
    let import = asked(&hall, &hall.root, "many.csv", &text, json!({})).await;
    // A desk that shuts down ends after the batch it is at.
    hall.served.desk.drain();
    hall.served.desk.work_on_contact_imports().await.expect("a batch");
    let (hall, _) = hall.restart().await;
    let root = hall.served.log_in(crate::desk::EMAIL, crate::desk::PASSWORD).await;
    let half = root.get(&format!("{IMPORTS}/{}", id(&import))).await.expect(200);
    assert_eq!((half["state"].as_str(), half["rows"].as_u64()), (Some("running"), Some(200)));
    let whole = done(&hall, &root, &import).await;
    assert_eq!((whole["state"].as_str(), whole["rows"].as_u64()), (Some("finished"), Some(450)));
    assert_eq!((whole["created"].as_u64(), whole["updated"].as_u64()), (Some(450), Some(0)));
}

#[tokio::test]
async fn what_cannot_be_imported_is_refused_before_anything_happens() {
    let hall = Hall::open().await;
    let media = hall.upload(&hall.admin, "people.csv", FILE.as_bytes()).await;
    let body = |more: Value| {
        let mut body = json!({
            "media_id": media, "brand_id": hall.brands[0], "dedupe": "phone", "on_match": "update",
            "mapping": {"Phone": "phone"},
        });
        body.as_object_mut().expect("an object").extend(more.as_object().cloned().unwrap_or_default());
        body
    };
    for (more, pointer) in [
        (json!({"mapping": {"Telephone": "phone"}}), "/mapping/Telephone"),
        (json!({"mapping": {"Phone": "shoe_size"}}), "/mapping/Phone"),
        (json!({"mapping": {"Full name": "name"}}), "/columns"),
        (json!({"consents": ["marketing"]}), "/evidence"),
        (json!({"media_id": "media_00000000000000000000000001"}), "/media_id"),
    ] {
        let refused = hall.admin.post(IMPORTS, body(more)).await.refused(422, "unprocessable");
        assert_eq!(refused["errors"][0]["pointer"], pointer, "{refused}");
    }
    let theirs = body(json!({"brand_id": hall.brands[1]}));
    hall.admin.post(IMPORTS, theirs).await.refused(422, "unknown-reference");
    hall.agent.post(IMPORTS, body(json!({}))).await.refused(403, "forbidden");
    let binary = hall.upload(&hall.admin, "people.csv", vec![0xff, 0xfe, 0x50, 0x00]).await;
    let refused = hall.admin.post(IMPORTS, body(json!({"media_id": binary}))).await.refused(422, "unprocessable");
    assert_eq!(refused["errors"][0]["code"], "not-utf8");
}

#[tokio::test]
async fn contacts_go_out_as_a_file_within_the_walls_and_nothing_in_it_is_a_formula() {
    let hall = Hall::open().await;
    for (brand, phone, name) in [(0, "+34600111221", "=HYPERLINK(\"x\")"), (1, "+34600111222", "Theirs")] {
        let body = json!({"brand_id": hall.brands[brand], "phone": phone, "name": name, "tags": ["vip"]});
        hall.root.post("/v1/contacts", body).await.expect(201);
    }
    hall.agent.post("/v1/contact-exports", json!({})).await.refused(403, "forbidden");
    let report =
        json!({"kind": "contacts", "format": "csv", "from": "2026-01-01T00:00:00Z", "to": "2026-02-01T00:00:00Z"});
    hall.root.post("/v1/report-exports", report).await.refused(422, "unprocessable");
    let export = hall.admin.post("/v1/contact-exports", json!({"tags": ["VIP"]})).await.expect(202);
    while hall.served.desk.work_on_reports().await.expect("it goes on") {}
    let path = format!("/v1/report-exports/{}", id(&export));
    let made = hall.admin.get(&path).await.expect(200);
    assert_eq!((made["state"].as_str(), made["rows"].as_u64()), (Some("completed"), Some(1)));
    let file = Served::send(hall.admin.request(Method::GET, &format!("{path}/content"))).await.expect(200);
    let text = file.as_str().expect("text");
    assert!(text.contains("\"'=HYPERLINK(\"\"x\"\")\"") && text.contains("\"'+34600111221\""), "{text}");
    assert!(!text.contains("Theirs"), "{text}");
    let exported = hall.root.events("data.exported").await;
    assert!(exported.iter().any(|event| event["facts"]["operation"] == "create_contact_export"), "{exported:?}");
}
