//! Templates: the list with its cursors, and what a send must fit.

use serde_json::{Value, json};

use super::error::GraphError;
use super::world::{Template, World};

/// A page of an account's templates.
pub(super) fn list(world: &World, waba: &str, after: Option<&str>, limit: usize) -> Value {
    let state = world.state.lock();
    let all = state.templates.get(waba).map(Vec::as_slice).unwrap_or_default();
    let start = after.and_then(|id| all.iter().position(|template| template.id == id)).map_or(0, |index| index + 1);
    let page: Vec<&Template> = all.iter().skip(start).take(limit).collect();
    let mut paging = json!({});
    if let (Some(first), Some(last)) = (page.first(), page.last()) {
        paging["cursors"] = json!({ "before": first.id, "after": last.id });
        if start + page.len() < all.len() {
            paging["next"] = json!(format!("/{waba}/message_templates?after={}", last.id));
        }
    }
    json!({ "data": page.into_iter().map(shown).collect::<Vec<_>>(), "paging": paging })
}

/// Creates one; it is approved at once.
pub(super) fn create(world: &World, waba: &str, body: &Value) -> Result<Value, GraphError> {
    let text = |field: &str| body.get(field).and_then(Value::as_str);
    let (Some(name), Some(language), Some(category)) = (text("name"), text("language"), text("category")) else {
        return Err(GraphError::of(100).details("name, language and category are required"));
    };
    if name.is_empty() || !name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_') {
        return Err(GraphError::of(100).details("name takes lower-case letters, digits and underscores"));
    }
    world.add_template(waba, name, language, category, body.get("components").cloned().unwrap_or(json!([])));
    let state = world.state.lock();
    let id = state.templates.get(waba).and_then(|all| all.last()).map(|template| template.id.clone());
    Ok(json!({ "id": id, "status": "APPROVED", "category": category }))
}

/// Removes every language of a name.
pub(super) fn delete(world: &World, waba: &str, name: &str) -> Value {
    if let Some(all) = world.state.lock().templates.get_mut(waba) {
        all.retain(|template| template.name != name);
    }
    json!({ "success": true })
}

/// Changes a template's status and tells about it, as the provider does on its own.
pub(super) fn set_status(world: &World, waba: &str, name: &str, status: &str) {
    let mut told = Vec::new();
    if let Some(all) = world.state.lock().templates.get_mut(waba) {
        for template in all.iter_mut().filter(|template| template.name == name) {
            template.status = status.to_owned();
            told.push(json!({
                "event": status,
                "message_template_id": template.id.parse::<u64>().unwrap_or(0),
                "message_template_name": template.name,
                "message_template_language": template.language.replace('_', "-"),
                "reason": "NONE",
            }));
        }
    }
    for value in told {
        world.queue_change(waba, "message_template_status_update", value);
    }
}

pub(super) fn category(world: &World, number: &str, name: &str) -> Option<String> {
    let state = world.state.lock();
    let waba = &state.numbers.get(number)?.waba_id;
    Some(state.templates.get(waba)?.iter().find(|template| template.name == name)?.category.clone())
}

/// Whether a send fits the template it names.
pub(super) fn check(world: &World, number: &str, content: &Value) -> Result<(), GraphError> {
    let text = |pointer: &str| content.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    let (name, language) = (text("/name"), text("/language/code").replace('-', "_"));
    let state = world.state.lock();
    let waba = state.numbers.get(number).map(|number| number.waba_id.clone()).unwrap_or_default();
    let known = state.templates.get(&waba).into_iter().flatten();
    let template = known.into_iter().find(|it| it.name == name && it.language.replace('-', "_") == language);
    let Some(template) = template else {
        return Err(GraphError::of(132001).details(format!("template name ({name}) does not exist in {language}")));
    };
    match template.status.as_str() {
        "APPROVED" => {}
        "PAUSED" => return Err(GraphError::of(132015)),
        "DISABLED" => return Err(GraphError::of(132016)),
        _ => return Err(GraphError::of(132001).details(format!("template {name} is {}", template.status))),
    }
    super::template_fit::check(&template.components, content.get("components").unwrap_or(&Value::Null))
}

fn shown(template: &Template) -> Value {
    json!({
        "id": template.id,
        "name": template.name,
        "language": template.language,
        "status": template.status,
        "category": template.category,
        "parameter_format": "POSITIONAL",
        "components": template.components,
        "quality_score": { "score": "GREEN" },
        "rejected_reason": "NONE",
    })
}
