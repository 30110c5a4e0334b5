//! `core/TRUST.md`: its table of levels, from the operations of the domain; the rest is written by hand.

use std::fmt::Write as _;
use std::path::Path;

use crm_core::domain::{Level, Operation};

/// Between these two lines lies what is generated.
const BEGIN: &str = "<!-- levels: generated -->\n";
const END: &str = "<!-- end -->\n";

pub(super) fn make(root: &Path) -> Result<String, String> {
    let text = std::fs::read_to_string(root.join("core/TRUST.md")).map_err(|e| format!("core/TRUST.md: {e}"))?;
    let marks = || text.split_once(BEGIN).and_then(|(head, rest)| Some((head, rest.split_once(END)?.1)));
    let (head, tail) = marks().ok_or_else(|| format!("core/TRUST.md has no {BEGIN:?} before {END:?}"))?;
    Ok(format!("{head}{BEGIN}{}{END}{tail}", table()))
}

fn table() -> String {
    let mut out = String::from("| level | a session may |\n|---|---|\n");
    for level in [Level::Read, Level::Edit, Level::Manage] {
        let own = Operation::ALL.iter().filter(|operation| operation.level() == level);
        let names: Vec<String> = own.map(|operation| format!("`{}`", operation.name())).collect();
        let _ = writeln!(out, "| {} | {} |", level.name(), names.join(", "));
    }
    out
}
