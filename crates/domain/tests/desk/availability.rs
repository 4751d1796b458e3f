//! Who takes work: what people say, and what follows from coming, going and the clock.

use domain::access::Role;
use domain::account::{HandOver, deactivate, reactivate};
use domain::availability::{self, Availability, Cause, State, Wish};
use domain::event::Event;
use domain::ids::UserId;
use domain::rejection::Rejection;
use domain::step::Step;
use domain::time::{Millis, Timestamp};

use Availability::*;

use crate::desk::{Desk, at};

fn wish(availability: Availability) -> Wish {
    Wish { availability, until: None, note: None }
}

impl Desk {
    fn at_door(&self, id: UserId) -> &State {
        self.world.availability.of(id).unwrap()
    }
    /// Says what they are, with a live connection open.
    fn chooses(&mut self, id: UserId, wish: Wish) {
        self.set(id, id, wish, true).unwrap();
    }
    fn set(&mut self, by: UserId, id: UserId, wish: Wish, connected: bool) -> Result<(), Rejection> {
        let by = self.principal(by);
        self.run(|step| availability::set(step, &by, id, wish, connected))
    }
    fn automatically(&mut self, decide: impl FnOnce(&mut Step<'_>)) {
        let decided = self.run(|step| {
            decide(step);
            Ok(())
        });
        decided.unwrap();
    }
    fn comes(&mut self, id: UserId) {
        self.automatically(|step| availability::connected(step, id));
    }
    fn goes(&mut self, id: UserId) {
        self.automatically(|step| availability::disconnected(step, id));
    }
    fn until_passes(&mut self, id: UserId, gone: bool) {
        self.automatically(|step| availability::until_passed(step, id, gone));
    }
    fn stands(&self, id: UserId) -> (Availability, Option<Cause>, Option<Timestamp>) {
        let state = self.at_door(id);
        (state.availability, state.cause, state.until)
    }
    fn changes(&self) -> usize {
        self.count("agent.availability_changed")
    }
}

/// A desk at nine, where Ben came online.
fn at_nine() -> (Desk, UserId) {
    let mut desk = Desk::new();
    let ben = desk.ben;
    desk.now = at("09:00");
    desk.comes(ben);
    desk.now = at("09:01");
    (desk, ben)
}

#[test]
fn somebody_who_has_said_nothing_is_offline_and_available_once_they_come_online() {
    let mut desk = Desk::new();
    let ben = desk.ben;
    assert_eq!(desk.stands(ben), (Offline, None, None));
    desk.comes(ben);
    desk.comes(ben);
    assert_eq!(desk.stands(ben), (Available, Some(Cause::Connected), None));
    assert_eq!(desk.changes(), 1);
}

#[test]
fn saying_again_what_holds_makes_no_event_and_another_note_or_end_does() {
    let (mut desk, ben) = at_nine();
    let meeting =
        |note: &str, until: &str| Wish { availability: Busy, until: Some(at(until)), note: Some(note.to_owned()) };
    desk.chooses(ben, meeting("in a meeting", "10:00"));
    desk.chooses(ben, meeting("in a meeting", "10:00"));
    assert_eq!(desk.changes(), 2);
    desk.chooses(ben, meeting("at the dentist", "10:00"));
    desk.chooses(ben, meeting("at the dentist", "11:00"));
    assert_eq!((desk.changes(), desk.at_door(ben).since), (4, at("09:01")));
    desk.now = at("09:02");
    desk.chooses(ben, wish(Available));
    assert_eq!(desk.at_door(ben).note, None);
}

#[test]
fn a_lost_connection_takes_away_and_a_new_one_gives_back_what_was_there_before() {
    let (mut desk, ben) = at_nine();
    let until = Some(at("10:00"));
    desk.chooses(ben, Wish { availability: Busy, until, note: Some("in a meeting".to_owned()) });
    let note = desk.at_door(ben).note;
    desk.goes(ben);
    assert_eq!(desk.stands(ben), (Away, Some(Cause::Disconnected), None));
    desk.goes(ben);
    desk.now = at("09:30");
    desk.restart();
    desk.comes(ben);
    assert_eq!(desk.stands(ben), (Busy, Some(Cause::Returned), until));
    assert_eq!((desk.at_door(ben).note, desk.changes()), (note, 4));
}

#[test]
fn whoever_comes_back_after_the_end_they_gave_is_available() {
    let (mut desk, ben) = at_nine();
    desk.chooses(ben, Wish { availability: Busy, until: Some(at("10:00")), note: Some("in a meeting".to_owned()) });
    desk.goes(ben);
    desk.now = at("10:00");
    desk.comes(ben);
    assert_eq!(desk.stands(ben), (Available, Some(Cause::Returned), None));
    assert_eq!(desk.at_door(ben).note, None);
}

#[test]
fn what_somebody_said_is_not_changed_by_their_connections() {
    for said in [Away, Offline] {
        let (mut desk, ben) = at_nine();
        desk.chooses(ben, wish(said));
        let before = desk.changes();
        desk.now = at("12:00");
        desk.goes(ben);
        desk.comes(ben);
        assert_eq!((desk.stands(ben), desk.changes()), ((said, Some(Cause::Chosen), None), before));
    }
}

#[test]
fn being_away_can_be_said_over_having_been_set_away() {
    let (mut desk, ben) = at_nine();
    desk.goes(ben);
    desk.set(ben, ben, wish(Away), false).unwrap();
    desk.now = at("12:00");
    desk.comes(ben);
    assert_eq!(desk.stands(ben), (Away, Some(Cause::Chosen), None));
}

#[test]
fn who_works_without_live_connections_stays_what_they_said_until_one_was_open() {
    let mut desk = Desk::new();
    let ben = desk.ben;
    desk.now = at("09:00");
    desk.set(ben, ben, wish(Available), false).unwrap();
    desk.goes(ben);
    assert_eq!(desk.stands(ben), (Available, Some(Cause::Chosen), None));
    // The log knows of the first connection, so a restart does not forget it.
    desk.now = at("10:00");
    desk.comes(ben);
    desk.restart();
    desk.now = at("11:00");
    desk.goes(ben);
    assert_eq!(desk.stands(ben), (Away, Some(Cause::Disconnected), None));
    // Said again without one, it is meant again.
    desk.set(ben, ben, wish(Busy), false).unwrap();
    desk.now = at("12:00");
    desk.goes(ben);
    assert_eq!(desk.stands(ben), (Busy, Some(Cause::Chosen), None));
}

#[test]
fn connections_change_nothing_twice_within_half_a_minute() {
    let (mut desk, ben) = at_nine();
    desk.goes(ben);
    desk.now = desk.now + availability::SETTLES_AFTER - Millis(1);
    desk.comes(ben);
    assert_eq!(desk.stands(ben).0, Away);
    desk.now = desk.now + Millis(1);
    desk.comes(ben);
    assert_eq!(desk.stands(ben).0, Available);
    desk.goes(ben);
    assert_eq!(desk.stands(ben).0, Available);
}

#[test]
fn the_end_somebody_gave_makes_them_available_once() {
    let (mut desk, ben) = at_nine();
    desk.chooses(ben, Wish { availability: Away, until: Some(at("10:00")), note: Some("lunch".to_owned()) });
    assert_eq!(desk.world.availability.next_due(), Some(at("10:00")));
    desk.until_passes(ben, false);
    assert_eq!(desk.stands(ben).0, Away);
    desk.now = at("10:00");
    desk.restart();
    assert_eq!(desk.world.availability.due(desk.now, 9), [(at("10:00"), ben)]);
    desk.until_passes(ben, false);
    desk.until_passes(ben, false);
    assert_eq!(desk.stands(ben), (Available, Some(Cause::UntilPassed), None));
    assert_eq!((desk.at_door(ben).note, desk.changes()), (None, 3));
    assert_eq!(desk.world.availability.next_due(), None);
}

#[test]
fn nobody_becomes_available_who_is_not_there_unless_they_work_without_connections() {
    let (mut desk, ben) = at_nine();
    let eve = desk.hire("eve", Role::Agent);
    let lunch = || Wish { availability: Offline, until: Some(at("10:00")), note: None };
    desk.chooses(ben, lunch());
    desk.set(eve, eve, lunch(), false).unwrap();
    desk.now = at("10:00");
    desk.until_passes(ben, true);
    desk.until_passes(eve, true);
    assert_eq!(desk.stands(ben), (Away, Some(Cause::Disconnected), None));
    assert_eq!(desk.stands(eve), (Available, Some(Cause::UntilPassed), None));
    desk.now = at("10:05");
    desk.comes(ben);
    assert_eq!(desk.stands(ben), (Available, Some(Cause::Returned), None));
}

#[test]
fn ends_lie_ahead_and_notes_are_short_and_plain() {
    let (mut desk, ben) = at_nine();
    let now = desk.now;
    let refused = |desk: &mut Desk, wish: Wish| match desk.set(ben, ben, wish, true) {
        Err(Rejection::Invalid { field, .. }) => field,
        other => panic!("{other:?}"),
    };
    for until in [now, now - Millis(1), now + Millis::days(367)] {
        assert_eq!(refused(&mut desk, Wish { until: Some(until), ..wish(Busy) }), "until");
    }
    let soon = Some(now + Millis::hours(1));
    assert_eq!(refused(&mut desk, Wish { until: soon, ..wish(Available) }), "until");
    for note in [" ".to_owned(), "line\nbreak".to_owned(), "x".repeat(availability::NOTE_MAX + 1)] {
        assert_eq!(refused(&mut desk, Wish { note: Some(note), ..wish(Busy) }), "note");
    }
}

#[test]
fn others_are_set_by_who_looks_after_them_and_nobody_below_sets_who_is_above() {
    let mut desk = Desk::new();
    let (ana, ben, adam) = (desk.ana, desk.ben, desk.hire("adam", Role::Admin));
    let (eve, olga) = (desk.hire("eve", Role::Agent), desk.hire("olga", Role::Operator));
    desk.set(adam, ben, wish(Offline), false).unwrap();
    assert_eq!(desk.stands(ben), (Offline, Some(Cause::SetByOther), None));
    desk.set(ana, adam, wish(Away), false).unwrap();
    for by in [adam, eve, olga] {
        for whom in [ana, adam, eve, olga].into_iter().filter(|whom| *whom != by) {
            let allowed = by == adam && ![ana, adam].contains(&whom);
            let expected = match by {
                _ if allowed => Ok(()),
                _ if by == adam => Err(Rejection::RoleHierarchy),
                _ => Err(Rejection::Forbidden),
            };
            assert_eq!(desk.set(by, whom, wish(Away), false), expected);
        }
    }
}

#[test]
fn a_closed_account_is_offline_and_begins_anew_when_it_is_opened() {
    let (mut desk, ben) = at_nine();
    desk.chooses(ben, Wish { availability: Busy, until: Some(at("10:00")), note: Some("in a meeting".to_owned()) });
    let (ana, by) = (desk.ana, desk.principal(desk.ana));
    desk.run(|step| deactivate(step, &by, ben, HandOver::Unassigned, &[])).unwrap();
    assert_eq!((desk.stands(ben), desk.at_door(ben).note), ((Offline, None, None), None));
    assert_eq!(desk.world.availability.next_due(), None);
    let before = desk.changes();
    desk.comes(ben);
    desk.goes(ben);
    desk.now = at("10:00");
    desk.until_passes(ben, false);
    assert_eq!(desk.changes(), before);
    let refused = desk.set(ana, ben, wish(Available), false);
    assert_eq!(refused, Err(Rejection::InvalidTransition { from: "deactivated", to: "available" }));
    desk.run(|step| reactivate(step, &by, ben)).unwrap();
    desk.comes(ben);
    assert_eq!(desk.stands(ben), (Available, Some(Cause::Connected), None));
}

#[test]
fn what_a_note_says_is_in_no_fact() {
    let (mut desk, ben) = at_nine();
    desk.chooses(ben, Wish { note: Some("at the dentist".to_owned()), ..wish(Busy) });
    let event = &desk.log.events.last().unwrap().event;
    assert!(matches!(event, Event::AgentAvailabilityChanged(event) if event.private.is_some()));
    assert!(!String::from_utf8(event.facts_json()).unwrap().contains("dentist"));
}
