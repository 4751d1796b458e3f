//! The tables of a well-indexed helpdesk, and how they are filled. In PostgreSQL with the indexes that its screens and reports
//! need, in DuckDB without (it needs none).

use super::console::{Console, Engine};
use super::tables::{NAMES, Tables};
use crate::exit::Exit;

const TABLES: [&str; 4] = [
    "CREATE TABLE contacts (id bigint PRIMARY KEY, name text, phone text)",
    "CREATE TABLE conversations (id bigint PRIMARY KEY, uuid text, account_id int NOT NULL, inbox_id int NOT NULL, \
     contact_id bigint NOT NULL, team_id int, assignee_id int, status text NOT NULL, priority text NOT NULL, \
     created_at timestamptz NOT NULL, last_activity_at timestamptz NOT NULL, waiting_since timestamptz, resolved_at timestamptz)",
    "CREATE TABLE messages (id bigint PRIMARY KEY, account_id int NOT NULL, conversation_id bigint NOT NULL, kind int NOT NULL, \
     sender_id int, created_at timestamptz NOT NULL, status text NOT NULL, content text NOT NULL)",
    "CREATE TABLE reporting_events (id bigint PRIMARY KEY, name text NOT NULL, value double precision NOT NULL, \
     account_id int NOT NULL, inbox_id int NOT NULL, team_id int, user_id int, conversation_id bigint NOT NULL, episode int NOT NULL, \
     started_at timestamptz NOT NULL, created_at timestamptz NOT NULL)",
];

const INDEXES: [&str; 12] = [
    "CREATE INDEX ON conversations (account_id, status, waiting_since, id)",
    "CREATE INDEX ON conversations (account_id, assignee_id, status, waiting_since, id)",
    "CREATE INDEX ON conversations (account_id, inbox_id, status, assignee_id)",
    "CREATE INDEX ON conversations (account_id, created_at)",
    "CREATE INDEX ON conversations (account_id, last_activity_at)",
    "CREATE INDEX ON conversations (contact_id)",
    "CREATE INDEX ON messages (conversation_id, created_at, id)",
    "CREATE INDEX ON messages (account_id, created_at)",
    // Reports by time, from the index alone.
    "CREATE INDEX ON reporting_events (account_id, name, created_at) INCLUDE (user_id, value, episode)",
    "CREATE INDEX ON reporting_events (user_id, created_at)",
    "CREATE INDEX ON reporting_events (conversation_id)",
    "CREATE INDEX ON reporting_events (inbox_id, created_at)",
];

/// Makes and fills the tables.
pub(super) fn load(console: &mut Console, tables: &Tables) -> Result<(), Exit> {
    let postgres = console.engine == Engine::Postgres;
    if postgres {
        console.ask(&format!("DROP TABLE IF EXISTS {}", NAMES.join(", ")))?;
    }
    for (name, table) in NAMES.into_iter().zip(TABLES) {
        console.ask(table)?;
        let file = tables.folder.join(format!("{name}.csv"));
        if postgres {
            // By the client, so that the server need not be able to read the file.
            console.alone(&format!("\\copy {name} FROM '{}' WITH (FORMAT csv)\n", file.display()))?;
        } else {
            console.ask(&format!("COPY {name} FROM '{}' (FORMAT csv, HEADER false)", file.display()))?;
        }
    }
    if postgres {
        for index in INDEXES {
            console.ask(index)?;
        }
        console.alone("VACUUM ANALYZE")?;
    }
    Ok(())
}
