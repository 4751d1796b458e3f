//! A provider as a sign-in uses it: where to send the browser, what a code is worth, whether an ID token is believed.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use domain::time::Timestamp;
use jsonwebtoken::jwk::Jwk;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use url::Url;
use url::form_urlencoded::{Serializer, byte_serialize};

use super::fetch;
use super::id_token::{Disbelief, Unverified, Vouched};
use super::kept::{Kept, Need};
use super::settings::{ProviderSettings, SettingsError, SsoSettings, secure_url};
use super::sign_in::challenge_of;

/// Keys of one provider at most.
const KEYS_MAX: usize = 100;

/// All configured providers.
#[derive(Debug)]
pub struct Providers {
    providers: Vec<Provider>,
    /// Whether browsers reach us over TLS.
    pub over_tls: bool,
}

/// One provider with what is known of it.
#[derive(Debug)]
pub struct Provider {
    pub settings: ProviderSettings,
    redirect_uri: String,
    http: reqwest::Client,
    metadata: Kept<Metadata>,
    keys: Kept<Vec<Jwk>>,
}

/// Why a provider is of no help.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProviderFault {
    #[error("the provider did not answer")]
    Unreachable,
    #[error("the provider's answer cannot be read")]
    Unreadable,
    #[error("the provider answered {0}")]
    Refused(u16),
    #[error("the provider calls itself something else than configured")]
    OtherIssuer,
    #[error("an address of the provider is not https")]
    Insecure,
}

