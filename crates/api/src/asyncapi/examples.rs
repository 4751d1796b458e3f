//! One or two of each frame, as they would pass on a morning at a small desk: Ana has the conversation with Kim, Olaf is her
//! colleague. Tests hold every one of them against its schema.

mod asked;
mod things;
mod told;

use serde_json::Value;

/// What it shows, and the frame.
pub(super) type Example = (&'static str, Value);

/// Of the frame of this name.
pub(super) fn of(frame: &str) -> Vec<Example> {
    match frame {
        "hello" => asked::hello(),
        "subscribe" => asked::subscribe(),
        "signal" => asked::signal(),
        "auth" => asked::auth(),
        "ping" => asked::ping(),
        "ready" => told::ready(),
        "snapshot" => told::snapshot(),
        "batch" => told::batch(),
        "signals" => told::signals(),
        "reset" => told::reset(),
        "reply" => told::reply(),
        "notice" => told::notice(),
        "bye" => told::bye(),
        other => panic!("no example of the frame `{other}`"),
    }
}
