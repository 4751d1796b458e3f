//! Full text over a million messages in six scripts, words as unevenly common as in life: how fast they are taken in, what the
//! files weigh, how much memory it takes, and how long a question takes that goes through every hit. Files lie in a folder
//! without being sealed; walls and excerpts are the desk's (`frontdesk bench search` measures the whole).
//!
//! `cargo bench -p projections --bench search -- 1000000`

use std::fs::File;
use std::io::{self, Write};
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use projections::search::index::Next;
use projections::search::shelf::{Growing, Opened, Shelf};
use projections::search::{Ask, Document, Index, Kind, Narrow, Snapshot, Subject};

const WORDS: usize = 40_000;
const PER_CONVERSATION: u64 = 10;
const ROUNDS: usize = 101;
const SYLLABLES: [&[&str]; 6] = [
    &["ca", "sa", "lo", "mi", "ción", "pe", "do", "ra", "en", "ví", "to", "que", "ñan", "tra", "ble"],
    &["the", "or", "der", "pa", "cel", "ing", "re", "fund", "ship", "ment", "ly", "con", "ta", "ble", "un"],
    &["ge", "schä", "lie", "fer", "ung", "stel", "be", "rück", "zahl", "ver", "größe", "en", "ab", "zu", "ein"],
    &["за", "каз", "до", "став", "ка", "не", "при", "шёл", "по", "сыл", "воз", "врат", "ный", "ли", "где"],
    &["ال", "طل", "بي", "أين", "وص", "مت", "دف", "عة", "شح", "نة", "مر", "تج", "عي", "رق", "مي"],
    &["我", "的", "订", "单", "在", "哪", "里", "请", "退", "款", "北", "京", "发", "货", "什"],
];

#[derive(Debug)]
struct Folder(PathBuf);
#[derive(Debug)]
struct Page(File);

impl Growing for Page {
    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.0.write_all(bytes)
    }
    fn finish(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}
impl Opened for Page {
    fn length(&self) -> usize {
        self.0.metadata().map_or(0, |meta| meta.len() as usize)
    }
    fn read(&self, range: Range<usize>) -> io::Result<Arc<[u8]>> {
        let mut bytes = vec![0; range.len()];
        self.0.read_exact_at(&mut bytes, range.start as u64)?;
        Ok(bytes.into())
    }
}
impl Shelf for Folder {
    fn begin(&self, name: &str) -> io::Result<Box<dyn Growing>> {
        Ok(Box::new(Page(File::create(self.0.join(name))?)))
    }
    fn put(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        std::fs::write(self.0.join(name), bytes)
    }
    fn open(&self, name: &str) -> io::Result<Arc<dyn Opened>> {
        Ok(Arc::new(Page(File::open(self.0.join(name))?)))
    }
    fn remove(&self, name: &str) -> io::Result<()> {
        std::fs::remove_file(self.0.join(name))
    }
    fn exists(&self, name: &str) -> io::Result<bool> {
        Ok(self.0.join(name).exists())
    }
    fn clear(&self) -> io::Result<()> {
        std::fs::read_dir(&self.0)?.try_for_each(|entry| std::fs::remove_file(entry?.path()))
    }
}

struct Texts {
    state: u64,
    shares: Vec<f64>,
}

impl Texts {
    fn new() -> Self {
        let mut sum = 0.0;
        let mut shares: Vec<f64> = (1..=WORDS)
            .map(|rank| {
                sum += 1.0 / rank as f64;
                sum
            })
            .collect();
        shares.iter_mut().for_each(|share| *share /= sum);
        Self { state: 17, shares }
    }
    fn share(&mut self) -> f64 {
        self.state = self.state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.state >> 11) as f64 / (1_u64 << 53) as f64
    }
    fn below(&mut self, n: usize) -> usize {
        (self.share() * n as f64) as usize
    }
    fn next(&mut self) -> String {
        let language = self.below(SYLLABLES.len());
        let count = 3 + self.below(11) + self.below(11);
        let mut words: Vec<String> = (0..count)
            .map(|_| {
                let share = self.share();
                word(language, self.shares.partition_point(|known| *known < share).min(WORDS - 1))
            })
            .collect();
        if self.share() < 0.15 {
            words.push(format!(" {:07}", self.below(10_000_000)));
        }
        words.join(if language == 5 { "" } else { " " })
    }
}

fn word(language: usize, rank: usize) -> String {
    let syllables = SYLLABLES[language];
    let (mut rest, mut word) = (rank + syllables.len(), String::new());
    while rest > 0 {
        word.push_str(syllables[rest % syllables.len()]);
        rest /= syllables.len();
    }
    word
}

