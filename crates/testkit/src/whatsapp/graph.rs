//! The Graph paths. Everything a connector calls is answered the way the real one answers; a path nobody knows is an
//! error in the same envelope.

use std::time::Duration;

use actix_multipart::Multipart;
use actix_web::http::Method;
use actix_web::{HttpRequest, HttpResponse, web};
use futures_util::StreamExt;
use serde_json::{Value, json};

use super::error::GraphError;
use super::ledger::ApiCall;
use super::server::Shared;
use super::world::{TokenState, World};
use super::{media, send, templates};

/// The oldest Graph version that still answers.
const OLDEST_VERSION: u32 = 21;

/// Every path that is not the simulator's own.
pub(super) async fn handle(request: HttpRequest, world: Shared, body: web::Bytes) -> HttpResponse {
    let trace = format!("sim{:012}", world.fresh());
    let segments: Vec<String> =
        request.path().split('/').filter(|segment| !segment.is_empty()).map(str::to_owned).collect();
    let json: Value = serde_json::from_slice(&body).unwrap_or(Value::Null);
    let answer = match route(&request, &world, &segments, &json).await {
        Ok(answer) => answer,
        Err(Refusal::Graph(error)) => error.response(&trace),
        Err(Refusal::Cut) => {
            record(&world, &request, json, 0);
            // A body that breaks off: the client sees the connection end in the middle of an answer.
            let broken = futures_util::stream::once(async { Err::<web::Bytes, _>(std::io::Error::other("cut")) });
            return HttpResponse::Ok().streaming(broken);
        }
    };
    record(&world, &request, json, answer.status().as_u16());
    answer
}

enum Refusal {
    Graph(GraphError),
    /// The connection ends without an answer.
    Cut,
}

impl From<GraphError> for Refusal {
    fn from(error: GraphError) -> Self {
        Self::Graph(error)
    }
}

async fn route(
    request: &HttpRequest,
    world: &Shared,
    segments: &[String],
    body: &Value,
) -> Result<HttpResponse, Refusal> {
    let path: Vec<&str> = segments.iter().map(String::as_str).collect();
    if let ["attachments", token] = path.as_slice() {
        authorize(request, world)?;
        let media = media::download(world, token).ok_or_else(|| GraphError { status: 404, ..GraphError::of(100) })?;
        return Ok(HttpResponse::Ok().content_type(media.mime.clone()).body(media.bytes.as_ref().clone()));
    }
    let Some((version, rest)) = path.split_first() else { return Err(unknown(request).into()) };
    check_version(version)?;
    authorize(request, world)?;
    let number = |id: &str| world.state.lock().numbers.contains_key(id);
    match (request.method(), rest) {
        (&Method::POST, [id, "messages"]) if number(id) => messages(world, id, body).await,
        (&Method::GET, [id, "message_templates"]) => {
            let query = query(request);
            let limit = query.get("limit").and_then(|limit| limit.parse().ok()).unwrap_or(25);
            Ok(ok(templates::list(world, id, query.get("after").map(String::as_str), limit)))
        }
        (&Method::POST, [id, "message_templates"]) => Ok(ok(templates::create(world, id, body)?)),
        (&Method::DELETE, [id, "message_templates"]) => {
            let query = query(request);
            let (name, one) = (query.get("name").map_or("", String::as_str), query.get("hsm_id").map(String::as_str));
            Ok(ok(templates::delete(world, id, name, one)?))
        }
        (&Method::GET, [_, "subscribed_apps"]) => {
            Ok(ok(json!({ "data": [{ "whatsapp_business_api_data": { "id": "1", "name": "frontdesk" } }] })))
        }
        (&Method::POST | &Method::DELETE, [_, "subscribed_apps"]) => Ok(ok(json!({ "success": true }))),
        (&Method::GET, [waba, "phone_numbers"]) => {
            let ids: Vec<String> = {
                let state = world.state.lock();
                state.numbers.values().filter(|it| it.waba_id == *waba).map(|it| it.phone_number_id.clone()).collect()
            };
            Ok(ok(json!({ "data": ids.iter().filter_map(|id| described(world, id)).collect::<Vec<_>>() })))
        }
        (&Method::POST, [id, "register" | "deregister" | "settings" | "smb_app_data"]) if number(id) => {
            Ok(ok(json!({ "success": true })))
        }
        (&Method::GET, [id, "whatsapp_business_profile"]) if number(id) => {
            Ok(ok(json!({ "data": [{ "messaging_product": "whatsapp", "about": "Simulated" }] })))
        }
        (&Method::POST, [id, "whatsapp_business_profile"]) if number(id) => Ok(ok(json!({ "success": true }))),
        (&Method::POST | &Method::DELETE, [id, "block_users"]) if number(id) => {
            Ok(ok(json!({ "messaging_product": "whatsapp", "block_users": { "added_users": body["block_users"] } })))
        }
        (&Method::GET, ["debug_token"]) => Ok(ok(json!({ "data": { "is_valid": true, "expires_at": 0 } }))),
        (&Method::POST, [id]) if templates::read(world, id).is_some() => match templates::edit(world, id, body) {
            Some(answer) => Ok(ok(answer?)),
            None => Err(unknown(request).into()),
        },
        (&Method::POST, [id, "unpause"]) if templates::read(world, id).is_some() => Ok(ok(json!({ "success": true }))),
        (&Method::GET, [id]) if number(id) => Ok(ok(described(world, id).unwrap_or(Value::Null))),
        (&Method::GET, [id]) => {
            if let Some(template) = templates::read(world, id) {
                return Ok(ok(template));
            }
            let base = format!("http://{}", request.connection_info().host());
            media::info(world, id, &base).map(ok).ok_or_else(|| unknown(request).into())
        }
        (&Method::DELETE, [id]) if world.state.lock().media.remove(*id).is_some() => Ok(ok(json!({ "success": true }))),
        _ => Err(unknown(request).into()),
    }
}

