//! The connected numbers with what is known about their health. Tokens and secrets are sealed: fold
//! [`crate::channel_card`] over the events at [`Channel::credential_positions`].

use std::collections::BTreeMap;

use domain::event::channel::ChannelType;
use domain::event::{Event, Recorded, StreamId};
use domain::ids::{BrandId, ChannelId, TeamId};
use domain::inbound::Barred;
use domain::time::Timestamp;

/// A connected number.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, PartialEq)]
pub struct Channel {
    pub id: ChannelId,
    pub channel_type: ChannelType,
    pub brand_id: BrandId,
    pub name: String,
    pub phone_e164: String,
    pub phone_number_id: String,
    pub waba_id: String,
    /// `None`: the provider's own address.
    pub graph_base_url: Option<String>,
    pub graph_version: String,
    pub enabled: bool,
    /// The queue its new conversations begin in; `None`: the brand's common one.
    pub team_id: Option<TeamId>,
    pub health: Health,
    pub connected_at: Timestamp,
    pub version: u64,
    /// The connecting event and every rotation since, oldest first.
    pub credential_positions: Vec<u64>,
}

/// What the provider said about the number, each field as last told.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, PartialEq)]
pub struct Health {
    /// `GREEN`, `YELLOW`, `RED`; open.
    pub quality: Option<String>,
    /// Messages a second it may send.
    pub throughput_mps: Option<u32>,
    /// People who may be written to first in 24 hours, where it is known.
    pub messaging_limit: Option<u32>,
    /// Business-initiated messages are barred; check `Until` against the clock.
    pub business_initiated: Option<Barred>,
    /// `false`: the provider refuses everything, the queue waits.
    pub sending: bool,
    /// The provider's code behind `sending`, if it gave one.
    pub code: Option<i64>,
    pub observed_at: Option<Timestamp>,
}

/// All channels.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Default)]
pub struct Channels {
    by_id: BTreeMap<ChannelId, Channel>,
}

impl Health {
    /// Whether business-initiated messages are barred at `now`.
    pub fn barred(&self, now: Timestamp) -> bool {
        match self.business_initiated {
            None | Some(Barred::Lifted) => false,
            Some(Barred::Until(end)) => now < end,
            Some(Barred::Indefinitely) => true,
        }
    }
}

impl Channels {
    pub fn get(&self, id: ChannelId) -> Option<&Channel> {
        self.by_id.get(&id)
    }
    /// In order of connection.
    pub fn iter(&self) -> impl Iterator<Item = &Channel> {
        self.by_id.values()
    }
    /// The channel whose number has this provider id.
    pub fn by_phone_number_id(&self, phone_number_id: &str) -> Option<&Channel> {
        self.by_id.values().find(|channel| channel.phone_number_id == phone_number_id)
    }
    /// The channels of a WhatsApp Business Account.
    pub fn of_waba<'a>(&'a self, waba_id: &'a str) -> impl Iterator<Item = &'a Channel> {
        self.by_id.values().filter(move |channel| channel.waba_id == waba_id)
    }

    pub(super) fn apply(&mut self, recorded: &Recorded) {
        if let Event::ChannelConnected(event) = &recorded.event {
            let channel = Channel {
                id: event.channel_id,
                channel_type: event.channel_type,
                brand_id: event.brand_id,
                name: event.name.clone(),
                phone_e164: event.phone_e164.clone(),
                phone_number_id: event.phone_number_id.clone(),
                waba_id: event.waba_id.clone(),
                graph_base_url: event.graph_base_url.clone(),
                graph_version: event.graph_version.clone(),
                enabled: true,
                team_id: None,
                health: Health {
                    quality: None,
                    throughput_mps: None,
                    messaging_limit: None,
                    business_initiated: None,
                    sending: true,
                    code: None,
                    observed_at: None,
                },
                connected_at: recorded.occurred_at,
                version: recorded.version,
                credential_positions: vec![recorded.pos],
            };
            self.by_id.insert(event.channel_id, channel);
            return;
        }
        let StreamId::Channel(id) = recorded.stream else { return };
        let Some(channel) = self.by_id.get_mut(&id) else { return };
        channel.version = recorded.version;
        match &recorded.event {
            Event::ChannelChanged(event) => {
                replace(&mut channel.name, &event.name);
                replace(&mut channel.phone_e164, &event.phone_e164);
                replace(&mut channel.graph_version, &event.graph_version);
                if event.graph_base_url.is_some() {
                    channel.graph_base_url.clone_from(&event.graph_base_url);
                }
                channel.enabled = event.enabled.unwrap_or(channel.enabled);
            }
            Event::ChannelTeamChanged(event) => channel.team_id = event.team_id,
            Event::ChannelSecretRotated(_) => {
                channel.credential_positions.push(recorded.pos);
                // What was refused with the old ones may work again.
                channel.health.sending = true;
                channel.health.code = None;
            }
            Event::ChannelHealthObserved(event) => {
                let health = &mut channel.health;
                if event.quality.is_some() {
                    health.quality.clone_from(&event.quality);
                }
                health.messaging_limit = event.messaging_limit.or(health.messaging_limit);
                health.throughput_mps = event.throughput_mps.or(health.throughput_mps);
                health.business_initiated = event.business_initiated.or(health.business_initiated);
                if let Some(sending) = event.sending {
                    health.sending = sending;
                    health.code = event.code;
                }
                health.observed_at = Some(recorded.occurred_at);
            }
            // Notices and parked reports are read from the log.
            _ => {}
        }
    }
}

fn replace(field: &mut String, change: &Option<String>) {
    if let Some(value) = change {
        field.clone_from(value);
    }
}
