//! What is noted of contacts: attributes by their definitions, consent, and contacts that come by hand or from a file.

use std::collections::BTreeSet;

use domain::access::Role;
use domain::account;
use domain::condition::{Condition, check};
use domain::contact::consent::{self, MARKETING, Purpose};
use domain::contact::create::{NewContact, create};
use domain::contact::definitions::{self, Definition, Holds};
use domain::contact::imports::*;
use domain::contact::{attributes, import};
use domain::event::contact::ConsentSource;
use domain::event::{Actor, Event};
use domain::ids::*;
use domain::rejection::Rejection;
use serde_json::{Value, json};

use crate::desk::{Desk, minute};

fn definition(key: &str, holds: Holds) -> Definition {
    let options = if holds == Holds::Enum { vec!["gold".to_owned(), "silver".to_owned()] } else { Vec::new() };
    Definition { key: key.to_owned(), name: key.to_owned(), holds, options, required: false, pii: false }
}

impl Desk {
    fn defines(&mut self, definition: Definition) -> Result<String, Rejection> {
        let ana = self.principal(self.ana);
        self.run(|step| definitions::create(step, &ana, definition))
    }
    fn notes_of(&mut self, id: ContactId, key: &str, value: Value) -> Result<(), Rejection> {
        self.run(|step| attributes::change(step, id, [(key.to_owned(), value)].into()))
    }
    fn brings(&mut self, phone: &str) -> Result<ContactId, Rejection> {
        let (brand, new) = (self.brand, NewContact { phone: Some(phone.to_owned()), ..NewContact::default() });
        self.run(|step| create(step, brand, new))
    }
    fn imports(&mut self, plan: ImportPlan, by: UserId) -> ContactImportId {
        let (brand, by_whom) = (self.brand, self.principal(by));
        let file = MediaId::from_u128(1);
        self.run(|step| {
            step.actor = Actor::User(by);
            import::request(step, &by_whom, brand, file, plan, Some("a form".to_owned()))
        })
        .unwrap()
    }
    fn does(&mut self, id: ContactImportId, done: u64, rows: &[&[&str]], last: bool) {
        let rows: Vec<_> =
            rows.iter().map(|row| Some(row.iter().map(|cell| (*cell).to_owned()).collect::<Vec<_>>())).collect();
        self.run(|step| {
            import::perform(step, id, done, &rows, Some("a form"), last);
            Ok(())
        })
        .unwrap();
    }
    fn tally(&self, id: ContactImportId) -> (u64, u64, u64, u64) {
        let tally = self.world.imports.get(id).unwrap().tally;
        (tally.created, tally.updated, tally.skipped, tally.failed)
    }
    fn wrong(&self, id: ContactImportId) -> Vec<(u64, String)> {
        let errors = &self.world.imports.get(id).unwrap().errors;
        errors
            .iter()
            .map(|error| (error.row, format!("{} {}", error.column.as_deref().unwrap_or("-"), error.code)))
            .collect()
    }
    fn last_consent(&self) -> (bool, Option<ConsentSource>) {
        let said = self.log.events.iter().rev().find_map(|event| match &event.event {
            Event::ContactConsentChanged(event) => Some((event.granted, event.source)),
            _ => None,
        });
        said.expect("a word about consent")
    }
}

#[test]
fn a_value_is_held_against_the_definition_from_then_on_and_what_was_set_stays() {
    let mut desk = Desk::new();
    let id = desk.brings("+34600111222").unwrap();
    desk.notes_of(id, "plan", json!("bronze")).unwrap();
    for holds in [Holds::Number, Holds::Bool, Holds::Date, Holds::Url] {
        desk.defines(definition(&format!("{holds:?}").to_lowercase(), holds)).unwrap();
    }
    desk.defines(definition("plan", Holds::Enum)).unwrap();
    assert_eq!(desk.world.attribute(id, "plan").and_then(|value| value.as_text()), Some("bronze"));
    for (key, good, bad) in [
        ("number", json!(7), json!("7")),
        ("bool", json!(true), json!("yes")),
        ("date", json!("2026-02-28"), json!("2026-02-30")),
        ("url", json!("https://shop.example/orders?id=7"), json!("shop.example")),
        ("plan", json!("gold"), json!("bronze")),
    ] {
        let refused = desk.notes_of(id, key, bad);
        let code = definitions::MISMATCH;
        assert!(matches!(&refused, Err(Rejection::Fields(errors)) if errors[0].code == code), "{key} {refused:?}");
        desk.notes_of(id, key, good).unwrap();
    }
    let ana = desk.principal(desk.ana);
    let required = Definition { required: true, ..definition("plan", Holds::Enum) };
    desk.run(|step| definitions::change(step, &ana, required.clone())).unwrap();
    assert!(matches!(desk.notes_of(id, "plan", Value::Null), Err(Rejection::Fields(_))), "it cannot be taken away");
    assert!(matches!(desk.brings("+34600111223"), Err(Rejection::Fields(_))), "nor left out of a new contact");
    let other = Definition { holds: Holds::Text, options: Vec::new(), ..required };
    assert!(matches!(desk.run(|step| definitions::change(step, &ana, other)), Err(Rejection::Invalid { .. })));
}

