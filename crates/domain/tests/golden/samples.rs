//! An event of every type with every field filled. Personal values contain the word "personal".

use domain::event::Event;
use domain::identity::BlindKey;
use domain::time::{Millis, Timestamp};

mod account_security;
mod automation;
mod availability;
mod bot;
mod bulk_job;
mod business_hours;
mod campaign;
mod canned_reply;
mod channel;
mod coaching;
mod contact;
mod contact_import;
mod conversation;
mod csat;
mod knowledge;
mod macros;
mod media;
mod message;
mod note;
mod preset;
mod queue;
mod report;
mod routing;
mod routing_profile;
mod segment;
mod sla;
mod team;
mod template;
mod user;
mod user_identity;
mod workspace;

/// One of each.
pub(crate) fn all() -> Vec<Event> {
    [
        workspace::samples(),
        channel::samples(),
        canned_reply::samples(),
        user::samples(),
        account_security::samples(),
        user_identity::samples(),
        availability::samples(),
        team::samples(),
        template::samples(),
        contact::samples(),
        coaching::samples(),
        contact_import::samples(),
        conversation::samples(),
        message::samples(),
        note::samples(),
        macros::samples(),
        media::samples(),
        preset::samples(),
        queue::samples(),
        report::samples(),
        routing::samples(),
        segment::samples(),
        sla::samples(),
        business_hours::samples(),
        bulk_job::samples(),
        routing_profile::samples(),
        csat::samples(),
        knowledge::samples(),
        bot::samples(),
        automation::samples(),
        campaign::samples(),
    ]
    .concat()
}

/// An id of any kind: `n` at the end of a UUIDv7.
fn id<T: From<u128>>(n: u128) -> T {
    T::from(0x019a_b000_0000_7000_8000_0000_0000_0000 + n)
}

/// `n` minutes into the story.
fn at(n: i64) -> Timestamp {
    Timestamp::from_millis(1_795_251_600_000) + Millis::minutes(n)
}

fn key(n: u8) -> BlindKey {
    BlindKey([n; 16])
}

fn text(text: &str) -> Option<String> {
    Some(text.to_owned())
}
