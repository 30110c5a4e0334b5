//! Pending writes over a state that they do not touch: what a transaction that writes, or a use case, has done so far.

use std::collections::BTreeMap;
use std::ops::{Bound, ControlFlow};

use super::{Order, ReadTxn, Space, Visitor, WriteTxn};
use crate::error::Result;

/// What is to become of a key: a value, or `None` for its removal.
type Pending = Option<Vec<u8>>;

/// Pending writes by space and key, with reads that merge them over a base.
///
/// The base is named in each call and must be the same one for the life of the overlay.
#[derive(Debug, Default)]
pub struct Overlay {
    spaces: [BTreeMap<Vec<u8>, Pending>; Space::ALL.len()],
}

impl Overlay {
    /// Makes an overlay without writes.
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether nothing is pending.
    pub fn is_empty(&self) -> bool {
        self.spaces.iter().all(BTreeMap::is_empty)
    }

    /// Whether nothing is pending in one space.
    pub fn is_empty_in(&self, space: Space) -> bool {
        self.spaces[space.index()].is_empty()
    }

    /// Forgets every pending write.
    pub fn clear(&mut self) {
        self.spaces.iter_mut().for_each(BTreeMap::clear);
    }

    /// Notes that `key` gets `value`; the last put wins.
    pub fn put(&mut self, space: Space, key: &[u8], value: &[u8]) {
        let pending = &mut self.spaces[space.index()];
        match pending.get_mut(key) {
            Some(Some(held)) => {
                held.clear();
                held.extend_from_slice(value);
            }
            Some(removed) => *removed = Some(value.to_vec()),
            None => {
                pending.insert(key.to_vec(), Some(value.to_vec()));
            }
        }
    }

    /// Notes the removal of `key` and says whether it was there, here or in `base`.
    ///
    /// # Errors
    /// Those of `base`; nothing is noted then.
    pub fn delete<B: ReadTxn + ?Sized>(&mut self, base: &B, space: Space, key: &[u8]) -> Result<bool> {
        let pending = &mut self.spaces[space.index()];
        if let Some(held) = pending.get_mut(key) {
            return Ok(held.take().is_some());
        }
        let there = base.get(space, key, &mut |_| ())?;
        if there {
            pending.insert(key.to_vec(), None);
        }
        Ok(there)
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
        match self.spaces[space.index()].get(key) {
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
        let pending = &self.spaces[space.index()];
        if pending.is_empty() {
            return base.scan(space, from, until, order, visit);
        }
        if is_empty_range(from, until) {
            return Ok(());
        }
        let end = until.map_or(Bound::Unbounded, Bound::Excluded);
        let range = pending.range::<[u8], _>((Bound::Included(from), end));
        match order {
            Order::Ascending => merge(range, order, |show| base.scan(space, from, until, order, show), visit),
            Order::Descending => merge(range.rev(), order, |show| base.scan(space, from, until, order, show), visit),
        }
    }

    /// The pending writes of one space in the order of their keys; a value of `None` removes the key.
    pub fn iter(&self, space: Space) -> impl Iterator<Item = (&[u8], Option<&[u8]>)> {
        self.spaces[space.index()].iter().map(|(key, value)| (key.as_slice(), value.as_deref()))
    }

    /// Repeats every pending write on a transaction, by space and in the order of keys.
    ///
    /// # Errors
    /// Those of the transaction; it may hold some of the writes then, and is to be dropped.
    pub fn apply_to<T: WriteTxn + ?Sized>(&self, txn: &mut T) -> Result<()> {
        for space in Space::ALL {
            for (key, value) in self.iter(space) {
                match value {
                    Some(value) => txn.put(space, key, value)?,
                    None => drop(txn.delete(space, key)?),
                }
            }
        }
        Ok(())
    }
}

/// Whether `from <= key < until` holds for no key.
pub fn is_empty_range(from: &[u8], until: Option<&[u8]>) -> bool {
    until.is_some_and(|until| until <= from)
}

/// Shows what `base` shows to its visitor, with `pending` (sorted in `order`) woven in.
fn merge<'o>(
    pending: impl Iterator<Item = (&'o Vec<u8>, &'o Pending)>,
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
        match pending.next_if(|(held, _)| held.as_slice() == key) {
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

/// A transaction within a transaction: it reads through to `base` and keeps its writes to itself until it is applied.
///
/// Dropping it leaves no trace in `base`. Over a snapshot it is a trial that can never be applied. It borrows the base
/// alone, for a base that changed underneath would break the promise of a snapshot.
pub struct Staged<'a, B: ReadTxn + ?Sized> {
    base: &'a mut B,
    overlay: Overlay,
}

impl<'a, B: ReadTxn + ?Sized> Staged<'a, B> {
    /// Begins over `base` without writes.
    pub fn new(base: &'a mut B) -> Self {
        Self { base, overlay: Overlay::new() }
    }

    /// The pending writes.
    pub fn overlay(&self) -> &Overlay {
        &self.overlay
    }

    /// Gives up the base and hands the pending writes out.
    pub fn into_overlay(self) -> Overlay {
        self.overlay
    }

    /// Sets the value of `key`; the last put wins. Unlike [`WriteTxn::put`] it cannot fail and needs no base that writes.
    pub fn put(&mut self, space: Space, key: &[u8], value: &[u8]) {
        self.overlay.put(space, key, value);
    }

