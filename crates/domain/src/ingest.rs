//! One item of a webhook, on its way to the decision that knows it. Nothing is dropped: what has no place goes to
//! quarantine.

use crate::channel;
use crate::contact::{consent, rekey};
use crate::conversation::{annotate, call, observe_status, phone_app, receive_message};
use crate::event::workspace::QuarantineReason;
use crate::ids::ChannelId;
use crate::inbound::{Identity, InboundFact, InboundItem, Route};
use crate::quarantine::{Unplaced, add};
use crate::step::Step;

/// Whose signature the webhook carried: only these channels may be written to by it.
pub type Signed<'a> = &'a dyn Fn(ChannelId) -> bool;

/// Applies an item. `false`: it went to quarantine.
pub fn ingest(step: &mut Step<'_>, item: InboundItem, signed: Signed<'_>) -> bool {
    match place(step, &item, signed) {
        Place::Channel(channel) => on_channel(step, channel, item),
        Place::Account(waba_id, channels) => on_account(step, &waba_id, &channels, item),
        Place::Nowhere(reason) => {
            keep(step, &item, reason, None);
            false
        }
    }
}

enum Place {
    Channel(ChannelId),
    /// Everything of an account that the signature covers; possibly one number of it.
    Account(String, Vec<ChannelId>),
    Nowhere(QuarantineReason),
}

fn place(step: &Step<'_>, item: &InboundItem, signed: Signed<'_>) -> Place {
    match &item.route {
        Route::Number(number) => match step.world.channel_by_number(number) {
            Some(channel) if signed(channel.config.channel_id) => Place::Channel(channel.config.channel_id),
            Some(_) => Place::Nowhere(QuarantineReason::WrongApp),
            None => Place::Nowhere(QuarantineReason::UnknownNumber),
        },
        Route::Account { waba_id, display_number } => {
            let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
            let of_account: Vec<_> =
                step.world.channels.values().filter(|channel| channel.config.waba_id == *waba_id).collect();
            let covered: Vec<_> =
                of_account.iter().filter(|channel| signed(channel.config.channel_id)).copied().collect();
            if covered.is_empty() {
                let known = !of_account.is_empty();
                return Place::Nowhere(if known {
                    QuarantineReason::WrongApp
                } else {
                    QuarantineReason::UnknownNumber
                });
            }
            let named = display_number.as_deref().map(digits);
            let channels = covered
                .iter()
                .filter(|channel| named.as_ref().is_none_or(|number| digits(&channel.config.phone_e164) == *number))
                .map(|channel| channel.config.channel_id)
                .collect();
            Place::Account(waba_id.clone(), channels)
        }
    }
}

