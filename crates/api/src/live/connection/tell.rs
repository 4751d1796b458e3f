//! What a client is told: the batches after where it stands, and beside them what is fleeting or counted.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::time::Duration;

use app::live::{Chunk, Follower, Judged, Reason, ToldAs};
use app::presence::PresenceState;
use domain::event::StreamId;
use domain::ids::*;

use super::Connection;
use super::open::Open;
use crate::dto::live::asked::Section;
use crate::dto::live::told::{Batch, BatchType, Snapshot, SnapshotData, SnapshotType};
use crate::live::encode::Encoder;
use crate::live::limits::*;
use crate::live::snapshot;
use crate::live::switchboard::{Draft, Wanted, Written};
use crate::live::verdict::Verdict;
use crate::live::wire::Frame;
use crate::present;

/// What there is to say next.
enum Next {
    Nothing,
    /// What somebody else was told already.
    Written(Rc<Written>),
    Draft(Draft, Chunk),
}

impl Connection {
    /// What comes after where the client stands.
    pub(super) fn follow(&mut self, open: &mut Open) {
        let blocked = self.handed.map_or(Duration::ZERO, |handed| self.now - handed);
        loop {
            let events = match self.seat.events(&self.desk, open.cursor) {
                Ok(events) => events,
                Err(_) => return self.end(Verdict::ServerError),
            };
            let (principal, filter) = (&open.caller.principal, &open.filter);
            let asker = Follower { standing: open.standing, scope_pos: open.scope_pos, principal, filter };
            let judged = self.desk.judged(asker, &events, ITEMS_MAX, |briefs| {
                let wanted = Wanted { prev: open.told, briefs, open: &open.conversations, now: self.now };
                if briefs.is_empty() {
                    return (Next::Nothing, briefs.pos, briefs.head);
                }
                let next = match self.seat.written(wanted) {
                    Ok(written) => Next::Written(written),
                    Err(draft) => Next::Draft(draft, briefs.chunk()),
                };
                (next, briefs.pos, briefs.head)
            });
            let (next, upto, head) = match judged {
                Judged::Told(told) => told,
                Judged::Behind => {
                    self.seat.read_anew();
                    continue;
                }
                // Other rights than those it would be judged by.
                Judged::OtherRights => match self.renew(open) {
                    Some(verdict) => return self.end(verdict),
                    None => return,
                },
            };
            let lag = head.saturating_sub(open.cursor);
            if blocked >= BLOCKED_MAX || (open.caught_up && lag > LAG_MAX && blocked >= LAGGING_MAX) {
                return self.end(Verdict::SlowConsumer);
            }
            let written = match next {
                Next::Nothing => {
                    open.cursor = upto;
                    open.caught_up |= upto >= head;
                    if open.cursor - open.told >= SILENT_MAX {
                        return self.say_where(open);
                    }
                    if upto >= head {
                        return;
                    }
                    continue;
                }
                Next::Written(written) => written,
                Next::Draft(draft, chunk) => {
                    let cache = &self.context.live.cache;
                    let encoder = Encoder { desk: &self.desk, cache, open: &open.conversations };
                    let (text, pos) = encoder.batch(open.told, &chunk.items, upto);
                    self.seat.write(draft, Frame::new(&text), pos)
                }
            };
            for outline in written.outlines() {
                match (outline.told, outline.conversation) {
                    (ToldAs::Leave(_), Some(left)) => {
                        open.conversations.remove(&left.id);
                    }
                    (ToldAs::Enter(reason), Some(entered)) => {
                        open.entered.push(entered.id);
                        // What they were once told of it shows again.
                        if reason != Reason::Opened {
                            open.stale.insert(Section::Notifications);
                        }
                    }
                    (ToldAs::Event, _) if outline.stream == Some(StreamId::User(open.caller.principal.user_id)) => {
                        open.stale.insert(Section::Me);
                    }
                    _ => {}
                }
            }
            (open.cursor, open.told) = (written.pos, written.pos);
            open.caught_up |= written.pos >= head;
            self.outgoing.push_back((written.frame.clone(), Some(written.pos)));
            return;
        }
    }

