//! What is asked: each question as a request and as SQL, and how the answer reads as rows of numbers and words that can be
//! compared.

use std::collections::HashMap;

use domain::time::{Millis, Timestamp};
use serde_json::Value;

use super::super::session::Session;
use super::console::Engine;
use super::tables::Tables;
use crate::exit::Exit;

/// Our answer as rows with commas, in the order of theirs.
type Rows = Box<dyn Fn(&Value) -> Vec<String>>;

/// One question.
pub(super) struct Question {
    pub(super) name: &'static str,
    pub(super) path: String,
    /// Asked in turns with it: the same of other things.
    others: Vec<String>,
    /// `None`: rows that hold only the present have no answer.
    sql: Option<Box<dyn Fn(Engine) -> String>>,
    pub(super) answer: Rows,
    /// Whether its rate under several clients is measured as well.
    pub(super) rate: bool,
}

impl Question {
    /// All paths, in turns.
    pub(super) fn paths(&self) -> impl Iterator<Item = &str> {
        std::iter::once(&self.path).chain(&self.others).map(String::as_str)
    }
    pub(super) fn sql(&self, engine: Engine) -> Option<String> {
        self.sql.as_ref().map(|sql| sql(engine))
    }
}

/// Numbers this close are the same: the API says seconds to the millisecond, means rounded to it.
const CLOSE: f64 = 0.0011;

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
        let fields =
            |row: &str| row.split(',').map(|field| field.trim_matches(['{', '}', '[', ']', ' ']).to_owned()).collect();
        let (ours, theirs): (Vec<String>, Vec<String>) = (fields(ours), fields(theirs));
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

/// Whose numbers and when.
struct Scope {
    from: Timestamp,
    to: Timestamp,
    /// People as the tables number them.
    users: HashMap<String, usize>,
}

impl Scope {
    fn period(&self) -> String {
        format!("from={}&to={}", self.from, self.to)
    }
    fn within(&self) -> String {
        format!("account_id = 1 AND created_at >= '{}' AND created_at < '{}'", self.from, self.to)
    }
}

/// Count, mean, percentiles and greatest of the values that a condition names.
fn spread_of(engine: Engine, condition: &str) -> String {
    let percentiles = match engine {
        Engine::Postgres => {
            format!("percentile_disc(ARRAY[0.5, 0.9, 0.95]) WITHIN GROUP (ORDER BY value) FILTER (WHERE {condition})")
        }
        Engine::Duckdb => format!("quantile_disc(value, [0.5, 0.9, 0.95]) FILTER (WHERE {condition})"),
    };
    format!(
        "count(*) FILTER (WHERE {condition}), avg(value) FILTER (WHERE {condition}), {percentiles}, \
         max(value) FILTER (WHERE {condition})"
    )
}

const FIRST: &str = "name = 'first_response' AND episode = 1";
const REPLY: &str = "name = 'reply_time'";
const RESOLVED: &str = "name = 'conversation_resolved'";

/// The same of ours.
fn spread_in(value: &Value) -> String {
    let fields = ["count", "value", "median", "p90", "p95", "max"];
    fields.map(|field| value[field].to_string()).join(",")
}

fn summary(name: &'static str, scope: &Scope, rate: bool) -> Question {
    let (within, users) = (scope.within(), scope.users.clone());
    let sql = move |engine| {
        let spreads = [FIRST, REPLY, RESOLVED].map(|condition| spread_of(engine, condition)).join(", ");
        format!(
            "SELECT user_id, {spreads} FROM reporting_events WHERE {within} \
             AND name IN ('first_response', 'reply_time', 'conversation_resolved') GROUP BY user_id ORDER BY user_id NULLS LAST"
        )
    };
    let answer = move |body: &Value| {
        let mut rows: Vec<(usize, String)> = list(&body["data"]["groups"])
            .map(|row| {
                let user = number_of(&users, &row["group"]);
                (user, format!("{user},{}", list(&row["metrics"]).map(spread_in).collect::<Vec<_>>().join(",")))
            })
            .collect();
        rows.sort();
        rows.into_iter().map(|(_, row)| row).collect()
    };
    Question {
        name,
        path: format!("/analytics/summary?{}&metrics=frt,reply_time,art&group_by=agent", scope.period()),
        others: Vec::new(),
        sql: Some(Box::new(sql)),
        answer: Box::new(answer),
        rate,
    }
}

