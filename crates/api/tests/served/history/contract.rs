//! Which answers can be had of the past, and how it is asked for.

use api::openapi::document;
use api::routes::endpoints;
use reqwest::Method;
use serde_json::{Value, json};

use crate::desk::Served;

/// Reading operations that have no past, and why.
const OF_THE_PRESENT: &[(&str, &str)] = &[
    ("get_welcome", "about the server"),
    ("get_asyncapi", "about the server"),
    ("get_openapi", "about the server"),
    ("get_problem", "about the server"),
    ("get_meta", "about the server"),
    ("get_health", "how it is at this moment"),
    ("get_metrics", "how it is at this moment"),
    ("get_readiness", "how it is at this moment"),
    ("verify_webhook", "the provider's"),
    ("get_log", "about the log itself"),
    ("list_events", "the log itself, asked by position"),
    ("get_event", "the log itself, asked by position"),
    ("list_csat_responses", "each question and answer tells its time"),
    ("list_csat_surveys", "how is asked from now on; what was asked stands in each question"),
    ("get_csat_survey", "how is asked from now on; what was asked stands in each question"),
    ("get_metric_definitions", "holds every version there ever was"),
    ("get_csat_question", "is for whoever was asked"),
    ("list_conversation_csat", "each question and answer tells its time"),
    ("stream_events", "the log itself, asked by position"),
    ("get_event_stats", "is asked by position"),
    ("list_audit_log", "says of every entry when it was; asked by a range of time"),
    ("open_live", "follows what comes; resumed from a position"),
    ("open_live_sse", "follows what comes; resumed from a position"),
    ("poll_live", "follows what comes; resumed from a position"),
    ("list_viewers", "who looks at this moment; not in the log"),
    ("get_me", "one's own account, as it is signed in with"),
    ("list_sessions", "what can be signed in with now"),
    ("list_user_sessions", "what can be signed in with now"),
    ("get_totp", "what can be signed in with now"),
    ("list_api_keys", "what can be signed in with now"),
    ("get_api_key", "what can be signed in with now"),
    ("list_invites", "what can be accepted now"),
    ("get_invite", "what can be accepted now"),
    ("get_invite_offer", "what can be accepted now"),
    ("get_own_availability", "one's own, to be set"),
    ("get_own_permissions", "what one may now, whatever one asks about"),
    ("list_permissions", "the catalogue of this version"),
    ("get_notification_settings", "one's own, to be set"),
    ("list_notifications", "one's own, to be read"),
    ("count_notifications", "one's own, to be read"),
    ("list_mentions", "one's own, to be read"),
    ("list_mention_candidates", "whom a note can name when it is written"),
    ("list_users", "accounts to be managed; what people were called stands beside what they did"),
    ("get_user", "accounts to be managed; what people were called stands beside what they did"),
    ("suggest_canned_replies", "what could be said now"),
    ("get_media", "the file as it can be had now"),
    ("get_media_content", "the file as it can be had now"),
    ("follow_media_link", "the file as it can be had now"),
    ("list_quarantine", "what is to be looked at now"),
    ("get_quarantine_item", "what is to be looked at now"),
    ("get_billing", "what is paid now"),
    ("list_rate_cards", "each says since when it holds"),
    ("get_rate_card", "each says since when it holds"),
    ("get_usage", "asked by the month it was metered in"),
    ("get_usage_costs", "asked by the month it was metered in"),
    ("diff_history", "has two pasts"),
    ("list_contact_imports", "what is under way, and what became of it"),
    ("get_contact_import", "what is under way, and what became of it"),
    ("list_contact_import_errors", "what is under way, and what became of it"),
    ("list_report_exports", "files that can be had now, each as of a position"),
    ("get_report_export", "files that can be had now, each as of a position"),
    ("get_report_export_content", "files that can be had now, each as of a position"),
    ("list_scheduled_reports", "what is to come"),
    ("get_scheduled_report", "what is to come"),
    ("search", "what can be found now; the index knows no past"),
    ("list_sso_providers", "what can be signed in with now"),
    ("begin_sso", "signing in"),
    ("complete_sso", "signing in"),
];

fn parameters(operation: &Value) -> Vec<&str> {
    let all = operation["parameters"].as_array().into_iter().flatten();
    all.filter_map(|parameter| parameter["name"].as_str()).collect()
}

