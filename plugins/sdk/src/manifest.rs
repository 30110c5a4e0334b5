//! The manifest of a plugin's library: what the kernel reads before any code of the library runs.

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::abi::{CRMK_PLUGIN_ABI_MAJOR, CRMK_PLUGIN_ABI_MINOR};

/// What a vendor writes: `plugin.toml`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Plugin {
    id: String,
    version: String,
    #[serde(default)]
    capabilities: Vec<String>,
    entities: Option<Vec<String>>,
    hides: Option<Vec<String>>,
}

#[derive(Serialize)]
struct Manifest {
    id: String,
    version: String,
    platform: String,
    sha256: String,
    capabilities: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    entities: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hides: Option<Vec<String>>,
    abi: Abi,
}

#[derive(Serialize)]
struct Abi {
    major: u32,
    minor: u32,
}

/// The platform that this was built for, as manifests spell it: `linux-x86_64`.
pub fn platform() -> String {
    format!("{}-{}", std::env::consts::OS, std::env::consts::ARCH)
}

/// The text of the manifest of a library, from its bytes, the text of its `plugin.toml` and the platform that it was built
/// for, such as `linux-aarch64`: the SHA-256 and the ABI are added.
///
/// # Errors
/// What is wrong with `plugin.toml`: a key that is not known is named with those that are.
pub fn of(library: &[u8], description: &str, platform: &str) -> Result<String, String> {
    let Plugin { id, version, capabilities, entities, hides } =
        toml::from_str(description).map_err(|e| format!("plugin.toml is not valid: {}", e.message()))?;
    let manifest = Manifest {
        id,
        version,
        platform: platform.to_owned(),
        sha256: Sha256::digest(library).iter().map(|b| format!("{b:02x}")).collect(),
        capabilities,
        entities,
        hides,
        abi: Abi { major: CRMK_PLUGIN_ABI_MAJOR, minor: CRMK_PLUGIN_ABI_MINOR },
    };
    toml::to_string(&manifest).map_err(|e| format!("the manifest cannot be written: {e}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manifest_says_what_the_vendor_says_and_a_slip_of_the_pen_is_named() {
        let described = "id = \"acme.rules\"\nversion = \"1.0.0\"\nentities = [\"customer\"]\n";
        let text = of(b"library", described, "linux-x86_64").unwrap();
        for line in ["id = \"acme.rules\"", "platform = \"linux-x86_64\"", "entities = [\"customer\"]", "major = 1"] {
            assert!(text.contains(line), "{text}");
        }
        let error = of(b"", "id = \"a\"\nversion = \"1\"\ncapabilites = []\n", "linux-x86_64").unwrap_err();
        assert!(error.contains("`capabilites`") && error.contains("`capabilities`"), "{error}");
    }
}
