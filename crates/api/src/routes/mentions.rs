//! Naming colleagues: whom one can name, and where one was named.

use app::attention::NoticeQuery;
use app::notes::CandidateId;
use domain::access::Action;
use domain::conversation::mention::Mention as Named;

use crate::answer::Found;
use crate::caller::Caller;
use crate::context::Shared;
use crate::dto::attention::{CandidateQuery, MentionCandidates, MentionPage, MentionQuery};
use crate::endpoint::Endpoint;
use crate::extract::Query;
use crate::front::Front;
use crate::openapi::Tag;
use crate::paging::Pager;
use crate::present::attention::mention;
use crate::present::note::target;
use crate::problem::{Kind, Problem};

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::get("/v1/mentions", "list_mentions", list)
            .about(Tag::Notes, "List the notes that name you, newest first")
            .description(
                "The newest 500 are kept. One is read with its conversation (`PUT /v1/conversations/{conversation_id}/read`) \
                 or with its notification.",
            )
            .needs(Action::OwnAccount)
            .refuses(&[Kind::CursorInvalid, Kind::CursorMismatch]),
        Endpoint::get("/v1/mention-candidates", "list_mention_candidates", candidates)
            .about(Tag::Notes, "List whom a note in a conversation can name")
            .description("Those who do not see the conversation are absent: a mention would be refused.")
            .needs(Action::NoteAdd)
            .refuses(&[Kind::NotFound]),
    ]
}

async fn list(
    caller: Caller,
    front: Front,
    shared: Shared,
    Query(query): Query<MentionQuery>,
) -> Result<Found<MentionPage>, Problem> {
    let unread = query.unread.unwrap_or_default();
    let pager = Pager::new(&shared, &caller, format!("mentions {unread}"), query.cursor, query.limit);
    let asked = NoticeQuery { unread, before: pager.after()?, limit: pager.limit() + 1, ..NoticeQuery::default() };
    let (found, as_of) = front.mentions(&caller.principal, &asked);
    let (rows, page) = pager.cut(found, |told| told.notice.pos);
    let data = rows.iter().filter_map(|told| mention(&front, told)).collect();
    Ok(Found(MentionPage { data, page, as_of: as_of.into() }))
}

async fn candidates(
    caller: Caller,
    front: Front,
    shared: Shared,
    Query(query): Query<CandidateQuery>,
) -> Result<Found<MentionCandidates>, Problem> {
    let (_, as_of) = shared.head();
    let part = query.q.unwrap_or_default();
    let found = front.mention_candidates(&caller.principal, query.conversation_id.0, &part)?;
    let named = found.into_iter().map(|candidate| match candidate.id {
        CandidateId::User(id) => Named::User(id),
        CandidateId::Team(id) => Named::Team(id),
    });
    let data = named.map(|named| target(&front, named)).collect();
    Ok(Found(MentionCandidates { data, as_of: as_of.into() }))
}
