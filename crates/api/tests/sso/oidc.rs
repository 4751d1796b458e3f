//! Signing in through an OpenID provider, against one that runs in the test.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use api::auth::oidc::sign_in::challenge_of;
use api::auth::oidc::{Algorithm, ProviderSettings, Providers, SsoSettings};
use api::context::Settings;
use app::{Clock, OsEntropy};
use domain::time::{Millis, Timestamp};
use reqwest::Method;
use secrecy::SecretString;
use serde_json::{Value, json};

use crate::desk::{Answer, Client, Served};

mod keys;
mod provider;

use keys::{SigningKey, unsigned};
use provider::{CLIENT_ID, CLIENT_SECRET, Idp, Sign};

const RETURN_TO: &str = "https://app.example.com/signed-in?from=desk";
const VERIFIER: &str = "a-verifier-of-the-frontend-with-43-characters";
const START_S: i64 = 1_795_251_600;

/// Time that the test moves.
struct Hand(AtomicI64);

impl Clock for Hand {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.load(Ordering::Relaxed))
    }
}

/// A desk with an agent, Ben, and a provider.
struct Floor {
    served: Served,
    root: Client,
    ben: Client,
    idp: Idp,
    clock: Arc<Hand>,
}

/// A sign-in that has begun: the browser's cookie, and where the provider sends it back to.
struct Begun {
    cookie: String,
    callback: String,
}

impl Floor {
    async fn open() -> Self {
        let idp = Idp::start(START_S);
        let provider = ProviderSettings {
            id: "corporate".to_owned(),
            name: "Corporate".to_owned(),
            issuer: idp.behaviour.lock().issuer.clone(),
            client_id: CLIENT_ID.to_owned(),
            client_secret: Some(SecretString::from(CLIENT_SECRET)),
            scopes: vec!["email".to_owned()],
            allowed_return_urls: vec![RETURN_TO.to_owned()],
            algorithms: [Algorithm::RS256, Algorithm::ES256, Algorithm::EdDSA].into(),
            asks_second_factor: false,
        };
        let sso = SsoSettings { public_url: "https://desk.example.com/".to_owned(), providers: vec![provider] };
        let providers = Some(Arc::new(Providers::new(sso).unwrap()));
        let clock = Arc::new(Hand(AtomicI64::new(START_S * 1_000)));
        let settings = Settings { providers, ..Settings::default() };
        let served = Served::start_on(settings, clock.clone(), Arc::new(OsEntropy)).await;
        let root = served.admin().await;
        let ben = served.member(&root, "ben", "agent").await;
        Self { served, root, ben, idp, clock }
    }

    /// Time passes, here and at the provider.
    fn wait(&self, time: Millis) {
        let now = self.clock.0.fetch_add(time.0, Ordering::Relaxed) + time.0;
        self.idp.set(|idp| idp.now_s = now / 1_000);
    }

    async fn start(&self, return_to: &str, cookie: Option<&str>) -> Answer {
        let mut path = url::Url::parse("http://desk/v1/auth/sso/corporate/start").unwrap();
        path.query_pairs_mut().append_pair("return_to", return_to).append_pair("challenge", &challenge_of(VERIFIER));
        let path = format!("{}?{}", path.path(), path.query().unwrap());
        let mut request = self.served.raw(Method::GET, &path);
        if let Some(cookie) = cookie {
            request = request.header("cookie", cookie);
        }
        Served::send(request).await
    }

    /// From the frontend to the provider and until it sends the browser back.
    async fn begin(&self) -> Begun {
        let start = self.start(RETURN_TO, None).await;
        assert_eq!(start.status, 302, "{}", start.body);
        let cookie = start.header("set-cookie").to_owned();
        assert!(cookie.starts_with("__Host-fd_sso="), "{cookie}");
        assert!(cookie.contains("HttpOnly; SameSite=Lax; Secure"), "{cookie}");
        let cookie = cookie.split(';').next().unwrap().to_owned();
        Begun { callback: self.visit_provider(start.header("location")).await, cookie }
    }

    async fn visit_provider(&self, location: &str) -> String {
        let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        let back = http.get(location).send().await.unwrap();
        let callback = back.headers()["location"].to_str().unwrap();
        callback.strip_prefix("https://desk.example.com").unwrap().to_owned()
    }

    async fn come_back(&self, begun: &Begun) -> Answer {
        Served::send(self.served.raw(Method::GET, &begun.callback).header("cookie", &begun.cookie)).await
    }

