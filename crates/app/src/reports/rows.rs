//! The rows of one conversation. They come from the one reducer that every number comes from, with the events behind each.

use std::collections::{BTreeMap, BTreeSet};

use domain::access::Principal;
use domain::conversation::{Priority, Status};
use domain::ids::*;
use domain::report::{Kind, Spec};
use domain::sla::{Metric, Verdict};
use domain::time::{Millis, Timestamp};
use projections::Views;
use projections::facts::measure::Episode;
use projections::facts::{Ending, Facts, Kept, Measured, No, Slot, Track, What};

use crate::Desk;

/// What stands in a column.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Cell {
    Null,
    Text(String),
    Number(u64),
    Seconds(Millis),
    Decimal(f64),
    Time(Timestamp),
    Flag(bool),
    Words(Vec<String>),
    Positions(Vec<u64>),
}

/// Cells in the order of the kind's columns.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Row(pub(super) Vec<Cell>);

impl Row {
    /// The events it follows from.
    pub(super) fn positions(&self) -> &[u64] {
        match self.0.last() {
            Some(Cell::Positions(positions)) => positions,
            _ => &[],
        }
    }
}

/// What things were called when the export was begun.
pub(super) struct Names {
    pub(super) brands: BTreeMap<BrandId, String>,
    channels: BTreeMap<ChannelId, String>,
    teams: BTreeMap<TeamId, String>,
    people: BTreeMap<UserId, String>,
}

impl Names {
    pub(super) fn of(desk: &Desk) -> Self {
        let users: Vec<_> = desk.view(|views| views.directory.users.iter().map(|user| user.id).collect());
        let people = users.into_iter().filter_map(|id| Some((id, desk.user_name(id)?))).collect();
        desk.view(|views| Self {
            brands: views.directory.brands.iter().map(|brand| (brand.id, brand.name.clone())).collect(),
            channels: views.directory.channels.iter().map(|channel| (channel.id, channel.name.clone())).collect(),
            teams: views.roster.all_teams().map(|team| (team.id, team.name.clone())).collect(),
            people,
        })
    }
}

/// What is asked of each conversation: rows whose instant lies in `[from, to)`.
pub(super) struct Asked<'a> {
    pub(super) spec: &'a Spec,
    /// When its position was: what takes time to settle has settled by then, or not.
    pub(super) as_of: Timestamp,
    pub(super) reader: &'a Principal,
    pub(super) names: &'a Names,
    pub(super) from: Timestamp,
    pub(super) to: Timestamp,
}

/// How a conversation stood at a position.
struct Standing {
    status: Status,
    team: No,
    owner: No,
}

fn standing(track: Track<'_>, as_of: u64) -> Standing {
    let mut now = Standing { status: Status::Open, team: No::NONE, owner: No::NONE };
    for moment in track.until(as_of) {
        match moment.what {
            What::Opened { resolved, team, .. } => {
                now.team = team;
                now.status = if resolved { Status::Resolved } else { Status::Open };
            }
            What::Reopened { team, owner, .. } => now = Standing { status: Status::Open, team, owner },
            What::Resolved(_) => now.status = Status::Resolved,
            What::Status(status) => now.status = status,
            What::Assigned { owner, team } => (now.owner, now.team) = (owner, team),
            _ => {}
        }
    }
    now
}

/// A row that is being filled.
struct Filling<'a> {
    facts: &'a Facts,
    names: &'a Names,
    cells: Vec<Cell>,
}

