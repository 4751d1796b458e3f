//! The configuration: defaults, then a TOML file, then `FRONTDESK__SECTION__KEY` variables; each secret also from a file.
//!
//! ```toml
//! data_dir = "./frontdesk-data"
//! master_key_file = "/run/secrets/frontdesk-master-key"   # 64 hexadecimal digits
//!
//! [server]
//! bind = "127.0.0.1:8080"
//! ```

use std::net::SocketAddr;
use std::path::PathBuf;

use api::rate_limit::Rates;
use config::{Config as Source, Environment, File};
use event_log::MasterKey;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize, Serializer};

use crate::cli::ConfigArgs;
use crate::exit::Exit;

#[cfg(feature = "oidc")]
mod sso;

/// Everything that can be set.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Config {
    /// Where the log, the files and the keys lie. One process at a time.
    pub(crate) data_dir: PathBuf,
    /// 64 hexadecimal digits; whoever has them can read everything. Prefer the file.
    #[serde(serialize_with = "redacted")]
    pub(crate) master_key: Option<SecretString>,
    pub(crate) master_key_file: Option<PathBuf>,
    pub(crate) server: Server,
    pub(crate) limits: Rates,
    pub(crate) log: Log,
    pub(crate) bootstrap: Bootstrap,
    pub(crate) logging: Logging,
    #[cfg(feature = "oidc")]
    pub(crate) sso: sso::Sso,
}

/// The HTTP server.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Server {
    /// Address and port; port 0 takes a free one.
    pub(crate) bind: SocketAddr,
    /// Threads; 0 is one per core.
    pub(crate) workers: usize,
    /// Web origins that may call the API from a browser.
    pub(crate) allowed_origins: Vec<String>,
    /// Networks of proxies in front, as CIDR: their `X-Forwarded-For` says from where a request came. Nobody else's does.
    pub(crate) trusted_proxies: Vec<ipnet::IpNet>,
}

/// The event log.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Log {
    /// Where the signed checkpoints of the head go: another disk, if there is one. Default: beside the data.
    pub(crate) checkpoint_dir: Option<PathBuf>,
    pub(crate) segment_mib: u64,
    /// Below this much free space writes are refused, so that there is room to recover.
    pub(crate) min_free_mib: u64,
    /// Memory for the reading store's cache.
    pub(crate) cache_mib: u64,
}

/// The first account, made only when there is none.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Bootstrap {
    pub(crate) email: Option<String>,
    #[serde(serialize_with = "redacted")]
    pub(crate) password: Option<SecretString>,
    pub(crate) password_file: Option<PathBuf>,
}

/// What is written to standard error.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Logging {
    /// `error`, `warn`, `info`, `debug`, or a filter such as `info,app=debug`.
    pub(crate) level: String,
    pub(crate) format: LogFormat,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum LogFormat {
    Text,
    Json,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            data_dir: "./frontdesk-data".into(),
            master_key: None,
            master_key_file: None,
            server: Server::default(),
            limits: Rates::default(),
            log: Log::default(),
            bootstrap: Bootstrap::default(),
            logging: Logging::default(),
            #[cfg(feature = "oidc")]
            sso: sso::Sso::default(),
        }
    }
}
impl Default for Server {
    fn default() -> Self {
        Self {
            bind: SocketAddr::from(([127, 0, 0, 1], 8080)),
            workers: 0,
            allowed_origins: Vec::new(),
            trusted_proxies: Vec::new(),
        }
    }
}
impl Default for Log {
    fn default() -> Self {
        Self { checkpoint_dir: None, segment_mib: 64, min_free_mib: 64, cache_mib: 64 }
    }
}
impl Default for Logging {
    fn default() -> Self {
        Self { level: "info".to_owned(), format: LogFormat::Text }
    }
}

impl Config {
    /// Reads all sources. An unknown key is an error: a misspelt setting must not be ignored.
    pub(crate) fn load(args: &ConfigArgs) -> Result<Self, Exit> {
        let mut source = Source::builder();
        if let Some(file) = &args.config {
            source = source.add_source(File::from(file.as_path()).format(config::FileFormat::Toml));
        }
        let environment = Environment::with_prefix("FRONTDESK")
            .prefix_separator("__")
            .separator("__")
            .try_parsing(true)
            .list_separator(",")
            .with_list_parse_key("server.allowed_origins")
            .with_list_parse_key("server.trusted_proxies");
        let read = source.add_source(environment).build().map_err(Exit::config)?;
        read.try_deserialize().map_err(Exit::config)
    }

    /// The master key, from the setting or its file.
    pub(crate) fn master_key(&self) -> Result<MasterKey, Exit> {
        let text = secret("master_key", self.master_key.as_ref(), self.master_key_file.as_ref())?.ok_or_else(|| {
            Exit::config(
                "no master key: everything personal is encrypted with it. Make one with `openssl rand -hex 32 > FILE`, keep a \
                 copy away from the data, and set FRONTDESK__MASTER_KEY_FILE=FILE",
            )
        })?;
        MasterKey::from_hex(text.expose_secret()).map_err(Exit::config)
    }

    /// The first account's address and password, if both are set.
    pub(crate) fn bootstrap(&self) -> Result<Option<(String, SecretString)>, Exit> {
        let settings = &self.bootstrap;
        let password = secret("bootstrap.password", settings.password.as_ref(), settings.password_file.as_ref())?;
        match (&settings.email, password) {
            (Some(email), Some(password)) => Ok(Some((email.clone(), password))),
            (None, None) => Ok(None),
            _ => Err(Exit::config("bootstrap needs both email and password")),
        }
    }

    /// Where checkpoints go.
    pub(crate) fn checkpoint_dir(&self) -> PathBuf {
        self.log.checkpoint_dir.clone().unwrap_or_else(|| self.data_dir.join("checkpoints"))
    }
}

fn secret(name: &str, direct: Option<&SecretString>, file: Option<&PathBuf>) -> Result<Option<SecretString>, Exit> {
    match (direct, file) {
        (Some(_), Some(_)) => Err(Exit::config(format!("set {name} or {name}_file, not both"))),
        (Some(text), None) => Ok(Some(text.clone())),
        (None, Some(path)) => {
            let text = std::fs::read_to_string(path)
                .map_err(|error| Exit::config(format!("{name}_file {}: {error}", path.display())))?;
            Ok(Some(SecretString::from(text.trim_end_matches(['\r', '\n']).to_owned())))
        }
        (None, None) => Ok(None),
    }
}

fn redacted<S: Serializer>(secret: &Option<SecretString>, serializer: S) -> Result<S::Ok, S::Error> {
    match secret {
        Some(_) => serializer.serialize_some("[redacted]"),
        None => serializer.serialize_none(),
    }
}
