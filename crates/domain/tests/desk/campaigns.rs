//! Campaigns: whom they mean, who is left out and why, that nobody is written to twice, that a pause and a cancellation act at
//! once, and where answers go.

use std::collections::BTreeSet;

use domain::access::Walls;
use domain::campaign::launch::Found;
use domain::campaign::preview::Preview;
use domain::campaign::send::{self, Filled};
use domain::campaign::*;
use domain::contact::consent::Purpose;
use domain::contact::{block, consent, merge};
use domain::content::{Content, MessageKind};
use domain::conversation::{Status, dispatch};
use domain::event::Event;
use domain::event::campaign::PauseCause;
use domain::event::contact::ConsentSource;
use domain::event::message::Sender;
use domain::ids::*;
use domain::inbound::{CustomerMessage, InboundFact, TemplateChange};
use domain::message::MessageAuthor;
use domain::queue::QueueId;
use domain::rejection::Rejection;
use domain::team::{self, NewTeam};
use domain::time::Millis;
use serde_json::json;

use crate::desk::{Desk, accepted, message, minute, refused};

/// A desk with an approved marketing template and three customers whose matters are long settled.
fn desk() -> Desk {
    let mut desk = Desk::new();
    approve(&mut desk, "APPROVED");
    for who in ["491", "492", "493"] {
        desk.says(0, who, &format!("m{who}"), "hello");
        let id = desk.conversation_of(who);
        desk.replies(1, desk.ana, id);
        desk.moves(2, id, Status::Open);
        desk.run(|step| domain::conversation::change_status::resolve(step, id, Default::default())).unwrap();
    }
    // Past the time in which a matter is opened again.
    desk.now = minute(60 * 24 * 60);
    desk
}

fn approve(desk: &mut Desk, status: &str) {
    let change = TemplateChange {
        name: "spring".to_owned(),
        language: "en".to_owned(),
        status: Some(status.to_owned()),
        category: Some("MARKETING".to_owned()),
        components: Some(json!([{ "type": "BODY", "text": "Hello {{1}}" }])),
        ..TemplateChange::default()
    };
    desk.run(|step| {
        domain::channel::change_template(step, "200", &change, None);
        Ok(())
    })
    .unwrap();
}

fn spring(desk: &Desk) -> Campaign {
    Campaign {
        name: "Spring".to_owned(),
        kind: Kind::Marketing,
        brand_id: desk.brand,
        channel_id: desk.channel,
        audience: Audience::Everyone,
        template: TemplateName { name: "spring".to_owned(), language: "en".to_owned() },
        parameters: vec![Parameter {
            part: Part::Body,
            index: None,
            name: None,
            kind: ParameterType::Text,
            text: "{{contact.first_name|there}}".to_owned(),
        }],
        send_at: None,
        rate_per_minute: 600,
        quiet_hours: None,
        consent_purpose: None,
        reply_routing: None,
    }
}

fn create(desk: &mut Desk, change: impl FnOnce(Campaign) -> Campaign) -> CampaignId {
    let campaign = change(spring(desk));
    let by = desk.principal(desk.ana);
    desk.run(|step| manage::create(step, &by, campaign)).unwrap()
}

fn launched(desk: &mut Desk, change: impl FnOnce(Campaign) -> Campaign) -> CampaignId {
    let id = create(desk, change);
    let meant = launches(desk, id).unwrap();
    let batches: Vec<_> = meant.chunks(2).collect();
    for (place, batch) in (1..).zip(&batches) {
        selects(desk, id, batch, place == batches.len());
    }
    id
}

/// Who is meant, once it is launched.
fn launches(desk: &mut Desk, id: CampaignId) -> Result<Vec<ContactId>, Rejection> {
    let (by, meant) = (desk.principal(desk.ana), everybody(desk, id));
    let version = desk.world.campaigns.get(id).unwrap().version;
    desk.run(|step| launch::launch(step, &by, id, Found { audience: meant.len(), version }))?;
    Ok(meant)
}

fn selects(desk: &mut Desk, id: CampaignId, batch: &[ContactId], last: bool) {
    desk.run(|step| {
        launch::select(step, id, batch.to_vec(), last);
        Ok(())
    })
    .unwrap();
}

