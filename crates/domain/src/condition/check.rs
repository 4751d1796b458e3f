//! What a condition must be to be taken: small, of values that fit their fields, naming only what exists. All errors at
//! once, each with a pointer to its place.

use serde_json::Value;

use super::*;
use crate::segment::facts::{OPTED_IN, OPTED_OUT};

/// What ids in a condition are held against.
pub trait Known {
    fn channel(&self, id: ChannelId) -> bool;
    fn brand(&self, id: BrandId) -> bool;
    fn team(&self, id: TeamId) -> bool;
    fn user(&self, id: UserId) -> bool;
    fn hours(&self, id: HoursId) -> bool;
    fn segment(&self, id: SegmentId) -> bool;
    /// Why a field cannot be asked; `None`: it can.
    fn refuses(&self, _: &Field) -> Option<String> {
        None
    }
    fn campaign(&self, _: CampaignId) -> bool {
        false
    }
}

/// Everything that is wrong with a condition that stands at `pointer`; empty where it can be taken.
pub fn check(condition: &Condition, pointer: &str, known: &dyn Known) -> Vec<FieldError> {
    let mut errors = Vec::new();
    if condition.tests().len() > TESTS_MAX {
        errors.push(error(pointer, "too_many", format!("at most {TESTS_MAX} tests")));
        return errors;
    }
    group(condition, pointer, 0, known, &mut errors);
    errors
}

fn group(condition: &Condition, at: &str, depth: usize, known: &dyn Known, errors: &mut Vec<FieldError>) {
    let (name, parts) = match condition {
        Condition::All { all } => ("all", all),
        Condition::Any { any } => ("any", any),
        Condition::None { none } => ("none", none),
        Condition::Test(test) => return single(test, at, known, errors),
    };
    if depth >= DEPTH_MAX {
        errors.push(error(at, "too_deep", format!("at most {DEPTH_MAX} groups in each other")));
        return;
    }
    for (index, part) in parts.iter().enumerate() {
        group(part, &format!("{at}/{name}/{index}"), depth + 1, known, errors);
    }
}

/// What a field holds.
enum Kind {
    Text,
    Word(&'static [&'static str]),
    Number,
    Bool,
    Id,
    /// Anything an attribute may be.
    Any,
}

fn kind(field: &Field) -> Kind {
    match field {
        Field::Text => Kind::Text,
        Field::Language | Field::Tag | Field::ReferralSource | Field::MessageType => Kind::Word(&[]),
        Field::Priority => Kind::Word(&["none", "low", "normal", "high", "urgent"]),
        Field::Status => Kind::Word(&["open", "pending", "snoozed", "resolved"]),
        Field::Origin => Kind::Word(&["inbound", "outbound", "campaign", "phone_app", "history"]),
        Field::SlaMetric => Kind::Word(&["first_response", "next_response", "resolution"]),
        Field::Author => Kind::Word(&["customer", "agent", "automation", "system"]),
        Field::Episode | Field::SecondsSinceResolved | Field::Rating => Kind::Number,
        Field::SecondsSinceLastSeen | Field::SecondsSinceCreated | Field::Conversations => Kind::Number,
        Field::Returning | Field::Blocked => Kind::Bool,
        Field::ContactTag => Kind::Word(&[]),
        Field::Consent(_) => Kind::Word(&[OPTED_IN, OPTED_OUT]),
        Field::ChannelId | Field::BrandId | Field::TeamId | Field::LastAssigneeId | Field::AssigneeId => Kind::Id,
        Field::OpenHoursId | Field::SegmentId | Field::CampaignId => Kind::Id,
        Field::Attribute(_) => Kind::Any,
    }
}

