//! Tests of `check`.

use serde_json::{Value, json};

use super::*;

fn faults_of(draft: &Draft) -> String {
    errors(draft).iter().map(|fault| format!("{} {}", fault.pointer, fault.code)).collect::<Vec<_>>().join("; ")
}

fn faults(category: Category, components: Value) -> String {
    let Value::Array(components) = components else { panic!("an array") };
    faults_of(&Draft {
        name: "visit_1".to_owned(),
        language: "en_US".to_owned(),
        category,
        components,
        message_send_ttl_seconds: None,
    })
}

fn body() -> Value {
    json!({"type": "BODY", "text": "Hi {{1}}, see you {{2}}.", "example": {"body_text": [["Ann", "on Monday"]]}})
}

#[test]
fn a_name_a_language_and_a_lifetime_have_their_form() {
    let draft = |name: &str, language: &str, category, seconds| Draft {
        name: name.to_owned(),
        language: language.to_owned(),
        category,
        components: vec![body()],
        message_send_ttl_seconds: seconds,
    };
    use Category::*;
    for (draft, expected) in [
        (draft("a", "en", Utility, None), ""),
        (draft(&"a".repeat(512), "fil", Utility, Some(-1)), ""),
        (draft(&"a".repeat(513), "zh_CN", Utility, Some(43_200)), "/name bad_format"),
        (
            draft("Ab c", "en-US", Utility, Some(43_201)),
            "/name bad_format; /language bad_format; /message_send_ttl_seconds out_of_range",
        ),
        (draft("a", "EN", Marketing, Some(43_199)), "/language bad_format; /message_send_ttl_seconds out_of_range"),
        (draft("a", "en", Marketing, Some(2_592_000)), ""),
        (draft("a", "en", Authentication, Some(901)), "/message_send_ttl_seconds out_of_range"),
    ] {
        assert_eq!(faults_of(&draft), expected, "{draft:?}");
    }
}

#[test]
fn parts_are_each_there_once_and_within_their_lengths() {
    let long = |count: usize| "x".repeat(count);
    let text = |kind: &str, text: &str| json!({"type": kind, "format": "TEXT", "text": text});
    for (components, expected) in [
        (json!([body()]), ""),
        (json!([]), "/components required"),
        (json!([body(), body()]), "/components/1 duplicate"),
        (json!([{"type": "BODY", "text": long(1024)}]), ""),
        (json!([{"type": "BODY", "text": long(1025)}]), "/components/0/text too_long"),
        (json!([text("HEADER", &long(60)), body(), text("FOOTER", &long(60))]), ""),
        (
            json!([text("HEADER", &long(61)), body(), text("FOOTER", &long(61))]),
            "/components/0/text too_long; /components/2/text too_long",
        ),
        (
            json!([text("HEADER", "a\nb"), body(), text("FOOTER", "{{1}} x")]),
            "/components/0/text bad_format; /components/2/text not_allowed",
        ),
        (json!([{"type": "HEADER", "format": "SONG"}, body()]), "/components/0/format not_allowed"),
        (json!([{"type": "HEADER", "format": "IMAGE"}, body()]), "/components/0/example/header_handle required"),
        (json!([{"type": "HEADER", "format": "IMAGE", "example": {"header_handle": ["4::aW"]}}, body()]), ""),
        (json!([{"type": "HEADER", "format": "LOCATION"}, body()]), ""),
        (json!([{"type": "CAROUSEL", "cards": []}, body()]), ""),
        (json!([5, {"text": "x"}, body()]), "/components/0 wrong_type; /components/1/type required"),
    ] {
        assert_eq!(faults(Category::Utility, components.clone()), expected, "{components}");
    }
}

