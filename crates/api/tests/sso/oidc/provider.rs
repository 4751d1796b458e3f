//! An OpenID provider on a free port: discovery, authorization, token (with PKCE), keys. It vouches for whom the test says
//! and lies as the test says.

use std::collections::BTreeMap;
use std::sync::Arc;

use actix_web::http::header;
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use parking_lot::Mutex;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::keys::SigningKey;

pub(crate) const CLIENT_ID: &str = "desk";
pub(crate) const CLIENT_SECRET: &str = "a secret: with space & more";
const AUDIENCE: &str = CLIENT_ID;

pub(crate) type Sign = Box<dyn Fn(&Value) -> String + Send>;
type Tweak = Box<dyn Fn(&mut Value) + Send>;

/// What it knows and how it behaves.
pub(crate) struct Behaviour {
    pub(crate) issuer: String,
    /// What it calls itself.
    pub(crate) calls_itself: Option<String>,
    pub(crate) key: SigningKey,
    pub(crate) published: Vec<Value>,
    /// Signs the ID token in another way than with its key.
    pub(crate) sign: Option<Sign>,
    /// Changes the claims before that.
    pub(crate) tweak: Option<Tweak>,
    /// Refuses people with this error.
    pub(crate) refuses: Option<String>,
    pub(crate) person: Value,
    pub(crate) now_s: i64,
    /// Takes a code more than once.
    pub(crate) sloppy: bool,
    /// Requests, by the last part of the path.
    pub(crate) asked: BTreeMap<String, u32>,
    codes: BTreeMap<String, BTreeMap<String, String>>,
}

/// See the module.
pub(crate) struct Idp {
    pub(crate) behaviour: Arc<Mutex<Behaviour>>,
    handle: actix_web::dev::ServerHandle,
}

impl Idp {
    pub(crate) fn start(now_s: i64) -> Self {
        let key = SigningKey::rsa("first", 0);
        let behaviour = Arc::new(Mutex::new(Behaviour {
            issuer: String::new(),
            calls_itself: None,
            published: vec![key.published(), json!({"kty": "lattice", "kid": "unheard of"})],
            key,
            sign: None,
            tweak: None,
            refuses: None,
            person: json!({"sub": "248289761001", "email": "ben@example.com", "email_verified": true}),
            now_s,
            sloppy: false,
            asked: BTreeMap::new(),
            codes: BTreeMap::new(),
        }));
        let data = web::Data::from(behaviour.clone());
        let server = HttpServer::new(move || {
            App::new()
                .app_data(data.clone())
                .route("/.well-known/openid-configuration", web::get().to(discovery))
                .route("/authorize", web::get().to(authorize))
                .route("/token", web::post().to(token))
                .route("/jwks", web::get().to(jwks))
        });
        let server = server.workers(1).disable_signals().bind(("127.0.0.1", 0)).unwrap();
        behaviour.lock().issuer = format!("http://{}", server.addrs()[0]);
        let server = server.run();
        let handle = server.handle();
        tokio::spawn(server);
        Self { behaviour, handle }
    }

    pub(crate) fn set(&self, change: impl FnOnce(&mut Behaviour)) {
        change(&mut self.behaviour.lock());
    }

    pub(crate) fn asked(&self, what: &str) -> u32 {
        self.behaviour.lock().asked.get(what).copied().unwrap_or_default()
    }

    /// Is out of order from here on.
    pub(crate) async fn stop(&self) {
        self.handle.stop(false).await;
    }
}

impl Drop for Idp {
    fn drop(&mut self) {
        tokio::spawn(self.handle.stop(false));
    }
}

type State = web::Data<Mutex<Behaviour>>;

fn count(behaviour: &mut Behaviour, what: &str) {
    *behaviour.asked.entry(what.to_owned()).or_default() += 1;
}

fn pairs(text: &str) -> BTreeMap<String, String> {
    url::form_urlencoded::parse(text.as_bytes()).into_owned().collect()
}

async fn discovery(state: State) -> HttpResponse {
    let mut behaviour = state.lock();
    count(&mut behaviour, "discovery");
    let issuer = behaviour.issuer.clone();
    HttpResponse::Ok().json(json!({
        "issuer": behaviour.calls_itself.as_ref().unwrap_or(&issuer),
        "authorization_endpoint": format!("{issuer}/authorize"),
        "token_endpoint": format!("{issuer}/token"),
        "jwks_uri": format!("{issuer}/jwks"),
        "response_types_supported": ["code"],
    }))
}

async fn jwks(state: State) -> HttpResponse {
    let mut behaviour = state.lock();
    count(&mut behaviour, "jwks");
    HttpResponse::Ok().json(json!({"keys": behaviour.published}))
}

async fn authorize(request: HttpRequest, state: State) -> HttpResponse {
    let mut behaviour = state.lock();
    let asked = pairs(request.query_string());
    assert_eq!((asked["response_type"].as_str(), asked["client_id"].as_str()), ("code", CLIENT_ID));
    assert_eq!(asked["code_challenge_method"], "S256");
    assert!(asked["scope"].split(' ').any(|scope| scope == "openid"));
    let mut back = url::Url::parse(&asked["redirect_uri"]).unwrap();
    back.query_pairs_mut().append_pair("state", &asked["state"]).append_pair("session_state", "of the provider");
    if let Some(error) = &behaviour.refuses {
        back.query_pairs_mut().append_pair("error", error).append_pair("error_description", "no");
    } else {
        let code = format!("code-{}", behaviour.codes.len());
        back.query_pairs_mut().append_pair("code", &code);
        behaviour.codes.insert(code, asked);
    }
    HttpResponse::Found().insert_header((header::LOCATION, back.as_str())).finish()
}

async fn token(request: HttpRequest, body: String, state: State) -> HttpResponse {
    let mut behaviour = state.lock();
    count(&mut behaviour, "token");
    let encoded = |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    let credentials = STANDARD.encode(format!("{}:{}", encoded(CLIENT_ID), encoded(CLIENT_SECRET)));
    let given = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    if given != Some(&format!("Basic {credentials}")) {
        return HttpResponse::Unauthorized().json(json!({"error": "invalid_client"}));
    }
    let form = pairs(&body);
    let asked = if behaviour.sloppy {
        behaviour.codes.get(&form["code"]).cloned()
    } else {
        behaviour.codes.remove(&form["code"])
    };
    let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(form["code_verifier"].as_bytes()));
    let fits = asked.filter(|asked| {
        form["grant_type"] == "authorization_code"
            && asked["redirect_uri"] == form["redirect_uri"]
            && asked["code_challenge"] == challenge
    });
    let Some(asked) = fits else { return HttpResponse::BadRequest().json(json!({"error": "invalid_grant"})) };
    let mut claims = json!({
        "iss": behaviour.issuer, "aud": AUDIENCE, "nonce": asked["nonce"],
        "iat": behaviour.now_s, "exp": behaviour.now_s + 300,
    });
    let person = behaviour.person.as_object().unwrap().clone();
    claims.as_object_mut().unwrap().extend(person);
    if let Some(tweak) = &behaviour.tweak {
        tweak(&mut claims);
    }
    let id_token = match &behaviour.sign {
        Some(sign) => sign(&claims),
        None => behaviour.key.sign(&claims),
    };
    HttpResponse::Ok().json(json!({"access_token": "unused", "token_type": "Bearer", "id_token": id_token}))
}
