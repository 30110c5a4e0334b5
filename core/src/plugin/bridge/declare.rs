//! What a plugin declares before it is set up: custom fields and calculators, taken and checked.

use std::cell::RefCell;
use std::ffi::c_void;

use crm_plugin_abi as abi;

use super::live::{self, Kind, Scope};
use super::raw::{copy, guarded};
use super::text_of;
use crate::domain::{Calculator, CustomField, EntityKind, FieldType, Parameter, QuantityType};

/// The fields and calculators of a plugin.
pub(super) type Declared = (Vec<CustomField>, Vec<Calculator>);

/// What was declared so far.
#[derive(Default)]
pub(super) struct Declarations {
    fields: RefCell<Vec<CustomField>>,
    calculators: RefCell<Vec<Calculator>>,
    /// The first declaration that was not taken: its kind and the code.
    refused: RefCell<Option<(&'static str, i32)>>,
}

impl Declarations {
    /// The sink with a scope in which it is alive; what is declared stays in its place meanwhile.
    pub(super) fn sink(&self) -> (abi::crmk_plugin_sink, Scope) {
        let number = live::number();
        let scope = Scope::enter(number, Kind::Declarations, std::ptr::from_ref(self).cast());
        let sink = abi::crmk_plugin_sink {
            size: size_of::<abi::crmk_plugin_sink>() as u32,
            reserved: 0,
            context: live::context(number),
            violation: Some(no_violation),
            decision: Some(no_decision),
            mask: Some(no_mask),
            field: Some(field),
            calculator: Some(calculator),
        };
        (sink, scope)
    }

    /// The fields and calculators, or what was not taken.
    pub(super) fn finish(self, plugin: &str) -> Result<Declared, (&'static str, i32)> {
        if let Some(refused) = self.refused.into_inner() {
            return Err(refused);
        }
        let mut calculators = self.calculators.into_inner();
        calculators.iter_mut().for_each(|c| plugin.clone_into(&mut c.plugin));
        Ok((self.fields.into_inner(), calculators))
    }

    fn taken(&self, what: &'static str, result: Result<(), i32>) -> Result<(), i32> {
        result.inspect_err(|code| {
            self.refused.borrow_mut().get_or_insert((what, *code));
        })
    }
}

/// The declarations that a context stands for.
fn declarations<'a>(context: *mut c_void) -> Result<&'a Declarations, i32> {
    let at = live::of_context(Kind::Declarations, context)?.cast::<Declarations>();
    // SAFETY: what is alive as declarations are such, stay in their place meanwhile, and are used by this thread alone.
    Ok(unsafe { &*at })
}

unsafe extern "C" fn field(context: *mut c_void, from: *const abi::crmk_plugin_field) -> i32 {
    guarded(|| {
        let all = declarations(context)?;
        // SAFETY: the plugin gives a struct with its size and texts that live for the call, or NULL.
        all.taken("a field", unsafe { take_field(all, from) })
    })
}

/// # Safety
/// `from` is NULL or points to a struct with its size whose texts live for the call.
unsafe fn take_field(all: &Declarations, from: *const abi::crmk_plugin_field) -> Result<(), i32> {
    // SAFETY: by the caller's promise.
    let from = unsafe { copy(from) }.ok_or(abi::CRMK_PLUGIN_E_NULL)?;
    // SAFETY: by the caller's promise, here and below.
    let (entity, target) = unsafe { (text_of::name(from.entity)?, text_of::name(from.target)?) };
    let entity = EntityKind::from_name(&entity).ok_or(abi::CRMK_PLUGIN_E_UNKNOWN)?;
    let kind = match from.r#type {
        abi::CRMK_PLUGIN_TYPE_TEXT => {
            FieldType::Text { len_max: u32::try_from(from.max).map_err(|_| abi::CRMK_PLUGIN_E_RANGE)? }
        }
        abi::CRMK_PLUGIN_TYPE_INT => FieldType::Int { min: from.min, max: from.max },
        abi::CRMK_PLUGIN_TYPE_BOOL => FieldType::Bool,
        abi::CRMK_PLUGIN_TYPE_DATE => FieldType::Date,
        abi::CRMK_PLUGIN_TYPE_INSTANT => FieldType::Instant,
        abi::CRMK_PLUGIN_TYPE_MONEY => FieldType::Money,
        abi::CRMK_PLUGIN_TYPE_REF => FieldType::Ref(EntityKind::from_name(&target).ok_or(abi::CRMK_PLUGIN_E_UNKNOWN)?),
        _ => return Err(abi::CRMK_PLUGIN_E_WRONG_TYPE),
    };
    if from.flags & !(abi::CRMK_PLUGIN_FIELD_SENSITIVE | abi::CRMK_PLUGIN_FIELD_INDEXED) != 0 {
        return Err(abi::CRMK_PLUGIN_E_RANGE);
    }
    // SAFETY: by the caller's promise.
    let (name, label, label_zh) = unsafe {
        let name = text_of::required(text_of::name(from.name)?)?;
        (name, text_of::required(text_of::name(from.label)?)?, text_of::required(text_of::name(from.label_zh)?)?)
    };
    let fields = &mut all.fields.borrow_mut();
    if fields.len() >= abi::CRMK_PLUGIN_DECLARATIONS_MAX || fields.iter().any(|f| f.entity == entity && f.name == name)
    {
        return Err(abi::CRMK_PLUGIN_E_LIMIT);
    }
    fields.push(CustomField {
        id: 0,
        entity,
        name,
        kind,
        label,
        label_zh,
        sensitive: from.flags & abi::CRMK_PLUGIN_FIELD_SENSITIVE != 0,
        indexed: from.flags & abi::CRMK_PLUGIN_FIELD_INDEXED != 0,
    });
    Ok(())
}

