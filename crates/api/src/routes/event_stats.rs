//! What the log holds, counted: by type, by day, in bytes. The counts are of what the asker may read, so they say what a stream
//! with the same filters will give.

use std::sync::LazyLock;

use domain::access::Action;
use tokio::sync::Semaphore;

use super::events::{filter, range};
use crate::answer::Found;
use crate::caller::Caller;
use crate::dto::event::{DayTally, EventSelection, EventStats, Tally, TypeTally};
use crate::endpoint::Endpoint;
use crate::extract::Query;
use crate::front::Front;
use crate::openapi::Tag;
use crate::problem::{Kind, Problem};

/// Counts made at once: each keeps a thread busy.
const AT_ONCE: usize = 2;
static ROOM: LazyLock<Semaphore> = LazyLock::new(|| Semaphore::new(AT_ONCE));

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::get("/v1/event-stats", "get_event_stats", stats)
            .about(Tag::Events, "Count events by type and by day")
            .description(
                "Counts what the asker may read, with the filters of the event stream. One answer looks at 500,000 positions at \
                 most; `next_after` says where the next begins and is null when everything asked for was counted. Answers \
                 of consecutive ranges add up.",
            )
            .needs(Action::EventRead)
            .refuses(&[Kind::PositionGone, Kind::Overloaded]),
    ]
}

async fn stats(
    caller: Caller,
    front: Front,
    Query(selection): Query<EventSelection>,
) -> Result<Found<EventStats>, Problem> {
    let (after, until) = range(&front, &selection)?;
    let head = front.view(|views| views.position());
    let until = until.min(head);
    let _room = ROOM.try_acquire().map_err(|_| Problem::new(Kind::Overloaded).detail("others are counting"))?;
    let (desk, principal) = (app::Desk::clone(&front), caller.principal.clone());
    let filter = filter(selection);
    let count = move || desk.event_tallies(&principal, &filter, after, until);
    let found = tokio::task::spawn_blocking(count).await.map_err(Problem::internal)??;
    let tally = |tally: &app::event_feed::Tally| Tally {
        count: tally.count,
        bytes: tally.bytes,
        first_pos: tally.first_pos.into(),
        last_pos: tally.last_pos.into(),
    };
    Ok(Found(EventStats {
        log_id: front.reader().log_id().to_owned(),
        oldest_pos: front.reader().oldest().into(),
        head_pos: head.into(),
        total: found.all.as_ref().map(tally),
        types: found
            .by_kind
            .iter()
            .map(|(kind, each)| TypeTally { r#type: kind.to_string(), tally: tally(each) })
            .collect(),
        days: found.by_day.iter().map(|(date, each)| DayTally { date: date.to_string(), tally: tally(each) }).collect(),
        next_after: (found.looked_to < until).then(|| found.looked_to.into()),
        as_of: head.into(),
    }))
}
