//! One operation of a batch, as a view into the batch's bytes: the log and the layers share one copy.

use std::sync::Arc;

/// A key and what became of it.
#[derive(Debug, Clone)]
pub(in super::super) struct Entry {
    batch: Arc<[u8]>,
    key_at: u32,
    key_len: u32,
    /// The value follows the key; `REMOVED` says that there is none.
    value_len: u32,
}

/// No value is as long as this, for a batch of the log is far smaller.
const REMOVED: u32 = u32::MAX;

impl Entry {
    /// Points at a key of the batch and at the value behind it; `None` removes the key.
    ///
    /// The batch must hold them: the caller has just encoded or checked it.
    pub(in super::super) fn new(batch: &Arc<[u8]>, key_at: u32, key_len: u32, value_len: Option<u32>) -> Self {
        debug_assert!(
            key_at as usize + key_len as usize + value_len.unwrap_or(0) as usize <= batch.len(),
            "an entry lies within its batch"
        );
        Self { batch: Arc::clone(batch), key_at, key_len, value_len: value_len.unwrap_or(REMOVED) }
    }

    /// An entry with bytes of its own.
    #[cfg(test)]
    pub(in super::super) fn alone(key: &[u8], value: Option<&[u8]>) -> Self {
        let batch: Arc<[u8]> = [key, value.unwrap_or_default()].concat().into();
        let len = |bytes: &[u8]| u32::try_from(bytes.len()).unwrap();
        Self::new(&batch, 0, len(key), value.map(len))
    }

    pub(in super::super) fn key(&self) -> &[u8] {
        &self.batch[self.key_at as usize..][..self.key_len as usize]
    }

    /// The value, `None` when the key was removed.
    pub(in super::super) fn value(&self) -> Option<&[u8]> {
        let value_at = self.key_at as usize + self.key_len as usize;
        (self.value_len != REMOVED).then(|| &self.batch[value_at..][..self.value_len as usize])
    }
}
