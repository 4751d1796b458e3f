//! What colleagues do at this moment.

use app::Desk;
use app::live::signals::State;
use domain::ids::ConversationId;

use crate::dto::live::told::{AgentSignal, ConversationSignals, SignalState, SignalsType};

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
