//! What the server counts about itself, in the Prometheus text format. No label ever names a user, a
//! conversation or a number.

use std::borrow::Cow;
use std::sync::OnceLock;

use parking_lot::Mutex;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

/// Bounds of the duration buckets, in seconds (OpenTelemetry's for HTTP).
const DURATION_BUCKETS: [f64; 14] = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0];

/// The counters, and the registry that writes them.
pub struct Metrics {
    registry: Mutex<Registry>,
    requests: Family<Request, Histogram>,
    /// The one of `requests` that counts webhooks taken: looked up by its labels once, not for each.
    taken: OnceLock<Histogram>,
    denied: Family<Permission, Counter>,
    idempotency: Family<Outcome, Counter>,
    webhooks: Family<Outcome, Counter>,
    logins: Family<Outcome, Counter>,
    head: Gauge,
    commands: Gauge,
    syncs: Gauge,
    conversations: Gauge,
    quarantined: Gauge,
    live: Gauge,
}

/// What is read off the desk at each scrape.
#[derive(Debug, Clone, Copy, Default)]
pub struct Figures {
    /// Position of the newest event.
    pub head: u64,
    /// Commands decided since the start.
    pub commands: u64,
    /// Times the log was synced since the start; fewer than commands where they share one.
    pub syncs: u64,
    pub conversations: u64,
    /// Webhook items that wait for somebody.
    pub quarantined: u64,
    /// Open live connections.
    pub live: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Request {
    http_request_method: &'static str,
    http_route: Cow<'static, str>,
    http_response_status_code: u16,
}

impl Request {
    fn of(method: &'static str, route: Cow<'static, str>, status: u16) -> Self {
        Self { http_request_method: method, http_route: route, http_response_status_code: status }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Permission {
    permission: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Outcome {
    outcome: &'static str,
}

impl Metrics {
    /// All at zero.
    pub fn new() -> Self {
        let mut registry = Registry::default();
        let requests = Family::<Request, Histogram>::new_with_constructor(|| Histogram::new(DURATION_BUCKETS));
        let (denied, idempotency, webhooks, logins) =
            (Family::default(), Family::default(), Family::default(), Family::default());
        let gauge = |registry: &mut Registry, name: &str, help: &str| {
            let gauge = Gauge::default();
            registry.register(name, help, gauge.clone());
            gauge
        };
        registry.register("http_server_request_duration_seconds", "Time from request to response", requests.clone());
        registry.register("frontdesk_authz_denied", "Requests refused for want of a permission", denied.clone());
        registry.register("frontdesk_idempotency", "Requests with an idempotency key", idempotency.clone());
        registry.register("frontdesk_webhooks", "Webhooks of the messaging provider", webhooks.clone());
        registry.register("frontdesk_logins", "Attempts to sign in", logins.clone());
        let head = gauge(&mut registry, "frontdesk_log_head_position", "Position of the newest event");
        let commands = gauge(&mut registry, "frontdesk_commands", "Commands decided since the start");
        let syncs = gauge(&mut registry, "frontdesk_log_syncs", "Syncs of the log since the start");
        let conversations = gauge(&mut registry, "frontdesk_conversations", "Conversations of any status");
        let quarantined = gauge(&mut registry, "frontdesk_quarantined", "Webhook items that wait for somebody");
        let live = gauge(&mut registry, "frontdesk_live_connections", "Open live connections");
        Self {
            registry: Mutex::new(registry),
            requests,
            taken: OnceLock::new(),
            denied,
            idempotency,
            webhooks,
            logins,
            head,
            commands,
            syncs,
            conversations,
            quarantined,
            live,
        }
    }

    /// A request was answered. `route` is the template, never the path.
    pub fn request(&self, method: &'static str, route: Cow<'static, str>, status: u16, seconds: f64) {
        self.requests.get_or_create(&Request::of(method, route, status)).observe(seconds);
    }
    /// A webhook was answered 200 at this route.
    pub fn taken(&self, route: &'static str, seconds: f64) {
        let labels = || Request::of("POST", route.into(), 200);
        self.taken.get_or_init(|| self.requests.get_or_create_owned(&labels())).observe(seconds);
    }
    /// A request was refused for want of a permission.
    pub fn denied(&self, permission: &'static str) {
        self.denied.get_or_create(&Permission { permission }).inc();
    }
    /// A request with an idempotency key came to this.
    pub fn idempotency(&self, outcome: &'static str) {
        self.idempotency.get_or_create(&Outcome { outcome }).inc();
    }
    /// A webhook came to this.
    pub fn webhook(&self, outcome: &'static str) {
        self.webhooks.get_or_create(&Outcome { outcome }).inc();
    }
    /// An attempt to sign in came to this.
    pub fn login(&self, outcome: &'static str) {
        self.logins.get_or_create(&Outcome { outcome }).inc();
    }
    /// Lets a worker of the product register what it counts, at start.
    pub fn register_with(&self, register: impl FnOnce(&mut Registry)) {
        register(&mut self.registry.lock());
    }
    /// The text of a scrape.
    pub fn scrape(&self, figures: &Figures) -> String {
        let set = |gauge: &Gauge, value: u64| gauge.set(i64::try_from(value).unwrap_or(i64::MAX));
        set(&self.head, figures.head);
        set(&self.commands, figures.commands);
        set(&self.syncs, figures.syncs);
        set(&self.conversations, figures.conversations);
        set(&self.quarantined, figures.quarantined);
        set(&self.live, figures.live);
        let mut text = String::new();
        encode(&mut text, &self.registry.lock()).expect("a String takes any text");
        text
    }
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scrape_shows_what_was_counted() {
        let metrics = Metrics::new();
        metrics.request("GET", "/v1/conversations/{conversation_id}".into(), 200, 0.02);
        metrics.request("POST", "/v1/inbound/whatsapp".into(), 200, 0.02);
        metrics.taken("/v1/inbound/whatsapp", 0.02);
        metrics.webhook("accepted");
        let text = metrics.scrape(&Figures { head: 17, ..Figures::default() });
        assert!(text.contains("frontdesk_log_head_position 17"), "{text}");
        assert!(text.contains("frontdesk_webhooks_total{outcome=\"accepted\"} 1"), "{text}");
        assert!(text.contains("http_route=\"/v1/conversations/{conversation_id}\""), "{text}");
        let both = text.lines().find(|line| line.contains("_count{") && line.contains("inbound/whatsapp"));
        assert!(both.is_some_and(|line| line.ends_with(" 2")), "{text}");
        assert!(text.ends_with("# EOF\n"), "{text}");
    }
}
