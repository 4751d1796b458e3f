//! The access table, executed: every cell over HTTP, on every route that has an object. The table itself is checked in as
//! text ([`the_table_is_the_one_that_was_agreed`]), so that a change of it is read by somebody.

use std::collections::BTreeSet;

use api::endpoint::Endpoint;
use api::routes::endpoints;
use domain::access::{Action, Decision, ReachKind, Standing, authorize, printed};
use domain::time::Millis;
use reqwest::Method;
use serde_json::{Value, json};

use crate::desk::{Answer, Client, Served};
use crate::hall::{Case, Hall};

#[test]
fn the_table_is_the_one_that_was_agreed() {
    expect_test::expect_file!["matrix.txt"].assert_eq(&printed());
}

#[test]
fn every_action_guards_something_and_every_route_has_a_row() {
    let mut used: BTreeSet<Action> = endpoints().iter().map(Endpoint::action).collect();
    // Asked for beside the route's own: what an assignment takes depends on what it does.
    used.extend([
        // Opens what events seal, for those who read them.
        Action::EventOpen,
        Action::ConversationReassign,
        Action::ConversationTransfer,
        Action::ConversationMove,
        Action::AdminManage,
        // Opens what the event stream shows.
        Action::EventOpen,
        // Widens what the entrance to numbers shows.
        Action::AnalyticsRead,
        // Canned replies and macros for more than oneself.
        Action::CannedReplyManage,
    ]);
    let unused: Vec<_> =
        Action::ALL.iter().filter(|action| !used.contains(action)).map(|action| action.name()).collect();
    assert!(unused.is_empty(), "no route needs {unused:?}");
}

/// One thing to try.
struct Probe {
    action: Action,
    body: Option<Value>,
    /// What the desk may still answer to somebody who is allowed to ask.
    also: &'static [u16],
}

/// What to send to a route whose object is a conversation or lies in one.
fn probes(endpoint: &Endpoint, hall: &Hall, case: &Case, standing: Standing) -> Vec<Probe> {
    let one = |body: Option<Value>, also: &'static [u16]| vec![Probe { action: endpoint.action(), body, also }];
    match endpoint.operation_id() {
        "assign_conversation" => {
            let probe = |action, body| Probe { action, body: Some(body), also: &[] };
            // Somebody of the team it lies in, and somebody of another.
            let (colleague, other, other_team) = match standing {
                Standing::OtherBrand => (&hall.stranger, &hall.stranger, None),
                Standing::OtherTeam | Standing::Collaborator => (&hall.neighbour, &hall.mate, Some(&hall.teams[0])),
                _ => (&hall.mate, &hall.neighbour, Some(&hall.teams[1])),
            };
            vec![
                probe(Action::ConversationRelease, json!({"assignee_id": null})),
                probe(Action::ConversationReassign, json!({"assignee_id": colleague.user_id})),
                probe(Action::ConversationTransfer, json!({"assignee_id": null, "team_id": null})),
                probe(Action::ConversationMove, json!({"assignee_id": other.user_id, "team_id": other_team})),
            ]
        }
        "claim_conversation" => one(None, &[409]),
        // The one who is invited works for the first brand.
        "invite_collaborator" if standing == Standing::OtherBrand => one(None, &[422]),
        "set_conversation_status" => one(Some(json!({"status": "pending"})), &[]),
        "snooze_conversation" => {
            let until = hall.served.desk.now() + Millis::hours(1);
            one(Some(json!({"until": until.to_rfc3339()})), &[])
        }
        "set_conversation_priority" => one(Some(json!({"priority": "high"})), &[]),
        "pause_sla" => one(Some(json!({"reason": "the supplier is asked"})), &[]),
        "wake_conversation" | "undo_courtesy" => one(None, &[409]),
        "set_conversation_bot" => one(Some(json!({"active": false})), &[]),
        "hand_off_conversation" => one(Some(json!({"reason": "wants a person"})), &[]),
        "send_message" => one(Some(json!({"type": "text", "text": {"body": "an answer"}})), &[]),
        "add_note" => one(Some(json!({"body": "noted"})), &[]),
        // Another's note is nobody's to change; one's own is tried below.
        "edit_note" => one(Some(json!({"body": "mended"})), &[403]),
        "delete_note" => one(None, &[403]),
        "set_reaction" => one(Some(json!({"emoji": "👍"})), &[]),
        // A customer's message is not ours to send again.
        "retry_message" | "cancel_message" => one(None, &[409]),
        // Nor does it wait for its time.
        "update_message" => one(Some(json!({"cancel_if_customer_writes": true})), &[409]),
        "update_contact" => one(Some(json!({"name": "Kim"})), &[]),
        "set_contact_consent" => one(Some(json!({"state": "opted_out"})), &[]),
        "link_identity" => one(Some(json!({"kind": "phone", "value": "+4915799999999"})), &[409]),
        "erase_contact" => one(Some(json!({"confirm": true})), &[]),
        "draft_article" => one(Some(json!({"note_id": case.note})), &[]),
        "merge_contacts" => {
            let body = json!({"winner_id": case.contact, "loser_id": "con_00000000000000000000000001"});
            one(Some(body), &[404, 422])
        }
        _ => one(None, &[]),
    }
}

