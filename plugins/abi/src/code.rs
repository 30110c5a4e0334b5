//! The numbers and names of the ABI: versions, ids of extensions, codes, types, bounds.

/// The major version of this ABI. A plugin of another major version is not run.
pub const CRMK_PLUGIN_ABI_MAJOR: u32 = 1;
/// The minor version of this ABI. It grows when a struct grows; plugins and kernels of different minor versions run.
pub const CRMK_PLUGIN_ABI_MINOR: u32 = 2;
/// The value of `magic` in every plugin table: the bytes "CRMK", read as a little-endian number.
pub const CRMK_PLUGIN_MAGIC: u32 = 0x4B4D_5243;

/// The name of the exported function. It changes with the major version.
pub const CRMK_PLUGIN_ENTRY: &str = "crmk_plugin_entry_v1";

/// `crmk_plugin_fields`: the custom fields that the plugin needs.
pub const CRMK_PLUGIN_EXT_FIELDS: &str = "crmkernel.fields/1";
/// `crmk_plugin_policy`: the plugin's default policy.
pub const CRMK_PLUGIN_EXT_POLICY: &str = "crmkernel.policy/1";
/// `crmk_plugin_hook` that may refuse a change, by violations.
pub const CRMK_PLUGIN_EXT_VALIDATE: &str = "crmkernel.validate/1";
/// `crmk_plugin_hook` that decides `class` of a customer, and the plugin's own custom fields of any record. As with the two
/// hooks below, what the plugin decided and no longer decides is withdrawn, and what a caller gave stands.
pub const CRMK_PLUGIN_EXT_CLASSIFY: &str = "crmkernel.classify/1";
/// `crmk_plugin_hook` that decides `next_due_on` of a customer.
pub const CRMK_PLUGIN_EXT_CADENCE: &str = "crmkernel.cadence/1";
/// `crmk_plugin_hook` that decides `deadline_on`, `grade` and `owner` of a complaint; it may refuse to close it.
pub const CRMK_PLUGIN_EXT_COMPLAINT: &str = "crmkernel.complaint/1";
/// `crmk_plugin_compute`: named calculators.
pub const CRMK_PLUGIN_EXT_COMPUTE: &str = "crmkernel.compute/1";
/// `crmk_plugin_hook` that hides fields of a record from who reads it.
pub const CRMK_PLUGIN_EXT_RIGHTS: &str = "crmkernel.rights/1";
/// Draft: `crmk_plugin_hook` that decides `keep_until`, the day until which a customer's records must be kept.
pub const CRMK_PLUGIN_DRAFT_RETENTION: &str = "crmkernel.draft.retention/0";

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
/// The field, argument or result has another type.
pub const CRMK_PLUGIN_E_WRONG_TYPE: i32 = -4;
/// No entity, field, subject or value of that name, or no field id that `field_id` gave out.
pub const CRMK_PLUGIN_E_UNKNOWN: i32 = -5;
/// The field belongs to another entity than the view.
pub const CRMK_PLUGIN_E_WRONG_ENTITY: i32 = -6;
/// A number is outside of its bounds, or a text is longer than its bound.
pub const CRMK_PLUGIN_E_RANGE: i32 = -7;
/// The working-day calendar has no data for the year. A hook that gets this from a call returns it as it is: the
/// caller then learns which year is missing, and the plugin is not blamed.
pub const CRMK_PLUGIN_E_CALENDAR_YEAR: i32 = -8;
/// More violations, decisions, inputs or records than the bound allows, or a second answer to one question.
pub const CRMK_PLUGIN_E_LIMIT: i32 = -9;
/// A defect of the kernel, or its store cannot be read.
pub const CRMK_PLUGIN_E_HOST: i32 = -10;
/// The hook ended because `cancelled` told it to.
pub const CRMK_PLUGIN_E_CANCELLED: i32 = -11;

/// The context, the sink or the view is not one of the call that is under way on this thread: it was kept from a call that
/// is over, or is used from another thread. Since 1.2.
pub const CRMK_PLUGIN_E_STATE: i32 = -12;

