//! The plugin ABI of crmkernel: the types that pass between the kernel and a plugin, and nothing else.
//! `include/crmkernel_plugin.h` is generated from this file, so names and comments are those of C.
#![no_std]
#![expect(non_camel_case_types, reason = "the types have one name in Rust and in C")]
#![expect(rustdoc::broken_intra_doc_links, reason = "the tags of threads are in brackets, for C")]

use core::ffi::c_void;

/// The major version of this ABI. A plugin of another major version is not run.
pub const CRMK_PLUGIN_ABI_MAJOR: u32 = 1;
/// The minor version of this ABI. It grows when a struct grows; plugins and kernels of different minor versions run.
pub const CRMK_PLUGIN_ABI_MINOR: u32 = 0;
/// The value of `magic` in every plugin table: the bytes "CRMK", read as a little-endian number.
pub const CRMK_PLUGIN_MAGIC: u32 = 0x4B4D_5243;

/// The name of the exported function. It changes with the major version.
pub const CRMK_PLUGIN_ENTRY: &str = "crmk_plugin_entry_v1";
/// The id of the extension that may refuse a change: `crmk_plugin_validate`.
pub const CRMK_PLUGIN_EXT_VALIDATE: &str = "crmkernel.validate/1";
/// The id of the extension that decides about a complaint: `crmk_plugin_complaint`.
pub const CRMK_PLUGIN_EXT_COMPLAINT: &str = "crmkernel.complaint/1";

/// Done; outputs are written.
pub const CRMK_PLUGIN_OK: i32 = 0;
/// No value there; outputs are untouched. This is not an error.
pub const CRMK_PLUGIN_ABSENT: i32 = 1;
/// The plugin failed; its text was given to `fail`.
pub const CRMK_PLUGIN_E_FAILED: i32 = -1;
/// A pointer that must not be NULL is NULL.
pub const CRMK_PLUGIN_E_NULL: i32 = -2;
/// A text is not valid UTF-8.
pub const CRMK_PLUGIN_E_UTF8: i32 = -3;
/// The field has another type than the one asked for.
pub const CRMK_PLUGIN_E_WRONG_TYPE: i32 = -4;
/// No entity, field or enumeration value of that name, or no field id that `field_id` gave out.
pub const CRMK_PLUGIN_E_UNKNOWN: i32 = -5;
/// The field belongs to another entity than the view.
pub const CRMK_PLUGIN_E_WRONG_ENTITY: i32 = -6;
/// A number is outside of its bounds, or a text is longer than its bound.
pub const CRMK_PLUGIN_E_RANGE: i32 = -7;
/// The working-day calendar has no data for the year. A hook that gets this from a call returns it as it is: the
/// caller then learns which year is missing, and the plugin is not blamed.
pub const CRMK_PLUGIN_E_CALENDAR_YEAR: i32 = -8;
/// More violations, inputs or answers than the bound allows.
pub const CRMK_PLUGIN_E_LIMIT: i32 = -9;
/// A defect of the kernel.
pub const CRMK_PLUGIN_E_HOST: i32 = -10;

/// The type of a field: UTF-8 text, read by `get_text`.
pub const CRMK_PLUGIN_TYPE_TEXT: i32 = 1;
/// The type of a field: a signed integer, read by `get_int`.
pub const CRMK_PLUGIN_TYPE_INT: i32 = 2;
/// The type of a field: 0 or 1, read by `get_bool`.
pub const CRMK_PLUGIN_TYPE_BOOL: i32 = 3;
/// The type of a field: a civil date, read by `get_date`.
pub const CRMK_PLUGIN_TYPE_DATE: i32 = 4;
/// The type of a field: an instant, read by `get_instant`.
pub const CRMK_PLUGIN_TYPE_INSTANT: i32 = 5;
/// The type of a field: an amount of money, read by `get_money`.
pub const CRMK_PLUGIN_TYPE_MONEY: i32 = 6;
/// The type of a field: the number of an enumeration's value, read by `get_enum`.
pub const CRMK_PLUGIN_TYPE_ENUM: i32 = 7;
/// The type of a field: the id of another record, read by `get_ref`.
pub const CRMK_PLUGIN_TYPE_REF: i32 = 8;

