//! Which passwords are taken: long enough, not among the first anyone would try, and not guessable by what is known of
//! their owner. By strength, after NIST SP 800-63B: no rules about kinds of characters, which make passwords worse.
//! Asked before any hashing; every place that sets a password asks here.

use std::sync::LazyLock;

use zxcvbn::Score;

use crate::problem::{FieldError, Kind, Problem};

/// The shortest password of an account whose password is all that protects it, in characters.
pub const ALONE_CHARS_MIN: usize = 15;
/// The shortest one beside a second factor, and of the first account: the operator sets that one in the environment and
/// answers for it.
pub const BESIDE_CHARS_MIN: usize = 8;
/// The longest password, in characters.
pub const PASSWORD_CHARS_MAX: usize = 256;

/// Sorted, lower case, at least eight characters each; compiled from public lists of leaked passwords.
const COMMON: &str = include_str!("../../assets/common-passwords.txt");

/// What a password has to hold out against.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Guard {
    /// It alone opens the account.
    Alone,
    /// A second factor is asked for too.
    BesideSecondFactor,
    /// The operator's, for the first account: only the worst are refused.
    Operators,
}

impl Guard {
    /// What an account's password has to hold out against.
    pub fn with_second_factor(on: bool) -> Self {
        if on { Self::BesideSecondFactor } else { Self::Alone }
    }

    fn chars_min(self) -> usize {
        match self {
            Self::Alone => ALONE_CHARS_MIN,
            Self::BesideSecondFactor | Self::Operators => BESIDE_CHARS_MIN,
        }
    }

    /// `Three`: more than 10^8 guesses, which holds against a stolen hash; `Two`: more than 10^6, against our throttle.
    fn score_min(self) -> Score {
        match self {
            Self::Alone => Score::Three,
            Self::BesideSecondFactor => Score::Two,
            Self::Operators => Score::Zero,
        }
    }
}

/// Whose password it is to be. Nothing of it may be the password.
#[derive(Debug, Clone, Copy)]
pub struct Owner<'a> {
    pub email: &'a str,
    pub name: &'a str,
}

/// Takes a password or says why not. `field` is the body's field it came in. Errors: `weak-password`.
pub fn admit(password: &str, field: &str, owner: Owner<'_>, guard: Guard) -> Result<(), Problem> {
    let Some((code, detail)) = fault(password, owner, guard) else { return Ok(()) };
    let error = FieldError {
        pointer: Some(format!("/{field}")),
        parameter: None,
        code: code.to_owned(),
        detail: detail.clone(),
    };
    Err(Problem::new(Kind::WeakPassword).detail(detail).errors(vec![error]))
}

fn fault(password: &str, owner: Owner<'_>, guard: Guard) -> Option<(&'static str, String)> {
    let weak = |code, detail: &str| Some((code, detail.to_owned()));
    let (least, length) = (guard.chars_min(), password.chars().take(PASSWORD_CHARS_MAX + 1).count());
    if length > PASSWORD_CHARS_MAX {
        return weak("too-long", "the password must have at most 256 characters");
    }
    let lower = password.to_lowercase();
    if is_common(&lower) {
        return weak("well-known", "the password is among the first anyone would try");
    }
    if length < least {
        let detail = format!("the password must have at least {least} characters; a few words make a good one");
        return Some(("too-short", detail));
    }
    let (email, name) = (owner.email.trim().to_lowercase(), owner.name.trim().to_lowercase());
    let before_at = email.split('@').next().unwrap_or_default();
    let own = [email.as_str(), before_at, name.as_str()];
    if own.into_iter().any(|own| !own.is_empty() && is_repeated(&lower, own)) {
        return weak("own-data", "the password must not be the e-mail address or the name");
    }
    // The estimate looks at the first hundred characters, so its cost is bounded. It counts what is known of the owner as
    // words like others, so what is left without them has to hold by itself too.
    let parts = email.split(['@', '.']).chain(name.split_whitespace()).chain(["frontdesk"]);
    let known: Vec<&str> = own.into_iter().chain(parts).filter(|part| part.chars().count() >= 3).collect();
    let rest = known.iter().fold(lower.clone(), |rest, part| rest.replace(part, ""));
    let score = |text: &str| zxcvbn::zxcvbn(text, &known).score();
    let least = guard.score_min();
    if score(&lower) < least || (rest != lower && score(&rest) < least.min(Score::Two)) {
        return weak("guessable", "the password is too easy to guess; a few unrelated words make a good one");
    }
    None
}

