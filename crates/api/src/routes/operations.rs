//! For whoever runs the server: is it alive, should it get requests, what does it count.

use actix_web::body::BoxBody;
use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, Responder};
use app::LogState;
use domain::access::Action;
use serde_json::json;

use crate::answer::Found;
use crate::context::Shared;
use crate::dto::meta::{Check, Health, Readiness};
use crate::endpoint::{Endpoint, RateClass};
use crate::front::Front;
use crate::metrics::Figures;
use crate::openapi::{Describe, Operation, Tag};
use crate::problem::{Kind, Problem};

pub(super) fn endpoints() -> Vec<Endpoint> {
    let public = |endpoint: Endpoint| endpoint.needs(Action::Public).rate(RateClass::Free);
    vec![
        public(Endpoint::get("/healthz", "get_health", health)).about(Tag::Operations, "Is the process alive"),
        public(Endpoint::get("/readyz", "get_readiness", readiness))
            .about(Tag::Operations, "Should requests come here")
            .refuses(&[Kind::LogUnavailable]),
        public(Endpoint::get("/metrics", "get_metrics", metrics))
            .about(Tag::Operations, "Get counters in the Prometheus text format")
            .description("Names no user, conversation or number."),
    ]
}

async fn health() -> Result<Found<Health>, Problem> {
    Ok(Found(Health { status: "ok".to_owned() }))
}

async fn readiness(front: Front) -> Result<Found<Readiness>, Problem> {
    let writable = front.log_state() == LogState::Writable;
    let stays = !front.is_draining();
    let at_head = front.view(|views| views.position()) == *front.applied().borrow();
    // A clock that was set is told, and turns nobody away: the desk's time goes on without it.
    let clock = front.trusts_clock();
    let checks =
        [("log_writable", writable), ("not_draining", stays), ("views_at_head", at_head), ("clock_trusted", clock)];
    if !stays {
        return Err(Problem::new(Kind::Draining).with("checks", json!(as_map(&checks))));
    }
    if !writable {
        return Err(Problem::new(Kind::LogUnavailable).with("checks", json!(as_map(&checks))));
    }
    let checks = checks.into_iter().map(|(name, ok)| Check { name: name.to_owned(), ok }).collect();
    Ok(Found(Readiness { status: "ready".to_owned(), checks }))
}

fn as_map(checks: &[(&str, bool)]) -> serde_json::Map<String, serde_json::Value> {
    checks.iter().map(|(name, ok)| ((*name).to_owned(), (*ok).into())).collect()
}

/// A scrape.
struct Scrape(String);

impl Responder for Scrape {
    type Body = BoxBody;
    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        let content_type = "application/openmetrics-text; version=1.0.0; charset=utf-8";
        HttpResponse::Ok().insert_header((header::CONTENT_TYPE, content_type)).body(self.0)
    }
}
impl Describe for Scrape {
    fn describe(operation: &mut Operation) {
        let content = json!({"application/openmetrics-text": {"schema": {"type": "string"}}});
        operation.responses.insert(200, json!({"description": "The counters.", "content": content}));
    }
}

async fn metrics(front: Front, shared: Shared) -> Result<Scrape, Problem> {
    let (commands, syncs) = front.work_counts();
    let figures = front.view(|views| Figures {
        head: views.position(),
        commands,
        syncs,
        conversations: views.inbox.len() as u64,
        quarantined: views.quarantine.len() as u64,
        live: shared.live.connections.count() as u64,
    });
    Ok(Scrape(shared.metrics.scrape(&figures)))
}
