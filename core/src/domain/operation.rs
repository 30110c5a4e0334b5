//! What a session can ask for, and the level that each thing needs: one table, which the docs, the C header and Python show.

use super::command::Level;

/// Declares the operations: name, least level, and what each does.
macro_rules! operations {
    ($($(#[doc = $doc:literal])+ $operation:ident = $name:literal, $level:ident;)+) => {
        /// What a session can ask for, beside the verbs, which have a level each of their own.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Operation { $($(#[doc = $doc])+ $operation,)+ }

        impl Operation {
            /// Every operation, in the order of the table.
            pub const ALL: &'static [Operation] = &[$(Operation::$operation,)+];

            /// The name, as faces and errors spell it.
            pub const fn name(self) -> &'static str { match self { $(Self::$operation => $name,)+ } }

            /// The least level of an actor who asks for it.
            pub const fn level(self) -> Level { match self { $(Self::$operation => Level::$level,)+ } }

            /// What it does, in one sentence.
            pub const fn doc(self) -> &'static str {
                match self { $(Self::$operation => concat!($($doc),+).trim_ascii(),)+ }
            }
        }
    };
}

operations! {
    /// Gets, finds, counts, sums and streams records.
    ReadRecords = "read_records", Read;
    /// Reads histories, records as of an instant, reasons, and the feed of changes.
    ReadJournal = "read_journal", Read;
    /// Calls a calculator of a plugin.
    Compute = "compute", Read;
    /// Shows, compares and checks policies, and lists the days on which contacts and reports are due.
    ShowPolicy = "show_policy", Read;
    /// Tries a policy on the customers without adopting it.
    WhatIf = "what_if", Read;
    /// Lists the plugins, their calculators and policies, the keys that the database trusts, and the warnings.
    ListPlugins = "list_plugins", Read;
    /// Reads the whole database and says what does not hold together.
    Verify = "verify", Read;
    /// Counts records, and what was done since the database was opened.
    Statistics = "statistics", Read;
    /// Adds, puts and updates records; a verb needs the level that stands with it.
    WriteRecords = "write_records", Edit;
    /// Marks the visits as missed whose day is past.
    MarkMissed = "mark_missed", Edit;
    /// Decides the classes and plans of all customers again.
    Reclassify = "reclassify", Edit;
    /// Decides the grades and deadlines of all open complaints again.
    Reassess = "reassess", Edit;
    /// Writes users, units of the company and work years; records the past; lends a customer's file to another.
    Administer = "administer", Manage;
    /// Records dates that cannot be as they are, with a mark.
    AllowImpossibleDates = "allow_impossible_dates", Manage;
    /// Declares a custom field.
    DeclareField = "declare_field", Manage;
    /// Adopts a policy.
    AdoptPolicy = "adopt_policy", Manage;
    /// Loads a plugin from a shared library: native code in this process.
    LoadPlugin = "load_plugin", Manage;
    /// Registers a plugin that is an object of the caller's program.
    RegisterPlugin = "register_plugin", Manage;
    /// Forgets a plugin that the database needs.
    ForgetPlugin = "forget_plugin", Manage;
    /// Ends the quarantine of a plugin.
    EnablePlugin = "enable_plugin", Manage;
    /// Takes the lines that plugins left for the administrator.
    TakePluginLog = "plugin_log", Manage;
    /// Trusts a key that signs plugins.
    TrustKey = "trust_plugin_key", Manage;
    /// Trusts a key no longer.
    DistrustKey = "distrust_plugin_key", Manage;
    /// Copies everything, hidden fields too, to a file or a stream.
    Backup = "backup", Manage;
    /// Does the journal again in a new file, hidden fields too.
    Replay = "replay", Manage;
    /// Writes indexes, unique keys and counts again from the records.
    RebuildIndexes = "rebuild_indexes", Manage;
    /// Makes the file small again; others wait.
    Compact = "compact", Manage;
    /// Counts the bytes of each space of the store, for which it may read the whole file.
    StatisticsOfSpaces = "statistics_of_spaces", Manage;
    /// Begins a session of another actor from this one. At its own level or below, a session may begin another of its own actor.
    ActAs = "act_as", Manage;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_the_levels_of_the_table_never_fall() {
        let mut names: Vec<&str> = Operation::ALL.iter().map(|operation| operation.name()).collect();
        assert!(Operation::ALL.is_sorted_by_key(|operation| operation.level()));
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), Operation::ALL.len());
        assert!(Operation::ALL.iter().all(|operation| operation.doc().ends_with('.')));
    }
}
