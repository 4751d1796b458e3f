//! Importing: a file is asked to become contacts, and a worker hands in its rows a batch at a time. A batch is one command
//! that also says how far the file is done with, so that whatever happens in between, no row is ever done twice.

use std::collections::BTreeMap;

use serde_json::Value;

use super::attributes::LANGUAGE;
use super::consent::{self, checked_evidence};
use super::create::{NewContact, check, make};
use super::imports::*;
use super::{attributes, edit, external_id, tags};
use crate::access::{Action, Decision, Principal, Standing, authorize};
use crate::bulk::asker;
use crate::conversation::label::normal;
use crate::event::StreamId;
use crate::event::contact_import::*;
use crate::ids::*;
use crate::outbound_content::FieldError;
use crate::rejection::Rejection;
use crate::step::Step;

/// Rows of a file at most.
pub const ROWS_MAX: u64 = 1_000_000;
/// Rows of one command.
pub const BATCH_MAX: usize = 200;
/// Imports that run at once, at most.
pub const RUNNING_MAX: usize = 10;
/// Columns of a file that are looked at.
pub const COLUMNS_MAX: u32 = 200;

/// Somebody wants a file imported. That they may read it is for the caller to find out.
pub fn request(
    step: &mut Step<'_>,
    by: &Principal,
    brand_id: BrandId,
    media_id: MediaId,
    plan: ImportPlan,
    evidence: Option<String>,
) -> Result<ContactImportId, Rejection> {
    if !step.world.brands.contains_key(&brand_id) || !by.rights().in_brand(brand_id) {
        return Err(Rejection::UnknownReference { field: "brand_id" });
    }
    let evidence = checked_evidence(evidence)?;
    let errors = errors(step, &plan);
    if !errors.is_empty() {
        return Err(Rejection::Fields(errors));
    }
    let speaks = plan.columns.values().any(|target| matches!(target, Target::Consent { .. }));
    if evidence.is_none() && (speaks || !plan.consents.is_empty()) {
        let detail = "say where they agreed, such as a form and its date".to_owned();
        return Err(Rejection::Invalid { field: "evidence", detail });
    }
    if step.world.imports.running() >= RUNNING_MAX {
        return Err(Rejection::InUse("as many imports run as can; wait for one to end"));
    }
    let import_id: ContactImportId = step.mint.fresh();
    let private = evidence.map(|evidence| ImportEvidence { evidence });
    let event = ContactImportRequested { import_id, brand_id, media_id, plan, private };
    step.emit(StreamId::ContactImport(import_id), event);
    Ok(import_id)
}

fn errors(step: &Step<'_>, plan: &ImportPlan) -> Vec<FieldError> {
    let mut errors = Vec::new();
    let mut say = |pointer: String, code, detail: String| errors.push(FieldError { pointer, code, detail });
    let finder = match plan.dedupe {
        Dedupe::Phone => Target::Phone,
        Dedupe::ExternalId => Target::ExternalId,
    };
    if !plan.columns.values().any(|target| *target == finder) {
        say("/columns".to_owned(), "required", format!("a column must be {}", finder.name()));
    }
    for (index, (column, target)) in plan.columns.iter().enumerate() {
        if *column >= COLUMNS_MAX {
            say(format!("/columns/{index}"), "out_of_range", format!("at most {COLUMNS_MAX} columns"));
        }
        if plan.columns.values().take(index).any(|other| other == target) {
            say(format!("/columns/{index}"), "duplicate", format!("two columns are {}", target.name()));
        }
        if let Target::Attribute { key } = target {
            let known = step.world.definitions.get(key).is_some();
            if !attributes::is_key(key) {
                say(format!("/columns/{index}"), "bad_key", "no key of an attribute".to_owned());
            } else if !known && step.world.settings.contacts.defined_attributes_only {
                say(format!("/columns/{index}"), "not_defined", "no attribute of this key is defined".to_owned());
            }
        }
    }
    for (index, tag) in plan.tags.iter().enumerate() {
        if index >= tags::TAGS_MAX || normal(tag).is_err() {
            say(format!("/tags/{index}"), "bad_format", "at most 50 tags of 1 to 64 characters".to_owned());
        }
    }
    errors
}