fn memory_mib() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let kib = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or_default();
    kib.trim().trim_end_matches(" kB").parse::<f64>().unwrap_or(0.0) / 1_024.0
}

#[expect(clippy::print_stdout, reason = "a benchmark's answer is its output")]
fn main() {
    let messages: u64 = std::env::args().skip(1).find_map(|arg| arg.parse().ok()).unwrap_or(1_000_000);
    let folder = std::env::temp_dir().join(format!("search-bench-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let shelf: Arc<dyn Shelf> = Arc::new(Folder(folder.clone()));
    let mut index = Index::open(&shelf, "log", |work| work()).expect("it opens");
    let mut texts = Texts::new();
    let (before, begun, mut making) = (memory_mib(), Instant::now(), 0.0);
    let mut snapshot = index.snapshot().expect("a snapshot");
    for pos in 1..=messages {
        let made = Instant::now();
        let text = texts.next();
        making += made.elapsed().as_secs_f64();
        let place = (pos / PER_CONVERSATION) as u32;
        let kind = if pos % 2 == 0 { Kind::Outbound } else { Kind::Inbound };
        let at_s = 1_700_000_000 + (pos * 30) as u32;
        let document = Document { subject: Subject::Conversation(place), kind, pos, at_s, changed: false, text };
        index.add(&document).expect("it is taken in");
        if pos % 50_000 == 0 || pos == messages {
            index.advance(pos);
            snapshot = index.commit(Next::AsCaller).expect("it is committed");
        }
    }
    let seconds = begun.elapsed().as_secs_f64() - making;
    println!("{messages} messages taken in in {seconds:.1} s: {:.0} a second", messages as f64 / seconds);
    println!("memory while it was made: {:.0} MiB more", memory_mib() - before);
    drop((index, snapshot));
    let before = memory_mib();
    let opening = Instant::now();
    let mut index = Index::open(&shelf, "log", |work| work()).expect("it opens");
    let snapshot = index.snapshot().expect("a snapshot");
    println!("opened in {:.1} ms, {snapshot:?}", opening.elapsed().as_secs_f64() * 1e3);
    let bytes: u64 = std::fs::read_dir(&folder)
        .expect("a folder")
        .filter_map(|entry| entry.ok()?.metadata().ok())
        .map(|meta| meta.len())
        .sum();
    println!("on disk {:.1} MB, {:.0} B a message", bytes as f64 / 1e6, bytes as f64 / messages as f64);
    println!("asked for | hits | p50 / p99 ms | among 2,000 conversations, p50 / p99 ms");
    let common = word(0, 0);
    for (name, typed) in [
        ("a common word", format!("{common} ")),
        ("a word of every day", format!("{} ", word(1, 300))),
        ("a rare word", format!("{} ", word(2, 20_000))),
        ("two words", format!("{} {} ", word(3, 0), word(3, 30))),
        ("the beginning of a word", word(1, 40)),
        ("two letters", common.chars().take(2).collect()),
        ("two signs", "订单".to_owned()),
        ("a quotation", format!("\"{} {}\"", word(0, 0), word(0, 1))),
        ("a part of a number", "12345".to_owned()),
        ("no such word", "zzzzzz ".to_owned()),
    ] {
        let few: Vec<Subject> = (0..2_000).map(|n| Subject::Conversation(n * 37)).collect();
        let (hits, all) = asked(&snapshot, &typed, &Narrow::default());
        let (_, walled) = asked(&snapshot, &typed, &Narrow { among: Some(few), ..Narrow::default() });
        println!("{name} | {hits} | {:.2} / {:.2} | {:.2} / {:.2}", all.0, all.1, walled.0, walled.1);
    }
    println!("memory of the opened index after being asked: {:.0} MiB more", memory_mib() - before);
    let purging = Instant::now();
    index.remove_all_of(Subject::Conversation(1)).expect("it is forgotten");
    index.purge().expect("it is purged");
    println!("one conversation purged in {:.1} s", purging.elapsed().as_secs_f64());
    std::fs::remove_dir_all(&folder).expect("the folder goes");
}

/// How many fit, with the median and the 99th percentile of the time.
fn asked(snapshot: &Snapshot, typed: &str, narrow: &Narrow) -> (usize, (f64, f64)) {
    let ask = Ask::read(typed);
    let mut times = Vec::with_capacity(ROUNDS);
    let mut hits = 0;
    for _ in 0..ROUNDS {
        let begun = Instant::now();
        hits = snapshot.find(&ask, narrow).expect("an answer").len();
        times.push(begun.elapsed().as_secs_f64() * 1e3);
    }
    times.sort_by(f64::total_cmp);
    (hits, (times[ROUNDS / 2], times[ROUNDS * 99 / 100]))
}
