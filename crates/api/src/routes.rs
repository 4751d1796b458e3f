//! The route table: every operation there is, one file per noun.

use crate::endpoint::Endpoint;

mod access;
mod auth;
mod brands;
mod channels;
mod collaborators;
mod contacts;
mod conversations;
mod counts;
mod discovery;
mod events;
mod labels;
mod media;
mod media_content;
mod messages;
mod notes;
mod operations;
mod quarantine;
mod reactions;
mod roles;
mod settings;
#[cfg(feature = "oidc")]
mod sso;
mod status;
mod teams;
mod templates;
mod timeline;
mod users;
mod webhooks;

pub use auth::create_first_account;

/// All operations, in the order of the contract's chapters.
pub fn endpoints() -> Vec<Endpoint> {
    [
        discovery::endpoints(),
        auth::endpoints(),
        #[cfg(feature = "oidc")]
        sso::endpoints(),
        users::endpoints(),
        teams::endpoints(),
        roles::endpoints(),
        access::endpoints(),
        settings::endpoints(),
        brands::endpoints(),
        channels::endpoints(),
        webhooks::endpoints(),
        conversations::endpoints(),
        counts::endpoints(),
        collaborators::endpoints(),
        status::endpoints(),
        labels::endpoints(),
        timeline::endpoints(),
        messages::endpoints(),
        reactions::endpoints(),
        notes::endpoints(),
        contacts::endpoints(),
        media::endpoints(),
        media_content::endpoints(),
        templates::endpoints(),
        quarantine::endpoints(),
        events::endpoints(),
        operations::endpoints(),
    ]
    .concat()
}
