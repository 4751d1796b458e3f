//! The bytes of files. Strangers made them, so a browser is told to save them, never to run or to guess: attachment,
//! `nosniff`, and a policy under which nothing in them can load or act.

use std::convert::Infallible;
use std::future::{Ready, ready};

use actix_web::body::{BoxBody, SizedStream};
use actix_web::dev::Payload;
use actix_web::http::header;
use actix_web::{FromRequest, HttpRequest, HttpResponse, Responder};
use app::media::OpenMedia;
use bytes::Bytes;
use domain::access::Action;
use futures_util::StreamExt;
use serde_json::json;

use super::media::link_claims;
use crate::caller::{Caller, Visitor};
use crate::context::Shared;
use crate::dto::scalar::MediaId;
use crate::endpoint::Endpoint;
use crate::extract::{IfNoneMatch, Path};
use crate::front::Front;
use crate::openapi::{Describe, Operation, Tag};
use crate::problem::{Kind, Problem};

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::get("/v1/media/{media_id}/content", "get_media_content", content)
            .about(Tag::Media, "Get a file's bytes, or a range of them"),
        Endpoint::get("/v1/media-links/{token}", "follow_media_link", linked)
            .about(Tag::Media, "Get a file's bytes by a link made for it")
            .needs(Action::Public)
            .rate(crate::endpoint::RateClass::Free),
    ]
}

/// Which bytes are wanted, as the client wrote it.
struct Wanted {
    range: Option<String>,
    if_range: Option<String>,
    held: IfNoneMatch,
}

impl FromRequest for Wanted {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;
    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let text = |name: header::HeaderName| {
            request.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
        };
        ready(Ok(Self { range: text(header::RANGE), if_range: text(header::IF_RANGE), held: IfNoneMatch::of(request) }))
    }
}

impl Describe for Wanted {
    fn describe(operation: &mut Operation) {
        operation.parameters.push(json!({
            "name": "Range", "in": "header", "required": false,
            "description": "One range of bytes, `bytes=0-1023`; several are answered with the whole file.",
            "schema": {"type": "string"},
        }));
        IfNoneMatch::describe(operation);
        operation.problems.extend([Kind::RangeNotSatisfiable, Kind::NotFound]);
    }
}

/// A range of a file as a response.
struct Bytewise {
    file: OpenMedia,
    etag: String,
    /// First byte and length; `None`: the whole file.
    range: Option<(u64, u64)>,
    held: bool,
    /// Shown by pages of other origins too: the link itself is the permission.
    by_link: bool,
}

/// Nothing in a stranger's file may load, run or be framed.
const CONTENT_POLICY: &str = "sandbox; default-src 'none'; frame-ancestors 'none'";

impl Responder for Bytewise {
    type Body = BoxBody;
    fn respond_to(self, request: &HttpRequest) -> HttpResponse {
        let size = self.file.file.size;
        let mut response = match (self.held, self.range) {
            (true, _) => HttpResponse::NotModified(),
            (false, Some(_)) => HttpResponse::PartialContent(),
            (false, None) => HttpResponse::Ok(),
        };
        response.insert_header((header::ETAG, self.etag.as_str()));
        response.insert_header((header::CACHE_CONTROL, "private, max-age=0, must-revalidate"));
        response.insert_header((header::ACCEPT_RANGES, "bytes"));
        response.insert_header((header::CONTENT_SECURITY_POLICY, CONTENT_POLICY));
        if self.by_link {
            response.insert_header(("cross-origin-resource-policy", "cross-origin"));
        }
        if self.held {
            return response.finish();
        }
        response.insert_header((header::CONTENT_TYPE, self.file.file.mime.as_str()));
        response.insert_header((header::CONTENT_DISPOSITION, disposition(self.file.filename.as_deref())));
        let (start, length) = self.range.unwrap_or((0, size));
        if self.range.is_some() {
            response.insert_header((header::CONTENT_RANGE, format!("bytes {start}-{}/{size}", start + length - 1)));
        }
        if request.method() == actix_web::http::Method::HEAD {
            // Of the right length, and never read.
            return response.body(SizedStream::new(length, futures_util::stream::empty::<Result<Bytes, Infallible>>()));
        }
        match self.file.read(start, length) {
            Ok(pieces) => {
                response.body(SizedStream::new(length, pieces.into_stream().map(|piece| piece.map(Bytes::from))))
            }
            Err(error) => actix_web::ResponseError::error_response(&Problem::internal(error)),
        }
    }
}

impl Describe for Bytewise {
    fn describe(operation: &mut Operation) {
        let body = |description: &str| {
            json!({
                "description": description,
                "content": {"*/*": {"schema": {"type": "string", "format": "binary"}}},
            })
        };
        operation.responses.insert(200, body("The file."));
        operation.responses.insert(206, body("A range of the file."));
    }
}

async fn content(caller: Caller, front: Front, Path(id): Path<MediaId>, wanted: Wanted) -> Result<Bytewise, Problem> {
    let file = front.open_media(&caller.principal, id.0)?;
    bytewise(file, &wanted, false)
}

