//! Imports of contacts from files: what is asked for, and how far each has come. Folded by decisions and by read models
//! alike; what is wrong with single rows is kept for the import that is looked at, up to [`ERRORS_MAX`].

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::consent::Purpose;
use crate::event::{Actor, Event, Recorded};
use crate::ids::*;
use crate::time::Timestamp;

/// Errors of an import that are kept with their rows; further ones are only counted.
pub const ERRORS_MAX: usize = 5_000;
/// Imports that ended and are kept at hand; older ones stay in the log.
pub const ENDED_KEPT: usize = 50;

/// What a column of the file is.
#[derive(
    borsh::BorshSerialize,
    borsh::BorshDeserialize,
    Debug,
    Clone,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case", tag = "field")]
pub enum Target {
    Phone,
    Name,
    ExternalId,
    /// A language tag.
    Language,
    /// Tags, with `|` between them.
    Tags,
    Attribute {
        key: String,
    },
    /// What the contact said: yes, no, or nothing.
    Consent {
        purpose: Purpose,
    },
}

impl Target {
    /// Its name in errors and in the API.
    pub fn name(&self) -> String {
        match self {
            Self::Phone => "phone".to_owned(),
            Self::Name => "name".to_owned(),
            Self::ExternalId => "external_id".to_owned(),
            Self::Language => "language".to_owned(),
            Self::Tags => "tags".to_owned(),
            Self::Attribute { key } => format!("attribute.{key}"),
            Self::Consent { purpose } => format!("consent.{}", purpose.as_str()),
        }
    }
    /// The other way round.
    pub fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "phone" => Self::Phone,
            "name" => Self::Name,
            "external_id" => Self::ExternalId,
            "language" => Self::Language,
            "tags" => Self::Tags,
            _ => match name.split_once('.')? {
                ("attribute", key) => Self::Attribute { key: key.to_owned() },
                ("consent", purpose) => Self::Consent { purpose: Purpose::parse(purpose)? },
                _ => return None,
            },
        })
    }
}

/// What finds the contact that a row is about.
#[derive(
    borsh::BorshSerialize,
    borsh::BorshDeserialize,
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Dedupe {
    Phone,
    ExternalId,
}

/// What becomes of a row whose contact is known.
#[derive(
    borsh::BorshSerialize,
    borsh::BorshDeserialize,
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum OnMatch {
    Update,
    Skip,
}

/// How a file is read.
#[derive(
    borsh::BorshSerialize,
    borsh::BorshDeserialize,
    Debug,
    Clone,
    PartialEq,
    Eq,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
)]
pub struct ImportPlan {
    /// Column of the file, from 0, and what it is. Columns that are not named are left out.
    pub columns: BTreeMap<u32, Target>,
    pub dedupe: Dedupe,
    pub on_match: OnMatch,
    /// Tags that every contact of the file gets.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// Purposes that everybody in the file agreed to.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub consents: BTreeSet<Purpose>,
}

/// What became of rows.
#[derive(
    borsh::BorshSerialize,
    borsh::BorshDeserialize,
    Debug,
    Clone,
    Copy,
    Default,
    PartialEq,
    Eq,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
)]
pub struct Tally {
    pub created: u64,
    pub updated: u64,
    /// Known, and left as they are.
    pub skipped: u64,
    pub failed: u64,
}

impl Tally {
    fn add(&mut self, other: Self) {
        self.created += other.created;
        self.updated += other.updated;
        self.skipped += other.skipped;
        self.failed += other.failed;
    }
}

/// Why a row came to nothing. Says what was wrong and never what stood there.
#[derive(
    borsh::BorshSerialize,
    borsh::BorshDeserialize,
    Debug,
    Clone,
    PartialEq,
    Eq,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
)]
pub struct RowError {
    /// Counted from 1, the heading left out.
    pub row: u64,
    /// What the column was to be ([`Target::name`]); absent: the row as a whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
    pub code: String,
}

