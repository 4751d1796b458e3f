//! What queues cost at size: the monitor's query, one routing decision, memory and start time with a timer for each
//! conversation, and how late deadlines are written when many come at once. In this process, without HTTP, where not said
//! otherwise.

use std::sync::Arc;
use std::time::{Duration, Instant};

use app::cloud_api::CloudApi;
use app::{Desk, WorkerConfig, Workers};
use domain::access::{Principal, Role, Walls};
use domain::account::{self, NewUser};
use domain::availability::{self, Availability, Wish};
use domain::conversation::assign::{Assignment, assign};
use domain::event::Actor;
use domain::event::routing::Demand;
use domain::identity::BlindKey;
use domain::ids::{ChannelId, ConversationId, TeamId, UserId};
use domain::queue::settings::Strategy;
use domain::routing::Said;
use domain::routing::rule::{self, Destination, RoutingRule};
use domain::routing::simulate::{Case, simulate};
use domain::sla::{Metric, SlaPolicy, Target, manage};
use domain::team::{self, NewTeam};
use domain::time::Millis;
use serde_json::json;

use super::child::Server;
use super::{fill, line, middle_and_p99, scratch, spread};
use crate::config::Config;
use crate::exit::Exit;
use crate::open;

/// Conversations given out in one command.
const BATCH: usize = 500;
/// Of each agent, open.
const HELD: usize = 15;
/// The number on which deadlines come at once, and after how many seconds.
const SECOND_NUMBER: &str = "100200300400501";
const SHORT_S: u32 = 8;
/// Conversations whose deadlines come within a second.
const AT_ONCE: u64 = 1_000;

/// How large it is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Size {
    pub(super) conversations: u64,
    pub(super) queues: usize,
    pub(super) agents: usize,
    pub(super) rules: usize,
    pub(super) rounds: usize,
}

pub(super) fn run(size: Size) -> Result<(), Exit> {
    let Size { conversations, queues, agents, rules, .. } = size;
    line(&format!("{conversations} open conversations, {queues} teams' queues, {agents} agents, {rules} rules"));
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
    let runtime = runtime.map_err(Exit::software)?;
    for promised in [false, true] {
        let (folder, key) = scratch()?;
        let config =
            Config { data_dir: folder.path().join("data"), master_key_file: Some(key.clone()), ..Config::default() };
        let desk = open::desk(&config, false)?;
        let chief = runtime.block_on(chief(&desk))?;
        let people = runtime.block_on(made(&desk, &chief, size, promised))?;
        if promised {
            runtime.block_on(async {
                monitor(&desk, &chief, &people, size.rounds)?;
                decisions(&desk, size).await?;
                deadlines(&desk, &chief).await
            })?;
        }
        desk.close();
        drop(desk);
        started(&config, &key, if promised { "with a timer for each conversation" } else { "without a timer" })?;
    }
    Ok(())
}

/// Who sets everything up.
async fn chief(desk: &Desk) -> Result<Principal, Exit> {
    let new = account_of("chief", Role::SuperAdmin, u64::MAX);
    let id = command(desk, move |step| account::create(step, None, &new)).await?;
    let found = desk.view(|views| views.roster.principal(id).cloned());
    found.ok_or_else(|| Exit::software("no account"))
}

fn account_of(name: &str, role: Role, n: u64) -> NewUser {
    let mut key = [0; 16];
    key[..8].copy_from_slice(&n.to_le_bytes());
    NewUser {
        email: format!("{name}@example.com"),
        email_key: BlindKey(key),
        name: name.to_owned(),
        role,
        custom_role_id: None,
        brand_ids: None,
        password_hash: "none".to_owned(),
    }
}