async fn linked(
    front: Front,
    shared: Shared,
    visitor: Visitor,
    Path(token): Path<String>,
    wanted: Wanted,
) -> Result<Bytewise, Problem> {
    let (media, user, _) = link_claims(&shared, &token, shared.now())?;
    // A browser's image comes without credentials; whoever does say who they are must be who the link is for.
    if visitor.0.is_some_and(|visitor| visitor.principal.user_id != user) {
        return Err(Kind::NotFound.into());
    }
    // The link gives what its maker may see now, not what they might once.
    let principal = front.view(|views| views.roster.principal(user).cloned());
    let principal = principal.ok_or_else(|| Problem::new(Kind::NotFound))?;
    bytewise(front.open_media(&principal, media)?, &wanted, true)
}

fn bytewise(file: OpenMedia, wanted: &Wanted, by_link: bool) -> Result<Bytewise, Problem> {
    let etag = format!("\"{}\"", file.file.content_id);
    let held = wanted.held.holds(&etag);
    let fresh = wanted.if_range.as_ref().is_none_or(|tag| *tag == etag);
    let size = file.file.size;
    let range = match wanted.range.as_deref().filter(|_| fresh).map(|text| range_of(text, size)) {
        None | Some(Range::Ignored) => None,
        Some(Range::Part { start, length }) => Some((start, length)),
        Some(Range::Outside) => {
            let problem = Problem::new(Kind::RangeNotSatisfiable);
            return Err(problem.header(header::CONTENT_RANGE, format!("bytes */{size}")));
        }
    };
    Ok(Bytewise { file, etag, range, held, by_link })
}

/// What a Range header asks for (RFC 9110, section 14).
#[derive(Debug, PartialEq, Eq)]
enum Range {
    /// Not one range of bytes: answered with the whole file.
    Ignored,
    Part {
        start: u64,
        length: u64,
    },
    Outside,
}

fn range_of(text: &str, size: u64) -> Range {
    let Some((first, last)) = text.trim().strip_prefix("bytes=").and_then(|range| range.split_once('-')) else {
        return Range::Ignored;
    };
    let number = |text: &str| text.trim().parse::<u64>();
    let (start, end) = match (first.trim().is_empty(), last.trim().is_empty()) {
        (true, true) => return Range::Ignored,
        // The last so many bytes.
        (true, false) => match number(last) {
            Ok(0) => return Range::Outside,
            Ok(count) => (size.saturating_sub(count), size),
            Err(_) => return Range::Ignored,
        },
        (false, open) => match (number(first), if open { Ok(u64::MAX) } else { number(last) }) {
            (Ok(first), Ok(last)) if first <= last => (first, last.saturating_add(1).min(size)),
            _ => return Range::Ignored,
        },
    };
    if start < end { Range::Part { start, length: end - start } } else { Range::Outside }
}

/// `attachment` with the sender's name for the file, in the forms of RFC 6266 and RFC 8187.
fn disposition(filename: Option<&str>) -> String {
    let name: String = filename.unwrap_or("file").chars().filter(|each| !each.is_control()).take(200).collect();
    let plain: String = name
        .chars()
        .map(|each| if each.is_ascii() && !matches!(each, '"' | '\\' | '%') { each } else { '_' })
        .collect();
    let mut extended = String::new();
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"!#$&+-.^_`|~".contains(&byte) {
            extended.push(char::from(byte));
        } else {
            extended.push_str(&format!("%{byte:02X}"));
        }
    }
    format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{extended}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read_as_the_standard_says() {
        let part = |start, length| Range::Part { start, length };
        for (text, expected) in [
            ("bytes=0-0", part(0, 1)),
            ("bytes=2-5", part(2, 4)),
            ("bytes=5-", part(5, 5)),
            ("bytes=5-99999999999", part(5, 5)),
            ("bytes=-3", part(7, 3)),
            ("bytes=-30", part(0, 10)),
            ("bytes=-0", Range::Outside),
            ("bytes=10-", Range::Outside),
            ("bytes=5-2", Range::Ignored),
            ("bytes=0-1,3-4", Range::Ignored),
            ("bytes=a-b", Range::Ignored),
            ("lines=1-2", Range::Ignored),
            ("bytes=-", Range::Ignored),
        ] {
            assert_eq!(range_of(text, 10), expected, "{text}");
        }
        assert_eq!(range_of("bytes=0-", 0), Range::Outside);
    }

    #[test]
    fn a_file_name_cannot_leave_its_header() {
        assert_eq!(disposition(Some("a.pdf")), "attachment; filename=\"a.pdf\"; filename*=UTF-8''a.pdf");
        let odd = disposition(Some("Übergabe \"x\"\r\nSet-Cookie: a\\b.pdf"));
        assert!(!odd.contains('\r') && !odd.contains('\n'), "{odd}");
        assert!(odd.starts_with("attachment; filename=\"_bergabe _x_Set-Cookie: a_b.pdf\"; "), "{odd}");
        assert!(odd.ends_with("filename*=UTF-8''%C3%9Cbergabe%20%22x%22Set-Cookie%3A%20a%5Cb.pdf"), "{odd}");
        assert_eq!(disposition(None), "attachment; filename=\"file\"; filename*=UTF-8''file");
    }
}
