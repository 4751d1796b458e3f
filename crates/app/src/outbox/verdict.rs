//! What follows an answer of the provider: sent, again later, waiting for the number, or failed. Pure.

use domain::conversation::WINDOW_MARGIN;
use domain::conversation::dispatch::{Outcome, Refusal};
use domain::event::message::AfterRefusal;
use domain::inbound::ProviderError;
use domain::time::{Millis, Timestamp};

use super::pace::NumberNews;
use crate::provider::{CallRefused, ErrorClass, SendOutcome};

/// Attempts of one message that the provider has trouble with.
const ATTEMPTS_MAX: u32 = 5;
/// Attempts of one message that only comes too fast: the pauses in between add up to hours.
const THROTTLED_ATTEMPTS_MAX: u32 = 12;
/// A message older than this is not sent any more: it would surprise.
pub(super) const AGE_MAX: Millis = Millis::hours(24);
/// Waits between attempts: doubled from the first to the longest, half of each at random.
const WAIT_MIN: Millis = Millis::seconds(2);
const WAIT_MAX: Millis = Millis::minutes(5);
/// Longest wait for a budget of calls that is spent; what takes longer is not about a budget.
const BUDGET_WAIT_MAX: Millis = Millis::minutes(30);

/// The message as far as the next step depends on it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tried {
    /// 1 for the first.
    pub(super) attempt: u32,
    /// A service window counts: no template, and not to a group, which has none.
    pub(super) windowed: bool,
    pub(super) queued_at: Timestamp,
    /// The end of the service window as far as we know.
    pub(super) window_until: Option<Timestamp>,
    pub(super) now: Timestamp,
    pub(super) random: u64,
}

/// What to write down, what it says about the number, and whether the number may not send at all any more.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Verdict {
    pub(super) outcome: Outcome,
    pub(super) news: Option<NumberNews>,
    /// The provider's code for which the number is paused.
    pub(super) pause_channel: Option<i64>,
}

/// A failure of our own making, without a call.
pub(super) fn failed(reason: &'static str) -> Verdict {
    Verdict { outcome: refused(reason, None, AfterRefusal::Fail, None), news: None, pause_channel: None }
}

/// The verdict on a send.
pub(super) fn on_send(tried: Tried, outcome: SendOutcome) -> Verdict {
    match outcome {
        SendOutcome::Accepted { provider_id, recipient, held } => Verdict {
            outcome: Outcome::Accepted { provider_id, held, recipient },
            news: Some(NumberNews::Answered),
            pause_channel: None,
        },
        SendOutcome::Uncertain { reason } => {
            Verdict { outcome: Outcome::Uncertain { reason }, news: None, pause_channel: None }
        }
        SendOutcome::NotSent { .. } => on_unreachable(tried),
        SendOutcome::Refused(refusal) => on_refusal(tried, refusal),
    }
}

/// Nothing left us: try again until the message is too old. The number's own pause keeps the attempts few.
pub(super) fn on_unreachable(tried: Tried) -> Verdict {
    let outcome = again(tried, "not_reached", None, wait(tried, tried.attempt), u32::MAX);
    Verdict { outcome, news: Some(NumberNews::Unreachable), pause_channel: None }
}

