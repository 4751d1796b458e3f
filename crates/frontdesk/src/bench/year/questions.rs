//! What is asked: each question as a request and as SQL, and how the answer reads as rows of numbers and words that can be
//! compared.

use serde_json::Value;

use super::super::session::Session;
use super::console::Engine;
use super::tables::Tables;
use crate::exit::Exit;

/// One question.
pub(super) struct Question {
    pub(super) name: &'static str,
    pub(super) path: String,
    postgres: String,
    /// Where it differs.
    duckdb: Option<String>,
    /// Our answer as rows with commas, in the order of theirs.
    pub(super) answer: fn(&Value) -> Vec<String>,
    /// Whether its rate under several clients is measured as well.
    pub(super) rate: bool,
}

impl Question {
    pub(super) fn sql(&self, engine: Engine) -> &str {
        match (engine, &self.duckdb) {
            (Engine::Duckdb, Some(statement)) => statement,
            _ => &self.postgres,
        }
    }
}

/// Numbers this close are the same: the API says whole seconds.
const CLOSE: f64 = 1.01;

/// Whether two answers say the same, and where they first do not.
pub(super) fn agreement(ours: &[String], theirs: &[String]) -> String {
    if ours.len() != theirs.len() {
        return format!("DIFFERS: {} rows, ours are {}", theirs.len(), ours.len());
    }
    let same = |one: &str, other: &str| match (one.parse::<f64>(), other.parse::<f64>()) {
        (Ok(one), Ok(other)) => (one - other).abs() < CLOSE,
        _ => one == other,
    };
    let rows = ours.iter().zip(theirs);
    let differs = rows.enumerate().find(|(_, (ours, theirs))| {
        let (ours, theirs): (Vec<_>, Vec<_>) = (ours.split(',').collect(), theirs.split(',').collect());
        // Theirs may show more than is compared.
        ours.len() > theirs.len() || !ours.iter().zip(&theirs).all(|(one, other)| same(one, other))
    });
    match differs {
        None => format!("agrees ({} rows)", ours.len()),
        Some((row, (ours, theirs))) => format!("DIFFERS in row {row}: {theirs}, ours is {ours}"),
    }
}

const INBOX: &str = "SELECT c.id, c.status, c.priority, c.waiting_since, c.last_activity_at, c.assignee_id, c.team_id, p.name, \
    p.phone, m.content, m.created_at FROM (SELECT * FROM conversations WHERE account_id = 1 AND status = 'open' \
    ORDER BY waiting_since ASC NULLS LAST, id LIMIT 50) c JOIN contacts p ON p.id = c.contact_id LEFT JOIN LATERAL \
    (SELECT content, created_at FROM messages WHERE conversation_id = c.id ORDER BY created_at DESC, id DESC LIMIT 1) m ON true \
    ORDER BY c.waiting_since ASC NULLS LAST, c.uuid";
const COUNTS: &str = "SELECT count(*) FILTER (WHERE status = 'open'), count(*) FILTER (WHERE status = 'pending'), \
    count(*) FILTER (WHERE status = 'snoozed'), count(*) FILTER (WHERE assignee_id IS NULL) \
    FROM conversations WHERE account_id = 1 AND status IN ('open', 'pending', 'snoozed')";

/// All of them, about this data.
pub(super) async fn all(session: &Session, tables: &Tables) -> Result<Vec<Question>, Exit> {
    let first = session.get("/conversations?limit=1&status=open&sort=waiting_since").await?;
    let waiting = &first["data"][0];
    let id = waiting["id"].as_str().unwrap_or_default();
    let _ = tables;
    let thread = format!(
        "SELECT m.id, m.content, m.kind, m.created_at, m.sender_id, m.status FROM messages m \
         JOIN conversations c ON c.id = m.conversation_id WHERE c.id = {} ORDER BY m.created_at DESC, m.id DESC LIMIT 50",
        waiting["number"]
    );
    Ok(vec![
        Question {
            name: "inbox, 50 that wait longest",
            path: "/conversations?limit=50&status=open&sort=waiting_since".to_owned(),
            postgres: INBOX.to_owned(),
            duckdb: None,
            answer: |body| texts(&body["data"], "number"),
            rate: true,
        },
        Question {
            name: "counts",
            path: "/conversation-counts".to_owned(),
            postgres: COUNTS.to_owned(),
            duckdb: None,
            answer: |body| {
                let of = |status: &str| body["by_status"][status].to_string();
                vec![[of("open"), of("pending"), of("snoozed")].join(",")]
            },
            rate: true,
        },
        Question {
            name: "a conversation's messages",
            path: format!("/conversations/{id}/messages?limit=50"),
            postgres: thread,
            duckdb: None,
            answer: |body| vec![String::new(); body["data"].as_array().map_or(0, Vec::len)],
            rate: true,
        },
    ])
}

fn texts(rows: &Value, field: &str) -> Vec<String> {
    rows.as_array().into_iter().flatten().map(|row| row[field].to_string()).collect()
}
