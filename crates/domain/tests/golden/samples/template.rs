//! Templates that the team writes.

use domain::event::Event;
use domain::event::template::*;
use domain::ids::*;
use domain::template::draft::{Category, Draft};
use serde_json::json;

use super::{id, text};

pub(super) fn samples() -> Vec<Event> {
    let template_id = id::<TemplateId>(4);
    let draft = Draft {
        name: "order_update".to_owned(),
        language: "en_US".to_owned(),
        category: Category::Utility,
        components: vec![json!({
            "type": "BODY", "text": "Your order {{1}} is on its way.", "example": {"body_text": [["A-17"]]},
        })],
        message_send_ttl_seconds: Some(3_600),
    };
    let refusal = Refusal { code: Some(100), reason: "Message template body text can't be longer".to_owned() };
    vec![
        TemplateDrafted { template_id, waba_id: "102290129340398".to_owned(), draft }.into(),
        TemplateSubmitted { template_id }.into(),
        TemplateSubmissionAccepted {
            template_id,
            provider_id: text("1689556908129832"),
            status: text("PENDING"),
            category: text("UTILITY"),
        }
        .into(),
        TemplateSubmissionRefused { template_id, refusal: refusal.clone() }.into(),
        TemplateDeletionRequested { template_id }.into(),
        TemplateDeletionRefused { template_id, refusal }.into(),
    ]
}
