//! The live stream's doors: WebSocket, server-sent events, tickets for browsers, and signals by request for those who
//! listen one way only. What goes through them is in [`crate::live`].

use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use actix_web::body::BoxBody;
use actix_web::http::header;
use actix_web::{FromRequest, HttpRequest, HttpResponse, Responder, web};
use app::Desk;
use app::live::signals::Source;
use domain::access::Action;
use futures_util::future::LocalBoxFuture;
use serde_json::json;

use crate::answer::{Done, Found};
use crate::caller::{Caller, authenticate};
use crate::context::{Context, Shared};
use crate::dto::live::asked::{Filter, Hello, SignalKind};
use crate::dto::live::doors::*;
use crate::dto::live::told::Batch;
use crate::dto::scalar::ConversationId;
use crate::edge::is_own_or_allowed;
use crate::endpoint::{Endpoint, RateClass};
use crate::extract::{Json, Path, Query, parse_strict};
use crate::front::Front;
use crate::live::connection::{Connection, filter_of};
use crate::live::poll::Poll;
use crate::live::resume::place;
use crate::live::signalling::{show_typing, state_of};
use crate::live::switchboard::Switchboard;
use crate::live::tickets::Purpose;
use crate::live::{socket, sse};
use crate::openapi::{Describe, Operation, Tag};
use crate::peer::peer_address;
use crate::present;
use crate::problem::{FieldError, Kind, Problem};
use crate::schema::Checker;

/// Query parameters that would carry a secret into logs of proxies.
const SECRETS: &[&str] = &["token", "access_token", "authorization", "jwt", "key", "api_key"];

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::get("/v1/live", "open_live", open)
            .about(Tag::Live, "Follow everything you see, live")
            .description(
                "A WebSocket (subprotocol `frontdesk.v1`); its frames are described in `/asyncapi.json`. Say who you are in \
                 the first frame, with a token or a ticket, or in `Authorization`. A token in the URL is refused.",
            )
            .needs(Action::Public)
            .rate(RateClass::Free)
            .refuses(&[
                Kind::TokenInUrl,
                Kind::OriginNotAllowed,
                Kind::TooManyConnections,
                Kind::TokenInvalid,
                Kind::SessionRevoked,
                Kind::IpDenied,
            ]),
        Endpoint::get("/v1/live/sse", "open_live_sse", open_sse)
            .about(Tag::Live, "Follow everything you see as server-sent events")
            .description(
                "The frames of `/v1/live`, one event each: `event` is the frame's type, `id` where it leaves you. Come back \
                 with `Last-Event-ID` or `resume`. Browsers that cannot send `Authorization` use a ticket.",
            )
            .needs(Action::Public)
            .rate(RateClass::Free)
            .refuses(&[
                Kind::TokenInUrl,
                Kind::OriginNotAllowed,
                Kind::TooManyConnections,
                Kind::Unauthenticated,
                Kind::Unprocessable,
                Kind::TokenInvalid,
                Kind::SessionRevoked,
                Kind::IpDenied,
            ]),
        Endpoint::get("/v1/live/poll", "poll_live", poll)
            .about(Tag::Live, "Ask what comes after a position, and wait for it")
            .description(
                "A batch as in `/v1/live`, for those who can keep no connection open. Read your lists, then ask with \
                 `resume` of their position (`Frontdesk-Log`, a colon, `as_of`), then of each batch's `pos`. Where you have \
                 to begin anew it is `position-gone`, with the `reason`.",
            )
            .needs(Action::LiveRead)
            .refuses(&[Kind::PositionGone, Kind::Unprocessable]),
        Endpoint::post("/v1/live/tickets", "create_live_ticket", ticket)
            .about(Tag::Live, "Get a ticket for one live stream")
            .description("For whoever cannot send headers. Good for one use within 30 seconds.")
            .needs(Action::LiveRead),
        Endpoint::post("/v1/live/signals", "signal", signal)
            .about(Tag::Live, "Say what you are doing in a conversation")
            .description("For those who follow by server-sent events; over a WebSocket it is the frame `signal`.")
            .needs(Action::LiveRead)
            .refuses(&[Kind::NotFound]),
        Endpoint::get("/v1/conversations/{conversation_id}/viewers", "list_viewers", viewers)
            .about(Tag::Live, "See who looks at a conversation, types or has a draft")
            .needs(Action::ConversationRead),
    ]
}

/// A connection that goes on: whatever carries it.
struct Stream(HttpResponse);

impl Responder for Stream {
    type Body = BoxBody;
    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        self.0
    }
}

