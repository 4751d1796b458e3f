//! What walls cost over HTTP: pages of 50 and counts for a Super Admin and for an Agent in 50 of the teams, over the same
//! open conversations, asked in turns.

use std::time::Instant;

use app::Desk;
use domain::access::{Principal, Role, Walls};
use domain::conversation::assign::{Assignment, assign};
use domain::event::Actor;
use domain::ids::{ConversationId, TeamId, UserId};
use domain::team::{self, NewTeam};
use projections::inbox::query::{Filters, PAGE_MAX};
use projections::inbox::{InboxQuery, Row, Sort, View};
use reqwest::Method;
use serde_json::json;

use super::child::{EMAIL, PASSWORD, Server};
use super::http::Connection;
use super::session::Session;
use super::{fill, line, middle_and_p99, scratch};
use crate::config::Config;
use crate::exit::Exit;
use crate::open;

const AGENTS_TEAMS: usize = 50;
/// Conversations given to teams in one command.
const BATCH: usize = 500;

pub(super) fn run(conversations: u64, teams: usize, rounds: usize) -> Result<(), Exit> {
    let (folder, key) = scratch()?;
    let config =
        Config { data_dir: folder.path().join("data"), master_key_file: Some(key.clone()), ..Config::default() };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(Exit::software)?;
    let ids = {
        let desk = open::desk(&config, false)?;
        let ids = runtime.block_on(async {
            fill::customers(&desk, conversations, 1).await?;
            spread_over_teams(&desk, teams).await
        })?;
        desk.close();
        ids
    };
    let server = Server::start(&config.data_dir, &key)?;
    runtime.block_on(async {
        let root = Session::sign_in(server.address, EMAIL, PASSWORD).await?;
        let agent = root.agent(server.address).await?;
        let step = (ids.len() / AGENTS_TEAMS).max(1);
        let theirs: Vec<String> = ids.iter().step_by(step).take(AGENTS_TEAMS).map(ToString::to_string).collect();
        root.send(Method::PUT, &format!("/users/{}/teams", agent.user_id), &json!({ "team_ids": theirs })).await?;
        line(&format!(
            "{conversations} open conversations in {teams} teams, an agent in {AGENTS_TEAMS} of them; {rounds} rounds in turns"
        ));
        line("request | super admin p50 / p99 ms | agent p50 / p99 ms | ratio of p50, of p99");
        for path in [
            "/conversations?limit=50&sort=waiting_since",
            "/conversations?limit=50",
            "/conversations?limit=50&view=unassigned&sort=created_at",
            "/conversations?limit=200&sort=waiting_since",
            "/conversation-counts",
        ] {
            beside(&server, &root, &agent, path, rounds).await?;
        }
        Ok(())
    })
}

async fn beside(server: &Server, root: &Session, agent: &Session, path: &str, rounds: usize) -> Result<(), Exit> {
    let mut connection = Connection::open(server.address).await.map_err(Exit::unavailable)?;
    let requests = [root.get_bytes(path), agent.get_bytes(path)];
    let mut times = [Vec::new(), Vec::new()];
    for _ in 0..rounds {
        for (request, times) in requests.iter().zip(&mut times) {
            let begin = Instant::now();
            let status = connection.call(request).await.map_err(Exit::unavailable)?;
            if status != 200 {
                return Err(Exit::unavailable(format!("{path} answered {status}")));
            }
            times.push(begin.elapsed().as_secs_f64() * 1e3);
        }
    }
    let [highest, agents] = times.map(middle_and_p99);
    line(&format!(
        "{path} | {:.2} / {:.2} | {:.2} / {:.2} | {:.2}, {:.2}",
        highest.0,
        highest.1,
        agents.0,
        agents.1,
        agents.0 / highest.0,
        agents.1 / highest.1
    ));
    Ok(())
}

/// Makes the teams and puts the conversations into their queues, one after the other.
pub(super) async fn spread_over_teams(desk: &Desk, teams: usize) -> Result<Vec<TeamId>, Exit> {
    // Nobody is asked for rights here: the log is being made.
    let nobody = Principal::plain(UserId::from_u128(1), Role::SuperAdmin);
    let made = desk.run(Actor::System, move |step| {
        let team = |n| NewTeam { name: format!("Team {n}"), brand_id: None, walls: Walls::Closed };
        (0..teams).map(|n| team::create(step, &nobody, &team(n))).collect::<Result<Vec<_>, _>>()
    });
    let ids = made.await.map_err(Exit::software)?.value;
    for (n, some) in conversations(desk).chunks(BATCH).enumerate() {
        let (some, ids) = (some.to_vec(), ids.clone());
        let given = desk.run(Actor::System, move |step| {
            for (place, id) in some.into_iter().enumerate() {
                let team_id = Some(Some(ids[(n * BATCH + place) % ids.len()]));
                assign(step, id, &Assignment { team_id, ..Assignment::default() })?;
            }
            Ok(())
        });
        given.await.map_err(Exit::software)?;
    }
    Ok(ids)
}

fn conversations(desk: &Desk) -> Vec<ConversationId> {
    let mut query = InboxQuery {
        view: View::All,
        filters: Filters::default(),
        sort: Sort::CreatedAt,
        after: None,
        limit: PAGE_MAX,
    };
    let mut ids = Vec::new();
    loop {
        let page = desk.view(|views| views.inbox.page_where(&query, &|_| true));
        ids.extend(page.rows.iter().map(Row::id));
        match page.next {
            Some(next) => query.after = Some(next),
            None => return ids,
        }
    }
}
