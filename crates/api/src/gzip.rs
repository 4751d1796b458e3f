//! Compressing an answer that is made while it is sent. Only here: compression of everything would also take compressed
//! requests, which can be bombs, and would compress secrets beside what an attacker chose.

use std::io::Write;

use actix_web::dev::Payload;
use actix_web::http::header;
use actix_web::{FromRequest, HttpRequest};
use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;

use crate::openapi::{Describe, Operation};
use crate::problem::Problem;

/// Whether the client takes gzip.
#[derive(Debug, Clone, Copy)]
pub(crate) struct AcceptsGzip(pub(crate) bool);

impl FromRequest for AcceptsGzip {
    type Error = Problem;
    type Future = std::future::Ready<Result<Self, Problem>>;
    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let mut all = request.headers().get_all(header::ACCEPT_ENCODING).filter_map(|value| value.to_str().ok());
        std::future::ready(Ok(Self(all.any(accepts))))
    }
}
impl Describe for AcceptsGzip {
    fn describe(_: &mut Operation) {}
}

/// `gzip`, or `*`, not given the weight 0.
fn accepts(list: &str) -> bool {
    let weight = |coding: &str| -> Option<bool> {
        let mut parts = coding.split(';').map(str::trim);
        let name = parts.next()?;
        let refused = parts.filter_map(|part| part.strip_prefix("q=")).any(|q| q.parse::<f32>() == Ok(0.0));
        (name.eq_ignore_ascii_case("gzip") || name == "*").then_some(!refused)
    };
    let named = list.split(',').find(|coding| coding.trim().to_ascii_lowercase().starts_with("gzip"));
    named.map_or_else(|| list.split(',').any(|coding| weight(coding) == Some(true)), |own| weight(own) == Some(true))
}

/// A gzip stream in the making. What was put in comes out at once, so that nobody waits for a line that is only buffered.
#[derive(Debug)]
pub(crate) struct Gzip(GzEncoder<Vec<u8>>);

impl Gzip {
    pub(crate) fn new() -> Self {
        Self(GzEncoder::new(Vec::new(), Compression::fast()))
    }
    /// The next part.
    pub(crate) fn part(&mut self, text: &[u8]) -> std::io::Result<Bytes> {
        self.0.write_all(text)?;
        self.0.flush()?;
        Ok(std::mem::take(self.0.get_mut()).into())
    }
    /// What comes after the last part.
    pub(crate) fn end(self) -> std::io::Result<Bytes> {
        self.0.finish().map(Bytes::from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gzip_is_taken_where_it_is_named_and_not_refused() {
        assert!(accepts("gzip, deflate, br") && accepts("br;q=1.0, GZIP;q=0.5") && accepts("*"));
        assert!(!accepts("br") && !accepts("gzip;q=0") && !accepts("") && !accepts("*, gzip;q=0.0"));
    }
}
