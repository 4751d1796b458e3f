//! Message templates, as the provider last told.

use app::reach;
use domain::access::Action;
use domain::ids;
use projections::directory::TemplateEntry;

use crate::answer::Found;
use crate::caller::Caller;
use crate::context::Shared;
use crate::dto::template::{Template, TemplatePage, TemplateQuery};
use crate::endpoint::Endpoint;
use crate::extract::Then;
use crate::openapi::Tag;
use crate::paging::Pager;
use crate::present::conversation::shortened;
use crate::problem::{Kind, Problem};

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::get("/v1/templates", "list_templates", list)
            .about(Tag::Templates, "List message templates")
            .needs(Action::TemplateRead)
            .refuses(&[Kind::CursorInvalid, Kind::CursorMismatch]),
    ]
}

async fn list(
    caller: Caller,
    Then(front, query): Then<TemplateQuery>,
    shared: Shared,
) -> Result<Found<TemplatePage>, Problem> {
    front.allow(&caller.principal, Action::TemplateRead)?;
    let filters = (query.channel_id, query.name, query.status);
    let pager = Pager::new(&shared, &caller, front.dated(format!("templates {filters:?}")), query.cursor, query.limit);
    let after = pager.after::<ids::TemplateId>()?;
    let (channel_id, name, status) = filters;
    let (found, as_of) = front.view(|views| {
        // A channel's templates are those of its account; of an unknown channel there are none.
        let account = channel_id.map(|id| views.directory.channels.get(id.0).map(|channel| channel.waba_id.as_str()));
        let matches = |entry: &&TemplateEntry| {
            after.is_none_or(|after| entry.id > after)
                && reach::sees_template(views, &caller.principal, entry)
                && account.is_none_or(|account| account == Some(entry.template.waba_id.as_str()))
                && name.as_ref().is_none_or(|name| *name == entry.template.name)
                && status.as_ref().is_none_or(|status| entry.template.status.as_ref() == Some(status))
        };
        let found = views.directory.templates.iter().filter(matches).take(pager.limit() + 1).map(template);
        (found.collect::<Vec<_>>(), views.position())
    });
    let (data, page) = pager.cut(found, |template| template.id.0);
    Ok(Found(TemplatePage { data, page, as_of: as_of.into() }))
}

fn template(entry: &TemplateEntry) -> Template {
    let of = &entry.template;
    let short = |text: &Option<String>, chars| text.as_deref().map(|text| shortened(text, chars));
    Template {
        id: entry.id.into(),
        waba_id: shortened(&of.waba_id, 64),
        name: shortened(&of.name, 512),
        language: shortened(&of.language, 32),
        status: short(&of.status, 64),
        category: short(&of.category, 64),
        quality: short(&of.quality, 64),
        reason: short(&of.reason, 2_000),
        components: of.components.clone(),
    }
}
