//! The outermost layer of every request: its id, the headers every answer has, the measuring, and the one
//! place that writes problem bodies, whoever refused (a handler, an extractor, the router).

use std::borrow::Cow;
use std::time::Instant;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::{HttpMessage, HttpRequest, HttpResponse, ResponseError, web};
use domain::ids::RequestId;

use crate::context::Context;
use crate::mount::Matched;
use crate::problem::{Kind, Problem};
use crate::rate_limit::Budget;

const REQUEST_ID: HeaderName = HeaderName::from_static("request-id");
const POSITION: HeaderName = HeaderName::from_static("frontdesk-position");
const RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");
/// Those that most answers have, a content type included.
const HEADERS: usize = 10;
const LOG: HeaderName = HeaderName::from_static("frontdesk-log");
const EXPOSED: &str = "ETag, Location, Retry-After, Content-Disposition, Request-Id, Frontdesk-Position, Frontdesk-Log, Frontdesk-Next-Cursor, Frontdesk-Next-After, Idempotency-Replayed, RateLimit, RateLimit-Policy";
const ALLOWED_HEADERS: &str =
    "Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, Range, Request-Id, Frontdesk-Min-Position";

/// Set by a handler, or on a request by an extractor, whose answer reflects a position newer or older than the head at the time of writing.
#[derive(Debug, Clone, Copy)]
pub struct AtPosition(pub u64);

/// Set by the handler of a provider's callback: a 200 without a body, for a machine that reads the status and nothing else.
/// What browsers are told about a body is left out, and it is counted without asking the router for the route.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ToProvider(pub(crate) &'static str);

/// Wraps the whole application (`App::wrap(from_fn(edge))`).
pub async fn edge(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let started = Instant::now();
    let context = request.app_data::<web::Data<Context>>().cloned();
    let Some(context) = context else { return Ok(next.call(request).await?.map_into_boxed_body()) };
    let id = request_id(request.request(), &context);
    request.extensions_mut().insert(id);
    let response = match refuse_early(request.request(), &context) {
        Some(answer) => request.into_response(answer),
        // Routing needs the request for itself alone, so nothing of it may be held across this call.
        None => next.call(request).await?.map_into_boxed_body(),
    };
    let (handle, response) = response.into_parts();
    let mut response = write_problem(response, id);
    finish(&mut response, &handle, &context, id);
    let seconds = started.elapsed().as_secs_f64();
    let to_provider = response.extensions().get::<ToProvider>().copied();
    if let Some(ToProvider(route)) = to_provider {
        context.metrics.taken(route, seconds);
    } else {
        let matched = handle.extensions().get::<Matched>().copied();
        let route = matched.map(|Matched(path)| Cow::Borrowed(path));
        // Nobody was found for it: only then the router is asked again what it would be.
        let route = route.or_else(|| handle.match_pattern().map(Cow::Owned)).unwrap_or(Cow::Borrowed("unmatched"));
        context.metrics.request(known_method(handle.method()), route, response.status().as_u16(), seconds);
    }
    Ok(ServiceResponse::new(handle, response))
}

/// The id the client gave, if it is one; else a new one.
fn request_id(request: &HttpRequest, context: &Context) -> RequestId {
    let given = request.headers().get(REQUEST_ID).and_then(|value| value.to_str().ok()?.parse().ok());
    given.unwrap_or_else(|| context.request_id())
}

/// What is decided before routing: encoded bodies, and browsers of other origins.
fn refuse_early(request: &HttpRequest, context: &Context) -> Option<HttpResponse> {
    let encodings = request.headers().get_all(header::CONTENT_ENCODING);
    if encodings.into_iter().any(|value| !value.as_bytes().eq_ignore_ascii_case(b"identity")) {
        return Some(Problem::new(Kind::ContentEncoding).error_response());
    }
    let origin = request.headers().get(header::ORIGIN)?;
    if is_allowed(origin, context) {
        let preflight = request.method() == Method::OPTIONS
            && request.headers().contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
        return preflight.then(|| {
            let mut answer = HttpResponse::NoContent();
            answer.insert_header((header::ACCESS_CONTROL_ALLOW_METHODS, "GET, HEAD, POST, PUT, PATCH, DELETE"));
            answer.insert_header((header::ACCESS_CONTROL_ALLOW_HEADERS, ALLOWED_HEADERS));
            answer.insert_header((header::ACCESS_CONTROL_MAX_AGE, "600"));
            answer.finish()
        });
    }
    let reads = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    (!reads && !is_same_origin(origin, request)).then(|| Problem::new(Kind::OriginNotAllowed).error_response())
}

