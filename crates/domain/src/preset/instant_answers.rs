//! Instant answers: hours, address and returns from the knowledge base, each with the offer of a person.

use std::collections::BTreeMap;

use super::part::{Around, Kind, Part, Thing, test};
use crate::automation::action::{AutomationAction, KnowledgeAnswer, KnowledgeLookup};
use crate::automation::rule::{AutomationRule, Limits, Mode};
use crate::automation::trigger::Trigger;
use crate::condition::{Condition, Field, Operator};
use crate::knowledge::write::Draft;
use crate::knowledge::{Particulars, Translation, Visibility};
use crate::rejection::Rejection;

/// The articles that answer by themselves.
const CATEGORY: &str = "instant answers";
/// Answers to one customer in an hour: who still asks then wants a person.
const PER_HOUR_MAX: u32 = 4;

pub(super) const PARTS: &[Part] = &[
    Part { key: "hours", kind: Kind::Article, says: hours },
    Part { key: "address", kind: Kind::Article, says: address },
    Part { key: "returns", kind: Kind::Article, says: returns },
    Part { key: "answer", kind: Kind::AutomationRule, says: answer },
];

fn article(translations: [(&str, &str, &[&str], &str); 2]) -> Result<Thing, Rejection> {
    let particulars = Particulars {
        category: Some(CATEGORY.to_owned()),
        visibility: Visibility::Public,
        priority: 0,
        default_locale: "en".to_owned(),
    };
    let translation = |(locale, title, keywords, body): (&str, &str, &[&str], &str)| {
        let translation = Translation {
            title: title.to_owned(),
            keywords: keywords.iter().map(|&word| word.to_owned()).collect(),
            body_md: body.to_owned(),
            answer_text: None,
        };
        (locale.to_owned(), translation)
    };
    let translations: BTreeMap<_, _> = translations.into_iter().map(translation).collect();
    Ok(Thing::Article(Draft { particulars, translations }))
}

fn hours(_: &Around<'_>) -> Result<Thing, Rejection> {
    article([
        (
            "en",
            "Opening hours",
            &["hours", "opening hours", "open", "opening times", "when are you open"],
            "We are here Monday to Friday from 9:00 to 18:00 and on Saturday from 10:00 to 14:00.",
        ),
        (
            "es",
            "Horario",
            &["horario", "horarios", "abren", "abierto", "a qué hora"],
            "Abrimos de lunes a viernes de 9:00 a 18:00 y los sábados de 10:00 a 14:00.",
        ),
    ])
}

fn address(_: &Around<'_>) -> Result<Thing, Rejection> {
    article([
        (
            "en",
            "Address",
            &["address", "where are you", "location", "directions"],
            "You find us at 12 Market Street, two minutes from the central station.",
        ),
        (
            "es",
            "Dirección",
            &["dirección", "direccion", "dónde están", "donde estan", "ubicación"],
            "Estamos en la calle del Mercado 12, a dos minutos de la estación central.",
        ),
    ])
}

fn returns(_: &Around<'_>) -> Result<Thing, Rejection> {
    article([
        (
            "en",
            "Returns",
            &["return", "returns", "send back", "refund", "exchange"],
            "You can return anything within 30 days. Keep the receipt, pack it well and tell us; the way back is free.",
        ),
        (
            "es",
            "Devoluciones",
            &["devolver", "devolución", "devolucion", "reembolso", "cambio"],
            "Puedes devolver cualquier artículo en 30 días. Guarda el recibo, empaquétalo bien y avísanos; el envío es gratis.",
        ),
    ])
}

fn answer(around: &Around<'_>) -> Result<Thing, Rejection> {
    let answer = KnowledgeAnswer {
        lookup: KnowledgeLookup::Keyword,
        category: Some(CATEGORY.to_owned()),
        offer_human: Some("Talk to a person".to_owned()),
        otherwise: Vec::new(),
    };
    Ok(Thing::AutomationRule(AutomationRule {
        name: "Instant answers from the knowledge base".to_owned(),
        brand_id: Some(around.brand_id),
        mode: Mode::Enabled,
        trigger: Trigger::MessageReceived,
        // Whom a person looks after already, the person answers.
        when: Condition::All { all: vec![test(Field::AssigneeId, Operator::IsAbsent, serde_json::Value::Null)] },
        actions: vec![AutomationAction::AnswerFromKnowledge(answer)],
        limits: Limits { per_hour_max: Some(PER_HOUR_MAX), ..Limits::default() },
        follows_automation: false,
    }))
}
