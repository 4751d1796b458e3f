//! How a batch of events looks as bytes: the payload of a journal record and the content of the store's
//! group records. Written by the writer and by import, read by everything.
//!
//! ```text
//! payload = next_key u64 | event × count | keys
//! event   = len u32 | version | schema | occurred i64 | recorded i64 | causation | flags u8
//!           | stream | kind | actor | [correlation] | facts | [key id | sealed]
//! keys    = n | n × ( key 16 | event index | value )
//! ```
//! Numbers without a type are LEB128, fixed ones little endian, byte strings carry their length. Decoding
//! takes any bytes and never panics; checksums are the frame's business (`record`, `store`).

use std::sync::Arc;

use crate::event::{KeyId, Sealed, StoredEvent};

const HAS_CORRELATION: u8 = 1;
const HAS_SEALED: u8 = 2;

/// Length of the fixed part before the events.
pub(crate) const PREFIX: usize = 8;

/// The bytes are not a batch; with a checksum that was right this is a bug or a newer format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Malformed(pub(crate) &'static str);

/// Starts a payload: `next_key` is the first key slot that no event has used yet.
pub(crate) fn start(payload: &mut Vec<u8>, next_key: u64) {
    payload.extend_from_slice(&next_key.to_le_bytes());
}

/// Appends one event. Position is implied by the order.
pub(crate) fn put_event(out: &mut Vec<u8>, event: &StoredEvent) {
    let at = out.len();
    out.extend_from_slice(&[0; 4]);
    put_number(out, event.version);
    put_number(out, u64::from(event.schema));
    out.extend_from_slice(&event.occurred_at_ms.to_le_bytes());
    out.extend_from_slice(&event.recorded_at_ms.to_le_bytes());
    put_number(out, event.causation_pos.unwrap_or(0));
    let correlation = if event.correlation_id.is_some() { HAS_CORRELATION } else { 0 };
    let sealed = if event.sealed.is_some() { HAS_SEALED } else { 0 };
    out.push(correlation | sealed);
    put_bytes(out, event.stream.as_bytes());
    put_bytes(out, event.kind.as_bytes());
    put_bytes(out, event.actor.as_bytes());
    if let Some(id) = &event.correlation_id {
        put_bytes(out, id.as_bytes());
    }
    put_bytes(out, &event.facts);
    if let Some(sealed) = &event.sealed {
        put_number(out, sealed.key.0);
        put_bytes(out, &sealed.bytes);
    }
    let len = (out.len() - at - 4) as u32;
    out[at..at + 4].copy_from_slice(&len.to_le_bytes());
}

/// A unique key of a batch; `event` counts from the first event of the batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct BatchKey<'a> {
    pub(crate) key: [u8; 16],
    pub(crate) event: u64,
    pub(crate) value: &'a [u8],
}

/// Ends a payload with its keys.
pub(crate) fn put_keys<'a>(out: &mut Vec<u8>, keys: impl ExactSizeIterator<Item = BatchKey<'a>>) {
    put_number(out, keys.len() as u64);
    for key in keys {
        out.extend_from_slice(&key.key);
        put_number(out, key.event);
        put_bytes(out, key.value);
    }
}

/// A batch taken apart without copying.
pub(crate) struct BatchView<'a> {
    pub(crate) next_key: u64,
    pub(crate) events: Vec<EventView<'a>>,
    pub(crate) keys: Vec<BatchKey<'a>>,
    /// The bytes of the keys, for whoever stores them apart from the events.
    pub(crate) key_bytes: &'a [u8],
}

/// One event's bytes (with their length in front) and what the indexes need of it.
pub(crate) struct EventView<'a> {
    pub(crate) bytes: &'a [u8],
    pub(crate) version: u64,
    pub(crate) stream: &'a str,
}

