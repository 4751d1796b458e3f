//! Reading the log back into views, from its beginning or from where a replica stands.

use std::ops::ControlFlow;

use event_log::Reader;
use projections::Views;

use crate::codec::{Unreadable, decode};

/// Applies what comes after the views' position, up to and including `pos`.
pub(super) fn advance(reader: &Reader, mut views: Views, pos: u64) -> Result<Views, Unreadable> {
    if views.position() >= pos {
        return Ok(views);
    }
    let mut failed = None;
    reader.replay(views.position(), &mut |stored| {
        match decode(&stored) {
            Ok(recorded) => views.apply(&recorded),
            Err(error) => failed = Some(error),
        }
        if failed.is_some() || stored.pos >= pos { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    })?;
    failed.map_or(Ok(views), Err)
}
