//! Old schemas, read as today's. A table of steps, each from one schema of one kind to the next; applied by
//! the reader to every event it hands out, so nothing above ever sees an old shape. Stored bytes never change.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::error::ReadError;
use crate::event::StoredEvent;

/// One step: takes the JSON of schema n, gives that of schema n + 1.
pub type Step = fn(Value) -> Value;

/// The known kinds: their current schema, the steps that lead there, and which may be skipped when too new.
#[derive(Clone, Default)]
pub struct Upcasts {
    current: BTreeMap<String, u16>,
    facts: BTreeMap<(String, u16), Step>,
    private: BTreeMap<(String, u16), Step>,
    ignorable: BTreeSet<String>,
}

impl Upcasts {
    /// No table: every event is handed out as stored.
    pub fn none() -> Upcasts {
        Upcasts::default()
    }

    /// Declares the schema that this version writes for `kind`. Kinds not declared are handed out as stored.
    pub fn current(mut self, kind: &str, schema: u16) -> Upcasts {
        self.current.insert(kind.to_owned(), schema);
        self
    }

    /// How the facts of `kind` go from `from_schema` to `from_schema + 1`. No step means the shape is the same.
    pub fn facts(mut self, kind: &str, from_schema: u16, step: Step) -> Upcasts {
        self.facts.insert((kind.to_owned(), from_schema), step);
        self
    }

    /// The same for the private part.
    pub fn private(mut self, kind: &str, from_schema: u16, step: Step) -> Upcasts {
        self.private.insert((kind.to_owned(), from_schema), step);
        self
    }

    /// `kind` is handed out as stored even in a schema newer than declared: whoever folds it can skip it.
    pub fn ignorable(mut self, kind: &str) -> Upcasts {
        self.ignorable.insert(kind.to_owned());
        self
    }

    /// Would [`apply`](Upcasts::apply) change or refuse this?
    pub(crate) fn is_old(&self, event: &StoredEvent) -> bool {
        self.current.get(&*event.kind).is_some_and(|current| event.schema != *current)
    }

    /// Brings the facts of `event` to the current schema. `schema` stays as stored, it still names the shape
    /// of the private part.
    pub(crate) fn apply(&self, event: &mut StoredEvent) -> Result<(), ReadError> {
        let Some(&current) = self.current.get(&*event.kind) else {
            return Ok(());
        };
        if event.schema == current {
            return Ok(());
        }
        if event.schema > current {
            if self.ignorable.contains(&*event.kind) {
                return Ok(());
            }
            return Err(ReadError::TooNew { kind: event.kind.to_string(), schema: event.schema });
        }
        if let Some(json) = self
            .lift(&self.facts, &event.kind, event.schema, current, &event.facts)
            .map_err(|what| ReadError::Upcast { kind: event.kind.to_string(), pos: event.pos, what })?
        {
            event.facts = json.into_boxed_slice();
        }
        Ok(())
    }

    /// Brings an opened private part of an event stored in `schema` to the current one.
    pub(crate) fn apply_private(&self, kind: &str, schema: u16, plaintext: Vec<u8>) -> Result<Vec<u8>, String> {
        let Some(&current) = self.current.get(kind) else {
            return Ok(plaintext);
        };
        Ok(self.lift(&self.private, kind, schema, current, &plaintext)?.unwrap_or(plaintext))
    }

    fn lift(
        &self,
        steps: &BTreeMap<(String, u16), Step>,
        kind: &str,
        from: u16,
        to: u16,
        json: &[u8],
    ) -> Result<Option<Vec<u8>>, String> {
        let path: Vec<Step> = (from..to).filter_map(|schema| steps.get(&(kind.to_owned(), schema)).copied()).collect();
        if path.is_empty() {
            return Ok(None);
        }
        let value: Value = serde_json::from_slice(json).map_err(|e| e.to_string())?;
        let lifted = path.iter().fold(value, |value, step| step(value));
        serde_json::to_vec(&lifted).map(Some).map_err(|e| e.to_string())
    }
}
