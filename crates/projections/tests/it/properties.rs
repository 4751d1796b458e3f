//! What must hold for every history: views fed live equal views rebuilt, lists equal a plain sort of everything,
//! counts equal counting, and paging never skips a conversation that did not move.

use std::collections::{BTreeMap, BTreeSet};

use domain::contact::{block, merge};
use domain::content::Content;
use domain::conversation::add_note::{self, NewNote};
use domain::conversation::dispatch::{self, Outcome};
use domain::conversation::reply::Reply;
use domain::conversation::{
    Priority, Status, change_status, delete_note, edit_note, hand_off, inactivity, label, pin_note, react_to_note,
    reply, schedule,
};
use domain::csat::{Survey, ask};
use domain::event::message::{AfterRefusal, Sender};
use domain::event::queue::QueueChanged;
use domain::event::{Actor, Event, StreamId};
use domain::ids::*;
use domain::message::Dispatch;
use domain::notification::{self, NotificationKind};
use domain::queue::settings::AutoResolve;
use domain::queue::{QueueId, QueueSettings};
use domain::sla::book::State;
use domain::time::Millis;
use domain::time::Timestamp;
use projections::Views;
use projections::inbox::counts::{StatusCounts, ViewCount};
use projections::inbox::query::Filters;
use projections::inbox::{InboxQuery, Row, Sort, View};
use projections::outbox::{Class, OutboxEntry, OutboxState};
use projections::timeline::Direction;
use proptest::prelude::*;

use crate::desk::{Desk, closed, minute};
use crate::reference::ConversationFigures;

/// One thing that happens, with small numbers for who and what.
#[derive(Debug, Clone)]
pub(crate) struct Act {
    what: u8,
    customer: u8,
    user: bool,
    minutes: i64,
}

impl Act {
    /// At once, by a customer or in a conversation of such a number.
    pub(crate) fn now(what: u8, customer: u8) -> Self {
        Self { what, customer, user: false, minutes: 0 }
    }
}

pub(crate) fn acts(most: usize) -> impl Strategy<Value = Vec<Act>> {
    let act = (0u8..43, 0u8..9, any::<bool>(), 0i64..3);
    let act = act.prop_map(|(what, customer, user, minutes)| Act { what, customer, user, minutes });
    prop::collection::vec(act, 1..most)
}

const NAMES: [&str; 9] = ["a", "b", "c", "d", "e", "f", "g", "h", "i"];

pub(crate) struct World {
    pub(crate) desk: Desk,
    pub(crate) now: i64,
}

impl World {
    pub(crate) fn new() -> Self {
        let mut desk = Desk::new();
        desk.promises(2);
        Self { desk, now: 0 }
    }

    pub(crate) fn conversations(&self) -> Vec<ConversationId> {
        let opened = self.desk.log.events.iter().filter_map(|recorded| match &recorded.event {
            Event::ConversationOpened(event) => Some(event.conversation_id),
            _ => None,
        });
        opened.collect()
    }

    fn rows(&self) -> Vec<Row> {
        self.conversations().into_iter().map(|id| self.desk.views.inbox.get(id).unwrap()).collect()
    }

