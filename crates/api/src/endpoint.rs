//! One row of the route table: method, path, who may use it, and the handler with what it takes and gives.
//! The same row mounts the handler, writes its part of the contract, and is what tests walk over.
//!
//! Order within a request: the path and method must exist (404, 405), then the caller must be known (401) and
//! have the permission at all (403), and only then is the request read (400, 413, 415, …). Whether the caller
//! may touch *this* object is decided by the desk.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use actix_web::http::Method;
use actix_web::http::header::HeaderName;
use actix_web::{FromRequest, Handler, HttpMessage, HttpRequest, HttpResponse, Responder, Route, web};
use domain::access::{Action, Decision, Standing, authorize};
use futures_util::FutureExt;

use crate::auth::throttle::network_of;
use crate::caller::authenticate;
use crate::context::Context;
use crate::denials::{self, Answered};
use crate::dto::scalar::POSITION_MAX;
use crate::mount::Matched;
use crate::openapi::{Describe, Operation, Tag};
use crate::peer::peer_address;
use crate::problem::{Kind, Problem};
use crate::rate_limit::Payer;

/// Which budget of requests an operation draws on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RateClass {
    Read,
    Write,
    Send,
    Auth,
    /// Not limited: health, discovery, the provider's callbacks.
    Free,
}

impl RateClass {
    /// Its name in the contract.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::Send => "send",
            Self::Auth => "auth",
            Self::Free => "free",
        }
    }
}

/// One operation.
#[derive(Clone)]
pub struct Endpoint {
    method: Method,
    path: &'static str,
    operation_id: &'static str,
    summary: &'static str,
    description: &'static str,
    tag: Tag,
    action: Action,
    rate: RateClass,
    problems: &'static [Kind],
    more_problems: &'static [Kind],
    published: bool,
    describe: fn(&mut Operation),
    mount: Arc<dyn Fn(Action, RateClass, Method) -> Route + Send + Sync>,
}

macro_rules! methods {
    ($($name:ident $method:ident $doc:literal)*) => {$(
        #[doc = $doc]
        pub fn $name<F, Args, R>(path: &'static str, operation_id: &'static str, handler: F) -> Self
        where
            F: Handler<Args, Output = Result<R, Problem>> + Send + Sync,
            Args: FromRequest + Describe + 'static,
            R: Responder + Describe + 'static,
        {
            Self::new(Method::$method, path, operation_id, handler)
        }
    )*};
}

impl Endpoint {
    methods! {
        get GET "A reading operation; also answers HEAD."
        post POST "An operation that creates or commands."
        put PUT "An operation that sets a state."
        patch PATCH "An operation that changes parts."
        delete DELETE "An operation that takes away."
    }

    fn new<F, Args, R>(method: Method, path: &'static str, operation_id: &'static str, handler: F) -> Self
    where
        F: Handler<Args, Output = Result<R, Problem>> + Send + Sync,
        Args: FromRequest + Describe + 'static,
        R: Responder + Describe + 'static,
    {
        let rate = if method == Method::GET { RateClass::Read } else { RateClass::Write };
        let mount = move |action: Action, rate: RateClass, method: Method| {
            let handler = handler.clone();
            web::method(method).to(move |request: HttpRequest, payload: web::Payload| {
                let handler = handler.clone();
                let asked = request.clone();
                request.extensions_mut().insert(Matched(path));
                let answer = {
                    async move {
                        admit(&request, action, rate)?;
                        reach(&request).await?;
                        let args = Args::from_request(&request, &mut payload.into_inner()).await.map_err(Into::into)?;
                        let answer = handler.call(args).await?;
                        Ok::<HttpResponse, actix_web::Error>(answer.respond_to(&request).map_into_boxed_body())
                    }
                };
                async move {
                    // The panic hook has logged where; the client learns only that it was us.
                    let caught = AssertUnwindSafe(answer).catch_unwind().await;
                    let answer = caught.unwrap_or_else(|_| Err(Problem::internal("a handler panicked").into()));
                    if let Some(problem) = answer.as_ref().err().and_then(actix_web::Error::as_error::<Problem>) {
                        let kind = problem.kind();
                        denials::note(Answered { request: &asked, operation: operation_id, action, kind }).await;
                    }
                    answer
                }
            })
        };
        Self {
            method,
            path,
            operation_id,
            summary: "",
            description: "",
            tag: Tag::Discovery,
            action: Action::OwnAccount,
            rate,
            problems: &[],
            more_problems: &[],
            published: true,
            describe: |operation| {
                Args::describe(operation);
                R::describe(operation);
            },
            mount: Arc::new(mount),
        }
    }

