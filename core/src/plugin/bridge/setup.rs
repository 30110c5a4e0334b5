//! What a plugin may ask while it is set up: field ids, enumeration numbers, settings.
//!
//! A field that the plugin declares itself and the database does not have yet gets its place here, and its id only after
//! `init` succeeded: a plugin that cannot be set up leaves no fields behind.

use std::cell::RefCell;
use std::ffi::c_void;

use crm_plugin_abi as abi;

use super::live::{self, Kind, Scope};
use super::raw::{guarded, none, str_of, text, text_lossy, write};
use crate::domain::{CustomField, EntityKind, EnumDef, FieldType};
use crate::plugin::{LoadOptions, Manifest};

/// The greatest number of fields that a plugin may resolve.
const FIELDS_MAX: usize = 4096;
/// Stands for the id of a field until the database gives it one; no field has it.
const FIELD_PENDING: u16 = u16::MAX;

/// A field that a plugin resolved; its id is its place in the list, counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Slot {
    /// The entity of the field.
    pub(super) entity: EntityKind,
    /// The field's id within the entity.
    pub(super) field: u16,
    /// The field's type.
    pub(super) kind: FieldType,
    /// The type's number in the ABI.
    pub(super) tag: i32,
    /// Whether the plugin may see it: it is not sensitive, or the manifest's capabilities name it.
    pub(super) granted: bool,
}

/// A field of the plugin's own that was resolved before the database has it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pending {
    /// Its place among the slots.
    at: usize,
    /// Its place among the plugin's own fields.
    own: usize,
}

/// What a set-up gathered.
pub(super) struct Gathered {
    pub(super) slots: Vec<Slot>,
    pub(super) pending: Vec<Pending>,
    /// The names of the fields, in the order of the slots.
    pub(super) names: Vec<String>,
    /// What the plugin said about its failure.
    pub(super) message: String,
}

/// Gives the slots of declared fields the ids that the database gave them. The first that it does not have is the error.
pub(super) fn settle(
    slots: &mut [Slot],
    pending: &[Pending],
    own: &[CustomField],
    find: &dyn Fn(EntityKind, &str) -> Option<CustomField>,
) -> Result<(), String> {
    for pending in pending {
        let (slot, field) = (&mut slots[pending.at], &own[pending.own]);
        match find(field.entity, &field.name).filter(|found| found.kind == slot.kind) {
            Some(found) => slot.field = found.id,
            None => return Err(field.name.clone()),
        }
    }
    Ok(())
}

/// The state of one set-up.
pub(super) struct SetUp<'a> {
    options: &'a LoadOptions<'a>,
    manifest: &'a Manifest,
    /// The plugin's own fields.
    own: &'a [CustomField],
    slots: RefCell<Vec<Slot>>,
    pending: RefCell<Vec<Pending>>,
    names: RefCell<Vec<String>>,
    message: RefCell<String>,
}

impl<'a> SetUp<'a> {
    pub(super) fn new(options: &'a LoadOptions<'a>, manifest: &'a Manifest, own: &'a [CustomField]) -> Self {
        let (slots, pending, names, message) = Default::default();
        Self { options, manifest, own, slots, pending, names, message }
    }

    /// The struct for the plugin with a scope in which it is alive; the set-up stays in its place meanwhile.
    pub(super) fn host(&self) -> (abi::crmk_plugin_host, Scope) {
        let number = live::number();
        let scope = Scope::enter(number, Kind::SetUp, std::ptr::from_ref(self).cast());
        let host = abi::crmk_plugin_host {
            size: size_of::<abi::crmk_plugin_host>() as u32,
            reserved: 0,
            context: live::context(number),
            field_id: Some(field_id),
            enum_number: Some(enum_number),
            setting: Some(setting),
            setting_at: Some(setting_at),
            fail: Some(fail),
            get_extension: Some(get_extension),
        };
        (host, scope)
    }

    /// What was gathered.
    pub(super) fn finish(self) -> Gathered {
        Gathered {
            slots: self.slots.into_inner(),
            pending: self.pending.into_inner(),
            names: self.names.into_inner(),
            message: self.message.into_inner(),
        }
    }

    fn resolve(&self, entity: &str, name: &str, tag: i32) -> Result<u32, i32> {
        let entity = EntityKind::from_name(entity).ok_or(abi::CRMK_PLUGIN_E_UNKNOWN)?;
        let Some((field, kind, sensitive)) = self.declared(entity, name) else {
            return self.resolve_own(entity, name, tag);
        };
        if i32::from(kind.tag()) != tag {
            return Err(abi::CRMK_PLUGIN_E_WRONG_TYPE);
        }
        let slot = Slot { entity, field, kind, tag, granted: self.grants(entity, name, sensitive) };
        let found = self.slots.borrow().iter().position(|s| *s == slot);
        found.map_or_else(|| self.push(slot, name), |at| Ok(at as u32 + 1))
    }

    /// Resolves a field of the plugin's own that the database does not have yet.
    fn resolve_own(&self, entity: EntityKind, name: &str, tag: i32) -> Result<u32, i32> {
        let own = self.own.iter().position(|f| f.entity == entity && f.name == name);
        let own = own.ok_or(abi::CRMK_PLUGIN_E_UNKNOWN)?;
        let CustomField { kind, sensitive, .. } = self.own[own];
        if i32::from(kind.tag()) != tag {
            return Err(abi::CRMK_PLUGIN_E_WRONG_TYPE);
        }
        if let Some(there) = self.pending.borrow().iter().find(|p| p.own == own) {
            return Ok(there.at as u32 + 1);
        }
        let slot = Slot { entity, field: FIELD_PENDING, kind, tag, granted: self.grants(entity, name, sensitive) };
        let id = self.push(slot, name)?;
        self.pending.borrow_mut().push(Pending { at: id as usize - 1, own });
        Ok(id)
    }

