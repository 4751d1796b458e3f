//! Articles as they are found by words, in several scripts, and what comes of them.

use std::collections::BTreeMap;

use domain::event::knowledge::*;
use domain::event::{Actor, StreamId};
use domain::ids::*;
use domain::knowledge::{Particulars, Translation, Visibility};
use projections::Views;
use projections::knowledge::{Asked, Hit};

use crate::desk::{Desk, closed};

fn says(title: &str, keywords: &[&str], body: &str) -> Translation {
    let keywords = keywords.iter().map(|&word| word.to_owned()).collect();
    Translation { title: title.to_owned(), keywords, body_md: body.to_owned(), answer_text: None }
}

fn publishes(desk: &mut Desk, n: u128, brand_id: Option<BrandId>, texts: &[(&str, Translation)]) -> ArticleId {
    publishes_as(desk, n, brand_id, Visibility::Public, texts)
}

fn publishes_as(
    desk: &mut Desk,
    n: u128,
    brand_id: Option<BrandId>,
    visibility: Visibility,
    texts: &[(&str, Translation)],
) -> ArticleId {
    let article_id = ArticleId::from_u128(n);
    let default_locale = texts[0].0.to_owned();
    let particulars = Particulars { category: Some("Shop".to_owned()), visibility, priority: 0, default_locale };
    let translations: BTreeMap<_, _> =
        texts.iter().map(|(locale, text)| ((*locale).to_owned(), text.clone())).collect();
    let private = Some(ArticleTexts { translations: translations.clone() });
    let stream = StreamId::Article(article_id);
    desk.run(0, Actor::System, |step| {
        let particulars = particulars.clone();
        step.emit(stream, ArticleCreated { article_id, brand_id, particulars, source: None, private });
    });
    desk.run(0, Actor::System, |step| {
        step.emit(stream, ArticlePublished { article_id, revision: 1, particulars, translations });
    });
    article_id
}

fn search(views: &Views, text: &str) -> Vec<Hit> {
    views.knowledge.library().search(&Asked { text, limit: 10, ..Asked::default() }, |_| true)
}

fn found(views: &Views, text: &str) -> Vec<ArticleId> {
    search(views, text).into_iter().map(|hit| hit.article_id).collect()
}

#[test]
fn articles_are_found_in_every_script_however_it_is_typed() {
    let mut desk = Desk::new();
    let texts: [(&str, Translation, &[&str]); 8] = [
        (
            "en",
            says("Returning an order", &[], "Send it back within 30 days."),
            &["how do I return orders?", "RETURNS"],
        ),
        ("es", says("Garantía y devolución", &[], "Te devolvemos el dinero."), &["devolucion", "¿qué GARANTÍAS hay?"]),
        ("de", says("Öffnungszeiten", &["geöffnet"], "Von neun bis fünf."), &["offnungszeiten", "Öffnungszeit"]),
        ("ru", says("Доставка заказа", &[], "Курьер приедет за два дня."), &["доставку", "где ЗАКАЗЫ"]),
        ("ar", says("ساعات العمل", &[], "نفتح في التاسعة صباحًا."), &["ما هي ساعات العمل؟", "سَاعَات"]),
        ("zh", says("营业时间", &[], "我们早上九点开门。"), &["请问营业时间是什么", "几点开门"]),
        ("th", says("เวลาทำการ", &[], "เปิดเก้าโมงเช้า"), &["เวลาทำการคือเมื่อไหร่"]),
        ("ja", says("返品について", &[], "三十日以内にお送りください。"), &["返品したい"]),
    ];
    let ids: Vec<_> = texts
        .iter()
        .enumerate()
        .map(|(n, (locale, text, _))| publishes(&mut desk, n as u128 + 1, None, &[(locale, text.clone())]))
        .collect();
    for (id, (locale, _, questions)) in ids.iter().zip(&texts) {
        for question in *questions {
            let hits = search(&desk.views, question);
            let best = hits.first().unwrap_or_else(|| panic!("{question} finds nothing"));
            assert_eq!((best.article_id, best.locale.as_str()), (*id, *locale), "{question}");
        }
    }
    assert_eq!(found(&desk.views, "zebra"), []);
    assert_eq!(found(&desk.views, "?!"), []);
}