    async fn exchange(&self, code: &str, verifier: &str) -> Answer {
        let body = json!({"code": code, "verifier": verifier});
        self.served.anonymous(Method::POST, "/v1/auth/sso/exchanges", Some(body)).await
    }

    /// The whole way up to the exchange code.
    async fn code(&self) -> String {
        code_of(&self.come_back(&self.begin().await).await)
    }

    /// The whole way, refused at the end.
    #[track_caller]
    fn refused(&self, status: u16, code: &'static str) -> impl Future<Output = Value> {
        let caller = std::panic::Location::caller();
        async move {
            let answer = self.come_back(&self.begin().await).await;
            assert_eq!(
                (answer.status, answer.body["code"].as_str()),
                (status, Some(code)),
                "{caller}: {}",
                answer.body
            );
            answer.body
        }
    }

    async fn kinds(&self) -> Vec<String> {
        let events = self.root.get("/v1/events?limit=200").await.expect(200);
        events["data"].as_array().unwrap().iter().map(|event| event["type"].as_str().unwrap().to_owned()).collect()
    }
}

#[track_caller]
fn code_of(answer: &Answer) -> String {
    assert_eq!(answer.status, 302, "{}", answer.body);
    let location = url::Url::parse(answer.header("location")).unwrap();
    assert!(location.as_str().starts_with(RETURN_TO), "{location}");
    assert!(!location.as_str().contains("fdr_"), "no token travels in an address: {location}");
    location.query_pairs().find(|(name, _)| name == "code").expect("a code").1.into_owned()
}

#[tokio::test]
async fn somebody_with_an_account_signs_in_and_is_linked_once() {
    let floor = Floor::open().await;
    let listed = floor.served.anonymous(Method::GET, "/v1/auth/sso/providers", None).await.expect(200);
    assert_eq!(listed["data"], json!([{"id": "corporate", "name": "Corporate"}]));
    let tokens = floor.exchange(&floor.code().await, VERIFIER).await.expect(200);
    assert_eq!(tokens["user"]["id"], floor.ben.user_id);
    let sessions = floor.ben.get("/v1/auth/sessions").await.expect(200);
    assert!(sessions["data"].as_array().unwrap().iter().any(|session| session["device_name"] == "sso:corporate"));
    let refreshed = json!({"refresh_token": tokens["refresh_token"]});
    floor.served.anonymous(Method::POST, "/v1/auth/refresh", Some(refreshed)).await.expect(200);
    // The second time the identity is enough, whatever has become of the address.
    floor.idp.set(|idp| idp.person = json!({"sub": "248289761001", "email": "new@example.com"}));
    floor.exchange(&floor.code().await, VERIFIER).await.expect(200);
    let linked = floor.kinds().await.iter().filter(|kind| *kind == "user.identity_linked").count();
    assert_eq!((linked, floor.idp.asked("discovery"), floor.idp.asked("jwks")), (1, 1, 1));
}

#[tokio::test]
async fn the_link_is_written_down_without_naming_anybody_in_its_facts() {
    let floor = Floor::open().await;
    floor.code().await;
    let events = floor.root.get("/v1/events?limit=200").await.expect(200);
    let linked = events["data"].as_array().unwrap().iter().find(|event| event["type"] == "user.identity_linked");
    let text = linked.expect("the event").to_string();
    assert!(text.contains(&floor.ben.user_id) && text.contains("corporate"), "{text}");
    assert!(!text.contains("248289761001") && !text.contains("ben@example.com"), "{text}");
}

#[tokio::test]
async fn every_pinned_algorithm_is_taken() {
    let floor = Floor::open().await;
    for key in [SigningKey::p256("second"), SigningKey::ed25519("third")] {
        floor.wait(Millis::minutes(1));
        floor.idp.set(|idp| {
            idp.published.push(key.published());
            idp.key = key;
        });
        floor.exchange(&floor.code().await, VERIFIER).await.expect(200);
    }
}

