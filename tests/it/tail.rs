//! `frontdesk tail` as a person at a terminal has it, and as a script does: across a crash of the server too.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::support::{Frontdesk, PATIENCE, Shop};

/// The program, running.
struct Tail {
    child: Child,
    out: Receiver<String>,
    err: Receiver<String>,
}

impl Drop for Tail {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Lines as they come, read by a thread that ends with the process.
fn lines(from: impl Read + Send + 'static) -> Receiver<String> {
    let (give, take) = channel();
    std::thread::spawn(move || {
        for line in BufReader::new(from).lines().map_while(Result::ok) {
            let _ = give.send(line);
        }
    });
    take
}

impl Tail {
    /// Starts it and waits until it follows.
    fn start(desk: &Frontdesk, configure: impl FnOnce(&mut Command)) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_frontdesk"));
        command.args(["tail", "--url", &desk.url]).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        configure(&mut command);
        let mut child = command.spawn().unwrap();
        let (out, err) = (lines(child.stdout.take().unwrap()), lines(child.stderr.take().unwrap()));
        let tail = Self { child, out, err };
        tail.says("following after");
        tail
    }

    /// Waits until it says this on standard error.
    fn says(&self, what: &str) {
        while !self.err.recv_timeout(PATIENCE).unwrap_or_else(|_| panic!("it never says {what:?}")).contains(what) {}
    }

    /// The next line of what is followed.
    fn line(&self) -> String {
        self.out.recv_timeout(PATIENCE).expect("a line in time")
    }

    /// Ctrl-C; gives the exit code.
    fn interrupt(mut self) -> Option<i32> {
        assert!(Command::new("kill").args(["-INT", &self.child.id().to_string()]).status().unwrap().success());
        self.child.wait().unwrap().code()
    }
}

#[tokio::test]
async fn a_customers_message_is_a_line_and_ctrl_c_ends_it_well() {
    let shop = Shop::open().await;
    let tail = Tail::start(&shop.desk, |command| {
        command.args(["--email", "ada@example.com", "--types", "message.received"]);
        command.env("FRONTDESK_PASSWORD", "correct horse battery staple");
    });
    shop.customer("+34611222333", "Lucía").says("¿Dónde está\nmi pedido?");
    let mut line = tail.line();
    // A conversation of one's own sight comes first.
    if line.contains("came into sight") {
        line = tail.line();
    }
    assert!(line.contains(" message.received "), "{line}");
    assert!(line.contains("#1 Lucía  “¿Dónde está mi pedido?”"), "{line}");
    assert_eq!(tail.interrupt(), Some(0));
}

#[tokio::test]
async fn who_is_not_let_in_is_told_why_and_it_ends_with_77() {
    let desk = Frontdesk::start();
    let run = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_frontdesk"));
        let command = command.args(["tail", "--url", &desk.url]).args(arguments).env("FRONTDESK_PASSWORD", "wrong");
        let output = command.output().unwrap();
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    let (code, said) = run(&["--token", "fdk_nothing"]);
    assert_eq!(code, Some(77), "{said}");
    let (code, said) = run(&["--email", "ada@example.com"]);
    assert_eq!(code, Some(77), "{said}");
    let token = desk.sign_in("ada@example.com", "correct horse battery staple").await;
    let (code, said) = run(&["--token", &token, "--open", "conv_nothing"]);
    assert_eq!(code, Some(78), "{said}");
    let (code, said) = run(&[]);
    assert_eq!(code, Some(78), "{said}");
    let url = desk.url.clone();
    desk.stop();
    let arguments = ["tail", "--url", &url, "--token", &token];
    let status = Command::new(env!("CARGO_BIN_EXE_frontdesk")).args(arguments).status().unwrap();
    assert_eq!(status.code(), Some(69));
}

#[tokio::test]
async fn across_a_crash_of_the_server_nothing_is_missed_and_nothing_comes_twice() {
    const MESSAGES: usize = 150;
    let mut shop = Shop::open().await;
    let terms =
        json!({ "name": "tail", "role": "admin", "scopes": ["live.read", "conversations.list", "conversations.read"] });
    let key = shop.admin.post("/v1/api-keys", terms).await.expect(StatusCode::CREATED);
    let tail = Tail::start(&shop.desk, |command| {
        command.args(["--json", "--types", "message.*"]).env("FRONTDESK_TOKEN", key["secret"].as_str().unwrap());
    });
    let customers: Vec<_> =
        (0..10).map(|n| shop.customer(&format!("+3461122200{n}"), &format!("Customer {n}"))).collect();
    let write = |round: &str| {
        for n in 0..MESSAGES {
            customers[n % customers.len()].says(&format!("{round} {n}"));
        }
    };
    let mut followed = Followed::default();
    write("before");
    // Killed in the middle of it, not after it.
    while followed.positions.len() < MESSAGES / 3 {
        followed.take(&tail.line());
    }
    let address = shop.desk.url.trim_start_matches("http://").to_owned();
    let folder = shop.desk.kill();
    tail.says("back in");
    write("during");
    let settings = [("FRONTDESK__SERVER__BIND", address.as_str())];
    shop.desk = Frontdesk::try_on(folder, &settings).unwrap_or_else(|log| panic!("no restart:\n{log}"));
    tail.says("going on after");
    write("after");
    while followed.positions.len() < 3 * MESSAGES {
        followed.take(&tail.line());
    }
    assert_eq!(followed.snapshots, 1, "it resumed, it did not begin anew");

    // Connections of before are dead.
    let admin = shop.admin.at(&shop.desk);
    let mut received = Vec::new();
    let mut after = 0;
    loop {
        let page = admin.get(&format!("/v1/events?limit=1000&after={after}")).await.expect(StatusCode::OK);
        let rows = page["data"].as_array().unwrap();
        let of_customers = rows.iter().filter(|row| row["type"] == "message.received");
        received.extend(of_customers.map(|row| row["pos"].as_u64().unwrap()));
        // A page is short where some of it is nobody's to read.
        after = page["next_after"].as_u64().unwrap();
        if page["next_after"] == page["head_pos"] {
            break;
        }
    }
    assert_eq!(received.len(), 3 * MESSAGES);
    assert_eq!(followed.positions, received);
    assert_eq!(tail.interrupt(), Some(0));
}

/// What frames said.
#[derive(Default)]
struct Followed {
    /// Of messages received, in the order in which they came.
    positions: Vec<u64>,
    snapshots: usize,
}

impl Followed {
    fn take(&mut self, line: &str) {
        let frame: Value = serde_json::from_str(line).unwrap();
        self.snapshots += usize::from(frame["type"] == "ready" && frame["mode"] == "snapshot");
        for item in frame["items"].as_array().into_iter().flatten() {
            if item["event"]["type"] == "message.received" {
                self.positions.push(item["pos"].as_u64().unwrap());
            }
        }
    }
}

/// The benchmark is no test of time, but what it finds missing is missing.
#[test]
fn a_short_run_of_the_live_benchmark_finds_nothing_missed_and_nothing_told_twice() {
    let arguments = "bench live --parts latency,storm --seconds 1 --sockets 20 --few 5 --rounds 1 --rate 20";
    let output = Command::new(env!("CARGO_BIN_EXE_frontdesk")).args(arguments.split(' ')).output().unwrap();
    let (said, err) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{said}{err}");
    assert!(
        said.contains(" at 20 readers: 0 missed, 0 told twice, 0 batches that did not chain, 0 resets"),
        "{said}{err}"
    );
}
