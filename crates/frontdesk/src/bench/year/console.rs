//! Somebody else's database, asked through a program of its own that stays open: a statement goes in on one line, rows come
//! out. The product knows no database; this one process per database is all the bench needs.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Instant;

use crate::exit::Exit;

/// Ends an answer.
const END: &str = "@@";
/// DuckDB as its Python module has it: a statement a line, rows with commas.
const DUCKDB: &str = r#"
import sys, duckdb
c = duckdb.connect(sys.argv[1])
print("@@", flush=True)
for line in sys.stdin:
    rows = c.execute(line).fetchall()
    print("\n".join(",".join("" if v is None else str(v) for v in row) for row in rows))
    print("@@", flush=True)
"#;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Engine {
    Postgres,
    Duckdb,
}

pub(super) struct Console {
    pub(super) engine: Engine,
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Console {
    /// `url` is what psql takes: `postgresql:///name?host=/socket/folder&user=…`.
    pub(super) fn postgres(url: &str) -> Result<Self, Exit> {
        let mut command = Command::new("psql");
        command.args(["-X", "-q", "-A", "-t", "-F,", "-v", "ON_ERROR_STOP=1", url]);
        Self::start(Engine::Postgres, &mut command)
    }

    /// `python` is an interpreter that has the module `duckdb`.
    pub(super) fn duckdb(python: &str, file: &Path) -> Result<Self, Exit> {
        let mut command = Command::new(python);
        command.args(["-c", DUCKDB]).arg(file);
        let mut console = Self::start(Engine::Duckdb, &mut command)?;
        console.rows()?;
        Ok(console)
    }

    fn start(engine: Engine, command: &mut Command) -> Result<Self, Exit> {
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().map_err(Exit::unavailable)?;
        let (Some(input), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(Exit::software("no pipes"));
        };
        Ok(Self { engine, child, input, output: BufReader::new(output) })
    }

    /// The rows, each a line, and how long that took in milliseconds.
    pub(super) fn ask(&mut self, statement: &str) -> Result<(Vec<String>, f64), Exit> {
        let one_line = statement.split_whitespace().collect::<Vec<_>>().join(" ");
        let text = match self.engine {
            // The end comes with the answer, in the same round trip.
            Engine::Postgres => format!("{one_line} \\; SELECT '{END}';\n"),
            Engine::Duckdb => format!("{one_line}\n"),
        };
        let begin = Instant::now();
        self.input.write_all(text.as_bytes()).and_then(|()| self.input.flush()).map_err(Exit::unavailable)?;
        let rows = self.rows()?;
        Ok((rows, begin.elapsed().as_secs_f64() * 1e3))
    }

    /// A statement that cannot stand beside another, such as VACUUM.
    pub(super) fn alone(&mut self, statement: &str) -> Result<(), Exit> {
        if self.engine == Engine::Postgres {
            self.input.write_all(format!("{statement};\n").as_bytes()).map_err(Exit::unavailable)?;
            self.ask("SELECT 1").map(|_| ())
        } else {
            self.ask(statement).map(|_| ())
        }
    }

    fn rows(&mut self) -> Result<Vec<String>, Exit> {
        let mut rows = Vec::new();
        loop {
            let mut row = String::new();
            if self.output.read_line(&mut row).map_err(Exit::unavailable)? == 0 {
                return Err(Exit::unavailable(format!("{:?} ended; its own words are above", self.engine)));
            }
            match row.trim_end() {
                END => return Ok(rows),
                "" => {}
                text => rows.push(text.to_owned()),
            }
        }
    }
}

impl Drop for Console {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
