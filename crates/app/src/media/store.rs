//! Files on disk: `ab/cdef…`, named by a keyed hash and encrypted chunk by chunk, so that neither a name nor a byte says
//! anything without the key, and a file of any size passes through a few chunks of memory. A file appears under its name
//! only whole and synced; what was begun and not finished lies in `incoming/` and goes at the next start.
//!
//! The hash covers the file's id too: no two ids share a file, so removing one never takes another's bytes.

use std::fs::{self, File};
use std::io::{self, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use domain::event::SealKey;
use domain::event::media::StoredFile;
use domain::ids::MediaId;
use event_log::{ContentId, KeyId, MediaError, MediaSealer, Reader};
use futures_util::stream::{self, BoxStream};
use sha2::{Digest, Sha256};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

/// Bytes handed on at a time.
const PIECE: usize = 64 << 10;
/// Pieces under way between a reader and a writer at most.
const PIECES_MAX: usize = 4;
/// First bytes by which a type is told.
const HEAD: usize = 8 << 10;
/// Where unfinished files lie.
const INCOMING: &str = "incoming";

/// A file was not stored or cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("larger than {max} bytes")]
    TooLarge { max: u64 },
    #[error("the file ended before it was whole")]
    Unfinished,
    #[error("sealed: {0}")]
    Seal(String),
    #[error(transparent)]
    Io(#[from] io::Error),
}

impl From<MediaError> for StoreError {
    fn from(error: MediaError) -> Self {
        match error {
            MediaError::Io(error) => match error.get_ref().and_then(|inner| inner.downcast_ref::<Cut>()) {
                Some(Cut::TooLarge(max)) => Self::TooLarge { max: *max },
                Some(Cut::Unfinished) => Self::Unfinished,
                Some(Cut::Enough) | None => Self::Io(error),
            },
            MediaError::Seal(error) => Self::Seal(error.to_string()),
        }
    }
}

/// Why a stream of bytes stops early.
#[derive(Debug, thiserror::Error)]
enum Cut {
    #[error("too large")]
    TooLarge(u64),
    #[error("unfinished")]
    Unfinished,
    #[error("nobody wants the rest")]
    Enough,
}

/// The files under one directory.
#[derive(Clone)]
pub struct Store {
    dir: PathBuf,
    keys: Reader,
}

/// A file that lies in the store.
#[derive(Debug, Clone, PartialEq)]
pub struct Landed {
    pub file: StoredFile,
    pub sha256: [u8; 32],
}

impl Store {
    pub(crate) fn new(dir: PathBuf, keys: Reader) -> Self {
        Self { dir, keys }
    }

    /// Removes what earlier processes began and did not finish.
    pub(crate) fn clear_incoming(&self) -> io::Result<()> {
        let dir = self.dir.join(INCOMING);
        match fs::remove_dir_all(&dir) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        fs::create_dir_all(&dir)
    }

    /// Begins a file of at most `size_max` bytes. The type is told by its first bytes; `declared` counts only where they
    /// bear it out or cannot contradict it.
    pub(crate) fn begin(&self, id: MediaId, seal: SealKey, size_max: u64, declared: Option<String>) -> Incoming {
        let (pieces, input) = mpsc::channel(PIECES_MAX);
        let store = self.clone();
        let task = tokio::task::spawn_blocking(move || store.take_in(id, seal, size_max, declared.as_deref(), input));
        Incoming { pieces: Some(pieces), task }
    }

    fn take_in(
        &self,
        id: MediaId,
        seal: SealKey,
        size_max: u64,
        declared: Option<&str>,
        pieces: mpsc::Receiver<Piece>,
    ) -> Result<Landed, StoreError> {
        let sealer = self.sealer(seal)?;
        let mut content_id = sealer.content_id();
        content_id.update(id.to_string().as_bytes());
        let mut input = Input {
            pieces,
            piece: Vec::new(),
            at: 0,
            total: 0,
            size_max,
            content_id,
            sha256: Sha256::new(),
            head: Vec::new(),
            ended: false,
        };
        let incoming = self.dir.join(INCOMING);
        fs::create_dir_all(&incoming)?;
        let temporary = Temporary(incoming.join(id.to_string()));
        let file = File::create(&temporary.0)?;
        let mut output = BufWriter::with_capacity(2 * PIECE, file);
        let size = sealer.seal(&mut input, &mut output)?;
        let file = output.into_inner().map_err(|error| error.into_error())?;
        file.sync_all()?;
        let content_id = input.content_id.finish();
        let path = self.path(&content_id).ok_or(StoreError::Unfinished)?;
        let folder = path.parent().unwrap_or(&self.dir);
        fs::create_dir_all(folder)?;
        fs::rename(&temporary.0, &path)?;
        // A name is on disk once its directory is.
        File::open(folder)?.sync_all()?;
        File::open(&self.dir)?.sync_all()?;
        let mime = judged_type(&input.head, declared);
        let sha256 = input.sha256.finalize().into();
        Ok(Landed { file: StoredFile { content_id, seal, size, mime }, sha256 })
    }

    /// Reads `length` bytes from `start` on (less where the file ends before). What cannot be proven is never handed out.
    pub fn read(&self, file: &StoredFile, start: u64, length: u64) -> Result<Pieces, StoreError> {
        let sealer = self.sealer(file.seal)?;
        let path = self.path(&file.content_id).ok_or(StoreError::Unfinished)?;
        let mut sealed = File::open(path)?;
        let (output, pieces) = mpsc::channel(PIECES_MAX);
        tokio::task::spawn_blocking(move || {
            let mut window = Window(output.clone());
            let opened = match sealer.open_range(&mut sealed, start, length, &mut window) {
                Err(MediaError::Io(error)) if matches!(cut(&error), Some(Cut::Enough)) => Ok(0),
                Err(MediaError::Io(error)) => Err(error),
                Err(MediaError::Seal(error)) => Err(io::Error::new(io::ErrorKind::InvalidData, error)),
                Ok(count) => Ok(count),
            };
            if let Err(error) = opened {
                // Who asked sees a cut; whether there was still somebody does not matter.
                let _ = output.blocking_send(Err(error));
            }
        });
        Ok(Pieces(pieces))
    }

    /// The names of all files that are whole.
    pub(crate) fn list(&self) -> io::Result<Vec<String>> {
        let mut found = Vec::new();
        for folder in entries(&self.dir)? {
            for file in entries(&folder)? {
                let name = |path: &Path| path.file_name().and_then(|name| name.to_str()).map(str::to_owned);
                let content_id = name(&folder).zip(name(&file)).map(|(start, rest)| start + &rest);
                found.extend(content_id.filter(|id| self.path(id).is_some()));
            }
        }
        Ok(found)
    }

    /// Whether the file is there.
    pub(crate) fn has(&self, content_id: &str) -> bool {
        self.path(content_id).is_some_and(|path| path.is_file())
    }

    /// Removes a file. One that is not there is removed.
    pub(crate) fn remove(&self, content_id: &str) -> io::Result<()> {
        let Some(path) = self.path(content_id) else { return Ok(()) };
        match fs::remove_file(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            removed => removed?,
        }
        path.parent().map_or(Ok(()), |folder| File::open(folder)?.sync_all())
    }

    /// `None` for a name that is not one of ours.
    fn path(&self, content_id: &str) -> Option<PathBuf> {
        let hex = content_id.len() == 64 && content_id.bytes().all(|byte| byte.is_ascii_hexdigit());
        hex.then(|| self.dir.join(&content_id[..2]).join(&content_id[2..]))
    }

    fn sealer(&self, seal: SealKey) -> Result<MediaSealer, StoreError> {
        self.keys.media_sealer(KeyId(u64::from(seal.0))).map_err(|error| StoreError::Seal(error.to_string()))
    }
}

/// What lies in a directory; nothing in what is none.
fn entries(dir: &Path) -> io::Result<Vec<PathBuf>> {
    match fs::read_dir(dir) {
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => Ok(Vec::new()),
        read => read?.map(|entry| Ok(entry?.path())).collect(),
    }
}

fn cut(error: &io::Error) -> Option<&Cut> {
    error.get_ref().and_then(|inner| inner.downcast_ref::<Cut>())
}

enum Piece {
    Bytes(Vec<u8>),
    End,
}

/// A file on its way in. Dropped before [`Incoming::finish`], it leaves nothing behind.
pub(crate) struct Incoming {
    pieces: Option<mpsc::Sender<Piece>>,
    task: JoinHandle<Result<Landed, StoreError>>,
}

impl Incoming {
    /// Adds bytes. `false`: the file is refused, [`Self::finish`] says why.
    pub(crate) async fn write(&mut self, bytes: Vec<u8>) -> bool {
        match &self.pieces {
            Some(pieces) => pieces.send(Piece::Bytes(bytes)).await.is_ok(),
            None => false,
        }
    }

    /// That was all: the file lies in the store when this returns.
    pub(crate) async fn finish(mut self) -> Result<Landed, StoreError> {
        if let Some(pieces) = self.pieces.take() {
            // Refused already where nobody takes it.
            let _ = pieces.send(Piece::End).await;
        }
        self.task.await.map_err(|_| StoreError::Unfinished)?
    }

    /// Throws it away and waits until nothing is left of it.
    pub(crate) async fn abort(mut self) {
        self.pieces = None;
        let _ = self.task.await;
    }
}

/// The pieces as the sealer reads them, measured and hashed on the way.
struct Input {
    pieces: mpsc::Receiver<Piece>,
    piece: Vec<u8>,
    at: usize,
    total: u64,
    size_max: u64,
    content_id: ContentId,
    sha256: Sha256,
    head: Vec<u8>,
    ended: bool,
}

impl Read for Input {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        while self.at == self.piece.len() && !self.ended {
            match self.pieces.blocking_recv() {
                Some(Piece::Bytes(bytes)) => {
                    self.total += bytes.len() as u64;
                    if self.total > self.size_max {
                        return Err(io::Error::other(Cut::TooLarge(self.size_max)));
                    }
                    self.content_id.update(&bytes);
                    self.sha256.update(&bytes);
                    let wanted = (HEAD - self.head.len()).min(bytes.len());
                    self.head.extend_from_slice(&bytes[..wanted]);
                    (self.piece, self.at) = (bytes, 0);
                }
                Some(Piece::End) => self.ended = true,
                None => return Err(io::Error::other(Cut::Unfinished)),
            }
        }
        let count = out.len().min(self.piece.len() - self.at);
        out[..count].copy_from_slice(&self.piece[self.at..self.at + count]);
        self.at += count;
        Ok(count)
    }
}

