//! The audit log as somebody may read it: Super Admins everything; those who manage accounts what lies in their brands, without
//! bills and without what concerns a Super Admin's account; everybody else their own actions.

use domain::access::{Action, Decision, Principal, Standing, authorize};
use domain::audit::{AuditKind, concerns_user, details, target};
use domain::event::{Actor, Event, Recorded, StreamId};
use domain::ids::UserId;
use domain::time::Timestamp;
use projections::Views;
use projections::audit::AuditFilter;

use crate::codec::decode_open;
use crate::queries::{Answer, unreadable};
use crate::{Desk, reach};

/// Entries opened for one page at most; past it the page ends early and says where to go on.
const OPENED_MAX: usize = 5_000;
/// Entries looked up in the views at a time.
const CHUNK: usize = 256;

/// A place in the log, by position or by time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    Position(u64),
    Time(Timestamp),
}

/// What to look for.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct AuditQuery {
    /// From this moment on.
    pub from: Option<Moment>,
    /// Before this moment.
    pub to: Option<Moment>,
    /// Where the page before ended.
    pub before: Option<u64>,
    pub actor: Option<UserId>,
    /// Empty: all.
    pub kinds: Vec<AuditKind>,
    /// The id of what it was done to.
    pub target: Option<String>,
    pub limit: usize,
}

/// One entry.
#[derive(Debug, Clone, PartialEq)]
pub struct AuditRow {
    pub pos: u64,
    pub at: Timestamp,
    pub kind: AuditKind,
    /// The event's stored name.
    pub event: &'static str,
    pub actor: Actor,
    pub target: Option<String>,
    /// Where they signed in from, or failed to.
    pub address: Option<String>,
    pub details: Vec<(&'static str, String)>,
}

/// A page, newest first.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct AuditPage {
    pub rows: Vec<AuditRow>,
    /// Where the next page begins; `None` on the last.
    pub next: Option<u64>,
    pub position: u64,
}

/// How far the asker's sight reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reach {
    Everything,
    Brands,
    OwnActions,
}

fn reach_of(viewer: &Principal) -> Reach {
    let may = |action| authorize(viewer, action, Standing::Workspace) == Decision::Allow;
    if may(Action::AdminManage) {
        Reach::Everything
    } else if may(Action::UserManage) {
        Reach::Brands
    } else {
        Reach::OwnActions
    }
}

impl Desk {
    /// A page of the audit log.
    pub fn audit(&self, viewer: &Principal, query: &AuditQuery) -> Answer<AuditPage> {
        self.allow(viewer, Action::AuditRead)?;
        let reach = reach_of(viewer);
        let position = self.view(Views::position);
        let own_only = reach == Reach::OwnActions;
        if own_only && query.actor.is_some_and(|actor| actor != viewer.user_id) {
            return Ok(AuditPage { position, ..AuditPage::default() });
        }
        let to = query.to.map(|moment| self.position_at(moment)).transpose()?;
        let mut filter = AuditFilter {
            from: query.from.map(|moment| self.position_at(moment)).transpose()?.unwrap_or(0),
            before: [Some(position + 1), query.before, to].into_iter().flatten().min(),
            actor: if own_only { Some(viewer.user_id) } else { query.actor },
            kinds: query.kinds.clone(),
        };
        let (mut rows, mut opened) = (Vec::new(), 0);
        loop {
            let found: Vec<_> = self.view(|views| views.audit.newest(&filter).take(CHUNK).collect());
            let whole = found.len() < CHUNK;
            for (pos, kind) in found {
                // One more than asked for shows that there is more.
                if rows.len() == query.limit || opened == OPENED_MAX {
                    return Ok(AuditPage { rows, next: filter.before, position });
                }
                opened += 1;
                filter.before = Some(pos);
                if let Some(row) = self.audit_row(viewer, reach, &filter, pos, kind)?
                    && query.target.as_ref().is_none_or(|target| row.target.as_ref() == Some(target))
                {
                    rows.push(row);
                }
            }
            if whole {
                return Ok(AuditPage { rows, next: None, position });
            }
        }
    }

