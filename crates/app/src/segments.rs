//! Reading segments, and finding out who belongs to them, with access applied. All contacts are gone through outside of the
//! lock that the desk loop waits for: their rows are shared, not copied.

use domain::access::{Action, Principal};
use domain::contact::{definitions, external_id};
use domain::ids::*;
use domain::rejection::Rejection;
use domain::segment::{Entry, Segment, Segments};
use domain::time::Timestamp;
use projections::directory::Audience;
use tokio::sync::Semaphore;

use crate::queries::Answer;
use crate::{Desk, Failure, reach};

/// How many are looked for at once: each takes a core for as long as it takes.
static COUNTING: Semaphore = Semaphore::const_new(2);

/// Everybody, and what is asked of them, at one position.
struct Asked {
    audience: Audience,
    segments: Segments,
    viewer: Principal,
    now: Timestamp,
    as_of: u64,
}

/// Members of a segment, in the order they became known.
#[derive(Debug, Clone, PartialEq)]
pub struct Members {
    pub ids: Vec<ContactId>,
    /// Whether there are more after these.
    pub more: bool,
    pub as_of: u64,
}

/// How many belong to a segment.
#[derive(Debug, Clone, PartialEq)]
pub struct Counted {
    pub members: u64,
    /// The first of them.
    pub sample: Vec<ContactId>,
    pub as_of: u64,
}

impl Desk {
    /// The segments somebody sees, oldest first.
    pub fn segments(&self, principal: &Principal) -> Answer<(Vec<Entry>, u64)> {
        self.allow(principal, Action::SegmentRead)?;
        Ok(self.view(|views| {
            let seen = |entry: &&Entry| reach::sees_configured(principal, entry.segment.brand_id);
            (views.segments.iter().filter(seen).cloned().collect(), views.position())
        }))
    }

    /// One segment.
    pub fn segment(&self, principal: &Principal, id: SegmentId) -> Answer<Entry> {
        self.allow(principal, Action::SegmentRead)?;
        let found = self.view(|views| views.segments.get(id).cloned());
        let seen = found.filter(|entry| reach::sees_configured(principal, entry.segment.brand_id));
        Ok(seen.ok_or(Rejection::NotFound)?)
    }

    /// How many of those whom somebody sees belong to a segment, and who the first are.
    pub async fn count_members(&self, principal: &Principal, segment: Segment, sample: usize) -> Answer<Counted> {
        self.allow(principal, Action::SegmentRead)?;
        let asked = self.everybody(principal);
        apart(move || {
            let sees = |brand| asked.viewer.rights().in_brand(brand);
            let found = asked.audience.members(&asked.segments, &segment, asked.now, None, |it| sees(it.brand_id));
            let mut counted = Counted { members: 0, sample: Vec::new(), as_of: asked.as_of };
            for id in found {
                counted.members += 1;
                if counted.sample.len() < sample {
                    counted.sample.push(id);
                }
            }
            counted
        })
        .await
    }

    /// At most `limit` members after one of them.
    pub async fn members(
        &self,
        principal: &Principal,
        segment: Segment,
        after: Option<ContactId>,
        limit: usize,
    ) -> Answer<Members> {
        self.allow(principal, Action::SegmentRead)?;
        self.members_within(principal, segment, after, limit).await
    }

    /// The same for callers that have checked what may be asked.
    pub(crate) async fn members_within(
        &self,
        principal: &Principal,
        segment: Segment,
        after: Option<ContactId>,
        limit: usize,
    ) -> Answer<Members> {
        let asked = self.everybody(principal);
        apart(move || {
            let sees = |brand| asked.viewer.rights().in_brand(brand);
            let found = asked.audience.members(&asked.segments, &segment, asked.now, after, |it| sees(it.brand_id));
            let mut ids: Vec<_> = found.take(limit.saturating_add(1)).collect();
            let more = ids.len() > limit;
            ids.truncate(limit);
            Members { ids, more, as_of: asked.as_of }
        })
        .await
    }

    /// The definitions of attributes, by key.
    pub fn attribute_definitions(&self, principal: &Principal) -> Answer<(Vec<definitions::Entry>, u64)> {
        self.allow(principal, Action::ContactRead)?;
        Ok(self.view(|views| (views.definitions.iter().cloned().collect(), views.position())))
    }

    /// One definition.
    pub fn attribute_definition(&self, principal: &Principal, key: &str) -> Answer<definitions::Entry> {
        self.allow(principal, Action::ContactRead)?;
        Ok(self.view(|views| views.definitions.get(key).cloned()).ok_or(Rejection::NotFound)?)
    }

    /// The contacts that another system knows by this id: one of a brand at most.
    pub fn contacts_by_external_id(&self, text: &str) -> Vec<ContactId> {
        let blind = &self.shared.blinder;
        self.view(|views| {
            let keys = views.directory.brands.iter().map(|brand| external_id::key(blind, brand.id, text));
            keys.filter_map(|key| views.directory.contacts.by_external_id(key)).collect()
        })
    }

    fn everybody(&self, principal: &Principal) -> Asked {
        let now = self.now();
        self.view(|views| Asked {
            audience: views.directory.contacts.audience(),
            segments: views.segments.clone(),
            viewer: principal.clone(),
            now,
            as_of: views.position(),
        })
    }
}

/// Goes through everybody on a thread of its own.
pub(crate) async fn apart<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Answer<T> {
    let _turn = COUNTING.acquire().await.map_err(|_| Failure::Draining)?;
    tokio::task::spawn_blocking(work).await.map_err(|_| Failure::Internal)
}
