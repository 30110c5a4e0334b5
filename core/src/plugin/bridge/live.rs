//! Which contexts, sinks and views are alive: those of the call that is under way on this thread, and no others.
//!
//! What a plugin gets is no address but a number of the call, with the place of a view in it. A plugin that keeps one and
//! uses it on another change, or passes it to another thread, is told `E_STATE`; one that writes through it writes
//! nowhere in the kernel. The structs that lead to them lie in frames that are never freed and are used in turn, so that a
//! pointer to one that was kept still leads to memory.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeSet, VecDeque};
use std::ffi::c_void;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use crm_plugin_abi as abi;

/// What a number stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A call of a hook or of a calculator.
    Call,
    /// The set-up of a plugin.
    SetUp,
    /// The declaration of fields and calculators.
    Declarations,
}

/// The bits for the place of a view; 0 is the call itself.
const PLACE_BITS: u32 = 12;
const PLACE_MASK: usize = (1 << PLACE_BITS) - 1;
/// Marks every number, and makes it an address that no process has.
const TAG: usize = 1 << (usize::BITS - 2);
const NUMBER_MASK: usize = (TAG - 1) >> PLACE_BITS;

static NEXT: AtomicUsize = AtomicUsize::new(1);
/// How often a number was used that was not alive.
static MISUSED: AtomicUsize = AtomicUsize::new(0);
/// The numbers of calls under way that were used so, for the calls to learn of it. A number that nothing alive has is nobody's
/// business, so that no flood of forged ones pushes one out.
static LOST: Mutex<BTreeSet<usize>> = Mutex::new(BTreeSet::new());
static HAS_LOST: AtomicBool = AtomicBool::new(false);

/// How many calls within each other a thread tells the others of.
const DEPTH_MAX: usize = 8;

/// What is alive on a thread, the outermost first; 0 for nothing.
struct Alive([AtomicUsize; DEPTH_MAX]);

/// What is alive on each thread; those of threads that have ended are used again.
static ALIVE: Mutex<Vec<&'static Alive>> = Mutex::new(Vec::new());
static ENDED: Mutex<Vec<&'static Alive>> = Mutex::new(Vec::new());

/// The part of a thread.
struct Own {
    alive: &'static Alive,
    depth: Cell<usize>,
}

impl Own {
    fn new() -> Self {
        let known = ENDED.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let alive = known.unwrap_or_else(|| {
            let new: &'static Alive = Box::leak(Box::new(Alive(Default::default())));
            ALIVE.lock().unwrap_or_else(PoisonError::into_inner).push(new);
            new
        });
        Self { alive, depth: Cell::new(0) }
    }

    fn push(&self, number: usize) {
        if let Some(place) = self.alive.0.get(self.depth.replace(self.depth.get() + 1)) {
            place.store(number, Ordering::Release);
        }
    }

    fn pop(&self) {
        let depth = self.depth.get().saturating_sub(1);
        self.depth.set(depth);
        if let Some(place) = self.alive.0.get(depth) {
            place.store(0, Ordering::Release);
        }
    }
}

impl Drop for Own {
    fn drop(&mut self) {
        self.alive.0.iter().for_each(|place| place.store(0, Ordering::Release));
        ENDED.lock().unwrap_or_else(PoisonError::into_inner).push(self.alive);
    }
}

/// What is alive on a thread.
#[derive(Clone, Copy)]
struct Top {
    number: usize,
    kind: Kind,
    at: *const c_void,
}

thread_local! {
    static TOP: Cell<Option<Top>> = const { Cell::new(None) };
    static OWN: Own = Own::new();
    static FRAMES: RefCell<Frames> = const { RefCell::new(Frames(VecDeque::new())) };
}

/// A number that nothing had before.
pub(super) fn number() -> usize {
    NEXT.fetch_add(1, Ordering::Relaxed) & NUMBER_MASK
}

/// How often a context, a sink or a view was used after its call or from another thread, in this process.
pub(crate) fn misused() -> usize {
    MISUSED.load(Ordering::Relaxed)
}

/// The context of a number.
pub(super) fn context(number: usize) -> *mut c_void {
    std::ptr::without_provenance_mut(TAG | number << PLACE_BITS)
}

