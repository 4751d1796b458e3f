//! The same data as a helpdesk on tables would have it: conversations, messages, and a line for each first response, reply and
//! resolution, worked out here from nothing but who wrote when and what became of it. Deliberately another computation than
//! the product's: where the two agree, both are likely to be right.

use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::io::{BufWriter, Write};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use domain::content::Content;
use domain::event::message::{AfterRefusal, Sender};
use domain::event::{Actor, Event, StreamId};
use domain::ids::{ContactId, ConversationId, MessageId, UserId};
use domain::time::Timestamp;
use event_log::{Reader, StoredEvent, Upcasts};

use crate::config::Config;
use crate::exit::Exit;
use crate::open;

/// What was written, and where.
pub(super) struct Tables {
    pub(super) folder: PathBuf,
    pub(super) conversations: u64,
    pub(super) messages: u64,
    pub(super) reports: u64,
    pub(super) events: u64,
    /// Of the newest event.
    pub(super) last: Timestamp,
    /// The newest position that was recorded before a time.
    pub(super) month_ago: u64,
    pub(super) users: Vec<UserId>,
}

pub(super) const NAMES: [&str; 4] = ["contacts", "conversations", "messages", "reporting_events"];

/// A conversation as its row is.
struct Row {
    id: ConversationId,
    contact: u64,
    inbox: usize,
    team: usize,
    assignee: usize,
    status: &'static str,
    priority: &'static str,
    created_at: Timestamp,
    last_activity_at: Timestamp,
    resolved_at: Option<Timestamp>,
    episode: Episode,
}

/// What counts of the running episode.
#[derive(Default)]
struct Episode {
    n: u32,
    opened_at: Option<Timestamp>,
    asked: Vec<Timestamp>,
    answers: Vec<Answer>,
}

struct Answer {
    at: Timestamp,
    by: usize,
    message: MessageId,
    /// Questions that had come in by then: it answers these and no later one.
    seen: usize,
    /// It did not fail.
    counts: bool,
}

/// Ids as small numbers, from 1 on, in the order in which they appear; 0 is none.
struct Numbers<T>(HashMap<T, usize>);

impl<T: std::hash::Hash + Eq> Numbers<T> {
    fn of(&mut self, id: T) -> usize {
        let next = self.0.len() + 1;
        *self.0.entry(id).or_insert(next)
    }
}

struct Writer {
    reader: Reader,
    out: [BufWriter<File>; 4],
    rows: BTreeMap<ConversationId, (u64, Row)>,
    users: Numbers<UserId>,
    people: Vec<UserId>,
    teams: Numbers<domain::ids::TeamId>,
    inboxes: Numbers<domain::ids::ChannelId>,
    contacts: Numbers<ContactId>,
    /// Messages whose status may still change.
    pending: HashMap<MessageId, Outgoing>,
    tables: Tables,
    cut: Timestamp,
}

struct Outgoing {
    id: u64,
    conversation: u64,
    sender: usize,
    at: Timestamp,
    status: &'static str,
    content: String,
}

/// Reads the log of a server that is not running and writes its tables as CSV.
pub(super) fn write(config: &Config, folder: &Path) -> Result<Tables, Exit> {
    let (_writer, reader, _) = event_log::open(open::log_config(config, false)?, Upcasts::none(), 0)?;
    let head = reader.head();
    let last = reader.get(head).map_err(Exit::data)?.map_or(0, |stored| stored.recorded_at_ms);
    let file = |name: &str| File::create(folder.join(format!("{name}.csv"))).map(BufWriter::new).map_err(Exit::io);
    let mut writer = Writer {
        reader: reader.clone(),
        out: [file(NAMES[0])?, file(NAMES[1])?, file(NAMES[2])?, file(NAMES[3])?],
        rows: BTreeMap::new(),
        users: Numbers(HashMap::new()),
        people: Vec::new(),
        teams: Numbers(HashMap::new()),
        inboxes: Numbers(HashMap::new()),
        contacts: Numbers(HashMap::new()),
        pending: HashMap::new(),
        tables: Tables {
            folder: folder.to_owned(),
            conversations: 0,
            messages: 0,
            reports: 0,
            events: head,
            last: Timestamp::from_millis(last),
            month_ago: 0,
            users: Vec::new(),
        },
        cut: Timestamp::from_millis(last) - domain::time::Millis::days(30),
    };
    let mut failed = None;
    reader
        .replay(0, &mut |stored| match writer.take(&stored) {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => {
                failed = Some(error);
                ControlFlow::Break(())
            }
        })
        .map_err(Exit::data)?;
    match failed {
        Some(error) => Err(error),
        None => writer.end(),
    }
}

