//! What has changed from one position of the log to another.

use app::history::{AsOf, PastError};
use domain::access::Action;

use crate::answer::Found;
use crate::caller::Caller;
use crate::context::Shared;
use crate::dto::history::{HistoryDiff, HistoryDiffQuery};
use crate::dto::scalar::Timestamp;
use crate::endpoint::Endpoint;
use crate::extract::{Query, one_of, past_problem};
use crate::front::Front;
use crate::openapi::Tag;
use crate::paging::Pager;
use crate::present::history as present;
use crate::problem::{Kind, Problem};

const FROM: [&str; 2] = ["from_pos", "from"];
const TO: [&str; 2] = ["to_pos", "to"];

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::get("/v1/history/diff", "diff_history", diff)
            .about(Tag::Conversations, "Tell what differs between two positions of the log")
            .description(
                "For the conversations you see: which were opened, resolved and reopened, who has them, in which team's queue \
                 they lie, their priority and tags, each with the positions of the events that made it so; and how many \
                 there were by status and by queue. Both sides are answered by the views of then, as `as_of_pos` and `as_of` \
                 are everywhere else.",
            )
            .needs(Action::HistoryRead)
            .refuses(&[Kind::CursorInvalid, Kind::CursorMismatch, Kind::PositionGone, Kind::ProjectionBehind]),
    ]
}

fn side(pos: Option<u64>, time: Option<Timestamp>, names: [&'static str; 2]) -> Result<AsOf, Problem> {
    let [of_pos, of_time] = names;
    let missing = || Problem::parameter(of_pos, "required", format!("this or {of_time} must be present"));
    one_of(pos, time, names)?.ok_or_else(missing)
}

async fn diff(
    caller: Caller,
    front: Front,
    shared: Shared,
    Query(query): Query<HistoryDiffQuery>,
) -> Result<Found<HistoryDiff>, Problem> {
    let (from, to) = (side(query.from_pos, query.from, FROM)?, side(query.to_pos, query.to, TO)?);
    let refused = |error: PastError| past_problem(error, to, TO);
    let earlier = front.moment(from).await.map_err(|error| past_problem(error, from, FROM))?;
    let later = front.moment(to).await.map_err(refused)?;
    if later.pos < earlier.pos {
        let name = if query.to_pos.is_some() { TO[0] } else { TO[1] };
        return Err(Problem::parameter(name, "before-from", "must not lie before the earlier side"));
    }
    let question = format!("history from {} to {}", earlier.pos, later.pos);
    let pager = Pager::new(&shared, &caller, question, query.cursor, query.limit);
    let after = pager.after::<u32>()?;
    let found = front.diff(&caller.principal, (earlier, later), after, pager.limit()).await.map_err(refused)?;
    Ok(Found(present::diff(&found, pager.info(found.next))))
}
