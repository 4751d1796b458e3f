//! From the route table to the document.

use std::collections::{BTreeMap, BTreeSet};

use domain::access::Action;
use serde_json::{Map, Value, json};

use super::{Operation, path_parameters};
use crate::endpoint::Endpoint;
use crate::problem::{Kind, ProblemBody};

/// The chapters of the contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tag {
    Discovery,
    Auth,
    Users,
    Teams,
    Queues,
    Routing,
    Access,
    Channels,
    Conversations,
    Messages,
    Notes,
    Notifications,
    Contacts,
    Media,
    Templates,
    CannedReplies,
    Automation,
    Knowledge,
    Segments,
    Campaigns,
    Search,
    Presets,
    Quarantine,
    Events,
    Live,
    BusinessHours,
    ServiceLevels,
    Analytics,
    Csat,
    Reports,
    Audit,
    Billing,
    Operations,
}

impl Tag {
    const ALL: &[Tag] = &[
        Tag::Discovery,
        Tag::Auth,
        Tag::Users,
        Tag::Teams,
        Tag::Queues,
        Tag::Routing,
        Tag::Access,
        Tag::Channels,
        Tag::Conversations,
        Tag::Messages,
        Tag::Notes,
        Tag::Notifications,
        Tag::Contacts,
        Tag::Media,
        Tag::Templates,
        Tag::CannedReplies,
        Tag::Automation,
        Tag::Knowledge,
        Tag::Segments,
        Tag::Campaigns,
        Tag::Search,
        Tag::Presets,
        Tag::Quarantine,
        Tag::Events,
        Tag::Live,
        Tag::BusinessHours,
        Tag::ServiceLevels,
        Tag::Analytics,
        Tag::Csat,
        Tag::Reports,
        Tag::Audit,
        Tag::Billing,
        Tag::Operations,
    ];

    const fn name(self) -> &'static str {
        match self {
            Self::Discovery => "discovery",
            Self::Auth => "auth",
            Self::Users => "users",
            Self::Teams => "teams",
            Self::Queues => "queues",
            Self::Routing => "routing",
            Self::Access => "access",
            Self::Channels => "channels",
            Self::Conversations => "conversations",
            Self::Messages => "messages",
            Self::Notes => "notes",
            Self::Notifications => "notifications",
            Self::Contacts => "contacts",
            Self::Media => "media",
            Self::Templates => "templates",
            Self::CannedReplies => "canned-replies",
            Self::Automation => "automation",
            Self::Knowledge => "knowledge",
            Self::Segments => "segments",
            Self::Campaigns => "campaigns",
            Self::Search => "search",
            Self::Presets => "presets",
            Self::Quarantine => "quarantine",
            Self::Events => "events",
            Self::Live => "live",
            Self::BusinessHours => "business-hours",
            Self::ServiceLevels => "service-levels",
            Self::Analytics => "analytics",
            Self::Csat => "csat",
            Self::Reports => "reports",
            Self::Audit => "audit",
            Self::Billing => "billing",
            Self::Operations => "operations",
        }
    }

    const fn about(self) -> &'static str {
        match self {
            Self::Discovery => "What this server is and speaks.",
            Self::Auth => "Signing in and out, sessions.",
            Self::Users => "The people of the support team and their roles.",
            Self::Teams => "Who works on whose conversations, and behind which walls.",
            Self::Queues => "What waits for somebody, in which order, and how that is worked.",
            Self::Routing => "Rules that say where conversations belong, and every decision made by them.",
            Self::Access => "Roles, permissions, settings, and why somebody sees what they see.",
            Self::Channels => "Connected numbers, brands, and the provider's callbacks.",
            Self::Conversations => "The inbox: who is waiting, for whom, how long.",
            Self::Messages => "What customers and agents write to each other, and how it was delivered.",
            Self::Notes => "Internal notes; never delivered to a customer.",
            Self::Notifications => "What you were told, and what you want to be told.",
            Self::Contacts => "Customers and how they are recognised.",
            Self::Media => "Files, in and out.",
            Self::Templates => "Message templates of the WhatsApp Business Accounts.",
            Self::CannedReplies => "Texts and sequences of actions that agents use again and again.",
            Self::Automation => "Rules of what is done by itself, every run of them, and what they would have done.",
            Self::Knowledge => "Articles that answer customers and agents.",
            Self::Segments => "What may be noted of contacts, and which of them a condition fits.",
            Self::Campaigns => "A template to many contacts, each once, and what came of it.",
            Self::Search => "Words in what you may read.",
            Self::Presets => "Ready-made rules, queues, templates and articles for what teams do every day.",
            Self::Quarantine => "Webhook items that could not be applied, kept to be tried again.",
            Self::Events => "The log: every fact, in order, from any position on.",
            Self::Live => "One stream of everything you see, that goes on where it broke off.",
            Self::ServiceLevels => "What is promised to customers, by when, and how it was kept.",
            Self::Csat => "How satisfied customers are: asking them, and what they answered.",
            Self::BusinessHours => "When somebody is there: calendars by which waiting is measured and work is routed.",
            Self::Analytics => "Numbers that open into the events they are made of, as of any position.",
            Self::Audit => {
                "Who got in, what they may do, what was refused, what left, what was destroyed, what was set up."
            }
            Self::Reports => {
                "Numbers as files, a row for each thing that was measured, and those that come by themselves."
            }
            Self::Billing => "The plan and its seats, what was used, and what it cost.",
            Self::Operations => "Health and metrics.",
        }
    }
}

