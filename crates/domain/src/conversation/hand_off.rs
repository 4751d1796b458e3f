//! Somebody says that a bot hands a conversation over to people: whoever may write in it may, a program with its key as well
//! as a person. When it stands and what it measures is decided by the clocks ([`super::Clocks::handed_off`]); what else leads
//! to people is in [`crate::bot`].

use crate::bot::hand_over::{HandOver, hand_over};
use crate::event::conversation::HandOffCause;
use crate::ids::ConversationId;
use crate::rejection::Rejection;
use crate::step::Step;

/// Hands it over. Said again in the same episode it changes nothing.
pub fn hand_off(step: &mut Step<'_>, id: ConversationId, reason: Option<String>) -> Result<(), Rejection> {
    hand_over(step, id, HandOver { reason, ..HandOver::because(HandOffCause::Request) })
}
