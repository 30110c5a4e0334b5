//! The manifest beside a library: what is known about a plugin before any of its code runs.

use std::collections::BTreeSet;

use crm_plugin_abi::CRMK_PLUGIN_ABI_MAJOR;
use serde::Deserialize;
use sha2::{Digest as _, Sha256};

use crate::domain::{EntityKind, check_version};
use crate::error::{Error, ErrorKind, Result};

/// The greatest length of an id or a version. Unit: bytes.
const NAME_LEN_MAX: usize = 64;
/// The capability that shows a plugin who makes a change.
pub(super) const CAPABILITY_ACTOR: &str = "actor";

/// The platform that this kernel runs on, as manifests spell it: `linux-x86_64`.
pub fn platform() -> String {
    format!("{}-{}", std::env::consts::OS, std::env::consts::ARCH)
}

/// What a manifest says of a plugin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manifest {
    /// The id: lower-case letters, digits, `-` and `_`, with dots between: `crmkernel.banking`.
    pub id: String,
    /// The version.
    pub version: String,
    /// The SHA-256 of the library's file.
    pub sha256: [u8; 32],
    /// The sensitive fields that the plugin may see, as `customer.identity_number`; `actor` for who makes a change.
    pub capabilities: BTreeSet<String>,
    /// The entities about whose records the plugin is asked; `None` for all of them.
    pub entities: Option<Vec<EntityKind>>,
    /// The fields that `rights` may hide, by entity and name; `None` for all that the plugin resolves.
    pub hides: Option<Vec<(EntityKind, String)>>,
    /// The SHA-256 of the manifest itself, in hexadecimal digits.
    pub own_sha256: String,
}

/// The file's form. A key that is not known is an error, so that a slip of the pen is seen.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    id: String,
    version: String,
    abi: Abi,
    platform: String,
    sha256: String,
    #[serde(default)]
    capabilities: BTreeSet<String>,
    entities: Option<Vec<String>>,
    hides: Option<Vec<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Abi {
    major: u32,
    #[expect(dead_code, reason = "must be there and be a number; every minor version runs")]
    minor: u32,
}

impl Manifest {
    /// Whether the capabilities name a sensitive field.
    pub(crate) fn grants(&self, entity: EntityKind, field: &str) -> bool {
        self.capabilities.contains(&format!("{}.{field}", entity.def().name))
    }

    /// Reads the text of a manifest that is meant for this kernel and platform.
    ///
    /// # Errors
    /// `PluginManifest` when the text is not a manifest or names another platform; `PluginAbi` when it names another
    /// major version of the ABI. There are no others.
    pub fn parse(text: &str) -> Result<Self> {
        Self::parse_for(text, &platform())
    }

    /// Reads the text of a manifest that is meant for this kernel and another platform, such as `linux-aarch64`.
    ///
    /// # Errors
    /// As [`Manifest::parse`].
    pub fn parse_for(text: &str, platform: &str) -> Result<Self> {
        let file: File = toml::from_str(text)
            .map_err(|e| invalid(format!("the manifest is not valid: {}", e.message())).caused_by(e))?;
        check_name("id", &file.id, |c| c.is_ascii_lowercase() || c.is_ascii_digit() || "._-".contains(c))?;
        check_name("version", &file.version, |c| c.is_ascii_alphanumeric() || "._-+".contains(c))?;
        check_version(&file.version).map_err(invalid)?;
        if file.platform != platform {
            let message = format!("the plugin is built for platform {:?}, this one is {platform}", file.platform);
            return Err(invalid(message).with("plugin", file.id));
        }
        if file.abi.major != CRMK_PLUGIN_ABI_MAJOR {
            let message = format!(
                "the plugin is built for plugin ABI {}, the kernel has {CRMK_PLUGIN_ABI_MAJOR}",
                file.abi.major
            );
            return Err(Error::new(ErrorKind::PluginAbi, message).with("plugin", file.id));
        }
        let sha256 = parse_sha256(&file.sha256)?;
        let own_sha256 = Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
        let File { id, version, capabilities, entities, hides, .. } = file;
        capabilities
            .iter()
            .filter(|name| *name != CAPABILITY_ACTOR)
            .try_for_each(|name| field_of("capabilities", name).map(drop))?;
        let entities = entities.map(|names| names.iter().map(|name| entity(name)).collect()).transpose()?;
        let hides = hides.map(|names| names.iter().map(|name| field_of("hides", name)).collect()).transpose()?;
        Ok(Self { id, version, sha256, capabilities, entities, hides, own_sha256 })
    }
}

fn entity(name: &str) -> Result<EntityKind> {
    EntityKind::ALL.iter().copied().find(|entity| entity.def().name == name).ok_or_else(|| {
        let known: Vec<&str> = EntityKind::ALL.iter().map(|entity| entity.def().name).collect();
        invalid(format!("the manifest's entities hold {name:?}, allowed are {}", known.join(", ")))
    })
}

/// A field that a list of the manifest names; one with a dot of its own is custom, and may be declared later.
fn field_of(list: &str, name: &str) -> Result<(EntityKind, String)> {
    let refused = || {
        let or_actor = if list == "capabilities" { ", or actor" } else { "" };
        invalid(format!(
            "the manifest's {list} hold {name:?}, allowed is a field as \"entity.field\", such as customer.phone{or_actor}"
        ))
    };
    let (of, field) = name.split_once('.').ok_or_else(refused)?;
    let entity = EntityKind::from_name(of).filter(|entity| entity.def().name == of).ok_or_else(refused)?;
    let is_known = entity.def().field_named(field).is_some() || field.contains('.');
    if is_known { Ok((entity, field.to_owned())) } else { Err(refused()) }
}