#[test]
fn a_title_counts_more_than_keywords_and_those_more_than_the_body() {
    let mut desk = Desk::new();
    let body = publishes(&mut desk, 1, None, &[("en", says("One", &[], "All about a refund here."))]);
    let title = publishes(&mut desk, 2, None, &[("en", says("Refund", &[], "All about something here."))]);
    let keyword = publishes(&mut desk, 3, None, &[("en", says("Three", &["refund"], "All about nothing here."))]);
    let other = publishes(&mut desk, 4, None, &[("en", says("Four", &[], "Opening hours of shops."))]);
    let hits = search(&desk.views, "a refund please");
    let ids: Vec<_> = hits.iter().map(|hit| hit.article_id).collect();
    assert_eq!(ids, [title, keyword, body]);
    assert!(hits[0].score == 100 && hits[2].score < 50, "{:?}", hits.iter().map(|hit| hit.score).collect::<Vec<_>>());
    // Words that nothing is said about make a question another one.
    let about = |text| search(&desk.views, text).first().map(|hit| (hit.article_id, hit.score));
    let (id, score) = about("hours of moonrise over Uranus").unwrap();
    assert!(id == other && score < 40, "{score}");
}

#[test]
fn what_is_found_is_what_is_published_now_and_copies_keep_what_they_had() {
    let mut desk = Desk::new();
    let id = publishes(&mut desk, 1, None, &[("en", says("Refund", &[], "x")), ("es", says("Reembolso", &[], "x"))]);
    assert_eq!(found(&desk.views, "reembolsos"), [id]);
    let before = desk.views.clone();
    let translations = BTreeMap::from([("en".to_owned(), says("Money back", &[], "x"))]);
    let particulars = desk.views.knowledge.articles.get(id).unwrap().particulars.clone();
    let stream = StreamId::Article(id);
    desk.run(1, Actor::System, |step| {
        step.emit(stream, ArticlePublished { article_id: id, revision: 1, particulars, translations });
    });
    assert_eq!([found(&desk.views, "reembolsos"), found(&desk.views, "refund")], [[], []]);
    assert_eq!(found(&desk.views, "money"), [id]);
    assert_eq!(found(&before, "reembolsos"), [id]);
    desk.run(2, Actor::System, |step| step.emit(stream, ArticleArchived { article_id: id }));
    assert_eq!(found(&desk.views, "money"), []);
    let mut rebuilt = Views::default();
    desk.log.events.iter().for_each(|recorded| rebuilt.apply(&closed(recorded)));
    assert_eq!(rebuilt.digest(), desk.views.digest());
}

#[test]
fn what_lies_behind_a_wall_changes_no_score_before_it() {
    let (mine, theirs) = (BrandId::from_u128(1), BrandId::from_u128(2));
    let scores = |hidden: bool| {
        let mut desk = Desk::new();
        publishes(&mut desk, 1, Some(mine), &[("en", says("Refund", &[], "Money back in days."))]);
        publishes(&mut desk, 2, None, &[("en", says("Hours", &[], "Open for a refund."))]);
        if hidden {
            for n in 3..9 {
                publishes(&mut desk, n, Some(theirs), &[("en", says("Refund", &["days"], "Refund refund."))]);
            }
        }
        let asked = Asked { text: "refund in days", limit: 10, ..Asked::default() };
        let hits = desk.views.knowledge.library().search(&asked, |brand| brand != Some(theirs));
        hits.into_iter().map(|hit| (hit.article_id, hit.score)).collect::<Vec<_>>()
    };
    assert_eq!(scores(true), scores(false));
    assert_eq!(scores(true).len(), 2);
}

