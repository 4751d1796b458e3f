//! What is found, and what is gone.

use std::collections::BTreeMap;
use std::io;
use std::ops::Range;
use std::sync::{Arc, Mutex};

use super::shelf::{Growing, Opened, Shelf};
use super::*;

/// Files in memory.
#[derive(Debug, Default, Clone)]
pub(super) struct Memory(Arc<Mutex<BTreeMap<String, Arc<Vec<u8>>>>>);

struct Page(Memory, String, Vec<u8>);

impl Growing for Page {
    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.2.extend_from_slice(bytes);
        Ok(())
    }
    fn finish(&mut self) -> io::Result<()> {
        self.0.put(&self.1, &self.2)
    }
}

#[derive(Debug)]
struct InMemory(Arc<Vec<u8>>);

impl Opened for InMemory {
    fn length(&self) -> usize {
        self.0.len()
    }
    fn read(&self, range: Range<usize>) -> io::Result<Arc<[u8]>> {
        Ok(self.0[range].into())
    }
}

impl Shelf for Memory {
    fn begin(&self, name: &str) -> io::Result<Box<dyn Growing>> {
        Ok(Box::new(Page(self.clone(), name.to_owned(), Vec::new())))
    }
    fn put(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        self.0.lock().unwrap().insert(name.to_owned(), Arc::new(bytes.to_vec()));
        Ok(())
    }
    fn open(&self, name: &str) -> io::Result<Arc<dyn Opened>> {
        let files = self.0.lock().unwrap();
        let file = files.get(name).cloned().ok_or(io::ErrorKind::NotFound)?;
        Ok(Arc::new(InMemory(file)))
    }
    fn remove(&self, name: &str) -> io::Result<()> {
        self.0.lock().unwrap().remove(name).map(|_| ()).ok_or_else(|| io::ErrorKind::NotFound.into())
    }
    fn exists(&self, name: &str) -> io::Result<bool> {
        Ok(self.0.lock().unwrap().contains_key(name))
    }
    fn clear(&self) -> io::Result<()> {
        self.0.lock().unwrap().clear();
        Ok(())
    }
}

fn said(place: u32, pos: u64, text: &str) -> Document {
    Document {
        subject: Subject::Conversation(place),
        kind: Kind::Inbound,
        pos,
        at_s: 1_000 + pos as u32,
        changed: false,
        text: text.to_owned(),
    }
}

fn shelf(memory: &Memory) -> Arc<dyn Shelf> {
    Arc::new(memory.clone())
}

fn of(texts: &[&str]) -> (Memory, Index, Snapshot) {
    let memory = Memory::default();
    let mut index = Index::open(&shelf(&memory), "log_a", |work| work()).unwrap();
    for (at, text) in texts.iter().enumerate() {
        index.add(&said(at as u32, at as u64 + 1, text)).unwrap();
    }
    let snapshot = committed(&mut index, texts.len() as u64).unwrap();
    (memory, index, snapshot)
}

fn committed(index: &mut Index, fed: u64) -> Result<Snapshot, index::Broken> {
    index.advance(fed);
    index.commit(index::Next::Apart)
}

/// The positions of what is found, best first.
fn found(snapshot: &Snapshot, typed: &str) -> Vec<u64> {
    found_in(snapshot, typed, &Narrow::default())
}

fn found_in(snapshot: &Snapshot, typed: &str, narrow: &Narrow) -> Vec<u64> {
    let mut hits = snapshot.find(&Ask::read(typed), narrow).unwrap();
    hits.sort_by_key(|hit| std::cmp::Reverse(hit.by_rank()));
    hits.iter().map(|hit| hit.pos).collect()
}

