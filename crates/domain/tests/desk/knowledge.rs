//! The knowledge base: who writes and who approves, which article answers whose words, and what of a closing note stays.

use std::collections::BTreeMap;

use domain::access::{Role, Walls};
use domain::contact::erase;
use domain::conversation::add_note;
use domain::conversation::assign;
use domain::ids::*;
use domain::knowledge::find::{ArticleAnswer, by_keyword};
use domain::knowledge::rate::{self, Rating};
use domain::knowledge::write::{self, Draft};
use domain::knowledge::{Particulars, Status, Translation, Translations, Visibility, publish};
use domain::rejection::Rejection;
use domain::team::{self, NewTeam};
use domain::{account, channel};

use crate::desk::{Desk, note};

fn says(text: &str, keywords: &[&str]) -> Translation {
    Translation {
        title: text.to_owned(),
        keywords: keywords.iter().map(|&word| word.to_owned()).collect(),
        body_md: format!("**{text}**"),
        answer_text: None,
    }
}

fn draft(visibility: Visibility, priority: u8, texts: &[(&str, Translation)]) -> Draft {
    let translations: Translations = texts.iter().map(|(locale, text)| ((*locale).to_owned(), text.clone())).collect();
    let default_locale = texts[0].0.to_owned();
    Draft { particulars: Particulars { category: None, visibility, priority, default_locale }, translations }
}

impl Desk {
    fn drafts(&mut self, by: UserId, draft: &Draft) -> ArticleId {
        let by = self.principal(by);
        self.run(|step| write::create(step, &by, None, draft.clone())).unwrap()
    }
    fn version(&self, id: ArticleId) -> u64 {
        self.world.articles.get(id).unwrap().version
    }
    fn takes_to(
        &mut self,
        by: UserId,
        id: ArticleId,
        to: Status,
        texts: Option<Translations>,
    ) -> Result<(), Rejection> {
        let (by, version) = (self.principal(by), self.version(id));
        self.run(|step| publish::set(step, &by, id, version, to, texts))
    }
    pub(crate) fn publishes(&mut self, draft: &Draft) -> ArticleId {
        let ana = self.ana;
        let id = self.drafts(ana, draft);
        self.takes_to(ana, id, Status::Published, Some(draft.translations.clone())).unwrap();
        id
    }
    fn article_status(&self, id: ArticleId) -> (Status, Option<u32>) {
        let article = self.world.articles.get(id).unwrap();
        (article.status, article.published.as_ref().map(|published| published.revision))
    }
    fn answer(&self, language: Option<&str>, text: &str) -> Option<ArticleAnswer> {
        by_keyword(&self.world, self.brand, language, None, text)
    }
    /// Which article answers, and in which language.
    fn answers(&self, language: Option<&str>, text: &str) -> Option<(ArticleId, String)> {
        self.answer(language, text).map(|answer| (answer.article_id, answer.locale))
    }
}

#[test]
fn an_agent_drafts_and_hands_in_and_somebody_else_approves() {
    let mut desk = Desk::new();
    let (ana, ben) = (desk.ana, desk.ben);
    let text = draft(Visibility::Public, 0, &[("en", says("Open from nine", &["hours"]))]);
    let id = desk.drafts(ben, &text);
    assert_eq!(desk.takes_to(ben, id, Status::Published, Some(text.translations.clone())), Err(Rejection::Forbidden));
    desk.takes_to(ben, id, Status::InReview, None).unwrap();
    assert_eq!(desk.takes_to(ben, id, Status::Draft, None), Err(Rejection::Forbidden));
    desk.takes_to(ana, id, Status::Draft, None).unwrap();
    desk.takes_to(ben, id, Status::InReview, None).unwrap();
    assert_eq!(desk.answers(None, "your hours?"), None);
    desk.takes_to(ana, id, Status::Published, Some(text.translations.clone())).unwrap();
    assert_eq!(desk.article_status(id), (Status::Published, Some(1)));
    assert_eq!(desk.answers(None, "your hours?"), Some((id, "en".to_owned())));
    // What is there already makes no event; from there it is not handed in.
    assert_eq!(desk.kinds_of(|desk| desk.takes_to(ana, id, Status::Published, None).unwrap()), [""; 0]);
    let refused = desk.takes_to(ben, id, Status::InReview, None);
    assert_eq!(refused, Err(Rejection::InvalidTransition { from: "published", to: "in_review" }));
}

