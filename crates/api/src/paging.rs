//! One page of a list: its cursor opened, its limit settled, its successor sealed. The cursor is bound to the asker and to
//! the question, see [`crate::cursor`].

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::caller::Caller;
use crate::context::Context;
use crate::dto::page::PageInfo;
use crate::extract::PAGE_LIMIT_DEFAULT;
use crate::problem::Problem;

/// A page being asked for.
pub(crate) struct Pager<'a> {
    context: &'a Context,
    principal: String,
    question: String,
    cursor: Option<String>,
    limit: u16,
}

impl<'a> Pager<'a> {
    /// `question` is what is asked, in a form that is the same for the same filters and order.
    pub(crate) fn new(
        context: &'a Context,
        caller: &Caller,
        question: String,
        cursor: Option<String>,
        limit: Option<u16>,
    ) -> Self {
        let principal = caller.principal.user_id.to_string();
        // An empty cursor is none: the first page.
        let cursor = cursor.filter(|text| !text.is_empty());
        Self { context, principal, question, cursor, limit: limit.unwrap_or(PAGE_LIMIT_DEFAULT) }
    }

    /// The most rows of this page.
    pub(crate) fn limit(&self) -> usize {
        usize::from(self.limit)
    }

    /// Where the page before ended. Errors: `cursor-invalid`, `cursor-mismatch`.
    pub(crate) fn after<K: DeserializeOwned>(&self) -> Result<Option<K>, Problem> {
        let open = |text: &String| self.context.cursors.open(&self.principal, &self.question, text);
        self.cursor.as_ref().map(open).transpose()
    }

    /// The page's own description; `next` is where it ended, `None` on the last.
    pub(crate) fn info<K: Serialize>(&self, next: Option<K>) -> PageInfo {
        let next_cursor = next.map(|place| self.context.cursors.seal(&self.principal, &self.question, &place));
        PageInfo { next_cursor, limit: self.limit }
    }

    /// Cuts rows that were read one beyond the limit, and describes the page. `place` names a row's place.
    pub(crate) fn cut<T, K: Serialize>(&self, mut rows: Vec<T>, place: impl Fn(&T) -> K) -> (Vec<T>, PageInfo) {
        let more = rows.len() > self.limit();
        rows.truncate(self.limit());
        let next = rows.last().filter(|_| more).map(place);
        (rows, self.info(next))
    }
}
