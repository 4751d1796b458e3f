//! What this server is and speaks: for programs as JSON, for people as pages.

use std::marker::PhantomData;

use actix_web::body::BoxBody;
use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, Responder};
use domain::access::Action;
use serde_json::json;

use crate::answer::Found;
use crate::auth::access_token::LIFETIME;
use crate::context::Shared;
use crate::dto::meta::{Limits, Meta, Welcome};
use crate::endpoint::{Endpoint, RateClass};
use crate::extract::{JSON_BYTES_MAX, MESSAGE_BYTES_MAX, PAGE_LIMIT_DEFAULT, PAGE_LIMIT_MAX, Path};
use crate::openapi::{Describe, Operation, Tag, document};
use crate::problem::{Kind, Problem};

pub(super) fn endpoints() -> Vec<Endpoint> {
    let public = |endpoint: Endpoint| endpoint.needs(Action::Public).rate(RateClass::Free);
    vec![
        public(Endpoint::get("/", "get_welcome", welcome)).about(Tag::Discovery, "Find the way"),
        public(Endpoint::get("/v1/meta", "get_meta", meta)).about(Tag::Discovery, "Get name, version and limits"),
        public(Endpoint::get("/openapi.json", "get_openapi", openapi)).about(Tag::Discovery, "Get this contract"),
        public(Endpoint::get("/asyncapi.json", "get_asyncapi", asyncapi))
            .about(Tag::Discovery, "Get the contract of the live stream"),
        public(Endpoint::get("/problems/{code}", "get_problem", problem))
            .about(Tag::Discovery, "Read what a problem means"),
        public(Endpoint::get("/docs", "docs", docs)).unpublished(),
        public(Endpoint::get("/docs/", "docs_slash", docs_index)).unpublished(),
        public(Endpoint::get("/docs/{file}", "docs_file", docs_file)).unpublished(),
    ]
}

async fn welcome() -> Result<Found<Welcome>, Problem> {
    Ok(Found(Welcome {
        name: "frontdesk".to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        docs: "/docs".to_owned(),
        openapi: "/openapi.json".to_owned(),
        asyncapi: "/asyncapi.json".to_owned(),
    }))
}

async fn meta(shared: Shared) -> Result<Found<Meta>, Problem> {
    Ok(Found(Meta {
        name: "frontdesk".to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        api_versions: vec!["v1".to_owned()],
        server_time: shared.now().into(),
        limits: Limits {
            json_bytes: JSON_BYTES_MAX as u64,
            message_bytes: MESSAGE_BYTES_MAX as u64,
            page_limit_default: PAGE_LIMIT_DEFAULT,
            page_limit_max: PAGE_LIMIT_MAX,
            access_token_seconds: u32::try_from(LIFETIME.0 / 1_000).unwrap_or(u32::MAX),
        },
    }))
}

/// A contract as a file.
struct Contract<F>(&'static str, PhantomData<F>);

/// What a contract is written in.
trait Form {
    const NAME: &str;
}
struct OpenApi;
impl Form for OpenApi {
    const NAME: &str = "An OpenAPI 3.1 document.";
}
struct AsyncApi;
impl Form for AsyncApi {
    const NAME: &str = "An AsyncAPI 3.0 document.";
}

impl<F> Responder for Contract<F> {
    type Body = BoxBody;
    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        HttpResponse::Ok().insert_header((header::CONTENT_TYPE, "application/json")).body(self.0)
    }
}
impl<F: Form> Describe for Contract<F> {
    fn describe(operation: &mut Operation) {
        let content = json!({"application/json": {"schema": {"type": "object"}}});
        operation.responses.insert(200, json!({"description": F::NAME, "content": content}));
    }
}

async fn openapi() -> Result<Contract<OpenApi>, Problem> {
    static DOCUMENT: std::sync::LazyLock<String> = std::sync::LazyLock::new(|| document(&super::endpoints()));
    Ok(Contract(&DOCUMENT, PhantomData))
}

async fn asyncapi() -> Result<Contract<AsyncApi>, Problem> {
    Ok(Contract(crate::asyncapi::json(), PhantomData))
}

/// A page for people.
struct Page(String);

impl Responder for Page {
    type Body = BoxBody;
    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        HttpResponse::Ok().insert_header((header::CONTENT_TYPE, "text/html; charset=utf-8")).body(self.0)
    }
}
impl Describe for Page {
    fn describe(operation: &mut Operation) {
        let content = json!({"text/html": {"schema": {"type": "string"}}});
        operation.responses.insert(200, json!({"description": "A page.", "content": content}));
    }
}

async fn problem(Path(code): Path<String>) -> Result<Page, Problem> {
    let kind = Kind::ALL.iter().find(|kind| kind.code() == code).ok_or_else(|| Problem::new(Kind::NotFound))?;
    // Every word is ours; the code was compared with our own list.
    Ok(Page(format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>{title}</title><h1>{title}</h1>\
         <p><code>{code}</code>, status {status}{retry}</p><p>{meaning}</p></html>",
        title = kind.title(),
        code = kind.code(),
        status = kind.status(),
        retry = if kind.retryable() { ", the same request may succeed later" } else { "" },
        meaning = kind.meaning(),
    )))
}

/// A file of the API browser.
struct Asset {
    content_type: String,
    bytes: Vec<u8>,
}

/// The browser's scripts are ours and vendored; its styles set attributes, and its icons are data URLs.
const DOCS_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
                           img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'";

impl Responder for Asset {
    type Body = BoxBody;
    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        HttpResponse::Ok()
            .insert_header((header::CONTENT_TYPE, self.content_type))
            .insert_header((header::CONTENT_SECURITY_POLICY, DOCS_POLICY))
            .body(self.bytes)
    }
}
impl Describe for Asset {
    fn describe(_: &mut Operation) {}
}

/// Relative links of the page need the slash.
struct Moved(&'static str);

impl Responder for Moved {
    type Body = BoxBody;
    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        HttpResponse::PermanentRedirect().insert_header((header::LOCATION, self.0)).finish()
    }
}
impl Describe for Moved {
    fn describe(_: &mut Operation) {}
}

async fn docs() -> Result<Moved, Problem> {
    Ok(Moved("/docs/"))
}

async fn docs_index() -> Result<Asset, Problem> {
    asset("index.html")
}

async fn docs_file(Path(file): Path<String>) -> Result<Asset, Problem> {
    asset(&file)
}

fn asset(file: &str) -> Result<Asset, Problem> {
    let config = std::sync::Arc::new(utoipa_swagger_ui::Config::from("/openapi.json"));
    let found = utoipa_swagger_ui::serve(file, config).map_err(|fault| Problem::internal(fault.to_string()))?;
    let found = found.ok_or_else(|| Problem::new(Kind::NotFound))?;
    Ok(Asset { content_type: found.content_type, bytes: found.bytes.into_owned() })
}
