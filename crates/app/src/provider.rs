//! What the workers ask of a messaging provider, and the shapes of its answers. The outbox, the media worker, templates,
//! health and receipts call it and nobody else does; commands never wait for it. One implementation talks to the
//! WhatsApp Cloud API through `channels`, another follows a script in tests.

use std::fmt;
use std::io;
use std::sync::Arc;

pub use channels::whatsapp::errors::Class as ErrorClass;
pub use channels::whatsapp::templates::Created as TemplateCreated;
use domain::content::Content;
use domain::event::channel::ChannelHealthObserved;
use domain::inbound::{Identity, ProviderError, TemplateChange};
use domain::rejection::Rejection;
use domain::template::draft::Draft;
use domain::time::Millis;
use futures_util::future::BoxFuture;
use futures_util::stream::BoxStream;
use tokio::io::AsyncWrite;

use crate::channel_book::Connector;
use crate::{Desk, Failure};

/// A provider. Every call has its own time limit inside and ends; none repeats itself.
pub trait Provider: Send + Sync + 'static {
    /// Hands a message over. Asked once per attempt.
    fn send<'a>(&'a self, via: &'a Connector, message: &'a Outgoing) -> BoxFuture<'a, SendOutcome>;

    /// Shows the customer that everything up to this message was read; `typing` also shows that somebody writes.
    fn mark_read<'a>(
        &'a self,
        via: &'a Connector,
        provider_message_id: &'a str,
        typing: bool,
    ) -> BoxFuture<'a, Result<(), CallError>>;

    /// Stores a file there and gives its id, good for this number for 30 days.
    fn upload<'a>(&'a self, via: &'a Connector, file: Upload) -> BoxFuture<'a, Result<String, CallError>>;

    /// Writes a file into `out`, asking for a fresh address first. Nothing more is written once `size_max` bytes are
    /// passed. What the provider says about size and hash is proven before `Ok`.
    fn download<'a>(
        &'a self,
        via: &'a Connector,
        provider_media_id: &'a str,
        size_max: u64,
        out: &'a mut (dyn AsyncWrite + Send + Unpin),
    ) -> BoxFuture<'a, Result<(), DownloadError>>;

    /// Every template of the number's account.
    fn templates<'a>(&'a self, via: &'a Connector) -> BoxFuture<'a, Result<Vec<TemplateChange>, CallError>>;

    /// Hands a new template over for review. Asked again only after [`Self::templates`] has shown that it was not taken.
    fn create_template<'a>(
        &'a self,
        via: &'a Connector,
        draft: &'a Draft,
    ) -> BoxFuture<'a, Result<TemplateCreated, CallError>>;

    /// Replaces the parts of a template it has.
    fn edit_template<'a>(
        &'a self,
        via: &'a Connector,
        provider_id: &'a str,
        draft: &'a Draft,
    ) -> BoxFuture<'a, Result<(), CallError>>;

    /// Removes a template it has.
    fn delete_template<'a>(
        &'a self,
        via: &'a Connector,
        provider_id: &'a str,
        name: &'a str,
    ) -> BoxFuture<'a, Result<(), CallError>>;

    /// How the number stands. `sending` in the answer settles whether it may send.
    fn health<'a>(&'a self, via: &'a Connector) -> BoxFuture<'a, Result<ChannelHealthObserved, CallError>>;
}

/// Who gets a message, in the form the provider knows them by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Recipient {
    /// A `wa_id`, or a number with plus sign.
    Number(String),
    /// A business-scoped user id.
    User(String),
    Group(String),
}

/// A message in the provider's words.
#[derive(Debug, Clone, PartialEq)]
pub struct Outgoing {
    pub to: Recipient,
    pub content: Content,
    /// The provider's id of the quoted message.
    pub quoted_provider_id: Option<String>,
    /// Comes back with every delivery report.
    pub callback_data: String,
}

/// A file to store at the provider.
pub struct Upload {
    pub mime: String,
    pub filename: Option<String>,
    /// Bytes in `body`.
    pub size: u64,
    pub body: BoxStream<'static, io::Result<Vec<u8>>>,
}

impl fmt::Debug for Upload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Upload {{ {}, {} bytes }}", self.mime, self.size)
    }
}

/// How handing over a message ended.
#[derive(Debug, Clone, PartialEq)]
pub enum SendOutcome {
    Accepted {
        provider_id: String,
        /// What the provider calls the recipient.
        recipient: Vec<Identity>,
        /// Kept back for a quality check.
        held: bool,
    },
    /// A clean no: nothing was sent.
    Refused(CallRefused),
    /// No byte left: nothing was sent.
    NotSent { reason: &'static str },
    /// The request left and its fate is unknown: `timeout`, `connection_lost`, `unreadable_answer`.
    Uncertain { reason: &'static str },
}

/// The provider's no.
#[derive(Debug, Clone, PartialEq)]
pub struct CallRefused {
    pub error: ProviderError,
    pub class: ErrorClass,
    /// The shortest wait that makes sense, where there is one.
    pub retry_after: Option<Millis>,
}

/// Why another call failed.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum CallError {
    #[error("refused with code {}", .0.error.code)]
    Refused(CallRefused),
    /// Not reached, or no answer that can be read.
    #[error("{reason}")]
    Unreachable { reason: &'static str },
}

/// Why something that people asked of the provider did not happen.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum AskError {
    #[error(transparent)]
    Desk(#[from] Failure),
    #[error("the provider: {0}")]
    Provider(#[from] CallError),
    /// The workers have not been started.
    #[error("nothing talks to the provider here")]
    NoProvider,
}

impl From<Rejection> for AskError {
    fn from(rejection: Rejection) -> Self {
        Self::Desk(rejection.into())
    }
}

impl Desk {
    /// The provider the workers were started with.
    pub(crate) fn provider(&self) -> Result<Arc<dyn Provider>, AskError> {
        self.shared.provider.get().cloned().ok_or(AskError::NoProvider)
    }
}

/// Why a file did not come.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum DownloadError {
    #[error("larger than allowed")]
    TooLarge,
    /// The provider has it no more.
    #[error("gone")]
    Gone,
    /// It lies at an address we do not go to.
    #[error("blocked: {reason}")]
    Blocked { reason: &'static str },
    /// Not what the provider described.
    #[error("hash or size differs")]
    HashMismatch,
    /// May work later.
    #[error("{reason}")]
    Later { reason: &'static str },
}
