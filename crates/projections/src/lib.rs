//! Read models: folds over [`domain::event::Recorded`] that answer questions the log cannot answer quickly.
//! Pure and disposable: no clock, no disk, no randomness; delete them, fold the log again, and they are equal.
//!
//! Two kinds:
//! * [`Views`], fed every event in log order with the personal parts closed. It holds ids, times and counts only and
//!   stays small: inbox and counts, attention, directory, outbox, media, quarantine, timers, usage, audit, and the facts
//!   ([`facts`]) that numbers ([`analytics`]) are folded from.
//! * Folds over one stream, made on demand with the personal parts opened where their keys still exist: [`timeline`],
//!   [`contact_card`], [`user_card`], [`channel_card`]. What stays closed is `None`.
//!
//! `app` owns the one `Views`, feeds it after each commit, and applies the access table; nothing here knows roles.

pub mod analytics;
pub mod arrivals;
pub mod attention;
pub mod audit;
pub mod automation;
pub mod billing;
pub mod channel_card;
pub mod contact_card;
pub mod csat;
pub mod decisions;
mod digest;
pub mod directory;
pub mod facts;
pub mod inactivity;
pub mod inbox;
pub mod insights;
pub mod knowledge;
pub mod live;
pub mod media;
pub mod outbox;
pub mod promises;
pub mod quarantine;
pub mod search;
pub mod text;
pub mod timeline;
pub mod timers;
pub mod usage;
pub mod user_card;
mod views;
pub mod workspace;

pub use views::Views;
