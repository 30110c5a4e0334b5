//! The handle table: what a handle is, and how a call gets at what stands behind it.
//!
//! A handle is a number in the clothes of a pointer: the type's tag, the generation of a slot, the index of the slot.
//! It is never an address, and no address of user memory has a tag in its top byte, so a handle that is freed, foreign
//! or of another type is told apart and never followed.
//!
//! The generation of a slot is odd while it is taken and even while it is vacant; it grows with every insert and every
//! remove, so that a handle fits its slot at most once. A slot whose generations are used up is never taken again.

use std::cell::UnsafeCell;
use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};
use std::ptr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};

use crm_core::{Error, ErrorKind, Result};

const _: () = assert!(size_of::<usize>() == 8, "a handle takes 64 bits");

const CHUNK_LEN: usize = 1 << 10;
const CHUNKS: usize = 1 << 14;
const INDEX_BITS: u32 = 24;
const GENERATION_BITS: u32 = 32;
/// The count of borrowers that stands for one who must be alone.
const ALONE: u64 = u32::MAX as u64;

/// A type that handles stand for.
pub(crate) trait Kind: Send + 'static {
    /// The opaque type of the C header.
    type C;
    /// The number in the handles of this type. Bounds: from 1.
    const TAG: u8;
    /// The name in messages.
    const NAME: &'static str;
}

/// One entry of the table.
struct Slot {
    /// The generation in the high half; how many calls use the entry, or [`ALONE`], in the low half.
    state: AtomicU64,
    /// Who holds the state by its low half owns this: the tag, and a box of the type that the tag stands for.
    held: UnsafeCell<(u8, *mut ())>,
}

// SAFETY: `held` is touched only by who moved `state` from a vacant to a taken generation, to `ALONE`, or counted itself
// into it; every `Kind` is `Send`, and only the database is reached by several at once, which is `Sync` (see `share`).
unsafe impl Sync for Slot {}
// SAFETY: as for `Sync`.
unsafe impl Send for Slot {}

struct Table {
    chunks: [OnceLock<Box<[Slot]>>; CHUNKS],
    free: Mutex<Free>,
}

struct Free {
    vacant: Vec<usize>,
    /// How many slots were ever taken.
    len: usize,
}

static TABLE: Table =
    Table { chunks: [const { OnceLock::new() }; CHUNKS], free: Mutex::new(Free { vacant: Vec::new(), len: 0 }) };

impl Table {
    fn slot(&self, index: usize) -> Option<&Slot> {
        self.chunks.get(index / CHUNK_LEN)?.get()?.get(index % CHUNK_LEN)
    }

    fn take_vacant(&self) -> Result<usize> {
        let mut free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(index) = free.vacant.pop() {
            return Ok(index);
        }
        let index = free.len;
        let chunk = self.chunks.get(index / CHUNK_LEN).ok_or_else(|| {
            Error::new(ErrorKind::Misuse, format!("{} handles are alive, more are not allowed", CHUNKS * CHUNK_LEN))
        })?;
        chunk.get_or_init(|| (0..CHUNK_LEN).map(|_| Slot::vacant()).collect());
        free.len += 1;
        Ok(index)
    }

    fn give_back(&self, index: usize) {
        self.free.lock().unwrap_or_else(PoisonError::into_inner).vacant.push(index);
    }
}

impl Slot {
    const fn vacant() -> Self {
        Self { state: AtomicU64::new(0), held: UnsafeCell::new((0, ptr::null_mut())) }
    }
}

/// A handle, taken apart.
#[derive(Clone, Copy)]
struct Parts {
    tag: u8,
    generation: u64,
    index: usize,
}

impl Parts {
    fn of<C>(handle: *const C) -> Self {
        let bits = handle.addr() as u64;
        Self {
            tag: (bits >> (INDEX_BITS + GENERATION_BITS)) as u8,
            generation: (bits >> INDEX_BITS) & u64::from(u32::MAX),
            index: (bits & ((1 << INDEX_BITS) - 1)) as usize,
        }
    }

    fn handle<C>(self) -> *mut C {
        let tag = u64::from(self.tag) << (INDEX_BITS + GENERATION_BITS);
        ptr::without_provenance_mut((tag | self.generation << INDEX_BITS | self.index as u64) as usize)
    }
}

/// Puts a value into the table and gives its handle.
pub(crate) fn insert<K: Kind>(value: K) -> Result<*mut K::C> {
    let index = TABLE.take_vacant()?;
    let slot = TABLE.slot(index).expect("invariant: the index of a vacant slot lies within the table");
    let generation = (slot.state.load(Ordering::Acquire) >> 32) + 1;
    // SAFETY: the slot was taken off the list of vacant ones under its lock, and no handle fits its even generation.
    unsafe { *slot.held.get() = (K::TAG, Box::into_raw(Box::new(value)).cast()) };
    slot.state.store(generation << 32, Ordering::Release);
    Ok(Parts { tag: K::TAG, generation, index }.handle())
}