/// The document as pretty JSON with sorted keys and a final newline.
pub fn document(endpoints: &[Endpoint]) -> String {
    let mut paths: BTreeMap<&str, Map<String, Value>> = BTreeMap::new();
    let mut schemas = BTreeMap::new();
    let mut problem_schema = Operation::default();
    problem_schema.schema::<ProblemBody>();
    schemas.extend(problem_schema.schemas);
    for endpoint in endpoints.iter().filter(|endpoint| endpoint.is_published()) {
        let mut operation = endpoint.describe();
        schemas.append(&mut operation.schemas);
        let written = write_operation(endpoint, operation);
        paths.entry(endpoint.path()).or_default().insert(endpoint.method().as_str().to_lowercase(), written);
    }
    let document = json!({
        "openapi": "3.1.0",
        "info": {
            "title": "frontdesk",
            "version": env!("CARGO_PKG_VERSION"),
            "summary": "A shared inbox for WhatsApp.",
            "description": INTRODUCTION,
            "license": {"name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0"},
            "contact": {"name": "frontdesk", "url": env!("CARGO_PKG_REPOSITORY")},
        },
        "servers": [{"url": "/", "description": "This server."}],
        "tags": Tag::ALL.iter().map(|tag| json!({"name": tag.name(), "description": tag.about()})).collect::<Vec<_>>(),
        "paths": paths,
        "components": {
            "schemas": schemas,
            "headers": headers(),
            "securitySchemes": {
                "access_token": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT",
                    "description": "The access token of `POST /v1/auth/login`; never in the URL."},
            },
        },
    });
    // Value's maps are sorted, so equal contracts are equal texts.
    let mut text = serde_json::to_string_pretty(&document).expect("the document is JSON");
    text.push('\n');
    text
}

const INTRODUCTION: &str = "Every answer carries `Frontdesk-Position`, the position of the log it reflects, and \
`Frontdesk-Log`, the identity of that log. Every error is `application/problem+json`; match `code`. Clients must \
tolerate new fields in answers and new values of enumerations. Lists are paged by opaque cursors.";

fn write_operation(endpoint: &Endpoint, mut operation: Operation) -> Value {
    let mut parameters = path_parameters(endpoint.path());
    parameters.append(&mut operation.parameters);
    let mut written = json!({
        "operationId": endpoint.operation_id(),
        "summary": endpoint.summary_text(),
        "tags": [endpoint.chapter().name()],
        "responses": write_responses(&operation),
        "security": if endpoint.action() == Action::Public { json!([]) } else { json!([{"access_token": []}]) },
        "x-permission": endpoint.action().name(),
        "x-rate-class": endpoint.rate_class().name(),
    });
    if !endpoint.description_text().is_empty() {
        written["description"] = endpoint.description_text().into();
    }
    if !parameters.is_empty() {
        written["parameters"] = parameters.into();
    }
    if let Some(body) = operation.request_body {
        written["requestBody"] = body;
    }
    written
}

fn write_responses(operation: &Operation) -> Value {
    let mut responses = Map::new();
    for (status, response) in &operation.responses {
        let mut response = response.clone();
        let headers = response["headers"].as_object().cloned().unwrap_or_default();
        response["headers"] = with_common_headers(headers);
        responses.insert(status.to_string(), response);
    }
    if operation.not_modified {
        let description = "The entity tag is current.";
        responses
            .insert("304".to_owned(), json!({"description": description, "headers": with_common_headers(Map::new())}));
    }
    let mut by_status: BTreeMap<u16, BTreeSet<Kind>> = BTreeMap::new();
    for kind in &operation.problems {
        by_status.entry(kind.status()).or_default().insert(*kind);
    }
    for (status, kinds) in by_status {
        let codes: Vec<_> = kinds.iter().map(|kind| format!("`{}`", kind.code())).collect();
        responses.insert(status.to_string(), problem_response(&codes.join(", ")));
    }
    responses.insert("default".to_owned(), problem_response("Any other problem."));
    Value::Object(responses)
}

fn problem_response(description: &str) -> Value {
    json!({
        "description": description,
        "headers": with_common_headers(Map::new()),
        "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
    })
}

fn with_common_headers(mut headers: Map<String, Value>) -> Value {
    for name in ["Frontdesk-Position", "Frontdesk-Log", "Request-Id"] {
        headers.insert(name.to_owned(), json!({"$ref": format!("#/components/headers/{name}")}));
    }
    Value::Object(headers)
}

fn headers() -> Value {
    json!({
        "Frontdesk-Position": {
            "description": "Position of the log this answer reflects.",
            "schema": {"type": "integer", "format": "int64", "minimum": 0, "maximum": 9_007_199_254_740_991u64},
        },
        "Frontdesk-Log": {
            "description": "Identity of the log; another one after a restore.",
            "schema": {"type": "string", "maxLength": 100},
        },
        "Request-Id": {
            "description": "Names the request in the server's log.",
            "schema": {"type": "string", "pattern": "^req_[0-7][0-9a-hjkmnp-tv-z]{25}$"},
        },
        "ETag": {
            "description": "Version of the representation.",
            "schema": {"type": "string", "maxLength": 100},
        },
        "Location": {
            "description": "Where the new thing is.",
            "schema": {"type": "string", "maxLength": 1000},
        },
    })
}
