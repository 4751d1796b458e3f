//! What every answer has in common, on a table of three operations.

use std::sync::Arc;

use actix_web::http::Method;
use actix_web::middleware::from_fn;
use actix_web::test::{TestRequest, call_service, init_service, read_body};
use actix_web::{App, ResponseError, web};
use domain::access::{Action, Principal, Role};
use domain::ids::{SessionId, UserId};
use domain::time::Timestamp;
use serde_json::{Value, json};

use super::edge;
use crate::answer::{Done, Found};
use crate::auth::access_token::Identity;
use crate::auth::keys::ServerSecret;
use crate::auth::password::Cost;
use crate::caller::Caller;
use crate::context::{Context, Settings, Surroundings};
use crate::dto::conversation::SetPriority;
use crate::dto::scalar::UserId as UserIdDto;
use crate::endpoint::Endpoint;
use crate::extract::{Json, Path};
use crate::mount::mount;
use crate::problem::{Kind, Problem};

struct Still;
const NOW: Timestamp = Timestamp::from_seconds(1_795_251_600);
const USER: UserId = UserId::from_u128(1);

impl Surroundings for Still {
    fn now(&self) -> Timestamp {
        NOW
    }
    fn entropy(&self) -> u128 {
        42
    }
    fn principal(&self, identity: &Identity) -> Option<Principal> {
        let role = if identity.session == SessionId::from_u128(1) { Role::Operator } else { Role::SuperAdmin };
        (identity.session != SessionId::from_u128(9)).then_some(Principal::plain(identity.user, role))
    }
    fn head(&self) -> (String, u64) {
        ("log_1".to_owned(), 17)
    }
}

async fn read(_: Caller, id: Path<UserIdDto>) -> Result<Found<UserIdDto>, Problem> {
    Ok(Found(id.0))
}
async fn change(_: Caller, _: Path<UserIdDto>, _: Json<SetPriority>) -> Result<Done, Problem> {
    Ok(Done)
}
async fn panics() -> Result<Done, Problem> {
    panic!("on purpose")
}

fn table() -> Vec<Endpoint> {
    vec![
        Endpoint::get("/v1/users/{user_id}", "read", read).needs(Action::UserList),
        Endpoint::put("/v1/users/{user_id}", "change", change).needs(Action::UserManage),
        Endpoint::get("/panics", "panics", panics).needs(Action::Public),
    ]
}

fn context() -> Context {
    let cost = Cost { memory_kib: 64, passes: 1 };
    let settings = Settings {
        allowed_origins: vec!["https://desk.example".to_owned()],
        password_cost: cost,
        ..Settings::default()
    };
    Context::new(settings, &ServerSecret::new(vec![1; 32]).unwrap(), Arc::new(Still))
}

struct Answer {
    status: u16,
    headers: actix_web::http::header::HeaderMap,
    body: Value,
}

async fn ask(request: TestRequest) -> Answer {
    let app = App::new()
        .app_data(web::Data::new(context()))
        .configure(|config| mount(&table(), config))
        .default_service(web::to(async || Problem::new(Kind::NotFound).error_response()))
        .wrap(from_fn(edge));
    let response = call_service(&init_service(app).await, request.to_request()).await;
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let body = serde_json::from_slice(&read_body(response).await).unwrap_or(Value::Null);
    Answer { status, headers, body }
}

fn signed(session: u128) -> (&'static str, String) {
    let token = context().access_tokens.issue(USER, SessionId::from_u128(session), NOW, 1);
    ("authorization", format!("Bearer {token}"))
}

fn at(method: Method) -> TestRequest {
    TestRequest::default().method(method).uri(&format!("/v1/users/{USER}"))
}

#[actix_web::test]
async fn every_answer_names_request_log_and_position_and_hardens_the_browser() {
    for request in [at(Method::GET).insert_header(signed(2)), TestRequest::get().uri("/nowhere"), at(Method::GET)] {
        let answer = ask(request).await;
        assert!(answer.headers.get("request-id").unwrap().to_str().unwrap().starts_with("req_"));
        assert_eq!(answer.headers.get("frontdesk-log").unwrap(), "log_1");
        assert_eq!(answer.headers.get("frontdesk-position").unwrap(), "17");
        assert_eq!(answer.headers.get("x-content-type-options").unwrap(), "nosniff");
        assert_eq!(answer.headers.get("cache-control").unwrap(), "no-store");
    }
}