    /// Refused acts are part of the game.
    pub(crate) fn act(&mut self, act: &Act) {
        self.now += act.minutes;
        let now = self.now;
        let desk = &mut self.desk;
        let user = if act.user { desk.ana } else { desk.ben };
        let who = NAMES[usize::from(act.customer)];
        let known: Vec<_> = desk
            .log
            .events
            .iter()
            .filter_map(|recorded| match &recorded.event {
                Event::ConversationOpened(event) => Some(event.conversation_id),
                _ => None,
            })
            .collect();
        let Some(id) = known.get(usize::from(act.customer) % known.len().max(1)).copied() else {
            desk.says(now, who, "hello");
            return;
        };
        let open = desk.views.inbox.get(id).unwrap().status() != Status::Resolved;
        match act.what {
            0..=3 => {
                desk.says(now, who, "hello");
            }
            4 | 5 => {
                let author = domain::event::message::Sender::User(user);
                if let Ok(message) = desk.queue(now, author, id, domain::content::Content::text("hi"), None)
                    && act.what == 5
                {
                    desk.sent(now, message);
                }
            }
            6 => desk.assigns(now, id, Some(user)),
            7 => desk.assigns(now, id, None),
            8 => desk.resolves(now, user, id),
            9 if open => desk.status(now, user, id, Status::Pending, None),
            10 if open => desk.status(now, user, id, Status::Snoozed, Some(now + 30)),
            11 => desk.reads(now, user, id, None),
            12 => desk
                .run(now, Actor::User(user), |step| label::mark_read(step, id, user, None, true))
                .expect("known conversation"),
            13 => {
                let priority = [Priority::Low, Priority::High, Priority::Urgent][usize::from(act.customer) % 3];
                desk.run(now, Actor::User(user), |step| {
                    label::prioritize(step, id, priority)?;
                    label::tag(step, id, who)
                })
                .expect("known conversation");
            }
            14..=19 => self.sending(act.what, id, now),
            20..=25 => self.noting(act, id, user, now),
            30 => desk.timer(now),
            31..=38 => self.counting(act, id, who, now),
            26..=29 => self.timing(act, id, user, now),
            39..=42 => self.surveying(act, id, who, now),
            _ => {}
        }
    }

    /// What moves numbers late: courtesies, blocks, bots, merges, messages that arrive late.
    fn counting(&mut self, act: &Act, id: ConversationId, who: &str, now: i64) {
        let desk = &mut self.desk;
        let row = desk.views.inbox.get(id).unwrap();
        let contact = row.contact_id();
        let other = NAMES[(usize::from(act.customer) + 1) % NAMES.len()];
        match act.what {
            31 | 32 => drop(desk.says(now, who, "thanks")),
            33 => drop(desk.run(now, Actor::System, |step| change_status::undo_courtesy(step, id))),
            34 => drop(desk.says_late(now - 3, now, who, "hello")),
            35 => {
                let others = desk.views.inbox.page_where(&all(View::All, Sort::CreatedAt, 50), &|_| true).rows;
                let loser = others.iter().map(Row::contact_id).nth(usize::from(act.customer));
                desk.run(now, Actor::System, |step| {
                    // Refused acts are part of the game.
                    let _ = match (act.user, loser, step.world.merges.keys().next_back().copied()) {
                        (true, Some(loser), _) => merge::merge(step, contact, loser).map(drop),
                        (false, _, Some(merged)) => merge::undo(step, merged),
                        _ => Ok(()),
                    };
                });
            }
            36 if act.user && act.minutes % 2 == 0 => {
                let _ = desk.run(now, Actor::System, |step| domain::bot::hold::hold(step, id));
            }
            36 if act.user => {
                let _ = desk.run(now, Actor::System, |step| hand_off::hand_off(step, id, None));
            }
            36 => drop(desk.queue(now, Sender::System, id, Content::text("one moment"), None)),
            37 => {
                let mut settings = desk.world.settings.clone();
                settings.courtesy_phrases = ["thanks", "hello"].map(str::to_owned)[usize::from(act.user)..].to_vec();
                settings.metrics.fcr_window_ms = Millis::hours(1 + act.minutes);
                desk.run(now, Actor::System, |step| domain::settings::change(step, settings)).unwrap();
            }
            _ => {
                desk.run(now, Actor::System, |step| drop(block::set(step, contact, act.user, None)));
                desk.says(now, other, "hello");
            }
        }
    }

