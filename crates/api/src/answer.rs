//! What a handler gives on success: a status, headers and a body in one type, so that the contract knows
//! them from the handler's signature.

use actix_web::body::BoxBody;
use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, Responder};
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use crate::extract::etag;
use crate::openapi::{Describe, Operation};

/// 200 with a body.
#[derive(Debug)]
pub struct Found<T>(pub T);

/// 200 with a body that has a version; 304 when the client holds it.
#[derive(Debug)]
pub enum Versioned<T> {
    /// The body and its version.
    Current(T, u64),
    /// The client's copy of this version is current.
    NotModified(u64),
}

/// 201 with the new thing and where it is.
#[derive(Debug)]
pub struct Created<T> {
    pub location: String,
    pub body: T,
}

/// 202: accepted and durable, its effect outside comes later.
#[derive(Debug)]
pub struct Accepted<T> {
    pub location: String,
    pub body: T,
}

/// 204.
#[derive(Debug)]
pub struct Done;

fn body<T: Serialize>(status: StatusCode, body: &T) -> HttpResponse {
    HttpResponse::build(status).json(body)
}

impl<T: Serialize> Responder for Found<T> {
    type Body = BoxBody;
    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        body(StatusCode::OK, &self.0)
    }
}

impl<T: Serialize> Responder for Versioned<T> {
    type Body = BoxBody;
    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        let (mut response, version) = match self {
            Self::Current(value, version) => (body(StatusCode::OK, &value), version),
            Self::NotModified(version) => (HttpResponse::new(StatusCode::NOT_MODIFIED), version),
        };
        let headers = response.headers_mut();
        headers.insert(header::ETAG, etag(version).parse().expect("a version is visible ASCII"));
        headers.insert(header::VARY, header::HeaderValue::from_static("Authorization"));
        headers.insert(header::CACHE_CONTROL, header::HeaderValue::from_static("private, no-cache"));
        response
    }
}

impl<T: Serialize> Responder for Created<T> {
    type Body = BoxBody;
    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        HttpResponse::Created().insert_header((header::LOCATION, self.location)).json(&self.body)
    }
}

impl<T: Serialize> Responder for Accepted<T> {
    type Body = BoxBody;
    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        HttpResponse::Accepted().insert_header((header::LOCATION, self.location)).json(&self.body)
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
impl Describe for Done {
    fn describe(operation: &mut Operation) {
        operation.responses.insert(204, json!({"description": "Done."}));
    }
}
