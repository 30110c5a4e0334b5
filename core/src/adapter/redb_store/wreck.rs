//! A database file of which a part cannot be read, or whose log is lost: what can be taken out of it.
//!
//! As long as the trees of the newest header can be read, what they lead to, with the log over it, is in force, and only the
//! gaps are not known. Pages that nothing leads to any more, because a page above them is damaged or because they are older,
//! hold pairs, too: those are shown apart, for they may be out of date.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::base::Base;
use super::block::{Block, bound_of};
use super::check::is_damage;
use super::log::{self, Batch, Found, LogDisk, LogFile, RealDisk};
use super::open::layer_of;
use super::pages::{CheckedPages, Group, PAGE};
use super::raw::{EachPair, leaf_pairs};
use super::state::LogState;
use super::view::View;
use super::{RedbOptions, aside, failure, file, guard, read_only, settle};
use crate::error::{Error, ErrorKind, Result};
use crate::port::{Gap, Seen, Space};

/// How much of the log there was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFound {
    /// The file needs none.
    NotNeeded,
    /// All of it was read.
    Whole,
    /// A part of it could not be read.
    Damaged,
    /// The file goes with a log that is not there.
    Missing,
    /// The log that is there does not go with the file, and was left alone.
    Foreign,
}

/// How much of the log there was, and what it holds beyond the file.
type LogRead = (LogFound, Vec<Batch>);

/// What a wreck shows.
#[derive(Debug)]
pub enum Piece<'p> {
    /// A pair that is in force.
    Pair(Space, &'p [u8], &'p [u8]),
    /// Keys of a space that cannot be read.
    Gap(Space, &'p Gap),
    /// A pair that may be out of date, and whose space may not be known.
    Loose(Option<Space>, &'p [u8], &'p [u8]),
}

/// A damaged database file, open for taking out what can be read. Nothing of it is changed.
pub struct Wreck {
    path: PathBuf,
    pages: Arc<CheckedPages>,
    /// The newest state, when something leads to it.
    view: Option<View>,
    /// Why there is none.
    damage: Option<Error>,
    log: LogFound,
    batches: Vec<Batch>,
}

impl std::fmt::Debug for Wreck {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Wreck").field("path", &self.path).field("log", &self.log).finish_non_exhaustive()
    }
}

impl Wreck {
    /// Opens what there is of the database at `path`, beside a process that has it open, or after it.
    ///
    /// # Errors
    /// `NotFound`; `NotADatabase` when nothing of the file is ours; `Locked` while it is compacted, for longer than the
    /// busy timeout; `Io` when the file cannot be opened, or a log that it needs;
    /// `Busy` when a process writes it faster than it is read.
    pub fn open(path: impl AsRef<Path>, options: &RedbOptions) -> Result<Self> {
        let path = file::resolve(path.as_ref())?;
        let (pages, _) = file::waiting(&path, options, || read_only::open_once(&path))?;
        let mut wreck = Self { path, pages, view: None, damage: None, log: LogFound::NotNeeded, batches: Vec::new() };
        match guard::guarded(|| wreck.settled(options.cache_bytes)) {
            Ok((base, log)) => {
                (wreck.log, wreck.batches) = log?;
                wreck.view = Some(View { active: layer_of(&wreck.batches), ..View::of(base) });
            }
            Err(error) if error.kind() == ErrorKind::Busy => return Err(error),
            Err(error) => {
                wreck.damage = Some(error);
                (wreck.log, wreck.batches) = wreck.read_log(wreck.loose_state()?)?;
            }
        }
        Ok(wreck)
    }

    /// File and log of one moment, while a process may be writing both.
    fn settled(&self, cache_bytes: usize) -> Result<(Base, Result<LogRead>)> {
        let is_sound = |log: &Result<LogRead>| matches!(log, Ok((LogFound::NotNeeded | LogFound::Whole, _)));
        settle::settled_as_it_is(|| self.begin(cache_bytes), |state| self.read_log(state), is_sound)
    }

    fn begin(&self, cache_bytes: usize) -> Result<(Base, Option<LogState>)> {
        let mut moved = None;
        for _ in 0..settle::TRIES_MAX {
            match self.pages.pin_newest().map_err(failure::of_io) {
                Err(error) if failure::has_moved(&error) => moved = Some(error),
                pinned => {
                    let (header, pin) = pinned?;
                    let base = Base::apart(&self.pages, header, pin, cache_bytes)?;
                    base.absent_spaces()?;
                    let state = base.log_state()?;
                    return Ok((base, state));
                }
            }
            std::thread::yield_now();
        }
        Err(moved.unwrap_or_else(settle::too_fast))
    }

    /// What the file said of its log last, from any page that does.
    fn loose_state(&self) -> Result<Option<LogState>> {
        let mut newest: Option<LogState> = None;
        self.each_loose(&mut |key, value| {
            if let Some(state) = LogState::in_pair(key, value)
                && newest.is_none_or(|held| held.place() < state.place())
            {
                newest = Some(state);
            }
            Ok(())
        })?;
        Ok(newest)
    }