    /// Something is left to time, or its time has come.
    fn timing(&mut self, act: &Act, id: ConversationId, user: UserId, now: i64) {
        let desk = &mut self.desk;
        let brand = desk.views.inbox.get(id).unwrap().brand_id();
        let content = || Content::text("later");
        let wanted = Reply {
            conversation_id: id,
            sender: Sender::User(user),
            content: content(),
            reply_to_id: None,
            context_provider_id: None,
            client_ref: None,
            media_id: None,
            after_pos: None,
        };
        let plan = schedule::Plan { at: minute(now + 1 + act.minutes), cancel_if_customer_writes: act.user };
        let oldest = desk.views.schedules.iter().next().map(|waiting| (waiting.message_id, waiting.written_pos));
        let rule = AutoResolve {
            after_ms: Millis::minutes(5 + act.minutes),
            warn_before_ms: act.user.then_some(Millis::minutes(2)),
            warning: Some("still there?".to_owned()),
            disposition: act.customer.is_multiple_of(2).then(|| "quiet".to_owned()),
        };
        let auto_resolve = (act.customer > 1).then_some(rule);
        desk.run(now, Actor::System, |step| {
            // Refused acts are part of the game.
            let _ = match (act.what, oldest) {
                (26, _) => schedule::schedule(step, &wanted, plan).map(drop),
                (27, Some((message, _))) if act.customer == 0 => schedule::cancel(step, message),
                (27, Some((message, _))) if act.customer == 1 => {
                    schedule::change(step, message, schedule::Change { at: Some(plan.at), ..Default::default() })
                }
                (27, Some((message, pos))) => {
                    let written = schedule::Written { pos, content: Some(content()), context_provider_id: None };
                    schedule::due(step, message, written)
                }
                (28, _) => {
                    let queue_id = QueueId::Common(brand);
                    let settings = QueueSettings { auto_resolve, ..QueueSettings::default() };
                    step.emit(StreamId::Queue(queue_id), QueueChanged { queue_id, settings });
                    Ok(())
                }
                _ => inactivity::due(step, id),
            };
        });
    }

    /// Surveys are switched on or off, fall due, or are answered.
    fn surveying(&mut self, act: &Act, id: ConversationId, who: &str, now: i64) {
        let desk = &mut self.desk;
        let newest = desk.views.csat.of(id).next().map(|survey| survey.id);
        match (act.what, newest) {
            (39, _) => {
                let delay_ms = Millis::minutes(act.minutes);
                let (thanks, asks_comment) = (Some("why?".to_owned()), act.user);
                let cooldown_ms = Millis::minutes(3);
                let plain = Survey::default();
                let survey = Survey { enabled: act.customer > 1, thanks, asks_comment, delay_ms, cooldown_ms, ..plain };
                crate::csat::asks(desk, now, survey);
            }
            (40, _) => desk.run(now, Actor::System, |step| ask::due(step, id)),
            (41, Some(survey)) => {
                crate::csat::presses(desk, now, who, &format!("csat:{survey}:{}", act.customer));
            }
            _ => {
                desk.says(now, who, if act.user { "5" } else { "because" });
            }
        }
    }

    /// Somebody writes a note, or something happens to the newest one.
    fn noting(&mut self, act: &Act, id: ConversationId, user: UserId, now: i64) {
        let desk = &mut self.desk;
        let newest = desk.timeline(id).notes().next_back().map(|note| note.id);
        let (ana, ben) = (desk.ana, desk.ben);
        let body = ["plain".to_owned(), format!("@[{ana}]"), format!("@[{ana}] @[{ben}]")];
        let body = &body[usize::from(act.customer) % 3];
        let told = desk.views.attention.notifications(user).nth(usize::from(act.customer)).map(|it| (it.id, it.pos));
        // Refused acts are part of the game.
        desk.run(now, Actor::User(user), |step| {
            let _ = match (act.what, newest, told) {
                (21, Some(note), _) => edit_note::edit(step, note, user, body, None),
                (22, Some(note), _) => delete_note::delete(step, note, user, None),
                (23, Some(note), _) if act.customer.is_multiple_of(2) => pin_note::pin(step, note, act.minutes == 0),
                (23, Some(note), _) => react_to_note::react(step, note, user, "👍", act.minutes == 0),
                (24, _, Some((id, pos))) => {
                    notification::mark_read(step, user, id, pos, act.customer.is_multiple_of(2))
                }
                (25, _, _) => {
                    let muted = NotificationKind::ALL.into_iter().take(usize::from(act.customer) % 3).collect();
                    notification::change_settings(step, user, muted)
                }
                (_, parent_id, _) => {
                    let parent_id = parent_id.filter(|_| act.customer.is_multiple_of(2));
                    add_note::add(step, id, user, &NewNote { parent_id, ..crate::desk::note(body) }).map(drop)
                }
            };
        });
    }

