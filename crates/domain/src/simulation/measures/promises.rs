//! How promises ended, counted as everywhere: an answer after the deadline is a breach, what was cancelled before it is none.

use std::collections::BTreeMap;

use super::is_merged;
use crate::event::Event;
use crate::ids::ConversationId;
use crate::sla::{Metric, Verdict};

/// Of one metric.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Kept {
    pub met: u64,
    /// Late ones included.
    pub breached: u64,
    pub open: u64,
    pub cancelled: u64,
}

/// By conversation, metric and number.
#[derive(Debug, Default)]
pub(super) struct Promises(BTreeMap<(ConversationId, Metric, u32), Verdict>);

impl Promises {
    pub(super) fn apply(&mut self, id: ConversationId, event: &Event) {
        let (metric, n, verdict) = match event {
            Event::SlaActivated(event) => {
                let verdict = if event.noticed.breached.is_some() { Verdict::Breached } else { Verdict::Open };
                (event.metric, event.n, verdict)
            }
            Event::SlaBreached(event) => (event.metric, event.n, Verdict::Breached),
            Event::SlaFulfilled(event) => {
                let verdict = if event.margin_s >= 0 { Verdict::Met } else { Verdict::Late };
                (event.metric, event.n, verdict)
            }
            Event::SlaCancelled(event) => {
                let breached = event.breached && !is_merged(event.reason);
                let verdict = if breached { Verdict::Breached } else { Verdict::Cancelled };
                (event.metric, event.n, verdict)
            }
            _ => return,
        };
        self.0.insert((id, metric, n), verdict);
    }

    pub(super) fn kept(&self) -> [Kept; 3] {
        let mut kept = [Kept::default(); 3];
        for ((_, metric, _), verdict) in &self.0 {
            let of_metric = &mut kept[metric.place()];
            *match verdict {
                Verdict::Met => &mut of_metric.met,
                Verdict::Late | Verdict::Breached => &mut of_metric.breached,
                Verdict::Open => &mut of_metric.open,
                Verdict::Cancelled => &mut of_metric.cancelled,
            } += 1;
        }
        kept
    }
}
