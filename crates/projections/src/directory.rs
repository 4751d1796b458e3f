//! Who and what there is: users with their sessions, brands, channels, templates, contacts. Facts only; names and
//! credentials are opened by the card folds, from the events whose positions are kept here or from the stream.

use domain::event::Recorded;
use domain::ids::{ContactId, ConversationId};

use crate::digest::Digest;

mod audience;
mod brands;
mod channels;
mod contacts;
mod known;
mod templates;
mod users;

pub use audience::Audience;
pub use brands::{Brand, Brands};
pub use channels::{Channel, Channels, Health};
pub use contacts::{Consent, Contact, Contacts, MergeRecord};
pub use known::{Known, Labels};
pub use templates::{TemplateEntry, Templates};
pub use users::{Session, User, Users};

/// The lists, each with its own queries.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Default)]
pub struct Directory {
    pub users: Users,
    pub brands: Brands,
    pub channels: Channels,
    pub templates: Templates,
    pub contacts: Contacts,
}

impl Directory {
    pub(crate) fn apply_user(&mut self, recorded: &Recorded) {
        self.users.apply(recorded);
    }
    pub(crate) fn apply_brand(&mut self, recorded: &Recorded) {
        self.brands.apply(recorded);
    }
    pub(crate) fn apply_channel(&mut self, recorded: &Recorded) {
        self.channels.apply(recorded);
    }
    pub(crate) fn apply_template(&mut self, recorded: &Recorded) {
        self.templates.apply(recorded);
    }
    pub(crate) fn apply_contact(&mut self, recorded: &Recorded) {
        self.contacts.apply(recorded);
    }
    /// What happens in conversations says something of their contacts.
    pub(crate) fn notice(&mut self, recorded: &Recorded, contact_of: impl FnOnce(ConversationId) -> Option<ContactId>) {
        self.contacts.notice(recorded, contact_of);
    }

    pub(crate) fn digest(&self, digest: &mut Digest) {
        digest.add(&self.users);
        digest.add(&self.brands);
        digest.add(&self.channels);
        digest.add(&self.templates);
        self.contacts.digest(digest);
    }
}
