//! Customers: what the team knows of them, and what it does about that.

use domain::access::Action;
use domain::contact::{attributes, block, create as begin, edit, external_id, merge, tags};
use domain::identity::IdentityKind;
use domain::ids;
use domain::inbound::Identity;
use domain::rejection::Rejection;
use domain::segment::Segment;
use domain::step::Step;
use projections::inbox::query::Filters;
use projections::inbox::{InboxQuery, Keyset, Sort, View};

use super::contact_consents::purpose_asked;
use crate::answer::{Created, Done, Found, Versioned};
use crate::caller::Caller;
use crate::context::Shared;
use crate::dto::contact::*;
use crate::dto::contact_consent::ConsentWord;
use crate::dto::conversation::ConversationPage;
use crate::dto::scalar::{ContactId, MergeId};
use crate::dto::segment::ContactQuery;
use crate::dto::timeline::ListQuery;
use crate::endpoint::Endpoint;
use crate::extract::{IdempotencyKey, IfMatch, Json, MaybeJson, OptionalIdempotencyKey, Patch, Path, Then};
use crate::front::{Front, Repeatable};
use crate::openapi::Tag;
use crate::paging::Pager;
use crate::present::contact::contact;
use crate::present::conversation::conversation;
use crate::problem::{Kind, Problem};

/// Contacts looked at for one page: somebody who may see few of many gets a short page and goes on from there.
const WALK_MAX: usize = 5_000;

pub(super) fn endpoints() -> Vec<Endpoint> {
    const CURSOR: &[Kind] = &[Kind::CursorInvalid, Kind::CursorMismatch];
    vec![
        Endpoint::get("/v1/contacts", "list_contacts", list)
            .about(Tag::Contacts, "List contacts")
            .description(
                "In the order they became known; of several filters each must hold. A page may be short, even empty, and still \
                 have a next one. To ask for a segment takes `segments.read`.",
            )
            .needs(Action::ContactRead)
            .refuses(CURSOR),
        Endpoint::post("/v1/contacts", "create_contact", create)
            .about(Tag::Contacts, "Create a contact that never wrote")
            .needs(Action::ContactEdit)
            .refuses(&[Kind::Unprocessable, Kind::UnknownReference, Kind::DuplicateIdentity]),
        Endpoint::get("/v1/contacts/{contact_id}", "get_contact", read)
            .about(Tag::Contacts, "Get a contact")
            .needs(Action::ContactRead),
        Endpoint::patch("/v1/contacts/{contact_id}", "update_contact", update)
            .about(Tag::Contacts, "Name a contact, and label it")
            .description(
                "Attributes are labels for routing rules and policies to ask about, not personal text: they stay readable in \
                 the log.",
            )
            .needs(Action::ContactEdit)
            .refuses(&[Kind::ContactErased, Kind::Unprocessable, Kind::DuplicateIdentity]),
        Endpoint::put("/v1/contacts/{contact_id}/tags/{tag}", "tag_contact", tag)
            .about(Tag::Contacts, "Tag a contact")
            .needs(Action::ContactEdit)
            .refuses(&[Kind::ContactErased, Kind::Unprocessable]),
        Endpoint::delete("/v1/contacts/{contact_id}/tags/{tag}", "untag_contact", untag)
            .about(Tag::Contacts, "Take a tag of a contact away")
            .needs(Action::ContactEdit)
            .refuses(&[Kind::ContactErased, Kind::Unprocessable]),
        Endpoint::post("/v1/contacts/{contact_id}/identities", "link_identity", link)
            .about(Tag::Contacts, "Add a number the contact is known by")
            .needs(Action::ContactEdit)
            .refuses(&[Kind::ContactErased, Kind::DuplicateIdentity]),
        Endpoint::post("/v1/contacts/{contact_id}/block", "block_contact", set_block)
            .about(Tag::Contacts, "Block a contact")
            .description("What a blocked contact writes is kept and disturbs nobody.")
            .needs(Action::ContactBlock)
            .refuses(&[Kind::ContactErased]),
        Endpoint::delete("/v1/contacts/{contact_id}/block", "unblock_contact", unblock)
            .about(Tag::Contacts, "Unblock a contact")
            .needs(Action::ContactBlock)
            .refuses(&[Kind::ContactErased]),
        Endpoint::post("/v1/contacts/{contact_id}/erasure", "erase_contact", erase)
            .about(Tag::Contacts, "Erase a contact for good")
            .description(
                "Every name, number, message, note and file of the contact, and of those merged into it, becomes unreadable \
                 for ever; counts and times stay. Answers when the keys are gone.",
            )
            .needs(Action::ContactErase)
            .refuses(&[Kind::ContactErased, Kind::Unprocessable]),
        Endpoint::get("/v1/contacts/{contact_id}/conversations", "list_contact_conversations", conversations)
            .about(Tag::Contacts, "List a contact's conversations, newest first")
            .needs(Action::ContactRead)
            .refuses(CURSOR),
        Endpoint::post("/v1/contact-merges", "merge_contacts", merge_contacts)
            .about(Tag::Contacts, "Make two contacts one")
            .description("Nothing is moved: the loser points to the winner, so that it can be undone.")
            .needs(Action::ContactMerge)
            .refuses(&[Kind::UnknownReference, Kind::ContactErased, Kind::Conflict, Kind::Unprocessable]),
        Endpoint::delete("/v1/contact-merges/{merge_id}", "undo_merge", undo_merge)
            .about(Tag::Contacts, "Undo a merge")
            .needs(Action::ContactMerge)
            .refuses(&[Kind::ContactErased]),
    ]
}

