//! Non-interference: two worlds that differ only in what happens in a conversation somebody cannot see give that person
//! the same bytes on every reading route, apart from positions in the log and times. Clock and randomness are the test's
//! own, and what happens behind the wall draws on a source of its own, so that ids agree in both worlds.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};

use api::context::Settings;
use api::routes::endpoints;
use app::{Clock, Entropy};
use domain::access::Standing;
use domain::time::Timestamp;
use proptest::prelude::*;
use reqwest::Method;
use serde_json::{Value, json};

use crate::desk::{Client, NUMBER_ID, Served, webhook_on};
use crate::hall::{Hall, SECOND_NUMBER_ID, id};

/// Time that stands still unless it is moved.
struct Standstill(AtomicI64);

impl Clock for Standstill {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.load(Ordering::Relaxed))
    }
}

/// Counted "randomness" with a second count for what happens behind the wall.
#[derive(Default)]
struct Counted {
    shown: AtomicU64,
    hidden: AtomicU64,
    behind: AtomicBool,
}

impl Entropy for Counted {
    fn next(&self) -> u128 {
        let behind = self.behind.load(Ordering::Relaxed);
        let count = if behind { &self.hidden } else { &self.shown }.fetch_add(1, Ordering::Relaxed);
        let hash = blake3::hash(format!("{behind} {count}").as_bytes());
        u128::from_le_bytes(hash.as_bytes()[..16].try_into().expect("16 bytes"))
    }
}

#[derive(Debug, Clone)]
struct Act {
    what: u8,
    who: u8,
}

/// What happens to the visible conversations, and between those what happens behind the wall.
#[derive(Debug, Clone)]
enum Turn {
    Shown(Act),
    Hidden(Act),
}

fn turns() -> impl Strategy<Value = Vec<Turn>> {
    let act = || (0u8..13, 0u8..3).prop_map(|(what, who)| Act { what, who });
    let turn = prop_oneof![act().prop_map(Turn::Shown), act().prop_map(Turn::Hidden)];
    prop::collection::vec(turn, 6..24)
}

/// Which wall is looked at.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Wall {
    Team,
    Brand,
}

struct World {
    hall: Hall,
    clock: Arc<Standstill>,
    entropy: Arc<Counted>,
    shown: Vec<String>,
    hidden: Option<String>,
    wall: Wall,
}

impl World {
    async fn new(wall: Wall) -> Self {
        let clock = Arc::new(Standstill(AtomicI64::new(1_795_000_000_000)));
        let entropy = Arc::new(Counted::default());
        let served = Served::start_on(Settings::default(), clock.clone(), entropy.clone()).await;
        let hall = Hall::open_on(served).await;
        let mut world = Self { hall, clock, entropy, shown: Vec::new(), hidden: None, wall };
        for (n, standing) in [Standing::Own, Standing::Team, Standing::Collaborator].into_iter().enumerate() {
            // The agent's standing; the operator owns the first.
            let case = world.hall.case(&world.hall.agent, standing).await;
            if n == 0 {
                let path = format!("/v1/conversations/{}/assignment", case.conversation);
                let to = json!({"assignee_id": world.hall.operator.user_id});
                world.hall.root.put(&path, to).await.expect(200);
            }
            world.shown.push(case.conversation);
        }
        world
    }

    /// Runs both kinds of turns, or the visible ones only.
    async fn play(&mut self, turns: &[Turn], with_hidden: bool) {
        for (n, turn) in turns.iter().enumerate() {
            match turn {
                Turn::Shown(act) => {
                    self.clock.0.fetch_add(1_000, Ordering::Relaxed);
                    let conversation = self.shown[usize::from(act.who)].clone();
                    self.act(act, &conversation, NUMBER_ID, &format!("4915100000{}", act.who), n).await;
                }
                Turn::Hidden(act) if with_hidden => {
                    self.entropy.behind.store(true, Ordering::Relaxed);
                    self.behind(act, n).await;
                    self.entropy.behind.store(false, Ordering::Relaxed);
                }
                Turn::Hidden(_) => {}
            }
        }
    }

