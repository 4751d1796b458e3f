//! The provider's callbacks: one address for every number. A webhook is believed by its signature over the exact bytes,
//! made with any app secret in force; nothing of it is read before. It is answered 200 when everything in it is durable,
//! and not before: what is answered, the provider forgets.

use std::rc::Rc;

use actix_web::body::BoxBody;
use actix_web::dev::Payload;
use actix_web::http::header;
use actix_web::{FromRequest, HttpRequest, HttpResponse, Responder};
use bytes::Bytes;
use channels::whatsapp::inbound::parse;
use channels::whatsapp::signature::{HandshakeError, SIGNATURE_HEADER, SignatureError, handshake, verify};
use domain::access::Action;
use futures_util::future::LocalBoxFuture;
use secrecy::ExposeSecret;
use serde_json::json;

use crate::context::Shared;
use crate::edge::ToProvider;
use crate::endpoint::{Endpoint, RateClass};
use crate::extract::read_body;
use crate::front::Front;
use crate::mailbox::Mailbox;
use crate::openapi::{Describe, Operation, Tag};
use crate::problem::{Kind, Problem};

const PATH: &str = "/v1/inbound/whatsapp";
/// The largest webhook; the provider sends up to 3 MB.
const WEBHOOK_BYTES_MAX: usize = 4 * 1024 * 1024;

pub(super) fn endpoints() -> Vec<Endpoint> {
    let free = |endpoint: Endpoint| endpoint.needs(Action::Public).rate(RateClass::Free);
    vec![
        free(Endpoint::get(PATH, "verify_webhook", verify_address))
            .about(Tag::Channels, "Answer the provider's check of this address")
            .refuses(&[Kind::Forbidden, Kind::InvalidParameter]),
        free(Endpoint::post(PATH, "receive_webhook", receive))
            .about(Tag::Channels, "Receive a webhook of the messaging provider")
            .description("Signed with `X-Hub-Signature-256` over the raw body. Sending one twice is sending it once.")
            .refuses(&[Kind::WebhookSignatureMissing, Kind::WebhookSignatureInvalid]),
    ]
}

/// The query of the address check. Its names have dots, and the provider may add others.
struct Handshake {
    mode: Option<String>,
    token: Option<String>,
    challenge: Option<String>,
}

impl FromRequest for Handshake {
    type Error = Problem;
    type Future = std::future::Ready<Result<Self, Problem>>;
    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let mut found = Self { mode: None, token: None, challenge: None };
        for (name, value) in url::form_urlencoded::parse(request.query_string().as_bytes()) {
            let field = match name.as_ref() {
                "hub.mode" => &mut found.mode,
                "hub.verify_token" => &mut found.token,
                "hub.challenge" => &mut found.challenge,
                _ => continue,
            };
            field.get_or_insert_with(|| value.into_owned());
        }
        std::future::ready(Ok(found))
    }
}

impl Describe for Handshake {
    fn describe(operation: &mut Operation) {
        let names = [
            ("hub.mode", "Always `subscribe`.", 32),
            ("hub.verify_token", "The verify token of one of the channels.", 256),
            ("hub.challenge", "Given back as it came.", 128),
        ];
        operation.parameters.extend(names.into_iter().map(|(name, about, max)| {
            json!({
                "name": name, "in": "query", "required": false, "description": about,
                "schema": {"type": "string", "maxLength": max},
            })
        }));
    }
}

/// The challenge as plain text.
struct Challenge(String);

impl Responder for Challenge {
    type Body = BoxBody;
    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        HttpResponse::Ok().insert_header((header::CONTENT_TYPE, "text/plain; charset=utf-8")).body(self.0)
    }
}
impl Describe for Challenge {
    fn describe(operation: &mut Operation) {
        let content = json!({"text/plain": {"schema": {"type": "string", "maxLength": 128}}});
        operation.responses.insert(200, json!({"description": "The challenge.", "content": content}));
    }
}