/// The view at a place of the call of a number. Bounds: a place from 0 to 4,094.
pub(super) fn view(number: usize, place: usize) -> *const abi::crmk_plugin_view {
    std::ptr::without_provenance(TAG | number << PLACE_BITS | (place + 1))
}

/// What is alive for as long as this is, on this thread; what was alive before is so again afterwards.
pub(super) struct Scope {
    outer: Option<Top>,
}

impl Scope {
    /// Makes what lies at an address alive under a number; it stays there as long as the scope lives.
    pub(super) fn enter(number: usize, kind: Kind, at: *const c_void) -> Self {
        // A thread that ends tells nobody of what it still calls.
        let _ = OWN.try_with(|own| own.push(number));
        Self { outer: TOP.replace(Some(Top { number, kind, at })) }
    }
}

impl Drop for Scope {
    fn drop(&mut self) {
        TOP.set(self.outer);
        let _ = OWN.try_with(Own::pop);
    }
}

/// The address of what a context stands for.
///
/// # Errors
/// E_NULL; E_STATE when it is not alive on this thread.
#[inline]
pub(super) fn of_context(kind: Kind, context: *mut c_void) -> Result<*const c_void, i32> {
    match find(kind, context.addr())? {
        (at, 0) => Ok(at),
        _ => Err(misuse(context.addr())),
    }
}

/// The address of the call that a view belongs to, and its place there.
///
/// # Errors
/// ABSENT for NULL; E_STATE when it is not alive on this thread.
#[inline]
pub(super) fn of_view(view: *const abi::crmk_plugin_view) -> Result<(*const c_void, usize), i32> {
    if view.is_null() {
        return Err(abi::CRMK_PLUGIN_ABSENT);
    }
    match find(Kind::Call, view.addr())? {
        (_, 0) => Err(misuse(view.addr())),
        (at, place) => Ok((at, place - 1)),
    }
}

#[inline]
fn find(kind: Kind, handle: usize) -> Result<(*const c_void, usize), i32> {
    if handle == 0 {
        return Err(abi::CRMK_PLUGIN_E_NULL);
    }
    let number = (handle & !TAG) >> PLACE_BITS;
    match TOP.get() {
        Some(top) if handle & TAG != 0 && top.number == number && top.kind == kind => Ok((top.at, handle & PLACE_MASK)),
        _ => Err(misuse(handle)),
    }
}

#[cold]
fn misuse(handle: usize) -> i32 {
    MISUSED.fetch_add(1, Ordering::Relaxed);
    let threads = ALIVE.lock().unwrap_or_else(PoisonError::into_inner);
    let is_alive = |number: &usize| {
        threads.iter().any(|thread| thread.0.iter().any(|place| place.load(Ordering::Acquire) == *number))
    };
    let number = (handle & !TAG) >> PLACE_BITS;
    let mut lost = LOST.lock().unwrap_or_else(PoisonError::into_inner);
    lost.retain(&is_alive);
    if number != 0 && is_alive(&number) {
        lost.insert(number);
    }
    HAS_LOST.store(!lost.is_empty(), Ordering::Release);
    abi::CRMK_PLUGIN_E_STATE
}

/// Whether something of the call of a number was used from another thread: an answer may have been lost by that. Asked while the
/// call is alive.
pub(super) fn was_misused(number: usize) -> bool {
    if !HAS_LOST.load(Ordering::Acquire) {
        return false;
    }
    let mut lost = LOST.lock().unwrap_or_else(PoisonError::into_inner);
    let found = lost.remove(&number);
    HAS_LOST.store(!lost.is_empty(), Ordering::Release);
    found
}

/// The structs that a call shows to the plugin.
pub(super) struct Frame {
    pub(super) change: abi::crmk_plugin_change,
    pub(super) computation: abi::crmk_plugin_computation,
    pub(super) sink: abi::crmk_plugin_sink,
}

/// The frames of a thread, used in turn.
struct Frames(VecDeque<*mut Frame>);

/// How many frames a thread has at least, so that the one of a call that is over is not the next one.
const FRAMES_MIN: usize = 16;

/// The addresses of frames of threads that have ended.
static IDLE: Mutex<Vec<usize>> = Mutex::new(Vec::new());

impl Drop for Frames {
    fn drop(&mut self) {
        let mut idle = IDLE.lock().unwrap_or_else(PoisonError::into_inner);
        idle.extend(self.0.drain(..).map(|frame| frame.expose_provenance()));
    }
}

