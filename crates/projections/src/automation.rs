//! Where the newest runs of each rule are. What they say is read from the log; a conversation's own are in its stream.

use std::collections::{BTreeMap, VecDeque};

use domain::event::{Event, Recorded};
use domain::ids::{AutomationRuleId, ConversationId};

/// Runs of one rule that are kept; older ones are found through their conversation.
pub const RUNS_KEPT: usize = 1_000;

/// See the module.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Default)]
pub struct AutomationRuns {
    by_rule: BTreeMap<AutomationRuleId, VecDeque<(u64, ConversationId)>>,
}

impl AutomationRuns {
    /// Positions of a rule's runs below `before`, newest first.
    pub fn newest(
        &self,
        rule: AutomationRuleId,
        before: Option<u64>,
    ) -> impl Iterator<Item = (u64, ConversationId)> + '_ {
        let below = move |(pos, _): &&(u64, ConversationId)| before.is_none_or(|before| *pos < before);
        self.by_rule.get(&rule).into_iter().flat_map(|runs| runs.iter().rev()).filter(below).copied()
    }

    pub(crate) fn apply(&mut self, recorded: &Recorded) {
        let Event::AutomationRuleRan(event) = &recorded.event else { return };
        let runs = self.by_rule.entry(event.rule_id).or_default();
        if runs.len() == RUNS_KEPT {
            runs.pop_front();
        }
        runs.push_back((recorded.pos, event.conversation_id));
    }
}
