//! Writing templates: drafts, handing them to the provider, changing and removing what it has, each within what it allows. The
//! calls follow their events; what came of them is written down by [`accepted`] and its like.

use super::draft::{Draft, errors};
use super::progress::Deletion;
use super::{Template, normal_language};
use crate::access::Principal;
use crate::event::StreamId;
use crate::event::channel::TemplateRemoved;
use crate::event::template::*;
use crate::ids::*;
use crate::rejection::Rejection;
use crate::step::Step;
use crate::time::Millis;
use crate::world::World;

/// Templates of one account at most: what the provider allows a verified business.
pub const TEMPLATES_MAX: usize = 6_000;
/// An approved template can be changed once in this time,
const EDIT_AFTER: Millis = Millis::hours(24);
/// and this often in that.
const EDITS_MAX: usize = 10;
const EDITS_PER: Millis = Millis::days(30);

/// Writes a draft for a number's account.
pub fn create(
    step: &mut Step<'_>,
    by: &Principal,
    channel_id: ChannelId,
    draft: Draft,
) -> Result<TemplateId, Rejection> {
    let channel = step.world.channels.get(&channel_id).map(|channel| &channel.config);
    let channel = channel.filter(|channel| by.rights().in_brand(channel.brand_id));
    let waba_id = channel.ok_or(Rejection::UnknownReference { field: "channel_id" })?.waba_id.clone();
    checked(&draft)?;
    unique(step.world, None, &waba_id, &draft)?;
    if step.world.templates.values().filter(|template| template.waba_id == waba_id).count() >= TEMPLATES_MAX {
        return Err(Rejection::Invalid { field: "name", detail: format!("at most {TEMPLATES_MAX} templates") });
    }
    let template_id: TemplateId = step.mint.fresh();
    step.emit(StreamId::Workspace, TemplateDrafted { template_id, waba_id, draft });
    Ok(template_id)
}

/// Writes the draft anew, or one of a change of what the provider has.
pub fn change(step: &mut Step<'_>, by: &Principal, id: TemplateId, draft: Draft) -> Result<(), Rejection> {
    let template = seen(step.world, by, id)?;
    settled(template)?;
    if !template.is_draft() {
        editable(template)?;
        let same =
            template.name == draft.name && normal_language(&template.language) == normal_language(&draft.language);
        if !same {
            return Err(Rejection::NotNow("its name and language stay as the provider has them"));
        }
        let category = template.category.as_deref();
        if template.is_sendable() && category.is_some_and(|category| category != draft.category.as_str()) {
            return Err(Rejection::NotNow("the category of an approved template stays as it is"));
        }
    }
    let waba_id = template.waba_id.clone();
    let known = template.draft.as_ref() == Some(&draft);
    checked(&draft)?;
    unique(step.world, Some(id), &waba_id, &draft)?;
    if !known {
        step.emit(StreamId::Workspace, TemplateDrafted { template_id: id, waba_id, draft });
    }
    Ok(())
}

/// Hands the draft to the provider.
pub fn submit(step: &mut Step<'_>, by: &Principal, id: TemplateId) -> Result<(), Rejection> {
    let now = step.now;
    let template = seen(step.world, by, id)?;
    settled(template)?;
    let draft = template.draft.as_ref().ok_or(Rejection::NotNow("there is nothing to submit: it has no draft"))?;
    checked(draft)?;
    if !template.is_draft() {
        editable(template)?;
    }
    if template.is_sendable() {
        let lately = |within: Millis| template.edited_at.iter().filter(|at| now - **at < within).count();
        if lately(EDIT_AFTER) > 0 {
            return Err(Rejection::NotNow("an approved template can be changed once in 24 hours"));
        }
        if lately(EDITS_PER) >= EDITS_MAX {
            return Err(Rejection::NotNow("an approved template can be changed 10 times in 30 days"));
        }
    }
    step.emit(StreamId::Workspace, TemplateSubmitted { template_id: id });
    Ok(())
}

