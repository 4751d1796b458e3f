//! What colleagues do at this moment.

use std::collections::BTreeMap;

use app::Desk;
use app::live::signals::State;
use app::presence::PresenceState as Known;
use domain::ids::{ConversationId, UserId};

use super::conversation::small;
use crate::dto::live::told::*;

/// Everybody who does something in a conversation.
pub(crate) fn of(desk: &Desk, id: ConversationId) -> Vec<AgentSignal> {
    let shown = |doing: app::live::signals::Doing| AgentSignal {
        user_id: doing.user_id.into(),
        state: match doing.state {
            State::Viewing => SignalState::Viewing,
            State::Replying => SignalState::Replying,
            State::Typing => SignalState::Typing,
        },
        since: doing.since.into(),
    };
    desk.signals().of(id, desk.now()).into_iter().map(shown).collect()
}

/// The frame that says so.
pub(crate) fn frame(id: ConversationId, agents: Vec<AgentSignal>) -> ConversationSignals {
    // No channel that we speak tells us when a customer writes.
    ConversationSignals { r#type: SignalsType::It, conversation_id: id.into(), agents, contact_typing: false }
}

/// The frame that says who is connected.
pub(crate) fn presence(changed: &BTreeMap<UserId, (Known, usize)>) -> PresenceSignals {
    let shown = changed.iter().map(|(id, (state, devices))| AgentPresence {
        user_id: (*id).into(),
        state: match state {
            Known::Online => PresenceState::Online,
            Known::Idle => PresenceState::Idle,
            Known::Offline => PresenceState::Offline,
        },
        devices: small(*devices),
    });
    PresenceSignals { r#type: SignalsType::It, presence: shown.collect() }
}
