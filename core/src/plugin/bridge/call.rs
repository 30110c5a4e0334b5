//! One call of a hook: the views that it reads, the calendar, and what the call gathers.

use std::cell::{Cell, RefCell};
use std::ffi::c_void;

use crm_plugin_abi as abi;

use super::raw::{guarded, str_of, text_lossy, write};
use super::setup::{Slot, slot};
use crate::domain::{Date, EntityKind, Fields, Instant, Roll, ValueRef};
use crate::error::{Error, ErrorKind, Result as CoreResult, Violation};
use crate::port::{ComplaintAnswer, HookInput};

/// A record as the plugin sees it.
pub(super) struct View<'a> {
    entity: EntityKind,
    fields: &'a dyn Fields,
    slots: &'a [Slot],
}

impl<'a> View<'a> {
    pub(super) fn new(entity: EntityKind, fields: &'a dyn Fields, slots: &'a [Slot]) -> Self {
        Self { entity, fields, slots }
    }

    fn value(&self, field: u32, tag: i32) -> Result<ValueRef<'a>, i32> {
        let slot = slot(self.slots, field)?;
        if slot.entity != self.entity {
            return Err(abi::CRMK_PLUGIN_E_WRONG_ENTITY);
        }
        if i32::from(slot.kind.tag()) != tag {
            return Err(abi::CRMK_PLUGIN_E_WRONG_TYPE);
        }
        if !slot.granted {
            return Err(abi::CRMK_PLUGIN_ABSENT);
        }
        let value = self.fields.get(slot.field).ok_or(abi::CRMK_PLUGIN_ABSENT)?;
        match i32::from(value.tag()) == tag {
            true => Ok(value),
            false => Err(abi::CRMK_PLUGIN_E_WRONG_TYPE),
        }
    }
}

/// What a call gathers while it runs.
pub(super) struct Call<'a> {
    input: &'a HookInput<'a>,
    /// What the plugin said about its failure.
    pub(super) message: RefCell<String>,
    /// The calendar's error, for the caller to get when the hook passes it on.
    pub(super) calendar_error: RefCell<Option<Error>>,
    /// The code of an answer that was not taken. It fails the call, lest a reason to refuse get lost.
    pub(super) refused: Cell<Option<i32>>,
    /// The violations given.
    pub(super) violations: RefCell<Vec<Violation>>,
    /// The decision given.
    pub(super) answer: RefCell<Option<ComplaintAnswer>>,
}

impl<'a> Call<'a> {
    pub(super) fn new(input: &'a HookInput<'a>) -> Self {
        Self {
            input,
            message: RefCell::default(),
            calendar_error: RefCell::default(),
            refused: Cell::default(),
            violations: RefCell::default(),
            answer: RefCell::default(),
        }
    }

    /// What the hook may look at.
    pub(super) fn input(&self) -> &'a HookInput<'a> {
        self.input
    }

    /// The first argument of the functions of [`ACCESS`] and of the sinks; valid as long as this call is borrowed.
    pub(super) fn context(&self) -> *mut c_void {
        std::ptr::from_ref(self).cast_mut().cast()
    }

    fn rest_day(&self, date: Date) -> Result<bool, i32> {
        self.calendar(self.input.calendar.is_rest_day(date))
    }

    /// Keeps the error of the calendar for the caller and gives the plugin its code.
    fn calendar<T>(&self, result: CoreResult<T>) -> Result<T, i32> {
        result.map_err(|e| match e.kind() {
            ErrorKind::CalendarYearMissing => {
                self.calendar_error.replace(Some(e));
                abi::CRMK_PLUGIN_E_CALENDAR_YEAR
            }
            ErrorKind::InvalidArgument => abi::CRMK_PLUGIN_E_RANGE,
            _ => abi::CRMK_PLUGIN_E_HOST,
        })
    }

    /// Remembers that an answer was not taken.
    pub(super) fn taken(&self, result: Result<(), i32>) -> Result<(), i32> {
        result.inspect_err(|code| self.refused.set(self.refused.get().or(Some(*code))))
    }
}

/// The functions that every call gives the plugin.
pub(super) static ACCESS: abi::crmk_plugin_access = abi::crmk_plugin_access {
    size: size_of::<abi::crmk_plugin_access>() as u32,
    reserved: 0,
    get_text: Some(get_text),
    get_int: Some(get_int),
    get_bool: Some(get_bool),
    get_date: Some(get_date),
    get_instant: Some(get_instant),
    get_money: Some(get_money),
    get_enum: Some(get_enum),
    get_ref: Some(get_ref),
    calendar_is_rest_day: Some(calendar_is_rest_day),
    calendar_roll: Some(calendar_roll),
    date_of_instant: Some(date_of_instant),
    fail: Some(fail),
};