impl Describe for Stream {
    fn describe(operation: &mut Operation) {
        operation.responses.insert(101, json!({"description": "The WebSocket is open: say hello."}));
    }
}

/// The same without a change of protocol.
struct EventStream(HttpResponse);

impl Responder for EventStream {
    type Body = BoxBody;
    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        self.0
    }
}

impl Describe for EventStream {
    fn describe(operation: &mut Operation) {
        let content = json!({"text/event-stream": {"schema": {"type": "string"}}});
        operation.responses.insert(200, json!({"description": "Events without end.", "content": content}));
    }
}

/// A request for a stream, as it came.
struct Door {
    request: HttpRequest,
    payload: web::Payload,
    context: web::Data<Context>,
    desk: Desk,
    board: Rc<Switchboard>,
}

impl FromRequest for Door {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;
    fn from_request(request: &HttpRequest, payload: &mut actix_web::dev::Payload) -> Self::Future {
        let (request, payload) = (request.clone(), web::Payload::from_request(request, payload));
        Box::pin(async move {
            let context = request.app_data::<web::Data<Context>>().cloned();
            let desk = request.app_data::<web::Data<Desk>>().cloned();
            let board = request.app_data::<Rc<Switchboard>>().cloned();
            let (Some(context), Some(desk), Some(board)) = (context, desk, board) else {
                return Err(Problem::internal("no desk is mounted"));
            };
            let payload = payload.await.map_err(|_| Problem::new(Kind::Malformed))?;
            let desk = Desk::clone(&desk);
            Ok(Self { request, payload, context, desk, board })
        })
    }
}
impl Describe for Door {
    fn describe(_: &mut Operation) {}
}

impl Door {
    /// Refuses what no stream is opened for: secrets in the address, pages of strangers, a server that stops.
    fn admit(&self) -> Result<(), Problem> {
        let named = web::Query::<BTreeMap<String, String>>::from_query(self.request.query_string());
        let secret = |name: &String| SECRETS.contains(&name.to_lowercase().as_str());
        if named.is_ok_and(|named| named.keys().any(secret)) {
            return Err(Kind::TokenInUrl.into());
        }
        if let Some(origin) = self.request.headers().get(header::ORIGIN)
            && !is_own_or_allowed(origin, &self.request, &self.context)
        {
            return Err(Kind::OriginNotAllowed.into());
        }
        if self.desk.is_draining() { Err(Kind::Draining.into()) } else { Ok(()) }
    }

    /// Whoever the header names, if it is there.
    fn known(&self) -> Result<Option<Caller>, Problem> {
        let given = self.request.headers().contains_key(header::AUTHORIZATION);
        given.then(|| authenticate(&self.context, &self.request)).transpose()
    }
}

async fn open(door: Door) -> Result<Stream, Problem> {
    door.admit()?;
    let address = peer_address(&door.request);
    let known = match door.known()? {
        Some(caller) => Some(caller),
        None => offered_ticket(&door),
    };
    let stranger = || door.context.live.connections.stranger(address);
    let place = if known.is_some() { None } else { Some(stranger().ok_or(Problem::new(Kind::TooManyConnections))?) };
    let connection = Connection::new(door.desk, door.context, address, known, place, &door.board);
    Ok(Stream(socket::upgrade(&door.request, door.payload, connection)?))
}

/// A ticket among the subprotocols a browser offers: the one header its scripts can set.
fn offered_ticket(door: &Door) -> Option<Caller> {
    let offered = door.request.headers().get_all(header::SEC_WEBSOCKET_PROTOCOL);
    let names = offered.filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(','));
    let ticket = names.map(str::trim).find_map(|name| name.strip_prefix("frontdesk.ticket."))?;
    door.context.live.tickets.redeem(ticket, Purpose::Socket, door.desk.now())
}

async fn open_sse(door: Door, Query(query): Query<SseQuery>) -> Result<EventStream, Problem> {
    door.admit()?;
    let caller = match door.known()? {
        Some(caller) => caller,
        None => {
            let ticket = query.ticket.as_deref().ok_or_else(|| Problem::new(Kind::Unauthenticated))?;
            let redeemed = door.context.live.tickets.redeem(ticket, Purpose::Sse, door.desk.now());
            redeemed.ok_or_else(|| Problem::new(Kind::TokenInvalid))?
        }
    };
    let last = door.request.headers().get("last-event-id").and_then(|value| value.to_str().ok()).map(str::to_owned);
    let hello = hello(query, last)?;
    let (log_id, address) = (door.desk.reader().log_id().to_owned(), peer_address(&door.request));
    let mut connection = Connection::new(door.desk, door.context, address, Some(caller), None, &door.board);
    connection.hello(hello);
    Ok(EventStream(sse::answer(connection, log_id)))
}

