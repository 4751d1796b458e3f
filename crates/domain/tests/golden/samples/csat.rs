//! Satisfaction surveys.

use domain::csat::{Form, Survey, SurveyTemplate};
use domain::event::Event;
use domain::event::csat::*;
use domain::ids::{ConversationId, CsatId};
use domain::time::Millis;

use super::{at, id, text};

pub(super) fn samples() -> Vec<Event> {
    let (conversation_id, survey_id): (ConversationId, CsatId) = (id(11), id(17));
    let (resolver_id, team_id, message_id) = (Some(id(5)), Some(id(14)), id(13));
    let private = || Some(CsatComment { comment: "personal words".to_owned() });
    vec![
        CsatSurveyChanged { brand_id: id(1), survey: survey() }.into(),
        CsatSent {
            conversation_id,
            survey_id,
            episode: 2,
            message_id,
            form: Form::List,
            resolver_id,
            team_id,
            expires_at: at(7 * 24 * 60),
        }
        .into(),
        CsatSkipped { conversation_id, episode: 2, reason: SkipReason::Cooldown, resolver_id, team_id }.into(),
        CsatAnswered {
            conversation_id,
            survey_id,
            episode: 2,
            score: 5,
            at: at(3),
            resolver_id,
            team_id,
            replaces: true,
            via: Via::List,
            message_id: Some(message_id),
            commented: true,
            private: private(),
        }
        .into(),
        CsatCommented { conversation_id, survey_id, episode: 2, message_id, at: at(4), private: private() }.into(),
    ]
}

fn survey() -> Survey {
    Survey {
        enabled: true,
        channel_ids: [id(3)].into(),
        form: Form::Buttons,
        thanks: text("Thank you! What could we do better?"),
        asks_comment: true,
        delay_ms: Millis::minutes(5),
        template: Some(SurveyTemplate {
            name: "how_was_it".to_owned(),
            language: "en".to_owned(),
            scores: vec![5, 3, 1],
        }),
        public_url: text("https://example.com/rate/"),
        ..Survey::default()
    }
}
