//! Where a playbook is acted out: the whole product in this process, on a clock that only the play moves, with a simulated
//! WhatsApp on the same clock. Customers are at their phones, agents at public HTTP and at their live streams.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use api::auth::keys::ServerSecret;
use api::auth::password::Cost;
use api::context::Settings;
use api::server::{Limits, Listening, ServeConfig, serve};
use app::cloud_api::CloudApi;
use app::{Clock, Desk, DeskConfig, OsEntropy, WorkerConfig, Workers};
use domain::time::{Millis, Timestamp};
use event_log::{LogConfig, MasterKey};
use reqwest::{Method, StatusCode};
use secrecy::SecretString;
use serde_json::{Value, json};
use testkit::whatsapp::{Number, SimClock, SimConfig, Simulator};

use super::agent::Agent;
use super::phone::Phone;
use crate::support::{EMAIL, PASSWORD};

pub(super) const NUMBER: &str = "700100200300400";
const WABA: &str = "700100200";
const APP: &str = "app-1";
/// A Monday, 09:00 in UTC.
const NINE: Timestamp = Timestamp::from_seconds(1_795_424_400);
/// Signing in is not what is tested here.
const COST: Cost = Cost { memory_kib: 64, passes: 1 };

/// A clock that goes only when it is moved.
struct HandClock(AtomicI64);

impl Clock for HandClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.load(Ordering::SeqCst))
    }
}

/// The id of what an answer shows.
pub(super) fn id_of(value: &Value) -> String {
    value["id"].as_str().unwrap_or_else(|| panic!("no id in {value}")).to_owned()
}

/// See the module.
pub(super) struct Stage {
    pub(super) desk: Desk,
    pub(super) whatsapp: Simulator,
    /// A Super Admin, who sets things up.
    pub(super) admin: Agent,
    pub(super) channel_id: String,
    pub(super) brand_id: String,
    base: String,
    clock: Arc<HandClock>,
    workers: Option<Workers>,
    handle: Option<api::server::Handle>,
    _dir: tempfile::TempDir,
}