/// A last day that is a rest day stays.
pub const CRMK_PLUGIN_ROLL_NONE: i32 = 0;
/// A last day that is a rest day moves to the next working day.
pub const CRMK_PLUGIN_ROLL_NEXT: i32 = 1;
/// A last day that is a rest day moves to the working day before.
pub const CRMK_PLUGIN_ROLL_PREVIOUS: i32 = 2;

/// The greatest length of a name or a code that a plugin gives. Unit: bytes.
pub const CRMK_PLUGIN_NAME_LEN_MAX: usize = 128;
/// The greatest length of any other text that a plugin gives. Unit: bytes.
pub const CRMK_PLUGIN_TEXT_LEN_MAX: usize = 4096;
/// The greatest number of violations of one call.
pub const CRMK_PLUGIN_VIOLATIONS_MAX: usize = 256;
/// The greatest number of inputs of one decision.
pub const CRMK_PLUGIN_INPUTS_MAX: usize = 64;

/// A UTF-8 text that belongs to whoever gives it; the other side copies what it wants to keep. It does not end with a
/// zero byte. `data` may be NULL when `len` is 0. This struct never grows.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct crmk_plugin_str {
    /// The first byte.
    pub data: *const u8,
    /// The number of bytes.
    pub len: usize,
}

/// An amount of money. This struct never grows.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct crmk_plugin_money {
    /// The amount in minor units of the currency: fen for CNY.
    pub amount_minor: i64,
    /// The three letters of the currency (ISO 4217), without an ending zero byte.
    pub currency: [u8; 3],
    /// Zero.
    pub reserved: [u8; 5],
}

/// A name and its value: an input of a decision. This struct never grows.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct crmk_plugin_input {
    /// The name, such as `received_on`.
    pub name: crmk_plugin_str,
    /// The value as text. No personal data.
    pub value: crmk_plugin_str,
}

/// The values of one record, borrowed from the kernel. Only pointers to it are ever seen.
#[repr(C)]
#[derive(Debug)]
pub struct crmk_plugin_view {
    _private: [u8; 0],
}

/// What the kernel says of itself to `crmk_plugin_entry_v1`. It belongs to the kernel, for the time of the call.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct crmk_host_info {
    /// The size of this struct as the kernel knows it. Unit: bytes.
    pub size: u32,
    /// The kernel's CRMK_PLUGIN_ABI_MAJOR.
    pub abi_major: u32,
    /// The kernel's CRMK_PLUGIN_ABI_MINOR.
    pub abi_minor: u32,
    /// Zero.
    pub reserved: u32,
    /// The kernel's version, such as `0.1.0`.
    pub kernel_version: crmk_plugin_str,
}