fn timeseries(name: &'static str, scope: &Scope) -> Question {
    let within = scope.within();
    let sql = move |engine| {
        format!(
            "SELECT {} FROM reporting_events WHERE {within} AND {FIRST} GROUP BY date_trunc('day', created_at AT TIME ZONE 'UTC') \
             ORDER BY date_trunc('day', created_at AT TIME ZONE 'UTC')",
            spread_of(engine, "true")
        )
    };
    let answer = |body: &Value| {
        let values = list(&body["data"]["series"][0]["values"]);
        values.filter(|value| value["count"] != 0).map(spread_in).collect()
    };
    Question {
        name,
        path: format!("/analytics/timeseries?{}&metrics=frt&interval=day", scope.period()),
        others: Vec::new(),
        sql: Some(Box::new(sql)),
        answer: Box::new(answer),
        rate: false,
    }
}

fn leaderboard(scope: &Scope) -> Question {
    let (within, users) = (scope.within(), scope.users.clone());
    let sql = move |engine| {
        let (spread, deviation) = (spread_of(engine, "true"), "stddev_samp(value)");
        format!(
            "SELECT user_id, {spread}, {deviation} FROM reporting_events WHERE {within} AND {FIRST} AND user_id IS NOT NULL \
             GROUP BY user_id HAVING count(*) >= 5 ORDER BY avg(value), user_id LIMIT 200"
        )
    };
    let answer = move |body: &Value| {
        let ranked = list(&body["data"]["ranked"]);
        ranked.map(|row| format!("{},{}", number_of(&users, &row["group"]), spread_in(&row["value"]))).collect()
    };
    Question {
        name: "leaderboard of 30 days by first response",
        path: format!("/analytics/leaderboard?{}&metric=frt&limit=200", scope.period()),
        others: Vec::new(),
        sql: Some(Box::new(sql)),
        answer: Box::new(answer),
        rate: false,
    }
}

fn drilldown(scope: &Scope) -> Question {
    let within = scope.within();
    let sql = move |_| {
        format!(
            "SELECT conversation_id, value, user_id, team_id, started_at, created_at FROM reporting_events \
             WHERE {within} AND {FIRST} ORDER BY created_at, conversation_id LIMIT 50"
        )
    };
    let answer =
        |body: &Value| list(&body["data"]["rows"]).map(|row| format!("{},{}", row["number"], row["value"])).collect();
    Question {
        name: "drill-down, first 50 of 30 days",
        path: format!("/analytics/drilldown?{}&metric=frt&limit=50", scope.period()),
        others: Vec::new(),
        sql: Some(Box::new(sql)),
        answer: Box::new(answer),
        rate: false,
    }
}

