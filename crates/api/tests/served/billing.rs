//! The plan, its seats, what was used and what it cost.

use reqwest::Method;
use serde_json::{Value, json};

use crate::desk::{Answer, Client, NUMBER_ID, Served};

async fn patch(client: &Client, version: u64, body: Value) -> Answer {
    let request = client.request(Method::PATCH, "/v1/billing").header("if-match", format!("\"v{version}\""));
    Served::send(request.json(&body)).await
}

async fn version(client: &Client) -> u64 {
    client.get("/v1/billing").await.expect(200)["version"].as_u64().expect("a version")
}

#[tokio::test]
async fn only_super_admins_see_and_change_what_is_bought() {
    let served = Served::start().await;
    let root = served.admin().await;
    let nothing = root.get("/v1/billing").await.expect(200);
    assert_eq!((&nothing["seats"], &nothing["seats_used"], &nothing["version"]), (&Value::Null, &json!(1), &json!(0)));
    for (name, role) in [("ada", "admin"), ("ben", "agent"), ("olga", "operator")] {
        let other = served.member(&root, name, role).await;
        for path in ["/v1/billing", "/v1/usage", "/v1/rate-cards", "/v1/usage-costs?currency=EUR"] {
            other.get(path).await.refused(403, "forbidden");
        }
        patch(&other, 0, json!({"seats": 100})).await.refused(403, "forbidden");
        other.put("/v1/rate-cards/EUR", json!({"rates": []})).await.refused(403, "forbidden");
    }
}

#[tokio::test]
async fn the_contract_is_a_merge_patch_from_the_version_that_was_read() {
    let served = Served::start().await;
    let root = served.admin().await;
    let contact = json!({"name": "Iris Books", "email": "bills@example.com"});
    let body = json!({"plan": "team", "seats": 5, "renewal_date": "2027-01-31", "billing_contact": contact});
    let set = patch(&root, 0, body).await.expect(200);
    assert_eq!((&set["plan"], &set["seats"], &set["billing_contact"]), (&json!("team"), &json!(5), &contact));
    let stale = patch(&root, 0, json!({"seats": 6})).await.refused(412, "precondition-failed");
    assert_eq!(stale["version"], set["version"]);
    let unconditional = root.request(Method::PATCH, "/v1/billing").json(&json!({"seats": 6}));
    Served::send(unconditional).await.refused(428, "precondition-required");
    let at = version(&root).await;
    let moved = patch(&root, at, json!({"billing_contact": {"email": "new@example.com"}, "renewal_date": null})).await;
    let moved = moved.expect(200);
    assert_eq!(moved["billing_contact"], json!({"name": "Iris Books", "email": "new@example.com"}));
    assert_eq!((&moved["renewal_date"], &moved["plan"]), (&Value::Null, &json!("team")));
    let at = version(&root).await;
    patch(&root, at, json!({"renewal_date": "2027-02-30"})).await.refused(422, "unprocessable");
    patch(&root, at, json!({"plan": "team", "paid": true})).await.refused(400, "invalid-body");
    let cleared = patch(&root, at, json!({"billing_contact": null})).await.expect(200);
    assert_eq!(cleared["billing_contact"], Value::Null);
    // The contact is personal and stands in no fact.
    let events = root.get("/v1/events?limit=1000").await.expect(200);
    let changes = events["data"].as_array().unwrap().iter().filter(|event| event["type"] == "billing.changed");
    assert!(changes.clone().count() == 3 && changes.into_iter().all(|event| !event["facts"].to_string().contains('@')));
}

#[tokio::test]
async fn a_full_plan_lets_nobody_new_in_until_a_seat_is_free() {
    let served = Served::start().await;
    let root = served.admin().await;
    let ben = served.member(&root, "ben", "agent").await;
    patch(&root, 0, json!({"seats": 2})).await.expect(200);
    let cleo = json!({"name": "Cleo", "email": "cleo@example.com", "role": "agent", "password": "eleven quiet lamps"});
    let full = root.post("/v1/users", cleo.clone()).await.refused(409, "seats-exhausted");
    assert_eq!(full["seats"], 2);
    let account = format!("/v1/users/{}/deactivation", ben.user_id);
    root.post(&account, json!({})).await.expect(200);
    root.post("/v1/users", cleo).await.expect(201);
    root.delete(&account).await.refused(409, "seats-exhausted");
    let at = version(&root).await;
    let lowered = patch(&root, at, json!({"seats": 1})).await.expect(200);
    assert_eq!((&lowered["seats"], &lowered["seats_used"]), (&json!(1), &json!(2)));
    let at = version(&root).await;
    patch(&root, at, json!({"seats": null})).await.expect(200);
    root.delete(&account).await.expect(200);
}

/// A message typed in the phone app and what the provider says about it.
async fn priced_message(served: &Served, wamid: &str, to: &str, at_s: i64, pricing: &Value) {
    let value = |body: Value| {
        let mut value = json!({"messaging_product": "whatsapp",
            "metadata": {"display_phone_number": "15550783881", "phone_number_id": NUMBER_ID}});
        for (name, part) in body.as_object().expect("an object") {
            value[name] = part.clone();
        }
        value
    };
    let webhook = |field: &str, value: Value| {
        json!({"object": "whatsapp_business_account",
            "entry": [{"id": "102290129340398", "changes": [{"field": field, "value": value}]}]})
    };
    let echo = json!({"message_echoes": [{"from": "15550783881", "to": to, "id": wamid, "timestamp": at_s.to_string(),
        "type": "text", "text": {"body": "hello"}}]});
    served.deliver(&webhook("smb_message_echoes", value(echo))).await.expect(200);
    for status in ["sent", "delivered", "delivered", "read"] {
        let mut report = json!({"id": wamid, "status": status, "timestamp": at_s.to_string(), "recipient_id": to});
        if status != "read" {
            report["pricing"] = pricing.clone();
        }
        served.deliver(&webhook("messages", value(json!({"statuses": [report]})))).await.expect(200);
    }
}

