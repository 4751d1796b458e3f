//! Notes as they are read: threads, changed texts, signs and pins.

use domain::conversation::add_note::{self, NewNote};
use domain::conversation::{delete_note, edit_note, pin_note, react_to_note};
use domain::event::{Actor, StreamId};
use domain::ids::*;
use expect_test::expect;
use projections::timeline::{Note, Timeline};

use crate::desk::{Desk, closed, note, shown};

fn line(note: &Note) -> String {
    let thread = if note.parent_id.is_some() { "  " } else { "" };
    let texts: Vec<_> = note.revisions.iter().map(|revision| revision.body.as_deref().unwrap_or("…")).collect();
    let signs: Vec<_> = note.reactions.iter().map(|(emoji, users)| format!("{emoji}{}", users.len())).collect();
    let when = |name: &str, at| format!("{name} {}", shown(at));
    format!(
        "{thread}{:?} {:?} {}{} answers {} {} {} {}",
        note.body.as_deref().unwrap_or("…"),
        texts,
        if note.pinned { "pinned " } else { "" },
        signs.join(","),
        note.reply_count,
        when("last", note.last_reply_at),
        when("edited", note.edited_at),
        when("deleted", note.deleted_at),
    )
}

#[test]
fn a_thread_with_everything_that_can_happen_to_notes() {
    let mut desk = Desk::new();
    let (ana, ben) = (desk.ana, desk.ben);
    let (id, _) = desk.says(0, "lucia", "hello");
    let add = |desk: &mut Desk, at, by, new: &NewNote| -> NoteId {
        desk.run(at, Actor::User(by), |step| add_note::add(step, id, by, new)).unwrap()
    };
    let root = add(&mut desk, 1, ana, &NewNote { pinned: true, ..note("tipo") });
    let answer = |body: &str| NewNote { parent_id: Some(root), ..note(body) };
    let wrong = add(&mut desk, 2, ben, &answer("wrong thread"));
    add(&mut desk, 3, ben, &answer("right one"));
    desk.run(4, Actor::User(ana), |step| edit_note::edit(step, root, ana, "typo", None)).unwrap();
    desk.run(5, Actor::User(ben), |step| delete_note::delete(step, wrong, ben, None)).unwrap();
    for (by, there) in [(ana, true), (ben, true), (ana, false)] {
        desk.run(6, Actor::User(by), |step| react_to_note::react(step, root, by, "👍", there)).unwrap();
    }
    let read = |timeline: &Timeline| timeline.notes().map(line).collect::<Vec<_>>().join("\n");
    expect![[r#"
        "typo" ["tipo", "typo"] pinned 👍1 answers 1 last 3 edited 4 deleted -
          "…" []  answers 0 last - edited - deleted 5
          "right one" ["right one"]  answers 0 last - edited - deleted -"#]]
    .assert_eq(&read(&desk.timeline(id)));
    desk.run(7, Actor::User(ben), |step| pin_note::pin(step, root, false)).unwrap();
    let timeline = desk.timeline(id);
    let shown = timeline.note(root).unwrap();
    assert!(!shown.pinned && shown.changed_version == timeline.conversation.version && shown.version == 3);
    // Without its key a note has no text and everything else.
    let sealed: Vec<_> = desk.log.stream(StreamId::Conversation(id)).map(closed).collect();
    let erased = Timeline::fold(&sealed, &|_| None).unwrap();
    assert!(erased.notes().all(|note| note.body.is_none()));
    assert_eq!(erased.note(root).unwrap().revisions.len(), 2);
}
