//! Sends campaigns: a few recipients to a command, no more in the outbox at once than a small window, no faster than the
//! campaign's rate and the number's limit allow, and nobody in their quiet hours. All it remembers is where it was; whoever is
//! still to be decided about is in the log.

use std::collections::BTreeMap;

use domain::campaign::send::{self, Filled};
use domain::campaign::{CHUNK_MAX, Entry, QuietHours, QuietZone, State, WINDOW, control, launch};
use domain::ids::{CampaignId, ContactId};
use domain::time::{Millis, Timestamp};

use super::rate::Rate;
use crate::workers::{Next, Worker};
use crate::{Desk, Failure};

/// When to try again what could not be done.
const AGAIN_AFTER: Millis = Millis::seconds(5);

/// See the module.
pub(crate) struct CampaignWorker {
    desk: Desk,
    rounds: BTreeMap<CampaignId, Round>,
}

/// One way through a campaign's recipients. Those whose quiet hours it is are passed over; when it is at the end, the next one
/// begins as soon as the first of them may be written to.
struct Round {
    rate: Rate,
    after: Option<ContactId>,
    quiet_until: Option<Timestamp>,
}

/// What can be done for a campaign now.
enum Turn {
    Start,
    /// Its recipients are not all selected: whoever launched it did not get to the end.
    Select,
    Finish,
    /// So many may be written to.
    Send(usize),
    /// Nobody before then; `None`: before something changes.
    Wait(Option<Timestamp>),
}

impl CampaignWorker {
    pub(crate) fn new(desk: Desk) -> Self {
        Self { desk, rounds: BTreeMap::new() }
    }

    /// What is next for one campaign.
    fn turn(&mut self, entry: &Entry, now: Timestamp) -> Turn {
        if entry.selecting {
            return Turn::Select;
        }
        if let Some(due) = entry.due_at() {
            return if due <= now { Turn::Start } else { Turn::Wait(Some(due)) };
        }
        if entry.is_done() {
            return Turn::Finish;
        }
        if entry.state != State::Running || entry.selected() == 0 {
            return Turn::Wait(None);
        }
        let campaign = &entry.campaign;
        if let Some(quiet) = campaign.quiet_hours.as_ref().filter(|quiet| quiet.zone == QuietZone::Fixed)
            && let Some(until) = quiet.until(None, now)
        {
            return Turn::Wait(Some(until));
        }
        let (limit, (written, freed_at)) = self.desk.view(|views| {
            let health = views.directory.channels.get(campaign.channel_id).map(|channel| &channel.health);
            let limit = health.and_then(|health| health.messaging_limit).unwrap_or(u32::MAX);
            (limit as usize, views.campaigns.written_in_a_day(campaign.channel_id, now))
        });
        if written >= limit {
            return Turn::Wait(freed_at);
        }
        let round = self.rounds.entry(entry.id).or_insert_with(Round::new);
        if let Some(until) = round.quiet_until.filter(|until| round.after.is_none() && *until > now) {
            return Turn::Wait(Some(until));
        }
        let window = WINDOW.saturating_sub(entry.in_flight());
        let room = round.rate.room(campaign.rate_per_minute, now);
        match window.min(limit - written).min(room).min(CHUNK_MAX) {
            0 if room == 0 => Turn::Wait(Some(round.rate.ready_at())),
            // The outbox says when one has gone.
            0 => Turn::Wait(None),
            count => Turn::Send(count),
        }
    }

    /// Decides about the next recipients. Gives when it wants to go on.
    async fn send(&mut self, entry: &Entry, count: usize, now: Timestamp) -> Result<Timestamp, Failure> {
        let (id, campaign) = (entry.id, &entry.campaign);
        let round = self.rounds.entry(id).or_insert_with(Round::new);
        if round.after.is_none() {
            round.quiet_until = None;
        }
        let after = round.after;
        let next: Vec<ContactId> =
            self.desk.view(|views| views.campaigns.selected_after(id, after).take(count).collect());
        let Some(last) = next.last().copied() else {
            round.after = None;
            return Ok(round.quiet_until.unwrap_or(now));
        };
        let template = self.desk.campaign_template(campaign);
        let theirs = campaign.quiet_hours.as_ref().filter(|quiet| quiet.zone == QuietZone::Contact);
        let mut filled: Vec<Filled> = Vec::with_capacity(next.len());
        let mut quiet_until = round.quiet_until;
        for contact in next {
            let (each, market) = self.desk.filled(campaign, template.as_ref(), contact);
            match theirs.and_then(|quiet: &QuietHours| quiet.until(market, now)) {
                Some(until) => quiet_until = Some(quiet_until.map_or(until, |other| other.min(until))),
                None => filled.push(each),
            }
        }
        let written = filled.len();
        if written > 0 {
            self.desk
                .work(move |step| {
                    send::queue(step, id, filled);
                    Ok(())
                })
                .await?;
        }
        // Only what was taken in counts as passed.
        let round = self.rounds.entry(id).or_insert_with(Round::new);
        (round.after, round.quiet_until) = (Some(last), quiet_until);
        round.rate.spend(campaign.rate_per_minute, written);
        Ok(now)
    }

    async fn take(&mut self, entry: &Entry, now: Timestamp) -> Result<Next, Failure> {
        let id = entry.id;
        match self.turn(entry, now) {
            Turn::Wait(at) => return Ok(Next::on_change().or_at(at)),
            Turn::Send(count) => {
                let at = self.send(entry, count, now).await?;
                return Ok(Next::on_change().or_at(Some(at)));
            }
            Turn::Select => {
                // Somebody is at it: they say so with every batch.
                let Some(turn) = self.desk.selects_recipients(id) else { return Ok(Next::on_change()) };
                let meant = self.desk.campaign_audience(&entry.campaign).await?;
                turn.select(meant).await?;
            }
            Turn::Start => {
                self.desk
                    .work(move |step| {
                        launch::start(step, id);
                        Ok(())
                    })
                    .await?;
            }
            Turn::Finish => {
                self.rounds.remove(&id);
                self.desk
                    .work(move |step| {
                        control::finish(step, id);
                        Ok(())
                    })
                    .await?;
            }
        }
        Ok(Next::on_change().or_at(Some(now)))
    }
}

impl Round {
    const fn new() -> Self {
        Self { rate: Rate::new(), after: None, quiet_until: None }
    }
}

impl Worker for CampaignWorker {
    const NAME: &'static str = "campaigns";

    async fn step(&mut self) -> Next {
        // Whoever a restored copy was copied from may be sending the same.
        if self.desk.outbox_is_frozen() {
            return Next::on_change();
        }
        let now = self.desk.now();
        let open: Vec<Entry> = self.desk.view(|views| {
            let open = |entry: &&Entry| matches!(entry.state, State::Scheduled | State::Running);
            views.campaigns.iter().filter(open).cloned().collect()
        });
        let mut next = Next::on_change();
        for entry in open {
            match self.take(&entry, now).await {
                Ok(Next { at, .. }) => next = next.or_at(at),
                Err(failure) => {
                    tracing::warn!(%failure, campaign = %entry.id, "a campaign goes on later");
                    next = next.or_at(Some(now + AGAIN_AFTER));
                }
            }
        }
        next
    }
}