    /// Something happens to the newest message of ours in the conversation.
    fn sending(&mut self, what: u8, id: ConversationId, now: i64) {
        let desk = &mut self.desk;
        let newest = desk.timeline(id).messages().rfind(|message| message.direction == Direction::Outbound).cloned();
        let Some(message) = newest else { return };
        let attempt = message.attempts.last().map_or(0, |attempt| attempt.number);
        match what {
            14 => {
                let _ = desk.run(now, Actor::System, |step| dispatch::start(step, message.id));
            }
            15..=17 => {
                let then = [AfterRefusal::Retry, AfterRefusal::Hold, AfterRefusal::Fail][usize::from(what) - 15];
                desk.refused(now, message.id, attempt, then, (what == 15).then_some(now + 2));
            }
            18 => {
                let outcome = Outcome::Uncertain { reason: "timeout" };
                desk.run(now, Actor::System, |step| dispatch::finish(step, message.id, attempt, outcome))
                    .expect("known message");
            }
            _ => match message.provider_message_id {
                Some(wamid) => desk.report(now, &wamid, "failed", now),
                None => {
                    let _ = desk.run(now, Actor::System, |step| reply::resend(step, message.id));
                }
            },
        }
    }
}

fn all(view: View, sort: Sort, limit: usize) -> InboxQuery {
    InboxQuery { view, filters: Filters::default(), sort, after: None, limit }
}

const SORTS: [Sort; 6] = [
    Sort::WaitingSince,
    Sort::LastActivityDescending,
    Sort::CreatedAt,
    Sort::CreatedAtDescending,
    Sort::PriorityDescending,
    Sort::SlaDueAt,
];

/// The order a list must have, written down without any index.
fn plain_sort(rows: &mut [Row], sort: Sort) {
    match sort {
        Sort::WaitingSince => rows.sort_by_key(|row| last_without(row.waiting_since(), row)),
        Sort::LastActivityDescending => rows.sort_by_key(|row| std::cmp::Reverse((row.last_activity_at(), row.id()))),
        Sort::CreatedAt => rows.sort_by_key(|row| (row.created_at(), row.id())),
        Sort::CreatedAtDescending => rows.sort_by_key(|row| std::cmp::Reverse((row.created_at(), row.id()))),
        Sort::PriorityDescending => {
            rows.sort_by_key(|row| (std::cmp::Reverse(row.priority()), row.created_at(), row.id()))
        }
        Sort::SlaDueAt => rows.sort_by_key(|row| last_without(row.sla_due_at(), row)),
    }
}

fn last_without(time: Option<Timestamp>, row: &Row) -> (bool, Option<Timestamp>, Option<Timestamp>, ConversationId) {
    (time.is_none(), time, time.is_none().then(|| row.created_at()), row.id())
}

/// Reads a list to its end, `limit` rows at a time.
fn walk(views: &Views, mut query: InboxQuery, visible: &dyn Fn(&Row) -> bool) -> Vec<Row> {
    let mut rows = Vec::new();
    loop {
        let page = views.inbox.page_where(&query, visible);
        assert!(page.rows.len() <= query.limit);
        rows.extend(page.rows);
        match page.next {
            Some(next) => query.after = Some(next),
            None => return rows,
        }
    }
}