/// What the kernel offers a plugin while it is set up. It belongs to the kernel and ends when `init` returns.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct crmk_plugin_host {
    /// The size of this struct as the kernel knows it. Unit: bytes.
    pub size: u32,
    /// Zero.
    pub reserved: u32,
    /// The first argument of each function below.
    pub context: *mut c_void,
    /// [init] Gives the id by which views read a field, such as `customer`, `identity_number`. `type` is one of
    /// CRMK_PLUGIN_TYPE_...: the type that the plugin expects. An id is a number greater than 0, holds for the life of
    /// the plugin's state, and means nothing to another plugin or process.
    /// Returns CRMK_PLUGIN_OK, E_NULL, E_UTF8, E_UNKNOWN or E_WRONG_TYPE.
    pub field_id: Option<
        unsafe extern "C" fn(
            context: *mut c_void,
            entity: crmk_plugin_str,
            field: crmk_plugin_str,
            r#type: i32,
            id: *mut u32,
        ) -> i32,
    >,
    /// [init] Gives the number that `get_enum` yields for a value's name: `active` of the field `customer.status`.
    /// Returns CRMK_PLUGIN_OK, E_NULL, E_UTF8, E_UNKNOWN or E_WRONG_TYPE.
    pub enum_number:
        Option<unsafe extern "C" fn(context: *mut c_void, field: u32, name: crmk_plugin_str, number: *mut u16) -> i32>,
    /// [init] Gives a setting of the database's owner by its name: an override of one of the plugin's figures.
    /// The text belongs to the kernel and lives until `init` returns.
    /// Returns CRMK_PLUGIN_OK, ABSENT, E_NULL or E_UTF8.
    pub setting:
        Option<unsafe extern "C" fn(context: *mut c_void, name: crmk_plugin_str, value: *mut crmk_plugin_str) -> i32>,
    /// [init] Gives the settings one by one, from index 0, in the order of their names, so that a plugin can refuse
    /// one that it does not know. The texts belong to the kernel and live until `init` returns.
    /// Returns CRMK_PLUGIN_OK, ABSENT after the last one, or E_NULL.
    pub setting_at: Option<
        unsafe extern "C" fn(
            context: *mut c_void,
            index: u32,
            name: *mut crmk_plugin_str,
            value: *mut crmk_plugin_str,
        ) -> i32,
    >,
    /// [init] Says why `init` is going to return an error. The text is copied.
    pub fail: Option<unsafe extern "C" fn(context: *mut c_void, message: crmk_plugin_str)>,
    /// [init] Gives a struct of functions that a later version offers under an id, or NULL.
    pub get_extension: Option<unsafe extern "C" fn(context: *mut c_void, id: crmk_plugin_str) -> *const c_void>,
}

/// What a hook may ask the kernel during one call. It belongs to the kernel and ends when the hook returns.
///
/// The get_... functions read one field of a view by an id from `field_id`. They return CRMK_PLUGIN_OK,
/// ABSENT (no value, the view is NULL, or the field is sensitive and not among the capabilities of the plugin's
/// manifest), E_NULL, E_UNKNOWN, E_WRONG_ENTITY or E_WRONG_TYPE, and write to `out` only with OK.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct crmk_plugin_access {
    /// The size of this struct as the kernel knows it. Unit: bytes.
    pub size: u32,
    /// Zero.
    pub reserved: u32,
    /// [one-thread] The text belongs to the kernel and lives until the hook returns.
    pub get_text:
        Option<unsafe extern "C" fn(view: *const crmk_plugin_view, field: u32, out: *mut crmk_plugin_str) -> i32>,
    /// [one-thread] Reads an integer.
    pub get_int: Option<unsafe extern "C" fn(view: *const crmk_plugin_view, field: u32, out: *mut i64) -> i32>,
    /// [one-thread] Reads 0 or 1.
    pub get_bool: Option<unsafe extern "C" fn(view: *const crmk_plugin_view, field: u32, out: *mut u8) -> i32>,
    /// [one-thread] Unit: days since 1970-01-01.
    pub get_date: Option<unsafe extern "C" fn(view: *const crmk_plugin_view, field: u32, out: *mut i32) -> i32>,
    /// [one-thread] Unit: microseconds since 1970-01-01T00:00:00Z.
    pub get_instant: Option<unsafe extern "C" fn(view: *const crmk_plugin_view, field: u32, out: *mut i64) -> i32>,
    /// [one-thread] Reads an amount of money.
    pub get_money:
        Option<unsafe extern "C" fn(view: *const crmk_plugin_view, field: u32, out: *mut crmk_plugin_money) -> i32>,
    /// [one-thread] Reads the number of an enumeration's value; see `enum_number`.
    pub get_enum: Option<unsafe extern "C" fn(view: *const crmk_plugin_view, field: u32, out: *mut u16) -> i32>,
    /// [one-thread] Reads the id of another record.
    pub get_ref: Option<unsafe extern "C" fn(view: *const crmk_plugin_view, field: u32, out: *mut u64) -> i32>,
    /// [one-thread] Whether a day is not worked. `context` is that of the change. `out` becomes 0 or 1.
    /// Returns CRMK_PLUGIN_OK, E_NULL, E_RANGE or E_CALENDAR_YEAR.
    pub calendar_is_rest_day: Option<unsafe extern "C" fn(context: *mut c_void, date: i32, out: *mut u8) -> i32>,
    /// [one-thread] Moves a last day off the rest days. `mode` is one of CRMK_PLUGIN_ROLL_...
    /// Returns CRMK_PLUGIN_OK, E_NULL, E_RANGE or E_CALENDAR_YEAR.
    pub calendar_roll: Option<unsafe extern "C" fn(context: *mut c_void, date: i32, mode: i32, out: *mut i32) -> i32>,
    /// [one-thread] The civil date of an instant in the database's time zone.
    /// Returns CRMK_PLUGIN_OK, E_NULL or E_RANGE.
    pub date_of_instant: Option<unsafe extern "C" fn(context: *mut c_void, instant: i64, out: *mut i32) -> i32>,
    /// [one-thread] Says why the hook is going to return an error. The text is copied. No personal data.
    pub fail: Option<unsafe extern "C" fn(context: *mut c_void, message: crmk_plugin_str)>,
}

