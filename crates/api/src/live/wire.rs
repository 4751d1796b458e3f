//! Frames of the WebSocket itself (RFC 6455), as a server writes them: never masked, never in pieces.

use bytes::{BufMut, Bytes, BytesMut};

const TEXT: u8 = 0x81;
const CLOSE: u8 = 0x88;
const PING: u8 = 0x89;
const PONG: u8 = 0x8A;
/// Of a control frame.
const CONTROL_BYTES_MAX: usize = 125;

/// A text frame, ready to be sent. A copy costs nothing: it is shared.
#[derive(Debug, Clone)]
pub(crate) struct Frame {
    bytes: Bytes,
    /// Where its text begins.
    text: usize,
}

impl Frame {
    pub(crate) fn new(text: &str) -> Self {
        let mut out = BytesMut::new();
        frame(&mut out, TEXT, text.as_bytes());
        Self { text: out.len() - text.len(), bytes: out.freeze() }
    }

    /// The text, for those who carry it otherwise.
    pub(crate) fn text(&self) -> &[u8] {
        &self.bytes[self.text..]
    }

    pub(crate) fn into_bytes(self) -> Bytes {
        self.bytes
    }
}

/// A question whether the other end is there; it says the content back.
pub(crate) fn ping(content: &[u8]) -> Bytes {
    control(PING, content)
}

/// The answer to a ping.
pub(crate) fn pong(content: &[u8]) -> Bytes {
    control(PONG, content)
}

/// The last frame.
pub(crate) fn close(code: u16, reason: &str) -> Bytes {
    let mut content = code.to_be_bytes().to_vec();
    content.extend_from_slice(reason.as_bytes());
    control(CLOSE, &content)
}

fn control(opcode: u8, content: &[u8]) -> Bytes {
    let mut out = BytesMut::new();
    frame(&mut out, opcode, &content[..content.len().min(CONTROL_BYTES_MAX)]);
    out.freeze()
}

fn frame(out: &mut BytesMut, opcode: u8, content: &[u8]) {
    out.reserve(content.len() + 10);
    out.put_u8(opcode);
    match content.len() {
        short @ ..=125 => out.put_u8(short as u8),
        middle @ 126..=0xFFFF => {
            out.put_u8(126);
            out.put_u16(middle as u16);
        }
        long => {
            out.put_u8(127);
            out.put_u64(long as u64);
        }
    }
    out.put_slice(content);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_take_one_three_or_nine_bytes() {
        for (length, head) in [(0, 2), (125, 2), (126, 4), (65_535, 4), (65_536, 10)] {
            let frame = Frame::new(&"x".repeat(length));
            assert_eq!(frame.text().len(), length);
            assert_eq!(frame.into_bytes().len(), head + length);
        }
    }

    #[test]
    fn the_example_of_the_rfc() {
        assert_eq!(Frame::new("Hello").into_bytes()[..], [0x81, 0x05, 0x48, 0x65, 0x6c, 0x6c, 0x6f]);
        assert_eq!(&close(4_002, "slow")[..], [0x88, 6, 0x0F, 0xA2, b's', b'l', b'o', b'w']);
        assert_eq!(pong(&[7; 200]).len(), 127);
    }
}
