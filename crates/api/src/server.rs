//! The listening server: limits, time-outs, the edge around the mounted route table, graceful stop.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

pub use actix_web::dev::ServerHandle as Handle;
use actix_web::dev::{Server, ServerHandle};
use actix_web::middleware::from_fn;
use actix_web::{App, HttpServer, ResponseError, web};
use app::Desk;

use crate::auth::keys::ServerSecret;
use crate::context::{Context, Settings};
use crate::edge::edge;
use crate::endpoint::Endpoint;
use crate::front::DeskSurroundings;
use crate::live::line::Spare;
use crate::live::switchboard::Switchboard;
use crate::mailbox::Mailbox;
use crate::mount::mount;
use crate::problem::{Kind, Problem};
use crate::routes::endpoints;

/// How long an idle connection is kept.
const KEEP_ALIVE: Duration = Duration::from_secs(30);
/// How long a client may take to send a request's head.
const HEAD_TIMEOUT: Duration = Duration::from_secs(5);
/// How long requests under way may take when the server stops.
const DRAIN_S: u64 = 10;

/// How long the other end may leave what we sent unacknowledged, or keep its window shut, before the kernel gives the
/// connection up.
const UNREAD_MAX: Duration = Duration::from_secs(30);
/// Bytes the kernel keeps for a reader that is behind; it doubles the number for its own book-keeping.
const SEND_BUFFER_BYTES: usize = 128 * 1024;

/// How much the server takes on.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Threads that serve requests.
    pub workers: usize,
    /// Connections of one worker; further ones wait in the listen queue.
    pub connections_per_worker: usize,
    /// Length of the listen queue.
    pub backlog: u32,
    /// Files and sockets the process may have open.
    pub handles: usize,
}

impl Default for Limits {
    fn default() -> Self {
        let workers = std::thread::available_parallelism().map_or(2, usize::from);
        Self { workers, connections_per_worker: 10_000, backlog: 1_024, handles: 1_024 }
    }
}

/// A server that is listening. Await `server` to run it.
pub struct Listening {
    pub address: SocketAddr,
    pub handle: ServerHandle,
    pub server: Server,
}

/// What it takes to serve a desk.
pub struct ServeConfig {
    /// Port 0 picks a free one.
    pub address: SocketAddr,
    pub limits: Limits,
    pub settings: Settings,
    /// From which the keys of tokens, cursors and links are derived.
    pub secret: ServerSecret,
}

/// Serves a desk with every operation there is. Await [`Listening::server`] to run it; stop with
/// `listening.handle.stop(true)` after [`Desk::drain`].
pub fn serve(desk: Desk, config: ServeConfig) -> io::Result<Listening> {
    let surroundings = Arc::new(DeskSurroundings(Arc::new(desk.clone())));
    let context = Arc::new(Context::new(config.settings, &config.secret, surroundings));
    listen(config.address, &config.limits, context, Some(desk), Arc::new(endpoints()))
}

/// Listens on an address (port 0 picks a free one) and serves the table. Signals are the binary's matter.
pub fn listen(
    address: SocketAddr,
    limits: &Limits,
    context: Arc<Context>,
    desk: Option<Desk>,
    endpoints: Arc<Vec<Endpoint>>,
) -> io::Result<Listening> {
    let listener = TcpListener::bind(address)?;
    let address = listener.local_addr()?;
    let data = web::Data::from(context);
    let desk = desk.map(web::Data::new);
    let handles = limits.handles;
    let server = HttpServer::new(move || {
        App::new()
            .app_data(data.clone())
            // One for each worker: this runs on its thread.
            .app_data(Rc::<Switchboard>::default())
            .app_data(Rc::<Mailbox>::default())
            .configure(|config| {
                if let Some(desk) = &desk {
                    config.app_data(desk.clone());
                }
            })
            .configure(|config| mount(&endpoints, config))
            .default_service(web::to(async || Problem::new(Kind::NotFound).error_response()))
            .wrap(from_fn(edge))
    })
    .workers(limits.workers)
    .max_connections(limits.connections_per_worker)
    .backlog(limits.backlog)
    .keep_alive(KEEP_ALIVE)
    .client_request_timeout(HEAD_TIMEOUT)
    // Answers are small and final: waiting to fill a packet only adds forty milliseconds.
    .tcp_nodelay(true)
    .on_connect(move |connection, data| {
        if let Some(socket) = connection.downcast_ref::<actix_web::rt::net::TcpStream>() {
            let socket = socket2::SockRef::from(socket);
            bound(&socket);
            Spare::of(&socket, handles).map(|spare| data.insert(spare));
        }
    })
    .shutdown_timeout(DRAIN_S)
    .disable_signals()
    .listen(listener)?
    .run();
    Ok(Listening { address, handle: server.handle(), server })
}

/// A reader that does not read holds a bounded part of memory, for a bounded time.
fn bound(socket: &socket2::SockRef<'_>) {
    let bounded = socket.set_send_buffer_size(SEND_BUFFER_BYTES);
    #[cfg(target_os = "linux")]
    let bounded = bounded.and_then(|()| socket.set_tcp_user_timeout(Some(UNREAD_MAX)));
    if let Err(error) = bounded {
        tracing::debug!(%error, "a connection's buffers are left as they are");
    }
}