/// A clean no.
pub(super) fn on_refusal(tried: Tried, refusal: CallRefused) -> Verdict {
    let CallRefused { error, class, retry_after } = refusal;
    let code = error.code;
    let error = Some(error);
    let mut news = Some(NumberNews::Answered);
    let mut pause_channel = None;
    let outcome = match class {
        ErrorClass::Terminal
        | ErrorClass::FixRequest
        | ErrorClass::StaleTemplate
        | ErrorClass::OptedOut
        | ErrorClass::AskPerson => refused("provider_refused", error, AfterRefusal::Fail, None),
        ErrorClass::NeedsTemplate => refused("service_window_closed", error, AfterRefusal::Fail, None),
        // Answers go on; a template that is kept would hold its whole lane up.
        ErrorClass::PauseBusinessInitiated => refused("number_barred", error, AfterRefusal::Fail, None),
        ErrorClass::BackOff { attempts } => {
            let pause = retry_after.map_or_else(|| wait(tried, tried.attempt), |asked| asked.min(WAIT_MAX));
            again(tried, "provider_refused", error, pause, attempts.min(ATTEMPTS_MAX))
        }
        ErrorClass::PairBackOff => {
            // 4^n seconds: 1, 4, 16, 64, …
            let pause = Millis::seconds(1 << (2 * (tried.attempt - 1)).min(10));
            again(tried, "provider_refused", error, pause, THROTTLED_ATTEMPTS_MAX)
        }
        ErrorClass::NumberBackOff => {
            news = Some(NumberNews::Throttled(retry_after));
            again(tried, "provider_refused", error, jitter(tried, WAIT_MIN), THROTTLED_ATTEMPTS_MAX)
        }
        // A budget of calls is spent: the number waits and its messages with it.
        ErrorClass::WaitLong if retry_after.is_some_and(|pause| pause <= BUDGET_WAIT_MAX) => {
            news = Some(NumberNews::Throttled(retry_after));
            let pause = retry_after.unwrap_or(BUDGET_WAIT_MAX);
            again(tried, "provider_refused", error, pause, THROTTLED_ATTEMPTS_MAX)
        }
        // For a day or until somebody changes a template. Its lane would stand still meanwhile, so a person decides.
        ErrorClass::WaitLong => refused("kept_back", error, AfterRefusal::Fail, None),
        ErrorClass::PauseChannel => {
            pause_channel = Some(code);
            refused("provider_refused", error, AfterRefusal::Hold, None)
        }
    };
    Verdict { outcome, news, pause_channel }
}

fn again(
    tried: Tried,
    reason: &'static str,
    error: Option<ProviderError>,
    pause: Millis,
    attempts_max: u32,
) -> Outcome {
    let at = tried.now + pause;
    let closed = tried.windowed && tried.window_until.is_none_or(|until| at + WINDOW_MARGIN >= until);
    if closed {
        return refused("service_window_closed", error, AfterRefusal::Fail, None);
    }
    if at - tried.queued_at > AGE_MAX {
        return refused("expired", error, AfterRefusal::Fail, None);
    }
    if tried.attempt >= attempts_max {
        return refused(reason, error, AfterRefusal::Fail, None);
    }
    refused(reason, error, AfterRefusal::Retry, Some(at))
}

fn refused(
    reason: &'static str,
    error: Option<ProviderError>,
    then: AfterRefusal,
    retry_at: Option<Timestamp>,
) -> Outcome {
    Outcome::Refused(Refusal { reason, error, then, retry_at })
}

fn wait(tried: Tried, attempt: u32) -> Millis {
    let full = Millis(WAIT_MIN.0 << (attempt.max(1) - 1).min(20)).min(WAIT_MAX);
    jitter(tried, full)
}

