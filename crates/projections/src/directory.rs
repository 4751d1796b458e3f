//! Who and what there is: users with their sessions, brands, channels, templates, contacts. Facts only; names and
//! credentials are opened by the card folds, from the events whose positions are kept here or from the stream.

use domain::event::Recorded;

use crate::digest::Digest;

mod brands;
mod channels;
mod contacts;
mod templates;
mod users;

pub use brands::{Brand, Brands};
pub use channels::{Channel, Channels, Health};
pub use contacts::{Consent, Contact, Contacts, MergeRecord};
pub use templates::{TemplateEntry, Templates};
pub use users::{Session, User, Users};

/// The lists, each with its own queries.
#[derive(Debug, Clone, Default)]
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

    pub(crate) fn digest(&self, digest: &mut Digest) {
        digest.add(&self.users);
        digest.add(&self.brands);
        digest.add(&self.channels);
        digest.add(&self.templates);
        self.contacts.digest(digest);
    }
}