    async fn behind(&mut self, act: &Act, n: usize) {
        let number = if self.wall == Wall::Brand { SECOND_NUMBER_ID } else { NUMBER_ID };
        let conversation = match self.hidden.clone() {
            Some(known) => known,
            None => self.begin_hidden(number).await,
        };
        self.act(act, &conversation, number, "491529999999", n).await;
    }

    async fn begin_hidden(&mut self, number: &str) -> String {
        let root = &self.hall.root;
        let webhook = webhook_on(number, "491529999999", "wamid.hidden", "SECRET question", 1_795_000_000);
        assert_eq!(self.hall.served.deliver(&webhook).await.status, 200);
        let rows = root.get("/v1/conversations?sort=-created_at&limit=200").await.expect(200);
        let is_hidden = |row: &&Value| row["contact"]["name"] == "Customer 491529999999";
        let conversation = id(rows["data"].as_array().expect("rows").iter().find(is_hidden).expect("it"));
        let team = if self.wall == Wall::Brand { &self.hall.teams[2] } else { &self.hall.teams[1] };
        let path = format!("/v1/conversations/{conversation}/assignment");
        root.put(&path, json!({"assignee_id": null, "team_id": team})).await.expect(200);
        self.hidden = Some(conversation.clone());
        conversation
    }

    async fn act(&self, act: &Act, conversation: &str, number: &str, wa_id: &str, n: usize) {
        let root = &self.hall.root;
        let at = |rest: &str| format!("/v1/conversations/{conversation}{rest}");
        let answer = match act.what {
            0 | 1 => {
                let seconds = self.clock.now().as_millis() / 1_000;
                let text = webhook_on(number, wa_id, &format!("wamid.{n}.{wa_id}"), "SECRET or not", seconds);
                self.hall.served.deliver(&text).await
            }
            2 => root.say(conversation, &format!("k{n}"), json!({"type": "text", "text": {"body": "an answer"}})).await,
            3 => root.post(&at("/notes"), json!({"body": format!("note {n}")})).await,
            4 => root.put(&at(&format!("/tags/tag{}", act.who)), json!({})).await,
            5 => {
                root.put(&at("/status"), json!({"status": (["pending", "open", "resolved"])[usize::from(act.who)]}))
                    .await
            }
            6 => {
                root.put(&at("/priority"), json!({"priority": (["low", "high", "urgent"])[usize::from(act.who)]})).await
            }
            7 => root.put(&at("/read"), json!({})).await,
            // Somebody before the wall is named where they see it, somebody behind it elsewhere.
            9 | 10 => {
                let named = if self.is_shown(conversation) { &self.hall.agent } else { self.somebody_behind() };
                let notes = root.get(&at("/notes")).await.expect(200);
                let parent = notes["data"][0]["id"].as_str().filter(|_| act.what == 10);
                let body = json!({"body": format!("@[{}] note {n}", named.user_id), "parent_id": parent});
                let answer = root.post(&at("/notes"), body).await;
                // An invitation ends when the conversation is resolved.
                assert!(matches!(answer.status, 201 | 422), "{}", answer.body);
                answer
            }
            11 => {
                let notes = root.get(&at("/notes")).await.expect(200);
                let note = notes["data"][0]["id"].as_str().unwrap_or("note_01jd8w3q5tex9bqm1d0vhkk6ws");
                match act.who {
                    0 => root.put(&format!("/v1/notes/{note}/reactions/%F0%9F%91%8D"), json!({})).await,
                    1 => root.patch(&format!("/v1/notes/{note}"), json!({"body": "said otherwise"})).await,
                    _ => root.delete(&format!("/v1/notes/{note}")).await,
                }
            }
            // People say what they are on both sides of the wall.
            12 => {
                let who = if self.is_shown(conversation) { &self.hall.mate } else { self.somebody_behind() };
                let state = (["available", "busy", "away"])[usize::from(act.who)];
                who.put("/v1/me/availability", json!({"state": state, "note": format!("note {n}")})).await
            }
            _ => {
                let contact = id(&root.get(&at("")).await.expect(200)["contact"]);
                let path = format!("/v1/contacts/{contact}");
                let body = json!({"name": format!("Name {}", act.who)});
                Served::send(root.request(Method::PATCH, &path).json(&body)).await
            }
        };
        assert!(answer.status < 500, "{}", answer.body);
    }

