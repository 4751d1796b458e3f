//! The provider's limits of a template, as far as they can be known before it is asked. Pointers are into the template as it is
//! written (`/components/0/text`).

use serde_json::{Map, Value};

use super::{COMPONENTS_MAX, Category, Draft, NAME_MAX, is_number};
use crate::outbound_content::{FieldError, LINK_MAX, Presence, Report};
use crate::template::fit::placeholders::placeholders;

type Object = Map<String, Value>;

const BODY_MAX: usize = 1024;
const HEADER_MAX: usize = 60;
const FOOTER_MAX: usize = 60;
const BUTTONS_MAX: usize = 10;
const BUTTON_TEXT_MAX: usize = 25;
const PHONE_MAX: usize = 20;
const COUPON_MAX: usize = 15;
const URL_BUTTONS_MAX: usize = 2;
/// Longest handle of an uploaded example; the provider names no limit.
const HANDLE_MAX: usize = 4096;
/// Kinds of parts whose inside is checked here. Others (carousels, offers, kinds to come) are the provider's to judge.
const KNOWN: [&str; 4] = ["HEADER", "BODY", "FOOTER", "BUTTONS"];
const DAY: i64 = 86_400;

/// Everything that is wrong with a draft; empty: nothing that we know of.
pub fn errors(draft: &Draft) -> Vec<FieldError> {
    let mut report = Report::default();
    let name = &draft.name;
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    if name.is_empty() || name.len() > NAME_MAX || !name.bytes().all(plain) {
        let detail = format!("1 to {NAME_MAX} small letters, digits and underscores");
        report.wrong("/name", "bad_format", detail);
    }
    if !is_language(&draft.language) {
        report.wrong("/language", "bad_format", "a language such as en, en_US or zh_CN");
    }
    lifetime(&mut report, draft);
    components(&mut report, draft);
    report.errors
}

/// The provider's form of a language: an open set of `xx`, `xxx`, `xx_YY`.
fn is_language(text: &str) -> bool {
    let (language, region) = text.split_once('_').map_or((text, None), |(language, region)| (language, Some(region)));
    let small = |text: &str| (2..=3).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_lowercase());
    let capital = |text: &str| (2..=4).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_uppercase());
    small(language) && region.is_none_or(capital)
}

fn lifetime(report: &mut Report, draft: &Draft) {
    let Some(seconds) = draft.message_send_ttl_seconds else { return };
    let (least, most) = match draft.category {
        Category::Authentication => (30, 900),
        Category::Utility => (30, DAY / 2),
        Category::Marketing => (DAY / 2, 30 * DAY),
    };
    if seconds != -1 && !(least..=most).contains(&seconds) {
        let detail = format!("{least} to {most} seconds for this category, or -1 for 30 days");
        report.wrong("/message_send_ttl_seconds", "out_of_range", detail);
    }
}

fn components(report: &mut Report, draft: &Draft) {
    let all = &draft.components;
    if all.len() > COMPONENTS_MAX {
        return report.wrong("/components", "too_many", format!("must have at most {COMPONENTS_MAX}"));
    }
    let mut seen: Vec<String> = Vec::new();
    for (index, component) in all.iter().enumerate() {
        let at = format!("/components/{index}");
        let Some(object) = report.must_be_object(Some(component), &at) else { continue };
        let Some(kind) = report.text(object, &at, "type", Presence::Required, LINK_MAX) else { continue };
        let kind = kind.to_uppercase();
        if KNOWN.contains(&kind.as_str()) && seen.contains(&kind) {
            report.wrong(at, "duplicate", format!("there is only one {kind}"));
            continue;
        }
        match kind.as_str() {
            "HEADER" if draft.category == Category::Authentication => {
                report.wrong(&at, "not_allowed", "a template that authenticates has no header");
            }
            "HEADER" => header(report, object, &at),
            // The provider writes its text.
            "BODY" if draft.category == Category::Authentication => {}
            "BODY" => body(report, object, &at),
            "FOOTER" if draft.category == Category::Authentication => {}
            "FOOTER" => footer(report, object, &at),
            "BUTTONS" => buttons(report, object, &at, draft.category),
            _ => {}
        }
        seen.push(kind);
    }
    if !seen.iter().any(|kind| kind == "BODY") {
        report.wrong("/components", "required", "must have a BODY");
    }
    let names = draft.variables();
    if names.iter().any(|name| is_number(name)) && draft.is_named() {
        report.wrong("/components", "conflict", "places have numbers or names, not both");
    }
}