fn everybody(desk: &Desk, id: CampaignId) -> Vec<ContactId> {
    let world = &desk.world;
    let meant: BTreeSet<ContactId> = match &world.campaigns.get(id).unwrap().campaign.audience {
        Audience::Everyone => {
            let known = world.contacts.values().filter(|contact| !contact.erased);
            known.map(|contact| world.standing_for(contact.id)).collect()
        }
        Audience::Contacts { contact_ids } => contact_ids.iter().map(|id| world.standing_for(*id)).collect(),
        Audience::Segment { segment_id } => {
            let segment = world.segments.get(*segment_id).unwrap().segment.clone();
            domain::segment::members(world, &segment, desk.now).collect()
        }
    };
    meant.into_iter().collect()
}

/// What the worker hands in for these customers.
fn filled(contact_id: ContactId) -> Filled {
    let body = json!({ "name": "spring", "language": { "code": "en" },
        "components": [{ "type": "body", "parameters": [{ "type": "text", "text": "there" }] }] });
    Filled { contact_id, content: Some(Content { kind: MessageKind::Template, body }) }
}

fn works_off(desk: &mut Desk, id: CampaignId) {
    let next: Vec<_> = desk.world.campaigns.selected_after(id, None).map(filled).collect();
    desk.run(|step| {
        send::queue(step, id, next);
        Ok(())
    })
    .unwrap();
}

fn state(desk: &Desk, id: CampaignId, who: &str) -> RecipientState {
    desk.world.campaigns.recipient(id, desk.contact(who)).expect("meant").state
}

fn message_to(desk: &Desk, id: CampaignId, who: &str) -> MessageId {
    desk.world.campaigns.recipient(id, desk.contact(who)).unwrap().message.expect("written to").message_id
}

fn campaign_state(desk: &Desk, id: CampaignId) -> State {
    desk.world.campaigns.get(id).unwrap().state
}

#[test]
fn everybody_who_is_meant_is_written_to_once_also_after_a_restart() {
    let mut desk = desk();
    let id = launched(&mut desk, |spring| spring);
    assert_eq!(campaign_state(&desk, id), State::Running);
    let twice: Vec<_> = desk.world.campaigns.selected_after(id, None).map(filled).collect();
    works_off(&mut desk, id);
    desk.restart();
    let kinds = desk.kinds_of(|desk| {
        desk.run(|step| {
            send::queue(step, id, twice.clone());
            send::queue(step, id, twice);
            Ok(())
        })
        .unwrap();
    });
    assert!(kinds.is_empty(), "{kinds:?}");
    assert_eq!(desk.count("message.queued"), 3 + 3, "three replies, three of the campaign");
    for who in ["491", "492", "493"] {
        assert_eq!(state(&desk, id, who), RecipientState::Queued);
        let sent = message_to(&desk, id, who);
        desk.sends(sent, &format!("w{who}"));
        assert_eq!(state(&desk, id, who), RecipientState::Sent);
    }
    desk.run(|step| {
        control::finish(step, id);
        Ok(())
    })
    .unwrap();
    assert_eq!(campaign_state(&desk, id), State::Finished);
    desk.reports(60 * 24 * 60 + 1, "w491", "read");
    desk.reports(60 * 24 * 60 + 1, "w491", "delivered");
    let tally = desk.world.campaigns.get(id).unwrap().tally.clone();
    assert_eq!((tally.total(), tally.sent(), tally.delivered(), tally.of(RecipientState::Read)), (3, 3, 1, 1));
}

#[test]
fn who_is_not_to_be_written_to_is_left_out_with_the_reason() {
    let mut desk = desk();
    desk.says(60 * 24 * 60, "494", "m494", "hello");
    let now = desk.now;
    let (one, two, three) = (desk.contact("491"), desk.contact("492"), desk.contact("494"));
    desk.run(|step| {
        consent::change_of(step, one, consent::MARKETING, false, now, ConsentSource::Agent);
        block::set(step, two, true, None)
    })
    .unwrap();
    let id = launched(&mut desk, |spring| spring);
    let mut next: Vec<_> = desk.world.campaigns.selected_after(id, None).map(filled).collect();
    next.iter_mut().filter(|each| each.contact_id == three).for_each(|each| each.content = None);
    desk.run(|step| {
        send::queue(step, id, next);
        Ok(())
    })
    .unwrap();
    assert_eq!(state(&desk, id, "491"), RecipientState::Excluded(Reason::OptedOut));
    assert_eq!(state(&desk, id, "492"), RecipientState::Excluded(Reason::Blocked));
    assert_eq!(state(&desk, id, "494"), RecipientState::Excluded(Reason::MissingVariable));
    assert_eq!(state(&desk, id, "493"), RecipientState::Queued);
    let meant: Vec<_> = desk.world.contacts.ids().collect();
    let previewed = Preview::default().and(&desk.world, &spring(&desk), &meant, 3);
    assert_eq!((previewed.audience, previewed.excluded.values().sum::<u32>()), (4, 2));
}

