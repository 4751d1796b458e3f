//! The shape of a template send. Whether it fits the template is the template's own check.

use serde_json::Value;

use super::report::{Presence, Report};

const AT: &str = "/template";
const NAME_MAX: usize = 512;
const LANGUAGE_MAX: usize = 16;
/// A header, a body, an offer, a carousel and ten buttons, with room for kinds to come.
const COMPONENTS_MAX: usize = 30;
/// Most parameters of one component; the provider's own limit follows from the length of a body.
const PARAMETERS_MAX: usize = 100;
const WORD_MAX: usize = 64;

pub(super) fn check(report: &mut Report, body: &Value) {
    let Some(object) = report.top(body, AT, &["name", "language", "components"]) else { return };
    if let Some(name) = report.text(object, AT, "name", Presence::Required, NAME_MAX)
        && !name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
    {
        report.wrong("/template/name", "bad_format", "must be lower-case letters, digits and underscores");
    }
    if let Some(language) = report.object(object, AT, "language", Presence::Required) {
        report.text(language, "/template/language", "code", Presence::Required, LANGUAGE_MAX);
    }
    let components = report.array(object, AT, "components", Presence::Optional, 0..=COMPONENTS_MAX);
    for (index, component) in components.iter().enumerate() {
        let at = format!("/template/components/{index}");
        let Some(component) = report.must_be_object(Some(component), &at) else { continue };
        report.text(component, &at, "type", Presence::Required, WORD_MAX);
        let parameters = report.array(component, &at, "parameters", Presence::Optional, 0..=PARAMETERS_MAX);
        for (index, parameter) in parameters.iter().enumerate() {
            let at = format!("{at}/parameters/{index}");
            if let Some(parameter) = report.must_be_object(Some(parameter), &at) {
                report.text(parameter, &at, "type", Presence::Required, WORD_MAX);
            }
        }
    }
}
