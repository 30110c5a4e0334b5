//! Writes every generated file of the repository; with `--check` it only says which ones differ.

use std::io::Write as _;
use std::process::ExitCode;

use crm_tests::generate::{self, Difference};

const USAGE: &str = "usage: generate [--check]\nWrites the generated files; with --check fails when one differs.";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let check = match args.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [] => false,
        ["--check"] => true,
        _ => return say(USAGE, ExitCode::from(2)),
    };
    match if check { generate::check() } else { generate::write() } {
        Ok(differences) if check && !differences.is_empty() => {
            let lines: Vec<String> = differences.iter().map(Difference::to_string).collect();
            say(&format!("{}\nrun `make generate` and commit what it writes", lines.join("\n")), ExitCode::FAILURE)
        }
        Ok(_) => ExitCode::SUCCESS,
        Err(failed) => say(&failed, ExitCode::FAILURE),
    }
}

fn say(text: &str, code: ExitCode) -> ExitCode {
    // There is nobody to tell when standard error is closed; the exit code says it all the same.
    let _ = writeln!(std::io::stderr(), "{text}");
    code
}