#[test]
fn a_purpose_asks_for_a_yes_and_a_no_to_it_counts_whatever_the_template() {
    let mut desk = desk();
    let now = desk.now;
    let (one, two) = (desk.contact("491"), desk.contact("492"));
    desk.run(|step| {
        consent::change_of(step, one, Purpose::Service.category(), true, now, ConsentSource::Agent);
        consent::change_of(step, two, Purpose::Service.category(), false, now, ConsentSource::Agent);
        Ok(())
    })
    .unwrap();
    let id = launched(&mut desk, |spring| Campaign { consent_purpose: Some(Purpose::Service), ..spring });
    works_off(&mut desk, id);
    assert_eq!(state(&desk, id, "491"), RecipientState::Queued);
    assert_eq!(state(&desk, id, "492"), RecipientState::Excluded(Reason::OptedOut));
    assert_eq!(state(&desk, id, "493"), RecipientState::Excluded(Reason::NoConsent));
    // "Stop" takes back what the campaign asked for, and no more of it goes out.
    let waits = message_to(&desk, id, "491");
    desk.says(60 * 24 * 60 + 1, "491", "stop1", "STOP");
    assert!(!desk.world.contacts.get(&one).unwrap().noted().consents[Purpose::Service.category()].1);
    assert_eq!(desk.starts(waits), None);
    assert_eq!(state(&desk, id, "491"), RecipientState::Failed);
    assert_eq!(desk.world.campaigns.get(id).unwrap().tally.opted_out, 1);
}

#[test]
fn merged_contacts_count_once_also_when_they_are_merged_while_it_runs() {
    let mut desk = desk();
    let (one, two, three) = (desk.contact("491"), desk.contact("492"), desk.contact("493"));
    desk.run(|step| merge::merge(step, one, two)).unwrap();
    let id = launched(&mut desk, |spring| spring);
    assert_eq!(desk.world.campaigns.selected_after(id, None).collect::<Vec<_>>().len(), 2);
    desk.run(|step| {
        send::queue(step, id, vec![filled(one)]);
        Ok(())
    })
    .unwrap();
    desk.run(|step| merge::merge(step, one, three)).unwrap();
    works_off(&mut desk, id);
    assert_eq!(state(&desk, id, "493"), RecipientState::Excluded(Reason::AlreadyIn));
}

#[test]
fn a_pause_keeps_what_waits_and_a_cancellation_takes_it_out() {
    let mut desk = desk();
    let by = desk.principal(desk.ana);
    let id = launched(&mut desk, |spring| spring);
    let first = desk.contact("491");
    desk.run(|step| {
        send::queue(step, id, vec![filled(first)]);
        Ok(())
    })
    .unwrap();
    let waits = message_to(&desk, id, "491");
    desk.run(|step| control::pause(step, &by, id)).unwrap();
    assert_eq!(desk.starts(waits), None);
    assert!(!desk.world.campaigns.may_go(waits));
    assert_eq!(state(&desk, id, "491"), RecipientState::Queued);
    works_off(&mut desk, id);
    assert_eq!(state(&desk, id, "492"), RecipientState::Selected, "nobody more while it is paused");
    desk.run(|step| control::resume(step, &by, id)).unwrap();
    assert_eq!(desk.starts(waits), Some(1));
    let second = desk.contact("492");
    desk.run(|step| {
        send::queue(step, id, vec![filled(second)]);
        Ok(())
    })
    .unwrap();
    desk.run(|step| control::cancel(step, &by, id)).unwrap();
    assert_eq!(state(&desk, id, "491"), RecipientState::Sending, "a call under way comes to its end");
    assert_eq!(state(&desk, id, "492"), RecipientState::Dropped);
    assert_eq!(state(&desk, id, "493"), RecipientState::Dropped);
    let dropped = message_to(&desk, id, "492");
    assert_eq!(desk.starts(dropped), None);
    desk.finishes(waits, 1, accepted("w491"));
    assert_eq!(state(&desk, id, "491"), RecipientState::Sent);
    let again = desk.run(|step| control::resume(step, &by, id));
    assert!(matches!(again, Err(Rejection::InvalidTransition { from: "cancelled", .. })));
}

