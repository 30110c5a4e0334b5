//! What the kernel gives a plugin: itself, the set-up, and what a hook may ask during a call.

use core::ffi::c_void;

use crate::value::{crmk_plugin_money, crmk_plugin_str, crmk_plugin_value, crmk_plugin_view};

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
    /// [init] Gives the id by which views read a field, such as `customer`, `identity_number`; the custom fields that
    /// the plugin declared are there. `type` is one of CRMK_PLUGIN_TYPE_...: the type that the plugin expects. An id is
    /// a number greater than 0, holds for the life of the plugin's state, and means nothing to another plugin or process.
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

/// What `referring` calls for each record; see there.
pub type crmk_plugin_visit_fn = Option<unsafe extern "C" fn(data: *mut c_void, record: *const crmk_plugin_view) -> i32>;

/// What a hook may ask the kernel during one call. It belongs to the kernel and ends when the hook returns.
///
/// The get_... functions read one field of a view by an id from `field_id`. They return CRMK_PLUGIN_OK,
/// ABSENT (no value, the view is NULL, or the field is sensitive and not among the capabilities of the plugin's
/// manifest), E_NULL, E_UNKNOWN, E_WRONG_ENTITY, E_WRONG_TYPE or E_STATE, and write to `out` only with OK.
/// The other functions take the `context` of the change or computation, and answer E_STATE to any other.
/// A view is no address: nothing is read or written through it but by these functions.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct crmk_plugin_access {
    /// The size of this struct as the kernel knows it. Unit: bytes.
    pub size: u32,
    /// Zero.
    pub reserved: u32,
    /// [one-thread] The text belongs to the kernel and lives as long as the view.
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
    /// [one-thread] Whether a day is not worked. `out` becomes 0 or 1.
    /// Returns CRMK_PLUGIN_OK, E_NULL, E_RANGE or E_CALENDAR_YEAR; so do the three below.
    pub calendar_is_rest_day: Option<unsafe extern "C" fn(context: *mut c_void, date: i32, out: *mut u8) -> i32>,
    /// [one-thread] Moves a last day off the rest days. `mode` is one of CRMK_PLUGIN_ROLL_...
    pub calendar_roll: Option<unsafe extern "C" fn(context: *mut c_void, date: i32, mode: i32, out: *mut i32) -> i32>,
    /// [one-thread] The last of so many working days; the start day is not counted. Bounds: 0 to 36,500.
    pub calendar_after_workdays:
        Option<unsafe extern "C" fn(context: *mut c_void, date: i32, days: u32, out: *mut i32) -> i32>,
    /// [one-thread] So many months later: the day of the same number, or the month's end. Bounds: 0 to 1,200.
    pub calendar_after_months:
        Option<unsafe extern "C" fn(context: *mut c_void, date: i32, months: u32, out: *mut i32) -> i32>,
    /// [one-thread] The civil date of an instant in the database's time zone.
    /// Returns CRMK_PLUGIN_OK, E_NULL or E_RANGE.
    pub date_of_instant: Option<unsafe extern "C" fn(context: *mut c_void, instant: i64, out: *mut i32) -> i32>,
    /// [one-thread] A figure that the owner of the database sets for this plugin, by its dotted name, as TEXT. The text
    /// belongs to the kernel and lives until the hook returns.
    /// Returns CRMK_PLUGIN_OK, ABSENT when the plugin's own figure stands, E_NULL or E_UTF8.
    pub figure:
        Option<unsafe extern "C" fn(context: *mut c_void, name: crmk_plugin_str, out: *mut crmk_plugin_value) -> i32>,
    /// [one-thread] The record that a reference names, as it is stored; its view lives until the hook returns.
    /// Returns CRMK_PLUGIN_OK, ABSENT, E_NULL, E_UNKNOWN, E_WRONG_ENTITY, E_WRONG_TYPE, E_LIMIT or E_HOST.
    pub follow: Option<
        unsafe extern "C" fn(
            context: *mut c_void,
            view: *const crmk_plugin_view,
            field: u32,
            out: *mut *const crmk_plugin_view,
        ) -> i32,
    >,
    /// [one-thread] Calls `visit` with `data` for each stored record whose reference `field` names the record `id`, from
    /// the newest, at most CRMK_PLUGIN_RELATED_MAX: the visits of a customer by `visit.customer`. A view lives until
    /// `visit` returns; that returns CRMK_PLUGIN_OK to go on, ABSENT to stop, or an error, which stops too and is passed
    /// on. Returns CRMK_PLUGIN_OK, E_NULL, E_UNKNOWN, E_WRONG_TYPE when `field` is no reference, E_RANGE when it has no
    /// index, E_HOST, or what `visit` returned.
    pub referring: Option<
        unsafe extern "C" fn(
            context: *mut c_void,
            field: u32,
            id: u64,
            visit: crmk_plugin_visit_fn,
            data: *mut c_void,
        ) -> i32,
    >,
    /// [one-thread] Keeps a line for the administrator. `level` is one of CRMK_PLUGIN_LOG_... The text is copied. No
    /// personal data.
    pub log: Option<unsafe extern "C" fn(context: *mut c_void, level: i32, message: crmk_plugin_str)>,
    /// [one-thread] Whether the hook is to end at once, with E_CANCELLED: it took longer than its limit. Gives 0 or 1. A
    /// hook that loops asks now and then.
    pub cancelled: Option<unsafe extern "C" fn(context: *mut c_void) -> i32>,
    /// [one-thread] Says why the hook is going to return an error. The text is copied. No personal data.
    pub fail: Option<unsafe extern "C" fn(context: *mut c_void, message: crmk_plugin_str)>,
}

/// A change that is about to be committed, or a reading (of the hook `rights`). It and all that it points to belong to
/// the kernel until the hook returns.
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
    /// What is done: `add`, `update`, `put`, the name of a verb, or `read`.
    pub command: crmk_plugin_str,
    /// Who does it; empty unless the manifest's capabilities name `actor`.
    pub actor: crmk_plugin_str,
    /// The record before the change, NULL when it is new.
    pub before: *const crmk_plugin_view,
    /// The record as it would be written, or as it is read. Never NULL.
    pub after: *const crmk_plugin_view,
    /// The customer of a person, visit or complaint, NULL when there is none.
    pub customer: *const crmk_plugin_view,
    /// The functions that read the views, and more.
    pub access: *const crmk_plugin_access,
    /// The first argument of the functions of `access` that take one.
    pub context: *mut c_void,
}

/// A call of a calculator. It and all that it points to belong to the kernel until `compute` returns.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct crmk_plugin_computation {
    /// The size of this struct as the kernel knows it. Unit: bytes.
    pub size: u32,
    /// The civil date of `now` in the database's time zone. Unit: days since 1970-01-01.
    pub today: i32,
    /// The instant of the call. Unit: microseconds since 1970-01-01T00:00:00Z.
    pub now: i64,
    /// The name of the calculator.
    pub name: crmk_plugin_str,
    /// The arguments in the order of their declaration, of the types declared; TYPE_NONE for one that was left out.
    pub arguments: *const crmk_plugin_value,
    /// The number of arguments: that of the declaration.
    pub argument_count: usize,
    /// The functions for the calendar, figures and records.
    pub access: *const crmk_plugin_access,
    /// The first argument of the functions of `access`.
    pub context: *mut c_void,
}