/// The use of an entry by one call that must be alone.
pub(crate) struct Entered<K: Kind> {
    slot: &'static Slot,
    value: *mut K,
}

/// The use of an entry by a call among others.
pub(crate) struct Joined<K: Kind> {
    slot: &'static Slot,
    value: *const K,
    borrowed: PhantomData<K>,
}

/// Enters what a handle stands for, alone.
///
/// # Errors
/// `NullArgument`; `BadHandle` for one that was freed, was never given out or is of another type; `Misuse` when a call
/// is inside it. There are no others.
pub(crate) fn enter<K: Kind>(handle: *const K::C) -> Result<Entered<K>> {
    let (parts, slot) = find::<K>(handle)?;
    let idle = parts.generation << 32;
    match slot.state.compare_exchange(idle, idle | ALONE, Ordering::Acquire, Ordering::Acquire) {
        Ok(_) => checked::<K>(slot).map(|value| Entered { slot, value }).inspect_err(|_| leave_alone(slot)),
        Err(found) if found >> 32 == parts.generation => Err(inside::<K>()),
        Err(_) => Err(freed::<K>()),
    }
}

/// Enters what a handle stands for, among other calls.
///
/// # Errors
/// As [`enter`].
pub(crate) fn join<K: Kind + Sync>(handle: *const K::C) -> Result<Joined<K>> {
    let (parts, slot) = find::<K>(handle)?;
    let counted = slot.state.fetch_update(Ordering::Acquire, Ordering::Acquire, |state| {
        let users = state & ALONE;
        (state >> 32 == parts.generation && users < ALONE - 1).then_some(state + 1)
    });
    match counted {
        Ok(_) => checked::<K>(slot)
            .map(|value| Joined { slot, value, borrowed: PhantomData })
            .inspect_err(|_| leave_joined(slot)),
        Err(found) if found >> 32 == parts.generation => Err(inside::<K>()),
        Err(_) => Err(freed::<K>()),
    }
}

/// Takes out what a handle stands for; the handle is no more.
///
/// # Errors
/// As [`enter`]; with `Misuse` it stays.
pub(crate) fn remove<K: Kind>(handle: *const K::C) -> Result<K> {
    let parts = Parts::of(handle);
    let entered = enter::<K>(handle)?;
    let (slot, value) = (entered.slot, entered.value);
    std::mem::forget(entered);
    // SAFETY: the call is alone in the slot, whose box is of the type `K` as `checked` saw.
    let value = unsafe {
        *slot.held.get() = (0, ptr::null_mut());
        *Box::from_raw(value)
    };
    slot.state.store((parts.generation + 1) << 32, Ordering::Release);
    if parts.generation < u64::from(u32::MAX) {
        TABLE.give_back(parts.index);
    }
    Ok(value)
}

fn find<K: Kind>(handle: *const K::C) -> Result<(Parts, &'static Slot)> {
    if handle.is_null() {
        return Err(Error::new(ErrorKind::NullArgument, format!("the {} is NULL", K::NAME)));
    }
    let parts = Parts::of(handle);
    if parts.tag != K::TAG {
        return Err(other_type::<K>(parts.tag));
    }
    let unknown = || Error::new(ErrorKind::BadHandle, format!("the {} is not one that the library gave out", K::NAME));
    let slot = TABLE.slot(parts.index).filter(|_| parts.generation % 2 == 1).ok_or_else(unknown)?;
    Ok((parts, slot))
}

/// The value in a slot that the call holds, when it is of the type.
fn checked<K: Kind>(slot: &Slot) -> Result<*mut K> {
    // SAFETY: the caller has counted itself into the slot, so nobody writes `held`.
    let (tag, value) = unsafe { *slot.held.get() };
    if tag == K::TAG { Ok(value.cast()) } else { Err(other_type::<K>(tag)) }
}

fn other_type<K: Kind>(tag: u8) -> Error {
    let message = match crate::session::handle_name(tag) {
        Some(found) => format!("a {found} was given where a {} belongs", K::NAME),
        None => format!("the {} is not one that the library gave out", K::NAME),
    };
    Error::new(ErrorKind::BadHandle, message)
}

fn freed<K: Kind>() -> Error {
    Error::new(ErrorKind::BadHandle, format!("the {} was freed", K::NAME))
}

fn inside<K: Kind>() -> Error {
    let message = format!("another call is inside the {}; it belongs to one thread at a time", K::NAME);
    Error::new(ErrorKind::Misuse, message)
}

fn leave_alone(slot: &Slot) {
    slot.state.fetch_and(!ALONE, Ordering::Release);
}

