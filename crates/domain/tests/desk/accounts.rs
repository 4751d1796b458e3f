//! Roles and sessions.

use domain::access::Role;
use domain::account::{HandOver, REFRESH_GRACE, Refreshed, change_role, deactivate, log_in, refresh};
use domain::event::user::Device;
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
