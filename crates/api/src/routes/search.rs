//! Full text.

use std::collections::BTreeSet;

use app::search::{ASKED_FIELDS, Order, Place, SearchQuery};
use domain::access::Action;
use domain::condition::{Condition, Known, check};
use domain::ids;
use domain::outbound_content::FieldError;
use domain::rejection::Rejection;
use projections::inbox::query::Filters;
use projections::search::{Ask, Kind as What};

use super::conversations::{domain_priority, domain_status, owner};
use crate::answer::Found;
use crate::caller::Caller;
use crate::context::Shared;
use crate::dto::search::*;
use crate::endpoint::{Endpoint, RateClass};
use crate::extract::{Json, Query};
use crate::front::Front;
use crate::openapi::Tag;
use crate::paging::Pager;
use crate::present::search::{found, hit};
use crate::problem::{Kind, Problem};

/// Conversations of a page, if nothing is said.
const LIMIT: u16 = 20;
/// Hits of one conversation, if nothing is said.
const HITS: u8 = 3;

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::post("/v1/conversation-search", "search_conversations", search)
            .about(Tag::Search, "Find conversations by what was said in them")
            .description(
                "Looks through messages of both directions, notes, and contacts' names and numbers, in any script, as far as you may \
                 read them at this moment. Hits come by conversation, with excerpts and the places in them. What was revoked, \
                 deleted or erased is not found, of what was edited the newest text. The index follows the log within about a \
                 second: `indexed_to` says how far it is. Search is of the present.",
            )
            .needs(Action::Search)
            .rate(RateClass::Read)
            .refuses(&[Kind::Unprocessable, Kind::CursorInvalid, Kind::CursorMismatch]),
        Endpoint::get("/v1/search", "search", single)
            .about(Tag::Search, "Find single messages, notes and contacts")
            .description(
                "The same search, hit by hit. Finds contacts who never wrote, too: who has no conversation is seen by whoever sees the \
                 common queue of the brand.",
            )
            .needs(Action::Search)
            .refuses(&[Kind::Unprocessable, Kind::CursorInvalid, Kind::CursorMismatch]),
    ]
}

async fn search(
    caller: Caller,
    front: Front,
    shared: Shared,
    Json(mut body, _): Json<SearchConversations>,
) -> Result<Found<ConversationMatchPage>, Problem> {
    let me = caller.principal.user_id;
    let (cursor, limit) = (body.cursor.take(), body.limit.unwrap_or(LIMIT));
    let mut query = question(&front, me, body)?;
    let asked = format!("search {query:?}");
    let pager = Pager::new(&shared, &caller, asked, cursor, Some(limit));
    query.after = pager.after::<Place>()?;
    query.limit = pager.limit();
    let (desk, principal) = (app::Desk::clone(&front), caller.principal.clone());
    let answered = tokio::task::spawn_blocking(move || desk.search(&principal, &query));
    let page = answered.await.map_err(Problem::internal)??;
    Ok(Found(ConversationMatchPage {
        data: page.found.iter().map(|each| found(&front, each, me)).collect(),
        page: pager.info(page.next),
        indexed_to: page.indexed_to.into(),
        as_of: page.as_of.into(),
    }))
}

async fn single(
    caller: Caller,
    front: Front,
    shared: Shared,
    Query(asked): Query<SearchParameters>,
) -> Result<Found<SearchHitPage>, Problem> {
    let ask = Ask::read(&asked.q);
    if ask.is_empty() {
        return Err(Problem::parameter("q", "no-words", "at least one word or number"));
    }
    let mut query = SearchQuery {
        ask,
        kinds: kinds(&asked.kind.unwrap_or_default(), None),
        filters: Filters::default(),
        condition: None,
        from: None,
        until: None,
        order: order(asked.sort.unwrap_or_default()),
        after: None,
        limit: 0,
        hits_max: 0,
    };
    let pager = Pager::new(&shared, &caller, format!("search hits {query:?}"), asked.cursor, asked.limit);
    query.after = pager.after::<Place>()?;
    query.limit = pager.limit();
    let (desk, principal) = (app::Desk::clone(&front), caller.principal.clone());
    let answered = tokio::task::spawn_blocking(move || desk.search_hits(&principal, &query));
    let page = answered.await.map_err(Problem::internal)??;
    Ok(Found(SearchHitPage {
        data: page.hits.iter().map(hit).collect(),
        page: pager.info(page.next),
        indexed_to: page.indexed_to.into(),
        as_of: page.as_of.into(),
    }))
}