/// The reading operations of the contract: id, path, parameters.
pub(super) fn readings() -> Vec<(String, String, Vec<String>)> {
    let contract: Value = serde_json::from_str(&document(&endpoints())).expect("the document is JSON");
    let paths = contract["paths"].as_object().expect("paths").iter();
    let gets = paths.filter_map(|(path, methods)| Some((path.clone(), methods.get("get")?.clone())));
    gets.map(|(path, operation)| {
        let id = operation["operationId"].as_str().expect("an id").to_owned();
        (id, path, parameters(&operation).into_iter().map(str::to_owned).collect())
    })
    .collect()
}

pub(super) fn has_a_past(parameters: &[String]) -> bool {
    parameters.iter().any(|name| name == "as_of_pos")
}

#[test]
fn everything_that_is_read_can_be_read_of_the_past_or_says_why_not() {
    let of_the_present = |id: &str| OF_THE_PRESENT.iter().any(|(known, _)| *known == id);
    for (id, _, parameters) in readings() {
        let both = parameters.iter().any(|name| name == "as_of");
        assert_eq!(has_a_past(&parameters), both, "{id} takes one of the two");
        assert_ne!(has_a_past(&parameters), of_the_present(&id), "{id}");
    }
}

#[tokio::test]
async fn a_past_that_is_none_is_refused_with_the_parameter_that_is_wrong() {
    let served = Served::start().await;
    let admin = served.admin().await;
    let wrong = |problem: Value| (problem["errors"][0]["parameter"].clone(), problem["errors"][0]["code"].clone());
    let list = |past: &str| format!("/v1/conversations?{past}");
    let head = served.head();
    let ahead = admin.get(&list(&format!("as_of_pos={}", head + 1))).await.refused(400, "invalid-parameter");
    assert_eq!(ahead["head_pos"], json!(head));
    assert_eq!(wrong(ahead), (json!("as_of_pos"), json!("ahead")));
    for (past, name, code) in [
        ("as_of=2999-01-01T00:00:00Z", "as_of", "ahead"),
        ("as_of_pos=1&as_of=2026-01-01T00:00:00Z", "as_of", "exclusive"),
        ("as_of_pos=0", "as_of_pos", "minimum"),
        ("as_of_pos=one", "as_of_pos", "type"),
    ] {
        let found = wrong(admin.get(&list(past)).await.refused(400, "invalid-parameter"));
        assert_eq!(found.0, json!(name), "{past}");
        assert!(code == "minimum" || code == "type" || found.1 == json!(code), "{past}: {found:?}");
    }
    let gone = admin.get(&list("as_of=2001-01-01T00:00:00Z")).await.refused(410, "position-gone");
    assert_eq!(gone["oldest_pos"], json!(1));
    // What has no past does not take one.
    admin.get("/v1/me?as_of_pos=1").await.expect(200);
    admin.get("/v1/notifications?as_of_pos=1").await.refused(400, "invalid-parameter");
}

#[tokio::test]
async fn the_answer_says_which_position_it_is_of() {
    let served = Served::start().await;
    let admin = served.admin().await;
    served.connect(&admin).await;
    let then = served.head();
    served.customer_writes(&admin, "4915112345678", "hello").await;
    let answer = admin.get(&format!("/v1/conversations?as_of_pos={then}")).await;
    assert_eq!(answer.header("frontdesk-position"), then.to_string());
    let body = answer.expect(200);
    assert_eq!((&body["as_of"], &body["data"]), (&json!(then), &json!([])));
    let head = admin.get("/v1/conversations").await;
    assert!(head.header("frontdesk-position").parse::<u64>().expect("a position") > then);
}

/// More than are built at once: each is answered, or told to come back, and comes back.
#[tokio::test]
async fn many_pasts_at_once_are_answered_or_told_to_wait() {
    let served = Served::start().await;
    let admin = served.admin().await;
    served.connect(&admin).await;
    for n in 0..20 {
        served.customer_writes(&admin, &format!("49151{n:08}"), "hello").await;
    }
    let head = served.head();
    let ask = |pos: u64| {
        let admin = admin.clone();
        tokio::spawn(async move {
            let path = format!("/v1/conversation-counts?as_of_pos={pos}");
            for _ in 0..1_000 {
                let answer = admin.get(&path).await;
                if answer.status != 503 {
                    return answer.expect(200)["as_of"].as_u64();
                }
                assert_eq!(answer.header("retry-after"), "1");
                answer.refused(503, "projection-behind");
            }
            None
        })
    };
    let asked: Vec<_> = (1..=12).map(|n| (head - n * 3, ask(head - n * 3))).collect();
    for (pos, answer) in asked {
        assert_eq!(answer.await.expect("it ends"), Some(pos));
    }
    let request = admin.request(Method::HEAD, &format!("/v1/conversation-counts?as_of_pos={head}"));
    assert_eq!(Served::send(request).await.status, 200);
}