    fn is_shown(&self, conversation: &str) -> bool {
        self.shown.iter().any(|known| known == conversation)
    }

    fn somebody_behind(&self) -> &Client {
        if self.wall == Wall::Brand { &self.hall.stranger } else { &self.hall.neighbour }
    }

    /// Everything the viewer can read, without positions and times.
    async fn reads(&self, viewer: &Client, hidden: &str) -> BTreeMap<String, String> {
        let mut read = BTreeMap::new();
        for path in self.paths(hidden).await {
            let answer = viewer.get(&path).await;
            let mut body = answer.body;
            strip(&mut body);
            let headers = ["content-type", "location", "link", "retry-after"].map(|name| {
                answer.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
            });
            read.insert(path.replace(hidden, "HIDDEN"), format!("{} {headers:?} {body}", answer.status));
        }
        self.hall.served.desk.catch_up_search().expect("the index follows");
        for text in ["SECRET", "secr", "answer", "\"note 1\"", "otherwise", "customer", "1529999999", "name 2"] {
            for sort in ["relevance", "-written_at"] {
                let asked = json!({"text": text, "sort": sort, "limit": 2});
                let mut answer = viewer.post("/v1/conversation-search", asked).await;
                strip(&mut answer.body);
                read.insert(format!("search {text} {sort}"), format!("{} {}", answer.status, answer.body));
            }
            let path = format!("/v1/search?limit=3&q={}", text.replace(' ', "%20").replace('"', "%22"));
            let mut answer = viewer.get(&path).await;
            strip(&mut answer.body);
            read.insert(path, format!("{} {}", answer.status, answer.body));
        }
        read
    }

    /// Every reading route, with each thing that lies in the open and one behind the wall.
    async fn paths(&self, hidden: &str) -> Vec<String> {
        let root = &self.hall.root;
        let mut things: Vec<(&str, String)> = vec![("conversation_id", hidden.to_owned())];
        for conversation in &self.shown {
            things.push(("conversation_id", conversation.clone()));
            let row = root.get(&format!("/v1/conversations/{conversation}")).await.expect(200);
            things.push(("contact_id", id(&row["contact"])));
            let messages = root.get(&format!("/v1/conversations/{conversation}/messages")).await.expect(200);
            things.extend(messages["data"].as_array().expect("rows").iter().map(|message| ("message_id", id(message))));
            let notes = root.get(&format!("/v1/conversations/{conversation}/notes")).await.expect(200);
            things.extend(notes["data"].as_array().expect("rows").iter().map(|note| ("note_id", id(note))));
        }
        for client in [&self.hall.agent, &self.hall.neighbour, &self.hall.stranger] {
            things.push(("user_id", client.user_id.clone()));
        }
        things.extend(self.hall.teams.iter().map(|team| ("team_id", team.clone())));
        things.extend(self.hall.channels.iter().map(|channel| ("channel_id", channel.clone())));
        let mut paths = Vec::new();
        for endpoint in endpoints().iter().filter(|endpoint| endpoint.method().as_str() == "GET") {
            // The server's own state, which is nobody's conversation; the chain's hash covers every byte of the log.
            if SERVERS_OWN.contains(&endpoint.operation_id()) {
                continue;
            }
            // Goes on for ever; what it says is tried in `live::convergence`.
            if endpoint.operation_id() == "open_live_sse" {
                continue;
            }
            if !endpoint.path().contains('{') {
                paths.push(endpoint.path().to_owned());
            }
            for (name, thing) in &things {
                let place = format!("{{{name}}}");
                if endpoint.path().contains(&place) {
                    let path = endpoint.path().replace(&place, thing);
                    if !path.contains('{') {
                        paths.push(path);
                    }
                }
            }
        }
        for query in [
            "view=mine",
            "view=unassigned",
            "view=mentions",
            "sort=waiting_since",
            "sort=-priority",
            "sort=created_at",
            "limit=1",
            "tag=tag1",
            "status=open",
            "status=resolved",
            "priority=high",
            "assignee_id=none",
            "assignee_id=me",
        ] {
            paths.push(format!("/v1/conversations?{query}"));
        }
        for conversation in self.shown.iter().map(String::as_str).chain([hidden]) {
            paths.push(format!("/v1/mention-candidates?conversation_id={conversation}"));
        }
        for query in
            ["notifications?unread=true", "notifications?kind=mention,assigned&limit=1", "mentions?unread=true"]
        {
            paths.push(format!("/v1/{query}"));
        }
        for (name, value) in [
            ("team_id", &self.hall.teams[1]),
            ("team_id", &self.hall.teams[2]),
            ("channel_id", &self.hall.channels[1]),
            ("brand_id", &self.hall.brands[1]),
            ("assignee_id", &self.hall.neighbour.user_id),
        ] {
            paths.push(format!("/v1/conversations?{name}={value}"));
        }
        paths
    }
}

