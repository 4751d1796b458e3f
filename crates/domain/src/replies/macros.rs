//! Macros: several actions that somebody does at once. Whoever runs one does each of them as if by hand: with their own rights, as
//! they are at that moment, and through the decisions that everything else goes through. So a macro can hold what its user may not
//! do, and still does not do it for them.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::scope::{self, Scope};
use crate::access::{Action, Decision, Principal, authorize_at};
use crate::automation::act::{Origin, Outcome, SkipReason, perform};
use crate::automation::action::AutomationAction;
use crate::automation::check::{ACTIONS_MAX, action_errors};
use crate::automation::words;
use crate::conversation::assign::{Assignment, settle};
use crate::conversation::reply::{self, Reply, refusal_word};
use crate::event::macros::*;
use crate::event::{Event, Recorded, StreamId};
use crate::ids::*;
use crate::outbound_content::FieldError;
use crate::rejection::Rejection;
use crate::step::Step;
use crate::time::Timestamp;
use crate::world::World;

/// All there can be, and of one person's own.
pub const MACROS_MAX: usize = 2_000;
pub const PERSONAL_MAX: usize = 100;
/// Characters of a name, and of what it is for, at most.
pub const NAME_MAX: usize = 100;
pub const DESCRIPTION_MAX: usize = 1_000;

/// What one does. Its id and version stand beside it.
#[derive(
    borsh::BorshSerialize,
    borsh::BorshDeserialize,
    Debug,
    Clone,
    PartialEq,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
)]
pub struct Macro {
    pub scope: Scope,
    pub name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Done in their order.
    pub actions: Vec<AutomationAction>,
}

/// One with its place in the log.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, PartialEq)]
pub struct Entry {
    pub id: MacroId,
    /// Events in its stream.
    pub version: u64,
    pub says: Arc<Macro>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    /// How often it was run.
    pub runs: u64,
    pub last_run_at: Option<Timestamp>,
}

/// All macros. Folded by decisions and by read models alike.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Default, PartialEq)]
pub struct Macros {
    by_id: BTreeMap<MacroId, Entry>,
    /// The scope of every one there ever was.
    scopes: BTreeMap<MacroId, Scope>,
}

impl Macros {
    pub fn get(&self, id: MacroId) -> Option<&Entry> {
        self.by_id.get(&id)
    }
    /// In the order of their ids.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Entry> {
        self.by_id.values()
    }
    /// The scope of one, also of one that was removed.
    pub fn scope_of(&self, id: MacroId) -> Option<Scope> {
        self.scopes.get(&id).copied()
    }

    /// Applies an event.
    pub fn apply(&mut self, recorded: &Recorded) {
        match &recorded.event {
            Event::MacroCreated(event) => {
                self.scopes.insert(event.macro_id, event.says.scope);
                let entry = Entry {
                    id: event.macro_id,
                    version: recorded.version,
                    says: Arc::new(event.says.clone()),
                    created_at: recorded.occurred_at,
                    updated_at: recorded.occurred_at,
                    runs: 0,
                    last_run_at: None,
                };
                self.by_id.insert(event.macro_id, entry);
            }
            Event::MacroChanged(event) => {
                if let Some(entry) = self.by_id.get_mut(&event.macro_id) {
                    self.scopes.insert(event.macro_id, event.says.scope);
                    entry.says = Arc::new(event.says.clone());
                    entry.version = recorded.version;
                    entry.updated_at = recorded.occurred_at;
                }
            }
            Event::MacroRemoved(event) => {
                self.by_id.remove(&event.macro_id);
            }
            Event::MacroRan(event) => {
                if let Some(entry) = self.by_id.get_mut(&event.macro_id) {
                    entry.runs += 1;
                    entry.last_run_at = Some(recorded.occurred_at);
                }
            }
            _ => {}
        }
    }
}

/// Creates one.
pub fn create(step: &mut Step<'_>, by: &Principal, says: Macro) -> Result<MacroId, Rejection> {
    let mut errors = scope::check(step.world, by, says.scope)?;
    errors.extend(self::errors(step.world, by, &says));
    Rejection::unless_clean(errors)?;
    let all = &step.world.macros;
    let own = all.iter().filter(|entry| entry.says.scope == says.scope).count();
    let personal = matches!(says.scope, Scope::Personal { .. });
    if all.iter().len() >= MACROS_MAX || personal && own >= PERSONAL_MAX {
        let most = if personal { PERSONAL_MAX } else { MACROS_MAX };
        return Err(Rejection::Invalid { field: "name", detail: format!("at most {most}") });
    }
    unique(step.world, None, &says)?;
    let macro_id: MacroId = step.mint.fresh();
    step.emit(StreamId::Macro(macro_id), MacroCreated { macro_id, says });
    Ok(macro_id)
}

