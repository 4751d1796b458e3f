//! The parts of a snapshot as frames, all of one position.

use std::collections::BTreeMap;

use app::Desk;
use app::live::Filter;
use app::live::snapshot::{List, Listed, ROWS_MAX, Wanted};

use super::limits::ROWS_PER_FRAME;
use crate::caller::Caller;
use crate::context::Context;
use crate::dto::live::asked::Section;
use crate::dto::live::told::{Snapshot, SnapshotData, SnapshotType};
use crate::present;
use crate::routes::conversations::continuation;

/// What a client that asks for nothing in particular is given.
pub(crate) const DEFAULT: &[Section] =
    &[Section::Me, Section::Counts, Section::Agents, Section::ConversationsMine, Section::Notifications];

/// Frames in the order of the sections, and the position they show.
pub(crate) fn frames(
    context: &Context,
    desk: &Desk,
    caller: &Caller,
    filter: &Filter,
    sections: &[Section],
) -> (Vec<Snapshot>, u64) {
    let wanted = Wanted {
        lists: sections.iter().filter_map(|section| list(*section)).collect(),
        counts: sections.contains(&Section::Counts),
        colleagues: sections.contains(&Section::Agents),
        notices: sections.contains(&Section::Notifications),
    };
    let picture = desk.picture(&caller.principal, filter, &wanted);
    let lists: BTreeMap<List, &Listed> = picture.lists.iter().map(|listed| (listed.list, listed)).collect();
    let mut frames = Vec::new();
    for section in sections {
        let mut put = |data, next_cursor| {
            let (r#type, pos) = (SnapshotType::It, picture.pos.into());
            frames.push(Snapshot { r#type, section: *section, pos, data, next_cursor, last: false });
        };
        match section {
            Section::Me => {
                if let Some(me) = present::user::user(desk, caller.principal.user_id, &caller.principal) {
                    put(SnapshotData::Me(Box::new(me)), None);
                }
            }
            Section::Counts => {
                if let Some(counted) = &picture.counts {
                    put(SnapshotData::Counts(Box::new(present::counts::all(counted, picture.pos))), None);
                }
            }
            Section::QueueStats => {
                // Whoever may not see any has none.
                let monitor = desk.queue_monitor(&caller.principal);
                let shown = monitor.map(|monitor| present::monitor::queues(&monitor)).unwrap_or_default();
                put(SnapshotData::QueueStats(shown), None);
            }
            Section::Campaigns => {
                let launched = desk.launched_campaigns(&caller.principal);
                let shown = launched.map(|(entries, _)| present::campaign::standings(&entries)).unwrap_or_default();
                put(SnapshotData::Campaigns(shown), None);
            }
            Section::Agents => {
                let known = picture.colleagues.iter().filter_map(|id| present::user::colleague(desk, *id));
                put(SnapshotData::Agents(known.collect()), None);
            }
            Section::Notifications => {
                let told = picture.notices.iter().map(|told| present::attention::notification(desk, told));
                put(SnapshotData::Notifications(told.take(ROWS_MAX).collect()), None);
            }
            Section::ConversationsAll
            | Section::ConversationsMine
            | Section::ConversationsUnassigned
            | Section::ConversationsMentions => {
                let Some(listed) = list(*section).and_then(|list| lists.get(&list)) else { continue };
                let next = listed.next.as_ref().filter(|_| *filter == Filter::default());
                let mut next = next.map(|next| continuation(context, caller, listed.list, next));
                let mut chunks = listed.rows.chunks(ROWS_PER_FRAME).peekable();
                if chunks.peek().is_none() {
                    put(SnapshotData::Conversations(Vec::new()), None);
                }
                while let Some(rows) = chunks.next() {
                    let shown = rows.iter().map(|seen| present::conversation::seen(desk, seen)).collect();
                    let next = if chunks.peek().is_none() { next.take().flatten() } else { None };
                    put(SnapshotData::Conversations(shown), next);
                }
            }
        }
    }
    if let Some(last) = frames.last_mut() {
        last.last = true;
    }
    (frames, picture.pos)
}

fn list(section: Section) -> Option<List> {
    match section {
        Section::ConversationsAll => Some(List::All),
        Section::ConversationsMine => Some(List::Mine),
        Section::ConversationsUnassigned => Some(List::Unassigned),
        Section::ConversationsMentions => Some(List::Mentions),
        Section::Me | Section::Counts | Section::QueueStats | Section::Campaigns => None,
        Section::Agents | Section::Notifications => None,
    }
}