/// The handles or texts under `example/<key>`.
fn example<'a>(object: &'a Object, key: &str) -> Option<&'a Value> {
    object.get("example").and_then(|example| example.get(key))
}

fn header(report: &mut Report, object: &Object, at: &str) {
    let words = ["TEXT", "IMAGE", "VIDEO", "DOCUMENT", "LOCATION", "GIF"];
    let Some(format) = report.word(object, at, "format", &words) else { return };
    match format {
        "TEXT" => {
            let Some(text) = report.text(object, at, "text", Presence::Required, HEADER_MAX) else { return };
            one_line(report, text, &format!("{at}/text"));
            let names = places(report, text, &format!("{at}/text"));
            if names.len() > 1 {
                report.wrong(format!("{at}/text"), "too_many", "a header has one place at most");
            }
            examples(report, object, at, "header_text", &names, false);
        }
        "LOCATION" => {}
        _ => {
            let handles = example(object, "header_handle").and_then(Value::as_array);
            let given = handles.and_then(|handles| handles.first()).and_then(Value::as_str);
            let at = format!("{at}/example/header_handle");
            match given {
                Some(handle) if handle.is_empty() || handle.chars().count() > HANDLE_MAX => {
                    report.wrong(at, "wrong_type", "must be the handle of an uploaded file");
                }
                Some(_) => {}
                None => report.wrong(at, "required", "must hold the handle of an uploaded file as an example"),
            }
        }
    }
}

fn body(report: &mut Report, object: &Object, at: &str) {
    let Some(text) = report.text(object, at, "text", Presence::Required, BODY_MAX) else { return };
    let at_text = format!("{at}/text");
    let names = places(report, text, &at_text);
    let trimmed = text.trim();
    if trimmed.starts_with("{{") || trimmed.ends_with("}}") {
        report.wrong(at_text.as_str(), "bad_format", "must not begin or end with a place");
    }
    if text.contains("\n\n\n") {
        report.wrong(at_text.as_str(), "bad_format", "must not have more than two line breaks in a row");
    }
    examples(report, object, at, "body_text", &names, true);
}

fn footer(report: &mut Report, object: &Object, at: &str) {
    let Some(text) = report.text(object, at, "text", Presence::Required, FOOTER_MAX) else { return };
    one_line(report, text, &format!("{at}/text"));
    if !placeholders(text).is_empty() {
        report.wrong(format!("{at}/text"), "not_allowed", "a footer has no places");
    }
}

fn one_line(report: &mut Report, text: &str, at: &str) {
    if text.contains(['\n', '\r']) {
        report.wrong(at, "bad_format", "must not have line breaks");
    }
}

/// The places of a text: numbers from 1 without a gap, or names.
fn places(report: &mut Report, text: &str, at: &str) -> Vec<String> {
    let names: Vec<String> = placeholders(text).into_iter().map(str::to_owned).collect();
    if text.matches("{{").count() != text.matches("}}").count() {
        report.wrong(at, "unclosed", "the braces do not end");
    }
    let named = names.iter().any(|name| !is_number(name));
    if named {
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
        if let Some(wrong) = names.iter().find(|name| !name.bytes().all(plain)) {
            report.wrong(at, "bad_format", format!("{wrong}: names have small letters, digits and underscores"));
        }
        return names;
    }
    let mut numbers: Vec<u32> = names.iter().filter_map(|name| name.parse().ok()).collect();
    numbers.sort_unstable();
    if numbers.len() != names.len() || numbers.iter().zip(1..).any(|(number, expected)| *number != expected) {
        report.wrong(at, "bad_format", "places are numbered from 1, without a gap");
    }
    names
}

