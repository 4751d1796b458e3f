//! A WebSocket of a benchmark: the handshake, and frames told apart by their heads. Nothing of a text is looked at here, so
//! that a thousand of them leave the machine to the server.

use std::cell::RefCell;
use std::io;
use std::net::SocketAddr;
use std::ops::Range;

use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

/// Room for what is read at once.
const ROOM_BYTES: usize = 256 * 1024;

thread_local! {
    /// Where a thread's sockets read to, one after another: it stays in the processor's cache.
    static ROOM: RefCell<Vec<Vec<u8>>> = const { RefCell::new(Vec::new()) };
}

/// What a frame is; its bytes are in [`Socket::bytes`].
#[derive(Debug)]
pub(super) enum Told {
    Text(Range<usize>),
    Ping(Range<usize>),
    Closed(u16),
    Other,
}

/// See the module.
pub(super) struct Socket {
    stream: TcpStream,
    /// What was read; the thread's while nothing is.
    buffer: Vec<u8>,
    /// Up to where frames were taken.
    at: usize,
    /// The beginning of a frame, while the rest of it is waited for.
    begun: Vec<u8>,
}

impl Socket {
    /// Opens it and says hello.
    pub(super) async fn open(address: SocketAddr, key: &str, resume: Option<(&str, u64)>) -> io::Result<Self> {
        let mut stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let upgrade = format!(
            "GET /v1/live HTTP/1.1\r\nHost: bench\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
             Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: frontdesk.v1\r\nAuthorization: Bearer {key}\r\n\r\n"
        );
        stream.write_all(upgrade.as_bytes()).await?;
        let mut socket = Self { stream, buffer: Vec::new(), at: 0, begun: Vec::new() };
        let head = loop {
            if let Some(end) = memchr::memmem::find(&socket.buffer, b"\r\n\r\n") {
                break end + 4;
            }
            if !socket.fill().await? {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        };
        if !socket.buffer.starts_with(b"HTTP/1.1 101") {
            let said = String::from_utf8_lossy(&socket.buffer).into_owned();
            return Err(io::Error::other(format!("no stream: {said:.120}")));
        }
        socket.at = head;
        let resume = resume.map(|(log_id, pos)| format!(r#","resume":{{"log_id":"{log_id}","pos":{pos}}}"#));
        let hello = format!(r#"{{"type":"hello","id":"b","v":1,"snapshot":[]{}}}"#, resume.unwrap_or_default());
        socket.send(0x81, hello.as_bytes()).await?;
        Ok(socket)
    }

    /// Clients mask what they send; a mask of zeros leaves it as it is.
    async fn send(&mut self, opcode: u8, content: &[u8]) -> io::Result<()> {
        let mut frame = vec![opcode];
        match content.len() {
            short @ ..=125 => frame.push(0x80 | short as u8),
            long => {
                frame.push(0x80 | 126);
                frame.extend_from_slice(&(long as u16).to_be_bytes());
            }
        }
        frame.extend_from_slice(&[0; 4]);
        frame.extend_from_slice(content);
        self.stream.write_all(&frame).await
    }

    /// Reads what is there, waiting for it; `false` at the end.
    pub(super) async fn fill(&mut self) -> io::Result<bool> {
        self.leave_room();
        loop {
            self.stream.readable().await?;
            self.buffer = ROOM.with_borrow_mut(Vec::pop).unwrap_or_default();
            self.buffer.extend_from_slice(&self.begun);
            self.buffer.reserve(ROOM_BYTES);
            let read = self.stream.try_read_buf(&mut self.buffer);
            match read {
                Ok(count) => return Ok(count > 0),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => self.leave_room(),
                Err(error) => return Err(error),
            }
        }
    }

    fn leave_room(&mut self) {
        self.begun = self.buffer[self.at..].to_vec();
        self.at = 0;
        let mut room = std::mem::take(&mut self.buffer);
        if room.capacity() > 0 {
            room.clear();
            ROOM.with_borrow_mut(|rooms| rooms.push(room));
        }
    }

    /// The next whole frame of what was read.
    pub(super) fn take(&mut self) -> Option<Told> {
        let bytes = &self.buffer[self.at..];
        let (opcode, short) = (*bytes.first()?, usize::from(*bytes.get(1)?));
        let (head, length) = match short {
            126 => (4, usize::from(u16::from_be_bytes(bytes.get(2..4)?.try_into().ok()?))),
            127 => (10, u64::from_be_bytes(bytes.get(2..10)?.try_into().ok()?) as usize),
            short => (2, short),
        };
        let content = bytes.get(head..head + length)?;
        let range = self.at + head..self.at + head + length;
        let told = match opcode {
            0x81 => Told::Text(range),
            0x89 => Told::Ping(range),
            0x88 => Told::Closed(content.get(..2).map_or(1005, |code| u16::from_be_bytes([code[0], code[1]]))),
            _ => Told::Other,
        };
        self.at += head + length;
        Some(told)
    }

    pub(super) fn bytes(&self, range: Range<usize>) -> &[u8] {
        &self.buffer[range]
    }

    /// Answers a ping with what it said; without one every minute the server hangs up.
    pub(super) async fn pong(&mut self, said: Range<usize>) -> io::Result<()> {
        let said = self.buffer[said].to_vec();
        self.send(0x8A, &said).await
    }
}