/// Changes one.
pub fn change(step: &mut Step<'_>, by: &Principal, id: MacroId, says: Macro) -> Result<(), Rejection> {
    let known = seen(step.world, by, id)?.says.clone();
    scope::manages(&step.world.roster, by, known.scope)?;
    let mut errors = if says.scope == known.scope { Vec::new() } else { scope::check(step.world, by, says.scope)? };
    errors.extend(self::errors(step.world, by, &says));
    Rejection::unless_clean(errors)?;
    unique(step.world, Some(id), &says)?;
    if *known != says {
        step.emit(StreamId::Macro(id), MacroChanged { macro_id: id, says });
    }
    Ok(())
}

/// Removes one. What was done by it stays.
pub fn remove(step: &mut Step<'_>, by: &Principal, id: MacroId) -> Result<(), Rejection> {
    let scope = seen(step.world, by, id)?.says.scope;
    scope::manages(&step.world.roster, by, scope)?;
    step.emit(StreamId::Macro(id), MacroRemoved { macro_id: id });
    Ok(())
}

/// One that somebody knows of.
pub fn seen<'w>(world: &'w World, by: &Principal, id: MacroId) -> Result<&'w Entry, Rejection> {
    let entry = world.macros.get(id).ok_or(Rejection::NotFound)?;
    if scope::sees(&world.roster, by, entry.says.scope) { Ok(entry) } else { Err(Rejection::NotFound) }
}

/// Runs one in a conversation that the asker may read. Nothing is done where a message of it could not be sent, or the first
/// action is refused; a later one that is refused leaves those after it undone.
pub fn run(step: &mut Step<'_>, by: &Principal, id: MacroId, place: ConversationId) -> Result<(), Rejection> {
    let unknown = Rejection::UnknownReference { field: "macro_id" };
    let entry = seen(step.world, by, id).map_err(|_| unknown.clone())?;
    let (says, version) = (entry.says.clone(), entry.version);
    let brand = step.conversation(place).ok_or(Rejection::NotFound)?.brand_id;
    if !scope::serves(&step.world.roster, says.scope, brand) {
        return Err(unknown);
    }
    let origin = Origin::Macro { macro_id: id, version, user_id: by.user_id };
    Rejection::unless_clean(unsendable(step, place, &says, origin))?;
    let mut outcomes: Vec<Outcome> = Vec::new();
    let before = step.made();
    for action in &says.actions {
        let mut done = if may(step, by, place, action) {
            perform(step, place, std::slice::from_ref(action), origin)
        } else {
            vec![not_allowed(action)]
        };
        let stops = done.iter().any(is_refused);
        // What was done in part is told, not taken back.
        if stops && step.made() == before && outcomes.is_empty() {
            return Err(Rejection::Fields(vec![refused_action(&done)]));
        }
        outcomes.append(&mut done);
        if stops {
            break;
        }
    }
    let left = u32::try_from(says.actions.len() - outcomes.len()).unwrap_or(u32::MAX);
    let event = MacroRan { macro_id: id, version, conversation_id: place, outcomes, left };
    step.emit(StreamId::Conversation(place), event);
    Ok(())
}

/// Whether it did not happen, and is not so.
pub fn is_refused(outcome: &Outcome) -> bool {
    outcome.skipped.is_some_and(|reason| reason != SkipReason::AlreadySo)
}

fn not_allowed(action: &AutomationAction) -> Outcome {
    Outcome { action: action.kind(), skipped: Some(SkipReason::NotAllowed), message_id: None, then: Vec::new() }
}

/// Why the first action stops it all.
fn refused_action(done: &[Outcome]) -> FieldError {
    let reason = done.iter().find_map(|outcome| outcome.skipped);
    let word = reason.and_then(|reason| serde_json::to_value(reason).ok());
    let word = word.as_ref().and_then(serde_json::Value::as_str).unwrap_or("not_allowed").replace('_', " ");
    FieldError { pointer: "/actions/0".to_owned(), code: "refused", detail: word }
}

