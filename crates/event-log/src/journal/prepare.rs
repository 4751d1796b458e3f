//! The next segment, made ready beside the road: a thread writes a file full of zeros and syncs it, so that
//! an append into it changes no metadata and its `fdatasync` is one write. The journal renames it when its
//! turn comes. Unwritten (merely allocated) space would not do: turning it into written space is metadata.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;

use crate::disk::Disk;

static ZEROS: [u8; 1 << 16] = [0; 1 << 16];

/// Name of the file that waits for its turn.
pub(crate) const NEXT: &str = "next";

/// Owns the thread; dropping waits for it.
pub(crate) struct Preparer {
    requests: Option<Sender<u64>>,
    results: Receiver<io::Result<u64>>,
    /// A request is out and its result not yet taken.
    pending: bool,
    thread: Option<JoinHandle<()>>,
    disk: Arc<dyn Disk>,
    path: PathBuf,
}

impl Preparer {
    pub(crate) fn start(disk: Arc<dyn Disk>, journal: &Path) -> io::Result<Preparer> {
        let path = journal.join(NEXT);
        let (requests, inbox) = channel::<u64>();
        let (outbox, results) = channel();
        let thread = std::thread::Builder::new().name("log-prepare".to_owned()).spawn({
            let (disk, path) = (Arc::clone(&disk), path.clone());
            move || {
                while let Ok(bytes) = inbox.recv() {
                    let result = zeroed(&*disk, &path, bytes).map(|()| bytes);
                    if outbox.send(result).is_err() {
                        return;
                    }
                }
            }
        })?;
        Ok(Preparer { requests: Some(requests), results, pending: false, thread: Some(thread), disk, path })
    }

    /// Asks for a segment of `bytes` to be made ready.
    pub(crate) fn request(&mut self, bytes: u64) {
        if !self.pending
            && let Some(requests) = &self.requests
        {
            self.pending = requests.send(bytes).is_ok();
        }
    }

    /// Waits for a segment of at least `bytes`, or makes one here. The file is at [`Preparer::path`].
    pub(crate) fn take(&mut self, bytes: u64) -> io::Result<()> {
        if self.pending {
            self.pending = false;
            match self.results.recv() {
                Ok(Ok(ready)) if ready >= bytes => return Ok(()),
                // Too small, failed (perhaps there is space again), or the thread is gone: made here.
                Ok(Ok(_) | Err(_)) | Err(_) => {}
            }
        }
        zeroed(&*self.disk, &self.path, bytes)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Preparer {
    fn drop(&mut self) {
        self.requests = None;
        if let Some(thread) = self.thread.take() {
            // A panic there has been reported by the panic hook; there is nobody to hand it to.
            let _ = thread.join();
        }
    }
}

fn zeroed(disk: &dyn Disk, path: &Path, bytes: u64) -> io::Result<()> {
    match std::fs::remove_file(path) {
        Ok(()) => {}
        Err(e) if e.kind() == io::ErrorKind::NotFound => {}
        Err(e) => return Err(e),
    }
    let file = disk.open(path, true)?;
    let mut at = 0;
    while at < bytes {
        let n = (bytes - at).min(ZEROS.len() as u64) as usize;
        if let Err(e) = file.write_at(&ZEROS[..n], at) {
            // A half-made file would hold on to the space that somebody needs.
            let _ = std::fs::remove_file(path);
            return Err(e);
        }
        at += n as u64;
    }
    file.sync()
}