async fn verify_address(front: Front, query: Handshake) -> Result<Challenge, Problem> {
    let tokens = front.verify_tokens();
    let known: Vec<&[u8]> = tokens.iter().map(|token| token.expose_secret().as_bytes()).collect();
    match handshake(query.mode.as_deref(), query.token.as_deref(), query.challenge.as_deref(), &known) {
        Ok(challenge) => Ok(Challenge(challenge)),
        Err(HandshakeError::Refused) => Err(Problem::new(Kind::Forbidden).detail("the verify token is not known")),
        Err(HandshakeError::BadChallenge) => {
            Err(Problem::parameter("hub.challenge", "wrong-form", "must be 1 to 128 visible characters"))
        }
    }
}

/// The exact bytes of a webhook and its signatures.
struct SignedBody {
    body: Bytes,
    signatures: Vec<String>,
    mailbox: Rc<Mailbox>,
}

impl FromRequest for SignedBody {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;
    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, mut payload) = (request.clone(), payload.take());
        Box::pin(async move {
            let values = request.headers().get_all(SIGNATURE_HEADER);
            // A value that is no text is no signature either, and still one too many beside another.
            let signatures: Vec<String> = values.map(|value| value.to_str().unwrap_or_default().to_owned()).collect();
            if signatures.is_empty() {
                return Err(Kind::WebhookSignatureMissing.into());
            }
            let body = read_body(&request, &mut payload, WEBHOOK_BYTES_MAX).await?;
            let mailbox = request.app_data::<Rc<Mailbox>>().cloned().unwrap_or_default();
            Ok(Self { body, signatures, mailbox })
        })
    }
}

impl Describe for SignedBody {
    fn describe(operation: &mut Operation) {
        operation.parameters.push(json!({
            "name": "X-Hub-Signature-256", "in": "header", "required": true,
            "description": "`sha256=` and the HMAC-SHA256 of the raw body under the app secret, hexadecimal.",
            "schema": {"type": "string", "pattern": "^sha256=[0-9A-Fa-f]{64}$", "maxLength": 71},
        }));
        operation.request_body = Some(json!({
            "required": true,
            "content": {"application/json": {"schema": {"type": "object", "description": "As the provider sends it."}}},
        }));
        operation.problems.extend([
            Kind::RequestTimeout,
            Kind::PayloadTooLarge,
            Kind::ContentEncoding,
            Kind::Malformed,
            Kind::Overloaded,
        ]);
    }
}

/// 200 without a body.
struct Taken;

impl Responder for Taken {
    type Body = BoxBody;
    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        let mut answer = HttpResponse::Ok().finish();
        answer.extensions_mut().insert(ToProvider(PATH));
        answer
    }
}
impl Describe for Taken {
    fn describe(operation: &mut Operation) {
        operation.responses.insert(200, json!({"description": "Everything in it is durable."}));
    }
}

async fn receive(front: Front, shared: Shared, signed: SignedBody) -> Result<Taken, Problem> {
    let secrets = front.signing_secrets();
    let keys: Vec<&[u8]> = secrets.iter().map(|each| each.secret.expose_secret().as_bytes()).collect();
    let headers: Vec<&str> = signed.signatures.iter().map(String::as_str).collect();
    let index = verify(&signed.body, &headers, &keys).map_err(|error| {
        shared.metrics.webhook("refused");
        Problem::new(match error {
            SignatureError::Missing => Kind::WebhookSignatureMissing,
            SignatureError::Invalid => Kind::WebhookSignatureInvalid,
        })
    })?;
    let vouched = secrets.get(index).map(|each| each.channels.clone()).unwrap_or_default();
    let parsed = parse(&signed.body);
    if parsed.items.is_empty() {
        // Of another product, or with nothing in it: taken note of, nothing to keep.
        shared.metrics.webhook("empty");
        return Ok(Taken);
    }
    let taken = signed.mailbox.carry(front.take_webhook(parsed.items, vouched)).await;
    taken.inspect_err(|_| shared.metrics.webhook("unavailable"))?;
    shared.metrics.webhook("accepted");
    Ok(Taken)
}
