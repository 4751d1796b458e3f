//! Second factors, links for lost passwords, invitations and keys, as decisions.

use domain::access::{Action, Decision, Role, Standing, authorize};
use domain::account::{HandOver, Place, change_role, deactivate, log_in};
use domain::event::account_security::TotpSecret;
use domain::event::api_key::KeyTerms;
use domain::event::user::Device;
use domain::identity::BlindKey;
use domain::ids::*;
use domain::rejection::Rejection;
use domain::security::api_key::{self, USE_NOTED_EVERY};
use domain::security::invite::{self, NewInvite};
use domain::security::password_reset::{self, RESET_FOR};
use domain::security::second_factor::{self, Proof};
use domain::time::Millis;

use crate::desk::Desk;

fn secret() -> TotpSecret {
    TotpSecret { secret: "JBSWY3DPEHPK3PXP".to_owned() }
}

/// Somebody with a second factor, whose codes are of the secret at this position.
fn with_second_factor(desk: &mut Desk, user: UserId) -> u64 {
    let session = desk.run(|step| log_in(step, user, "hash".to_owned(), Device::default())).unwrap();
    desk.run(|step| second_factor::enrol(step, user, secret())).unwrap();
    let secret_pos = desk.world.security.second_factors.get(user).unwrap().secret_pos;
    let proof = Proof::Code { secret_pos, step: 100 };
    let codes = (0..10).map(|n| BlindKey([n; 16])).collect();
    desk.run(|step| second_factor::confirm(step, user, proof, codes, session)).unwrap();
    secret_pos
}

#[test]
fn a_code_is_taken_once_and_no_older_one_after_it() {
    let mut desk = Desk::new();
    let ana = desk.ana;
    let secret_pos = with_second_factor(&mut desk, ana);
    let mut take =
        |step_of_code| desk.run(|step| second_factor::take(step, ana, Proof::Code { secret_pos, step: step_of_code }));
    assert_eq!(take(100), Err(Rejection::SecondFactorRefused));
    assert_eq!(take(102), Ok(()));
    assert_eq!(take(101), Err(Rejection::SecondFactorRefused));
    assert_eq!(take(102), Err(Rejection::SecondFactorRefused));
    assert_eq!(take(103), Ok(()));
}

#[test]
fn a_code_of_a_secret_that_was_replaced_confirms_nothing() {
    let mut desk = Desk::new();
    let ana = desk.ana;
    let session = desk.run(|step| log_in(step, ana, "hash".to_owned(), Device::default())).unwrap();
    desk.run(|step| second_factor::enrol(step, ana, secret())).unwrap();
    let secret_pos = desk.world.security.second_factors.get(ana).unwrap().secret_pos;
    desk.run(|step| second_factor::enrol(step, ana, secret())).unwrap();
    let proof = Proof::Code { secret_pos, step: 100 };
    let confirmed = desk.run(|step| second_factor::confirm(step, ana, proof, Vec::new(), session));
    assert_eq!(confirmed, Err(Rejection::SecondFactorRefused));
    assert_eq!(desk.world.security.second_factors.in_force(ana), None);
}

#[test]
fn a_recovery_code_is_good_once() {
    let mut desk = Desk::new();
    let ana = desk.ana;
    with_second_factor(&mut desk, ana);
    let proof = Proof::Recovery(BlindKey([3; 16]));
    assert_eq!(desk.run(|step| second_factor::take(step, ana, proof)), Ok(()));
    assert_eq!(desk.run(|step| second_factor::take(step, ana, proof)), Err(Rejection::SecondFactorRefused));
}

#[test]
fn the_newest_link_sets_a_password_once_within_its_hour() {
    let mut desk = Desk::new();
    let (ben, by) = (desk.ben, desk.principal(desk.ana));
    let issue = |desk: &mut Desk, hash: &str| {
        desk.run(|step| password_reset::issue(step, &by, ben, hash.to_owned())).unwrap();
    };
    let redeem =
        |desk: &mut Desk, hash: &str| desk.run(|step| password_reset::redeem(step, hash, "password".to_owned()));
    issue(&mut desk, "one");
    issue(&mut desk, "two");
    assert_eq!(redeem(&mut desk, "one"), Err(Rejection::Gone("the link")));
    assert_eq!(redeem(&mut desk, "never"), Err(Rejection::NotFound));
    assert_eq!(redeem(&mut desk, "two"), Ok(ben));
    assert_eq!(redeem(&mut desk, "two"), Err(Rejection::Gone("the link")));
    issue(&mut desk, "three");
    desk.now = desk.now + RESET_FOR;
    assert_eq!(redeem(&mut desk, "three"), Err(Rejection::Gone("the link")));
}

fn new_invite(role: Role, token: &str) -> NewInvite {
    NewInvite {
        email: "nia@desk.example".to_owned(),
        email_key: BlindKey([77; 16]),
        place: Place { role, custom_role_id: None, brand_ids: None },
        team_ids: Default::default(),
        lasts: None,
        token_hash: token.to_owned(),
    }
}

