//! The route table: every operation there is, one file per noun.

use crate::endpoint::Endpoint;

mod access;
mod analytics;
mod api_keys;
mod article_search;
mod articles;
mod attribute_definitions;
mod audit;
mod auth;
mod automation_rules;
mod availability;
mod billing;
mod brands;
mod bulk_jobs;
mod business_hours;
mod campaign_runs;
mod campaigns;
mod canned_replies;
mod channels;
mod coaching_notes;
mod collaborators;
mod contact_consents;
mod contact_transfers;
mod contacts;
pub(crate) mod conversations;
mod counts;
mod csat;
mod csat_answers;
mod discovery;
mod escalations;
mod event_stats;
mod event_stream;
mod events;
mod history;
mod invites;
mod labels;
mod live;
mod macros;
mod media;
mod media_content;
mod mentions;
mod message_previews;
mod messages;
mod monitor;
mod note_threads;
mod notes;
mod notifications;
mod operations;
mod passwords;
mod presets;
mod quarantine;
mod queues;
mod rate_cards;
mod reactions;
mod report_exports;
mod roles;
mod routing_decisions;
mod routing_profiles;
mod routing_rules;
mod routing_simulations;
mod scheduled;
mod scheduled_reports;
mod search;
mod segments;
mod sessions;
mod settings;
mod simulations;
mod sla;
mod sla_policies;
#[cfg(feature = "oidc")]
mod sso;
mod status;
mod teams;
mod templates;
mod timeline;
mod totp;
mod usage;
mod users;
mod waterfall;
mod webhooks;

pub use auth::create_first_account;

/// All operations, in the order of the contract's chapters.
pub fn endpoints() -> Vec<Endpoint> {
    [
        discovery::endpoints(),
        auth::endpoints(),
        sessions::endpoints(),
        totp::endpoints(),
        passwords::endpoints(),
        api_keys::endpoints(),
        #[cfg(feature = "oidc")]
        sso::endpoints(),
        users::endpoints(),
        availability::endpoints(),
        routing_profiles::endpoints(),
        invites::endpoints(),
        teams::endpoints(),
        queues::endpoints(),
        monitor::endpoints(),
        routing_rules::endpoints(),
        automation_rules::endpoints(),
        routing_decisions::endpoints(),
        routing_simulations::endpoints(),
        simulations::endpoints(),
        roles::endpoints(),
        access::endpoints(),
        settings::endpoints(),
        brands::endpoints(),
        channels::endpoints(),
        webhooks::endpoints(),
        conversations::endpoints(),
        search::endpoints(),
        counts::endpoints(),
        history::endpoints(),
        coaching_notes::endpoints(),
        collaborators::endpoints(),
        status::endpoints(),
        labels::endpoints(),
        bulk_jobs::endpoints(),
        escalations::endpoints(),
        live::endpoints(),
        timeline::endpoints(),
        messages::endpoints(),
        message_previews::endpoints(),
        scheduled::endpoints(),
        reactions::endpoints(),
        notes::endpoints(),
        note_threads::endpoints(),
        mentions::endpoints(),
        notifications::endpoints(),
        contacts::endpoints(),
        contact_consents::endpoints(),
        contact_transfers::endpoints(),
        attribute_definitions::endpoints(),
        segments::endpoints(),
        media::endpoints(),
        media_content::endpoints(),
        templates::endpoints(),
        canned_replies::endpoints(),
        presets::endpoints(),
        macros::endpoints(),
        campaigns::endpoints(),
        campaign_runs::endpoints(),
        articles::endpoints(),
        article_search::endpoints(),
        quarantine::endpoints(),
        business_hours::endpoints(),
        events::endpoints(),
        event_stream::endpoints(),
        event_stats::endpoints(),
        audit::endpoints(),
        billing::endpoints(),
        rate_cards::endpoints(),
        usage::endpoints(),
        sla_policies::endpoints(),
        sla::endpoints(),
        analytics::endpoints(),
        waterfall::endpoints(),
        csat::endpoints(),
        report_exports::endpoints(),
        scheduled_reports::endpoints(),
        csat_answers::endpoints(),
        operations::endpoints(),
    ]
    .concat()
}
