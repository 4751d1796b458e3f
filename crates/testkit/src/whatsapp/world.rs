//! What the simulated provider knows: apps, numbers, customers, windows, media, templates, and what it has yet to deliver.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use parking_lot::Mutex;
use serde_json::{Value, json};
use tokio::sync::Notify;

use super::SimConfig;
use super::customer::Profile;
use super::ledger::Ledger;
use super::rates::Bucket;
use super::review::Review;
use super::webhooks::{Faults, Update};

/// The provider's clock.
#[derive(Debug, Clone)]
pub struct SimClock(Option<Arc<AtomicI64>>);

impl SimClock {
    /// The machine's.
    pub fn real() -> Self {
        Self(None)
    }
    /// One that moves only by [`SimClock::advance`]; milliseconds since the epoch.
    pub fn manual(start_ms: i64) -> Self {
        Self(Some(Arc::new(AtomicI64::new(start_ms))))
    }
    /// Milliseconds since the epoch.
    pub fn now_ms(&self) -> i64 {
        match &self.0 {
            Some(manual) => manual.load(Ordering::SeqCst),
            None => std::time::UNIX_EPOCH.elapsed().map_or(0, |elapsed| elapsed.as_millis() as i64),
        }
    }
    /// Moves a manual clock; a real one moves by itself.
    pub fn advance(&self, by: Duration) {
        if let Some(manual) = &self.0 {
            manual.fetch_add(by.as_millis() as i64, Ordering::SeqCst);
        }
    }
}

/// A business's number.
#[derive(Debug, Clone)]
pub struct Number {
    pub phone_number_id: String,
    pub waba_id: String,
    pub app_id: String,
    /// Digits.
    pub display: String,
    pub verified_name: String,
    /// Messages per second.
    pub throughput_mps: u32,
}

/// What is kept of an app.
#[derive(Debug, Clone)]
pub(super) struct App {
    pub(super) secret: String,
    pub(super) token: String,
    pub(super) token_state: TokenState,
    pub(super) callback: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TokenState {
    Valid,
    Expired,
}

/// A template as the list shows it.
#[derive(Debug, Clone)]
pub(super) struct Template {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) language: String,
    pub(super) category: String,
    pub(super) status: String,
    pub(super) components: Value,
    pub(super) rejected_reason: String,
    /// What becomes of it, while it is looked at.
    pub(super) review: Option<Review>,
    /// When it was last edited while it was approved.
    pub(super) edited_ms: Option<i64>,
}

/// An uploaded or received file.
#[derive(Debug, Clone)]
pub(super) struct Media {
    pub(super) bytes: Arc<Vec<u8>>,
    pub(super) mime: String,
    pub(super) phone_number_id: String,
    pub(super) expires_ms: i64,
}

/// Something due later.
#[derive(Debug, Clone)]
pub(super) struct Later {
    pub(super) at_ms: i64,
    pub(super) callback_app: String,
    pub(super) update: Update,
}

#[derive(Default)]
pub(super) struct State {
    pub(super) apps: BTreeMap<String, App>,
    pub(super) numbers: BTreeMap<String, Number>,
    /// Customers by every id they are sent to: digits and business-scoped id.
    pub(super) customers: HashMap<String, Profile>,
    pub(super) templates: BTreeMap<String, Vec<Template>>,
    /// Names of removed templates, by account, and until when they stay taken.
    pub(super) blocked_names: HashMap<(String, String), i64>,
    pub(super) media: HashMap<String, Media>,
    /// Signed download addresses: token to media id and expiry.
    pub(super) links: HashMap<String, (String, i64)>,
    /// End of the service window by number and customer.
    pub(super) windows: HashMap<(String, String), i64>,
    pub(super) number_budget: HashMap<String, Bucket>,
    pub(super) pair_budget: HashMap<(String, String), Bucket>,
    pub(super) fail_next: HashMap<String, VecDeque<i64>>,
    /// Accepted, then failed with this code.
    pub(super) fail_later: HashMap<String, VecDeque<i64>>,
    pub(super) later: Vec<Later>,
}

pub(super) struct World {
    pub(super) clock: SimClock,
    pub(super) ledger: Ledger,
    pub(super) faults: Mutex<Faults>,
    pub(super) state: Mutex<State>,
    /// Something is due, or the clock moved.
    pub(super) wake: Notify,
    pub(super) webhook_timeout: Duration,
    seed: AtomicU64,
    next_id: AtomicU64,
}

impl World {
    pub(super) fn new(config: &SimConfig) -> Self {
        Self {
            clock: config.clock.clone(),
            ledger: Ledger::default(),
            faults: Mutex::default(),
            state: Mutex::default(),
            wake: Notify::new(),
            webhook_timeout: Duration::from_secs(config.webhook_timeout_s),
            seed: AtomicU64::new(config.seed),
            next_id: AtomicU64::new(1),
        }
    }

