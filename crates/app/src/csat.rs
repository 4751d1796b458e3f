//! Reading satisfaction surveys, with access applied: how brands ask, what customers answered, and what the page behind a
//! link shows to whoever has its secret.

use domain::access::{Action, Decision, Principal, authorize_at};
use domain::csat::{Survey as Settings, SurveyRef};
use domain::event::Event;
use domain::identity::BlindKey;
use domain::ids::*;
use domain::rejection::Rejection;
use domain::time::Timestamp;
use projections::Views;
use projections::csat::{State, Survey};
use projections::inbox::Row;

use crate::Desk;
use crate::queries::Answer;

/// Surveys looked through for one page at most.
const LOOKED_MAX: usize = 20_000;

/// How a brand asks.
#[derive(Debug, Clone)]
pub struct SurveyCard {
    pub brand_id: BrandId,
    pub brand_name: String,
    pub settings: Settings,
    pub version: u64,
}

/// Which surveys; what is absent is not asked for.
#[derive(Debug, Clone, Default)]
pub struct ResponseFilter {
    pub conversation_id: Option<ConversationId>,
    pub brand_id: Option<BrandId>,
    pub channel_id: Option<ChannelId>,
    pub team_id: Option<TeamId>,
    pub resolver_id: Option<UserId>,
    pub states: Vec<State>,
    pub scores: Vec<u8>,
    /// Sent from then on.
    pub from: Option<Timestamp>,
    /// Sent before then.
    pub to: Option<Timestamp>,
}

impl ResponseFilter {
    fn admits(&self, survey: &Survey, now: Timestamp) -> bool {
        fn is<T: PartialEq>(wanted: Option<T>, found: Option<T>) -> bool {
            wanted.is_none() || wanted == found
        }
        is(self.conversation_id, Some(survey.conversation_id))
            && is(self.brand_id, Some(survey.brand_id))
            && is(self.channel_id, Some(survey.channel_id))
            && is(self.team_id, survey.team_id)
            && is(self.resolver_id, survey.resolver_id)
            && (self.states.is_empty() || self.states.contains(&survey.state(now)))
            && (self.scores.is_empty() || survey.answer.is_some_and(|answer| self.scores.contains(&answer.score)))
            && self.from.is_none_or(|from| survey.sent_at >= from)
            && self.to.is_none_or(|to| survey.sent_at < to)
    }
}

/// A survey with the conversation it is about.
#[derive(Debug, Clone, Copy)]
pub struct Response {
    pub survey: Survey,
    pub row: Row,
}

/// A page of them.
#[derive(Debug, Clone)]
pub struct Responses {
    pub found: Vec<Response>,
    /// Where the next page begins; `None`: this is the last.
    pub next: Option<CsatId>,
    pub as_of: u64,
}

/// What somebody with the secret of a link is shown.
#[derive(Debug, Clone)]
pub struct Question {
    pub brand_name: String,
    pub settings: Settings,
    pub survey: Survey,
}

impl Desk {
    /// How the asker's brands ask, by the brands' ids.
    pub fn csat_surveys(&self, principal: &Principal) -> Answer<(Vec<SurveyCard>, u64)> {
        self.allow(principal, Action::CsatManage)?;
        Ok(self.view(|views| {
            let brands = views.directory.brands.iter().map(|brand| brand.id);
            let seen = brands.filter(|brand| principal.rights().in_brand(*brand));
            let mut cards: Vec<_> = seen.filter_map(|brand| card(views, brand)).collect();
            cards.sort_by_key(|card| card.brand_id);
            (cards, views.position())
        }))
    }

    /// How one brand asks.
    pub fn csat_survey(&self, principal: &Principal, brand: BrandId) -> Answer<SurveyCard> {
        self.allow(principal, Action::CsatManage)?;
        let found = self.view(|views| card(views, brand));
        Ok(found.filter(|_| principal.rights().in_brand(brand)).ok_or(Rejection::NotFound)?)
    }

