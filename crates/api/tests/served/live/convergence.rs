//! Two promises, tried on random worlds. What a client has put together from frames is, at every position where it comes to
//! rest, what a fresh reading gives; however often it lost its connection, the server restarted, or rights, teams and owners
//! changed. And no frame ever says anything about a conversation that its reader does not see.
//!
//! `FRONTDESK_WORLDS=n` tries more of them; the seed of a failure is printed and taken from `FRONTDESK_SEED`.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};

use super::listener::Listener;
use super::mirror::Mirror;
use crate::desk::{Client, NUMBER_ID, webhook_on};
use crate::hall::{Hall, SECOND_NUMBER_ID};

const WORLDS: u64 = 2;
const ROUNDS: usize = 16;
/// Things that happen at once in one round, at most.
const AT_ONCE: u64 = 4;

/// Random numbers from a seed (SplitMix64).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) % sides
    }
    fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.roll(from.len() as u64) as usize]
    }
}

/// Somebody who follows, or is away for the moment.
struct Viewer {
    client: Client,
    listener: Option<Listener>,
    away: Option<Mirror>,
    /// Frames looked at so far.
    checked: usize,
    /// What they saw at some moment since they were last looked at.
    saw: BTreeSet<String>,
}

struct World {
    hall: Hall,
    viewers: Vec<Viewer>,
    conversations: Vec<String>,
    messages: u64,
}

impl World {
    async fn new() -> Self {
        let hall = Hall::open().await;
        let clients =
            [&hall.root, &hall.admin, &hall.agent, &hall.mate, &hall.neighbour, &hall.operator, &hall.stranger];
        let viewers = clients.into_iter().map(|client| Viewer {
            client: client.clone(),
            listener: None,
            away: None,
            checked: 0,
            saw: BTreeSet::new(),
        });
        let viewers = viewers.collect();
        Self { hall, viewers, conversations: Vec::new(), messages: 0 }
    }

    /// One thing that happens, as the requests that make it happen.
    fn act(&mut self, dice: &mut Dice) -> Vec<(Client, Method, String, Option<Value>)> {
        let hall = &self.hall;
        let root = hall.root.clone();
        self.messages += 1;
        let n = self.messages;
        let put = |path: String, body: Value| vec![(root.clone(), Method::PUT, path, Some(body))];
        let post = |path: String, body: Value| vec![(root.clone(), Method::POST, path, Some(body))];
        if self.conversations.is_empty() || dice.roll(6) == 0 {
            return Vec::new();
        }
        let id = dice.pick(&self.conversations).clone();
        let at = |rest: &str| format!("/v1/conversations/{id}/{rest}");
        let people = [&hall.agent, &hall.mate, &hall.neighbour, &hall.operator, &hall.stranger];
        let person = (*dice.pick(&people)).clone();
        match dice.roll(19) {
            0..=3 => {
                let assignee = if dice.roll(2) == 0 { json!(person.user_id) } else { Value::Null };
                put(at("assignment"), json!({"team_id": dice.pick(&hall.teams), "assignee_id": assignee}))
            }
            4 => put(at("assignment"), json!({"team_id": null, "assignee_id": null})),
            5 | 6 => {
                let text = format!("note {n} of {id} for {}", person.user_id);
                post(at("notes"), json!({"body": text}))
            }
            7 => put(at("priority"), json!({"priority": dice.pick(&["low", "high", "urgent"])})),
            8 => vec![(root.clone(), Method::PUT, at(&format!("tags/tag{}", dice.roll(3))), None)],
            9 => put(at("status"), json!({"status": dice.pick(&["pending", "open", "resolved"])})),
            10 => vec![(person.clone(), Method::PUT, at("read"), Some(json!({})))],
            11 => vec![(root.clone(), Method::PUT, at(&format!("collaborators/{}", person.user_id)), Some(json!({})))],
            12 => vec![(root.clone(), Method::DELETE, at(&format!("collaborators/{}", person.user_id)), None)],
            13 => {
                let role = dice.pick(&["agent", "operator", "admin"]);
                put(format!("/v1/users/{}/role", person.user_id), json!({"role": role}))
            }
            14 => {
                let teams: Vec<_> = hall.teams.iter().filter(|_| dice.roll(2) == 0).collect();
                put(format!("/v1/users/{}/teams", person.user_id), json!({"team_ids": teams}))
            }
            15 => {
                let name = format!("{} {n}", person.user_id);
                vec![(
                    root.clone(),
                    Method::PATCH,
                    format!("/v1/users/{}", person.user_id),
                    Some(json!({"name": name})),
                )]
            }
            16 => {
                let brands = if dice.roll(2) == 0 { json!([dice.pick(&hall.brands)]) } else { Value::Null };
                put(format!("/v1/users/{}/brands", person.user_id), json!({"brand_ids": brands}))
            }
            17 => {
                let walls = dice.pick(&["open", "closed"]);
                let team = dice.pick(&hall.teams);
                vec![(root.clone(), Method::PATCH, format!("/v1/teams/{team}"), Some(json!({"walls": walls})))]
            }
            _ => {
                let text = format!("reply {n} of {id}");
                vec![(
                    root.clone(),
                    Method::POST,
                    at("messages"),
                    Some(json!({"type": "text", "text": {"body": text}})),
                )]
            }
        }
    }

