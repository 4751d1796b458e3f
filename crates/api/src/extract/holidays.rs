//! Holidays as an iCalendar file: as such (`text/calendar`), or as a text in JSON.

use actix_web::dev::Payload;
use actix_web::http::header;
use actix_web::{FromRequest, HttpRequest};
use futures_util::future::LocalBoxFuture;

use super::json::{describe_or_file, read_json};
use super::read_body;
use crate::dto::business_hours::ImportHolidays;
use crate::openapi::{Describe, Operation};
use crate::problem::{Kind, Problem};

/// The largest file.
const FILE_BYTES_MAX: usize = 512 * 1024;
/// The same in JSON, where line breaks take two bytes each.
const JSON_BYTES_MAX: usize = 640 * 1024;

/// The file's text.
#[derive(Debug)]
pub struct HolidayBody(pub String);

impl FromRequest for HolidayBody {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;
    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, mut payload) = (request.clone(), payload.take());
        Box::pin(async move {
            if is_calendar(&request) {
                let body = read_body(&request, &mut payload, FILE_BYTES_MAX).await?;
                let text = String::from_utf8(body.into());
                return text.map(Self).map_err(|_| Problem::new(Kind::Malformed).detail("the text is not UTF-8"));
            }
            let body: ImportHolidays = read_json(&request, &mut payload, JSON_BYTES_MAX).await?;
            Ok(Self(body.ical))
        })
    }
}

fn is_calendar(request: &HttpRequest) -> bool {
    let value = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    value.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("text/calendar")
}

impl Describe for HolidayBody {
    fn describe(operation: &mut Operation) {
        describe_or_file::<ImportHolidays>(operation, "text/calendar", FILE_BYTES_MAX);
    }
}
