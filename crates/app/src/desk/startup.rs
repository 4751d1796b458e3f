//! From a data directory to a running desk: open the log, replay it into the world and the views, open what must be at
//! hand (accounts, credentials), begin the log if it is new, start the loop.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, AtomicUsize};

use domain::event::{Actor, Recorded, StreamId, workspace::WorkspaceOpened};
use domain::settings::{Settings, courtesy_keys};
use domain::world::World;
use event_log::Reader;
use parking_lot::{Mutex, RwLock};
use projections::Views;
use tokio::sync::Semaphore;

use super::run_loop::DeskLoop;
use super::{Blinder, Desk, DeskConfig, OpenFailure, QUEUE_MAX, Shared};
use crate::accounts::UserBook;
use crate::channel_book::ChannelBook;
use crate::clock::watch::Noted;
use crate::codec::{Unreadable, upcasts};
use crate::history::machine::Machine;
use crate::read_on::read_on;
use crate::snapshots::past::Past;
use crate::snapshots::{Shelf, State};

pub(super) fn open(config: DeskConfig) -> Result<(Desk, event_log::OpenReport), OpenFailure> {
    let now = config.clock.now();
    let (writer, reader, report) = event_log::open(config.log, upcasts(), now.as_millis())?;
    std::fs::create_dir_all(&config.media_dir)
        .map_err(|source| OpenFailure::Io { path: config.media_dir.clone(), source })?;
    crate::media::Store::new(config.media_dir.clone(), reader.clone())
        .clear_incoming()
        .map_err(|source| OpenFailure::Io { path: config.media_dir.clone(), source })?;
    let snapshots = Shelf::new(config.snapshot_dir, &reader);
    let loaded = snapshots.load(&reader);
    let State { world, views, mut anchors } = loaded.unwrap_or_else(State::new);
    let begun_after = views.position();
    let past = Past::beside(&snapshots);
    let mut leaving = (begun_after == 0).then(|| past.on_the_way(&reader, &|| false));
    let (mut world, mut views) = replay(&reader, world, views, |recorded, views| {
        anchors.pass(views, recorded.recorded_at, now);
        if let Some(leaving) = &mut leaving {
            leaving.pass(views);
        }
    })?;
    world.pack();
    views.pack();
    let users = UserBook::load(&reader, &views)?;
    let channels = ChannelBook::load(&reader, &views)?;
    let (queue, jobs) = crossbeam_channel::bounded(QUEUE_MAX);
    let fresh = world.head == 0;
    let shared = Arc::new(Shared {
        blinder: Blinder(reader.clone()),
        applied: tokio::sync::watch::Sender::new(world.head),
        work_applied: tokio::sync::watch::Sender::new(world.head),
        reader,
        views: RwLock::new(views),
        presence: crate::presence::Presence::new(config.clock.clone()),
        clock: config.clock,
        clock_noted: Mutex::new(Noted::at_start(now, world.head_at)),
        head_at_start: world.head_at,
        entropy: config.entropy,
        users: RwLock::new(users),
        channels: RwLock::new(channels),
        media_dir: config.media_dir,
        uploads: Arc::default(),
        receipts: Default::default(),
        provider: std::sync::OnceLock::new(),
        kept: Default::default(),
        opened: Default::default(),
        signals: Default::default(),
        alike: Mutex::default(),
        key_uses: Mutex::default(),
        history: Machine::new(anchors),
        begun_after,
        simulating: AtomicBool::new(false),
        search: crate::search::Searching::new(config.search_dir),
        selecting: Default::default(),
        past,
        report_helpers: Semaphore::new(std::thread::available_parallelism().map_or(1, usize::from) / 2),
        snapshots,
        queue,
        external: AtomicUsize::new(0),
        state: AtomicU8::new(0),
        draining: AtomicBool::new(false),
        busy: AtomicBool::new(false),
        commands: AtomicU64::new(0),
        syncs: AtomicU64::new(0),
        thread: Mutex::new(None),
    });
    let mut desk_loop = DeskLoop::new(writer, world, shared.clone(), jobs);
    if fresh {
        desk_loop.write_first(Actor::System, |step| {
            let settings = Settings::default();
            let courtesy_keys = courtesy_keys(step.blind, &settings);
            step.emit(StreamId::Workspace, WorkspaceOpened { settings, courtesy_keys });
        })?;
    }
    let thread = std::thread::Builder::new()
        .name("desk".to_owned())
        .spawn(move || desk_loop.run())
        .map_err(|source| OpenFailure::Io { path: "desk thread".into(), source })?;
    *shared.thread.lock() = Some(thread);
    Ok((Desk { shared, then: None }, report))
}

/// The world as the log tells it, from a snapshot on where there are some.
pub(super) fn world_again(reader: &Reader, snapshots: Option<&Shelf>) -> Result<World, Unreadable> {
    // Not its default: it begins with its first numbers.
    let mut world = match snapshots.and_then(|shelf| shelf.load_world(reader)) {
        Some(world) => world,
        None => World::new(),
    };
    read_on(reader, world.head, reader.head(), |recorded| world.evolve(recorded, false))?;
    Ok(world)
}

/// The world and the views as the log goes on to tell them. `pass` sees the views before each event.
fn replay(
    reader: &Reader,
    mut world: World,
    mut views: Views,
    mut pass: impl FnMut(&Recorded, &mut Views),
) -> Result<(World, Views), Unreadable> {
    read_on(reader, world.head, reader.head(), |recorded| {
        pass(recorded, &mut views);
        world.evolve(recorded, false);
        views.apply(recorded);
    })?;
    Ok((world, views))
}
