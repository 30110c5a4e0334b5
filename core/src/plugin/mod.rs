//! The plugin host: the registry that asks every hook in order, and the loader of shared libraries.
//!
//! The registry is there without the feature `plugin` too, for hooks that a face brings in its own process.

#[cfg(feature = "plugin")]
mod bridge;
#[cfg(feature = "plugin")]
mod image;
#[cfg(feature = "plugin")]
mod library;
#[cfg(feature = "plugin")]
mod manifest;
mod merge;
mod registry;
pub(crate) mod signature;
pub(crate) mod text;
#[cfg(feature = "plugin")]
pub(crate) mod watch;

#[cfg(all(feature = "plugin", any(test, feature = "testing")))]
pub(crate) use bridge::declare_from_bytes;
#[cfg(feature = "plugin")]
pub(crate) use bridge::live::misused;
#[cfg(feature = "plugin")]
pub use library::{LoadOptions, load};
#[cfg(feature = "plugin")]
pub use manifest::{Manifest, platform};
#[cfg(feature = "plugin")]
pub(crate) use registry::check_results;
pub(crate) use registry::entities_of;
pub use registry::{AnswerCheck, FAILURES_MAX, HOOK_LIMIT_US, Merged, PluginStatus, Registry};

#[cfg(test)]
#[cfg(feature = "plugin")]
mod tests;