/// All of them, about this data.
pub(super) async fn all(session: &Session, tables: &Tables) -> Result<Vec<Question>, Exit> {
    let first = session.get("/conversations?limit=1&status=resolved").await?;
    let any = &first["data"][0];
    let id = any["id"].as_str().unwrap_or_default();
    let thread = format!(
        "SELECT m.kind, m.id, m.content, m.created_at, m.sender_id, m.status FROM messages m \
         JOIN conversations c ON c.id = m.conversation_id WHERE c.id = {} ORDER BY m.created_at DESC, m.id DESC LIMIT 50",
        any["number"]
    );
    // The newest, so that each has something in it, and none of them was asked for before.
    let many = session.get("/conversations?limit=200&status=resolved").await?;
    let messages = |row: &Value| format!("/conversations/{}/messages?limit=50", row["id"].as_str().unwrap_or_default());
    let mut threads: Vec<String> = list(&many["data"]).map(messages).collect();
    let last = tables.last.as_millis();
    let to = Timestamp::from_millis(last - last.rem_euclid(Millis::days(1).0));
    let users = tables.users.iter().enumerate().map(|(n, user)| (user.to_string(), n + 1)).collect();
    let month = Scope { from: to - Millis::days(30), to, users };
    let year = Scope { from: to - Millis::days(365), to, users: month.users.clone() };
    let before = Scope { from: to - Millis::days(61), to: to - Millis::days(31), users: month.users.clone() };
    let mut questions = vec![
        Question {
            name: "inbox, 50 that wait longest",
            path: "/conversations?limit=50&status=open&sort=waiting_since".to_owned(),
            others: Vec::new(),
            sql: Some(Box::new(|_| INBOX.to_owned())),
            answer: Box::new(|body| list(&body["data"]).map(|row| row["number"].to_string()).collect()),
            rate: true,
        },
        Question {
            name: "counts",
            path: "/conversation-counts".to_owned(),
            others: Vec::new(),
            sql: Some(Box::new(|_| COUNTS.to_owned())),
            answer: Box::new(|body| {
                let of = |status: &str| body["by_status"][status].to_string();
                vec![[of("open"), of("pending"), of("snoozed")].join(",")]
            }),
            rate: true,
        },
        Question {
            name: "a conversation's messages",
            path: format!("/conversations/{id}/messages?limit=50"),
            others: Vec::new(),
            sql: Some(Box::new(move |_| thread.clone())),
            answer: Box::new(|body| {
                let kind = |row: &Value| if row["direction"] == "inbound" { "0" } else { "1" }.to_owned();
                list(&body["data"]).map(kind).collect()
            }),
            rate: true,
        },
        Question {
            name: "messages of 200 conversations in turns",
            path: threads.pop().unwrap_or_else(|| format!("/conversations/{id}/messages?limit=50")),
            others: threads,
            sql: None,
            answer: Box::new(|_| Vec::new()),
            rate: true,
        },
        Question {
            name: "one's own permissions: what any request costs",
            path: "/me/permissions".to_owned(),
            others: Vec::new(),
            sql: None,
            answer: Box::new(|_| Vec::new()),
            rate: true,
        },
    ];
    if session.get(&format!("/analytics/summary?{}&metrics=frt", month.period())).await.is_err() {
        super::line("reports: skipped, this build does not answer them");
        return Ok(questions);
    }
    let as_of = |mut question: Question| {
        question.path = format!("{}&as_of_pos={}", question.path, tables.month_ago);
        question.sql = None;
        question
    };
    questions.extend([
        summary("summary of 30 days by agent", &month, true),
        summary("summary of a year by agent", &year, false),
        timeseries("a year's series by day", &year),
        leaderboard(&month),
        drilldown(&month),
        as_of(summary("summary of 30 days, as of a month ago", &before, false)),
        as_of(timeseries("series of 30 days, as of a month ago", &before)),
    ]);
    let earlier = Question {
        name: "inbox, as of a month ago",
        path: format!("/conversations?limit=50&status=open&sort=waiting_since&as_of_pos={}", tables.month_ago),
        others: Vec::new(),
        sql: None,
        answer: Box::new(|_| Vec::new()),
        rate: false,
    };
    match session.get(&earlier.path).await {
        Ok(_) => questions.push(earlier),
        Err(_) => super::line("the inbox as of a month ago: skipped, this build does not answer it"),
    }
    Ok(questions)
}

fn list(rows: &Value) -> impl Iterator<Item = &Value> {
    rows.as_array().into_iter().flatten()
}

fn number_of(users: &HashMap<String, usize>, id: &Value) -> usize {
    id.as_str().and_then(|id| users.get(id)).copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(rows: &[&str]) -> Vec<String> {
        rows.iter().map(|&row| row.to_owned()).collect()
    }

    #[test]
    fn answers_agree_where_numbers_are_as_close_as_they_are_shown() {
        let ours = rows(&["1,3,12.5,10,20,30,31.25"]);
        assert_eq!(agreement(&ours, &rows(&["1,3,12.4999999,{10,20,30},31.25"])), "agrees (1 rows)");
        assert_eq!(agreement(&ours, &rows(&["1,3,12.5,[10.0, 20.0, 30.0],31.25"])), "agrees (1 rows)");
        assert!(agreement(&ours, &rows(&["1,4,12.5,{10,20,30},31.25"])).starts_with("DIFFERS in row 0"));
        assert!(agreement(&ours, &rows(&[])).starts_with("DIFFERS: 0 rows"));
    }
}
