//! What is asked and answered around the stream by ordinary requests.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::asked::{Section, SignalKind};
use super::told::AgentSignal;
use crate::dto::scalar::{ConversationId, Timestamp};

/// What a ticket opens.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TicketPurpose {
    /// `GET /v1/live`, in `hello.ticket` or as the subprotocol `frontdesk.ticket.…`.
    Ws,
    /// `GET /v1/live/sse?ticket=…`
    Sse,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateTicket {
    pub purpose: TicketPurpose,
}

/// Good once.
#[derive(Debug, Serialize, ToSchema)]
pub struct LiveTicket {
    #[schema(max_length = 128)]
    pub ticket: String,
    pub expires_at: Timestamp,
}

/// What the first frame says elsewhere.
#[derive(Debug, Deserialize, IntoParams)]
pub struct SseQuery {
    /// Where `Authorization` cannot be sent.
    #[param(max_length = 128)]
    pub ticket: Option<String>,
    /// Where you stand, `<log_id>:<pos>`; the header `Last-Event-ID` says the same.
    #[param(max_length = 140, pattern = "^[0-9a-z_]{1,100}:(0|[1-9][0-9]{0,15})$")]
    pub resume: Option<String>,
    /// A filter in JSON, as in the frame `hello`.
    #[param(max_length = 8000, pattern = "^[ -~]*$")]
    pub filter: Option<String>,
    #[param(inline, style = Form, explode = false, max_items = 20)]
    pub open: Option<Vec<ConversationId>>,
    #[param(inline, style = Form, explode = false, max_items = 9)]
    pub snapshot: Option<Vec<Section>>,
}

/// Where you stand, and how long to wait for what comes next.
#[derive(Debug, Deserialize, IntoParams)]
pub struct PollQuery {
    /// Where you stand, `<log_id>:<pos>`; absent: at the head.
    #[param(max_length = 140, pattern = "^[0-9a-z_]{1,100}:(0|[1-9][0-9]{0,15})$")]
    pub resume: Option<String>,
    /// Seconds to wait while there is nothing.
    #[param(minimum = 0, maximum = 25)]
    pub wait: Option<u16>,
    /// A filter in JSON, as in the frame `hello`.
    #[param(max_length = 8000, pattern = "^[ -~]*$")]
    pub filter: Option<String>,
    #[param(inline, style = Form, explode = false, max_items = 20)]
    pub open: Option<Vec<ConversationId>>,
}

/// What you are doing in a conversation. Said again it lasts longer; unsaid it ends by itself.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SayDoing {
    pub kind: SignalKind,
    pub conversation_id: ConversationId,
    /// With `typing`: the customer may be shown it too, where the channel can.
    #[serde(default)]
    pub public: bool,
}

/// Who does something in a conversation right now.
#[derive(Debug, Serialize, ToSchema)]
pub struct Viewers {
    #[schema(max_items = 1_000)]
    pub data: Vec<AgentSignal>,
    /// The customer is writing; only channels that tell it ever say so, WhatsApp does not.
    pub contact_typing: bool,
}
