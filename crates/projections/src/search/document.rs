//! What is known of something searchable. Conversations and contacts are named by the places at which they were opened, which
//! mean the same at every position of the log and are a quarter of an id.

use tantivy::schema::{Field, INDEXED, IndexRecordOption, NumericOptions, Schema, TextFieldIndexing, TextOptions};
use tantivy::{TantivyDocument, Term};

/// What a hit is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    Inbound,
    Outbound,
    Note,
    Contact,
}

impl Kind {
    pub const ALL: [Self; 4] = [Self::Inbound, Self::Outbound, Self::Note, Self::Contact];

    fn code(self) -> u64 {
        self as u64
    }
    /// A set of kinds, as one bit each.
    pub fn bit(self) -> u8 {
        1 << self.code()
    }
    fn of(code: u64) -> Self {
        Self::ALL[(code & 0b11) as usize]
    }
}

/// Whose words they are: everything of one goes at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Subject {
    /// By its place in the inbox.
    Conversation(u32),
    /// By its place among contacts.
    Contact(u32),
}

impl Subject {
    pub(super) fn packed(self) -> u64 {
        match self {
            Self::Conversation(place) => u64::from(place) << 1,
            Self::Contact(place) => u64::from(place) << 1 | 1,
        }
    }
}

/// Something searchable.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    pub subject: Subject,
    pub kind: Kind,
    /// Of the event that began it; names it within its subject.
    pub pos: u64,
    /// When it was written, in seconds.
    pub at_s: u32,
    /// Its text is no longer that of its first event.
    pub changed: bool,
    pub text: String,
}

/// What the index keeps of a document beside its words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Who(u64);

const CHANGED: u64 = 0b100;
const SHIFT: u32 = 3;

impl Who {
    pub(super) fn read(packed: u64) -> Self {
        Self(packed)
    }
    fn of(document: &Document) -> Self {
        let place = match document.subject {
            Subject::Conversation(place) | Subject::Contact(place) => place,
        };
        let changed = if document.changed { CHANGED } else { 0 };
        Self(u64::from(place) << SHIFT | changed | document.kind.code())
    }
    pub(super) fn kind(self) -> Kind {
        Kind::of(self.0)
    }
    pub(super) fn changed(self) -> bool {
        self.0 & CHANGED != 0
    }
    pub(super) fn subject(self) -> Subject {
        let place = (self.0 >> SHIFT) as u32;
        if self.kind() == Kind::Contact { Subject::Contact(place) } else { Subject::Conversation(place) }
    }
}

pub(super) const FOLDING: &str = "folding";
pub(super) const GRAMS: &str = "grams";
pub(super) const WHO: &str = "who";
pub(super) const POS: &str = "pos";
pub(super) const AT: &str = "at";

/// The index's columns.
#[derive(Debug, Clone)]
pub(super) struct Fields {
    pub(super) schema: Schema,
    pub(super) words: Field,
    pub(super) numbers: Field,
    pub(super) subject: Field,
    pub(super) who: Field,
    pub(super) pos: Field,
    pub(super) at: Field,
}

impl Fields {
    pub(super) fn new() -> Self {
        let mut schema = Schema::builder();
        // Lengths of texts take no part in any order, so they are not kept.
        let text = |tokenizer| {
            let indexing = TextFieldIndexing::default().set_tokenizer(tokenizer).set_fieldnorms(false);
            TextOptions::default()
                .set_indexing_options(indexing.set_index_option(IndexRecordOption::WithFreqsAndPositions))
        };
        let column = || NumericOptions::default().set_fast();
        Self {
            words: schema.add_text_field("words", text(FOLDING)),
            numbers: schema.add_text_field("numbers", text(GRAMS)),
            subject: schema.add_u64_field("subject", INDEXED),
            who: schema.add_u64_field(WHO, column()),
            pos: schema.add_u64_field(POS, column()),
            at: schema.add_u64_field(AT, column()),
            schema: schema.build(),
        }
    }

    pub(super) fn subject(&self, subject: Subject) -> Term {
        Term::from_field_u64(self.subject, subject.packed())
    }

    pub(super) fn document(&self, document: &Document) -> TantivyDocument {
        let mut made = TantivyDocument::new();
        made.add_text(self.words, &document.text);
        made.add_text(self.numbers, &document.text);
        made.add_u64(self.subject, document.subject.packed());
        made.add_u64(self.who, Who::of(document).0);
        made.add_u64(self.pos, document.pos);
        made.add_u64(self.at, u64::from(document.at_s));
        made
    }
}