    /// Does it. Whether it was allowed is not the question here.
    async fn perform(&self, (client, method, path, body): (Client, Method, String, Option<Value>)) {
        let mut request =
            client.request(method, &path).header("idempotency-key", format!("k{}", self.hall.served.desk.entropy()));
        if path.starts_with("/v1/teams/") {
            let team = self.hall.root.get(&path).await;
            request = request.header("if-match", team.header("etag").to_owned());
        }
        if let Some(body) = body {
            request = request.json(&body);
        }
        let answer = crate::desk::Served::send(request).await;
        assert!(answer.status < 500, "{path}: {}", answer.body);
    }

    /// Notes what everybody sees at this moment.
    fn look(&mut self) {
        let desk = &self.hall.served.desk;
        for viewer in &mut self.viewers {
            let user = viewer.client.user_id.parse().expect("an id");
            let seen = desk.view(|views| {
                let principal = views.roster.principal(user).expect("an open account");
                let rows = self.conversations.iter().filter_map(|id| views.inbox.get(id.parse().ok()?));
                let seen = rows.filter(|row| views.inbox.sees(principal, row));
                seen.map(|row| row.id().to_string()).collect::<Vec<_>>()
            });
            viewer.saw.extend(seen);
        }
    }

    /// A customer writes; each of eight has one conversation that comes back.
    async fn customer_writes(&mut self, dice: &mut Dice) {
        let customer = dice.roll(8);
        let number = if customer.is_multiple_of(3) { SECOND_NUMBER_ID } else { NUMBER_ID };
        let wa_id = format!("491510000000{customer}");
        let served = &self.hall.served;
        let (message_id, seconds) = (format!("wamid.{}", served.desk.entropy()), served.desk.now().as_millis() / 1_000);
        let body = webhook_on(number, &wa_id, &message_id, "a question", seconds);
        assert_eq!(served.deliver(&body).await.status, 200);
        let all = self.hall.root.get("/v1/conversations?limit=200").await.expect(200);
        let rows = all["data"].as_array().expect("rows");
        self.conversations = rows.iter().map(|row| row["id"].as_str().expect("an id").to_owned()).collect();
        self.conversations.sort();
    }

    /// Somebody's connection breaks, or they come back.
    async fn flicker(&mut self, dice: &mut Dice) {
        for viewer in &mut self.viewers {
            match (dice.roll(6), &viewer.listener) {
                (0, Some(_)) => {
                    viewer.away = viewer.listener.take().map(Listener::cut);
                    viewer.checked = 0;
                }
                (0..=2, None) => {
                    let open: Vec<_> = self.conversations.iter().filter(|_| dice.roll(4) == 0).collect();
                    let mirror = viewer.away.take().unwrap_or_default();
                    let hello = json!({"open": open, "snapshot": ["conversations:all", "counts", "notifications"]});
                    viewer.listener = Some(self.hall.served.resume(&viewer.client, mirror, hello).await);
                }
                _ => {}
            }
        }
    }

