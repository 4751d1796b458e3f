//! What a rule must be to be taken, and what actions must be, whoever has them done: naming only what exists, of what can be sent.
//! All errors at once, each with a pointer to its place.

use std::collections::BTreeMap;

use super::action::*;
use super::record::RUNS_PER_HOUR_MAX;
use super::rule::AutomationRule;
use super::trigger::{Since, Trigger};
use crate::access::Principal;
use crate::condition;
use crate::content::{Content, MessageKind};
use crate::conversation::change_status::SNOOZE_MAX;
use crate::conversation::note::NOTE_BYTES_MAX;
use crate::conversation::{WINDOW, label};
use crate::csat::SCORE_MAX;
use crate::ids::*;
use crate::outbound_content::{self, FieldError};
use crate::queue::QueueId;
use crate::routing::rule::{NAME_MAX, queue_exists};
use crate::time::Millis;
use crate::variables;
use crate::world::World;

/// Actions in one list at most.
pub const ACTIONS_MAX: usize = 20;
/// Actions of a rule at most, those under questions included.
pub const ACTIONS_ALL_MAX: usize = 100;
/// How deep questions may lie in each other.
pub const QUESTIONS_DEEP_MAX: usize = 5;
/// People and teams that are told at most.
pub const TOLD_MAX: usize = 50;
/// Characters of what they are told at most.
pub const NOTICE_MAX: usize = 1_000;
/// Parameters of a call at most, and characters of a value.
pub const PARAMETERS_MAX: usize = 20;
pub const PARAMETER_CHARS_MAX: usize = 1_000;
/// Characters of names of integrations, operations and parameters at most.
pub const WORD_MAX: usize = 64;
/// Characters of a question at most: what a message with buttons holds.
pub const QUESTION_CHARS_MAX: usize = 1_024;
/// Choices at most: the rows of a list.
pub const CHOICES_MAX: usize = 10;
/// Choices that buttons hold.
pub const BUTTONS_MAX: usize = 3;
/// Characters of a button, and of a row.
pub const BUTTON_CHARS_MAX: usize = 20;
pub const ROW_CHARS_MAX: usize = 24;
/// Other words for a choice at most.
pub const ALSO_MAX: usize = 20;
/// How long an answer is waited for.
pub const WAIT_MIN: Millis = Millis::minutes(1);
pub const WAIT_MAX: Millis = Millis::hours(23);
/// How often a question is asked again at most.
pub const REPEATS_MAX: u32 = 3;
/// The shortest and the longest timer.
pub const AFTER_MIN: Millis = Millis::minutes(1);
pub const AFTER_MAX: Millis = Millis::days(30);

/// Everything that is wrong with a rule.
pub fn errors(world: &World, by: &Principal, rule: &AutomationRule) -> Vec<FieldError> {
    let mut found = condition::check(&rule.when, "/when", world);
    let mut say = |pointer: &str, code, detail: String| found.push(error(pointer, code, detail));
    let name = rule.name.trim();
    if name.is_empty() || name.chars().count() > NAME_MAX || name.chars().any(char::is_control) {
        say("/name", "wrong_length", format!("1 to {NAME_MAX} printable characters"));
    }
    match rule.brand_id {
        Some(brand) if !world.brands.contains_key(&brand) || !by.rights().in_brand(brand) => {
            say("/brand_id", "unknown_reference", "names no brand of yours".to_owned());
        }
        None if by.rights().brands().is_some() => {
            say("/brand_id", "required", "name one of your brands".to_owned());
        }
        _ => {}
    }
    match &rule.trigger {
        Trigger::TagAdded { tag: Some(tag) } | Trigger::TagRemoved { tag: Some(tag) }
            if label::normal(tag).ok().as_ref() != Some(tag) =>
        {
            say("/trigger/tag", "wrong_length", tag_rule());
        }
        Trigger::Rated { at_most: Some(most) } if !(1..=SCORE_MAX).contains(most) => {
            say("/trigger/at_most", "out_of_range", format!("1 to {SCORE_MAX}"));
        }
        Trigger::Timer { after_ms, .. } if *after_ms < AFTER_MIN || *after_ms > AFTER_MAX => {
            let detail = format!("{} to {} seconds", AFTER_MIN.0 / 1_000, AFTER_MAX.0 / 1_000);
            say("/trigger/after_seconds", "out_of_range", detail);
        }
        _ => {}
    }
    let limits = &rule.limits;
    if limits.per_hour_max.is_some_and(|most| !(1..=RUNS_PER_HOUR_MAX).contains(&most)) {
        say("/limits/per_hour_max", "out_of_range", format!("1 to {RUNS_PER_HOUR_MAX}"));
    }
    if limits.cooldown_ms.is_some_and(|rest| rest.0 < 1_000 || rest > AFTER_MAX) {
        say("/limits/cooldown_seconds", "out_of_range", format!("1 to {} seconds", AFTER_MAX.0 / 1_000));
    }
    if rule.actions.is_empty() {
        say("/actions", "required", "a rule does at least one thing".to_owned());
    }
    found.extend(action_errors(world, by, rule.brand_id, &rule.actions, "/actions"));
    // Whoever did not write since a day before can get a template only.
    if let Trigger::Timer { since: Since::AgentReply, after_ms } = rule.trigger
        && after_ms >= WINDOW
    {
        for (index, action) in rule.actions.iter().enumerate() {
            if matches!(action, AutomationAction::SendMessage { content } if content.kind != MessageKind::Template) {
                let detail = "the service window is closed by then: only a template can be sent".to_owned();
                found.push(error(&format!("/actions/{index}/content"), "not_allowed", detail));
            }
        }
    }
    found
}