/// The messages of it that could not be sent now.
fn unsendable(step: &mut Step<'_>, place: ConversationId, says: &Macro, origin: Origin) -> Vec<FieldError> {
    let mut errors = Vec::new();
    for (index, action) in says.actions.iter().enumerate() {
        let AutomationAction::SendMessage { content } = action else { continue };
        let pointer = format!("/actions/{index}");
        let (content, missing) = words::content_and_missing(step, place, origin, content);
        if !missing.is_empty() {
            let detail = format!("nothing is known for {}", missing.join(", "));
            errors.push(FieldError { pointer: pointer.clone(), code: "missing_value", detail });
        }
        let message = Reply::by_itself(place, origin.sender(), content);
        if let Err(rejection) = reply::check(step, &message) {
            errors.push(FieldError { pointer, code: refusal_word(&rejection), detail: rejection.to_string() });
        }
    }
    errors
}

/// Whether somebody might do this by hand, as things stand.
fn may(step: &mut Step<'_>, by: &Principal, place: ConversationId, action: &AutomationAction) -> bool {
    use AutomationAction as A;
    let needs = match action {
        A::SendMessage { .. } | A::CallIntegration { .. } | A::HandOver { queue_id: None } => vec![Action::MessageSend],
        A::HandOver { queue_id: Some(_) } => vec![Action::MessageSend, Action::ConversationTransfer],
        A::AddTag { .. } | A::RemoveTag { .. } => vec![Action::ConversationTag],
        A::MoveToQueue { .. } => vec![Action::ConversationTransfer],
        A::AssignAgent { user_id } => {
            let wanted = Assignment { assignee_id: Some(*user_id), ..Assignment::default() };
            settle(step, by, place, wanted).map(|(action, _)| action).into_iter().collect()
        }
        A::SetPriority { .. } => vec![Action::ConversationPriority],
        A::SetStatus { .. } | A::Snooze { .. } | A::AskSatisfaction => vec![Action::ConversationStatus],
        A::AddNote { .. } | A::Notify { .. } => vec![Action::NoteAdd],
        // Refused when it is saved.
        A::Ask(_) | A::AnswerFromKnowledge(_) => Vec::new(),
    };
    let Some(conversation) = step.conversation(place) else { return false };
    let placement = conversation.placement(by.user_id);
    !needs.is_empty() && needs.iter().all(|action| authorize_at(by, *action, &placement) == Decision::Allow)
}

/// A name means one thing within its scope.
fn unique(world: &World, id: Option<MacroId>, says: &Macro) -> Result<(), Rejection> {
    let taken = |entry: &Entry| {
        Some(entry.id) != id
            && entry.says.scope == says.scope
            && entry.says.name.to_lowercase() == says.name.to_lowercase()
    };
    if world.macros.iter().any(taken) {
        return Err(Rejection::Duplicate("a macro of this name"));
    }
    Ok(())
}

/// Everything that is wrong with one.
pub fn errors(world: &World, by: &Principal, says: &Macro) -> Vec<FieldError> {
    let mut errors = Vec::new();
    let mut say = |pointer: String, code, detail: String| errors.push(FieldError { pointer, code, detail });
    let name = says.name.trim();
    if name.is_empty() || name.chars().count() > NAME_MAX || name.chars().any(char::is_control) {
        say("/name".to_owned(), "wrong_length", format!("1 to {NAME_MAX} printable characters"));
    }
    if says.description.as_ref().is_some_and(|text| text.chars().count() > DESCRIPTION_MAX) {
        say("/description".to_owned(), "too_long", format!("at most {DESCRIPTION_MAX} characters"));
    }
    if says.actions.is_empty() || says.actions.len() > ACTIONS_MAX {
        say("/actions".to_owned(), "wrong_number", format!("1 to {ACTIONS_MAX}"));
    }
    for (index, action) in says.actions.iter().enumerate() {
        let refused = match action {
            AutomationAction::Ask(_) | AutomationAction::AnswerFromKnowledge(_) => "is for automation rules alone",
            // Nothing is told to other systems that whoever looks after the desk has not set up.
            AutomationAction::CallIntegration { .. } if matches!(says.scope, Scope::Personal { .. }) => {
                "is for macros of teams, brands and everybody"
            }
            _ => continue,
        };
        say(format!("/actions/{index}/type"), "not_allowed", refused.to_owned());
    }
    errors.extend(action_errors(world, by, says.scope.brand(&world.roster), &says.actions, "/actions"));
    errors
}
