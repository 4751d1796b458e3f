//! What automation rules cost a customer's message, in memory: `cargo bench -p domain --bench rules`. The same messages are taken in
//! by a desk without rules, with 200 of which none applies, and with 200 of which one does.

#![expect(clippy::print_stdout, reason = "a bench answers on standard output")]

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::{Duration, Instant};

use domain::automation::action::AutomationAction;
use domain::automation::rule::{AutomationRule, Limits, Mode};
use domain::automation::trigger::Trigger;
use domain::channel::{Connection, connect};
use domain::content::Content;
use domain::conversation::Conversation;
use domain::event::automation::AutomationRuleCreated;
use domain::event::channel::Credentials;
use domain::event::{Actor, StreamId};
use domain::identity::{BlindKey, IdentityKind};
use domain::ids::*;
use domain::inbound::*;
use domain::ingest::ingest;
use domain::step::{Archive, Blind, Step};
use domain::time::{Millis, Timestamp};
use domain::world::World;
use serde_json::json;

const RULES: u128 = 200;
const CONTACTS: usize = 500;
const MESSAGES: usize = 10_000;
/// In turns, so that what else the machine does falls on all alike.
const ROUNDS: usize = 5;

struct Hashes;

impl Blind for Hashes {
    fn blind(&self, text: &str) -> BlindKey {
        let mut hasher = DefaultHasher::new();
        text.hash(&mut hasher);
        BlindKey((u128::from(hasher.finish()) << 64 | text.len() as u128).to_be_bytes())
    }
}

/// Every conversation stays in memory, so only look-up keys are asked for.
#[derive(Default)]
struct Keys(HashMap<BlindKey, Vec<u8>>);

impl Archive for Keys {
    fn conversation(&self, _: ConversationId) -> Option<Conversation> {
        None
    }
    fn find(&self, key: BlindKey) -> Option<Vec<u8>> {
        self.0.get(&key).cloned()
    }
}

#[derive(Default)]
struct Desk {
    world: World,
    keys: Keys,
    commands: u128,
    messages: usize,
    took: Vec<Duration>,
}

impl Desk {
    /// `applies`: the last rule does.
    fn new(rules: u128, applies: bool) -> Self {
        let mut desk = Self { world: World::new(), ..Self::default() };
        let secret = || "secret".to_owned();
        let wanted = Connection {
            name: "Support".to_owned(),
            phone_e164: "+491".to_owned(),
            brand_id: None,
            graph_base_url: None,
            graph_version: None,
            phone_number_id: "100".to_owned(),
            waba_id: "200".to_owned(),
            credentials: Credentials {
                access_token: secret(),
                app_secret: secret(),
                previous_app_secret: None,
                verify_token: secret(),
            },
        };
        desk.run(|step| {
            connect(step, &wanted).expect("connected");
        });
        desk.run(|step| {
            for n in 0..rules {
                let rule_id = AutomationRuleId::from_u128(n + 1);
                let rule = rule(n, applies && n + 1 == rules);
                step.emit(StreamId::AutomationRule(rule_id), AutomationRuleCreated { rule_id, rule });
            }
        });
        desk
    }

    fn run(&mut self, decide: impl FnOnce(&mut Step<'_>)) {
        self.commands += 1;
        let now = Timestamp::from_seconds(1_795_392_000) + Millis(self.commands as i64);
        let mut step = Step::new(&mut self.world, &self.keys, &Hashes, now, Actor::Provider, self.commands << 20);
        decide(&mut step);
        let events = step.finish();
        self.keys.0.extend(events.into_iter().flat_map(|(pending, _)| pending.keys).map(|key| (key.key, key.value)));
        self.world.fresh_keys.clear();
    }

    fn round(&mut self) {
        let items: Vec<_> = (0..MESSAGES).map(|n| text_message(self.messages + n)).collect();
        self.messages += MESSAGES;
        let start = Instant::now();
        for item in items {
            self.run(|step| {
                ingest(step, item, &|_| true);
            });
        }
        self.took.push(start.elapsed());
    }

    /// Microseconds for a message: the round in the middle.
    fn each(&mut self) -> f64 {
        self.took.sort_unstable();
        self.took[ROUNDS / 2].as_secs_f64() * 1e6 / MESSAGES as f64
    }
}

/// Three tests, as rules have them: keywords, a tag that is not there, and the number it came in on.
fn rule(n: u128, applies: bool) -> AutomationRule {
    let word = if applies { "parcel".to_owned() } else { format!("word{n}") };
    let when = json!({"all": [
        {"field": "text", "op": "has_any_word", "value": [word, format!("other{n}"), format!("Third {n}")]},
        {"none": [{"field": "tag", "op": "in", "value": [format!("tag{n}")]}]},
        {"field": "status", "op": "is", "value": "open"},
    ]});
    AutomationRule {
        name: format!("Rule {n}"),
        brand_id: None,
        mode: Mode::Enabled,
        trigger: Trigger::MessageReceived,
        when: serde_json::from_value(when).expect("a condition"),
        actions: vec![AutomationAction::AddTag { tag: "parcel".to_owned() }],
        limits: Limits::default(),
        follows_automation: false,
    }
}

fn text_message(n: usize) -> InboundItem {
    let value = format!("49{:09}", n % CONTACTS);
    let fact = InboundFact::Message(CustomerMessage {
        from: Sender { identities: vec![Identity { kind: IdentityKind::WaId, value }], ..Sender::default() },
        group_id: None,
        provider_id: format!("wamid.{n}"),
        at: Timestamp::from_seconds(1_795_392_000),
        content: Content::text("Hello, where is my parcel? It was to arrive yesterday."),
        context: None,
        referral: None,
        errors: None,
        raw: None,
    });
    InboundItem { route: Route::Number("100".to_owned()), fact, raw: String::new() }
}

fn main() {
    let mut desks = [Desk::new(0, false), Desk::new(RULES, false), Desk::new(RULES, true)];
    for _ in 0..ROUNDS {
        desks.iter_mut().for_each(Desk::round);
    }
    let names = ["no rules", "200 rules, none applies", "200 rules, the last applies"];
    for (name, desk) in names.into_iter().zip(&mut desks) {
        let (first, last) = {
            let each = desk.each();
            let of = |took: Duration| took.as_secs_f64() * 1e6 / MESSAGES as f64;
            println!("{name:<28} {each:>8.2} us a message");
            (of(desk.took[0]), of(desk.took[ROUNDS - 1]))
        };
        println!("{:<28} {first:>8.2} to {last:.2} in {ROUNDS} rounds of {MESSAGES}", "");
    }
}
