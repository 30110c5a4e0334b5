//! What a plugin gives: declarations, violations, decisions, and the sink that takes them.

use core::ffi::c_void;

use crate::value::{crmk_plugin_input, crmk_plugin_str, crmk_plugin_value};

/// A custom field that the plugin needs. It belongs to the plugin; the kernel copies it.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct crmk_plugin_field {
    /// The size of this struct as the plugin knows it. Unit: bytes.
    pub size: u32,
    /// One of CRMK_PLUGIN_TYPE_..., but not ENUM or RATIO.
    pub r#type: i32,
    /// CRMK_PLUGIN_FIELD_... added up.
    pub flags: u32,
    /// Zero.
    pub reserved: u32,
    /// The entity: `customer`, `person`, `visit`, `complaint`.
    pub entity: crmk_plugin_str,
    /// The name: a prefix of the plugin's and a name, such as `bank.risk_level`.
    pub name: crmk_plugin_str,
    /// The English label.
    pub label: crmk_plugin_str,
    /// The Chinese label.
    pub label_zh: crmk_plugin_str,
    /// The least integer.
    pub min: i64,
    /// The greatest integer, or the greatest number of characters of a text.
    pub max: i64,
    /// The entity that a REF names.
    pub target: crmk_plugin_str,
}

/// An argument or a result of a calculator. This struct never grows.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct crmk_plugin_parameter {
    /// The name in snake case.
    pub name: crmk_plugin_str,
    /// The English label.
    pub label: crmk_plugin_str,
    /// The Chinese label.
    pub label_zh: crmk_plugin_str,
    /// One of CRMK_PLUGIN_TYPE_..., but not ENUM or REF.
    pub r#type: i32,
    /// CRMK_PLUGIN_PARAMETER_... added up.
    pub flags: u32,
}

/// A calculator. It belongs to the plugin; the kernel copies it.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct crmk_plugin_calculator {
    /// The size of this struct as the plugin knows it. Unit: bytes.
    pub size: u32,
    /// Zero.
    pub reserved: u32,
    /// The name: a prefix of the plugin's and a name, such as `bank.fine_range`.
    pub name: crmk_plugin_str,
    /// The English label.
    pub label: crmk_plugin_str,
    /// The Chinese label.
    pub label_zh: crmk_plugin_str,
    /// The arguments and the results.
    pub parameters: *const crmk_plugin_parameter,
    /// How many there are.
    pub parameter_count: usize,
}

/// One reason to refuse a change. It belongs to the plugin; the kernel copies it.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct crmk_plugin_violation {
    /// The size of this struct as the plugin knows it. Unit: bytes.
    pub size: u32,
    /// Zero.
    pub reserved: u32,
    /// The name of the field at fault: one of the record's entity, or empty for the whole record.
    pub field: crmk_plugin_str,
    /// The stable code of the reason in snake case, such as `required`. Not empty.
    pub code: crmk_plugin_str,
    /// The reason in English: what was found and what is allowed. No personal data. Not empty.
    pub message: crmk_plugin_str,
    /// The reason in Chinese. No personal data.
    pub message_zh: crmk_plugin_str,
    /// The id of the rule, such as `L-BNK-7`. Not empty.
    pub rule: crmk_plugin_str,
    /// The regulation and article. Since 1.1; a kernel of 1.0 does not read it.
    pub source: crmk_plugin_str,
    /// The inputs that the rule used; NULL when `input_count` is 0. No personal data. Since 1.1.
    pub inputs: *const crmk_plugin_input,
    /// The number of inputs. Since 1.1.
    pub input_count: usize,
}

/// What a rule decided, and why: a field of a record, or a result of a calculator. It belongs to the plugin; the kernel
/// copies it.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct crmk_plugin_decision {
    /// The size of this struct as the plugin knows it. Unit: bytes.
    pub size: u32,
    /// CRMK_PLUGIN_DECISION_KEPT or 0. Since 1.2; zero before.
    pub flags: u32,
    /// What is decided: a subject of the hook such as `deadline_on`, or the name of a result. Once a call.
    pub subject: crmk_plugin_str,
    /// The value decided. `grade` is TEXT: the name of the grade. NONE says that the field is absent, which takes back what
    /// the plugin decided before; not for `compute`. Since 1.2.
    pub value: crmk_plugin_value,
    /// The id of the rule, such as `L-BNK-1`. Not empty.
    pub rule: crmk_plugin_str,
    /// The regulation and article.
    pub source: crmk_plugin_str,
    /// The reason as an English sentence that names the inputs. No personal data. Not empty.
    pub reason: crmk_plugin_str,
    /// The reason as a Chinese sentence.
    pub reason_zh: crmk_plugin_str,
    /// The inputs that the rule used; NULL when `input_count` is 0. Of a `deadline_on` they tell the kernel how it was
    /// counted, for it gets longer by the time in which the complaint was suspended: in working days with `workdays`, else
    /// in days, from `due_on` (the last day before it was rolled) and rolled by `roll`, when these are named.
    pub inputs: *const crmk_plugin_input,
    /// The number of inputs.
    pub input_count: usize,
}

/// Where answers go. It belongs to the kernel and ends when the call returns; kept and used later, or used from another
/// thread, it answers E_STATE. Each function copies what it is given and
/// returns CRMK_PLUGIN_OK, E_NULL, E_UTF8, E_UNKNOWN, E_WRONG_TYPE, E_RANGE or E_LIMIT; after an error the call counts
/// as failed, whatever it returns, so that no answer is lost. E_UNKNOWN is also the answer to what is not asked for. The
/// kernel checks the answers once more when the call is over: values against their fields, a deadline against the day on
/// which the complaint was received, texts for control characters. What it does not take fails the change.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct crmk_plugin_sink {
    /// The size of this struct as the kernel knows it. Unit: bytes.
    pub size: u32,
    /// Zero.
    pub reserved: u32,
    /// The first argument of the functions below.
    pub context: *mut c_void,
    /// [one-thread] Adds a reason to refuse the change; for `validate`, and for `complaint` when a complaint is settled.
    pub violation: Option<unsafe extern "C" fn(context: *mut c_void, violation: *const crmk_plugin_violation) -> i32>,
    /// [one-thread] Decides; for the hooks `complaint`, `classify` and `cadence`, and for `compute`.
    pub decision: Option<unsafe extern "C" fn(context: *mut c_void, decision: *const crmk_plugin_decision) -> i32>,
    /// [one-thread] Hides a field of the record that is read, by an id from `field_id`; for the hook `rights`.
    pub mask: Option<unsafe extern "C" fn(context: *mut c_void, field: u32) -> i32>,
    /// [init] Declares a custom field; for `fields`.
    pub field: Option<unsafe extern "C" fn(context: *mut c_void, field: *const crmk_plugin_field) -> i32>,
    /// [init] Declares a calculator; for `calculators`.
    pub calculator:
        Option<unsafe extern "C" fn(context: *mut c_void, calculator: *const crmk_plugin_calculator) -> i32>,
}