/// Whether it is on the list, or made of what is by what everybody does: repeating it, and putting digits or signs behind.
fn is_common(lower: &str) -> bool {
    static SORTED: LazyLock<Vec<&'static str>> = LazyLock::new(|| COMMON.lines().collect());
    let listed = |text: &str| SORTED.binary_search(&text).is_ok();
    let bare = lower.trim_end_matches(|each: char| !each.is_alphabetic());
    if listed(lower) || listed(bare) {
        return true;
    }
    // Shorter ones than the list has are worth refusing only when the whole is one of them over and over.
    let starts = lower.char_indices().map(|(at, _)| at).skip(1).take_while(|at| *at <= lower.len() / 2);
    starts.into_iter().any(|at| {
        let period = &lower[..at];
        (period.chars().count() <= 4 || listed(period)) && is_repeated(lower, period)
    })
}

fn is_repeated(text: &str, part: &str) -> bool {
    text.len() >= part.len() && text.bytes().zip(part.bytes().cycle()).all(|(one, other)| one == other)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANA: Owner<'_> = Owner { email: "Ana.Lopez@example.com", name: "Ana Lopez de la Vega" };

    fn code(password: &str, guard: Guard) -> Option<&'static str> {
        fault(password, ANA, guard).map(|(code, _)| code)
    }

    #[test]
    fn the_list_is_sorted_and_holds_what_everybody_knows() {
        let all: Vec<&str> = COMMON.lines().collect();
        assert!(all.windows(2).all(|pair| pair[0] < pair[1]) && all.len() > 5_000);
        assert!(all.iter().all(|each| each.chars().count() >= 8 && *each == each.to_lowercase()));
        for known in ["password123", "qwertyuiop", "correcthorsebatterystaple"] {
            assert!(all.binary_search(&known).is_ok(), "{known}");
        }
    }

    #[test]
    fn weak_passwords_are_told_why() {
        for (password, guard, why) in [
            ("seven green boats", Guard::Alone, None),
            ("eleven quiet lamps", Guard::Alone, None),
            ("ocho farolas y un río", Guard::Alone, None),
            ("nine-slow-otters-mend", Guard::Alone, None),
            ("Ana has a long password", Guard::Alone, None),
            ("twelve chars", Guard::Alone, Some("too-short")),
            ("short", Guard::BesideSecondFactor, Some("too-short")),
            ("kT9#vwq2", Guard::BesideSecondFactor, None),
            ("Password123", Guard::BesideSecondFactor, Some("well-known")),
            ("qwertyuiop", Guard::Operators, Some("well-known")),
            ("Password123!!!!!!!!!!!!", Guard::Alone, Some("well-known")),
            ("123412341234123412", Guard::Alone, Some("well-known")),
            ("aaaaaaaaaaaaaaaaaaaa", Guard::Alone, Some("well-known")),
            ("passwordpassword", Guard::Alone, Some("well-known")),
            ("ana.lopez@example.com", Guard::Alone, Some("own-data")),
            ("ANA LOPEZ DE LA VEGA", Guard::Alone, Some("own-data")),
            ("analopezexample2", Guard::Alone, Some("guessable")),
            ("abcdefghijklmnopq", Guard::Alone, Some("guessable")),
        ] {
            assert_eq!(code(password, guard), why, "{password}");
        }
        assert_eq!(code(&"x".repeat(1_000_000), Guard::Alone), Some("too-long"));
    }
}