async fn messages(world: &Shared, number: &str, body: &Value) -> Result<HttpResponse, Refusal> {
    let (html, cut, garbage, late) = {
        let mut faults = world.faults.lock();
        let once = |count: &mut u32| {
            let hit = *count > 0;
            *count = count.saturating_sub(1);
            hit
        };
        let html = once(&mut faults.html_502);
        let cut = !html && once(&mut faults.cut_after_accept);
        let garbage = !html && !cut && once(&mut faults.garbage_200);
        (html, cut, garbage, faults.answer_delay_ms)
    };
    if html {
        return Ok(HttpResponse::BadGateway().content_type("text/html").body("<html><h1>502 Bad Gateway</h1></html>"));
    }
    let accepted = send::send(world, number, body)?;
    if world.faults.lock().status_before_answer {
        world.wake.notify_waiters();
        tokio::time::sleep(Duration::from_millis(400)).await;
    }
    if late > 0 {
        tokio::time::sleep(Duration::from_millis(late)).await;
    }
    if cut {
        return Err(Refusal::Cut);
    }
    if garbage {
        return Ok(HttpResponse::Ok().content_type("text/html").body("<html>ok</html>"));
    }
    Ok(ok(accepted.answer))
}

/// Takes an upload apart; the only path with another body than JSON.
pub(super) async fn upload(
    request: HttpRequest,
    world: Shared,
    path: web::Path<(String, String)>,
    mut form: Multipart,
) -> HttpResponse {
    let trace = format!("sim{:012}", world.fresh());
    let (_, number) = path.into_inner();
    if let Err(error) = authorize(&request, &world) {
        return error.response(&trace);
    }
    let (mut mime, mut bytes) = (None, Vec::new());
    while let Some(Ok(mut field)) = form.next().await {
        let name = field.name().unwrap_or_default().to_owned();
        let declared = field.content_type().map(ToString::to_string);
        let mut content = Vec::new();
        while let Some(Ok(chunk)) = field.next().await {
            content.extend_from_slice(&chunk);
        }
        match name.as_str() {
            "file" => {
                mime = mime.or(declared);
                bytes = content;
            }
            "type" => mime = Some(String::from_utf8_lossy(&content).into_owned()),
            _ => {}
        }
    }
    let answer = match media::upload(&world, &number, mime.as_deref().unwrap_or("application/octet-stream"), bytes) {
        Ok(answer) => ok(answer),
        Err(error) => error.response(&trace),
    };
    record(&world, &request, Value::Null, answer.status().as_u16());
    answer
}

fn ok(body: Value) -> HttpResponse {
    HttpResponse::Ok().insert_header(("x-app-usage", r#"{"call_count":1,"total_cputime":1,"total_time":1}"#)).json(body)
}

fn unknown(request: &HttpRequest) -> GraphError {
    GraphError::of(100).details(format!(
        "Unsupported {} request. Object with ID '{}' does not exist",
        request.method().as_str().to_lowercase(),
        request.path()
    ))
}

fn check_version(version: &str) -> Result<(), GraphError> {
    let number =
        version.strip_prefix('v').and_then(|rest| rest.split('.').next()).and_then(|major| major.parse::<u32>().ok());
    match number {
        Some(number) if number >= OLDEST_VERSION => Ok(()),
        Some(_) => {
            Err(GraphError { code: 2635, ..GraphError::of(100) }
                .details("You are calling a deprecated version of the API"))
        }
        None => Err(GraphError::of(100).details(format!("Unknown path components: /{version}"))),
    }
}

fn authorize(request: &HttpRequest, world: &World) -> Result<(), GraphError> {
    let header = request.headers().get("authorization").and_then(|value| value.to_str().ok());
    let bearer = header.and_then(|value| value.strip_prefix("Bearer ")).map(str::to_owned);
    let token = bearer.or_else(|| query(request).remove("access_token"));
    let state = world.state.lock();
    let app = token.and_then(|token| state.apps.values().find(|app| app.token == token));
    match app {
        Some(app) if app.token_state == TokenState::Valid => Ok(()),
        _ => Err(GraphError::of(190)),
    }
}

fn query(request: &HttpRequest) -> std::collections::BTreeMap<String, String> {
    url::form_urlencoded::parse(request.query_string().as_bytes()).into_owned().collect()
}

fn described(world: &World, id: &str) -> Option<Value> {
    let state = world.state.lock();
    let number = state.numbers.get(id)?;
    let level = if number.throughput_mps > 80 { "HIGH" } else { "STANDARD" };
    Some(json!({
        "id": number.phone_number_id,
        "display_phone_number": format!("+{}", number.display),
        "verified_name": number.verified_name,
        "quality_rating": "GREEN",
        "status": "CONNECTED",
        "name_status": "APPROVED",
        "code_verification_status": "VERIFIED",
        "platform_type": "CLOUD_API",
        "throughput": { "level": level },
        "is_on_biz_app": false,
        "health_status": { "can_send_message": "AVAILABLE", "entities": [
            { "entity_type": "PHONE_NUMBER", "id": number.phone_number_id, "can_send_message": "AVAILABLE" },
            { "entity_type": "WABA", "id": number.waba_id, "can_send_message": "AVAILABLE" },
        ] },
    }))
}

fn record(world: &World, request: &HttpRequest, body: Value, status: u16) {
    world.ledger.call(ApiCall {
        at_ms: world.now_ms(),
        method: request.method().to_string(),
        path: request.path().to_owned(),
        body,
        status,
    });
}
