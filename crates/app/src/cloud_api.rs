//! The WhatsApp Cloud API as a [`Provider`]: translates between the outbox's words and the connector's.

use std::collections::BTreeMap;

use bytes::Bytes;
use channels::egress::Policy;
use channels::whatsapp::graph::{self, Endpoint, http_client};
use channels::whatsapp::health::{self, CanSend};
use channels::whatsapp::media::{Media, MediaError, Transfers};
use channels::whatsapp::send::{self, Client, To};
use channels::whatsapp::templates;
use domain::event::channel::ChannelHealthObserved;
use domain::identity::IdentityKind;
use domain::inbound::{Identity, TemplateChange};
use domain::template::draft::Draft;
use futures_util::TryStreamExt;
use futures_util::future::BoxFuture;
use parking_lot::Mutex;
use tokio::io::AsyncWrite;
use tokio_util::io::StreamReader;

use crate::channel_book::Connector;
use crate::provider::{
    CallError, CallRefused, DownloadError, Outgoing, Provider, Recipient, SendOutcome, TemplateCreated, Upload,
};

/// Where the provider itself answers.
pub const GRAPH_BASE_URL: &str = "https://graph.facebook.com";

/// Calls the provider over HTTP; one pool of connections for all numbers.
pub struct CloudApi {
    http: graph::HttpClient,
    /// File transfers by the address of the Graph API: which hosts files may come from depends on it.
    transfers: Mutex<BTreeMap<String, Transfers>>,
}

impl CloudApi {
    /// # Errors
    /// Where the system's TLS roots cannot be loaded.
    pub fn new() -> Result<Self, graph::HttpClientError> {
        Ok(Self { http: http_client()?, transfers: Mutex::default() })
    }

    fn client(&self, via: &Connector) -> Result<Client, &'static str> {
        let base = via.graph_base_url.as_deref().unwrap_or(GRAPH_BASE_URL);
        let endpoint = Endpoint::new(base, &via.graph_version).map_err(|_| "bad_graph_address")?;
        Ok(Client::new(self.http.clone(), endpoint, &via.phone_number_id, via.access_token.clone()))
    }

    fn media(&self, via: &Connector) -> Result<Media, &'static str> {
        let client = self.client(via)?;
        let base = client.graph().endpoint().base().clone();
        let mut known = self.transfers.lock();
        let transfers = match known.get(base.as_str()) {
            Some(transfers) => transfers.clone(),
            None => {
                let transfers = Transfers::new(Policy::new(&base, &[])).map_err(|_| "no_tls_roots")?;
                known.insert(base.to_string(), transfers.clone());
                transfers
            }
        };
        Ok(Media::new(client.graph().clone(), &via.phone_number_id, transfers))
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

    fn upload<'a>(&'a self, via: &'a Connector, file: Upload) -> BoxFuture<'a, Result<String, CallError>> {
        Box::pin(async move {
            let media = self.media(via).map_err(|reason| CallError::Unreachable { reason })?;
            let body = StreamReader::new(file.body.map_ok(Bytes::from));
            let name = file.filename.as_deref().unwrap_or("file");
            media.upload(body, file.size, &file.mime, name).await.map_err(call_error)
        })
    }

    fn download<'a>(
        &'a self,
        via: &'a Connector,
        provider_media_id: &'a str,
        size_max: u64,
        mut out: &'a mut (dyn AsyncWrite + Send + Unpin),
    ) -> BoxFuture<'a, Result<(), DownloadError>> {
        Box::pin(async move {
            let media = self.media(via).map_err(|reason| DownloadError::Blocked { reason })?;
            media.download(provider_media_id, size_max, &mut out).await.map(drop).map_err(|error| match error {
                MediaError::TooLarge { .. } => DownloadError::TooLarge,
                MediaError::Gone => DownloadError::Gone,
                MediaError::Mismatch(_) => DownloadError::HashMismatch,
                error if error.may_pass() => DownloadError::Later { reason: error.reason() },
                error => DownloadError::Blocked { reason: error.reason() },
            })
        })
    }

    fn templates<'a>(&'a self, via: &'a Connector) -> BoxFuture<'a, Result<Vec<TemplateChange>, CallError>> {
        Box::pin(async move {
            let client = self.client(via).map_err(|reason| CallError::Unreachable { reason })?;
            templates::list(client.graph(), &via.waba_id).await.map_err(call_error)
        })
    }

    fn create_template<'a>(
        &'a self,
        via: &'a Connector,
        draft: &'a Draft,
    ) -> BoxFuture<'a, Result<TemplateCreated, CallError>> {
        Box::pin(async move {
            let client = self.client(via).map_err(|reason| CallError::Unreachable { reason })?;
            templates::create(client.graph(), &via.waba_id, draft).await.map_err(call_error)
        })
    }

    fn edit_template<'a>(
        &'a self,
        via: &'a Connector,
        provider_id: &'a str,
        draft: &'a Draft,
    ) -> BoxFuture<'a, Result<(), CallError>> {
        Box::pin(async move {
            let client = self.client(via).map_err(|reason| CallError::Unreachable { reason })?;
            templates::edit(client.graph(), provider_id, draft).await.map_err(call_error)
        })
    }

    fn delete_template<'a>(
        &'a self,
        via: &'a Connector,
        provider_id: &'a str,
        name: &'a str,
    ) -> BoxFuture<'a, Result<(), CallError>> {
        Box::pin(async move {
            let client = self.client(via).map_err(|reason| CallError::Unreachable { reason })?;
            templates::delete(client.graph(), &via.waba_id, provider_id, name).await.map_err(call_error)
        })
    }

    fn health<'a>(&'a self, via: &'a Connector) -> BoxFuture<'a, Result<ChannelHealthObserved, CallError>> {
        Box::pin(async move {
            let client = self.client(via).map_err(|reason| CallError::Unreachable { reason })?;
            let number = health::number(client.graph(), &via.phone_number_id).await.map_err(call_error)?;
            Ok(ChannelHealthObserved {
                channel_id: Some(via.channel_id),
                quality: number.quality,
                throughput_mps: number.throughput_mps,
                messaging_limit: number.messaging_limit.as_deref().and_then(health::people_in_a_day),
                sending: number.can_send.map(|can_send| can_send != CanSend::Blocked),
                code: number.problems.iter().find_map(|problem| problem.code),
                ..ChannelHealthObserved::default()
            })
        })
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