/// Fills a route's path with what lies in the conversation.
async fn path(endpoint: &Endpoint, hall: &Hall, case: &Case) -> String {
    let mut path = endpoint.path().to_owned();
    for (name, value) in [
        ("{conversation_id}", &case.conversation),
        ("{contact_id}", &case.contact),
        ("{message_id}", &case.message),
        ("{note_id}", &case.note),
        ("{user_id}", &hall.mate.user_id),
        ("{tag}", &"vip".to_owned()),
        ("{emoji}", &"%F0%9F%91%8D".to_owned()),
        ("{purpose}", &"marketing".to_owned()),
    ] {
        path = path.replace(name, value);
    }
    if path.contains("{media_id}") {
        path = path.replace("{media_id}", &hall.file_in(case).await);
    }
    path
}

fn method(endpoint: &Endpoint) -> Method {
    Method::from_bytes(endpoint.method().as_str().as_bytes()).expect("a method")
}

async fn ask(client: &Client, endpoint: &Endpoint, path: &str, body: Option<&Value>) -> Answer {
    // Each object is a new one, so its path and the body name the request.
    let key = blake3::hash(format!("{path} {body:?}").as_bytes()).to_hex();
    let mut request = client.request(method(endpoint), path).header("idempotency-key", key.as_str());
    if let Some(body) = body {
        request = request.json(body);
    }
    Served::send(request).await
}

/// The routes whose object is a conversation, or lies in one.
fn conversation_routes() -> Vec<Endpoint> {
    let in_a_conversation = |endpoint: &Endpoint| {
        let named = ["{conversation_id}", "{contact_id}", "{message_id}", "{note_id}", "{media_id}"];
        named.iter().any(|name| endpoint.path().contains(name)) || endpoint.operation_id() == "merge_contacts"
    };
    endpoints().into_iter().filter(in_a_conversation).collect()
}

#[tokio::test]
async fn every_cell_of_the_table_answers_over_http_as_it_says() {
    let hall = Hall::open().await;
    let mut cells = 0;
    for (role, viewer) in hall.viewers() {
        let principal = hall.principal(viewer);
        for standing in Standing::ALL.into_iter().filter(|standing| *standing != Standing::Workspace) {
            for endpoint in conversation_routes() {
                let mut case = hall.case(viewer, standing).await;
                let count = probes(&endpoint, &hall, &case, standing).len();
                for turn in 0..count {
                    if turn > 0 {
                        case = hall.case(viewer, standing).await;
                    }
                    let probe = probes(&endpoint, &hall, &case, standing).swap_remove(turn);
                    let place = format!("{role} {standing:?} {endpoint:?} {}", probe.action.name());
                    let path = path(&endpoint, &hall, &case).await;
                    let answer = ask(viewer, &endpoint, &path, probe.body.as_ref()).await;
                    let action = match probe.action.kind() {
                        ReachKind::Conversation => probe.action,
                        // Files: whoever reads the conversation reads them.
                        ReachKind::Workspace => Action::ConversationRead,
                    };
                    let expected = match authorize(&principal, Action::ConversationRead, standing) {
                        Decision::Allow => authorize(&principal, action, standing),
                        Decision::Forbid | Decision::Hide => Decision::Hide,
                    };
                    // What a role may never do is refused before anything is looked up.
                    let never = authorize(&principal, endpoint.action(), Standing::Workspace) == Decision::Forbid;
                    match expected {
                        _ if never => assert_eq!(answer.status, 403, "{place}: {}", answer.body),
                        Decision::Forbid => assert_eq!(answer.status, 403, "{place}: {}", answer.body),
                        Decision::Hide => assert_eq!(answer.status, 404, "{place}: {}", answer.body),
                        Decision::Allow => {
                            let fine = (200..300).contains(&answer.status) || probe.also.contains(&answer.status);
                            assert!(fine, "{place}: {} {}", answer.status, answer.body);
                        }
                    }
                    cells += 1;
                }
            }
        }
    }
    println!("{cells} cells");
}