unsafe extern "C" fn calculator(context: *mut c_void, from: *const abi::crmk_plugin_calculator) -> i32 {
    guarded(|| {
        let all = declarations(context)?;
        // SAFETY: the plugin gives a struct with its size, and texts and parameters that live for the call, or NULL.
        all.taken("a calculator", unsafe { take_calculator(all, from) })
    })
}

/// # Safety
/// `from` is NULL or points to a struct with its size whose texts and parameters live for the call.
unsafe fn take_calculator(all: &Declarations, from: *const abi::crmk_plugin_calculator) -> Result<(), i32> {
    // SAFETY: by the caller's promise.
    let from = unsafe { copy(from) }.ok_or(abi::CRMK_PLUGIN_E_NULL)?;
    // SAFETY: by the caller's promise.
    let (name, label, label_zh, parameters) = unsafe {
        let name = text_of::required(text_of::name(from.name)?)?;
        let (label, label_zh) = (text_of::name(from.label)?, text_of::name(from.label_zh)?);
        (name, label, label_zh, text_of::slice(from.parameters, from.parameter_count)?)
    };
    let (mut arguments, mut results) = (Vec::new(), Vec::new());
    for parameter in parameters {
        // SAFETY: by the caller's promise.
        let taken = unsafe { take_parameter(parameter)? };
        let list = match parameter.flags & abi::CRMK_PLUGIN_PARAMETER_RESULT != 0 {
            true => &mut results,
            false => &mut arguments,
        };
        if list.iter().any(|p: &Parameter| p.name == taken.name) {
            return Err(abi::CRMK_PLUGIN_E_LIMIT);
        }
        list.push(taken);
    }
    let is_named = name.split('.').count() == 2 && name.split('.').all(is_snake_case);
    if !is_named || results.is_empty() {
        return Err(abi::CRMK_PLUGIN_E_RANGE);
    }
    let mut calculators = all.calculators.borrow_mut();
    if calculators.len() >= abi::CRMK_PLUGIN_DECLARATIONS_MAX || calculators.iter().any(|c| c.name == name) {
        return Err(abi::CRMK_PLUGIN_E_LIMIT);
    }
    calculators.push(Calculator { name, label, label_zh, arguments, results, plugin: String::new() });
    Ok(())
}

/// # Safety
/// The texts live for the call.
unsafe fn take_parameter(from: &abi::crmk_plugin_parameter) -> Result<Parameter, i32> {
    let known = abi::CRMK_PLUGIN_PARAMETER_OPTIONAL | abi::CRMK_PLUGIN_PARAMETER_RESULT;
    // SAFETY: by the caller's promise.
    let (name, label, label_zh) =
        unsafe { (text_of::name(from.name)?, text_of::name(from.label)?, text_of::name(from.label_zh)?) };
    if !is_snake_case(&name) || from.flags & !known != 0 {
        return Err(abi::CRMK_PLUGIN_E_RANGE);
    }
    let kind = QuantityType::from_number(from.r#type).ok_or(abi::CRMK_PLUGIN_E_WRONG_TYPE)?;
    Ok(Parameter { name, label, label_zh, kind, optional: from.flags & abi::CRMK_PLUGIN_PARAMETER_OPTIONAL != 0 })
}

fn is_snake_case(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

/// What belongs to a hook is not asked for here.
unsafe extern "C" fn no_violation(context: *mut c_void, _: *const abi::crmk_plugin_violation) -> i32 {
    guarded(|| declarations(context)?.taken("a violation", Err(abi::CRMK_PLUGIN_E_UNKNOWN)))
}

unsafe extern "C" fn no_decision(context: *mut c_void, _: *const abi::crmk_plugin_decision) -> i32 {
    guarded(|| declarations(context)?.taken("a decision", Err(abi::CRMK_PLUGIN_E_UNKNOWN)))
}

unsafe extern "C" fn no_mask(context: *mut c_void, _: u32) -> i32 {
    guarded(|| declarations(context)?.taken("a mask", Err(abi::CRMK_PLUGIN_E_UNKNOWN)))
}
