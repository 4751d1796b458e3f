//! Lists and decisions agree on who belongs to which segment, whatever was noted, said, merged and erased before.

use std::collections::BTreeSet;

use domain::condition::Condition;
use domain::contact::{attributes, block, consent, erase, merge, tags};
use domain::event::Actor;
use domain::event::contact::ConsentSource;
use domain::ids::*;
use domain::segment::{self, Segment, manage};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::desk::{Desk, minute};

const PEOPLE: [&str; 5] = ["4915100000001", "4915100000002", "4915100000003", "4915100000004", "4915100000005"];

fn conditions(desk: &Desk, segment: SegmentId) -> Vec<Value> {
    let test = |field: &str, op: &str, value: Value| json!({"field": field, "op": op, "value": value});
    vec![
        json!({"all": []}),
        test("attribute.plan", "is", json!("gold")),
        test("contact_tag", "in", json!(["vip", "fair"])),
        test("consent.marketing", "is", json!("opted_in")),
        test("consent.marketing", "not_in", json!(["opted_out"])),
        test("blocked", "is", json!(true)),
        test("conversations", "at_least", json!(1)),
        test("seconds_since_last_seen", "at_most", json!(600)),
        test("channel_id", "is", json!(desk.channel.to_string())),
        json!({"none": [test("segment_id", "is", json!(segment.to_string()))]}),
    ]
}

fn act(desk: &mut Desk, at: i64, what: u8, who: usize, other: usize) {
    let known = |desk: &Desk, who: usize| {
        let found = desk.world.contacts.values().map(|contact| contact.id).collect::<BTreeSet<_>>();
        found.into_iter().nth(who)
    };
    let (Some(one), Some(two)) = (known(desk, who), known(desk, other)) else {
        desk.says(at, PEOPLE[who], "hello");
        return;
    };
    // What is refused has changed nothing.
    desk.run(at, Actor::System, |step| {
        let now = step.now;
        let _ = match what {
            0 => tags::add(step, one, if other > 2 { "vip" } else { "fair" }),
            1 => tags::remove(step, one, "vip"),
            2 => attributes::change(step, one, [("plan".to_owned(), json!("gold"))].into()),
            3 => attributes::change(step, one, [("plan".to_owned(), Value::Null)].into()),
            4 => {
                consent::change_of(step, one, consent::MARKETING, other > 2, now, ConsentSource::Agent);
                Ok(())
            }
            5 => block::set(step, one, other > 2, None),
            6 => merge::merge(step, one, two).map(|_| ()),
            7 => {
                let first = step.world.merges.keys().next().copied();
                first.map_or(Ok(()), |id| merge::undo(step, id))
            }
            8 => erase::start(step, one, erase::Traces::default(), None),
            _ => Ok(()),
        };
    });
    if what > 8 {
        desk.says(at, PEOPLE[who], "again");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]

    #[test]
    fn who_belongs_is_the_same_for_decisions_and_for_lists(acts in prop::collection::vec((0u8..13, 0usize..5, 0usize..5), 1..60)) {
        let mut desk = Desk::new();
        let root = desk.user("Root", domain::access::Role::SuperAdmin);
        let by = desk.principal(root);
        let gold: Condition = serde_json::from_value(json!({"field": "attribute.plan", "op": "is", "value": "gold"})).unwrap();
        let segment = Segment { name: "Gold".to_owned(), brand_id: None, when: gold, contact_ids: BTreeSet::new() };
        let named = desk.run(0, Actor::System, |step| manage::create(step, &by, segment)).unwrap();
        for (at, (what, who, other)) in (1..).zip(acts) {
            act(&mut desk, at, what, who, other);
        }
        let now = minute(65);
        let audience = desk.views.directory.contacts.audience();
        for when in conditions(&desk, named) {
            let when: Condition = serde_json::from_value(when).unwrap();
            let segment = Segment { name: "Some".to_owned(), brand_id: None, when, contact_ids: BTreeSet::new() };
            let decided: BTreeSet<_> = segment::members(&desk.world, &segment, now).collect();
            let listed: Vec<_> = audience.members(&desk.views.segments, &segment, now, None, |_| true).collect();
            prop_assert_eq!(&decided, &listed.iter().copied().collect::<BTreeSet<_>>(), "{:?}", &segment.when);
            // A page goes on where the one before ended.
            let rest: Vec<_> = listed.first().map_or_else(Vec::new, |first| {
                audience.members(&desk.views.segments, &segment, now, Some(*first), |_| true).collect()
            });
            prop_assert_eq!(&listed[listed.len().min(1)..], &rest[..]);
            for id in desk.world.contacts.ids() {
                let person = desk.views.directory.contacts.person(id);
                let one = person.is_some_and(|person| person.belongs(&desk.views.segments, &segment, now));
                prop_assert_eq!(one, segment::holds(&desk.world, &segment, id, now));
            }
        }
    }
}
