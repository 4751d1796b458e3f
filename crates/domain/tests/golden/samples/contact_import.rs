//! What may be noted of contacts, and contacts that come from files.

use std::collections::{BTreeMap, BTreeSet};

use domain::contact::consent::Purpose;
use domain::contact::definitions::{Definition, Holds};
use domain::contact::imports::*;
use domain::event::Event;
use domain::event::attribute_definition::*;
use domain::event::contact_import::*;

use super::id;

pub(super) fn samples() -> Vec<Event> {
    let definition = Definition {
        key: "plan".to_owned(),
        name: "Plan".to_owned(),
        holds: Holds::Enum,
        options: vec!["gold".to_owned(), "silver".to_owned()],
        required: true,
        pii: false,
    };
    let plan = ImportPlan {
        columns: BTreeMap::from([
            (0, Target::Phone),
            (1, Target::Name),
            (2, Target::Attribute { key: "plan".to_owned() }),
            (4, Target::Consent { purpose: Purpose::Csat }),
        ]),
        dedupe: Dedupe::Phone,
        on_match: OnMatch::Update,
        tags: vec!["fair-2026".to_owned()],
        consents: BTreeSet::from([Purpose::Marketing]),
    };
    let import_id = id(1);
    vec![
        AttributeDefinitionCreated { definition: definition.clone() }.into(),
        AttributeDefinitionChanged { definition }.into(),
        AttributeDefinitionRemoved { key: "plan".to_owned() }.into(),
        ContactImportRequested {
            import_id,
            brand_id: id(2),
            media_id: id(3),
            plan,
            private: Some(ImportEvidence { evidence: "personal: list of the fair".to_owned() }),
        }
        .into(),
        ContactImportRowsDone {
            import_id,
            rows: 200,
            tally: Tally { created: 150, updated: 40, skipped: 8, failed: 2 },
            errors: vec![RowError { row: 7, column: Some("phone".to_owned()), code: "bad_format".to_owned() }],
        }
        .into(),
        ContactImportFinished { import_id }.into(),
        ContactImportFailed { import_id, reason: ImportFailure::NotUtf8 }.into(),
    ]
}
