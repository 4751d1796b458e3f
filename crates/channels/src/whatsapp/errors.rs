//! What the provider's error codes mean for a message and its channel, as data. Used by the send client, and by whoever
//! reads a failed delivery report, which carries the same codes. Decisions branch on the code and never on a title.

use domain::inbound::ProviderError;
use domain::time::Millis;
use serde_json::Value;

/// What to do about a refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// This message will never arrive; nothing to try.
    Terminal,
    /// What we asked for is wrong: never without a change.
    FixRequest,
    /// Our copy of the template is out of date: fetch it again; this message has failed.
    StaleTemplate,
    /// The service window is closed, whatever our clock says: only a template can go.
    NeedsTemplate,
    /// The customer has opted out of marketing: failed, and their consent is gone.
    OptedOut,
    /// A person must do something outside first (confirm an identity, accept terms).
    AskPerson,
    /// Try again with growing pauses, this often at most, then it has failed.
    BackOff { attempts: u32 },
    /// Too fast for this recipient only: others go on.
    PairBackOff,
    /// Too fast for the number: all of its messages wait.
    NumberBackOff,
    /// Nothing can be sent through the number until somebody repairs it: hold everything.
    PauseChannel,
    /// Only answers in the service window can be sent; hold templates and alert.
    PauseBusinessInitiated,
    /// Try again after a long pause.
    WaitLong,
}

/// A class with the shortest wait before a next attempt that makes sense (zero: the back-off decides).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verdict {
    pub class: Class,
    pub wait: Millis,
}

/// Attempts for a failure that is not explained and not said to be permanent.
pub const UNEXPLAINED_ATTEMPTS: u32 = 3;
/// Attempts while a service is down.
pub const OUTAGE_ATTEMPTS: u32 = 10;

struct Row {
    first: i64,
    last: i64,
    class: Class,
    wait: Millis,
}

const fn row(first: i64, last: i64, class: Class) -> Row {
    Row { first, last, class, wait: Millis(0) }
}

const fn after(code: i64, class: Class, wait: Millis) -> Row {
    Row { first: code, last: code, class, wait }
}

