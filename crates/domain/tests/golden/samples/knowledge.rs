//! Articles of the knowledge base.

use std::collections::BTreeMap;

use domain::event::Event;
use domain::event::knowledge::*;
use domain::ids::*;
use domain::knowledge::{Particulars, Source, Translation, Translations, Visibility};

use super::id;

fn texts(title: &str) -> Translations {
    let english = Translation {
        title: title.to_owned(),
        keywords: vec!["opening hours".to_owned(), "open".to_owned()],
        body_md: format!("**{title}**: nine to five."),
        answer_text: Some("Nine to five.".to_owned()),
    };
    BTreeMap::from([("en".to_owned(), english)])
}

pub(super) fn samples() -> Vec<Event> {
    let article_id: ArticleId = id(1);
    let particulars = Particulars {
        category: Some("Shops".to_owned()),
        visibility: Visibility::Public,
        priority: 10,
        default_locale: "en".to_owned(),
    };
    let private = || Some(ArticleTexts { translations: texts("personal hours") });
    let source = Some(Source { conversation_id: id(5), note_id: id(6), contact_id: id(7) });
    let answered = |by, score| ArticleAnswered {
        article_id,
        revision: 2,
        locale: "en".to_owned(),
        conversation_id: id(5),
        message_id: id(8),
        by,
        score,
    };
    vec![
        ArticleCreated {
            article_id,
            brand_id: Some(id(3)),
            particulars: particulars.clone(),
            source,
            private: private(),
        }
        .into(),
        ArticleRevised {
            article_id,
            revision: 2,
            particulars: particulars.clone(),
            restored_from: Some(1),
            private: private(),
        }
        .into(),
        ArticleSubmitted { article_id, revision: 2 }.into(),
        ArticleReturned { article_id, revision: 2 }.into(),
        ArticlePublished { article_id, revision: 2, particulars, translations: texts("Opening hours") }.into(),
        ArticleUnpublished { article_id }.into(),
        ArticleArchived { article_id }.into(),
        ArticleUnarchived { article_id }.into(),
        ArticleRemoved { article_id }.into(),
        answered(Lookup::Search, Some(71)).into(),
        ArticleRated {
            article_id,
            revision: 2,
            helpful: true,
            conversation_id: Some(id(5)),
            private: Some(RatingComment { comment: "personal comment".to_owned() }),
        }
        .into(),
    ]
}