    /// A log that is there and cannot be opened is an error: without it, commits would be missing that can be had.
    fn read_log(&self, state: Option<LogState>) -> Result<LogRead> {
        let Some(state) = state.filter(|state| state.in_use) else { return Ok((LogFound::NotNeeded, Vec::new())) };
        let disk = RealDisk::only_read(&self.path);
        let log = disk.open().map_err(|e| failure::at(failure::of_io(e), Path::new(&disk.name())))?;
        Ok(log.map_or((LogFound::Missing, Vec::new()), |log| read_log(&*log, state)))
    }

    /// What became of the log.
    pub fn log(&self) -> LogFound {
        self.log
    }

    /// Why nothing leads to the newest state, when nothing does.
    pub fn damage(&self) -> Option<&Error> {
        self.damage.as_ref()
    }

    /// Shows everything that can be read: first what is in force, space by space and key by key, and the gaps; then, when there
    /// are any, what else lies in the file, in no order.
    ///
    /// # Errors
    /// Those of the file as a whole, and of `visit`.
    pub fn read(&self, visit: &mut dyn FnMut(Piece<'_>) -> Result<()>) -> Result<()> {
        let is_whole = match &self.view {
            Some(view) => read_in_force(view, visit)?,
            None => false,
        };
        if is_whole {
            return Ok(());
        }
        self.each_loose(&mut |key, value| show_loose(key, value, visit))?;
        if self.view.is_none() {
            for (space, entry) in self.batches.iter().flat_map(Batch::entries) {
                if let Some(value) = entry.value() {
                    visit(Piece::Loose(Some(space), entry.key(), value))?;
                }
            }
        }
        Ok(())
    }

    /// Shows the pairs of every leaf of the file that is whole.
    fn each_loose(&self, visit: &mut EachPair<'_>) -> Result<()> {
        self.pages.each_group(&mut |group| show_leaves(&group, visit).map_err(Stopped::Here)).map_err(|stopped| {
            match stopped {
                Stopped::Here(error) => error,
                Stopped::ByFile(error) => failure::at(failure::of_io(error), &self.path),
            }
        })
    }
}

/// What a log has for the file of this state, as far as it can be read.
fn read_log(log: &dyn LogFile, state: LogState) -> LogRead {
    match log::read_header(log).ok().flatten() {
        None => (LogFound::Damaged, log::read_whole(log, state.identity, state.flushed)),
        Some(header) if header.identity != state.identity => (LogFound::Foreign, Vec::new()),
        Some(header) => match log::read_once(log, &header, state.flushed, state.last) {
            Ok(Found::Batches(held)) => (LogFound::Whole, held.batches),
            _ => (LogFound::Damaged, log::read_whole(log, state.identity, state.flushed)),
        },
    }
}

/// Shows what is in force and says whether there was no gap.
fn read_in_force(view: &View, visit: &mut dyn FnMut(Piece<'_>) -> Result<()>) -> Result<bool> {
    let mut is_whole = true;
    for space in Space::ALL {
        let mut refused = false;
        let read = view.read_through(space, &mut |seen| {
            let shown = match seen {
                Seen::Pair(key, value) => visit(Piece::Pair(space, key, value)),
                Seen::Gap(gap) => {
                    is_whole = false;
                    visit(Piece::Gap(space, gap))
                }
            };
            shown.inspect_err(|_| refused = true)?;
            Ok(ControlFlow::Continue(()))
        });
        match read {
            Err(error) if !refused && is_damage(&error) => {
                is_whole = false;
                visit(Piece::Gap(space, &Gap { from: Vec::new(), until: None, error }))?;
            }
            read => read?,
        }
    }
    Ok(is_whole)
}

enum Stopped {
    Here(Error),
    ByFile(std::io::Error),
}

impl From<std::io::Error> for Stopped {
    fn from(error: std::io::Error) -> Self {
        Self::ByFile(error)
    }
}

fn show_leaves(group: &Group, visit: &mut EachPair<'_>) -> Result<()> {
    let page = usize::try_from(PAGE).expect("invariant: a page");
    for at in (0..group.whole.len()).filter(|at| group.whole[*at]) {
        let pages = group.whole[at..].iter().take_while(|whole| **whole).count();
        let bytes = &group.bytes[at * page..(at + pages) * page];
        for (key, value) in leaf_pairs(bytes) {
            visit(&key, &value)?;
        }
    }
    Ok(())
}

/// A pair of a leaf is a block of a space, or a change that lies aside, or something of redb.
fn show_loose(key: &[u8], value: &[u8], visit: &mut dyn FnMut(Piece<'_>) -> Result<()>) -> Result<()> {
    if let Some((space, key, value)) = aside::in_pair(key, value) {
        visit(Piece::Loose(Some(space), key, value))?;
    }
    let Ok(block) = Block::read(value) else { return Ok(()) };
    let mut shown = Vec::new();
    for at in 0..block.count() {
        let Ok((rest, value)) = block.pair(at) else { return Ok(()) };
        shown.clear();
        shown.extend_from_slice(block.prefix());
        shown.extend_from_slice(rest);
        if shown.as_slice() < bound_of(key) {
            return Ok(());
        }
        visit(Piece::Loose(None, &shown, value))?;
    }
    Ok(())
}
