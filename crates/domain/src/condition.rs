//! Conditions: what a rule or a policy asks before it applies. A tree of `all`, `any` and `none` over tests of single
//! fields, small enough to be read in an event, checked as a whole before it is taken, and able to say which test decided.
//!
//! What the fields are worth comes from whoever asks ([`Facts`]): a message that has just arrived, an open conversation, a
//! sample. A field that has no value fits no test but `is_absent` and those that deny.

use serde::{Deserialize, Serialize};

use crate::ids::*;
use crate::outbound_content::FieldError;

mod check;
mod parse;
mod test;

pub use check::{Known, check};
pub use parse::parse;
pub(crate) use test::has_words;
pub use test::{Fact, Facts, Field, Operator, Test, folded};

/// How deep `all`, `any` and `none` may lie in each other.
pub const DEPTH_MAX: usize = 4;
/// Tests in one condition at most.
pub const TESTS_MAX: usize = 50;
/// Values of one test at most.
pub const VALUES_MAX: usize = 100;
/// Characters of one value at most.
pub const VALUE_CHARS_MAX: usize = 100;
/// Of a text, only so many characters are looked through: a customer may send 65,536.
pub const TEXT_CHARS_MAX: usize = 4_096;

/// See the module. `{"all": []}` fits everything.
#[derive(
    borsh::BorshSerialize,
    borsh::BorshDeserialize,
    Debug,
    Clone,
    PartialEq,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case", untagged)]
pub enum Condition {
    All { all: Vec<Condition> },
    Any { any: Vec<Condition> },
    None { none: Vec<Condition> },
    Test(Test),
}

impl Default for Condition {
    fn default() -> Self {
        Self::All { all: Vec::new() }
    }
}

impl Condition {
    /// Whether it fits. An empty `any` fits nothing, an empty `all` or `none` everything.
    pub fn fits(&self, facts: &dyn Facts) -> bool {
        self.refused_by(facts).is_none()
    }

    /// Where it fails: the pointer of the first test, or group, that decided against it; `None` where it fits.
    pub fn refused_by(&self, facts: &dyn Facts) -> Option<String> {
        match self {
            Self::All { all } => all.iter().enumerate().find_map(|(index, part)| {
                let inner = part.refused_by(facts)?;
                Some(format!("/all/{index}{inner}"))
            }),
            Self::Any { any } => (!any.iter().any(|part| part.fits(facts))).then(|| "/any".to_owned()),
            Self::None { none } => {
                let index = none.iter().position(|part| part.fits(facts))?;
                Some(format!("/none/{index}"))
            }
            Self::Test(test) => (!test.fits(facts)).then(String::new),
        }
    }

    /// The tests that made it fit, as pointers; `None` where it does not. What is denied by `none` made nothing fit.
    pub fn fitted_by(&self, facts: &dyn Facts) -> Option<Vec<String>> {
        let below = |at: String, found: Vec<String>| found.into_iter().map(move |inner| format!("{at}{inner}"));
        match self {
            Self::All { all } => {
                let mut found = Vec::new();
                for (index, part) in all.iter().enumerate() {
                    found.extend(below(format!("/all/{index}"), part.fitted_by(facts)?));
                }
                Some(found)
            }
            Self::Any { any } => any
                .iter()
                .enumerate()
                .find_map(|(index, part)| Some(below(format!("/any/{index}"), part.fitted_by(facts)?).collect())),
            Self::None { none } => (!none.iter().any(|part| part.fits(facts))).then(Vec::new),
            Self::Test(test) => test.fits(facts).then(|| vec![String::new()]),
        }
    }

    /// Every test in it.
    pub fn tests(&self) -> Vec<&Test> {
        match self {
            Self::All { all: parts } | Self::Any { any: parts } | Self::None { none: parts } => {
                parts.iter().flat_map(Self::tests).collect()
            }
            Self::Test(test) => vec![test],
        }
    }
}

/// An error at a place of a condition.
fn error(pointer: &str, code: &'static str, detail: String) -> FieldError {
    FieldError { pointer: pointer.to_owned(), code, detail }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    struct Sample;

    impl Facts for Sample {
        fn fact(&self, field: &Field) -> Fact<'_> {
            match field {
                Field::Text => Fact::Text("Hello, where is my Parcel?"),
                Field::Language => Fact::Text("pt-BR"),
                Field::Returning => Fact::Bool(true),
                Field::Episode => Fact::Number(3.0),
                Field::Tag => Fact::Words(vec!["vip", "new lead"]),
                Field::Attribute(key) if key == "plan" => Fact::Text("gold"),
                _ => Fact::Absent,
            }
        }
    }

    fn fits(condition: Value) -> bool {
        serde_json::from_value::<Condition>(condition).unwrap().fits(&Sample)
    }
    fn test(field: &str, op: &str, value: Value) -> Value {
        json!({"field": field, "op": op, "value": value})
    }

    #[test]
    fn keywords_are_whole_words_whatever_their_case() {
        assert!(fits(test("text", "has_any_word", json!(["parcel", "refund"]))));
        assert!(!fits(test("text", "has_any_word", json!(["arce"]))));
        assert!(fits(test("text", "contains", json!("arce"))));
        assert!(fits(test("text", "has_any_word", json!(["my parcel"]))));
        assert!(!fits(test("text", "has_all_words", json!(["parcel", "refund"]))));
        assert!(fits(test("text", "starts_with", json!("hello"))));
    }

    #[test]
    fn what_is_absent_fits_nothing_but_a_denial() {
        assert!(!fits(test("referral_source", "in", json!(["ad"]))));
        assert!(fits(test("referral_source", "not_in", json!(["ad"]))));
        assert!(fits(json!({"field": "referral_source", "op": "is_absent"})));
        assert!(fits(json!({"field": "attribute.plan", "op": "is_present"})));
    }

    #[test]
    fn a_language_covers_its_regions() {
        assert!(fits(test("language", "in", json!(["pt"]))));
        assert!(fits(test("language", "in", json!(["pt-br"]))));
        assert!(!fits(test("language", "in", json!(["pt-PT", "en"]))));
    }

    #[test]
    fn groups_lie_in_each_other_and_say_who_decided() {
        let condition = json!({"all": [
            test("returning", "is", json!(true)),
            {"any": [test("tag", "in", json!(["vip"])), test("episode", "at_least", json!(5))]},
            {"none": [test("attribute.plan", "in", json!(["gold"]))]},
        ]});
        let condition: Condition = serde_json::from_value(condition).unwrap();
        assert_eq!(condition.refused_by(&Sample).as_deref(), Some("/all/2/none/0"));
        assert!(Condition::default().fits(&Sample));
        assert!(!fits(json!({"any": []})));
    }

    #[test]
    fn its_json_survives_a_round_trip() {
        let condition = json!({"all": [test("channel_id", "in", json!(["chan_00000000000000000000000001"]))]});
        let read: Condition = serde_json::from_value(condition.clone()).unwrap();
        assert_eq!(serde_json::to_value(&read).unwrap(), condition);
    }
}