#[tokio::test]
async fn ones_own_note_is_changed_where_notes_are_added_and_anothers_nowhere() {
    let hall = Hall::open().await;
    for (role, viewer) in hall.viewers() {
        let principal = hall.principal(viewer);
        for standing in Standing::ALL.into_iter().filter(|standing| *standing != Standing::Workspace) {
            let case = hall.case(viewer, standing).await;
            let sees = authorize(&principal, Action::ConversationRead, standing) == Decision::Allow;
            let others = format!("/v1/notes/{}", case.note);
            if role != "super_admin" {
                let expected = if sees { 403 } else { 404 };
                assert_eq!(
                    viewer.patch(&others, json!({"body": "mine"})).await.status,
                    expected,
                    "{role} {standing:?}"
                );
                assert_eq!(viewer.delete(&others).await.status, expected, "{role} {standing:?}");
            }
            if sees && authorize(&principal, Action::NoteAdd, standing) == Decision::Allow {
                let notes = format!("/v1/conversations/{}/notes", case.conversation);
                let own = viewer.post(&notes, json!({"body": "tipo"})).await.expect(201);
                let own = format!("/v1/notes/{}", own["id"].as_str().expect("an id"));
                viewer.patch(&own, json!({"body": "typo"})).await.expect(200);
                viewer.delete(&own).await.expect(200);
            }
        }
    }
}

/// Ids of things behind the walls of the first brand, by the name of the path's parameter.
async fn foreign(hall: &Hall) -> Vec<(&'static str, String)> {
    let case = hall.case(&hall.agent, Standing::OtherBrand).await;
    let media = hall.file_in(&case).await;
    vec![
        ("{conversation_id}", case.conversation),
        ("{contact_id}", case.contact),
        ("{message_id}", case.message),
        ("{note_id}", case.note),
        ("{media_id}", media),
        ("{user_id}", hall.stranger.user_id.clone()),
        ("{team_id}", hall.teams[2].clone()),
        ("{channel_id}", hall.channels[1].clone()),
        ("{brand_id}", hall.brands[1].clone()),
        ("{hours_id}", hall.hours_of(1).await),
        ("{queue_id}", hall.teams[2].clone()),
        ("{rule_id}", hall.rule_of(1).await),
        ("{automation_rule_id}", hall.automation_rule_of(1).await),
        ("{sla_id}", hall.policy_of(1).await),
        ("{canned_reply_id}", hall.canned_reply_of(1).await),
        ("{macro_id}", hall.macro_of(1).await),
        ("{template_id}", hall.template_of(1).await),
        ("{campaign_id}", hall.campaign_of(1).await),
        ("{article_id}", hall.article_of(1).await),
        ("{segment_id}", hall.segment_of(1).await),
        ("{import_id}", hall.import_into(1).await),
    ]
}

/// The same id with other bits.
fn random(id: &str) -> String {
    let prefix = id.split('_').next().expect("a prefix");
    format!("{prefix}_01jd8w3q5tex9bqm1d0vhkk6ws")
}