/// Does the rows after the first `done`, in the name of whoever asked. `cells`: one row, as the file has it; `None`: a row
/// that cannot be read. Does nothing where the import is not at `done`: another command was faster.
pub fn perform(
    step: &mut Step<'_>,
    id: ContactImportId,
    done: u64,
    rows: &[Option<Vec<String>>],
    evidence: Option<&str>,
    last: bool,
) {
    let Some(import) = step.world.imports.get(id) else { return };
    if import.state != ImportState::Running || import.rows != done {
        return;
    }
    let (by, brand, plan) = (import.by, import.brand_id, import.plan.clone());
    let worker = std::mem::replace(&mut step.actor, by);
    let may = asker(step, by).is_some_and(|asker| {
        authorize(&asker, Action::ContactTransfer, Standing::Workspace) == Decision::Allow
            && asker.rights().in_brand(brand)
    });
    if !may {
        step.actor = worker;
        return fail(step, id, ImportFailure::NotAllowed);
    }
    let (mut tally, mut errors) = (Tally::default(), Vec::new());
    for (row, cells) in (done + 1..).zip(rows) {
        let became = match cells {
            Some(cells) => one(step, brand, &plan, cells, evidence),
            None => Err(vec![(None, "not_readable")]),
        };
        match became {
            Ok(Became::Created) => tally.created += 1,
            Ok(Became::Updated) => tally.updated += 1,
            Ok(Became::Skipped) => tally.skipped += 1,
            Err(wrong) => {
                tally.failed += 1;
                let code = |code: &str| code.to_owned();
                errors.extend(wrong.into_iter().map(|(column, why)| RowError { row, column, code: code(why) }));
            }
        }
    }
    step.actor = worker;
    if !rows.is_empty() {
        let rows = done + rows.len() as u64;
        step.emit(StreamId::ContactImport(id), ContactImportRowsDone { import_id: id, rows, tally, errors });
    }
    if last {
        step.emit(StreamId::ContactImport(id), ContactImportFinished { import_id: id });
    }
}

/// It cannot go on.
pub fn fail(step: &mut Step<'_>, id: ContactImportId, reason: ImportFailure) {
    if step.world.imports.get(id).is_some_and(|import| import.state == ImportState::Running) {
        step.emit(StreamId::ContactImport(id), ContactImportFailed { import_id: id, reason });
    }
}

enum Became {
    Created,
    Updated,
    Skipped,
}

