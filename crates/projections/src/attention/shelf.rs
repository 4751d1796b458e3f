//! One user's notices in the order they came; the oldest fall off.

use std::collections::VecDeque;

use domain::ids::NoteId;
use domain::notification::NotificationKind;
use domain::time::Timestamp;

use super::{About, Notice};

/// See the module.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Default)]
pub(super) struct Shelf(VecDeque<Notice>);

impl Shelf {
    pub(super) fn newest_first(&self) -> impl Iterator<Item = &Notice> {
        self.0.iter().rev()
    }

    /// Adds the newest and keeps at most `kept`.
    pub(super) fn push(&mut self, notice: Notice, kept: usize) {
        if self.0.len() >= kept {
            self.0.pop_front();
        }
        self.0.push_back(notice);
    }

    /// Marks what is meant; what was read before keeps its time.
    pub(super) fn read(&mut self, at: Timestamp, meant: &dyn Fn(&Notice) -> bool) {
        for notice in self.0.iter_mut().filter(|notice| notice.read_at.is_none()) {
            if meant(notice) {
                notice.read_at = Some(at);
            }
        }
    }

    /// A note that came at `since` has another text: whoever it does not name any more was not mentioned.
    pub(super) fn note_edited(&mut self, note: NoteId, since: u64, about: About, mentioned: bool) {
        self.change(note, since, |notice| {
            notice.about = about;
            mentioned || notice.kind != NotificationKind::Mention
        });
    }

    /// A note that came at `since` was taken back: there is nothing to look at.
    pub(super) fn note_deleted(&mut self, note: NoteId, since: u64) {
        self.change(note, since, |_| false);
    }

    /// Changes, or takes away, what was told of a note. Notices lie in the order of the log, so only the newest are
    /// looked at.
    fn change(&mut self, note: NoteId, since: u64, mut keeps: impl FnMut(&mut Notice) -> bool) {
        let first = self.0.partition_point(|notice| notice.pos < since);
        for index in (first..self.0.len()).rev() {
            if self.0[index].note_id() == Some(note) && !keeps(&mut self.0[index]) {
                self.0.remove(index);
            }
        }
    }
}
