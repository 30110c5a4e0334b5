//! The way of a commit from the log into the file: layers are sealed, flushed in order, and their slots used again.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::base::Base;
use super::engine::Engine;
use super::guard::guarded;
use super::layer::Layer;
use super::log::{Batch, LastBatch};
use super::plant::{self, Bug};
use super::state::LogState;
use super::statistics::Activity;
use super::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use super::view::{Snapshot, View};
use super::{closed, failure};
use crate::error::{Error, Result};
use crate::port::Overlay;

/// The longest batch that is entered into a layer while readers wait: what a hundred callers commit together, for half a
/// millisecond. Where nobody reads it spares a copy of every node on the way. Unit: bytes.
const SHOWN_AT_ONCE_BYTES_MAX: usize = 256 << 10;

/// A layer that takes no more commits.
#[derive(Debug, Clone)]
struct Sealed {
    layer: Layer,
    /// The last batch of the log that it holds.
    through: LastBatch,
    /// Where in the log its batches are.
    slot: u32,
}

/// What the writer, the flusher and the readers share.
pub(super) struct Shared {
    pub(super) path: PathBuf,
    pub(super) engine: Engine,
    pub(super) closed: Arc<AtomicBool>,
    /// Each snapshot has a share.
    pub(super) alive: Arc<()>,
    pub(super) activity: Activity,
    pipeline: Mutex<Pipeline>,
    /// Told whenever there is something to flush, something was flushed, or the end has come.
    changed: Condvar,
}

struct Pipeline {
    /// `None` once closed.
    view: Option<Arc<View>>,
    /// Oldest first: the view has the same layers the other way round.
    sealed: Vec<Sealed>,
    free_slots: Vec<u32>,
    /// The slot that was filled last. It is not the next one: a log without the note that another was begun holds its
    /// last batch.
    last_slot: Option<u32>,
    log: LogState,
    /// Why the last flush failed. It is tried again when another layer is sealed or a writer asks.
    failed: Option<Error>,
    ending: bool,
    /// Whether somebody has the file alone; who begins a snapshot waits.
    alone: bool,
    /// Whether there is no view, though the store is not closed: the file could not be read when one was due.
    is_broken: bool,
}

impl Shared {
    pub(super) fn new(path: PathBuf, engine: Engine, base: Base, log: LogState, slots: u32) -> Self {
        let view = View::of(base);
        let pipeline = Pipeline {
            view: Some(Arc::new(view)),
            sealed: Vec::new(),
            free_slots: (0..slots).collect(),
            last_slot: None,
            log,
            failed: None,
            ending: false,
            alone: false,
            is_broken: false,
        };
        Self {
            path,
            engine,
            closed: Arc::default(),
            alive: Arc::default(),
            activity: Activity::default(),
            pipeline: Mutex::new(pipeline),
            changed: Condvar::new(),
        }
    }

