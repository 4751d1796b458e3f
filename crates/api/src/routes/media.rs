//! Files: taking them in, their facts, and addresses for them that work for a short while.

use std::time::Duration;

use actix_multipart::{Field, Multipart};
use actix_web::dev::Payload;
use actix_web::http::header;
use actix_web::{FromRequest, HttpRequest};
use app::media::{MediaStatus, UPLOAD_BYTES_MAX};
use bytes::Bytes;
use domain::access::Action;
use domain::ids;
use domain::time::{Millis, Timestamp};
use futures_util::future::LocalBoxFuture;
use futures_util::stream::{StreamExt, unfold};
use serde_json::json;

use crate::answer::{Created, Found};
use crate::caller::Caller;
use crate::context::{Context, Shared};
use crate::cursor::CursorKey;
use crate::dto::media::{Media, MediaLink, MediaState};
use crate::dto::scalar::MediaId;
use crate::endpoint::Endpoint;
use crate::extract::Path;
use crate::front::Front;
use crate::openapi::{Describe, Operation, Tag};
use crate::present::conversation::shortened;
use crate::problem::{Kind, Problem};

/// How long an upload may stand still.
const IDLE_MAX: Duration = Duration::from_secs(30);
/// How long a link works.
const LINK_FOR: Millis = Millis::minutes(5);
/// What a link's token is bound to.
const LINK: &str = "media link";

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::post("/v1/media", "upload_media", upload)
            .about(Tag::Media, "Bring a file to send")
            .description(
                "`multipart/form-data` with one part named `file`. Its type is told by its bytes. A file that is not sent \
                 within a week is removed.",
            )
            .needs(Action::MediaUpload)
            .refuses(&[Kind::Unprocessable]),
        Endpoint::get("/v1/media/{media_id}", "get_media", read)
            .about(Tag::Media, "Get what is known about a file"),
        Endpoint::post("/v1/media/{media_id}/links", "create_media_link", link)
            .about(Tag::Media, "Get an address that works without a token for five minutes")
            .description("For pages that cannot send headers with their pictures. It ends with the maker's right to see the file.")
            .refuses(&[Kind::NotFound]),
    ]
}

/// A form with a file in it.
struct Upload(Multipart);

impl FromRequest for Upload {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;
    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let kind =
            request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let is_form = kind.to_ascii_lowercase().starts_with("multipart/form-data");
        let announced = request.headers().get(header::CONTENT_LENGTH);
        let announced = announced.and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
        // A little for the form around the file.
        let too_large = announced.is_some_and(|length| length > UPLOAD_BYTES_MAX + 64 * 1024);
        let form = Multipart::from_request(request, payload);
        Box::pin(async move {
            if !is_form {
                return Err(Problem::new(Kind::UnsupportedMediaType).detail("send multipart/form-data"));
            }
            if too_large {
                return Err(Problem::new(Kind::PayloadTooLarge).with("limit_bytes", UPLOAD_BYTES_MAX));
            }
            form.await.map(Self).map_err(|_| Problem::new(Kind::Malformed).detail("the form cannot be read"))
        })
    }
}

impl Describe for Upload {
    fn describe(operation: &mut Operation) {
        let file = json!({"type": "string", "format": "binary", "description": "The file, at most 100 MiB."});
        let schema = json!({"type": "object", "required": ["file"], "properties": {"file": file}});
        operation.request_body =
            Some(json!({"required": true, "content": {"multipart/form-data": {"schema": schema}}}));
        operation.problems.extend([
            Kind::Malformed,
            Kind::RequestTimeout,
            Kind::PayloadTooLarge,
            Kind::UnsupportedMediaType,
            Kind::ContentEncoding,
        ]);
    }
}

async fn upload(caller: Caller, front: Front, Upload(mut form): Upload) -> Result<Created<Media>, Problem> {
    let broken = || Problem::new(Kind::Malformed).detail("the form cannot be read");
    let field = loop {
        let next = tokio::time::timeout(IDLE_MAX, form.next()).await.map_err(|_| Kind::RequestTimeout)?;
        let field =
            next.ok_or_else(|| Problem::new(Kind::Unprocessable).detail("the form has no part named `file`"))?;
        let field = field.map_err(|_| broken())?;
        if field.name() == Some("file") {
            break field;
        }
    };
    let filename = field.content_disposition().and_then(|disposition| disposition.get_filename()).map(str::to_owned);
    let declared = field.content_type().map(ToString::to_string);
    let bytes = unfold(Some(field), |field: Option<Field>| async {
        let mut field = field?;
        match tokio::time::timeout(IDLE_MAX, field.next()).await {
            Ok(Some(Ok(bytes))) => Some((Ok::<Bytes, ()>(bytes), Some(field))),
            Ok(None) => None,
            Ok(Some(Err(_))) | Err(_) => Some((Err(()), None)),
        }
    });
    let stored = front.store_upload(&caller.principal, filename.as_deref(), declared.as_deref(), bytes).await?;
    let body = shown(&front, &caller, stored.media_id)?;
    Ok(Created { location: format!("/v1/media/{}", stored.media_id), body, replayed: false })
}

fn shown(front: &Front, caller: &Caller, id: ids::MediaId) -> Result<Media, Problem> {
    let card = front.media(&caller.principal, id)?;
    let created_at = front.media_of_message(id)?.created_at;
    let (state, file, failure) = match card.status {
        MediaStatus::Pending => (MediaState::Pending, None, None),
        MediaStatus::Stored(file) => (MediaState::Stored, Some(file), None),
        MediaStatus::Failed(reason) => (MediaState::Failed, None, Some(shortened(&reason, 64))),
        MediaStatus::Erased => (MediaState::Erased, None, None),
    };
    Ok(Media {
        id: id.into(),
        state,
        mime_type: file.as_ref().map(|file| shortened(&file.mime, 255)),
        size_bytes: file.as_ref().map(|file| file.size.into()),
        filename: card.filename.as_deref().map(|name| shortened(name, 255)),
        failure,
        created_at: created_at.into(),
    })
}

async fn read(caller: Caller, front: Front, Path(id): Path<MediaId>) -> Result<Found<Media>, Problem> {
    Ok(Found(shown(&front, &caller, id.0)?))
}

/// What a link's token says: which file, on whose right, until when.
pub(super) type LinkClaims = (ids::MediaId, ids::UserId, i64);

async fn link(
    caller: Caller,
    front: Front,
    shared: Shared,
    Path(id): Path<MediaId>,
) -> Result<Created<MediaLink>, Problem> {
    front.open_media(&caller.principal, id.0)?;
    let expires_at = shared.now() + LINK_FOR;
    let claims: LinkClaims = (id.0, caller.principal.user_id, expires_at.as_millis());
    let url = format!("/v1/media-links/{}", link_key(&shared).seal(LINK, LINK, &claims));
    Ok(Created { location: url.clone(), body: MediaLink { url, expires_at: expires_at.into() }, replayed: false })
}

/// Reads a link's token. Errors: `not-found`, whatever is wrong with it.
pub(super) fn link_claims(shared: &Context, token: &str, now: Timestamp) -> Result<LinkClaims, Problem> {
    let claims = link_key(shared).open::<LinkClaims>(LINK, LINK, token).map_err(|_| Problem::new(Kind::NotFound))?;
    if claims.2 > now.as_millis() { Ok(claims) } else { Err(Kind::NotFound.into()) }
}

fn link_key(shared: &Context) -> CursorKey {
    CursorKey::new(shared.media_link_key)
}
