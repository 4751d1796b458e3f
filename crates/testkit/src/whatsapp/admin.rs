//! The simulator's own paths, for its stand-alone use. All take and give JSON.
//!
//! | path | body | does |
//! |---|---|---|
//! | `POST /sim/apps` | `{app_id, app_secret, access_token}` | makes an app |
//! | `POST /sim/apps/{app_id}/subscription` | `{callback_url, verify_token}` | handshake, then webhooks go there |
//! | `PUT /sim/apps/{app_id}/token` | `{valid}` | lets its token expire, or work again |
//! | `POST /sim/numbers` | `{phone_number_id, waba_id, app_id, display, verified_name?, throughput_mps?}` | adds a number |
//! | `POST /sim/templates` | `{waba_id, name, language, category, components}` | adds an approved template |
//! | `PUT /sim/templates/{waba_id}/{name}/status` | `{status}` | changes a template and tells about it |
//! | `POST /sim/messages` | `{phone_number_id, phone, name, type, content, behaviour?}` | a customer writes |
//! | `POST /sim/changes` | `{waba_id, field, value}` | any other webhook |
//! | `PUT /sim/faults` | see [`super::Faults`] | what goes wrong from now on |
//! | `POST /sim/clock` | `{advance_seconds}` | moves a manual clock |
//! | `GET /sim/calls`, `/sim/attempts`, `/sim/delivered/{recipient}` | | the ledger |

use std::sync::Arc;

use actix_web::{HttpResponse, web};
use serde::Deserialize;
use serde_json::{Value, json};

use super::customer::{Behaviour, Customer, Profile};
use super::server::Shared;
use super::webhooks::{self, Faults};
use super::world::{Number, TokenState, World};

pub(super) fn mount(config: &mut web::ServiceConfig) {
    config
        .service(web::resource("/sim/apps").route(web::post().to(add_app)))
        .service(web::resource("/sim/apps/{app_id}/subscription").route(web::post().to(subscribe)))
        .service(web::resource("/sim/apps/{app_id}/token").route(web::put().to(set_token)))
        .service(web::resource("/sim/numbers").route(web::post().to(add_number)))
        .service(web::resource("/sim/templates").route(web::post().to(add_template)))
        .service(web::resource("/sim/templates/{waba_id}/{name}/status").route(web::put().to(set_template_status)))
        .service(web::resource("/sim/messages").route(web::post().to(customer_writes)))
        .service(web::resource("/sim/changes").route(web::post().to(change)))
        .service(web::resource("/sim/faults").route(web::put().to(set_faults)))
        .service(web::resource("/sim/clock").route(web::post().to(advance)))
        .service(web::resource("/sim/calls").route(web::get().to(calls)))
        .service(web::resource("/sim/attempts").route(web::get().to(attempts)))
        .service(web::resource("/sim/delivered/{recipient}").route(web::get().to(delivered)));
}

fn done() -> HttpResponse {
    HttpResponse::Ok().json(json!({ "success": true }))
}

#[derive(Deserialize)]
struct NewApp {
    app_id: String,
    app_secret: String,
    access_token: String,
}

async fn add_app(world: Shared, app: web::Json<NewApp>) -> HttpResponse {
    world.add_app(&app.app_id, &app.app_secret, &app.access_token);
    done()
}

#[derive(Deserialize)]
struct Subscription {
    callback_url: String,
    verify_token: String,
}

async fn subscribe(world: Shared, app: web::Path<String>, wanted: web::Json<Subscription>) -> HttpResponse {
    match webhooks::handshake(&wanted.callback_url, &wanted.verify_token).await {
        Ok(()) => {
            world.set_callback(&app, &wanted.callback_url);
            done()
        }
        Err(reason) => HttpResponse::BadRequest().json(json!({ "error": { "message": reason, "code": 2200 } })),
    }
}

#[derive(Deserialize)]
struct Token {
    valid: bool,
}

async fn set_token(world: Shared, app: web::Path<String>, token: web::Json<Token>) -> HttpResponse {
    world.set_token_state(&app, if token.valid { TokenState::Valid } else { TokenState::Expired });
    done()
}

#[derive(Deserialize)]
struct NewNumber {
    phone_number_id: String,
    waba_id: String,
    app_id: String,
    display: String,
    verified_name: Option<String>,
    throughput_mps: Option<u32>,
}

async fn add_number(world: Shared, number: web::Json<NewNumber>) -> HttpResponse {
    let number = number.into_inner();
    world.add_number(Number {
        phone_number_id: number.phone_number_id,
        waba_id: number.waba_id,
        app_id: number.app_id,
        verified_name: number.verified_name.unwrap_or_else(|| "Simulated".to_owned()),
        display: number.display,
        throughput_mps: number.throughput_mps.unwrap_or(80),
    });
    done()
}

#[derive(Deserialize)]
struct NewTemplate {
    waba_id: String,
    name: String,
    language: String,
    category: String,
    components: Value,
}

async fn add_template(world: Shared, new: web::Json<NewTemplate>) -> HttpResponse {
    world.add_template(&new.waba_id, &new.name, &new.language, &new.category, new.components.clone());
    done()
}

#[derive(Deserialize)]
struct NewStatus {
    status: String,
}

async fn set_template_status(
    world: Shared,
    path: web::Path<(String, String)>,
    new: web::Json<NewStatus>,
) -> HttpResponse {
    super::templates::set_status(&world, &path.0, &path.1, &new.status);
    done()
}

#[derive(Deserialize)]
struct NewMessage {
    phone_number_id: String,
    phone: String,
    name: String,
    #[serde(rename = "type")]
    kind: String,
    content: Value,
    #[serde(default)]
    behaviour: Behaviour,
}

async fn customer_writes(world: Shared, new: web::Json<NewMessage>) -> HttpResponse {
    let world: Arc<World> = world.into_inner();
    let profile = Profile::new(&new.phone, &new.name).who(new.behaviour);
    let customer = Customer::new(world, profile, &new.phone_number_id);
    HttpResponse::Ok().json(json!({ "id": customer.sends(&new.kind, new.content.clone()) }))
}

#[derive(Deserialize)]
struct Change {
    waba_id: String,
    field: String,
    value: Value,
}

async fn change(world: Shared, change: web::Json<Change>) -> HttpResponse {
    world.queue_change(&change.waba_id, &change.field, change.value.clone());
    done()
}

async fn set_faults(world: Shared, faults: web::Json<Faults>) -> HttpResponse {
    *world.faults.lock() = faults.into_inner();
    done()
}

#[derive(Deserialize)]
struct Advance {
    advance_seconds: u64,
}

async fn advance(world: Shared, by: web::Json<Advance>) -> HttpResponse {
    world.clock.advance(std::time::Duration::from_secs(by.advance_seconds));
    world.wake.notify_waiters();
    done()
}

async fn calls(world: Shared) -> HttpResponse {
    HttpResponse::Ok().json(world.ledger.calls())
}

async fn attempts(world: Shared) -> HttpResponse {
    HttpResponse::Ok().json(world.ledger.attempts())
}

async fn delivered(world: Shared, recipient: web::Path<String>) -> HttpResponse {
    HttpResponse::Ok().json(world.ledger.delivered_to(&recipient))
}