    /// An empty batch: nothing of it was yours, and here we are.
    pub(super) fn say_where(&mut self, open: &mut Open) {
        let batch = Batch { r#type: BatchType::It, prev: open.told.into(), pos: open.cursor.into(), items: Vec::new() };
        open.told = open.cursor;
        self.say_at(&batch, Some(open.cursor));
    }

    /// What colleagues do in conversations of the client's, each once, the newest.
    pub(super) fn signal(&mut self, open: &mut Open) {
        let now = self.now;
        let mut rooms = std::mem::take(&mut open.entered);
        let (told, version) = self.desk.signals().told_after(open.signals_seen);
        if told.is_empty() && rooms.is_empty() {
            return;
        }
        open.signals_seen = version;
        rooms.extend(told);
        rooms.extend(std::mem::take(&mut open.signals_owed));
        let mut said = BTreeSet::new();
        for room in rooms {
            if !said.insert(room) || self.desk.seen(&open.caller.principal, room).is_none() {
                continue;
            }
            if !open.may_signal(now) {
                open.signals_owed.insert(room);
                open.waits_until(now + Duration::from_millis(250));
                continue;
            }
            let agents = present::signals::of(&self.desk, room);
            // Of what was never said nothing has to be taken back.
            if agents.is_empty() && !open.signalled.contains(&room) {
                continue;
            }
            if agents.is_empty() {
                open.signalled.remove(&room)
            } else {
                open.signalled.insert(room)
            };
            self.say(&present::signals::frame(room, agents));
        }
    }

    /// Whose connection changed, of those they see.
    pub(super) fn tell_presence(&mut self, open: &mut Open) {
        let version = self.seat.presence();
        if let Some((seen, at)) = open.presence_seen {
            if seen == version {
                return;
            }
            let due = at + PRESENCE_EVERY;
            if self.now < due {
                return open.waits_until(due);
            }
        }
        open.presence_seen = Some((version, self.now));
        let here = self.desk.presence().everybody();
        let mut changed: BTreeMap<UserId, (PresenceState, usize)> =
            here.iter().map(|one| (one.user_id, (one.state, one.devices))).collect();
        for gone in open.presence.keys() {
            changed.entry(*gone).or_insert((PresenceState::Offline, 0));
        }
        changed.retain(|id, now| open.presence.get(id) != Some(now));
        let asker = &open.caller.principal;
        self.desk.view(|views| changed.retain(|id, _| app::reach::sees_user(views, asker, *id)));
        if changed.is_empty() {
            return;
        }
        self.say(&present::signals::presence(&changed));
        open.presence.extend(changed);
        open.presence.retain(|_, (state, _)| *state != PresenceState::Offline);
    }

    /// What the client began with and cannot work out from events: itself, and notifications that show again.
    pub(super) fn tell_again(&mut self, open: &mut Open) {
        let sections: Vec<_> =
            std::mem::take(&mut open.stale).into_iter().filter(|section| open.sections.contains(section)).collect();
        if sections.is_empty() {
            return;
        }
        let (frames, _) = snapshot::frames(&self.context, &self.desk, &open.caller, &open.filter, &sections);
        for frame in &frames {
            self.say(frame);
        }
    }

    /// The counts, when they are other than they were, once a second at most.
    pub(super) fn count(&mut self, open: &mut Open) {
        if !open.sections.contains(&Section::Counts) || open.counted_at == open.cursor {
            return;
        }
        let due = open.counted + COUNTS_EVERY;
        if self.now < due {
            return open.waits_until(due);
        }
        let (counted, pos) = self.desk.counted(&open.caller.principal);
        (open.counted, open.counted_at) = (self.now, open.cursor);
        if open.counts.as_ref() != Some(&counted) {
            let data = SnapshotData::Counts(Box::new(present::counts::all(&counted, pos)));
            let (r#type, section) = (SnapshotType::It, Section::Counts);
            open.counts = Some(counted);
            self.say(&Snapshot { r#type, section, pos: pos.into(), data, next_cursor: None, last: true });
        }
    }

    /// How the queues stand, of those who asked for it; judged by the rights of this moment.
    pub(super) fn tell_queues(&mut self, open: &mut Open) {
        if !open.sections.contains(&Section::QueueStats) {
            return;
        }
        let again = open.queues_looked + QUEUES_ANEW;
        let due = if open.queues_at == open.cursor { again } else { open.queues_looked + QUEUES_EVERY };
        if self.now < due {
            return open.waits_until(due);
        }
        let found = self.desk.queue_monitor(&open.caller.principal);
        if self.desk.scope_pos(open.standing) != Some(open.scope_pos) {
            // Judged by the rights of before. Their change wakes us again.
            return;
        }
        let rows = found.as_ref().map(present::monitor::queues).unwrap_or_default();
        let differ = open.queues_differ(&rows);
        open.queues_said(Some(&rows));
        open.waits_until(open.queues_looked + QUEUES_ANEW);
        if let (Ok(monitor), true) = (found, differ) {
            let (r#type, section, pos) = (SnapshotType::It, Section::QueueStats, monitor.pos.into());
            let data = SnapshotData::QueueStats(rows);
            self.say(&Snapshot { r#type, section, pos, data, next_cursor: None, last: true });
        }
    }

    /// How far campaigns are, to those who asked for it; judged by the rights of this moment.
    pub(super) fn tell_campaigns(&mut self, open: &mut Open) {
        if !open.sections.contains(&Section::Campaigns) || open.campaigns_at == open.cursor {
            return;
        }
        let due = open.campaigns_looked + CAMPAIGNS_EVERY;
        if self.now < due {
            return open.waits_until(due);
        }
        let found = self.desk.launched_campaigns(&open.caller.principal);
        if self.desk.scope_pos(open.standing) != Some(open.scope_pos) {
            // Judged by the rights of before. Their change wakes us again.
            return;
        }
        let (entries, pos) = found.unwrap_or_default();
        let rows = present::campaign::standings(&entries);
        let differ = open.campaigns.as_ref() != Some(&rows);
        open.campaigns_said(Some(&rows));
        if differ {
            let (r#type, section, data) = (SnapshotType::It, Section::Campaigns, SnapshotData::Campaigns(rows));
            self.say(&Snapshot { r#type, section, pos: pos.into(), data, next_cursor: None, last: true });
        }
    }
}
