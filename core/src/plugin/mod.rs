//! The plugin host.

mod registry;

pub use registry::Registry;
