//! Errors in the Graph API's envelope, with the HTTP status each code comes with.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use serde_json::{Value, json};

/// An error answer.
#[derive(Debug, Clone, PartialEq)]
pub struct GraphError {
    pub code: i64,
    pub title: &'static str,
    pub status: u16,
    pub details: Option<String>,
    pub subcode: Option<i64>,
}

/// code, status, title
const TABLE: &[(i64, u16, &str)] = &[
    (1, 400, "An unknown error has occurred."),
    (2, 503, "Service temporarily unavailable"),
    (4, 400, "Application request limit reached"),
    (10, 403, "Permission denied"),
    (33, 400, "Parameter value is not valid"),
    (100, 400, "Invalid parameter"),
    (190, 401, "Access token has expired"),
    (200, 403, "Permissions error"),
    (368, 403, "Temporarily blocked for policies violations"),
    (80007, 400, "Rate limit issues"),
    (130429, 400, "Rate limit hit"),
    (130472, 400, "User's number is part of an experiment"),
    (130497, 403, "Business account is restricted from messaging users in this country."),
    (131000, 500, "Something went wrong"),
    (131005, 403, "Access denied"),
    (131008, 400, "Required parameter is missing"),
    (131009, 400, "Parameter value is not valid"),
    (131016, 500, "Service unavailable"),
    (131021, 400, "Recipient cannot be sender"),
    (131026, 400, "Message undeliverable"),
    (131030, 400, "Recipient phone number not in allowed list"),
    (131031, 403, "Account has been locked"),
    (131042, 400, "Business eligibility payment issue"),
    (131047, 400, "Re-engagement message"),
    (131048, 400, "Spam rate limit hit"),
    (131049, 400, "This message was not delivered to maintain healthy ecosystem engagement."),
    (131050, 400, "User has stopped marketing messages"),
    (131051, 400, "Message type unknown"),
    (131052, 400, "Media download error"),
    (131053, 400, "Media upload error"),
    (131056, 400, "(Business Account, Consumer Account) pair rate limit hit"),
    (131057, 500, "Account in maintenance mode"),
    (131062, 400, "Recipient type not supported"),
    (132000, 400, "Number of parameters does not match the expected number of params"),
    (132001, 404, "Template name does not exist in the translation"),
    (132005, 400, "Translated text too long"),
    (132012, 400, "Parameter format does not match format in the created template"),
    (132015, 400, "Template is paused"),
    (132016, 400, "Template is disabled"),
    (132018, 400, "Template parameter details are not valid"),
    (133010, 400, "Phone number not registered"),
];

impl GraphError {
    /// The error of a code; an unknown code is a plain 400.
    pub fn of(code: i64) -> Self {
        let (_, status, title) =
            TABLE.iter().find(|(known, _, _)| *known == code).copied().unwrap_or((code, 400, "Generic error"));
        Self { code, title, status, details: None, subcode: (code == 190).then_some(463) }
    }

    /// Says which parameter, or what exactly.
    pub fn details(mut self, details: impl Into<String>) -> Self {
        self.details = Some(details.into());
        self
    }

    /// Invalid parameter (100), explained.
    pub(super) fn param(explanation: impl Into<String>) -> Self {
        Self::of(100).details(explanation)
    }

    /// A required parameter is missing (131008).
    pub(super) fn missing(path: &str) -> Self {
        Self::of(131008).details(format!("The parameter {path} is required."))
    }

    /// A parameter has a value the platform does not take (131009).
    pub(super) fn invalid(path: &str, why: &str) -> Self {
        Self::of(131009).details(format!("Parameter value is not valid: {path} {why}"))
    }

    /// The envelope.
    pub fn body(&self, trace: &str) -> Value {
        let mut error = json!({
            "message": format!("(#{}) {}", self.code, self.title),
            "type": "OAuthException",
            "code": self.code,
            "fbtrace_id": trace,
        });
        if let Some(details) = &self.details {
            error["error_data"] = json!({ "messaging_product": "whatsapp", "details": details });
        }
        if let Some(subcode) = self.subcode {
            error["error_subcode"] = json!(subcode);
        }
        json!({ "error": error })
    }

    pub(super) fn response(&self, trace: &str) -> HttpResponse {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::BAD_REQUEST);
        HttpResponse::build(status).json(self.body(trace))
    }

    /// As it appears in a failed status webhook.
    pub(super) fn in_status(&self) -> Value {
        json!([{
            "code": self.code,
            "title": self.title,
            "message": self.title,
            "error_data": { "details": self.details.clone().unwrap_or_else(|| self.title.to_owned()) },
            "href": "https://developers.facebook.com/documentation/business-messaging/whatsapp/support/error-codes",
        }])
    }
}
