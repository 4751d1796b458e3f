//! Answering from the knowledge base. By keyword it is decided at once, from what is published. A search takes its time and needs
//! an index that decisions do not have: the words are asked about, somebody searches and hands in what was found, and only then
//! it is decided.

use serde_json::json;

use super::choose::person_id;
use super::hand_over::{HandOver, hand_over};
use super::hold;
use crate::automation::act::{Done, Origin, Outcome, SkipReason, perform, send};
use crate::automation::action::{KnowledgeAnswer, KnowledgeLookup};
use crate::contact::attributes::{AttributeValue, LANGUAGE};
use crate::content::{Content, MessageKind};
use crate::conversation::Status;
use crate::event::bot::{Holder, KnowledgeLookupEnded, KnowledgeLookupRequested};
use crate::event::conversation::HandOffCause;
use crate::event::knowledge::{ArticleAnswered, Lookup as By};
use crate::event::{Event, StreamId};
use crate::ids::*;
use crate::knowledge::Visibility;
use crate::knowledge::find::{ArticleAnswer, by_keyword};
use crate::message::MessageAuthor;
use crate::step::Step;

/// Characters that fit above a button; more fit above a list of one row.
const BUTTON_BODY_MAX: usize = 1_024;

/// An article that a search found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    pub article_id: ArticleId,
    /// The language in which it was found.
    pub locale: String,
    /// How well it fits, of 100.
    pub score: u8,
}

/// Answers, or asks for the customer's words to be looked up. `then`: what came of what is done where no article answers.
pub(crate) fn answer(
    step: &mut Step<'_>,
    id: ConversationId,
    ask: &KnowledgeAnswer,
    origin: Origin,
    then: &mut Vec<Outcome>,
) -> Done {
    let conversation = step.conversation(id).ok_or(SkipReason::UnknownReference)?;
    if conversation.status == Status::Resolved {
        return Err(SkipReason::InvalidTransition);
    }
    let (brand, episode) = (conversation.brand_id, conversation.episode);
    match ask.lookup {
        KnowledgeLookup::Keyword => {
            let language = language(step, id);
            let found = words(step, id)
                .and_then(|text| by_keyword(step.world, brand, language.as_deref(), ask.category.as_deref(), &text));
            match found {
                Some(article) => told(step, id, ask, origin, &article, (By::Keyword, None)).map(Some),
                None => {
                    *then = otherwise(step, id, ask, origin);
                    Err(SkipReason::NoArticle)
                }
            }
        }
        KnowledgeLookup::Search { .. } => {
            let theirs =
                conversation.messages.iter().filter(|(_, it)| it.author == MessageAuthor::Customer && it.counts);
            let newest = theirs.max_by_key(|(_, message)| message.version);
            let (message_id, message_pos) =
                newest.map(|(id, message)| (*id, message.pos)).ok_or(SkipReason::NobodyToReach)?;
            hold::begin(step, id, Holder::Automation);
            let ask = Box::new(ask.clone());
            let event = KnowledgeLookupRequested { conversation_id: id, episode, message_id, message_pos, ask, origin };
            step.emit(StreamId::Conversation(id), event);
            Ok(None)
        }
    }
}

/// What a search found. Does nothing where nobody waits for it any more.
pub fn found(step: &mut Step<'_>, id: ConversationId, message_id: MessageId, hits: &[Found]) {
    let Some(conversation) = step.conversation(id) else { return };
    let brand = conversation.brand_id;
    let Some(lookup) = conversation.bot.lookup.clone().filter(|lookup| lookup.message_id == message_id) else { return };
    let KnowledgeLookup::Search { score_min } = lookup.ask.lookup else { return };
    let language = language(step, id);
    let best = hits.iter().max_by_key(|hit| hit.score);
    let article = best.filter(|hit| hit.score >= score_min).and_then(|hit| {
        let (category, language) = (lookup.ask.category.as_deref(), language.as_deref().unwrap_or(&hit.locale));
        Some((published(step, brand, hit.article_id, language, category)?, hit.score))
    });
    let asker = step.actor;
    step.actor = lookup.origin.actor().unwrap_or(asker);
    let told = article.and_then(|(article, score)| {
        let by = (By::Search, Some(score));
        told(step, id, &lookup.ask, lookup.origin, &article, by).ok().map(|_| article.article_id)
    });
    let outcomes = if told.is_some() { Vec::new() } else { otherwise(step, id, &lookup.ask, lookup.origin) };
    let event = KnowledgeLookupEnded {
        conversation_id: id,
        message_id,
        best_score: best.map(|hit| hit.score),
        article_id: told,
        outcomes,
    };
    step.emit(StreamId::Conversation(id), event);
    step.actor = asker;
}

