//! Whose year it is: brands, numbers, teams with their queues, people, opening hours, rules and promises; made by the
//! decisions that the API's routes make.

use std::collections::BTreeSet;

use app::History;
use domain::access::{Principal, Role, Walls};
use domain::account::{self, NewUser};
use domain::business_hours::{self, Draft, DraftSegment, DraftWeekly, NewCalendar, Weekday};
use domain::channel::{self, Connection};
use domain::event::Actor;
use domain::event::channel::{ChannelChanged, Credentials};
use domain::ids::{BrandId, ChannelId, HoursId, TeamId, UserId};
use domain::queue::settings::{Release, Strategy};
use domain::queue::{QueueId, QueueSettings};
use domain::rejection::Rejection;
use domain::routing::rule::{self, Destination, RoutingRule};
use domain::routing_profile;
use domain::sla::{Metric, Pausing, SlaPolicy, Target, manage};
use domain::step::Step;
use domain::team::{self, NewTeam};
use domain::time::{Millis, Timestamp};
use serde_json::json;

use super::{EMAIL, words};
use crate::exit::Exit;

const BRANDS: [&str; 2] = ["Marea Outdoor", "Linden Home"];
/// Each with its brand.
const NUMBERS: [(&str, usize); 4] = [("Marea", 0), ("Marea Pro", 0), ("Linden", 1), ("Linden Service", 1)];
/// Each with its brand, and the words that bring a conversation to it.
pub(super) const TEAMS: [(&str, usize, &[&str]); 8] = [
    ("Marea orders", 0, &[]),
    ("Marea billing", 0, &["refund", "invoice"]),
    ("Marea repairs", 0, &["broken"]),
    ("Marea returns", 0, &["return"]),
    ("Linden orders", 1, &[]),
    ("Linden billing", 1, &["refund", "invoice"]),
    ("Linden workshop", 1, &["broken"]),
    ("Linden appointments", 1, &["appointment"]),
];
/// Open conversations of one person at most.
const HELD: u32 = 12;

/// Somebody who answers.
pub(super) struct Agent {
    pub(super) id: UserId,
    pub(super) brand: usize,
    /// They can answer nothing before.
    pub(super) busy_until: Timestamp,
}

/// See the module.
pub(super) struct Company {
    /// Each with its brand.
    pub(super) numbers: Vec<(ChannelId, usize)>,
    /// Each with its brand.
    pub(super) teams: Vec<(TeamId, usize)>,
    pub(super) agents: Vec<Agent>,
}

pub(super) fn found(history: &mut History, agents: usize, at: Timestamp, hash: &str) -> Result<Company, Exit> {
    let chief = user(history, at, None, &account(history, EMAIL, "Chief", Role::SuperAdmin, None, hash))?;
    let chief = principal(history, chief)?;
    let brands = BRANDS.map(|name| made(history, at, |step| channel::create_brand(step, name)));
    let brands = brands.into_iter().collect::<Result<Vec<_>, _>>()?;
    let hours = made(history, at, |step| business_hours::create(step, &chief, &opening_hours()))?;
    let mut company = Company { numbers: Vec::new(), teams: Vec::new(), agents: Vec::new() };
    for (name, brand, _) in TEAMS {
        let new = NewTeam { name: name.to_owned(), brand_id: Some(brands[brand]), walls: Walls::Closed };
        let id = made(history, at, |step| team::create(step, &chief, &new))?;
        made(history, at, |step| domain::queue::change::change(step, &chief, QueueId::Team(id), queue()))?;
        company.teams.push((id, brand));
    }
    for (n, (name, brand)) in NUMBERS.into_iter().enumerate() {
        let wanted = number(n, name, brands[brand]);
        let id = made(history, at, |step| channel::connect(step, &wanted))?;
        let first = company.teams.iter().find(|(_, of)| *of == brand).map(|(team, _)| *team);
        made(history, at, |step| channel::change(step, id, ChannelChanged::default(), Some(first), None))?;
        company.numbers.push((id, brand));
    }
    for ((name, brand, said), (id, _)) in TEAMS.into_iter().zip(&company.teams) {
        if !said.is_empty() {
            let rule = rule(name, brands[brand], said, *id)?;
            made(history, at, |step| rule::create(step, &chief, rule))?;
        }
    }
    for (name, brand) in BRANDS.into_iter().zip(&brands) {
        let policy = promises(name, *brand, hours);
        made(history, at, |step| manage::create(step, &chief, &policy))?;
    }
    for n in 0..agents {
        let agent = hired(history, at, &chief, &company, &brands, n)?;
        company.agents.push(agent);
    }
    Ok(company)
}