#[test]
fn filters_narrow_and_customers_are_answered_with_public_articles_of_their_brand() {
    let mut desk = Desk::new();
    let (brand, other) = (BrandId::from_u128(1), BrandId::from_u128(2));
    let text = || [("en", says("Refund", &[], "In five days.")), ("pt", says("Reembolso", &[], "Em cinco dias."))];
    let inside = publishes_as(&mut desk, 1, Some(brand), Visibility::Internal, &text());
    let public = publishes(&mut desk, 2, Some(brand), &text());
    publishes(&mut desk, 3, Some(other), &text());
    let library = desk.views.knowledge.library();
    let of = |asked: Asked<'_>| -> Vec<_> {
        library.search(&asked, |of| of == Some(brand)).into_iter().map(|hit| hit.article_id).collect()
    };
    let asked = Asked { text: "refund", limit: 10, ..Asked::default() };
    assert_eq!(of(asked.clone()), [inside, public]);
    assert_eq!(of(Asked { visibility: Some(Visibility::Internal), ..asked.clone() }), [inside]);
    assert_eq!(of(Asked { locale: Some("pt-BR"), ..asked.clone() }), []);
    assert_eq!(of(Asked { category: Some("Other"), ..asked.clone() }), []);
    assert_eq!(of(Asked { limit: 1, ..asked }), [inside]);
    // What automation asks for, whatever language the customer wrote in.
    let answer = |text| {
        let asked = Asked { text, visibility: Some(Visibility::Public), limit: 1, ..Asked::default() };
        library.search(&asked, |of| of.is_none_or(|of| of == brand)).pop()
    };
    let hit = answer("my refund").unwrap();
    assert_eq!((hit.score, hit.article_id, hit.translation().unwrap().title.as_str()), (100, public, "Refund"));
    assert_eq!(answer("reembolso").unwrap().locale, "pt");
    assert!(answer("moon").is_none());
}

#[test]
fn a_matter_that_an_article_ended_is_deflected_and_one_a_person_answered_is_not() {
    let mut desk = Desk::new();
    let id = publishes(&mut desk, 1, None, &[("en", says("Refund", &[], "x"))]);
    let answers = |desk: &mut Desk, at, conversation_id| {
        let event = ArticleAnswered {
            article_id: id,
            revision: 1,
            locale: "en".to_owned(),
            conversation_id,
            message_id: MessageId::from_u128(7),
            by: Lookup::Keyword,
            score: None,
        };
        desk.run(at, Actor::System, |step| step.emit(StreamId::Conversation(conversation_id), event));
    };
    let (alone, _) = desk.says(0, "a", "refund");
    let (helped, _) = desk.says(0, "b", "refund");
    answers(&mut desk, 1, alone);
    answers(&mut desk, 1, alone);
    answers(&mut desk, 1, helped);
    desk.writes(2, desk.ana, helped, "hi");
    desk.resolves(3, desk.ana, alone);
    desk.resolves(3, desk.ana, helped);
    let rates = |desk: &mut Desk, user, helpful| {
        let event = ArticleRated { article_id: id, revision: 1, helpful, conversation_id: Some(alone), private: None };
        desk.run(4, Actor::User(user), |step| step.emit(StreamId::Article(id), event));
    };
    let (ana, ben) = (desk.ana, desk.ben);
    rates(&mut desk, ana, false);
    rates(&mut desk, ben, true);
    rates(&mut desk, ana, true);
    let numbers = desk.views.knowledge.numbers(id);
    assert_eq!((numbers.answered_by_keyword, numbers.deflected), (3, 1));
    assert_eq!((numbers.helpful, numbers.unhelpful), (2, 0));
    // The next episode is another matter.
    desk.says(5, "a", "and another thing");
    desk.resolves(6, desk.ana, alone);
    assert_eq!(desk.views.knowledge.numbers(id).deflected, 1);
}
