//! Buttons, lists and the other interactive messages.

use serde_json::{Map, Value};

use super::report::{Presence, Report};

type Object = Map<String, Value>;

const AT: &str = "/interactive";
const ACTION: &str = "/interactive/action";
const BODY_MAX: usize = 1024;
const LIST_BODY_MAX: usize = 4096;
const HEADER_MAX: usize = 60;
const FOOTER_MAX: usize = 60;
const BUTTON_TITLE_MAX: usize = 20;
const BUTTON_ID_MAX: usize = 256;
const BUTTONS_MAX: usize = 3;
const SECTIONS_MAX: usize = 10;
const ROWS_MAX: usize = 10;
const SECTION_TITLE_MAX: usize = 24;
const ROW_ID_MAX: usize = 200;
const ROW_TITLE_MAX: usize = 24;
const ROW_DESCRIPTION_MAX: usize = 72;
const FLOW_CTA_MAX: usize = 30;
const PRODUCTS_MAX: usize = 30;
const CARDS_MAX: usize = 10;
/// Ids of catalogues, products and flows; the provider names no limit.
const NAME_MAX: usize = 256;

const TYPES: [&str; 13] = [
    "button",
    "list",
    "cta_url",
    "flow",
    "location_request_message",
    "address_message",
    "product",
    "product_list",
    "catalog_message",
    "carousel",
    "call_permission_request",
    "request_contact_info",
    "voice_call",
];

pub(super) fn check(report: &mut Report, body: &Value) {
    let Some(object) = report.top(body, AT, &["type", "header", "body", "footer", "action"]) else { return };
    let Some(kind) = report.word(object, AT, "type", &TYPES) else { return };
    let list = kind == "list";
    // A single product may stand alone; everything else says something.
    let needs_body = if kind == "product" { Presence::Optional } else { Presence::Required };
    if let Some(body) = report.object(object, AT, "body", needs_body) {
        let max = if list { LIST_BODY_MAX } else { BODY_MAX };
        report.text(body, "/interactive/body", "text", Presence::Required, max);
    }
    if let Some(footer) = report.object(object, AT, "footer", Presence::Optional) {
        report.text(footer, "/interactive/footer", "text", Presence::Required, FOOTER_MAX);
    }
    header(report, object, kind);
    // A request to call needs no more than its own name, which may be left out with the action.
    let needs_action = if kind == "call_permission_request" { Presence::Optional } else { Presence::Required };
    let Some(action) = report.object(object, AT, "action", needs_action) else { return };
    match kind {
        "button" => buttons(report, action),
        "list" => rows(report, action),
        "cta_url" => {
            if let Some(parameters) = named(report, action, "cta_url") {
                report.text(parameters, PARAMETERS, "display_text", Presence::Required, BUTTON_TITLE_MAX);
                report.link(parameters, PARAMETERS, "url");
            }
        }
        "flow" => flow(report, action),
        "location_request_message" => name(report, action, "send_location"),
        "address_message" => {
            if let Some(parameters) = named(report, action, "address_message") {
                report.text(parameters, PARAMETERS, "country", Presence::Required, 2);
            }
        }
        "product" => {
            report.text(action, ACTION, "catalog_id", Presence::Required, NAME_MAX);
            report.text(action, ACTION, "product_retailer_id", Presence::Required, NAME_MAX);
        }
        "product_list" => products(report, action),
        "catalog_message" => name(report, action, "catalog_message"),
        "carousel" => {
            report.array(action, ACTION, "cards", Presence::Required, 2..=CARDS_MAX);
        }
        other => name(report, action, other),
    }
}

const PARAMETERS: &str = "/interactive/action/parameters";

/// Only buttons may carry a file above them; lists, links and flows a line of text, and a product list needs one.
fn header(report: &mut Report, object: &Object, kind: &str) {
    let at = "/interactive/header";
    let presence = if kind == "product_list" { Presence::Required } else { Presence::Optional };
    let Some(header) = report.object(object, AT, "header", presence) else { return };
    let allowed: &[&str] = match kind {
        "button" | "flow" | "cta_url" => &["text", "image", "video", "document"],
        _ => &["text"],
    };
    match report.word(header, at, "type", allowed) {
        Some("text") => {
            report.text(header, at, "text", Presence::Required, HEADER_MAX);
        }
        Some(media) => {
            if let Some(file) = report.object(header, at, media, Presence::Required) {
                super::source(report, file, &format!("{at}/{media}"));
            }
        }
        None => {}
    }
}

fn name(report: &mut Report, action: &Object, name: &str) {
    report.word(action, ACTION, "name", &[name]);
}

/// The parameters of an action of this name.
fn named<'a>(report: &mut Report, action: &'a Object, expected: &str) -> Option<&'a Object> {
    name(report, action, expected);
    report.object(action, ACTION, "parameters", Presence::Required)
}

