//! The WhatsApp Cloud API as a [`Provider`]: translates between the outbox's words and the connector's.

use channels::whatsapp::graph::{self, Endpoint, http_client};
use channels::whatsapp::send::{self, Client, To};
use domain::event::channel::ChannelHealthObserved;
use domain::identity::IdentityKind;
use domain::inbound::{Identity, TemplateChange};
use futures_util::future::BoxFuture;
use tokio::io::AsyncWrite;

use crate::channel_book::Connector;
use crate::provider::{CallError, CallRefused, DownloadError, Outgoing, Provider, Recipient, SendOutcome, Upload};

/// Where the provider itself answers.
pub const GRAPH_BASE_URL: &str = "https://graph.facebook.com";

/// Calls the provider over HTTP; one pool of connections for all numbers.
pub struct CloudApi {
    http: graph::HttpClient,
}

impl CloudApi {
    /// # Errors
    /// Where the system's TLS roots cannot be loaded.
    pub fn new() -> Result<Self, graph::HttpClientError> {
        Ok(Self { http: http_client()? })
    }

    fn client(&self, via: &Connector) -> Result<Client, &'static str> {
        let base = via.graph_base_url.as_deref().unwrap_or(GRAPH_BASE_URL);
        let endpoint = Endpoint::new(base, &via.graph_version).map_err(|_| "bad_graph_address")?;
        Ok(Client::new(self.http.clone(), endpoint, &via.phone_number_id, via.access_token.clone()))
    }
}

impl Provider for CloudApi {
    fn send<'a>(&'a self, via: &'a Connector, message: &'a Outgoing) -> BoxFuture<'a, SendOutcome> {
        Box::pin(async move {
            let client = match self.client(via) {
                Ok(client) => client,
                Err(reason) => return SendOutcome::NotSent { reason },
            };
            let to = match &message.to {
                Recipient::Number(number) => To::PhoneOrWaId(number.clone()),
                Recipient::User(user) => To::Bsuid(user.clone()),
                Recipient::Group(group) => To::Group(group.clone()),
            };
            let outgoing = send::Outgoing {
                to,
                content: &message.content,
                context_message_id: message.quoted_provider_id.as_deref(),
                callback_data: Some(&message.callback_data),
            };
            match client.send(&outgoing).await {
                send::SendOutcome::Accepted { provider_id, wa_id, user_id, held } => {
                    let named = |kind, value: Option<String>| value.map(|value| Identity { kind, value });
                    let recipient = [named(IdentityKind::WaId, wa_id), named(IdentityKind::Bsuid, user_id)];
                    SendOutcome::Accepted { provider_id, recipient: recipient.into_iter().flatten().collect(), held }
                }
                send::SendOutcome::Refused { error, class, retry_after } => {
                    SendOutcome::Refused(CallRefused { error, class, retry_after })
                }
                send::SendOutcome::Uncertain { reason } => SendOutcome::Uncertain { reason },
                send::SendOutcome::NotSent { reason } => SendOutcome::NotSent { reason },
            }
        })
    }

    fn mark_read<'a>(
        &'a self,
        via: &'a Connector,
        provider_message_id: &'a str,
        typing: bool,
    ) -> BoxFuture<'a, Result<(), CallError>> {
        Box::pin(async move {
            let client = self.client(via).map_err(|reason| CallError::Unreachable { reason })?;
            client.mark_read(provider_message_id, typing).await.map_err(call_error)
        })
    }

    fn upload<'a>(&'a self, _: &'a Connector, _: Upload) -> BoxFuture<'a, Result<String, CallError>> {
        Box::pin(async { Err(CallError::Unreachable { reason: "not_connected" }) })
    }

    fn download<'a>(
        &'a self,
        _: &'a Connector,
        _: &'a str,
        _: u64,
        _: &'a mut (dyn AsyncWrite + Send + Unpin),
    ) -> BoxFuture<'a, Result<(), DownloadError>> {
        Box::pin(async { Err(DownloadError::Later { reason: "not_connected" }) })
    }

    fn templates<'a>(&'a self, _: &'a Connector) -> BoxFuture<'a, Result<Vec<TemplateChange>, CallError>> {
        Box::pin(async { Err(CallError::Unreachable { reason: "not_connected" }) })
    }

    fn health<'a>(&'a self, _: &'a Connector) -> BoxFuture<'a, Result<ChannelHealthObserved, CallError>> {
        Box::pin(async { Err(CallError::Unreachable { reason: "not_connected" }) })
    }
}

fn call_error(error: graph::CallError) -> CallError {
    match error {
        graph::CallError::NotReached(reason) | graph::CallError::Unknown(reason) => CallError::Unreachable { reason },
        graph::CallError::Refused { error, retry_after } => {
            let class = error.verdict().class;
            CallError::Refused(CallRefused { error: error.error, class, retry_after })
        }
    }
}
