//! Tests of `fit`.

use serde_json::{Value, json};

use crate::content::{Content, MessageKind};
use crate::inbound::TemplateChange;
use crate::template::Template;

fn faults(components: Value, sent: Value) -> String {
    let change = TemplateChange {
        name: "visit".to_owned(),
        language: "en_US".to_owned(),
        components: Some(components),
        ..TemplateChange::default()
    };
    let mut template = Template::new("1", &change);
    template.merge(&change);
    let body = json!({"name": "visit", "language": {"code": "en_US"}, "components": sent});
    let faults = template.check(&Content { kind: MessageKind::Template, body });
    faults.iter().map(|fault| format!("{} {}", fault.pointer, fault.code)).collect::<Vec<_>>().join("; ")
}

fn text(value: &str) -> Value {
    json!({"type": "text", "text": value})
}

#[test]
fn a_body_takes_as_many_parameters_as_it_has_places() {
    let asked = || json!([{"type": "BODY", "text": "Hi {{1}}, see you {{2}}. {{1}}!"}]);
    let sent = |parameters: Value| json!([{"type": "body", "parameters": parameters}]);
    let at = "/template/components/0/parameters";
    assert_eq!(faults(asked(), sent(json!([text("Ann"), text("on Monday")]))), "");
    assert_eq!(faults(asked(), sent(json!([text("Ann")]))), format!("{at} required"));
    assert_eq!(faults(asked(), sent(json!([text("a"), text("b"), text("c")]))), format!("{at} too_many"));
    assert_eq!(faults(asked(), json!([])), "/template/components required");
    assert_eq!(faults(json!([{"type": "BODY", "text": "Hello"}]), json!([])), "");
    assert_eq!(faults(json!([{"type": "BODY", "text": "Hello"}]), sent(json!([text("x")]))), format!("{at} too_many"));
}

#[test]
fn named_parameters_come_in_any_order() {
    let asked = || json!([{"type": "body", "text": "Hi {{first_name}}, see you {{day}}."}]);
    let named = |name: &str| json!({"type": "text", "text": "x", "parameter_name": name});
    let sent = |parameters: Value| json!([{"type": "body", "parameters": parameters}]);
    let at = |index: usize| format!("/template/components/0/parameters/{index}/parameter_name");
    assert_eq!(faults(asked(), sent(json!([named("day"), named("first_name")]))), "");
    assert_eq!(faults(asked(), sent(json!([named("day"), named("day")]))), format!("{} duplicate", at(1)));
    assert_eq!(faults(asked(), sent(json!([named("day"), named("name")]))), format!("{} not_allowed", at(1)));
    assert_eq!(faults(asked(), sent(json!([text("a"), named("day")]))), format!("{} required", at(0)));
}

#[test]
fn a_header_takes_what_its_format_says() {
    let asked = |format: &str| json!([{"type": "HEADER", "format": format}, {"type": "BODY", "text": "Hi"}]);
    let sent = |parameter: Value| json!([{"type": "header", "parameters": [parameter]}]);
    let at = "/template/components/0/parameters";
    let image = || json!({"type": "image", "image": {"id": "9"}});
    assert_eq!(faults(asked("IMAGE"), sent(image())), "");
    assert_eq!(faults(asked("IMAGE"), json!([])), "/template/components required");
    assert_eq!(faults(asked("VIDEO"), sent(image())), format!("{at}/0/type not_allowed"));
    assert_eq!(faults(asked("IMAGE"), sent(json!({"type": "image"}))), format!("{at}/0/image required"));
    let both = json!({"type": "image", "image": {"id": "9", "link": "https://a.b/c"}});
    assert_eq!(faults(asked("IMAGE"), sent(both)), format!("{at}/0/image required"));
    let place = json!({"type": "location", "location": {"latitude": 1, "longitude": 2}});
    assert_eq!(faults(asked("LOCATION"), sent(place)), "");
    assert_eq!(faults(json!([{"type": "HEADER", "format": "TEXT", "text": "For {{1}}"}]), sent(text("Ann"))), "");
    assert_eq!(faults(json!([{"type": "BODY", "text": "Hi"}]), sent(image())), format!("{at} too_many"));
    assert_eq!(faults(asked("HOLOGRAM"), sent(image())), "", "a format to come is the provider's to judge");
}

