//! The numbers beside the inbox's views.

use app::attention::mention_view;
use domain::access::Action;

use crate::answer::Found;
use crate::caller::Caller;
use crate::dto::conversation::ConversationCounts;
use crate::endpoint::Endpoint;
use crate::extract::Then;
use crate::openapi::Tag;
use crate::present;
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

async fn counts(caller: Caller, Then(front, _): Then) -> Result<Found<ConversationCounts>, Problem> {
    front.allow(&caller.principal, Action::ConversationList)?;
    let asker = &caller.principal;
    let (counted, mentions, as_of) =
        front.view(|views| (views.inbox.counts(asker), mention_view(views, asker), views.position()));
    Ok(Found(present::counts::conversations(&counted, mentions, as_of)))
}