/// The query says what the first frame says elsewhere.
fn hello(query: SseQuery, last_event_id: Option<String>) -> Result<Hello, Problem> {
    let resume = query.resume.or(last_event_id).as_deref().map(place).transpose()?;
    let filter = query.filter.as_deref().map(filter).transpose()?;
    Ok(Hello {
        r#type: crate::dto::live::asked::HelloType::It,
        id: None,
        v: 1,
        token: None,
        ticket: None,
        client: None,
        resume,
        filter,
        open: query.open,
        snapshot: query.snapshot,
    })
}

/// A filter in a URL.
fn filter(text: &str) -> Result<Filter, Problem> {
    let wrong = || {
        let detail = "a filter as in the frame `hello`, in JSON".to_owned();
        let (pointer, parameter, code) = (None, Some("filter".to_owned()), "wrong-form".to_owned());
        Problem::new(Kind::Unprocessable).errors(vec![FieldError { pointer, parameter, code, detail }])
    };
    let value = parse_strict(text.as_bytes()).map_err(|_| wrong())?;
    if Checker::of::<Filter>().check(&value).is_empty() {
        serde_json::from_value(value).map_err(|_| wrong())
    } else {
        Err(wrong())
    }
}

/// A batch as the text it is.
struct Polled(String);

impl Responder for Polled {
    type Body = BoxBody;
    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        HttpResponse::Ok().insert_header((header::CONTENT_TYPE, "application/json")).body(self.0)
    }
}
impl Describe for Polled {
    fn describe(operation: &mut Operation) {
        operation.schema::<Batch>();
        let content = json!({"application/json": {"schema": {"$ref": "#/components/schemas/Batch"}}});
        operation.responses.insert(200, json!({"description": "What you see of it.", "content": content}));
    }
}

async fn poll(caller: Caller, front: Front, door: Door, Query(query): Query<PollQuery>) -> Result<Polled, Problem> {
    front.allow(&caller.principal, Action::LiveRead)?;
    let resume = query.resume.as_deref().map(place).transpose()?;
    let asked = Poll {
        filter: query.filter.as_deref().map(filter).transpose()?.map(filter_of).unwrap_or_default(),
        open: query.open.into_iter().flatten().map(|id| id.0).collect(),
        wait: Duration::from_secs(query.wait.unwrap_or(0).into()),
        desk: door.desk,
        context: door.context,
        caller,
    };
    Ok(Polled(asked.batch(resume).await?))
}

async fn ticket(
    caller: Caller,
    front: Front,
    shared: Shared,
    Json(body, _): Json<CreateTicket>,
) -> Result<Found<LiveTicket>, Problem> {
    front.allow(&caller.principal, Action::LiveRead)?;
    let purpose = match body.purpose {
        TicketPurpose::Ws => Purpose::Socket,
        TicketPurpose::Sse => Purpose::Sse,
    };
    let caller = Caller { expires_at: None, ..caller };
    let (ticket, expires_at) = shared.live.tickets.issue(&shared, caller, purpose)?;
    Ok(Found(LiveTicket { ticket, expires_at: expires_at.into() }))
}

async fn signal(caller: Caller, front: Front, Json(body, _): Json<SayDoing>) -> Result<Done, Problem> {
    let id = body.conversation_id.0;
    front.conversation(&caller.principal, id)?;
    // One device, one voice: its next signal takes the place of this one.
    let session = caller.session.map(|session| session.as_u128());
    let source = Source(session.or(caller.principal.key_id().map(|key| key.as_u128())).unwrap_or_default());
    let now = front.now();
    match state_of(body.kind) {
        Some(state) => {
            if !front.signals().say(id, caller.principal.user_id, source, state, now) {
                return Err(Kind::Overloaded.into());
            }
        }
        None => front.signals().stop(id, source, now),
    }
    if body.public && body.kind == SignalKind::Typing {
        show_typing(&front, &caller, id);
    }
    Ok(Done)
}

async fn viewers(caller: Caller, front: Front, Path(id): Path<ConversationId>) -> Result<Found<Viewers>, Problem> {
    front.conversation(&caller.principal, id.0)?;
    Ok(Found(Viewers { data: present::signals::of(&front, id.0), contact_typing: false }))
}
