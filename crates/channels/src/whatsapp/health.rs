//! Is a number fit to send, and do its webhooks come to us? Read by a periodic probe; nothing is changed here.

use serde_json::Value;

use super::graph::{CallError, Graph};

const FIELDS: &str = "id,display_phone_number,verified_name,quality_rating,status,name_status,platform_type,throughput,\
    is_on_biz_app,whatsapp_business_manager_messaging_limit,health_status";

/// Messages per second of a number.
const STANDARD_MPS: u32 = 80;
/// Of a number that is also used in the phone app.
const COEXISTENCE_MPS: u32 = 20;
/// Of a number whose throughput has been raised.
const UPGRADED_MPS: u32 = 1_000;

/// Whether messages can be sent, in the provider's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum CanSend {
    Available,
    /// With restrictions; see the problems.
    Limited,
    Blocked,
}

/// Something that keeps an entity from sending.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// `PHONE_NUMBER`, `WABA`, `BUSINESS`, `APP`, `MESSAGE_TEMPLATE`; open.
    pub entity: String,
    pub code: Option<i64>,
    pub description: Option<String>,
    pub solution: Option<String>,
}

/// What the provider says about a number. Whatever it leaves out is `None`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NumberHealth {
    pub display_phone_number: Option<String>,
    pub verified_name: Option<String>,
    /// `GREEN`, `YELLOW`, `RED`, `UNKNOWN`; open.
    pub quality: Option<String>,
    /// `CONNECTED`, `FLAGGED`, `RESTRICTED`, …; open.
    pub status: Option<String>,
    pub name_status: Option<String>,
    /// Messages per second that the number may send.
    pub throughput_mps: Option<u32>,
    /// Also used in the phone app.
    pub coexistence: bool,
    /// `TIER_250`, …, `TIER_UNLIMITED`; open.
    pub messaging_limit: Option<String>,
    pub can_send: Option<CanSend>,
    pub problems: Vec<Problem>,
}

/// Asks about a number.
///
/// # Errors
/// See [`CallError`].
pub async fn number(graph: &Graph, phone_number_id: &str) -> Result<NumberHealth, CallError> {
    let answer = graph.get(&[phone_number_id], &[("fields", FIELDS)]).await?;
    if answer.is_object() { Ok(read_number(&answer)) } else { Err(CallError::Unknown("unreadable_answer")) }
}

/// How many people a `TIER_…` lets a number write to first in 24 hours; `None`: a word we do not know.
pub fn people_in_a_day(tier: &str) -> Option<u32> {
    let size = tier.strip_prefix("TIER_")?;
    match size.strip_suffix('K') {
        Some(thousands) => thousands.parse::<u32>().ok()?.checked_mul(1_000),
        None if size == "UNLIMITED" => Some(u32::MAX),
        None => size.parse().ok(),
    }
}

/// The ids of the apps that get the account's webhooks. Where ours is missing, nothing arrives and nobody says so.
///
/// # Errors
/// See [`CallError`].
pub async fn subscribed_apps(graph: &Graph, waba_id: &str) -> Result<Vec<String>, CallError> {
    let answer = graph.get(&[waba_id, "subscribed_apps"], &[]).await?;
    let data = answer.get("data").and_then(Value::as_array).ok_or(CallError::Unknown("unreadable_answer"))?;
    let id = |app: &Value| text(app, "/whatsapp_business_api_data/id").or_else(|| text(app, "/id"));
    Ok(data.iter().filter_map(id).collect())
}

/// What a token is good for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenHealth {
    pub valid: bool,
    pub app_id: Option<String>,
    /// Seconds since the epoch; `None` for tokens without end.
    pub expires_at: Option<i64>,
    pub scopes: Vec<String>,
}

/// Asks about the very token that the calls are made with.
///
/// # Errors
/// See [`CallError`].
pub async fn token(graph: &Graph) -> Result<TokenHealth, CallError> {
    let answer = graph.get(&["debug_token"], &[("input_token", graph.token())]).await?;
    let data = answer.get("data").filter(|data| data.is_object()).ok_or(CallError::Unknown("unreadable_answer"))?;
    let scopes = data.get("scopes").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    Ok(TokenHealth {
        valid: data.get("is_valid").and_then(Value::as_bool).unwrap_or(false),
        app_id: text(data, "/app_id"),
        expires_at: data.get("expires_at").and_then(Value::as_i64).filter(|at| *at > 0),
        scopes: scopes.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
    })
}

