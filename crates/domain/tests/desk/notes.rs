//! Notes: threads, who may change them and for how long, whom they may name, and that none of it becomes a message.

use domain::access::{Role, Walls};
use domain::conversation::add_note::{NewNote, add};
use domain::conversation::edit_note::EDITS_MAX;
use domain::conversation::mention::MENTIONS_MAX;
use domain::conversation::mention::Mention;
use domain::conversation::note::{NOTE_BYTES_MAX, NoteState};
use domain::conversation::pin_note::PINS_MAX;
use domain::conversation::{assign, collaborate, delete_note, edit_note, pin_note, react_to_note};
use domain::event::Event;
use domain::event::note::NoteAdded;
use domain::ids::*;
use domain::rejection::Rejection;
use domain::team::{self, NewTeam};

use crate::desk::{Desk, minute, note};

struct Case {
    desk: Desk,
    id: ConversationId,
    ana: UserId,
    ben: UserId,
}

/// Ana is the Super Admin, Ben an Agent; both see the conversation.
fn case() -> Case {
    let mut desk = Desk::new();
    desk.says(1, "491770001", "m1", "hello");
    let (id, ana, ben) = (desk.conversation_of("491770001"), desk.ana, desk.ben);
    Case { desk, id, ana, ben }
}

impl Case {
    fn writes(&mut self, by: UserId, body: &str) -> NoteId {
        self.tries(by, &note(body)).unwrap()
    }
    fn answers(&mut self, by: UserId, parent: NoteId, body: &str) -> NoteId {
        self.tries(by, &NewNote { parent_id: Some(parent), ..note(body) }).unwrap()
    }
    fn tries(&mut self, by: UserId, new: &NewNote) -> Result<NoteId, Rejection> {
        let id = self.id;
        self.desk.run(|step| add(step, id, by, new))
    }
    fn edits(&mut self, by: UserId, note: NoteId, body: &str) -> Result<(), Rejection> {
        self.desk.run(|step| edit_note::edit(step, note, by, body, None))
    }
    fn deletes(&mut self, by: UserId, note: NoteId) -> Result<(), Rejection> {
        self.desk.run(|step| delete_note::delete(step, note, by, None))
    }
    fn state(&self, note: NoteId) -> NoteState {
        self.desk.state(self.id).notes[&note].clone()
    }
    fn added(&self, note: NoteId) -> NoteAdded {
        let of = |event: &domain::event::Recorded| match &event.event {
            Event::NoteAdded(event) if event.note_id == note => Some(event.clone()),
            _ => None,
        };
        self.desk.log.events.iter().find_map(of).expect("in the log")
    }
}

#[test]
fn an_answer_to_an_answer_joins_the_thread_of_the_first() {
    let mut case = case();
    let root = case.writes(case.ana, "what happened?");
    let answer = case.answers(case.ben, root, "the depot says lost");
    let again = case.answers(case.ana, answer, "then refund");
    assert_eq!((case.state(answer).parent_id, case.state(again).parent_id), (Some(root), Some(root)));
    let elsewhere = NewNote { parent_id: Some(NoteId::from_u128(9)), ..note("x") };
    assert_eq!(case.tries(case.ana, &elsewhere), Err(Rejection::UnknownReference { field: "parent_id" }));
}

#[test]
fn a_note_of_another_conversation_is_no_parent() {
    let mut case = case();
    let root = case.writes(case.ana, "here");
    case.desk.says(2, "491770002", "m2", "hello");
    case.id = case.desk.conversation_of("491770002");
    let foreign = NewNote { parent_id: Some(root), ..note("x") };
    assert_eq!(case.tries(case.ana, &foreign), Err(Rejection::UnknownReference { field: "parent_id" }));
}

#[test]
fn its_author_changes_a_note_for_fifteen_minutes_and_nobody_else_ever() {
    let mut case = case();
    let (ana, ben) = (case.ana, case.ben);
    let written = case.writes(ben, "typo");
    assert_eq!(case.edits(ana, written, "mine now"), Err(Rejection::Forbidden));
    assert_eq!(case.deletes(ana, written), Err(Rejection::Forbidden));
    case.desk.now = minute(1 + 15);
    case.edits(ben, written, "fixed").unwrap();
    assert_eq!((case.state(written).edits, case.state(written).edited_at), (1, Some(minute(16))));
    case.desk.now = minute(1 + 15) + domain::time::Millis(1);
    assert_eq!(case.edits(ben, written, "too late"), Err(Rejection::NoteSettled));
    assert_eq!(case.deletes(ben, written), Err(Rejection::NoteSettled));
}

