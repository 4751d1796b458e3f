//! The part of the configuration about OpenID providers (cargo feature `oidc`). Providers are a table by id and no list, so
//! that a variable can complete what the file says: `FRONTDESK__SSO__PROVIDERS__CORPORATE__CLIENT_SECRET`.
//!
//! ```toml
//! [sso]
//! public_url = "https://desk.example.com"
//!
//! [sso.providers.corporate]
//! name = "Corporate account"
//! issuer = "https://login.example.com"
//! client_id = "desk"
//! client_secret_file = "/run/secrets/corporate-client-secret"
//! allowed_return_urls = ["https://app.example.com/signed-in"]
//! ```

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use api::auth::oidc::{Algorithm, ProviderSettings, Providers, SsoSettings};
use secrecy::SecretString;
use serde::de::{DeserializeOwned, IntoDeserializer};
use serde::{Deserialize, Deserializer, Serialize};

use super::{redacted, secret};
use crate::exit::Exit;

/// Signing in through providers.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Sso {
    /// Where browsers reach this server. Providers must know `<public_url>/v1/auth/sso/<id>/callback`.
    pub(crate) public_url: Option<String>,
    /// By id: lower case letters, digits, `-`, `_`.
    pub(crate) providers: BTreeMap<String, Provider>,
}

/// One provider.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Provider {
    /// On the button. Default: the id.
    name: Option<String>,
    /// Exactly as the provider's discovery document says it.
    issuer: String,
    client_id: String,
    /// None for a public client.
    #[serde(serialize_with = "redacted")]
    client_secret: Option<SecretString>,
    client_secret_file: Option<PathBuf>,
    /// Beside `openid`. Accounts are found by the e-mail address, so `email` should be among them.
    #[serde(deserialize_with = "list")]
    scopes: Vec<String>,
    /// Pages of frontends to which people may come back, in full. Frontends on another origin than ours also need it in
    /// `server.allowed_origins`, to post the exchange code.
    #[serde(deserialize_with = "list")]
    allowed_return_urls: Vec<String>,
    /// How ID tokens may be signed: `RS256`, `ES256`, `EdDSA`.
    #[serde(deserialize_with = "list")]
    algorithms: Vec<Algorithm>,
    /// Whether somebody with a second factor here is asked for it also after the provider's own.
    asks_second_factor: bool,
}

impl Default for Provider {
    fn default() -> Self {
        Self {
            name: None,
            issuer: String::new(),
            client_id: String::new(),
            client_secret: None,
            client_secret_file: None,
            scopes: vec!["email".to_owned()],
            allowed_return_urls: Vec::new(),
            algorithms: vec![Algorithm::RS256],
            asks_second_factor: true,
        }
    }
}

impl Sso {
    /// The providers, checked; none where none is configured.
    pub(crate) fn providers(&self) -> Result<Option<Arc<Providers>>, Exit> {
        if self.providers.is_empty() {
            return Ok(None);
        }
        let providers = self.providers.iter().map(|(id, provider)| provider.settings(id));
        let settings = SsoSettings {
            public_url: self.public_url.clone().unwrap_or_default(),
            providers: providers.collect::<Result<_, Exit>>()?,
        };
        Providers::new(settings).map(|providers| Some(Arc::new(providers))).map_err(Exit::config)
    }
}

impl Provider {
    fn settings(&self, id: &str) -> Result<ProviderSettings, Exit> {
        let name = format!("sso.providers.{id}.client_secret");
        Ok(ProviderSettings {
            id: id.to_owned(),
            name: self.name.clone().unwrap_or_else(|| id.to_owned()),
            issuer: self.issuer.clone(),
            client_id: self.client_id.clone(),
            client_secret: secret(&name, self.client_secret.as_ref(), self.client_secret_file.as_ref())?,
            scopes: self.scopes.clone(),
            allowed_return_urls: self.allowed_return_urls.clone(),
            algorithms: self.algorithms.iter().copied().collect::<BTreeSet<_>>(),
            asks_second_factor: self.asks_second_factor,
        })
    }
}

/// A list, or (from a variable) its items with commas between them.
fn list<'de, D: Deserializer<'de>, T: DeserializeOwned>(deserializer: D) -> Result<Vec<T>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Given {
        Text(String),
        List(Vec<String>),
    }
    let items = match Given::deserialize(deserializer)? {
        Given::Text(text) => text.split(',').map(|item| item.trim().to_owned()).collect(),
        Given::List(list) => list,
    };
    items.into_iter().filter(|item| !item.is_empty()).map(|item| T::deserialize(item.into_deserializer())).collect()
}

#[cfg(test)]
mod tests {
    use config::{Config as Source, Environment, File, FileFormat};

    use super::super::Config;

    const FILE: &str = r#"
        [sso]
        public_url = "https://desk.example.com"
        [sso.providers.corporate]
        issuer = "https://login.example.com"
        client_id = "desk"
        allowed_return_urls = ["https://app.example.com/signed-in"]
    "#;

    /// The file, completed by variables as the program reads them.
    fn read(file: &str, variables: &[(&str, &str)]) -> Config {
        let given = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let environment = Environment::with_prefix("FRONTDESK").prefix_separator("__").separator("__");
        let environment = environment.try_parsing(true).source(Some(given));
        let source = Source::builder().add_source(File::from_str(file, FileFormat::Toml)).add_source(environment);
        source.build().unwrap().try_deserialize().unwrap()
    }

    #[test]
    fn a_variable_completes_what_the_file_says_and_no_secret_is_printed() {
        let variables = [
            ("FRONTDESK__SSO__PROVIDERS__CORPORATE__CLIENT_SECRET", "battery staple"),
            ("FRONTDESK__SSO__PROVIDERS__CORPORATE__ALGORITHMS", "ES256, EdDSA"),
            ("FRONTDESK__SSO__PROVIDERS__CORPORATE__ASKS_SECOND_FACTOR", "false"),
        ];
        let config = read(FILE, &variables);
        let provider = config.sso.providers["corporate"].settings("corporate").unwrap();
        assert_eq!((provider.issuer.as_str(), provider.algorithms.len()), ("https://login.example.com", 2));
        assert!(provider.client_secret.is_some() && !provider.asks_second_factor);
        assert!(config.sso.providers().unwrap().is_some());
        let printed = toml::to_string_pretty(&config).unwrap();
        assert!(printed.contains("[redacted]") && !printed.contains("battery"), "{printed}");
    }

    #[test]
    fn mistakes_stop_the_program_with_their_name() {
        assert!(read("", &[]).sso.providers().unwrap().is_none());
        for (wrong, named) in [
            (FILE.replace("https://login", "http://login"), "corporate.issuer"),
            (FILE.replace("https://desk", "http://desk"), "public_url"),
            (FILE.replace("client_id = \"desk\"", ""), "client_id"),
        ] {
            let said = format!("{:?}", read(&wrong, &[]).sso.providers().unwrap_err());
            assert!(said.contains(named), "{said}");
        }
    }
}
