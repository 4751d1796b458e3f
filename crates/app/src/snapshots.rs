//! Snapshots of the state: the world and the views as they stood at a position, in files beside the log, so that a start
//! reads back what came after and not everything. A cache like any other: only this very program reads one, only of this
//! log, and only where the log's chain of hashes says the same of its position; whatever does not fit is left out with a line in the
//! log, and the log is read from its beginning. So there are no versions of what lies in them, and no migration.
//!
//! They are copies of the running state ([`make`]). Now and then one is kept for those who ask for the past ([`past`]).
//!
//! What is in the state is folded from events with their personal parts closed, so nothing personal is in a snapshot in the
//! clear, and an erasure need not look for it there. It is sealed all the same ([`file`]).

use std::fs;
use std::io;
use std::path::PathBuf;
use std::sync::OnceLock;

use borsh::{BorshDeserialize, BorshSerialize};
use chacha20poly1305::XChaCha20Poly1305;
use domain::shared::read_together;
use domain::world::World;
use event_log::Reader;
use projections::Views;

use crate::history::anchors::Anchors;

mod file;
pub(crate) mod look_through;
pub(crate) mod make;
pub(crate) mod past;
#[cfg(test)]
mod tests;
pub(crate) mod worker;

pub use make::Unmade;

/// How many are kept: should the newest not be whole, there is the one before it.
const KEPT: usize = 2;
const UNFINISHED: &str = "new";

/// Where they lie.
#[derive(Clone)]
pub(crate) struct Shelf {
    dir: PathBuf,
    cipher: XChaCha20Poly1305,
    log_id: String,
}

/// What lies in files of their own: each half of the state, so that it is read by a thread of its own and made while the other is not
/// held, and the copies for the past, which can be done without.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
enum Part {
    World,
    Views,
    /// Written together with the views, of whose pieces they have most.
    Copies,
}

/// What a start begins with.
pub(crate) struct State {
    pub(crate) world: World,
    pub(crate) views: Views,
    pub(crate) anchors: Anchors,
}

/// Whose state it is, and when.
#[derive(Debug, PartialEq, BorshSerialize, BorshDeserialize)]
struct Origin {
    part: Part,
    /// The program that wrote it.
    edition: [u8; 32],
    log_id: String,
    pos: u64,
    /// The log's chain at that position.
    chain: [u8; 32],
}

/// Why one is not used.
#[derive(Debug, thiserror::Error)]
pub enum Unusable {
    #[error("it is of position {pos}, and the log ends at {head}")]
    Ahead { pos: u64, head: u64 },
    #[error("it is of another log, another past or another build")]
    Foreign,
    #[error("it is not whole: {0}")]
    Damaged(#[from] io::Error),
    #[error("the log cannot be read where it was made: {0}")]
    Log(#[from] event_log::ReadError),
}

impl Part {
    const ALL: [Self; 3] = [Self::World, Self::Views, Self::Copies];

    fn extension(self) -> &'static str {
        match self {
            Self::World => "world",
            Self::Views => "views",
            Self::Copies => "copies",
        }
    }
}

impl State {
    /// Before the log's first event.
    pub(crate) fn new() -> Self {
        // The world begins with its first numbers, which its default lacks.
        Self { world: World::new(), views: Views::default(), anchors: Anchors::default() }
    }
}

impl Shelf {
    pub(crate) fn new(dir: PathBuf, reader: &Reader) -> Self {
        let cipher = crate::sealed::cipher(reader, "frontdesk snapshots");
        Self { dir, cipher, log_id: reader.log_id().to_owned() }
    }

    /// Positions of those that lie here, newest first.
    pub(crate) fn positions(&self) -> Vec<u64> {
        let name = |entry: fs::DirEntry| entry.file_name().into_string().ok();
        let names = fs::read_dir(&self.dir).into_iter().flatten().flatten().filter_map(name);
        let of = |name: String| name.strip_suffix(".views")?.parse().ok();
        let mut positions: Vec<u64> = names.filter_map(of).collect();
        positions.sort_unstable_by(|one, other| other.cmp(one));
        positions
    }