#[test]
fn a_note_taken_back_keeps_its_place_and_nothing_else() {
    let mut case = case();
    let (ana, ben) = (case.ana, case.ben);
    let root = case.writes(ana, "wrong customer");
    let answer = case.answers(ben, root, "indeed");
    case.desk.run(|step| react_to_note::react(step, root, ben, "👍", true)).unwrap();
    case.desk.run(|step| pin_note::pin(step, root, true)).unwrap();
    case.deletes(ana, root).unwrap();
    assert_eq!(
        case.desk.kinds_of(|desk| desk.run(|step| delete_note::delete(step, root, ana, None)).unwrap()),
        [""; 0]
    );
    let state = case.state(root);
    assert!(state.deleted_at.is_some() && !state.pinned && state.reactions.is_empty());
    let gone = |to| Err(Rejection::InvalidTransition { from: "deleted", to });
    assert_eq!(case.edits(ana, root, "back"), gone("edited"));
    assert_eq!(case.desk.run(|step| react_to_note::react(step, root, ben, "👍", true)), gone("reacted to"));
    assert_eq!(case.desk.run(|step| pin_note::pin(step, root, true)), gone("pinned"));
    let still = case.answers(ben, answer, "still a thread");
    assert_eq!(case.state(still).parent_id, Some(root));
}

#[test]
fn who_saw_an_older_version_is_told_instead_of_overwriting() {
    let mut case = case();
    let ana = case.ana;
    let written = case.writes(ana, "one");
    let seen = case.state(written).version;
    case.edits(ana, written, "two").unwrap();
    let actual = case.state(written).version;
    let late = case.desk.run(|step| edit_note::edit(step, written, ana, "three", Some(seen)));
    assert_eq!(late, Err(Rejection::VersionMismatch { actual }));
    case.desk.run(|step| delete_note::delete(step, written, ana, Some(actual))).unwrap();
}

#[test]
fn signs_and_pins_say_once_what_is_so_and_have_their_limits() {
    let mut case = case();
    let (ana, ben) = (case.ana, case.ben);
    let written = case.writes(ana, "well done");
    let made = case.desk.kinds_of(|desk| {
        for there in [true, true, false, false] {
            desk.run(|step| react_to_note::react(step, written, ben, "🎉", there)).unwrap();
        }
        for pinned in [true, true, false, false] {
            desk.run(|step| pin_note::pin(step, written, pinned)).unwrap();
        }
    });
    assert_eq!(made, ["note.reacted", "note.reacted", "note.pinned", "note.unpinned"]);
    let word = case.desk.run(|step| react_to_note::react(step, written, ben, "Mallory", true));
    assert!(matches!(word, Err(Rejection::Invalid { field: "emoji", .. })));
    for code in 0..react_to_note::REACTIONS_MAX as u32 {
        let emoji = char::from_u32(0x1f600 + code).unwrap().to_string();
        case.desk.run(|step| react_to_note::react(step, written, ben, &emoji, true)).unwrap();
    }
    let more = case.desk.run(|step| react_to_note::react(step, written, ana, "🎉", true));
    assert!(matches!(more, Err(Rejection::Invalid { field: "emoji", .. })));
    case.desk.run(|step| react_to_note::react(step, written, ana, "😀", true)).unwrap();
    for _ in 0..PINS_MAX {
        case.tries(ana, &NewNote { pinned: true, ..note("keep") }).unwrap();
    }
    assert!(matches!(
        case.desk.run(|step| pin_note::pin(step, written, true)),
        Err(Rejection::Invalid { field: "pinned", .. })
    ));
    assert!(matches!(
        case.tries(ana, &NewNote { pinned: true, ..note("keep") }),
        Err(Rejection::Invalid { field: "pinned", .. })
    ));
}

#[test]
fn a_note_has_a_text_of_at_most_16_kib_and_can_be_changed_fifty_times() {
    let mut case = case();
    let ana = case.ana;
    for wrong in ["", " \n\t", &"x".repeat(NOTE_BYTES_MAX + 1), &"é".repeat(NOTE_BYTES_MAX / 2 + 1)] {
        assert!(matches!(case.tries(ana, &note(wrong)), Err(Rejection::Invalid { field: "body", .. })));
    }
    let longest = case.writes(ana, &"x".repeat(NOTE_BYTES_MAX));
    for _ in 0..EDITS_MAX {
        case.edits(ana, longest, "again").unwrap();
    }
    assert!(matches!(case.edits(ana, longest, "again"), Err(Rejection::Invalid { field: "body", .. })));
}

#[test]
fn a_mention_names_those_who_see_the_conversation_and_grants_nothing_to_the_others() {
    let mut case = case();
    let (ana, ben) = (case.ana, case.ben);
    let olga = case.desk.hire("olga", Role::Operator);
    let nobody = UserId::from_u128(77);
    let body = format!("@[{ana}] @[{ben}] and me");
    let told = case.writes(ana, &body);
    assert_eq!(case.added(told).mentioned, [ben], "the author knows");
    // An Operator sees only what is theirs; hidden and absent are refused alike, and nothing is written.
    let before = case.desk.log.events.len();
    for wall in [olga, nobody] {
        let refused = case.tries(ana, &note(&format!("@[{ben}] @[{wall}]")));
        assert_eq!(refused, Err(Rejection::MentionNotPermitted { indexes: vec![1] }));
    }
    assert_eq!(case.edits(ana, told, &format!("@[{olga}]")), Err(Rejection::MentionNotPermitted { indexes: vec![0] }));
    assert_eq!(case.desk.log.events.len(), before);
    let team = TeamId::from_u128(5);
    let no_team = case.tries(ana, &note(&format!("@[{team}]")));
    assert_eq!(no_team, Err(Rejection::MentionNotPermitted { indexes: vec![0] }));
    // Given the conversation, she sees it and can be named.
    let id = case.id;
    let hers = assign::Assignment { assignee_id: Some(olga), ..Default::default() };
    case.desk.run(|step| assign::assign(step, id, &hers)).unwrap();
    let named = case.writes(ana, &format!("@[{olga}]"));
    assert_eq!(case.added(named).mentioned, [olga]);
}