/// Reads a field and writes what `pick` makes of its value.
///
/// # Safety
/// `view` is NULL or one that [`View`] made and that is still borrowed; `out` is NULL or a place to write to.
unsafe fn read<T>(
    view: *const abi::crmk_plugin_view,
    field: u32,
    tag: i32,
    out: *mut T,
    pick: impl FnOnce(ValueRef<'_>) -> Option<T>,
) -> i32 {
    guarded(|| {
        // SAFETY: by the caller's promise; the view is only read.
        let view = unsafe { view.cast::<View<'_>>().as_ref() }.ok_or(abi::CRMK_PLUGIN_ABSENT)?;
        let value = pick(view.value(field, tag)?).ok_or(abi::CRMK_PLUGIN_E_WRONG_TYPE)?;
        // SAFETY: by the caller's promise.
        unsafe { write(out, value) }
    })
}

/// Defines a getter: its name, the type of its output, the type of the field, and how the value is written.
macro_rules! getter {
    ($name:ident, $out:ty, $tag:ident, $variant:ident($value:ident) => $written:expr) => {
        unsafe extern "C" fn $name(view: *const abi::crmk_plugin_view, field: u32, out: *mut $out) -> i32 {
            // SAFETY: the plugin passes on a view of this call, or NULL, and gives a place to write to, or NULL.
            unsafe {
                read(view, field, abi::$tag, out, |v| match v {
                    ValueRef::$variant($value) => Some($written),
                    _ => None,
                })
            }
        }
    };
}

getter!(get_text, abi::crmk_plugin_str, CRMK_PLUGIN_TYPE_TEXT, Text(v) => str_of(v));
getter!(get_int, i64, CRMK_PLUGIN_TYPE_INT, Int(v) => v);
getter!(get_bool, u8, CRMK_PLUGIN_TYPE_BOOL, Bool(v) => u8::from(v));
getter!(get_date, i32, CRMK_PLUGIN_TYPE_DATE, Date(v) => v.to_epoch_days());
getter!(get_instant, i64, CRMK_PLUGIN_TYPE_INSTANT, Instant(v) => v.us());
getter!(get_money, abi::crmk_plugin_money, CRMK_PLUGIN_TYPE_MONEY, Money(v) => money(v));
getter!(get_enum, u16, CRMK_PLUGIN_TYPE_ENUM, Enum(v) => v);
getter!(get_ref, u64, CRMK_PLUGIN_TYPE_REF, Ref(v) => v);

fn money(value: crate::domain::Money) -> abi::crmk_plugin_money {
    let mut currency = [0; 3];
    currency.copy_from_slice(value.currency().as_bytes());
    abi::crmk_plugin_money { amount_minor: value.amount_minor(), currency, reserved: [0; 5] }
}

/// The call that a context stands for.
///
/// # Safety
/// `context` is NULL or the one of [`Call::context`], and the call is still borrowed.
pub(super) unsafe fn call<'a>(context: *mut c_void) -> Result<&'a Call<'a>, i32> {
    // SAFETY: by the caller's promise; the reference is shared, and what changes lies in cells of this thread.
    unsafe { context.cast::<Call<'_>>().as_ref() }.ok_or(abi::CRMK_PLUGIN_E_NULL)
}

/// A date of the other side. Bounds: years 1 to 9999.
pub(super) fn date_of(days: i32) -> Result<Date, i32> {
    use chrono::Datelike as _;
    Date::from_epoch_days(days).filter(|d| (1..=9999).contains(&d.year())).ok_or(abi::CRMK_PLUGIN_E_RANGE)
}

fn roll_of(mode: i32) -> Result<Roll, i32> {
    match mode {
        abi::CRMK_PLUGIN_ROLL_NONE => Ok(Roll::None),
        abi::CRMK_PLUGIN_ROLL_NEXT => Ok(Roll::Next),
        abi::CRMK_PLUGIN_ROLL_PREVIOUS => Ok(Roll::Previous),
        _ => Err(abi::CRMK_PLUGIN_E_RANGE),
    }
}

unsafe extern "C" fn calendar_is_rest_day(context: *mut c_void, date: i32, out: *mut u8) -> i32 {
    guarded(|| {
        // SAFETY: the plugin passes the context of this call on.
        let call = unsafe { call(context)? };
        let rest = call.rest_day(date_of(date)?)?;
        // SAFETY: the plugin gives a place to write to, or NULL.
        unsafe { write(out, u8::from(rest)) }
    })
}

unsafe extern "C" fn calendar_roll(context: *mut c_void, date: i32, mode: i32, out: *mut i32) -> i32 {
    guarded(|| {
        // SAFETY: the plugin passes the context of this call on.
        let call = unsafe { call(context)? };
        let day = call.calendar(call.input.calendar.rolled(date_of(date)?, roll_of(mode)?))?;
        // SAFETY: the plugin gives a place to write to, or NULL.
        unsafe { write(out, day.to_epoch_days()) }
    })
}

unsafe extern "C" fn date_of_instant(context: *mut c_void, instant: i64, out: *mut i32) -> i32 {
    guarded(|| {
        // SAFETY: the plugin passes the context of this call on.
        let call = unsafe { call(context)? };
        let instant = Instant::from_us(instant).map_err(|_| abi::CRMK_PLUGIN_E_RANGE)?;
        let date = date_of(instant.date_in(call.input.zone).to_epoch_days())?;
        // SAFETY: the plugin gives a place to write to, or NULL.
        unsafe { write(out, date.to_epoch_days()) }
    })
}

unsafe extern "C" fn fail(context: *mut c_void, message: abi::crmk_plugin_str) {
    guarded(|| {
        // SAFETY: the plugin passes the context on and a text that lives for the call.
        let (call, message) = unsafe { (call(context)?, text_lossy(message)) };
        call.message.replace(message);
        Ok(())
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_within_the_years_1_to_9999() {
        assert_eq!(date_of(0), Ok(Date::from_ymd_opt(1970, 1, 1).unwrap()));
        assert_eq!(date_of(i32::MAX), Err(abi::CRMK_PLUGIN_E_RANGE));
        assert_eq!(date_of(i32::MIN), Err(abi::CRMK_PLUGIN_E_RANGE));
    }
}