impl Filling<'_> {
    fn text(&mut self, text: &str) {
        self.cells.push(Cell::Text(text.to_owned()));
    }
    fn number(&mut self, number: impl Into<u64>) {
        self.cells.push(Cell::Number(number.into()));
    }
    fn time(&mut self, at: Option<Timestamp>) {
        self.cells.push(at.map_or(Cell::Null, Cell::Time));
    }
    fn seconds(&mut self, length: Option<Millis>) {
        self.cells.push(length.map_or(Cell::Null, Cell::Seconds));
    }
    fn flag(&mut self, flag: bool) {
        self.cells.push(Cell::Flag(flag));
    }
    /// An id with its name.
    fn named<Id: Ord + ToString>(&mut self, id: Option<Id>, names: &BTreeMap<Id, String>) {
        let name = id.as_ref().and_then(|id| names.get(id)).cloned();
        self.cells.push(id.map_or(Cell::Null, |id| Cell::Text(id.to_string())));
        self.cells.push(name.map_or(Cell::Null, Cell::Text));
    }
    fn team(&mut self, team: No) {
        self.named(self.facts.teams.id(team), &self.names.teams);
    }
    fn person(&mut self, person: No) {
        self.named(self.facts.people.id(person), &self.names.people);
    }
}

/// The rows of a conversation, if whoever it is for sees it and the filters let it through.
pub(super) fn rows_of(views: &Views, asked: &Asked<'_>, slot: Slot, kept: &[Kept]) -> Vec<Row> {
    let facts = &views.facts;
    let conversation = facts.conversation(slot);
    let row = views.inbox.get(conversation.id());
    if !row.is_some_and(|row| views.inbox.sees(asked.reader, &row)) {
        return Vec::new();
    }
    let as_of = asked.spec.as_of_pos;
    let filters = &asked.spec.question.filters;
    let (channel, brand) = facts.lies(slot);
    let (channel, brand) = (facts.channels.id(channel), facts.brands.id(brand));
    let tags = facts.tags_of(slot, as_of);
    let tags: Vec<String> = tags.into_iter().filter_map(|tag| facts.tag(tag)).map(str::to_owned).collect();
    let tagged = filters.tags.is_empty() || tags.iter().any(|tag| filters.tags.contains(tag));
    if !passes(&filters.brand_ids, brand) || !passes(&filters.channel_ids, channel) || !tagged {
        return Vec::new();
    }
    let measured = facts.measured(slot, as_of);
    let inside = |at: Timestamp| (asked.from..asked.to).contains(&at);
    let of = |team: No, agent: No| {
        passes(&filters.team_ids, facts.teams.id(team)) && passes(&filters.agent_ids, facts.people.id(agent))
    };
    let begin = || {
        let mut filling = Filling { facts, names: asked.names, cells: Vec::with_capacity(40) };
        filling.text(&conversation.id().to_string());
        filling.number(conversation.number());
        filling.named(channel, &asked.names.channels);
        filling.named(brand, &asked.names.brands);
        filling
    };
    let end = |mut filling: Filling<'_>, positions: Vec<Option<u64>>| {
        let positions: BTreeSet<u64> = positions.into_iter().flatten().collect();
        filling.cells.push(Cell::Words(tags.clone()));
        filling.number(facts.definitions.at(as_of).version);
        filling.cells.push(Cell::Positions(positions.into_iter().collect()));
        Row(filling.cells)
    };
    match asked.spec.question.kind {
        // Not of conversations: see [`super::contacts`] and [`super::summary`].
        Kind::Contacts | Kind::Summary => Vec::new(),
        Kind::Conversations => {
            let now = standing(facts.track(slot), as_of);
            if !of(now.team, now.owner) {
                return Vec::new();
            }
            let mut row = begin();
            let fcr = fcr(facts, slot, &measured, asked);
            whole(&mut row, &measured, &measured.rows(slot).resolved, &now, fcr);
            vec![end(row, positions_of(&measured))]
        }
        Kind::FirstResponses => {
            let first = measured.episodes.iter().filter_map(|episode| Some((episode, episode.first?)));
            let wanted = first.filter(|(_, first)| inside(first.at) && of(first.team, first.agent));
            let row = |(episode, first): (&Episode, projections::facts::measure::First)| {
                let mut row = begin();
                row.number(episode.episode);
                row.team(first.team);
                row.person(first.agent);
                row.time(episode.customer_since);
                row.time(Some(first.at));
                row.seconds(Some(first.total));
                row.seconds(Some(first.of_people));
                let handed_off = episode.handed_off.map(|(_, pos)| pos).filter(|pos| *pos < first.pos);
                end(row, vec![episode.customer_pos, handed_off, Some(first.pos)])
            };
            wanted.map(row).collect()
        }
        Kind::Replies => {
            let wanted = measured.written.iter().filter(|wrote| inside(wrote.at) && of(wrote.team, wrote.agent));
            let row = |wrote: &projections::facts::measure::Wrote| {
                let mut row = begin();
                row.number(wrote.episode);
                row.team(wrote.team);
                row.person(wrote.agent);
                row.time(wrote.answers.map(|(since, _)| since));
                row.time(Some(wrote.at));
                row.seconds(wrote.answers.map(|(since, _)| wrote.at - since));
                end(row, vec![wrote.answers.map(|(_, pos)| pos), Some(wrote.pos)])
            };
            wanted.map(row).collect()
        }
        Kind::Resolutions => {
            let ended = measured.episodes.iter().filter_map(|episode| Some((episode, episode.resolution?)));
            let with_rows = ended.zip(measured.rows(slot).resolved);
            let wanted = with_rows.filter(|((_, ended), row)| inside(ended.at) && of(row.team, row.resolver));
            let row = |((episode, ended), resolved): ((&Episode, projections::facts::measure::Ended), _)| {
                let resolved: projections::facts::Resolved = resolved;
                let newest = facts.is_newest_resolution(&resolved, as_of);
                let mut row = begin();
                row.number(episode.episode);
                row.team(resolved.team);
                row.person(resolved.resolver);
                row.person(resolved.assignee);
                row.time(Some(episode.customer_since.unwrap_or(episode.opened_at)));
                row.time(Some(ended.at));
                row.text(ending(resolved.ending));
                row.seconds(Some(resolved.total));
                row.seconds(Some(resolved.active));
                row.seconds(newest.then_some(resolved.since_first));
                row.flag(resolved.unanswered);
                row.number(resolved.customer_messages);
                row.number(resolved.human_messages);
                row.number(resolved.humans);
                row.number(resolved.owners);
                row.flag(newest);
                end(row, vec![Some(episode.opened_pos), episode.customer_pos, Some(ended.pos)])
            };
            wanted.map(row).collect()
        }
        Kind::Ratings => {
            let wanted = measured.surveys.iter().filter(|sent| inside(sent.at) && of(sent.team, sent.resolver));
            let row = |sent: &projections::facts::measure::Survey| {
                let mut row = begin();
                row.number(sent.episode);
                row.team(sent.team);
                row.person(sent.resolver);
                row.time(Some(sent.at));
                row.time(sent.rated.map(|(_, at, _)| at));
                row.cells.push(sent.rated.map_or(Cell::Null, |(score, ..)| Cell::Number(score.into())));
                end(row, vec![Some(sent.pos), sent.rated.map(|(.., pos)| pos)])
            };
            wanted.map(row).collect()
        }
        Kind::Sla => {
            let row = |kept: &Kept| {
                let mut row = begin();
                row.cells.push(facts.policies.id(kept.policy).map_or(Cell::Null, |id| Cell::Text(id.to_string())));
                row.text(metric(kept.metric));
                row.text(verdict(kept.verdict));
                row.time(Some(kept.at));
                row.text(priority(kept.priority));
                row.team(kept.team);
                row.person(kept.assignee);
                end(row, vec![Some(kept.pos)])
            };
            kept.iter().filter(|kept| of(kept.team, kept.assignee)).map(row).collect()
        }
    }
}

