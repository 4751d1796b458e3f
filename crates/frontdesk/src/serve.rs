//! Runs the server: desk, workers, HTTP; and stops in the order that loses nothing: no new requests and no new sends, what
//! is under way ends and is written down, the log is synced and signed.

use std::io::Write;
use std::net::SocketAddr;
use std::sync::Arc;

use api::auth::keys::ServerSecret;
use api::context::{Context, Settings};
use api::front::DeskSurroundings;
use api::server::{Limits, Listening};
use app::cloud_api::CloudApi;
use app::{Desk, WorkerConfig, Workers};

use crate::cli::ServeArgs;
use crate::config::Config;
use crate::exit::Exit;
use crate::{logging, open};

/// A server that answers.
pub(crate) struct Running {
    pub(crate) desk: Desk,
    pub(crate) address: SocketAddr,
    workers: Workers,
    handle: api::server::Handle,
}

pub(crate) fn run(args: &ServeArgs) -> Result<(), Exit> {
    let config = Config::load(&args.source)?;
    if args.print_config {
        return print(&config);
    }
    logging::start(&config.logging)?;
    runtime()?.block_on(async {
        let running = start(&config, args.accept_rollback).await?;
        announce(running.address)?;
        asked_to_stop().await;
        running.stop().await;
        Ok(())
    })
}

/// The runtime of workers and background tasks; HTTP threads bring their own.
pub(crate) fn runtime() -> Result<tokio::runtime::Runtime, Exit> {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().map_err(Exit::software)
}

/// Asks for as many files and sockets as the system lets a process have, and gives how many that is. What programs begin
/// with is often 1,024, for the sake of old ones; a live connection takes two.
fn handles() -> usize {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let before = getrlimit(Resource::Nofile);
    let most = Rlimit { current: before.maximum, ..before };
    let limit = match setrlimit(Resource::Nofile, most) {
        Ok(()) => most.current,
        Err(error) => {
            tracing::warn!(%error, "the limit of open files stays as it is");
            before.current
        }
    };
    limit.and_then(|limit| usize::try_from(limit).ok()).unwrap_or(usize::MAX)
}

/// Opens everything and begins to answer.
pub(crate) async fn start(config: &Config, accept_rollback: bool) -> Result<Running, Exit> {
    let desk = open::desk(config, accept_rollback)?;
    if desk.outbox_is_frozen() {
        tracing::warn!(
            "this is a restored copy: nothing is sent until it is stopped and `frontdesk restore --confirm` is run"
        );
    }
    let context = context(config, &desk)?;
    bootstrap(config, &desk).await?;
    let workers = Workers::start(&desk, WorkerConfig { provider: Arc::new(CloudApi::new().map_err(Exit::software)?) });
    let mut limits = Limits { handles: handles(), ..Limits::default() };
    if config.server.workers > 0 {
        limits.workers = config.server.workers;
    }
    let Listening { address, handle, server } = api::server::listen(
        config.server.bind,
        &limits,
        context,
        Some(desk.clone()),
        Arc::new(api::routes::endpoints()),
    )
    .map_err(Exit::io)?;
    tokio::spawn(server);
    Ok(Running { desk, address, workers, handle })
}

impl Running {
    /// See the module.
    pub(crate) async fn stop(self) {
        tracing::info!("stopping");
        self.desk.drain();
        // Together: a request that takes its time must not let the outbox begin further sends meanwhile.
        tokio::join!(self.handle.stop(true), self.workers.stop());
        let desk = self.desk;
        let closed = tokio::task::spawn_blocking(move || desk.close()).await;
        if closed.is_err() {
            tracing::error!("the desk did not close cleanly");
        }
    }
}

/// The line that scripts wait for.
pub(crate) fn announce(address: SocketAddr) -> Result<(), Exit> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "frontdesk listening on http://{address}").and_then(|()| out.flush()).map_err(Exit::io)
}

/// Until somebody asks the process to stop.
pub(crate) async fn asked_to_stop() {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate()).expect("signals can be listened to");
    tokio::select! {
        _ = terminate.recv() => {}
        _ = tokio::signal::ctrl_c() => {}
    }
}

fn context(config: &Config, desk: &Desk) -> Result<Arc<Context>, Exit> {
    // From the master key, so that tokens and cursors outlive a restart and no further secret has to be kept.
    let halves = [desk.blind("server secret, first half"), desk.blind("server secret, second half")];
    let secret = ServerSecret::new(halves.iter().flat_map(|half| half.0).collect()).map_err(Exit::software)?;
    let settings = Settings {
        allowed_origins: config.server.allowed_origins.clone(),
        trusted_proxies: config.server.trusted_proxies.clone(),
        rates: config.limits,
        #[cfg(feature = "oidc")]
        providers: config.sso.providers()?,
        ..Settings::default()
    };
    Ok(Arc::new(Context::new(settings, &secret, Arc::new(DeskSurroundings(Arc::new(desk.clone()))))))
}

async fn bootstrap(config: &Config, desk: &Desk) -> Result<(), Exit> {
    let nobody = desk.view(|views| views.directory.users.iter().next().is_none());
    if !nobody {
        return Ok(());
    }
    match config.bootstrap()? {
        Some((email, password)) => {
            let made =
                api::routes::create_first_account(desk, Settings::default().password_cost, &email, password).await;
            made.map(|_| ()).map_err(Exit::config)
        }
        None => {
            tracing::warn!(
                "nobody can sign in yet: set FRONTDESK__BOOTSTRAP__EMAIL and FRONTDESK__BOOTSTRAP__PASSWORD for the first start"
            );
            Ok(())
        }
    }
}

fn print(config: &Config) -> Result<(), Exit> {
    let text = toml::to_string_pretty(config).map_err(Exit::software)?;
    std::io::stdout().write_all(text.as_bytes()).map_err(Exit::io)
}