fn buttons(report: &mut Report, action: &Object) {
    let (mut ids, mut titles) = (Vec::new(), Vec::new());
    let buttons = report.array(action, ACTION, "buttons", Presence::Required, 1..=BUTTONS_MAX);
    for (index, button) in buttons.iter().enumerate() {
        let at = format!("{ACTION}/buttons/{index}");
        let Some(button) = report.must_be_object(Some(button), &at) else { continue };
        report.word(button, &at, "type", &["reply"]);
        let Some(reply) = report.object(button, &at, "reply", Presence::Required) else { continue };
        let at = format!("{at}/reply");
        let id = report.text(reply, &at, "id", Presence::Required, BUTTON_ID_MAX);
        let title = report.text(reply, &at, "title", Presence::Required, BUTTON_TITLE_MAX);
        report.distinct(&mut ids, id, format!("{at}/id"));
        report.distinct(&mut titles, title, format!("{at}/title"));
    }
}

fn rows(report: &mut Report, action: &Object) {
    report.text(action, ACTION, "button", Presence::Required, BUTTON_TITLE_MAX);
    let sections = report.array(action, ACTION, "sections", Presence::Required, 1..=SECTIONS_MAX);
    let titled = if sections.len() > 1 { Presence::Required } else { Presence::Optional };
    let (mut ids, mut count) = (Vec::new(), 0);
    for (index, section) in sections.iter().enumerate() {
        let at = format!("{ACTION}/sections/{index}");
        let Some(section) = report.must_be_object(Some(section), &at) else { continue };
        report.text(section, &at, "title", titled, SECTION_TITLE_MAX);
        let rows = report.array(section, &at, "rows", Presence::Required, 1..=ROWS_MAX);
        count += rows.len();
        for (index, row) in rows.iter().enumerate() {
            let at = format!("{at}/rows/{index}");
            let Some(row) = report.must_be_object(Some(row), &at) else { continue };
            let id = report.text(row, &at, "id", Presence::Required, ROW_ID_MAX);
            report.distinct(&mut ids, id, format!("{at}/id"));
            report.text(row, &at, "title", Presence::Required, ROW_TITLE_MAX);
            report.text(row, &at, "description", Presence::Optional, ROW_DESCRIPTION_MAX);
        }
    }
    if count > ROWS_MAX {
        let detail = format!("has {count} rows in all sections, at most {ROWS_MAX} are allowed");
        report.wrong(format!("{ACTION}/sections"), "too_many", detail);
    }
}

fn flow(report: &mut Report, action: &Object) {
    let Some(parameters) = named(report, action, "flow") else { return };
    report.text(parameters, PARAMETERS, "flow_cta", Presence::Required, FLOW_CTA_MAX);
    match (parameters.contains_key("flow_id"), parameters.contains_key("flow_name")) {
        (true, true) => report.wrong(PARAMETERS, "conflict", "must have a flow_id or a flow_name, not both"),
        (false, false) => {
            report.wrong(format!("{PARAMETERS}/flow_id"), "required", "must have a flow_id or a flow_name");
        }
        (true, false) => {
            report.text(parameters, PARAMETERS, "flow_id", Presence::Required, NAME_MAX);
        }
        (false, true) => {
            report.text(parameters, PARAMETERS, "flow_name", Presence::Required, NAME_MAX);
        }
    }
    for (key, words) in [("mode", &["draft", "published"]), ("flow_action", &["navigate", "data_exchange"])] {
        if parameters.contains_key(key) {
            report.word(parameters, PARAMETERS, key, words);
        }
    }
    report.object(parameters, PARAMETERS, "flow_action_payload", Presence::Optional);
}

fn products(report: &mut Report, action: &Object) {
    report.text(action, ACTION, "catalog_id", Presence::Required, NAME_MAX);
    let sections = report.array(action, ACTION, "sections", Presence::Required, 1..=SECTIONS_MAX);
    let titled = if sections.len() > 1 { Presence::Required } else { Presence::Optional };
    let mut count = 0;
    for (index, section) in sections.iter().enumerate() {
        let at = format!("{ACTION}/sections/{index}");
        let Some(section) = report.must_be_object(Some(section), &at) else { continue };
        report.text(section, &at, "title", titled, SECTION_TITLE_MAX);
        let items = report.array(section, &at, "product_items", Presence::Required, 1..=PRODUCTS_MAX);
        count += items.len();
        for (index, item) in items.iter().enumerate() {
            let at = format!("{at}/product_items/{index}");
            if let Some(item) = report.must_be_object(Some(item), &at) {
                report.text(item, &at, "product_retailer_id", Presence::Required, NAME_MAX);
            }
        }
    }
    if count > PRODUCTS_MAX {
        let detail = format!("has {count} products in all sections, at most {PRODUCTS_MAX} are allowed");
        report.wrong(format!("{ACTION}/sections"), "too_many", detail);
    }
}
