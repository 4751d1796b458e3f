//! Files: uploaded for one number, described with an address that lives five minutes, downloaded with the same token.

use std::sync::Arc;

use base64::Engine;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::error::GraphError;
use super::world::{Media, World};

/// How long an address works.
const LINK_MS: i64 = 5 * 60_000;
/// How long an uploaded file stays.
const UPLOADED_MS: i64 = 30 * 24 * 3_600_000;

pub(super) fn sha256_base64(bytes: &[u8]) -> String {
    base64::engine::general_purpose::STANDARD.encode(Sha256::digest(bytes))
}

/// Keeps an upload.
pub(super) fn upload(world: &World, number: &str, mime: &str, bytes: Vec<u8>) -> Result<Value, GraphError> {
    let max = match mime.split('/').next().unwrap_or_default() {
        "image" if mime == "image/webp" => 500 << 10,
        "image" => 5 << 20,
        "audio" | "video" => 16 << 20,
        _ => 100 << 20,
    };
    if bytes.is_empty() || bytes.len() > max {
        return Err(GraphError::of(131053).details(format!("{} bytes are not accepted for {mime}", bytes.len())));
    }
    let id = (2_000_000_000_000 + world.fresh()).to_string();
    let media = Media {
        bytes: Arc::new(bytes),
        mime: mime.to_owned(),
        phone_number_id: number.to_owned(),
        expires_ms: world.now_ms() + UPLOADED_MS,
    };
    world.state.lock().media.insert(id.clone(), media);
    Ok(json!({ "id": id }))
}

/// Describes a file. `base` is where this simulator is reached.
pub(super) fn info(world: &World, id: &str, base: &str) -> Option<Value> {
    let now = world.now_ms();
    let token = format!("{:016x}{:016x}", world.chance(u64::MAX), world.fresh());
    let mut state = world.state.lock();
    let media = state.media.get(id).filter(|media| media.expires_ms > now)?.clone();
    state.links.insert(token.clone(), (id.to_owned(), now + LINK_MS));
    state.links.retain(|_, (_, until)| *until > now);
    Some(json!({
        "messaging_product": "whatsapp",
        "url": format!("{base}/attachments/{token}"),
        "mime_type": media.mime,
        "sha256": hex::encode(Sha256::digest(media.bytes.as_slice())),
        "file_size": media.bytes.len(),
        "id": id,
    }))
}

/// The bytes behind an address, while it lives.
pub(super) fn download(world: &World, token: &str) -> Option<Media> {
    let state = world.state.lock();
    let (id, until) = state.links.get(token)?;
    (*until > world.now_ms()).then(|| state.media.get(id).cloned()).flatten()
}

/// A one-pixel PNG.
pub fn png() -> Vec<u8> {
    const BYTES: &str = "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360f8cf50\
                         0f0003860180345a0b2c0000000049454e44ae426082";
    hex::decode(BYTES).unwrap_or_default()
}
