//! Every answer that is not a success, in one table: kind → code, status, title, whether trying again may
//! help. Bodies are RFC 9457 `application/problem+json`; clients match `code`, never the words.
//!
//! A handler returns [`Problem`]; the [`crate::edge`] writes the body, because only it knows the request id.
//! Nothing here echoes what the client sent, and "absent" and "hidden" give the same bytes.

use std::fmt;

use actix_web::http::{StatusCode, header};
use actix_web::{HttpResponse, ResponseError};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

macro_rules! kinds {
    ($( $name:ident = $code:literal, $status:literal, $retryable:literal, $title:literal, $meaning:literal; )*) => {
        /// What went wrong. The order is by status.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Kind { $( #[doc = $meaning] $name, )* }

        impl Kind {
            /// All of them, for the contract and the human pages.
            pub const ALL: &[Kind] = &[$( Kind::$name, )*];

            /// The stable word clients match.
            pub const fn code(self) -> &'static str { match self { $( Kind::$name => $code, )* } }
            /// The HTTP status.
            pub const fn status(self) -> u16 { match self { $( Kind::$name => $status, )* } }
            /// Whether the same request may succeed later without being changed.
            pub const fn retryable(self) -> bool { match self { $( Kind::$name => $retryable, )* } }
            /// A short title, the same for every occurrence.
            pub const fn title(self) -> &'static str { match self { $( Kind::$name => $title, )* } }
            /// What it means and what a client should do, for the human page.
            pub const fn meaning(self) -> &'static str { match self { $( Kind::$name => $meaning, )* } }
        }
    };
}