/// Removes a draft at once, and has the provider remove what it has.
pub fn delete(step: &mut Step<'_>, by: &Principal, id: TemplateId) -> Result<(), Rejection> {
    let template = seen(step.world, by, id)?;
    if template.deletion == Deletion::Requested {
        return Ok(());
    }
    settled(template)?;
    match template.status.as_deref() {
        _ if template.is_draft() => step.emit(StreamId::Workspace, TemplateRemoved { template_id: id }),
        Some("DISABLED") => return Err(Rejection::NotNow("the provider removes no disabled template")),
        Some("PENDING_DELETION") => return Err(Rejection::NotNow("the provider is removing it already")),
        _ => step.emit(StreamId::Workspace, TemplateDeletionRequested { template_id: id }),
    }
    Ok(())
}

/// One that somebody knows of: of an account that a number of theirs belongs to.
pub fn seen<'w>(world: &'w World, by: &Principal, id: TemplateId) -> Result<&'w Template, Rejection> {
    let template = world.templates.get(&id).ok_or(Rejection::NotFound)?;
    let rights = by.rights();
    let mut numbers = world.channels.values().filter(|channel| channel.config.waba_id == template.waba_id);
    let sees = rights.brands().is_none() || numbers.any(|channel| rights.in_brand(channel.config.brand_id));
    if sees { Ok(template) } else { Err(Rejection::NotFound) }
}

/// The provider took what was submitted. `None` where a list showed it and nothing was answered.
pub fn accepted(
    step: &mut Step<'_>,
    id: TemplateId,
    provider_id: Option<String>,
    status: Option<String>,
    category: Option<String>,
) {
    if step.world.templates.get(&id).is_some_and(Template::is_under_way) {
        let event = TemplateSubmissionAccepted { template_id: id, provider_id, status, category };
        step.emit(StreamId::Workspace, event);
    }
}

/// The provider did not take it.
pub fn refused(step: &mut Step<'_>, id: TemplateId, refusal: Refusal) {
    if step.world.templates.get(&id).is_some_and(Template::is_under_way) {
        step.emit(StreamId::Workspace, TemplateSubmissionRefused { template_id: id, refusal });
    }
}

/// The provider did not remove it.
pub fn deletion_refused(step: &mut Step<'_>, id: TemplateId, refusal: Refusal) {
    if step.world.templates.get(&id).is_some_and(|template| template.deletion == Deletion::Requested) {
        step.emit(StreamId::Workspace, TemplateDeletionRefused { template_id: id, refusal });
    }
}

/// The provider has removed it.
pub fn deleted(step: &mut Step<'_>, id: TemplateId) {
    if step.world.templates.contains_key(&id) {
        step.emit(StreamId::Workspace, TemplateRemoved { template_id: id });
    }
}

/// Nothing of it is on its way to the provider.
fn settled(template: &Template) -> Result<(), Rejection> {
    if template.is_under_way() {
        return Err(Rejection::NotNow("it is on its way to the provider"));
    }
    if template.deletion == Deletion::Requested {
        return Err(Rejection::NotNow("it is being removed"));
    }
    Ok(())
}

/// Whether the provider lets it be changed where it stands.
fn editable(template: &Template) -> Result<(), Rejection> {
    match template.status.as_deref() {
        Some("APPROVED" | "REJECTED" | "PAUSED") if template.provider_id.is_some() => Ok(()),
        _ => Err(Rejection::NotNow("only an approved, a rejected or a paused template can be changed")),
    }
}

fn checked(draft: &Draft) -> Result<(), Rejection> {
    let errors = errors(draft);
    Rejection::unless_clean(errors)
}

/// An account has one template of a name in a language.
fn unique(world: &World, id: Option<TemplateId>, waba_id: &str, draft: &Draft) -> Result<(), Rejection> {
    let taken = |(known, template): (&TemplateId, &Template)| {
        Some(*known) != id && template.is(waba_id, &draft.name, &draft.language)
    };
    if world.templates.iter().any(taken) {
        return Err(Rejection::Duplicate("a template of this name in this language"));
    }
    Ok(())
}
