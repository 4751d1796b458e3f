//! Files.

use domain::event::media::*;
use domain::event::{Event, SealKey};

use super::{id, text};

fn file() -> StoredFile {
    StoredFile {
        content_id: "0f1e2d3c4b5a69788796a5b4c3d2e1f0".to_owned(),
        seal: SealKey(2),
        size: 48_213,
        mime: "image/jpeg".to_owned(),
    }
}

pub(super) fn samples() -> Vec<Event> {
    vec![
        MediaUploaded {
            media_id: id(10),
            user_id: id(5),
            file: file(),
            name_seal: Some(SealKey(3)),
            copy_of: None,
            private: Some(FileName { filename: text("personal.jpg") }),
        }
        .into(),
        MediaFetchRequested {
            media_id: id(10),
            conversation_id: id(11),
            message_id: id(13),
            channel_id: id(3),
            contact_id: id(7),
            private: Some(RemoteFile {
                provider_media_id: "personal-77".to_owned(),
                mime: text("image/jpeg"),
                sha256: text("SzFJgWx2IpYdWKy5Dx8sQFAtNfEZyTCFKZkAMOrwJHY="),
                filename: text("personal.jpg"),
            }),
        }
        .into(),
        MediaStored { media_id: id(10), conversation_id: id(11), message_id: id(13), file: file() }.into(),
        MediaFailed { media_id: id(10), conversation_id: id(11), message_id: id(13), reason: "gone".to_owned() }.into(),
    ]
}