    /// Every change under this lock is a few assignments of whole values or the entering of a batch that is in the log
    /// already, neither of which panics, so a poisoned lock is as good as any.
    fn lock(&self) -> MutexGuard<'_, Pipeline> {
        self.pipeline.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait<'g>(&self, guard: MutexGuard<'g, Pipeline>) -> MutexGuard<'g, Pipeline> {
        self.changed.wait(guard).unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn snapshot(&self) -> Result<Snapshot> {
        let mut pipeline = self.lock();
        while pipeline.alone {
            pipeline = self.wait(pipeline);
        }
        if pipeline.is_broken {
            // Everything was in the file when the view was taken, and nothing was committed without one.
            let base = guarded(|| self.engine.begin())?;
            pipeline.view = Some(Arc::new(View::of(base)));
            pipeline.is_broken = false;
        }
        let view = pipeline.view.clone().ok_or_else(closed)?;
        Ok(Snapshot::new(view, Arc::clone(&self.closed), Arc::clone(&self.alive)))
    }

    /// Ends the readers' way in: takes the view, which nothing may lie over, and makes new snapshots wait.
    pub(super) fn shut(&self) -> Result<Arc<View>> {
        let mut pipeline = self.lock();
        let view = pipeline.view.take().ok_or_else(closed)?;
        pipeline.alone = true;
        Ok(view)
    }

    /// Lets readers in again: to the view, or to one that is begun when somebody asks for it.
    pub(super) fn reopen(&self, view: Option<Arc<View>>) {
        let mut pipeline = self.lock();
        pipeline.alone = false;
        pipeline.is_broken = view.is_none();
        pipeline.view = view;
        self.changed.notify_all();
    }

    /// How many layers wait for the file.
    pub(super) fn flushes_waiting(&self) -> u64 {
        self.lock().sealed.len() as u64
    }

    pub(super) fn log_state(&self) -> LogState {
        self.lock().log
    }

    /// Writes the state of the log to the file, which must hold everything up to `flushed` by now.
    pub(super) fn write_log_state(&self, log: LogState) -> Result<()> {
        self.engine.write_state(log)?;
        self.lock().log = log;
        Ok(())
    }

    /// Shows a batch to the readers that come from now on. Only the writer calls this.
    pub(super) fn show(&self, batch: &Batch) {
        let mut pipeline = self.lock();
        // A view that no snapshot shares can grow where it is; a long batch would keep readers waiting for the lock.
        if batch.bytes.len() <= SHOWN_AT_ONCE_BYTES_MAX
            && let Some(view) = pipeline.view.as_mut().and_then(Arc::get_mut)
        {
            return view.active.insert_all(batch);
        }
        let Some(mut active) = pipeline.view.as_ref().map(|view| view.active.clone()) else { return };
        drop(pipeline);
        active.insert_all(batch);
        self.lock().change_view(|view| View { base: view.base.clone(), sealed: view.sealed.clone(), active });
    }

    /// Puts the active layer in the queue for the file. An empty one only gives its slot back.
    pub(super) fn seal(&self, through: LastBatch, slot: u32) {
        let mut pipeline = self.lock();
        let Some(layer) = pipeline.view.as_ref().map(|view| view.active.clone()) else { return };
        if layer.is_empty() {
            pipeline.free_slots.push(slot);
            return;
        }
        pipeline.sealed.push(Sealed { layer, through, slot });
        pipeline.last_slot = Some(slot);
        pipeline.failed = None;
        pipeline.show_sealed(None, Layer::default());
        self.changed.notify_all();
    }

    /// Takes a slot of the log to write to, when the flush has freed one. The lowest, so that the log stays short.
    ///
    /// # Errors
    /// Why the flush fails. One that failed before this call is tried again, unless the caller has just `tried` it.
    pub(super) fn take_slot(&self, mut tried: bool) -> Result<u32> {
        let mut pipeline = self.lock();
        loop {
            let any = plant::is(Bug::LastSlotReused);
            let is_next = |at: &usize| any || pipeline.last_slot != Some(pipeline.free_slots[*at]);
            let next = (0..pipeline.free_slots.len()).filter(is_next).min_by_key(|&at| pipeline.free_slots[at]);
            if let Some(at) = next {
                return Ok(pipeline.free_slots.swap_remove(at));
            }
            pipeline = self.wait_for_flush(pipeline, &mut tried)?;
        }
    }

    /// Waits until every sealed layer is in the file.
    ///
    /// # Errors
    /// As [`Shared::take_slot`].
    pub(super) fn drain(&self, mut tried: bool) -> Result<()> {
        let mut pipeline = self.lock();
        while !pipeline.sealed.is_empty() {
            pipeline = self.wait_for_flush(pipeline, &mut tried)?;
        }
        Ok(())
    }

    /// Has a flush that failed tried again, once.
    fn wait_for_flush<'g>(
        &self,
        mut pipeline: MutexGuard<'g, Pipeline>,
        tried: &mut bool,
    ) -> Result<MutexGuard<'g, Pipeline>> {
        if let Some(error) = pipeline.failed.take() {
            self.changed.notify_all();
            if *tried {
                return Err(error);
            }
            *tried = true;
        }
        Ok(self.wait(pipeline))
    }

    /// The work of the background thread: flushes whatever is sealed, until the end.
    pub(super) fn flush_until_the_end(&self) {
        loop {
            let mut pipeline = self.lock();
            while !pipeline.ending && (pipeline.sealed.is_empty() || pipeline.failed.is_some()) {
                pipeline = self.wait(pipeline);
            }
            if pipeline.ending {
                return;
            }
            drop(pipeline);
            self.flush();
        }
    }

    /// Tells the background thread to return once it is done with what it is at.
    pub(super) fn end(&self) {
        self.lock().ending = true;
        self.changed.notify_all();
    }

    /// Flushes every layer that is sealed by now; a failure is noted for whoever waits.
    pub(super) fn flush(&self) {
        if self.lock().sealed.is_empty() {
            return;
        }
        if let Err(error) = guarded(|| self.flush_sealed(None)) {
            self.lock().failed = Some(error);
        }
        self.changed.notify_all();
    }

    /// Flushes the sealed layers in one transaction of redb. At the end of a log, `last` is the sequence that the file
    /// has everything up to then, and the log is not in use any more.
    pub(super) fn flush_sealed(&self, last: Option<u64>) -> Result<()> {
        let (sealed, mut log) = {
            let pipeline = self.lock();
            (pipeline.sealed.clone(), pipeline.log)
        };
        if let Some(sealed) = sealed.last() {
            log = LogState { flushed: sealed.through.sequence, last: sealed.through, ..log };
        }
        log.flushed = last.unwrap_or(log.flushed);
        log.in_use &= last.is_none();
        if plant::is(Bug::SlotFreedEarly) {
            self.lock().free_slots.extend(sealed.iter().map(|sealed| sealed.slot));
            self.changed.notify_all();
        }
        let layers: Vec<Layer> = sealed.iter().rev().map(|sealed| sealed.layer.clone()).collect();
        let base = self.engine.write_layers(&layers, log)?;
        self.activity.flushes.fetch_add(1, Ordering::Relaxed);
        let mut pipeline = self.lock();
        for done in pipeline.sealed.drain(..sealed.len()).collect::<Vec<_>>() {
            if !plant::is(Bug::SlotFreedEarly) {
                pipeline.free_slots.push(done.slot);
            }
        }
        pipeline.log = log;
        pipeline.failed = None;
        let active = pipeline.view.as_ref().map(|view| view.active.clone()).unwrap_or_default();
        pipeline.show_sealed(Some(Arc::new(base)), active);
        Ok(())
    }

    /// Writes a commit to the file at once, past the log, `parted` on two threads; nothing may be sealed or active. It is
    /// shown unless `confirm` fails.
    pub(super) fn write_through(
        &self,
        sequence: u64,
        overlay: &Overlay,
        parted: bool,
        confirm: impl FnOnce() -> Result<()>,
    ) -> Result<()> {
        let log = LogState { flushed: sequence, ..self.log_state() };
        let base = self.engine.write_overlay(overlay, parted, log)?;
        self.lock().log = log;
        confirm()?;
        let mut pipeline = self.lock();
        pipeline.show_sealed(Some(Arc::new(base)), Layer::default());
        Ok(())
    }

    /// Ends reading.
    pub(super) fn end_views(&self) {
        let mut pipeline = self.lock();
        pipeline.view = None;
        pipeline.is_broken = false;
    }

    /// Names the file in an error that leaves the store.
    pub(super) fn at(&self, error: Error) -> Error {
        failure::at(error, &self.path)
    }
}

impl Pipeline {
    fn change_view(&mut self, change: impl FnOnce(&View) -> View) {
        if let Some(view) = &mut self.view {
            *view = Arc::new(change(view));
        }
    }

    /// Makes the view anew after the queue has changed.
    fn show_sealed(&mut self, base: Option<Arc<Base>>, active: Layer) {
        let sealed: Arc<Vec<Layer>> = Arc::new(self.sealed.iter().rev().map(|sealed| sealed.layer.clone()).collect());
        self.change_view(|view| View { base: base.unwrap_or_else(|| view.base.clone()), sealed, active });
    }
}
