//! Writes the manifest of a plugin's library: `crmk-plugin-manifest <library> <plugin.toml> [platform]`.
//!
//! `plugin.toml` has `id`, `version` and the list `capabilities`; the SHA-256, the ABI and the platform are added, and
//! `<library>.toml` is written. The platform is that of this tool unless it is named, such as `linux-aarch64`.

use std::io::Write as _;
use std::process::ExitCode;

use crm_plugin_sdk::abi::{CRMK_PLUGIN_ABI_MAJOR, CRMK_PLUGIN_ABI_MINOR};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

const USAGE: &str = "usage: crmk-plugin-manifest <library> <plugin.toml> [platform]";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Plugin {
    id: String,
    version: String,
    #[serde(default)]
    capabilities: Vec<String>,
}

#[derive(Serialize)]
struct Manifest {
    id: String,
    version: String,
    platform: String,
    sha256: String,
    capabilities: Vec<String>,
    abi: Abi,
}

#[derive(Serialize)]
struct Abi {
    major: u32,
    minor: u32,
}

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let written = match args.as_slice() {
        [library, plugin] => write(library, plugin, &format!("{}-{}", std::env::consts::OS, std::env::consts::ARCH)),
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
    let plugin: Plugin = toml::from_slice(&text).map_err(|e| format!("{plugin} is not valid: {e}"))?;
    let manifest = Manifest {
        id: plugin.id,
        version: plugin.version,
        platform: platform.to_owned(),
        sha256: Sha256::digest(&bytes).iter().map(|b| format!("{b:02x}")).collect(),
        capabilities: plugin.capabilities,
        abi: Abi { major: CRMK_PLUGIN_ABI_MAJOR, minor: CRMK_PLUGIN_ABI_MINOR },
    };
    let text = toml::to_string(&manifest).map_err(|e| format!("the manifest cannot be written: {e}"))?;
    let path = format!("{library}.toml");
    std::fs::write(&path, text).map_err(|e| format!("{path} cannot be written: {e}"))?;
    Ok(path)
}
