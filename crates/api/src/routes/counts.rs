//! The numbers beside the inbox's views.

use app::attention::mention_view;
use domain::access::Action;
use projections::inbox::counts::{StatusCounts as Counted, ViewCount as CountedView};

use crate::answer::Found;
use crate::caller::Caller;
use crate::dto::conversation::{ConversationCounts, StatusCounts, ViewCount};
use crate::endpoint::Endpoint;
use crate::front::Front;
use crate::openapi::Tag;
use crate::problem::Problem;

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::get("/v1/conversation-counts", "count_conversations", counts)
            .about(Tag::Conversations, "Count conversations by view and status")
            .description(
                "`total` and `unread` are of conversations that are not resolved. Only those that the asker may see count.",
            )
            .needs(Action::ConversationList),
    ]
}

async fn counts(caller: Caller, front: Front) -> Result<Found<ConversationCounts>, Problem> {
    front.allow(&caller.principal, Action::ConversationList)?;
    let asker = &caller.principal;
    let (counted, (total, unread), as_of) =
        front.view(|views| (views.inbox.counts(asker), mention_view(views, asker), views.position()));
    Ok(Found(ConversationCounts {
        all: view(&counted.all),
        mine: view(&counted.mine),
        unassigned: view(&counted.unassigned),
        mentions: ViewCount { total: small(total), unread: small(unread) },
        by_status: StatusCounts {
            open: small(counted.all.by_status.open),
            pending: small(counted.all.by_status.pending),
            snoozed: small(counted.all.by_status.snoozed),
            resolved: small(counted.all.by_status.resolved),
        },
        as_of: as_of.into(),
    }))
}

fn view(counted: &CountedView) -> ViewCount {
    let Counted { open, pending, snoozed, resolved: _ } = counted.by_status;
    ViewCount { total: small(open + pending + snoozed), unread: small(counted.unread) }
}

fn small(count: u64) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