/// What is wrong with a row: at which column, and the code.
type Wrong = Vec<(Option<String>, &'static str)>;

fn one(
    step: &mut Step<'_>,
    brand: BrandId,
    plan: &ImportPlan,
    cells: &[String],
    evidence: Option<&str>,
) -> Result<Became, Wrong> {
    let (mut new, mut wrong) = read(step, plan, cells);
    // A row that finds its contact by one of the two may bring the other; what finds is what the plan says.
    let finder = match plan.dedupe {
        Dedupe::Phone => new.phone.is_some(),
        Dedupe::ExternalId => new.external_id.is_some(),
    };
    if !finder {
        let column = if plan.dedupe == Dedupe::Phone { Target::Phone } else { Target::ExternalId };
        wrong.push((Some(column.name()), "required"));
        return Err(wrong);
    }
    new.tags.extend(plan.tags.iter().cloned());
    let consents = std::mem::take(&mut new.consents);
    let fit = match check(step, &new, false) {
        Ok(fit) if wrong.is_empty() => fit,
        Ok(_) => return Err(wrong),
        Err(errors) => {
            wrong.extend(errors.iter().map(|error| (column_of(&error.pointer), error.code)));
            return Err(wrong);
        }
    };
    let by_phone = fit.phone.as_ref().and_then(|phone| {
        let key = super::identify::blind_identity(step.blind, brand, phone).key?;
        step.world.contact_by_identity(key)
    });
    let by_external_id = fit
        .external_id
        .as_deref()
        .and_then(|text| step.world.contact_by_external_id(external_id::key(step.blind, brand, text)));
    let (found, other, column) = match plan.dedupe {
        Dedupe::Phone => (by_phone, by_external_id, Target::ExternalId),
        Dedupe::ExternalId => (by_external_id, by_phone, Target::Phone),
    };
    // What would make two people one is for people to decide.
    if other.is_some() && other != found {
        return Err(vec![(Some(column.name()), "duplicate_identity")]);
    }
    let became = match found {
        None => {
            if let Err(errors) = check(step, &new, true) {
                return Err(errors.iter().map(|error| (column_of(&error.pointer), error.code)).collect());
            }
            let id = make(step, brand, fit);
            speak(step, id, plan, &consents, evidence);
            return Ok(Became::Created);
        }
        Some(_) if plan.on_match == OnMatch::Skip => return Ok(Became::Skipped),
        Some(id) => {
            let id = step.world.standing_for(id);
            let too_many = step.world.contacts.get(&id).is_none_or(|contact| {
                let mut after = contact.noted().attributes.clone();
                attributes::apply(&mut after, &fit.attributes.labels);
                after.len() > attributes::ATTRIBUTES_MAX
            });
            if too_many {
                return Err(vec![(None, "too_many_attributes")]);
            }
            if let Some(phone) = fit.phone {
                super::identify::link(step, brand, id, &[phone], crate::event::contact::Attested::Agent);
            }
            let refused = |_| vec![(None, "refused")];
            if let Some(text) = fit.external_id {
                external_id::set(step, id, Some(&text)).map_err(refused)?;
            }
            if let Some(name) = fit.name {
                edit::rename(step, id, &name).map_err(refused)?;
            }
            attributes::set(step, id, fit.attributes);
            for tag in fit.tags {
                // A contact with as many tags as can be keeps those it has.
                let _ = tags::add(step, id, &tag);
            }
            speak(step, id, plan, &consents, evidence);
            Became::Updated
        }
    };
    Ok(became)
}

fn speak(
    step: &mut Step<'_>,
    id: ContactId,
    plan: &ImportPlan,
    consents: &BTreeMap<consent::Purpose, bool>,
    evidence: Option<&str>,
) {
    // A cell speaks for its row; the plan for those whose row says nothing.
    for purpose in consent::Purpose::ALL {
        let said = consents.get(&purpose).copied().or_else(|| plan.consents.contains(&purpose).then_some(true));
        if let Some(granted) = said {
            consent::import(step, id, purpose, granted, evidence);
        }
    }
}

/// A row as the plan reads it. Empty cells say nothing.
fn read(step: &Step<'_>, plan: &ImportPlan, cells: &[String]) -> (NewContact, Wrong) {
    let (mut new, mut wrong) = (NewContact::default(), Vec::new());
    for (column, target) in &plan.columns {
        let Some(cell) = cells.get(*column as usize).map(|cell| plain(cell)).filter(|cell| !cell.is_empty()) else {
            continue;
        };
        match target {
            Target::Phone => new.phone = Some(cell.to_owned()),
            Target::Name => new.name = Some(cell.to_owned()),
            Target::ExternalId => new.external_id = Some(cell.to_owned()),
            Target::Language => {
                new.attributes.insert(LANGUAGE.to_owned(), Value::from(cell));
            }
            Target::Tags => {
                new.tags.extend(cell.split('|').map(str::trim).filter(|tag| !tag.is_empty()).map(str::to_owned));
            }
            Target::Attribute { key } => {
                let defined = step.world.definitions.get(key);
                let value = defined.map_or_else(|| Value::from(cell), |entry| entry.definition.read(cell));
                new.attributes.insert(key.clone(), value);
            }
            Target::Consent { purpose } => match cell.to_lowercase().as_str() {
                "yes" | "true" | "1" | "opted_in" => {
                    new.consents.insert(*purpose, true);
                }
                "no" | "false" | "0" | "opted_out" => {
                    new.consents.insert(*purpose, false);
                }
                _ => wrong.push((Some(target.name()), "bad_format")),
            },
        }
    }
    (new, wrong)
}

/// A cell without blanks around it, and without the apostrophe by which an export of ours keeps a spreadsheet from taking it
/// for a formula.
fn plain(cell: &str) -> &str {
    let cell = cell.trim();
    let guarded = cell.strip_prefix('\'').filter(|rest| rest.starts_with(['=', '+', '-', '@']));
    guarded.unwrap_or(cell)
}

/// The column that a pointer of [`check`] speaks of.
fn column_of(pointer: &str) -> Option<String> {
    let (first, rest) =
        pointer.trim_start_matches('/').split_once('/').unwrap_or((pointer.trim_start_matches('/'), ""));
    match (first, rest) {
        ("attributes", LANGUAGE) => Some(LANGUAGE.to_owned()),
        ("attributes", "") => None,
        ("attributes", key) => Some(format!("attribute.{key}")),
        (first, _) => Some(first.to_owned()),
    }
}
