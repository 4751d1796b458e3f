//! What the operator says about providers, checked once at the start: a mistake here would open the door or close it for
//! everybody, so it stops the program instead.

use std::collections::BTreeSet;

use secrecy::SecretString;
use url::{Host, Url};

/// Providers at most.
pub const PROVIDERS_MAX: usize = 20;
/// Characters of an address at most: it travels inside the state.
const URL_LENGTH_MAX: usize = 500;

/// All about single sign-on.
#[derive(Debug, Clone)]
pub struct SsoSettings {
    /// Where browsers reach this server; the providers know `<public_url>/v1/auth/sso/<id>/callback`.
    pub public_url: String,
    pub providers: Vec<ProviderSettings>,
}

/// One provider.
#[derive(Debug, Clone)]
pub struct ProviderSettings {
    /// Names it in paths and events: lower case letters, digits, `-`, `_`.
    pub id: String,
    /// For people, on the button.
    pub name: String,
    /// Exactly as the provider writes it, with or without a final slash.
    pub issuer: String,
    pub client_id: String,
    /// None for a public client.
    pub client_secret: Option<SecretString>,
    /// Beside `openid`.
    pub scopes: Vec<String>,
    /// Pages of frontends to which people may come back, compared in full.
    pub allowed_return_urls: Vec<String>,
    /// How its ID tokens may be signed.
    pub algorithms: BTreeSet<Algorithm>,
    /// Whether somebody with a second factor here is asked for it also after the provider's own.
    pub asks_second_factor: bool,
}

/// A signature algorithm. Only asymmetric ones: the provider's keys are public.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
pub enum Algorithm {
    RS256,
    ES256,
    EdDSA,
}

impl Algorithm {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::RS256 => "RS256",
            Self::ES256 => "ES256",
            Self::EdDSA => "EdDSA",
        }
    }
    pub(super) const fn of_jwt(self) -> jsonwebtoken::Algorithm {
        match self {
            Self::RS256 => jsonwebtoken::Algorithm::RS256,
            Self::ES256 => jsonwebtoken::Algorithm::ES256,
            Self::EdDSA => jsonwebtoken::Algorithm::EdDSA,
        }
    }
}