#[test]
fn what_may_have_been_sent_is_uncertain_and_not_sent_again() {
    let mut desk = desk();
    let id = launched(&mut desk, |spring| spring);
    works_off(&mut desk, id);
    let sent = message_to(&desk, id, "491");
    let attempt = desk.starts(sent).unwrap();
    desk.finishes(sent, attempt, dispatch::Outcome::Uncertain { reason: "restarted" });
    assert_eq!(state(&desk, id, "491"), RecipientState::Uncertain);
    assert_eq!(desk.starts(sent), None);
    let other = message_to(&desk, id, "492");
    let attempt = desk.starts(other).unwrap();
    desk.finishes(other, attempt, refused(131_050));
    assert_eq!(state(&desk, id, "492"), RecipientState::Failed);
    let two = desk.contact("492");
    assert!(desk.world.has_declined(two, consent::MARKETING), "the provider says they stopped marketing");
}

#[test]
fn what_the_provider_would_refuse_to_everybody_pauses_it() {
    for (code, cause) in [(131_048, PauseCause::NumberBarred), (132_015, PauseCause::TemplateNotSendable)] {
        let mut desk = desk();
        let id = launched(&mut desk, |spring| spring);
        works_off(&mut desk, id);
        let first = message_to(&desk, id, "491");
        let attempt = desk.starts(first).unwrap();
        desk.finishes(first, attempt, refused(code));
        assert_eq!(campaign_state(&desk, id), State::Paused(cause));
        let second = message_to(&desk, id, "492");
        assert_eq!((desk.starts(second), state(&desk, id, "492")), (None, RecipientState::Queued));
    }
}

#[test]
fn it_waits_for_its_time_and_a_template_that_cannot_be_sent_pauses_it() {
    let mut desk = desk();
    let later = Some(desk.now + Millis::hours(1));
    let id = launched(&mut desk, |spring| Campaign { send_at: later, ..spring });
    assert_eq!(campaign_state(&desk, id), State::Scheduled);
    works_off(&mut desk, id);
    assert_eq!(desk.world.campaigns.get(id).unwrap().selected(), 3);
    desk.now = desk.now + Millis::hours(1);
    desk.run(|step| {
        launch::start(step, id);
        Ok(())
    })
    .unwrap();
    assert_eq!(campaign_state(&desk, id), State::Running);
    approve(&mut desk, "PAUSED");
    works_off(&mut desk, id);
    assert_eq!(campaign_state(&desk, id), State::Paused(PauseCause::TemplateNotSendable));
    assert_eq!(desk.world.campaigns.get(id).unwrap().selected(), 3);
}

#[test]
fn what_was_launched_is_not_changed_and_what_cannot_be_sent_is_not_launched() {
    let mut desk = desk();
    let by = desk.principal(desk.ana);
    let id = launched(&mut desk, |spring| spring);
    let other = Campaign { name: "Summer".to_owned(), ..spring(&desk) };
    let changed = desk.run(|step| manage::change(step, &by, id, other));
    assert!(matches!(changed, Err(Rejection::InvalidTransition { from: "running", .. })));
    let again = launches(&mut desk, id);
    assert!(matches!(again, Err(Rejection::InvalidTransition { .. })));
    let unknown = TemplateName { name: "winter".to_owned(), language: "en".to_owned() };
    let other = create(&mut desk, |spring| Campaign { template: unknown, ..spring });
    assert!(matches!(launches(&mut desk, other), Err(Rejection::Template(_))));
    let wrong = Campaign { rate_per_minute: 0, name: String::new(), ..spring(&desk) };
    let Err(Rejection::Fields(errors)) = desk.run(|step| manage::create(step, &by, wrong)) else { panic!() };
    assert_eq!(errors.iter().map(|error| error.pointer.as_str()).collect::<Vec<_>>(), ["/name", "/rate_per_minute"]);
}

