//! The plugin ABI of crmkernel: the types that pass between the kernel and a plugin, and nothing else.
//! `include/crmkernel_plugin.h` is generated from this crate, so names and comments are those of C.
#![no_std]
#![expect(non_camel_case_types, reason = "the types have one name in Rust and in C")]
#![expect(rustdoc::broken_intra_doc_links, reason = "the tags of threads are in brackets, for C")]

mod code;
mod value;

mod host;

mod answer;

mod plugin;

#[doc(hidden)]
pub mod layout;

pub use answer::*;
pub use code::*;
pub use host::*;
pub use plugin::*;
pub use value::*;

#[cfg(test)]
mod tests;