/// People in teams, conversations in their queues.
async fn made(desk: &Desk, chief: &Principal, size: Size, promised: bool) -> Result<Vec<UserId>, Exit> {
    let people = command(desk, move |step| {
        let account = |n: usize| account_of(&format!("agent{n}"), Role::Agent, n as u64);
        (0..size.agents).map(|n| account::create(step, None, &account(n))).collect::<Result<Vec<_>, _>>()
    })
    .await?;
    let (members, by) = (people.clone(), chief.clone());
    let teams = command(desk, move |step| {
        let team = |n| NewTeam { name: format!("Team {n}"), brand_id: None, walls: Walls::Closed };
        let made = (0..size.queues).map(|n| team::create(step, &by, &team(n)));
        let teams = made.collect::<Result<Vec<TeamId>, _>>()?;
        for (n, user) in members.into_iter().enumerate() {
            team::set_member(step, &by, teams[n % teams.len()], user, false)?;
            let principal = step.world.roster.principal(user).cloned();
            let wish = Wish { availability: Availability::Available, until: None, note: None };
            if let Some(principal) = principal {
                availability::set(step, &principal, user, wish, false)?;
            }
        }
        Ok(teams)
    })
    .await?;
    if promised {
        let by = chief.clone();
        command(desk, move |step| manage::create(step, &by, &policy("Everybody", 86_400, None))).await?;
    }
    fill::customers(desk, size.conversations, 1).await?;
    let all: Vec<ConversationId> = desk.view(|views| views.queues.board().entries().map(|entry| entry.id).collect());
    let places: Vec<(TeamId, Option<UserId>)> = (0..all.len())
        .map(|n| (teams[n % teams.len()], (n < people.len() * HELD).then(|| people[n % people.len()])))
        .collect();
    for (ids, places) in all.chunks(BATCH).zip(places.chunks(BATCH)) {
        let (ids, places) = (ids.to_vec(), places.to_vec());
        command(desk, move |step| {
            for (id, (team, assignee_id)) in ids.into_iter().zip(places) {
                assign(step, id, &Assignment { team_id: Some(Some(team)), assignee_id, ..Assignment::default() })?;
            }
            Ok(())
        })
        .await?;
    }
    Ok(people)
}

fn policy(name: &str, target_s: u32, channel: Option<ChannelId>) -> SlaPolicy {
    let matches = channel.map_or_else(
        || json!({"all": []}),
        |channel| json!({"field": "channel_id", "op": "is", "value": channel.to_string()}),
    );
    let target = Target {
        metric: Metric::FirstResponse,
        target_s,
        target_s_by_priority: Default::default(),
        hours_id: None,
        pause_on: Default::default(),
        at_risk_percent: 80,
    };
    SlaPolicy {
        name: name.to_owned(),
        brand_id: None,
        enabled: true,
        matches: serde_json::from_value(matches).unwrap_or_default(),
        targets: vec![target],
        escalations: Vec::new(),
    }
}

fn monitor(desk: &Desk, chief: &Principal, people: &[UserId], rounds: usize) -> Result<(), Exit> {
    let agent = people.first().and_then(|user| desk.view(|views| views.roster.principal(*user).cloned()));
    let agent = agent.ok_or_else(|| Exit::software("no agents"))?;
    line("query | p50 / p99 ms");
    for (who, asker) in [("super admin", chief), ("agent", &agent)] {
        let times = timed(rounds, || desk.queue_monitor(asker).map(|monitor| monitor.rows.len()))?;
        line(&format!("queue monitor, {who} | {:.3} / {:.3}", times.0, times.1));
    }
    let times = timed(rounds, || desk.agent_load(chief).map(|monitor| monitor.rows.len()))?;
    line(&format!("agent load, super admin | {:.3} / {:.3}", times.0, times.1));
    Ok(())
}

fn timed<T>(rounds: usize, query: impl Fn() -> app::queries::Answer<T>) -> Result<(f64, f64), Exit> {
    let mut times = Vec::with_capacity(rounds);
    for _ in 0..rounds {
        let begin = Instant::now();
        query().map_err(Exit::software)?;
        times.push(begin.elapsed().as_secs_f64() * 1e3);
    }
    Ok(middle_and_p99(times))
}

/// All rules are asked and the last applies; then one of a team, or of everybody, is chosen.
async fn decisions(desk: &Desk, size: Size) -> Result<(), Exit> {
    let rules: Vec<rule::Entry> = (0..size.rules as u128).map(|n| asked(n, n + 1 == size.rules as u128)).collect();
    let team = desk.view(|views| views.roster.teams().next().map(|team| team.id));
    for (whom, team) in [("a team", team), ("everybody", None)] {
        let rules = rules.clone();
        let times = command(desk, move |step| {
            let channel = step.world.channels.keys().next().copied();
            let said = Said { text: Some("Hello, where is my order 4711?".to_owned()), ..Said::default() };
            let case = channel.and_then(|channel| Case::sample(step.world, channel, None, said, step.now));
            let Some(mut case) = case else { return Ok(Vec::new()) };
            case.entry.team_id = team;
            let rounds = 0..size.rounds.max(100);
            let once = |_| {
                let begin = Instant::now();
                let simulated = simulate(step.world, &rules, &case, step.now);
                let time = begin.elapsed().as_secs_f64() * 1e3;
                simulated.user_id().map(|_| time)
            };
            Ok(rounds.filter_map(once).collect())
        })
        .await?;
        let decided = times.len();
        let (middle, worst) = middle_and_p99(times);
        line(&format!("routing decision among {whom} ({decided} found somebody) | {middle:.3} / {worst:.3}"));
    }
    Ok(())
}

