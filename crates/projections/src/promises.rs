//! Every promise of a conversation's whole history, with the events that made it what it is and how its time went by.
//! Folded from facts alone when somebody asks.

use domain::event::{Actor, Event, Recorded};
use domain::sla::{End, Instance, Instances, Metric};
use domain::time::Timestamp;

/// One promise.
#[derive(Debug, Clone, PartialEq)]
pub struct Promise {
    pub instance: Instance,
    /// What is about it, oldest first.
    pub events: Vec<Recorded>,
    pub segments: Vec<Segment>,
}

/// A time in which somebody had stopped the clocks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AskedPause {
    pub by: Actor,
    /// `None`: erased, or only the facts were read.
    pub reason: Option<String>,
    pub from: Timestamp,
    /// `None`: it goes on.
    pub to: Option<Timestamp>,
    /// Who ended it; `None` where the episode's end did, and while it goes on.
    pub ended_by: Option<Actor>,
    pub pos: u64,
}

/// Those of a stream, oldest first.
pub fn asked_pauses<'a>(events: impl IntoIterator<Item = &'a Recorded>) -> Vec<AskedPause> {
    let mut pauses: Vec<AskedPause> = Vec::new();
    for recorded in events {
        let at = recorded.occurred_at;
        let open = pauses.last_mut().filter(|pause| pause.to.is_none());
        match (&recorded.event, open) {
            (Event::PromisesPaused(event), _) => pauses.push(AskedPause {
                by: recorded.actor,
                reason: event.private.as_ref().map(|private| private.reason.clone()),
                from: at,
                to: None,
                ended_by: None,
                pos: recorded.pos,
            }),
            (Event::PromisesResumed(_), Some(open)) => (open.to, open.ended_by) = (Some(at), Some(recorded.actor)),
            (Event::ConversationResolved(_), Some(open)) => open.to = Some(at),
            _ => {}
        }
    }
    pauses
}

/// A stretch in which the clock ran, or stood still.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Segment {
    pub running: bool,
    pub from: Timestamp,
    /// `None`: it goes on.
    pub to: Option<Timestamp>,
}

/// All promises of a stream, in the order they were first made.
pub fn promises<'a>(events: impl IntoIterator<Item = &'a Recorded>) -> Vec<Promise> {
    // Never told that an episode begins, it keeps what has ended.
    let mut instances = Instances::default();
    let mut told: Vec<((Metric, u32), Vec<Recorded>)> = Vec::new();
    for recorded in events {
        let Some(key) = about(&recorded.event) else { continue };
        instances.apply(recorded);
        match told.iter_mut().find(|(known, _)| *known == key) {
            Some((_, events)) => events.push(recorded.clone()),
            None => told.push((key, vec![recorded.clone()])),
        }
    }
    let promise = |((metric, n), events): ((Metric, u32), Vec<Recorded>)| {
        let instance = instances.get(metric, n)?.clone();
        let segments = segments(&instance, &events);
        Some(Promise { instance, events, segments })
    };
    told.into_iter().filter_map(promise).collect()
}

/// Which promise an event is about.
fn about(event: &Event) -> Option<(Metric, u32)> {
    Some(match event {
        Event::SlaActivated(event) => (event.metric, event.n),
        Event::SlaPaused(event) => (event.metric, event.n),
        Event::SlaResumed(event) => (event.metric, event.n),
        Event::SlaAtRisk(event) => (event.metric, event.n),
        Event::SlaBreached(event) => (event.metric, event.n),
        Event::SlaFulfilled(event) => (event.metric, event.n),
        Event::SlaCancelled(event) => (event.metric, event.n),
        Event::SlaRetargeted(event) => (event.metric, event.n),
        Event::SlaEscalated(event) => (event.metric, event.n),
        _ => return None,
    })
}

fn segments(instance: &Instance, events: &[Recorded]) -> Vec<Segment> {
    let mut segments = vec![Segment { running: true, from: instance.started_at, to: None }];
    let mut turn = |running: bool, at: Timestamp| {
        if let Some(last) = segments.last_mut().filter(|last| last.running != running) {
            // What began within a pause has no running stretch before it.
            last.to = Some(at.max(last.from));
            segments.push(Segment { running, from: at.max(instance.started_at), to: None });
        }
    };
    for recorded in events {
        match &recorded.event {
            Event::SlaPaused(event) => turn(false, event.at),
            Event::SlaResumed(_) => turn(true, recorded.occurred_at),
            _ => {}
        }
    }
    if let (Some(End::Fulfilled { at, .. } | End::Cancelled { at, .. }), Some(last)) =
        (instance.end, segments.last_mut())
    {
        last.to = Some(at.max(last.from));
    }
    segments.retain(|segment| segment.to != Some(segment.from));
    segments
}