const SERVERS_OWN: [&str; 8] = [
    "get_metrics",
    "get_health",
    "get_readiness",
    "get_log",
    "get_openapi",
    "get_asyncapi",
    "get_meta",
    "stream_events",
];

/// Positions and times go, and with them what only says where a page ended or when a request came. A conversation's short
/// number is a position too: it counts up in the order in which the workspace's conversations were opened.
fn strip(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            for (name, field) in fields.iter_mut() {
                let moving = name.ends_with("_at")
                    || name.ends_with("pos")
                    || name == "prev"
                    || name == "as_of"
                    || name == "indexed_to"
                    || name == "next_after"
                    || name == "number"
                    || name == "conversation_number";
                match name.as_str() {
                    "instance" | "log_id" => *field = Value::Null,
                    "next_cursor" => *field = json!(field.is_string()),
                    _ if moving => *field = json!(!field.is_null()),
                    _ => strip(field),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(strip),
        _ => {}
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 4, max_shrink_iters: 12, failure_persistence: None, ..ProptestConfig::default()
    })]

    #[test]
    fn what_happens_behind_a_wall_changes_not_a_byte_before_it(
        turns in turns(),
        wall in prop_oneof![Just(Wall::Team), Just(Wall::Brand)],
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let (with, without) = runtime.block_on(async {
            let (mut with, mut without) = (World::new(wall).await, World::new(wall).await);
            with.play(&turns, true).await;
            without.play(&turns, false).await;
            let absent = "conv_01jd8w3q5tex9bqm1d0vhkk6ws".to_owned();
            let hidden = with.hidden.clone().unwrap_or_else(|| absent.clone());
            let mut read = (BTreeMap::new(), BTreeMap::new());
            let viewers = |world: &World| {
                let hall = &world.hall;
                let mut viewers = vec![("agent", hall.agent.clone()), ("operator", hall.operator.clone())];
                if wall == Wall::Brand {
                    viewers.push(("admin", hall.admin.clone()));
                }
                viewers
            };
            for (name, viewer) in viewers(&with) {
                read.0.insert(name, with.reads(&viewer, &hidden).await);
            }
            for (name, viewer) in viewers(&without) {
                read.1.insert(name, without.reads(&viewer, &absent).await);
            }
            read
        });
        for (viewer, seen) in &with {
            prop_assert!(seen.len() > 40);
            for (path, answer) in seen {
                let other = without[viewer].get(path);
                prop_assert_eq!(Some(answer), other, "{} {}", viewer, path);
                prop_assert!(!answer.contains("491529999999"), "{} {}: {}", viewer, path, answer);
            }
            prop_assert_eq!(seen.len(), without[viewer].len());
        }
    }
}
