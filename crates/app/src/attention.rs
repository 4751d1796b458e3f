//! What a user was told, as they may see it now: a notice shows only while its owner sees what it is about, in lists and
//! in counts alike. Texts are opened when they are read, never kept.

use std::collections::{BTreeMap, BTreeSet};

use domain::access::{Action, Decision, Principal, Standing, authorize};
use domain::conversation::Status;
use domain::event::Event;
use domain::ids::*;
use domain::notification::NotificationKind;
use domain::rejection::Rejection;
use domain::report::{export, schedule};
use projections::Views;
use projections::attention::{About, Notice, Subject};
use projections::inbox::Row;

use crate::Desk;
use crate::queries::Answer;

/// Which notices. Empty sets and `false` filter nothing.
#[derive(Debug, Clone, Default)]
pub struct NoticeQuery {
    pub unread: bool,
    pub kinds: BTreeSet<NotificationKind>,
    /// Only those before this position.
    pub before: Option<u64>,
    pub limit: usize,
}

/// A notice with what it is about.
#[derive(Debug, Clone)]
pub struct Told {
    pub notice: Notice,
    pub about: Shown,
}

/// What a notice is about, as far as its owner sees it.
#[derive(Debug, Clone)]
pub enum Shown {
    Conversation(Row),
    Report {
        report_id: ScheduledReportId,
        /// What it is called; `None`: it was removed, or is not theirs to see any more.
        name: Option<String>,
        /// The file, if it is theirs to see.
        export_id: Option<ReportExportId>,
    },
}

impl Desk {
    /// The asker's notifications, newest first, and the position this is true at.
    pub fn notifications(&self, principal: &Principal, query: &NoticeQuery) -> (Vec<Told>, u64) {
        self.view(|views| {
            let told = views.attention.notifications(principal.user_id);
            (page(views, principal, told, query), views.position())
        })
    }

    /// The notes that name the asker, newest first, and the position this is true at.
    pub fn mentions(&self, principal: &Principal, query: &NoticeQuery) -> (Vec<Told>, u64) {
        self.view(|views| {
            let told = views.attention.mentions(principal.user_id);
            (page(views, principal, told, query), views.position())
        })
    }

    /// One notification or mention of the asker.
    pub fn notice(&self, principal: &Principal, id: NotificationId) -> Answer<Told> {
        let found = self.view(|views| shown(views, principal, views.attention.notice(principal.user_id, id)?));
        Ok(found.ok_or(Rejection::NotFound)?)
    }

    /// How many notifications of each kind the asker has not read, how many mentions, and the position this is true at.
    pub fn unread_notices(&self, principal: &Principal) -> (BTreeMap<NotificationKind, usize>, usize, u64) {
        self.view(|views| {
            let (kinds, mentions) = unread_in(views, principal);
            (kinds, mentions, views.position())
        })
    }

    /// The text a notice is about, as it stands; for notices the asker was shown. `None`: it has none, or was erased.
    pub fn noticed_text(&self, notice: &Notice) -> Option<String> {
        let (About::Note { text_pos, .. } | About::Said { text_pos }) = notice.about else { return None };
        let private = match self.event_open(text_pos).ok().flatten()?.event {
            Event::AutomationNotified(event) => return event.private.map(|private| private.text),
            Event::NoteAdded(event) => event.private,
            Event::NoteEdited(event) => event.private,
            _ => None,
        };
        private.map(|private| private.body)
    }
}

/// How many notifications of each kind somebody has not read, and how many mentions.
pub(crate) fn unread_in(views: &Views, principal: &Principal) -> (BTreeMap<NotificationKind, usize>, usize) {
    let all = NoticeQuery { unread: true, limit: usize::MAX, ..NoticeQuery::default() };
    let mut kinds: BTreeMap<_, _> = NotificationKind::ALL.into_iter().map(|kind| (kind, 0)).collect();
    for told in page(views, principal, views.attention.notifications(principal.user_id), &all) {
        *kinds.entry(told.notice.kind).or_default() += 1;
    }
    let mentions = page(views, principal, views.attention.mentions(principal.user_id), &all).len();
    (kinds, mentions)
}