    fn grants(&self, entity: EntityKind, name: &str, sensitive: bool) -> bool {
        !sensitive || self.manifest.grants(entity, name)
    }

    fn push(&self, slot: Slot, name: &str) -> Result<u32, i32> {
        let mut slots = self.slots.borrow_mut();
        if slots.len() == FIELDS_MAX {
            return Err(abi::CRMK_PLUGIN_E_LIMIT);
        }
        slots.push(slot);
        self.names.borrow_mut().push(name.to_owned());
        Ok(slots.len() as u32)
    }

    fn declared(&self, entity: EntityKind, name: &str) -> Option<(u16, FieldType, bool)> {
        match entity.def().field_named(name) {
            Some(def) => Some((def.id, def.kind, def.sensitive)),
            None => {
                // What a new version declares as sensitive is so from now on.
                let own = self.own.iter().any(|field| field.entity == entity && field.name == name && field.sensitive);
                (self.options.custom_field)(entity, name).map(|c| (c.id, c.kind, c.sensitive || own))
            }
        }
    }

    fn enumeration(&self, id: u32) -> Result<&'static EnumDef, i32> {
        match slot(&self.slots.borrow(), id)?.kind {
            FieldType::Enum(def) => Ok(def),
            _ => Err(abi::CRMK_PLUGIN_E_WRONG_TYPE),
        }
    }
}

/// The field that an id stands for.
#[inline]
pub(super) fn slot(slots: &[Slot], id: u32) -> Result<&Slot, i32> {
    (id as usize).checked_sub(1).and_then(|at| slots.get(at)).ok_or(abi::CRMK_PLUGIN_E_UNKNOWN)
}

/// The set-up that a context stands for.
fn set_up<'a>(context: *mut c_void) -> Result<&'a SetUp<'a>, i32> {
    let at = live::of_context(Kind::SetUp, context)?.cast::<SetUp<'_>>();
    // SAFETY: what is alive as a set-up is one, stays in its place meanwhile, and is used by this thread alone.
    Ok(unsafe { &*at })
}

unsafe extern "C" fn field_id(
    context: *mut c_void,
    entity: abi::crmk_plugin_str,
    field: abi::crmk_plugin_str,
    tag: i32,
    id: *mut u32,
) -> i32 {
    guarded(|| {
        let set_up = set_up(context)?;
        // SAFETY: the plugin passes texts on that live for the call.
        let (entity, field) = unsafe {
            let len_max = abi::CRMK_PLUGIN_NAME_LEN_MAX;
            (text(entity, len_max)?, text(field, len_max)?)
        };
        let resolved = set_up.resolve(entity, field, tag)?;
        // SAFETY: the plugin gives a place to write to, or NULL.
        unsafe { write(id, resolved) }
    })
}

unsafe extern "C" fn enum_number(
    context: *mut c_void,
    field: u32,
    name: abi::crmk_plugin_str,
    number: *mut u16,
) -> i32 {
    guarded(|| {
        let set_up = set_up(context)?;
        // SAFETY: the plugin passes a text on that lives for the call.
        let name = unsafe { text(name, abi::CRMK_PLUGIN_NAME_LEN_MAX)? };
        let value = set_up.enumeration(field)?.by_name(name).ok_or(abi::CRMK_PLUGIN_E_UNKNOWN)?;
        // SAFETY: the plugin gives a place to write to, or NULL.
        unsafe { write(number, value.number) }
    })
}

unsafe extern "C" fn setting(
    context: *mut c_void,
    name: abi::crmk_plugin_str,
    value: *mut abi::crmk_plugin_str,
) -> i32 {
    guarded(|| {
        let set_up = set_up(context)?;
        // SAFETY: the plugin passes a text on that lives for the call.
        let name = unsafe { text(name, abi::CRMK_PLUGIN_TEXT_LEN_MAX)? };
        let found = set_up.options.settings.get(name).ok_or(abi::CRMK_PLUGIN_ABSENT)?;
        // SAFETY: the plugin gives a place to write to, or NULL; the setting outlives `init`.
        unsafe { write(value, str_of(found)) }
    })
}

unsafe extern "C" fn setting_at(
    context: *mut c_void,
    index: u32,
    name: *mut abi::crmk_plugin_str,
    value: *mut abi::crmk_plugin_str,
) -> i32 {
    guarded(|| {
        let set_up = set_up(context)?;
        let (found_name, found) = set_up.options.settings.iter().nth(index as usize).ok_or(abi::CRMK_PLUGIN_ABSENT)?;
        if name.is_null() || value.is_null() {
            return Err(abi::CRMK_PLUGIN_E_NULL);
        }
        // SAFETY: the plugin gives places to write to, not NULL; the settings outlive `init`.
        unsafe {
            write(name, str_of(found_name))?;
            write(value, str_of(found))
        }
    })
}

unsafe extern "C" fn fail(context: *mut c_void, message: abi::crmk_plugin_str) {
    none(|| {
        let set_up = set_up(context)?;
        // SAFETY: the plugin passes a text on that lives for the call.
        let message = unsafe { text_lossy(message) };
        set_up.message.replace(message);
        Ok(())
    });
}

/// This version offers no extension of its own.
unsafe extern "C" fn get_extension(_: *mut c_void, _: abi::crmk_plugin_str) -> *const c_void {
    std::ptr::null()
}