#[test]
fn places_are_numbered_or_named_and_have_examples() {
    let text = |text: &str, example: Value| json!([{"type": "BODY", "text": text, "example": example}]);
    let row = |values: &[&str]| json!({"body_text": [values]});
    let named = |names: &[&str]| {
        let all: Vec<Value> = names.iter().map(|name| json!({"param_name": name, "example": "x"})).collect();
        json!({"body_text_named_params": all})
    };
    for (components, expected) in [
        (text("Hi {{1}} and {{2}} and {{1}}.", row(&["a", "b"])), ""),
        (text("Hi {{1}} and {{3}}.", row(&["a", "b"])), "/components/0/text bad_format"),
        (text("Hi {{1}}.", row(&[])), "/components/0/example/body_text required"),
        (text("{{1}} is here", row(&["a"])), "/components/0/text bad_format"),
        (text("Here is {{1}}", row(&["a"])), "/components/0/text bad_format"),
        (text("Hi {{first_name}}!", named(&["first_name"])), ""),
        (text("Hi {{first_name}}!", named(&["last_name"])), "/components/0/example/body_text_named_params required"),
        (text("Hi {{First}}!", named(&["First"])), "/components/0/text bad_format"),
        (text("Hi {{1}} {{b}}.", named(&["1", "b"])), "/components conflict"),
        (text("Hi {{1.", row(&["a"])), "/components/0/text unclosed"),
        (
            json!([{"type": "HEADER", "format": "TEXT", "text": "{{1}} and {{2}}", "example": {"header_text": ["a", "b"]}}, body()]),
            "/components/0/text too_many",
        ),
    ] {
        assert_eq!(faults(Category::Utility, components.clone()), expected, "{components}");
    }
}

#[test]
fn buttons_are_few_and_quick_replies_stand_together() {
    let quick = |text: &str| json!({"type": "QUICK_REPLY", "text": text});
    let url = |text: &str| json!({"type": "URL", "text": text, "url": "https://a.example"});
    let of = |buttons: Value| json!([body(), {"type": "BUTTONS", "buttons": buttons}]);
    let at = "/components/1/buttons";
    for (components, expected) in [
        (of(json!([quick("Yes"), quick("No"), url("Site")])), String::new()),
        (of(json!([quick("Yes"), url("Site"), quick("No")])), format!("{at} bad_format")),
        (of(json!([quick("Yes"), quick("Yes")])), format!("{at}/1/text duplicate")),
        (of(json!([quick(&"x".repeat(26))])), format!("{at}/0/text too_long")),
        (of(json!([])), format!("{at} too_short")),
        (of(json!([url("a"), url("b"), url("c")])), format!("{at} too_many")),
        (
            of(json!([{"type": "URL", "text": "Track", "url": "https://a.example/{{1}}"}])),
            format!("{at}/0/example required"),
        ),
        (
            of(json!([{"type": "URL", "text": "Track", "url": "https://{{1}}/x", "example": ["https://a/x"]}])),
            format!("{at}/0/url bad_format"),
        ),
        (
            of(json!([{"type": "PHONE_NUMBER", "text": "Call", "phone_number": "+1234567890123456789012"}])),
            format!("{at}/0/phone_number too_long"),
        ),
        (of(json!([{"type": "COPY_CODE", "example": "SAVE20"}])), String::new()),
        (of(json!([{"type": "COPY_CODE"}])), format!("{at}/0/example required")),
    ] {
        assert_eq!(faults(Category::Marketing, components.clone()), expected, "{components}");
    }
}

#[test]
fn a_template_that_authenticates_has_the_providers_text_and_a_button_for_the_code() {
    let otp = json!({"type": "BUTTONS", "buttons": [{"type": "OTP", "otp_type": "COPY_CODE"}]});
    let quick = json!({"type": "BUTTONS", "buttons": [{"type": "QUICK_REPLY", "text": "Yes"}]});
    let plain = json!({"type": "BODY", "add_security_recommendation": true});
    assert_eq!(faults(Category::Authentication, json!([plain, otp])), "");
    assert_eq!(faults(Category::Authentication, json!([plain, quick])), "/components/1/buttons required");
    let header = json!({"type": "HEADER", "format": "TEXT", "text": "x"});
    assert_eq!(faults(Category::Authentication, json!([header, plain, otp])), "/components/0 not_allowed");
}