fn hired(
    history: &mut History,
    at: Timestamp,
    chief: &Principal,
    company: &Company,
    brands: &[BrandId],
    n: usize,
) -> Result<Agent, Exit> {
    let (first, brand) = company.teams[n % company.teams.len()];
    let email = format!("agent{n}@year.example");
    let new = account(history, &email, &format!("Agent {n}"), Role::Agent, Some(brands[brand]), "none");
    let id = user(history, at, Some(chief), &new)?;
    // Half of them also help a second team of the brand.
    let of_brand: Vec<TeamId> = company.teams.iter().filter(|(_, of)| *of == brand).map(|(team, _)| *team).collect();
    let second = of_brand[(n / company.teams.len()) % of_brand.len()];
    let wish = routing_profile::Wish { max_open: Some(HELD), ..Default::default() };
    made(history, at, |step| {
        team::set_member(step, chief, first, id, n < company.teams.len())?;
        if second != first && n.is_multiple_of(2) {
            team::set_member(step, chief, second, id, false)?;
        }
        routing_profile::set(step, chief, id, wish, 0)
    })?;
    Ok(Agent { id, brand, busy_until: at })
}

fn made<T>(
    history: &mut History,
    at: Timestamp,
    decide: impl FnOnce(&mut Step<'_>) -> Result<T, Rejection>,
) -> Result<T, Exit> {
    history.decide(at, Actor::System, decide)?.map_err(Exit::software)
}

fn user(history: &mut History, at: Timestamp, by: Option<&Principal>, new: &NewUser) -> Result<UserId, Exit> {
    made(history, at, |step| account::create(step, by, new))
}

fn principal(history: &History, id: UserId) -> Result<Principal, Exit> {
    history.world().roster.principal(id).cloned().ok_or_else(|| Exit::software("no account"))
}

fn account(history: &History, email: &str, name: &str, role: Role, brand: Option<BrandId>, hash: &str) -> NewUser {
    NewUser {
        email: email.to_owned(),
        email_key: history.blind().blind(&format!("email:{email}")),
        name: name.to_owned(),
        role,
        custom_role_id: None,
        brand_ids: brand.map(|brand| BTreeSet::from([brand])),
        password_hash: hash.to_owned(),
    }
}

fn opening_hours() -> NewCalendar {
    let open = |day, start: &str, end: &str| {
        let segment = DraftSegment { start: start.to_owned(), end: end.to_owned(), ends_next_day: false };
        DraftWeekly { day, segment }
    };
    let weekly = Weekday::ALL.into_iter().filter_map(|day| match day {
        Weekday::Sunday => None,
        Weekday::Saturday => Some(open(day, "09:00", "17:00")),
        _ => Some(open(day, "08:00", "20:00")),
    });
    let draft = Draft { time_zone: "Europe/Berlin".to_owned(), weekly: weekly.collect(), overrides: Vec::new() };
    NewCalendar { name: "Service".to_owned(), brand_id: None, draft }
}

fn queue() -> QueueSettings {
    QueueSettings {
        strategies: vec![Strategy::Sticky, Strategy::LeastLoaded],
        on_offline: Release::Waiting,
        dispositions: words::DISPOSITIONS.map(str::to_owned).to_vec(),
        ..QueueSettings::default()
    }
}

fn number(n: usize, name: &str, brand: BrandId) -> Connection {
    Connection {
        name: name.to_owned(),
        phone_e164: format!("+1202555010{n}"),
        brand_id: Some(brand),
        // Nobody listens there: nothing of a made-up year is ever sent.
        graph_base_url: Some("http://127.0.0.1:9".to_owned()),
        graph_version: None,
        phone_number_id: format!("10020030040050{n}"),
        waba_id: "100200300".to_owned(),
        credentials: Credentials {
            access_token: "t".to_owned(),
            app_secret: "s".to_owned(),
            previous_app_secret: None,
            verify_token: "v".to_owned(),
        },
    }
}

fn rule(team: &str, brand: BrandId, said: &[&str], id: TeamId) -> Result<RoutingRule, Exit> {
    let when = json!({"field": "text", "op": "has_any_word", "value": said});
    Ok(RoutingRule {
        name: format!("To {team}"),
        brand_id: Some(brand),
        enabled: true,
        when: serde_json::from_value(when).map_err(Exit::software)?,
        then: Destination { queue_id: Some(QueueId::Team(id)), ..Destination::default() },
    })
}

fn promises(name: &str, brand: BrandId, hours: HoursId) -> SlaPolicy {
    let target = |metric, length: Millis| Target {
        metric,
        target_s: length.whole_seconds(),
        target_s_by_priority: Default::default(),
        hours_id: Some(hours),
        pause_on: [Pausing::Pending, Pausing::Snoozed].into_iter().collect(),
        at_risk_percent: 80,
    };
    SlaPolicy {
        name: format!("{name}, standard"),
        brand_id: Some(brand),
        enabled: true,
        matches: Default::default(),
        targets: vec![
            target(Metric::FirstResponse, Millis::minutes(15)),
            target(Metric::NextResponse, Millis::minutes(30)),
            target(Metric::Resolution, Millis::hours(24)),
        ],
        escalations: Vec::new(),
    }
}
