//! Which numbers another version of the definitions moves, and why.

use domain::access::Principal;
use domain::ids::ConversationId;
use projections::analytics::movement::{DEFINED, Moved, MovedCell, Movement};

use super::{NumbersQuery, Unanswered};
use crate::Desk;

/// A row that moved, of a conversation the asker sees.
#[derive(Debug, Clone, PartialEq)]
pub struct MovedRow {
    pub moved: Moved,
    pub conversation_id: ConversationId,
    pub number: u64,
}

/// What another version makes of a period.
#[derive(Debug)]
pub struct Impact {
    pub cells: Vec<MovedCell>,
    pub rows: Vec<MovedRow>,
}

impl Desk {
    /// What the question's version of the definitions makes of it, beside another one.
    pub fn definition_impact(
        &self,
        principal: &Principal,
        query: &NumbersQuery,
        against: u32,
    ) -> Result<Impact, Unanswered> {
        let query = NumbersQuery { metrics: DEFINED.to_vec(), ..query.clone() };
        let (mut movement, slices) = self.asked(principal, &query, |question, views| {
            let definitions = &views.facts.definitions;
            let before = definitions.get(against).unwrap_or_else(|| definitions.newest()).clone();
            let movement = Movement::new(question, before);
            let slices = movement.slices(views);
            (movement, slices)
        })?;
        for slice in slices {
            self.view(|views| movement.feed(views, slice))?;
        }
        self.view(|views| {
            let moves = movement.finish(views)?;
            let rows = moves.rows.into_iter().filter_map(|moved| {
                let conversation = views.facts.conversation(moved.slot);
                let row = views.inbox.get(conversation.id())?;
                let (conversation_id, number) = (conversation.id(), conversation.number());
                views.inbox.sees(principal, &row).then_some(MovedRow { moved, conversation_id, number })
            });
            Ok(Impact { cells: moves.cells, rows: rows.collect() })
        })
    }
}
