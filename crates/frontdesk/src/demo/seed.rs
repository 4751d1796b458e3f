//! The demo's world: three brands with a number each, eight people in four roles, templates, queues that give out by
//! themselves and what is promised; all made over HTTP, the way an operator would.

use std::net::SocketAddr;

use reqwest::{Client, Method};
use serde_json::{Value, json};
use testkit::whatsapp::{Number, Simulator};

use crate::exit::Exit;

pub(super) const ADMIN_EMAIL: &str = "ada@demo.example";
pub(super) const PASSWORD: &str = "nine-slow-otters-mend";

const APP_ID: &str = "demo-app";
const APP_SECRET: &str = "demo-app-secret";
const ACCESS_TOKEN: &str = "demo-access-token";
const VERIFY_TOKEN: &str = "demo-verify-token";

/// Somebody of the team.
pub(super) struct Member {
    pub(super) email: &'static str,
    pub(super) name: &'static str,
    pub(super) role: &'static str,
    /// The one brand they work for, by number; `None`: all.
    brand: Option<usize>,
    /// The teams they are in, by number of their brand.
    teams: &'static [usize],
    /// What they see, in words.
    pub(super) sees: &'static str,
}

const EVERYTHING: &str = "everything";
const TEAM: [Member; 8] = [
    member(ADMIN_EMAIL, "Ada Okafor", "super_admin", None, &[], EVERYTHING),
    member("bruno@demo.example", "Bruno Keller", "admin", None, &[], "every conversation"),
    member("carmen@demo.example", "Carmen Ruiz", "admin", Some(1), &[], "Linden Clinic only"),
    member("dev@demo.example", "Dev Patel", "agent", None, &[0], "Marea's team, Tramonto's common queue"),
    member("emma@demo.example", "Emma Lind", "agent", None, &[0, 1], "Marea's and Linden's teams, Tramonto"),
    member("femi@demo.example", "Femi Adeyemi", "agent", Some(2), &[], "Tramonto's common queue"),
    member("grace@demo.example", "Grace Kim", "operator", None, &[0], "what is assigned to her"),
    member("hugo@demo.example", "Hugo Martins", "operator", None, &[1], "what is assigned to him"),
];

const fn member(
    email: &'static str,
    name: &'static str,
    role: &'static str,
    brand: Option<usize>,
    teams: &'static [usize],
    sees: &'static str,
) -> Member {
    Member { email, name, role, brand, teams, sees }
}

/// The first two brands have a team behind closed walls each; the third has a common queue.
const TEAMS: [(&str, usize); 2] = [("Marea orders", 0), ("Linden reception", 1)];

struct Brand {
    name: &'static str,
    display: &'static str,
    phone_number_id: &'static str,
    waba_id: &'static str,
}

const BRANDS: [Brand; 3] = [
    Brand {
        name: "Marea Outdoor",
        display: "34910000101",
        phone_number_id: "810000000000101",
        waba_id: "820000000000101",
    },
    Brand {
        name: "Linden Clinic",
        display: "493000000102",
        phone_number_id: "810000000000102",
        waba_id: "820000000000102",
    },
    Brand {
        name: "Tramonto Travel",
        display: "12025550103",
        phone_number_id: "810000000000103",
        waba_id: "820000000000103",
    },
];

/// The three numbers, in the order of the brands.
pub(super) fn numbers() -> [String; 3] {
    BRANDS.each_ref().map(|brand| brand.phone_number_id.to_owned())
}

/// Makes what is not there yet (the data may be of an earlier demo) and gives the team.
pub(super) async fn seed(address: SocketAddr, simulator: &Simulator) -> Result<&'static [Member], Exit> {
    simulator.app(APP_ID, APP_SECRET, ACCESS_TOKEN);
    for brand in &BRANDS {
        simulator.number(Number {
            phone_number_id: brand.phone_number_id.to_owned(),
            waba_id: brand.waba_id.to_owned(),
            app_id: APP_ID.to_owned(),
            display: brand.display.to_owned(),
            verified_name: brand.name.to_owned(),
            throughput_mps: 80,
        });
        let body = json!([{ "type": "BODY", "text": "Hello {{1}}, we have news about your request. May we write to you here?" }]);
        simulator.template(brand.waba_id, "follow_up", "en_US", "UTILITY", body);
    }
    let api = Api::sign_in(address).await?;
    // The first account was made with its address alone.
    api.rename_self(TEAM[0].name).await?;
    for member in TEAM.iter().skip(1) {
        let user = json!({ "email": member.email, "name": member.name, "role": member.role, "password": PASSWORD });
        api.make("/v1/users", &user).await?;
    }
    let channels = api.get("/v1/channels").await?;
    for brand in &BRANDS {
        let known = channels["data"]
            .as_array()
            .into_iter()
            .flatten()
            .find(|channel| channel["phone_number_id"] == brand.phone_number_id);
        let channel_id = match known {
            // The simulator is at another port this time.
            Some(channel) => api.move_channel(channel, simulator).await?,
            None => api.connect(brand, simulator).await?,
        };
        api.make(&format!("/v1/channels/{channel_id}/template-syncs"), &json!({})).await?;
    }
    api.raise_walls().await?;
    simulator
        .subscribe(APP_ID, &format!("http://{address}/v1/inbound/whatsapp"), VERIFY_TOKEN)
        .await
        .map_err(|reason| Exit::unavailable(format!("the webhook handshake failed: {reason}")))?;
    Ok(&TEAM)
}

