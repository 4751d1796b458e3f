//! How the program ends: a sentence for the person at the terminal and a code (of sysexits.h) for the script around it.

use std::fmt;
use std::process::ExitCode;

use event_log::OpenError;

/// Why the program stops early.
#[derive(Debug)]
pub(crate) struct Exit {
    code: u8,
    message: String,
}

/// The data is damaged and nothing was changed.
const DATA: u8 = 65;
/// Something needed is not there.
const UNAVAILABLE: u8 = 69;
/// Our own fault.
const SOFTWARE: u8 = 70;
/// Reading or writing failed.
const IO: u8 = 74;
/// Somebody else is using it; try later.
const TEMPORARY: u8 = 75;
/// Not let in.
const NO_PERMISSION: u8 = 77;
/// The configuration is wrong.
const CONFIG: u8 = 78;

impl Exit {
    pub(crate) fn config(message: impl fmt::Display) -> Self {
        Self { code: CONFIG, message: message.to_string() }
    }
    pub(crate) fn io(message: impl fmt::Display) -> Self {
        Self { code: IO, message: message.to_string() }
    }
    pub(crate) fn unavailable(message: impl fmt::Display) -> Self {
        Self { code: UNAVAILABLE, message: message.to_string() }
    }
    pub(crate) fn data(message: impl fmt::Display) -> Self {
        Self { code: DATA, message: message.to_string() }
    }
    pub(crate) fn denied(message: impl fmt::Display) -> Self {
        Self { code: NO_PERMISSION, message: message.to_string() }
    }
    pub(crate) fn temporary(message: impl fmt::Display) -> Self {
        Self { code: TEMPORARY, message: message.to_string() }
    }
    pub(crate) fn software(message: impl fmt::Display) -> Self {
        Self { code: SOFTWARE, message: message.to_string() }
    }
}

impl From<OpenError> for Exit {
    fn from(error: OpenError) -> Self {
        let code = match &error {
            OpenError::Locked(_) => TEMPORARY,
            OpenError::Damaged { .. } | OpenError::RolledBack { .. } | OpenError::BadCheckpoint { .. } => DATA,
            OpenError::WrongMasterKey | OpenError::KeysMissing(_) | OpenError::NewerFormat { .. } => CONFIG,
            OpenError::Store(_) | OpenError::Io { .. } => IO,
        };
        Self { code, message: error.to_string() }
    }
}

impl From<app::OpenFailure> for Exit {
    fn from(failure: app::OpenFailure) -> Self {
        match failure {
            app::OpenFailure::Log(error) => error.into(),
            // A newer version wrote this log.
            app::OpenFailure::Unreadable(error) => Self::config(error),
            error @ app::OpenFailure::Io { .. } => Self::io(error),
        }
    }
}

/// Says why, and gives the code.
pub(crate) fn report(result: Result<(), Exit>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(exit) => {
            #[expect(clippy::print_stderr, reason = "this is for the person at the terminal")]
            {
                eprintln!("frontdesk: {}", exit.message);
            }
            ExitCode::from(exit.code)
        }
    }
}
