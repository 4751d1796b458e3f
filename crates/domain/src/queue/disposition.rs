//! What a resolution can be called in a queue.

use super::QueueSettings;
use super::settings::{AutoResolve, DISPOSITION_CHARS_MAX};
use crate::outbound_content::FieldError;

impl QueueSettings {
    /// The disposition as it is written down, or why this queue does not take it.
    pub fn disposition(&self, given: Option<&str>) -> Result<Option<String>, FieldError> {
        let wrong = |code, detail: String| Err(FieldError { pointer: "/disposition".to_owned(), code, detail });
        let Some(given) = given.map(str::trim) else {
            return if self.disposition_required {
                wrong("required", "this queue's conversations are resolved with a disposition".to_owned())
            } else {
                Ok(None)
            };
        };
        let listed = self.dispositions.iter().any(|known| known == given);
        if listed {
            return Ok(Some(given.to_owned()));
        }
        if !self.dispositions.is_empty() {
            return wrong("not_allowed", "is none of this queue's dispositions".to_owned());
        }
        let fits = !given.is_empty() && given.chars().count() <= DISPOSITION_CHARS_MAX;
        if !fits || given.chars().any(char::is_control) {
            return wrong("bad_format", format!("1 to {DISPOSITION_CHARS_MAX} printable characters"));
        }
        Ok(Some(given.to_owned()))
    }

    /// How conversations are resolved by themselves; `None` also where the queue would not take that resolution.
    pub fn resolving_by_itself(&self) -> Option<&AutoResolve> {
        let rule = self.auto_resolve.as_ref()?;
        self.disposition(rule.disposition.as_deref()).is_ok().then_some(rule)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_takes_what_is_on_it_and_no_list_takes_any_short_text() {
        let listed = QueueSettings { dispositions: vec!["solved".to_owned()], ..QueueSettings::default() };
        assert_eq!(listed.disposition(Some(" solved ")), Ok(Some("solved".to_owned())));
        assert_eq!(listed.disposition(Some("sold")).unwrap_err().code, "not_allowed");
        assert_eq!(listed.disposition(None), Ok(None));
        let required = QueueSettings { disposition_required: true, ..QueueSettings::default() };
        assert_eq!(required.disposition(None).unwrap_err().code, "required");
        assert_eq!(required.disposition(Some("sold")), Ok(Some("sold".to_owned())));
        assert_eq!(required.disposition(Some(" ")).unwrap_err().code, "bad_format");
    }
}