/// A frame for the length of a call.
pub(super) struct Lent(*mut Frame);

impl Lent {
    /// A frame that no call uses.
    pub(super) fn new() -> Self {
        FRAMES.with_borrow_mut(|frames| {
            if frames.0.len() < FRAMES_MIN {
                let mut idle = IDLE.lock().unwrap_or_else(PoisonError::into_inner);
                while frames.0.len() < FRAMES_MIN {
                    let known = idle.pop().map(std::ptr::with_exposed_provenance_mut::<Frame>);
                    frames.0.push_back(known.unwrap_or_else(|| Box::into_raw(Box::new(empty()))));
                }
            }
            Self(frames.0.pop_front().unwrap_or_else(|| Box::into_raw(Box::new(empty()))))
        })
    }

    /// Where the frame lies.
    pub(super) fn at(&self) -> *mut Frame {
        self.0
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        // A thread that ends gives its frames back before; then this one stays where it is, for nobody.
        let _ = FRAMES.try_with(|frames| frames.borrow_mut().0.push_back(self.0));
    }
}

fn empty() -> Frame {
    // SAFETY: the structs are integers, raw pointers and functions in Option: zeros are valid.
    unsafe { std::mem::zeroed() }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A sink that a plugin kept used to work on the next change, and a call from another thread was taken.
    #[test]
    fn a_number_is_alive_in_its_own_call_on_its_own_thread_alone() {
        let (here, outer) = (7_u8, number());
        let at = std::ptr::from_ref(&here).cast::<c_void>();
        let kept = context(outer);
        {
            let _scope = Scope::enter(outer, Kind::Call, at);
            assert_eq!(of_context(Kind::Call, kept), Ok(at));
            assert_eq!(of_view(view(outer, 5)), Ok((at, 5)));
            assert_eq!(of_context(Kind::SetUp, kept), Err(abi::CRMK_PLUGIN_E_STATE), "of another kind");
            let address = kept.addr();
            let elsewhere = std::thread::spawn(move || {
                of_context(Kind::Call, std::ptr::without_provenance_mut(address)).map(<*const c_void>::addr)
            });
            assert_eq!(elsewhere.join().unwrap(), Err(abi::CRMK_PLUGIN_E_STATE), "on another thread");
            let inner = number();
            let nested = Scope::enter(inner, Kind::Call, at);
            assert_eq!(of_context(Kind::Call, kept), Err(abi::CRMK_PLUGIN_E_STATE), "while another call runs");
            drop(nested);
            assert_eq!(of_context(Kind::Call, kept), Ok(at));
        }
        assert_eq!(of_context(Kind::Call, kept), Err(abi::CRMK_PLUGIN_E_STATE), "when the call is over");
        assert_eq!(of_view(view(outer, 0)), Err(abi::CRMK_PLUGIN_E_STATE));
        assert_eq!(of_context(Kind::Call, std::ptr::null_mut()), Err(abi::CRMK_PLUGIN_E_NULL));
        assert_eq!(of_view(std::ptr::null()), Err(abi::CRMK_PLUGIN_ABSENT));
        assert!(misused() >= 5);
    }

    /// The note that another thread used a context was one of the newest 64: a flood of forged numbers pushed it out, and the
    /// change passed with an answer lost.
    #[test]
    fn a_flood_of_forged_numbers_pushes_out_no_note() {
        let (here, own) = (7_u8, number());
        let at = std::ptr::from_ref(&here).cast::<c_void>();
        let _scope = Scope::enter(own, Kind::Call, at);
        let inner = Scope::enter(number(), Kind::Call, at);
        let elsewhere = std::thread::spawn(move || {
            let _ = of_context(Kind::Call, context(own));
            for forged in 1..10_000 {
                let _ = of_context(Kind::Call, context(own + forged));
            }
        });
        elsewhere.join().unwrap();
        drop(inner);
        assert!(was_misused(own), "though another call of the thread ran meanwhile");
        assert!(!was_misused(own), "it is told once");
    }

    #[test]
    fn a_frame_is_not_the_next_one_again() {
        let first = Lent::new().at();
        assert!((0..FRAMES_MIN - 1).all(|_| Lent::new().at() != first));
    }
}