/// Why a code led to nobody.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CodeFault {
    #[error(transparent)]
    Provider(#[from] ProviderFault),
    /// It was used, is too old, or belongs to another sign-in.
    #[error("the provider does not know the code")]
    Spent,
    #[error("the ID token is not believed: {0}")]
    Disbelieved(#[from] Disbelief),
}

/// The part of the discovery document that we use.
#[derive(Debug, Deserialize)]
struct Metadata {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    jwks_uri: String,
    #[serde(default)]
    token_endpoint_auth_methods_supported: Option<Vec<String>>,
}

#[derive(Deserialize)]
struct KeySet {
    keys: Vec<serde_json::Value>,
}

#[derive(Deserialize)]
struct TokenAnswer {
    id_token: SecretString,
}

#[derive(Deserialize)]
struct TokenRefusal {
    error: String,
}

impl Providers {
    /// Checks the settings; asks nobody anything yet, so a provider that is down keeps no server from starting.
    pub fn new(settings: SsoSettings) -> Result<Self, SettingsError> {
        settings.check()?;
        let http = fetch::client()?;
        let public = settings.public_url.trim_end_matches('/');
        let prepare = |provider: ProviderSettings| Provider {
            redirect_uri: format!("{public}/v1/auth/sso/{}/callback", provider.id),
            settings: provider,
            http: http.clone(),
            metadata: Kept::default(),
            keys: Kept::default(),
        };
        let providers = settings.providers.into_iter().map(prepare).collect();
        Ok(Self { providers, over_tls: public.starts_with("https:") })
    }

    /// In the operator's order.
    pub fn iter(&self) -> impl Iterator<Item = &Provider> {
        self.providers.iter()
    }

    pub fn get(&self, id: &str) -> Option<&Provider> {
        self.iter().find(|provider| provider.settings.id == id)
    }
}

impl Provider {
    /// Where the browser goes.
    pub async fn authorization_url(
        &self,
        state: &str,
        nonce: &str,
        pkce_verifier: &str,
        now: Timestamp,
    ) -> Result<String, ProviderFault> {
        let metadata = self.metadata(now).await?;
        let mut url = secure(&metadata.authorization_endpoint)?;
        let mut scope = "openid".to_owned();
        for each in self.settings.scopes.iter().filter(|each| *each != "openid") {
            scope.push(' ');
            scope.push_str(each);
        }
        url.query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("client_id", &self.settings.client_id)
            .append_pair("redirect_uri", &self.redirect_uri)
            .append_pair("scope", &scope)
            .append_pair("state", state)
            .append_pair("nonce", nonce)
            .append_pair("code_challenge", &challenge_of(pkce_verifier))
            .append_pair("code_challenge_method", "S256");
        Ok(url.into())
    }

    /// Exchanges a code for whom the provider vouches for.
    pub async fn redeem(
        &self,
        code: &str,
        nonce: &str,
        pkce_verifier: &str,
        now: Timestamp,
    ) -> Result<Vouched, CodeFault> {
        let id_token = self.id_token(code, pkce_verifier, now).await?;
        let token = Unverified::read(id_token.expose_secret(), &self.settings)?;
        let mut keys = self.keys(Need::Current, now).await?;
        if token.key(&keys).is_none() {
            // The provider may have changed its keys since.
            keys = self.keys(Need::Renewed, now).await?;
        }
        let key = token.key(&keys).ok_or(Disbelief::UnknownKey)?;
        Ok(token.verify(key, &self.settings, nonce, now)?)
    }

    async fn id_token(&self, code: &str, pkce_verifier: &str, now: Timestamp) -> Result<SecretString, CodeFault> {
        let metadata = self.metadata(now).await?;
        let mut form = Serializer::new(String::new());
        form.append_pair("grant_type", "authorization_code")
            .append_pair("code", code)
            .append_pair("redirect_uri", &self.redirect_uri)
            .append_pair("code_verifier", pkce_verifier);
        let mut request = self.http.post(secure(&metadata.token_endpoint)?);
        match &self.settings.client_secret {
            None => {
                form.append_pair("client_id", &self.settings.client_id);
            }
            Some(secret) if metadata.wants_secret_in_body() => {
                form.append_pair("client_id", &self.settings.client_id)
                    .append_pair("client_secret", secret.expose_secret());
            }
            Some(secret) => {
                let mut value = basic(&self.settings.client_id, secret);
                value.set_sensitive(true);
                request = request.header(AUTHORIZATION, value);
            }
        }
        let request = request.header(CONTENT_TYPE, "application/x-www-form-urlencoded").body(form.finish());
        match fetch::call::<TokenAnswer>(request).await? {
            Ok(answer) => Ok(answer.id_token),
            Err((status, body)) => {
                let refusal = serde_json::from_slice::<TokenRefusal>(&body).ok();
                match refusal {
                    Some(refusal) if status.as_u16() == 400 && refusal.error == "invalid_grant" => {
                        Err(CodeFault::Spent)
                    }
                    _ => Err(ProviderFault::Refused(status.as_u16()).into()),
                }
            }
        }
    }

    async fn metadata(&self, now: Timestamp) -> Result<std::sync::Arc<Metadata>, ProviderFault> {
        let fetch = || async {
            let issuer = self.settings.issuer.trim_end_matches('/');
            let url = secure(&format!("{issuer}/.well-known/openid-configuration"))?;
            let metadata: Metadata = successful(fetch::call(self.http.get(url)).await?)?;
            // Byte for byte, as OpenID Connect Discovery 4.3 says: a document of somebody else would send us elsewhere.
            if metadata.issuer != self.settings.issuer {
                return Err(ProviderFault::OtherIssuer);
            }
            Ok(metadata)
        };
        self.metadata.get(Need::Current, now, fetch).await
    }

    async fn keys(&self, need: Need, now: Timestamp) -> Result<std::sync::Arc<Vec<Jwk>>, ProviderFault> {
        let metadata = self.metadata(now).await?;
        let fetch = || async {
            let url = secure(&metadata.jwks_uri)?;
            let set: KeySet = successful(fetch::call(self.http.get(url)).await?)?;
            // One key of a kind we do not know must not make the others useless.
            let known = set.keys.into_iter().filter_map(|key| serde_json::from_value(key).ok());
            Ok(known.take(KEYS_MAX).collect())
        };
        self.keys.get(need, now, fetch).await
    }
}

impl Metadata {
    /// `client_secret_basic` is what the specification supposes where nothing is said.
    fn wants_secret_in_body(&self) -> bool {
        let methods = self.token_endpoint_auth_methods_supported.as_deref().unwrap_or_default();
        let offers = |name: &str| methods.iter().any(|method| method == name);
        offers("client_secret_post") && !offers("client_secret_basic")
    }
}

/// RFC 6749, 2.3.1: both parts are form-encoded before they are joined.
fn basic(client_id: &str, secret: &SecretString) -> reqwest::header::HeaderValue {
    let encoded = |text: &str| byte_serialize(text.as_bytes()).collect::<String>();
    let both = format!("{}:{}", encoded(client_id), encoded(secret.expose_secret()));
    let value = format!("Basic {}", STANDARD.encode(both));
    reqwest::header::HeaderValue::from_str(&value).expect("base64 is a header value")
}

fn successful<T>(answer: Result<T, (reqwest::StatusCode, Vec<u8>)>) -> Result<T, ProviderFault> {
    answer.map_err(|(status, _)| ProviderFault::Refused(status.as_u16()))
}

/// Addresses out of the discovery document are held to the operator's rule.
fn secure(address: &str) -> Result<Url, ProviderFault> {
    secure_url("", address).map_err(|_| ProviderFault::Insecure)
}
