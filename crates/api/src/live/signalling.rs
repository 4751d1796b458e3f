//! What people do at the moment, as they say it over the stream or beside it.

use app::Desk;
use app::live::signals::State;
use domain::ids::ConversationId;

use crate::caller::Caller;
use crate::dto::live::asked::SignalKind;

/// What a signal says; `None`: that nothing is done any more.
pub(crate) fn state_of(kind: SignalKind) -> Option<State> {
    match kind {
        SignalKind::Viewing => Some(State::Viewing),
        SignalKind::Typing => Some(State::Typing),
        SignalKind::Replying => Some(State::Replying),
        SignalKind::Stop => None,
    }
}

/// Shows the customer that somebody writes, as often as their channel takes it.
pub(crate) fn show_typing(desk: &Desk, caller: &Caller, id: ConversationId) {
    let (desk, principal) = (desk.clone(), caller.principal.clone());
    tokio::spawn(async move {
        if let Err(error) = desk.typing(&principal, id).await {
            tracing::debug!(%error, "the customer is not shown that somebody writes");
        }
    });
}