fn order(sort: SearchSort) -> Order {
    match sort {
        SearchSort::Relevance => Order::Relevance,
        SearchSort::WrittenAt => Order::Newest,
    }
}

fn question(front: &Front, me: ids::UserId, body: SearchConversations) -> Result<SearchQuery, Problem> {
    let ask = Ask::read(&body.text);
    if ask.is_empty() {
        return Err(refused("/text", "no_words", "at least one word or number".to_owned()));
    }
    let contacts = body.contact_id.map(|id| front.view(|views| views.directory.contacts.group(id.0)));
    let filters = Filters {
        statuses: body.status.into_iter().map(domain_status).collect(),
        priorities: body.priority.into_iter().map(domain_priority).collect(),
        channel_ids: body.channel_ids.iter().map(|id| id.0).collect(),
        brand_ids: body.brand_ids.iter().map(|id| id.0).collect(),
        assignee_id: match body.assignee_id.as_deref() {
            None => None,
            Some(text) => {
                let owner = owner(text, me)
                    .ok_or_else(|| refused("/assignee_id", "wrong_form", "me, none or a user".to_owned()))?;
                Some(owner)
            }
        },
        team_id: body.team_id.map(Into::into),
        contact_ids: contacts.unwrap_or_default(),
        campaign_id: body.campaign_id.map(Into::into),
        among: None,
        tag: body.tag.map(|tag| tag.trim().to_lowercase()),
    };
    Ok(SearchQuery {
        ask,
        kinds: kinds(&body.kinds, body.direction),
        filters,
        condition: body.filter.map(|filter| condition(&filter)).transpose()?,
        from: body.written_from.map(|at| at.0),
        until: body.written_until.map(|at| at.0),
        order: order(body.sort),
        after: None,
        limit: 0,
        hits_max: usize::from(body.hits_max.unwrap_or(HITS)),
    })
}

/// A direction is one of messages: with it, nothing else has any.
fn kinds(wanted: &[SearchKind], direction: Option<SearchDirection>) -> BTreeSet<What> {
    let wants = |kind| wanted.is_empty() || wanted.contains(&kind);
    let mut kinds = BTreeSet::new();
    if wants(SearchKind::Message) {
        kinds.extend((direction != Some(SearchDirection::Outbound)).then_some(What::Inbound));
        kinds.extend((direction != Some(SearchDirection::Inbound)).then_some(What::Outbound));
    }
    if direction.is_none() {
        kinds.extend(wants(SearchKind::Note).then_some(What::Note));
        kinds.extend(wants(SearchKind::Contact).then_some(What::Contact));
    }
    kinds
}

/// Whatever an id names: of what somebody cannot see nothing is said, so what does not exist is no error either.
struct Anything;

impl Known for Anything {
    fn channel(&self, _: ids::ChannelId) -> bool {
        true
    }
    fn brand(&self, _: ids::BrandId) -> bool {
        true
    }
    fn team(&self, _: ids::TeamId) -> bool {
        true
    }
    fn user(&self, _: ids::UserId) -> bool {
        true
    }
    fn hours(&self, _: ids::HoursId) -> bool {
        true
    }
    fn segment(&self, _: ids::SegmentId) -> bool {
        true
    }
    fn campaign(&self, _: ids::CampaignId) -> bool {
        true
    }
}

fn condition(filter: &crate::dto::condition::Condition) -> Result<Condition, Problem> {
    let condition = filter.read("/filter")?;
    let errors = check(&condition, "/filter", &Anything);
    if !errors.is_empty() {
        return Err(Rejection::Fields(errors).into());
    }
    match condition.tests().iter().find(|test| !ASKED_FIELDS.contains(&test.field)) {
        Some(test) => Err(refused("/filter", "not_allowed", format!("{} is not known of a conversation", test.field))),
        None => Ok(condition),
    }
}

fn refused(pointer: &str, code: &'static str, detail: String) -> Problem {
    Rejection::Fields(vec![FieldError { pointer: pointer.to_owned(), code, detail }]).into()
}
