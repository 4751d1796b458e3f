//! `frontdesk preset`: playbooks set up at a running server. A plain client of `/v1/presets`.

use std::io::Write;
use std::time::Duration;

use clap::{Args, Subcommand};
use reqwest::{Client, Method};
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use crate::credentials::{Credentials, ServerArgs, problem};
use crate::exit::Exit;
use crate::tail::verdict::Cause;

/// An HTTP request takes no longer.
const TIMEOUT: Duration = Duration::from_secs(30);

#[derive(Debug, Subcommand)]
pub(crate) enum PresetCommand {
    /// What there is to install, and what it sets up
    List {
        #[command(flatten)]
        server: ServerArgs,
    },
    /// Create what a playbook needs and is not there yet; what is there stays as it is
    Install(InstallArgs),
}

#[derive(Debug, Args)]
pub(crate) struct InstallArgs {
    #[command(flatten)]
    server: ServerArgs,
    /// lead-qualification, instant-answers, triage or outage
    preset: String,
    /// The brand it is for, by its id or its name; needed where there are several
    #[arg(long)]
    brand: Option<String>,
    /// The number that its templates and campaigns belong to; needed where the brand has several
    #[arg(long)]
    channel: Option<String>,
}

pub(crate) fn run(command: PresetCommand) -> Result<(), Exit> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(Exit::software)?;
    runtime.block_on(async {
        match command {
            PresetCommand::List { server } => list(&server).await,
            PresetCommand::Install(args) => install(&args).await,
        }
    })
}

async fn list(server: &ServerArgs) -> Result<(), Exit> {
    let found = ask(server, Method::GET, "/v1/presets", None).await?;
    let mut out = std::io::stdout().lock();
    for preset in found["data"].as_array().into_iter().flatten() {
        writeln!(out, "{:<20} {}", text(preset, "name"), text(preset, "about")).map_err(Exit::io)?;
    }
    Ok(())
}

async fn install(args: &InstallArgs) -> Result<(), Exit> {
    let path = format!("/v1/presets/{}/installations", args.preset);
    let brand = match &args.brand {
        Some(name) if !name.starts_with("brand_") => Some(brand_called(&args.server, name).await?),
        brand => brand.clone(),
    };
    let named = [("brand_id", &brand), ("channel_id", &args.channel)];
    let body = named.into_iter().filter_map(|(name, id)| Some((name.to_owned(), json!(id.as_ref()?)))).collect();
    let installed = ask(&args.server, Method::POST, &path, Some(Value::Object(body))).await?;
    let mut out = std::io::stdout().lock();
    for part in installed["parts"].as_array().into_iter().flatten() {
        let what = if part["created"] == true { "created" } else { "there  " };
        let (kind, name, id) = (text(part, "kind"), text(part, "name"), text(part, "id"));
        writeln!(out, "{what}  {kind:<16} {name}  {id}").map_err(Exit::io)?;
    }
    for step in installed["next_steps"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        writeln!(out, "next: {step}").map_err(Exit::io)?;
    }
    Ok(())
}

/// The id of the brand of this name.
async fn brand_called(server: &ServerArgs, name: &str) -> Result<String, Exit> {
    let found = ask(server, Method::GET, "/v1/brands?limit=200", None).await?;
    let mut brands = found["data"].as_array().into_iter().flatten();
    let brand = brands.find(|brand| text(brand, "name").eq_ignore_ascii_case(name));
    brand.map(|brand| text(brand, "id").to_owned()).ok_or_else(|| Exit::config(format!("no brand is called {name}")))
}

fn text<'v>(value: &'v Value, key: &str) -> &'v str {
    value[key].as_str().unwrap_or_default()
}

/// One request, as whoever the command line names.
async fn ask(server: &ServerArgs, method: Method, path: &str, body: Option<Value>) -> Result<Value, Exit> {
    let token = Credentials::take(server)?.token().await.map_err(|cause| match cause {
        Cause::Refused { status: 401 | 403, detail, .. } => Exit::denied(detail),
        Cause::Refused { status, detail, .. } => Exit::unavailable(format!("{status} {detail}")),
        Cause::Lost(error) | Cause::NotTaken(error) => Exit::unavailable(error),
        Cause::Closed { reason, .. } => Exit::unavailable(reason),
    })?;
    let client = Client::builder().timeout(TIMEOUT).build().map_err(Exit::software)?;
    let mut request = client.request(method, server.at(path)).bearer_auth(token.expose_secret().trim());
    if let Some(body) = body {
        request = request.json(&body);
    }
    let answer = request.send().await.map_err(Exit::unavailable)?;
    let status = answer.status();
    let body = answer.text().await.map_err(Exit::unavailable)?;
    match status.as_u16() {
        200..=299 => serde_json::from_str(&body).map_err(Exit::software),
        401 | 403 => Err(Exit::denied(problem(&body))),
        400..=499 => Err(Exit::config(problem(&body))),
        _ => Err(Exit::unavailable(format!("{status} {}", problem(&body)))),
    }
}