kinds! {
    Malformed = "malformed", 400, false, "Malformed request",
        "The body is not JSON, names a key twice, or is nested too deeply.";
    InvalidBody = "invalid-body", 400, false, "Invalid body",
        "The body does not fit the published schema; `errors` points at each place.";
    InvalidParameter = "invalid-parameter", 400, false, "Invalid parameter",
        "A query parameter or header does not fit the published schema; `errors` names each one.";
    CursorInvalid = "cursor-invalid", 400, false, "Invalid cursor",
        "The cursor was altered or belongs to somebody else. Start again without one.";
    CursorMismatch = "cursor-mismatch", 400, false, "Cursor of another query",
        "The filters or the order changed under the cursor. Start again without one.";
    TokenInUrl = "token-in-url", 400, false, "Token in the URL",
        "A secret in a URL ends up in logs. Send it in Authorization, in the first frame, or take a ticket.";
    SsoStateInvalid = "sso-state-invalid", 400, false, "Sign-in not begun here",
        "The sign-in began in another browser, with another provider, or too long ago. Begin again.";
    IdempotencyKeyRequired = "idempotency-key-required", 400, false, "Idempotency key required",
        "This operation has an effect outside and needs an Idempotency-Key header, so that a retry cannot repeat it.";
    Unauthenticated = "unauthenticated", 401, false, "Not signed in",
        "There are no credentials, or the e-mail and password do not fit.";
    TokenInvalid = "token-invalid", 401, false, "Invalid token",
        "The token is damaged, expired, or not of the kind needed here. Refresh it or sign in again.";
    SessionRevoked = "session-revoked", 401, false, "Session ended",
        "The session was signed out or revoked. Sign in again.";
    MfaInvalid = "mfa-invalid", 401, false, "Wrong code",
        "The code is wrong, or was used before. Wait for the next one.";
    WebhookSignatureMissing = "webhook-signature-missing", 401, false, "Webhook signature missing",
        "The webhook came without the X-Hub-Signature-256 header.";
    WebhookSignatureInvalid = "webhook-signature-invalid", 401, false, "Webhook signature invalid",
        "The signature fits the body under none of the known app secrets.";
    Forbidden = "forbidden", 403, false, "Not allowed",
        "You can see this but may not do it.";
    RoleProtected = "role-protected", 403, false, "Role is protected",
        "The user's role, or the role asked for, is not yours to give or change.";
    IpDenied = "ip-denied", 403, false, "Address not allowed",
        "The key may not be used from this address.";
    SsoDenied = "sso-denied", 403, false, "The provider did not sign you in",
        "You declined, or the provider did; `provider_error` is its word for why.";
    SsoAccountUnknown = "sso-account-unknown", 403, false, "No account for this identity",
        "The provider knows you, but no open account here has this identity or your verified e-mail address. Ask an admin for one.";
    OriginNotAllowed = "origin-not-allowed", 403, false, "Origin not allowed",
        "The browser's origin is not on the list of allowed ones.";
    NotFound = "not-found", 404, false, "Not found",
        "It does not exist, or you cannot see it.";
    MethodNotAllowed = "method-not-allowed", 405, false, "Method not allowed",
        "The path exists but not with this method; Allow lists the methods.";
    RequestTimeout = "request-timeout", 408, true, "Request timed out",
        "The request did not arrive in full in time.";
    Conflict = "conflict", 409, false, "Conflict",
        "The current state does not admit this. Read it again and decide anew.";
    StaleReply = "stale-reply", 409, false, "The conversation has moved on",
        "Somebody wrote after the position in `after_pos`; `newer_message_ids` names the messages.";
    AlreadyAssigned = "already-assigned", 409, false, "Already assigned",
        "Somebody else has taken the conversation; `assignee_id` names them.";
    InvalidTransition = "invalid-transition", 409, false, "Invalid transition",
        "The thing is not in a state from which this is possible.";
    ServiceWindowClosed = "service-window-closed", 409, false, "Service window closed",
        "More than 24 hours have passed since the customer last wrote; only a template can be sent.";
    ContactBlocked = "contact-blocked", 409, false, "Contact is blocked",
        "The contact is blocked; unblock it before writing.";
    ContactOptedOut = "contact-opted-out", 409, false, "Contact has opted out",
        "The contact does not want messages of this purpose.";
    NumberBarred = "number-barred", 409, false, "Number may not start conversations",
        "The provider lets this number send no templates for now; `until` says until when, where it is known.";
    ChannelDisabled = "channel-disabled", 409, false, "Channel is switched off",
        "The channel takes no part in sending.";
    NotResendable = "not-resendable", 409, false, "Cannot be sent again",
        "Only a message of ours that failed, or whose fate is unknown, can be sent again.";
    NoteSettled = "note-settled", 409, false, "Note can no longer be changed",
        "A note can be changed or taken back by its author for 15 minutes after it was written.";
    ContactErased = "contact-erased", 409, false, "Contact was erased",
        "The contact's personal data was erased on request and cannot be used again.";
    DuplicateIdentity = "duplicate-identity", 409, false, "Identity already in use",
        "The number or identity belongs to another channel or contact; `existing_id` names it.";
    InUse = "in-use", 409, false, "In use",
        "Something still depends on it; `detail` says what.";
    NameTaken = "name-taken", 409, false, "Name already taken",
        "Another one has this name or address.";
    LastSuperAdmin = "last-super-admin", 409, false, "Last super admin",
        "There must always be an active super admin.";
    SeatsExhausted = "seats-exhausted", 409, false, "No seat is free",
        "Every seat of the plan is taken by an account or an open invite; `seats` says how many there are.";
    IdempotencyInProgress = "idempotency-in-progress", 409, true, "Request in progress",
        "The first request with this Idempotency-Key has not been answered yet.";
    Gone = "gone", 410, false, "Gone",
        "The link was used, replaced or taken back, or its time is over. Ask for a new one.";
    PositionGone = "position-gone", 410, false, "Position is gone",
        "The log no longer holds this position; `oldest_pos` is the first one there.";
    PreconditionFailed = "precondition-failed", 412, false, "Precondition failed",
        "The version in If-Match is not the current one. Read again and decide anew.";
    PayloadTooLarge = "payload-too-large", 413, false, "Payload too large",
        "The body is larger than this operation takes.";
    UnsupportedMediaType = "unsupported-media-type", 415, false, "Unsupported media type",
        "The Content-Type is not one this operation takes.";
    ContentEncoding = "content-encoding", 415, false, "Encoded bodies are not taken",
        "Send the body without Content-Encoding: a compressed one can be a bomb.";
    RangeNotSatisfiable = "range-not-satisfiable", 416, false, "Range not satisfiable",
        "The range lies outside the file; Content-Range tells its size.";
    Unprocessable = "unprocessable", 422, false, "Not meaningful",
        "The request fits the schema but makes no sense as it stands; `detail` says why.";
    UnknownReference = "unknown-reference", 422, false, "Unknown reference",
        "An id in the body names something that does not exist, or that you cannot see.";
    MentionNotPermitted = "mention-not-permitted", 422, false, "Mention not permitted",
        "The note names somebody who does not exist or cannot see the conversation; `errors` counts the mentions from 0.";
    AssigneeNotEligible = "assignee-not-eligible", 422, false, "Assignee not eligible",
        "The user is inactive or could not see the conversation.";
    TemplateParametersMismatch = "template-parameters-mismatch", 422, false, "Template does not fit",
        "The template is unknown, not approved, or its parameters do not fit its components.";
    IdempotencyKeyReused = "idempotency-key-reused", 422, false, "Idempotency key reused",
        "The key was used before with another request. Use a new key for a new request.";
    WeakPassword = "weak-password", 422, false, "Password too weak",
        "The password is too short, well known, easy to guess, or the account's own address or name; `errors` says which.";
    PreconditionRequired = "precondition-required", 428, false, "Precondition required",
        "Send If-Match with the version you have read, so that nobody's change is overwritten unseen.";
    RateLimited = "rate-limited", 429, true, "Too many requests",
        "Wait for Retry-After seconds.";
    TooManyConnections = "too-many-connections", 429, true, "Too many connections",
        "Too many connections from this network have not said who they are. Wait for Retry-After seconds.";
    LoginThrottled = "login-throttled", 429, true, "Too many sign-ins",
        "Too many failed sign-ins for this account or from this network. Wait for Retry-After seconds.";
    HeadersTooLarge = "headers-too-large", 431, false, "Headers too large",
        "The request's header fields are too many or too long.";
    Internal = "internal", 500, false, "Internal error",
        "A fault on our side. The request id finds it in the server's log.";
    ProviderError = "provider-error", 502, true, "Provider error",
        "The provider refused or did not answer; `detail` says what it said.";
    Overloaded = "overloaded", 503, true, "Overloaded",
        "A queue is full. Wait for Retry-After seconds.";
    LogUnavailable = "log-unavailable", 503, true, "Storage unavailable",
        "The log cannot be written; nothing was changed.";
    ProjectionBehind = "projection-behind", 503, true, "View is behind",
        "The view has not reached the position in Frontdesk-Min-Position, or too many earlier moments are being read back. Wait for Retry-After seconds.";
    Draining = "draining", 503, true, "Shutting down",
        "The server is shutting down. Another one will take over, or it will be back soon.";
}