#[test]
fn what_is_published_stays_while_it_is_written_anew() {
    let mut desk = Desk::new();
    let (ana, ben) = (desk.ana, desk.ben);
    let first = draft(Visibility::Public, 0, &[("en", says("Nine", &["hours"]))]);
    let second = draft(Visibility::Public, 0, &[("en", says("Ten", &["hours"]))]);
    let id = desk.publishes(&first);
    let (by, seen) = (desk.principal(ben), desk.version(id));
    desk.run(|step| write::revise(step, &by, id, seen, second.clone(), None)).unwrap();
    assert_eq!(desk.article_status(id), (Status::Draft, Some(1)));
    assert_eq!(desk.answer(None, "hours").unwrap().text, "Nine");
    // Somebody who saw the one before writes over nobody.
    let late = desk.run(|step| write::revise(step, &by, id, seen, first.clone(), None));
    assert_eq!(late, Err(Rejection::VersionMismatch { actual: desk.version(id) }));
    desk.takes_to(ana, id, Status::Published, Some(second.translations)).unwrap();
    assert_eq!(desk.answer(None, "hours").unwrap().text, "Ten");
    // An archived one answers nobody, and comes back as a draft.
    desk.takes_to(ana, id, Status::Archived, None).unwrap();
    assert_eq!(desk.answer(None, "hours"), None);
    let version = desk.version(id);
    let refused = desk.run(|step| write::revise(step, &by, id, version, first.clone(), None));
    assert_eq!(refused, Err(Rejection::InvalidTransition { from: "archived", to: "revised" }));
    desk.takes_to(ana, id, Status::Draft, None).unwrap();
    assert_eq!(desk.article_status(id), (Status::Draft, None));
    desk.restart();
    assert_eq!(desk.article_status(id), (Status::Draft, None));
}

#[test]
fn the_longest_keyword_wins_then_most_of_them_then_priority_then_the_oldest() {
    let mut desk = Desk::new();
    let mut publish = |priority, keywords: &[&str]| {
        desk.publishes(&draft(Visibility::Public, priority, &[("en", says("x", keywords))]))
    };
    let open = publish(9, &["open"]);
    let sunday = publish(0, &["open on sunday"]);
    let both = publish(0, &["open", "shop"]);
    let urgent = publish(5, &["shop", "open"]);
    let later = publish(5, &["shop", "open"]);
    let _inside = desk.publishes(&draft(Visibility::Internal, 99, &[("en", says("x", &["open on sunday please"]))]));
    let answers = |text| desk.answers(None, text).map(|(id, _)| id);
    assert_eq!(answers("Are you OPEN on Sunday please?"), Some(sunday));
    assert_eq!(answers("is the shop open"), Some(urgent));
    assert_eq!(answers("open"), Some(open));
    assert_eq!(answers("reopened workshops"), None);
    assert!(both < later);
}

#[test]
fn the_answer_is_in_the_customers_language_and_else_in_the_articles() {
    let mut desk = Desk::new();
    let texts = [
        ("en", says("Open from nine", &["hours"])),
        ("pt-BR", says("Aberto das nove", &["horário"])),
        ("zh", says("九点开门", &["营业时间"])),
        ("ar", says("نفتح في التاسعة", &["مواعيد"])),
    ];
    let id = desk.publishes(&draft(Visibility::Public, 0, &texts));
    let locale =
        |language, text| desk.answers(language, text).filter(|(found, _)| *found == id).map(|(_, locale)| locale);
    assert_eq!(locale(Some("pt"), "hours").as_deref(), Some("pt-BR"));
    assert_eq!(locale(Some("fr"), "qual o HORÁRIO?").as_deref(), Some("en"));
    assert_eq!(locale(None, "qual o horário?").as_deref(), Some("pt-BR"));
    assert_eq!(locale(None, "请问营业时间是几点").as_deref(), Some("zh"));
    assert_eq!(locale(Some("ar-EG"), "ما هي مواعيد العمل").as_deref(), Some("ar"));
}

