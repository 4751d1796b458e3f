//! Numbers and templates.

use domain::event::Event;
use domain::event::channel::*;
use domain::inbound::{Barred, TemplateChange};
use serde_json::json;

use super::{at, id, text};

fn credentials() -> Option<Credentials> {
    Some(Credentials {
        access_token: "personal-token".to_owned(),
        app_secret: "personal-secret".to_owned(),
        previous_app_secret: text("personal-old-secret"),
        verify_token: "personal-verify".to_owned(),
    })
}

pub(super) fn samples() -> Vec<Event> {
    vec![
        ChannelConnected {
            channel_id: id(3),
            channel_type: ChannelType::Whatsapp,
            brand_id: id(1),
            name: "Sales".to_owned(),
            phone_e164: "+15550783881".to_owned(),
            phone_number_id: "106540352242922".to_owned(),
            waba_id: "102290129340398".to_owned(),
            graph_base_url: text("http://127.0.0.1:9090"),
            graph_version: "v25.0".to_owned(),
            private: credentials(),
        }
        .into(),
        ChannelChanged {
            channel_id: Some(id(3)),
            name: text("Support"),
            phone_e164: text("+15550783882"),
            graph_base_url: text("http://127.0.0.1:9091"),
            graph_version: text("v26.0"),
            enabled: Some(false),
        }
        .into(),
        ChannelTeamChanged { channel_id: id(3), team_id: Some(id(14)) }.into(),
        ChannelSecretRotated { channel_id: id(3), private: credentials() }.into(),
        ChannelHealthObserved {
            messaging_limit: Some(2_000),
            channel_id: Some(id(3)),
            quality: text("YELLOW"),
            throughput_mps: Some(80),
            business_initiated: Some(Barred::Until(at(60))),
            sending: Some(false),
            code: Some(190),
        }
        .into(),
        ChannelNoticed {
            channel_id: Some(id(3)),
            waba_id: text("102290129340398"),
            field: "account_update".to_owned(),
            event: text("ACCOUNT_RESTRICTION"),
            at: at(2),
            private: Some(Notice { body: json!({"owner": "personal"}) }),
        }
        .into(),
        TemplateChanged {
            template_id: id(4),
            waba_id: "102290129340398".to_owned(),
            change: TemplateChange {
                provider_id: text("1689556908129832"),
                name: "order_update".to_owned(),
                language: "en_US".to_owned(),
                status: text("APPROVED"),
                reason: text("NONE"),
                category: text("UTILITY"),
                coming_category: text("MARKETING"),
                quality: text("GREEN"),
                components: Some(json!([{"type": "BODY", "text": "Your order {{1}} is on its way"}])),
                at: Some(at(3)),
                detail: Some(json!({"disable_info": {"disable_date": 1}})),
            },
        }
        .into(),
        TemplateRemoved { template_id: id(4) }.into(),
    ]
}
