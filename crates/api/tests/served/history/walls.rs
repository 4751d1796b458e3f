//! Who may look into the past, how far, and what is not there any more.

use domain::access::Standing;
use serde_json::{Value, json};

use super::contract::{has_a_past, readings};
use crate::desk::Served;
use crate::hall::Hall;

#[tokio::test]
async fn agents_and_operators_have_no_past_and_keep_their_present() {
    let hall = Hall::open().await;
    let then = hall.served.head();
    for client in [&hall.agent, &hall.operator] {
        for path in ["/v1/conversations", "/v1/conversation-counts", "/v1/queue-monitor"] {
            client.get(&format!("{path}?as_of_pos={then}")).await.refused(403, "forbidden");
            client.get(path).await.expect(200);
        }
        client.get(&format!("/v1/history/diff?from_pos=1&to_pos={then}")).await.refused(403, "forbidden");
    }
    // Nor does what they are refused tell whether a thing exists.
    let case = hall.case(&hall.agent, Standing::OtherBrand).await;
    let hidden = format!("/v1/conversations/{}?as_of_pos={then}", case.conversation);
    hall.agent.get(&hidden).await.refused(403, "forbidden");
}

#[tokio::test]
async fn the_walls_are_those_of_now() {
    let hall = Hall::open().await;
    let own = hall.case(&hall.admin, Standing::Team).await;
    let foreign = hall.case(&hall.admin, Standing::OtherBrand).await;
    let then = hall.served.head();
    let list = format!("/v1/conversations?as_of_pos={then}");
    let ids =
        |body: Value| -> Vec<String> { body["data"].as_array().expect("rows").iter().map(crate::hall::id).collect() };
    assert_eq!(ids(hall.admin.get(&list).await.expect(200)), std::slice::from_ref(&own.conversation));
    assert_eq!(ids(hall.root.get(&list).await.expect(200)).len(), 2);
    for (_, path, parameters) in readings() {
        if has_a_past(&parameters) && path.contains("{conversation_id}") {
            let path = path.replace("{conversation_id}", &foreign.conversation);
            hall.admin.get(&format!("{path}?as_of_pos={then}")).await.refused(404, "not-found");
        }
    }
    let diff = format!("/v1/history/diff?from_pos=1&to_pos={then}");
    let seen = hall.admin.get(&diff).await.expect(200);
    let changed: Vec<&Value> =
        seen["data"].as_array().expect("rows").iter().map(|row| &row["conversation_id"]).collect();
    assert_eq!(changed, [&json!(own.conversation)]);
    assert_eq!(seen["by_status"]["after"]["open"], json!(1));

    // Moved to the other brand, they see of then what they see of now.
    let path = format!("/v1/users/{}/brands", hall.admin.user_id);
    hall.root.put(&path, json!({"brand_ids": [hall.brands[1]]})).await.expect(200);
    assert_eq!(ids(hall.admin.get(&list).await.expect(200)), std::slice::from_ref(&foreign.conversation));
}

#[tokio::test]
async fn what_was_erased_stays_erased() {
    let served = Served::start().await;
    let admin = served.admin().await;
    served.connect(&admin).await;
    let row = served.customer_writes(&admin, "4915112345678", "my secret").await;
    let (conversation, contact) = (row["id"].as_str().unwrap(), row["contact"]["id"].as_str().unwrap());
    let labels = json!({"attributes": {"plan": "gold"}});
    admin.patch(&format!("/v1/contacts/{contact}"), labels).await.expect(200);
    let then = served.head();
    let at = |path: &str| format!("{path}?as_of_pos={then}");
    let known = admin.get(&at(&format!("/v1/contacts/{contact}"))).await.expect(200);
    assert_eq!((&known["profile_name"], &known["erased"]), (&json!("Customer 4915112345678"), &json!(false)));
    admin.post(&format!("/v1/contacts/{contact}/erasure"), json!({"confirm": true})).await.expect(200);
    let gone = admin.get(&at(&format!("/v1/contacts/{contact}"))).await.expect(200);
    assert_eq!((&gone["profile_name"], &gone["identities"]), (&Value::Null, &json!([])));
    assert_eq!((&gone["attributes"], &gone["erased"]), (&json!({}), &json!(true)));
    let list = admin.get(&at("/v1/conversations")).await.expect(200);
    assert_eq!(list["data"][0]["contact"]["name"], Value::Null);
    assert_eq!(list["data"][0]["last_message"]["preview"], Value::Null);
    for rest in ["messages", "timeline"] {
        let body = admin.get(&at(&format!("/v1/conversations/{conversation}/{rest}"))).await.expect(200);
        assert!(!body.to_string().contains("secret") && !body["data"].as_array().unwrap().is_empty(), "{body}");
    }
}