#[test]
fn a_personal_attribute_is_sealed_and_no_condition_asks_about_it() {
    let mut desk = Desk::new();
    let id = desk.brings("+34600111222").unwrap();
    desk.notes_of(id, "address", json!("Calle Mayor 3")).unwrap();
    desk.defines(Definition { pii: true, ..definition("address", Holds::Text) }).unwrap();
    desk.notes_of(id, "address", json!("Calle Mayor 3, 2º B; ring twice!")).unwrap();
    let last = desk.log.events.last().unwrap();
    let facts = String::from_utf8(last.event.facts_json()).unwrap();
    assert!(!facts.contains("Mayor") && facts.contains("\"address\":true"), "{facts}");
    assert!(last.event.private_json().is_some());
    assert_eq!(desk.world.attribute(id, "address"), None, "what lay in the open is there no more");
    let when: Condition =
        serde_json::from_value(json!({"field": "attribute.address", "op": "contains", "value": "Mayor"})).unwrap();
    let errors = check(&when, "/when", &desk.world);
    assert_eq!((errors[0].pointer.as_str(), errors[0].code), ("/when/field", "not_allowed"));
}

#[test]
fn start_takes_back_a_stop_and_agrees_to_nothing_by_itself() {
    let mut desk = Desk::new();
    desk.says(0, "491", "m1", "Start");
    let contact = desk.contact("491");
    assert_eq!(desk.count("contact.consent_changed"), 0);
    desk.says(1, "491", "m2", "STOP");
    assert!(desk.world.has_declined(contact, MARKETING));
    desk.says(2, "491", "m3", "please start again");
    assert!(desk.world.has_declined(contact, MARKETING), "within a sentence the word may mean anything");
    desk.says(3, "491", "m4", "START");
    assert!(!desk.world.has_declined(contact, MARKETING));
    assert_eq!(desk.last_consent(), (true, Some(ConsentSource::Keyword)));
}

#[test]
fn a_workspace_has_words_of_its_own_for_it() {
    let mut desk = Desk::new();
    let mut wanted = desk.world.settings.clone();
    wanted.contacts.opt_out_phrases = vec!["Kein Interesse".to_owned()];
    wanted.contacts.opt_in_phrases = vec!["doch".to_owned()];
    desk.run(|step| domain::settings::change(step, wanted)).unwrap();
    desk.says(1, "491", "m1", "kein interesse!");
    let contact = desk.contact("491");
    assert!(desk.world.has_declined(contact, MARKETING));
    desk.says(2, "491", "m2", "Doch.");
    assert!(!desk.world.has_declined(contact, MARKETING));
}

#[test]
fn a_colleague_who_says_that_somebody_agreed_says_where_and_their_own_newer_word_counts() {
    let mut desk = Desk::new();
    desk.says(0, "491", "m1", "hello");
    let contact = desk.contact("491");
    let unproven = desk.run(|step| consent::note(step, contact, Purpose::Marketing, true, None));
    assert!(matches!(unproven, Err(Rejection::Invalid { field: "evidence", .. })));
    let form = Some("form of the fair, 3 May".to_owned());
    desk.run(|step| consent::note(step, contact, Purpose::Marketing, true, form)).unwrap();
    assert_eq!(desk.last_consent(), (true, Some(ConsentSource::Agent)));
    // Their own, though the provider tells it in whole seconds and it seems to be a little older.
    desk.now = desk.now + domain::time::Millis(700);
    let form = Some("form of the fair, 4 May".to_owned());
    desk.run(|step| consent::note(step, contact, Purpose::Marketing, true, form)).unwrap();
    desk.says(0, "491", "m2", "stop");
    assert!(desk.world.has_declined(contact, MARKETING));
    desk.run(|step| consent::note(step, contact, Purpose::Csat, false, None)).unwrap();
    assert!(desk.world.has_declined(contact, domain::csat::CONSENT));
}

#[test]
fn a_contact_that_is_brought_is_found_when_they_write_and_is_brought_once() {
    let mut desk = Desk::new();
    let id = desk.brings("+49 1").map_err(|_| ()).err();
    assert_eq!(id, Some(()), "no number");
    let id = desk.brings("+34600111222").unwrap();
    desk.says(1, "34600111222", "m1", "hello");
    assert_eq!(desk.contact("34600111222"), id);
    assert!(matches!(desk.brings("34600111222"), Err(Rejection::Duplicate(_))));
}