#[tokio::test]
async fn a_sign_in_goes_on_only_in_the_browser_where_it_began() {
    let floor = Floor::open().await;
    let (mine, other) = (floor.begin().await, floor.begin().await);
    let with = |callback: &str, cookie: &str| Begun { callback: callback.to_owned(), cookie: cookie.to_owned() };
    let mixed = with(&mine.callback, &other.cookie);
    floor.come_back(&mixed).await.refused(400, "sso-state-invalid");
    Served::send(floor.served.raw(Method::GET, &mine.callback)).await.refused(400, "sso-state-invalid");
    let altered = with(&mine.callback.replace("state=ey", "state=ex"), &mine.cookie);
    assert_ne!(altered.callback, mine.callback);
    floor.come_back(&altered).await.refused(400, "sso-state-invalid");
    let none = with("/v1/auth/sso/corporate/callback?code=code-0", &mine.cookie);
    floor.come_back(&none).await.refused(400, "invalid-parameter");
    // Nothing of this has spent the code.
    code_of(&floor.come_back(&mine).await);
    floor.wait(Millis::minutes(10));
    floor.come_back(&other).await.refused(400, "sso-state-invalid");
}

#[tokio::test]
async fn two_tabs_of_a_browser_sign_in_beside_each_other() {
    let floor = Floor::open().await;
    let first = floor.begin().await;
    let start = floor.start(RETURN_TO, Some(&first.cookie)).await;
    assert_eq!(start.header("set-cookie").split(';').next(), Some(first.cookie.as_str()));
    let callback = floor.visit_provider(start.header("location")).await;
    let second = Begun { callback, cookie: first.cookie.clone() };
    code_of(&floor.come_back(&second).await);
    code_of(&floor.come_back(&first).await);
}

#[tokio::test]
async fn a_code_of_another_sign_in_is_not_taken() {
    let floor = Floor::open().await;
    let (mine, other) = (floor.begin().await, floor.begin().await);
    // The provider's code of one browser injected into the other: PKCE does not fit.
    let injected = Begun { callback: mine.callback.replace("code=code-0", "code=code-1"), cookie: mine.cookie };
    floor.come_back(&injected).await.refused(410, "gone");
    assert_ne!(injected.cookie, other.cookie);
}

#[tokio::test]
async fn a_callback_and_an_exchange_code_are_good_once() {
    let floor = Floor::open().await;
    let begun = floor.begin().await;
    let code = code_of(&floor.come_back(&begun).await);
    floor.come_back(&begun).await.refused(410, "gone");
    floor.exchange(&code, VERIFIER).await.expect(200);
    floor.exchange(&code, VERIFIER).await.refused(410, "gone");
    // A provider that takes a code twice gives nobody a second session.
    floor.idp.set(|idp| idp.sloppy = true);
    let begun = floor.begin().await;
    let (one, two) = (code_of(&floor.come_back(&begun).await), code_of(&floor.come_back(&begun).await));
    floor.exchange(&two, VERIFIER).await.expect(200);
    floor.exchange(&one, VERIFIER).await.refused(410, "gone");
}

#[tokio::test]
async fn an_exchange_code_is_for_who_holds_the_verifier_and_for_a_minute() {
    let floor = Floor::open().await;
    let code = floor.code().await;
    floor.exchange(&code, &VERIFIER.replace('a', "b")).await.refused(401, "token-invalid");
    floor.exchange(&code.replace("ey", "ex"), VERIFIER).await.refused(401, "token-invalid");
    floor.wait(Millis::seconds(60));
    floor.exchange(&code, VERIFIER).await.refused(410, "gone");
}

#[tokio::test]
async fn no_kind_of_token_is_taken_for_another() {
    let floor = Floor::open().await;
    let code = floor.code().await;
    let with = |token: &str| floor.served.raw(Method::GET, "/v1/me").bearer_auth(token);
    Served::send(with(&code)).await.refused(401, "token-invalid");
    let refresh = json!({"refresh_token": &code[..code.len().min(250)]});
    floor.served.anonymous(Method::POST, "/v1/auth/refresh", Some(refresh)).await.refused(401, "token-invalid");
    floor.exchange(&floor.ben.token, VERIFIER).await.refused(401, "token-invalid");
    floor.exchange(&floor.ben.refresh_token, VERIFIER).await.refused(401, "token-invalid");
}