#[tokio::test]
async fn what_lies_behind_a_wall_and_what_does_not_exist_answer_alike_on_every_route() {
    let hall = Hall::open().await;
    let foreign = foreign(&hall).await;
    let before = hall.root.get("/v1/log").await.expect(200)["head_pos"].clone();
    let mut tried = 0;
    for (role, viewer) in hall.viewers().into_iter().filter(|(role, _)| *role != "super_admin") {
        for endpoint in endpoints() {
            let named = |path: &str, make: &dyn Fn(&str) -> String| {
                foreign.iter().fold(path.to_owned(), |path, (name, id)| path.replace(name, &make(id)))
            };
            let hidden = named(endpoint.path(), &|id| id.to_owned());
            let absent = named(endpoint.path(), &random);
            if hidden == absent
                || hidden.contains('{')
                    && !hidden.contains("{tag}")
                    && !hidden.contains("{emoji}")
                    && !hidden.contains("{purpose}")
            {
                continue;
            }
            let fill = |path: String| {
                path.replace("{tag}", "vip").replace("{emoji}", "%F0%9F%91%8D").replace("{purpose}", "csat")
            };
            let case = Case {
                conversation: foreign[0].1.clone(),
                contact: foreign[1].1.clone(),
                message: foreign[2].1.clone(),
                note: foreign[3].1.clone(),
            };
            for probe in probes(&endpoint, &hall, &case, Standing::OtherBrand) {
                let ask = async |path: String| {
                    let mut request = viewer.request(method(&endpoint), &fill(path)).header("if-match", "\"v1\"");
                    request = request.header("idempotency-key", "the-same");
                    let body = probe.body.clone().or_else(|| body_for(&endpoint));
                    let answer = Served::send(match body {
                        Some(body) => request.json(&body),
                        None => request,
                    });
                    let mut answer = answer.await;
                    if let Value::Object(body) = &mut answer.body {
                        body.remove("instance");
                    }
                    (answer.status, answer.body)
                };
                let (one, other) = (ask(hidden.clone()).await, ask(absent.clone()).await);
                assert_eq!(one, other, "{role} {endpoint:?}");
                assert!(matches!(one.0, 403 | 404), "{role} {endpoint:?}: {one:?}");
                tried += 1;
            }
        }
    }
    assert!(tried > 100, "{tried}");
    let after = hall.root.get("/v1/log").await.expect(200)["head_pos"].clone();
    let made = hall.root.get(&format!("/v1/events?after={before}&limit=200")).await.expect(200);
    let kinds: BTreeSet<&str> =
        made["data"].as_array().expect("events").iter().filter_map(|event| event["type"].as_str()).collect();
    // Refused writes may be written down; nothing else may have happened.
    assert!(kinds.is_subset(&BTreeSet::from(["access.denied"])), "{before} {after}: {kinds:?}");
}

/// Bodies for routes whose objects are no conversations.
fn body_for(endpoint: &Endpoint) -> Option<Value> {
    Some(match endpoint.operation_id() {
        "update_team" | "update_channel" | "update_user" => json!({"name": "Renamed"}),
        "update_business_hours" | "update_campaign" | "update_segment" => json!({"name": "Renamed"}),
        "test_campaign" => json!({"contact_id": "con_00000000000000000000000001"}),
        "replace_csat_survey" => json!({"enabled": true}),
        "replace_sla_policy" => crate::sla::standard("Renamed"),
        "preview_sla_policy" => {
            json!({"policy": crate::sla::standard("Renamed"), "from": "2026-01-01T00:00:00Z", "to": "2026-01-02T00:00:00Z"})
        }
        "import_holidays" => json!({"ical": "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n"}),
        "set_user_availability" => json!({"state": "away"}),
        "update_queue" => json!({"capacity": 3}),
        "update_routing_rule" | "update_automation_rule" | "update_macro" => json!({"name": "Renamed"}),
        "update_canned_reply" => json!({"title": "Renamed"}),
        "update_template" => json!({"name": "renamed"}),
        "update_article" => json!({"priority": 3}),
        "set_article_publication" => json!({"status": "archived"}),
        "rate_article" => json!({"helpful": true}),
        "set_routing_profile" => json!({"max_open": 5}),
        "set_user_role" => json!({"role": "operator"}),
        "set_user_brands" => json!({"brand_ids": null}),
        "set_user_teams" => json!({"team_ids": []}),
        "set_user_password" => json!({"new_password": "nineteen copper kettles"}),
        "rotate_channel_secret" => json!({"app_secret": "another"}),
        _ => return None,
    })
}

/// What a role may not do at all, on any object, is refused by the route itself.
#[tokio::test]
async fn what_a_role_may_never_do_is_refused_on_every_route() {
    let hall = Hall::open().await;
    for (role, viewer) in hall.viewers() {
        let principal = hall.principal(viewer);
        for endpoint in endpoints() {
            if authorize(&principal, endpoint.action(), Standing::Workspace) != Decision::Forbid {
                continue;
            }
            let path = endpoint.path().split('/').map(|part| match part.strip_prefix('{') {
                Some(_) => "x_01jd8w3q5tex9bqm1d0vhkk6ws",
                None => part,
            });
            let path = path.collect::<Vec<_>>().join("/");
            let answer = Served::send(viewer.request(method(&endpoint), &path)).await;
            assert_eq!(answer.status, 403, "{role} {endpoint:?}");
        }
    }
}