impl Writer {
    fn take(&mut self, stored: &StoredEvent) -> Result<(), Exit> {
        let at = Timestamp::from_millis(stored.occurred_at_ms);
        if Timestamp::from_millis(stored.recorded_at_ms) < self.cut {
            self.tables.month_ago = stored.pos;
        }
        let event = Event::from_facts(&stored.kind, &stored.facts).map_err(Exit::data)?;
        if let Event::UserCreated(created) = &event {
            self.users.of(created.user_id);
            self.people.push(created.user_id);
        }
        let stream: StreamId = stored.stream.parse().map_err(|_| Exit::data("an unknown stream"))?;
        let StreamId::Conversation(id) = stream else { return Ok(()) };
        let actor: Actor = stored.actor.parse().map_err(|_| Exit::data("an unknown actor"))?;
        let content = match &event {
            Event::MessageReceived(_) | Event::MessageQueued(_) => self.text(stored)?,
            _ => String::new(),
        };
        self.conversation(id, &event, actor, at, content)
    }

    fn text(&self, stored: &StoredEvent) -> Result<String, Exit> {
        #[derive(serde::Deserialize)]
        struct Private {
            content: Content,
        }
        let private = self.reader.open_private(stored).map_err(Exit::data)?.unwrap_or_default();
        let private: Private = serde_json::from_slice(&private).map_err(Exit::data)?;
        Ok(private.content.preview().unwrap_or_default().to_owned())
    }

    fn conversation(
        &mut self,
        id: ConversationId,
        event: &Event,
        actor: Actor,
        at: Timestamp,
        content: String,
    ) -> Result<(), Exit> {
        if let Event::ConversationOpened(opened) = event {
            let known = self.contacts.0.len();
            let contact = self.contacts.of(opened.contact_id) as u64;
            if self.contacts.0.len() > known {
                writeln!(self.out[0], "{contact},Customer {contact},+1555{contact:08}").map_err(Exit::io)?;
            }
            let row = Row {
                id,
                contact,
                inbox: self.inboxes.of(opened.channel_id),
                team: opened.team_id.map_or(0, |team| self.teams.of(team)),
                assignee: 0,
                status: opened.status.as_str(),
                priority: "none",
                created_at: at,
                last_activity_at: at,
                resolved_at: None,
                episode: Episode { n: 1, opened_at: Some(at), ..Episode::default() },
            };
            self.rows.insert(id, (opened.number, row));
            self.tables.conversations += 1;
            return Ok(());
        }
        let Some((number, mut row)) = self.rows.remove(&id) else { return Ok(()) };
        let changed = self.evolve(number, &mut row, event, actor, at, content);
        self.rows.insert(id, (number, row));
        changed
    }

    fn evolve(
        &mut self,
        number: u64,
        row: &mut Row,
        event: &Event,
        actor: Actor,
        at: Timestamp,
        content: String,
    ) -> Result<(), Exit> {
        match event {
            Event::MessageReceived(message) => {
                if !message.courtesy_after_resolve && !message.blocked {
                    row.episode.asked.push(at);
                }
                row.last_activity_at = at;
                self.tables.messages += 1;
                let id = self.tables.messages;
                self.message(id, number, 0, at, "received", &content)
            }
            Event::MessageQueued(message) => {
                let sender = match message.sender {
                    Sender::User(user) => self.users.of(user),
                    Sender::System | Sender::Campaign(_) => 0,
                };
                if sender > 0 {
                    let seen = row.episode.asked.len();
                    let answer = Answer { at, by: sender, message: message.message_id, seen, counts: true };
                    row.episode.answers.push(answer);
                }
                row.last_activity_at = at;
                self.tables.messages += 1;
                let (id, conversation) = (self.tables.messages, number);
                let outgoing = Outgoing { id, conversation, sender, at, status: "queued", content };
                self.pending.insert(message.message_id, outgoing);
                Ok(())
            }
            Event::MessageAccepted(message) => self.settles(message.message_id, "sent"),
            Event::MessageRefused(message) if message.then == AfterRefusal::Fail => {
                row.failed(message.message_id);
                self.settles(message.message_id, "failed")
            }
            Event::MessageStatusObserved(report) => match report.status.as_str() {
                "delivered" => self.settles(report.message_id, "delivered"),
                "read" => self.settles(report.message_id, "read"),
                "failed" => {
                    row.failed(report.message_id);
                    self.settles(report.message_id, "failed")
                }
                _ => Ok(()),
            },
            Event::ConversationAssigned(assigned) => {
                row.assignee = assigned.assignee_id.map_or(0, |user| self.users.of(user));
                row.team = assigned.team_id.map_or(0, |team| self.teams.of(team));
                Ok(())
            }
            Event::ConversationPriorityChanged(changed) => {
                row.priority = changed.priority.as_str();
                Ok(())
            }
            Event::ConversationStatusChanged(changed) => {
                row.status = changed.to.as_str();
                Ok(())
            }
            Event::ConversationReopened(reopened) => {
                row.status = "open";
                row.resolved_at = None;
                row.episode = Episode { n: reopened.episode, opened_at: Some(at), ..Episode::default() };
                Ok(())
            }
            Event::ConversationResolved(_) => {
                row.status = "resolved";
                row.resolved_at = Some(at);
                let by = match actor {
                    Actor::User(user) => self.users.of(user),
                    _ => 0,
                };
                let first = row.episode.asked.iter().min().copied();
                let opened = row.episode.opened_at.unwrap_or(at);
                let from = first.map_or(opened, |first| first.min(opened));
                self.report("conversation_resolved", number, row, by, at, from)?;
                self.answered(number, row)
            }
            _ => Ok(()),
        }
    }

