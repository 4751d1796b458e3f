//! The workspace, what it pays, brands and quarantine.

use domain::event::Event;
use domain::event::SealKey;
use domain::event::billing::*;
use domain::event::workspace::*;
use domain::inbound::Route;
use domain::settings::{ContactSettings, MetricSettings, RoutingSettings, Settings};
use domain::time::Millis;

use super::{at, id, key, text};

pub(super) fn samples() -> Vec<Event> {
    let routing = RoutingSettings { max_open_default: Some(10) };
    let metrics = MetricSettings { fcr_window_ms: Millis::hours(48), hours_id: Some(id(21)) };
    let contacts = ContactSettings {
        defined_attributes_only: true,
        opt_out_phrases: vec!["no more".to_owned()],
        opt_in_phrases: vec!["again please".to_owned()],
    };
    let courtesy_phrases = vec!["thanks".to_owned()];
    let settings = Settings { courtesy_phrases, routing, metrics, contacts, ..Settings::default() };
    vec![
        WorkspaceOpened { settings: settings.clone(), courtesy_keys: vec![key(7)] }.into(),
        WorkspaceSettingsChanged { settings, courtesy_keys: vec![key(7)] }.into(),
        OutboxReleased {}.into(),
        ClockSuspected { against: Against::Running, wall: at(3), expected: at(1) }.into(),
        BrandCreated { brand_id: id(1), name: "Shop".to_owned() }.into(),
        BillingChanged {
            plan: text("team"),
            seats: Some(25),
            renewal_date: "2027-01-01".parse().ok(),
            contact: ContactChange::Set,
            private: Some(BillingContact {
                name: "personal name".to_owned(),
                email: "personal@example.com".to_owned(),
            }),
        }
        .into(),
        RateCardReplaced {
            currency: "EUR".to_owned(),
            rates: vec![Rate {
                market: "49".to_owned(),
                category: "marketing".to_owned(),
                valid_from: "2026-10-01".parse().expect("a day"),
                price_micros: 113_100,
            }],
        }
        .into(),
        QuarantineItemAdded {
            quarantine_id: id(2),
            reason: QuarantineReason::UnknownNumber,
            field: "messages".to_owned(),
            detail: text("no channel has this number"),
            channel_id: Some(id(3)),
            seal: SealKey(9),
            private: Some(QuarantineRaw {
                route: Route::Number("106540352242922".to_owned()),
                raw: r#"{"from":"personal"}"#.to_owned(),
            }),
        }
        .into(),
        QuarantineItemReinterpreted { quarantine_id: id(2) }.into(),
        QuarantineItemDismissed { quarantine_id: id(2), at: at(1), erased: true }.into(),
    ]
}
