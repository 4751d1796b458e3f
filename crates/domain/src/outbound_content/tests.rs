//! Tests of `outbound_content`.

use serde_json::{Value, json};

use super::check;
use crate::content::Content;

fn faults(content: Value) -> String {
    let content: Content = serde_json::from_value(content).unwrap();
    let faults = check(&content);
    faults.iter().map(|fault| format!("{} {}", fault.pointer, fault.code)).collect::<Vec<_>>().join("; ")
}

/// Each line: a content and its faults.
fn table(rows: &[(Value, &str)]) {
    for (content, expected) in rows {
        assert_eq!(faults(content.clone()), *expected, "{content}");
    }
}

fn times(text: &str, count: usize) -> String {
    text.repeat(count)
}

#[test]
fn texts() {
    table(&[
        (json!({"type": "text", "text": {"body": "hi"}}), ""),
        (json!({"type": "text", "text": {"body": "see https://a.b", "preview_url": true}}), ""),
        (json!({"type": "text", "text": {"body": times("你", 4096)}}), ""),
        (json!({"type": "text", "text": {"body": times("你", 4097)}}), "/text/body too_long"),
        (json!({"type": "text", "text": {"body": times("🦊", 4096)}}), ""),
        (json!({"type": "text", "text": {"body": " \n"}}), "/text/body empty"),
        (json!({"type": "text", "text": {"body": 5}}), "/text/body wrong_type"),
        (json!({"type": "text", "text": {}}), "/text/body required"),
        (json!({"type": "text", "text": "hi"}), "/text wrong_type"),
        (json!({"type": "text"}), "/text required"),
        (json!({"type": "text", "text": {"body": "hi", "preview_url": "yes"}}), "/text/preview_url wrong_type"),
        (
            json!({"type": "text", "text": {"body": "hi", "to": "1", "a/b~": 1}}),
            "/text/a~1b~0 unknown_key; /text/to unknown_key",
        ),
    ]);
}

#[test]
fn files() {
    table(&[
        (json!({"type": "image", "image": {"id": "1", "caption": times("ü", 1024)}}), ""),
        (json!({"type": "image", "image": {"id": "1", "caption": times("ü", 1025)}}), "/image/caption too_long"),
        (json!({"type": "video", "video": {"link": "https://files.example/a.mp4"}}), ""),
        (json!({"type": "video", "video": {"link": "ftp://files.example/a.mp4"}}), "/video/link bad_format"),
        (json!({"type": "video", "video": {"link": "https:///a"}}), "/video/link bad_format"),
        (json!({"type": "video", "video": {"link": "https://a b"}}), "/video/link bad_format"),
        (json!({"type": "document", "document": {"id": "1", "filename": "a.pdf"}}), ""),
        (json!({"type": "document", "document": {"id": "1", "link": "https://a.b"}}), "/document conflict"),
        (json!({"type": "document", "document": {}}), "/document/id required"),
        (json!({"type": "audio", "audio": {"id": "1", "voice": true}}), ""),
        (json!({"type": "audio", "audio": {"id": "1", "caption": "no"}}), "/audio/caption unknown_key"),
        (json!({"type": "sticker", "sticker": {"id": 7}}), "/sticker/id wrong_type"),
    ]);
}

#[test]
fn places_cards_and_reactions() {
    let card = json!({"name": {"formatted_name": "Ann Li", "first_name": "Ann"}, "phones": [{"phone": "+1"}]});
    table(&[
        (json!({"type": "location", "location": {"latitude": 52.5, "longitude": "13.4", "name": "Here"}}), ""),
        (
            json!({"type": "location", "location": {"latitude": 91, "longitude": -180}}),
            "/location/latitude out_of_range",
        ),
        (
            json!({"type": "location", "location": {"latitude": "north"}}),
            "/location/latitude wrong_type; /location/longitude required",
        ),
        (
            json!({"type": "location", "location": {"latitude": "NaN", "longitude": 1}}),
            "/location/latitude out_of_range",
        ),
        (json!({"type": "contacts", "contacts": [card]}), ""),
        (json!({"type": "contacts", "contacts": []}), "/contacts too_short"),
        (json!({"type": "contacts", "contacts": vec![card.clone(); 258]}), "/contacts too_many"),
        (json!({"type": "contacts", "contacts": {}}), "/contacts wrong_type"),
        (json!({"type": "contacts", "contacts": [{"name": {"formatted_name": "Ann"}}]}), "/contacts/0/name required"),
        (
            json!({"type": "contacts", "contacts": [{"phones": "+1"}]}),
            "/contacts/0/name required; /contacts/0/phones wrong_type",
        ),
        (json!({"type": "reaction", "reaction": {"message_id": "wamid.A", "emoji": "👍🏽"}}), ""),
        (json!({"type": "reaction", "reaction": {"emoji": ""}}), ""),
        (json!({"type": "reaction", "reaction": {}}), "/reaction/emoji required"),
        (json!({"type": "reaction", "reaction": {"emoji": "not an emoji at all"}}), "/reaction/emoji too_long"),
    ]);
}