/// Everything that is wrong with actions that stand at `at`; `brand`: whose conversations they are about, `None`: all.
pub fn action_errors(
    world: &World,
    by: &Principal,
    brand: Option<BrandId>,
    actions: &[AutomationAction],
    at: &str,
) -> Vec<FieldError> {
    let mut check = Check { world, by, brand, found: Vec::new(), all: 0 };
    check.list(actions, at, 0);
    if check.all > ACTIONS_ALL_MAX {
        check.say(at, "too_many", format!("at most {ACTIONS_ALL_MAX}, those under questions included"));
    }
    check.found
}

fn error(pointer: &str, code: &'static str, detail: String) -> FieldError {
    FieldError { pointer: pointer.to_owned(), code, detail }
}

fn tag_rule() -> String {
    format!("1 to {} printable characters, in lower case", label::TAG_MAX)
}

struct Check<'a> {
    world: &'a World,
    by: &'a Principal,
    brand: Option<BrandId>,
    found: Vec<FieldError>,
    all: usize,
}

impl Check<'_> {
    fn say(&mut self, pointer: &str, code: &'static str, detail: String) {
        self.found.push(error(pointer, code, detail));
    }

    fn length(&mut self, text: &str, most: usize, at: &str) {
        if text.trim().is_empty() || text.chars().count() > most {
            self.say(at, "wrong_length", format!("1 to {most} characters"));
        }
    }

    fn words(&mut self, text: &str, most: usize, at: &str) {
        self.length(text, most, at);
        self.found.extend(variables::errors(text, at));
    }

    fn list(&mut self, actions: &[AutomationAction], at: &str, depth: usize) {
        if actions.len() > ACTIONS_MAX {
            self.say(at, "too_many", format!("at most {ACTIONS_MAX}"));
        }
        self.all += actions.len();
        if self.all > ACTIONS_ALL_MAX {
            return;
        }
        for (index, action) in actions.iter().enumerate() {
            self.action(action, &format!("{at}/{index}"), depth);
        }
    }

    fn action(&mut self, action: &AutomationAction, at: &str, depth: usize) {
        use AutomationAction as A;
        match action {
            A::SendMessage { content } => self.content(content, &format!("{at}/content")),
            A::AnswerFromKnowledge(asked) => self.knowledge(asked, at, depth),
            A::Ask(question) => self.question(question, at, depth),
            A::AddTag { tag } | A::RemoveTag { tag } => {
                if label::normal(tag).is_err() {
                    self.say(&format!("{at}/tag"), "wrong_length", tag_rule());
                }
            }
            A::MoveToQueue { queue_id } => self.queue(*queue_id, &format!("{at}/queue_id")),
            A::HandOver { queue_id } => {
                if let Some(queue) = queue_id {
                    self.queue(*queue, &format!("{at}/queue_id"));
                }
            }
            A::AssignAgent { user_id } => self.user(*user_id, &format!("{at}/user_id")),
            A::SetPriority { .. } | A::AskSatisfaction => {}
            A::SetStatus { status, disposition } => {
                let at = format!("{at}/disposition");
                match disposition {
                    Some(_) if *status != SettableStatus::Resolved => {
                        self.say(&at, "not_allowed", "is what a resolution came to".to_owned());
                    }
                    Some(word) => self.length(word, NAME_MAX, &at),
                    None => {}
                }
            }
            A::Snooze { for_ms } => {
                if *for_ms < AFTER_MIN || *for_ms > SNOOZE_MAX {
                    let detail = format!("{} to {} seconds", AFTER_MIN.0 / 1_000, SNOOZE_MAX.0 / 1_000);
                    self.say(&format!("{at}/for_seconds"), "out_of_range", detail);
                }
            }
            A::AddNote { body } => self.words(body, NOTE_BYTES_MAX / 4, &format!("{at}/body")),
            A::Notify { user_ids, team_ids, text } => {
                self.words(text, NOTICE_MAX, &format!("{at}/text"));
                if user_ids.is_empty() && team_ids.is_empty() || user_ids.len() + team_ids.len() > TOLD_MAX {
                    self.say(&format!("{at}/user_ids"), "wrong_number", format!("1 to {TOLD_MAX} people and teams"));
                }
                for (index, user) in user_ids.iter().enumerate() {
                    self.user(*user, &format!("{at}/user_ids/{index}"));
                }
                for (index, team) in team_ids.iter().enumerate() {
                    self.team(*team, &format!("{at}/team_ids/{index}"));
                }
            }
            A::CallIntegration { integration, operation, parameters } => {
                self.word(integration, &format!("{at}/integration"));
                self.word(operation, &format!("{at}/operation"));
                self.parameters(parameters, &format!("{at}/parameters"));
            }
        }
    }

    fn content(&mut self, content: &Content, at: &str) {
        let below = |error: FieldError| FieldError { pointer: format!("{at}{}", error.pointer), ..error };
        self.found.extend(outbound_content::check(content).into_iter().map(below));
        self.found.extend(variables::content_errors(content, at));
        let uploaded = content.kind.is_media() && content.body.get("id").is_some();
        if content.kind == MessageKind::Reaction || uploaded {
            let detail = "a reaction, or a file that was uploaded, is for one conversation: link the file".to_owned();
            self.say(at, "not_allowed", detail);
        }
        if content.kind == MessageKind::Template {
            self.template(content, at);
        }
    }

    /// One of any number that the rule's conversations are on.
    fn template(&mut self, content: &Content, at: &str) {
        let text =
            |pointer: &str| content.body.pointer(pointer).and_then(serde_json::Value::as_str).unwrap_or_default();
        let (name, language) = (text("/name"), text("/language/code"));
        let channels = self.world.channels.values();
        let of_brand = channels.filter(|channel| self.brand.is_none_or(|brand| brand == channel.config.brand_id));
        let accounts: Vec<_> = of_brand.map(|channel| channel.config.waba_id.as_str()).collect();
        let mut known = self
            .world
            .templates
            .values()
            .filter(|template| accounts.iter().any(|account| template.is(account, name, language)));
        match known.next() {
            None => {
                let detail = format!("there is no template {name} in {language}");
                self.say(&format!("{at}/template/name"), "unknown_reference", detail);
            }
            Some(template) => {
                let below = |error: FieldError| FieldError { pointer: format!("{at}{}", error.pointer), ..error };
                self.found.extend(template.check(content).into_iter().map(below));
            }
        }
    }

    fn queue(&mut self, queue: QueueId, at: &str) {
        if !queue_exists(self.world, self.by, queue, self.brand) {
            self.say(at, "unknown_reference", "names no queue that could take these".to_owned());
        }
    }

    fn user(&mut self, user: UserId, at: &str) {
        let theirs = self
            .world
            .roster
            .principal(user)
            .is_some_and(|principal| self.brand.is_none_or(|brand| principal.rights().in_brand(brand)));
        if !theirs {
            self.say(at, "unknown_reference", "names nobody who works here".to_owned());
        }
    }

    fn team(&mut self, team: TeamId, at: &str) {
        if !queue_exists(self.world, self.by, QueueId::Team(team), self.brand) {
            self.say(at, "unknown_reference", "names no team that could see these".to_owned());
        }
    }

    fn word(&mut self, word: &str, at: &str) {
        let plain = word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "_-.".contains(c));
        if word.is_empty() || word.len() > WORD_MAX || !plain {
            self.say(at, "bad_format", format!("1 to {WORD_MAX} of a-z, 0-9, _, - and ."));
        }
    }

    fn parameters(&mut self, parameters: &BTreeMap<String, String>, at: &str) {
        if parameters.len() > PARAMETERS_MAX {
            self.say(at, "too_many", format!("at most {PARAMETERS_MAX}"));
        }
        for (name, value) in parameters {
            self.word(name, &format!("{at}/{name}"));
            self.words(value, PARAMETER_CHARS_MAX, &format!("{at}/{name}"));
        }
    }

    fn knowledge(&mut self, asked: &KnowledgeAnswer, at: &str, depth: usize) {
        if let KnowledgeLookup::Search { score_min } = asked.lookup
            && score_min > 100
        {
            self.say(&format!("{at}/lookup/score_min"), "out_of_range", "0 to 100".to_owned());
        }
        if let Some(category) = &asked.category {
            self.length(category, NAME_MAX, &format!("{at}/category"));
        }
        if let Some(button) = &asked.offer_human {
            self.length(button, BUTTON_CHARS_MAX, &format!("{at}/offer_human"));
        }
        self.list(&asked.otherwise, &format!("{at}/otherwise"), depth);
    }

    fn question(&mut self, question: &Question, at: &str, depth: usize) {
        if depth >= QUESTIONS_DEEP_MAX {
            return self.say(at, "too_deep", format!("at most {QUESTIONS_DEEP_MAX} questions in each other"));
        }
        self.words(&question.text, QUESTION_CHARS_MAX, &format!("{at}/text"));
        let listed = question.choices.len() > BUTTONS_MAX;
        if question.choices.is_empty() || question.choices.len() > CHOICES_MAX {
            self.say(&format!("{at}/choices"), "wrong_number", format!("1 to {CHOICES_MAX} choices"));
        }
        match &question.list_button {
            Some(button) => self.length(button, BUTTON_CHARS_MAX, &format!("{at}/list_button")),
            None if listed => self.say(&format!("{at}/list_button"), "required", "opens the list".to_owned()),
            None => {}
        }
        let title_max = if listed { ROW_CHARS_MAX } else { BUTTON_CHARS_MAX };
        for (index, choice) in question.choices.iter().enumerate() {
            let at = format!("{at}/choices/{index}");
            self.length(&choice.title, title_max, &format!("{at}/title"));
            self.found.extend(variables::errors(&choice.title, &format!("{at}/title")));
            let same = |other: &Choice| other.title.trim().eq_ignore_ascii_case(choice.title.trim());
            if question.choices.iter().take(index).any(same) {
                self.say(&format!("{at}/title"), "duplicate", "another choice is called so".to_owned());
            }
            if choice.also.len() > ALSO_MAX {
                self.say(&format!("{at}/also"), "too_many", format!("at most {ALSO_MAX}"));
            }
            for (place, word) in choice.also.iter().enumerate() {
                self.length(word, condition::VALUE_CHARS_MAX, &format!("{at}/also/{place}"));
            }
            self.list(&choice.then, &format!("{at}/then"), depth + 1);
        }
        if question.wait_ms < WAIT_MIN || question.wait_ms > WAIT_MAX {
            let detail = format!("{} to {} seconds", WAIT_MIN.0 / 1_000, WAIT_MAX.0 / 1_000);
            self.say(&format!("{at}/wait_seconds"), "out_of_range", detail);
        }
        if question.repeats_max > REPEATS_MAX {
            self.say(&format!("{at}/repeats_max"), "out_of_range", format!("0 to {REPEATS_MAX}"));
        }
        self.list(&question.on_timeout, &format!("{at}/on_timeout"), depth + 1);
        self.list(&question.on_no_match, &format!("{at}/on_no_match"), depth + 1);
    }
}
