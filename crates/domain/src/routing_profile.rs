//! How many conversations somebody takes at once, and what they can: whom routing may choose for what. Said by those who
//! look after them, not by themselves.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::access::{Action, Principal};
use crate::account::may_do_to_user;
use crate::contact::attributes;
use crate::event::routing_profile::UserRoutingChanged;
use crate::event::{Event, Recorded, StreamId};
use crate::ids::*;
use crate::outbound_content::FieldError;
use crate::queue::settings::CAPACITY_MAX;
use crate::rejection::Rejection;
use crate::step::Step;

/// Skills of one person at most, and characters of one.
pub const SKILLS_MAX: usize = 50;
pub const SKILL_CHARS_MAX: usize = 40;
/// Languages of one person at most.
pub const LANGUAGES_MAX: usize = 20;
/// Teams, and channels, with a number of their own at most.
pub const LIMITS_MAX: usize = 100;

/// What somebody takes and can. Part of events.
#[derive(
    borsh::BorshSerialize,
    borsh::BorshDeserialize,
    Debug,
    Clone,
    Default,
    PartialEq,
    Eq,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
)]
pub struct Profile {
    /// Open conversations at most; `None`: the workspace's default.
    pub max_open: Option<u32>,
    /// Of one team's at most.
    #[serde(default)]
    pub by_team: BTreeMap<TeamId, u32>,
    /// Of one channel's at most.
    #[serde(default)]
    pub by_channel: BTreeMap<ChannelId, u32>,
    /// Words the workspace made up.
    #[serde(default)]
    pub skills: BTreeSet<String>,
    /// BCP 47 tags, in lower case.
    #[serde(default)]
    pub languages: BTreeSet<String>,
}

/// What somebody is to take, as it was written down: in an order, so that what is wrong can be pointed at.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wish {
    pub max_open: Option<u32>,
    pub by_team: Vec<(TeamId, u32)>,
    pub by_channel: Vec<(ChannelId, u32)>,
    pub skills: Vec<String>,
    pub languages: Vec<String>,
}

/// Says what somebody takes and can, as a whole. `expected`: the version the asker saw. Saying again what holds does nothing.
pub fn set(step: &mut Step<'_>, by: &Principal, id: UserId, wish: Wish, expected: u64) -> Result<(), Rejection> {
    may_do_to_user(step, by, id, Action::RoutingManage)?;
    let actual = step.world.profiles.version(id);
    if actual != expected {
        return Err(Rejection::VersionMismatch { actual });
    }
    let profile = checked(step, by, wish)?;
    if *step.world.profiles.of(id) != profile {
        step.emit(StreamId::User(id), UserRoutingChanged { user_id: id, profile });
    }
    Ok(())
}

/// The profile, or everything that is wrong with it. Teams and channels behind a wall of the asker's do not exist for them.
pub(crate) fn checked(step: &Step<'_>, by: &Principal, wish: Wish) -> Result<Profile, Rejection> {
    let mut errors = Vec::new();
    let rights = by.rights();
    if let Some(number) = wish.max_open {
        in_range(number, "/max_open", &mut errors);
    }
    let team = |id: TeamId| {
        step.world.roster.team(id).is_some_and(|team| team.brand_id.is_none_or(|brand| rights.in_brand(brand)))
    };
    let channel =
        |id: ChannelId| step.world.channels.get(&id).is_some_and(|channel| rights.in_brand(channel.config.brand_id));
    let by_team = limits(wish.by_team, ("/by_team", "team_id"), team, &mut errors);
    let by_channel = limits(wish.by_channel, ("/by_channel", "channel_id"), channel, &mut errors);
    let skills = words(wish.skills, "/skills", SKILLS_MAX, is_skill, &mut errors);
    let languages = wish.languages.into_iter().map(|tag| tag.to_ascii_lowercase()).collect();
    let languages = words(languages, "/languages", LANGUAGES_MAX, is_language, &mut errors);
    if !errors.is_empty() {
        return Err(Rejection::Fields(errors));
    }
    Ok(Profile { max_open: wish.max_open, by_team, by_channel, skills, languages })
}