/// Between half of it and all of it.
fn jitter(tried: Tried, full: Millis) -> Millis {
    let half = (full.0 / 2).max(1);
    Millis(half + (tried.random % half as u64) as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    const AT: Timestamp = Timestamp::from_seconds(1_795_251_600);

    fn tried(attempt: u32) -> Tried {
        let (window_until, random) = (Some(AT + Millis::hours(5)), 12_345);
        Tried { attempt, windowed: true, queued_at: AT, window_until, now: AT, random }
    }

    fn refusal(code: i64, class: ErrorClass) -> CallRefused {
        CallRefused { error: ProviderError { code, title: None, detail: None }, class, retry_after: waits(code) }
    }

    fn waits(code: i64) -> Option<Millis> {
        match code {
            80_007 => Some(Millis::minutes(5)),
            131_049 => Some(Millis::hours(24)),
            _ => None,
        }
    }

    fn line(verdict: &Verdict) -> String {
        let Outcome::Refused(refusal) = &verdict.outcome else { return format!("{:?}", verdict.outcome) };
        let wait = refusal.retry_at.map(|at| format!(" in {} ms", (at - AT).0)).unwrap_or_default();
        let pause = verdict.pause_channel.map(|code| format!(", number paused for {code}")).unwrap_or_default();
        format!("{} {:?}{wait}{pause}, {:?}", refusal.reason, refusal.then, verdict.news)
    }

    #[test]
    fn every_class_of_refusal_has_its_consequence() {
        use ErrorClass::*;
        let table = [
            (131_026, Terminal, 1, "provider_refused Fail, Some(Answered)"),
            (131_009, FixRequest, 1, "provider_refused Fail, Some(Answered)"),
            (131_047, NeedsTemplate, 1, "service_window_closed Fail, Some(Answered)"),
            (131_000, BackOff { attempts: 10 }, 1, "provider_refused Retry in 1345 ms, Some(Answered)"),
            (131_000, BackOff { attempts: 10 }, 4, "provider_refused Retry in 12345 ms, Some(Answered)"),
            (131_000, BackOff { attempts: 10 }, 5, "provider_refused Fail, Some(Answered)"),
            (1, BackOff { attempts: 2 }, 2, "provider_refused Fail, Some(Answered)"),
            (131_050, OptedOut, 1, "provider_refused Fail, Some(Answered)"),
            (131_048, PauseBusinessInitiated, 1, "number_barred Fail, Some(Answered)"),
            (131_056, PairBackOff, 1, "provider_refused Retry in 1000 ms, Some(Answered)"),
            (131_056, PairBackOff, 3, "provider_refused Retry in 16000 ms, Some(Answered)"),
            (131_056, PairBackOff, 12, "provider_refused Fail, Some(Answered)"),
            (130_429, NumberBackOff, 5, "provider_refused Retry in 1345 ms, Some(Throttled(None))"),
            (80_007, WaitLong, 1, "provider_refused Retry in 300000 ms, Some(Throttled(Some(Millis(300000))))"),
            (131_049, WaitLong, 1, "kept_back Fail, Some(Answered)"),
            (190, PauseChannel, 1, "provider_refused Hold, number paused for 190, Some(Answered)"),
        ];
        for (code, class, attempt, expected) in table {
            assert_eq!(line(&on_refusal(tried(attempt), refusal(code, class))), expected, "{code} attempt {attempt}");
        }
    }

    #[test]
    fn what_never_left_is_tried_again_until_it_is_too_old() {
        assert_eq!(line(&on_unreachable(tried(1))), "not_reached Retry in 1345 ms, Some(Unreachable)");
        assert_eq!(line(&on_unreachable(tried(500))), "not_reached Retry in 162345 ms, Some(Unreachable)");
        let template = Tried { windowed: false, window_until: None, queued_at: AT - AGE_MAX, ..tried(1) };
        assert_eq!(line(&on_unreachable(template)), "expired Fail, Some(Unreachable)");
    }

    #[test]
    fn nothing_is_tried_again_past_the_service_window() {
        let late = Tried { window_until: Some(AT + Millis::seconds(61)), ..tried(1) };
        let verdict = on_refusal(late, refusal(131_000, ErrorClass::BackOff { attempts: 3 }));
        assert_eq!(line(&verdict), "service_window_closed Fail, Some(Answered)");
        let template = Tried { windowed: false, ..late };
        let verdict = on_refusal(template, refusal(131_000, ErrorClass::BackOff { attempts: 3 }));
        assert_eq!(line(&verdict), "provider_refused Retry in 1345 ms, Some(Answered)");
    }

    #[test]
    fn an_unknown_end_is_never_tried_again() {
        let verdict = on_send(tried(1), SendOutcome::Uncertain { reason: "timeout" });
        assert_eq!(verdict.outcome, Outcome::Uncertain { reason: "timeout" });
    }
}
