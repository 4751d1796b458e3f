//! The simulator's threads: one for its HTTP server and webhook sender.

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;

use actix_web::dev::ServerHandle;
use actix_web::{App, HttpServer, web};
use parking_lot::Mutex;

use super::world::World;
use super::{admin, graph, webhooks};

/// The world as a handler takes it.
pub(super) type Shared = web::Data<World>;

/// A running simulator.
pub(super) struct Running {
    address: SocketAddr,
    handle: ServerHandle,
    thread: Mutex<Option<std::thread::JoinHandle<()>>>,
}

/// Largest body taken, above the largest document.
const BODY_MAX: usize = 110 << 20;

/// Listens and starts the thread.
pub(super) fn start(bind: SocketAddr, world: Arc<World>) -> std::io::Result<Running> {
    let listener = TcpListener::bind(bind)?;
    let address = listener.local_addr()?;
    let (ready, handle) = std::sync::mpsc::channel();
    let thread = std::thread::Builder::new().name("whatsapp-simulator".to_owned()).spawn(move || {
        let system = actix_web::rt::System::new();
        system.block_on(async move {
            let data = web::Data::from(world.clone());
            let server = HttpServer::new(move || {
                App::new()
                    .app_data(data.clone())
                    .app_data(web::PayloadConfig::new(BODY_MAX))
                    .configure(admin::mount)
                    .route("/{version}/{number}/media", web::post().to(graph::upload))
                    .default_service(web::to(graph::handle))
            })
            .workers(1)
            .tcp_nodelay(true)
            .disable_signals()
            .shutdown_timeout(1)
            .listen(listener);
            match server {
                Ok(server) => {
                    let server = server.run();
                    let _ = ready.send(Ok(server.handle()));
                    let sender = actix_web::rt::spawn(webhooks::run(world));
                    let _ = server.await;
                    sender.abort();
                }
                Err(error) => {
                    let _ = ready.send(Err(error));
                }
            }
        });
    })?;
    let handle = handle.recv().map_err(|_| std::io::Error::other("the simulator's thread ended early"))??;
    Ok(Running { address, handle, thread: Mutex::new(Some(thread)) })
}

impl Running {
    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Ends the server and waits for its thread.
    pub(super) fn stop(&self) {
        drop(self.handle.stop(false));
        if let Some(thread) = self.thread.lock().take() {
            let _ = thread.join();
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop();
    }
}