/// A change that is about to be committed. It and all that it points to belong to the kernel until the hook returns.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct crmk_plugin_change {
    /// The size of this struct as the kernel knows it. Unit: bytes.
    pub size: u32,
    /// The civil date of `now` in the database's time zone. Unit: days since 1970-01-01.
    pub today: i32,
    /// The instant of the change, the only one that a hook may go by. Unit: microseconds since 1970-01-01T00:00:00Z.
    pub now: i64,
    /// The entity of the record that changes: `customer`, `person`, `visit`, `complaint`.
    pub entity: crmk_plugin_str,
    /// What is done: `add`, `update`, `put` or the name of a verb.
    pub command: crmk_plugin_str,
    /// Who does it; empty unless the manifest's capabilities name `actor`.
    pub actor: crmk_plugin_str,
    /// The record before the change, NULL when it is new.
    pub before: *const crmk_plugin_view,
    /// The record as it would be written. Never NULL.
    pub after: *const crmk_plugin_view,
    /// The customer of a person, visit or complaint, NULL when there is none.
    pub customer: *const crmk_plugin_view,
    /// The functions that read the views.
    pub access: *const crmk_plugin_access,
    /// The first argument of the functions of `access` that take no view.
    pub context: *mut c_void,
}

/// One reason to refuse a change. It belongs to the plugin; the kernel copies it.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct crmk_plugin_violation {
    /// The size of this struct as the plugin knows it. Unit: bytes.
    pub size: u32,
    /// Zero.
    pub reserved: u32,
    /// The name of the field at fault, empty for the whole record.
    pub field: crmk_plugin_str,
    /// The stable code of the reason in snake case, such as `required`. Not empty.
    pub code: crmk_plugin_str,
    /// The reason in English: what was found and what is allowed. No personal data. Not empty.
    pub message: crmk_plugin_str,
    /// The reason in Chinese. No personal data.
    pub message_zh: crmk_plugin_str,
    /// The id of the rule, such as `L-BNK-7`.
    pub rule: crmk_plugin_str,
}

