//! A snapshot changes nothing but how long a start takes: what it gives is what the log gives, and what is not whole or not
//! this log's is as if it were not there.

use std::cell::Cell;
use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use domain::world::World;
use event_log::Reader;
use projections::Views;

use super::make::Unmade;
use super::past::Past;
use super::{KEPT, Part, Shelf, State, edition};
use crate::codec::decode;
use crate::history::AsOf;
use crate::history::anchors::Written;
use crate::testing::Bench;
use crate::testing::random::{Dice, something};

const NEVER: &dyn Fn() -> bool = &|| false;

/// A desk with a history, and where its snapshots lie.
async fn desk(seed: u64, steps: usize) -> (Bench, Dice, Vec<domain::ids::ConversationId>) {
    let (bench, mut dice, mut known) = (Bench::new().await, Dice(seed), Vec::new());
    for _ in 0..steps {
        something(&bench, &mut dice, &mut known).await;
    }
    (bench, dice, known)
}

fn folder(bench: &Bench) -> PathBuf {
    bench.dir.path().join("snapshots")
}

fn shelf(bench: &Bench) -> Shelf {
    Shelf::new(folder(bench), bench.desk.reader())
}

/// The state the log gives from `world` and `views` on.
fn folded(reader: &Reader, (mut world, mut views): (World, Views), upto: u64) -> (World, Views) {
    reader
        .replay(views.position(), &mut |stored| {
            if stored.pos <= upto {
                let recorded = decode(&stored).unwrap();
                world.evolve(&recorded, false);
                views.apply(&recorded);
            }
            ControlFlow::Continue(())
        })
        .unwrap();
    (world, views)
}

/// Writes a snapshot, and keeps it where `past` wants one.
fn snapshot(bench: &Bench, past: &Past) -> u64 {
    shelf(bench).make(bench.desk.copy_state().unwrap(), &Written::default(), past, bench.desk.reader(), NEVER).unwrap()
}

/// The newest state that fits.
fn loaded(bench: &Bench) -> Option<(World, Views)> {
    shelf(bench).load(bench.desk.reader()).map(|State { world, views, .. }| (world, views))
}

fn empty() -> (World, Views) {
    (World::new(), Views::default())
}

#[track_caller]
fn same(one: &(World, Views), other: &(World, Views), seed: u64) {
    assert_eq!(one.1.digest(), other.1.digest(), "seed {seed}, position {}", one.1.position());
    assert!(one.0 == other.0, "seed {seed}, position {}: the worlds differ", one.0.head);
}

fn copied(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
    }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