/// Seconds a client should wait when we are the reason it has to.
pub const RETRY_AFTER_DEFAULT_S: u64 = 1;

impl Kind {
    /// The kind that stands for a status somebody else chose (router, HTTP parser, extractor).
    pub fn of_status(status: StatusCode) -> Self {
        match status.as_u16() {
            401 => Self::Unauthenticated,
            403 => Self::Forbidden,
            404 => Self::NotFound,
            405 => Self::MethodNotAllowed,
            408 => Self::RequestTimeout,
            409 => Self::Conflict,
            410 => Self::PositionGone,
            412 => Self::PreconditionFailed,
            413 => Self::PayloadTooLarge,
            415 => Self::UnsupportedMediaType,
            416 => Self::RangeNotSatisfiable,
            422 => Self::Unprocessable,
            428 => Self::PreconditionRequired,
            429 => Self::RateLimited,
            431 => Self::HeadersTooLarge,
            502 => Self::ProviderError,
            503 => Self::Overloaded,
            400..=499 => Self::Malformed,
            _ => Self::Internal,
        }
    }

    /// The URI reference that names the kind, also its human page.
    pub fn type_uri(self) -> String {
        format!("/problems/{}", self.code())
    }
}

/// One place in the request that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct FieldError {
    /// JSON pointer into the body; null for a parameter.
    #[schema(required, max_length = 1000)]
    pub pointer: Option<String>,
    /// Name of the query parameter or header; null for a place in the body.
    #[schema(required, max_length = 200)]
    pub parameter: Option<String>,
    /// What is wrong there.
    #[schema(pattern = "^[a-z][a-z-]{0,63}$")]
    pub code: String,
    /// The same in words. Never repeats the value.
    #[schema(max_length = 1000)]
    pub detail: String,
}

/// An answer that is not a success.
#[derive(Debug, Clone)]
pub struct Problem {
    kind: Kind,
    detail: Option<String>,
    errors: Vec<FieldError>,
    extensions: Map<String, Value>,
    retry_after_s: Option<u64>,
    headers: Vec<(header::HeaderName, String)>,
}

/// The body of every 4xx and 5xx answer. Some kinds carry further fields, named in their description.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Problem)]
pub struct ProblemBody {
    /// Names the kind; also the path of its human page.
    #[serde(rename = "type")]
    #[schema(pattern = "^/problems/[a-z][a-z-]{0,63}$")]
    pub type_uri: String,
    /// The kind in words.
    #[schema(max_length = 200)]
    pub title: String,
    /// The HTTP status.
    #[schema(minimum = 400, maximum = 599)]
    pub status: u16,
    /// The word to match.
    #[schema(pattern = "^[a-z][a-z-]{0,63}$")]
    pub code: String,
    /// What is particular to this occurrence.
    #[schema(required, max_length = 2000)]
    pub detail: Option<String>,
    /// The request id, as in the Request-Id header.
    #[schema(pattern = "^req_[0-7][0-9a-hjkmnp-tv-z]{25}$")]
    pub instance: String,
    /// Whether the same request may succeed later.
    pub retryable: bool,
    /// The places that are wrong; empty where none can be named.
    #[schema(max_items = 32)]
    pub errors: Vec<FieldError>,
    /// Fields of this kind.
    #[serde(flatten)]
    #[schema(ignore)]
    pub extensions: Map<String, Value>,
}

