//! Outage notice: a template to whom it concerns, and a queue of its own for what they answer.

use serde_json::json;

use super::part::{Around, Kind, Part, Thing, test};
use crate::access::Walls;
use crate::campaign::{
    Audience, Campaign, Kind as CampaignKind, Parameter, ParameterType, Part as TemplatePart, ReplyRouting,
    TemplateName,
};
use crate::condition::{Condition, Field, Operator};
use crate::rejection::Rejection;
use crate::segment::Segment;
use crate::template::draft::{Category, Draft};
use crate::time::Millis;

const TEMPLATE: &str = "service_outage";
const LANGUAGE: &str = "en_US";
/// What answers to the notice are tagged with.
const TAG: &str = "outage";
/// Messages a minute: an outage brings enough work as it is.
const RATE: u32 = 600;

pub(super) const PARTS: &[Part] = &[
    Part { key: "team", kind: Kind::Team, says: |_| Ok(Thing::Team("Outage", Walls::Closed)) },
    Part { key: "affected", kind: Kind::Segment, says: affected },
    Part { key: "notice", kind: Kind::Template, says: notice },
    Part { key: "campaign", kind: Kind::Campaign, says: campaign },
];

fn affected(around: &Around<'_>) -> Result<Thing, Rejection> {
    let attribute = |key: &str, value: &str| test(Field::Attribute(key.to_owned()), Operator::In, json!([value]));
    Ok(Thing::Segment(Segment {
        name: "Affected by the outage".to_owned(),
        brand_id: Some(around.brand_id),
        when: Condition::All { all: vec![attribute("plan", "business"), attribute("region", "north")] },
        contact_ids: std::collections::BTreeSet::new(),
    }))
}

fn notice(_: &Around<'_>) -> Result<Thing, Rejection> {
    Ok(Thing::Template(Draft {
        name: TEMPLATE.to_owned(),
        language: LANGUAGE.to_owned(),
        category: Category::Utility,
        components: vec![json!({
            "type": "BODY",
            "text": "Hello {{1}}, our service is interrupted in the region {{2}}. We are working on it and will write again as soon as it is back.",
            "example": { "body_text": [["Lucía", "north"]] }
        })],
        message_send_ttl_seconds: None,
    }))
}

fn campaign(around: &Around<'_>) -> Result<Thing, Rejection> {
    let parameter = |text: &str| Parameter {
        part: TemplatePart::Body,
        index: None,
        name: None,
        kind: ParameterType::Text,
        text: text.to_owned(),
    };
    Ok(Thing::Campaign(Box::new(Campaign {
        name: "Outage notice".to_owned(),
        kind: CampaignKind::Outage,
        brand_id: around.brand_id,
        channel_id: around.channel_id,
        audience: Audience::Segment { segment_id: around.part("affected")? },
        template: TemplateName { name: TEMPLATE.to_owned(), language: LANGUAGE.to_owned() },
        parameters: vec![parameter("{{contact.first_name|customer}}"), parameter("{{contact.attribute.region}}")],
        send_at: None,
        rate_per_minute: RATE,
        quiet_hours: None,
        consent_purpose: None,
        reply_routing: Some(ReplyRouting {
            queue_id: around.queue("team")?,
            tag: Some(TAG.to_owned()),
            expires_after_ms: Millis::hours(72),
        }),
    })))
}
