//! Keys for programs. Their secret is shown once, when it is made.

use std::collections::BTreeSet;

use app::Desk;
use domain::access::{Action, Principal};
use domain::event::api_key::KeyTerms;
use domain::ids;
use domain::security::api_key::{self, ApiKey as Known};
use ipnet::IpNet;

use crate::answer::{Created, Done, Found, Versioned};
use crate::auth::secret_token::SecretKind;
use crate::caller::Caller;
use crate::context::Shared;
use crate::dto::api_key::{ApiKey, ApiKeyPage, CreateApiKey, UpdateApiKey};
use crate::dto::scalar::KeyId;
use crate::dto::timeline::ListQuery;
use crate::endpoint::Endpoint;
use crate::extract::{IfMatch, Json, OptionalIdempotencyKey, Path, Query};
use crate::front::{Front, Repeatable};
use crate::openapi::Tag;
use crate::paging::Pager;
use crate::present::user::{role, role_asked};
use crate::problem::{FieldError, Kind, Problem};

pub(super) fn endpoints() -> Vec<Endpoint> {
    const TERMS: &[Kind] = &[Kind::RoleProtected, Kind::UnknownReference, Kind::Unprocessable];
    vec![
        Endpoint::get("/v1/api-keys", "list_api_keys", list)
            .about(Tag::Auth, "List keys")
            .description("Your own, and those of people you manage.")
            .needs(Action::ApiKeyManage)
            .refuses(&[Kind::CursorInvalid, Kind::CursorMismatch]),
        Endpoint::post("/v1/api-keys", "create_api_key", create)
            .about(Tag::Auth, "Make a key")
            .description(
                "It acts in your name, never above what you may do at the moment: it shrinks with your rights and ends with \
                 your account. The secret is shown this once; a repeated request with the same Idempotency-Key shows the key \
                 without it.",
            )
            .needs(Action::ApiKeyManage)
            .refuses(TERMS),
        Endpoint::get("/v1/api-keys/{key_id}", "get_api_key", read)
            .about(Tag::Auth, "Get a key")
            .needs(Action::ApiKeyManage),
        Endpoint::patch("/v1/api-keys/{key_id}", "update_api_key", update)
            .about(Tag::Auth, "Change what a key may do")
            .description("Your own only: a colleague's acts in their name.")
            .needs(Action::ApiKeyManage)
            .refuses(TERMS),
        Endpoint::delete("/v1/api-keys/{key_id}", "revoke_api_key", revoke)
            .about(Tag::Auth, "End a key")
            .needs(Action::ApiKeyManage),
        Endpoint::post("/v1/api-keys/{key_id}/rotate", "rotate_api_key", rotate)
            .about(Tag::Auth, "Give a key a new secret")
            .description("The one before is void at once. Your own only.")
            .needs(Action::ApiKeyManage),
    ]
}

fn known(front: &Front, by: &Principal, id: ids::KeyId) -> Result<Known, Problem> {
    let known = front.view(|views| {
        let key = views.security.api_keys.get(id)?;
        api_key::may_see(&views.roster, by, key).then(|| key.clone())
    });
    known.ok_or_else(|| Problem::new(Kind::NotFound))
}

fn shown(desk: &Desk, key: &Known, secret: Option<String>) -> ApiKey {
    let terms = &key.terms;
    ApiKey {
        id: key.id.into(),
        version: key.version.into(),
        name: terms.name.clone(),
        role: role(terms.role),
        scopes: terms.scopes.iter().cloned().collect(),
        brand_ids: terms.brand_ids.as_ref().map(|ids| ids.iter().map(|id| (*id).into()).collect()),
        team_ids: terms.team_ids.as_ref().map(|ids| ids.iter().map(|id| (*id).into()).collect()),
        allowed_ips: terms.allowed_ips.clone(),
        expires_at: terms.expires_at.map(Into::into),
        user_id: key.user_id.into(),
        created_at: key.created_at.into(),
        last_used_at: desk.key_last_used(key.id).map(Into::into),
        secret,
    }
}

fn secret(shared: &Shared) -> Result<(String, String), Problem> {
    let secret = SecretKind::ApiKey.fresh(shared);
    let hash = SecretKind::ApiKey.hash(&secret).ok_or_else(|| Problem::internal("a fresh secret is none"))?;
    Ok((secret, hash))
}

/// Networks in their plain form; an address stands for itself alone.
fn networks(asked: Vec<String>) -> Result<Vec<String>, Problem> {
    let read = |(index, text): (usize, String)| {
        let text = text.trim();
        let network = text.parse::<IpNet>().or_else(|_| text.parse().map(|address: std::net::IpAddr| address.into()));
        network.map(|network| network.trunc().to_string()).map_err(|_| {
            let error = FieldError {
                pointer: Some(format!("/allowed_ips/{index}")),
                parameter: None,
                code: "wrong-form".to_owned(),
                detail: "must be a network such as 192.0.2.0/24, or an address".to_owned(),
            };
            Problem::new(Kind::Unprocessable).errors(vec![error])
        })
    };
    asked.into_iter().enumerate().map(read).collect()
}

