//! Reading the log back into views, from its beginning or from where a replica stands.

use event_log::Reader;
use projections::Views;

use crate::codec::Unreadable;
use crate::read_on::read_on;

/// Applies what comes after the views' position, up to and including `pos`.
pub(super) fn advance(reader: &Reader, mut views: Views, pos: u64) -> Result<Views, Unreadable> {
    read_on(reader, views.position(), pos, |recorded| views.apply(recorded))?;
    Ok(views)
}
