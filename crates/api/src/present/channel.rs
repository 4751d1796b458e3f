//! Connected numbers and what the provider lets them do.

use domain::inbound::Barred;
use domain::time::Timestamp;
use domain::world::Health as DefaultHealth;
use projections::directory::Channel as View;

use crate::dto::channel::{Channel, ChannelHealth, ChannelType};

pub(crate) fn channel(view: &View) -> Channel {
    Channel {
        id: view.id.into(),
        version: view.version.into(),
        r#type: ChannelType::Whatsapp,
        name: view.name.clone(),
        phone_e164: view.phone_e164.clone(),
        brand_id: view.brand_id.into(),
        default_team_id: view.team_id.map(Into::into),
        enabled: view.enabled,
        phone_number_id: view.phone_number_id.clone(),
        waba_id: view.waba_id.clone(),
        graph_base_url: view.graph_base_url.clone(),
        graph_version: view.graph_version.clone(),
    }
}

pub(crate) fn health(view: &View, now: Timestamp) -> ChannelHealth {
    let health = &view.health;
    ChannelHealth {
        sending: health.sending,
        error_code: health.code,
        quality_rating: health.quality.clone(),
        throughput_mps: health.throughput_mps.unwrap_or_else(|| DefaultHealth::default().throughput_mps),
        may_initiate: !health.barred(now),
        barred_until: match health.business_initiated {
            Some(Barred::Until(until)) if until > now => Some(until.into()),
            None | Some(Barred::Until(_) | Barred::Lifted | Barred::Indefinitely) => None,
        },
    }
}
