//! `groups[]`: a group was made, changed or left.

use domain::inbound::InboundFact;

use super::item::{Object, text, time_of};
use super::{Read, Scope};

/// Reads one change of a group, which is kept verbatim.
pub(super) fn read(scope: &Scope<'_>, item: Object) -> Read {
    let group_id = text(&item, "group_id").ok_or("the group has no id")?;
    let event = text(&item, "type").unwrap_or_else(|| scope.field.clone());
    let at = time_of(&item, "timestamp", scope.made);
    Ok(InboundFact::Group { group_id, event, at, body: item.into() })
}