/// Why an import goes no further.
#[derive(
    borsh::BorshSerialize,
    borsh::BorshDeserialize,
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum ImportFailure {
    /// The file is no longer there, or cannot be read.
    FileGone,
    /// It is not UTF-8.
    NotUtf8,
    /// It cannot be read as rows of cells.
    NotCsv,
    /// More rows than an import may have.
    TooManyRows,
    /// Whoever asked for it may no longer import into this brand.
    NotAllowed,
}

/// How an import stands.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImportState {
    Running,
    Finished,
    Failed(ImportFailure),
}

/// One import.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, PartialEq)]
pub struct Import {
    pub id: ContactImportId,
    pub by: Actor,
    pub brand_id: BrandId,
    pub media_id: MediaId,
    pub plan: Arc<ImportPlan>,
    pub state: ImportState,
    /// Rows that are done with.
    pub rows: u64,
    pub tally: Tally,
    /// In the order of their rows; shared by copies.
    pub errors: Arc<Vec<RowError>>,
    pub requested_at: Timestamp,
    pub ended_at: Option<Timestamp>,
    /// Position of the request, where the evidence lies.
    pub pos: u64,
}

/// Imports that run, and those that ended lately.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Default, PartialEq)]
pub struct Imports {
    known: BTreeMap<ContactImportId, Import>,
    /// The brand of every import there ever was.
    brands: BTreeMap<ContactImportId, BrandId>,
}

impl Imports {
    pub fn get(&self, id: ContactImportId) -> Option<&Import> {
        self.known.get(&id)
    }
    /// Newest first.
    pub fn newest(&self, before: Option<ContactImportId>) -> impl Iterator<Item = &Import> {
        let end = before.unwrap_or(ContactImportId::from_u128(u128::MAX));
        self.known.range(..end).rev().map(|(_, import)| import)
    }
    /// The one that has waited longest.
    pub fn due(&self) -> Option<&Import> {
        self.known.values().find(|import| import.state == ImportState::Running)
    }
    pub fn running(&self) -> usize {
        self.known.values().filter(|import| import.state == ImportState::Running).count()
    }
    /// The brand of one, also of one that ended long ago.
    pub fn brand_of(&self, id: ContactImportId) -> Option<BrandId> {
        self.brands.get(&id).copied()
    }

    /// Applies an event.
    pub fn apply(&mut self, recorded: &Recorded) {
        match &recorded.event {
            Event::ContactImportRequested(event) => {
                let import = Import {
                    id: event.import_id,
                    by: recorded.actor,
                    brand_id: event.brand_id,
                    media_id: event.media_id,
                    plan: Arc::new(event.plan.clone()),
                    state: ImportState::Running,
                    rows: 0,
                    tally: Tally::default(),
                    errors: Arc::default(),
                    requested_at: recorded.occurred_at,
                    ended_at: None,
                    pos: recorded.pos,
                };
                self.known.insert(event.import_id, import);
                self.brands.insert(event.import_id, event.brand_id);
            }
            Event::ContactImportRowsDone(event) => {
                if let Some(import) = self.known.get_mut(&event.import_id) {
                    import.rows = event.rows;
                    import.tally.add(event.tally);
                    let room = ERRORS_MAX.saturating_sub(import.errors.len());
                    if room > 0 && !event.errors.is_empty() {
                        Arc::make_mut(&mut import.errors).extend(event.errors.iter().take(room).cloned());
                    }
                }
            }
            Event::ContactImportFinished(event) => self.end(event.import_id, ImportState::Finished, recorded),
            Event::ContactImportFailed(event) => self.end(event.import_id, ImportState::Failed(event.reason), recorded),
            _ => {}
        }
    }

    fn end(&mut self, id: ContactImportId, state: ImportState, recorded: &Recorded) {
        if let Some(import) = self.known.get_mut(&id) {
            import.state = state;
            import.ended_at = Some(recorded.occurred_at);
        }
        let ended = |import: &&Import| import.state != ImportState::Running;
        let ids: Vec<_> = self.known.values().filter(ended).map(|import| import.id).collect();
        for id in ids.iter().take(ids.len().saturating_sub(ENDED_KEPT)) {
            self.known.remove(id);
        }
    }
}
