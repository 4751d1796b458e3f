//! An item as one line of the table.

use domain::content::Content;
use domain::inbound::{Author, Identity, InboundFact, InboundItem, Route, Sender};

const SHOWN: usize = 100;

pub(super) fn item(item: &InboundItem) -> String {
    let route = match &item.route {
        Route::Number(number) => format!("number {}", last(number)),
        Route::Account { waba_id, display_number: None } => format!("account {}", last(waba_id)),
        Route::Account { waba_id, display_number: Some(number) } => {
            format!("account {} {}", last(waba_id), last(number))
        }
    };
    format!("{route}: {}", fact(&item.fact))
}

fn last(id: &str) -> &str {
    &id[id.len().saturating_sub(4)..]
}

fn ids(identities: &[Identity]) -> String {
    identities.iter().map(|it| format!("{:?}={}", it.kind, it.value)).collect::<Vec<_>>().join(",")
}

fn who(sender: &Sender) -> String {
    let mut text = ids(&sender.identities);
    for (mark, name) in [(" ", &sender.profile_name), (" ", &sender.username)] {
        if let Some(name) = name {
            text.push_str(&format!("{mark}\"{name}\""));
        }
    }
    text
}

fn content(content: &Content) -> String {
    let body = content.body.to_string();
    let cut: String = body.chars().take(SHOWN).collect();
    let more =
        if cut.len() < body.len() { format!("… ({} characters)", body.chars().count()) } else { String::new() };
    format!("{} {cut}{more}", content.kind)
}

fn some<T: std::fmt::Debug>(name: &str, value: &Option<T>) -> String {
    value.as_ref().map(|value| format!(" {name}={value:?}")).unwrap_or_default()
}

fn by(author: &Author) -> String {
    match author {
        Author::Customer(sender) => format!("by customer {}", who(sender)),
        Author::PhoneApp { to } => format!("by staff to {}", who(to)),
    }
}

fn fact(fact: &InboundFact) -> String {
    match fact {
        InboundFact::Message(it) => {
            let mut line = format!("message {} at {} from {}", it.provider_id, it.at.to_rfc3339(), who(&it.from));
            line.push_str(&some("group", &it.group_id));
            line.push_str(&format!(": {}", content(&it.content)));
            if let Some(context) = &it.context {
                line.push_str(&format!(" context={}", serde_json::to_string(context).unwrap()));
            }
            for (name, value) in [("referral", &it.referral), ("errors", &it.errors)] {
                if let Some(value) = value {
                    line.push_str(&format!(" {name}={value}"));
                }
            }
            if it.raw.is_some() {
                line.push_str(" (kept whole)");
            }
            line
        }
        InboundFact::ChatOpened { from, provider_id, at } => {
            format!("chat opened {provider_id} at {} by {}", at.to_rfc3339(), who(from))
        }
        InboundFact::Reaction(it) => format!(
            "reaction {} on {} {}{} by {}",
            it.provider_id,
            it.target_provider_id,
            it.emoji.as_deref().unwrap_or("taken away"),
            some("group", &it.group_id),
            who(&it.from)
        ),
        InboundFact::Edit(it) => {
            format!("edit {} of {} {}: {}", it.provider_id, it.target_provider_id, by(&it.by), content(&it.content))
        }
        InboundFact::Revoke(it) => format!("revoke {} of {} {}", it.provider_id, it.target_provider_id, by(&it.by)),
        InboundFact::Status(it) => format!(
            "status {} {} at {} of {}{}{}{}{}{}",
            it.provider_id,
            it.status,
            it.at.to_rfc3339(),
            ids(&it.recipient),
            some("participant", &it.participant),
            some("callback", &it.callback_data),
            it.error.as_ref().map(|error| format!(" error={error:?}")).unwrap_or_default(),
            it.pricing.as_ref().map(|value| format!(" pricing={value}")).unwrap_or_default(),
            it.conversation.as_ref().map(|value| format!(" conversation={value}")).unwrap_or_default(),
        ),
        InboundFact::Echo(it) => format!("echo {} to {}: {}", it.provider_id, who(&it.to), content(&it.content)),
        InboundFact::History(it) => {
            let direction = if it.inbound { "from" } else { "to" };
            let status = some("status", &it.status);
            format!("history {} {direction} {}{status}: {}", it.provider_id, who(&it.with), content(&it.content))
        }
        InboundFact::HistoryError { code, detail } => format!("history error {code}{}", some("detail", detail)),
        InboundFact::HistoryMedia { provider_id, content: body } => {
            format!("history media {provider_id}: {}", content(body))
        }
        InboundFact::AddressBook { identities, name, removed, .. } => {
            format!(
                "address book {}{} {}",
                ids(identities),
                some("name", name),
                if *removed { "removed" } else { "added" }
            )
        }
        InboundFact::IdentityChanged { from, to, .. } => format!("identity {} became {}", ids(from), ids(to)),
        InboundFact::IdentityKeyChanged { of, hash, .. } => format!("security code of {} is {hash}", who(of)),
        InboundFact::Consent { of, category, granted, .. } => format!("consent of {} {category} {granted}", ids(of)),
        InboundFact::Template(it) => format!(
            "template {} {}{}{}{}{}{}{}{}",
            it.name,
            it.language,
            some("id", &it.provider_id),
            some("status", &it.status),
            some("reason", &it.reason),
            some("category", &it.category),
            some("coming", &it.coming_category),
            some("quality", &it.quality),
            it.components.as_ref().map(|value| format!(" components={value}")).unwrap_or_default(),
        ),
        InboundFact::Account(it) => format!(
            "account {}{}{}{}{}{}{}",
            it.field,
            some("event", &it.event),
            some("mps", &it.throughput_mps),
            some("quality", &it.quality),
            some("barred", &it.business_initiated_barred),
            some("enabled", &it.enabled),
            some("at", &it.at.map(|at| at.to_rfc3339())),
        ),
        InboundFact::Call(it) => {
            format!(
                "call {} {}{} with {}",
                it.provider_id,
                it.event,
                some("from_customer", &it.from_customer),
                who(&it.with)
            )
        }
        InboundFact::Group { group_id, event, .. } => format!("group {group_id} {event}"),
        InboundFact::Unknown { field, body } => format!("unknown {field} {body}"),
        InboundFact::Broken { field, reason } => format!("broken {field}: {reason}"),
    }
}