/// Takes a whole payload apart.
pub(crate) fn view(payload: &[u8], count: u32) -> Result<BatchView<'_>, Malformed> {
    let mut input = Input(payload);
    let next_key = input.u64()?;
    let mut events = Vec::with_capacity((count as usize).min(payload.len() / 16));
    for _ in 0..count {
        let before = input.0;
        let len = input.u32()? as usize;
        let mut body = Input(input.take(len)?);
        let version = body.number()?;
        body.number()?;
        body.take(16)?;
        body.number()?;
        body.take(1)?;
        let stream = body.text()?;
        events.push(EventView { bytes: &before[..4 + len], version, stream });
    }
    let key_bytes = input.0;
    let n = input.number()?;
    let mut keys = Vec::with_capacity((n as usize).min(key_bytes.len() / 18));
    for _ in 0..n {
        let mut key = [0; 16];
        key.copy_from_slice(input.take(16)?);
        let event = input.number()?;
        if event >= u64::from(count) {
            return Err(Malformed("a key names an event outside its batch"));
        }
        keys.push(BatchKey { key, event, value: input.bytes()? });
    }
    if !input.0.is_empty() {
        return Err(Malformed("bytes after the keys"));
    }
    Ok(BatchView { next_key, events, keys, key_bytes })
}

/// The first unused key slot a payload tells of.
pub(crate) fn next_key(payload: &[u8]) -> Result<u64, Malformed> {
    Input(payload).u64()
}

/// Walks over events one after the other; `bytes` may hold more after them.
pub(crate) struct Events<'a> {
    input: Input<'a>,
    pos: u64,
    left: u32,
}

impl<'a> Events<'a> {
    /// Events laid end to end, the first at `first_pos`.
    pub(crate) fn new(bytes: &'a [u8], first_pos: u64, count: u32) -> Events<'a> {
        Events { input: Input(bytes), pos: first_pos, left: count }
    }

    /// The bytes not yet walked over.
    pub(crate) fn rest(&self) -> &'a [u8] {
        self.input.0
    }

    /// Passes over events before `pos` without decoding them.
    pub(crate) fn skip_to(&mut self, pos: u64) -> Result<(), Malformed> {
        while self.left > 0 && self.pos < pos {
            let len = self.input.u32()? as usize;
            self.input.take(len)?;
            self.pos += 1;
            self.left -= 1;
        }
        Ok(())
    }
}

impl Iterator for Events<'_> {
    type Item = Result<StoredEvent, Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.left == 0 {
            return None;
        }
        self.left -= 1;
        let pos = self.pos;
        self.pos += 1;
        Some(event(&mut self.input, pos))
    }
}

fn event(input: &mut Input<'_>, pos: u64) -> Result<StoredEvent, Malformed> {
    let len = input.u32()? as usize;
    let mut body = Input(input.take(len)?);
    let version = body.number()?;
    let schema = u16::try_from(body.number()?).map_err(|_| Malformed("schema"))?;
    let occurred_at_ms = body.u64()?.cast_signed();
    let recorded_at_ms = body.u64()?.cast_signed();
    let causation = body.number()?;
    let flags = body.take(1)?[0];
    if flags & !(HAS_CORRELATION | HAS_SEALED) != 0 {
        return Err(Malformed("unknown flags"));
    }
    let stream = Arc::from(body.text()?);
    let kind = Arc::from(body.text()?);
    let actor = Arc::from(body.text()?);
    let correlation_id = if flags & HAS_CORRELATION != 0 { Some(Arc::from(body.text()?)) } else { None };
    let facts = Box::from(body.bytes()?);
    let sealed = if flags & HAS_SEALED != 0 {
        Some(Sealed { key: KeyId(body.number()?), bytes: Box::from(body.bytes()?) })
    } else {
        None
    };
    if !body.0.is_empty() {
        return Err(Malformed("bytes after the event"));
    }
    Ok(StoredEvent {
        pos,
        stream,
        version,
        kind,
        schema,
        occurred_at_ms,
        recorded_at_ms,
        actor,
        correlation_id,
        causation_pos: (causation != 0).then_some(causation),
        facts,
        sealed,
    })
}