fn leave_joined(slot: &Slot) {
    slot.state.fetch_sub(1, Ordering::Release);
}

impl<K: Kind> Deref for Entered<K> {
    type Target = K;

    fn deref(&self) -> &K {
        // SAFETY: the call is alone in the slot until this is dropped, and the box is of the type `K`.
        unsafe { &*self.value }
    }
}

impl<K: Kind> DerefMut for Entered<K> {
    fn deref_mut(&mut self) -> &mut K {
        // SAFETY: as in `deref`.
        unsafe { &mut *self.value }
    }
}

impl<K: Kind> Drop for Entered<K> {
    fn drop(&mut self) {
        leave_alone(self.slot);
    }
}

impl<K: Kind> Deref for Joined<K> {
    type Target = K;

    fn deref(&self) -> &K {
        // SAFETY: while this is counted into the slot nobody enters it alone, and the box is of the type `K`.
        unsafe { &*self.value }
    }
}

impl<K: Kind> Drop for Joined<K> {
    fn drop(&mut self) {
        leave_joined(self.slot);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Apple(u32);
    struct Pear;
    struct C;

    impl Kind for Apple {
        type C = C;
        const TAG: u8 = 201;
        const NAME: &'static str = "apple";
    }

    impl Kind for Pear {
        type C = C;
        const TAG: u8 = 202;
        const NAME: &'static str = "pear";
    }

    fn kind<T>(result: Result<T>) -> ErrorKind {
        result.map(|_| ()).unwrap_err().kind()
    }

    #[test]
    fn a_handle_leads_to_its_value_until_it_is_removed() {
        let handle = insert(Apple(7)).unwrap();
        assert_eq!(enter::<Apple>(handle).unwrap().0, 7);
        enter::<Apple>(handle).unwrap().0 = 8;
        assert_eq!(remove::<Apple>(handle).unwrap().0, 8);
        assert_eq!(kind(enter::<Apple>(handle)), ErrorKind::BadHandle);
        assert_eq!(kind(remove::<Apple>(handle)), ErrorKind::BadHandle);
    }

    #[test]
    fn a_slot_used_again_does_not_know_the_handle_before() {
        let first = insert(Apple(1)).unwrap();
        remove::<Apple>(first).unwrap();
        let handles: Vec<*mut C> = (0..2_000).map(|i| insert(Apple(i)).unwrap()).collect();
        assert!(!handles.contains(&first));
        assert_eq!(kind(enter::<Apple>(first)), ErrorKind::BadHandle);
        for (i, handle) in (0..).zip(handles) {
            assert_eq!(remove::<Apple>(handle).unwrap().0, i);
        }
    }

    #[test]
    fn a_handle_of_another_type_null_and_an_address_are_refused() {
        let pear = insert(Pear).unwrap();
        assert_eq!(kind(enter::<Apple>(pear)), ErrorKind::BadHandle);
        assert_eq!(kind(enter::<Apple>(ptr::null())), ErrorKind::NullArgument);
        let local = C;
        assert_eq!(kind(enter::<Apple>(&raw const local)), ErrorKind::BadHandle);
        let forged = Parts { tag: Apple::TAG, ..Parts::of(pear.cast_const()) }.handle::<C>();
        assert_eq!(kind(enter::<Apple>(forged)), ErrorKind::BadHandle);
        assert!(enter::<Pear>(pear).is_ok());
        remove::<Pear>(pear).unwrap();
    }

    #[test]
    fn a_second_call_inside_is_misuse_and_removes_nothing() {
        let handle = insert(Apple(1)).unwrap();
        let entered = enter::<Apple>(handle).unwrap();
        assert_eq!(kind(enter::<Apple>(handle)), ErrorKind::Misuse);
        assert_eq!(kind(remove::<Apple>(handle)), ErrorKind::Misuse);
        assert_eq!(kind(join::<Apple>(handle)), ErrorKind::Misuse);
        drop(entered);
        let (a, b) = (join::<Apple>(handle).unwrap(), join::<Apple>(handle).unwrap());
        assert_eq!(a.0 + b.0, 2);
        assert_eq!(kind(enter::<Apple>(handle)), ErrorKind::Misuse);
        drop((a, b));
        remove::<Apple>(handle).unwrap();
    }

    #[test]
    fn threads_insert_enter_and_remove_at_once() {
        std::thread::scope(|scope| {
            for t in 0..8_u32 {
                scope.spawn(move || {
                    for i in 0..2_000 {
                        let handle = insert(Apple(t * 10_000 + i)).unwrap();
                        assert_eq!(enter::<Apple>(handle).unwrap().0, t * 10_000 + i);
                        assert_eq!(remove::<Apple>(handle).unwrap().0, t * 10_000 + i);
                    }
                });
            }
        });
    }
}
