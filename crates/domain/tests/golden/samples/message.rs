//! Messages, both ways.

use domain::charge::Charge;
use domain::content::{Content, MessageKind};
use domain::event::Event;
use domain::event::message::*;
use domain::ids::{ConversationId, MessageId};
use domain::inbound::{MessageContext, ProviderError};
use serde_json::json;

use super::conversation::clocks;
use super::{at, id, key, text};

fn received() -> Option<ReceivedPrivate> {
    Some(ReceivedPrivate {
        provider_id: "wamid.personal".to_owned(),
        content: Content { kind: MessageKind::Image, body: json!({"id": "77", "caption": "personal"}) },
        context: Some(MessageContext {
            quoted_provider_id: text("wamid.personal.quoted"),
            forwarded: true,
            frequently_forwarded: true,
            referred_product: Some(json!({"catalog_id": "1", "product_retailer_id": "personal"})),
        }),
        referral: Some(json!({"source_type": "ad", "headline": "personal"})),
        errors: Some(json!([{"code": 131051, "title": "personal"}])),
        raw: Some(json!({"type": "hologram", "from": "personal"})),
    })
}

fn refusal() -> Option<RefusalPrivate> {
    let error = ProviderError { code: 131_026, title: text("Message undeliverable"), detail: text("to personal") };
    Some(RefusalPrivate { error })
}

pub(super) fn samples() -> Vec<Event> {
    let conversation_id: ConversationId = id(11);
    let message_id: MessageId = id(13);
    let later = scheduled(conversation_id, message_id);
    [incoming(conversation_id, message_id), outgoing(conversation_id, message_id), later].concat()
}

/// What others do.
fn incoming(conversation_id: ConversationId, message_id: MessageId) -> Vec<Event> {
    vec![
        MessageReceived {
            conversation_id,
            message_id,
            kind: MessageKind::Image,
            author_id: Some(id(19)),
            provider_key: key(7),
            clamped: true,
            late: true,
            courtesy_after_resolve: true,
            phrase_key: Some(key(8)),
            survey_id: Some(id(17)),
            blocked: true,
            media_id: Some(id(10)),
            reply_to_id: Some(id(20)),
            window_until: Some(at(1_440)),
            referred: true,
            early: vec![41, 43],
            clocks: clocks(),
            private: received(),
        }
        .into(),
        MessageReacted {
            conversation_id,
            message_id: Some(message_id),
            target_key: key(7),
            by: Side::Customer,
            author_id: Some(id(19)),
            removed: false,
            at: at(6),
            private: Some(ReactionPrivate { emoji: text("😀 (personal)") }),
        }
        .into(),
        MessageEdited {
            conversation_id,
            message_id: Some(message_id),
            target_key: key(7),
            by: Side::Business,
            at: at(7),
            completes: true,
            media_id: Some(id(10)),
            private: Some(EditPrivate { content: Content::text("personal") }),
        }
        .into(),
        MessageRevoked {
            conversation_id,
            message_id: Some(message_id),
            target_key: key(7),
            by: Side::Customer,
            at: at(8),
        }
        .into(),
        MessageEchoed {
            conversation_id,
            message_id,
            kind: MessageKind::Image,
            provider_key: key(7),
            media_id: Some(id(10)),
            early: vec![41],
            clocks: clocks(),
            private: received(),
        }
        .into(),
        MessageImported {
            conversation_id,
            message_id,
            inbound: false,
            kind: MessageKind::Image,
            provider_key: key(7),
            status: text("read"),
            early: vec![41],
            private: received(),
        }
        .into(),
        MessageStatusObserved {
            conversation_id,
            message_id,
            status: "failed".to_owned(),
            at: at(9),
            participant: Some(key(8)),
            code: Some(131_026),
            pricing: Some(json!({"billable": true, "category": "service"})),
            market: text("49"),
            charge: Some(Charge { category: "service".to_owned(), billable: true, market: text("49") }),
            clocks: Some(clocks()),
            private: refusal(),
        }
        .into(),
        MessageStatusParked {
            channel_id: id(3),
            provider_key: key(7),
            status: "delivered".to_owned(),
            at: at(9),
            participant: Some(key(8)),
            code: Some(131_026),
            pricing: Some(json!({"billable": false})),
            market: text("49"),
        }
        .into(),
    ]
}

/// What we send later, or not.
fn scheduled(conversation_id: ConversationId, message_id: MessageId) -> Vec<Event> {
    let private = || {
        let (content, context_provider_id) = (Content::text("personal"), text("wamid.personal.quoted"));
        Some(QueuedPrivate { content, context_provider_id })
    };
    vec![
        MessageScheduled {
            conversation_id,
            message_id,
            channel_id: id(3),
            contact_id: id(7),
            sender: Sender::User(id(5)),
            kind: MessageKind::Text,
            reply_to_id: Some(id(20)),
            client_ref: text("tab-1/8"),
            media_id: Some(id(10)),
            template: false,
            scheduled_at: at(600),
            cancel_if_customer_writes: true,
            private: private(),
        }
        .into(),
        MessageScheduleChanged {
            conversation_id,
            message_id,
            sender: Sender::User(id(5)),
            kind: MessageKind::Text,
            media_id: Some(id(10)),
            template: false,
            scheduled_at: at(700),
            cancel_if_customer_writes: true,
            rewritten: true,
            private: private(),
        }
        .into(),
        MessageScheduleCancelled { conversation_id, message_id, cause: CancelCause::CustomerWrote }.into(),
        MessageScheduleFailed {
            conversation_id,
            message_id,
            sender: Sender::User(id(5)),
            reason: "service_window_closed".to_owned(),
        }
        .into(),
    ]
}

/// What we send.
fn outgoing(conversation_id: ConversationId, message_id: MessageId) -> Vec<Event> {
    vec![
        MessageQueued {
            conversation_id,
            message_id,
            sender: Sender::User(id(5)),
            kind: MessageKind::Text,
            reply_to_id: Some(id(20)),
            client_ref: text("tab-1/7"),
            media_id: Some(id(10)),
            template: false,
            clocks: clocks(),
            private: Some(QueuedPrivate {
                content: Content::text("personal"),
                context_provider_id: text("wamid.personal.quoted"),
            }),
        }
        .into(),
        MessageDispatchStarted { conversation_id, message_id, attempt: 1 }.into(),
        MessageAccepted {
            conversation_id,
            message_id,
            attempt: 1,
            provider_key: key(7),
            held: true,
            by_report: true,
            free_entry_until: Some(at(4_320)),
            private: Some(AcceptedPrivate { provider_id: "wamid.personal".to_owned() }),
        }
        .into(),
        MessageRefused {
            conversation_id,
            message_id,
            attempt: 2,
            code: Some(131_056),
            reason: "provider_refused".to_owned(),
            then: AfterRefusal::Retry,
            retry_at: Some(at(10)),
            clocks: Some(clocks()),
            private: refusal(),
        }
        .into(),
        MessageUncertain { conversation_id, message_id, attempt: 2, reason: "timeout".to_owned() }.into(),
        MessageResendRequested { conversation_id, message_id, possible_duplicate: true, clocks: clocks() }.into(),
        MessageReadReceiptSent { conversation_id, message_id }.into(),
    ]
}
