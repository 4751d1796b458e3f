//! Giving the provider a file to send. The id that comes back is good for thirty days and for this number only.

use bytes::Bytes;
use reqwest::multipart::{Form, Part};
use reqwest::{Body, Method};
use serde_json::Value;
use tokio::io::{AsyncRead, AsyncReadExt};

use super::super::graph::{CallError, answer};
use super::{Media, TRANSFER_TIMEOUT};

/// Bytes read from a file at once.
const CHUNK: usize = 64 << 10;
/// Longest file name that is told, in characters.
const NAME_MAX: usize = 240;

impl Media {
    /// Uploads `length` bytes of a reader; returns the provider's id. May be repeated: an upload that was lost is only an
    /// unused file.
    ///
    /// # Errors
    /// See [`CallError`]; nothing is sent to anybody by an upload, so all but refusals may be tried again.
    pub async fn upload(
        &self,
        content: impl AsyncRead + Send + Unpin + 'static,
        length: u64,
        mime_type: &str,
        filename: &str,
    ) -> Result<String, CallError> {
        let stream = futures_util::stream::unfold(Some(content), |reader| async {
            let mut reader = reader?;
            let mut chunk = vec![0; CHUNK];
            match reader.read(&mut chunk).await {
                Ok(0) => None,
                Ok(count) => {
                    chunk.truncate(count);
                    Some((Ok(Bytes::from(chunk)), Some(reader)))
                }
                Err(error) => Some((Err(error), None)),
            }
        });
        self.upload_part(Part::stream_with_length(Body::wrap_stream(stream), length), mime_type, filename).await
    }

    /// The same for bytes in memory.
    ///
    /// # Errors
    /// See [`Media::upload`].
    pub async fn upload_bytes(&self, content: Bytes, mime_type: &str, filename: &str) -> Result<String, CallError> {
        let length = content.len() as u64;
        self.upload_part(Part::stream_with_length(content, length), mime_type, filename).await
    }

    async fn upload_part(&self, part: Part, mime_type: &str, filename: &str) -> Result<String, CallError> {
        let part = part.file_name(plain_name(filename));
        let part = part.mime_str(mime_type).map_err(|_| CallError::NotReached("bad_media_type"))?;
        let form =
            Form::new().text("messaging_product", "whatsapp").text("type", mime_type.to_owned()).part("file", part);
        let url = self.graph.endpoint().url(&[&self.phone_number_id, "media"]);
        let request = self.graph.request(Method::POST, url).timeout(TRANSFER_TIMEOUT).multipart(form);
        let answer = answer(request).await?;
        match answer.get("id") {
            Some(Value::String(id)) if !id.is_empty() => Ok(id.clone()),
            Some(Value::Number(id)) => Ok(id.to_string()),
            _ => Err(CallError::Unknown("unreadable_answer")),
        }
    }
}

/// The last part of a path, without characters that could end a header.
fn plain_name(filename: &str) -> String {
    let last = filename.rsplit(['/', '\\']).next().unwrap_or_default();
    let plain: String = last.chars().filter(|c| !c.is_control() && *c != '"').take(NAME_MAX).collect();
    if plain.trim_matches(['.', ' ']).is_empty() { "file".to_owned() } else { plain }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_harmless() {
        for (name, expected) in [
            ("a.pdf", "a.pdf"),
            ("../../etc/cron.d/x", "x"),
            ("C:\\tmp\\b.png", "b.png"),
            ("a\r\nX: 1\0\".txt", "aX: 1.txt"),
            ("..", "file"),
            ("", "file"),
            ("تقرير.pdf", "تقرير.pdf"),
        ] {
            assert_eq!(plain_name(name), expected, "{name:?}");
        }
        assert_eq!(plain_name(&"x".repeat(4096)).len(), NAME_MAX);
    }
}