fn set<T: Into<I>, I: Ord>(ids: Vec<T>) -> BTreeSet<I> {
    ids.into_iter().map(Into::into).collect()
}

async fn list(
    caller: Caller,
    front: Front,
    shared: Shared,
    Query(query): Query<ListQuery>,
) -> Result<Found<ApiKeyPage>, Problem> {
    let pager = Pager::new(&shared, &caller, "api-keys".to_owned(), query.cursor, query.limit);
    let after = pager.after::<ids::KeyId>()?;
    let (found, as_of) = front.view(|views| {
        let seen = |key: &&Known| api_key::may_see(&views.roster, &caller.principal, key);
        let later = views.security.api_keys.iter().filter(|key| after.is_none_or(|after| key.id > after)).filter(seen);
        (later.take(pager.limit() + 1).cloned().collect::<Vec<_>>(), views.position())
    });
    let (found, page) = pager.cut(found, |key| key.id);
    let data = found.iter().map(|key| shown(&front, key, None)).collect();
    Ok(Found(ApiKeyPage { data, page, as_of: as_of.into() }))
}

async fn create(
    caller: Caller,
    front: Front,
    shared: Shared,
    key: OptionalIdempotencyKey,
    Json(body, print): Json<CreateApiKey>,
) -> Result<Created<ApiKey>, Problem> {
    let (secret, hash) = secret(&shared)?;
    let terms = KeyTerms {
        name: body.name.trim().to_owned(),
        role: role_asked(body.role),
        scopes: body.scopes.into_iter().collect(),
        brand_ids: body.brand_ids.map(set),
        team_ids: body.team_ids.map(set),
        allowed_ips: networks(body.allowed_ips.unwrap_or_default())?,
        expires_at: body.expires_at.map(|at| at.0),
    };
    let made = front
        .creation(&caller, Repeatable { key, what: "create_api_key", body: print }, move |gate| {
            let step = &mut gate.workspace(Action::ApiKeyManage)?;
            let principal = step.principal();
            api_key::create(step, &principal, terms, hash)
        })
        .await?;
    let known = known(&front, &caller.principal, made.value)?;
    let body = shown(&front, &known, Some(secret).filter(|_| !made.replayed));
    Ok(Created { location: format!("/v1/api-keys/{}", made.value), body, replayed: made.replayed })
}

async fn read(caller: Caller, front: Front, Path(id): Path<KeyId>) -> Result<Versioned<ApiKey>, Problem> {
    let known = known(&front, &caller.principal, id.0)?;
    Ok(Versioned(shown(&front, &known, None), known.version))
}

async fn update(
    caller: Caller,
    front: Front,
    Path(id): Path<KeyId>,
    expected: IfMatch,
    Json(body, _): Json<UpdateApiKey>,
) -> Result<Found<ApiKey>, Problem> {
    let allowed_ips = body.allowed_ips.map(networks).transpose()?;
    front
        .command(&caller, move |gate| {
            let step = &mut gate.workspace(Action::ApiKeyManage)?;
            let principal = step.principal();
            api_key::change(step, &principal, id.0, expected.0, |terms| {
                if let Some(name) = body.name {
                    name.trim().clone_into(&mut terms.name);
                }
                terms.role = body.role.map_or(terms.role, role_asked);
                if let Some(scopes) = body.scopes {
                    terms.scopes = scopes.into_iter().collect();
                }
                if let Some(brands) = body.brand_ids.into_option() {
                    terms.brand_ids = brands.map(set);
                }
                if let Some(teams) = body.team_ids.into_option() {
                    terms.team_ids = teams.map(set);
                }
                if let Some(networks) = allowed_ips {
                    terms.allowed_ips = networks;
                }
                if let Some(end) = body.expires_at.into_option() {
                    terms.expires_at = end.map(|at| at.0);
                }
            })
        })
        .await?;
    Ok(Found(shown(&front, &known(&front, &caller.principal, id.0)?, None)))
}

async fn revoke(caller: Caller, front: Front, Path(id): Path<KeyId>) -> Result<Done, Problem> {
    front
        .command(&caller, move |gate| {
            let step = &mut gate.workspace(Action::ApiKeyManage)?;
            let principal = step.principal();
            api_key::revoke(step, &principal, id.0)
        })
        .await?;
    Ok(Done)
}

async fn rotate(caller: Caller, front: Front, shared: Shared, Path(id): Path<KeyId>) -> Result<Found<ApiKey>, Problem> {
    let (secret, hash) = secret(&shared)?;
    front
        .command(&caller, move |gate| {
            let step = &mut gate.workspace(Action::ApiKeyManage)?;
            let principal = step.principal();
            api_key::rotate(step, &principal, id.0, hash)
        })
        .await?;
    Ok(Found(shown(&front, &known(&front, &caller.principal, id.0)?, Some(secret))))
}
