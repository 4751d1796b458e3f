//! The message that asks, in each of its forms.

use serde_json::{Value, json};

use super::{Form, SCORE_MAX, Survey, SurveyTemplate};
use crate::content::{Content, MessageKind};
use crate::identity::BlindKey;
use crate::ids::CsatId;

/// The scores that have a button where there is room for three.
const ON_BUTTONS: [u8; 3] = [5, 3, 1];

/// What stands behind a score that can be pressed: `csat:<survey>:<score>`.
pub(super) fn choice_id(survey: CsatId, score: u8) -> String {
    format!("csat:{survey}:{score}")
}

/// The survey and the number behind what was pressed, whatever the number is.
pub(super) fn read_choice(id: &str) -> Option<(CsatId, u8)> {
    let (survey, score) = id.strip_prefix("csat:")?.split_once(':')?;
    Some((survey.parse().ok()?, score.parse().ok()?))
}

/// Inside the service window.
pub(super) fn question(survey: &Survey, id: CsatId, token: BlindKey) -> Content {
    let label = |score: u8| survey.labels.get(usize::from(score) - 1).map_or("", String::as_str);
    match form(survey) {
        Form::Link => {
            let url = survey.public_url.as_deref().unwrap_or_default();
            Content::text(format!("{}\n{url}{}", survey.question, token_text(token)))
        }
        Form::Buttons => {
            let button =
                |score: u8| json!({"type": "reply", "reply": {"id": choice_id(id, score), "title": label(score)}});
            let buttons: Vec<Value> = ON_BUTTONS.into_iter().map(button).collect();
            interactive(json!({
                "type": "button", "body": {"text": survey.question}, "action": {"buttons": buttons},
            }))
        }
        Form::List | Form::Template => {
            let row = |score: u8| json!({"id": choice_id(id, score), "title": label(score)});
            let rows: Vec<Value> = (1..=SCORE_MAX).rev().map(row).collect();
            interactive(json!({
                "type": "list", "body": {"text": survey.question},
                "action": {"button": survey.list_button, "sections": [{"rows": rows}]},
            }))
        }
    }
}

/// The form it takes inside the window: a link needs somewhere to lead.
pub(super) fn form(survey: &Survey) -> Form {
    match survey.form {
        Form::Link if survey.public_url.is_some() => Form::Link,
        Form::Buttons => Form::Buttons,
        Form::List | Form::Link | Form::Template => Form::List,
    }
}

/// Outside it.
pub(super) fn template(template: &SurveyTemplate, id: CsatId) -> Content {
    let button = |(index, score): (usize, &u8)| {
        json!({
            "type": "button", "sub_type": "quick_reply", "index": index.to_string(),
            "parameters": [{"type": "payload", "payload": choice_id(id, *score)}],
        })
    };
    let components: Vec<Value> = template.scores.iter().enumerate().map(button).collect();
    let mut body = json!({"name": template.name, "language": {"code": template.language}});
    if !components.is_empty() {
        body["components"] = components.into();
    }
    Content { kind: MessageKind::Template, body }
}

/// The secret at the end of a link: 32 hexadecimal digits.
pub fn token_text(token: BlindKey) -> String {
    format!("{:032x}", u128::from_be_bytes(token.0))
}

/// Reads what [`token_text`] wrote.
pub fn read_token(text: &str) -> Option<BlindKey> {
    let plain = text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte));
    let value = u128::from_str_radix(text, 16).ok().filter(|_| plain)?;
    Some(BlindKey(value.to_be_bytes()))
}

fn interactive(body: Value) -> Content {
    Content { kind: MessageKind::Interactive, body }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outbound_content::check;

    #[test]
    fn every_form_is_a_message_that_the_provider_takes() {
        let id = CsatId::from_u128(7);
        let public_url = Some("https://example.com/rate/".to_owned());
        for form in [Form::List, Form::Buttons, Form::Link] {
            let survey = Survey { form, public_url: public_url.clone(), ..Survey::default() };
            assert_eq!(check(&question(&survey, id, BlindKey([1; 16]))), [], "{form:?}");
        }
        let asks = SurveyTemplate { name: "how_was_it".to_owned(), language: "en".to_owned(), scores: vec![5, 1] };
        assert_eq!(check(&template(&asks, id)), []);
    }

    #[test]
    fn what_stands_behind_a_choice_is_read_back() {
        let id = CsatId::from_u128(7);
        assert_eq!(read_choice(&choice_id(id, 4)), Some((id, 4)));
        assert_eq!(read_choice(&format!("csat:{id}:99")), Some((id, 99)));
        for other in ["csat:", "csat:5", "refund", &format!("csat:{id}:"), &format!("csat:{id}:-1")] {
            assert_eq!(read_choice(other), None, "{other}");
        }
    }
}