#[tokio::test]
async fn what_an_id_token_says_wrongly_is_not_believed() {
    let floor = Floor::open().await;
    let lies: Vec<(&str, Value)> = vec![
        ("nonce", json!("of another sign-in")),
        ("nonce", Value::Null),
        ("aud", json!("another client")),
        ("aud", json!([CLIENT_ID, "another client"])),
        ("aud", json!([])),
        ("azp", json!("another client")),
        ("iss", json!("https://login.example.org")),
        ("exp", json!(START_S - 31)),
        ("exp", json!(i64::MAX)),
        ("exp", Value::Null),
        ("iat", json!(START_S + 31)),
        ("iat", json!(START_S - 3_600)),
        ("sub", json!("")),
        ("sub", json!("x".repeat(256))),
    ];
    for (claim, value) in lies {
        let place = format!("{claim}: {value}");
        floor.idp.set(|idp| idp.tweak = Some(Box::new(move |claims| claims[claim] = value.clone())));
        let answer = floor.come_back(&floor.begin().await).await;
        assert_eq!((answer.status, &answer.body["code"]), (401, &json!("token-invalid")), "{place}: {}", answer.body);
    }
    assert!(!floor.kinds().await.contains(&"user.identity_linked".to_owned()));
    // Several audiences are fine where we are the one it was made for.
    floor.idp.set(|idp| {
        idp.tweak = Some(Box::new(|claims| {
            claims["aud"] = json!([CLIENT_ID, "another client"]);
            claims["azp"] = json!(CLIENT_ID);
        }));
    });
    floor.code().await;
}

#[tokio::test]
async fn only_the_providers_own_signature_counts() {
    let floor = Floor::open().await;
    let real = SigningKey::rsa("first", 0);
    let forged = SigningKey::rsa("first", 1);
    let confused = real.clone();
    let other_kind = SigningKey::ed25519("first");
    let cut = real.clone();
    let signs: Vec<(&str, Sign)> = vec![
        ("no signature", Box::new(unsigned)),
        ("the public key as a secret", Box::new(move |claims| confused.confused(claims))),
        ("another key under the same name", Box::new(move |claims| forged.sign(claims))),
        ("a key of another kind under the same name", Box::new(move |claims| other_kind.sign(claims))),
        ("a signature cut off", Box::new(move |claims| cut.sign(claims).rsplit_once('.').unwrap().0.to_owned() + ".")),
        ("no token at all", Box::new(|_| "not.a.token".to_owned())),
    ];
    for (what, sign) in signs {
        floor.wait(Millis::minutes(1));
        floor.idp.set(|idp| idp.sign = Some(sign));
        let answer = floor.come_back(&floor.begin().await).await;
        assert_eq!((answer.status, &answer.body["code"]), (401, &json!("token-invalid")), "{what}: {}", answer.body);
    }
    floor.idp.set(|idp| idp.sign = None);
    floor.code().await;
}

#[tokio::test]
async fn a_changed_key_is_found_and_an_unknown_one_does_not_make_us_ask_all_the_time() {
    let floor = Floor::open().await;
    floor.code().await;
    let next = SigningKey::rsa("second", 1);
    floor.idp.set(|idp| {
        idp.published = vec![next.published()];
        idp.key = next;
    });
    // Within ten seconds of the last look the provider is not asked again.
    floor.refused(401, "token-invalid").await;
    floor.refused(401, "token-invalid").await;
    assert_eq!(floor.idp.asked("jwks"), 1);
    floor.wait(Millis::seconds(10));
    floor.code().await;
    assert_eq!(floor.idp.asked("jwks"), 2);
    // The old key is out of use with that.
    floor.wait(Millis::minutes(1));
    floor.idp.set(|idp| idp.key = SigningKey::rsa("first", 0));
    floor.refused(401, "token-invalid").await;
}

#[tokio::test]
async fn nobody_is_signed_up_by_signing_in() {
    let floor = Floor::open().await;
    let person = |person: Value| floor.idp.set(|idp| idp.person = person);
    person(json!({"sub": "1", "email": "nobody@example.com", "email_verified": true}));
    floor.refused(403, "sso-account-unknown").await;
    // Whether the address has an account is nobody's business who has not shown that it is theirs.
    let mut said = Vec::new();
    for email in ["ben@example.com", "nobody@example.com"] {
        for verified in [json!(false), json!("true"), Value::Null] {
            person(json!({"sub": "1", "email": email, "email_verified": verified}));
            let mut body = floor.refused(403, "sso-account-unknown").await;
            body["instance"] = Value::Null;
            said.push(body);
        }
    }
    assert!(said.iter().all(|each| *each == said[0]), "{said:?}");
    assert!(!floor.kinds().await.contains(&"user.identity_linked".to_owned()));
}

