//! Readers.
use crate::*;
use std::ops::ControlFlow;
use std::sync::Arc;
/// Reads a log; cloneable, usable from many threads.
#[derive(Clone)]
pub struct Reader {}
impl Reader {
    pub fn log_id(&self) -> &str {
        unreachable!()
    }
    pub fn head(&self) -> u64 {
        unreachable!()
    }
    pub fn oldest(&self) -> u64 {
        unreachable!()
    }
    pub fn parent(&self) -> Option<&Parent> {
        unreachable!()
    }
    pub fn chain_hash(&self) -> [u8; 32] {
        unreachable!()
    }
    pub fn read(&self, after: u64, limit: usize) -> Result<Vec<Arc<StoredEvent>>, ReadError> {
        let _ = (after, limit);
        unreachable!()
    }
    pub fn get(&self, pos: u64) -> Result<Option<Arc<StoredEvent>>, ReadError> {
        let _ = pos;
        unreachable!()
    }
    pub fn stream(&self, stream: &str, from_version: u64, limit: usize) -> Result<Vec<Arc<StoredEvent>>, ReadError> {
        let _ = (stream, from_version, limit);
        unreachable!()
    }
    pub fn stream_back(
        &self,
        stream: &str,
        before_version: u64,
        limit: usize,
    ) -> Result<Vec<Arc<StoredEvent>>, ReadError> {
        let _ = (stream, before_version, limit);
        unreachable!()
    }
    pub fn stream_version(&self, stream: &str) -> Result<u64, ReadError> {
        let _ = stream;
        unreachable!()
    }
    pub fn find(&self, key: &[u8; 16]) -> Result<Option<KeyEntry>, ReadError> {
        let _ = key;
        unreachable!()
    }
    pub fn open_private(&self, event: &StoredEvent) -> Result<Option<Vec<u8>>, SealError> {
        let _ = event;
        unreachable!()
    }
    pub fn replay(&self, after: u64, f: &mut dyn FnMut(StoredEvent) -> ControlFlow<()>) -> Result<u64, ReadError> {
        let _ = (after, f);
        unreachable!()
    }
    pub fn watch(&self) -> tokio::sync::watch::Receiver<u64> {
        unreachable!()
    }
    pub fn seal(&self, key: KeyId, aad: &[u8], plaintext: &[u8]) -> Result<Vec<u8>, SealError> {
        let _ = (key, aad, plaintext);
        unreachable!()
    }
    pub fn unseal(&self, key: KeyId, aad: &[u8], sealed: &[u8]) -> Result<Vec<u8>, SealError> {
        let _ = (key, aad, sealed);
        unreachable!()
    }
    pub fn blind(&self, label: &str, bytes: &[u8]) -> [u8; 16] {
        let _ = (label, bytes);
        unreachable!()
    }
}
