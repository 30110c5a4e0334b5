//! Bugs that a test plants in the source, to see that it finds them. Without a test there is none.

/// A bug to plant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Bug {
    /// A slot of the log is free before the file holds its layer.
    SlotFreedEarly,
    /// The slot that was filled last may be the next one.
    LastSlotReused,
    /// A new log has the salt of the one before.
    SaltKept,
    /// The file names a new log after the first batch went there.
    LogNamedLate,
    /// The header notes a length before that is durable.
    LengthNotedEarly,
    /// A note overwrites the copy of the header that is durable.
    DurableCopyOverwritten,
    /// A reader takes the file as it is after it has read the log.
    FileReadAfterLog,
}

#[cfg(test)]
thread_local! {
    static PLANTED: std::cell::Cell<Option<Bug>> = const { std::cell::Cell::new(None) };
}

/// Plants a bug in this thread, or none.
#[cfg(test)]
pub(super) fn plant(bug: Option<Bug>) {
    PLANTED.set(bug);
}

/// Whether the bug is planted.
#[cfg(test)]
pub(super) fn is(bug: Bug) -> bool {
    PLANTED.get() == Some(bug)
}

#[cfg(not(test))]
#[inline]
pub(super) const fn is(_: Bug) -> bool {
    false
}