#[test]
fn words_are_found_in_every_script_however_they_are_typed() {
    let texts = [
        "¿Dónde está mi envío?",
        "Wo ist die Größe XL?",
        "Где мой заказ, ёлки?",
        "أينَ طلبي يا أحمد؟",
        "איפה ההזמנה שלי",
        "我在北京大学学习",
        "東京タワーはどこですか",
        "학교에서 왔어요",
        "สวัสดีครับ ผมชื่อสมชาย",
        "मेरा ऑर्डर कहाँ है",
        "Πού είναι η παραγγελία",
    ];
    let (_, _, snapshot) = of(&texts);
    for (typed, pos) in [
        ("donde envio", 1),
        ("GROSSE", 2),
        ("елки заказ", 3),
        ("احمد", 4),
        ("طلبي", 4),
        ("ההזמנה", 5),
        ("北京大学", 6),
        ("大学", 6),
        ("学", 6),
        ("タワー", 7),
        ("학교", 8),
        ("สมชาย", 9),
        ("ऑर्डर", 10),
        ("παραγγελια", 11),
        ("que esta", 0),
        ("北学", 0),
        ("xl", 2),
    ] {
        let expected: Vec<u64> = (pos > 0).then_some(pos).into_iter().collect();
        assert_eq!(found(&snapshot, typed), expected, "{typed}");
    }
}

#[test]
fn the_last_word_is_enough_begun_and_a_quotation_stands_together() {
    let (_, _, snapshot) = of(&["delivery is late", "late deliveries again", "is my delivery lost"]);
    assert_eq!(found(&snapshot, "late deliv"), [2, 1]);
    assert_eq!(found(&snapshot, "deliv late"), Vec::<u64>::new());
    assert_eq!(found(&snapshot, "\"delivery is\""), [1]);
    assert_eq!(found(&snapshot, "\"is delivery\""), Vec::<u64>::new());
    assert_eq!(found(&snapshot, "delivery"), [3, 1]);
}

#[test]
fn what_stands_together_comes_first_and_then_the_newest() {
    let (_, _, snapshot) = of(&["refund now please", "now give a refund", "now, the refund", "a refund now"]);
    assert_eq!(found(&snapshot, "refund now "), [4, 1, 3, 2]);
    let whole = of(&["parcel", "parcels", "parcel"]).2;
    assert_eq!(found(&whole, "parcel"), [3, 1, 2]);
}

#[test]
fn numbers_are_found_by_any_four_digits() {
    let (_, _, snapshot) = of(&["call +34 600 111 222", "34600111222", "order 4711-22", "code 12"]);
    for typed in ["+34 600", "34600", "0011", "111 222", "600-111-222", "1112"] {
        assert_eq!(found(&snapshot, typed), [2, 1], "{typed}");
    }
    assert_eq!(found(&snapshot, "4711"), [3]);
    assert_eq!(found(&snapshot, "12"), [4]);
    assert_eq!(found(&snapshot, "9999"), Vec::<u64>::new());
    // Its groups, where they stand apart.
    let apart = of(&["I have 2024 things and 11 more"]).2;
    assert_eq!(found(&apart, "2024 11"), [1]);
}

#[test]
fn a_question_is_narrowed_by_kind_time_position_and_whose_it_is() {
    let memory = Memory::default();
    let mut index = Index::open(&shelf(&memory), "log_a", |work| work()).unwrap();
    for (pos, kind) in (1..).zip(Kind::ALL) {
        let subject = if kind == Kind::Contact { Subject::Contact(0) } else { Subject::Conversation(pos as u32) };
        index.add(&Document { kind, subject, ..said(0, pos, "word") }).unwrap();
    }
    let snapshot = committed(&mut index, 9).unwrap();
    let narrowed = |narrow: Narrow| {
        let mut hits = found_in(&snapshot, "word", &narrow);
        hits.sort_unstable();
        hits
    };
    let all = Narrow::default;
    assert_eq!(narrowed(Narrow { kinds: Kind::Note.bit() | Kind::Contact.bit(), ..all() }), [3, 4]);
    assert_eq!(narrowed(Narrow { until_pos: 2, ..all() }), [1, 2]);
    assert_eq!(narrowed(Narrow { written: 1_002..1_004, ..all() }), [2, 3]);
    let among = vec![Subject::Conversation(2), Subject::Contact(0), Subject::Conversation(77)];
    assert_eq!(narrowed(Narrow { among: Some(among), ..all() }), [2, 4]);
    assert_eq!(narrowed(Narrow { among: Some(vec![]), ..all() }), Vec::<u64>::new());
    assert_eq!(narrowed(Narrow { ranked: false, ..all() }), [1, 2, 3, 4]);
}