    /// Everybody who is there comes to rest, and has what a fresh reading gives.
    /// With `walls` nothing happened unseen by [`Self::look`], and no frame may say more than that.
    async fn settle(&mut self, walls: bool) {
        let head = self.hall.served.head();
        for viewer in &mut self.viewers {
            let Some(listener) = &mut viewer.listener else { continue };
            listener.reaches(head).await;
            let fresh = viewer.client.get("/v1/conversations?limit=200").await;
            assert_eq!(fresh.header("frontdesk-position"), head.to_string(), "nothing happens meanwhile");
            let fresh = fresh.expect(200);
            let rows = fresh["data"].as_array().expect("rows").iter();
            let rows: BTreeMap<_, _> =
                rows.map(|row| (row["id"].as_str().expect("an id").to_owned(), row.clone())).collect();
            assert_eq!(names_aside(&listener.mirror.conversations), names_aside(&rows), "{}", viewer.client.user_id);
            for (id, entry) in &listener.mirror.entries {
                let path =
                    if id.starts_with("msg_") { format!("/v1/messages/{id}") } else { format!("/v1/notes/{id}") };
                let fresh = viewer.client.get(&path).await;
                if id.starts_with("msg_") {
                    assert_eq!(fresh.expect(200), *entry);
                }
            }
            viewer.check(&rows.into_keys().collect(), walls);
        }
    }

    /// The server ends and begins again on the same data.
    async fn restart(self) -> Self {
        let Self { hall, mut viewers, conversations, messages } = self;
        for viewer in &mut viewers {
            if let Some(listener) = viewer.listener.take() {
                viewer.away = Some(listener.cut());
                viewer.checked = 0;
            }
        }
        let (hall, base) = hall.restart().await;
        viewers.iter_mut().for_each(|viewer| viewer.client.moves_to(&base));
        Self { hall, viewers, conversations, messages }
    }
}

/// Colleagues' names stand in rows as they were; clients know them from the colleagues themselves.
fn names_aside(rows: &BTreeMap<String, Value>) -> BTreeMap<String, Value> {
    let mut rows = rows.clone();
    rows.values_mut().for_each(|row| {
        if let Some(assignee) = row["assignee"].as_object_mut() {
            assignee.remove("name");
        }
    });
    rows
}

impl Viewer {
    /// No frame since the last look names a conversation that they do not see, did not see before, or were told to forget.
    fn check(&mut self, sees: &BTreeSet<String>, walls: bool) {
        let Some(listener) = &self.listener else { return };
        for text in &listener.frames[self.checked..] {
            let frame: Value = serde_json::from_str(text).expect("JSON");
            let mut left = BTreeSet::new();
            for item in frame["items"].as_array().into_iter().flatten() {
                if item["kind"] == "leave" {
                    left.insert(item["id"].as_str().expect("an id").to_owned());
                }
            }
            for id in named(text) {
                let known = !walls || sees.contains(&id) || self.saw.contains(&id) || left.contains(&id);
                assert!(known, "{id} is none of {}'s: {text}", self.client.user_id);
            }
        }
        self.checked = listener.frames.len();
        self.saw.clone_from(sees);
    }
}

/// Every conversation a text names.
fn named(text: &str) -> impl Iterator<Item = String> + '_ {
    text.match_indices("conv_").filter_map(|(at, _)| text.get(at..at + 31).map(str::to_owned))
}

#[tokio::test]
async fn what_a_client_put_together_is_what_a_fresh_reading_gives_and_nothing_leaves_a_wall() {
    let worlds = std::env::var("FRONTDESK_WORLDS").ok().and_then(|n| n.parse().ok()).unwrap_or(WORLDS);
    let seed = std::env::var("FRONTDESK_SEED").ok().and_then(|n| n.parse().ok());
    for n in 0..worlds {
        let seed = seed.unwrap_or_else(|| u64::from(std::process::id()) << 20 | n);
        eprintln!("seed {seed}");
        let mut dice = Dice(seed);
        let mut world = World::new().await;
        for round in 0..ROUNDS {
            world.flicker(&mut dice).await;
            if dice.roll(2) == 0 {
                world.customer_writes(&mut dice).await;
            }
            let acts: Vec<_> = (0..=dice.roll(AT_ONCE)).flat_map(|_| world.act(&mut dice)).collect();
            world.look();
            // In turn, so that it is known what everybody saw meanwhile; or all at once.
            let in_turn = dice.roll(3) > 0;
            if in_turn {
                for act in acts {
                    world.perform(act).await;
                    world.look();
                }
            } else {
                join_all(acts.into_iter().map(|act| world.perform(act))).await;
            }
            world.settle(in_turn).await;
            if round == ROUNDS / 2 {
                world = world.restart().await;
            }
        }
    }
}
