//! Where an index's files lie. Whoever provides the [`Shelf`] decides on disk or memory and on sealing; here it becomes the
//! directory that tantivy writes to.

use std::io::{self, BufWriter, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, PoisonError};

use tantivy::HasLen;
use tantivy::directory::error::{DeleteError, LockError, OpenReadError, OpenWriteError};
use tantivy::directory::{
    AntiCallToken, Directory, DirectoryLock, FileHandle, Lock, OwnedBytes, TerminatingWrite, WatchCallback,
    WatchHandle, WritePtr,
};

/// Named files that are written once, in whole, and read in parts. A cache: it need not outlive the machine, but what it
/// gives back must be what was put there, or an error.
pub trait Shelf: std::fmt::Debug + Send + Sync + 'static {
    /// Begins a file. It is there once it was [finished](Growing::finish).
    fn begin(&self, name: &str) -> io::Result<Box<dyn Growing>>;
    /// Puts a small file, in place of what was there.
    fn put(&self, name: &str, bytes: &[u8]) -> io::Result<()>;
    /// `NotFound` where there is none.
    fn open(&self, name: &str) -> io::Result<Arc<dyn Opened>>;
    /// `NotFound` where there is none.
    fn remove(&self, name: &str) -> io::Result<()>;
    fn exists(&self, name: &str) -> io::Result<bool>;
    /// Takes everything away.
    fn clear(&self) -> io::Result<()>;
}

/// A file being written.
pub trait Growing: Send + Sync {
    fn append(&mut self, bytes: &[u8]) -> io::Result<()>;
    fn finish(&mut self) -> io::Result<()>;
}

/// A file that is read, also after it was removed.
pub trait Opened: std::fmt::Debug + Send + Sync {
    fn length(&self) -> usize;
    /// What was read may be kept and given again.
    fn read(&self, range: Range<usize>) -> io::Result<Arc<[u8]>>;
}

/// A shelf as tantivy sees it.
#[derive(Debug, Clone)]
pub(super) struct OnShelf {
    shelf: Arc<dyn Shelf>,
    turn: Arc<Turn>,
}

/// Whose turn it is. What opens the files of the newest list of segments and what removes those that are in none wait for each
/// other: a merge that ends takes away what another thread has just read the names of.
#[derive(Debug, Default)]
struct Turn {
    taken: Mutex<bool>,
    given_back: Condvar,
}

/// Gives the turn back.
struct Taken(Arc<Turn>);

#[derive(Debug)]
struct Handle(Arc<dyn Opened>);

struct Appending(Box<dyn Growing>);

fn name(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

impl HasLen for Handle {
    fn len(&self) -> usize {
        self.0.length()
    }
}

impl FileHandle for Handle {
    fn read_bytes(&self, range: Range<usize>) -> io::Result<OwnedBytes> {
        self.0.read(range).map(OwnedBytes::new)
    }
}

impl Write for Appending {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.append(bytes)?;
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl TerminatingWrite for Appending {
    fn terminate_ref(&mut self, _: AntiCallToken) -> io::Result<()> {
        self.0.finish()
    }
}

impl Turn {
    fn take(self: &Arc<Self>) -> Taken {
        let taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let free = self.given_back.wait_while(taken, |taken| *taken);
        *free.unwrap_or_else(PoisonError::into_inner) = true;
        Taken(self.clone())
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        *self.0.taken.lock().unwrap_or_else(PoisonError::into_inner) = false;
        self.0.given_back.notify_one();
    }
}

impl OnShelf {
    pub(super) fn new(shelf: Arc<dyn Shelf>) -> Self {
        Self { shelf, turn: Arc::default() }
    }

    fn open(&self, path: &Path) -> Result<Arc<dyn Opened>, OpenReadError> {
        self.shelf.open(&name(path)).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => OpenReadError::FileDoesNotExist(path.to_owned()),
            _ => OpenReadError::wrap_io_error(error, path.to_owned()),
        })
    }
}

impl Directory for OnShelf {
    fn get_file_handle(&self, path: &Path) -> Result<Arc<dyn FileHandle>, OpenReadError> {
        Ok(Arc::new(Handle(self.open(path)?)))
    }

    fn delete(&self, path: &Path) -> Result<(), DeleteError> {
        self.shelf.remove(&name(path)).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => DeleteError::FileDoesNotExist(path.to_owned()),
            _ => DeleteError::IoError { io_error: Arc::new(error), filepath: path.to_owned() },
        })
    }

    fn exists(&self, path: &Path) -> Result<bool, OpenReadError> {
        self.shelf.exists(&name(path)).map_err(|error| OpenReadError::wrap_io_error(error, path.to_owned()))
    }

    fn open_write(&self, path: &Path) -> Result<WritePtr, OpenWriteError> {
        let failed = |error| OpenWriteError::wrap_io_error(error, PathBuf::from(path));
        if self.shelf.exists(&name(path)).map_err(failed)? {
            return Err(OpenWriteError::FileAlreadyExists(path.to_owned()));
        }
        let growing = self.shelf.begin(&name(path)).map_err(failed)?;
        Ok(BufWriter::new(Box::new(Appending(growing))))
    }

    fn atomic_read(&self, path: &Path) -> Result<Vec<u8>, OpenReadError> {
        let opened = self.open(path)?;
        let read = opened.read(0..opened.length());
        read.map(|bytes| bytes.to_vec()).map_err(|error| OpenReadError::wrap_io_error(error, path.to_owned()))
    }

    fn atomic_write(&self, path: &Path, data: &[u8]) -> io::Result<()> {
        self.shelf.put(&name(path), data)
    }

    /// A cache need not be durable: what a power cut leaves of it is found out when it is opened.
    fn sync_directory(&self) -> io::Result<()> {
        Ok(())
    }

    /// The log has one owner at a time, and so has what is derived from it: who waits for a lock waits for another thread of
    /// this one.
    fn acquire_lock(&self, lock: &Lock) -> Result<DirectoryLock, LockError> {
        Ok(if lock.is_blocking {
            DirectoryLock::from(Box::new(self.turn.take()))
        } else {
            DirectoryLock::from(Box::new(()))
        })
    }

    fn watch(&self, _: WatchCallback) -> tantivy::Result<WatchHandle> {
        Ok(WatchHandle::empty())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};

    use tantivy::directory::META_LOCK;

    use super::super::tests::Memory;
    use super::*;

    #[test]
    fn who_reads_the_list_of_segments_and_who_removes_files_take_turns() {
        let directory = OnShelf::new(Arc::new(Memory::default()));
        let taken = directory.acquire_lock(&META_LOCK).unwrap();
        let gone = Arc::new(AtomicBool::new(false));
        let other = std::thread::spawn({
            let (directory, gone) = (directory.clone(), gone.clone());
            move || {
                let _taken = directory.acquire_lock(&META_LOCK).unwrap();
                assert!(gone.load(Ordering::SeqCst), "not before it is given back");
            }
        });
        std::thread::yield_now();
        gone.store(true, Ordering::SeqCst);
        drop(taken);
        other.join().unwrap();
    }
}
