//! Numbers to try things with by hand: `+1 … 555 01xx`, any area code or none, behave by their last two digits.
//!
//! | xx | what happens | xx | what happens |
//! |---|---|---|---|
//! | 02 | read at once, no `delivered` | 47 | fails later with 131047 |
//! | 03 | never delivered | 49 | marketing capped (131049) |
//! | 04 | fails on one device, arrives on another | 50 | stopped marketing (131050) |
//! | 26 | blocked the business (131026) | 53 | fails later with 131053 |
//! | 27 | no WhatsApp (131026) | 72 | in an experiment (130472) |
//!
//! All others of the range are ordinary customers. A customer the test made itself comes before this table.

use super::customer::{Behaviour, Profile};

/// The customer of a magic number.
pub(super) fn customer(digits: &str) -> Option<Profile> {
    let tail = digits.get(digits.len().checked_sub(7)?..)?;
    let last = digits.starts_with('1').then(|| tail.strip_prefix("55501")).flatten()?;
    let behaviour = match last {
        "02" => Behaviour::ReadsInstantly,
        "03" => Behaviour::NeverDelivers,
        "04" => Behaviour::TwoDevices,
        "26" => Behaviour::Blocks,
        "27" => Behaviour::NotOnWhatsapp,
        "47" => Behaviour::FailsWith(131047),
        "49" => Behaviour::Capped,
        "50" => Behaviour::OptedOut,
        "53" => Behaviour::FailsWith(131053),
        "72" => Behaviour::Experiment,
        _ => Behaviour::Normal,
    };
    Some(Profile::new(digits, &format!("Test {last}")).who(behaviour))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn magic_numbers_behave_by_their_last_two_digits() {
        let of = |digits: &str| customer(digits).map(|profile| profile.behaviour);
        assert_eq!(of("12025550126"), Some(Behaviour::Blocks));
        assert_eq!(of("15550147"), Some(Behaviour::FailsWith(131047)));
        assert_eq!(of("12025550111"), Some(Behaviour::Normal));
        assert_eq!(of("34600550126"), None);
        assert_eq!(of("1"), None);
    }
}
