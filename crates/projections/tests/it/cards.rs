//! Names and identities of people, credentials of numbers.

use domain::access::{Principal, Role};
use domain::account;
use domain::contact::{edit, erase, identify, rekey};
use domain::event::channel::Credentials;
use domain::event::{Actor, Recorded, StreamId};
use domain::identity::IdentityKind;
use domain::ids::*;
use domain::inbound::{Identity, Sender};
use domain::time::Timestamp;
use expect_test::expect;
use projections::channel_card::ChannelCard;
use projections::contact_card::ContactCard;
use projections::user_card::UserCard;

use crate::desk::{Desk, closed, minute};

fn identity(kind: IdentityKind, value: &str) -> Identity {
    Identity { kind, value: value.to_owned() }
}

fn card(desk: &Desk, id: ContactId) -> ContactCard {
    ContactCard::fold(desk.log.stream(StreamId::Contact(id))).unwrap()
}

fn print(card: &ContactCard) -> String {
    let mut lines = vec![format!("name {:?}", card.display_name())];
    for known in &card.identities {
        let retired = if known.retired_at.is_some() { " (retired)" } else { "" };
        let value = known.value.as_deref().unwrap_or("…");
        lines.push(format!("{:?} {value} by {:?}{retired}", known.kind, known.attested_by));
    }
    lines.join("\n")
}

/// A brand of a desk that has one number.
fn brand(desk: &Desk) -> BrandId {
    desk.views.directory.brands.iter().next().unwrap().id
}

fn meets(desk: &mut Desk, identities: Vec<Identity>, profile_name: Option<&str>, username: Option<&str>) -> ContactId {
    let brand = brand(desk);
    let sender =
        Sender { identities, profile_name: profile_name.map(str::to_owned), username: username.map(str::to_owned) };
    desk.run(0, Actor::Provider, |step| identify::identify(step, brand, &sender)).unwrap()
}

#[test]
fn a_given_name_beats_the_address_book_beats_the_profile_beats_the_user_name_beats_the_number() {
    let mut desk = Desk::new();
    let brand = brand(&desk);
    let bsuid = vec![identity(IdentityKind::Bsuid, "DE.abc")];
    let id = meets(&mut desk, bsuid.clone(), None, None);
    assert_eq!(card(&desk, id).display_name().as_deref(), Some("DE.abc"));
    let known = vec![identity(IdentityKind::Bsuid, "DE.abc"), identity(IdentityKind::WaId, "4915112345678")];
    meets(&mut desk, known, None, None);
    assert_eq!(card(&desk, id).display_name().as_deref(), Some("+4915112345678"));
    meets(&mut desk, bsuid.clone(), None, Some("carla_77"));
    assert_eq!(card(&desk, id).display_name().as_deref(), Some("@carla_77"));
    meets(&mut desk, bsuid.clone(), Some("Carla ✨"), Some("carla_77"));
    assert_eq!(card(&desk, id).display_name().as_deref(), Some("Carla ✨"));
    desk.run(1, Actor::Provider, |step| rekey::address_book(step, brand, &bsuid, Some("Carla (parcel)"), false));
    assert_eq!(card(&desk, id).display_name().as_deref(), Some("Carla (parcel)"));
    let ana = desk.ana;
    desk.run(2, Actor::User(ana), |step| edit::rename(step, id, "Carla Gómez")).unwrap();
    desk.run(3, Actor::Provider, |step| rekey::address_book(step, brand, &bsuid, Some("Carla home"), false));
    let card = card(&desk, id);
    assert_eq!(card.display_name().as_deref(), Some("Carla Gómez"));
    assert_eq!(card.version, desk.views.directory.contacts.get(id).unwrap().version());
}