/// What a contact must be to be listed.
struct Wanted {
    query: ContactQuery,
    segment: Option<Segment>,
    /// Whom the external id names; `None`: it was not asked for.
    named: Option<Vec<ids::ContactId>>,
    now: domain::time::Timestamp,
}

impl Wanted {
    fn new(front: &Front, caller: &Caller, query: ContactQuery) -> Result<Self, Problem> {
        let segment = match query.segment_id {
            None => None,
            Some(id) => match front.segment(&caller.principal, id.0) {
                Ok(entry) => Some(entry.segment),
                Err(app::Failure::Rejected(Rejection::NotFound)) => {
                    return Err(Problem::parameter("segment_id", "unknown-reference", "names no segment of yours"));
                }
                Err(failure) => return Err(failure.into()),
            },
        };
        let named = query.external_id.as_deref().map(|text| front.contacts_by_external_id(text.trim()));
        Ok(Self { query, segment, named, now: front.now() })
    }

    fn fits(&self, views: &projections::Views, id: ids::ContactId) -> bool {
        let Some(contact) = views.directory.contacts.get(id) else { return false };
        let query = &self.query;
        let labels = || views.directory.contacts.labels(id);
        let tagged = |tag: &String| labels().is_some_and(|labels| labels.tags.contains(&tag.trim().to_lowercase()));
        let known = views.directory.contacts.known(id);
        let met = |channel: &crate::dto::scalar::ChannelId| {
            known.is_some_and(|known| known.channels().any(|other| other == channel.0))
        };
        let noted = |asked: &String| {
            let Some((key, value)) = asked.split_once(':') else { return false };
            labels().and_then(|labels| labels.attributes.get(key)).is_some_and(|known| match known.to_json() {
                serde_json::Value::String(text) => text.eq_ignore_ascii_case(value),
                other => {
                    let written = other.to_string();
                    written == value
                }
            })
        };
        let member = |segment: &Segment| {
            let person = views.directory.contacts.person(id).filter(|person| person.standing.id == id);
            person.is_some_and(|person| person.belongs(&views.segments, segment, self.now))
        };
        query.brand_id.is_none_or(|brand| brand.0 == contact.brand_id)
            && query.blocked.is_none_or(|blocked| blocked == contact.blocked)
            && self.named.as_ref().is_none_or(|named| named.contains(&id))
            && query.tag.as_ref().is_none_or(tagged)
            && query.channel_id.as_ref().is_none_or(met)
            && query.attribute.as_ref().is_none_or(noted)
            && self.segment.as_ref().is_none_or(member)
    }
}

async fn list(
    caller: Caller,
    Then(front, mut query): Then<ContactQuery>,
    shared: Shared,
) -> Result<Found<ContactPage>, Problem> {
    front.allow(&caller.principal, Action::ContactRead)?;
    let (cursor, limit) = (query.cursor.take(), query.limit.take());
    let question = format!("contacts {query:?}");
    let wanted = Wanted::new(&front, &caller, query)?;
    let pager = Pager::new(&shared, &caller, front.dated(question), cursor, limit);
    let after = pager.after::<ids::ContactId>()?;
    let (walked, as_of) = front.view(|views| {
        let walked: Vec<_> = match &wanted.named {
            // One whom somebody names need not be looked for.
            Some(named) => named.iter().copied().filter(|id| after.is_none_or(|after| *id > after)).collect(),
            None => views.directory.contacts.after(after).take(WALK_MAX).map(|(id, _)| id).collect(),
        };
        let walked: Vec<_> = walked.into_iter().map(|id| (id, wanted.fits(views, id))).collect();
        (walked, views.position())
    });
    let mut found = Vec::new();
    let mut last = None;
    let mut rest = walked.iter().copied();
    for (id, fits) in rest.by_ref() {
        last = Some(id);
        if let Some(card) = fits.then(|| front.contact(&caller.principal, id)).and_then(Result::ok) {
            found.push(contact(&front, &card));
            if found.len() == pager.limit() {
                break;
            }
        }
    }
    let more = rest.next().is_some() || walked.len() == WALK_MAX;
    Ok(Found(ContactPage { data: found, page: pager.info(last.filter(|_| more)), as_of: as_of.into() }))
}

