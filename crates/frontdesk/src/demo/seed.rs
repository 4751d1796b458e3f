//! The demo's world: three brands with a number each, eight people in four roles, templates; all made over HTTP, the way an
//! operator would.

use std::net::SocketAddr;

use reqwest::Client;
use serde_json::{Value, json};
use testkit::whatsapp::{Number, Simulator};

use crate::exit::Exit;

pub(super) const ADMIN_EMAIL: &str = "ada@demo.example";
pub(super) const PASSWORD: &str = "frontdesk-demo-1234";

const APP_ID: &str = "demo-app";
const APP_SECRET: &str = "demo-app-secret";
const ACCESS_TOKEN: &str = "demo-access-token";
const VERIFY_TOKEN: &str = "demo-verify-token";

/// Somebody of the team.
pub(super) struct Member {
    pub(super) email: &'static str,
    pub(super) name: &'static str,
    pub(super) role: &'static str,
}

const TEAM: [Member; 8] = [
    Member { email: ADMIN_EMAIL, name: "Ada Okafor", role: "super_admin" },
    Member { email: "bruno@demo.example", name: "Bruno Keller", role: "admin" },
    Member { email: "carmen@demo.example", name: "Carmen Ruiz", role: "admin" },
    Member { email: "dev@demo.example", name: "Dev Patel", role: "agent" },
    Member { email: "emma@demo.example", name: "Emma Lind", role: "agent" },
    Member { email: "femi@demo.example", name: "Femi Adeyemi", role: "agent" },
    Member { email: "grace@demo.example", name: "Grace Kim", role: "operator" },
    Member { email: "hugo@demo.example", name: "Hugo Martins", role: "operator" },
];

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
        let id = channel["id"].as_str().unwrap_or_default().to_owned();
        let url = format!("{}/v1/channels/{id}", self.base);
        let answer = self
            .http
            .patch(url)
            .bearer_auth(&self.token)
            .header("if-match", format!("\"v{}\"", channel["version"]))
            .json(&json!({ "graph_base_url": simulator.graph_base_url() }))
            .send()
            .await
            .map_err(Exit::unavailable)?;
        if answer.status().is_success() { Ok(id) } else { Err(refused(answer).await) }
    }

    async fn get(&self, path: &str) -> Result<Value, Exit> {
        let request = self.http.get(format!("{}{path}", self.base)).bearer_auth(&self.token);
        request.send().await.map_err(Exit::unavailable)?.json().await.map_err(Exit::unavailable)
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
