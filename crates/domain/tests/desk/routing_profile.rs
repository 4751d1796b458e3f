//! What people take at once, and what they can.

use domain::access::{Role, Walls};
use domain::ids::*;
use domain::rejection::Rejection;
use domain::routing_profile::{Wish, set};
use domain::team::{self, NewTeam};

use crate::desk::Desk;

fn pointers(refused: Result<(), Rejection>) -> Vec<String> {
    match refused {
        Err(Rejection::Fields(errors)) => errors.into_iter().map(|error| error.pointer).collect(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_profile_is_said_as_a_whole_and_saying_it_again_changes_nothing() {
    let mut desk = Desk::new();
    let (root, ben) = (desk.principal(desk.ana), desk.ben);
    let new = NewTeam { name: "First".to_owned(), brand_id: None, walls: Walls::Closed };
    let team = desk.run(|step| team::create(step, &root, &new)).unwrap();
    let wish = Wish {
        max_open: Some(8),
        by_team: vec![(team, 5)],
        by_channel: vec![(desk.channel, 3)],
        skills: vec!["billing".to_owned(), "billing".to_owned(), "2nd-level".to_owned()],
        languages: vec!["pt-BR".to_owned(), "de".to_owned()],
    };
    desk.run(|step| set(step, &root, ben, wish.clone(), 0)).unwrap();
    let version = desk.world.profiles.version(ben);
    let kinds = desk.kinds_of(|desk| desk.run(|step| set(step, &root, ben, wish.clone(), version)).unwrap());
    assert!(kinds.is_empty(), "{kinds:?}");
    let profile = desk.world.profiles.of(ben).clone();
    assert_eq!(profile.languages.iter().collect::<Vec<_>>(), ["de", "pt-br"]);
    assert_eq!((profile.skills.len(), profile.by_team[&team]), (2, 5));
    desk.restart();
    assert_eq!(desk.world.profiles.of(ben), &profile);
    let stale = desk.run(|step| set(step, &root, ben, Wish::default(), 0));
    assert_eq!(stale, Err(Rejection::VersionMismatch { actual: version }));
    desk.run(|step| set(step, &root, ben, Wish::default(), version)).unwrap();
    assert_eq!(desk.world.profiles.of(ben), &Default::default());
}

#[test]
fn everything_that_is_wrong_with_a_profile_is_pointed_at() {
    let mut desk = Desk::new();
    let (root, ben) = (desk.principal(desk.ana), desk.ben);
    let wish = Wish {
        max_open: Some(0),
        by_team: vec![(TeamId::from_u128(7), 5)],
        by_channel: vec![(desk.channel, 1_001), (desk.channel, 3)],
        skills: vec!["billing".to_owned(), "Returns".to_owned(), "-x".to_owned(), "x".repeat(41)],
        languages: vec!["de".to_owned(), "german".to_owned(), "d".to_owned(), "pt_br".to_owned()],
    };
    let wrong = pointers(desk.run(|step| set(step, &root, ben, wish, 0)));
    let expected = [
        "/max_open",
        "/by_team/0/team_id",
        "/by_channel/0/max_open",
        "/by_channel/1/channel_id",
        "/skills/1",
        "/skills/2",
        "/skills/3",
        "/languages/2",
        "/languages/3",
    ];
    assert_eq!(wrong, expected);
    let many = Wish { skills: (0..51).map(|n| format!("s{n}")).collect(), ..Wish::default() };
    assert_eq!(pointers(desk.run(|step| set(step, &root, ben, many, 0))), ["/skills"]);
}

#[test]
fn profiles_are_said_by_who_looks_after_people() {
    let mut desk = Desk::new();
    let (ana, ben) = (desk.ana, desk.ben);
    let eve = desk.hire("eve", Role::Admin);
    let (agent, admin) = (desk.principal(ben), desk.principal(eve));
    let wish = Wish { max_open: Some(3), ..Wish::default() };
    let mut says = |by, id| desk.run(|step| set(step, by, id, wish.clone(), 0));
    assert_eq!(says(&agent, ben), Err(Rejection::Forbidden));
    assert_eq!(says(&admin, ana), Err(Rejection::RoleHierarchy));
    assert_eq!(says(&admin, UserId::from_u128(7)), Err(Rejection::NotFound));
    assert_eq!(says(&admin, ben), Ok(()));
}
