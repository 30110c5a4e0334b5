//! Pending writes over a state that they do not touch: what a transaction that writes, or a use case, has done so far.

use std::ops::ControlFlow;

use super::pending::{Change, Pending};
use super::{Order, ReadTxn, Space, Visitor};
use crate::error::Result;

/// A place among the writes of a transaction, to go back to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mark(usize);

/// Pending writes by space and key, with reads that merge them over a base.
///
/// The base is named in each call and must be the same one for the life of the overlay.
#[derive(Debug, Default)]
pub struct Overlay {
    pending: Pending,
}

impl Overlay {
    /// Makes an overlay without writes.
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether nothing is pending.
    pub fn is_empty(&self) -> bool {
        self.pending.len() == 0
    }

    /// Whether nothing is pending in one space.
    pub fn is_empty_in(&self, space: Space) -> bool {
        self.pending.is_empty_in(space)
    }

    /// How many keys something is pending for.
    pub fn len(&self) -> usize {
        self.pending.len()
    }

    /// How long the pending keys and values are together. Unit: bytes.
    pub fn bytes(&self) -> usize {
        self.pending.live_bytes()
    }

    /// Forgets every pending write.
    pub fn clear(&mut self) {
        self.pending = Pending::default();
    }

    /// Notes that `key` gets `value`; the last put wins.
    pub fn put(&mut self, space: Space, key: &[u8], value: &[u8]) {
        self.pending.push(space, key, Some(value));
    }

    /// Notes the removal of `key`, be it in the base or not.
    pub fn delete(&mut self, space: Space, key: &[u8]) {
        self.pending.push(space, key, None);
    }

    /// The place among the writes where the next one will be.
    pub fn mark(&mut self) -> Mark {
        Mark(self.pending.mark())
    }

    /// Undoes every write since a mark of this overlay; one that lies behind the last write changes nothing.
    pub fn undo_to(&mut self, mark: Mark) {
        self.pending.undo_to(mark.0);
    }

    /// Shows the value of `key`, the pending one before that of `base`, and says whether there was one.
    ///
    /// # Errors
    /// Those of `base`.
    pub fn get<B: ReadTxn + ?Sized>(
        &self,
        base: &B,
        space: Space,
        key: &[u8],
        visit: &mut dyn FnMut(&[u8]),
    ) -> Result<bool> {
        match self.pending.get(space, key) {
            Some(Some(value)) => {
                visit(value);
                Ok(true)
            }
            Some(None) => Ok(false),
            None => base.get(space, key, visit),
        }
    }

    /// Shows the pairs of `base` and the pending ones merged, with the promises of [`ReadTxn::scan`].
    ///
    /// # Errors
    /// Those of `base` and of `visit`.
    pub fn scan<B: ReadTxn + ?Sized>(
        &self,
        base: &B,
        space: Space,
        from: &[u8],
        until: Option<&[u8]>,
        order: Order,
        visit: &mut Visitor<'_>,
    ) -> Result<()> {
        if self.pending.is_empty_in(space) {
            return base.scan(space, from, until, order, visit);
        }
        if is_empty_range(from, until) {
            return Ok(());
        }
        let pending = self.pending.range(space, from, until);
        let base = |show: &mut Visitor<'_>| base.scan(space, from, until, order, show);
        match order {
            Order::Ascending => merge(pending, order, base, visit),
            Order::Descending => merge(pending.rev(), order, base, visit),
        }
    }

    /// The pending writes of one space in the order of their keys; a value of `None` removes the key.
    pub fn iter(&self, space: Space) -> impl Iterator<Item = (&[u8], Option<&[u8]>)> {
        self.pending.sorted(space).into_iter()
    }
}

/// Whether `from <= key < until` holds for no key.
pub fn is_empty_range(from: &[u8], until: Option<&[u8]>) -> bool {
    until.is_some_and(|until| until <= from)
}

/// Shows what `base` shows to its visitor, with `pending` (sorted in `order`) woven in.
fn merge<'o>(
    pending: impl Iterator<Item = Change<'o>>,
    order: Order,
    base: impl FnOnce(&mut Visitor<'_>) -> Result<()>,
    visit: &mut Visitor<'_>,
) -> Result<()> {
    let mut pending = pending.peekable();
    let mut stopped = false;
    base(&mut |key, value| {
        let mut flow = ControlFlow::Continue(());
        while let Some((early, value)) = pending.next_if(|(held, _)| comes_before(order, held, key)) {
            if let Some(value) = value {
                flow = visit(early, value)?;
            }
            if flow.is_break() {
                stopped = true;
                return Ok(flow);
            }
        }
        match pending.next_if(|(held, _)| *held == key) {
            Some((_, Some(newer))) => flow = visit(key, newer)?,
            Some((_, None)) => {}
            None => flow = visit(key, value)?,
        }
        stopped = flow.is_break();
        Ok(flow)
    })?;
    if stopped {
        return Ok(());
    }
    for (key, value) in pending {
        if let Some(value) = value
            && visit(key, value)?.is_break()
        {
            break;
        }
    }
    Ok(())
}

