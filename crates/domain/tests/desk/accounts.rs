//! Roles and sessions.

use domain::access::Role;
use domain::account::sso::{Attested, Recognised, open_once, recognise};
use domain::account::{HandOver, REFRESH_GRACE, Refreshed, change, change_role, deactivate, log_in, refresh};
use domain::event::user::Device;
use domain::event::user_identity::LinkedIdentity;
use domain::identity::BlindKey;
use domain::rejection::Rejection;
use domain::time::Millis;

use crate::desk::Desk;

#[test]
fn of_two_super_admins_who_demote_each_other_exactly_one_succeeds() {
    for others in 0..2 {
        let mut desk = Desk::new();
        let (ana, eve) = (desk.ana, desk.hire("eve", Role::SuperAdmin));
        (0..others).for_each(|n| {
            desk.hire(&format!("other{n}"), Role::SuperAdmin);
        });
        // Both were super admins when they asked.
        let (by_ana, by_eve) = (desk.principal(ana), desk.principal(eve));
        desk.run(|step| change_role(step, &by_ana, eve, Role::Agent, None)).unwrap();
        assert!(desk.run(|step| change_role(step, &by_eve, ana, Role::Agent, None)).is_err());
    }
}

#[test]
fn the_last_super_admin_stays() {
    let mut desk = Desk::new();
    let (ana, by) = (desk.ana, desk.principal(desk.ana));
    assert_eq!(desk.run(|step| change_role(step, &by, ana, Role::Agent, None)), Err(Rejection::LastSuperAdmin));
    assert_eq!(desk.run(|step| deactivate(step, &by, ana, HandOver::Unassigned, &[])), Err(Rejection::LastSuperAdmin));
}

#[test]
fn an_admin_changes_agents_but_no_admin_and_makes_none() {
    let mut desk = Desk::new();
    let (adam, ben) = (desk.hire("adam", Role::Admin), desk.ben);
    let (peer, by) = (desk.hire("peer", Role::Admin), desk.principal(adam));
    desk.run(|step| change_role(step, &by, ben, Role::Operator, None)).unwrap();
    for (whom, role) in [(peer, Role::Agent), (ben, Role::Admin), (adam, Role::SuperAdmin), (desk.ana, Role::Agent)] {
        assert_eq!(desk.run(|step| change_role(step, &by, whom, role, None)), Err(Rejection::RoleHierarchy));
    }
}

#[test]
fn a_refresh_token_used_twice_ends_the_session_except_for_a_lost_answer() {
    let mut desk = Desk::new();
    let ana = desk.ana;
    let session_id = desk.run(|step| log_in(step, ana, "one".to_owned(), Device::default())).unwrap();
    let present =
        |desk: &mut Desk, hash: &str, next: &str| desk.run(|step| refresh(step, session_id, hash, next.to_owned()));
    assert_eq!(present(&mut desk, "one", "two"), Ok(Refreshed::Rotated { session_id, user_id: ana }));
    desk.now = desk.now + REFRESH_GRACE;
    assert_eq!(present(&mut desk, "one", "x"), Ok(Refreshed::Repeated { session_id, user_id: ana }));
    desk.now = desk.now + Millis(1);
    assert_eq!(present(&mut desk, "one", "x"), Ok(Refreshed::Reused));
    assert_eq!(present(&mut desk, "two", "three"), Err(Rejection::SessionEnded));
}

#[test]
fn a_twenty_first_session_ends_the_longest_unused() {
    let mut desk = Desk::new();
    let ana = desk.ana;
    let mut sessions = Vec::new();
    for n in 0..21 {
        desk.now = desk.now + Millis::minutes(1);
        sessions.push(desk.run(|step| log_in(step, ana, format!("hash{n}"), Device::default())).unwrap());
    }
    assert_eq!(desk.world.sessions.len(), 20);
    assert!(!desk.world.sessions.contains_key(&sessions[0]));
}

fn attested(subject: u8, email: Option<BlindKey>) -> Attested {
    Attested {
        provider_id: "corporate".to_owned(),
        issuer_key: BlindKey([100; 16]),
        identity_key: BlindKey([subject; 16]),
        email_key: email,
        identity: LinkedIdentity::default(),
    }
}

#[test]
fn an_identity_is_linked_by_a_verified_address_and_stands_for_one_person_ever_after() {
    let mut desk = Desk::new();
    let (email, other) = (BlindKey([50; 16]), BlindKey([51; 16]));
    let by = desk.principal(desk.ana);
    let ben = desk.ben;
    desk.run(|step| change(step, &by, ben, None, Some(("ben@example.com".to_owned(), email)))).unwrap();
    let recognised =
        |desk: &mut Desk, subject, email| desk.run(|step| Ok(recognise(step, attested(subject, email)))).unwrap();
    assert_eq!(recognised(&mut desk, 1, None), Recognised::Nobody);
    assert_eq!(recognised(&mut desk, 1, Some(other)), Recognised::Nobody);
    assert_eq!(recognised(&mut desk, 1, Some(email)), Recognised::User(ben));
    assert_eq!(recognised(&mut desk, 1, None), Recognised::User(ben));
    // The address is somebody else's now, as the provider says; the account is not.
    assert_eq!(recognised(&mut desk, 2, Some(email)), Recognised::LinkedToAnother);
    assert_eq!(desk.count("user.identity_linked"), 1);
    desk.restart();
    assert_eq!(recognised(&mut desk, 1, None), Recognised::User(ben));
    desk.run(|step| deactivate(step, &by, ben, HandOver::Unassigned, &[])).unwrap();
    assert_eq!(recognised(&mut desk, 1, Some(email)), Recognised::Nobody);
    assert_eq!(recognised(&mut desk, 3, Some(email)), Recognised::Nobody);
}

#[test]
fn a_sign_in_opens_one_session_also_across_a_restart() {
    let mut desk = Desk::new();
    let ana = desk.ana;
    let key = BlindKey([9; 16]);
    let open = |desk: &mut Desk| {
        desk.run(|step| open_once(step, key, |step| Ok((log_in(step, ana, "hash".to_owned(), Device::default())?, ()))))
            .unwrap()
    };
    assert!(open(&mut desk).is_some());
    assert!(open(&mut desk).is_none());
    desk.restart();
    assert!(open(&mut desk).is_none());
}