fn passes<Id: Ord>(wanted: &BTreeSet<Id>, id: Option<Id>) -> bool {
    wanted.is_empty() || id.is_some_and(|id| wanted.contains(&id))
}

/// A whole conversation.
fn whole(
    row: &mut Filling<'_>,
    measured: &Measured,
    resolved: &[projections::facts::Resolved],
    now: &Standing,
    fcr: Option<&str>,
) {
    let first = measured.episodes.first();
    let response = first.and_then(|first| first.first);
    let count = |count: fn(&Episode) -> u32| measured.episodes.iter().map(|each| u64::from(count(each))).sum::<u64>();
    row.team(now.team);
    row.person(now.owner);
    row.text(status(now.status));
    row.text(if first.is_some_and(|first| first.inbound) { "customer" } else { "staff" });
    row.time(first.map(|first| first.opened_at));
    row.time(first.and_then(|first| first.customer_since));
    row.time(response.map(|response| response.at));
    row.seconds(response.map(|response| response.total));
    row.seconds(response.map(|response| response.of_people));
    row.person(response.map_or(No::NONE, |response| response.agent));
    let is_over = now.status == Status::Resolved;
    row.time(resolved.last().filter(|_| is_over).map(|last| last.at));
    row.seconds(resolved.first().filter(|first| first.episode == 1).map(|first| first.total));
    row.seconds(resolved.last().map(|last| last.since_first));
    row.number(measured.episodes.len() as u64);
    row.number(count(|episode| episode.customer_messages));
    row.number(count(|episode| episode.human_messages));
    row.time(measured.waiting_since);
    row.number(count(|episode| u32::from(episode.unanswered && episode.resolution.is_some())));
    row.cells.push(fcr.map_or(Cell::Null, |word| Cell::Text(word.to_owned())));
    let rated = measured.surveys.iter().rev().find_map(|survey| survey.rated);
    row.cells.push(rated.map_or(Cell::Null, |(score, ..)| Cell::Number(score.into())));
}