/// Asks for every position that was seen: its views have the digest they had then.
async fn all_is_as_it_was(bench: &Bench, seen: impl Iterator<Item = &(u64, String)>, when: &str) {
    for (pos, digest) in seen {
        let then = bench.desk.at(AsOf::Position(*pos)).await.unwrap();
        assert_eq!(&then.view(Views::digest_then), digest, "{when}, position {pos}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_snapshot_and_what_came_after_are_what_the_whole_log_says() {
    for seed in 1..=4 {
        let (mut bench, mut dice, mut known) = (Bench::new().await, Dice(seed), Vec::new());
        let mut loads = 0;
        for step in 0..90 {
            something(&bench, &mut dice, &mut known).await;
            if dice.below(6) == 0 {
                let pos = bench.desk.write_snapshot(NEVER).unwrap();
                let reader = bench.desk.reader();
                let loaded = loaded(&bench).expect("it was just written");
                assert_eq!((loaded.0.head, loaded.1.position()), (pos, pos));
                same(&loaded, &folded(reader, empty(), pos), seed);
                loads += 1;
            }
            if dice.below(6) == 0
                && let Some(loaded) = loaded(&bench)
            {
                let (reader, head) = (bench.desk.reader(), bench.desk.position());
                same(&folded(reader, loaded, head), &folded(reader, empty(), head), seed);
            }
            if step % 40 == 39 {
                bench = bench.restarted();
                assert!(bench.desk.shared.begun_after > 0);
            }
        }
        assert!(loads > 5 && shelf(&bench).positions().len() == KEPT);
        // The running one too: it began with a snapshot and went on by itself.
        let (reader, head) = (bench.desk.reader(), bench.desk.position());
        assert_eq!(bench.desk.view(Views::digest), folded(reader, empty(), head).1.digest(), "seed {seed}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_that_is_torn_cut_or_changed_anywhere_is_left_out() {
    let (bench, mut dice, _) = desk(11, 30).await;
    bench.desk.write_snapshot(NEVER).unwrap();
    let whole = tempfile::tempdir().unwrap();
    copied(&folder(&bench), whole.path());
    let damages: [fn(&mut Vec<u8>, &mut Dice); 4] = [
        |bytes, dice| {
            let bit = dice.below(bytes.len() as u64 * 8) as usize;
            bytes[bit / 8] ^= 1 << (bit % 8);
        },
        |bytes, dice| bytes.truncate(dice.below(bytes.len() as u64) as usize),
        |bytes, _| bytes.push(0),
        |bytes, _| bytes.clear(),
    ];
    for round in 0..80 {
        copied(whole.path(), &folder(&bench));
        // Without the copies for the past, it is one all the same.
        let files: Vec<_> =
            files(&folder(&bench)).into_iter().filter(|file| file.extension().unwrap() != "copies").collect();
        let file = &files[dice.below(files.len() as u64) as usize];
        let mut bytes = fs::read(file).unwrap();
        damages[round % damages.len()](&mut bytes, &mut dice);
        fs::write(file, bytes).unwrap();
        assert!(loaded(&bench).is_none(), "round {round}, {}", file.display());
        assert!(shelf(&bench).positions().is_empty(), "what is of no use goes");
    }
    copied(whole.path(), &folder(&bench));
    assert!(loaded(&bench).is_some());
    fs::remove_file(&files(&folder(&bench))[1]).unwrap();
    assert!(loaded(&bench).is_none(), "half of one is none");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_the_newest_is_damaged_the_one_before_it_serves() {
    let (bench, mut dice, mut known) = desk(12, 20).await;
    let first = bench.desk.write_snapshot(NEVER).unwrap();
    something(&bench, &mut dice, &mut known).await;
    let second = bench.desk.write_snapshot(NEVER).unwrap();
    assert_eq!(shelf(&bench).positions(), [second, first]);
    fs::write(folder(&bench).join(format!("{second:020}.views")), b"torn").unwrap();
    let bench = bench.restarted();
    assert_eq!(loaded(&bench).unwrap().0.head, first);
    let (reader, head) = (bench.desk.reader(), bench.desk.position());
    assert_eq!(bench.desk.view(Views::digest), folded(reader, empty(), head).1.digest());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_of_another_log_another_past_or_another_build_is_left_out() {
    let (bench, mut dice, mut known) = desk(13, 20).await;
    // Two desks go on from one past, each with a day of its own.
    let (bench, other) = bench.forked();
    for _ in 0..6 {
        something(&bench, &mut dice, &mut known).await;
    }
    for n in 0..40 {
        other.says(&format!("3470000{n:04}"), "hello").await;
    }
    let pos = bench.desk.write_snapshot(NEVER).unwrap();
    assert!(other.desk.position() >= pos && other.desk.reader().log_id() == bench.desk.reader().log_id());
    copied(&folder(&bench), &folder(&other));
    assert!(loaded(&other).is_none());
    // A restore begins another log.
    let (restored, dir) = bench.restored_copy();
    copied(&folder(&bench), dir.path());
    assert!(Shelf::new(dir.path().to_owned(), restored.reader()).load(restored.reader()).is_none());
    // Another program may think of the state otherwise.
    let (shelf, reader) = (shelf(&bench), bench.desk.reader());
    let (world, views) = loaded(&bench).unwrap();
    let mut origins = Part::ALL.map(|part| shelf.origin(part, pos, reader).unwrap().unwrap());
    assert_eq!(origins[0].edition, edition().unwrap());
    origins.iter_mut().for_each(|origin| origin.edition[0] ^= 1);
    shelf.write(&world, &origins[0], NEVER).unwrap();
    shelf.write(&views, &origins[1], NEVER).unwrap();
    shelf.write(&bench.desk.shared.history.written(), &origins[2], NEVER).unwrap();
    shelf.publish(pos).unwrap();
    assert!(loaded(&bench).is_none());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_of_a_position_that_a_power_cut_took_is_left_out() {
    let (bench, mut dice, mut known) = desk(14, 20).await;
    let (ahead, behind) = bench.forked();
    something(&ahead, &mut dice, &mut known).await;
    let pos = ahead.desk.write_snapshot(NEVER).unwrap();
    copied(&folder(&ahead), &folder(&behind));
    assert!(pos > behind.desk.position());
    let behind = behind.restarted();
    assert_eq!(behind.desk.shared.begun_after, 0);
    assert!(shelf(&behind).positions().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_that_was_being_written_when_the_process_died_leaves_the_one_before_it() {
    let (bench, mut dice, mut known) = desk(15, 20).await;
    let first = bench.desk.write_snapshot(NEVER).unwrap();
    something(&bench, &mut dice, &mut known).await;
    let pos = bench.desk.position();
    // Given up before any part is whole.
    for last in 0..3 {
        let asked = Cell::new(0);
        let stop = || asked.replace(asked.get() + 1) >= last;
        assert!(matches!(bench.desk.write_snapshot(&stop), Err(Unmade::Stopped)), "{last}");
        assert_eq!((shelf(&bench).positions(), files(&folder(&bench)).len()), (vec![first], Part::ALL.len()));
    }
    // Killed: what was begun lies there, and nobody tidied up.
    let (shelf, reader) = (shelf(&bench), bench.desk.reader());
    let (world, _) = folded(reader, empty(), pos);
    let origin = shelf.origin(Part::World, pos, reader).unwrap().unwrap();
    shelf.write(&world, &origin, NEVER).unwrap();
    assert_eq!(loaded(&bench).unwrap().0.head, first);
    let unfinished = folder(&bench).join(format!("{pos:020}.world.new"));
    fs::rename(unfinished, folder(&bench).join(format!("{pos:020}.world"))).unwrap();
    fs::write(folder(&bench).join(format!("{pos:020}.views.new")), b"half").unwrap();
    let bench = bench.restarted();
    assert_eq!(bench.desk.shared.begun_after, first);
    assert_eq!(bench.desk.write_snapshot(NEVER).unwrap(), pos);
    assert_eq!(files(&folder(&bench)).len(), Part::ALL.len() * KEPT);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_personal_is_in_the_state_that_is_written() {
    let bench = Bench::new().await;
    let id = bench.says("34611222333", "my cat is called Mandelbrot").await;
    bench.answers(id, "what a lovely name, Mandelbrot").await;
    bench.desk.write_snapshot(NEVER).unwrap();
    let (world, views) = loaded(&bench).unwrap();
    let bytes = [borsh::to_vec(&world).unwrap(), borsh::to_vec(&views).unwrap()].concat();
    for personal in ["34611222333", "Mandelbrot", "Customer"] {
        let found = bytes.windows(personal.len()).any(|window| window == personal.as_bytes());
        assert!(!found, "{personal} is in the state");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn copies_for_the_past_come_back_with_a_snapshot_and_share_with_it_again() {
    let (mut bench, mut dice, mut known) = (Bench::new().await, Dice(16), Vec::new());
    let mut seen = Vec::new();
    for step in 0..60 {
        something(&bench, &mut dice, &mut known).await;
        seen.push(bench.desk.view(|views| (views.position(), views.digest_then())));
        if step % 15 == 7 {
            bench.desk.leave_now();
        }
        if step == 40 {
            bench.desk.write_snapshot(NEVER).unwrap();
        }
    }
    let (left, held) = bench.desk.shared.history.left();
    bench = bench.restarted();
    assert!(bench.desk.shared.begun_after > 0);
    let (again, holds) = bench.desk.shared.history.left();
    // What was left after the snapshot is gone.
    assert_eq!((again.len(), &left[..again.len()]), (3, &again[..]));
    assert!(holds <= held, "{holds} bytes instead of {held}");
    for round in 0..2 {
        all_is_as_it_was(&bench, seen.iter(), &format!("round {round}")).await;
        something(&bench, &mut dice, &mut known).await;
        let (reader, head) = (bench.desk.reader(), bench.desk.position());
        assert_eq!(bench.desk.view(Views::digest), folded(reader, empty(), head).1.digest());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_the_copies_for_the_past_a_snapshot_is_one_all_the_same() {
    let (mut bench, mut dice, mut known) = (Bench::new().await, Dice(20), Vec::new());
    let mut seen = Vec::new();
    for damage in [None, Some(b"torn".as_slice()), Some(b"")] {
        for _ in 0..10 {
            something(&bench, &mut dice, &mut known).await;
            seen.push(bench.desk.view(|views| (views.position(), views.digest_then())));
        }
        bench.desk.leave_now();
        let pos = bench.desk.write_snapshot(NEVER).unwrap();
        let copies = folder(&bench).join(format!("{pos:020}.copies"));
        match damage {
            Some(bytes) => fs::write(copies, bytes).unwrap(),
            None => fs::remove_file(copies).unwrap(),
        }
        bench = bench.restarted();
        assert_eq!(bench.desk.shared.begun_after, pos);
        assert!(bench.desk.shared.history.left().0.is_empty());
        all_is_as_it_was(&bench, seen.iter(), "without copies").await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_snapshots_some_are_kept_for_the_past_ever_further_apart() {
    let (bench, mut dice, mut known) = (Bench::new().await, Dice(17), Vec::new());
    let past = Past::beside(&shelf(&bench)).every(8);
    let mut most = 0;
    for round in 0..240 {
        something(&bench, &mut dice, &mut known).await;
        let head = snapshot(&bench, &past);
        let left = past.positions();
        most = most.max(left.len());
        assert!(left.len() <= 16, "round {round}: {left:?}");
        let farthest =
            left.iter().rev().chain([&head]).scan(0, |last, at| Some(at - std::mem::replace(last, *at))).max();
        // What one step makes comes on top.
        assert!(farthest.unwrap() <= (head / 8).max(8) + 12, "round {round}, head {head}: {left:?}");
    }
    assert!(most >= 12);
    let (reader, left) = (bench.desk.reader(), past.positions());
    for at in &left {
        let views = past.nearer(0, *at, reader).expect("its file is smaller than the log before it");
        assert_eq!(views.digest(), folded(reader, empty(), *at).1.digest());
    }
    // On a way through the log they come anew.
    let mut views = Views::default();
    let mut leaving = past.on_the_way(reader, NEVER);
    assert!(past.positions().is_empty());
    reader
        .replay(0, &mut |stored| {
            leaving.pass(&mut views);
            views.apply(&decode(&stored).unwrap());
            ControlFlow::Continue(())
        })
        .unwrap();
    let left = past.positions();
    assert!((8..=16).contains(&left.len()), "{left:?}");
    for at in &left {
        let views = past.nearer(0, *at, reader).expect("its file is smaller than the log before it");
        let mut then = folded(reader, empty(), *at).1;
        assert_eq!(views.digest(), then.beside_facts(Views::digest));
    }
    // One that is hardly nearer is not worth opening a file for.
    assert!(past.nearer(left[0] - 1, left[0], reader).is_none());
    assert!(past.nearer(left[0], bench.desk.position(), reader).is_none());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_past_that_begins_in_a_file_is_what_it_was_and_one_in_a_damaged_file_too() {
    let (mut bench, mut dice, mut known) = (Bench::new().await, Dice(18), Vec::new());
    let past = Past::beside(&shelf(&bench)).every(60);
    let mut seen = Vec::new();
    for step in 1..=250 {
        something(&bench, &mut dice, &mut known).await;
        seen.push(bench.desk.view(|views| (views.position(), views.digest_then())));
        if step % 10 == 0 {
            snapshot(&bench, &past);
        }
    }
    let left = past.positions();
    assert!(left.len() >= 3, "{left:?}");
    bench = bench.restarted();
    assert!(bench.desk.shared.begun_after > 0);
    let path = |at: u64| folder(&bench).join(format!("past/{at:020}.views"));
    fs::write(path(left[1]), b"torn").unwrap();
    // The latest first: of what was asked for before, nothing is of use.
    all_is_as_it_was(&bench, seen.iter().rev(), "from the latest on").await;
    // Only those that were opened are found out.
    let rest: Vec<_> = left.iter().copied().filter(|at| *at != left[1]).collect();
    assert_eq!(past.positions(), rest);
}