fn single(test: &Test, at: &str, known: &dyn Known, errors: &mut Vec<FieldError>) {
    let mut say = |part: &str, code, detail: String| errors.push(error(&format!("{at}{part}"), code, detail));
    if let Field::Attribute(key) = &test.field
        && !(1..=64).contains(&key.len())
    {
        return say("/field", "bad_format", "attribute.<key>, a key of 1 to 64 characters".to_owned());
    }
    if let Some(why) = known.refuses(&test.field) {
        return say("/field", "not_allowed", why);
    }
    let kind = kind(&test.field);
    use Operator::*;
    let allowed: &[Operator] = match kind {
        Kind::Text => &[HasAnyWord, HasAllWords, Contains, StartsWith, IsPresent, IsAbsent],
        Kind::Word(_) | Kind::Id => &[Is, In, NotIn, IsPresent, IsAbsent],
        Kind::Number => &[Is, In, NotIn, AtLeast, AtMost, IsPresent, IsAbsent],
        Kind::Bool => &[Is, IsPresent, IsAbsent],
        Kind::Any => &[Is, In, NotIn, AtLeast, AtMost, Contains, StartsWith, IsPresent, IsAbsent],
    };
    if !allowed.contains(&test.op) {
        return say("/op", "not_allowed", format!("{} cannot be asked like this", test.field));
    }
    let values = test.values();
    if matches!(test.op, IsPresent | IsAbsent) {
        if !test.value.is_null() {
            say("/value", "not_allowed", "this question takes no value".to_owned());
        }
        return;
    }
    let one = matches!(test.op, Is | AtLeast | AtMost);
    if values.is_empty() || values.len() > VALUES_MAX || (one && values.len() != 1) {
        let most = if one { 1 } else { VALUES_MAX };
        return say("/value", "wrong_number", format!("1 to {most} values"));
    }
    let listed = test.value.is_array();
    for (index, value) in values.iter().enumerate() {
        let place = if listed { format!("/value/{index}") } else { "/value".to_owned() };
        if let Some((code, detail)) = refused(&test.field, &kind, test.op, value, known) {
            say(&place, code, detail);
        }
    }
}

/// Why a value cannot be taken.
fn refused(
    field: &Field,
    kind: &Kind,
    op: Operator,
    value: &Value,
    known: &dyn Known,
) -> Option<(&'static str, String)> {
    let text_fits = |text: &str| !text.trim().is_empty() && text.chars().count() <= VALUE_CHARS_MAX;
    let wrong = |what: &str| Some(("wrong_type", what.to_owned()));
    let numeric = matches!(op, Operator::AtLeast | Operator::AtMost);
    match (kind, value) {
        (Kind::Number, Value::Number(_)) | (Kind::Bool, Value::Bool(_)) => None,
        (Kind::Any, Value::Number(_)) => None,
        (Kind::Any, Value::Bool(_)) if matches!(op, Operator::Is) => None,
        (Kind::Any, _) if numeric => wrong("a number"),
        (Kind::Number, _) => wrong("a number"),
        (Kind::Bool, _) => wrong("true or false"),
        (_, Value::String(text)) if !text_fits(text) => {
            Some(("wrong_length", format!("1 to {VALUE_CHARS_MAX} characters")))
        }
        (Kind::Word(words), Value::String(text)) if !words.is_empty() && !words.contains(&text.as_str()) => {
            Some(("unknown_value", format!("one of {}", words.join(", "))))
        }
        (Kind::Id, Value::String(text)) => {
            (!exists(field, text, known)).then(|| ("unknown_reference", format!("{field} names nothing that exists")))
        }
        (_, Value::String(_)) => None,
        _ => wrong("a text"),
    }
}

fn exists(field: &Field, id: &str, known: &dyn Known) -> bool {
    match field {
        Field::ChannelId => id.parse().is_ok_and(|id| known.channel(id)),
        Field::BrandId => id.parse().is_ok_and(|id| known.brand(id)),
        Field::TeamId => id.parse().is_ok_and(|id| known.team(id)),
        Field::LastAssigneeId | Field::AssigneeId => id.parse().is_ok_and(|id| known.user(id)),
        Field::OpenHoursId => id.parse().is_ok_and(|id| known.hours(id)),
        Field::SegmentId => id.parse().is_ok_and(|id| known.segment(id)),
        Field::CampaignId => id.parse().is_ok_and(|id| known.campaign(id)),
        // Nothing of these kinds exists yet.
        _ => false,
    }
}
