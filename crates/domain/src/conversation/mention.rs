//! Naming colleagues in a note: `@[usr_…]` and `@[team_…]` in its text. A mention grants nothing: whoever is named must
//! see the conversation already, otherwise the note is refused.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::Conversation;
use crate::ids::*;
use crate::rejection::Rejection;
use crate::step::Step;

/// Different users and teams one note can name.
pub const MENTIONS_MAX: usize = 20;
/// People one note can tell, the members of the teams it names counted.
pub const MENTIONED_MAX: usize = 500;

/// Whom a note names.
#[derive(
    borsh::BorshSerialize,
    borsh::BorshDeserialize,
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case", tag = "type", content = "id")]
pub enum Mention {
    User(UserId),
    Team(TeamId),
}

/// A text's mentions and the people behind them.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Mentions {
    pub(super) mentions: Vec<Mention>,
    /// Everybody behind them who sees the conversation, the author aside; in order of their ids.
    pub(super) people: Vec<UserId>,
}

/// The mentions of a text, each once, in the order they stand there. What looks like one and holds no id is text.
pub fn mentions_in(body: &str) -> Vec<Mention> {
    let mut found = Vec::new();
    for rest in body.split("@[").skip(1) {
        let Some((inside, _)) = rest.split_once(']') else { continue };
        let user = inside.parse().map(Mention::User);
        let Ok(mention) = user.or_else(|_| inside.parse().map(Mention::Team)) else { continue };
        if !found.contains(&mention) {
            found.push(mention);
            // One more than allowed is enough to know.
            if found.len() > MENTIONS_MAX {
                break;
            }
        }
    }
    found
}

/// Finds the people a note's text names, or refuses it: everybody named must see the conversation, and of a team named
/// somebody must. Members who do not see it are not told. Absent and hidden people are refused with the same words.
pub(super) fn resolve(
    step: &mut Step<'_>,
    id: ConversationId,
    author: Option<UserId>,
    body: &str,
) -> Result<Mentions, Rejection> {
    let mentions = mentions_in(body);
    let too_many = |detail: String| Err(Rejection::Invalid { field: "body", detail });
    if mentions.len() > MENTIONS_MAX {
        return too_many(format!("names more than {MENTIONS_MAX} people and teams"));
    }
    let (step, conversation) = step.view(id).ok_or(Rejection::NotFound)?;
    let mut people = BTreeSet::new();
    let mut refused = Vec::new();
    for (index, mention) in mentions.iter().enumerate() {
        let seeing: Vec<UserId> = match mention {
            Mention::User(user) => vec![*user],
            Mention::Team(team) => {
                let team = step.world.roster.team(*team);
                team.map(|team| team.members.keys().copied().collect()).unwrap_or_default()
            }
        };
        let seeing: Vec<_> = seeing.into_iter().filter(|user| can_see(step, *user, conversation)).collect();
        if seeing.is_empty() {
            refused.push(index);
        }
        people.extend(seeing);
    }
    if !refused.is_empty() {
        return Err(Rejection::MentionNotPermitted { indexes: refused });
    }
    author.map(|author| people.remove(&author));
    if people.len() > MENTIONED_MAX {
        return too_many(format!("tells more than {MENTIONED_MAX} people"));
    }
    Ok(Mentions { mentions, people: people.into_iter().collect() })
}

/// Whether a user sees a conversation as things stand now.
pub(crate) fn can_see(step: &Step<'_>, user: UserId, conversation: &Conversation) -> bool {
    let principal = step.world.roster.principal(user);
    principal.is_some_and(|principal| principal.sees(&conversation.placement(user)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mentions_are_found_once_each_in_order_and_the_rest_is_text() {
        let (user, team) = (UserId::from_u128(1), TeamId::from_u128(2));
        let text = format!("@[{team}] look, @[{user}] and @[{user}] know; @[nobody] @[{user} x@[conv_1] [{user}]");
        assert_eq!(mentions_in(&text), [Mention::Team(team), Mention::User(user)]);
        assert_eq!(mentions_in("plain @ text @[ and @[] and mail@example.com"), []);
    }
}