fn ids(rows: &[Row]) -> Vec<ConversationId> {
    rows.iter().map(Row::id).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn rebuilt_views_equal_live_ones(acts in acts(120)) {
        let mut world = World::new();
        acts.iter().for_each(|act| world.act(act));
        let mut rebuilt = Views::default();
        let mut opened = Views::default();
        for recorded in &world.desk.log.events {
            rebuilt.apply(&closed(recorded));
            opened.apply(recorded);
            // A feed may repeat itself.
            rebuilt.apply(&closed(recorded));
        }
        prop_assert_eq!(rebuilt.digest(), world.desk.views.digest());
        prop_assert_eq!(opened.digest(), world.desk.views.digest());
    }

    #[test]
    fn the_outbox_holds_what_the_decisions_say_is_to_be_sent(acts in acts(150)) {
        let mut world = World::new();
        acts.iter().for_each(|act| world.act(act));
        let outbox = &world.desk.views.outbox;
        let mut expected = BTreeMap::new();
        for id in world.conversations() {
            let conversation = world.desk.timeline(id).conversation;
            for (message_id, message) in conversation.messages.iter().filter(|(_, message)| message.is_ours()) {
                let state = match message.dispatch {
                    Dispatch::Queued { not_before } => (OutboxState::Queued, not_before),
                    Dispatch::Held => (OutboxState::Held, None),
                    Dispatch::Started { at } => (OutboxState::Started { at }, None),
                    Dispatch::Uncertain => (OutboxState::Uncertain, None),
                    Dispatch::None | Dispatch::Accepted { .. } | Dispatch::Refused => continue,
                    Dispatch::Scheduled | Dispatch::Cancelled | Dispatch::Dropped => continue,
                };
                expected.insert(*message_id, state);
            }
        }
        let waits = |entry: &OutboxEntry| match entry.state {
            OutboxState::Queued => entry.not_before,
            OutboxState::Held | OutboxState::Started { .. } | OutboxState::Uncertain => None,
        };
        let held: BTreeMap<_, _> = outbox.iter().map(|entry| (entry.message_id, (entry.state, waits(entry)))).collect();
        prop_assert_eq!(held, expected);
        // At most one of a lane is due or held at its head, and it is the lane's first.
        let now = minute(world.now + 100);
        let channel = world.desk.channel;
        let mut lanes = BTreeSet::new();
        for entry in outbox.due(now, usize::MAX).into_iter().chain(outbox.held_on(channel, Class::Reply, usize::MAX)) {
            prop_assert!(lanes.insert(entry.contact_id), "two of one lane");
            let mut lane = outbox.iter().filter(|other| other.contact_id == entry.contact_id);
            prop_assert!(lane.all(|other| other.state == OutboxState::Uncertain || other.pos >= entry.pos));
        }
        for entry in outbox.iter().filter(|entry| entry.state != OutboxState::Uncertain) {
            let stuck = outbox.started().any(|started| started.contact_id == entry.contact_id);
            prop_assert!(stuck || lanes.contains(&entry.contact_id), "nothing would ever send {:?}", entry);
        }
    }

    #[test]
    fn what_is_left_to_time_is_what_the_decisions_would_do(acts in acts(150)) {
        let mut world = World::new();
        acts.iter().for_each(|act| world.act(act));
        let views = &world.desk.views;
        prop_assert_eq!(&views.schedules, &world.desk.world.schedules);
        let mut expected = BTreeMap::new();
        for id in world.conversations() {
            let conversation = world.desk.timeline(id).conversation;
            let queue = QueueId::of(conversation.brand_id, conversation.team_id);
            let running = matches!(conversation.status, Status::Open | Status::Pending);
            if let Some(rule) = views.queues.settings(queue).resolving_by_itself()
                && running
                && conversation.clocks.waiting_since.is_none()
            {
                expected.insert(id, conversation.idle.due_at(rule));
            }
            let waiting = |(id, message): (&MessageId, &domain::message::MessageState)| {
                (message.dispatch == Dispatch::Scheduled).then_some(*id)
            };
            for message in conversation.messages.iter().filter_map(waiting) {
                prop_assert!(views.schedules.get(message).is_some());
            }
        }
        let due = views.inactivity.due(minute(1_000_000), usize::MAX);
        prop_assert_eq!(due.into_iter().map(|(at, id)| (id, at)).collect::<BTreeMap<_, _>>(), expected);
    }

    #[test]
    fn lists_decisions_and_figures_agree_and_need_no_keys(acts in acts(120)) {
        let mut world = World::new();
        acts.iter().for_each(|act| world.act(act));
        for row in world.rows() {
            let figures = world.desk.figures(row.id());
            let sealed: Vec<_> = world.desk.log.stream(StreamId::Conversation(row.id())).map(closed).collect();
            prop_assert_eq!(Some(figures.clone()), ConversationFigures::fold(&sealed));
            prop_assert_eq!(row.waiting_since(), figures.waiting_since);
            prop_assert_eq!(row.first_response_at(), figures.current().first_response.map(|response| response.at));
            prop_assert_eq!(row.resolved_at(), figures.current().resolution.as_ref().map(|resolution| resolution.at));
            prop_assert_eq!(row.reopened_count() as usize + 1, figures.episodes.len());
            let decided = world.desk.timeline(row.id()).conversation;
            prop_assert_eq!(row.version(), decided.version);
            prop_assert_eq!(row.has_bot(), decided.bot.is_held());
            let held = world.desk.world.queues.board().entry(row.id()).is_some_and(|entry| entry.held);
            prop_assert_eq!(row.has_bot(), held);
            prop_assert_eq!(world.desk.views.bot.rests(row.id()), decided.bot.rests());
            prop_assert_eq!((row.status(), row.snoozed_until()), (decided.status, decided.snoozed_until));
            prop_assert_eq!((row.assignee_id(), row.priority()), (decided.assignee_id, decided.priority));
            let tags: BTreeSet<String> = world.desk.views.inbox.tags(&row).iter().map(|tag| tag.to_string()).collect();
            prop_assert_eq!(tags, decided.tags);
            let window = world.desk.world.window(row.channel_id(), row.contact_id());
            let shown = world.desk.views.inbox.window(&row);
            prop_assert_eq!((shown.until, shown.free_entry_until), (window.until, window.free_entry_until));
            let snoozed = world.desk.views.timers.due(minute(1_000_000), usize::MAX).iter().any(|(_, id)| *id == row.id());
            prop_assert_eq!(snoozed, row.status() == Status::Snoozed);
        }
    }

    #[test]
    fn lists_equal_a_plain_sort(acts in acts(120), limit in 1usize..7) {
        let mut world = World::new();
        acts.iter().for_each(|act| world.act(act));
        let desk = &world.desk;
        for sort in SORTS {
            for view in [View::All, View::Mine(desk.ana), View::Unassigned, View::AtRisk, View::Breached, View::Bot] {
                for statuses in [vec![], vec![Status::Open], vec![Status::Pending, Status::Resolved]] {
                    let mut query = all(view, sort, limit);
                    query.filters.statuses = statuses.into_iter().collect();
                    let wanted = |row: &&Row| {
                        let status = query.filters.statuses.is_empty() || query.filters.statuses.contains(&row.status());
                        status && match view {
                            View::All => true,
                            View::Mine(user) => row.assignee_id() == Some(user),
                            View::Unassigned => row.assignee_id().is_none(),
                            View::AtRisk => row.sla_state() == Some(State::AtRisk),
                            View::Breached => row.sla_state() == Some(State::Breached),
                            View::Bot => row.has_bot(),
                        }
                    };
                    let mut expected: Vec<Row> = world.rows().iter().filter(wanted).copied().collect();
                    plain_sort(&mut expected, sort);
                    let listed = walk(&desk.views, query.clone(), &|_| true);
                    prop_assert_eq!(ids(&listed), ids(&expected), "{:?} {:?}", view, sort);
                }
            }
            // A contact's list has another way to its rows.
            for row in world.rows() {
                let mut query = all(View::All, sort, limit);
                query.filters.contact_ids = BTreeSet::from([row.contact_id()]);
                let mut expected = world.rows();
                expected.retain(|other| other.contact_id() == row.contact_id());
                plain_sort(&mut expected, sort);
                prop_assert_eq!(ids(&walk(&desk.views, query, &|_| true)), ids(&expected));
            }
        }
    }

    #[test]
    fn counts_equal_counting(acts in acts(120)) {
        let mut world = World::new();
        acts.iter().for_each(|act| world.act(act));
        let inbox = &world.desk.views.inbox;
        for user in [world.desk.ana, world.desk.ben] {
            let counted = |wanted: &dyn Fn(&Row) -> bool| {
                let rows: Vec<_> = world.rows().into_iter().filter(|row| wanted(row)).collect();
                let of = |status| rows.iter().filter(|row| row.status() == status).count() as u64;
                ViewCount {
                    total: rows.len() as u64,
                    unread: rows.iter().filter(|row| inbox.unread_count(row.id(), user) > 0).count() as u64,
                    by_status: StatusCounts {
                        open: of(Status::Open),
                        pending: of(Status::Pending),
                        snoozed: of(Status::Snoozed),
                        resolved: of(Status::Resolved),
                    },
                }
            };
            let counts = inbox.counts(&world.desk.principal(user));
            prop_assert_eq!(counts.all, counted(&|_| true));
            prop_assert_eq!(counts.mine, counted(&|row| row.assignee_id() == Some(user)));
            prop_assert_eq!(counts.unassigned, counted(&|row| row.assignee_id().is_none()));
            prop_assert_eq!(counts.at_risk, counted(&|row| row.sla_state() == Some(State::AtRisk)));
            prop_assert_eq!(counts.breached, counted(&|row| row.sla_state() == Some(State::Breached)));
            prop_assert_eq!(counts.bot, counted(&Row::has_bot));
        }
        let everywhere = inbox.counts_by_channel().into_values().map(|counts| counts.total()).sum::<u64>();
        prop_assert_eq!(everywhere, inbox.len() as u64);
    }

    #[test]
    fn paging_never_skips_what_did_not_move(
        before in acts(80),
        between in prop::collection::vec(acts(6), 1..8),
        limit in 1usize..4,
        sort in prop::sample::select(SORTS.to_vec()),
    ) {
        let mut world = World::new();
        before.iter().for_each(|act| world.act(act));
        let place = |row: &Row| (
            row.waiting_since(), row.last_activity_at(), row.created_at(), row.priority(), row.status(), row.assignee_id(),
            row.sla_due_at(),
        );
        let at_first = world.rows();
        let mut moved = BTreeSet::new();
        let mut seen = Vec::new();
        let mut query = all(View::All, sort, limit);
        let mut ended = false;
        for acts in &between {
            let page = world.desk.views.inbox.page_where(&query, &|_| true);
            seen.extend(ids(&page.rows));
            ended = page.next.is_none();
            if ended {
                break;
            }
            query.after = page.next;
            acts.iter().for_each(|act| world.act(act));
            for row in &at_first {
                if place(&world.desk.views.inbox.get(row.id()).unwrap()) != place(row) {
                    moved.insert(row.id());
                }
            }
        }
        if !ended {
            seen.extend(ids(&walk(&world.desk.views, query, &|_| true)));
        }
        for row in at_first.iter().filter(|row| !moved.contains(&row.id())) {
            let times = seen.iter().filter(|id| **id == row.id()).count();
            prop_assert_eq!(times, 1, "{} was skipped or shown twice", row.id());
        }
    }

    #[test]
    fn nobody_sees_what_they_may_not(acts in acts(80), limit in 1usize..4) {
        let mut world = World::new();
        acts.iter().for_each(|act| world.act(act));
        let ana = world.desk.ana;
        let visible = |row: &Row| row.assignee_id() == Some(ana);
        for sort in SORTS {
            let listed = walk(&world.desk.views, all(View::All, sort, limit), &visible);
            let mine = walk(&world.desk.views, all(View::Mine(ana), sort, limit), &|_| true);
            prop_assert_eq!(ids(&listed), ids(&mine));
        }
    }
}

#[test]
fn what_was_taken_for_a_comment_waits_from_when_it_was_written_once_somebody_says_it_was_none() {
    let mut world = World::new();
    let mut act = |what, customer, user, minutes| world.act(&Act { what, customer, user, minutes });
    for customer in 0..5 {
        act(0, customer, false, 3);
    }
    // Surveys are on; one is asked, answered with a 5 and commented.
    act(39, 2, true, 0);
    act(0, 2, false, 3);
    act(8, 2, false, 3);
    act(42, 2, true, 3);
    act(0, 2, false, 3);
    act(33, 2, false, 3);
    let log = &world.desk.log;
    let undone = |row: &Row| {
        log.stream(StreamId::Conversation(row.id())).any(|recorded| matches!(recorded.event, Event::CourtesyUndone(_)))
    };
    let row = world.rows().into_iter().find(undone).expect("it was taken for one");
    let figures = world.desk.figures(row.id());
    assert!(figures.waiting_since.is_some());
    assert_eq!((row.waiting_since(), figures.episodes.len()), (figures.waiting_since, 2));
}
