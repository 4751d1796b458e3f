//! Reading queues, rules and the decisions made by them, with access applied.

use domain::access::{Action, Principal};
use domain::event::{Recorded, StreamId};
use domain::ids::*;
use domain::queue::{Entry, QueueId, QueueSettings};
use domain::rejection::Rejection;
use domain::routing::rule;
use projections::Views;
use projections::decisions::Decisions;

use crate::codec::decode;
use crate::queries::{Answer, unreadable};
use crate::{Desk, reach};

/// A queue with how it is worked.
#[derive(Debug, Clone)]
pub struct QueueCard {
    pub id: QueueId,
    pub name: String,
    pub brand_id: Option<BrandId>,
    pub settings: QueueSettings,
    pub version: u64,
}

/// A conversation that waits for somebody.
#[derive(Debug, Clone)]
pub struct Waiting {
    /// Its place in the queue, from 0.
    pub place: usize,
    /// The short number people say to each other.
    pub number: u64,
    pub entry: Entry,
}

/// The newest decisions looked through for one page.
const LOOKED_MAX: usize = 2_000;

impl Desk {
    /// The queues somebody sees, in the order of their ids.
    pub fn queues(&self, principal: &Principal) -> Answer<Vec<QueueCard>> {
        self.allow(principal, Action::QueueRead)?;
        Ok(self.view(|views| {
            let teams = views.roster.teams().map(|team| QueueId::Team(team.id));
            let brands = views.directory.brands.iter().map(|brand| QueueId::Common(brand.id));
            let ids = teams.chain(brands).filter(|id| reach::sees_queue(views, principal, *id));
            ids.filter_map(|id| card(views, id)).collect()
        }))
    }

    /// One queue.
    pub fn queue(&self, principal: &Principal, id: QueueId) -> Answer<QueueCard> {
        self.allow(principal, Action::QueueRead)?;
        let found = self.view(|views| {
            let seen = reach::sees_queue(views, principal, id);
            card(views, id).filter(|_| seen)
        });
        Ok(found.ok_or(Rejection::NotFound)?)
    }

    /// What waits in a queue for somebody, in the order in which it is given out, from after a place on. Those the asker does
    /// not see are left out.
    pub fn queue_entries(
        &self,
        principal: &Principal,
        id: QueueId,
        after: Option<usize>,
        limit: usize,
    ) -> Answer<Vec<Waiting>> {
        self.queue(principal, id)?;
        Ok(self.view(|views| {
            let board = views.queues.board();
            let Some(line) = board.line(id) else { return Vec::new() };
            let places = line.waiting().map(|key| key.id).enumerate().skip(after.map_or(0, |after| after + 1));
            let seen = places.filter_map(|(place, id)| {
                let row = views.inbox.get(id).filter(|row| views.inbox.sees(principal, row))?;
                Some(Waiting { place, number: row.number(), entry: board.entry(id)?.clone() })
            });
            seen.take(limit).collect()
        }))
    }

    /// The rules somebody sees, in the order in which they are asked, and the order's version.
    pub fn routing_rules(&self, principal: &Principal) -> Answer<(Vec<rule::Entry>, u64, u64)> {
        self.allow(principal, Action::RoutingRead)?;
        Ok(self.view(|views| {
            let seen = |entry: &&rule::Entry| reach::sees_configured(principal, entry.rule.brand_id);
            let rules = views.rules.iter().filter(seen).cloned().collect();
            (rules, views.rules.order_version(), views.position())
        }))
    }

    /// One rule.
    pub fn routing_rule(&self, principal: &Principal, id: RoutingRuleId) -> Answer<rule::Entry> {
        self.allow(principal, Action::RoutingRead)?;
        let found = self.view(|views| views.rules.get(id).cloned());
        let seen = found.filter(|entry| reach::sees_configured(principal, entry.rule.brand_id));
        Ok(seen.ok_or(Rejection::NotFound)?)
    }

    /// The decisions about one conversation, newest first, below a position.
    pub fn decisions_of(
        &self,
        principal: &Principal,
        id: ConversationId,
        before: Option<u64>,
        limit: usize,
    ) -> Answer<Vec<Recorded>> {
        self.conversation(principal, id)?;
        let mut events = self.stream_facts(StreamId::Conversation(id))?;
        let below = |pos: u64| before.is_none_or(|before| pos < before);
        events.retain(|recorded| Decisions::is_one(&recorded.event) && below(recorded.pos));
        events.reverse();
        events.truncate(limit);
        Ok(events)
    }

    /// The newest decisions about conversations that the asker sees, below a position.
    pub fn decisions(&self, principal: &Principal, before: Option<u64>, limit: usize) -> Answer<Vec<Recorded>> {
        self.allow(principal, Action::RoutingRead)?;
        let positions: Vec<u64> = self.view(|views| {
            let seen = |id: ConversationId| views.inbox.get(id).is_some_and(|row| views.inbox.sees(principal, &row));
            let newest = views.decisions.newest(before).take(LOOKED_MAX);
            newest.filter(|(_, id)| seen(*id)).map(|(pos, _)| pos).take(limit).collect()
        });
        let mut found = Vec::with_capacity(positions.len());
        for pos in positions {
            if let Some(stored) = self.reader().get(pos).map_err(|error| unreadable(error.into()))? {
                found.push(decode(&stored).map_err(unreadable)?);
            }
        }
        Ok(found)
    }
}

fn card(views: &Views, id: QueueId) -> Option<QueueCard> {
    let (name, brand_id) = match id {
        QueueId::Team(team) => {
            let team = views.roster.team(team)?;
            (team.name.clone(), team.brand_id)
        }
        QueueId::Common(brand) => (views.directory.brands.get(brand)?.name.clone(), Some(brand)),
    };
    let (settings, version) = (views.queues.settings(id).clone(), views.queues.version(id));
    Some(QueueCard { id, name, brand_id, settings, version })
}
