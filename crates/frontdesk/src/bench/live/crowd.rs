//! Readers, each a task on a socket: they check that batches chain and find the numbers of the messages in the text, and do
//! nothing else with it.

use std::io;
use std::net::SocketAddr;
use std::sync::atomic::Ordering;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use memchr::memmem::Finder;
use tokio::task::JoinHandle;

use super::scene::Scene;
use super::socket::{Socket, Told};
use super::tally::Tally;
use crate::bench::webhooks::{MARK, MARK_DIGITS};
use crate::exit::Exit;

/// Sockets that are opened at a time.
const OPENING: usize = 50;
/// Readers whose frames are compared with the 200 of their webhook.
const WATCHED: usize = 20;

/// Where a reader stands, and how it counts.
pub(super) struct Reader {
    pub(super) log_id: String,
    pub(super) pos: u64,
    /// Whether it went on, the last time it was taken in.
    pub(super) resumed: bool,
    taken_in: bool,
    pub(super) resets: u64,
    watched: bool,
    tally: Arc<Tally>,
}

impl Reader {
    pub(super) fn new(n: usize, tally: &Arc<Tally>) -> Self {
        let (log_id, tally) = (String::new(), tally.clone());
        Self { log_id, pos: 0, resumed: false, taken_in: false, resets: 0, watched: n < WATCHED, tally }
    }

    pub(super) async fn open(&self, address: SocketAddr, key: &str) -> io::Result<Socket> {
        let resume = (!self.log_id.is_empty()).then_some((self.log_id.as_str(), self.pos));
        Socket::open(address, key, resume).await
    }

    /// Reads until it stands somewhere; what follows may come at once with that.
    pub(super) async fn ready(&mut self, socket: &mut Socket, each: &mut impl FnMut(u64)) -> io::Result<()> {
        self.taken_in = false;
        while !self.taken_in {
            if let Some(code) = self.read(socket, each).await? {
                return Err(io::Error::other(format!("closed with {code}")));
            }
        }
        Ok(())
    }

    /// Waits for something and takes all that came; gives the close code at the end, 0 where there was none.
    pub(super) async fn read(&mut self, socket: &mut Socket, each: &mut impl FnMut(u64)) -> io::Result<Option<u16>> {
        if !socket.fill().await? {
            return Ok(Some(0));
        }
        let (now, mut deliveries) = (self.tally.now(), 0);
        let closed = loop {
            match socket.take() {
                Some(Told::Text(range)) => deliveries += self.text(socket.bytes(range), now, each),
                Some(Told::Ping(range)) => socket.pong(range).await?,
                Some(Told::Closed(code)) => break Some(code),
                Some(Told::Other) => {}
                None => break None,
            }
        };
        self.tally.count(deliveries);
        Ok(closed)
    }

    /// Gives how many messages it told.
    fn text(&mut self, text: &[u8], now: u64, each: &mut impl FnMut(u64)) -> u64 {
        let mut deliveries = 0;
        if text.starts_with(br#"{"type":"batch""#) {
            let head = &text[..text.len().min(96)];
            let (prev, pos) = (number_after(head, &PREV), number_after(head, &POS));
            if prev != Some(self.pos) {
                self.tally.breaks.fetch_add(1, Ordering::Relaxed);
            }
            self.pos = pos.unwrap_or(self.pos);
            // The row that rides along shows its newest message too, under another name.
            for at in PREVIEW.find_iter(text) {
                let preview = &text[at + PREVIEW_NAME.len()..text.len().min(at + PREVIEW_NAME.len() + 200)];
                if let Some(number) = number_after(preview, &MARKED) {
                    self.tally.delivered(number, now, self.watched);
                    deliveries += 1;
                    each(number);
                }
            }
        } else if text.starts_with(br#"{"type":"ready""#) {
            self.taken_in = true;
            self.resumed = memchr::memmem::find(text, br#""mode":"resumed""#).is_some();
            self.pos = number_after(text, &POS).unwrap_or(0);
            self.log_id = text_after(text, b"\"log_id\":\"").unwrap_or_default();
        } else if text.starts_with(br#"{"type":"reset""#) {
            self.resets += 1;
        }
        deliveries
    }
}

/// How the text of an item's own message begins.
const PREVIEW_NAME: &[u8] = br#""message_type":"text","preview":"#;
static PREVIEW: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(PREVIEW_NAME));
static PREV: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(b"\"prev\":"));
static POS: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(b"\"pos\":"));
static MARKED: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(MARK));

fn number_after(text: &[u8], name: &Finder<'_>) -> Option<u64> {
    let from = name.find(text)? + name.needle().len();
    let digits = text[from..].iter().take(MARK_DIGITS.max(19)).take_while(|byte| byte.is_ascii_digit());
    let (count, number) =
        digits.fold((0, 0_u64), |(count, number), digit| (count + 1, number * 10 + u64::from(digit - b'0')));
    (count > 0).then_some(number)
}

fn text_after(text: &[u8], name: &[u8]) -> Option<String> {
    let from = memchr::memmem::find(text, name)? + name.len();
    let length = memchr::memchr(b'"', &text[from..])?;
    Some(String::from_utf8_lossy(&text[from..from + length]).into_owned())
}

/// Readers that read. They end with it.
pub(super) struct Crowd(Vec<JoinHandle<()>>);

impl Crowd {
    /// Opens so many sockets from the nth on; each reads from then on.
    pub(super) async fn gather(scene: &Scene, tally: &Arc<Tally>, from: usize, count: usize) -> Result<Self, Exit> {
        let mut readers = Vec::with_capacity(count);
        for (mut reader, mut socket) in open(scene, tally, from, count).await? {
            readers.push(tokio::spawn(async move {
                while let Ok(None) = reader.read(&mut socket, &mut |_| {}).await {}
                reader.tally.ended.fetch_add(1, Ordering::Relaxed);
            }));
        }
        Ok(Self(readers))
    }

    pub(super) async fn leave(mut self) {
        for reader in self.0.drain(..) {
            reader.abort();
            let _ = reader.await;
        }
    }
}

impl Drop for Crowd {
    fn drop(&mut self) {
        self.0.iter().for_each(JoinHandle::abort);
    }
}

/// Opens sockets from the nth on, some at a time, and waits until each is ready.
pub(super) async fn open(
    scene: &Scene,
    tally: &Arc<Tally>,
    from: usize,
    count: usize,
) -> Result<Vec<(Reader, Socket)>, Exit> {
    let mut all = Vec::with_capacity(count);
    let numbers: Vec<usize> = (from..from + count).collect();
    for some in numbers.chunks(OPENING) {
        let tasks: Vec<_> = some
            .iter()
            .map(|n| {
                let (mut reader, key, address) = (Reader::new(*n, tally), scene.key(*n).to_owned(), scene.address());
                tokio::spawn(async move {
                    let mut socket = reader.open(address, &key).await?;
                    reader.ready(&mut socket, &mut |_| {}).await?;
                    Ok::<_, io::Error>((reader, socket))
                })
            })
            .collect();
        for task in tasks {
            let opened = tokio::time::timeout(Duration::from_secs(30), task).await;
            all.push(opened.map_err(Exit::unavailable)?.map_err(Exit::software)?.map_err(Exit::unavailable)?);
        }
    }
    Ok(all)
}
