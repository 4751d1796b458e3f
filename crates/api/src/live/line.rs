//! A way to a client's socket past the HTTP server's buffer: a frame that everybody is told goes out with one system call a
//! socket, without waking the connection's task, and without a copy in memory.
//!
//! It may be used while nothing that went the other way can still be in that buffer, or what is written here would overtake
//! it, in the middle of a frame at worst. The other end knows: its first frame says that the handshake has arrived, and what
//! it answers to a ping, that everything before that ping has. A socket that does not take everything at once (its reader is
//! slow) leaves the rest to the buffer, whose owner knows how to wait, and is back here with the next ping.

use std::cell::RefCell;
use std::io::{ErrorKind, Write};
use std::net::TcpStream;

use actix_web::HttpRequest;
use bytes::{Buf, Bytes};

use super::wire::Frame;

/// A second handle of a connection's socket, made when it is accepted and taken by whoever becomes a live connection.
#[derive(Debug)]
pub(crate) struct Spare(RefCell<Option<TcpStream>>);

impl Spare {
    /// `None` for a connection that does without, because more than half of the handles the process may have are taken.
    pub(crate) fn of(socket: &socket2::SockRef<'_>, handles_max: usize) -> Option<Self> {
        let spare: TcpStream = socket.try_clone().ok()?.into();
        // The lowest free number is given first.
        #[cfg(unix)]
        if std::os::fd::AsRawFd::as_raw_fd(&spare) as usize > handles_max / 2 {
            return None;
        }
        Some(Self(RefCell::new(Some(spare))))
    }

    fn take(request: &HttpRequest) -> Option<TcpStream> {
        request.conn_data::<Self>()?.0.take()
    }
}

/// See the module.
#[derive(Debug)]
pub(crate) struct Line {
    /// Never blocks: it is the server's own socket.
    socket: Option<TcpStream>,
    /// What was left to the buffer, in pieces; the handshake is not counted.
    buffered: u64,
    /// How much of that has arrived for certain; `None`: not even the handshake.
    arrived: Option<u64>,
}

impl Line {
    pub(crate) fn of(request: &HttpRequest) -> Self {
        Self { socket: Spare::take(request), buffered: 0, arrived: None }
    }

    /// Whether what is said now goes straight to the socket.
    pub(crate) fn is_clear(&self) -> bool {
        self.socket.is_some() && self.arrived == Some(self.buffered)
    }

    /// Says a frame, from its pages where it has some: see [`say`](Self::say).
    pub(crate) fn tell(&mut self, frame: Frame) -> Option<Bytes> {
        let sent = match &self.socket {
            Some(socket) if self.is_clear() => frame.pages().map_or(0, |pages| pages.send(socket)),
            _ => 0,
        };
        let mut rest = frame.into_bytes();
        rest.advance(sent);
        self.say(rest)
    }

    /// Says it, or as much of it as the socket takes at once. What it gives back is for the buffer, at once.
    pub(crate) fn say(&mut self, mut bytes: Bytes) -> Option<Bytes> {
        if self.is_clear()
            && let Some(socket) = &mut self.socket
        {
            while !bytes.is_empty() {
                match socket.write(&bytes) {
                    Ok(0) => break,
                    Ok(taken) => bytes.advance(taken),
                    Err(error) if error.kind() == ErrorKind::Interrupted => {}
                    // Full; or broken, which the server will find as well.
                    Err(_) => break,
                }
            }
            if bytes.is_empty() {
                return None;
            }
        }
        self.buffered += 1;
        Some(bytes)
    }

    /// What a ping says, to be asked back.
    pub(crate) fn mark(&self) -> [u8; 8] {
        // The ping may have to go through the buffer itself.
        (self.buffered + u64::from(!self.is_clear())).to_be_bytes()
    }

    /// A frame came.
    pub(crate) fn heard(&mut self) {
        self.arrived.get_or_insert(0);
    }

    /// A ping was answered with what it said.
    pub(crate) fn answered(&mut self, mark: &[u8]) {
        if let Ok(mark) = mark.try_into().map(u64::from_be_bytes)
            && mark <= self.buffered
        {
            self.arrived = self.arrived.max(Some(mark));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;
    use std::net::TcpListener;

    use super::*;

    fn pair() -> (Line, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let reader = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (socket, _) = listener.accept().unwrap();
        socket.set_nonblocking(true).unwrap();
        (Line { socket: Some(socket), buffered: 0, arrived: None }, reader)
    }

    #[test]
    fn what_is_in_the_buffer_is_not_overtaken() {
        let (mut line, mut reader) = pair();
        let hello = || Bytes::from_static(b"hello");
        // The handshake may not have arrived.
        assert_eq!(line.say(hello()), Some(hello()));
        line.heard();
        assert!(!line.is_clear(), "a piece went through the buffer since");
        let mark = line.mark();
        let ping = line.say(Bytes::from_static(b"ping"));
        assert!(ping.is_some(), "the ping goes where what it asks for went");
        line.answered(&mark);
        assert!(line.is_clear());
        assert_eq!(line.say(hello()), None);
        let mut got = [0; 5];
        reader.read_exact(&mut got).unwrap();
        assert_eq!(&got, b"hello");
    }

    #[test]
    fn an_answer_to_an_older_ping_proves_nothing_of_what_came_after() {
        let (mut line, _reader) = pair();
        line.heard();
        assert_eq!(line.say(Bytes::from_static(b"straight")), None);
        let rest = fill(&mut line);
        assert!(!rest.is_empty());
        let older = line.mark();
        let _ = line.say(Bytes::from_static(b"ping"));
        let _ = line.say(Bytes::from_static(b"and more"));
        line.answered(&older);
        assert!(!line.is_clear());
        // Nobody can know of what was not sent yet.
        line.answered(&u64::MAX.to_be_bytes());
        line.answered(b"short");
        assert!(!line.is_clear());
    }

    #[test]
    fn what_a_full_socket_does_not_take_is_given_back_and_nothing_is_said_twice() {
        let (mut line, mut reader) = pair();
        line.heard();
        let rest = fill(&mut line);
        assert!(!line.is_clear());
        drop(line);
        let mut got = Vec::new();
        reader.read_to_end(&mut got).unwrap();
        got.extend_from_slice(&rest);
        assert_eq!(got.len() % PIECE, 0);
        assert!(got.chunks(PIECE).enumerate().all(|(n, piece)| piece.iter().all(|byte| *byte == n as u8)));
    }

    #[test]
    fn a_frame_comes_from_its_pages_as_it_would_from_its_bytes() {
        let (mut line, mut reader) = pair();
        line.heard();
        let frame = Frame::new(&"all of it ".repeat(5_000)).shared();
        let mut told = 0;
        let rest = loop {
            told += 1;
            if let Some(rest) = line.tell(frame.clone()) {
                break rest;
            }
        };
        assert!(frame.pages().is_some() || cfg!(not(target_os = "linux")), "it was told {told} times");
        // Its pages stay as long as a socket refers to them.
        let bytes = frame.into_bytes();
        drop(line);
        let mut got = Vec::new();
        reader.read_to_end(&mut got).unwrap();
        got.extend_from_slice(&rest);
        assert_eq!(got.len(), told * bytes.len());
        assert!(got.chunks(bytes.len()).all(|each| each == bytes));
    }

    const PIECE: usize = 50_000;

    /// Says pieces until one does not fit; gives what is left of it.
    fn fill(line: &mut Line) -> Bytes {
        (0..=u8::MAX).find_map(|n| line.say(vec![n; PIECE].into())).expect("a socket takes only so much")
    }
}
