//! Who may talk to the webhook: the signature of a POST and the handshake of a GET. Called by the webhook endpoint
//! before anything of the body is parsed. No I/O; the secrets and tokens come in opened.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;

/// The header that carries the signature, `sha256=` and 64 hexadecimal digits.
pub const SIGNATURE_HEADER: &str = "x-hub-signature-256";
/// Longest challenge that is echoed, in bytes. The provider sends about ten digits.
pub const CHALLENGE_MAX: usize = 128;

/// Why a POST is not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    #[error("the signature header is missing")]
    Missing,
    #[error("the signature does not fit the body")]
    Invalid,
}

/// Why a handshake is not answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum HandshakeError {
    /// Not `subscribe`, or a verify token that no channel has (answer 403).
    #[error("the verify token is not known")]
    Refused,
    /// A challenge that we will not echo (answer 400).
    #[error("the challenge is missing or not plain")]
    BadChallenge,
}

/// Checks the HMAC-SHA256 of the exact bytes received against every secret, in constant time for each, and tells the
/// index of the one that made it (several during a rotation, or several apps on one address). `header_values` are
/// all values of [`SIGNATURE_HEADER`]; two of them are as bad as a wrong one. Without secrets nothing is valid.
pub fn verify(raw: &[u8], header_values: &[&str], secrets: &[&[u8]]) -> Result<usize, SignatureError> {
    let [value] = header_values else {
        return Err(if header_values.is_empty() { SignatureError::Missing } else { SignatureError::Invalid });
    };
    let digits = value.strip_prefix("sha256=").ok_or(SignatureError::Invalid)?;
    let mut given = [0u8; 32];
    hex::decode_to_slice(digits, &mut given).map_err(|_| SignatureError::Invalid)?;
    let mut found = None;
    for (index, secret) in secrets.iter().enumerate() {
        // An empty secret is a hole in the configuration, and anybody can sign with it.
        if secret.is_empty() {
            continue;
        }
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret) else { continue };
        mac.update(raw);
        if mac.verify_slice(&given).is_ok() && found.is_none() {
            found = Some(index);
        }
    }
    found.ok_or(SignatureError::Invalid)
}

/// The signature header's value for a body, as the provider would send it. For simulators and tests.
pub fn sign(raw: &[u8], secret: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).expect("HMAC takes a key of any length");
    mac.update(raw);
    format!("sha256={}", hex::encode(mac.finalize().into_bytes()))
}

/// Answers the verification GET (`hub.mode`, `hub.verify_token`, `hub.challenge`): what to send back as text. The token
/// is compared in constant time with every known one.
pub fn handshake(
    mode: Option<&str>,
    token: Option<&str>,
    challenge: Option<&str>,
    known_tokens: &[&[u8]],
) -> Result<String, HandshakeError> {
    let token = token.filter(|token| !token.is_empty()).ok_or(HandshakeError::Refused)?;
    let mut known = false;
    for candidate in known_tokens {
        known |= bool::from(candidate.ct_eq(token.as_bytes()));
    }
    if !known || mode != Some("subscribe") {
        return Err(HandshakeError::Refused);
    }
    let plain = |text: &&str| {
        !text.is_empty()
            && text.len() <= CHALLENGE_MAX
            && text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'<' && byte != b'>')
    };
    challenge.filter(plain).map(str::to_owned).ok_or(HandshakeError::BadChallenge)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &[u8] = b"test_app_secret";
    const BODY: &[u8] = br#"{"object":"whatsapp_business_account","entry":[]}"#;
    const DIGEST: &str = "dec6a680679a968e7e0319355b23599cbfc54502c0784668e9618baa0c633756";

    #[test]
    fn a_signature_of_the_exact_bytes_is_believed() {
        let header = format!("sha256={DIGEST}");
        assert_eq!(sign(BODY, SECRET), header);
        assert_eq!(verify(BODY, &[&header], &[SECRET]), Ok(0));
        assert_eq!(verify(BODY, &[&format!("sha256={}", DIGEST.to_uppercase())], &[SECRET]), Ok(0));
        assert_eq!(verify(BODY, &[&header], &[b"the one before", SECRET, SECRET]), Ok(1));
        let spaced = br#"{"object": "whatsapp_business_account", "entry": []}"#;
        let other = "sha256=56cbbaf4961c6cfdae48b7f116c047e5eb513d2c931baae63a2bc1afd26f803a";
        assert_eq!(verify(spaced, &[other], &[SECRET]), Ok(0));
        assert_eq!(verify(spaced, &[&header], &[SECRET]), Err(SignatureError::Invalid));
    }

    #[test]
    fn every_other_header_is_refused() {
        let header = format!("sha256={DIGEST}");
        assert_eq!(verify(BODY, &[], &[SECRET]), Err(SignatureError::Missing));
        let bad = [
            String::new(),
            DIGEST.to_owned(),
            format!("SHA256={DIGEST}"),
            format!("sha1={DIGEST}"),
            format!("sha256={}", &DIGEST[..62]),
            format!("sha256={DIGEST}00"),
            format!("sha256={}zz", &DIGEST[..62]),
            format!("sha256= {DIGEST}"),
            format!("sha256={DIGEST}, sha256={DIGEST}"),
            format!("sha256={}", "0".repeat(64)),
        ];
        for value in &bad {
            assert_eq!(verify(BODY, &[value], &[SECRET]), Err(SignatureError::Invalid), "{value}");
        }
        assert_eq!(verify(BODY, &[&header, &header], &[SECRET]), Err(SignatureError::Invalid), "two headers");
        assert_eq!(verify(BODY, &[&header], &[]), Err(SignatureError::Invalid), "no secret fails closed");
        assert_eq!(verify(BODY, &[&sign(BODY, b"")], &[b""]), Err(SignatureError::Invalid), "an empty secret is none");
        let newline = [BODY, b"\n"].concat();
        assert_eq!(verify(&newline, &[&header], &[SECRET]), Err(SignatureError::Invalid), "one byte more");
    }

    #[test]
    fn the_handshake_echoes_a_plain_challenge_to_who_knows_a_token() {
        let known: &[&[u8]] = &[b"first", b"second"];
        let ask = |mode, token, challenge| handshake(mode, token, challenge, known);
        assert_eq!(ask(Some("subscribe"), Some("second"), Some("1158201444")), Ok("1158201444".to_owned()));
        for (mode, token) in [
            (None, Some("first")),
            (Some("unsubscribe"), Some("first")),
            (Some("subscribe"), None),
            (Some("subscribe"), Some("")),
            (Some("subscribe"), Some("firs")),
            (Some("subscribe"), Some("first ")),
        ] {
            assert_eq!(ask(mode, token, Some("1")), Err(HandshakeError::Refused), "{mode:?} {token:?}");
        }
        let long = "1".repeat(CHALLENGE_MAX + 1);
        for challenge in [None, Some(""), Some("<script>"), Some("a b"), Some("é"), Some("1\n"), Some(long.as_str())] {
            let answer = ask(Some("subscribe"), Some("first"), challenge);
            assert_eq!(answer, Err(HandshakeError::BadChallenge), "{challenge:?}");
        }
        assert_eq!(
            handshake(Some("subscribe"), Some("x"), Some("<"), &[]),
            Err(HandshakeError::Refused),
            "a stranger learns nothing about the challenge"
        );
    }
}
