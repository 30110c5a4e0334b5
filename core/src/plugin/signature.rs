//! Signatures of manifests by minisign: whose manifest it is, and thereby whose library.

use crate::error::{Error, ErrorKind, Result};

/// Checks that a text is a public key of minisign: the line of 56 characters that begins with RW.
///
/// # Errors
/// `InvalidArgument` when it is not; `Unsupported` without the feature `plugin`. There are no others.
#[cfg(feature = "plugin")]
pub(crate) fn check_key(key: &str) -> Result<()> {
    minisign_verify::PublicKey::from_base64(key).map(drop).map_err(|e| {
        let message = "the key is not a public key of minisign: a line of 56 characters that begins with RW";
        Error::new(ErrorKind::InvalidArgument, message).caused_by(e)
    })
}

/// Without the loader nothing is signed.
#[cfg(not(feature = "plugin"))]
pub(crate) fn check_key(_: &str) -> Result<()> {
    Err(Error::new(ErrorKind::Unsupported, "this kernel was built without plugins"))
}

/// Checks that one of the keys signed a manifest.
///
/// # Errors
/// `PluginSignature` when the signature is none, or of no key that is trusted. There are no others.
#[cfg(feature = "plugin")]
pub(super) fn check(manifest: &[u8], signature: &str, keys: &[String]) -> Result<()> {
    let refused = |why: &str| Error::new(ErrorKind::PluginSignature, why.to_owned());
    let signature = minisign_verify::Signature::decode(signature)
        .map_err(|e| refused("the manifest's signature is not one of minisign").caused_by(e))?;
    let signed_by = |key: &String| {
        let key = minisign_verify::PublicKey::from_base64(key);
        key.is_ok_and(|key| key.verify(manifest, &signature, false).is_ok())
    };
    match keys.iter().any(signed_by) {
        true => Ok(()),
        false => Err(refused("the manifest is not signed by a key that the database trusts, or was changed since")),
    }
}