#[test]
fn a_campaign_begins_no_episode_and_its_answer_lies_in_its_queue_with_its_tag() {
    let mut desk = desk();
    let by = desk.principal(desk.ana);
    let new = NewTeam { name: "Spring offers".to_owned(), brand_id: None, walls: Walls::Open };
    let team = desk.run(|step| team::create(step, &by, &new)).unwrap();
    let routing = ReplyRouting {
        queue_id: QueueId::Team(team),
        tag: Some("Spring".to_owned()),
        expires_after_ms: Millis::hours(24),
    };
    let id = launched(&mut desk, |spring| Campaign { reply_routing: Some(routing), ..spring });
    works_off(&mut desk, id);
    let start = 60 * 24 * 60;
    let conversation = desk.conversation_of("491");
    let before = desk.state(conversation);
    assert_eq!((before.status, before.episode, before.clocks.t0), (Status::Resolved, 0, None));
    assert!(matches!(before.messages.values().next().unwrap().author, MessageAuthor::Campaign(_)));
    assert!(desk.world.queues.board().entry(conversation).is_none(), "nobody waits in it");
    let sent = message_to(&desk, id, "491");
    desk.sends(sent, "w491");

    desk.says(start + 30, "491", "answer", "tell me more");
    assert_eq!(desk.conversation_of("491"), conversation);
    let after = desk.state(conversation);
    assert_eq!((after.status, after.episode, after.team_id), (Status::Open, 1, Some(team)));
    assert!(after.tags.contains("spring"));
    assert_eq!(desk.waits_since(conversation), Some(start + 30));
    desk.replies(start + 40, desk.ana, conversation);
    assert_eq!(desk.frt(conversation), Some(10));
    assert_eq!(desk.world.campaigns.get(id).unwrap().tally.replied, 1);

    desk.says(start + 24 * 60 + 1, "492", "late", "is it over?");
    let late = desk.conversation_of("492");
    assert_eq!(desk.state(late).team_id, None, "after its time an answer is like any other");
    desk.restart();
    assert_eq!(desk.state(conversation).episode, 1);
}

#[test]
fn in_a_conversation_that_runs_a_campaign_answers_nobody() {
    let mut desk = desk();
    let start = 60 * 24 * 60;
    desk.says(start, "491", "question", "where is my order?");
    let conversation = desk.conversation_of("491");
    let id = launched(&mut desk, |spring| spring);
    works_off(&mut desk, id);
    let clocks = desk.clocks(conversation);
    assert_eq!((desk.waits_since(conversation), clocks.first_response), (Some(start), None));
    assert_eq!(clocks.waiting_any_since, clocks.waiting_since);
    let queued = desk.log.events.iter().rev().find_map(|event| match &event.event {
        Event::MessageQueued(event) if event.conversation_id == conversation => Some(event.sender),
        _ => None,
    });
    assert_eq!(queued, Some(Sender::Campaign(id)));
}

#[test]
fn a_test_goes_to_one_contact_and_counts_as_nobodys() {
    let mut desk = desk();
    let id = create(&mut desk, |spring| spring);
    let contact = desk.contact("491");
    let sent = desk.run(|step| send::test(step, id, filled(contact))).unwrap();
    assert_eq!(desk.starts(sent), Some(1));
    let entry = desk.world.campaigns.get(id).unwrap();
    assert_eq!((entry.state, entry.tally.total()), (State::Draft, 0));
    let now = desk.now;
    desk.run(|step| {
        consent::change_of(step, contact, consent::MARKETING, false, now, ConsentSource::Agent);
        Ok(())
    })
    .unwrap();
    assert_eq!(desk.run(|step| send::test(step, id, filled(contact))), Err(Rejection::OptedOut));
}