fn is_allowed(origin: &HeaderValue, context: &Context) -> bool {
    origin.to_str().is_ok_and(|origin| context.settings.allowed_origins.iter().any(|each| each == origin))
}

/// Whether a page of this origin may open a stream: our own, or one on the list.
pub(crate) fn is_own_or_allowed(origin: &HeaderValue, request: &HttpRequest, context: &Context) -> bool {
    is_allowed(origin, context) || is_same_origin(origin, request)
}

/// Our own pages (the API browser under `/docs`) call from the host they were loaded from.
fn is_same_origin(origin: &HeaderValue, request: &HttpRequest) -> bool {
    let host = request.headers().get(header::HOST).and_then(|value| value.to_str().ok());
    let origin = origin.to_str().ok().and_then(|origin| origin.split_once("://")).map(|(_, host)| host);
    host.is_some() && host == origin
}

/// Gives every 4xx and 5xx its body. Whatever body stood there is dropped: it could quote the request.
fn write_problem(response: HttpResponse, id: RequestId) -> HttpResponse {
    let status = response.status();
    if !status.is_client_error() && !status.is_server_error() {
        return response;
    }
    let known = response.extensions().get::<Problem>().cloned();
    let problem = known.unwrap_or_else(|| Problem::new(Kind::of_status(status)));
    let status = StatusCode::from_u16(problem.kind().status()).unwrap_or(status);
    let mut written = HttpResponse::build(status);
    written.insert_header((header::CONTENT_TYPE, "application/problem+json"));
    for name in
        [header::ALLOW, header::RETRY_AFTER, header::WWW_AUTHENTICATE, header::CONTENT_RANGE, header::CONNECTION]
    {
        if let Some(value) = response.headers().get(&name) {
            written.insert_header((name, value.clone()));
        }
    }
    let body = serde_json::to_vec(&problem.body(id.to_string())).expect("a problem is JSON");
    written.body(body)
}

fn finish(response: &mut HttpResponse, request: &HttpRequest, context: &Context, id: RequestId) {
    let position = response.extensions().get::<AtPosition>().copied();
    let position = position.or_else(|| request.extensions().get::<AtPosition>().copied());
    let to_provider = response.extensions().contains::<ToProvider>();
    let headers = response.headers_mut();
    // At once, or the map would grow three times on the way.
    headers.reserve(HEADERS);
    set(headers, REQUEST_ID, &id.to_string());
    headers.insert(LOG, context.log.clone());
    headers.insert(POSITION, HeaderValue::from(position.map_or_else(|| context.position(), |at| at.0)));
    if let Some(budget) = request.extensions().get::<Budget>() {
        for (name, value) in budget.headers() {
            set(headers, name, &value);
        }
    }
    if !to_provider {
        set_default(headers, header::CACHE_CONTROL, "no-store");
        set_default(headers, header::X_CONTENT_TYPE_OPTIONS, "nosniff");
        set_default(headers, header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'");
        set_default(headers, header::REFERRER_POLICY, "no-referrer");
        set_default(headers, RESOURCE_POLICY, "same-origin");
    }
    if let Some(origin) = request.headers().get(header::ORIGIN)
        && is_allowed(origin, context)
    {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
        set(headers, header::ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED);
        headers.append(header::VARY, HeaderValue::from_static("Origin"));
    }
}

fn set(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}

fn set_default(headers: &mut HeaderMap, name: HeaderName, value: &'static str) {
    if !headers.contains_key(&name) {
        headers.insert(name, HeaderValue::from_static(value));
    }
}

/// Methods are the client's words; only the usual ones become labels.
fn known_method(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "_OTHER",
    }
}

#[cfg(test)]
mod tests;
