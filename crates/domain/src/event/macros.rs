//! Facts about macros, and what came of running one.

use serde::{Deserialize, Serialize};

use super::facts;
use crate::automation::act::Outcome;
use crate::ids::*;
use crate::replies::macros::Macro;

/// One that did not exist before.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct MacroCreated {
    pub macro_id: MacroId,
    pub says: Macro,
}
facts!(MacroCreated = "macro.created");

/// It as it is from now on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct MacroChanged {
    pub macro_id: MacroId,
    pub says: Macro,
}
facts!(MacroChanged = "macro.changed");

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct MacroRemoved {
    pub macro_id: MacroId,
}
facts!(MacroRemoved = "macro.removed");

/// Somebody ran one in a conversation. Lies in that conversation's stream, behind what it did.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct MacroRan {
    pub macro_id: MacroId,
    /// The macro as it was.
    pub version: u64,
    pub conversation_id: ConversationId,
    /// What came of the actions, in their order, up to the first that was refused.
    pub outcomes: Vec<Outcome>,
    /// Actions after that one, which were left undone.
    pub left: u32,
}
facts!(MacroRan = "macro.ran");
