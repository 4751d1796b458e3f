//! A floor with every wall there is: two brands with a number each, two teams of the first and one of the second, and
//! people on every side of them. What access tests walk through.

use domain::access::{Principal, Standing};
use reqwest::Method;
use serde_json::{Value, json};

use crate::desk::{Client, NUMBER_ID, Served, webhook_on};

pub(crate) const SECOND_NUMBER_ID: &str = "106540352242933";

/// See the module.
pub(crate) struct Hall {
    pub(crate) served: Served,
    pub(crate) root: Client,
    /// Works for the first brand only.
    pub(crate) admin: Client,
    pub(crate) agent: Client,
    /// In the agent's team.
    pub(crate) mate: Client,
    /// Of the first brand's other team.
    pub(crate) neighbour: Client,
    pub(crate) operator: Client,
    /// Works for the second brand only, in its team.
    pub(crate) stranger: Client,
    pub(crate) brands: [String; 2],
    pub(crate) channels: [String; 2],
    /// The agent's, the neighbour's, the stranger's.
    pub(crate) teams: [String; 3],
}

/// One conversation with what lies in it.
#[derive(Debug, Clone)]
pub(crate) struct Case {
    pub(crate) conversation: String,
    pub(crate) contact: String,
    pub(crate) message: String,
    pub(crate) note: String,
}

pub(crate) fn id(value: &Value) -> String {
    value["id"].as_str().unwrap_or_else(|| panic!("no id in {value}")).to_owned()
}

impl Hall {
    pub(crate) async fn open() -> Self {
        Self::open_on(Served::start().await).await
    }

    pub(crate) async fn open_on(served: Served) -> Self {
        let root = served.admin().await;
        let mut brands = Vec::new();
        let mut channels = Vec::new();
        for (name, number) in [("Marea", NUMBER_ID), ("Linden", SECOND_NUMBER_ID)] {
            let brand = id(&root.post("/v1/brands", json!({"name": name})).await.expect(201));
            channels.push(id(&served.connect_number(&root, number, Some(&brand)).await));
            brands.push(brand);
        }
        let mut teams = Vec::new();
        for (name, brand) in [("Sales", 0), ("Support", 0), ("Clinic", 1)] {
            let body = json!({"name": name, "brand_id": brands[brand]});
            teams.push(id(&root.post("/v1/teams", body).await.expect(201)));
        }
        let people = [
            ("adam", "admin", Some(0), None),
            ("agnes", "agent", Some(0), Some(0)),
            ("mia", "agent", Some(0), Some(0)),
            ("ned", "agent", Some(0), Some(1)),
            ("olga", "operator", Some(0), Some(0)),
            ("sven", "agent", Some(1), Some(2)),
        ];
        let mut clients = Vec::new();
        for (name, role, brand, team) in people {
            let client = served.member(&root, name, role).await;
            if let Some(brand) = brand {
                let path = format!("/v1/users/{}/brands", client.user_id);
                root.put(&path, json!({"brand_ids": [brands[brand]]})).await.expect(200);
            }
            if let Some(team) = team {
                let path = format!("/v1/users/{}/teams", client.user_id);
                root.put(&path, json!({"team_ids": [teams[team]]})).await.expect(200);
            }
            clients.push(client);
        }
        let mut clients = clients.into_iter();
        let mut next = || clients.next().expect("one for each");
        Self {
            admin: next(),
            agent: next(),
            mate: next(),
            neighbour: next(),
            operator: next(),
            stranger: next(),
            root,
            served,
            brands: brands.try_into().expect("two"),
            channels: channels.try_into().expect("two"),
            teams: teams.try_into().expect("three"),
        }
    }

    /// The server ends and begins again on the same data; everybody knows where.
    pub(crate) async fn restart(mut self) -> (Self, String) {
        self.served = self.served.restart().await;
        let base = self.served.base().to_owned();
        let people = [&mut self.root, &mut self.admin, &mut self.agent, &mut self.mate];
        people.into_iter().for_each(|client| client.moves_to(&base));
        let people = [&mut self.neighbour, &mut self.operator, &mut self.stranger];
        people.into_iter().for_each(|client| client.moves_to(&base));
        (self, base)
    }