fn put_number(out: &mut Vec<u8>, mut n: u64) {
    while n >= 0x80 {
        out.push(n as u8 | 0x80);
        n >>= 7;
    }
    out.push(n as u8);
}

fn put_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    put_number(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

struct Input<'a>(&'a [u8]);

impl<'a> Input<'a> {
    fn take(&mut self, n: usize) -> Result<&'a [u8], Malformed> {
        let (head, rest) = self.0.split_at_checked(n).ok_or(Malformed("ends too early"))?;
        self.0 = rest;
        Ok(head)
    }

    fn u32(&mut self) -> Result<u32, Malformed> {
        Ok(u32::from_le_bytes(self.take(4)?.try_into().expect("take gives four bytes")))
    }

    fn u64(&mut self) -> Result<u64, Malformed> {
        Ok(u64::from_le_bytes(self.take(8)?.try_into().expect("take gives eight bytes")))
    }

    fn number(&mut self) -> Result<u64, Malformed> {
        let mut n = 0u64;
        for shift in (0..64).step_by(7) {
            let byte = self.take(1)?[0];
            let bits = u64::from(byte & 0x7f);
            if shift == 63 && bits > 1 {
                return Err(Malformed("number too large"));
            }
            n |= bits << shift;
            if byte & 0x80 == 0 {
                return Ok(n);
            }
        }
        Err(Malformed("number too long"))
    }

    fn bytes(&mut self) -> Result<&'a [u8], Malformed> {
        let len = usize::try_from(self.number()?).map_err(|_| Malformed("length too large"))?;
        self.take(len)
    }

    fn text(&mut self) -> Result<&'a str, Malformed> {
        std::str::from_utf8(self.bytes()?).map_err(|_| Malformed("text is not UTF-8"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(pos: u64) -> StoredEvent {
        StoredEvent {
            pos,
            stream: "conversation:1".into(),
            version: 300,
            kind: "conversation.assigned".into(),
            schema: 2,
            occurred_at_ms: -5,
            recorded_at_ms: 1_700_000_000_000,
            actor: "user:usr_1".into(),
            correlation_id: Some("req_1".into()),
            causation_pos: Some(77),
            facts: b"{\"a\":1}".to_vec().into(),
            sealed: Some(Sealed { key: KeyId(129), bytes: vec![1, 2, 3].into() }),
        }
    }

    #[test]
    fn a_batch_comes_back_as_it_went_in() {
        let mut plain = sample(8);
        plain.correlation_id = None;
        plain.causation_pos = None;
        plain.sealed = None;
        let mut payload = Vec::new();
        start(&mut payload, 130);
        put_event(&mut payload, &sample(7));
        put_event(&mut payload, &plain);
        let key = BatchKey { key: [9; 16], event: 1, value: b"v" };
        put_keys(&mut payload, [key.clone()].into_iter());

        let batch = view(&payload, 2).unwrap();
        assert_eq!(batch.next_key, 130);
        assert_eq!(batch.events[0].stream, "conversation:1");
        assert_eq!(batch.events[1].version, 300);
        assert_eq!(batch.keys, [key]);
        let events: Vec<_> = Events::new(&payload[PREFIX..], 7, 2).map(Result::unwrap).collect();
        assert_eq!(events, [sample(7), plain]);
    }

    #[test]
    fn cut_or_changed_bytes_are_errors_and_never_panics() {
        let mut payload = Vec::new();
        start(&mut payload, 1);
        put_event(&mut payload, &sample(1));
        put_keys(&mut payload, [BatchKey { key: [9; 16], event: 0, value: b"v" }].into_iter());
        for cut in 0..payload.len() {
            assert!(view(&payload[..cut], 1).is_err());
        }
        for at in 0..payload.len() {
            for bit in 0..8 {
                let mut changed = payload.clone();
                changed[at] ^= 1 << bit;
                let _ = view(&changed, 1).map(|batch| batch.events.len());
                let _ = Events::new(&changed[PREFIX..], 1, 1).collect::<Vec<_>>();
            }
        }
    }
}
