//! `frontdesk tail`: what happens at a desk, one line each, for as long as one likes. A plain client of `GET /v1/live`: it
//! remembers where it stands, comes back when it is sent away or the server is gone, and misses nothing by that.

use clap::Args;

use crate::credentials::{Credentials, ServerArgs};
use crate::exit::Exit;
use crate::serve;

mod connection;
mod place;
mod printer;
pub(crate) mod verdict;

use connection::Connection;
use place::Place;
use printer::Printer;
use verdict::{Backoff, Next};

#[derive(Debug, Args)]
pub(crate) struct TailArgs {
    #[command(flatten)]
    server: ServerArgs,
    /// Only events of these types, `message.*` and the like
    #[arg(long, value_delimiter = ',')]
    types: Vec<String>,
    /// Conversations whose messages and notes come whole
    #[arg(long, value_delimiter = ',', value_name = "CONVERSATION")]
    open: Vec<String>,
    /// Begin after this place, `<log_id>:<pos>`, instead of now
    #[arg(long)]
    resume: Option<Place>,
    /// Print frames as they come, one a line
    #[arg(long)]
    json: bool,
    /// Also who types, reads and is connected
    #[arg(long)]
    signals: bool,
}

pub(crate) fn run(args: &TailArgs) -> Result<(), Exit> {
    let credentials = Credentials::take(&args.server)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(Exit::software)?;
    let followed = runtime.block_on(async {
        tokio::select! {
            ended = follow(args, credentials) => ended,
            () = serve::asked_to_stop() => Ok(()),
        }
    });
    // Nothing is waited for that is still asking for an address somewhere.
    runtime.shutdown_background();
    followed
}

/// Until something ends it for good.
async fn follow(args: &TailArgs, mut credentials: Credentials) -> Result<(), Exit> {
    let mut printer = Printer::new(args.json, args.signals);
    let mut backoff = Backoff::default();
    let mut place = args.resume.clone();
    let mut was_there = false;
    loop {
        let mut connection = Connection { args, place: &mut place, printer: &mut printer, ready: false };
        let ended = connection.follow(&mut credentials).await?;
        was_there |= connection.ready;
        if printer.is_closed() {
            return Ok(());
        }
        match ended.next() {
            // Who never got through has the wrong address, most likely.
            Next::Resume { .. } if !was_there => return Err(Exit::unavailable(ended)),
            Next::Resume { after } => {
                let pause = after.unwrap_or_else(|| backoff.pause(ended.lasted()));
                say(&format!("{ended}; back in {:.1} s{}", pause.as_secs_f64(), Place::suffix(place.as_ref())));
                tokio::time::sleep(pause).await;
            }
            Next::Renew if credentials.can_renew() => {
                let pause = backoff.pause(ended.lasted());
                say(&format!("{ended}; signing in again{}", Place::suffix(place.as_ref())));
                tokio::time::sleep(pause).await;
                credentials.expire();
            }
            Next::Renew => return Err(Exit::denied(format!("{ended}; a new token is needed"))),
            Next::Stop(exit) => return Err(exit),
        }
    }
}

/// A line for the person at the terminal, beside what is followed.
#[expect(clippy::print_stderr, reason = "this is for the person at the terminal")]
fn say(text: &str) {
    eprintln!("frontdesk tail: {text}");
}
