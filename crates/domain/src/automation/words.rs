//! What variables in the texts of actions stand for. Names of people are not in the world: they are looked up in the log, where a
//! text asks for one.

use crate::access::Roster;
use crate::contact::attributes::AttributeValue;
use crate::content::Content;
use crate::conversation::Conversation;
use crate::ids::ConversationId;
use crate::step::Step;
use crate::variables::{Known, Values, Variable, render, render_content};

use super::act::Origin;

/// A content with its variables filled in.
pub(crate) fn filled_content(step: &mut Step<'_>, id: ConversationId, origin: Origin, content: &Content) -> Content {
    let said = |words: &Words<'_, '_>| render_content(content, words).0;
    with(step, id, origin, said).unwrap_or_else(|| content.clone())
}

/// A text with its variables filled in.
pub(crate) fn filled(step: &mut Step<'_>, id: ConversationId, origin: Origin, text: &str) -> String {
    with(step, id, origin, |words| render(text, words).text).unwrap_or_else(|| text.to_owned())
}

/// A content with its variables filled in, and those that nothing is known for.
pub(crate) fn content_and_missing(
    step: &mut Step<'_>,
    id: ConversationId,
    origin: Origin,
    content: &Content,
) -> (Content, Vec<String>) {
    let said = |words: &Words<'_, '_>| render_content(content, words);
    with(step, id, origin, said).unwrap_or_else(|| (content.clone(), Vec::new()))
}

fn with<T>(
    step: &mut Step<'_>,
    id: ConversationId,
    origin: Origin,
    say: impl FnOnce(&Words<'_, '_>) -> T,
) -> Option<T> {
    let (step, conversation) = step.view(id)?;
    Some(say(&Words { step, conversation, origin }))
}

struct Words<'a, 's> {
    step: &'a Step<'s>,
    conversation: &'a Conversation,
    origin: Origin,
}

impl Values for Words<'_, '_> {
    fn value(&self, variable: &Variable) -> Option<String> {
        let (step, conversation) = (self.step, self.conversation);
        let world = &step.world;
        let known = match variable {
            Variable::ContactName | Variable::ContactFirstName => {
                Known { contact_name: step.contact_name(conversation.contact_id), ..Known::default() }
            }
            Variable::ContactAttribute(key) => {
                let value: Option<AttributeValue> = world.attribute(conversation.contact_id, key).cloned();
                let attributes = value.map(|value| (key.clone(), value)).into_iter().collect();
                Known { attributes, ..Known::default() }
            }
            Variable::AgentName | Variable::AgentFirstName => {
                let user = match self.origin {
                    Origin::Macro { user_id, .. } => Some(user_id),
                    Origin::Rule(_) | Origin::Question { .. } => conversation.assignee_id,
                };
                Known { agent_name: user.and_then(|user| step.archive.user_name(user)), ..Known::default() }
            }
            Variable::TeamName => Known { team_name: team_name(&world.roster, conversation), ..Known::default() },
            Variable::BrandName => {
                Known { brand_name: world.brands.get(&conversation.brand_id).cloned(), ..Known::default() }
            }
            Variable::ChannelName => {
                let channel = world.channels.get(&conversation.channel_id);
                Known { channel_name: channel.map(|channel| channel.config.name.clone()), ..Known::default() }
            }
            Variable::ConversationNumber => {
                Known { conversation_number: Some(conversation.number), ..Known::default() }
            }
        };
        known.value(variable)
    }
}

fn team_name(roster: &Roster, conversation: &Conversation) -> Option<String> {
    conversation.team_id.and_then(|team| roster.team(team)).map(|team| team.name.clone())
}
