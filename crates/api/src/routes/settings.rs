//! What the workspace decides for itself.

use domain::access::Action;
use domain::rejection::Rejection;
use domain::settings;
use domain::time::Millis;

use crate::answer::{Found, Versioned};
use crate::caller::Caller;
use crate::dto::access::{
    AgentSettings, BotSettings, ContactSettings, MetricSettings, RoutingSettings, Settings, UpdateSettings,
};
use crate::endpoint::Endpoint;
use crate::extract::{IfMatch, Json, Then};
use crate::front::Front;
use crate::openapi::Tag;
use crate::problem::{Kind, Problem};

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::get("/v1/settings", "get_settings", read)
            .about(Tag::Access, "Get the workspace's settings")
            .needs(Action::SettingsManage),
        Endpoint::patch("/v1/settings", "update_settings", update)
            .about(Tag::Access, "Change the workspace's settings")
            .description("What Agents see changes with the next event.")
            .needs(Action::SettingsManage)
            .refuses(&[Kind::PreconditionRequired, Kind::PreconditionFailed, Kind::Unprocessable]),
    ]
}

fn shown(front: &Front) -> Settings {
    front.view(|views| {
        let settings = &views.workspace.settings;
        Settings {
            version: views.workspace.version.into(),
            agents: AgentSettings { see_team: settings.agents.see_team, resolve_team: settings.agents.resolve_team },
            reopen_window_seconds: settings.reopen_window_ms.0 / 1_000,
            courtesy_phrases: settings.courtesy_phrases.clone(),
            routing: RoutingSettings { max_open_default: settings.routing.max_open_default },
            metrics: MetricSettings {
                fcr_window_seconds: settings.metrics.fcr_window_ms.0 / 1_000,
                hours_id: settings.metrics.hours_id.map(Into::into),
            },
            bot: BotSettings { person_phrases: settings.bot.person_phrases.clone() },
            contacts: ContactSettings {
                defined_attributes_only: settings.contacts.defined_attributes_only,
                opt_out_phrases: settings.contacts.opt_out_phrases.clone(),
                opt_in_phrases: settings.contacts.opt_in_phrases.clone(),
            },
        }
    })
}

async fn read(_: Caller, Then(front, _): Then) -> Result<Versioned<Settings>, Problem> {
    let settings = shown(&front);
    let version = settings.version.0;
    Ok(Versioned(settings, version))
}

async fn update(
    caller: Caller,
    front: Front,
    expected: IfMatch,
    Json(body, _): Json<UpdateSettings>,
) -> Result<Found<Settings>, Problem> {
    let expected = expected.required()?;
    front
        .command(&caller, move |gate| {
            let step = &mut gate.workspace(Action::SettingsManage)?;
            let actual = step.world.settings_version;
            Rejection::unless_current(actual, expected)?;
            let mut wanted = step.world.settings.clone();
            if let Some(agents) = body.agents {
                wanted.agents.see_team = agents.see_team.unwrap_or(wanted.agents.see_team);
                wanted.agents.resolve_team = agents.resolve_team.unwrap_or(wanted.agents.resolve_team);
            }
            if let Some(seconds) = body.reopen_window_seconds {
                wanted.reopen_window_ms = Millis::seconds(seconds);
            }
            if let Some(phrases) = body.courtesy_phrases {
                wanted.courtesy_phrases = phrases;
            }
            if let Some(max) = body.routing.and_then(|routing| routing.max_open_default.into_option()) {
                wanted.routing.max_open_default = max;
            }
            if let Some(phrases) = body.bot.and_then(|bot| bot.person_phrases) {
                wanted.bot.person_phrases = phrases.iter().map(|phrase| phrase.to_lowercase()).collect();
            }
            if let Some(metrics) = body.metrics {
                if let Some(seconds) = metrics.fcr_window_seconds {
                    wanted.metrics.fcr_window_ms = Millis::seconds(seconds);
                }
                if let Some(id) = metrics.hours_id.into_option() {
                    wanted.metrics.hours_id = id.map(Into::into);
                }
            }
            if let Some(contacts) = body.contacts {
                let known = &mut wanted.contacts;
                known.defined_attributes_only =
                    contacts.defined_attributes_only.unwrap_or(known.defined_attributes_only);
                known.opt_out_phrases = contacts.opt_out_phrases.unwrap_or_else(|| known.opt_out_phrases.clone());
                known.opt_in_phrases = contacts.opt_in_phrases.unwrap_or_else(|| known.opt_in_phrases.clone());
            }
            settings::change(step, wanted)
        })
        .await?;
    Ok(Found(shown(&front)))
}
