//! How the sending of a message went: attempts, reports, failures, and the history a person reads. Reports come in any
//! order; the steps that a later one implies are filled in.

use std::collections::BTreeMap;

use domain::event::Recorded;
use domain::event::message::*;
use domain::time::Timestamp;

use super::message::TimelineMessage;

/// A step of the delivery.
#[derive(Debug, Clone, PartialEq)]
pub struct StatusChange {
    /// `queued`, `sending`, `accepted`, `held`, `sent`, `delivered`, `read`, `played`, `failed`, `uncertain`, or the
    /// provider's word.
    pub status: String,
    pub at: Timestamp,
    /// No report said so, a later one implies it: what was read had been delivered.
    pub inferred: bool,
    /// The report was about one participant of a group.
    pub of_participant: bool,
}

/// A try to hand it to the provider.
#[derive(Debug, Clone, PartialEq)]
pub struct Attempt {
    /// 1 for the first.
    pub number: u32,
    /// Absent where the provider was never called.
    pub started_at: Option<Timestamp>,
    pub outcome: AttemptOutcome,
}

/// How a try ended.
#[derive(Debug, Clone, PartialEq)]
pub enum AttemptOutcome {
    /// It has not, as far as we know.
    Running,
    Accepted {
        at: Timestamp,
        held: bool,
        by_report: bool,
    },
    Refused {
        at: Timestamp,
        error: MessageError,
        then: AfterRefusal,
        retry_at: Option<Timestamp>,
    },
    Uncertain {
        at: Timestamp,
        reason: String,
    },
}

/// Why it could not be sent or delivered.
#[derive(Debug, Clone, PartialEq)]
pub struct MessageError {
    /// The provider's code; absent when it was never asked.
    pub code: Option<i64>,
    /// Our word: `service_window_closed`, `expired`, `not_delivered`, …
    pub reason: String,
    pub title: Option<String>,
    /// May name the recipient; `None` once erased.
    pub detail: Option<String>,
}

/// Our word for a failure that a report told.
const NOT_DELIVERED: &str = "not_delivered";

impl TimelineMessage {
    pub(super) fn dispatch_started(&mut self, event: &MessageDispatchStarted, from: &Recorded) {
        self.reached("sending", from.occurred_at);
        self.attempts.push(Attempt {
            number: event.attempt,
            started_at: Some(from.occurred_at),
            outcome: AttemptOutcome::Running,
        });
    }

    pub(super) fn accepted(&mut self, event: &MessageAccepted, from: &Recorded) {
        if let Some(private) = &event.private {
            self.provider_message_id = Some(private.provider_id.clone());
        }
        self.failure = None;
        self.reached(if event.held { "held" } else { "accepted" }, from.occurred_at);
        let outcome = AttemptOutcome::Accepted { at: from.occurred_at, held: event.held, by_report: event.by_report };
        self.end_attempt(event.attempt, outcome);
    }

    pub(super) fn refused(&mut self, event: &MessageRefused, from: &Recorded) {
        let private = event.private.as_ref().map(|private| &private.error);
        let error = MessageError {
            code: event.code,
            reason: event.reason.clone(),
            title: private.and_then(|error| error.title.clone()),
            detail: private.and_then(|error| error.detail.clone()),
        };
        let status = if event.then == AfterRefusal::Fail { "failed" } else { "queued" };
        self.reached(status, from.occurred_at);
        self.failure = Some(error.clone());
        let outcome =
            AttemptOutcome::Refused { at: from.occurred_at, error, then: event.then, retry_at: event.retry_at };
        self.end_attempt(event.attempt, outcome);
    }

    pub(super) fn uncertain(&mut self, event: &MessageUncertain, from: &Recorded) {
        self.reached("uncertain", from.occurred_at);
        let outcome = AttemptOutcome::Uncertain { at: from.occurred_at, reason: event.reason.clone() };
        self.end_attempt(event.attempt, outcome);
    }

    pub(super) fn resend(&mut self, event: &MessageResendRequested, from: &Recorded) {
        self.possible_duplicate |= event.possible_duplicate;
        self.failure = None;
        self.reached("queued", from.occurred_at);
    }

    pub(super) fn observed(&mut self, event: &MessageStatusObserved, _from: &Recorded) {
        let of_participant = event.participant.is_some();
        self.status_history.push(StatusChange {
            status: event.status.clone(),
            at: event.at,
            inferred: false,
            of_participant,
        });
        if event.pricing.is_some() {
            self.pricing.clone_from(&event.pricing);
        }
        if event.status == "failed" && !of_participant {
            let private = event.private.as_ref().map(|private| &private.error);
            self.failure = Some(MessageError {
                code: event.code.or(private.map(|error| error.code)),
                reason: NOT_DELIVERED.to_owned(),
                title: private.and_then(|error| error.title.clone()),
                detail: private.and_then(|error| error.detail.clone()),
            });
        }
    }

    /// Adds the steps that later ones imply, and sorts.
    pub(super) fn settle_history(&mut self) {
        const WAY: [&str; 4] = ["sent", "delivered", "read", "played"];
        let mut reported: BTreeMap<usize, Timestamp> = BTreeMap::new();
        for change in self.status_history.iter().filter(|change| !change.of_participant) {
            if let Some(step) = WAY.iter().position(|word| *word == change.status) {
                let at = reported.entry(step).or_insert(change.at);
                *at = (*at).min(change.at);
            }
        }
        let farthest = reported.keys().next_back().copied().unwrap_or(0);
        for (step, word) in WAY.iter().enumerate().take(farthest) {
            if reported.contains_key(&step) {
                continue;
            }
            let implied = reported.range(step..).map(|(_, at)| *at).min();
            if let Some(at) = implied {
                self.status_history.push(StatusChange {
                    status: (*word).to_owned(),
                    at,
                    inferred: true,
                    of_participant: false,
                });
            }
        }
        let place = |status: &str| match status {
            "scheduled" | "queued" | "held" | "cancelled" => 0,
            "sending" => 1,
            "accepted" | "uncertain" => 2,
            "sent" => 3,
            "delivered" => 4,
            "read" => 5,
            "played" => 6,
            _ => 7,
        };
        // By time; provider times are whole seconds and so may lie before ours, so steps of one second keep their way.
        let second = |at: Timestamp| at.as_millis().div_euclid(1_000);
        self.status_history.sort_by_key(|change| (second(change.at), place(&change.status), change.at));
    }

    pub(super) fn reached(&mut self, status: &str, at: Timestamp) {
        let status = status.to_owned();
        self.status_history.push(StatusChange { status, at, inferred: false, of_participant: false });
    }

    fn end_attempt(&mut self, number: u32, outcome: AttemptOutcome) {
        match self.attempts.iter_mut().rev().find(|attempt| attempt.number == number) {
            Some(attempt) => attempt.outcome = outcome,
            // Refused by ourselves before the call, or known only from a report.
            None => self.attempts.push(Attempt { number, started_at: None, outcome }),
        }
    }
}
