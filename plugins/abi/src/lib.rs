//! The plugin ABI.
#![no_std]