/// In how many segments' dictionaries a word stands, forgotten documents included.
fn dictionaries(snapshot: &Snapshot, word: &str) -> usize {
    let term = tantivy::Term::from_field_text(snapshot.fields.words, word);
    let holds = |segment: &&tantivy::SegmentReader| {
        let words = segment.inverted_index(snapshot.fields.words).unwrap();
        words.get_term_info(&term).unwrap().is_some()
    };
    snapshot.searcher.segment_readers().iter().filter(holds).count()
}

#[test]
fn of_what_is_forgotten_no_file_holds_a_word() {
    let canary = "xylophonecanary";
    let (memory, mut index, _) = of(&["hello there", &format!("I am {canary}"), "hello again"]);
    for pos in 10..40 {
        index.add(&said(pos as u32, pos, "hello more")).unwrap();
        if pos % 10 == 0 {
            index.add(&said(1, pos + 100, &format!("again {canary}"))).unwrap();
        }
        committed(&mut index, pos).unwrap();
    }
    index.remove_all_of(Subject::Conversation(1)).unwrap();
    let forgotten = committed(&mut index, 40).unwrap();
    assert_eq!(found(&forgotten, canary), Vec::<u64>::new());
    assert!(dictionaries(&forgotten, canary) > 0, "the test looks where words are");
    index.add(&said(50, 50, "not yet committed")).unwrap();
    let snapshot = index.purge().unwrap();
    drop(forgotten);
    assert_eq!(dictionaries(&snapshot, canary), 0);
    // Nor is there a file that no segment is made of.
    let segments: Vec<String> =
        snapshot.searcher.segment_readers().iter().map(|segment| segment.segment_id().uuid_string()).collect();
    for name in memory.0.lock().unwrap().keys() {
        let of_a_segment = segments.iter().any(|segment| name.starts_with(segment.as_str()));
        assert!(of_a_segment || name == "meta.json" || name == ".managed.json", "{name}");
    }
    assert_eq!(found(&snapshot, "hello").len(), 32);
    assert_eq!(found(&snapshot, "committed"), [50]);
    index.add(&said(60, 60, "and on it goes")).unwrap();
    assert_eq!(found(&committed(&mut index, 60).unwrap(), "goes"), [60]);
}

#[test]
fn one_document_is_replaced_without_its_neighbours() {
    let (_, mut index, _) = of(&["first words"]);
    index.add(&said(0, 7, "second words")).unwrap();
    index.remove(Subject::Conversation(0), 1).unwrap();
    index.add(&Document { changed: true, ..said(0, 1, "other sounds") }).unwrap();
    let snapshot = committed(&mut index, 8).unwrap();
    assert_eq!(found(&snapshot, "words"), [7]);
    let hits = snapshot.find(&Ask::read("sounds"), &Narrow::default()).unwrap();
    assert!(hits.len() == 1 && hits[0].changed() && hits[0].subject() == Subject::Conversation(0));
}

#[test]
fn an_index_goes_on_where_it_was_committed_unless_it_is_another_logs_or_broken() {
    let (memory, index, _) = of(&["hello"]);
    drop(index);
    let mut index = Index::open(&shelf(&memory), "log_a", |work| work()).unwrap();
    assert_eq!((index.position(), found(&index.snapshot().unwrap(), "hello")), (1, vec![1]));
    drop(index);
    let broken = Memory(Arc::new(Mutex::new(memory.0.lock().unwrap().clone())));
    for file in broken.0.lock().unwrap().values_mut() {
        *file = Arc::new(file[..file.len() / 2].to_vec());
    }
    let mut index = Index::open(&shelf(&broken), "log_a", |work| work()).unwrap();
    assert_eq!((index.position(), index.snapshot().unwrap().documents()), (0, 0));
    let mut index = Index::open(&shelf(&memory), "log_b", |work| work()).unwrap();
    assert_eq!((index.position(), index.snapshot().unwrap().documents()), (0, 0));
}
