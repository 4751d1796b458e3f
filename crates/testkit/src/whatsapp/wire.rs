//! The bytes Meta puts on the wire: compact JSON, everything outside ASCII as lower-case `\uXXXX`, `/` as `\/`; and the
//! signature over exactly these bytes.

use hmac::{Hmac, KeyInit, Mac};
use serde_json::Value;
use sha2::Sha256;

/// The body of a webhook.
pub(super) fn encode(value: &Value) -> Vec<u8> {
    let plain = value.to_string();
    let mut out = String::with_capacity(plain.len() + plain.len() / 8);
    for c in plain.chars() {
        match c {
            '/' => out.push_str("\\/"),
            c if c.is_ascii() => out.push(c),
            c => {
                let mut units = [0; 2];
                for unit in c.encode_utf16(&mut units) {
                    out.push_str(&format!("\\u{unit:04x}"));
                }
            }
        }
    }
    out.into_bytes()
}

/// The value of `X-Hub-Signature-256`.
pub(super) fn signature(secret: &str, body: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("any key length is fine");
    mac.update(body);
    format!("sha256={}", hex::encode(mac.finalize().into_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn text_outside_ascii_and_slashes_are_escaped_and_mean_the_same() {
        let value = json!({ "body": "ä/🎉" });
        let bytes = encode(&value);
        assert_eq!(String::from_utf8(bytes.clone()).unwrap(), r#"{"body":"\u00e4\/\ud83c\udf89"}"#);
        assert_eq!(serde_json::from_slice::<Value>(&bytes).unwrap(), value);
    }

    #[test]
    fn the_signature_is_over_the_bytes() {
        assert_eq!(
            signature("test_app_secret", br#"{"object":"whatsapp_business_account","entry":[]}"#),
            "sha256=dec6a680679a968e7e0319355b23599cbfc54502c0784668e9618baa0c633756"
        );
    }
}
