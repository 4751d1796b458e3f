//! The shape of the workspace as a rule: which crate may use which, and which outside crate is known where. A new
//! edge is a decision; it is made here, in a diff that somebody reads.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap().to_owned()
}

/// Names under `[dependencies]` of a crate's manifest.
fn dependencies(manifest: &Path) -> BTreeSet<String> {
    let text = std::fs::read_to_string(manifest).unwrap();
    let section = text.split("\n[").find(|section| section.starts_with("dependencies]")).unwrap_or_default();
    section
        .lines()
        .skip(1)
        .filter_map(|line| line.split(['.', ' ', '=']).next())
        .filter(|name| !name.is_empty() && !name.starts_with('#'))
        .map(str::to_owned)
        .collect()
}

fn crates() -> BTreeMap<String, BTreeSet<String>> {
    std::fs::read_dir(root().join("crates"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.join("Cargo.toml").exists())
        .map(|path| (path.file_name().unwrap().to_str().unwrap().to_owned(), dependencies(&path.join("Cargo.toml"))))
        .collect()
}

#[test]
fn crates_use_only_the_crates_below_them() {
    let allowed: BTreeMap<&str, &[&str]> = BTreeMap::from([
        ("domain", &[][..]),
        ("event-log", &["domain"]),
        ("projections", &["domain"]),
        ("channels", &["domain"]),
        ("app", &["domain", "event-log", "projections", "channels"]),
        ("api", &["domain", "projections", "channels", "app"]),
        ("testkit", &["domain"]),
        ("frontdesk", &["domain", "event-log", "projections", "channels", "app", "api", "testkit"]),
    ]);
    let crates = crates();
    let ours: BTreeSet<&String> = crates.keys().collect();
    assert_eq!(ours, allowed.keys().map(|name| name.to_string()).collect::<Vec<_>>().iter().collect(), "crates");
    for (name, uses) in &crates {
        for used in uses.iter().filter(|used| ours.contains(used)) {
            assert!(allowed[name.as_str()].contains(&used.as_str()), "{name} must not use {used}");
        }
    }
}

#[test]
fn outside_crates_stay_where_they_belong() {
    let homes: BTreeMap<&str, &[&str]> = BTreeMap::from([
        ("sled", &["event-log"][..]),
        ("tantivy", &["projections"]),
        ("icu_normalizer", &["projections"]),
        ("csv", &["app"]),
        ("borsh", &["domain", "projections", "app"]),
        ("actix-web", &["api", "testkit"]),
        ("utoipa", &["api"]),
        ("jsonwebtoken", &["api"]),
        ("argon2", &["api"]),
        ("zxcvbn", &["api"]),
        ("totp-rs", &["api"]),
        ("chrono-tz", &["domain"]),
        ("clap", &["frontdesk"]),
        ("mimalloc", &["frontdesk"]),
        ("tokio-tungstenite", &["frontdesk"]),
        ("memchr", &["frontdesk"]),
        ("tracing-subscriber", &["frontdesk"]),
    ]);
    for (name, uses) in crates() {
        for (outside, homes) in &homes {
            if uses.contains(*outside) {
                assert!(homes.contains(&name.as_str()), "{outside} is not for {name}");
            }
        }
    }
}

#[test]
fn the_domain_is_pure() {
    let uses = &crates()["domain"];
    let allowed = BTreeSet::from(
        ["serde", "serde_json", "schemars", "thiserror", "chrono", "chrono-tz", "uuid", "borsh"].map(str::to_owned),
    );
    assert!(uses.is_subset(&allowed), "{:?}", uses.difference(&allowed));
    for file in sources(&root().join("crates/domain/src")) {
        let text = std::fs::read_to_string(&file).unwrap();
        for banned in ["std::fs", "std::net", "std::thread", "SystemTime", "time::Instant", "tokio", "std::env"] {
            assert!(!text.contains(banned), "{} mentions {banned}", file.display());
        }
    }
}

#[test]
fn every_module_says_what_it_is() {
    for entry in std::fs::read_dir(root().join("crates")).unwrap() {
        for file in sources(&entry.unwrap().path().join("src")) {
            let text = std::fs::read_to_string(&file).unwrap();
            assert!(text.starts_with("//!"), "{} does not open with what it is", file.display());
        }
    }
}

#[test]
fn every_test_file_is_listed() {
    let main = std::fs::read_to_string(root().join("tests/it/main.rs")).unwrap();
    for entry in std::fs::read_dir(root().join("tests/it")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        if name != "main" {
            assert!(main.contains(&format!("mod {name};")), "tests/it/{name}.rs is not part of the test binary");
        }
    }
}

#[test]
fn the_top_level_holds_only_what_belongs_there() {
    let allowed = [
        "Cargo.toml",
        "Cargo.lock",
        "crates",
        "api-spec",
        "fixtures",
        "tests",
        "justfile",
        "README.md",
        "CHANGELOG.md",
        "LICENSE-MIT",
        "LICENSE-APACHE",
        "target",
        "frontdesk-data",
    ];
    for entry in std::fs::read_dir(root()).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(name.starts_with('.') || allowed.contains(&name.as_str()), "{name} does not belong at the top level");
    }
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found
}

/// Handlers reach the desk's state through a gate that asks for rights first (`app/src/gate.rs`). Those listed have nobody
/// to ask yet, because somebody is only just proving who they are or is a customer with a link of theirs, or write down a
/// refusal; the rest has no way round it.
#[test]
fn handlers_reach_the_desk_through_its_gate() {
    let signing_in = ["auth.rs", "totp.rs", "passwords.rs", "invites.rs", "sso.rs"];
    let without_an_asker = [&["front.rs", "denials.rs", "csat_answers.rs"], signing_in.as_slice()].concat();
    for file in sources(&root().join("crates/api/src")) {
        let name = file.file_name().unwrap().to_str().unwrap();
        let text = std::fs::read_to_string(&file).unwrap();
        let around = text.contains("front.run(") || text.contains("desk.run(") || text.contains(".run_once(");
        let gated = text.contains("Gate::new(");
        assert!(!around || gated || without_an_asker.contains(&name), "{} goes round the gate", file.display());
        // Rows and lists come from the desk's queries, which take the asker; the one exception shows what became of a
        // command that was allowed.
        let rows = text.contains("inbox.get(") || text.contains("page_where(") || text.contains("inbox.of_contact(");
        assert!(!rows || name == "conversations.rs", "{} looks a conversation up by itself", file.display());
    }
}
