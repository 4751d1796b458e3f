//! Codes that change every thirty seconds (RFC 6238: SHA-1, six digits, which is what every authenticator app knows), and
//! recovery codes. Computed here; that each is taken once is decided by [`domain::security::second_factor`].

use domain::identity::BlindKey;
use domain::ids::UserId;
use domain::security::second_factor::{Proof, RECOVERY_CODES};
use domain::time::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use totp_rs::{Algorithm, Builder, Secret, Totp};

use crate::context::Context;
use crate::problem::Problem;

const ISSUER: &str = "frontdesk";
const DIGITS: u8 = 6;
/// Clocks of phones are off by seconds, people are slow: one step either way.
const SKEW: u16 = 1;
const STEP_S: u64 = 30;
/// Crockford's letters, in lower case: none is taken for another.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
const RECOVERY_CHARS: usize = 16;

/// A new secret, 160 bits in base32.
pub fn fresh_secret(context: &Context) -> String {
    let mut bytes = [0; 20];
    let (first, second) = (context.entropy().to_le_bytes(), context.entropy().to_le_bytes());
    bytes.iter_mut().zip(first.into_iter().chain(second)).for_each(|(to, from)| *to = from);
    Secret::new_stack(bytes).to_base32()
}

/// The address that authenticator apps read from a QR code. Errors: the secret is not one of ours.
pub fn otpauth_uri(secret: &str, email: &str) -> Result<String, Problem> {
    // A colon would end the label's first part.
    let account = email.replace(':', "");
    totp(secret, &account)
        .and_then(|totp| totp.to_url().ok())
        .ok_or_else(|| Problem::internal("a secret makes no address"))
}

/// What a code proves, if it is right now or was or will be one step away.
pub fn proof(secret_pos: u64, secret: &SecretString, code: &str, now: Timestamp) -> Option<Proof> {
    let seconds = u64::try_from(now.as_millis().div_euclid(1_000)).ok()?;
    let step = totp(secret.expose_secret(), "")?.check(code, seconds)?;
    Some(Proof::Code { secret_pos, step })
}

/// The code of a moment.
pub fn code_at(secret: &str, at: Timestamp) -> Option<String> {
    let seconds = u64::try_from(at.as_millis().div_euclid(1_000)).ok()?;
    Some(totp(secret, "")?.generate(seconds).to_string())
}

fn totp(secret: &str, account: &str) -> Option<Totp> {
    let secret = Secret::try_from_base32(secret).ok()?;
    let builder = Builder::new()
        .with_algorithm(Algorithm::SHA1)
        .with_digits(DIGITS)
        .with_skew(SKEW)
        .with_step_duration(STEP_S)
        .with_secret(secret);
    builder.with_account_name(account).with_issuer(Some(ISSUER)).build().ok()
}

/// Ten new recovery codes of 80 random bits each, in groups of four.
pub fn fresh_recovery_codes(context: &Context) -> Vec<String> {
    (0..RECOVERY_CODES).map(|_| recovery_code(context.entropy())).collect()
}

fn recovery_code(random: u128) -> String {
    let mut text = String::with_capacity(RECOVERY_CHARS + 3);
    for place in 0..RECOVERY_CHARS {
        if place > 0 && place % 4 == 0 {
            text.push('-');
        }
        text.push(char::from(ALPHABET[(random >> (5 * place)) as usize & 31]));
    }
    text
}

/// What is stored of a recovery code: a keyed hash. A slow one would be in the way (ten of them for every try) and add
/// nothing: the codes are random, and 80 bits are not guessed even with the key.
pub fn recovery_key(blind: impl Fn(&str) -> BlindKey, user: UserId, code: &str) -> BlindKey {
    let plain: String = code.chars().filter(char::is_ascii_alphanumeric).collect();
    blind(&format!("recovery:{user}:{}", plain.to_lowercase()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6238, appendix B, cut to six digits.
    #[test]
    fn codes_are_those_of_the_rfc() {
        let secret = Secret::new_stack(*b"12345678901234567890").to_base32();
        for (seconds, code) in [(59, "287082"), (1_111_111_109, "081804"), (1_234_567_890, "005924")] {
            assert_eq!(code_at(&secret, Timestamp::from_seconds(seconds)).as_deref(), Some(code));
        }
    }

    #[test]
    fn a_code_is_good_one_step_around_its_time() {
        let text = Secret::new_stack([7; 20]).to_base32();
        let (secret, now) = (SecretString::from(text.clone()), Timestamp::from_seconds(1_795_251_600));
        let seen = |steps: i64| {
            let at = now + domain::time::Millis::seconds(30 * steps);
            proof(9, &secret, &code_at(&text, at).unwrap(), now)
        };
        let step = 1_795_251_600 / 30;
        for (steps, good) in [(-2, false), (-1, true), (0, true), (1, true), (2, false)] {
            let proved = Proof::Code { secret_pos: 9, step: (step + steps) as u64 };
            assert_eq!(seen(steps), good.then_some(proved), "{steps}");
        }
        for text in ["", "12345", "1234567", "+12345", "12a456"] {
            assert_eq!(proof(9, &secret, text, now), None);
        }
    }

    #[test]
    fn recovery_codes_are_read_as_people_type_them() {
        let code = recovery_code(u128::MAX / 3);
        assert_eq!(code.len(), RECOVERY_CHARS + 3);
        let key = |text: &str| {
            recovery_key(
                |text| BlindKey(blake3::hash(text.as_bytes()).as_bytes()[..16].try_into().unwrap()),
                UserId::from_u128(1),
                text,
            )
        };
        assert_eq!(key(&code), key(&code.to_uppercase().replace('-', " ")));
        assert_ne!(key(&code), key(&recovery_code(7)));
    }
}