#[test]
fn an_invitation_is_worth_what_its_maker_may_give_when_it_is_accepted() {
    let mut desk = Desk::new();
    let adam = desk.hire("adam", Role::Admin);
    let (by, root) = (desk.principal(adam), desk.principal(desk.ana));
    assert_eq!(
        desk.run(|step| invite::create(step, &by, &new_invite(Role::Admin, "x"))),
        Err(Rejection::RoleHierarchy)
    );
    desk.run(|step| invite::create(step, &by, &new_invite(Role::Agent, "one"))).unwrap();
    let accept = |desk: &mut Desk| {
        desk.run(|step| invite::accept(step, "one", "nia@desk.example".to_owned(), "Nia".to_owned(), "hash".to_owned()))
    };
    desk.run(|step| change_role(step, &root, adam, Role::Agent, None)).unwrap();
    assert_eq!(accept(&mut desk), Err(Rejection::Gone("the invitation")));
    desk.run(|step| change_role(step, &root, adam, Role::Admin, None)).unwrap();
    let nia = accept(&mut desk).unwrap();
    assert_eq!(desk.world.users[&nia].role, Role::Agent);
    assert_eq!(accept(&mut desk), Err(Rejection::Gone("the invitation")));
}

fn terms(role: Role, scopes: &[Action]) -> KeyTerms {
    KeyTerms {
        name: "Warehouse".to_owned(),
        role,
        scopes: scopes.iter().map(|action| action.name().to_owned()).collect(),
        brand_ids: None,
        team_ids: None,
        allowed_ips: Vec::new(),
        expires_at: None,
    }
}

#[test]
fn a_key_is_cut_to_its_scopes_and_shrinks_with_its_maker() {
    let mut desk = Desk::new();
    let adam = desk.hire("adam", Role::Admin);
    let (by, root) = (desk.principal(adam), desk.principal(desk.ana));
    let wanted = terms(Role::Admin, &[Action::ConversationRead, Action::UserManage]);
    let key = desk.run(|step| api_key::create(step, &by, wanted, "hash".to_owned())).unwrap();
    let may = |desk: &Desk, action| {
        let known = desk.world.security.api_keys.get(key).unwrap();
        authorize(&known.principal(&desk.world.roster).unwrap(), action, Standing::Workspace)
    };
    assert_eq!(may(&desk, Action::UserManage), Decision::Allow);
    assert_eq!(may(&desk, Action::TeamManage), Decision::Forbid);
    // What began before is held to both as well.
    let before = desk.world.security.api_keys.get(key).unwrap().principal(&desk.world.roster).unwrap();
    desk.run(|step| change_role(step, &root, adam, Role::Agent, None)).unwrap();
    assert_eq!(may(&desk, Action::UserManage), Decision::Forbid);
    let now = desk.world.roster.current(&before).unwrap();
    assert_eq!(authorize(&now, Action::UserManage, Standing::Workspace), Decision::Forbid);
    desk.run(|step| deactivate(step, &root, adam, HandOver::Unassigned, &[])).unwrap();
    assert_eq!(desk.world.security.api_keys.get(key), None);
}

#[test]
fn no_key_is_above_its_maker_or_makes_keys() {
    let mut desk = Desk::new();
    let ben = desk.principal(desk.ben);
    let mut make = |wanted: KeyTerms| desk.run(|step| api_key::create(step, &ben, wanted, "hash".to_owned()));
    assert_eq!(make(terms(Role::Admin, &[Action::ConversationRead])), Err(Rejection::RoleHierarchy));
    assert_eq!(make(terms(Role::Agent, &[Action::UserManage])), Err(Rejection::Forbidden));
    for action in [Action::ApiKeyManage, Action::OwnAccount, Action::Public] {
        assert!(matches!(make(terms(Role::Agent, &[action])), Err(Rejection::Invalid { field: "scopes", .. })));
    }
    assert!(make(terms(Role::Operator, &[Action::ConversationRead])).is_ok());
}

#[test]
fn the_use_of_a_key_is_written_down_once_an_hour() {
    let mut desk = Desk::new();
    let by = desk.principal(desk.ana);
    let wanted = terms(Role::Agent, &[Action::ConversationRead]);
    let key: KeyId = desk.run(|step| api_key::create(step, &by, wanted, "hash".to_owned())).unwrap();
    let mut written = Vec::new();
    for wait in [Millis(0), Millis::minutes(30), Millis(USE_NOTED_EVERY.0 / 2), Millis::minutes(59)] {
        desk.now = desk.now + wait;
        let (now, head) = (desk.now, desk.world.head);
        desk.run(|step| {
            api_key::note_use(step, key, now);
            Ok(())
        })
        .unwrap();
        written.push(desk.world.head > head);
    }
    assert_eq!(written, [true, false, true, false]);
}
