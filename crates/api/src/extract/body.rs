//! Reading a request body within a size and a time.

use std::time::Duration;

use actix_web::HttpRequest;
use actix_web::dev::Payload;
use actix_web::error::PayloadError;
use actix_web::http::header;
use bytes::{Bytes, BytesMut};
use futures_util::StreamExt;

use crate::problem::{Kind, Problem};

/// How long a client may take to send a body that is read into memory. Long enough for a phone's network,
/// short enough that a thousand idle senders do not hold a thousand buffers.
pub const BODY_TIMEOUT: Duration = Duration::from_secs(10);

/// Reads the whole body, at most `bytes_max` bytes of it.
///
/// Errors: `payload-too-large` (also from the announced length, before anything is read), `request-timeout`,
/// `malformed` when the transfer breaks off.
pub async fn read_body(request: &HttpRequest, payload: &mut Payload, bytes_max: usize) -> Result<Bytes, Problem> {
    let announced = request.headers().get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok());
    if announced.is_some_and(|length: u64| length > bytes_max as u64) {
        return Err(too_large(bytes_max));
    }
    let mut stream = payload.take();
    let reading = async {
        let mut body = BytesMut::new();
        while let Some(chunk) = stream.next().await {
            let chunk = chunk.map_err(|fault| match fault {
                PayloadError::Overflow => too_large(bytes_max),
                _ => Problem::new(Kind::Malformed).detail("the body broke off"),
            })?;
            if body.len() + chunk.len() > bytes_max {
                return Err(too_large(bytes_max));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body.freeze())
    };
    match tokio::time::timeout(BODY_TIMEOUT, reading).await {
        Ok(read) => read,
        Err(_) => Err(Problem::new(Kind::RequestTimeout).detail("the body took too long to arrive")),
    }
}

fn too_large(bytes_max: usize) -> Problem {
    Problem::new(Kind::PayloadTooLarge)
        .detail(format!("the body may have at most {bytes_max} bytes"))
        .with("limit_bytes", bytes_max)
}