/// The events that a whole conversation's numbers follow from: what begins, answers and ends each episode.
fn positions_of(measured: &Measured) -> Vec<Option<u64>> {
    let of_episode = |episode: &Episode| {
        let first = episode.first.map(|first| first.pos);
        let ended = episode.resolution.map(|ended| ended.pos);
        [Some(episode.opened_pos), episode.customer_pos, episode.handed_off.map(|(_, pos)| pos), first, ended]
    };
    measured.episodes.iter().flat_map(of_episode).collect()
}

/// Whether the first contact resolved it. `None`: its first episode runs.
fn fcr(facts: &Facts, slot: Slot, measured: &Measured, asked: &Asked<'_>) -> Option<&'static str> {
    let first = measured.episodes.first()?;
    let ended = first.resolution?;
    if first.human_messages == 0 {
        return Some("deflected");
    }
    let as_of = asked.spec.as_of_pos;
    let definition = facts.definitions.at(as_of);
    let until = ended.at + definition.fcr_window;
    if until > asked.as_of {
        return Some("immature");
    }
    let back = facts.came_back(slot, as_of, definition).is_some_and(|back| back.at <= until);
    Some(if back { "no" } else { "yes" })
}

const fn status(status: Status) -> &'static str {
    match status {
        Status::Open => "open",
        Status::Pending => "pending",
        Status::Snoozed => "snoozed",
        Status::Resolved => "resolved",
    }
}

const fn ending(ending: Ending) -> &'static str {
    match ending {
        Ending::Ordinary => "ordinary",
        Ending::Automatic => "automatic",
        Ending::Blocked => "blocked",
    }
}

const fn metric(metric: Metric) -> &'static str {
    match metric {
        Metric::FirstResponse => "first_response",
        Metric::NextResponse => "next_response",
        Metric::Resolution => "resolution",
    }
}

const fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Open => "open",
        Verdict::Met => "met",
        Verdict::Late => "late",
        Verdict::Breached => "breached",
        Verdict::Cancelled => "cancelled",
    }
}

const fn priority(priority: Priority) -> &'static str {
    match priority {
        Priority::None => "none",
        Priority::Low => "low",
        Priority::Normal => "normal",
        Priority::High => "high",
        Priority::Urgent => "urgent",
    }
}
