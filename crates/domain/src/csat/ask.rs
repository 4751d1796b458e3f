//! Asking, once for an episode: right after the resolution, in the same command, or at its time by the timer worker. Why
//! nobody was asked is written down; where surveys are off there is nothing to say.

use super::question::{form, question, template};
use super::{CONSENT, Form, Survey, SurveyRef, survey_key};
use crate::contact::consent::MARKETING;
use crate::content::Content;
use crate::conversation::reply::{Reply, reply};
use crate::csat::book::{Waiting, is_spam};
use crate::event::csat::{CsatSent, CsatSkipped, SkipReason};
use crate::event::message::Sender;
use crate::event::{Actor, LookupKey, StreamId};
use crate::ids::*;
use crate::rejection::Rejection;
use crate::step::Step;

/// Asks about the episode that waits to be asked about, if its time has come; else does nothing.
pub fn due(step: &mut Step<'_>, id: ConversationId) {
    let Some(waiting) = step.world.csat.waiting(id).filter(|waiting| waiting.due_at <= step.now).copied() else {
        return;
    };
    let asker = std::mem::replace(&mut step.actor, Actor::System);
    if let Err(reason) = ask(step, id, &waiting) {
        skipped(step, id, &waiting, reason);
    }
    step.actor = asker;
}

/// Asks now about the episode that waits to be asked about, whenever its time is: a rule wants it so.
pub(crate) fn at_once(step: &mut Step<'_>, id: ConversationId) -> Option<Result<(), SkipReason>> {
    let waiting = step.world.csat.waiting(id).copied()?;
    let asked = ask(step, id, &waiting);
    if let Err(reason) = asked {
        skipped(step, id, &waiting, reason);
    }
    Some(asked)
}

/// Whoever resolved it wants nobody to be asked.
pub(crate) fn leave_out(step: &mut Step<'_>, id: ConversationId) {
    if let Some(waiting) = step.world.csat.waiting(id).copied() {
        skipped(step, id, &waiting, SkipReason::AskedNotTo);
    }
}

fn skipped(step: &mut Step<'_>, id: ConversationId, waiting: &Waiting, reason: SkipReason) {
    let event = CsatSkipped {
        conversation_id: id,
        episode: waiting.episode,
        reason,
        resolver_id: waiting.resolver_id,
        team_id: waiting.team_id,
    };
    step.emit(StreamId::Conversation(id), event);
}

fn ask(step: &mut Step<'_>, id: ConversationId, waiting: &Waiting) -> Result<(), SkipReason> {
    let survey = step.world.csat.survey(waiting.brand_id).clone();
    hindrance(step, id, waiting, &survey).map_or(Ok(()), Err)?;
    let survey_id: CsatId = step.mint.fresh();
    let key = survey_key(step.blind, survey_id);
    let (message_id, form) = send(step, id, &survey, survey_id)?;
    let event = CsatSent {
        conversation_id: id,
        survey_id,
        episode: waiting.episode,
        message_id,
        form,
        resolver_id: waiting.resolver_id,
        team_id: waiting.team_id,
        expires_at: step.now + survey.answer_within_ms,
    };
    let value = SurveyRef { conversation_id: id, survey_id }.to_bytes();
    step.emit_at(StreamId::Conversation(id), event, step.now, vec![LookupKey { key, value }]);
    Ok(())
}

/// What speaks against asking at all, the heaviest first.
fn hindrance(step: &mut Step<'_>, id: ConversationId, waiting: &Waiting, survey: &Survey) -> Option<SkipReason> {
    let (step, conversation) = step.view(id)?;
    let contact_id = conversation.contact_id;
    let Some(contact) = step.world.contacts.get(&contact_id) else { return Some(SkipReason::Unreachable) };
    let spam = waiting.spam || conversation.tags.iter().any(|tag| is_spam(tag));
    let group = contact.is_group();
    let declined = [CONSENT, MARKETING].iter().any(|category| step.world.has_declined(contact_id, category));
    let standing = step.world.standing_for(contact_id);
    let same_person = step.world.stands_for(standing).into_iter().chain([standing]);
    let last = same_person.filter_map(|id| step.world.contacts.get(&id)?.surveyed_at).max();
    let tests = [
        (contact.erased, SkipReason::Unreachable),
        (step.world.is_blocked(contact_id), SkipReason::Blocked),
        (spam, SkipReason::Spam),
        (group, SkipReason::Group),
        (declined, SkipReason::OptedOut),
        (waiting.auto_unanswered, SkipReason::AutoResolvedUnanswered),
        (last.is_some_and(|last| step.now < last + survey.cooldown_ms), SkipReason::Cooldown),
    ];
    tests.into_iter().find(|(speaks_against, _)| *speaks_against).map(|(_, reason)| reason)
}

/// As the brand asks, or outside the window by its template.
fn send(
    step: &mut Step<'_>,
    id: ConversationId,
    survey: &Survey,
    survey_id: CsatId,
) -> Result<(MessageId, Form), SkipReason> {
    let content = question(survey, survey_id, survey_key(step.blind, survey_id));
    match by_itself(step, id, content) {
        Ok(message_id) => Ok((message_id, form(survey))),
        Err(Rejection::WindowClosed { .. }) => {
            let asks = survey.template.as_ref().ok_or(SkipReason::WindowClosed)?;
            let sent = by_itself(step, id, template(asks, survey_id));
            sent.map(|message_id| (message_id, Form::Template)).map_err(|rejection| match rejection {
                Rejection::NumberBarred { .. } => SkipReason::Unreachable,
                Rejection::OptedOut => SkipReason::OptedOut,
                _ => SkipReason::WindowClosed,
            })
        }
        Err(_) => Err(SkipReason::Unreachable),
    }
}

/// Queues a message that no person wrote.
pub(super) fn by_itself(step: &mut Step<'_>, id: ConversationId, content: Content) -> Result<MessageId, Rejection> {
    reply(step, &Reply::by_itself(id, Sender::System, content))
}