#[test]
fn an_article_of_a_brand_answers_its_customers_alone_and_only_in_its_category() {
    let mut desk = Desk::new();
    let ana = desk.principal(desk.ana);
    let other = desk.run(|step| channel::create_brand(step, "Other")).unwrap();
    let mut text = draft(Visibility::Public, 0, &[("en", says("Nine", &["hours"]))]);
    text.particulars.category = Some("Shops".to_owned());
    let id = desk.run(|step| write::create(step, &ana, Some(other), text.clone())).unwrap();
    desk.takes_to(ana.user_id, id, Status::Published, Some(text.translations)).unwrap();
    assert_eq!(desk.answers(None, "hours"), None);
    let of = |category| by_keyword(&desk.world, other, None, category, "hours").map(|answer| answer.article_id);
    assert_eq!([of(None), of(Some("Shops")), of(Some("Refunds"))], [Some(id), Some(id), None]);
    // An Admin of one brand writes for that brand, and does not know of another's.
    let mia = desk.hire("mia", Role::Admin);
    let brand = desk.brand;
    desk.run(|step| account::change_brands(step, &ana, mia, Some([brand].into()), &[])).unwrap();
    let mia = desk.principal(mia);
    let text = draft(Visibility::Public, 0, &[("en", says("Nine", &[]))]);
    for brand in [None, Some(other)] {
        let refused = desk.run(|step| write::create(step, &mia, brand, text.clone()));
        assert!(matches!(refused, Err(Rejection::Fields(_))), "{refused:?}");
    }
    let version = desk.version(id);
    let hidden = desk.run(|step| publish::remove(step, &mia, id, version));
    assert_eq!(hidden, Err(Rejection::NotFound));
}

#[test]
fn everything_wrong_with_an_article_is_said_at_once() {
    let mut desk = Desk::new();
    let ana = desk.principal(desk.ana);
    let mut text = draft(Visibility::Public, 101, &[("en", says("", &["!", "a", "A"])), ("e/n", says("x", &[]))]);
    text.particulars.default_locale = "fr".to_owned();
    let Err(Rejection::Fields(errors)) = desk.run(|step| write::create(step, &ana, None, text)) else { panic!() };
    let pointers: Vec<_> = errors.iter().map(|error| error.pointer.as_str()).collect();
    let expected = [
        "/priority",
        "/default_locale",
        "/translations/e~1n",
        "/translations/en/title",
        "/translations/en/answer_text",
        "/translations/en/keywords/0",
        "/translations/en/keywords/2",
    ];
    assert_eq!(pointers, expected);
}

