//! Where a message goes and what exactly it says, in the provider's words: the recipient as the provider last named them,
//! and a reaction with its target.

use domain::content::{Content, MessageKind};
use domain::identity::IdentityKind;
use projections::contact_card::ContactCard;
use serde_json::Value;

use crate::provider::Recipient;

/// The provider answers to the form it gave itself, so the newest one counts: a group's id, else a `wa_id` or number,
/// else the business-scoped user id. `None`: nothing is left to reach them by.
pub(super) fn recipient(card: &ContactCard) -> Option<Recipient> {
    let mut newest_number = None;
    for known in card.identities.iter().filter(|known| known.retired_at.is_none()) {
        let Some(value) = known.value.as_deref() else { continue };
        match known.kind {
            IdentityKind::Group => return Some(Recipient::Group(value.to_owned())),
            IdentityKind::WaId => newest_number = Some(value.to_owned()),
            IdentityKind::Phone => newest_number = Some(format!("+{}", value.trim_start_matches('+'))),
            IdentityKind::Bsuid | IdentityKind::ParentBsuid => {}
        }
    }
    newest_number
        .map(Recipient::Number)
        .or_else(|| card.identity(IdentityKind::Bsuid).map(|id| Recipient::User(id.to_owned())))
}

/// A reaction names its target inside; everything else quotes from outside. Returns what is quoted.
pub(super) fn name_target(content: &mut Content, target: Option<String>) -> Option<String> {
    if content.kind != MessageKind::Reaction {
        return target;
    }
    if let (Some(target), Value::Object(fields)) = (target, &mut content.body) {
        fields.insert("message_id".to_owned(), Value::String(target));
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_reaction_carries_its_target_inside() {
        let mut reaction =
            Content { kind: MessageKind::Reaction, body: json!({"emoji": "👍", "message_id": "msg_1"}) };
        assert_eq!(name_target(&mut reaction, Some("wamid.1".to_owned())), None);
        assert_eq!(reaction.body, json!({"emoji": "👍", "message_id": "wamid.1"}));
        let mut text = Content::text("yes");
        assert_eq!(name_target(&mut text, Some("wamid.1".to_owned())).as_deref(), Some("wamid.1"));
    }
}
