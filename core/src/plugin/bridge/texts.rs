//! The texts that a call shows to the plugin: copies, so that what a plugin writes there reaches no record.
//!
//! The validator lays each on pages of its own that cannot be written, where such a write ends the process.

use std::cell::{Cell, RefCell};

use crm_plugin_abi as abi;

/// The size of the first piece of memory, which a thread keeps from call to call. Unit: bytes.
const FIRST: usize = 2_048;

/// A piece of memory.
type Piece = Box<[u8]>;

thread_local! {
    static SPARE: Cell<Option<Piece>> = const { Cell::new(None) };
}

/// The texts of one call.
pub(super) struct Texts {
    /// The pieces that are there; the last one has room behind `used`.
    pieces: RefCell<Vec<*mut [u8]>>,
    used: Cell<usize>,
    guarded: RefCell<Vec<Guarded>>,
    is_guarded: bool,
}

impl Texts {
    /// The texts of a call; on guarded pages for the validator.
    pub(super) fn new(is_guarded: bool) -> Self {
        let (pieces, used, guarded) = Default::default();
        Self { pieces, used, guarded, is_guarded }
    }

    /// A copy of a text, which lives as long as the call.
    pub(super) fn keep(&self, text: &str) -> abi::crmk_plugin_str {
        let len = text.len();
        if len == 0 {
            return abi::crmk_plugin_str { data: c"".as_ptr().cast(), len: 0 };
        }
        if self.is_guarded
            && let Some(page) = Guarded::new(text.as_bytes())
        {
            let data = page.at.cast_const();
            self.guarded.borrow_mut().push(page);
            return abi::crmk_plugin_str { data, len };
        }
        let data = self.room(len);
        // SAFETY: `room` gives that many bytes of a piece of this call's, which nothing else uses and no reference covers.
        unsafe { std::ptr::copy_nonoverlapping(text.as_ptr(), data, len) };
        abi::crmk_plugin_str { data, len }
    }

    /// Memory for so many bytes.
    fn room(&self, len: usize) -> *mut u8 {
        let mut pieces = self.pieces.borrow_mut();
        let left = pieces.last().map_or(0, |piece| piece.len() - self.used.get());
        if left < len {
            let spare = if pieces.is_empty() && len <= FIRST { SPARE.take() } else { None };
            let piece = spare.unwrap_or_else(|| vec![0; len.max(FIRST)].into_boxed_slice());
            pieces.push(Box::into_raw(piece));
            self.used.set(0);
        }
        let at = self.used.replace(self.used.get() + len);
        let piece = pieces.last().expect("invariant: a piece with room was just added");
        // SAFETY: the piece has `at + len` bytes or more.
        unsafe { piece.cast::<u8>().add(at) }
    }
}

impl Drop for Texts {
    fn drop(&mut self) {
        for piece in self.pieces.take() {
            // SAFETY: it came from Box::into_raw in `room`, nobody freed it, and the call is over.
            let piece = unsafe { Box::from_raw(piece) };
            if piece.len() == FIRST {
                // A thread that ends keeps none.
                let _ = SPARE.try_with(|spare| spare.set(Some(piece)));
            }
        }
    }
}

/// A text on pages that cannot be written.
struct Guarded {
    at: *mut u8,
    len: usize,
}

#[cfg(unix)]
impl Guarded {
    fn new(bytes: &[u8]) -> Option<Self> {
        let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;
        // SAFETY: a new mapping, which takes the place of none.
        let at =
            unsafe { libc::mmap(std::ptr::null_mut(), bytes.len(), libc::PROT_READ | libc::PROT_WRITE, flags, -1, 0) };
        if at == libc::MAP_FAILED {
            return None;
        }
        let page = Self { at: at.cast(), len: bytes.len() };
        // SAFETY: the mapping has so many bytes and can be written until its protection changes.
        let code = unsafe {
            std::ptr::copy_nonoverlapping(bytes.as_ptr(), page.at, bytes.len());
            libc::mprotect(at, bytes.len(), libc::PROT_READ)
        };
        (code == 0).then_some(page)
    }
}

#[cfg(not(unix))]
impl Guarded {
    fn new(_: &[u8]) -> Option<Self> {
        None
    }
}

impl Drop for Guarded {
    fn drop(&mut self) {
        // SAFETY: the mapping is this one's and the call that used it is over.
        #[cfg(unix)]
        unsafe {
            libc::munmap(self.at.cast(), self.len);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: abi::crmk_plugin_str) -> String {
        // SAFETY: the text lives as long as the call that the test holds.
        let bytes = unsafe { std::slice::from_raw_parts(text.data, text.len) };
        String::from_utf8(bytes.to_vec()).unwrap()
    }

    #[test]
    fn texts_stay_where_they_are_while_more_come() {
        for is_guarded in [false, true] {
            let texts = Texts::new(is_guarded);
            let wanted: Vec<String> = (0..200).map(|n| "名".repeat(n)).collect();
            let kept: Vec<_> = wanted.iter().map(|text| texts.keep(text)).collect();
            assert!(kept.iter().zip(&wanted).all(|(kept, wanted)| read(*kept) == *wanted));
        }
    }
}