/// Those of these contacts that the caller sees.
pub(super) fn cards(front: &Front, caller: &Caller, ids: &[ids::ContactId]) -> Vec<Contact> {
    let cards = ids.iter().filter_map(|id| front.contact(&caller.principal, *id).ok());
    cards.map(|card| contact(front, &card)).collect()
}

async fn create(
    caller: Caller,
    front: Front,
    key: OptionalIdempotencyKey,
    Json(body, print): Json<CreateContact>,
) -> Result<Created<Contact>, Problem> {
    let brand = body.brand_id.0;
    let new = begin::NewContact {
        phone: body.phone,
        name: body.name,
        external_id: body.external_id,
        attributes: body.attributes.unwrap_or_default().into_iter().collect(),
        tags: body.tags,
        consents: body
            .consents
            .iter()
            .map(|said| (purpose_asked(said.purpose), said.state == ConsentWord::OptedIn))
            .collect(),
        evidence: body.evidence,
    };
    let made = front
        .creation(&caller, Repeatable { key, what: "create_contact", body: print }, move |gate| {
            let unknown = |rejection| match rejection {
                Rejection::NotFound => Rejection::UnknownReference { field: "brand_id" },
                other => other,
            };
            let step = &mut gate.new_contact(Action::ContactEdit, brand).map_err(unknown)?;
            begin::create(step, brand, new)
        })
        .await?;
    let body = shown(&front, &caller, made.value)?;
    Ok(Created { location: format!("/v1/contacts/{}", made.value), body, replayed: made.replayed })
}

async fn tag(
    caller: Caller,
    front: Front,
    Path((id, tag)): Path<(ContactId, String)>,
    expected: IfMatch,
) -> Result<Found<Contact>, Problem> {
    change(&caller, &front, id, Action::ContactEdit, expected, move |step| tags::add(step, id.0, &tag)).await
}

async fn untag(
    caller: Caller,
    front: Front,
    Path((id, tag)): Path<(ContactId, String)>,
    expected: IfMatch,
) -> Result<Found<Contact>, Problem> {
    change(&caller, &front, id, Action::ContactEdit, expected, move |step| tags::remove(step, id.0, &tag)).await
}

fn shown(front: &Front, caller: &Caller, id: ids::ContactId) -> Result<Contact, Problem> {
    Ok(contact(front, &front.contact(&caller.principal, id)?))
}

async fn read(caller: Caller, Then(front, _): Then, Path(id): Path<ContactId>) -> Result<Versioned<Contact>, Problem> {
    let body = shown(&front, &caller, id.0)?;
    let version = body.version.0;
    Ok(Versioned(body, version))
}