fn check_name(what: &str, found: &str, allowed: impl Fn(char) -> bool) -> Result<()> {
    if found.is_empty() || found.len() > NAME_LEN_MAX || !found.chars().all(allowed) {
        return Err(invalid(format!(
            "the manifest's {what} is not 1 to {NAME_LEN_MAX} of the characters allowed: letters, digits, '.', '_', '-'"
        )));
    }
    Ok(())
}

fn parse_sha256(text: &str) -> Result<[u8; 32]> {
    let mut out = [0; 32];
    let pairs = text.as_bytes().chunks(2);
    let digits = text.bytes().all(|b| b.is_ascii_hexdigit());
    if text.len() != 64 || !digits {
        return Err(invalid("the manifest's sha256 is not 64 hexadecimal digits".to_owned()));
    }
    for (byte, pair) in out.iter_mut().zip(pairs) {
        let pair = std::str::from_utf8(pair).expect("invariant: hexadecimal digits are ASCII");
        *byte = u8::from_str_radix(pair, 16).expect("invariant: two hexadecimal digits make a byte");
    }
    Ok(out)
}

fn invalid(message: String) -> Error {
    Error::new(ErrorKind::PluginManifest, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(id: &str, major: u32, platform: &str, sha256: &str) -> String {
        format!(
            "id = {id:?}\nversion = \"1.0.0\"\nabi = {{ major = {major}, minor = 7 }}\nplatform = {platform:?}\n\
             sha256 = {sha256:?}\ncapabilities = [\"customer.phone\"]\n"
        )
    }

    fn kind(text: &str) -> ErrorKind {
        Manifest::parse(text).unwrap_err().kind()
    }

    /// `capabilites` was let pass, and the plugin then read its sensitive fields as absent without a word.
    #[test]
    fn a_key_that_is_not_known_is_named_with_those_that_are() {
        let manifest = text("acme.rules", 1, &platform(), &"0f".repeat(32));
        for (found, wrong) in [("capabilities", "capabilites"), ("minor", "minr")] {
            let error = Manifest::parse(&manifest.replace(found, wrong)).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::PluginManifest);
            let allowed = if found == "minor" { "`major`" } else { "`entities`" };
            assert!(error.message().contains(&format!("`{wrong}`")) && error.message().contains(allowed), "{error}");
        }
        let entities = |list: &str| Manifest::parse(&format!("entities = {list}\n{manifest}")).map(|m| m.entities);
        assert_eq!(entities("[\"customer\"]").unwrap(), Some(vec![EntityKind::Customer]));
        let error = entities("[\"planet\"]").unwrap_err();
        assert!(error.message().contains("\"planet\"") && error.message().contains("customer"), "{error}");
    }

    /// A capability that no field has was written and let pass, and the plugin then read the field that was meant as absent; a
    /// version that is no number came before every other.
    #[test]
    fn a_capability_names_a_field_and_a_version_is_of_numbers() {
        let manifest = text("acme.rules", 1, &platform(), &"0f".repeat(32));
        for wrong in ["customer.fone", "planet.phone", "phone", "actors", ""] {
            let error = Manifest::parse(&manifest.replace("customer.phone", wrong)).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::PluginManifest, "{wrong:?}");
            assert!(error.message().contains(&format!("{wrong:?}")) && error.message().contains("or actor"), "{error}");
        }
        for right in ["actor", "customer.acme.tier", "complaint.issue"] {
            assert!(Manifest::parse(&manifest.replace("customer.phone", right)).is_ok(), "{right}");
        }
        let error = Manifest::parse(&manifest.replace("1.0.0", "v9.0.1")).unwrap_err();
        assert!(error.message().contains("\"v9.0.1\""), "{error}");
    }

    #[test]
    fn a_manifest_is_read() {
        let manifest = Manifest::parse(&text("acme.rules", 1, &platform(), &"0f".repeat(32))).unwrap();
        assert_eq!((manifest.id.as_str(), manifest.version.as_str()), ("acme.rules", "1.0.0"));
        assert_eq!(manifest.sha256, [15; 32]);
        assert!(manifest.capabilities.contains("customer.phone"));
    }

    #[test]
    fn what_is_not_meant_for_this_kernel_is_refused() {
        let hash = "0f".repeat(32);
        assert_eq!(kind(&text("a", 1, "plan9-mips", &hash)), ErrorKind::PluginManifest);
        assert_eq!(kind(&text("a", 2, &platform(), &hash)), ErrorKind::PluginAbi);
    }

    #[test]
    fn what_is_not_a_manifest_is_refused() {
        let hash = "0f".repeat(32);
        assert_eq!(kind(""), ErrorKind::PluginManifest);
        assert_eq!(kind("id = ["), ErrorKind::PluginManifest);
        for id in ["", "A", "a b", "a\n", "../a", &"a".repeat(65)] {
            assert_eq!(kind(&text(id, 1, &platform(), &hash)), ErrorKind::PluginManifest, "{id:?}");
        }
        for hash in ["", "0f", &"0g".repeat(32), &"é".repeat(32)] {
            assert_eq!(kind(&text("a", 1, &platform(), hash)), ErrorKind::PluginManifest, "{hash:?}");
        }
    }
}
