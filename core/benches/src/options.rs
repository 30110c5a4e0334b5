//! The command line.

use std::path::PathBuf;

use crate::measure::Result;

pub(crate) const USAGE: &str = "usage: crm-bench [--rows N] [--runs N] [--only NAME] [--dir FOLDER]\n\
    --rows   customers, and visits, in the loaded database: 1000 to 10000000, default 100000\n\
    --runs   turns of every contender, of which medians are taken: 1 to 1000, default 9\n\
    --only   one of: create update threads batches bulk get due owner count scan kill floors mixed size plugins classes, or growth; default all but growth\n\
    --dir    folder for the databases, which stays; default one under the system's temporary folder, removed at the end";

/// Every group of operations.
pub(crate) const NAMES: [&str; 17] = [
    "get", "due", "owner", "count", "scan", "create", "update", "floors", "threads", "batches", "kill", "bulk",
    "mixed", "size", "plugins", "classes", "growth",
];

/// What was asked for.
#[derive(Debug, Clone)]
pub(crate) struct Options {
    pub(crate) rows: u64,
    pub(crate) runs: u64,
    pub(crate) only: Option<String>,
    pub(crate) dir: Option<PathBuf>,
    /// For the process that is killed: which side it writes to.
    pub(crate) child: Option<String>,
    pub(crate) help: bool,
}

impl Options {
    /// Reads the arguments behind the program's name.
    pub(crate) fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Self> {
        let mut options = Self { rows: 100_000, runs: 9, only: None, dir: None, child: None, help: false };
        while let Some(name) = arguments.next() {
            if name == "--help" {
                options.help = true;
                continue;
            }
            let value = arguments.next().ok_or_else(|| format!("{name} needs a value\n{USAGE}"))?;
            match name.as_str() {
                "--rows" => options.rows = number(&name, &value, 1_000, 10_000_000)?,
                "--runs" => options.runs = number(&name, &value, 1, 1_000)?,
                "--only" if NAMES.contains(&value.as_str()) => options.only = Some(value),
                "--dir" => options.dir = Some(PathBuf::from(value)),
                "--child" => options.child = Some(value),
                _ => return Err(format!("{name} {value} is not understood\n{USAGE}").into()),
            }
        }
        Ok(options)
    }

    pub(crate) fn wants(&self, name: &str) -> bool {
        self.only.as_deref().is_none_or(|only| only == name)
    }
}

fn number(name: &str, value: &str, min: u64, max: u64) -> Result<u64> {
    match value.parse() {
        Ok(number) if (min..=max).contains(&number) => Ok(number),
        _ => Err(format!("{name} takes {min} to {max}, found {value:?}").into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(arguments: &[&str]) -> Result<Options> {
        Options::parse(arguments.iter().map(|a| (*a).to_owned()))
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        assert_eq!(parse(&["--rows", "5000", "--only", "bulk"]).unwrap().rows, 5_000);
        for wrong in [&["--rows", "1"][..], &["--only", "all"], &["--runs"], &["rows", "5"]] {
            assert!(parse(wrong).is_err(), "{wrong:?}");
        }
    }
}
