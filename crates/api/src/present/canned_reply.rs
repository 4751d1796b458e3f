//! Canned replies as the API shows them.

use domain::replies::canned::Entry;
use domain::replies::scope::Scope;
use domain::variables::{self, Values};

use crate::dto::canned_reply::*;

pub(crate) fn scope(of: Scope) -> ReplyScope {
    let plain = |r#type| ReplyScope { r#type, team_id: None, brand_id: None };
    match of {
        Scope::Personal { .. } => plain(ScopeType::Personal),
        Scope::Team { team_id } => ReplyScope { team_id: Some(team_id.into()), ..plain(ScopeType::Team) },
        Scope::Brand { brand_id } => ReplyScope { brand_id: Some(brand_id.into()), ..plain(ScopeType::Brand) },
        Scope::Workspace => plain(ScopeType::Workspace),
    }
}

pub(crate) fn canned_reply(entry: &Entry) -> CannedReply {
    let reply = &entry.reply;
    CannedReply {
        id: entry.id.into(),
        version: entry.version.into(),
        scope: scope(reply.scope),
        shortcut: reply.shortcut.clone(),
        title: reply.title.clone(),
        text: reply.text.clone(),
        variables: variables::named(&reply.text),
        locale: reply.locale.clone(),
        interactive: reply.interactive.clone(),
        uses: entry.uses.into(),
        last_used_at: entry.last_used_at.map(Into::into),
        created_at: entry.created_at.into(),
        updated_at: entry.updated_at.into(),
    }
}

/// One filled in.
pub(crate) fn suggestion(entry: &Entry, values: &dyn Values) -> CannedReplySuggestion {
    let (content, missing) = variables::render_content(&entry.reply.content(), values);
    CannedReplySuggestion {
        canned_reply: canned_reply(entry),
        text: variables::render(&entry.reply.text, values).text,
        content: serde_json::to_value(&content).unwrap_or_default(),
        missing,
    }
}
