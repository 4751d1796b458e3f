//! Credentials of the connected numbers, opened and at hand: webhooks are verified before anything may be parsed, and the
//! outbox calls the provider with them. Kept out of the views, which hold nothing secret.

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::event::channel::Credentials;
use domain::event::{Event, Recorded, StreamId};
use domain::ids::ChannelId;
use event_log::Reader;
use projections::Views;
use secrecy::{ExposeSecret, SecretString};

use crate::Desk;
use crate::codec::{Unreadable, decode_open};

/// What one number's connector needs.
#[derive(Debug, Clone)]
pub struct Connector {
    pub channel_id: ChannelId,
    pub phone_number_id: String,
    pub waba_id: String,
    pub graph_base_url: Option<String>,
    pub graph_version: String,
    pub access_token: SecretString,
    pub app_secret: SecretString,
    pub previous_app_secret: Option<SecretString>,
    pub verify_token: SecretString,
    pub enabled: bool,
}

/// All of them.
#[derive(Debug, Default)]
pub struct ChannelBook {
    by_id: BTreeMap<ChannelId, Connector>,
    /// Made anew with each change, not with each webhook.
    signing: Arc<[SigningSecret]>,
}

/// An app secret and the channels whose webhooks it signs.
#[derive(Debug, Clone)]
pub struct SigningSecret {
    pub secret: SecretString,
    pub channels: Vec<ChannelId>,
}

impl ChannelBook {
    /// Opens every channel's events.
    pub(crate) fn load(reader: &Reader, views: &Views) -> Result<Self, Unreadable> {
        let mut book = Self::default();
        for channel in views.directory.channels.iter() {
            for stored in reader.stream(&StreamId::Channel(channel.id).to_string(), 1, usize::MAX)? {
                book.apply(&decode_open(reader, &stored)?);
            }
        }
        Ok(book)
    }

    /// Applies a channel event with its personal part.
    pub(crate) fn apply(&mut self, recorded: &Recorded) {
        self.learn(recorded);
        self.signing = self.distinct_secrets().into();
    }

    fn learn(&mut self, recorded: &Recorded) {
        match &recorded.event {
            Event::ChannelConnected(event) => {
                let Some(private) = &event.private else { return };
                let mut connector = Connector {
                    channel_id: event.channel_id,
                    phone_number_id: event.phone_number_id.clone(),
                    waba_id: event.waba_id.clone(),
                    graph_base_url: event.graph_base_url.clone(),
                    graph_version: event.graph_version.clone(),
                    access_token: SecretString::default(),
                    app_secret: SecretString::default(),
                    previous_app_secret: None,
                    verify_token: SecretString::default(),
                    enabled: true,
                };
                connector.set(private);
                self.by_id.insert(event.channel_id, connector);
            }
            Event::ChannelSecretRotated(event) => {
                if let (Some(connector), Some(private)) = (self.by_id.get_mut(&event.channel_id), &event.private) {
                    connector.set(private);
                }
            }
            Event::ChannelChanged(event) => {
                let Some(connector) = event.channel_id.and_then(|id| self.by_id.get_mut(&id)) else { return };
                if event.graph_base_url.is_some() {
                    connector.graph_base_url.clone_from(&event.graph_base_url);
                }
                if let Some(version) = &event.graph_version {
                    connector.graph_version.clone_from(version);
                }
                connector.enabled = event.enabled.unwrap_or(connector.enabled);
            }
            _ => {}
        }
    }

    pub fn get(&self, id: ChannelId) -> Option<&Connector> {
        self.by_id.get(&id)
    }

    pub fn iter(&self) -> impl Iterator<Item = &Connector> {
        self.by_id.values()
    }

    /// Every distinct app secret in force, with the channels it vouches for. Usually one or a few.
    pub fn signing_secrets(&self) -> Arc<[SigningSecret]> {
        self.signing.clone()
    }

    fn distinct_secrets(&self) -> Vec<SigningSecret> {
        let mut secrets: Vec<SigningSecret> = Vec::new();
        for connector in self.by_id.values() {
            for secret in [Some(&connector.app_secret), connector.previous_app_secret.as_ref()].into_iter().flatten() {
                match secrets.iter_mut().find(|known| known.secret.expose_secret() == secret.expose_secret()) {
                    Some(known) => known.channels.push(connector.channel_id),
                    None => {
                        secrets.push(SigningSecret { secret: secret.clone(), channels: vec![connector.channel_id] })
                    }
                }
            }
        }
        secrets
    }

    /// Every verify token; also of channels that are switched off, which must still be able to register again.
    pub fn verify_tokens(&self) -> Vec<SecretString> {
        self.by_id.values().map(|connector| connector.verify_token.clone()).collect()
    }
}

impl Connector {
    fn set(&mut self, credentials: &Credentials) {
        let secret = |text: &String| SecretString::from(text.clone());
        self.access_token = secret(&credentials.access_token);
        self.app_secret = secret(&credentials.app_secret);
        self.previous_app_secret = credentials.previous_app_secret.as_ref().map(secret);
        self.verify_token = secret(&credentials.verify_token);
    }
}

impl Desk {
    /// What a channel's connector needs.
    pub fn connector(&self, id: ChannelId) -> Option<Connector> {
        self.shared.channels.read().get(id).cloned()
    }

    /// Every distinct app secret in force.
    pub fn signing_secrets(&self) -> Arc<[SigningSecret]> {
        self.shared.channels.read().signing_secrets()
    }

    /// Every verify token.
    pub fn verify_tokens(&self) -> Vec<SecretString> {
        self.shared.channels.read().verify_tokens()
    }
}