struct Api {
    http: Client,
    base: String,
    token: String,
}

impl Api {
    async fn sign_in(address: SocketAddr) -> Result<Self, Exit> {
        let (http, base) = (Client::new(), format!("http://{address}"));
        let login = json!({ "email": ADMIN_EMAIL, "password": PASSWORD, "device_name": "demo" });
        let answer = http.post(format!("{base}/v1/auth/login")).json(&login).send().await.map_err(Exit::unavailable)?;
        let body: Value = answer.json().await.map_err(Exit::unavailable)?;
        let token = body["access_token"].as_str().ok_or_else(|| Exit::unavailable(format!("no sign-in: {body}")))?;
        Ok(Self { token: token.to_owned(), http, base })
    }

    async fn connect(&self, brand: &Brand, simulator: &Simulator) -> Result<String, Exit> {
        let made = self.make("/v1/brands", &json!({ "name": brand.name })).await?;
        let channel = json!({
            "type": "whatsapp",
            "name": brand.name,
            "phone_e164": format!("+{}", brand.display),
            "brand_id": made["id"],
            "graph_base_url": simulator.graph_base_url(),
            "credentials": {
                "phone_number_id": brand.phone_number_id,
                "waba_id": brand.waba_id,
                "access_token": ACCESS_TOKEN,
                "app_secret": APP_SECRET,
                "verify_token": VERIFY_TOKEN,
            },
        });
        let channel = self.make("/v1/channels", &channel).await?;
        channel["id"].as_str().map(str::to_owned).ok_or_else(|| Exit::unavailable(format!("no channel: {channel}")))
    }

    async fn move_channel(&self, channel: &Value, simulator: &Simulator) -> Result<String, Exit> {
        self.patch_channel(channel, &json!({ "graph_base_url": simulator.graph_base_url() })).await?;
        Ok(channel["id"].as_str().unwrap_or_default().to_owned())
    }

    async fn patch_channel(&self, channel: &Value, change: &Value) -> Result<(), Exit> {
        let path = format!("/v1/channels/{}", channel["id"].as_str().unwrap_or_default());
        self.change(Method::PATCH, &path, channel["version"].as_u64().unwrap_or_default(), change).await
    }

    /// Changes what is at this version.
    async fn change(&self, method: Method, path: &str, version: u64, body: &Value) -> Result<(), Exit> {
        let request = self.http.request(method, format!("{}{path}", self.base)).bearer_auth(&self.token);
        let request = request.header("if-match", format!("\"v{version}\"")).json(body);
        let answer = request.send().await.map_err(Exit::unavailable)?;
        if answer.status().is_success() { Ok(()) } else { Err(refused(answer).await) }
    }

    /// Teams, who is in them, who works for which brand, and where each number's conversations begin. Once: whoever has
    /// changed them since keeps what they made.
    async fn raise_walls(&self) -> Result<(), Exit> {
        let known = self.get("/v1/teams").await?;
        if known["data"].as_array().is_some_and(|teams| !teams.is_empty()) {
            return Ok(());
        }
        let brands = self.ids("/v1/brands?limit=200", "name").await?;
        let users = self.ids("/v1/users?limit=200", "email").await?;
        let channels = self.get("/v1/channels?limit=200").await?;
        let brand = |index: usize| &brands[BRANDS[index].name];
        let mut teams = Vec::new();
        for (name, index) in TEAMS {
            let made = self.make("/v1/teams", &json!({ "name": name, "brand_id": brand(index) })).await?;
            let number = BRANDS[index].phone_number_id;
            let channel =
                channels["data"].as_array().into_iter().flatten().find(|each| each["phone_number_id"] == number);
            if let Some(channel) = channel {
                self.patch_channel(channel, &json!({ "default_team_id": made["id"] })).await?;
            }
            teams.push(made["id"].clone());
        }
        for member in TEAM {
            let user = users[member.email].as_str().unwrap_or_default();
            if let Some(index) = member.brand {
                self.put(&format!("/v1/users/{user}/brands"), &json!({ "brand_ids": [brand(index)] })).await?;
            }
            if !member.teams.is_empty() {
                let theirs: Vec<_> = member.teams.iter().map(|index| &teams[*index]).collect();
                self.put(&format!("/v1/users/{user}/teams"), &json!({ "team_ids": theirs })).await?;
            }
        }
        self.give_out(&teams, &brands, &users).await
    }