/// Runs a command on a contact and shows what became of it.
pub(super) async fn change(
    caller: &Caller,
    front: &Front,
    id: ContactId,
    action: Action,
    expected: IfMatch,
    decide: impl FnOnce(&mut Step<'_>) -> Result<(), Rejection> + Send + 'static,
) -> Result<Found<Contact>, Problem> {
    front
        .command(caller, move |gate| {
            let step = &mut gate.contact(action, id.0)?;
            let actual = step.world.contacts.get(&id.0).ok_or(Rejection::NotFound)?.version;
            if expected.0.is_some_and(|expected| expected != actual) {
                return Err(Rejection::VersionMismatch { actual });
            }
            decide(step)
        })
        .await?;
    Ok(Found(shown(front, caller, id.0)?))
}

async fn update(
    caller: Caller,
    front: Front,
    Path(id): Path<ContactId>,
    expected: IfMatch,
    Json(body, _): Json<UpdateContact>,
) -> Result<Found<Contact>, Problem> {
    change(&caller, &front, id, Action::ContactEdit, expected, move |step| {
        // Whatever may be refused is decided before anything changes.
        let name = match body.name {
            Patch::Keep => None,
            Patch::Clear => Some(None),
            Patch::Set(name) => Some(Some(edit::checked_name(&name)?)),
        };
        let external = match body.external_id {
            Patch::Keep => None,
            Patch::Clear => Some(None),
            Patch::Set(text) => Some(Some(external_id::checked(&text)?)),
        };
        if let Some(Some(text)) = &external {
            external_id::may_have(step, id.0, text)?;
        }
        if let Some(wanted) = body.attributes {
            attributes::change(step, id.0, wanted.into_iter().collect())?;
        }
        if let Some(text) = external {
            external_id::set(step, id.0, text.as_deref())?;
        }
        match name {
            None => Ok(()),
            Some(None) => edit::clear_name(step, id.0),
            Some(Some(name)) => edit::rename(step, id.0, &name),
        }
    })
    .await
}

async fn link(
    caller: Caller,
    front: Front,
    Path(id): Path<ContactId>,
    Json(body, _): Json<LinkIdentity>,
) -> Result<Found<Contact>, Problem> {
    let LinkableKind::Phone = body.kind;
    let identity = Identity { kind: IdentityKind::Phone, value: body.value.trim_start_matches('+').to_owned() };
    change(&caller, &front, id, Action::ContactEdit, IfMatch(None), move |step| {
        edit::add_identity(step, id.0, identity)
    })
    .await
}

async fn set_block(
    caller: Caller,
    front: Front,
    Path(id): Path<ContactId>,
    MaybeJson(body, _): MaybeJson<BlockContact>,
) -> Result<Found<Contact>, Problem> {
    change(&caller, &front, id, Action::ContactBlock, IfMatch(None), move |step| {
        block::set(step, id.0, true, body.reason)
    })
    .await
}

async fn unblock(caller: Caller, front: Front, Path(id): Path<ContactId>) -> Result<Found<Contact>, Problem> {
    change(&caller, &front, id, Action::ContactBlock, IfMatch(None), move |step| block::set(step, id.0, false, None))
        .await
}

async fn erase(
    caller: Caller,
    front: Front,
    Path(id): Path<ContactId>,
    Json(body, _): Json<EraseContact>,
) -> Result<Found<Contact>, Problem> {
    front.contact(&caller.principal, id.0)?;
    if !body.confirm {
        let detail = "must be true: erasure cannot be undone".to_owned();
        return Err(Rejection::Invalid { field: "confirm", detail }.into());
    }
    front.erase_contact(&caller.principal, id.0, body.reason).await?;
    Ok(Found(shown(&front, &caller, id.0)?))
}

async fn conversations(
    caller: Caller,
    Then(front, query): Then<ListQuery>,
    shared: Shared,
    Path(id): Path<ContactId>,
) -> Result<Found<ConversationPage>, Problem> {
    front.contact(&caller.principal, id.0)?;
    let question = format!("conversations of {}", id.0);
    let pager = Pager::new(&shared, &caller, front.dated(question), query.cursor, query.limit);
    let contact_ids = front.view(|views| views.directory.contacts.group(id.0));
    let asked = InboxQuery {
        view: View::All,
        filters: Filters { contact_ids, ..Filters::default() },
        sort: Sort::CreatedAtDescending,
        after: pager.after::<Keyset>()?,
        limit: pager.limit(),
    };
    let (page, as_of) = front.inbox(&caller.principal, &asked)?;
    let data = page.rows.iter().map(|row| conversation(&front, row, caller.principal.user_id)).collect();
    Ok(Found(ConversationPage { data, page: pager.info(page.next), as_of: as_of.into() }))
}

async fn merge_contacts(
    caller: Caller,
    front: Front,
    IdempotencyKey(key): IdempotencyKey,
    Json(body, print): Json<MergeContacts>,
) -> Result<Created<ContactMerge>, Problem> {
    let (winner, loser) = (body.winner_id.0, body.loser_id.0);
    let repeatable = Repeatable { key: OptionalIdempotencyKey(Some(key)), what: "merge_contacts", body: print };
    let made = front
        .creation(&caller, repeatable, move |gate| {
            gate.contact(Action::ContactMerge, winner)?;
            let step = &mut gate.contact(Action::ContactMerge, loser)?;
            merge::merge(step, winner, loser)
        })
        .await?;
    Ok(Created {
        location: format!("/v1/contacts/{winner}"),
        body: ContactMerge { id: made.value.into(), winner_id: winner.into(), loser_id: loser.into() },
        replayed: made.replayed,
    })
}

async fn undo_merge(caller: Caller, front: Front, Path(id): Path<MergeId>) -> Result<Done, Problem> {
    front
        .command(&caller, move |gate| {
            let step = &mut gate.merge(Action::ContactMerge, id.0)?;
            merge::undo(step, id.0)
        })
        .await?;
    Ok(Done)
}