#[actix_web::test]
async fn refusals_of_router_extractor_and_panic_are_problems_with_the_request_id() {
    let json = ("content-type", "application/json");
    let mut cases = vec![
        (TestRequest::get().uri("/nowhere"), 404, "not-found"),
        (TestRequest::get().uri("/v1/users/conv_1").insert_header(signed(2)), 404, "not-found"),
        (at(Method::TRACE), 405, "method-not-allowed"),
        (at(Method::GET), 401, "unauthenticated"),
        (at(Method::GET).insert_header(("authorization", "Bearer x.y.z")), 401, "token-invalid"),
        (at(Method::GET).insert_header(signed(9)), 401, "session-revoked"),
        (at(Method::PUT).insert_header(signed(2)).set_payload("{}"), 415, "unsupported-media-type"),
        (at(Method::PUT).insert_header(signed(1)).set_payload("not json"), 403, "forbidden"),
        (at(Method::PUT).insert_header(("content-encoding", "gzip")), 415, "content-encoding"),
        (at(Method::PUT).insert_header(("origin", "https://evil.example")), 403, "origin-not-allowed"),
        (TestRequest::get().uri("/panics"), 500, "internal"),
    ];
    let big = format!("\"{}\"", "x".repeat(70 * 1024));
    for (body, status, code) in [
        ("{", 400, "malformed"),
        ("{\"priority\":\"low\",\"priority\":\"low\"}", 400, "malformed"),
        ("{\"priority\":\"loud\"}", 400, "invalid-body"),
        ("{\"priority\":\"low\",\"role\":\"admin\"}", 400, "invalid-body"),
        (big.as_str(), 413, "payload-too-large"),
    ] {
        let request = at(Method::PUT).insert_header(signed(2)).insert_header(json).set_payload(body.to_owned());
        cases.push((request, status, code));
    }
    for (request, status, code) in cases {
        let answer = ask(request).await;
        assert_eq!((answer.status, &answer.body["code"]), (status, &json!(code)), "{}", answer.body);
        assert_eq!(answer.headers.get("content-type").unwrap(), "application/problem+json");
        assert_eq!(answer.body["instance"], answer.headers.get("request-id").unwrap().to_str().unwrap());
        assert_eq!(answer.body["status"], status);
    }
}

#[actix_web::test]
async fn allow_names_the_methods_there_are() {
    let answer = ask(at(Method::DELETE)).await;
    assert_eq!(answer.headers.get("allow").unwrap(), "GET, HEAD, PUT");
}

#[actix_web::test]
async fn a_good_change_is_done_and_head_answers_like_get() {
    let request =
        at(Method::PUT).insert_header(signed(2)).insert_header(("content-type", "application/json; charset=utf-8"));
    assert_eq!(ask(request.set_payload("{\"priority\":\"low\"}")).await.status, 204);
    assert_eq!(ask(at(Method::HEAD).insert_header(signed(2))).await.status, 200);
}

#[actix_web::test]
async fn only_listed_origins_are_told_they_may() {
    let listed = at(Method::GET).insert_header(signed(2)).insert_header(("origin", "https://desk.example"));
    let answer = ask(listed).await;
    assert_eq!(answer.headers.get("access-control-allow-origin").unwrap(), "https://desk.example");
    let other = at(Method::GET).insert_header(signed(2)).insert_header(("origin", "https://evil.example"));
    assert!(ask(other).await.headers.get("access-control-allow-origin").is_none());
}

#[test]
fn the_document_describes_what_the_table_mounts() {
    let document: Value = serde_json::from_str(&crate::openapi::document(&table())).unwrap();
    let change = &document["paths"]["/v1/users/{user_id}"]["put"];
    assert_eq!(change["operationId"], "change");
    assert_eq!(change["x-permission"], "users.manage");
    assert_eq!(change["parameters"][0]["schema"]["pattern"], "^usr_[0-7][0-9a-hjkmnp-tv-z]{25}$");
    for status in ["204", "400", "401", "403", "404", "408", "413", "415", "default"] {
        assert!(change["responses"][status].is_object(), "{status}");
    }
    assert_eq!(document["components"]["schemas"]["SetPriority"]["additionalProperties"], false);
}
