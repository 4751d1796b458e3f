//! Satisfaction surveys as the API shows them, and as it is told of them.

use app::csat::{Question, Response, SurveyCard};
use app::{Desk, Failure};
use domain::csat::{Form, Survey, SurveyTemplate};
use domain::event::csat::{SkipReason, Via};
use domain::ids;
use domain::time::{Millis, Timestamp};
use projections::Views;
use projections::csat::{Latest, State};

use super::conversation::contact_summary;
use crate::dto::csat::*;

pub(crate) fn survey(card: &SurveyCard) -> CsatSurvey {
    let settings = &card.settings;
    CsatSurvey {
        brand_id: card.brand_id.into(),
        version: card.version.into(),
        enabled: settings.enabled,
        channel_ids: settings.channel_ids.iter().copied().map(Into::into).collect(),
        form: match settings.form {
            Form::List | Form::Template => CsatForm::List,
            Form::Buttons => CsatForm::Buttons,
            Form::Link => CsatForm::Link,
        },
        question: settings.question.clone(),
        labels: settings.labels.clone(),
        list_button: settings.list_button.clone(),
        thanks: settings.thanks.clone(),
        asks_comment: settings.asks_comment,
        delay_seconds: settings.delay_ms.whole_seconds(),
        cooldown_seconds: settings.cooldown_ms.whole_seconds(),
        answer_within_seconds: settings.answer_within_ms.whole_seconds(),
        template: settings.template.as_ref().map(|template| CsatTemplate {
            name: template.name.clone(),
            language: template.language.clone(),
            scores: template.scores.iter().copied().map(Score).collect(),
        }),
        public_url: settings.public_url.clone(),
    }
}

pub(crate) fn asked(wanted: ReplaceCsatSurvey) -> Survey {
    let plain = Survey::default();
    let seconds = |seconds: Option<u32>, plain: Millis| seconds.map_or(plain, |s| Millis::seconds(i64::from(s)));
    Survey {
        enabled: wanted.enabled,
        channel_ids: wanted.channel_ids.into_iter().flatten().map(|id| id.0).collect(),
        form: match wanted.form {
            None | Some(CsatForm::List) => Form::List,
            Some(CsatForm::Buttons) => Form::Buttons,
            Some(CsatForm::Link) => Form::Link,
        },
        question: wanted.question.unwrap_or(plain.question),
        labels: wanted.labels.unwrap_or(plain.labels),
        list_button: wanted.list_button.unwrap_or(plain.list_button),
        thanks: wanted.thanks,
        asks_comment: wanted.asks_comment.unwrap_or_default(),
        delay_ms: seconds(wanted.delay_seconds, plain.delay_ms),
        cooldown_ms: seconds(wanted.cooldown_seconds, plain.cooldown_ms),
        answer_within_ms: seconds(wanted.answer_within_seconds, plain.answer_within_ms),
        template: wanted.template.map(|template| SurveyTemplate {
            name: template.name,
            language: template.language,
            scores: template.scores.into_iter().map(|score| score.0).collect(),
        }),
        public_url: wanted.public_url,
    }
}

pub(crate) fn response(desk: &Desk, response: &Response) -> Result<CsatResponse, Failure> {
    let Response { survey, row } = response;
    Ok(CsatResponse {
        survey_id: survey.id.into(),
        conversation_id: survey.conversation_id.into(),
        number: row.number().into(),
        contact: contact_summary(desk, row),
        episode: survey.episode,
        brand_id: survey.brand_id.into(),
        channel_id: survey.channel_id.into(),
        team_id: survey.team_id.map(Into::into),
        resolver_id: survey.resolver_id.map(Into::into),
        message_id: survey.message_id.into(),
        asked_by: match survey.form {
            Form::List => CsatAsked::List,
            Form::Buttons => CsatAsked::Buttons,
            Form::Link => CsatAsked::Link,
            Form::Template => CsatAsked::Template,
        },
        state: match survey.state(desk.now()) {
            State::Sent => CsatState::Sent,
            State::Answered => CsatState::Answered,
            State::Expired => CsatState::Expired,
        },
        score: survey.answer.map(|answer| Score(answer.score)),
        via: survey.answer.map(|answer| match answer.via {
            Via::Button => CsatVia::Button,
            Via::List => CsatVia::List,
            Via::Typed => CsatVia::Typed,
            Via::Link => CsatVia::Link,
        }),
        answers: survey.answer.map_or(0, |answer| answer.count),
        comment: desk.csat_comment(survey)?,
        sent_at: survey.sent_at.into(),
        answered_at: survey.answer.map(|answer| answer.at.into()),
        expires_at: survey.expires_at.into(),
    })
}

pub(crate) fn question(question: Question) -> CsatQuestion {
    CsatQuestion {
        brand_name: question.brand_name,
        question: question.settings.question,
        labels: question.settings.labels,
        score: question.survey.answer.map(|answer| Score(answer.score)),
        open_until: question.survey.open_until().into(),
    }
}

/// What became of asking about the last resolved episode. Whoever sees the conversation sees it: the answer is a message in it.
pub(crate) fn latest(views: &Views, id: ids::ConversationId, now: Timestamp) -> Option<ConversationCsat> {
    let alone = |episode, state, reason| ConversationCsat {
        survey_id: None,
        episode,
        state,
        score: None,
        answered_at: None,
        reason,
    };
    match (views.csat_book.waiting(id), views.csat.latest(id)) {
        (Some(waiting), _) => Some(alone(waiting.episode, ConversationCsatState::Planned, None)),
        (None, None) => None,
        (None, Some(Latest::Asked(survey))) => {
            let survey = views.csat.get(survey)?;
            Some(ConversationCsat {
                survey_id: Some(survey.id.into()),
                episode: survey.episode,
                state: match survey.state(now) {
                    State::Sent => ConversationCsatState::Sent,
                    State::Answered => ConversationCsatState::Answered,
                    State::Expired => ConversationCsatState::Expired,
                },
                score: survey.answer.map(|answer| Score(answer.score)),
                answered_at: survey.answer.map(|answer| answer.at.into()),
                reason: None,
            })
        }
        (None, Some(Latest::Skipped { episode, reason })) => {
            Some(alone(episode, ConversationCsatState::Skipped, Some(skip_reason(reason))))
        }
    }
}

fn skip_reason(reason: SkipReason) -> CsatSkipReason {
    match reason {
        SkipReason::AutoResolvedUnanswered => CsatSkipReason::AutoResolvedUnanswered,
        SkipReason::Spam => CsatSkipReason::Spam,
        SkipReason::Blocked => CsatSkipReason::Blocked,
        SkipReason::WindowClosed => CsatSkipReason::WindowClosed,
        SkipReason::Cooldown => CsatSkipReason::Cooldown,
        SkipReason::OptedOut => CsatSkipReason::OptedOut,
        SkipReason::AskedNotTo => CsatSkipReason::AskedNotTo,
        SkipReason::Group => CsatSkipReason::Group,
        SkipReason::Unreachable => CsatSkipReason::Unreachable,
    }
}

pub(crate) fn state_asked(state: CsatState) -> State {
    match state {
        CsatState::Sent => State::Sent,
        CsatState::Answered => State::Answered,
        CsatState::Expired => State::Expired,
    }
}
