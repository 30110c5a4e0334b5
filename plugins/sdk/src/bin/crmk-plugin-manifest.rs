//! Writes the manifest of a plugin's library: `crmk-plugin-manifest <library> <plugin.toml> [platform]`.
//!
//! `plugin.toml` has `id`, `version`, and as far as they are needed the lists `capabilities`, `entities` and `hides`; the
//! SHA-256, the ABI and the platform are added, and `<library>.toml` is written. The platform is that of this tool unless it is named, such as `linux-aarch64`.

use std::io::Write as _;
use std::process::ExitCode;

use crm_plugin_sdk::manifest;

const USAGE: &str = "usage: crmk-plugin-manifest <library> <plugin.toml> [platform]";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let written = match args.as_slice() {
        [library, plugin] => write(library, plugin, &manifest::platform()),
        [library, plugin, platform] => write(library, plugin, platform),
        _ => {
            // There is nobody to tell when even standard error is closed; the exit code says it all the same.
            let _ = writeln!(std::io::stderr(), "{USAGE}");
            return ExitCode::from(2);
        }
    };
    let told = match &written {
        Ok(path) => writeln!(std::io::stdout(), "{path}"),
        Err(why) => writeln!(std::io::stderr(), "{why}"),
    };
    if written.is_ok() && told.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

#[expect(clippy::disallowed_methods, reason = "a tool of its own, not a part of the kernel")]
fn write(library: &str, plugin: &str, platform: &str) -> Result<String, String> {
    let bytes = std::fs::read(library).map_err(|e| format!("{library} cannot be read: {e}"))?;
    let text = std::fs::read(plugin).map_err(|e| format!("{plugin} cannot be read: {e}"))?;
    let described = String::from_utf8(text).map_err(|_| format!("{plugin} is not UTF-8"))?;
    let text = manifest::of(&bytes, &described, platform).map_err(|why| format!("{plugin}: {why}"))?;
    let path = format!("{library}.toml");
    std::fs::write(&path, text).map_err(|e| format!("{path} cannot be written: {e}"))?;
    Ok(path)
}
