//! The browser of a sign-in: the cookie that ties its steps together, what the provider sends back through it, and where it
//! is sent on. The cookie signs nobody in by itself; it only proves that it is the same browser.

use std::future::{Ready, ready};

use actix_web::body::BoxBody;
use actix_web::dev::Payload;
use actix_web::http::{StatusCode, header};
use actix_web::{FromRequest, HttpRequest, HttpResponse, Responder, web};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;
use url::Url;
use url::form_urlencoded;

use super::sign_in::{LENGTH_MAX, STATE_FOR};
use crate::context::Context;
use crate::openapi::{Describe, Operation};
use crate::problem::{Kind, Problem};

/// Characters of a provider's code at most.
const CODE_MAX: usize = 4_096;
/// Characters of 32 random bytes.
const VALUE_LENGTH: usize = 43;

/// Which browser asks, and for what.
#[derive(Debug)]
pub struct Browser {
    cookie: Option<String>,
    /// It shows pages to a person, so it must not be left with a problem in JSON.
    pub shows_pages: bool,
    over_tls: bool,
}

impl Browser {
    /// The cookie's value, if there is one of ours.
    pub fn cookie(&self) -> Option<&str> {
        self.cookie.as_deref()
    }

    /// The cookie to set: the one it has, so that sign-ins in two tabs do not end each other, or a new one.
    pub fn cookie_or(&self, random: [u8; 32]) -> String {
        self.cookie.clone().unwrap_or_else(|| URL_SAFE_NO_PAD.encode(random))
    }

    /// `Set-Cookie` for a value.
    pub fn set(&self, value: &str) -> String {
        let (name, secure) = (name(self.over_tls), if self.over_tls { "; Secure" } else { "" });
        let seconds = STATE_FOR.0 / 1_000;
        format!("{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}")
    }
}

/// `__Host-` keeps neighbouring domains from planting one; without TLS (on this machine only) browsers refuse that name.
const fn name(over_tls: bool) -> &'static str {
    if over_tls { "__Host-fd_sso" } else { "fd_sso" }
}

impl FromRequest for Browser {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;
    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let context = request.app_data::<web::Data<Context>>();
        let over_tls = context.and_then(|context| context.settings.providers.as_ref()).is_none_or(|all| all.over_tls);
        let text = |name: header::HeaderName| request.headers().get_all(name).filter_map(|value| value.to_str().ok());
        let pairs =
            text(header::COOKIE).flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
        let mut ours = pairs.filter(|(each, _)| *each == name(over_tls)).map(|(_, value)| value.to_owned());
        let cookie = ours.next().filter(|value| is_value(value));
        let shows_pages = text(header::ACCEPT).any(|accept| accept.contains("text/html"));
        ready(Ok(Self { cookie, shows_pages, over_tls }))
    }
}
impl Describe for Browser {
    fn describe(_: &mut Operation) {}
}

fn is_value(text: &str) -> bool {
    text.len() == VALUE_LENGTH && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
}

/// What the provider sends back. Parameters we do not know are passed over, as RFC 6749, 4.1.2 wants: providers add some.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct ProviderAnswer {
    pub state: String,
    pub code: Option<String>,
    pub error: Option<String>,
    /// RFC 9207.
    pub iss: Option<String>,
}

impl ProviderAnswer {
    fn read(query: &str) -> Result<Self, Problem> {
        let mut state = None;
        let mut answer = Self::default();
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            let (place, longest) = match name.as_ref() {
                "state" => (&mut state, LENGTH_MAX),
                "code" => (&mut answer.code, CODE_MAX),
                "error" => (&mut answer.error, 100),
                "iss" => (&mut answer.iss, 500),
                _ => continue,
            };
            if value.is_empty() || value.len() > longest || place.replace(value.into_owned()).is_some() {
                return Err(Problem::parameter(&name, "wrong-form", "must be given once, and is bounded"));
            }
        }
        answer.state = state.ok_or_else(|| Problem::parameter("state", "required", "must be present"))?;
        if answer.code.is_some() == answer.error.is_some() {
            return Err(Problem::parameter("code", "required", "must be present where there is no error"));
        }
        Ok(answer)
    }
}

impl FromRequest for ProviderAnswer {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;
    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Self::read(request.query_string()))
    }
}
impl Describe for ProviderAnswer {
    fn describe(operation: &mut Operation) {
        for (name, required, longest, about) in [
            ("state", true, LENGTH_MAX, "As it was sent to the provider."),
            ("code", false, CODE_MAX, "The provider's code."),
            ("error", false, 100, "Why there is no code."),
            ("iss", false, 500, "The provider's issuer, where it says so."),
        ] {
            operation.parameters.push(json!({
                "name": name, "in": "query", "required": required, "description": about,
                "schema": {"type": "string", "minLength": 1, "maxLength": longest},
            }));
        }
        operation.problems.insert(Kind::InvalidParameter);
    }
}

/// 302, perhaps with a cookie.
#[derive(Debug)]
pub struct SentOn {
    location: String,
    cookie: Option<String>,
}

impl SentOn {
    /// To the provider.
    pub fn to_provider(location: String, cookie: String) -> Self {
        Self { location, cookie: Some(cookie) }
    }

    /// Back to the frontend, with one more parameter.
    pub fn back(return_to: &str, name: &str, value: &str) -> Result<Self, Problem> {
        let mut url = Url::parse(return_to).map_err(Problem::internal)?;
        url.query_pairs_mut().append_pair(name, value);
        Ok(Self { location: url.into(), cookie: None })
    }
}

impl Responder for SentOn {
    type Body = BoxBody;
    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        let mut response = HttpResponse::build(StatusCode::FOUND);
        response.insert_header((header::LOCATION, self.location));
        if let Some(cookie) = self.cookie {
            response.insert_header((header::SET_COOKIE, cookie));
        }
        response.finish()
    }
}
impl Describe for SentOn {
    fn describe(operation: &mut Operation) {
        let headers = json!({"Location": {"$ref": "#/components/headers/Location"}});
        operation.responses.insert(302, json!({"description": "The browser goes on.", "headers": headers}));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_provider_may_say_more_but_nothing_twice() {
        let answer = ProviderAnswer::read("state=s&code=c&session_state=x&scope=openid").unwrap();
        assert_eq!((answer.state.as_str(), answer.code.as_deref(), answer.error), ("s", Some("c"), None));
        for query in ["", "code=c", "state=s", "state=s&state=s&code=c", "state=s&code=c&error=e", "state=s&code="] {
            assert_eq!(ProviderAnswer::read(query).unwrap_err().kind(), Kind::InvalidParameter, "{query}");
        }
        let long = format!("state=s&code={}", "c".repeat(CODE_MAX + 1));
        assert!(ProviderAnswer::read(&long).is_err());
    }

    #[test]
    fn the_cookie_is_bound_to_the_host_wherever_there_is_tls() {
        let browser = |over_tls| Browser { cookie: None, shows_pages: false, over_tls };
        let cookie = browser(true).set("x");
        assert!(cookie.starts_with("__Host-fd_sso=x; Path=/;") && cookie.ends_with("; HttpOnly; SameSite=Lax; Secure"));
        assert!(!browser(false).set("x").contains("Secure"));
    }

    #[test]
    fn a_frontends_own_parameters_stay() {
        let sent = SentOn::back("https://app.example.com/in?tab=2", "code", "a b").unwrap();
        assert_eq!(sent.location, "https://app.example.com/in?tab=2&code=a+b");
    }
}