    /// Lines for the running episode's answers, which is over or looked at now.
    fn answered(&mut self, number: u64, row: &mut Row) -> Result<(), Exit> {
        let asked = std::mem::take(&mut row.episode.asked);
        let answers = std::mem::take(&mut row.episode.answers);
        let mut answered = 0;
        let mut first = true;
        for Answer { at, by, seen, .. } in answers.into_iter().filter(|answer| answer.counts) {
            // Who wrote first after the last answer that counted waits until this one. Webhooks may overtake each other, so that is
            // not who was heard of first.
            if let Some(since) = asked.get(answered..seen).and_then(|asked| asked.iter().min().copied()) {
                if first {
                    self.report("first_response", number, row, by, at, since)?;
                    first = false;
                }
                self.report("reply_time", number, row, by, at, since)?;
                answered = seen;
            }
        }
        Ok(())
    }

    fn report(
        &mut self,
        name: &str,
        conversation: u64,
        row: &Row,
        user: usize,
        at: Timestamp,
        from: Timestamp,
    ) -> Result<(), Exit> {
        self.tables.reports += 1;
        let Row { inbox, team, episode: Episode { n, .. }, .. } = row;
        let value = (at - from).0 as f64 / 1e3;
        let user = none_as_empty(user);
        let line = writeln!(
            self.out[3],
            "{},{name},{value:.3},1,{inbox},{},{user},{conversation},{n},{from},{at}",
            self.tables.reports,
            none_as_empty(*team)
        );
        line.map_err(Exit::io)
    }

    fn settles(&mut self, id: MessageId, status: &'static str) -> Result<(), Exit> {
        match self.pending.get_mut(&id) {
            Some(message) if status == "sent" || status == "delivered" => message.status = status,
            Some(_) | None => {
                if let Some(message) = self.pending.remove(&id) {
                    self.outgoing(&message, status)?;
                }
            }
        }
        Ok(())
    }

    fn outgoing(&mut self, message: &Outgoing, status: &str) -> Result<(), Exit> {
        self.message(message.id, message.conversation, message.sender, message.at, status, &message.content)
    }

    fn message(
        &mut self,
        id: u64,
        conversation: u64,
        sender: usize,
        at: Timestamp,
        status: &str,
        content: &str,
    ) -> Result<(), Exit> {
        let (kind, sender) = (if status == "received" { 0 } else { 1 }, none_as_empty(sender));
        let content = content.replace('"', "\"\"");
        writeln!(self.out[2], "{id},1,{conversation},{kind},{sender},{at},{status},\"{content}\"").map_err(Exit::io)
    }

    /// What is open, and what has no end.
    fn end(mut self) -> Result<Tables, Exit> {
        let mut pending: Vec<Outgoing> = std::mem::take(&mut self.pending).into_values().collect();
        pending.sort_by_key(|message| message.id);
        for message in pending {
            self.outgoing(&message, message.status)?;
        }
        let mut rows: Vec<(u64, Row)> = std::mem::take(&mut self.rows).into_values().collect();
        rows.sort_by_key(|(number, _)| *number);
        for (number, mut row) in rows {
            let waiting = row.waiting_since().map(|at| at.to_string()).unwrap_or_default();
            let resolved = row.resolved_at.map(|at| at.to_string()).unwrap_or_default();
            writeln!(
                self.out[1],
                "{number},{},1,{},{},{},{},{},{},{},{},{waiting},{resolved}",
                row.id,
                row.inbox,
                row.contact,
                none_as_empty(row.team),
                none_as_empty(row.assignee),
                row.status,
                row.priority,
                row.created_at,
                row.last_activity_at,
            )
            .map_err(Exit::io)?;
            if row.status != "resolved" {
                self.answered(number, &mut row)?;
            }
        }
        for out in &mut self.out {
            out.flush().map_err(Exit::io)?;
        }
        self.tables.users = self.people;
        Ok(self.tables)
    }
}

impl Row {
    fn failed(&mut self, id: MessageId) {
        for answer in self.episode.answers.iter_mut().filter(|answer| answer.message == id) {
            answer.counts = false;
        }
    }

    fn waiting_since(&self) -> Option<Timestamp> {
        let answered = self.episode.answers.iter().filter(|answer| answer.counts).map(|answer| answer.seen).max();
        let waits = self.episode.asked.get(answered.unwrap_or(0)).copied();
        waits.filter(|_| self.status != "resolved")
    }
}

fn none_as_empty(number: usize) -> String {
    if number == 0 { String::new() } else { number.to_string() }
}