    pub(super) fn now_ms(&self) -> i64 {
        self.clock.now_ms()
    }

    /// A number in `0..bound`, from the seed (splitmix64).
    pub(super) fn chance(&self, bound: u64) -> u64 {
        let mut z = self.seed.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::SeqCst).wrapping_add(0x9e37_79b9_7f4a_7c15);
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % bound.max(1)
    }

    /// A number nobody had before.
    pub(super) fn fresh(&self) -> u64 {
        self.next_id.fetch_add(1, Ordering::SeqCst)
    }

    /// A message id in the provider's form. Unique across runs, as the real ones are.
    pub(super) fn wamid(&self) -> String {
        use base64::Engine;
        let raw = format!("{:016x}{:08x}{:08x}", self.now_ms(), self.fresh(), self.chance(1 << 32));
        format!("wamid.{}", base64::engine::general_purpose::STANDARD.encode(raw))
    }

    pub(super) fn add_app(&self, id: &str, secret: &str, token: &str) {
        let app =
            App { secret: secret.to_owned(), token: token.to_owned(), token_state: TokenState::Valid, callback: None };
        self.state.lock().apps.insert(id.to_owned(), app);
    }

    pub(super) fn set_callback(&self, app: &str, callback: &str) {
        if let Some(app) = self.state.lock().apps.get_mut(app) {
            app.callback = Some(callback.to_owned());
        }
    }

    pub(super) fn set_token_state(&self, app: &str, state: TokenState) {
        if let Some(app) = self.state.lock().apps.get_mut(app) {
            app.token_state = state;
        }
    }

    pub(super) fn add_number(&self, number: Number) {
        let mut state = self.state.lock();
        let budget = Bucket::number(number.throughput_mps, self.now_ms());
        state.number_budget.insert(number.phone_number_id.clone(), budget);
        state.numbers.insert(number.phone_number_id.clone(), number);
    }

    pub(super) fn add_template(&self, waba: &str, name: &str, language: &str, category: &str, components: Value) {
        let template = Template {
            id: (8_000_000_000 + self.fresh()).to_string(),
            name: name.to_owned(),
            language: language.to_owned(),
            category: category.to_owned(),
            status: "APPROVED".to_owned(),
            components,
            rejected_reason: "NONE".to_owned(),
            review: None,
            edited_ms: None,
        };
        self.state.lock().templates.entry(waba.to_owned()).or_default().push(template);
    }

    pub(super) fn fail_next(&self, recipient: &str, code: i64) {
        self.state.lock().fail_next.entry(recipient.to_owned()).or_default().push_back(code);
    }

    /// The failure scripted for the next accepted message to one of these.
    pub(super) fn fail_later(&self, keys: &[&str]) -> Option<i64> {
        let mut state = self.state.lock();
        keys.iter().find_map(|key| state.fail_later.get_mut(*key).and_then(VecDeque::pop_front))
    }

    /// Puts an update on its way to the app of a number, after a delay.
    pub(super) fn queue(&self, phone_number_id: &str, update: Update, after: Duration) {
        let mut state = self.state.lock();
        let Some(app) = state.numbers.get(phone_number_id).map(|number| number.app_id.clone()) else { return };
        let at_ms = self.now_ms() + after.as_millis() as i64;
        state.later.push(Later { at_ms, callback_app: app, update });
        drop(state);
        self.wake.notify_waiters();
    }

    /// Puts any change of an account on its way.
    pub(super) fn queue_change(&self, waba: &str, field: &str, value: Value) {
        self.queue_change_after(waba, field, value, Duration::ZERO);
    }

    /// The same, after a delay.
    pub(super) fn queue_change_after(&self, waba: &str, field: &str, value: Value, after: Duration) {
        let mut state = self.state.lock();
        let Some(app) = state.numbers.values().find(|number| number.waba_id == waba).map(|it| it.app_id.clone()) else {
            return;
        };
        let update = Update::Change { waba_id: waba.to_owned(), field: field.to_owned(), value };
        let at_ms = self.now_ms() + after.as_millis() as i64;
        state.later.push(Later { at_ms, callback_app: app, update });
        drop(state);
        self.wake.notify_waiters();
    }

    /// What a webhook says about the number it is for.
    pub(super) fn metadata(&self, phone_number_id: &str) -> Option<(String, Value)> {
        let state = self.state.lock();
        let number = state.numbers.get(phone_number_id)?;
        let metadata = json!({
            "display_phone_number": number.display,
            "phone_number_id": number.phone_number_id,
        });
        Some((number.waba_id.clone(), metadata))
    }

    /// The customer wrote or called: the window runs anew.
    pub(super) fn open_window(&self, phone_number_id: &str, customer: &str) {
        let until = self.now_ms() + 24 * 3_600_000;
        self.state.lock().windows.insert((phone_number_id.to_owned(), customer.to_owned()), until);
    }
}
