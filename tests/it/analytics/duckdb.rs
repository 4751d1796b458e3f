//! DuckDB, however this machine has it.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

/// Reads a script, gives the rows of its last statement as JSON.
const PYTHON: &str = "
import duckdb, json, sys
cursor = duckdb.connect().execute(sys.stdin.read())
names = [column[0] for column in cursor.description]
print(json.dumps([dict(zip(names, row)) for row in cursor.fetchall()]))
";
/// The files, in the order in which they build on each other.
const FILES: [&str; 6] = ["events", "messages", "frt", "art", "fcr", "csat"];

/// One way to run a script.
pub enum DuckDb {
    /// The module.
    Python,
    Command,
}

impl DuckDb {
    /// `None`, said loudly: there is none.
    #[expect(clippy::print_stderr, reason = "who skips a test says so")]
    pub fn find() -> Option<Self> {
        let works = |command: &mut Command| {
            command.stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
        };
        if works(Command::new("python3").args(["-c", "import duckdb"])) {
            return Some(Self::Python);
        }
        if works(Command::new("duckdb").arg("--version")) {
            return Some(Self::Command);
        }
        eprintln!("SKIPPED: there is neither Python's duckdb module nor the duckdb command, so no query was run");
        None
    }

    /// The rows of a query over an export, seen as of a position.
    pub fn ask(&self, export: &Path, as_of: Option<u64>, query: &str) -> Vec<Value> {
        let mut script = format!("SET VARIABLE export = '{}';\n", export.display());
        if let Some(as_of) = as_of {
            script.push_str(&format!("SET VARIABLE as_of = {as_of};\n"));
        }
        for file in FILES {
            script.push_str(&std::fs::read_to_string(folder().join(format!("{file}.sql"))).unwrap());
        }
        script.push_str(query);
        let mut command = match self {
            Self::Python => {
                let mut command = Command::new("python3");
                command.args(["-c", PYTHON]);
                command
            }
            Self::Command => {
                script.push(';');
                let mut command = Command::new("duckdb");
                command.arg("-json");
                command
            }
        };
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(script.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let text = String::from_utf8(output.stdout).unwrap();
        // The command prints nothing where there is no row.
        if text.trim().is_empty() { Vec::new() } else { serde_json::from_str(text.trim()).unwrap() }
    }
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/analytics")
}