fn on_channel(step: &mut Step<'_>, channel: ChannelId, item: InboundItem) -> bool {
    let Some(brand) = step.world.channels.get(&channel).map(|channel| channel.config.brand_id) else { return false };
    match &item.fact {
        InboundFact::Message(_) => {
            let InboundFact::Message(message) = item.fact else { return false };
            receive_message::receive(step, channel, message);
        }
        InboundFact::ChatOpened { from, at, .. } => receive_message::chat_opened(step, channel, from, *at),
        InboundFact::Reaction(reaction) => annotate::react(step, channel, reaction),
        InboundFact::Edit(edit) => annotate::edit(step, channel, edit),
        InboundFact::Revoke(revoke) => annotate::revoke(step, channel, revoke),
        InboundFact::Status(report) => observe_status::observe(step, channel, report),
        InboundFact::Echo(echo) => {
            phone_app::record_echo(step, channel, echo);
        }
        InboundFact::History(message) => {
            phone_app::import(step, channel, message);
        }
        InboundFact::HistoryMedia { provider_id, content } => {
            if !annotate::complete_history(step, channel, provider_id, content) {
                keep(step, &item, QuarantineReason::UnknownMessage, Some(channel));
                return false;
            }
        }
        InboundFact::AddressBook { identities, name, removed, at } => {
            let names: String = identities.iter().map(|identity| format!("{}:", identity.value)).collect();
            once(step, "book", channel, &format!("{names}{}", at.as_millis()), |step| {
                rekey::address_book(step, brand, identities, name.as_deref(), *removed);
            });
        }
        InboundFact::IdentityChanged { from, to, provider_id, at } => {
            let changed = |of: &[Identity]| of.iter().map(|it| format!("{}:", it.value)).collect::<String>();
            let named = match provider_id {
                Some(id) => id.clone(),
                None => format!("{}>{}{}", changed(from), changed(to), at.as_millis()),
            };
            once(step, "identity", channel, &named, |step| rekey::identity_changed(step, brand, from, to));
        }
        InboundFact::IdentityKeyChanged { of, hash, at, provider_id } => {
            let named = provider_id.clone().unwrap_or_else(|| format!("{hash}:{}", at.as_millis()));
            once(step, "security", channel, &named, |step| {
                rekey::identity_key_changed(step, brand, of, hash, *at);
            });
        }
        InboundFact::Consent { of, category, granted, at } => {
            consent::change(step, brand, of, category, *granted, *at);
        }
        InboundFact::Call(observed) => call::observe(step, channel, observed),
        InboundFact::Group { group_id, event, at, body } => {
            call::observe_group(step, channel, group_id, event, *at, body);
        }
        InboundFact::Template(change) => {
            let waba = step.world.channels.get(&channel).map(|it| it.config.waba_id.clone());
            if let Some(waba) = waba {
                channel::change_template(step, &waba, change, Some(&item.raw));
            }
        }
        InboundFact::Account(change) => {
            let waba = step.world.channels.get(&channel).map(|it| it.config.waba_id.clone());
            channel::notice(step, waba.as_deref(), &[channel], change, &item.raw);
        }
        InboundFact::HistoryError { code, detail } => {
            let change = history_error(*code, detail.as_deref());
            channel::notice(step, None, &[channel], &change, &item.raw);
        }
        InboundFact::Unknown { .. } | InboundFact::Broken { .. } => return unreadable(step, &item, Some(channel)),
    }
    true
}

fn on_account(step: &mut Step<'_>, waba_id: &str, channels: &[ChannelId], item: InboundItem) -> bool {
    match &item.fact {
        InboundFact::Template(change) => channel::change_template(step, waba_id, change, Some(&item.raw)),
        InboundFact::Account(change) => channel::notice(step, Some(waba_id), channels, change, &item.raw),
        _ => return unreadable(step, &item, None),
    }
    true
}

/// Applies what would be wrong to apply again when the provider repeats it weeks later: numbers change hands, colleagues
/// rename.
fn once(step: &mut Step<'_>, kind: &str, channel: ChannelId, id: &str, apply: impl FnOnce(&mut Step<'_>)) {
    let Some(key) = annotate::fresh(step, kind, channel, id) else { return };
    let before = step.made();
    apply(step);
    if step.made() > before {
        step.name_newest(key);
    }
}

fn unreadable(step: &mut Step<'_>, item: &InboundItem, channel: Option<ChannelId>) -> bool {
    let reason = match &item.fact {
        InboundFact::Unknown { .. } => QuarantineReason::UnknownField,
        _ => QuarantineReason::Broken,
    };
    keep(step, item, reason, channel);
    false
}

fn keep(step: &mut Step<'_>, item: &InboundItem, reason: QuarantineReason, channel_id: Option<ChannelId>) {
    let (field, detail) = match &item.fact {
        InboundFact::Broken { field, reason } => (field.clone(), Some(reason.clone())),
        InboundFact::Unknown { field, .. } => (field.clone(), None),
        InboundFact::Template(_) => ("template".to_owned(), None),
        InboundFact::Account(change) => (change.field.clone(), None),
        _ => ("messages".to_owned(), None),
    };
    let route = item.route.clone();
    add(step, &Unplaced { reason, field, detail, channel_id, route, raw: item.raw.clone() });
}

fn history_error(code: i64, detail: Option<&str>) -> crate::inbound::AccountChange {
    crate::inbound::AccountChange {
        field: "history".to_owned(),
        event: Some(format!("error_{code}")),
        throughput_mps: None,
        quality: None,
        business_initiated_barred: None,
        enabled: None,
        at: None,
        body: serde_json::json!({ "code": code, "detail": detail }),
    }
}
