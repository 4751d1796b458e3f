//! Message templates at the provider: its list, as changes for [`domain::channel::sync_templates`], and writing them. What was
//! written is reviewed there; what comes of that it tells by webhooks and in its list.

use domain::inbound::TemplateChange;
use domain::template::draft::Draft;
use serde_json::{Value, json};

use super::graph::{CallError, Graph};

/// Templates asked for at once.
pub const PAGE: usize = 100;
/// Pages that are read; an account has at most 6000 templates.
pub const PAGES_MAX: usize = 100;
/// What is asked for each.
const FIELDS: &str =
    "id,name,language,status,category,components,parameter_format,quality_score,rejected_reason,correct_category";
/// The code of a cursor that has expired.
const CURSOR_EXPIRED: i64 = 131_059;

/// All templates of an account. An expired cursor begins the list again, once.
///
/// # Errors
/// See [`CallError`]; never a part of the list, because what is missing from it counts as removed.
pub async fn list(graph: &Graph, waba_id: &str) -> Result<Vec<TemplateChange>, CallError> {
    match read_pages(graph, waba_id).await {
        Err(CallError::Refused { error, .. }) if error.error.code == CURSOR_EXPIRED => read_pages(graph, waba_id).await,
        outcome => outcome,
    }
}

async fn read_pages(graph: &Graph, waba_id: &str) -> Result<Vec<TemplateChange>, CallError> {
    let limit = PAGE.to_string();
    let (mut templates, mut after) = (Vec::new(), None::<String>);
    for _ in 0..PAGES_MAX {
        let mut query = vec![("fields", FIELDS), ("limit", limit.as_str())];
        if let Some(after) = &after {
            query.push(("after", after));
        }
        let page = graph.get(&[waba_id, "message_templates"], &query).await?;
        let data = page.get("data").and_then(Value::as_array).ok_or(CallError::Unknown("unreadable_answer"))?;
        templates.extend(data.iter().filter_map(template));
        let cursor = page.pointer("/paging/cursors/after").and_then(Value::as_str);
        // The next page's address is not followed, only its presence heeded; the cursor goes to our own address.
        let next = page.pointer("/paging/next").is_some().then_some(cursor).flatten().map(str::to_owned);
        if next.is_none() || next == after {
            return Ok(templates);
        }
        after = next;
    }
    Err(CallError::Unknown("too_many_pages"))
}

/// One template by the provider's id.
///
/// # Errors
/// See [`CallError`].
pub async fn get(graph: &Graph, template_id: &str) -> Result<TemplateChange, CallError> {
    let answer = graph.get(&[template_id], &[("fields", FIELDS)]).await?;
    template(&answer).ok_or(CallError::Unknown("unreadable_answer"))
}

/// What the provider says to a new template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Created {
    pub provider_id: String,
    /// `PENDING`, or settled at once; open.
    pub status: Option<String>,
    /// It may choose another than was asked for.
    pub category: Option<String>,
}

/// Hands over a new template. A second call with the same name and language is refused by the provider.
///
/// # Errors
/// See [`CallError`]; after [`CallError::Unknown`] the list tells whether it was taken.
pub async fn create(graph: &Graph, waba_id: &str, draft: &Draft) -> Result<Created, CallError> {
    let mut body = json!({
        "name": draft.name,
        "language": draft.language,
        "category": draft.category.as_str(),
        "parameter_format": if draft.is_named() { "NAMED" } else { "POSITIONAL" },
        "components": draft.components,
    });
    if let Some(seconds) = draft.message_send_ttl_seconds {
        body["message_send_ttl_seconds"] = seconds.into();
    }
    let answer = graph.post(&[waba_id, "message_templates"], &body).await?;
    let text = |key: &str| match answer.get(key)? {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    };
    let upper = |key: &str| text(key).map(|word| word.to_uppercase());
    let provider_id = text("id").ok_or(CallError::Unknown("unreadable_answer"))?;
    Ok(Created { provider_id, status: upper("status"), category: upper("category") })
}

/// Replaces the parts of a template that the provider has; it reviews it anew.
///
/// # Errors
/// See [`CallError`].
pub async fn edit(graph: &Graph, template_id: &str, draft: &Draft) -> Result<(), CallError> {
    let mut body = json!({ "category": draft.category.as_str(), "components": draft.components });
    if let Some(seconds) = draft.message_send_ttl_seconds {
        body["message_send_ttl_seconds"] = seconds.into();
    }
    graph.post(&[template_id], &body).await.map(drop)
}

