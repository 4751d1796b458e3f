//! Frames of the WebSocket itself (RFC 6455), as a server writes them: never masked, never in pieces.

use std::cell::{Cell, OnceCell};
use std::rc::Rc;

use bytes::{BufMut, Bytes, BytesMut};

use super::pages::Pages;

const TEXT: u8 = 0x81;
const CLOSE: u8 = 0x88;
const PING: u8 = 0x89;
const PONG: u8 = 0x8A;
/// Of a control frame.
const CONTROL_BYTES_MAX: usize = 125;

/// Frames that are shorter are copied faster than their pages are referred to.
const PAGES_FROM: usize = 4 * 1024;
/// How many get a copy of a longer one before it is worth its pages.
const COPIES: u32 = 8;

/// A text frame, ready to be sent. A copy costs nothing: it is shared.
#[derive(Debug, Clone)]
pub(crate) struct Frame {
    bytes: Bytes,
    /// Where its text begins.
    text: usize,
    /// Of one that several are told.
    shared: Option<Rc<Shared>>,
}

#[derive(Debug, Default)]
struct Shared {
    /// How often it was sent.
    sent: Cell<u32>,
    /// `None`: there are none to be had.
    pages: OnceCell<Option<Pages>>,
}

impl Frame {
    pub(crate) fn new(text: &str) -> Self {
        let mut out = BytesMut::new();
        frame(&mut out, TEXT, text.as_bytes());
        Self { text: out.len() - text.len(), bytes: out.freeze(), shared: None }
    }

    /// The same one, to be told to several.
    pub(crate) fn shared(self) -> Self {
        let shared = (self.bytes.len() >= PAGES_FROM).then(Rc::default);
        Self { shared, ..self }
    }

    /// What it is sent from instead of its bytes; asked for each time that it is sent.
    pub(super) fn pages(&self) -> Option<&Pages> {
        let shared = self.shared.as_ref()?;
        shared.sent.set(shared.sent.get().saturating_add(1));
        if shared.sent.get() <= COPIES {
            return None;
        }
        shared.pages.get_or_init(|| Pages::of(&self.bytes)).as_ref()
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
