//! Changing how a brand asks: checked as a whole before it is taken, all errors at once.

use super::{Form, SCORE_MAX, Survey};
use crate::access::Principal;
use crate::event::StreamId;
use crate::event::csat::CsatSurveyChanged;
use crate::ids::BrandId;
use crate::outbound_content::FieldError;
use crate::rejection::Rejection;
use crate::step::Step;
use crate::time::Millis;
use crate::world::World;

/// Characters of a question and of the thanks at most: what a message with buttons holds.
pub const TEXT_CHARS_MAX: usize = 1_024;
/// Characters of a score's name: what a row of a list holds.
pub const LABEL_CHARS_MAX: usize = 24;
/// The same where it stands on a button, and of the button that opens the list.
pub const BUTTON_CHARS_MAX: usize = 20;
/// Characters of the page's address at most.
pub const URL_CHARS_MAX: usize = 500;
/// Numbers that can be named at most.
pub const CHANNELS_MAX: usize = 200;
/// The longest delay: a question that comes later is about something forgotten.
pub const DELAY_MAX: Millis = Millis::days(7);
/// The longest cooldown.
pub const COOLDOWN_MAX: Millis = Millis::days(366);
/// The longest time to answer in, and the shortest.
pub const ANSWER_WITHIN_MAX: Millis = Millis::days(30);
pub const ANSWER_WITHIN_MIN: Millis = Millis::minutes(5);
/// Quick replies of a template at most.
pub const TEMPLATE_BUTTONS_MAX: usize = 10;

/// Says how a brand asks from now on. What is the same already makes no event.
pub fn change(step: &mut Step<'_>, by: &Principal, brand: BrandId, wanted: Survey) -> Result<(), Rejection> {
    seen(step.world, by, brand)?;
    let errors = errors(step.world, brand, &wanted);
    if !errors.is_empty() {
        return Err(Rejection::Fields(errors));
    }
    if *step.world.csat.survey(brand) != wanted {
        step.emit(StreamId::CsatSurvey(brand), CsatSurveyChanged { brand_id: brand, survey: wanted });
    }
    Ok(())
}

/// A brand that exists and that somebody may know of.
pub fn seen(world: &World, by: &Principal, brand: BrandId) -> Result<(), Rejection> {
    let known = world.brands.contains_key(&brand) && by.rights().in_brand(brand);
    if known { Ok(()) } else { Err(Rejection::NotFound) }
}

fn errors(world: &World, brand: BrandId, wanted: &Survey) -> Vec<FieldError> {
    let mut errors = Vec::new();
    let mut say = |pointer: &str, code, detail: String| {
        errors.push(FieldError { pointer: pointer.to_owned(), code, detail });
    };
    let label_max = if wanted.form == Form::Buttons { BUTTON_CHARS_MAX } else { LABEL_CHARS_MAX };
    let labels = wanted.labels.iter().enumerate().map(|(index, label)| (format!("/labels/{index}"), label, label_max));
    let thanks = wanted.thanks.iter().map(|thanks| ("/thanks".to_owned(), thanks, TEXT_CHARS_MAX));
    let texts = [
        ("/question".to_owned(), &wanted.question, TEXT_CHARS_MAX),
        ("/list_button".to_owned(), &wanted.list_button, BUTTON_CHARS_MAX),
    ];
    for (pointer, text, max) in texts.into_iter().chain(thanks).chain(labels) {
        if text.trim().is_empty() || text.chars().count() > max {
            say(&pointer, "wrong_length", format!("1 to {max} characters"));
        }
    }
    for (index, label) in wanted.labels.iter().enumerate() {
        if wanted.labels[..index].contains(label) {
            say(&format!("/labels/{index}"), "duplicate", "named before".to_owned());
        }
    }
    if wanted.labels.len() != usize::from(SCORE_MAX) {
        say("/labels", "wrong_length", format!("one for each score from 1 to {SCORE_MAX}"));
    }
    if wanted.asks_comment && wanted.thanks.is_none() {
        say("/asks_comment", "conflict", "it is the thanks that ask for a comment".to_owned());
    }
    let times = [
        ("/delay_seconds", wanted.delay_ms, Millis(0), DELAY_MAX),
        ("/cooldown_seconds", wanted.cooldown_ms, Millis(0), COOLDOWN_MAX),
        ("/answer_within_seconds", wanted.answer_within_ms, ANSWER_WITHIN_MIN, ANSWER_WITHIN_MAX),
    ];
    for (pointer, time, min, max) in times {
        if !(min..=max).contains(&time) {
            say(pointer, "out_of_range", format!("{} to {} seconds", min.0 / 1_000, max.0 / 1_000));
        }
    }
    if wanted.channel_ids.len() > CHANNELS_MAX {
        say("/channel_ids", "too_many", format!("at most {CHANNELS_MAX}"));
    }
    for (index, id) in wanted.channel_ids.iter().enumerate() {
        if world.channels.get(id).is_none_or(|channel| channel.config.brand_id != brand) {
            say(&format!("/channel_ids/{index}"), "unknown_reference", "is no number of this brand".to_owned());
        }
    }
    match (&wanted.form, &wanted.public_url) {
        (Form::Link, None) => say("/public_url", "required", "a link leads to a page".to_owned()),
        (Form::Template, _) => {
            say("/form", "not_allowed", "a template asks where nothing else may be sent".to_owned());
        }
        (_, Some(url)) if !is_page(url) => {
            say("/public_url", "bad_format", format!("an https address of at most {URL_CHARS_MAX} characters"));
        }
        _ => {}
    }
    if let Some(template) = &wanted.template {
        let name = template.name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
        if !name || !(1..=512).contains(&template.name.len()) {
            say("/template/name", "bad_format", "lower-case letters, digits and underscores".to_owned());
        }
        let language = template.language.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
        if !language || !(2..=16).contains(&template.language.len()) {
            say("/template/language", "bad_format", "as the provider writes it, en_US".to_owned());
        }
        if template.scores.len() > TEMPLATE_BUTTONS_MAX {
            say("/template/scores", "too_many", format!("at most {TEMPLATE_BUTTONS_MAX}"));
        }
        for (index, score) in template.scores.iter().enumerate() {
            if !(1..=SCORE_MAX).contains(score) {
                say(&format!("/template/scores/{index}"), "out_of_range", format!("1 to {SCORE_MAX}"));
            }
        }
    }
    errors
}

/// The secret is put at its end, so it is the address up to there.
fn is_page(url: &str) -> bool {
    let rest = url.strip_prefix("https://").unwrap_or_default();
    let plain = |c: char| !c.is_whitespace() && !c.is_control();
    !rest.is_empty() && !rest.starts_with('/') && rest.chars().all(plain) && url.chars().count() <= URL_CHARS_MAX
}
