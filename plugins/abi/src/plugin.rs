//! The plugin itself: its table and the structs of its extensions.

use core::ffi::c_void;

use crate::answer::crmk_plugin_sink;
use crate::host::{crmk_host_info, crmk_plugin_change, crmk_plugin_computation, crmk_plugin_host};
use crate::value::crmk_plugin_str;

/// The extensions `crmkernel.validate/1`, `complaint/1`, `classify/1`, `cadence/1`, `rights/1`: a function that is asked
/// about a change and answers to the sink.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct crmk_plugin_hook {
    /// The size of this struct as the plugin knows it. Unit: bytes.
    pub size: u32,
    /// Zero.
    pub reserved: u32,
    /// [any-thread] Gives its answers, all at once; none lets the change pass and has no opinion. The same change always
    /// gets the same answers. Returns CRMK_PLUGIN_OK, or an error: the plugin failed, and the change is not committed.
    pub ask: Option<
        unsafe extern "C" fn(
            state: *mut c_void,
            change: *const crmk_plugin_change,
            sink: *const crmk_plugin_sink,
        ) -> i32,
    >,
}

/// The extension `crmkernel.fields/1`.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct crmk_plugin_fields {
    /// The size of this struct as the plugin knows it. Unit: bytes.
    pub size: u32,
    /// Zero.
    pub reserved: u32,
    /// [init] Declares the custom fields, each under a prefix that is the plugin's own in the database. Called before `init`.
    /// Of a field that the database has from an older version, bounds may widen, the labels and INDEXED may change, and
    /// SENSITIVE may be added; any other change is refused. Returns CRMK_PLUGIN_OK or an error.
    pub fields: Option<unsafe extern "C" fn(sink: *const crmk_plugin_sink) -> i32>,
}

/// The extension `crmkernel.policy/1`.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct crmk_plugin_policy {
    /// The size of this struct as the plugin knows it. Unit: bytes.
    pub size: u32,
    /// Zero.
    pub reserved: u32,
    /// The default policy as TOML; it belongs to the library. A company's policy overrides it, figure by figure.
    pub text: crmk_plugin_str,
}

/// The extension `crmkernel.compute/1`.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct crmk_plugin_compute {
    /// The size of this struct as the plugin knows it. Unit: bytes.
    pub size: u32,
    /// Zero.
    pub reserved: u32,
    /// [init] Declares the calculators. Called before `init`. Returns CRMK_PLUGIN_OK or an error.
    pub calculators: Option<unsafe extern "C" fn(sink: *const crmk_plugin_sink) -> i32>,
    /// [any-thread] Computes: gives a decision for each result to the sink. The same arguments always get the same
    /// results. Returns CRMK_PLUGIN_OK, E_RANGE after `fail` when the arguments are not allowed, or another error when the
    /// plugin failed.
    pub compute: Option<
        unsafe extern "C" fn(
            state: *mut c_void,
            computation: *const crmk_plugin_computation,
            sink: *const crmk_plugin_sink,
        ) -> i32,
    >,
}

/// A plugin. It belongs to the library and lives as long as that is loaded.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct crmk_plugin {
    /// The size of this struct as the plugin knows it. Unit: bytes.
    pub size: u32,
    /// CRMK_PLUGIN_MAGIC.
    pub magic: u32,
    /// The plugin's CRMK_PLUGIN_ABI_MAJOR.
    pub abi_major: u32,
    /// The plugin's CRMK_PLUGIN_ABI_MINOR.
    pub abi_minor: u32,
    /// The id, as in the manifest: `crmkernel.banking`.
    pub id: crmk_plugin_str,
    /// The version, as in the manifest: `1.4.0`.
    pub version: crmk_plugin_str,
    /// [init] Sets up one state, to which all later calls refer; a process may ask for several. May leave `*state`
    /// NULL. Returns CRMK_PLUGIN_OK, or an error after `fail`; then there is no state and `deinit` is not called.
    pub init: Option<unsafe extern "C" fn(host: *const crmk_plugin_host, state: *mut *mut c_void) -> i32>,
    /// [init] Frees a state. No other call with that state is under way or follows. May be NULL.
    pub deinit: Option<unsafe extern "C" fn(state: *mut c_void)>,
    /// [init] Gives the struct of an extension by its id, or NULL when it is not offered. What it gives belongs to the
    /// library and lives as long as that is loaded. Called before and after `init`, with the same answers.
    pub get_extension: Option<unsafe extern "C" fn(id: crmk_plugin_str) -> *const c_void>,
}

/// The type of the one function that a plugin exports, `crmk_plugin_entry_v1`.
///
/// [init] Free of side effects; may be called more than once. Returns the plugin, or NULL when it cannot work with
/// this kernel. `host` belongs to the kernel and is never NULL.
pub type crmk_plugin_entry_fn = Option<unsafe extern "C" fn(host: *const crmk_host_info) -> *const crmk_plugin>;