    /// Its one-line summary and its chapter.
    pub fn about(mut self, tag: Tag, summary: &'static str) -> Self {
        self.tag = tag;
        self.summary = summary;
        self
    }
    /// What the summary cannot say.
    pub fn description(mut self, text: &'static str) -> Self {
        self.description = text;
        self
    }
    /// The permission it needs. Without this, anybody who is signed in may use it.
    pub fn needs(mut self, action: Action) -> Self {
        self.action = action;
        self
    }
    /// The budget it draws on, where that is not `read` for GET and `write` for the rest.
    pub fn rate(mut self, class: RateClass) -> Self {
        self.rate = class;
        self
    }
    /// What it may refuse with beyond what its extractors do.
    pub fn refuses(mut self, problems: &'static [Kind]) -> Self {
        self.problems = problems;
        self
    }
    /// Further ones, beside a list shared with other operations.
    pub fn refuses_too(mut self, problems: &'static [Kind]) -> Self {
        self.more_problems = problems;
        self
    }
    /// Leaves it out of the contract (pages for people).
    pub fn unpublished(mut self) -> Self {
        self.published = false;
        self
    }

    /// The HTTP method.
    pub fn method(&self) -> &Method {
        &self.method
    }
    /// The path's template.
    pub fn path(&self) -> &'static str {
        self.path
    }
    /// The name generated clients use.
    pub fn operation_id(&self) -> &'static str {
        self.operation_id
    }
    /// The permission it needs.
    pub fn action(&self) -> Action {
        self.action
    }
    /// The budget it draws on.
    pub fn rate_class(&self) -> RateClass {
        self.rate
    }
    /// Its handler for a method: its own, or HEAD beside GET.
    pub(crate) fn route(&self, method: Method) -> Route {
        (self.mount)(self.action, self.rate, method)
    }
    pub(crate) fn summary_text(&self) -> &'static str {
        self.summary
    }
    pub(crate) fn description_text(&self) -> &'static str {
        self.description
    }
    pub(crate) fn chapter(&self) -> Tag {
        self.tag
    }
    pub(crate) fn is_published(&self) -> bool {
        self.published
    }

    /// What it takes and gives.
    pub fn describe(&self) -> Operation {
        let mut operation = Operation { method: method_name(&self.method), ..Operation::default() };
        (self.describe)(&mut operation);
        operation.problems.extend(self.problems.iter().chain(self.more_problems));
        operation.problems.extend([Kind::Internal, Kind::Draining]);
        if self.method != Method::GET {
            operation.problems.extend([Kind::LogUnavailable, Kind::Overloaded]);
        }
        if self.rate != RateClass::Free {
            operation.problems.insert(Kind::RateLimited);
        }
        if self.action != Action::Public {
            operation.problems.extend([
                Kind::Unauthenticated,
                Kind::TokenInvalid,
                Kind::SessionRevoked,
                Kind::Forbidden,
                Kind::IpDenied,
            ]);
        }
        operation
    }
}

impl std::fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {} ({})", self.method, self.path, self.operation_id)
    }
}

/// Lets the request through to be read, or says why not. A caller without an account gets this far only on
/// public operations.
fn admit(request: &HttpRequest, action: Action, rate: RateClass) -> Result<(), Problem> {
    let context = context(request)?;
    if action == Action::Public {
        if rate != RateClass::Free {
            spend(context, request, Payer::Network(network_of(peer_address(request))), rate)?;
        }
        return Ok(());
    }
    let caller = authenticate(context, request)?;
    let principal = &caller.principal;
    spend(context, request, principal.key_id().map_or(Payer::User(principal.user_id), Payer::Key), rate)?;
    let decision = match authorize(principal, action, Standing::Workspace) {
        // A key has no account of its own: its maker's password, sessions and second factor are out of its reach.
        Decision::Allow if action == Action::OwnAccount && principal.key_id().is_some() => Decision::Forbid,
        decision => decision,
    };
    request.extensions_mut().insert(caller);
    match decision {
        Decision::Allow => Ok(()),
        Decision::Forbid => Err(Problem::new(Kind::Forbidden)),
        Decision::Hide => Err(Problem::new(Kind::NotFound)),
    }
}

fn context(request: &HttpRequest) -> Result<&Context, Problem> {
    let context = request.app_data::<web::Data<Context>>();
    context.map(|context| &***context).ok_or_else(|| Problem::internal("no context is mounted"))
}

fn spend(context: &Context, request: &HttpRequest, payer: Payer, rate: RateClass) -> Result<(), Problem> {
    if let Some(budget) = context.rate_limiter.take(payer, rate, context.now())? {
        request.extensions_mut().insert(budget);
    }
    Ok(())
}

/// Lets a client that has seen a position read nothing older.
async fn reach(request: &HttpRequest) -> Result<(), Problem> {
    let Some(value) = request.headers().get(MIN_POSITION) else { return Ok(()) };
    let position = value.to_str().ok().and_then(|text| text.parse().ok()).filter(|pos| *pos <= POSITION_MAX);
    let wrong = || Problem::parameter("Frontdesk-Min-Position", "wrong-form", "must be a position");
    context(request)?.reach(position.ok_or_else(wrong)?).await
}

const MIN_POSITION: HeaderName = HeaderName::from_static("frontdesk-min-position");

fn method_name(method: &Method) -> &'static str {
    match *method {
        Method::GET => "get",
        Method::POST => "post",
        Method::PUT => "put",
        Method::PATCH => "patch",
        Method::DELETE => "delete",
        _ => "other",
    }
}