    /// One entry, if the asker may see it.
    fn audit_row(
        &self,
        viewer: &Principal,
        reach: Reach,
        filter: &AuditFilter,
        pos: u64,
        kind: AuditKind,
    ) -> Answer<Option<AuditRow>> {
        let Some(stored) = self.reader().get(pos).map_err(|error| unreadable(error.into()))? else { return Ok(None) };
        let recorded = decode_open(self.reader(), &stored).map_err(unreadable)?;
        if filter.actor.is_some_and(|actor| recorded.actor.user() != Some(actor)) {
            return Ok(None);
        }
        let own = recorded.actor.user() == Some(viewer.user_id);
        let visible = match reach {
            Reach::Everything => true,
            Reach::Brands => own || self.view(|views| in_brands(views, viewer, &recorded, kind)),
            Reach::OwnActions => own,
        };
        Ok(visible.then(|| row(viewer, recorded, kind)))
    }

    /// The first position of a moment.
    fn position_at(&self, moment: Moment) -> Answer<u64> {
        let at = match moment {
            Moment::Position(pos) => return Ok(pos),
            Moment::Time(at) => at,
        };
        // Log time never runs backwards, so entries are in its order too.
        let (mut low, mut high) = (0, self.view(|views| views.audit.len()));
        while low < high {
            let middle = low + (high - low) / 2;
            let Some(pos) = self.view(|views| views.audit.at(middle)) else { break };
            let stored = self.reader().get(pos).map_err(|error| unreadable(error.into()))?;
            let earlier = stored.is_none_or(|stored| Timestamp::from_millis(stored.recorded_at_ms) < at);
            if earlier { low = middle + 1 } else { high = middle }
        }
        let end = self.view(|views| views.position() + 1);
        Ok(self.view(|views| views.audit.at(low)).unwrap_or(end))
    }
}

/// What those see who manage accounts: nothing of bills, nothing about a Super Admin's account, nothing behind the wall of
/// another brand.
fn in_brands(views: &Views, viewer: &Principal, recorded: &Recorded, kind: AuditKind) -> bool {
    if kind == AuditKind::BillingChanged {
        return false;
    }
    let acting = recorded.actor.user();
    let concerned = concerns_user(recorded);
    let highest = |user| reach::is_highest(views, user);
    if kind.is_security() && acting.into_iter().chain(concerned).any(highest) {
        return false;
    }
    if reach::whole_workspace(viewer) {
        return true;
    }
    match recorded.stream {
        StreamId::User(user) => reach::sees_user(views, viewer, user),
        StreamId::Audit => concerned.is_some_and(|user| reach::sees_user(views, viewer, user)),
        stream => reach::sees_stream(views, viewer, stream),
    }
}

fn row(viewer: &Principal, recorded: Recorded, kind: AuditKind) -> AuditRow {
    let mut more = details(&recorded.event);
    let address = match &recorded.event {
        Event::SessionOpened(event) => event.private.as_ref().and_then(|device| device.address.clone()),
        Event::LoginFailed(event) => event.private.as_ref().and_then(|device| device.address.clone()),
        Event::SecondFactorFailed(event) => event.private.as_ref().and_then(|device| device.address.clone()),
        Event::ContactErasureStarted(event) => {
            more.extend(event.private.as_ref().map(|private| ("reason", private.reason.clone())));
            None
        }
        Event::DataExported(event) => {
            more.extend(event.private.as_ref().map(|private| ("reason", private.reason.clone())));
            None
        }
        _ => None,
    };
    // What somebody tried to reach may lie in a brand that the reader does not know of.
    let beyond = kind == AuditKind::AccessDenied
        && !reach::whole_workspace(viewer)
        && recorded.actor.user() != Some(viewer.user_id);
    AuditRow {
        pos: recorded.pos,
        at: recorded.recorded_at,
        kind,
        event: recorded.event.kind(),
        actor: recorded.actor,
        target: target(&recorded).filter(|_| !beyond),
        address,
        details: more,
    }
}
