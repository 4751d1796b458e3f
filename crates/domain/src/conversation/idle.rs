//! For how long nothing was written: the period after which a queue resolves by itself. Folded by the aggregate, which
//! decides, and by the read model that knows when to ask.

use crate::content::MessageKind;
use crate::conversation::Status;
use crate::event::message::Sender;
use crate::event::{Event, Recorded};
use crate::queue::settings::AutoResolve;
use crate::time::Timestamp;

/// A period in which nothing was written.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Copy, PartialEq, Eq)]
pub struct Idle {
    /// When we learned of what was written last. An episode that begins and a snooze that ends begin it anew: somebody
    /// wanted to look at the conversation then.
    pub since: Timestamp,
    /// The customer was told, or could not be.
    pub warned: bool,
}

impl Idle {
    pub fn begun(recorded: &Recorded) -> Self {
        Self { since: recorded.recorded_at, warned: false }
    }

    /// The period after an event of the conversation. What we send by ourselves ends none.
    pub fn after(self, recorded: &Recorded) -> Self {
        let begins = match &recorded.event {
            Event::ConversationOpened(_) | Event::ConversationReopened(_) => true,
            Event::ConversationStatusChanged(event) => event.from == Status::Snoozed,
            Event::MessageReceived(event) => !event.blocked,
            Event::MessageEchoed(_) => true,
            Event::MessageQueued(event) => {
                matches!(event.sender, Sender::User(_)) && event.kind != MessageKind::Reaction
            }
            Event::MessageResendRequested(_) => recorded.actor.user().is_some(),
            Event::ConversationInactivityWarned(_) => return Self { warned: true, ..self },
            _ => false,
        };
        if begins { Self::begun(recorded) } else { self }
    }

    /// When it is resolved by itself.
    pub fn ends_at(self, rule: &AutoResolve) -> Timestamp {
        self.since + rule.after_ms
    }

    /// When the customer is told; `None`: they were, or nobody is.
    pub fn warns_at(self, rule: &AutoResolve) -> Option<Timestamp> {
        let before = rule.warn_before_ms.filter(|_| rule.warning.is_some() && !self.warned)?;
        Some(self.ends_at(rule) - before)
    }

    /// When something is to be done next.
    pub fn due_at(self, rule: &AutoResolve) -> Timestamp {
        self.warns_at(rule).unwrap_or_else(|| self.ends_at(rule))
    }
}