/// Where violations go. It belongs to the kernel and ends when the hook returns.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct crmk_plugin_validate_sink {
    /// The size of this struct as the kernel knows it. Unit: bytes.
    pub size: u32,
    /// Zero.
    pub reserved: u32,
    /// The first argument of the function below.
    pub context: *mut c_void,
    /// [one-thread] Adds a violation. Returns CRMK_PLUGIN_OK, E_NULL, E_UTF8, E_RANGE or E_LIMIT;
    /// after an error the call counts as failed, whatever the hook returns, lest a reason to refuse get lost.
    pub violation: Option<unsafe extern "C" fn(context: *mut c_void, violation: *const crmk_plugin_violation) -> i32>,
}

/// The extension `crmkernel.validate/1`: may refuse a change.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct crmk_plugin_validate {
    /// The size of this struct as the plugin knows it. Unit: bytes.
    pub size: u32,
    /// Zero.
    pub reserved: u32,
    /// [any-thread] Gives every reason why the change must be refused to the sink, all at once; none lets it pass.
    /// The same change always gets the same answer. Returns CRMK_PLUGIN_OK, or an error: the plugin failed, and the
    /// change is not committed.
    pub validate: Option<
        unsafe extern "C" fn(
            state: *mut c_void,
            change: *const crmk_plugin_change,
            sink: *const crmk_plugin_validate_sink,
        ) -> i32,
    >,
}

/// The last day for settling a complaint, and why. It belongs to the plugin; the kernel copies it.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct crmk_plugin_deadline {
    /// The size of this struct as the plugin knows it. Unit: bytes.
    pub size: u32,
    /// The last day. Unit: days since 1970-01-01.
    pub date: i32,
    /// The id of the rule, such as `L-BNK-1`. Not empty.
    pub rule: crmk_plugin_str,
    /// The regulation and article.
    pub source: crmk_plugin_str,
    /// The reason as an English sentence that names the inputs. No personal data. Not empty.
    pub reason: crmk_plugin_str,
    /// The reason as a Chinese sentence.
    pub reason_zh: crmk_plugin_str,
    /// The inputs that the rule used; NULL when `input_count` is 0.
    pub inputs: *const crmk_plugin_input,
    /// The number of inputs.
    pub input_count: usize,
}

/// Where decisions about a complaint go. It belongs to the kernel and ends when the hook returns.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct crmk_plugin_complaint_sink {
    /// The size of this struct as the kernel knows it. Unit: bytes.
    pub size: u32,
    /// Zero.
    pub reserved: u32,
    /// The first argument of the function below.
    pub context: *mut c_void,
    /// [one-thread] Sets the deadline; at most once a call. Returns CRMK_PLUGIN_OK, E_NULL, E_UTF8, E_RANGE or E_LIMIT.
    pub deadline: Option<unsafe extern "C" fn(context: *mut c_void, deadline: *const crmk_plugin_deadline) -> i32>,
}

/// The extension `crmkernel.complaint/1`: decides about a complaint.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct crmk_plugin_complaint {
    /// The size of this struct as the plugin knows it. Unit: bytes.
    pub size: u32,
    /// Zero.
    pub reserved: u32,
    /// [any-thread] Gives its decision about a complaint that is added or changed to the sink; nothing is no opinion.
    /// The same change always gets the same answer. Returns CRMK_PLUGIN_OK, or an error, as `validate`.
    pub complaint: Option<
        unsafe extern "C" fn(
            state: *mut c_void,
            change: *const crmk_plugin_change,
            sink: *const crmk_plugin_complaint_sink,
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
    /// library and lives as long as that is loaded. Called after `init`.
    pub get_extension: Option<unsafe extern "C" fn(state: *mut c_void, id: crmk_plugin_str) -> *const c_void>,
}

/// The type of the one function that a plugin exports, `crmk_plugin_entry_v1`.
///
/// [init] Free of side effects; may be called more than once. Returns the plugin, or NULL when it cannot work with
/// this kernel. `host` belongs to the kernel and is never NULL.
pub type crmk_plugin_entry_fn = Option<unsafe extern "C" fn(host: *const crmk_host_info) -> *const crmk_plugin>;

#[cfg(test)]
mod tests;