/// What is wrong with the settings.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    #[error("sso: the provider id {0:?} must be 1 to 32 of a-z, 0-9, - and _, beginning with a letter, and given once")]
    Id(String),
    #[error("sso: at most {PROVIDERS_MAX} providers")]
    TooMany,
    #[error("sso: {field} {value:?}: {fault}")]
    Url { field: String, value: String, fault: &'static str },
    #[error("sso: provider {id}: {field} is missing")]
    Missing { id: String, field: &'static str },
    #[error("sso: the connections to providers could not be prepared: {0}")]
    Http(String),
}

impl SsoSettings {
    /// Finds the first mistake.
    pub fn check(&self) -> Result<(), SettingsError> {
        if self.providers.len() > PROVIDERS_MAX {
            return Err(SettingsError::TooMany);
        }
        if self.providers.is_empty() {
            return Ok(());
        }
        let public = secure_url("public_url", &self.public_url)?;
        if public.query().is_some() {
            return Err(fault("public_url", &self.public_url, "must have no query"));
        }
        let mut ids = BTreeSet::new();
        for provider in &self.providers {
            if !is_id(&provider.id) || !ids.insert(&provider.id) {
                return Err(SettingsError::Id(provider.id.clone()));
            }
            provider.check()?;
        }
        Ok(())
    }
}

impl ProviderSettings {
    fn check(&self) -> Result<(), SettingsError> {
        let missing = |field| SettingsError::Missing { id: self.id.clone(), field };
        let field = |name: &str| format!("{}.{name}", self.id);
        for (name, absent) in [
            ("name", self.name.is_empty()),
            ("client_id", self.client_id.is_empty()),
            ("allowed_return_urls", self.allowed_return_urls.is_empty()),
            ("algorithms", self.algorithms.is_empty()),
        ] {
            if absent {
                return Err(missing(name));
            }
        }
        let issuer = secure_url(&field("issuer"), &self.issuer)?;
        if issuer.query().is_some() {
            return Err(fault(&field("issuer"), &self.issuer, "must have no query"));
        }
        for address in &self.allowed_return_urls {
            secure_url(&field("allowed_return_urls"), address)?;
        }
        Ok(())
    }
}

fn is_id(text: &str) -> bool {
    text.len() <= 32
        && text.starts_with(|first: char| first.is_ascii_lowercase())
        && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_".contains(&byte))
}

fn fault(field: &str, value: &str, fault: &'static str) -> SettingsError {
    SettingsError::Url { field: field.to_owned(), value: value.to_owned(), fault }
}

/// An address over TLS, or on this machine.
pub(super) fn secure_url(field: &str, text: &str) -> Result<Url, SettingsError> {
    let url = Url::parse(text).map_err(|_| fault(field, text, "is no address"))?;
    if text.len() > URL_LENGTH_MAX {
        return Err(fault(field, text, "is too long"));
    }
    if !is_secure(&url) {
        return Err(fault(field, text, "must be https; http is for this machine only"));
    }
    if !url.username().is_empty() || url.password().is_some() || url.fragment().is_some() {
        return Err(fault(field, text, "must name no user and no fragment"));
    }
    Ok(url)
}

fn is_secure(url: &Url) -> bool {
    match url.scheme() {
        "https" => url.has_host(),
        "http" => match url.host() {
            Some(Host::Domain(name)) => name == "localhost",
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            None => false,
        },
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings() -> SsoSettings {
        let provider = ProviderSettings {
            id: "corporate".to_owned(),
            name: "Corporate".to_owned(),
            issuer: "https://login.example.com/".to_owned(),
            client_id: "desk".to_owned(),
            client_secret: None,
            scopes: Vec::new(),
            allowed_return_urls: vec!["https://app.example.com/signed-in".to_owned()],
            algorithms: [Algorithm::RS256].into(),
            asks_second_factor: true,
        };
        SsoSettings { public_url: "https://desk.example.com".to_owned(), providers: vec![provider] }
    }

    #[test]
    fn everything_travels_over_tls_except_on_this_machine() {
        assert_eq!(settings().check(), Ok(()));
        for (address, fine) in [
            ("http://localhost:8080", true),
            ("http://127.0.0.9:1", true),
            ("http://[::1]:1", true),
            ("http://desk.example.com", false),
            ("http://localhost.example.com", false),
            ("http://192.0.2.1", false),
            ("ftp://desk.example.com", false),
            ("desk.example.com", false),
            ("https://ana@desk.example.com", false),
            ("https://desk.example.com/#top", false),
        ] {
            let mut public = settings();
            public.public_url = address.to_owned();
            let mut issuer = settings();
            issuer.providers[0].issuer = address.to_owned();
            let mut back = settings();
            back.providers[0].allowed_return_urls = vec![address.to_owned()];
            for each in [public, issuer, back] {
                assert_eq!(each.check().is_ok(), fine, "{address}");
            }
        }
    }

    #[test]
    fn ids_are_plain_and_unique_and_nothing_needed_is_missing() {
        for id in ["", "Corporate", "a/b", "1a", "-a", &"a".repeat(33)] {
            let mut wrong = settings();
            wrong.providers[0].id = id.to_owned();
            assert!(wrong.check().is_err(), "{id}");
        }
        let mut twice = settings();
        twice.providers.push(twice.providers[0].clone());
        assert!(twice.check().is_err());
        let mut lame = settings();
        lame.providers[0].allowed_return_urls.clear();
        assert!(matches!(lame.check(), Err(SettingsError::Missing { field: "allowed_return_urls", .. })));
    }
}
