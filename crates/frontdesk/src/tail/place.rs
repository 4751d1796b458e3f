//! Where somebody stands: everything up to a position of a log is known.

use std::fmt;
use std::str::FromStr;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) log_id: String,
    pub(super) pos: u64,
}

impl Place {
    /// How a message names it, where there is one.
    pub(super) fn suffix(place: Option<&Self>) -> String {
        place.map_or_else(String::new, |place| format!(", after {}", place.pos))
    }
}

impl fmt::Display for Place {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}:{}", self.log_id, self.pos)
    }
}

impl FromStr for Place {
    type Err = &'static str;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const WRONG: &str = "a log's id, a colon and a position";
        let (log_id, pos) = text.rsplit_once(':').ok_or(WRONG)?;
        Ok(Self { log_id: log_id.to_owned(), pos: pos.parse().map_err(|_| WRONG)? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_read_as_it_is_written() {
        let place = Place { log_id: "log_01".to_owned(), pos: 7 };
        assert_eq!(place.to_string().parse(), Ok(place));
        assert!("7".parse::<Place>().is_err() && "log_01:x".parse::<Place>().is_err());
    }
}
