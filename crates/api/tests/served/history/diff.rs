//! What differs between two positions, through HTTP.

use domain::access::Standing;
use reqwest::Method;
use serde_json::{Value, json};

use crate::desk::Served;
use crate::hall::Hall;

fn kinds(row: &Value) -> Vec<&str> {
    row["changes"].as_array().expect("changes").iter().filter_map(|change| change["kind"].as_str()).collect()
}

#[tokio::test]
async fn two_positions_are_compared_page_by_page() {
    let hall = Hall::open().await;
    let worked = hall.case(&hall.agent, Standing::Team).await;
    hall.case(&hall.agent, Standing::Team).await;
    let from = hall.served.head();
    let at = |rest: &str| format!("/v1/conversations/{}{rest}", worked.conversation);
    hall.agent.post(&at("/claim"), json!({})).await.expect(200);
    hall.root.put(&at("/priority"), json!({"priority": "high"})).await.expect(200);
    hall.root.put(&at("/status"), json!({"status": "resolved"})).await.expect(200);
    hall.root.put(&at("/status"), json!({"status": "open"})).await.expect(200);
    let moved = json!({"team_id": hall.teams[1], "assignee_id": null});
    hall.root.put(&at("/assignment"), moved).await.expect(200);
    let new = hall.case(&hall.agent, Standing::Team).await;
    let to = hall.served.head();
    hall.case(&hall.agent, Standing::Team).await;

    let page = |cursor: &str| format!("/v1/history/diff?from_pos={from}&to_pos={to}&limit=1{cursor}");
    let first = hall.root.get(&page("")).await.expect(200);
    assert_eq!((&first["from"]["pos"], &first["to"]["pos"], &first["as_of"]), (&json!(from), &json!(to), &json!(to)));
    let row = &first["data"][0];
    assert_eq!(row["conversation_id"], json!(worked.conversation));
    assert_eq!(kinds(row), ["reopened", "moved_team", "priority"]);
    assert_eq!((&row["before"]["team_id"], &row["after"]["team_id"]), (&json!(hall.teams[0]), &json!(hall.teams[1])));
    for change in row["changes"].as_array().expect("changes") {
        for pos in change["positions"].as_array().expect("positions") {
            assert!((from + 1..=to).contains(&pos.as_u64().expect("a position")), "{change}");
            let event = hall.root.get(&format!("/v1/events/{pos}")).await.expect(200);
            assert_eq!(event["stream"], json!(worked.conversation), "{event}");
        }
        assert_ne!(change["positions"], json!([]), "{change}");
    }
    let cursor = first["page"]["next_cursor"].as_str().expect("a next page");
    let second = hall.root.get(&page(&format!("&cursor={cursor}"))).await.expect(200);
    assert_eq!(second["data"][0]["conversation_id"], json!(new.conversation));
    assert_eq!((kinds(&second["data"][0]), &second["data"][0]["before"]), (vec!["opened"], &Value::Null));
    assert_eq!(second["page"]["next_cursor"], Value::Null);
    let sales = |page: &Value| {
        let queues = page["queues"].as_array().expect("queues");
        queues.iter().find(|queue| queue["queue_id"] == json!(hall.teams[0])).expect("the team's queue").clone()
    };
    assert_eq!((&sales(&first)["before"]["open"], &sales(&first)["after"]["open"]), (&json!(2), &json!(2)));
    assert_eq!((&first["by_status"]["before"]["open"], &first["by_status"]["after"]["open"]), (&json!(2), &json!(3)));
    let other = format!("/v1/history/diff?from_pos={from}&to_pos={}&limit=1&cursor={cursor}", to - 1);
    hall.root.get(&other).await.refused(400, "cursor-mismatch");
}

#[tokio::test]
async fn both_sides_must_be_there_and_in_order() {
    let served = Served::start().await;
    let admin = served.admin().await;
    let head = served.head();
    for (query, name, code) in [
        ("to_pos=1".to_owned(), "from_pos", "required"),
        ("from_pos=1".to_owned(), "to_pos", "required"),
        ("from_pos=2&to_pos=1".to_owned(), "to_pos", "before-from"),
        ("from_pos=1&from=2026-01-01T00:00:00Z&to_pos=1".to_owned(), "from", "exclusive"),
        (format!("from_pos=1&to_pos={}", head + 1), "to_pos", "ahead"),
        (format!("from_pos={}&to_pos=1", head + 1), "from_pos", "ahead"),
    ] {
        let problem = admin.get(&format!("/v1/history/diff?{query}")).await.refused(400, "invalid-parameter");
        let found = (&problem["errors"][0]["parameter"], &problem["errors"][0]["code"]);
        assert_eq!(found, (&json!(name), &json!(code)), "{query}");
    }
    let nothing = admin.get(&format!("/v1/history/diff?from_pos={head}&to_pos={head}")).await.expect(200);
    assert_eq!((&nothing["data"], &nothing["page"]["next_cursor"]), (&json!([]), &Value::Null));
    let anonymous = served.anonymous(Method::GET, "/v1/history/diff?from_pos=1&to_pos=1", None).await;
    anonymous.refused(401, "unauthenticated");
}
