//! The single writer.
use crate::*;
/// The one writer of a log.
pub struct Writer {}
impl Writer {
    pub fn append(&mut self, groups: Vec<Group>) -> Result<Vec<Result<Appended, Refused>>, AppendError> {
        let _ = groups;
        unreachable!()
    }
    pub fn head(&self) -> u64 {
        unreachable!()
    }
    pub fn stream_version(&self, stream: &str) -> Result<u64, ReadError> {
        let _ = stream;
        unreachable!()
    }
    pub fn checkpoint(&mut self, now_ms: i64) -> Result<(), AppendError> {
        let _ = now_ms;
        unreachable!()
    }
    pub fn ready_keys(&mut self, up_to: KeyId) -> Result<(), SealError> {
        let _ = up_to;
        unreachable!()
    }
    pub fn assign_key(&mut self) -> Result<KeyId, SealError> {
        unreachable!()
    }
    pub fn erase_key(&mut self, key: KeyId) -> Result<(), SealError> {
        let _ = key;
        unreachable!()
    }
    pub fn close(self, now_ms: i64) -> Result<(), AppendError> {
        let _ = now_ms;
        unreachable!()
    }
}
