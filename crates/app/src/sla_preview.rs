//! What a changed policy would have done: the conversations of a period, replayed from the log by the policies as they are
//! and with the draft in place of one. It runs beside the desk, reads and writes nothing else, and looks at no more than
//! [`CONVERSATIONS_MAX`] conversations.

use std::collections::BTreeMap;

use domain::access::Principal;
use domain::business_hours::Calendars;
use domain::contact::attributes::Attributes;
use domain::event::StreamId;
use domain::ids::*;
use domain::sla::preview::{Ways, replay};
use domain::sla::{Instance, Metric, Policies, SlaPolicy, Verdict};
use domain::time::Timestamp;
use projections::contact_card::ContactCard;
use projections::promises::{AskedPause, Promise, asked_pauses, promises};

use crate::Desk;
use crate::desk::Failure;
use crate::queries::Answer;

/// Conversations looked at for one preview at most.
pub const CONVERSATIONS_MAX: usize = 20_000;
/// Differences told at most.
pub const DIFFERENCES_MAX: usize = 100;
/// Conversations replayed between two looks at whether the desk is closing.
const CHUNK: usize = 256;

/// How many promises there would have been, and how they would have been kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Outcomes {
    pub instances: u32,
    pub met: u32,
    /// Late ones included.
    pub breached: u32,
    pub open: u32,
    pub cancelled: u32,
}

/// A promise that would have been kept otherwise, or not been made; `None`: not promised.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Difference {
    pub conversation_id: ConversationId,
    pub metric: Metric,
    pub started_at: Timestamp,
    pub present: Option<Verdict>,
    pub draft: Option<Verdict>,
}

/// See the module.
#[derive(Debug, Clone, Default)]
pub struct Preview {
    pub conversations: usize,
    /// There were more.
    pub truncated: bool,
    pub present: BTreeMap<Metric, Outcomes>,
    pub draft: BTreeMap<Metric, Outcomes>,
    pub differences: Vec<Difference>,
    pub as_of: u64,
}

impl Desk {
    /// Every promise of a conversation, if the asker sees it.
    pub fn promises(&self, principal: &Principal, id: ConversationId) -> Answer<Vec<Promise>> {
        self.conversation(principal, id)?;
        Ok(promises(&self.stream_facts(StreamId::Conversation(id))?))
    }

    /// When somebody stopped a conversation's clocks, and why.
    pub fn asked_pauses(&self, principal: &Principal, id: ConversationId) -> Answer<Vec<AskedPause>> {
        self.conversation(principal, id)?;
        Ok(asked_pauses(&self.stream_open(StreamId::Conversation(id))?))
    }

    /// Of the contact that stands for the conversation's.
    fn attributes_of(&self, id: ConversationId) -> Answer<Attributes> {
        let contact = self.view(|views| {
            let row = views.inbox.get(id)?;
            Some(views.directory.contacts.resolve(row.contact_id()))
        });
        let Some(contact) = contact else { return Ok(Attributes::new()) };
        let facts = self.stream_facts(StreamId::Contact(contact))?;
        Ok(ContactCard::fold(&facts).map(|card| card.attributes).unwrap_or_default())
    }

    /// See the module. Counts what began from `from` on and before `to`, in conversations the asker sees.
    pub async fn sla_preview(
        &self,
        principal: &Principal,
        id: SlaPolicyId,
        draft: SlaPolicy,
        from: Timestamp,
        to: Timestamp,
    ) -> Answer<Preview> {
        let (desk, principal) = (self.clone(), principal.clone());
        let looked = tokio::task::spawn_blocking(move || look(&desk, &principal, id, draft, from, to));
        looked.await.unwrap_or(Err(Failure::Internal))
    }
}

fn look(
    desk: &Desk,
    principal: &Principal,
    id: SlaPolicyId,
    draft: SlaPolicy,
    from: Timestamp,
    to: Timestamp,
) -> Answer<Preview> {
    let (present, drafted, calendars, among, as_of) = desk.view(|views| {
        let policies = &views.sla_policies;
        // What was active in the period, or has been since: others had no promise that began in it.
        let among = views.inbox.active_since(from, CONVERSATIONS_MAX + 1, |row| views.inbox.sees(principal, row));
        let calendars: Calendars = views.calendars.clone();
        let drafted = policies.with_draft(id, Some(draft));
        (policies.with_draft(id, None), drafted, calendars, among, views.position())
    });
    let asked = present.ask_attributes() || drafted.ask_attributes();
    let truncated = among.len() > CONVERSATIONS_MAX;
    let mut preview = Preview { truncated, as_of, ..Preview::default() };
    for chunk in among[..among.len().min(CONVERSATIONS_MAX)].chunks(CHUNK) {
        if desk.is_draining() {
            return Err(Failure::Draining);
        }
        for conversation in chunk {
            let events = desk.stream_facts(StreamId::Conversation(*conversation))?;
            let attributes = if asked { desk.attributes_of(*conversation)? } else { Attributes::new() };
            let by = |policies: &Policies| {
                let ways = Ways { policies, calendars: &calendars, attributes: &attributes };
                let began = |instance: &Instance| (from..to).contains(&instance.started_at);
                replay(&events, &ways, to).into_iter().filter(began).collect::<Vec<_>>()
            };
            preview.compare(*conversation, &by(&present), &by(&drafted));
            preview.conversations += 1;
        }
    }
    Ok(preview)
}

impl Preview {
    fn compare(&mut self, conversation_id: ConversationId, present: &[Instance], draft: &[Instance]) {
        let key = |instance: &Instance| (instance.metric, instance.episode, instance.message_id);
        let sides = [(present, &mut self.present), (draft, &mut self.draft)];
        let mut found: BTreeMap<_, (Option<&Instance>, Option<&Instance>)> = BTreeMap::new();
        for (side, (instances, outcomes)) in sides.into_iter().enumerate() {
            for instance in instances {
                outcomes.entry(instance.metric).or_default().count(instance.verdict());
                let entry = found.entry(key(instance)).or_default();
                *if side == 0 { &mut entry.0 } else { &mut entry.1 } = Some(instance);
            }
        }
        for ((metric, ..), (present, draft)) in found {
            let verdict = |instance: Option<&Instance>| instance.map(Instance::verdict);
            let Some(either) = present.or(draft) else { continue };
            if verdict(present) != verdict(draft) && self.differences.len() < DIFFERENCES_MAX {
                self.differences.push(Difference {
                    conversation_id,
                    metric,
                    started_at: either.started_at,
                    present: verdict(present),
                    draft: verdict(draft),
                });
            }
        }
    }
}

impl Outcomes {
    fn count(&mut self, verdict: Verdict) {
        self.instances += 1;
        *match verdict {
            Verdict::Met => &mut self.met,
            Verdict::Late | Verdict::Breached => &mut self.breached,
            Verdict::Open => &mut self.open,
            Verdict::Cancelled => &mut self.cancelled,
        } += 1;
    }
}