    /// The first team's queue gives conversations to whoever is there and holds least; the others' people take for
    /// themselves. A rule lifts refunds, a policy promises an answer, and two people are at their desks.
    async fn give_out(
        &self,
        teams: &[Value],
        brands: &serde_json::Map<String, Value>,
        users: &serde_json::Map<String, Value>,
    ) -> Result<(), Exit> {
        let brand = &brands[BRANDS[0].name];
        let queue = teams[0].as_str().unwrap_or_default();
        let settings = json!({
            "strategies": ["sticky", "skill", "least_loaded"], "lease_seconds": 900, "capacity": 8, "on_offline": "waiting",
        });
        self.change(Method::PATCH, &format!("/v1/queues/{queue}"), 0, &settings).await?;
        let rule = json!({
            "name": "Refunds are urgent", "brand_id": brand,
            "when": {"field": "text", "op": "has_any_word", "value": ["refund", "money back", "broken"]},
            "then": {"queue_id": queue, "priority": "high", "preferred_skills": ["refunds"]},
        });
        self.make("/v1/routing-rules", &rule).await?;
        let policy = json!({
            "name": "An answer within five minutes", "brand_id": brand,
            "targets": [
                {"metric": "first_response", "target_seconds": 300},
                {"metric": "next_response", "target_seconds": 600},
            ],
        });
        self.make("/v1/sla-policies", &policy).await?;
        for brand in brands.values().filter_map(Value::as_str) {
            // Where somebody has said how to ask since, it stays as they said.
            let survey = json!({"enabled": true, "question": "How did we do today?", "thanks": "Thank you!"});
            self.change(Method::PUT, &format!("/v1/csat-surveys/{brand}"), 0, &survey).await?;
        }
        for (email, skills) in [("dev@demo.example", json!(["refunds"])), ("emma@demo.example", json!([]))] {
            let user = users[email].as_str().unwrap_or_default();
            let profile =
                json!({"max_open": 8, "by_team": [], "by_channel": [], "skills": skills, "languages": ["en"]});
            self.change(Method::PUT, &format!("/v1/users/{user}/routing-profile"), 0, &profile).await?;
            self.put(&format!("/v1/users/{user}/availability"), &json!({"state": "available"})).await?;
        }
        Ok(())
    }

    /// The ids of a list by one of its fields.
    async fn ids(&self, path: &str, by: &str) -> Result<serde_json::Map<String, Value>, Exit> {
        let list = self.get(path).await?;
        let rows = list["data"].as_array().into_iter().flatten();
        Ok(rows.filter_map(|row| Some((row[by].as_str()?.to_owned(), row["id"].clone()))).collect())
    }

    async fn put(&self, path: &str, body: &Value) -> Result<(), Exit> {
        let request = self.http.put(format!("{}{path}", self.base)).bearer_auth(&self.token).json(body);
        let answer = request.send().await.map_err(Exit::unavailable)?;
        if answer.status().is_success() { Ok(()) } else { Err(refused(answer).await) }
    }

    async fn get(&self, path: &str) -> Result<Value, Exit> {
        let request = self.http.get(format!("{}{path}", self.base)).bearer_auth(&self.token);
        request.send().await.map_err(Exit::unavailable)?.json().await.map_err(Exit::unavailable)
    }

    async fn rename_self(&self, name: &str) -> Result<(), Exit> {
        let me = self.get("/v1/me").await?;
        let url = format!("{}/v1/users/{}", self.base, me["id"].as_str().unwrap_or_default());
        let request = self.http.patch(url).bearer_auth(&self.token).json(&json!({ "name": name }));
        let answer = request.send().await.map_err(Exit::unavailable)?;
        if answer.status().is_success() { Ok(()) } else { Err(refused(answer).await) }
    }

    /// Posts; what is there already (409) is fine.
    async fn make(&self, path: &str, body: &Value) -> Result<Value, Exit> {
        let request = self.http.post(format!("{}{path}", self.base)).bearer_auth(&self.token).json(body);
        let answer = request.send().await.map_err(Exit::unavailable)?;
        if answer.status().is_success() || answer.status() == 409 {
            Ok(answer.json().await.unwrap_or(Value::Null))
        } else {
            Err(refused(answer).await)
        }
    }
}

async fn refused(answer: reqwest::Response) -> Exit {
    let status = answer.status();
    Exit::unavailable(format!("the demo could not be set up: {status} {}", answer.text().await.unwrap_or_default()))
}