/// Removes one template: without its id, all languages of that name would go.
///
/// # Errors
/// See [`CallError`].
pub async fn delete(graph: &Graph, waba_id: &str, template_id: &str, name: &str) -> Result<(), CallError> {
    graph.delete(&[waba_id, "message_templates"], &[("hsm_id", template_id), ("name", name)]).await.map(drop)
}

/// One entry; `None` where it has no name or language.
fn template(listed: &Value) -> Option<TemplateChange> {
    let text = |pointer: &str| match listed.pointer(pointer)? {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    };
    let upper = |pointer: &str| text(pointer).map(|word| word.to_uppercase());
    let category = upper("/category");
    Some(TemplateChange {
        provider_id: text("/id"),
        name: text("/name")?,
        language: text("/language")?,
        status: upper("/status"),
        reason: text("/rejected_reason").filter(|reason| reason != "NONE"),
        coming_category: upper("/correct_category").filter(|coming| Some(coming) != category.as_ref()),
        category,
        quality: upper("/quality_score/score").or_else(|| upper("/quality_score")),
        components: listed.get("components").filter(|components| components.is_array()).cloned(),
        at: None,
        detail: None,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::stub::{Reply, Stub, http};
    use super::*;

    fn page(names: &[&str], after: Option<&str>) -> Vec<u8> {
        let data: Vec<Value> = names
            .iter()
            .map(|name| json!({"id": 7, "name": name, "language": "en", "status": "approved", "category": "UTILITY"}))
            .collect();
        let mut body = json!({"data": data, "paging": {"cursors": {"before": "B", "after": after.unwrap_or("Z")}}});
        if after.is_some() {
            body["paging"]["next"] = "https://elsewhere.example/steal".into();
        }
        http(200, &[], body.to_string().as_bytes())
    }

    fn names(templates: &[TemplateChange]) -> Vec<&str> {
        templates.iter().map(|template| template.name.as_str()).collect()
    }

    #[tokio::test]
    async fn pages_are_followed_by_cursor_until_there_is_no_next() {
        let stub = Stub::start(|number, _| {
            Reply::Bytes(if number == 0 { page(&["a", "b"], Some("A+/=")) } else { page(&["c"], None) })
        })
        .await;
        let templates = list(stub.client().graph(), "500").await.unwrap();
        assert_eq!(names(&templates), ["a", "b", "c"]);
        assert_eq!(
            (templates[0].provider_id.as_deref(), templates[0].status.as_deref()),
            (Some("7"), Some("APPROVED"))
        );
        let asked = stub.asked();
        assert!(asked[0].starts_with("GET /v23.0/500/message_templates?fields="), "{}", asked[0]);
        assert!(asked[1].contains("&after=A%2B%2F%3D "), "{}", asked[1]);
    }

    #[tokio::test]
    async fn an_expired_cursor_begins_again_and_a_failure_gives_no_part() {
        let expired = || http(400, &[], br#"{"error":{"message":"cursor","code":131059}}"#);
        let stub = Stub::start(move |number, _| {
            Reply::Bytes(match number {
                0 => page(&["a"], Some("1")),
                1 => expired(),
                _ => page(&["a"], None),
            })
        })
        .await;
        assert_eq!(names(&list(stub.client().graph(), "5").await.unwrap()), ["a"]);
        let stub =
            Stub::start(move |number, _| Reply::Bytes(if number == 0 { page(&["a"], Some("1")) } else { expired() }));
        assert!(list(stub.await.client().graph(), "5").await.is_err());
        let stub = Stub::answering(200, "{}").await;
        assert_eq!(list(stub.client().graph(), "5").await, Err(CallError::Unknown("unreadable_answer")));
    }

    #[tokio::test]
    async fn a_list_that_turns_in_a_circle_ends() {
        let stub = Stub::start(|_, _| Reply::Bytes(page(&["a"], Some("same")))).await;
        assert_eq!(list(stub.client().graph(), "5").await.unwrap().len(), 2);
    }

    #[tokio::test]
    async fn one_template_tells_its_quality_and_coming_category() {
        let body = r#"{"id":"9","name":"x","language":"pt_BR","category":"UTILITY","correct_category":"MARKETING",
            "quality_score":{"score":"green"},"rejected_reason":"NONE","components":[{"type":"BODY","text":"Hi"}]}"#;
        let stub = Stub::answering(200, body).await;
        let template = get(stub.client().graph(), "9").await.unwrap();
        let found = (template.quality.as_deref(), template.coming_category.as_deref(), template.reason);
        assert_eq!(found, (Some("GREEN"), Some("MARKETING"), None));
        assert_eq!(template.components, Some(json!([{"type": "BODY", "text": "Hi"}])));
    }
}