#[test]
fn buttons_are_found_by_their_place() {
    let asked = || {
        json!([{"type": "BODY", "text": "Hi"}, {"type": "BUTTONS", "buttons": [
            {"type": "QUICK_REPLY", "text": "Yes"},
            {"type": "URL", "text": "Track", "url": "https://shop.example/t/{{1}}"},
            {"type": "URL", "text": "Shop", "url": "https://shop.example"},
            {"type": "PHONE_NUMBER", "text": "Call", "phone_number": "+1"},
        ]}])
    };
    let button = |kind: &str, index: Value, parameters: Value| json!({"type": "button", "sub_type": kind, "index": index, "parameters": parameters});
    let track = || button("url", json!("1"), json!([text("42")]));
    let payload = json!([{"type": "payload", "payload": "YES"}]);
    assert_eq!(faults(asked(), json!([track()])), "");
    assert_eq!(faults(asked(), json!([button("quick_reply", json!(0), payload), track()])), "");
    assert_eq!(faults(asked(), json!([])), "/template/components required");
    let at = "/template/components/1";
    for (extra, fault) in [
        (button("url", json!("2"), json!([text("x")])), format!("{at}/parameters too_many")),
        (button("url", json!("0"), json!([])), format!("{at}/sub_type not_allowed")),
        (button("url", json!("4"), json!([text("x")])), format!("{at}/index unexpected")),
        (button("url", json!("first"), json!([text("x")])), format!("{at}/index required")),
        (button("url", json!(1), json!([text("x")])), format!("{at}/index duplicate")),
    ] {
        assert_eq!(faults(asked(), json!([track(), extra])), fault);
    }
    let coupon = || json!([{"type": "BUTTONS", "buttons": [{"type": "COPY_CODE"}]}]);
    let code = |code: &str| button("copy_code", json!("0"), json!([{"type": "coupon_code", "coupon_code": code}]));
    assert_eq!(faults(coupon(), json!([code("SAVE20")])), "");
    let too_long = "/template/components/0/parameters/0/coupon_code too_long";
    assert_eq!(faults(coupon(), json!([code("SAVE-20-AND-MORE")])), too_long);
}

#[test]
fn a_parameter_is_one_line() {
    let asked = || json!([{"type": "BODY", "text": "Hi {{1}}"}]);
    let sent = |value: &str| json!([{"type": "body", "parameters": [text(value)]}]);
    let at = "/template/components/0/parameters/0/text";
    assert_eq!(faults(asked(), sent("a    b")), "");
    for value in ["a\nb", "a\tb", "a\r\nb", "a     b"] {
        assert_eq!(faults(asked(), sent(value)), format!("{at} bad_format"), "{value:?}");
    }
    assert_eq!(faults(asked(), sent("")), format!("{at} empty"));
    assert_eq!(faults(asked(), sent(&"x".repeat(1025))), format!("{at} too_long"));
}

#[test]
fn parts_that_the_template_lacks_are_told_and_unknown_ones_left_alone() {
    let carousel = || json!([{"type": "carousel", "cards": []}]);
    assert_eq!(faults(json!([{"type": "BODY", "text": "Hi"}]), carousel()), "/template/components/0/type unexpected");
    assert_eq!(faults(json!([{"type": "BODY", "text": "Hi"}, {"type": "CAROUSEL", "cards": []}]), carousel()), "");
    // An authentication template's text is the provider's own.
    let code = json!([{"type": "BODY"}, {"type": "BUTTONS", "buttons": [{"type": "OTP", "otp_type": "COPY_CODE"}]}]);
    let sent = json!([
        {"type": "body", "parameters": [text("123456")]},
        {"type": "button", "sub_type": "url", "index": "0", "parameters": [text("123456")]},
    ]);
    assert_eq!(faults(code, sent), "");
}

#[test]
fn a_webhook_that_cannot_tell_of_a_media_header_keeps_it() {
    let listed = TemplateChange {
        components: Some(json!([{"type": "HEADER", "format": "IMAGE"}, {"type": "BODY", "text": "Hi"}])),
        ..TemplateChange::default()
    };
    let mut template = Template::new("1", &listed);
    template.merge(&listed);
    let webhook = TemplateChange {
        components: Some(json!([{"type": "BODY", "text": "Hi {{1}}"}])),
        detail: Some(json!({"message_template_element": "Hi {{1}}"})),
        ..TemplateChange::default()
    };
    template.merge(&webhook);
    let expected = json!([{"type": "HEADER", "format": "IMAGE"}, {"type": "BODY", "text": "Hi {{1}}"}]);
    assert_eq!(template.components, Some(expected));
    let list =
        TemplateChange { components: Some(json!([{"type": "BODY", "text": "Hi"}])), ..TemplateChange::default() };
    template.merge(&list);
    assert_eq!(template.components, list.components, "the list tells everything");
}
