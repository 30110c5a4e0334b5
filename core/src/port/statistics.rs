//! What a store tells about itself.

use super::Space;

/// What a store holds, and what it has done since it was opened. What a store does not have is zero.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StoreStatistics {
    /// The length of the database file. Unit: bytes.
    pub file_bytes: u64,
    /// The length of the write-ahead log beside it. Unit: bytes.
    pub log_bytes: u64,
    /// The most memory that the cache of the file takes. Unit: bytes.
    pub cache_bytes_max: u64,
    /// Transactions that were committed since the opening.
    pub commits: u64,
    /// Times that commits were written from the log to the file since the opening.
    pub flushes: u64,
    /// Parts of the log that wait for that now.
    pub flushes_waiting: u64,
    /// Whether commits may be missing: the file was opened without its log, which it says was in use. What is there goes up
    /// to the last journal entry.
    pub may_lack_commits: bool,
    /// How many transactions of the file ago the oldest snapshot began that another process shows; 0 when there is none, or
    /// it shows the newest state. The file keeps what it shows, and grows by it, also when that process is stopped.
    pub oldest_reader_behind: u64,
    /// The spaces, in the order of their numbers; empty unless they were asked for.
    pub spaces: Vec<SpaceStatistics>,
}

/// What one space takes. Of a store with a log, what is in its file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SpaceStatistics {
    /// Which one.
    pub space: Space,
    /// How many entries its tables have. A store may keep several pairs in one.
    pub entries: u64,
    /// Keys and values. Unit: bytes.
    pub stored_bytes: u64,
    /// What leads to them. Unit: bytes.
    pub metadata_bytes: u64,
    /// Room in its pages that holds nothing. Unit: bytes.
    pub fragmented_bytes: u64,
}
