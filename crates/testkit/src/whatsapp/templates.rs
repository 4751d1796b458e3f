//! Templates: the list with its cursors, creating, editing and removing them, and what a send must fit.

use serde_json::{Value, json};

use super::error::GraphError;
use super::review;
use super::world::{Template, World};

/// A page of an account's templates.
pub(super) fn list(world: &World, waba: &str, after: Option<&str>, limit: usize) -> Value {
    let now = world.now_ms();
    let mut state = world.state.lock();
    let all = state.templates.get_mut(waba).map(Vec::as_mut_slice).unwrap_or_default();
    all.iter_mut().for_each(|template| review::settle(template, now));
    let all = &*all;
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

/// How long the name of an approved template that was removed stays taken.
const NAME_BLOCKED_MS: i64 = 30 * DAY_MS;
const DAY_MS: i64 = 24 * 3_600_000;

/// Creates one, which is reviewed then (see [`review`]).
pub(super) fn create(world: &World, waba: &str, body: &Value) -> Result<Value, GraphError> {
    let text = |field: &str| body.get(field).and_then(Value::as_str);
    let (Some(name), Some(language), Some(category)) = (text("name"), text("language"), text("category")) else {
        return Err(GraphError::of(100).details("name, language and category are required"));
    };
    if name.is_empty() || !name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_') {
        return Err(GraphError::of(100).details("name takes lower-case letters, digits and underscores"));
    }
    let components = body.get("components").cloned().unwrap_or(json!([]));
    review::check(category, &components)?;
    let now = world.now_ms();
    let mut state = world.state.lock();
    let refused =
        |subcode: i64, details: String| Err(GraphError { subcode: Some(subcode), ..GraphError::param(details) });
    if state.blocked_names.get(&(waba.to_owned(), name.to_owned())).is_some_and(|until| *until > now) {
        return refused(
            2_388_023,
            format!("New content for {name} can't be added while the deleted one is being removed"),
        );
    }
    let known = state.templates.entry(waba.to_owned()).or_default();
    if known.iter().any(|it| it.name == name && same_language(&it.language, language)) {
        return refused(2_388_024, format!("There is already {language} content for {name}"));
    }
    let mut template = Template {
        id: (8_000_000_000 + world.fresh()).to_string(),
        name: name.to_owned(),
        language: language.to_owned(),
        category: category.to_owned(),
        status: "PENDING".to_owned(),
        components,
        rejected_reason: "NONE".to_owned(),
        review: review::begin(now, name),
        edited_ms: None,
    };
    review::settle(&mut template, now);
    known.push(template.clone());
    drop(state);
    review::announce(world, waba, &template);
    Ok(json!({ "id": template.id, "status": template.status, "category": template.category }))
}

/// Replaces the parts of one, which is reviewed anew. `None`: there is no such template.
pub(super) fn edit(world: &World, id: &str, body: &Value) -> Option<Result<Value, GraphError>> {
    let now = world.now_ms();
    let mut state = world.state.lock();
    let (waba, template) = state
        .templates
        .iter_mut()
        .find_map(|(waba, all)| Some((waba.clone(), all.iter_mut().find(|it| it.id == id)?)))?;
    review::settle(template, now);
    let refused = |details: &str| Some(Err(GraphError::param(details)));
    let approved = template.status == "APPROVED";
    if !matches!(template.status.as_str(), "APPROVED" | "REJECTED" | "PAUSED") {
        return refused("Only approved, rejected and paused templates can be edited");
    }
    if approved && template.edited_ms.is_some_and(|at| now - at < DAY_MS) {
        return refused("An approved template can be edited once in 24 hours");
    }
    let category = body.get("category").and_then(Value::as_str).unwrap_or(&template.category).to_owned();
    if approved && category != template.category {
        return refused("The category of an approved template can't be edited");
    }
    let components = body.get("components").cloned().unwrap_or_else(|| template.components.clone());
    if let Err(error) = review::check(&category, &components) {
        return Some(Err(error));
    }
    (template.components, template.category, template.status) = (components, category, "PENDING".to_owned());
    template.edited_ms = approved.then_some(now).or(template.edited_ms);
    template.review = review::begin(now, &template.name);
    review::settle(template, now);
    let edited = template.clone();
    drop(state);
    review::announce(world, &waba, &edited);
    Some(Ok(json!({ "success": true })))
}

/// One by its id.
pub(super) fn read(world: &World, id: &str) -> Option<Value> {
    let now = world.now_ms();
    let mut state = world.state.lock();
    let template = state.templates.values_mut().flatten().find(|template| template.id == id)?;
    review::settle(template, now);
    Some(shown(template))
}

/// Removes every language of a name, or the one with an id.
pub(super) fn delete(world: &World, waba: &str, name: &str, id: Option<&str>) -> Result<Value, GraphError> {
    let now = world.now_ms();
    let mut state = world.state.lock();
    let Some(all) = state.templates.get_mut(waba) else { return Ok(json!({ "success": true })) };
    all.iter_mut().for_each(|template| review::settle(template, now));
    let meant = |it: &Template| it.name == name && id.is_none_or(|id| it.id == id);
    if !all.iter().any(meant) {
        return Err(GraphError::param(format!("there is no template {name}")));
    }
    if all.iter().any(|it| meant(it) && it.status == "DISABLED") {
        return Err(GraphError::param("A disabled template can't be deleted"));
    }
    let approved = all.iter().any(|it| meant(it) && it.status == "APPROVED");
    all.retain(|it| !meant(it));
    if approved {
        state.blocked_names.insert((waba.to_owned(), name.to_owned()), now + NAME_BLOCKED_MS);
    }
    Ok(json!({ "success": true }))
}

fn same_language(one: &str, other: &str) -> bool {
    one.replace('-', "_") == other.replace('-', "_")
}

/// Changes a template's status and tells about it, as the provider does on its own.
pub(super) fn set_status(world: &World, waba: &str, name: &str, status: &str) {
    let mut told = Vec::new();
    if let Some(all) = world.state.lock().templates.get_mut(waba) {
        for template in all.iter_mut().filter(|template| template.name == name) {
            template.status = status.to_owned();
            template.review = None;
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
    let now = world.now_ms();
    let mut state = world.state.lock();
    let waba = state.numbers.get(number).map(|number| number.waba_id.clone()).unwrap_or_default();
    state.templates.get_mut(&waba).into_iter().flatten().for_each(|template| review::settle(template, now));
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
        "parameter_format": if is_named(&template.components) { "NAMED" } else { "POSITIONAL" },
        "components": template.components,
        "quality_score": { "score": "GREEN" },
        "rejected_reason": template.rejected_reason,
    })
}

fn is_named(components: &Value) -> bool {
    let body = super::template_fit::component(components, "BODY").and_then(|body| body["text"].as_str());
    let names = super::template_fit::variables(body.unwrap_or_default());
    names.iter().any(|name| name.parse::<u32>().is_err())
}
