//! Which pages of the file could not be read.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What is known of a page that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) struct BadPage {
    /// The number of the page, of 4 KiB each.
    pub(in super::super) page: u64,
    /// Why, as a sentence that begins with the name of the file.
    pub(in super::super) why: String,
    /// Whether the disk failed to read it; otherwise what it read is not what was written.
    pub(in super::super) is_unread: bool,
}

/// The pages that could not be read when they were read last.
#[derive(Debug, Default)]
pub(super) struct BadPages {
    held: Mutex<BTreeMap<u64, BadPage>>,
    count: AtomicUsize,
}

impl BadPages {
    fn held(&self) -> MutexGuard<'_, BTreeMap<u64, BadPage>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether there are any.
    pub(super) fn any(&self) -> bool {
        self.count.load(Ordering::Acquire) > 0
    }

    pub(super) fn note(&self, page: BadPage) {
        let mut held = self.held();
        held.insert(page.page, page);
        self.count.store(held.len(), Ordering::Release);
    }

    /// Pages that were read or written are not bad any more.
    pub(super) fn heal(&self, first: u64, count: usize) {
        if !self.any() {
            return;
        }
        let mut held = self.held();
        let healed: Vec<u64> = held.range(first..first + count as u64).map(|(page, _)| *page).collect();
        for page in healed {
            held.remove(&page);
        }
        self.count.store(held.len(), Ordering::Release);
    }

    /// Their numbers.
    pub(super) fn numbers(&self) -> Vec<u64> {
        self.held().keys().copied().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_bad_until_it_is_read_or_written() {
        let pages = BadPages::default();
        let bad = |page| BadPage { page, why: format!("page {page}"), is_unread: false };
        [7, 9, 7].into_iter().for_each(|page| pages.note(bad(page)));
        assert_eq!(pages.numbers(), [7, 9]);
        pages.heal(7, 1);
        assert!(pages.any(), "the other is still bad");
        pages.heal(8, 5);
        assert!(!pages.any());
    }
}
