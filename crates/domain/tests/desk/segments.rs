//! Who belongs to which group of contacts.

use std::collections::BTreeSet;

use domain::condition::Condition;
use domain::contact::{attributes, block, consent, erase, merge, tags};
use domain::event::contact::ConsentSource;
use domain::ids::*;
use domain::queue::QueueId;
use domain::rejection::Rejection;
use domain::routing::rule::Destination;
use domain::segment::{self, Segment, manage};
use serde_json::{Value, json};

use crate::desk::{Desk, minute};

fn condition(when: Value) -> Condition {
    serde_json::from_value(when).unwrap()
}

fn test(field: &str, op: &str, value: Value) -> Value {
    json!({"field": field, "op": op, "value": value})
}

impl Desk {
    fn segment(&mut self, when: Value) -> Result<SegmentId, Rejection> {
        self.segment_of(Segment {
            name: "Some".to_owned(),
            brand_id: None,
            when: condition(when),
            contact_ids: BTreeSet::new(),
        })
    }
    fn segment_of(&mut self, segment: Segment) -> Result<SegmentId, Rejection> {
        let ana = self.principal(self.ana);
        self.run(|step| manage::create(step, &ana, segment))
    }
    /// The customers of these who belong to it.
    fn holds(&self, id: SegmentId, among: &[&'static str]) -> Vec<&'static str> {
        let segment = &self.world.segments.get(id).unwrap().segment;
        let members: BTreeSet<_> = segment::members(&self.world, segment, self.now).collect();
        let holds = |who: &&&str| {
            let contact = self.contact(who);
            let one = segment::holds(&self.world, segment, contact, self.now);
            assert_eq!(one, members.contains(&self.world.standing_for(contact)), "one and all agree");
            one
        };
        among.iter().filter(holds).copied().collect()
    }
    fn notes(&mut self, who: &str, key: &str, value: Value) -> Result<(), Rejection> {
        let contact = self.contact(who);
        self.run(|step| attributes::change(step, contact, [(key.to_owned(), value)].into()))
    }
}

#[test]
fn a_segment_holds_whom_its_condition_fits_and_those_it_names() {
    let mut desk = Desk::new();
    let everybody = ["491", "492", "493", "494"];
    for who in everybody {
        desk.says(0, who, &format!("m{who}"), "hello");
    }
    desk.notes("491", "plan", json!("gold")).unwrap();
    desk.notes("492", "plan", json!("silver")).unwrap();
    let vip = desk.contact("493");
    desk.run(|step| tags::add(step, vip, "VIP ")).unwrap();
    let blocked = desk.contact("494");
    desk.run(|step| block::set(step, blocked, true, None)).unwrap();
    for (when, expected) in [
        (json!({"all": []}), &everybody[..]),
        (json!({"any": []}), &[]),
        (test("attribute.plan", "in", json!(["gold", "platinum"])), &["491"]),
        (test("attribute.plan", "not_in", json!(["gold"])), &["492", "493", "494"]),
        (test("contact_tag", "is", json!("vip")), &["493"]),
        (test("blocked", "is", json!(true)), &["494"]),
        (test("conversations", "at_least", json!(2)), &[]),
        (test("channel_id", "is", json!(desk.channel.to_string())), &everybody[..]),
        (json!({"field": "consent.marketing", "op": "is_absent"}), &everybody[..]),
    ] {
        let id = desk.segment(when.clone()).unwrap();
        assert_eq!(desk.holds(id, &everybody), expected, "{when}");
    }
    let named = Segment {
        name: "Named".to_owned(),
        brand_id: Some(desk.brand),
        when: condition(json!({"any": []})),
        contact_ids: BTreeSet::from([vip]),
    };
    let id = desk.segment_of(named).unwrap();
    assert_eq!(desk.holds(id, &everybody), ["493"]);
}

#[test]
fn time_alone_moves_contacts_in_and_out() {
    let mut desk = Desk::new();
    desk.says(0, "491", "m1", "hello");
    let quiet = desk.segment(test("seconds_since_last_seen", "at_least", json!(3_600))).unwrap();
    desk.now = minute(59);
    assert!(desk.holds(quiet, &["491"]).is_empty());
    desk.now = minute(60);
    assert_eq!(desk.holds(quiet, &["491"]), ["491"]);
    desk.says(61, "491", "m2", "I am here");
    assert!(desk.holds(quiet, &["491"]).is_empty());
}

#[test]
fn merged_contacts_are_one_member_and_a_no_of_either_is_a_no_of_both() {
    let mut desk = Desk::new();
    for who in ["491", "492"] {
        desk.says(0, who, &format!("m{who}"), "hello");
    }
    let [winner, loser] = ["491", "492"].map(|who| desk.contact(who));
    desk.notes("492", "plan", json!("gold")).unwrap();
    let now = desk.now;
    desk.run(|step| {
        consent::change_of(step, winner, consent::MARKETING, true, now, ConsentSource::Agent);
        consent::change_of(step, loser, consent::MARKETING, false, now, ConsentSource::Keyword);
        Ok(())
    })
    .unwrap();
    let gold = desk.segment(test("attribute.plan", "is", json!("gold"))).unwrap();
    let willing = desk.segment(test("consent.marketing", "is", json!("opted_in"))).unwrap();
    assert_eq!((desk.holds(gold, &["491", "492"]), desk.holds(willing, &["491", "492"])), (vec!["492"], vec!["491"]));
    let merge = desk.run(|step| merge::merge(step, winner, loser)).unwrap();
    let members = |desk: &Desk, id| {
        let segment = &desk.world.segments.get(id).unwrap().segment;
        segment::members(&desk.world, segment, desk.now).collect::<Vec<_>>()
    };
    assert_eq!((members(&desk, gold), members(&desk, willing)), (vec![winner], vec![]));
    desk.run(|step| merge::undo(step, merge)).unwrap();
    assert_eq!(members(&desk, gold), [loser]);
    desk.run(|step| erase::start(step, loser, erase::Traces::default(), None)).unwrap();
    assert!(members(&desk, gold).is_empty(), "an erased contact belongs to nothing");
}

#[test]
fn segments_name_each_other_but_in_no_circle_and_what_is_named_stays() {
    let mut desk = Desk::new();
    desk.says(0, "491", "m1", "hello");
    desk.notes("491", "plan", json!("gold")).unwrap();
    let ana = desk.principal(desk.ana);
    let gold = desk.segment(test("attribute.plan", "is", json!("gold"))).unwrap();
    let others = desk.segment(json!({"none": [test("segment_id", "in", json!([gold.to_string()]))]})).unwrap();
    assert_eq!((desk.holds(gold, &["491"]), desk.holds(others, &["491"])), (vec!["491"], vec![]));

    let mut circle = desk.world.segments.get(gold).unwrap().segment.clone();
    circle.when = condition(test("segment_id", "is", json!(others.to_string())));
    let refused = desk.run(|step| manage::change(step, &ana, gold, circle));
    assert!(matches!(&refused, Err(Rejection::Fields(errors)) if errors[0].code == "circular"), "{refused:?}");
    let used = desk.run(|step| manage::remove(step, &ana, gold));
    assert!(matches!(used, Err(Rejection::InUse(_))), "whoever it leaves out would suddenly be in");
    desk.run(|step| manage::remove(step, &ana, others)).unwrap();
    desk.run(|step| manage::remove(step, &ana, gold)).unwrap();
}

#[test]
fn a_segment_asks_of_contacts_and_of_nothing_else() {
    let mut desk = Desk::new();
    let unknown = SegmentId::from_u128(7).to_string();
    for (when, code) in [
        (test("text", "contains", json!("refund")), "not_allowed"),
        (test("status", "is", json!("open")), "not_allowed"),
        (test("segment_id", "is", json!(unknown)), "unknown_reference"),
        (test("consent.marketing", "is", json!("perhaps")), "unknown_value"),
    ] {
        let refused = desk.segment(when.clone());
        assert!(matches!(&refused, Err(Rejection::Fields(errors)) if errors[0].code == code), "{when} {refused:?}");
    }
}

#[test]
fn a_routing_rule_sends_the_members_of_a_segment_elsewhere() {
    let mut desk = Desk::new();
    let team = desk.team("Gold desk", &[]);
    desk.says(0, "491", "m1", "hello");
    let known = desk.conversation_of("491");
    desk.notes("491", "plan", json!("gold")).unwrap();
    let gold = desk.segment(test("attribute.plan", "is", json!("gold"))).unwrap();
    let then = Destination { queue_id: Some(QueueId::Team(team)), ..Destination::default() };
    desk.rule("gold", test("segment_id", "in", json!([gold.to_string()])), then).unwrap();
    desk.says(1, "492", "m2", "hello");
    assert_eq!(desk.state(desk.conversation_of("492")).team_id, None);
    desk.says(2, "491", "m3", "and another thing");
    assert_eq!(desk.state(known).team_id, Some(team));
}