/// How many conversations of the view of mentions are not resolved, and in how many of them a mention is unread.
pub fn mention_view(views: &Views, principal: &Principal) -> (u64, u64) {
    let (mut total, mut unread) = (0, 0);
    for (id, count) in views.attention.mentioned_in(principal.user_id) {
        let row = views.inbox.get(id).filter(|row| row.status() != Status::Resolved);
        if row.is_some_and(|row| views.inbox.sees(principal, &row)) {
            total += 1;
            unread += u64::from(count > 0);
        }
    }
    (total, unread)
}

fn page<'a>(
    views: &Views,
    principal: &Principal,
    told: impl Iterator<Item = &'a Notice>,
    query: &NoticeQuery,
) -> Vec<Told> {
    told.filter(|notice| query.before.is_none_or(|before| notice.pos < before))
        .filter(|notice| !query.unread || notice.read_at.is_none())
        .filter(|notice| query.kinds.is_empty() || query.kinds.contains(&notice.kind))
        .filter_map(|notice| shown(views, principal, notice))
        .take(query.limit)
        .collect()
}

pub(crate) fn shown(views: &Views, principal: &Principal, notice: &Notice) -> Option<Told> {
    let about = match notice.subject {
        Subject::Conversation { id, .. } => {
            Shown::Conversation(views.inbox.get(id).filter(|row| views.inbox.sees(principal, row))?)
        }
        Subject::Report { report_id, export_id, for_user_id } => {
            let may = authorize(principal, Action::ReportManage, Standing::Workspace) == Decision::Allow;
            let known = views.scheduled_reports.get(report_id).filter(|entry| schedule::sees(principal, entry));
            let name = known.filter(|_| may).map(|entry| entry.report.name.clone());
            let export_id = export::sees(principal, for_user_id).then_some(export_id);
            if name.is_none() && export_id.is_none() {
                return None;
            }
            Shown::Report { report_id, name, export_id }
        }
    };
    Some(Told { notice: notice.clone(), about })
}

#[cfg(test)]
mod tests {
    use domain::conversation::add_note::{self, NewNote};
    use domain::event::Actor;
    use domain::notification;

    use super::*;
    use crate::testing::Bench;

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn what_was_told_and_read_is_the_same_after_a_restart() {
        let bench = Bench::new().await;
        let id = bench.says("34600000001", "hi").await;
        let (author, agent) = (UserId::from_u128(77), bench.agent);
        for text in ["one", "two"] {
            let new = NewNote { body: format!("@[{agent}] {text}"), ..NewNote::default() };
            let note = bench.desk.run(Actor::System, move |step| add_note::add(step, id, author, &new)).await;
            note.unwrap();
        }
        let me = bench.principal();
        let asked = NoticeQuery { limit: 10, ..NoticeQuery::default() };
        let first = bench.desk.notifications(&me, &asked).0.pop().unwrap().notice;
        let read = (first.id, first.pos);
        let mark = move |step: &mut domain::step::Step<'_>| notification::mark_read(step, agent, read.0, read.1, false);
        bench.desk.run(Actor::User(agent), mark).await.unwrap();
        let shown = |bench: &Bench| {
            let (told, _) = bench.desk.notifications(&me, &asked);
            let line = |told: &Told| (told.notice.clone(), bench.desk.noticed_text(&told.notice));
            told.iter().map(line).collect::<Vec<_>>()
        };
        let before = shown(&bench);
        assert_eq!((before.len(), bench.desk.unread_notices(&me).1), (2, 1));
        assert!(before[1].0.read_at.is_some() && before[0].1.as_deref().unwrap().ends_with("two"));
        let bench = bench.restarted();
        assert_eq!(shown(&bench), before);
        assert_eq!(bench.desk.unread_notices(&me).1, 1);
    }
}