/// An example for every place: in their order, or each with its name.
fn examples(report: &mut Report, object: &Object, at: &str, key: &str, names: &[String], nested: bool) {
    if names.is_empty() {
        return;
    }
    let at = format!("{at}/example");
    let by_name = format!("{key}_named_params");
    if let Some(given) = example(object, &by_name).and_then(Value::as_array) {
        let named = |name: &str| given.iter().any(|one| one.get("param_name").and_then(Value::as_str) == Some(name));
        if let Some(missing) = names.iter().find(|name| !named(name)) {
            report.wrong(format!("{at}/{by_name}"), "required", format!("must have an example for {missing}"));
        }
        return;
    }
    let given = example(object, key).and_then(Value::as_array);
    let given = if nested { given.and_then(|rows| rows.first()).and_then(Value::as_array) } else { given };
    let count =
        given.map_or(0, |given| given.iter().filter(|one| one.as_str().is_some_and(|it| !it.is_empty())).count());
    if count != names.len() {
        let detail = format!("must have an example for each of {} places", names.len());
        report.wrong(format!("{at}/{key}"), "required", detail);
    }
}

fn buttons(report: &mut Report, object: &Object, at: &str, category: Category) {
    let listed = report.array(object, at, "buttons", Presence::Required, 1..=BUTTONS_MAX);
    let mut kinds: Vec<String> = Vec::new();
    let mut texts: Vec<&str> = Vec::new();
    for (index, button) in listed.iter().enumerate() {
        let at = format!("{at}/buttons/{index}");
        let Some(button) = report.must_be_object(Some(button), &at) else { continue };
        let Some(kind) = report.text(button, &at, "type", Presence::Required, LINK_MAX) else { continue };
        let kind = kind.to_uppercase();
        // The provider writes on these what they do.
        let own_text = !matches!(kind.as_str(), "COPY_CODE" | "OTP");
        if own_text && let Some(text) = report.text(button, &at, "text", Presence::Required, BUTTON_TEXT_MAX) {
            one_line(report, text, &format!("{at}/text"));
            if !placeholders(text).is_empty() {
                report.wrong(format!("{at}/text"), "not_allowed", "a button's text has no places");
            }
            if texts.contains(&text) {
                report.wrong(format!("{at}/text"), "duplicate", "must differ from the others");
            }
            texts.push(text);
        }
        match kind.as_str() {
            "URL" => url(report, button, &at),
            "PHONE_NUMBER" => {
                report.text(button, &at, "phone_number", Presence::Required, PHONE_MAX);
            }
            "COPY_CODE" => {
                let code = match button.get("example") {
                    Some(Value::Array(given)) => given.first().and_then(Value::as_str),
                    Some(Value::String(given)) => Some(given.as_str()),
                    _ => None,
                };
                if !code.is_some_and(|code| (1..=COUPON_MAX).contains(&code.chars().count())) {
                    report.wrong(
                        format!("{at}/example"),
                        "required",
                        format!("a code of at most {COUPON_MAX} characters"),
                    );
                }
            }
            _ => {}
        }
        kinds.push(kind);
    }
    for (kind, most) in [("URL", URL_BUTTONS_MAX), ("PHONE_NUMBER", 1), ("COPY_CODE", 1)] {
        if kinds.iter().filter(|known| *known == kind).count() > most {
            report.wrong(format!("{at}/buttons"), "too_many", format!("at most {most} of type {kind}"));
        }
    }
    // Quick replies stand together: before all others, or behind them.
    let turns = kinds.windows(2).filter(|pair| (pair[0] == "QUICK_REPLY") != (pair[1] == "QUICK_REPLY")).count();
    if turns > 1 {
        report.wrong(format!("{at}/buttons"), "bad_format", "quick replies stand together");
    }
    if category == Category::Authentication && !kinds.iter().any(|kind| kind == "OTP") {
        report.wrong(format!("{at}/buttons"), "required", "a template that authenticates has a button of type OTP");
    }
}

/// An address with one place at most, at its end.
fn url(report: &mut Report, button: &Object, at: &str) {
    let Some(url) = report.text(button, at, "url", Presence::Required, LINK_MAX) else { return };
    let at_url = format!("{at}/url");
    if !url.starts_with("https://") && !url.starts_with("http://") {
        report.wrong(at_url.as_str(), "bad_format", "must be an http or https address");
    }
    let names = placeholders(url);
    if names.len() > 1 || names.len() == 1 && !url.ends_with("}}") {
        report.wrong(at_url.as_str(), "bad_format", "an address has one place at most, at its end");
    }
    let given = button.get("example").and_then(Value::as_array).is_some_and(|given| !given.is_empty());
    if !names.is_empty() && !given {
        report.wrong(format!("{at}/example"), "required", "must have an example of the whole address");
    }
}

#[cfg(test)]
mod tests;
