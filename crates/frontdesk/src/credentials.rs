//! Who asks a running server: a token as it was given, or a session of one's own that is renewed when its token runs out.

use std::io::{BufRead, IsTerminal, Write};
use std::time::Duration;

use clap::Args;
use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};

use crate::exit::Exit;
use crate::tail::verdict::Cause;

/// An HTTP request takes no longer.
const TIMEOUT: Duration = Duration::from_secs(15);

/// Which server, and as whom.
#[derive(Debug, Args)]
pub(crate) struct ServerArgs {
    /// Where the server listens
    #[arg(long, env = "FRONTDESK_URL", default_value = "http://127.0.0.1:8080")]
    pub(crate) url: String,
    /// An access token, or a key (`fdk_…`)
    #[arg(long, env = "FRONTDESK_TOKEN", hide_env_values = true)]
    pub(crate) token: Option<SecretString>,
    /// Sign in instead; the password is in FRONTDESK_PASSWORD, or is asked for
    #[arg(long)]
    pub(crate) email: Option<String>,
}

impl ServerArgs {
    /// The address of a path.
    pub(crate) fn at(&self, path: &str) -> String {
        format!("{}{path}", self.url.trim_end_matches('/'))
    }
}

/// See the module.
pub(crate) struct Credentials {
    access: Option<SecretString>,
    account: Option<Account>,
}

struct Account {
    http: reqwest::Client,
    base: String,
    email: String,
    password: SecretString,
    refresh: Option<SecretString>,
}

impl Credentials {
    /// What the command line, the environment or the person at the terminal gives.
    pub(crate) fn take(args: &ServerArgs) -> Result<Self, Exit> {
        let Some(email) = &args.email else {
            let access = args.token.clone();
            let none = "give --token (or FRONTDESK_TOKEN), or --email to sign in";
            return Ok(Self { access: Some(access.ok_or_else(|| Exit::config(none))?), account: None });
        };
        let password = match std::env::var("FRONTDESK_PASSWORD") {
            Ok(password) => SecretString::from(password),
            Err(_) => ask_password(email).map_err(Exit::io)?,
        };
        let http = reqwest::Client::builder().timeout(TIMEOUT).build().map_err(Exit::software)?;
        let base = args.at("/v1/auth");
        let account = Account { http, base, email: email.clone(), password, refresh: None };
        Ok(Self { access: None, account: Some(account) })
    }

    /// Whether another token can be had.
    pub(crate) fn can_renew(&self) -> bool {
        self.account.is_some()
    }

    /// The token is good no more.
    pub(crate) fn expire(&mut self) {
        if self.account.is_some() {
            self.access = None;
        }
    }

    /// A token, exchanged or signed in for where there is none. `Err` says why there is none now.
    pub(crate) async fn token(&mut self) -> Result<SecretString, Cause> {
        if let Some(access) = &self.access {
            return Ok(access.clone());
        }
        let Some(account) = &mut self.account else { return Err(Cause::Lost("there is no token".to_owned())) };
        let access = account.tokens().await?;
        self.access = Some(access.clone());
        Ok(access)
    }
}

impl Account {
    async fn tokens(&mut self) -> Result<SecretString, Cause> {
        // A refresh token is good once; whatever becomes of it, the password is what is left.
        if let Some(refresh) = self.refresh.take() {
            match self.post("refresh", &json!({ "refresh_token": refresh.expose_secret() })).await {
                Err(Cause::Refused { status: 401, .. }) => {}
                Err(Cause::Lost(error)) => {
                    self.refresh = Some(refresh);
                    return Err(Cause::Lost(error));
                }
                other => return other,
            }
        }
        let body = json!({ "email": self.email, "password": self.password.expose_secret() });
        match self.post("login", &body).await {
            // The same password again would be refused again.
            Err(Cause::Refused { status: 401, detail, .. }) => Err(Cause::Refused { status: 403, detail, after: None }),
            other => other,
        }
    }

    async fn post(&mut self, path: &str, body: &Value) -> Result<SecretString, Cause> {
        let lost = |error: reqwest::Error| Cause::Lost(error.to_string());
        let answer = self.http.post(format!("{}/{path}", self.base)).json(body).send().await.map_err(lost)?;
        let status = answer.status();
        let retry_after = answer.headers().get("retry-after").and_then(|value| value.to_str().ok()?.parse().ok());
        let text = answer.text().await.map_err(lost)?;
        if !status.is_success() {
            let after = retry_after.map(Duration::from_secs);
            return Err(Cause::Refused { status: status.as_u16(), detail: problem(&text), after });
        }
        let body: Value = serde_json::from_str(&text).unwrap_or_default();
        let secret = |name: &str| body[name].as_str().map(|text| SecretString::from(text.to_owned()));
        self.refresh = secret("refresh_token");
        secret("access_token").ok_or_else(|| Cause::Refused {
            status: 403,
            detail: "this account asks for a second factor: use a key instead".to_owned(),
            after: None,
        })
    }
}

/// What a problem document says, or the text itself.
pub(crate) fn problem(text: &str) -> String {
    let body: Value = serde_json::from_str(text).unwrap_or_default();
    let said = [&body["code"], &body["detail"]].into_iter().filter_map(Value::as_str).collect::<Vec<_>>().join(": ");
    if said.is_empty() { text.chars().take(200).collect() } else { said }
}

/// From the terminal without showing it, or a line of standard input.
fn ask_password(email: &str) -> std::io::Result<SecretString> {
    let stdin = std::io::stdin();
    let shown = if stdin.is_terminal() { tcgetattr(&stdin).ok() } else { None };
    if let Some(shown) = &shown {
        write!(std::io::stderr(), "Password of {email}: ")?;
        let mut hidden = shown.clone();
        hidden.local_modes.remove(LocalModes::ECHO);
        tcsetattr(&stdin, OptionalActions::Flush, &hidden)?;
    }
    let mut line = String::new();
    let read = stdin.lock().read_line(&mut line);
    if let Some(shown) = &shown {
        tcsetattr(&stdin, OptionalActions::Flush, shown)?;
        writeln!(std::io::stderr())?;
    }
    read?;
    Ok(SecretString::from(line.trim_end_matches(['\r', '\n']).to_owned()))
}