/// Sorted by code; ranges do not overlap.
const TABLE: &[Row] = &[
    row(0, 0, Class::PauseChannel),                          // authentication failed
    row(1, 1, Class::BackOff { attempts: 2 }),               // unknown API error
    row(2, 2, Class::BackOff { attempts: OUTAGE_ATTEMPTS }), // service down
    row(3, 3, Class::PauseChannel),                          // capability or permission missing
    after(4, Class::WaitLong, Millis::minutes(5)),           // calls of the app
    row(10, 10, Class::PauseChannel),                        // permission denied
    row(33, 33, Class::PauseChannel),                        // number deleted
    row(100, 100, Class::FixRequest),                        // invalid parameter
    row(190, 190, Class::PauseChannel),                      // token expired or revoked
    row(200, 299, Class::PauseChannel),                      // permissions
    row(368, 368, Class::PauseChannel),                      // blocked for a policy violation
    after(613, Class::WaitLong, Millis::minutes(5)),         // custom rate limit
    after(80_007, Class::WaitLong, Millis::minutes(5)),      // rate limit of the account
    row(130_429, 130_429, Class::NumberBackOff),             // throughput of the number
    row(130_472, 130_472, Class::Terminal),                  // user is part of an experiment
    row(130_497, 130_497, Class::Terminal),                  // country restricted
    row(131_000, 131_000, Class::BackOff { attempts: UNEXPLAINED_ATTEMPTS }), // something went wrong
    row(131_005, 131_005, Class::PauseChannel),              // access denied
    row(131_008, 131_009, Class::FixRequest),                // parameter missing or invalid
    row(131_016, 131_016, Class::BackOff { attempts: OUTAGE_ATTEMPTS }), // service unavailable
    row(131_020, 131_021, Class::Terminal),                  // invalid group; recipient is the sender
    row(131_026, 131_026, Class::Terminal),                  // undeliverable
    row(131_030, 131_030, Class::Terminal),                  // recipient not on the test number's list
    row(131_031, 131_031, Class::PauseChannel),              // account locked
    row(131_037, 131_037, Class::PauseChannel),              // display name not approved
    row(131_041, 131_041, Class::Terminal),                  // group unknown
    row(131_042, 131_042, Class::PauseBusinessInitiated),    // payment
    row(131_044, 131_044, Class::Terminal),                  // payment for calling
    row(131_045, 131_045, Class::PauseChannel),              // certificate or registration
    row(131_047, 131_047, Class::NeedsTemplate),             // more than 24 hours since the customer's last message
    after(131_048, Class::PauseBusinessInitiated, Millis::hours(1)), // spam rate limit
    after(131_049, Class::WaitLong, Millis::hours(24)),      // withheld for a healthy ecosystem
    row(131_050, 131_050, Class::OptedOut),                  // stopped marketing
    row(131_051, 131_051, Class::FixRequest),                // message type not supported
    row(131_052, 131_052, Class::Terminal),                  // media could not be downloaded
    row(131_053, 131_053, Class::FixRequest),                // media could not be processed
    row(131_055, 131_055, Class::FixRequest),                // method not allowed
    row(131_056, 131_056, Class::PairBackOff),               // too many to one recipient
    after(131_057, Class::NumberBackOff, Millis::minutes(1)), // throughput is being raised
    row(131_062, 131_063, Class::FixRequest),                // user id as recipient; marketing templates disabled
    row(131_064, 131_064, Class::PauseBusinessInitiated),    // template classification violations
    row(131_201, 131_207, Class::Terminal),                  // groups
    row(131_208, 131_208, Class::NumberBackOff),             // groups: rate
    row(131_209, 131_215, Class::Terminal),                  // groups
    row(132_000, 132_001, Class::StaleTemplate),             // parameter count; no such template
    row(132_005, 132_005, Class::FixRequest),                // text too long when filled in
    row(132_007, 132_007, Class::Terminal),                  // content policy
    row(132_008, 132_008, Class::FixRequest),                // parameter value
    row(132_012, 132_012, Class::StaleTemplate),             // parameter format
    after(132_015, Class::WaitLong, Millis::hours(3)),       // template paused
    row(132_016, 132_016, Class::StaleTemplate),             // template disabled
    row(132_018, 132_018, Class::StaleTemplate),             // parameter details
    row(132_068, 132_068, Class::FixRequest),                // flow blocked
    after(132_069, Class::WaitLong, Millis::hours(1)),       // flow throttled
    row(133_004, 133_004, Class::BackOff { attempts: OUTAGE_ATTEMPTS }), // server unavailable
    row(133_005, 133_006, Class::AskPerson),                 // two-step PIN; verification
    after(133_008, Class::WaitLong, Millis::hours(1)),       // PIN guessed too often
    after(133_009, Class::WaitLong, Millis::minutes(5)),     // PIN guessed too fast
    row(133_010, 133_010, Class::PauseChannel),              // number not registered
    after(133_015, Class::WaitLong, Millis::minutes(5)),     // number deleted a moment ago
    after(133_016, Class::WaitLong, Millis::hours(72)),      // registered too often
    row(134_011, 134_011, Class::AskPerson),                 // payment terms
    row(134_100, 134_103, Class::FixRequest),                // marketing API only
    row(135_000, 135_000, Class::FixRequest),                // generic user error
    row(137_000, 137_000, Class::AskPerson),                 // the recipient's identity has changed
    row(2_494_100, 2_494_100, Class::BackOff { attempts: OUTAGE_ATTEMPTS }), // maintenance
];

/// What a code means. For a code that is not in the table: a few attempts where the provider says that it will pass or
/// it is a fault of the server's (`http` 5xx), else final.
pub fn classify(code: i64, http: u16, transient: bool) -> Verdict {
    let place = TABLE.partition_point(|row| row.last < code);
    match TABLE.get(place).filter(|row| row.first <= code) {
        Some(row) => Verdict { class: row.class, wait: row.wait },
        None if transient || http >= 500 => {
            Verdict { class: Class::BackOff { attempts: UNEXPLAINED_ATTEMPTS }, wait: Millis(0) }
        }
        None => Verdict { class: Class::Terminal, wait: Millis(0) },
    }
}

/// An error answer of the Graph API.
#[derive(Debug, Clone, PartialEq)]
pub struct GraphError {
    pub error: ProviderError,
    pub subcode: Option<i64>,
    /// For the provider's support.
    pub trace_id: Option<String>,
    pub transient: bool,
    /// The status line's code.
    pub http: u16,
}

