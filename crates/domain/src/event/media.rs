//! Facts about files. The bytes live outside the log, encrypted with the contact's key.

use serde::{Deserialize, Serialize};

use super::{SealKey, facts, facts_and_private};
use crate::ids::*;

/// An agent uploaded a file to send later, or one of those was copied for a contact to be sent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct MediaUploaded {
    pub media_id: MediaId,
    pub user_id: UserId,
    pub file: StoredFile,
    /// What the name of an upload is sealed with: a key of its own, so that erasing whom it was sent to takes the name along.
    /// None on a copy, whose name has the key of its bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name_seal: Option<SealKey>,
    /// The upload that this is a contact's copy of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub copy_of: Option<MediaId>,
    #[serde(skip)]
    pub private: Option<FileName>,
}
facts_and_private!(MediaUploaded = "media.uploaded");

/// Where the bytes are and what they are.
#[derive(
    borsh::BorshSerialize,
    borsh::BorshDeserialize,
    Debug,
    Clone,
    PartialEq,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
)]
pub struct StoredFile {
    /// Keyed hash of the content, hexadecimal: the file's name in the store.
    pub content_id: String,
    /// The key the bytes are encrypted with.
    pub seal: SealKey,
    /// Bytes of the plain content.
    pub size: u64,
    /// By its first bytes; `application/octet-stream` where they do not bear out what was declared.
    pub mime: String,
}

#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, schemars::JsonSchema)]
pub struct FileName {
    pub filename: Option<String>,
}

/// A message named a file at the provider that we do not have yet.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct MediaFetchRequested {
    pub media_id: MediaId,
    pub conversation_id: ConversationId,
    pub message_id: MessageId,
    pub channel_id: ChannelId,
    pub contact_id: ContactId,
    #[serde(skip)]
    pub private: Option<RemoteFile>,
}
facts_and_private!(MediaFetchRequested = "media.fetch_requested");

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct RemoteFile {
    pub provider_media_id: String,
    pub mime: Option<String>,
    /// As the provider gave it, base64 or hexadecimal.
    pub sha256: Option<String>,
    pub filename: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct MediaStored {
    pub media_id: MediaId,
    pub conversation_id: ConversationId,
    pub message_id: MessageId,
    pub file: StoredFile,
}
facts!(MediaStored = "media.stored");

/// It will not come: `too_large`, `gone`, `blocked`, `hash_mismatch`, `refused`, `revoked`, `expired`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct MediaFailed {
    pub media_id: MediaId,
    pub conversation_id: ConversationId,
    pub message_id: MessageId,
    pub reason: String,
}
facts!(MediaFailed = "media.failed");
