//! Notes on how somebody works.

use domain::event::Event;
use domain::event::coaching::*;

use super::id;

pub(super) fn samples() -> Vec<Event> {
    let text = |body: &str| Some(CoachingText { body: body.to_owned() });
    vec![
        CoachingNoteAdded {
            coaching_note_id: id(90),
            agent_id: id(5),
            author_id: id(6),
            conversation_id: Some(id(30)),
            shared: true,
            private: text("a personal remark"),
        }
        .into(),
        CoachingNoteChanged { coaching_note_id: id(90), shared: false, private: text("a personal remark, reworded") }
            .into(),
        CoachingNoteRemoved { coaching_note_id: id(90) }.into(),
    ]
}