impl GraphError {
    /// Reads `{"error": {...}}`; `None` where it is not one with a readable code.
    pub fn read(http: u16, body: &Value) -> Option<Self> {
        let error = body.get("error")?.as_object()?;
        let number = |key: &str| match error.get(key)? {
            Value::Number(number) => number.as_i64(),
            Value::String(text) => text.parse().ok(),
            _ => None,
        };
        let text = |key: &str| error.get(key).and_then(Value::as_str).map(str::to_owned);
        let details = error.get("error_data").and_then(|data| match data {
            Value::Object(data) => data.get("details").and_then(Value::as_str).map(str::to_owned),
            Value::String(text) => Some(text.clone()),
            _ => None,
        });
        Some(Self {
            error: ProviderError {
                code: number("code")?,
                title: text("error_user_title").or_else(|| text("message")),
                detail: details.or_else(|| text("error_user_msg")).or_else(|| text("message")),
            },
            subcode: number("error_subcode"),
            trace_id: text("fbtrace_id"),
            transient: error.get("is_transient").and_then(Value::as_bool).unwrap_or(false),
            http,
        })
    }

    /// What to do about it.
    pub fn verdict(&self) -> Verdict {
        classify(self.error.code, self.http, self.transient)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_table_is_sorted_and_ranges_do_not_overlap() {
        for row in TABLE {
            assert!(row.first <= row.last, "{}", row.first);
        }
        for pair in TABLE.windows(2) {
            assert!(pair[0].last < pair[1].first, "{} and {}", pair[0].last, pair[1].first);
        }
    }

    #[test]
    fn codes_have_their_class() {
        for (code, http, class) in [
            (0, 401, Class::PauseChannel),
            (1, 400, Class::BackOff { attempts: 2 }),
            (190, 401, Class::PauseChannel),
            (200, 403, Class::PauseChannel),
            (230, 403, Class::PauseChannel),
            (299, 403, Class::PauseChannel),
            (300, 403, Class::Terminal),
            (100, 400, Class::FixRequest),
            (130_429, 400, Class::NumberBackOff),
            (130_429, 429, Class::NumberBackOff),
            (131_000, 500, Class::BackOff { attempts: 3 }),
            (131_026, 400, Class::Terminal),
            (131_042, 400, Class::PauseBusinessInitiated),
            (131_047, 400, Class::NeedsTemplate),
            (131_050, 400, Class::OptedOut),
            (131_056, 400, Class::PairBackOff),
            (132_000, 400, Class::StaleTemplate),
            (132_001, 404, Class::StaleTemplate),
            (137_000, 400, Class::AskPerson),
            (139_999, 400, Class::Terminal),
            (139_999, 500, Class::BackOff { attempts: 3 }),
            (-7, 400, Class::Terminal),
            (i64::MAX, 503, Class::BackOff { attempts: 3 }),
        ] {
            assert_eq!(classify(code, http, false).class, class, "{code} with {http}");
        }
        assert_eq!(classify(139_999, 400, true).class, Class::BackOff { attempts: 3 });
        assert_eq!(classify(131_049, 400, false).wait, Millis::hours(24));
    }

    #[test]
    fn an_error_body_is_read_in_every_shape() {
        let full = json!({"error": {"message": "(#131056) pair rate", "type": "OAuthException", "code": 131056,
            "error_data": {"messaging_product": "whatsapp", "details": "Too many."}, "fbtrace_id": "A1"}});
        let error = GraphError::read(400, &full).unwrap();
        assert_eq!((error.error.code, error.error.detail.as_deref()), (131_056, Some("Too many.")));
        assert_eq!(error.trace_id.as_deref(), Some("A1"));

        let bare = GraphError::read(401, &json!({"error": {"message": "expired", "code": 190, "error_subcode": 463}}))
            .unwrap();
        assert_eq!((bare.subcode, bare.error.detail.as_deref()), (Some(463), Some("expired")));

        let text_code = GraphError::read(503, &json!({"error": {"code": "77", "is_transient": true}})).unwrap();
        assert_eq!(text_code.verdict().class, Class::BackOff { attempts: 3 });

        for body in [json!({}), json!({"error": "x"}), json!({"error": {"message": "x"}}), json!([]), Value::Null] {
            assert_eq!(GraphError::read(500, &body), None, "{body}");
        }
    }
}
