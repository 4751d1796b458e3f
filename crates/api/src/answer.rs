//! What a handler gives on success: a status, headers and a body in one type, so that the contract knows
//! them from the handler's signature.

use actix_web::body::BoxBody;
use actix_web::http::header::HeaderName;
use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder, Responder};
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use crate::extract::{IfNoneMatch, etag};
use crate::openapi::{Describe, Operation};

/// 200 with a body.
#[derive(Debug)]
pub struct Found<T>(pub T);

/// 200 with a body that has a version; 304 when the client holds these very bytes. The entity tag names the version (for
/// `If-Match`) and the bytes, because a body also changes with what it shows of others: a name, an unread count.
#[derive(Debug)]
pub struct Versioned<T>(pub T, pub u64);

/// 201 with the new thing and where it is.
#[derive(Debug)]
pub struct Created<T> {
    pub location: String,
    pub body: T,
    /// An earlier request with the same key made it; this one did nothing.
    pub replayed: bool,
}

/// 202: accepted and durable, its effect outside comes later.
#[derive(Debug)]
pub struct Accepted<T> {
    pub location: String,
    pub body: T,
    /// An earlier request with the same key made it; this one did nothing.
    pub replayed: bool,
}

/// 200: what a command came to that a request with the same key does not repeat.
#[derive(Debug)]
pub struct Carried<T> {
    pub body: T,
    /// An earlier request with the same key gave it; this one did nothing.
    pub replayed: bool,
}

/// 202 without a body: what comes of it is told nobody.
#[derive(Debug)]
pub struct Asked;

/// 204.
#[derive(Debug)]
pub struct Done;

fn body<T: Serialize>(status: StatusCode, body: &T) -> HttpResponse {
    HttpResponse::build(status).json(body)
}

const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

fn made<T: Serialize>(mut response: HttpResponseBuilder, location: String, replayed: bool, body: &T) -> HttpResponse {
    response.insert_header((header::LOCATION, location));
    if replayed {
        response.insert_header((REPLAYED, "true"));
    }
    response.json(body)
}

impl<T: Serialize> Responder for Found<T> {
    type Body = BoxBody;
    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        body(StatusCode::OK, &self.0)
    }
}

impl<T: Serialize> Responder for Versioned<T> {
    type Body = BoxBody;
    fn respond_to(self, request: &HttpRequest) -> HttpResponse {
        let body = serde_json::to_vec(&self.0).expect("an answer is JSON");
        let etag = etag(self.1, &body);
        let held = IfNoneMatch::of(request).holds(&etag);
        let mut response = HttpResponse::build(if held { StatusCode::NOT_MODIFIED } else { StatusCode::OK });
        response.insert_header((header::ETAG, etag));
        response.insert_header((header::VARY, "Authorization"));
        response.insert_header((header::CACHE_CONTROL, "private, no-cache"));
        if held { response.finish() } else { response.content_type("application/json").body(body) }
    }
}

impl<T: Serialize> Responder for Created<T> {
    type Body = BoxBody;
    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        made(HttpResponse::Created(), self.location, self.replayed, &self.body)
    }
}

impl<T: Serialize> Responder for Accepted<T> {
    type Body = BoxBody;
    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        made(HttpResponse::Accepted(), self.location, self.replayed, &self.body)
    }
}

impl<T: Serialize> Responder for Carried<T> {
    type Body = BoxBody;
    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        let mut response = HttpResponse::Ok();
        if self.replayed {
            response.insert_header((REPLAYED, "true"));
        }
        response.json(&self.body)
    }
}

impl Responder for Asked {
    type Body = BoxBody;
    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        HttpResponse::new(StatusCode::ACCEPTED)
    }
}

impl Responder for Done {
    type Body = BoxBody;
    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        HttpResponse::new(StatusCode::NO_CONTENT)
    }
}

fn describe<T: ToSchema>(operation: &mut Operation, status: u16, description: &str, header: Option<&str>) {
    let schema = operation.schema::<T>();
    let mut response =
        json!({"description": description, "content": {"application/json": {"schema": schema}}, "headers": {}});
    if let Some(header) = header {
        response["headers"][header] = json!({"$ref": format!("#/components/headers/{header}")});
    }
    operation.responses.insert(status, response);
}

impl<T: ToSchema> Describe for Found<T> {
    fn describe(operation: &mut Operation) {
        describe::<T>(operation, 200, "Done.", None);
    }
}
impl<T: ToSchema> Describe for Versioned<T> {
    fn describe(operation: &mut Operation) {
        describe::<T>(operation, 200, "Done.", Some("ETag"));
        IfNoneMatch::describe(operation);
    }
}
impl<T: ToSchema> Describe for Created<T> {
    fn describe(operation: &mut Operation) {
        describe::<T>(operation, 201, "Created.", Some("Location"));
    }
}
impl<T: ToSchema> Describe for Accepted<T> {
    fn describe(operation: &mut Operation) {
        describe::<T>(operation, 202, "Accepted and durable.", Some("Location"));
    }
}
impl<T: ToSchema> Describe for Carried<T> {
    fn describe(operation: &mut Operation) {
        describe::<T>(operation, 200, "Done.", None);
    }
}
impl Describe for Asked {
    fn describe(operation: &mut Operation) {
        operation.responses.insert(202, json!({"description": "Accepted."}));
    }
}
impl Describe for Done {
    fn describe(operation: &mut Operation) {
        operation.responses.insert(204, json!({"description": "Done."}));
    }
}
