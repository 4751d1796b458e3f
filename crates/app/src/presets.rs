//! Presets as they stand for the brands in somebody's reach, and where one would be set up.

use std::collections::BTreeMap;

use domain::access::{Action, Principal};
use domain::ids::*;
use domain::preset::Preset;
use domain::preset::make::Place;
use domain::rejection::Rejection;

use crate::queries::Answer;
use crate::{Desk, Failure};

/// A preset as it stands for the brands in reach.
#[derive(Debug, Clone, PartialEq)]
pub struct PresetCard {
    pub preset: Preset,
    /// The brands it was set up for.
    pub brand_ids: Vec<BrandId>,
}

impl Desk {
    /// What there is to set up, and for whom it was.
    pub fn presets(&self, principal: &Principal) -> Answer<Vec<PresetCard>> {
        self.allow(principal, Action::PresetInstall)?;
        Ok(self.view(|views| {
            let card = |preset| {
                let brands = views.presets.brands(preset).filter(|brand| principal.rights().in_brand(*brand));
                PresetCard { preset, brand_ids: brands.collect() }
            };
            Preset::ALL.into_iter().map(card).collect()
        }))
    }

    /// For whom a preset would be set up: a brand of the asker's and a number of it, found where there is only one.
    pub fn preset_place(
        &self,
        principal: &Principal,
        preset: Preset,
        brand: Option<BrandId>,
        channel: Option<ChannelId>,
    ) -> Answer<Place> {
        self.allow(principal, Action::PresetInstall)?;
        self.view(|views| {
            let in_reach = |brand: BrandId| principal.rights().in_brand(brand);
            let mut numbers: BTreeMap<BrandId, Vec<ChannelId>> = BTreeMap::new();
            for known in views.directory.channels.iter().filter(|known| known.enabled && in_reach(known.brand_id)) {
                numbers.entry(known.brand_id).or_default().push(known.id);
            }
            let named = channel.map(|id| {
                let known = views.directory.channels.get(id).filter(|known| in_reach(known.brand_id));
                known.map(|known| known.brand_id).ok_or(Rejection::UnknownReference { field: "channel_id" })
            });
            let of_channel = named.transpose()?;
            let brand_id = match brand.or(of_channel) {
                Some(brand) if of_channel.is_some_and(|of| of != brand) => {
                    let detail = "the number belongs to another brand".to_owned();
                    return Err(Rejection::Invalid { field: "channel_id", detail }.into());
                }
                Some(brand) if in_reach(brand) && views.directory.brands.get(brand).is_some() => brand,
                Some(_) => return Err(Rejection::UnknownReference { field: "brand_id" }.into()),
                None => only(numbers.keys().copied()).ok_or_else(|| required("brand_id", "brands with a number"))?,
            };
            let numbers = numbers.get(&brand_id).into_iter().flatten().copied();
            let channel_id = match channel {
                Some(channel) => channel,
                None => only(numbers).ok_or_else(|| required("channel_id", "numbers of the brand"))?,
            };
            Ok(Place { preset, brand_id, channel_id })
        })
    }
}

/// The one there is; `None`: there are more, or none.
fn only<T>(mut all: impl Iterator<Item = T>) -> Option<T> {
    all.next().filter(|_| all.next().is_none())
}

fn required(field: &'static str, of: &str) -> Failure {
    Rejection::Invalid { field, detail: format!("name the {field}: there is more than one, or none, among the {of}") }
        .into()
}
