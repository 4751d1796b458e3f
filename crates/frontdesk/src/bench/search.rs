//! What full text costs: the index made from a log of customers' messages, its size and memory, and answers over HTTP for a
//! Super Admin and for an Agent in one of many teams, in turns.

use std::time::Instant;

use domain::ids::TeamId;
use reqwest::Method;
use serde_json::{Value, json};

use super::child::{EMAIL, PASSWORD, Server};
use super::http::Connection;
use super::session::Session;
use super::texts::{Texts, word};
use super::{fill, line, lists, middle_and_p99, scratch};
use crate::config::Config;
use crate::exit::Exit;
use crate::open;

/// Messages handed in at a time, and how many of one customer.
const BATCH: u64 = 500;
const PER_CUSTOMER: u64 = 10;

pub(super) fn run(messages: u64, teams: usize, rounds: usize) -> Result<(), Exit> {
    let (folder, key) = scratch()?;
    let config =
        Config { data_dir: folder.path().join("data"), master_key_file: Some(key.clone()), ..Config::default() };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(Exit::software)?;
    let ids = made(&config, &runtime, messages, teams)?;
    let begun = Instant::now();
    let server = Server::start(&config.data_dir, &key)?;
    line(&format!("ready in {:.2} s with {:.0} MiB", begun.elapsed().as_secs_f64(), server.memory_mib()));
    runtime.block_on(async {
        let root = Session::sign_in(server.address, EMAIL, PASSWORD).await?;
        let agent = root.agent(server.address).await?;
        let theirs = json!({ "team_ids": ids.iter().take(1).map(ToString::to_string).collect::<Vec<_>>() });
        root.send(Method::PUT, &format!("/users/{}/teams", agent.user_id), &theirs).await?;
        line(&format!("{rounds} rounds in turns, pages of 20; the agent is in one of {teams} teams"));
        line("asked for | found | super admin p50 / p99 ms | agent p50 / p99 ms");
        let common = word(0, 0);
        let asked = [
            ("a common word", json!({"text": format!("{common} ")})),
            ("the same, newest first", json!({"text": format!("{common} "), "sort": "-written_at"})),
            ("a word of every day", json!({"text": format!("{} ", word(1, 300))})),
            ("a rare word", json!({"text": format!("{} ", word(2, 20_000))})),
            ("two words", json!({"text": format!("{} {} ", word(3, 0), word(3, 30))})),
            ("the beginning of a word", json!({"text": word(1, 40)})),
            ("two letters", json!({"text": word(0, 0).chars().take(2).collect::<String>()})),
            ("two signs", json!({"text": "订单"})),
            ("a quotation", json!({"text": format!("\"{} {}\"", word(0, 0), word(0, 1))})),
            ("a part of a number", json!({"text": "12345"})),
            ("no such word", json!({"text": "zzzzzz "})),
        ];
        for (name, body) in asked {
            beside(&server, &root, &agent, name, &body, rounds).await?;
        }
        Ok::<_, Exit>(())
    })?;
    line(&format!("memory afterwards: {:.0} MiB", server.memory_mib()));
    Ok(())
}

/// The log, the teams and the index.
fn made(config: &Config, runtime: &tokio::runtime::Runtime, messages: u64, teams: usize) -> Result<Vec<TeamId>, Exit> {
    let desk = open::desk(config, false)?;
    let begun = Instant::now();
    let ids = runtime.block_on(async {
        let channel = fill::connect(&desk, fill::NUMBER).await?;
        let mut texts = Texts::new(17);
        for from in (0..messages).step_by(BATCH as usize) {
            let at = desk.now();
            let saying = |n| fill::message_saying(fill::NUMBER, n, PER_CUSTOMER, at, texts.next());
            let items = (from..(from + BATCH).min(messages)).map(saying).collect();
            desk.take_webhook(items, vec![channel]).await.map_err(Exit::software)?;
        }
        lists::spread_over_teams(&desk, teams).await
    })?;
    line(&format!(
        "{messages} messages, {} events, made in {:.0} s",
        desk.reader().head(),
        begun.elapsed().as_secs_f64()
    ));
    let before = super::child::memory_of("self");
    let begun = Instant::now();
    desk.catch_up_search().map_err(Exit::software)?;
    let seconds = begun.elapsed().as_secs_f64();
    let disk = fill::folder_bytes(&config.data_dir.join("search")) as f64;
    line(&format!(
        "indexed in {seconds:.1} s: {:.0} messages/s; {:.1} MB on disk, {:.0} B a message; {:.0} MiB more memory while it was made",
        messages as f64 / seconds,
        disk / 1e6,
        disk / messages as f64,
        super::child::memory_of("self") - before,
    ));
    desk.close();
    Ok(ids)
}

async fn beside(
    server: &Server,
    root: &Session,
    agent: &Session,
    name: &str,
    body: &Value,
    rounds: usize,
) -> Result<(), Exit> {
    const PATH: &str = "/conversation-search";
    let found = root.send(Method::POST, PATH, body).await?;
    let found = found["data"].as_array().map_or(0, Vec::len);
    let mut connection = Connection::open(server.address).await.map_err(Exit::unavailable)?;
    let requests = [root.post_bytes(PATH, body), agent.post_bytes(PATH, body)];
    let mut times = [Vec::new(), Vec::new()];
    for _ in 0..rounds {
        for (request, times) in requests.iter().zip(&mut times) {
            let begin = Instant::now();
            let status = connection.call(request).await.map_err(Exit::unavailable)?;
            if status != 200 {
                return Err(Exit::unavailable(format!("{PATH} answered {status}")));
            }
            times.push(begin.elapsed().as_secs_f64() * 1e3);
        }
    }
    let [highest, agents] = times.map(middle_and_p99);
    line(&format!("{name} | {found} | {:.2} / {:.2} | {:.2} / {:.2}", highest.0, highest.1, agents.0, agents.1));
    Ok(())
}
