//! Notes and what people are told.

use std::collections::BTreeSet;

use domain::conversation::mention::Mention;
use domain::event::Event;
use domain::event::note::*;
use domain::event::notification::*;
use domain::ids::ConversationId;
use domain::notification::NotificationKind;

use super::id;

pub(super) fn samples() -> Vec<Event> {
    let conversation_id: ConversationId = id(11);
    let body = |text: &str| Some(NoteBody { body: text.to_owned() });
    vec![
        NoteAdded {
            conversation_id,
            note_id: id(17),
            author_id: Some(id(5)),
            parent_id: Some(id(18)),
            pinned: true,
            mentions: vec![Mention::User(id(15)), Mention::Team(id(14))],
            mentioned: vec![id(15), id(19)],
            participants: vec![id(20)],
            private: body("the parcel is **lost** (personal)"),
        }
        .into(),
        NoteEdited {
            conversation_id,
            note_id: id(17),
            mentions: vec![Mention::Team(id(14))],
            mentioned: vec![id(19)],
            private: body("the parcel is found (personal)"),
        }
        .into(),
        NoteDeleted { conversation_id, note_id: id(17) }.into(),
        NoteReacted { conversation_id, note_id: id(17), user_id: id(5), emoji: "👍".to_owned(), removed: false }.into(),
        NotePinned { conversation_id, note_id: id(17) }.into(),
        NoteUnpinned { conversation_id, note_id: id(17) }.into(),
        NotificationRead { user_id: id(5), notification_id: id(21), about_pos: 4_711, older_too: true }.into(),
        NotificationSettingsChanged {
            user_id: id(5),
            muted: BTreeSet::from([NotificationKind::Assigned, NotificationKind::NoteReply]),
        }
        .into(),
    ]
}
