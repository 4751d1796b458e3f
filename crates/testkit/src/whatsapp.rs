//! A simulated WhatsApp Cloud API: the Graph paths a connector calls, signed webhooks with retries, customers with habits.
//! Used by the end-to-end tests, by `frontdesk demo`, and on its own by `frontdesk simulate whatsapp`.
//!
//! It keeps its own book of windows, rates and media, so that it disagrees with a connector that gets them wrong. It
//! never looks into the product. Time comes from a [`SimClock`]; chance from a seed.
//!
//! Absent on purpose: payments, flows' endpoints, calls' media. What comes in on a path nobody knows gets the
//! Graph's own kind of error.

use std::net::SocketAddr;
use std::sync::Arc;

mod admin;
mod content;
pub mod customer;
mod error;
mod graph;
mod ledger;
mod magic;
pub mod media;
pub mod personas;
mod rates;
mod review;
mod send;
mod server;
mod template_fit;
mod templates;
mod webhooks;
mod wire;
mod world;

pub use customer::{Behaviour, Customer, Profile};
pub use error::GraphError;
pub use ledger::{ApiCall, Attempt, Delivered, Ledger};
pub use webhooks::{Faults, SignWith};
pub use world::{Number, SimClock};

use world::World;

/// How a simulator starts.
#[derive(Debug, Clone)]
pub struct SimConfig {
    /// Port 0 takes a free one.
    pub bind: SocketAddr,
    pub seed: u64,
    pub clock: SimClock,
    /// Seconds a webhook receiver has before its answer counts as none.
    pub webhook_timeout_s: u64,
}

impl Default for SimConfig {
    fn default() -> Self {
        Self { bind: SocketAddr::from(([127, 0, 0, 1], 0)), seed: 1, clock: SimClock::real(), webhook_timeout_s: 10 }
    }
}

/// A running simulator. Stops when the last handle is dropped, or on [`Simulator::stop`].
#[derive(Clone)]
pub struct Simulator {
    world: Arc<World>,
    running: Arc<server::Running>,
}

impl Simulator {
    /// Starts on threads of its own, so that any caller can use it, with a runtime or without.
    pub fn start(config: SimConfig) -> std::io::Result<Self> {
        let world = Arc::new(World::new(&config));
        let running = Arc::new(server::start(config.bind, world.clone())?);
        Ok(Self { world, running })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.running.address()
    }

    /// What a channel's `graph_base_url` must be.
    pub fn graph_base_url(&self) -> String {
        format!("http://{}", self.address())
    }

    /// Makes an app; its secret signs the webhooks of the numbers that belong to it.
    pub fn app(&self, app_id: &str, app_secret: &str, access_token: &str) {
        self.world.add_app(app_id, app_secret, access_token);
    }

    /// Where an app's webhooks go. Does the handshake first, as the real one does.
    pub async fn subscribe(&self, app_id: &str, callback: &str, verify_token: &str) -> Result<(), String> {
        webhooks::handshake(callback, verify_token).await?;
        self.world.set_callback(app_id, callback);
        Ok(())
    }

    /// Adds a number.
    pub fn number(&self, number: Number) {
        self.world.add_number(number);
    }

    /// Adds an approved template. `components` has the shape of the template list.
    pub fn template(&self, waba_id: &str, name: &str, language: &str, category: &str, components: serde_json::Value) {
        self.world.add_template(waba_id, name, language, category, components);
    }

    /// A customer who writes to a number.
    pub fn customer(&self, profile: Profile, phone_number_id: &str) -> Customer {
        Customer::new(self.world.clone(), profile, phone_number_id)
    }

    /// Everything that was called and delivered.
    pub fn ledger(&self) -> &Ledger {
        &self.world.ledger
    }

    /// The next send to this customer is refused with this code.
    pub fn fail_next(&self, recipient: &str, code: i64) {
        self.world.fail_next(recipient, code);
    }

    /// The next message to this customer is accepted and then reported as failed with this code.
    pub fn fail_later(&self, recipient: &str, code: i64) {
        self.world.state.lock().fail_later.entry(recipient.to_owned()).or_default().push_back(code);
    }

    /// Changes the faults of webhook delivery and of answers.
    pub fn faults(&self, change: impl FnOnce(&mut Faults)) {
        change(&mut self.world.faults.lock());
    }

    /// Posts bytes of the caller's own to an app's callback.
    pub async fn inject_raw(&self, app_id: &str, body: Vec<u8>, sign: SignWith) -> Result<u16, String> {
        webhooks::inject(&self.world, app_id, body, sign).await
    }

    /// Sends any change of the caller's own as a proper signed webhook of a number.
    pub fn inject_change(&self, waba_id: &str, field: &str, value: serde_json::Value) {
        self.world.queue_change(waba_id, field, value);
    }

    /// Moves a manual clock.
    pub fn advance(&self, by: std::time::Duration) {
        self.world.clock.advance(by);
        self.world.wake.notify_waiters();
    }

    /// Ends it.
    pub fn stop(&self) {
        self.running.stop();
    }
}
