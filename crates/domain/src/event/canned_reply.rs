//! Facts about canned replies. Their texts are the team's own and name no customer, so they lie in the readable part.

use serde::{Deserialize, Serialize};

use super::facts;
use crate::ids::*;
use crate::replies::canned::CannedReply;

/// One that did not exist before.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct CannedReplyCreated {
    pub canned_reply_id: CannedReplyId,
    pub reply: CannedReply,
}
facts!(CannedReplyCreated = "canned_reply.created");

/// It as it is from now on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct CannedReplyChanged {
    pub canned_reply_id: CannedReplyId,
    pub reply: CannedReply,
}
facts!(CannedReplyChanged = "canned_reply.changed");

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct CannedReplyRemoved {
    pub canned_reply_id: CannedReplyId,
}
facts!(CannedReplyRemoved = "canned_reply.removed");

/// A message was written with it. Lies in the conversation's stream, so that its walls are the conversation's.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct CannedReplyUsed {
    pub canned_reply_id: CannedReplyId,
    pub conversation_id: ConversationId,
    pub message_id: MessageId,
}
facts!(CannedReplyUsed = "canned_reply.used");
