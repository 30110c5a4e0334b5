//! The libraries of this workspace: where cargo put them, and the plugins, which it builds when asked.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, PoisonError};

/// The folder of the test that runs, where cargo puts the libraries that it depends on.
fn folder() -> PathBuf {
    let exe = std::env::current_exe().expect("invariant: a test knows its own program");
    exe.parent().map(Path::to_owned).unwrap_or_default()
}

/// `libcrmkernel.so`, as cargo built it for this test, or the one that the audit built with a sanitizer.
pub fn crmkernel() -> PathBuf {
    sanitized().map_or_else(|| folder().join("libcrmkernel.so"), |(_, folder)| folder.join("libcrmkernel.so"))
}

/// The sanitizer of the audit, such as `address`, and the folder of what was built with it: `SANITIZER` and `SANITIZED`.
pub fn sanitized() -> Option<(String, PathBuf)> {
    #[expect(clippy::disallowed_methods, reason = "a test is steered by the environment")]
    let from = |name| std::env::var(name).ok();
    Some((from("SANITIZER")?, from("SANITIZED")?.into()))
}

/// A plugin of this workspace with its manifest beside it, built and written once for the program that runs.
///
/// The manifest lies in a folder of its own, since tests of other programs write theirs at the same time.
///
/// # Errors
/// A message when there is no such plugin, or cargo or the tool for manifests fails.
pub fn plugin(name: &str) -> Result<PathBuf, String> {
    static BUILT: Mutex<BTreeMap<String, Built>> = Mutex::new(BTreeMap::new());
    let mut built = BUILT.lock().unwrap_or_else(PoisonError::into_inner);
    let of_name = built.entry(name.to_owned()).or_insert_with(|| build(name));
    of_name.as_ref().map(|(_, path)| path.clone()).map_err(String::clone)
}

/// A folder that lasts as long as the program, and the library in it; or why it could not be built.
type Built = Result<(tempfile::TempDir, PathBuf), String>;

/// Builds packages, and gives the folder that they lie in.
fn cargo_build(packages: &[&str]) -> Result<PathBuf, String> {
    let built = folder().parent().map(Path::to_owned).unwrap_or_default();
    let target = built.parent().map(Path::to_owned).unwrap_or_default();
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["build", "-q", "--target-dir"]).arg(target);
    cargo.args(packages.iter().flat_map(|package| ["-p", package]));
    if built.ends_with("release") {
        cargo.arg("--release");
    }
    run(&mut cargo)?;
    Ok(built)
}

/// The tool that writes the manifest of a plugin.
///
/// # Errors
/// A message when cargo fails.
pub fn manifest_tool() -> Result<PathBuf, String> {
    Ok(cargo_build(&["crm-plugin-sdk"])?.join("crmk-plugin-manifest"))
}

fn build(name: &str) -> Built {
    let built = cargo_build(&["crm-plugin-sdk", &format!("crm-plugin-{name}")])?;
    let file = format!("libcrm_plugin_{name}.so");
    let own = tempfile::tempdir().map_err(|e| e.to_string())?;
    let library = own.path().join(&file);
    std::fs::copy(built.join(&file), &library).map_err(|e| format!("{file} cannot be copied: {e}"))?;
    let plugin = crate::generate::root().join("plugins").join(name).join("plugin.toml");
    run(Command::new(built.join("crmk-plugin-manifest")).arg(&library).arg(plugin))?;
    Ok((own, library))
}

/// Runs a program to its end.
///
/// # Errors
/// What the program wrote, when it fails.
pub fn run(command: &mut Command) -> Result<String, String> {
    let done = command.output().map_err(|e| format!("{command:?} cannot be run: {e}"))?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    match done.status.success() {
        true => Ok(text(&done.stdout)),
        false => Err(format!("{command:?} failed ({}):\n{}{}", done.status, text(&done.stdout), text(&done.stderr))),
    }
}
