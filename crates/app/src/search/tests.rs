//! The index follows the log, forgets with it, and comes out the same however it was made.

use std::collections::BTreeSet;

use domain::access::Principal;
use projections::inbox::query::Filters;
use projections::search::{Ask, Kind};

use super::*;
use crate::testing::Bench;

fn asking(typed: &str) -> SearchQuery {
    SearchQuery {
        ask: Ask::read(typed),
        kinds: Kind::ALL.into_iter().collect::<BTreeSet<_>>(),
        filters: Filters::default(),
        condition: None,
        from: None,
        until: None,
        order: Order::Relevance,
        after: None,
        limit: 20,
        hits_max: 3,
    }
}

fn found(bench: &Bench, principal: &Principal, typed: &str) -> Vec<String> {
    let page = bench.desk.search(principal, &asking(typed)).unwrap();
    let hits = page.found.into_iter().flat_map(|found| found.hits);
    hits.map(|hit| hit.excerpt.text).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_written_is_found_and_an_index_made_anew_finds_the_same() {
    let bench = Bench::new().await;
    let me = bench.principal();
    assert!(found(&bench, &me, "parcel").is_empty(), "nothing is indexed yet, and nobody waits for it");
    let conversation = bench.says("34600111222", "Where is my parcel?").await;
    bench.answers(conversation, "The parcel is on its way").await;
    bench.says("34600333444", "no words of that kind").await;
    bench.desk.catch_up_search().unwrap();
    let before = found(&bench, &me, "parcel");
    assert_eq!(before, ["The parcel is on its way", "Where is my parcel?"]);
    assert_eq!(found(&bench, &me, "600111").len(), 1, "by a part of the number");
    let bench = bench.restarted();
    bench.desk.catch_up_search().unwrap();
    assert_eq!(found(&bench, &me, "parcel"), before, "as it lay on disk");
    std::fs::remove_dir_all(bench.dir.path().join("search")).unwrap();
    let bench = bench.restarted();
    bench.desk.catch_up_search().unwrap();
    assert_eq!(found(&bench, &me, "parcel"), before, "made anew");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_torn_index_is_made_anew() {
    let bench = Bench::new().await;
    let me = bench.principal();
    bench.says("34600111222", "Where is my parcel?").await;
    bench.desk.catch_up_search().unwrap();
    for entry in std::fs::read_dir(bench.dir.path().join("search")).unwrap() {
        let path = entry.unwrap().path();
        let bytes = std::fs::read(&path).unwrap();
        std::fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
    }
    let bench = bench.restarted();
    bench.desk.catch_up_search().unwrap();
    assert_eq!(found(&bench, &me, "parcel"), ["Where is my parcel?"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_word_lies_on_disk_and_an_erasure_takes_them_from_the_index() {
    let bench = Bench::new().await;
    let me = bench.principal();
    let canary = "violetcanary";
    let conversation = bench.says("34600111222", &format!("I am {canary}")).await;
    bench.says("34600333444", &format!("I know a {canary} too")).await;
    bench.desk.catch_up_search().unwrap();
    let holding = |word: &str| crate::media::tests::holding(bench.dir.path(), word.as_bytes());
    assert!(holding(canary).is_empty());
    assert_eq!(found(&bench, &me, canary).len(), 2);
    let contact = bench.desk.view(|views| views.inbox.get(conversation).unwrap().contact_id());
    bench.desk.erase_contact(&me, contact, None).await.unwrap();
    assert_eq!(found(&bench, &me, canary), [format!("I know a {canary} too")]);
    assert!(found(&bench, &me, "34600111222").is_empty());
    let bench = bench.restarted();
    bench.desk.catch_up_search().unwrap();
    assert_eq!(found(&bench, &me, canary), [format!("I know a {canary} too")]);
    assert!(bench.desk.searched_to() >= bench.desk.position());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_follow_each_other_while_more_is_written() {
    let bench = Bench::new().await;
    let me = bench.principal();
    for n in 0..25 {
        bench.says(&format!("346000000{n:02}"), &format!("parcel number {n}")).await;
    }
    bench.desk.catch_up_search().unwrap();
    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let page = bench.desk.search(&me, &SearchQuery { limit: 10, after, ..asking("parcel") }).unwrap();
        seen.extend(page.found.iter().map(|found| found.row.id()));
        bench.says("34611111111", "parcel parcel parcel").await;
        bench.desk.catch_up_search().unwrap();
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(seen.len(), 25);
    assert_eq!(seen.iter().collect::<BTreeSet<_>>().len(), 25);
}