fn read_number(answer: &Value) -> NumberHealth {
    let upper = |pointer: &str| text(answer, pointer).map(|word| word.to_uppercase());
    let coexistence = answer.get("is_on_biz_app").and_then(Value::as_bool).unwrap_or(false);
    let throughput_mps = match upper("/throughput/level").as_deref() {
        _ if coexistence => Some(COEXISTENCE_MPS),
        Some("STANDARD") => Some(STANDARD_MPS),
        Some("HIGH") => Some(UPGRADED_MPS),
        _ => None,
    };
    let entities = answer.pointer("/health_status/entities").and_then(Value::as_array);
    NumberHealth {
        display_phone_number: text(answer, "/display_phone_number"),
        verified_name: text(answer, "/verified_name"),
        quality: upper("/quality_rating"),
        status: upper("/status"),
        name_status: upper("/name_status"),
        throughput_mps,
        coexistence,
        messaging_limit: upper("/whatsapp_business_manager_messaging_limit"),
        can_send: can_send(answer.pointer("/health_status/can_send_message")),
        problems: entities.map(Vec::as_slice).unwrap_or_default().iter().flat_map(problems).collect(),
    }
}

fn can_send(word: Option<&Value>) -> Option<CanSend> {
    match word?.as_str()? {
        "AVAILABLE" => Some(CanSend::Available),
        "LIMITED" => Some(CanSend::Limited),
        "BLOCKED" => Some(CanSend::Blocked),
        _ => None,
    }
}

fn problems(entity: &Value) -> Vec<Problem> {
    let name = text(entity, "/entity_type").unwrap_or_default();
    let errors = entity.get("errors").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let problem = |error: &Value| Problem {
        entity: name.clone(),
        code: text(error, "/error_code").and_then(|code| code.parse().ok()),
        description: text(error, "/error_description"),
        solution: text(error, "/possible_solution"),
    };
    errors.iter().map(problem).collect()
}

fn text(value: &Value, pointer: &str) -> Option<String> {
    match value.pointer(pointer)? {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::stub::Stub;
    use super::*;

    #[tokio::test]
    async fn a_number_tells_how_it_is() {
        let body = r#"{"id":"1001","display_phone_number":"+44 7700 900999","verified_name":"Shop","quality_rating":"GREEN",
            "status":"CONNECTED","throughput":{"level":"HIGH"},"whatsapp_business_manager_messaging_limit":"TIER_2K",
            "health_status":{"can_send_message":"LIMITED","entities":[{"entity_type":"WABA","id":"5","can_send_message":
            "LIMITED","errors":[{"error_code":141006,"error_description":"No payment method","possible_solution":"Add"}]},
            {"entity_type":"APP","can_send_message":"AVAILABLE"}]}}"#;
        let stub = Stub::answering(200, body).await;
        let health = number(stub.client().graph(), "1001").await.unwrap();
        assert_eq!((health.throughput_mps, health.can_send), (Some(1000), Some(CanSend::Limited)));
        assert_eq!(health.messaging_limit.as_deref().and_then(people_in_a_day), Some(2_000));
        let limits = ["TIER_250", "TIER_UNLIMITED", "TIER_NEW"].map(people_in_a_day);
        assert_eq!(limits, [Some(250), Some(u32::MAX), None]);
        assert_eq!(health.problems.len(), 1);
        assert_eq!((health.problems[0].entity.as_str(), health.problems[0].code), ("WABA", Some(141_006)));
        assert!(stub.asked()[0].starts_with("GET /v23.0/1001?fields=id%2Cdisplay"), "{}", stub.asked()[0]);
    }

    #[tokio::test]
    async fn what_is_left_out_is_unknown() {
        let stub = Stub::answering(200, r#"{"is_on_biz_app":true,"throughput":"odd"}"#).await;
        let health = number(stub.client().graph(), "1").await.unwrap();
        assert_eq!((health.throughput_mps, health.can_send, health.quality), (Some(20), None, None));
        let stub = Stub::answering(200, "[]").await;
        assert!(number(stub.client().graph(), "1").await.is_err());
    }

    #[tokio::test]
    async fn apps_and_tokens_are_read() {
        let apps = r#"{"data":[{"whatsapp_business_api_data":{"id":"42","name":"desk"}},{"id":43},{}]}"#;
        let stub = Stub::answering(200, apps).await;
        assert_eq!(subscribed_apps(stub.client().graph(), "5").await.unwrap(), ["42", "43"]);
        let stub =
            Stub::answering(200, r#"{"data":{"is_valid":true,"app_id":"42","expires_at":0,"scopes":["a"]}}"#).await;
        let expected =
            TokenHealth { valid: true, app_id: Some("42".to_owned()), expires_at: None, scopes: vec!["a".to_owned()] };
        assert_eq!(token(stub.client().graph()).await.unwrap(), expected);
    }
}