    /// Removes `key` and says whether it was there.
    ///
    /// # Errors
    /// Those of the base.
    pub fn delete(&mut self, space: Space, key: &[u8]) -> Result<bool> {
        self.overlay.delete(&*self.base, space, key)
    }
}

impl<B: WriteTxn + ?Sized> Staged<'_, B> {
    /// Hands every write over to the base. They become durable when the base commits.
    ///
    /// # Errors
    /// Those of the base, which may hold some of the writes then and is to be dropped.
    pub fn apply(self) -> Result<()> {
        self.overlay.apply_to(self.base)
    }
}

impl<B: ReadTxn + ?Sized> ReadTxn for Staged<'_, B> {
    fn get(&self, space: Space, key: &[u8], visit: &mut dyn FnMut(&[u8])) -> Result<bool> {
        self.overlay.get(&*self.base, space, key, visit)
    }

    fn scan(
        &self,
        space: Space,
        from: &[u8],
        until: Option<&[u8]>,
        order: Order,
        visit: &mut Visitor<'_>,
    ) -> Result<()> {
        self.overlay.scan(&*self.base, space, from, until, order, visit)
    }
}

impl<B: WriteTxn + ?Sized> WriteTxn for Staged<'_, B> {
    fn put(&mut self, space: Space, key: &[u8], value: &[u8]) -> Result<()> {
        Staged::put(self, space, key, value);
        Ok(())
    }

    fn delete(&mut self, space: Space, key: &[u8]) -> Result<bool> {
        Staged::delete(self, space, key)
    }

    /// Applies to the base: visible there at once, durable when the base commits.
    fn commit(self: Box<Self>) -> Result<()> {
        self.apply()
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
        let mut base = store.begin_read().unwrap();
        let mut staged = Staged::new(base.as_mut());
        for (key, value) in [("a", "A"), ("d", "D"), ("e", "E"), ("i", "I"), ("j", "J")] {
            staged.put(S, key.as_bytes(), value.as_bytes());
        }
        assert!(staged.delete(S, b"f").unwrap());
        assert!(!staged.delete(S, b"f").unwrap());
        assert!(staged.delete(S, b"j").unwrap());
        assert!(!staged.delete(S, b"none").unwrap());
        assert_eq!(shown(&staged, "", None, Order::Ascending, 99), "a=A b=1 d=D e=E h=4 i=I");
        assert_eq!(shown(&staged, "", None, Order::Descending, 99), "i=I h=4 e=E d=D b=1 a=A");
        assert_eq!(shown(&staged, "b", Some("h"), Order::Ascending, 99), "b=1 d=D e=E");
        assert_eq!(shown(&staged, "b", Some("h"), Order::Descending, 99), "e=E d=D b=1");
        assert_eq!(shown(&staged, "h", Some("b"), Order::Ascending, 99), "");
        assert_eq!(shown(&staged, "d", Some("d"), Order::Descending, 99), "");
        for limit in 1..=6 {
            let all: Vec<&str> = "a=A b=1 d=D e=E h=4 i=I".split(' ').collect();
            assert_eq!(shown(&staged, "", None, Order::Ascending, limit), all[..limit].join(" "));
            let back: Vec<&str> = all.into_iter().rev().collect();
            assert_eq!(shown(&staged, "", None, Order::Descending, limit), back[..limit].join(" "));
        }
    }

    #[test]
    fn an_error_of_the_visitor_comes_back_wherever_it_arises() {
        let store = store_with(&[("b", "1"), ("d", "2")]);
        let mut base = store.begin_read().unwrap();
        let mut staged = Staged::new(base.as_mut());
        for key in ["a", "b", "e"] {
            staged.put(S, key.as_bytes(), b"new");
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
    fn a_dropped_stage_leaves_no_trace_and_an_applied_one_reaches_the_base() {
        let store = store_with(&[("a", "1"), ("b", "2")]);
        let mut txn = store.begin_write().unwrap();
        let mut refused = Staged::new(txn.as_mut());
        refused.put(S, b"a", b"refused");
        assert!(refused.delete(S, b"b").unwrap());
        drop(refused);
        assert_eq!(shown(txn.as_ref(), "", None, Order::Ascending, 99), "a=1 b=2");

        let mut inner = Staged::new(txn.as_mut());
        inner.put(S, b"c", b"3");
        assert!(inner.delete(S, b"a").unwrap());
        let boxed: Box<dyn WriteTxn + '_> = Box::new(inner);
        boxed.commit().unwrap();
        assert_eq!(shown(txn.as_ref(), "", None, Order::Ascending, 99), "b=2 c=3");
        txn.commit().unwrap();
        let read = store.begin_read().unwrap();
        assert_eq!(shown(read.as_ref(), "", None, Order::Ascending, 99), "b=2 c=3");
    }

    #[test]
    fn a_key_put_again_after_its_removal_is_there() {
        let store = store_with(&[("a", "1")]);
        let base = store.begin_read().unwrap();
        let mut overlay = Overlay::new();
        assert!(overlay.is_empty());
        assert!(overlay.delete(base.as_ref(), S, b"a").unwrap());
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