fn comes_before(order: Order, a: &[u8], b: &[u8]) -> bool {
    match order {
        Order::Ascending => a < b,
        Order::Descending => a > b,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::adapter::MemoryStore;
    use crate::error::{Error, ErrorKind};
    use crate::port::Store;

    const S: Space = Space::Record;

    fn store_with(pairs: &[(&str, &str)]) -> MemoryStore {
        let store = MemoryStore::new();
        let mut txn = store.begin_write().unwrap();
        for (key, value) in pairs {
            txn.put(S, key.as_bytes(), value.as_bytes()).unwrap();
        }
        txn.commit().unwrap();
        store
    }

    fn shown(txn: &dyn ReadTxn, from: &str, until: Option<&str>, order: Order, limit: usize) -> String {
        let mut seen = Vec::new();
        txn.scan(S, from.as_bytes(), until.map(str::as_bytes), order, &mut |key, value| {
            seen.push(format!("{}={}", String::from_utf8_lossy(key), String::from_utf8_lossy(value)));
            Ok(if seen.len() == limit { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
        })
        .unwrap();
        seen.join(" ")
    }

    #[test]
    fn merges_over_the_base_in_both_orders() {
        let store = store_with(&[("b", "1"), ("d", "2"), ("f", "3"), ("h", "4")]);
        let mut staged = store.begin_write().unwrap();
        for (key, value) in [("a", "A"), ("d", "D"), ("e", "E"), ("i", "I"), ("j", "J")] {
            staged.put(S, key.as_bytes(), value.as_bytes()).unwrap();
        }
        for key in [b"f", b"f", b"j", b"n"] {
            staged.delete(S, key).unwrap();
        }
        assert_eq!(shown(staged.as_ref(), "", None, Order::Ascending, 99), "a=A b=1 d=D e=E h=4 i=I");
        assert_eq!(shown(staged.as_ref(), "", None, Order::Descending, 99), "i=I h=4 e=E d=D b=1 a=A");
        assert_eq!(shown(staged.as_ref(), "b", Some("h"), Order::Ascending, 99), "b=1 d=D e=E");
        assert_eq!(shown(staged.as_ref(), "b", Some("h"), Order::Descending, 99), "e=E d=D b=1");
        assert_eq!(shown(staged.as_ref(), "h", Some("b"), Order::Ascending, 99), "");
        assert_eq!(shown(staged.as_ref(), "d", Some("d"), Order::Descending, 99), "");
        for limit in 1..=6 {
            let all: Vec<&str> = "a=A b=1 d=D e=E h=4 i=I".split(' ').collect();
            assert_eq!(shown(staged.as_ref(), "", None, Order::Ascending, limit), all[..limit].join(" "));
            let back: Vec<&str> = all.into_iter().rev().collect();
            assert_eq!(shown(staged.as_ref(), "", None, Order::Descending, limit), back[..limit].join(" "));
        }
    }

    #[test]
    fn an_error_of_the_visitor_comes_back_wherever_it_arises() {
        let store = store_with(&[("b", "1"), ("d", "2")]);
        let mut staged = store.begin_write().unwrap();
        for key in ["a", "b", "e"] {
            staged.put(S, key.as_bytes(), b"new").unwrap();
        }
        for at in 1..=4 {
            let mut seen = 0;
            let result = staged.scan(S, b"", None, Order::Ascending, &mut |_, _| {
                seen += 1;
                if seen == at { Err(Error::new(ErrorKind::Cancelled, "stop")) } else { Ok(ControlFlow::Continue(())) }
            });
            assert_eq!(result.unwrap_err().kind(), ErrorKind::Cancelled);
            assert_eq!(seen, at);
        }
    }

    #[test]
    fn a_key_put_again_after_its_removal_is_there() {
        let store = store_with(&[("a", "1")]);
        let base = store.begin_read().unwrap();
        let mut overlay = Overlay::new();
        assert!(overlay.is_empty());
        overlay.delete(S, b"a");
        assert!(!overlay.get(base.as_ref(), S, b"a", &mut |_| panic!("removed")).unwrap());
        overlay.put(S, b"a", b"longer than before");
        overlay.put(S, b"a", b"2");
        let mut value = Vec::new();
        assert!(overlay.get(base.as_ref(), S, b"a", &mut |v| value = v.to_vec()).unwrap());
        assert_eq!(value, b"2");
        assert!(!overlay.is_empty() && overlay.is_empty_in(Space::Meta));
        overlay.clear();
        assert!(overlay.is_empty());
    }
}
