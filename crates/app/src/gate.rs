//! The way from a request to the desk's state. A handler's command is given a [`Gate`] and nothing else; to reach a
//! [`Step`], on which everything is read and decided, it must say what it wants to do and to what, and be allowed to by the
//! rights the asker has at that moment. What somebody may not see does not exist for them.
//!
//! Sign-in, where nobody is known yet, and our own workers do not come through here; a test lists the former.

use std::ops::{Deref, DerefMut};

use domain::access::{Action, Principal, Standing, authorize, authorize_at};
use domain::ids::*;
use domain::rejection::Rejection;
use domain::step::Step;

use crate::reach;

/// See the module.
pub struct Gate<'g, 's> {
    step: &'g mut Step<'s>,
    by: &'g Principal,
}

/// A step that the asker was let through to, with the rights they have now.
pub struct Cleared<'g, 's> {
    step: &'g mut Step<'s>,
    principal: Principal,
}

impl Cleared<'_, '_> {
    /// The asker, with the rights they have now.
    pub fn principal(&self) -> Principal {
        self.principal.clone()
    }
}

impl<'s> Deref for Cleared<'_, 's> {
    type Target = Step<'s>;
    fn deref(&self) -> &Step<'s> {
        self.step
    }
}

impl<'s> DerefMut for Cleared<'_, 's> {
    fn deref_mut(&mut self) -> &mut Step<'s> {
        self.step
    }
}

impl<'g, 's> Gate<'g, 's> {
    /// Before a step of somebody's command.
    pub fn new(step: &'g mut Step<'s>, by: &'g Principal) -> Self {
        Self { step, by }
    }

    /// May they do this at all?
    pub fn workspace(&mut self, action: Action) -> Result<Cleared<'_, 's>, Rejection> {
        let principal = self.asker()?;
        Rejection::unless_allowed(authorize(&principal, action, Standing::Workspace))?;
        Ok(self.cleared(principal))
    }

    /// To write down what they did themselves: what they read, what was made for them. Takes an open account and no more.
    pub fn on_record(&mut self) -> Result<Cleared<'_, 's>, Rejection> {
        let principal = self.asker()?;
        Ok(self.cleared(principal))
    }

    /// May they do this to this conversation?
    pub fn conversation(&mut self, action: Action, id: ConversationId) -> Result<Cleared<'_, 's>, Rejection> {
        let principal = self.asker()?;
        let place = self.step.conversation(id).ok_or(Rejection::NotFound)?.placement(principal.user_id);
        Rejection::unless_allowed(authorize_at(&principal, action, &place))?;
        Ok(self.cleared(principal))
    }

    /// May they do this to this message? It is seen through its conversation.
    pub fn message(&mut self, action: Action, id: MessageId) -> Result<Cleared<'_, 's>, Rejection> {
        let place = self.step.message(id).ok_or(Rejection::NotFound)?;
        self.conversation(action, place.conversation_id)
    }

    /// May they do this to this note? It is seen through its conversation.
    pub fn note(&mut self, action: Action, id: NoteId) -> Result<Cleared<'_, 's>, Rejection> {
        let place = self.step.note(id).ok_or(Rejection::NotFound)?;
        self.conversation(action, place.conversation_id)
    }

    /// May they do this to this contact? It is seen through its conversations, and those of contacts merged with it; one
    /// without a conversation lies in its brand's common queue.
    pub fn contact(&mut self, action: Action, id: ContactId) -> Result<Cleared<'_, 's>, Rejection> {
        let principal = self.asker()?;
        let brand = self.step.world.contacts.get(&id).ok_or(Rejection::NotFound)?.brand_id;
        let standing = self.step.world.standing_for(id);
        let group = self.step.world.stands_for(standing).into_iter().chain([standing]);
        let threads: Vec<_> = group.flat_map(|contact| self.step.world.threads_of(contact)).collect();
        let mut decision = None;
        for thread in threads {
            if let Some(conversation) = self.step.conversation(thread.conversation_id) {
                let place = conversation.placement(principal.user_id);
                decision = decision.max(Some(reach::authorize_contact(&principal, action, &place)));
            }
        }
        let alone = || reach::authorize_contact(&principal, action, &reach::common(brand));
        Rejection::unless_allowed(decision.unwrap_or_else(alone))?;
        Ok(self.cleared(principal))
    }

    /// May they do this to a contact of this brand that has no conversation yet?
    pub fn new_contact(&mut self, action: Action, brand: BrandId) -> Result<Cleared<'_, 's>, Rejection> {
        let principal = self.asker()?;
        Rejection::unless_allowed(reach::authorize_contact(&principal, action, &reach::common(brand)))?;
        Ok(self.cleared(principal))
    }

    /// May they do this to the contact that a merge made?
    pub fn merge(&mut self, action: Action, id: MergeId) -> Result<Cleared<'_, 's>, Rejection> {
        let (winner, _) = *self.step.world.merges.get(&id).ok_or(Rejection::NotFound)?;
        self.contact(action, winner)
    }

    fn asker(&self) -> Result<Principal, Rejection> {
        self.step.world.roster.current(self.by).ok_or(Rejection::SessionEnded)
    }

    fn cleared(&mut self, principal: Principal) -> Cleared<'_, 's> {
        Cleared { step: self.step, principal }
    }
}