    /// Everybody whose rights are looked at, by name.
    pub(crate) fn viewers(&self) -> [(&'static str, &Client); 4] {
        [("super_admin", &self.root), ("admin", &self.admin), ("agent", &self.agent), ("operator", &self.operator)]
    }

    /// Somebody's rights as they are now.
    pub(crate) fn principal(&self, client: &Client) -> Principal {
        let user = client.user_id.parse().expect("an id");
        self.served.desk.view(|views| views.roster.principal(user).expect("an open account").clone())
    }

    /// A new conversation that stands to `viewer` in this way.
    pub(crate) async fn case(&self, viewer: &Client, standing: Standing) -> Case {
        let of_second = standing == Standing::OtherBrand;
        let number = if of_second { SECOND_NUMBER_ID } else { NUMBER_ID };
        let wa_id = format!("49151{:08}", self.served.desk.entropy() % 100_000_000);
        let message_id = format!("wamid.{}", self.served.desk.entropy());
        let seconds = self.served.desk.now().as_millis() / 1_000;
        let delivered = self.served.deliver(&webhook_on(number, &wa_id, &message_id, "a question", seconds)).await;
        assert_eq!(delivered.status, 200, "{}", delivered.body);
        let rows = self.root.get("/v1/conversations?sort=-created_at&limit=50").await.expect(200);
        let name = json!(format!("Customer {wa_id}"));
        let rows = rows["data"].as_array().expect("rows");
        let row = rows.iter().find(|row| row["contact"]["name"] == name).expect("the new conversation");
        let conversation = id(row);
        let at = |rest: &str| format!("/v1/conversations/{conversation}{rest}");
        let (team, assignee) = match standing {
            Standing::Own => (Some(&self.teams[0]), Some(&viewer.user_id)),
            Standing::Workspace | Standing::Team => (Some(&self.teams[0]), None),
            Standing::OtherTeam | Standing::Collaborator => (Some(&self.teams[1]), None),
            Standing::OtherBrand => (Some(&self.teams[2]), None),
        };
        let assignment = json!({"team_id": team, "assignee_id": assignee});
        self.root.put(&at("/assignment"), assignment).await.expect(200);
        if standing == Standing::Collaborator {
            self.root.put(&at(&format!("/collaborators/{}", viewer.user_id)), json!({})).await.expect(200);
        }
        let note = self.root.post(&at("/notes"), json!({"body": "between us"})).await.expect(201);
        let case =
            Case { contact: id(&row["contact"]), message: id(&row["last_message"]), note: id(&note), conversation };
        let place = self.served.desk.view(|views| {
            let row = views.inbox.get(case.conversation.parse().expect("an id")).expect("a row");
            views.inbox.placement(&row, viewer.user_id.parse().expect("an id"))
        });
        let stands = self.principal(viewer).standing(&place);
        let same = stands == standing || self.principal(viewer).role.is_high();
        assert!(same, "{stands:?} instead of {standing:?}");
        case
    }

    /// A routing rule of a brand.
    pub(crate) async fn rule_of(&self, brand: usize) -> String {
        let body =
            json!({"name": "Rule", "brand_id": self.brands[brand], "when": {"all": []}, "then": {"priority": "high"}});
        id(&self.root.post("/v1/routing-rules", body).await.expect(201))
    }

    /// An automation rule of a brand, switched off, so that it does nothing to what tests count.
    pub(crate) async fn automation_rule_of(&self, brand: usize) -> String {
        let body = json!({
            "name": "Automation", "brand_id": self.brands[brand], "mode": "disabled", "trigger": {"on": "opened"},
            "actions": [{"type": "add_tag", "tag": "new"}],
        });
        id(&self.root.post("/v1/automation-rules", body).await.expect(201))
    }

    /// A canned reply of a brand.
    pub(crate) async fn canned_reply_of(&self, brand: usize) -> String {
        let scope = json!({"type": "brand", "brand_id": self.brands[brand]});
        let body = json!({"scope": scope, "shortcut": "hours", "title": "Hours", "text": "From nine to five"});
        id(&self.root.post("/v1/canned-replies", body).await.expect(201))
    }

    /// A macro of a brand.
    pub(crate) async fn macro_of(&self, brand: usize) -> String {
        let scope = json!({"type": "brand", "brand_id": self.brands[brand]});
        let body = json!({"scope": scope, "name": "Tag", "actions": [{"type": "add_tag", "tag": "seen"}]});
        id(&self.root.post("/v1/macros", body).await.expect(201))
    }

    /// A draft of a template for a number of a brand's, in an account that only this brand has.
    pub(crate) async fn template_of(&self, brand: usize) -> String {
        let number = json!({
            "type": "whatsapp", "name": "Own account", "phone_e164": "+15550783999", "brand_id": self.brands[brand],
            "credentials": {
                "phone_number_id": format!("77{brand}"), "waba_id": format!("88{brand}"), "access_token": "token",
                "app_secret": "another secret", "verify_token": "another token",
            },
        });
        let channel = id(&self.root.post("/v1/channels", number).await.expect(201));
        let body = json!({
            "channel_id": channel, "name": "hello", "language": "en", "category": "utility",
            "components": [{"type": "BODY", "text": "Hello"}],
        });
        id(&self.root.post("/v1/templates", body).await.expect(201))
    }

    /// A draft of a campaign on the number of one of the brands.
    pub(crate) async fn campaign_of(&self, brand: usize) -> String {
        let body = crate::campaigns::spring(&self.channels[brand]);
        id(&self.root.post("/v1/campaigns", body).await.expect(201))
    }

    /// A published article of a brand.
    pub(crate) async fn article_of(&self, brand: usize) -> String {
        let texts = json!([{"locale": "en", "title": "Article", "body_md": "A text."}]);
        let body = json!({"brand_id": self.brands[brand], "translations": texts});
        let article = self.root.post("/v1/kb/articles", body).await.expect(201);
        let path = format!("/v1/kb/articles/{}/publication", id(&article));
        let publish = self.root.request(Method::PUT, &path).header("if-match", "\"v1\"");
        Served::send(publish.json(&json!({"status": "published"}))).await.expect(200);
        id(&article)
    }

    /// A segment of a brand: everybody.
    pub(crate) async fn segment_of(&self, brand: usize) -> String {
        let body = json!({"name": "Everybody", "brand_id": self.brands[brand], "when": {"all": []}});
        id(&self.root.post("/v1/segments", body).await.expect(201))
    }

    /// A file that the caller uploaded.
    pub(crate) async fn upload(&self, client: &Client, name: &str, bytes: impl Into<Vec<u8>>) -> String {
        let part = reqwest::multipart::Part::bytes(bytes.into()).file_name(name.to_owned());
        let form = reqwest::multipart::Form::new().part("file", part);
        id(&Served::send(client.request(Method::POST, "/v1/media").multipart(form)).await.expect(201))
    }

    /// An import of contacts into a brand, which no worker does.
    pub(crate) async fn import_into(&self, brand: usize) -> String {
        let file = self.upload(&self.root, "people.csv", "phone\n+34600111222\n").await;
        let body = json!({
            "media_id": file, "brand_id": self.brands[brand], "mapping": {"phone": "phone"}, "dedupe": "phone",
            "on_match": "skip",
        });
        id(&self.root.post("/v1/contact-imports", body).await.expect(202))
    }

    /// A new calendar of one of the brands.
    pub(crate) async fn hours_of(&self, brand: usize) -> String {
        let body = json!({
            "name": format!("Hours {}", self.served.desk.entropy()), "brand_id": self.brands[brand], "time_zone": "Europe/Madrid",
            "weekly": [{"day": "monday", "start": "09:00", "end": "17:00"}],
        });
        id(&self.root.post("/v1/business-hours", body).await.expect(201))
    }

    /// A policy of service levels of one of the brands.
    pub(crate) async fn policy_of(&self, brand: usize) -> String {
        let mut body = crate::sla::standard(&format!("Policy {}", self.served.desk.entropy()));
        body["brand_id"] = json!(self.brands[brand]);
        // Switched off, so that it promises nothing to what tests count.
        body["enabled"] = json!(false);
        id(&self.root.post("/v1/sla-policies", body).await.expect(201))
    }

    /// A file that was sent in the conversation.
    pub(crate) async fn file_in(&self, case: &Case) -> String {
        let picture =
            [b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0".as_slice(), &[7; 64]].concat();
        let part = reqwest::multipart::Part::bytes(picture).file_name("receipt.png");
        let form = reqwest::multipart::Form::new().part("file", part);
        let media = Served::send(self.root.request(Method::POST, "/v1/media").multipart(form)).await.expect(201);
        let body = json!({"type": "image", "image": {"id": id(&media)}});
        let key = format!("file-{}", self.served.desk.entropy());
        let message = self.root.say(&case.conversation, &key, body).await.expect(202);
        message["media"]["id"].as_str().unwrap_or_else(|| panic!("no file in {message}")).to_owned()
    }
}