/// The profile of a wish that was checked.
pub(crate) fn unchecked(wish: Wish) -> Profile {
    Profile {
        max_open: wish.max_open,
        by_team: wish.by_team.into_iter().collect(),
        by_channel: wish.by_channel.into_iter().collect(),
        skills: wish.skills.into_iter().collect(),
        languages: wish.languages.into_iter().map(|tag| tag.to_ascii_lowercase()).collect(),
    }
}

fn limits<I: Ord + Copy>(
    wanted: Vec<(I, u32)>,
    (at, name): (&str, &str),
    exists: impl Fn(I) -> bool,
    errors: &mut Vec<FieldError>,
) -> BTreeMap<I, u32> {
    let mut found = BTreeMap::new();
    if wanted.len() > LIMITS_MAX {
        errors.push(error(at.to_owned(), "too_many", format!("at most {LIMITS_MAX}")));
        return found;
    }
    for (index, (id, number)) in wanted.into_iter().enumerate() {
        let place = format!("{at}/{index}/{name}");
        if !exists(id) {
            errors.push(error(place, "unknown", "names nothing that exists".to_owned()));
        } else if found.insert(id, number).is_some() {
            errors.push(error(place, "duplicate", "is named twice".to_owned()));
        }
        in_range(number, &format!("{at}/{index}/max_open"), errors);
    }
    found
}

fn words(
    wanted: Vec<String>,
    at: &str,
    max: usize,
    fits: impl Fn(&str) -> Result<(), String>,
    errors: &mut Vec<FieldError>,
) -> BTreeSet<String> {
    if wanted.len() > max {
        errors.push(error(at.to_owned(), "too_many", format!("at most {max}")));
        return BTreeSet::new();
    }
    for (index, word) in wanted.iter().enumerate() {
        if let Err(detail) = fits(word) {
            errors.push(error(format!("{at}/{index}"), "bad_format", detail));
        }
    }
    wanted.into_iter().collect()
}

fn in_range(number: u32, at: &str, errors: &mut Vec<FieldError>) {
    if !(1..=CAPACITY_MAX).contains(&number) {
        errors.push(error(at.to_owned(), "out_of_range", format!("1 to {CAPACITY_MAX}")));
    }
}

/// Whether a text is a skill's name: a word that rules and profiles write alike.
pub fn is_skill(word: &str) -> Result<(), String> {
    let begins = word.bytes().next().is_some_and(|first| first.is_ascii_lowercase() || first.is_ascii_digit());
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'_' | b'-');
    if begins && word.len() <= SKILL_CHARS_MAX && word.bytes().all(plain) {
        return Ok(());
    }
    Err(format!("1 to {SKILL_CHARS_MAX} of a-z, 0-9, _ and -, beginning with a letter or a digit"))
}

/// Whether a text has the form of a language's tag, in lower case.
fn is_language(tag: &str) -> Result<(), String> {
    if attributes::is_language(tag) { Ok(()) } else { Err("a BCP 47 tag, as \"pt\" or \"pt-br\"".to_owned()) }
}

fn error(pointer: String, code: &'static str, detail: String) -> FieldError {
    FieldError { pointer, code, detail }
}

/// What everybody takes and can. Folded by decisions and by read models alike.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Default, PartialEq)]
pub struct Profiles {
    /// Each with the version of the account's stream at its last change.
    profiles: BTreeMap<UserId, (Profile, u64)>,
    plain: Profile,
}

impl Profiles {
    /// Somebody's; of whom nothing was said, an empty one.
    pub fn of(&self, id: UserId) -> &Profile {
        self.profiles.get(&id).map_or(&self.plain, |(profile, _)| profile)
    }
    /// Version of the account's stream at its last change; 0 where there was none.
    pub fn version(&self, id: UserId) -> u64 {
        self.profiles.get(&id).map_or(0, |(_, version)| *version)
    }

    /// Applies an event.
    pub fn apply(&mut self, recorded: &Recorded) {
        if let Event::UserRoutingChanged(event) = &recorded.event {
            self.profiles.insert(event.user_id, (event.profile.clone(), recorded.version));
        }
    }
}