#[test]
fn what_was_learnt_in_a_conversation_is_for_those_who_see_it_until_somebody_approves_it() {
    let mut desk = Desk::new();
    let (ana, ben) = (desk.ana, desk.ben);
    let (eva, olga) = (desk.hire("eva", Role::Agent), desk.hire("olga", Role::Operator));
    desk.says(1, "491770001", "m1", "hello");
    let conversation = desk.conversation_of("491770001");
    let root = desk.principal(ana);
    let mut team = |name: &str, member| {
        let new = NewTeam { name: name.to_owned(), brand_id: None, walls: Walls::Closed };
        desk.run(|step| {
            let team = team::create(step, &root, &new)?;
            team::set_member(step, &root, team, member, false).map(|()| team)
        })
        .unwrap()
    };
    let (first, _second) = (team("first", ben), team("second", eva));
    let to = assign::Assignment { team_id: Some(Some(first)), ..Default::default() };
    desk.run(|step| assign::assign(step, conversation, &to)).unwrap();
    let note_id = desk.run(|step| add_note::add(step, conversation, ben, &note("Restart it twice."))).unwrap();
    let text = draft(Visibility::Internal, 0, &[("en", says("Restart it twice", &[]))]);
    let mut from_note = |by, note_id, conversation| {
        let by = desk.principal(by);
        desk.run(|step| write::from_note(step, &by, conversation, note_id, text.clone()))
    };
    assert_eq!(from_note(olga, note_id, conversation), Err(Rejection::Forbidden));
    let unknown = Err(Rejection::UnknownReference { field: "note_id" });
    assert_eq!(from_note(ben, NoteId::from_u128(7), conversation), unknown);
    let id = from_note(ben, note_id, conversation).unwrap();
    let mut sees = |by| {
        let by = desk.principal(by);
        desk.run(|step| write::seen(step, &by, id)).map(|_| ())
    };
    assert_eq!([sees(ana), sees(ben)], [Ok(()), Ok(())]);
    assert_eq!([sees(eva), sees(olga)], [Err(Rejection::NotFound), Err(Rejection::NotFound)]);
    desk.takes_to(ana, id, Status::Published, Some(text.translations.clone())).unwrap();
    let mut sees = |by| {
        let by = desk.principal(by);
        desk.run(|step| write::seen(step, &by, id)).map(|_| ())
    };
    assert_eq!([sees(eva), sees(olga)], [Ok(()), Ok(())]);
}

#[test]
fn a_draft_goes_with_the_customer_it_came_from_and_an_approved_article_loses_its_link() {
    let mut desk = Desk::new();
    let ana = desk.ana;
    desk.says(1, "491770001", "m1", "hello");
    let (conversation, contact) = (desk.conversation_of("491770001"), desk.contact("491770001"));
    let note_id = desk.run(|step| add_note::add(step, conversation, ana, &note("Restart it."))).unwrap();
    let text = draft(Visibility::Internal, 0, &[("en", says("Restart it", &[]))]);
    let by = desk.principal(ana);
    let mut from_note = || desk.run(|step| write::from_note(step, &by, conversation, note_id, text.clone()));
    let (unread, approved) = (from_note().unwrap(), from_note().unwrap());
    desk.takes_to(ana, approved, Status::Published, Some(text.translations.clone())).unwrap();
    desk.run(|step| erase::start(step, contact, erase::Traces::default(), None)).unwrap();
    assert!(desk.world.articles.get(unread).is_none());
    let article = desk.world.articles.get(approved).unwrap();
    assert_eq!((article.source, article.published.is_some()), (None, true));
    let late = desk.run(|step| write::from_note(step, &by, conversation, note_id, text.clone()));
    assert_eq!(late, Err(Rejection::ContactErased));
    desk.restart();
    assert!(desk.world.articles.get(unread).is_none());
}

#[test]
fn only_what_is_published_is_said_to_help_and_that_moves_no_version() {
    let mut desk = Desk::new();
    let ben = desk.principal(desk.ben);
    let text = draft(Visibility::Public, 0, &[("en", says("Nine", &[]))]);
    let (unpublished, id) = (desk.drafts(ben.user_id, &text), desk.publishes(&text));
    let rating = Rating { helpful: true, conversation_id: None, comment: Some("clear".to_owned()) };
    let mut rates = |id, rating: &Rating| desk.run(|step| rate::rate(step, &ben, id, rating.clone()));
    let refused = Err(Rejection::InvalidTransition { from: "draft", to: "rated" });
    assert_eq!(rates(unpublished, &rating), refused);
    rates(id, &rating).unwrap();
    let nowhere = Rating { conversation_id: Some(ConversationId::from_u128(3)), ..rating };
    assert_eq!(rates(id, &nowhere), Err(Rejection::UnknownReference { field: "conversation_id" }));
    assert_eq!(desk.version(id), 2);
    let by: BTreeMap<_, _> = desk.world.articles.iter().map(|article| (article.id, article.version)).collect();
    assert_eq!(by[&id], 2);
}
