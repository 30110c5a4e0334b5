//! Finds a plugin's library, checks it against its manifest and the allow-list, and only then lets its code run.

use std::collections::BTreeMap;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use sha2::{Digest as _, Sha256};

use super::manifest::Manifest;
use super::{bridge, image, signature};
use crate::domain::{CustomField, EntityKind};
use crate::error::{Error, ErrorKind, Result};
use crate::port::Hook;

/// The greatest size of a library. Unit: bytes.
const LIBRARY_LEN_MAX: u64 = 1 << 28;
/// The greatest size of a manifest. Unit: bytes.
const MANIFEST_LEN_MAX: u64 = 1 << 16;

/// What the owner of a database allows a plugin.
pub struct LoadOptions<'a> {
    /// The libraries that may be loaded: absolute paths of files, or of folders for any file directly in them.
    pub allowed: &'a [PathBuf],
    /// Overrides of the plugin's figures, by their dotted names.
    pub settings: &'a BTreeMap<String, String>,
    /// Finds a custom field of the database by its name.
    pub custom_field: &'a dyn Fn(EntityKind, &str) -> Option<CustomField>,
    /// Takes a plugin that was set up: declares the custom fields that it needs, where the database does not have them.
    pub declare: &'a dyn Fn(&dyn Hook) -> Result<()>,
    /// The keys of which one must have signed the manifest; none for a plugin that need not be signed.
    pub keys: &'a [String],
    /// Whether draft extensions are asked for, which may change with any version.
    pub drafts: bool,
    /// Whether the library, its manifest or their folder may be writable for everybody.
    pub allow_writable: bool,
    /// Whether a validator watches: what the plugin is shown lies on pages that cannot be written, and what it ignores is an
    /// error. It costs much time.
    pub guarded: bool,
}

/// Loads a plugin from a library with its manifest beside it: `<file>.toml`, as in `libacme.so.toml`.
///
/// The manifest is read and the library's SHA-256 checked before any of its code runs, and what runs is what was
/// hashed. A library stays loaded until the process ends; the hook's own state is freed with the hook.
///
/// Native code cannot be contained in its process: a plugin that loops for ever or crashes takes the process along.
///
/// # Errors
/// `PluginUnknown` when there is no such file; `PluginNotAllowed` when the path is relative or not allowed, or everybody may
/// write the library, its manifest or their folder;
/// `PluginSignature` when it must be signed and is not, by a trusted key;
/// `PluginManifest` when the manifest is missing, not valid, for another platform or does not agree with the library;
/// `PluginHash` when the file is not the one that the manifest names; `PluginAbi` when it has another ABI or is no
/// plugin; `PluginField` when the database does not take a field of it; `PluginFailed` when it cannot be set up, for example because of a setting; `Io` when a file cannot be read.
/// There are no others.
pub fn load(path: &Path, options: &LoadOptions<'_>) -> Result<Arc<dyn Hook>> {
    let path = locate(path, options.allowed)?;
    if !options.allow_writable {
        refuse_writable(&path)?;
    }
    let manifest = read_manifest(&path, options.keys)?;
    let bytes = read(&path, LIBRARY_LEN_MAX).map_err(|e| not_read("the plugin", e))?;
    let found: [u8; 32] = Sha256::digest(&bytes).into();
    if found != manifest.sha256 {
        let message =
            format!("the library of plugin {} is not the one that its manifest names by SHA-256", manifest.id);
        return Err(Error::new(ErrorKind::PluginHash, message).with("plugin", &manifest.id));
    }
    let id = manifest.id.clone();
    let named = |e: Error| if e.context_value("plugin").is_some() { e } else { e.with("plugin", &id) };
    let library = image::map(&bytes, found).map_err(named)?;
    Ok(Arc::new(bridge::Loaded::set_up(library, manifest, options).map_err(named)?))
}