#[tokio::test]
async fn usage_counts_each_message_once_and_costs_it_at_the_rate_of_its_month() {
    let served = Served::start().await;
    let root = served.admin().await;
    let channel = served.connect(&root).await;
    served.customer_writes(&root, "4915112345678", "hello").await;
    let now = served.desk.now().as_millis() / 1_000;
    let regular =
        |category: &str| json!({"billable": true, "pricing_model": "PMP", "type": "regular", "category": category});
    let free =
        json!({"billable": false, "pricing_model": "PMP", "type": "free_customer_service", "category": "service"});
    for (wamid, to, pricing) in [
        ("wamid.1", "4915112345678", regular("marketing")),
        ("wamid.2", "4915112345678", regular("marketing")),
        ("wamid.3", "34600111222", regular("utility")),
        ("wamid.4", "4915112345678", free),
        ("wamid.5", "34600111222", regular("authentication")),
    ] {
        priced_message(&served, wamid, to, now, &pricing).await;
    }
    let usage = root.get("/v1/usage?group_by=category,market").await.expect(200);
    let rows: Vec<String> = usage["messages"].as_array().unwrap().iter().map(print).collect();
    assert_eq!(
        rows,
        ["authentication 34 1+0", "marketing 49 2+0", "service 49 0+1", "utility 34 1+0"],
        "{}",
        usage["messages"]
    );
    let traffic = &usage["traffic"][0];
    assert_eq!((&traffic["channel_id"], &traffic["messages_in"]), (&channel["id"], &json!(1)));
    assert_eq!((&traffic["messages_out"], &traffic["conversations_opened"]), (&json!(5), &json!(2)));
    assert_eq!(usage["workspace"][0]["active_users"], 1);
    // No card, no cost.
    root.get("/v1/usage-costs?currency=EUR").await.refused(404, "not-found");
    let card = "market,category,valid_from,price_micros\n49,marketing,2020-01-01,113100\n49,marketing,9999-01-01,1\n*,utility,2020-01-01,20000\n";
    let upload = root.request(Method::PUT, "/v1/rate-cards/EUR").header("content-type", "text/csv").body(card);
    assert_eq!(Served::send(upload).await.expect(200)["rates"].as_array().unwrap().len(), 3);
    let costs = root.get("/v1/usage-costs?currency=EUR").await.expect(200);
    assert_eq!(costs["total_micros"], 2 * 113_100 + 20_000);
    assert_eq!(costs["unpriced"][0]["category"], "authentication");
    assert_eq!(costs["costs"].as_array().unwrap().len(), 2);
    root.get("/v1/usage?from=2026-02&to=2026-01").await.refused(422, "unprocessable");
    root.get("/v1/usage?from=2020-01&to=2023-01").await.refused(422, "unprocessable");
    root.get("/v1/usage?from=2020-13").await.refused(400, "invalid-parameter");
}

fn print(row: &Value) -> String {
    let text = |name: &str| row[name].as_str().unwrap_or("-");
    format!("{} {} {}+{}", text("category"), text("market"), row["billable"], row["free"])
}

#[tokio::test]
async fn a_card_with_a_wrong_row_changes_nothing_and_names_every_wrong_row() {
    let served = Served::start().await;
    let root = served.admin().await;
    let rate = |market: &str, day: &str, price: u64| json!({"market": market, "category": "utility", "valid_from": day, "price_micros": price});
    let places = |refused: Value| -> Vec<String> {
        let errors = refused["errors"].as_array().unwrap().clone();
        errors.iter().map(|error| error["pointer"].as_str().unwrap().to_owned()).collect()
    };
    let good = json!({"rates": [rate("49", "2026-10-01", 55_000)]});
    let made = root.put("/v1/rate-cards/EUR", good.clone()).await.expect(200);
    let wrong =
        json!({"rates": [rate("49", "2026-10-01", 1), rate("999", "2026-10-01", 1), rate("34", "2026-10-02", 1)]});
    let refused = root.put("/v1/rate-cards/EUR", wrong).await.refused(422, "unprocessable");
    assert_eq!(places(refused), ["/rates/1/market", "/rates/2/valid_from"]);
    let wrong = json!({"rates": [rate("49", "2026-10-01", 1), rate("34", "soon", 1)]});
    let refused = root.put("/v1/rate-cards/EUR", wrong).await.refused(422, "unprocessable");
    assert_eq!(places(refused), ["/rates/1/valid_from"]);
    let csv = "market,category,valid_from,price_micros\n49,utility,2026-10-01,55000\n49,=cmd,2026-11-01,1.5\n";
    let upload = root.request(Method::PUT, "/v1/rate-cards/EUR").header("content-type", "text/csv").body(csv);
    assert_eq!(places(Served::send(upload).await.refused(422, "unprocessable")), ["/rates/1/price_micros"]);
    assert_eq!(root.get("/v1/rate-cards/EUR").await.expect(200), made);
    root.put("/v1/rate-cards/euro", good).await.refused(404, "not-found");
    assert_eq!(root.get("/v1/rate-cards").await.expect(200)["data"][0]["rate_count"], 1);
}