impl Problem {
    /// A problem of this kind without particulars.
    pub fn new(kind: Kind) -> Self {
        let retry_after_s = (kind.retryable() && kind.status() != 408).then_some(RETRY_AFTER_DEFAULT_S);
        Self { kind, detail: None, errors: Vec::new(), extensions: Map::new(), retry_after_s, headers: Vec::new() }
    }
    /// Says what is particular here, in words for the client's developer or agent.
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }
    /// Names the wrong places. At most [`ERRORS_MAX`] are kept.
    pub fn errors(mut self, mut errors: Vec<FieldError>) -> Self {
        errors.truncate(ERRORS_MAX);
        self.errors = errors;
        self
    }
    /// Adds a field of this kind (`newer_message_ids`, `existing_id`, …).
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.extensions.insert(name.to_owned(), value.into());
        self
    }
    /// Tells the client when to come back.
    pub fn retry_after_s(mut self, seconds: u64) -> Self {
        self.retry_after_s = Some(seconds.max(1));
        self
    }
    /// Adds a response header (`Content-Range` of a 416, for one).
    pub fn header(mut self, name: header::HeaderName, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
    /// A wrong query parameter or header.
    pub fn parameter(name: &str, code: &str, detail: impl Into<String>) -> Self {
        Self::new(Kind::InvalidParameter).errors(vec![FieldError {
            pointer: None,
            parameter: Some(name.to_owned()),
            code: code.to_owned(),
            detail: detail.into(),
        }])
    }
    /// A fault of ours: logged with its cause here, told without it.
    pub fn internal(cause: impl fmt::Display) -> Self {
        tracing::error!(%cause, "a request failed by our fault");
        Self::new(Kind::Internal)
    }
    /// What went wrong.
    pub fn kind(&self) -> Kind {
        self.kind
    }
    /// The body, completed by the request's id.
    pub fn body(&self, instance: String) -> ProblemBody {
        ProblemBody {
            type_uri: self.kind.type_uri(),
            title: self.kind.title().to_owned(),
            status: self.kind.status(),
            code: self.kind.code().to_owned(),
            detail: self.detail.clone(),
            instance,
            retryable: self.kind.retryable(),
            errors: self.errors.clone(),
            extensions: self.extensions.clone(),
        }
    }
}

/// The most wrong places one answer names.
pub const ERRORS_MAX: usize = 32;

impl From<Kind> for Problem {
    fn from(kind: Kind) -> Self {
        Self::new(kind)
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.detail.as_deref().unwrap_or(self.kind.title()))
    }
}

impl std::error::Error for Problem {}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        StatusCode::from_u16(self.kind.status()).expect("the table holds valid statuses")
    }

    /// Status and headers only; the problem rides along as an extension for the edge to write.
    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::build(self.status_code());
        if let Some(seconds) = self.retry_after_s {
            response.insert_header((header::RETRY_AFTER, seconds));
        }
        if self.kind.status() == 401 {
            response.insert_header((header::WWW_AUTHENTICATE, "Bearer realm=\"frontdesk\""));
        }
        for (name, value) in &self.headers {
            response.insert_header((name.clone(), value.as_str()));
        }
        let mut response = response.finish();
        response.extensions_mut().insert(self.clone());
        response
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn codes_are_unique_and_kebab_case() {
        let codes: BTreeSet<_> = Kind::ALL.iter().map(|kind| kind.code()).collect();
        assert_eq!(codes.len(), Kind::ALL.len());
        assert!(codes.iter().all(|code| code.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-')));
    }

    #[test]
    fn whatever_can_be_retried_says_when() {
        for kind in Kind::ALL.iter().filter(|kind| kind.retryable() && kind.status() != 408) {
            let response = Problem::new(*kind).error_response();
            assert!(response.headers().contains_key(header::RETRY_AFTER), "{kind:?}");
        }
    }

    #[test]
    fn a_missing_token_is_told_the_scheme() {
        let response = Problem::new(Kind::Unauthenticated).error_response();
        assert_eq!(response.headers().get(header::WWW_AUTHENTICATE).unwrap(), "Bearer realm=\"frontdesk\"");
    }

    #[test]
    fn a_status_chosen_elsewhere_finds_its_kind() {
        for status in [400u16, 401, 403, 404, 405, 408, 409, 410, 412, 413, 415, 416, 422, 428, 429, 431, 500, 502, 503]
        {
            let status = StatusCode::from_u16(status).unwrap();
            assert_eq!(Kind::of_status(status).status(), status.as_u16());
        }
        assert_eq!(Kind::of_status(StatusCode::IM_A_TEAPOT), Kind::Malformed);
    }
}