fn plan(columns: &[Target]) -> ImportPlan {
    ImportPlan {
        columns: (0..).zip(columns.iter().cloned()).collect(),
        dedupe: Dedupe::Phone,
        on_match: OnMatch::Update,
        tags: vec!["fair".to_owned()],
        consents: BTreeSet::from([Purpose::Marketing]),
    }
}

#[test]
fn rows_become_contacts_once_and_what_is_wrong_is_told_without_what_stood_there() {
    let mut desk = Desk::new();
    desk.defines(definition("plan", Holds::Enum)).unwrap();
    let attribute = Target::Attribute { key: "plan".to_owned() };
    let ana = desk.ana;
    let id = desk.imports(plan(&[Target::Phone, Target::Name, attribute]), ana);
    let rows: &[&[&str]] = &[
        &["+34600111222", "Ana", "gold"],
        &["", "Nobody", "gold"],
        &["call me", "Eve", "gold"],
        &["34 600 111 223", "Ben", "bronze"],
        &["+34600111222", "Ana María", "silver"],
        &["'+34600111224"],
    ];
    desk.does(id, 0, rows, false);
    assert_eq!(desk.tally(id), (2, 1, 0, 3));
    let wrong = desk.wrong(id);
    let expected = [(2, "phone required"), (3, "phone bad_format"), (4, "attribute.plan attribute_type_mismatch")];
    assert_eq!(wrong, expected.map(|(row, what)| (row, what.to_owned())));
    let contact = desk.contact("34600111222");
    let known = desk.world.contacts.get(&contact).unwrap();
    assert_eq!(
        known.noted().attributes["plan"].as_text(),
        Some("silver"),
        "the same person twice is one, as the last row has them"
    );
    assert!(known.noted().tags.contains("fair") && known.noted().consents[MARKETING].1);
    // A worker that was interrupted hands the same rows in again.
    let before = desk.log.events.len();
    desk.does(id, 0, rows, false);
    assert_eq!(desk.log.events.len(), before);
    desk.does(id, 6, &[], true);
    assert_eq!(desk.world.imports.get(id).unwrap().state, ImportState::Finished);
}

#[test]
fn an_import_never_speaks_against_a_customers_own_no() {
    let mut desk = Desk::new();
    desk.says(0, "491500000001", "m1", "stop");
    let ana = desk.ana;
    let id = desk.imports(plan(&[Target::Phone]), ana);
    desk.does(id, 0, &[&["491500000001"], &["491500000002"]], true);
    assert_eq!(desk.tally(id), (1, 1, 0, 0));
    assert!(desk.world.has_declined(desk.contact("491500000001"), MARKETING));
    assert_eq!(desk.last_consent(), (true, Some(ConsentSource::Import)));
}

#[test]
fn known_contacts_are_left_alone_where_the_plan_says_so_and_two_people_are_never_made_one() {
    let mut desk = Desk::new();
    desk.says(0, "491500000001", "m1", "hello");
    let ana = desk.ana;
    let columns = [Target::Phone, Target::ExternalId];
    let id = desk.imports(ImportPlan { on_match: OnMatch::Skip, ..plan(&columns) }, ana);
    desk.does(id, 0, &[&["491500000001", "A-1"], &["491500000002", "A-2"]], true);
    assert_eq!(desk.tally(id), (1, 0, 1, 0));
    // The number is one contact's, the id another's.
    let id = desk.imports(ImportPlan { dedupe: Dedupe::ExternalId, ..plan(&columns) }, ana);
    desk.does(id, 0, &[&["491500000001", "A-2"], &["491500000003", "A-3"]], true);
    assert_eq!((desk.tally(id), desk.wrong(id)), ((1, 0, 0, 1), vec![(1, "phone duplicate_identity".to_owned())]));
}

#[test]
fn an_import_ends_with_the_right_of_whoever_asked_for_it() {
    let mut desk = Desk::new();
    let cleo = desk.hire("cleo", Role::Admin);
    let id = desk.imports(plan(&[Target::Phone]), cleo);
    desk.does(id, 0, &[&["491500000001"]], false);
    let ana = desk.principal(desk.ana);
    desk.now = minute(1);
    desk.run(|step| account::change_role(step, &ana, cleo, Role::Agent, None)).unwrap();
    desk.does(id, 1, &[&["491500000002"]], true);
    assert_eq!(desk.world.imports.get(id).unwrap().state, ImportState::Failed(ImportFailure::NotAllowed));
    assert_eq!(desk.tally(id).0, 1);
}
