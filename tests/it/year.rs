//! A generated year: the real decisions, the same every time, and a log like any other.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

fn frontdesk(data: &Path, arguments: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_frontdesk"));
    command.env("FRONTDESK__DATA_DIR", data);
    command.env("FRONTDESK__MASTER_KEY_FILE", data.join("generated-master-key"));
    let output = command.args(arguments).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn generated(data: &Path) -> String {
    let data_dir = data.to_str().unwrap();
    frontdesk(
        data,
        &["generate", "--data-dir", data_dir, "--conversations", "60", "--agents", "8", "--until", "2026-11-01"],
    )
}

/// Everything but what is sealed.
fn facts(data: &Path) -> Vec<String> {
    let export = frontdesk(data, &["log", "dump"]);
    let plain = export.lines().skip(1).map(|line| {
        let mut line: Value = serde_json::from_str(line).unwrap();
        line["sealed"].take();
        line.to_string()
    });
    plain.collect()
}

#[test]
fn the_same_seed_gives_the_same_facts_and_the_log_proves_itself() {
    let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let said = generated(one.path());
    assert!(said.contains("conversations") && said.contains("sign in as"), "{said}");
    generated(other.path());
    frontdesk(one.path(), &["log", "verify"]);
    let (one, other) = (facts(one.path()), facts(other.path()));
    assert!(one.len() > 2_000, "{}", one.len());
    assert_eq!(one.len(), other.len());
    for (one, other) in one.iter().zip(&other) {
        assert_eq!(one, other);
    }
    for kind in ["sla.breached", "sla.fulfilled", "conversation.resolved", "conversation.reopened", "message.queued"] {
        assert!(one.iter().any(|line| line.contains(kind)), "no {kind}");
    }
}