#[test]
fn an_answer_by_the_templates_button_is_one_too() {
    let mut desk = desk();
    let id = launched(&mut desk, |spring| spring);
    works_off(&mut desk, id);
    let sent = message_to(&desk, id, "493");
    desk.sends(sent, "w493");
    let start = 60 * 24 * 60;
    desk.now = minute(start + 5);
    let pressed = CustomerMessage {
        content: Content { kind: MessageKind::Button, body: json!({ "text": "Stop promotions", "payload": "stop" }) },
        ..message("493", "pressed", minute(start + 5), "")
    };
    desk.takes(InboundFact::Message(pressed));
    let tally = desk.world.campaigns.get(id).unwrap().tally.clone();
    assert_eq!((tally.replied, tally.opted_out), (1, 1));
}

#[test]
fn nobody_is_written_to_before_all_are_selected_and_a_cancelled_campaign_selects_nobody_more() {
    let mut desk = desk();
    let id = create(&mut desk, |spring| spring);
    let meant = launches(&mut desk, id).unwrap();
    selects(&mut desk, id, &meant[..2], false);
    assert_eq!(campaign_state(&desk, id), State::Scheduled);
    works_off(&mut desk, id);
    assert_eq!(desk.world.campaigns.get(id).unwrap().selected(), 2);
    desk.restart();
    let by = desk.principal(desk.ana);
    desk.run(|step| control::pause(step, &by, id)).unwrap();
    // Taken up again from the beginning: everybody once.
    selects(&mut desk, id, &meant, true);
    assert_eq!(campaign_state(&desk, id), State::Paused(PauseCause::Request));
    desk.run(|step| control::resume(step, &by, id)).unwrap();
    assert_eq!(campaign_state(&desk, id), State::Running);
    assert_eq!(desk.world.campaigns.get(id).unwrap().selected(), 3);

    let other = create(&mut desk, |spring| spring);
    let meant = launches(&mut desk, other).unwrap();
    selects(&mut desk, other, &meant[..1], false);
    desk.run(|step| control::cancel(step, &by, other)).unwrap();
    selects(&mut desk, other, &meant[1..], true);
    assert_eq!(desk.world.campaigns.get(other).unwrap().tally.of(RecipientState::Dropped), 1);
    assert_eq!(desk.world.campaigns.get(other).unwrap().tally.total(), 1);
}

#[test]
fn a_draft_that_was_changed_since_its_audience_was_found_is_not_launched() {
    let mut desk = desk();
    let (id, by) = (create(&mut desk, |spring| spring), desk.principal(desk.ana));
    let version = desk.world.campaigns.get(id).unwrap().version;
    let other = Campaign { name: "Summer".to_owned(), ..spring(&desk) };
    desk.run(|step| manage::change(step, &by, id, other)).unwrap();
    let launched = desk.run(|step| launch::launch(step, &by, id, Found { audience: 3, version }));
    assert!(matches!(launched, Err(Rejection::NotNow(_))));
}

#[test]
fn recipients_of_an_ended_campaign_leave_decisions_and_stay_listed() {
    let mut desk = desk();
    let id = launched(&mut desk, |spring| spring);
    works_off(&mut desk, id);
    for who in ["491", "492", "493"] {
        let sent = message_to(&desk, id, who);
        desk.sends(sent, &format!("w{who}"));
    }
    desk.run(|step| {
        control::finish(step, id);
        Ok(())
    })
    .unwrap();
    let shown = |desk: &Desk| {
        let mut shown = Campaigns::default();
        let place = |id| desk.world.thread_of(id);
        desk.log.events.iter().for_each(|recorded| shown.apply(recorded, place));
        shown
    };
    desk.reports(60 * 24 * 60 + 1, "w491", "read");
    let before: Vec<_> = shown(&desk).recipients_after(id, None).collect();
    // Answers count for three days, as do reports.
    desk.reports(60 * 24 * 64, "w492", "read");
    let after = shown(&desk);
    assert_eq!(after.recipients_after(id, None).collect::<Vec<_>>(), before);
    assert_eq!(after.recipients_after(id, Some(before[0].0)).count(), 2);
    assert_eq!(after.recipient(id, before[1].0), Some(before[1].1));
    assert_eq!(after.get(id).unwrap().tally.of(RecipientState::Read), 1, "the figures stand");
    let decides = &desk.world.campaigns;
    assert_eq!((decides.recipient(id, before[0].0), decides.get(id).unwrap().tally.total()), (None, 3));
    let world = desk.world.campaigns.clone();
    desk.restart();
    assert!(desk.world.campaigns == world, "a replay forgets the same");
}