/// The canonical path of a library that is there and allowed.
fn locate(path: &Path, allowed: &[PathBuf]) -> Result<PathBuf> {
    let not_allowed = |why: &str| Error::new(ErrorKind::PluginNotAllowed, why.to_owned()).with("path", path.display());
    if !path.is_absolute() {
        return Err(not_allowed("the path of a plugin is relative, only an absolute one is allowed"));
    }
    let real = path.canonicalize().map_err(|e| unknown(path, e))?;
    if !real.is_file() {
        return Err(unknown(path, io::Error::new(io::ErrorKind::NotFound, "not a file")));
    }
    let permits = |entry: &PathBuf| {
        entry.is_absolute() && entry.canonicalize().is_ok_and(|e| e == real || Some(e.as_path()) == real.parent())
    };
    match allowed.iter().any(permits) {
        true => Ok(real),
        false => Err(not_allowed("the path of the plugin is not on the list of allowed paths")),
    }
}

/// Refuses what everybody may write: whoever can exchange the library and its manifest runs code in this process. In a
/// folder with the sticky bit nobody exchanges the file of another.
#[cfg(unix)]
fn refuse_writable(library: &Path) -> Result<()> {
    use std::os::unix::fs::MetadataExt as _;
    const EVERYBODY: u32 = 0o002;
    const STICKY: u32 = 0o1000;
    let mut manifest = library.as_os_str().to_owned();
    manifest.push(".toml");
    let places = [("library", Some(library)), ("manifest", Some(Path::new(&manifest))), ("folder", library.parent())];
    for (what, path) in places {
        // What is not there, or cannot be read, is refused by whoever reads it.
        let Some(mode) = path.and_then(|path| path.metadata().ok()).map(|found| found.mode()) else { continue };
        if mode & EVERYBODY != 0 && !(what == "folder" && mode & STICKY != 0) {
            let message = format!(
                "the plugin's {what} may be written by everybody (mode {:o}), allowed is only the owner or a group; take \
                 the right away, or load it with the option that allows it",
                mode & 0o7777
            );
            let path = path.unwrap_or(library).display();
            return Err(Error::new(ErrorKind::PluginNotAllowed, message).with("path", path));
        }
    }
    Ok(())
}

#[cfg(not(unix))]
fn refuse_writable(_: &Path) -> Result<()> {
    Ok(())
}

fn read_manifest(library: &Path, keys: &[String]) -> Result<Manifest> {
    let mut path = library.as_os_str().to_owned();
    path.push(".toml");
    let path = PathBuf::from(path);
    let bytes = read(&path, MANIFEST_LEN_MAX).map_err(|e| {
        let message = format!("the plugin's manifest {} cannot be read: {e}", path.display());
        Error::new(ErrorKind::PluginManifest, message).caused_by(e)
    })?;
    if !keys.is_empty() {
        check_signature(&path, &bytes, keys).map_err(|e| e.with("manifest", path.display()))?;
    }
    let text = String::from_utf8(bytes)
        .map_err(|e| Error::new(ErrorKind::PluginManifest, "the manifest is not valid UTF-8").caused_by(e))?;
    Manifest::parse(&text).map_err(|e| e.with("manifest", path.display()))
}

/// Checks the signature beside a manifest: `libacme.so.toml.minisig`.
fn check_signature(manifest: &Path, bytes: &[u8], keys: &[String]) -> Result<()> {
    let mut path = manifest.as_os_str().to_owned();
    path.push(".minisig");
    let signed = read(Path::new(&path), MANIFEST_LEN_MAX).map_err(|e| {
        let message = "the database loads signed plugins only, and the manifest's signature cannot be read";
        Error::new(ErrorKind::PluginSignature, message).caused_by(e)
    })?;
    signature::check(bytes, &String::from_utf8_lossy(&signed), keys)
}

/// The bytes of a file that has no more than `len_max` of them.
fn read(path: &Path, len_max: u64) -> io::Result<Vec<u8>> {
    #[expect(clippy::disallowed_methods, reason = "this file and no other reads plugins and their manifests")]
    let file = std::fs::File::open(path)?;
    let mut bytes = Vec::new();
    file.take(len_max + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > len_max {
        return Err(io::Error::other(format!("the file has more than the {len_max} bytes that are allowed")));
    }
    Ok(bytes)
}

fn unknown(path: &Path, source: io::Error) -> Error {
    Error::new(ErrorKind::PluginUnknown, format!("there is no plugin at {}", path.display())).caused_by(source)
}

fn not_read(what: &str, source: io::Error) -> Error {
    Error::new(ErrorKind::Io, format!("{what} cannot be read: {source}")).caused_by(source)
}