/// Sends an article's answer.
fn told(
    step: &mut Step<'_>,
    id: ConversationId,
    ask: &KnowledgeAnswer,
    origin: Origin,
    article: &ArticleAnswer,
    (by, score): (By, Option<u8>),
) -> Result<MessageId, SkipReason> {
    let content = content(&article.text, ask.offer_human.as_deref(), article.article_id);
    let message_id = send(step, id, &content, origin)?.ok_or(SkipReason::NotAllowed)?;
    hold::begin(step, id, Holder::Automation);
    let ArticleAnswer { article_id, revision, ref locale, .. } = *article;
    let locale = locale.clone();
    let event = ArticleAnswered { article_id, revision, locale, conversation_id: id, message_id, by, score };
    step.emit(StreamId::Conversation(id), event);
    Ok(message_id)
}

/// No article answers: what is to be done then, and where that is nothing, people do.
fn otherwise(step: &mut Step<'_>, id: ConversationId, ask: &KnowledgeAnswer, origin: Origin) -> Vec<Outcome> {
    let held = step.conversation(id).is_some_and(|conversation| conversation.bot.is_held());
    if ask.otherwise.is_empty() && held {
        let _ = hand_over(step, id, HandOver::because(HandOffCause::NoArticle));
    }
    perform(step, id, &ask.otherwise, origin)
}

/// The answer, and below it the button for a person.
fn content(text: &str, offer_human: Option<&str>, article: ArticleId) -> Content {
    let Some(title) = offer_human else { return Content::text(text) };
    let id = person_id(article);
    let body = if text.chars().count() <= BUTTON_BODY_MAX {
        let button = json!({"type": "reply", "reply": {"id": id, "title": title}});
        json!({"type": "button", "body": {"text": text}, "action": {"buttons": [button]}})
    } else {
        let row = json!({"id": id, "title": title});
        json!({
            "type": "list", "body": {"text": text}, "action": {"button": title, "sections": [{"rows": [row]}]},
        })
    };
    Content { kind: MessageKind::Interactive, body }
}

/// The customer's newest words in this command.
fn words(step: &Step<'_>, id: ConversationId) -> Option<String> {
    step.made_in(StreamId::Conversation(id)).rev().find_map(|event| match event {
        Event::MessageReceived(event) if event.asks() => event.private.as_ref()?.content.preview().map(str::to_owned),
        _ => None,
    })
}

fn language(step: &mut Step<'_>, id: ConversationId) -> Option<String> {
    let contact = step.conversation(id)?.contact_id;
    match step.world.attribute(contact, LANGUAGE)? {
        AttributeValue::Text(language) => Some(language.clone()),
        AttributeValue::Number(_) | AttributeValue::Bool(_) => None,
    }
}

/// What an article says to customers of a brand, if it still does.
fn published(
    step: &Step<'_>,
    brand: BrandId,
    id: ArticleId,
    language: &str,
    category: Option<&str>,
) -> Option<ArticleAnswer> {
    let article = step.world.articles.get(id).filter(|it| it.brand_id.is_none_or(|of| of == brand))?;
    let published = article.published.as_deref()?;
    let particulars = &published.particulars;
    let fits = category.is_none_or(|category| particulars.category.as_deref() == Some(category));
    if particulars.visibility != Visibility::Public || !fits {
        return None;
    }
    let (locale, translation) = published.translation(Some(language))?;
    let (revision, locale) = (published.revision, locale.to_owned());
    Some(ArticleAnswer { article_id: id, revision, locale, text: translation.answer().into_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outbound_content::check;

    #[test]
    fn an_answer_of_any_length_is_a_message_that_the_provider_takes() {
        let id = ArticleId::from_u128(7);
        for (length, offers) in
            [(10, None), (10, Some("Talk to a person")), (1_024, Some("Ok")), (4_096, Some("A person"))]
        {
            assert_eq!(check(&content(&"x".repeat(length), offers, id)), [], "{length} {offers:?}");
        }
    }
}