#[tokio::test]
async fn a_closed_account_stays_closed() {
    let floor = Floor::open().await;
    let close = async || floor.root.post(&format!("/v1/users/{}/deactivation", floor.ben.user_id), json!({})).await;
    // Closed between the callback and the exchange.
    let code = floor.code().await;
    close().await.expect(200);
    floor.exchange(&code, VERIFIER).await.refused(401, "session-revoked");
    // Known by its identity, and by a new one of the same address.
    floor.refused(403, "sso-account-unknown").await;
    floor.idp.set(|idp| idp.person["sub"] = json!("2"));
    floor.refused(403, "sso-account-unknown").await;
}

#[tokio::test]
async fn an_address_given_to_somebody_new_does_not_open_the_old_account() {
    let floor = Floor::open().await;
    floor.code().await;
    floor.idp.set(|idp| idp.person["sub"] = json!("a new colleague"));
    floor.refused(403, "sso-account-unknown").await;
}

#[tokio::test]
async fn people_come_back_to_listed_pages_only() {
    let floor = Floor::open().await;
    for elsewhere in [
        "https://app.example.com/signed-in",
        "https://app.example.com/signed-in?from=desk&x=1",
        "https://app.example.com.evil.example/signed-in?from=desk",
        "//app.example.com/signed-in?from=desk",
        "javascript:alert(1)",
    ] {
        let refused = floor.start(elsewhere, None).await.refused(400, "invalid-parameter");
        assert_eq!(refused["errors"][0]["parameter"], "return_to");
    }
    let path = "/v1/auth/sso/nobody/start?return_to=x&challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
    floor.served.anonymous(Method::GET, path, None).await.refused(404, "not-found");
    let weak = "/v1/auth/sso/corporate/start?return_to=x&challenge=short";
    floor.served.anonymous(Method::GET, weak, None).await.refused(400, "invalid-parameter");
}

#[tokio::test]
async fn who_is_denied_by_the_provider_learns_its_word_for_why() {
    let floor = Floor::open().await;
    for (error, word) in [("access_denied", "access_denied"), ("<script>", "other")] {
        floor.idp.set(|idp| idp.refuses = Some(error.to_owned()));
        let refused = floor.refused(403, "sso-denied").await;
        assert_eq!(refused["provider_error"], word);
    }
    floor.idp.set(|idp| idp.refuses = Some("temporarily_unavailable".to_owned()));
    floor.refused(502, "provider-error").await;
}

#[tokio::test]
async fn a_person_in_a_browser_is_sent_back_to_the_frontend_with_the_problems_code() {
    let floor = Floor::open().await;
    floor.idp.set(|idp| idp.refuses = Some("access_denied".to_owned()));
    let begun = floor.begin().await;
    let page = floor.served.raw(Method::GET, &begun.callback).header("cookie", &begun.cookie);
    let sent = Served::send(page.header("accept", "text/html,application/xhtml+xml")).await;
    assert_eq!((sent.status, sent.header("location")), (302, &*format!("{RETURN_TO}&error=sso-denied")));
    floor.idp.set(|idp| idp.calls_itself = Some("https://login.example.org".to_owned()));
    floor.wait(Millis::hours(2));
    let challenge = challenge_of(VERIFIER);
    let path =
        format!("/v1/auth/sso/corporate/start?return_to={}&challenge={challenge}", RETURN_TO.replace('?', "%3F"));
    let sent = Served::send(floor.served.raw(Method::GET, &path).header("accept", "text/html")).await;
    assert_eq!((sent.status, sent.header("location")), (302, &*format!("{RETURN_TO}&error=provider-error")));
    // Without a state of ours there is nowhere to send them.
    let lost = floor.served.raw(Method::GET, &begun.callback).header("accept", "text/html");
    Served::send(lost).await.refused(400, "sso-state-invalid");
}

#[tokio::test]
async fn a_provider_that_is_down_or_somebody_else_is_said_to_be() {
    let floor = Floor::open().await;
    floor.idp.set(|idp| idp.calls_itself = Some("https://login.example.org".to_owned()));
    floor.start(RETURN_TO, None).await.refused(502, "provider-error");
    floor.idp.set(|idp| idp.calls_itself = None);
    let begun = floor.begin().await;
    floor.idp.stop().await;
    floor.come_back(&begun).await.refused(502, "provider-error");
    floor.wait(Millis::hours(2));
    floor.start(RETURN_TO, None).await.refused(502, "provider-error");
}