/// Hands on what is opened, while somebody takes it.
struct Window(mpsc::Sender<io::Result<Vec<u8>>>);

impl Write for Window {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.blocking_send(Ok(bytes.to_vec())).map_err(|_| io::Error::other(Cut::Enough))?;
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A file, or a range of it, piece by piece.
#[derive(Debug)]
pub struct Pieces(mpsc::Receiver<io::Result<Vec<u8>>>);

impl Pieces {
    /// The next bytes; `None` at the end. After an error nothing comes.
    pub async fn next(&mut self) -> Option<io::Result<Vec<u8>>> {
        self.0.recv().await
    }

    pub fn into_stream(self) -> BoxStream<'static, io::Result<Vec<u8>>> {
        Box::pin(stream::unfold(self, |mut pieces| async { pieces.next().await.map(|piece| (piece, pieces)) }))
    }
}

/// Removes itself unless it was renamed.
struct Temporary(PathBuf);

impl Drop for Temporary {
    fn drop(&mut self) {
        remove_leftover(&self.0);
    }
}

fn remove_leftover(path: &Path) {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            tracing::warn!(path = %path.display(), %error, "an unfinished file stays until the next start");
        }
        _ => {}
    }
}

/// What a file is, by its first bytes. A declared type stands where the bytes say the same, or where its kind has no mark
/// in the bytes (plain text); a contradiction makes it just bytes, so that no browser runs what was sent as a picture.
fn judged_type(head: &[u8], declared: Option<&str>) -> String {
    const OCTETS: &str = "application/octet-stream";
    let declared = declared.map(|mime| mime.split(';').next().unwrap_or_default().trim().to_ascii_lowercase());
    let seen = infer::get(head).map(|kind| kind.mime_type());
    match (seen, declared.as_deref()) {
        // Pages and scripts are never called by their name.
        (Some(seen), _) if seen.starts_with("text/") => OCTETS.to_owned(),
        (Some(seen), None) => seen.to_owned(),
        (Some(seen), Some(declared)) if seen == declared || same_family(seen, declared) => declared.to_owned(),
        (None, Some("text/plain" | "text/csv")) if is_plain_text(head) => "text/plain".to_owned(),
        _ => OCTETS.to_owned(),
    }
}

/// Containers that carry several types, and types with more than one name.
fn same_family(seen: &str, declared: &str) -> bool {
    const FAMILIES: [&[&str]; 6] = [
        &["audio/ogg", "audio/opus", "application/ogg", "video/ogg"],
        &[
            "video/mp4",
            "audio/mp4",
            "audio/m4a",
            "audio/x-m4a",
            "audio/aac",
            "video/quicktime",
            "video/3gpp",
            "video/3gp",
        ],
        &["audio/mpeg", "audio/mp3"],
        &["image/jpeg", "image/jpg"],
        &["audio/amr", "audio/x-amr"],
        &[
            "application/zip",
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        ],
    ];
    FAMILIES.iter().any(|family| family.contains(&seen) && family.contains(&declared))
}

/// Text without markup: what a browser would take for a page is not plain.
fn is_plain_text(head: &[u8]) -> bool {
    let text = match std::str::from_utf8(head) {
        Ok(text) => text,
        // The head may end inside a character.
        Err(error) if error.error_len().is_none() => {
            std::str::from_utf8(&head[..error.valid_up_to()]).unwrap_or_default()
        }
        Err(_) => return false,
    };
    !text.contains('\0') && !text.trim_start().starts_with('<')
}
