//! The route table as the router takes it. The router asks its entries one after the other, and a pattern costs it a hundred
//! times what a plain text does; so plain paths come first, and what is asked of one thing of a list lies below that list:
//! `/v1/conversations`, then `{conversation_id}`, then `/messages`. Whatever the path, about one pattern is tried.

use std::collections::BTreeMap;

use actix_web::http::Method;
use actix_web::http::header::ALLOW;
use actix_web::{HttpResponse, Resource, web};

use crate::endpoint::{Endpoint, RateClass};
use crate::problem::{Kind, Problem};

/// On a request: the template of the path that was found for it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Matched(pub(crate) &'static str);

/// Mounts every row: one resource per path, HEAD with every GET, and 405 with the true Allow for the rest.
pub fn mount(endpoints: &[Endpoint], config: &mut web::ServiceConfig) {
    let mut paths: Vec<&'static str> = Vec::new();
    for endpoint in endpoints {
        if !paths.contains(&endpoint.path()) {
            paths.push(endpoint.path());
        }
    }
    let (patterns, mut plain): (Vec<_>, Vec<_>) = paths.into_iter().partition(|path| path.contains('{'));
    // Webhooks, which come most, first.
    plain.sort_by_key(|path| !takes_provider_calls(endpoints, path));
    for path in plain {
        config.service(resource(endpoints, path, path));
    }
    // Backwards, so that a list comes before one whose path its own begins with.
    for (list, things) in below_lists(patterns).into_iter().rev() {
        let mut scope = web::scope(list);
        for (name, mut paths) in things {
            paths.sort_by_key(|(rest, _)| rest.contains('{'));
            let thing = web::scope(&format!("/{{{name}}}"));
            let all = paths.into_iter().map(|(rest, path)| resource(endpoints, path, rest));
            scope = scope.service(all.fold(thing, actix_web::Scope::service));
        }
        config.service(scope);
    }
}

/// By the name of a thing: what is left of a path behind it, and the path.
type Things = BTreeMap<&'static str, Vec<(&'static str, &'static str)>>;

/// What is asked of things, by the list they are in. In one list all have the same name.
fn below_lists(patterns: Vec<&'static str>) -> BTreeMap<&'static str, Things> {
    let mut lists: BTreeMap<_, Things> = BTreeMap::new();
    for path in patterns {
        let parts = path.split_once("/{").and_then(|(list, tail)| Some((list, tail.split_once('}')?)));
        let (list, (name, rest)) = parts.expect("a parameter is a whole segment of a path");
        lists.entry(list).or_default().entry(name).or_default().push((rest, path));
    }
    assert!(lists.values().all(|things| things.len() == 1), "two names for the things of one list: {lists:?}");
    lists
}

fn takes_provider_calls(endpoints: &[Endpoint], path: &str) -> bool {
    let posted = |endpoint: &&Endpoint| endpoint.path() == path && *endpoint.method() == Method::POST;
    endpoints.iter().find(posted).is_some_and(|endpoint| endpoint.rate_class() == RateClass::Free)
}

/// Everything that can be done at a path, of which `rest` is what the router has left to match.
fn resource(endpoints: &[Endpoint], path: &str, rest: &str) -> Resource {
    let mut resource = web::resource(rest);
    let mut allow = Vec::new();
    for endpoint in endpoints.iter().filter(|endpoint| endpoint.path() == path) {
        resource = resource.route(endpoint.route(endpoint.method().clone()));
        allow.push(endpoint.method().as_str());
        if *endpoint.method() == Method::GET {
            resource = resource.route(endpoint.route(Method::HEAD));
            allow.push("HEAD");
        }
    }
    let allow = allow.join(", ");
    resource.default_service(web::to(move || {
        let allow = allow.clone();
        async move { Err::<HttpResponse, _>(Problem::new(Kind::MethodNotAllowed).header(ALLOW, allow)) }
    }))
}