    /// The newest state that fits the log. What does not fit goes.
    pub(crate) fn load(&self, reader: &Reader) -> Option<State> {
        self.newest(|pos| {
            std::thread::scope(|scope| {
                let world = scope.spawn(|| self.read::<World>(Part::World, pos, reader));
                let (views, anchors) = read_together(|| {
                    let views = self.read::<Views>(Part::Views, pos, reader)?;
                    Ok::<_, Unusable>((views, self.load_copies(pos, reader)))
                })?;
                let world = world.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))?;
                Ok(State { world, views, anchors })
            })
        })
    }

    /// Without them, who asks for the past waits longer.
    fn load_copies(&self, pos: u64, reader: &Reader) -> Anchors {
        match self.read(Part::Copies, pos, reader) {
            Ok(written) => Anchors::of(written),
            Err(why) => {
                tracing::warn!(pos, %why, "the copies for the past are not used");
                Anchors::default()
            }
        }
    }

    /// Views alone, without what they were written together with.
    fn load_views(&self, pos: u64, reader: &Reader) -> Result<Views, Unusable> {
        read_together(|| self.read(Part::Views, pos, reader))
    }

    /// The newest world that fits the log.
    pub(crate) fn load_world(&self, reader: &Reader) -> Option<World> {
        self.newest(|pos| self.read(Part::World, pos, reader))
    }

    fn newest<T>(&self, read: impl Fn(u64) -> Result<T, Unusable>) -> Option<T> {
        for pos in self.positions() {
            match read(pos) {
                Ok(state) => return Some(state),
                Err(why) => {
                    tracing::warn!(pos, %why, "a snapshot is not used");
                    self.remove(pos);
                }
            }
        }
        None
    }

    fn read<T: BorshDeserialize>(&self, part: Part, pos: u64, reader: &Reader) -> Result<T, Unusable> {
        if pos > reader.head() {
            return Err(Unusable::Ahead { pos, head: reader.head() });
        }
        let mut opening = file::Opening::open(&self.path(part, pos), self.cipher.clone())?;
        let origin = Origin::deserialize_reader(&mut opening)?;
        if Some(&origin) != self.origin(part, pos, reader)?.as_ref() {
            return Err(Unusable::Foreign);
        }
        let state = T::deserialize_reader(&mut opening)?;
        opening.finish()?;
        Ok(state)
    }

    /// What one made at this position must say of itself. `None`: no group of events ends there.
    fn origin(&self, part: Part, pos: u64, reader: &Reader) -> Result<Option<Origin>, Unusable> {
        let (edition, log_id) = (edition()?, self.log_id.clone());
        let chain = reader.chain_hash_at(pos)?;
        Ok(chain.map(|chain| Origin { part, edition, log_id, pos, chain }))
    }

    /// Writes one part under a temporary name.
    fn write(&self, state: &impl BorshSerialize, origin: &Origin, stop: &dyn Fn() -> bool) -> io::Result<()> {
        fs::create_dir_all(&self.dir)?;
        let unfinished = self.path(origin.part, origin.pos).with_added_extension(UNFINISHED);
        let written = file::Sealing::create(&unfinished, self.cipher.clone(), stop).and_then(|mut sealing| {
            origin.serialize(&mut sealing)?;
            state.serialize(&mut sealing)?;
            sealing.finish()
        });
        written.inspect_err(|_| drop(fs::remove_file(&unfinished)))
    }

    /// All is written: it becomes a snapshot, and the oldest goes. The views last, by which one is found.
    fn publish(&self, pos: u64) -> io::Result<()> {
        self.finish(Part::World, pos)?;
        self.finish(Part::Copies, pos)?;
        self.finish(Part::Views, pos)?;
        fs::File::open(&self.dir)?.sync_all()?;
        self.tidy();
        Ok(())
    }

    /// What was written gets its name.
    fn finish(&self, part: Part, pos: u64) -> io::Result<()> {
        let path = self.path(part, pos);
        fs::rename(path.with_added_extension(UNFINISHED), path)
    }

    /// Removes all but the newest, and what was never finished.
    fn tidy(&self) {
        self.keep_only(self.positions().into_iter().take(KEPT));
    }

    /// Removes all files but those of some positions.
    fn keep_only(&self, positions: impl Iterator<Item = u64>) {
        let kept: Vec<_> = positions.flat_map(|pos| self.paths(pos)).collect();
        for entry in fs::read_dir(&self.dir).into_iter().flatten().flatten() {
            if !kept.contains(&entry.path()) {
                let _ = fs::remove_file(entry.path());
            }
        }
    }

    fn remove(&self, pos: u64) {
        for path in self.paths(pos) {
            let _ = fs::remove_file(path);
        }
    }

    /// Bytes of the newest one.
    fn size(&self) -> u64 {
        let newest = self.positions().first().map(|pos| self.paths(*pos));
        newest.into_iter().flatten().filter_map(|path| fs::metadata(path).ok()).map(|file| file.len()).sum()
    }

    fn path(&self, part: Part, pos: u64) -> PathBuf {
        self.dir.join(format!("{pos:020}.{}", part.extension()))
    }

    fn paths(&self, pos: u64) -> [PathBuf; 3] {
        Part::ALL.map(|part| self.path(part, pos))
    }
}

/// This very program, by what it is made of: a snapshot of any other is of no use.
fn edition() -> io::Result<[u8; 32]> {
    static EDITION: OnceLock<[u8; 32]> = OnceLock::new();
    if let Some(known) = EDITION.get() {
        return Ok(*known);
    }
    // The file that runs, also where another one has taken its place since.
    let running = if cfg!(target_os = "linux") { PathBuf::from("/proc/self/exe") } else { std::env::current_exe()? };
    let mut hasher = blake3::Hasher::new();
    hasher.update_reader(fs::File::open(running)?)?;
    Ok(*EDITION.get_or_init(|| hasher.finalize().into()))
}
