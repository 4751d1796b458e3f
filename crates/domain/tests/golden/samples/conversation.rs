//! Conversations.

use domain::conversation::{Clocks, FirstResponse, Priority, Status};
use domain::event::Event;
use domain::event::conversation::*;
use domain::ids::ConversationId;
use domain::queue::QueueId;
use domain::time::Millis;
use serde_json::json;

use super::{at, id, text};

/// All four running, which no real moment shows; a golden file does.
pub(super) fn clocks() -> Clocks {
    Clocks {
        handoff: None,
        t0: Some(at(0)),
        waiting_since: Some(at(8)),
        waiting_any_since: Some(at(9)),
        first_response: Some(FirstResponse {
            message_id: id(13),
            at: at(5),
            frt_total_ms: Millis::minutes(5),
            frt_agent_ms: Millis::minutes(5),
            responder_id: Some(id(5)),
        }),
    }
}

pub(super) fn samples() -> Vec<Event> {
    let conversation_id: ConversationId = id(11);
    vec![
        ConversationOpened {
            conversation_id,
            number: 4_711,
            channel_id: id(3),
            brand_id: id(1),
            contact_id: id(7),
            origin: Origin::Inbound,
            status: Status::Open,
            team_id: Some(id(14)),
            previous: Some(id(12)),
        }
        .into(),
        ConversationReopened {
            conversation_id,
            episode: 2,
            cause: Cause::CourtesyUndone,
            clocks: clocks(),
            channel_id: id(2),
            brand_id: id(3),
            contact_id: id(4),
            team_id: Some(id(5)),
            assignee_id: Some(id(6)),
            priority: Priority::High,
        }
        .into(),
        ConversationResolved {
            conversation_id,
            episode: 2,
            cause: Cause::Request,
            reason: text("done"),
            disposition: text("solved"),
            assignee_id: Some(id(5)),
            team_id: Some(id(14)),
            res_total_ms: Millis::minutes(40),
            res_active_ms: Millis::minutes(20),
            unanswered: false,
            clocks: clocks(),
        }
        .into(),
        ConversationStatusChanged {
            conversation_id,
            from: Status::Open,
            to: Status::Snoozed,
            until: Some(at(60)),
            cause: Cause::Request,
            reason: text("waits for the carrier"),
        }
        .into(),
        ConversationAssigned {
            conversation_id,
            assignee_id: Some(id(5)),
            team_id: Some(id(14)),
            previous_assignee_id: Some(id(15)),
            previous_team_id: Some(id(16)),
            reason: text("speaks Spanish"),
        }
        .into(),
        CollaboratorAdded { conversation_id, user_id: id(5) }.into(),
        CollaboratorRemoved { conversation_id, user_id: id(5) }.into(),
        ConversationPriorityChanged { conversation_id, priority: Priority::Urgent }.into(),
        ConversationTagged { conversation_id, tag: "billing".to_owned() }.into(),
        ConversationUntagged { conversation_id, tag: "billing".to_owned() }.into(),
        ConversationRead { conversation_id, user_id: id(5), up_to_version: 17 }.into(),
        ConversationCallObserved {
            conversation_id,
            event: "connect".to_owned(),
            from_customer: Some(true),
            private: Some(CallDetail { provider_id: "wacid.personal".to_owned(), body: json!({"from": "personal"}) }),
        }
        .into(),
        ConversationGroupObserved {
            conversation_id,
            event: "group_participants_add".to_owned(),
            private: Some(GroupDetail { body: json!({"added_participants": [{"input": "personal"}]}) }),
        }
        .into(),
        ConversationHandedOff {
            conversation_id,
            episode: 2,
            clocks: Clocks { handoff: Some(at(3)), ..clocks() },
            cause: HandOffCause::Keyword,
            queue_id: Some(QueueId::Team(id(14))),
            chosen: vec!["Billing".to_owned()],
            private: Some(HandOffReason { reason: "personal".to_owned() }),
        }
        .into(),
        PromisesPaused { conversation_id, private: Some(PauseReason { reason: "personal".to_owned() }) }.into(),
        PromisesResumed { conversation_id }.into(),
        ConversationInactivityWarned { conversation_id, message_id: Some(id(13)) }.into(),
        CourtesyUndone { conversation_id, message_id: id(13) }.into(),
    ]
}
