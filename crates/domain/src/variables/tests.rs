//! Tests of `variables`.

use serde_json::json;

use super::*;

fn known() -> Known {
    Known {
        contact_name: Some("Ana Pérez Gil".to_owned()),
        attributes: [
            ("plan".to_owned(), AttributeValue::Text("gold".to_owned())),
            ("seats".to_owned(), AttributeValue::Number(3.into())),
        ]
        .into(),
        agent_name: Some("Bo Li".to_owned()),
        team_name: None,
        brand_name: Some("Nadir".to_owned()),
        channel_name: Some("Spain".to_owned()),
        conversation_number: Some(41),
    }
}

fn rendered(text: &str) -> String {
    let Rendered { text, missing } = render(text, &known());
    if missing.is_empty() { text } else { format!("{text} — missing {}", missing.join(", ")) }
}

#[test]
fn what_is_known_is_filled_in_and_what_is_not_falls_back_or_is_named() {
    for (text, expected) in [
        ("", ""),
        ("Hello", "Hello"),
        ("{{contact.name}}, {{ contact.first_name }}!", "Ana Pérez Gil, Ana!"),
        ("{{agent.first_name}} of {{brand.name}} ({{channel.name}})", "Bo of Nadir (Spain)"),
        ("#{{conversation.number}}", "#41"),
        ("{{contact.attribute.plan}} × {{contact.attribute.seats}}", "gold × 3"),
        ("{{team.name|our team}}", "our team"),
        ("{{contact.first_name|there}}", "Ana"),
        ("[{{team.name|}}]", "[]"),
        ("{{team.name}} {{team.name}} {{contact.attribute.none}}", "   — missing team.name, contact.attribute.none"),
        ("你好 {{contact.first_name}}！", "你好 Ana！"),
        ("{{no.such}} {{contact.name", "{{no.such}} {{contact.name"),
        ("{ {contact.name} } {{{contact.name}}}", "{ {contact.name} } {{{contact.name}}}"),
    ] {
        assert_eq!(rendered(text), expected, "{text}");
    }
}

#[test]
fn what_is_put_in_is_never_read_again() {
    let mut values = known();
    values.contact_name = Some("{{agent.name}}".to_owned());
    values.attributes.insert("note".to_owned(), AttributeValue::Text("{{contact.name}}".to_owned()));
    let text = "{{contact.name}} {{contact.attribute.note}} {{contact.name|{{brand.name}}";
    assert_eq!(render(text, &values).text, "{{agent.name}} {{contact.name}} {{agent.name}}");
    // Not even where two values stand side by side and make braces together.
    values.contact_name = Some("{".to_owned());
    assert_eq!(render("{{contact.name}}{{contact.name}}agent.name}}", &values).text, "{{agent.name}}");
}

#[test]
fn a_name_of_nothing_but_spaces_is_no_name() {
    let values = Known { contact_name: Some(" \u{a0}".to_owned()), ..Known::default() };
    assert_eq!(render("Hi {{contact.first_name|there}}", &values).text, "Hi there");
}

#[test]
fn mistakes_say_where_they_are() {
    let found = |text: &str| {
        let all = check(text);
        all.iter().map(|it| format!("{} {}", it.offset, it.code)).collect::<Vec<_>>().join("; ")
    };
    for (text, expected) in [
        ("Hello {{contact.name}} {{contact.attribute.plan|none}}", ""),
        ("é{{contact.nam}}", "1 unknown_variable"),
        (
            "{{}} {{contact.attribute.}} {{contact.attribute.a b}}",
            "0 unknown_variable; 5 unknown_variable; 28 unknown_variable",
        ),
        ("{{contact.name}} {{contact.name", "17 unclosed"),
        ("{{agent.name | a | b}}", ""),
        ("Hi {{contact.name|{{agent.name}}", "3 unclosed"),
        ("{{AGENT.NAME}}", "0 unknown_variable"),
    ] {
        assert_eq!(found(text), expected, "{text}");
    }
    assert_eq!(check(&"{{x}}".repeat(1_000)).len(), ERRORS_MAX);
}

#[test]
fn a_contents_texts_are_filled_in_and_its_addresses_are_not() {
    let content: Content = serde_json::from_value(json!({"type": "interactive", "interactive": {
        "type": "button", "header": {"type": "text", "text": "{{brand.name}}"}, "body": {"text": "Hi {{contact.first_name}}"},
        "action": {"buttons": [{"type": "reply", "reply": {"id": "{{contact.name}}", "title": "{{team.name}}"}}]}}}))
    .unwrap();
    let (filled, missing) = render_content(&content, &known());
    assert_eq!(filled.body["header"]["text"], "Nadir");
    assert_eq!(filled.body["body"]["text"], "Hi Ana");
    assert_eq!(filled.body["action"]["buttons"][0]["reply"]["id"], "{{contact.name}}");
    assert_eq!(missing, ["team.name"]);

    let text = Content::text("{{contact.name}} {{nobody}}");
    let pointers: Vec<_> = content_errors(&text, "/content").into_iter().map(|it| (it.pointer, it.code)).collect();
    assert_eq!(pointers, [("/content/text/body".to_owned(), "unknown_variable")]);
    assert!(content_errors(&content, "").is_empty());
}

#[test]
fn names_are_listed_once_and_in_order() {
    assert_eq!(named("{{team.name}} {{contact.name|x}} {{team.name}} {{y}}"), ["team.name", "contact.name"]);
}