/// No value: an argument that was left out, or a decision that a field is absent.
pub const CRMK_PLUGIN_TYPE_NONE: i32 = 0;
/// UTF-8 text, read by `get_text`.
pub const CRMK_PLUGIN_TYPE_TEXT: i32 = 1;
/// A signed integer, read by `get_int`.
pub const CRMK_PLUGIN_TYPE_INT: i32 = 2;
/// 0 or 1, read by `get_bool`.
pub const CRMK_PLUGIN_TYPE_BOOL: i32 = 3;
/// A civil date, read by `get_date`.
pub const CRMK_PLUGIN_TYPE_DATE: i32 = 4;
/// An instant, read by `get_instant`.
pub const CRMK_PLUGIN_TYPE_INSTANT: i32 = 5;
/// An amount of money, read by `get_money`.
pub const CRMK_PLUGIN_TYPE_MONEY: i32 = 6;
/// The number of an enumeration's value, read by `get_enum`. Not for calculators.
pub const CRMK_PLUGIN_TYPE_ENUM: i32 = 7;
/// The id of another record, read by `get_ref`. Not for calculators.
pub const CRMK_PLUGIN_TYPE_REF: i32 = 8;
/// A ratio of two integers. For calculators only: no number here has a fraction of its own.
pub const CRMK_PLUGIN_TYPE_RATIO: i32 = 9;

/// A last day that is a rest day stays.
pub const CRMK_PLUGIN_ROLL_NONE: i32 = 0;
/// A last day that is a rest day moves to the next working day.
pub const CRMK_PLUGIN_ROLL_NEXT: i32 = 1;
/// A last day that is a rest day moves to the working day before.
pub const CRMK_PLUGIN_ROLL_PREVIOUS: i32 = 2;

/// Tells what happened.
pub const CRMK_PLUGIN_LOG_INFO: i32 = 1;
/// Tells what somebody should look at.
pub const CRMK_PLUGIN_LOG_WARNING: i32 = 2;

/// The custom field is personal or secret: read only by plugins whose manifest names it.
pub const CRMK_PLUGIN_FIELD_SENSITIVE: u32 = 1;
/// An index is kept for the custom field.
pub const CRMK_PLUGIN_FIELD_INDEXED: u32 = 2;
/// The value stays when the plugin decides it no longer; without the flag it is withdrawn then. Since 1.2.
pub const CRMK_PLUGIN_DECISION_KEPT: u32 = 1;
/// The argument may be left out.
pub const CRMK_PLUGIN_PARAMETER_OPTIONAL: u32 = 1;
/// A result, not an argument.
pub const CRMK_PLUGIN_PARAMETER_RESULT: u32 = 2;

/// The greatest length of a name or a code that a plugin gives. Unit: bytes.
pub const CRMK_PLUGIN_NAME_LEN_MAX: usize = 128;
/// The greatest length of any other text that a plugin gives. Unit: bytes.
pub const CRMK_PLUGIN_TEXT_LEN_MAX: usize = 4096;
/// The greatest length of a default policy. Unit: bytes.
pub const CRMK_PLUGIN_POLICY_LEN_MAX: usize = 1048576;
/// The greatest number of violations of one call.
pub const CRMK_PLUGIN_VIOLATIONS_MAX: usize = 256;
/// The greatest number of decisions of one call.
pub const CRMK_PLUGIN_DECISIONS_MAX: usize = 64;
/// The greatest number of inputs of one decision, and of parameters of one calculator.
pub const CRMK_PLUGIN_INPUTS_MAX: usize = 64;
/// The greatest number of custom fields, and of calculators, of one plugin.
pub const CRMK_PLUGIN_DECLARATIONS_MAX: usize = 256;
/// The greatest number of records that one call of `follow` or `referring` or all of one hook's together give.
pub const CRMK_PLUGIN_RELATED_MAX: usize = 1000;