#[test]
fn buttons_and_lists() {
    let button = |id: &str, title: &str| json!({"type": "reply", "reply": {"id": id, "title": title}});
    let buttons = |buttons: Value| json!({"type": "interactive", "interactive": {"type": "button", "body": {"text": "?"}, "action": {"buttons": buttons}}});
    let row = |id: &str| json!({"id": id, "title": "Row", "description": times("d", 72)});
    let list = |sections: Value| {
        json!({"type": "interactive", "interactive": {"type": "list", "body": {"text": times("b", 4096)},
            "action": {"button": "Choose", "sections": sections}}})
    };
    let rows = |from: usize, count: usize| (from..from + count).map(|n| row(&n.to_string())).collect::<Vec<_>>();
    let at = "/interactive/action";
    table(&[
        (buttons(json!([button("1", "Yes"), button("2", "No"), button("3", &times("ä", 20))])), ""),
        (buttons(json!([])), "/interactive/action/buttons too_short"),
        (
            buttons(json!([button("1", "a"), button("2", "b"), button("3", "c"), button("4", "d")])),
            "/interactive/action/buttons too_many",
        ),
        (
            buttons(json!([button("1", "Yes"), button("1", "Yes")])),
            "/interactive/action/buttons/1/reply/id duplicate; /interactive/action/buttons/1/reply/title duplicate",
        ),
        (buttons(json!([button("1", &times("ä", 21))])), "/interactive/action/buttons/0/reply/title too_long"),
        (
            buttons(json!([{"type": "url"}])),
            "/interactive/action/buttons/0/type not_allowed; /interactive/action/buttons/0/reply required",
        ),
        (list(json!([{"rows": rows(0, 10)}])), ""),
        (list(json!([{"title": "A", "rows": rows(0, 5)}, {"title": "B", "rows": rows(5, 5)}])), ""),
        (
            list(json!([{"title": "A", "rows": rows(0, 6)}, {"title": "B", "rows": rows(6, 5)}])),
            &format!("{at}/sections too_many"),
        ),
        (
            list(json!([{"title": "A", "rows": rows(0, 1)}, {"rows": rows(1, 1)}])),
            &format!("{at}/sections/1/title required"),
        ),
        (list(json!([{"rows": [row("a"), row("a")]}])), &format!("{at}/sections/0/rows/1/id duplicate")),
        (list(json!([{"rows": []}])), &format!("{at}/sections/0/rows too_short")),
    ]);
}

#[test]
fn other_interactive_messages() {
    let of = |kind: &str, action: Value| json!({"type": "interactive", "interactive": {"type": kind, "body": {"text": "Hi"}, "action": action}});
    let link = |text: &str, url: &str| json!({"name": "cta_url", "parameters": {"display_text": text, "url": url}});
    let flow = |parameters: Value| of("flow", json!({"name": "flow", "parameters": parameters}));
    let at = "/interactive/action/parameters";
    table(&[
        (of("cta_url", link("Open", "https://a.b")), ""),
        (of("cta_url", link(&times("x", 21), "a.b")), &format!("{at}/display_text too_long; {at}/url bad_format")),
        (flow(json!({"flow_message_version": "3", "flow_id": "1", "flow_cta": "Start", "mode": "draft"})), ""),
        (flow(json!({"flow_cta": times("x", 31)})), &format!("{at}/flow_cta too_long; {at}/flow_id required")),
        (flow(json!({"flow_cta": "x", "flow_id": "1", "mode": "secret"})), &format!("{at}/mode not_allowed")),
        (of("location_request_message", json!({"name": "send_location"})), ""),
        (of("location_request_message", json!({"name": "x"})), "/interactive/action/name not_allowed"),
        (of("request_contact_info", json!({"name": "request_contact_info"})), ""),
        (of("carousel", json!({"cards": [1]})), "/interactive/action/cards too_short"),
        (of("poll", json!({})), "/interactive/type not_allowed"),
        (
            json!({"type": "interactive", "interactive": {"type": "button"}}),
            "/interactive/body required; /interactive/action required",
        ),
        (json!({"type": "interactive"}), "/interactive required"),
    ]);
    let header = |kind: &str, header: Value| {
        json!({"type": "interactive", "interactive": {"type": kind, "header": header, "body": {"text": "?"},
            "footer": {"text": times("f", 61)}, "action": {"name": "send_location", "button": "x",
            "buttons": [{"type": "reply", "reply": {"id": "1", "title": "a"}}],
            "sections": [{"rows": [{"id": "1", "title": "t"}]}]}}})
    };
    let footer = "/interactive/footer/text too_long";
    table(&[
        (header("button", json!({"type": "image", "image": {"id": "1"}})), footer),
        (
            header("button", json!({"type": "image", "image": {}})),
            &format!("{footer}; /interactive/header/image/id required"),
        ),
        (
            header("list", json!({"type": "image", "image": {"id": "1"}})),
            &format!("{footer}; /interactive/header/type not_allowed"),
        ),
        (
            header("list", json!({"type": "text", "text": times("h", 61)})),
            &format!("{footer}; /interactive/header/text too_long"),
        ),
    ]);
}

#[test]
fn templates() {
    table(&[
        (json!({"type": "template", "template": {"name": "a_1", "language": {"code": "en_US"}}}), ""),
        (
            json!({"type": "template", "template": {"name": "A b", "language": "en"}}),
            "/template/name bad_format; /template/language wrong_type",
        ),
        (
            json!({"type": "template", "template": {"name": "a", "language": {"code": "en"}, "components": [{"parameters": [{}]}, 5]}}),
            "/template/components/0/type required; /template/components/0/parameters/0/type required; /template/components/1 wrong_type",
        ),
    ]);
}

#[test]
fn kinds_that_only_arrive_cannot_be_sent() {
    for kind in ["button", "order", "unsupported", "media_placeholder", "hologram", "system"] {
        assert_eq!(faults(json!({"type": kind, kind: {"x": 1}})), "/type not_allowed");
    }
}

#[test]
fn the_number_of_errors_is_bounded() {
    let cards = vec![json!({}); 257];
    let content: Content = serde_json::from_value(json!({"type": "contacts", "contacts": cards})).unwrap();
    assert_eq!(check(&content).len(), super::report::ERRORS_MAX);
}
