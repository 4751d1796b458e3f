//! A message before it is sent: what its variables come to, and what would stand in its way.

use domain::access::Action;
use domain::content::{Content, MessageKind};
use domain::conversation::reply::{self, Reply};
use domain::event::message::Sender;
use domain::ids::ChannelId;
use domain::rejection::Rejection;
use domain::variables;
use serde_json::Value;

use super::messages::content;
use crate::answer::Found;
use crate::caller::Caller;
use crate::dto::template::{MessagePreview, PreviewFault, PreviewMessage};
use crate::endpoint::Endpoint;
use crate::extract::MessageJson;
use crate::front::Front;
use crate::openapi::Tag;
use crate::present::template::fault;
use crate::problem::{Kind, Problem};

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::post("/v1/message-previews", "preview_message", preview)
            .about(Tag::Messages, "See a message before it is sent")
            .description(
                "A canned reply, or a content under the key named by `type`, with its variables filled in for the conversation. \
                 Nothing is sent and nothing is written down. What would refuse it now is listed, not refused.",
            )
            .needs(Action::MessageSend)
            .refuses(&[Kind::NotFound, Kind::Unprocessable, Kind::UnknownReference]),
    ]
}

async fn preview(
    caller: Caller,
    front: Front,
    MessageJson(body, raw): MessageJson<PreviewMessage>,
) -> Result<Found<MessagePreview>, Problem> {
    let id = body.conversation_id.0;
    let channel = front.conversation(&caller.principal, id)?.channel_id();
    let values = front.known(&caller.principal, id)?;
    let written = match body.canned_reply_id {
        Some(_) if body.r#type.is_some() => {
            let detail = "is given or a content, not both".to_owned();
            return Err(Rejection::Invalid { field: "canned_reply_id", detail }.into());
        }
        Some(reply) => {
            let found = front.canned_reply(&caller.principal, reply.0);
            let unknown = |_| Problem::from(Rejection::UnknownReference { field: "canned_reply_id" });
            found.map_err(unknown)?.reply.content()
        }
        None => content(without(raw))?,
    };
    let mistakes = variables::content_errors(&written, "");
    let (content, missing) = variables::render_content(&written, &values);
    let message = Reply {
        conversation_id: id,
        sender: Sender::User(caller.principal.user_id),
        content: content.clone(),
        reply_to_id: None,
        context_provider_id: None,
        client_ref: None,
        media_id: None,
        after_pos: None,
    };
    // Decided by what decides it when it is sent; makes no event.
    let found = front
        .command(&caller, move |gate| {
            let step = &mut gate.conversation(Action::MessageSend, id)?;
            let until =
                step.world.thread_of(id).and_then(|(channel, contact)| step.world.window(channel, contact).until);
            let until = until.filter(|until| *until > step.now);
            Ok((reply::obstacles(step, &message), until))
        })
        .await?;
    let (obstacles, window_until) = found.value;
    let mut warnings: Vec<PreviewFault> = mistakes.into_iter().map(fault).collect();
    warnings.extend(obstacles.into_iter().flat_map(warning));
    warnings.truncate(WARNINGS_MAX);
    let text = shown(&front, &content, channel);
    let content = serde_json::to_value(&content).unwrap_or_default();
    Ok(Found(MessagePreview { content, text, missing, warnings, window_until: window_until.map(Into::into) }))
}

const WARNINGS_MAX: usize = 100;

/// The body without what is no part of a message.
fn without(mut raw: Value) -> Value {
    if let Some(fields) = raw.as_object_mut() {
        fields.remove("conversation_id");
        fields.remove("canned_reply_id");
    }
    raw
}

/// The words of it; of a template, with its parameters in it.
fn shown(front: &Front, content: &Content, channel: ChannelId) -> Option<String> {
    if content.kind != MessageKind::Template {
        return content.preview().map(str::to_owned);
    }
    let text = |pointer: &str| content.body.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    front.view(|views| {
        let channel = views.directory.channels.get(channel)?;
        let entry = views.directory.templates.by_name(&channel.waba_id, text("/name"), text("/language/code"))?;
        entry.template.shown(content).body
    })
}

/// A refusal as a warning: the problem it would be, with each of its places.
fn warning(rejection: Rejection) -> Vec<PreviewFault> {
    match rejection {
        Rejection::Content(errors) | Rejection::TemplateParameters(errors) | Rejection::Fields(errors) => {
            errors.into_iter().map(fault).collect()
        }
        other => {
            let detail = other.to_string();
            let code = Problem::from(other).kind().code().to_owned();
            vec![PreviewFault { pointer: None, code, detail }]
        }
    }
}
