//! The first thing a newcomer starts: it comes up, and the lines it prints work as printed.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

/// Ends the demo whatever becomes of the test.
struct Demo(Child);

impl Drop for Demo {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn the_demo_comes_up_and_the_lines_it_prints_work_as_printed() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_frontdesk"));
    command.args(["demo", "--bind", "127.0.0.1:0"]).stdout(Stdio::piped());
    let mut demo = Demo(command.spawn().unwrap());
    let printed = BufReader::new(demo.0.stdout.take().unwrap()).lines().map(Result::unwrap);
    let mut lines: Vec<String> = Vec::new();
    for line in printed {
        let last = line.contains("Ctrl-C");
        lines.push(line);
        if last {
            break;
        }
    }
    assert!(lines.last().is_some_and(|line| line.contains("Ctrl-C")), "it ended early: {lines:#?}");
    let roles = ["super_admin", "admin", "agent", "operator"].map(|role| {
        lines
            .iter()
            .filter(|line| line.contains("@demo.example ") && line.split_whitespace().nth(1) == Some(role))
            .count()
    });
    assert_eq!((roles.iter().sum::<usize>(), roles.contains(&0)), (8, false), "{lines:#?}");

    if Command::new("curl").arg("--version").output().is_err() {
        eprintln!("SKIPPED: the printed lines are not tried, as there is no curl");
        return;
    }
    let script: Vec<&str> = lines.iter().filter(|line| line.contains("curl ")).map(|line| line.trim()).collect();
    assert_eq!(script.len(), 3, "{lines:#?}");
    // The first customers write within seconds of the start.
    let script = format!("sleep 5\n{}", script.join("\n"));
    let answer = Command::new("bash").args(["-c", &script]).output().unwrap();
    let said = String::from_utf8(answer.stdout).unwrap();
    assert!(said.contains(r#""waiting_since":"#), "the list: {said}");
    assert!(["delivered", "read"].iter().any(|status| said.contains(&format!(r#""status":"{status}""#))), "{said}");
}
