//! What an operator does with a log besides running it: verify, export, import, salvage, count, back up and
//! restore. Library functions; the command line is elsewhere. All of them take damaged input without panicking
//! and say file and offset. `verify`, `salvage`, `scan` and `backup` read files only and need no key; a running log may
//! be given to them.

use std::io;
use std::path::{Path, PathBuf};

use crate::error::{AppendError, OpenError, ReadError};

pub mod backup;
pub mod export;
pub mod import;
pub mod restore;
pub mod salvage;
pub mod scan;
pub mod stats;
pub mod verify;
mod walk;

/// Why an operation did not finish.
#[derive(Debug, thiserror::Error)]
pub enum OpsError {
    #[error("{path}: {source}", path = path.display())]
    Io { path: PathBuf, source: io::Error },
    #[error("output: {0}")]
    Output(io::Error),
    #[error("input line {line}: {what}")]
    Input { line: usize, what: String },
    #[error("{path} is not empty", path = .0.display())]
    NotEmpty(PathBuf),
    #[error("{file} is damaged at byte {offset}: {what}", file = file.display())]
    Damaged { file: PathBuf, offset: u64, what: String },
    #[error("the backup does not match its manifest: {0}")]
    Manifest(String),
    #[error(transparent)]
    Open(#[from] OpenError),
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error(transparent)]
    Append(#[from] AppendError),
}

fn io_at(path: &Path) -> impl Fn(io::Error) -> OpsError + use<> {
    let path = path.to_owned();
    move |source| OpsError::Io { path: path.clone(), source }
}

/// A directory to write into: made if it is not there, refused if something is in it.
fn empty_dir(path: &Path) -> Result<(), OpsError> {
    std::fs::create_dir_all(path).map_err(io_at(path))?;
    match std::fs::read_dir(path).map_err(io_at(path))?.next() {
        None => Ok(()),
        Some(_) => Err(OpsError::NotEmpty(path.to_owned())),
    }
}