#[test]
fn a_team_is_named_where_somebody_of_it_sees_the_conversation_and_only_they_are_told() {
    let mut case = case();
    let (id, ana, ben) = (case.id, case.ana, case.ben);
    let (eva, olga) = (case.desk.hire("eva", Role::Agent), case.desk.hire("olga", Role::Operator));
    let root = case.desk.principal(ana);
    let team = |desk: &mut Desk, name: &str, walls, members: &[UserId]| {
        desk.run(|step| {
            let new = NewTeam { name: name.to_owned(), brand_id: None, walls };
            let team = team::create(step, &root, &new)?;
            members.iter().try_for_each(|user| team::set_member(step, &root, team, *user, false)).map(|()| team)
        })
        .unwrap()
    };
    let first = team(&mut case.desk, "first line", Walls::Closed, &[ben, olga]);
    let second = team(&mut case.desk, "second line", Walls::Closed, &[eva]);
    let empty = team(&mut case.desk, "nobody yet", Walls::Open, &[]);
    let to = |team| assign::Assignment { team_id: Some(Some(team)), ..Default::default() };
    case.desk.run(|step| assign::assign(step, id, &to(first))).unwrap();
    // Olga is in the team, but an Operator sees only what is hers.
    let named = case.writes(ana, &format!("@[{first}] and @[{ben}], please"));
    assert_eq!(case.added(named).mentions, [Mention::Team(first), Mention::User(ben)]);
    assert_eq!(case.added(named).mentioned, [ben]);
    for wall in [second, empty, TeamId::from_u128(77)] {
        let refused = case.tries(ana, &note(&format!("@[{wall}]")));
        assert_eq!(refused, Err(Rejection::MentionNotPermitted { indexes: vec![0] }));
    }
    let refused = case.tries(ana, &note(&format!("@[{eva}]")));
    assert_eq!(refused, Err(Rejection::MentionNotPermitted { indexes: vec![0] }));
    // Invited into this one conversation she sees it, and so does somebody of her team.
    case.desk.run(|step| collaborate::invite(step, id, eva)).unwrap();
    let invited = case.writes(ana, &format!("@[{second}] look"));
    assert_eq!(case.added(invited).mentioned, [eva]);
}

#[test]
fn a_note_names_at_most_twenty() {
    let mut case = case();
    let users: Vec<_> = (0..=MENTIONS_MAX).map(|n| case.desk.hire(&format!("user{n}"), Role::Agent)).collect();
    let naming = |users: &[UserId]| users.iter().map(|user| format!("@[{user}] ")).collect::<String>();
    let ana = case.ana;
    let twice = naming(&users[1..]) + &naming(&users[1..]);
    let full = case.writes(ana, &twice);
    assert_eq!(case.added(full).mentioned.len(), MENTIONS_MAX);
    assert!(matches!(case.tries(ana, &note(&naming(&users))), Err(Rejection::Invalid { field: "body", .. })));
    let thousand: String = (0..1_000).map(|n| format!("@[{}]", UserId::from_u128(n))).collect();
    let thousand = &thousand[..NOTE_BYTES_MAX];
    assert!(matches!(case.tries(ana, &note(thousand)), Err(Rejection::Invalid { field: "body", .. })));
}

#[test]
fn an_answer_tells_those_who_took_part_and_still_see_it() {
    let mut case = case();
    let (ana, ben) = (case.ana, case.ben);
    let (eva, dan) = (case.desk.hire("eva", Role::Agent), case.desk.hire("dan", Role::Agent));
    let root = case.writes(ana, &format!("@[{eva}] any idea?"));
    let first = case.answers(ben, root, "none");
    assert_eq!(case.added(first).participants, [ana, eva]);
    let second = case.answers(ana, root, &format!("@[{eva}] @[{dan}]?"));
    assert_eq!((case.added(second).mentioned, case.added(second).participants), (vec![eva, dan], vec![ben]));
    let ana_is = case.desk.principal(ana);
    case.desk
        .run(|step| domain::account::deactivate(step, &ana_is, ben, domain::account::HandOver::Unassigned, &[]))
        .unwrap();
    let third = case.answers(dan, root, "me neither");
    assert_eq!(case.added(third).participants, [ana, eva]);
    assert_eq!(case.added(root).participants, []);
}
