//! Campaigns and their recipients.

use domain::campaign::*;
use domain::contact::consent::Purpose;
use domain::event::Event;
use domain::event::campaign::*;
use domain::ids::*;
use domain::queue::QueueId;
use domain::time::Millis;

use super::{at, id};

pub(super) fn samples() -> Vec<Event> {
    let campaign_id: CampaignId = id(60);
    let campaign = Campaign {
        name: "Spring".to_owned(),
        kind: Kind::Marketing,
        brand_id: id(3),
        channel_id: id(4),
        audience: Audience::Contacts { contact_ids: vec![id(9), id(10)] },
        template: TemplateName { name: "spring_sale".to_owned(), language: "en".to_owned() },
        parameters: vec![
            Parameter {
                part: Part::Body,
                index: None,
                name: Some("first_name".to_owned()),
                kind: ParameterType::Text,
                text: "{{contact.first_name|there}}".to_owned(),
            },
            Parameter {
                part: Part::Button,
                index: Some(1),
                name: None,
                kind: ParameterType::Text,
                text: "spring".to_owned(),
            },
        ],
        send_at: Some(at(30)),
        rate_per_minute: 600,
        quiet_hours: Some(QuietHours {
            zone: QuietZone::Contact,
            time_zone: "Europe/Madrid".to_owned(),
            from_minute: 1_260,
            to_minute: 540,
        }),
        consent_purpose: Some(Purpose::Marketing),
        reply_routing: Some(ReplyRouting {
            queue_id: QueueId::Team(id(2)),
            tag: Some("spring".to_owned()),
            expires_after_ms: Millis::hours(48),
        }),
    };
    let changed = Campaign { audience: Audience::Segment { segment_id: id(70) }, ..campaign.clone() };
    vec![
        CampaignCreated { campaign_id, campaign }.into(),
        CampaignChanged { campaign_id, campaign: changed }.into(),
        CampaignRemoved { campaign_id }.into(),
        CampaignLaunched { campaign_id, audience: 2, selecting: true }.into(),
        CampaignStarted { campaign_id }.into(),
        CampaignPaused { campaign_id, cause: PauseCause::TemplateNotSendable }.into(),
        CampaignResumed { campaign_id }.into(),
        CampaignCancelled { campaign_id }.into(),
        CampaignFinished { campaign_id }.into(),
        CampaignRecipientsSelected { campaign_id, contact_ids: vec![id(9), id(10)], last: true }.into(),
        CampaignRecipientsExcluded {
            campaign_id,
            recipients: vec![ExcludedRecipient { contact_id: id(9), reason: Reason::OptedOut }],
        }
        .into(),
        CampaignRecipientsQueued {
            campaign_id,
            recipients: vec![QueuedRecipient {
                contact_id: id(10),
                address_id: id(11),
                conversation_id: id(5),
                message_id: id(6),
                opened: true,
            }],
        }
        .into(),
        CampaignRecipientsDropped { campaign_id, contact_ids: vec![id(12)] }.into(),
        CampaignTestSent { campaign_id, contact_id: id(9), conversation_id: id(5), message_id: id(7) }.into(),
    ]
}