impl Stage {
    /// An empty desk with one number, nine o'clock on a Monday.
    pub(super) async fn set() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let clock = Arc::new(HandClock(AtomicI64::new(NINE.as_millis())));
        let config = DeskConfig {
            log: LogConfig::small(
                dir.path().join("log"),
                dir.path().join("checkpoints"),
                MasterKey::from_bytes([7; 32]),
            ),
            media_dir: dir.path().join("media"),
            search_dir: dir.path().join("search"),
            snapshot_dir: dir.path().join("snapshots"),
            clock: clock.clone(),
            entropy: Arc::new(OsEntropy),
        };
        let (desk, _) = Desk::open(config).unwrap();
        let made = api::routes::create_first_account(&desk, COST, EMAIL, SecretString::from(PASSWORD)).await;
        made.unwrap().unwrap();
        let whatsapp = simulator();
        let workers = Workers::start(&desk, WorkerConfig { provider: Arc::new(CloudApi::new().unwrap()) });
        let config = ServeConfig {
            address: ([127, 0, 0, 1], 0).into(),
            limits: Limits { workers: 1, ..Limits::default() },
            settings: Settings { password_cost: COST, ..Settings::default() },
            secret: ServerSecret::new(vec![9; 32]).unwrap(),
        };
        let Listening { address, handle, server } = serve(desk.clone(), config).unwrap();
        tokio::spawn(server);
        let base = format!("http://{address}");
        let admin = Agent::at(&base, EMAIL, PASSWORD).await;
        let channel = admin.post("/v1/channels", channel(&whatsapp)).await.expect(StatusCode::CREATED);
        whatsapp.subscribe(APP, &format!("{base}/v1/inbound/whatsapp"), "verify-me").await.unwrap();
        let text = |key: &str| channel[key].as_str().unwrap().to_owned();
        Self {
            channel_id: text("id"),
            brand_id: text("brand_id"),
            desk,
            whatsapp,
            admin,
            base,
            clock,
            workers: Some(workers),
            handle: Some(handle),
            _dir: dir,
        }
    }

    /// Time passes, for us and for the provider, and what falls due is done.
    pub(super) fn pass(&self, time: Duration) {
        self.clock.0.fetch_add(time.as_millis() as i64, Ordering::SeqCst);
        self.whatsapp.advance(time);
        if let Some(workers) = &self.workers {
            workers.wake();
        }
    }

    pub(super) fn minutes(&self, minutes: u64) {
        self.pass(Duration::from_secs(60 * minutes));
    }

    /// How long ago the play began.
    pub(super) fn elapsed(&self) -> Millis {
        self.clock.now() - NINE
    }

    /// A team of this name behind walls, and its queue's id.
    pub(super) async fn team(&self, name: &str) -> String {
        let body = json!({"name": name, "brand_id": self.brand_id});
        let team = self.admin.post("/v1/teams", body).await.expect(StatusCode::CREATED);
        team["id"].as_str().unwrap().to_owned()
    }

    /// Somebody at their desk, a member of a team, with their screen on.
    pub(super) async fn agent(&self, name: &str, role: &str, team: Option<&str>) -> Agent {
        let email = format!("{}@example.com", name.to_lowercase());
        let password = format!("{name} has a long password");
        let body = json!({"email": email, "name": name, "role": role, "password": password});
        let user = self.admin.post("/v1/users", body).await.expect(StatusCode::CREATED);
        if let Some(team) = team {
            let path = format!("/v1/teams/{team}/members/{}", user["id"].as_str().unwrap());
            let answer = self.admin.put(&path, json!({})).await;
            assert!(answer.status.is_success(), "{}", answer.body);
        }
        let agent = Agent::at(&self.base, &email, &password).await;
        agent.put("/v1/me/availability", json!({"state": "available"})).await.expect(StatusCode::OK);
        agent
    }

    /// A customer with the shop's number in their phone.
    pub(super) fn customer(&self, phone: &str, name: &str) -> Phone<'_> {
        Phone::new(self, phone, name)
    }

    /// The conversation with somebody of this name, as the admin sees it.
    pub(super) async fn conversation_with(&self, name: &str) -> Value {
        crate::support::eventually(&format!("a conversation with {name}"), || async {
            let page = self.admin.get("/v1/conversations?view=all").await.expect(StatusCode::OK);
            page["data"].as_array().unwrap().iter().find(|row| row["contact"]["name"] == name).cloned()
        })
        .await
    }

    /// Sets a playbook up; the ids of its parts by their names.
    pub(super) async fn installs(&self, preset: &str) -> BTreeMap<String, String> {
        let path = format!("/v1/presets/{preset}/installations");
        let installed = self.admin.post(&path, json!({})).await.expect(StatusCode::OK);
        let parts = installed["parts"].as_array().unwrap().iter();
        parts.map(|part| (part["name"].as_str().unwrap().to_owned(), id_of(part))).collect()
    }

    /// The provider has looked at the templates and told us.
    pub(super) async fn templates_are_approved(&self) {
        self.ticks_until("approved templates", Duration::from_secs(1), || async {
            let page = self.admin.get("/v1/templates").await.expect(StatusCode::OK);
            let all = page["data"].as_array().unwrap();
            (!all.is_empty() && all.iter().all(|template| template["status"] == "APPROVED")).then_some(())
        })
        .await;
    }

    /// New conversations of the number begin in a team's queue.
    pub(super) async fn begins_in(&self, team: &str) {
        let path = format!("/v1/channels/{}", self.channel_id);
        let channel = self.admin.get(&path).await.expect(StatusCode::OK);
        let body = json!({"default_team_id": team});
        self.admin.change(Method::PATCH, &path, &channel, body).await.expect(StatusCode::OK);
    }

    /// A first answer is promised within so many minutes, and said to be at risk at four fifths of them.
    pub(super) async fn promises_an_answer_in(&self, minutes: u64) {
        let target = json!({"metric": "first_response", "target_seconds": minutes * 60, "at_risk_percent": 80});
        let body = json!({"name": "First answer", "targets": [target]});
        self.admin.post("/v1/sla-policies", body).await.expect(StatusCode::CREATED);
    }

    /// A draft is approved and published.
    pub(super) async fn publishes(&self, article: &str) {
        let path = format!("/v1/kb/articles/{article}");
        let known = self.admin.get(&path).await.expect(StatusCode::OK);
        let body = json!({"status": "published"});
        self.admin.change(Method::PUT, &format!("{path}/publication"), &known, body).await.expect(StatusCode::OK);
    }

    /// Waits until the conversation with somebody is for people to answer.
    pub(super) async fn handed_over(&self, name: &str) {
        crate::support::eventually(&format!("{name} to get a person"), || async {
            let row = self.conversation_with(name).await;
            (row["bot"]["active"] == false && !row["bot"]["handoff_at"].is_null()).then_some(())
        })
        .await;
    }

    /// Waits until something is so.
    pub(super) async fn until(&self, what: &str, is_so: impl Fn() -> bool) {
        crate::support::eventually(what, || async { is_so().then_some(()) }).await;
    }

    /// The same, and lets time pass between one look and the next.
    pub(super) async fn ticks_until<T, F: Future<Output = Option<T>>>(
        &self,
        what: &str,
        tick: Duration,
        look: impl Fn() -> F,
    ) -> T {
        crate::support::eventually(what, || async {
            let found = look().await;
            if found.is_none() {
                self.pass(tick);
            }
            found
        })
        .await
    }

    /// Waits until there are so many events of a type.
    pub(super) async fn until_events(&self, kind: &str, count: usize) -> Vec<Value> {
        crate::support::eventually(&format!("{count} times {kind}"), || async {
            Some(self.events(kind).await).filter(|events| events.len() >= count)
        })
        .await
    }

    /// Events of a type in the log, in order.
    pub(super) async fn events(&self, kind: &str) -> Vec<Value> {
        let page = self.admin.get(&format!("/v1/events?types={kind}&limit=1000")).await.expect(StatusCode::OK);
        page["data"].as_array().unwrap().clone()
    }

    /// The play is over: everything stops.
    pub(super) async fn clear(mut self) {
        self.desk.drain();
        if let (Some(handle), Some(workers)) = (self.handle.take(), self.workers.take()) {
            tokio::join!(handle.stop(false), workers.stop());
        }
        let desk = self.desk.clone();
        tokio::task::spawn_blocking(move || desk.close()).await.unwrap();
    }
}

fn simulator() -> Simulator {
    let clock = SimClock::manual(NINE.as_millis());
    let whatsapp = Simulator::start(SimConfig { clock, ..SimConfig::default() }).unwrap();
    whatsapp.app(APP, "shop-app-secret", "token-1");
    whatsapp.number(Number {
        phone_number_id: NUMBER.to_owned(),
        waba_id: WABA.to_owned(),
        app_id: APP.to_owned(),
        display: "12025550188".to_owned(),
        verified_name: "Shop".to_owned(),
        throughput_mps: 80,
    });
    whatsapp
}

fn channel(whatsapp: &Simulator) -> Value {
    json!({
        "type": "whatsapp", "name": "Shop", "phone_e164": "+12025550188",
        "graph_base_url": whatsapp.graph_base_url(),
        "credentials": {
            "phone_number_id": NUMBER, "waba_id": WABA, "access_token": "token-1",
            "app_secret": "shop-app-secret", "verify_token": "verify-me"
        }
    })
}