fn asked(n: u128, applies: bool) -> rule::Entry {
    let value = if applies { "order".to_owned() } else { format!("word{n}") };
    let when = json!({"all": [{"field": "text", "op": "contains", "value": value}]});
    let demand = Demand { strategies: Some(vec![Strategy::LeastLoaded]), ..Demand::default() };
    let rule = RoutingRule {
        name: format!("Rule {n}"),
        brand_id: None,
        enabled: true,
        when: serde_json::from_value(when).unwrap_or_default(),
        then: Destination { demand, ..Destination::default() },
    };
    rule::Entry { id: domain::ids::RoutingRuleId::from_u128(n + 1), version: 1, rule }
}

/// Many deadlines within a second, beside all the others: how long after its moment each is durable.
async fn deadlines(desk: &Desk, chief: &Principal) -> Result<(), Exit> {
    let channel = fill::connect(desk, SECOND_NUMBER).await?;
    let by = chief.clone();
    command(desk, move |step| {
        let id = manage::create(step, &by, &policy("Soon", SHORT_S, Some(channel)))?;
        let mut order: Vec<_> =
            step.world.sla_policies.iter().map(|entry| entry.id).filter(|other| *other != id).collect();
        order.insert(0, id);
        manage::order(step, &by, &order)
    })
    .await?;
    let provider = Arc::new(CloudApi::new().map_err(Exit::software)?);
    let workers = Workers::start(desk, WorkerConfig { provider });
    let (from, begun) = (desk.reader().head(), desk.now());
    let item = |n: u64| fill::message(SECOND_NUMBER, 1_000_000_000 + n, 1, begun + Millis(n as i64 - 999));
    desk.take_webhook((0..AT_ONCE).map(item).collect(), vec![channel]).await.map_err(Exit::software)?;
    let mut late: Vec<f64> = Vec::new();
    let patience = Instant::now() + Duration::from_secs(60);
    let mut after = from;
    let mut applied = desk.applied();
    while late.len() < AT_ONCE as usize && Instant::now() < patience {
        for stored in desk.reader().read(after, 1_000).map_err(Exit::software)? {
            after = stored.pos;
            if &*stored.kind == "sla.breached" {
                let facts: serde_json::Value = serde_json::from_slice(&stored.facts).map_err(Exit::software)?;
                let at = facts["at"].as_i64().unwrap_or_default();
                late.push((stored.recorded_at_ms - at) as f64);
            }
        }
        let _ = tokio::time::timeout(Duration::from_millis(200), applied.changed()).await;
    }
    workers.stop().await;
    let (written, worst) = (late.len(), late.iter().copied().fold(0.0, f64::max));
    let (middle, p99) = middle_and_p99(late);
    line(&format!(
        "{written} of {AT_ONCE} deadlines within a second, decided late by p50 / p99 / max ms | {middle:.0} / {p99:.0} / {worst:.0}"
    ));
    Ok(())
}

fn started(config: &Config, key: &std::path::Path, what: &str) -> Result<(), Exit> {
    let (mut seconds, mut memory) = (Vec::new(), Vec::new());
    for _ in 0..3 {
        let start = Instant::now();
        let server = Server::start(&config.data_dir, key)?;
        seconds.push(start.elapsed().as_secs_f64());
        memory.push(server.memory_mib());
    }
    line(&format!("{what}: ready after {} s, memory {} MiB", spread(&seconds, 2), spread(&memory, 0)));
    Ok(())
}

async fn command<T: Send + 'static>(
    desk: &Desk,
    decide: impl FnOnce(&mut domain::step::Step<'_>) -> Result<T, domain::rejection::Rejection> + Send + 'static,
) -> Result<T, Exit> {
    Ok(desk.run(Actor::System, decide).await.map_err(Exit::software)?.value)
}