    /// Surveys about conversations whose results the asker may see, the newest first, below one.
    pub fn csat_responses(
        &self,
        principal: &Principal,
        filter: &ResponseFilter,
        below: Option<CsatId>,
        limit: usize,
    ) -> Answer<Responses> {
        self.allow(principal, Action::CsatRead)?;
        if let Some(id) = filter.conversation_id {
            self.conversation(principal, id)?;
        }
        let now = self.now();
        Ok(self.view(|views| {
            let mut page = Responses { found: Vec::new(), next: None, as_of: views.position() };
            let mut last = None;
            let all: Box<dyn Iterator<Item = &Survey>> = match filter.conversation_id {
                Some(id) => Box::new(views.csat.of(id).filter(|survey| below.is_none_or(|below| survey.id < below))),
                None => Box::new(views.csat.before(below)),
            };
            for (looked, survey) in all.enumerate() {
                if page.found.len() == limit || looked == LOOKED_MAX {
                    page.next = last;
                    break;
                }
                if filter.from.is_some_and(|from| survey.sent_at < from) {
                    break;
                }
                last = Some(survey.id);
                let row = views.inbox.get(survey.conversation_id);
                if let Some(row) = row.filter(|row| filter.admits(survey, now) && sees(views, principal, row)) {
                    page.found.push(Response { survey: *survey, row });
                }
            }
            page
        }))
    }

    /// What the customer said to it, if they did and the words still exist. For callers that have checked access.
    pub fn csat_comment(&self, survey: &Survey) -> Answer<Option<String>> {
        let Some(pos) = survey.comment_pos else { return Ok(None) };
        let private = match self.event_open(pos)?.map(|recorded| recorded.event) {
            Some(Event::CsatAnswered(event)) => event.private,
            Some(Event::CsatCommented(event)) => event.private,
            _ => None,
        };
        Ok(private.map(|private| private.comment))
    }

    /// The same for an episode, where the asker may read what its customer answered.
    pub(crate) fn csat_comment_of(
        &self,
        principal: &Principal,
        id: ConversationId,
        episode: u32,
    ) -> Answer<Option<String>> {
        let survey = self.view(|views| {
            views.inbox.get(id).filter(|row| sees(views, principal, row))?;
            views.csat.of(id).find(|survey| survey.episode == episode).copied()
        });
        survey.map_or(Ok(None), |survey| self.csat_comment(&survey))
    }

    /// The survey behind a link's secret, which is all that whoever asks has to show.
    pub fn csat_question(&self, token: BlindKey) -> Answer<Question> {
        let place = self.find_key(token)?.as_deref().and_then(SurveyRef::from_bytes).ok_or(Rejection::NotFound)?;
        let found = self.view(|views| {
            let survey = *views.csat.get(place.survey_id)?;
            let erased = views
                .inbox
                .get(survey.conversation_id)
                .is_none_or(|row| views.directory.contacts.get(row.contact_id()).is_none_or(|contact| contact.erased));
            let card = card(views, survey.brand_id)?;
            Some((Question { brand_name: card.brand_name, settings: card.settings, survey }, erased))
        });
        let (question, erased) = found.ok_or(Rejection::NotFound)?;
        if erased || self.now() > question.survey.open_until() {
            return Err(Rejection::Gone("the survey").into());
        }
        Ok(question)
    }
}

fn card(views: &Views, brand_id: BrandId) -> Option<SurveyCard> {
    let brand_name = views.directory.brands.get(brand_id)?.name.clone();
    let settings = views.csat_book.survey(brand_id).clone();
    Some(SurveyCard { brand_id, brand_name, settings, version: views.csat_book.version(brand_id) })
}

/// Whether somebody sees what customers answered in a conversation: with the conversation, and where the table says so.
fn sees(views: &Views, principal: &Principal, row: &Row) -> bool {
    let place = views.inbox.placement(row, principal.user_id);
    views.inbox.sees(principal, row) && authorize_at(principal, Action::CsatRead, &place) == Decision::Allow
}