#[test]
fn identities_come_and_go_and_are_remembered() {
    let mut desk = Desk::new();
    let brand = brand(&desk);
    let old = vec![identity(IdentityKind::Bsuid, "DE.old"), identity(IdentityKind::WaId, "4915112345678")];
    let id = meets(&mut desk, old, Some("Carla"), None);
    let (from, to) = ([identity(IdentityKind::Bsuid, "DE.old")], [identity(IdentityKind::Bsuid, "DE.new")]);
    desk.run(5, Actor::Provider, |step| rekey::identity_changed(step, brand, &from, &to));
    let card = card(&desk, id);
    expect![[r#"
        name Some("Carla")
        Bsuid DE.old by Provider (retired)
        WaId 4915112345678 by Provider
        Bsuid DE.new by Provider"#]]
    .assert_eq(&print(&card));
    assert_eq!(card.identity(IdentityKind::Bsuid), Some("DE.new"));
    let kinds: Vec<_> = desk.views.directory.contacts.get(id).unwrap().identity_kinds().collect();
    assert_eq!(kinds, card.active_identities().iter().map(|known| known.kind).collect::<Vec<_>>());
}

#[test]
fn after_an_erasure_the_shape_stays_and_nothing_personal_is_in_it() {
    let mut desk = Desk::new();
    let id = meets(&mut desk, vec![identity(IdentityKind::WaId, "4915112345678")], Some("Carla"), None);
    desk.run(1, Actor::System, |step| erase::start(step, id, erase::Traces::default(), None)).unwrap();
    desk.run(2, Actor::System, |step| erase::finish(step, id)).unwrap();
    let erased: Vec<Recorded> = desk.log.stream(StreamId::Contact(id)).map(closed).collect();
    let card = ContactCard::fold(&erased).unwrap();
    expect![[r#"
        name None
        WaId … by Provider"#]]
    .assert_eq(&print(&card));
    assert_eq!((card.erasure_started_at, card.erased_at), (Some(minute(1)), Some(minute(2))));
    let contact = desk.views.directory.contacts.get(id).unwrap();
    assert!(contact.erased && contact.identity_kinds().next().is_none());
}

#[test]
fn a_users_card_follows_their_changes() {
    let mut desk = Desk::new();
    let ana = desk.ana;
    let by = Principal::plain(ana, Role::Agent);
    desk.run(1, Actor::User(ana), |step| account::change(step, &by, ana, Some("Ana María".to_owned()), None)).unwrap();
    let card = UserCard::fold(desk.log.stream(StreamId::User(ana))).unwrap();
    assert_eq!((card.name.as_deref(), card.email.as_deref()), (Some("Ana María"), Some("ana@example.com")));
    assert!(card.password_hash.is_some() && card.active);
    assert!(!format!("{card:?}").contains("argon2id"));
    // The positions in the directory are enough to make the same card.
    let user = desk.views.directory.users.get(ana).unwrap();
    let events: Vec<Recorded> = user.profile_positions.iter().filter_map(|pos| desk.log.at(*pos)).collect();
    let short = UserCard::fold(&events).unwrap();
    assert_eq!((short.name, short.email, short.password_hash), (card.name, card.email, card.password_hash));
    let without: Vec<Recorded> = events.iter().map(closed).collect();
    assert_eq!(UserCard::fold(&without).unwrap().name, None);
}

#[test]
fn a_channels_newest_credentials_count() {
    let mut desk = Desk::new();
    let channel = desk.channel;
    let fresh = Credentials {
        access_token: "fresh".to_owned(),
        app_secret: "new".to_owned(),
        previous_app_secret: Some("secret".to_owned()),
        verify_token: "verify".to_owned(),
    };
    desk.run(1, Actor::System, |step| {
        let event = domain::event::channel::ChannelSecretRotated { channel_id: channel, private: Some(fresh.clone()) };
        step.emit(StreamId::Channel(channel), event);
    });
    let positions = &desk.views.directory.channels.get(channel).unwrap().credential_positions;
    let events: Vec<Recorded> = positions.iter().filter_map(|pos| desk.log.at(*pos)).collect();
    let card = ChannelCard::fold(&events).unwrap();
    assert_eq!(card.credentials, Some(fresh));
    assert_eq!(card, ChannelCard::fold(desk.log.stream(StreamId::Channel(channel))).unwrap());
    let sealed: Vec<Recorded> = events.iter().map(closed).collect();
    assert_eq!(ChannelCard::fold(&sealed).unwrap().credentials, None);
}

#[test]
fn consent_is_what_was_said_last() {
    let mut desk = Desk::new();
    let brand = brand(&desk);
    let who = vec![identity(IdentityKind::WaId, "4915112345678")];
    let id = meets(&mut desk, who.clone(), None, None);
    let mut says = |at: i64, granted: bool, when: Timestamp| {
        desk.run(at, Actor::Provider, |step| {
            domain::contact::consent::change(step, brand, &who, "marketing_messages", granted, when);
        });
    };
    says(10, false, minute(9));
    says(11, true, minute(5));
    let seen = desk.views.directory.contacts.consent(id, "marketing_messages").unwrap();
    assert_eq!((seen.granted, seen.at), (false, minute(9)));
    assert_eq!(card(&desk, id).consents["marketing_messages"], seen);
    assert_eq!(desk.views.directory.contacts.consents(id).count(), 1);
    assert_eq!(desk.views.directory.contacts.consent(id, "other"), None);
}
