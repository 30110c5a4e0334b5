//! One call of a hook: the views that it reads, the calendar and the other services, and what the call gathers.

use std::cell::{Cell, RefCell};
use std::ffi::c_void;
use std::ops::ControlFlow;

use crm_plugin_abi as abi;

use super::raw::{guarded, none, str_of, text, text_lossy, write};
use super::setup::{Slot, slot};
use super::{Loaded, decision};
use crate::domain::{Calculator, Calendar, Date, EntityKind, FieldType, Fields, Instant, Roll, ValueRef};
use crate::error::{Error, ErrorKind, Result as CoreResult};
use crate::plugin::registry::HOOK_LIMIT_US;
use crate::port::{Answer, Computation, HookInput, LogLine, Point, Services};
use crate::rules::deadline;

/// A record as the plugin sees it.
pub(super) struct View<'a> {
    entity: EntityKind,
    fields: Held<'a>,
    slots: &'a [Slot],
}

/// A record that the kernel holds for the use case, or one that was read for the plugin.
pub(super) enum Held<'a> {
    /// Where the reference lies: one that was written just now is read sooner where it is than it is copied.
    Borrowed(&'a &'a dyn Fields),
    Owned(Box<dyn Fields>),
}

impl<'a> View<'a> {
    pub(super) fn new(entity: EntityKind, fields: &'a &'a dyn Fields, slots: &'a [Slot]) -> Self {
        Self { entity, fields: Held::Borrowed(fields), slots }
    }

    fn slot(&self, field: u32, tag: i32) -> Result<&'a Slot, i32> {
        let slot = slot(self.slots, field)?;
        if slot.entity != self.entity {
            return Err(abi::CRMK_PLUGIN_E_WRONG_ENTITY);
        }
        if slot.tag != tag {
            return Err(abi::CRMK_PLUGIN_E_WRONG_TYPE);
        }
        Ok(slot)
    }

    /// What `pick` makes of a field, which may be absent.
    #[inline]
    fn read<'v, T>(
        &'v self,
        field: u32,
        tag: i32,
        pick: impl FnOnce(&'v dyn Fields, u16) -> Option<T>,
    ) -> Result<T, i32> {
        let slot = self.slot(field, tag)?;
        if !slot.granted {
            return Err(abi::CRMK_PLUGIN_ABSENT);
        }
        let fields = match &self.fields {
            Held::Borrowed(fields) => **fields,
            Held::Owned(fields) => &**fields,
        };
        pick(fields, slot.field).ok_or(abi::CRMK_PLUGIN_ABSENT)
    }
}

/// What a call is about, as far as the services need it.
pub(super) enum Scene<'a> {
    Change(Point, &'a HookInput<'a>),
    Computation(&'a Calculator, &'a Computation<'a>),
}

impl<'a> Scene<'a> {
    pub(super) fn point(&self) -> Point {
        match self {
            Scene::Change(point, _) => *point,
            Scene::Computation(..) => Point::Compute,
        }
    }

    /// The entity of the record that changes; none for a computation.
    pub(super) fn entity(&self) -> Option<EntityKind> {
        match self {
            Scene::Change(_, input) => Some(input.entity),
            Scene::Computation(..) => None,
        }
    }

    /// The calculator that is called.
    pub(super) fn calculator(&self) -> Option<&'a Calculator> {
        match self {
            Scene::Change(..) => None,
            Scene::Computation(calculator, _) => Some(calculator),
        }
    }

    fn calendar(&self) -> &'a Calendar {
        match self {
            Scene::Change(_, input) => input.calendar,
            Scene::Computation(_, computation) => computation.calendar,
        }
    }

    fn zone(&self) -> chrono_tz::Tz {
        match self {
            Scene::Change(_, input) => input.zone,
            Scene::Computation(_, computation) => computation.zone,
        }
    }

    fn services(&self) -> &'a dyn Services {
        match self {
            Scene::Change(_, input) => input.services,
            Scene::Computation(_, computation) => computation.services,
        }
    }
}

/// What a call gathers while it runs.
pub(super) struct Call<'a> {
    pub(super) plugin: &'a Loaded,
    pub(super) scene: Scene<'a>,
    began_us: i64,
    /// What the plugin said about its failure.
    pub(super) message: RefCell<String>,
    /// The calendar's error, for the caller to get when the hook passes it on.
    pub(super) calendar_error: RefCell<Option<Error>>,
    /// The code of an answer that was not taken. It fails the call, lest an answer get lost.
    pub(super) refused: Cell<Option<i32>>,
    /// The answers given.
    pub(super) answer: RefCell<Answer>,
    /// The records that were read for the plugin; they live as long as the call.
    related: RefCell<Vec<*mut View<'a>>>,
    shown: Cell<usize>,
}

impl Drop for Call<'_> {
    fn drop(&mut self) {
        for view in self.related.take() {
            // SAFETY: it came from Box::into_raw in `keep`, and nobody frees it twice; the call is over.
            drop(unsafe { Box::from_raw(view) });
        }
    }
}

impl<'a> Call<'a> {
    pub(super) fn new(plugin: &'a Loaded, scene: Scene<'a>) -> Self {
        Self {
            began_us: scene.services().ticks_us(),
            plugin,
            scene,
            message: RefCell::default(),
            calendar_error: RefCell::default(),
            refused: Cell::default(),
            answer: RefCell::default(),
            related: RefCell::default(),
            shown: Cell::default(),
        }
    }

    /// The first argument of the functions of [`ACCESS`] and of the sinks; valid as long as this call is borrowed.
    pub(super) fn context(&self) -> *mut c_void {
        std::ptr::from_ref(self).cast_mut().cast()
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

    /// Counts a record that is shown.
    fn show(&self) -> Result<(), i32> {
        self.shown.set(self.shown.get() + 1);
        if self.shown.get() > abi::CRMK_PLUGIN_RELATED_MAX { Err(abi::CRMK_PLUGIN_E_LIMIT) } else { Ok(()) }
    }

    /// Keeps a record that was read until the call is over.
    fn keep(&self, entity: EntityKind, fields: Box<dyn Fields>) -> *const abi::crmk_plugin_view {
        let view = Box::into_raw(Box::new(View { entity, fields: Held::Owned(fields), slots: &self.plugin.slots }));
        self.related.borrow_mut().push(view);
        view.cast_const().cast()
    }

    fn follow(&self, view: &View<'_>, field: u32) -> Result<*const abi::crmk_plugin_view, i32> {
        let tag = abi::CRMK_PLUGIN_TYPE_REF;
        let FieldType::Ref(target) = view.slot(field, tag)?.kind else { return Err(abi::CRMK_PLUGIN_E_WRONG_TYPE) };
        let id = view.read(field, tag, |fields, id| fields.reference(id))?;
        self.show()?;
        let found = self.scene.services().record(target, id).map_err(|_| abi::CRMK_PLUGIN_E_HOST)?;
        Ok(self.keep(target, found.ok_or(abi::CRMK_PLUGIN_ABSENT)?))
    }

    /// Shows the records that refer to one, until `visit` gives another code than OK.
    fn referring(
        &self,
        field: u32,
        id: u64,
        mut visit: impl FnMut(*const abi::crmk_plugin_view) -> i32,
    ) -> Result<(), i32> {
        let slots = &self.plugin.slots;
        let slot = slot(slots, field)?;
        let FieldType::Ref(_) = slot.kind else { return Err(abi::CRMK_PLUGIN_E_WRONG_TYPE) };
        if !slot.granted {
            return Ok(());
        }
        let mut ended = abi::CRMK_PLUGIN_OK;
        let found = self.scene.services().referring(slot.entity, slot.field, id, &mut |fields| {
            if self.show().is_err() {
                return ControlFlow::Break(());
            }
            let view = View::new(slot.entity, &fields, slots);
            ended = visit(std::ptr::from_ref(&view).cast());
            if ended == abi::CRMK_PLUGIN_OK { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        });
        match found {
            Err(e) if e.kind() == ErrorKind::InvalidArgument => Err(abi::CRMK_PLUGIN_E_RANGE),
            Err(_) => Err(abi::CRMK_PLUGIN_E_HOST),
            Ok(()) if ended < 0 => Err(ended),
            Ok(()) => Ok(()),
        }
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
    calendar_after_workdays: Some(calendar_after_workdays),
    calendar_after_months: Some(calendar_after_months),
    date_of_instant: Some(date_of_instant),
    figure: Some(figure),
    follow: Some(follow),
    referring: Some(referring),
    log: Some(log),
    cancelled: Some(cancelled),
    fail: Some(fail),
};

/// Reads a field and writes what `pick` makes of it. One that is not of the type of its slot is damaged, and absent.
///
/// # Safety
/// `view` is NULL or one that [`View`] made and that is still borrowed; `out` is NULL or a place to write to.
unsafe fn read<T>(
    view: *const abi::crmk_plugin_view,
    field: u32,
    tag: i32,
    out: *mut T,
    pick: impl FnOnce(&dyn Fields, u16) -> Option<T>,
) -> i32 {
    guarded(|| {
        // SAFETY: by the caller's promise; the view is only read.
        let view = unsafe { view.cast::<View<'_>>().as_ref() }.ok_or(abi::CRMK_PLUGIN_ABSENT)?;
        let value = view.read(field, tag, pick)?;
        // SAFETY: by the caller's promise.
        unsafe { write(out, value) }
    })
}

/// Defines a getter: its name, the type of its output, the type of the field, and how the value is read.
macro_rules! getter {
    ($name:ident, $out:ty, $tag:ident, $read:expr) => {
        unsafe extern "C" fn $name(view: *const abi::crmk_plugin_view, field: u32, out: *mut $out) -> i32 {
            // SAFETY: the plugin passes on a view of this call, or NULL, and gives a place to write to, or NULL.
            unsafe { read(view, field, abi::$tag, out, $read) }
        }
    };
}

/// Reads a value of one variant.
macro_rules! of {
    ($variant:ident($value:ident) => $written:expr) => {
        |fields, field| match fields.get(field) {
            Some(ValueRef::$variant($value)) => Some($written),
            _ => None,
        }
    };
}

getter!(get_text, abi::crmk_plugin_str, CRMK_PLUGIN_TYPE_TEXT, |fields, field| fields.text(field).map(str_of));
getter!(get_int, i64, CRMK_PLUGIN_TYPE_INT, of!(Int(v) => v));
getter!(get_bool, u8, CRMK_PLUGIN_TYPE_BOOL, of!(Bool(v) => u8::from(v)));
getter!(get_date, i32, CRMK_PLUGIN_TYPE_DATE, |fields, field| fields.days(field));
getter!(get_instant, i64, CRMK_PLUGIN_TYPE_INSTANT, |fields, field| fields.instant(field).map(Instant::us));
getter!(get_money, abi::crmk_plugin_money, CRMK_PLUGIN_TYPE_MONEY, of!(Money(v) => money(v)));
getter!(get_enum, u16, CRMK_PLUGIN_TYPE_ENUM, |fields, field| fields.enumeration(field));
getter!(get_ref, u64, CRMK_PLUGIN_TYPE_REF, |fields, field| fields.reference(field));

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
        let rest = call.calendar(call.scene.calendar().is_rest_day(date_of(date)?))?;
        // SAFETY: the plugin gives a place to write to, or NULL.
        unsafe { write(out, u8::from(rest)) }
    })
}

unsafe extern "C" fn calendar_roll(context: *mut c_void, date: i32, mode: i32, out: *mut i32) -> i32 {
    guarded(|| {
        // SAFETY: the plugin passes the context of this call on.
        let call = unsafe { call(context)? };
        let day = call.calendar(call.scene.calendar().rolled(date_of(date)?, roll_of(mode)?))?;
        // SAFETY: the plugin gives a place to write to, or NULL.
        unsafe { write(out, day.to_epoch_days()) }
    })
}

unsafe extern "C" fn calendar_after_workdays(context: *mut c_void, date: i32, days: u32, out: *mut i32) -> i32 {
    guarded(|| {
        // SAFETY: the plugin passes the context of this call on.
        let call = unsafe { call(context)? };
        let day = call.calendar(deadline::after_workdays(date_of(date)?, days, call.scene.calendar()))?;
        // SAFETY: the plugin gives a place to write to, or NULL.
        unsafe { write(out, day.to_epoch_days()) }
    })
}

unsafe extern "C" fn calendar_after_months(context: *mut c_void, date: i32, months: u32, out: *mut i32) -> i32 {
    guarded(|| {
        // SAFETY: the plugin passes the context of this call on.
        let call = unsafe { call(context)? };
        let day = call.calendar(deadline::after_months(date_of(date)?, months, Roll::None, call.scene.calendar()))?;
        // SAFETY: the plugin gives a place to write to, or NULL.
        unsafe { write(out, day.to_epoch_days()) }
    })
}

unsafe extern "C" fn date_of_instant(context: *mut c_void, instant: i64, out: *mut i32) -> i32 {
    guarded(|| {
        // SAFETY: the plugin passes the context of this call on.
        let call = unsafe { call(context)? };
        let instant = Instant::from_us(instant).map_err(|_| abi::CRMK_PLUGIN_E_RANGE)?;
        let date = date_of(instant.date_in(call.scene.zone()).to_epoch_days())?;
        // SAFETY: the plugin gives a place to write to, or NULL.
        unsafe { write(out, date.to_epoch_days()) }
    })
}

unsafe extern "C" fn figure(context: *mut c_void, name: abi::crmk_plugin_str, out: *mut abi::crmk_plugin_value) -> i32 {
    guarded(|| {
        // SAFETY: the plugin passes the context of this call on and a text that lives for the call.
        let (call, name) = unsafe { (call(context)?, text(name, abi::CRMK_PLUGIN_NAME_LEN_MAX)?) };
        let found = call.plugin.settings.get(name).ok_or(abi::CRMK_PLUGIN_ABSENT)?;
        let value =
            abi::crmk_plugin_value { r#type: abi::CRMK_PLUGIN_TYPE_TEXT, text: str_of(found), ..decision::no_value() };
        // SAFETY: the plugin gives a place to write to, or NULL; the setting outlives the call.
        unsafe { write(out, value) }
    })
}

unsafe extern "C" fn follow(
    context: *mut c_void,
    view: *const abi::crmk_plugin_view,
    field: u32,
    out: *mut *const abi::crmk_plugin_view,
) -> i32 {
    guarded(|| {
        // SAFETY: the plugin passes the context of this call on.
        let call = unsafe { call(context)? };
        if out.is_null() {
            return Err(abi::CRMK_PLUGIN_E_NULL);
        }
        // SAFETY: the plugin passes on a view of this call, or NULL; it is only read.
        let view = unsafe { view.cast::<View<'_>>().as_ref() }.ok_or(abi::CRMK_PLUGIN_ABSENT)?;
        let found = call.follow(view, field)?;
        // SAFETY: the plugin gives a place to write to, not NULL.
        unsafe { write(out, found) }
    })
}

unsafe extern "C" fn referring(
    context: *mut c_void,
    field: u32,
    id: u64,
    visit: abi::crmk_plugin_visit_fn,
    data: *mut c_void,
) -> i32 {
    guarded(|| {
        // SAFETY: the plugin passes the context of this call on.
        let call = unsafe { call(context)? };
        let visit = visit.ok_or(abi::CRMK_PLUGIN_E_NULL)?;
        // SAFETY: the plugin's function takes its own data, and a view that lives until it returns.
        call.referring(field, id, |view| unsafe { visit(data, view) })
    })
}

unsafe extern "C" fn log(context: *mut c_void, level: i32, message: abi::crmk_plugin_str) {
    none(|| {
        // SAFETY: the plugin passes the context on and a text that lives for the call.
        let (call, message) = unsafe { (call(context)?, text_lossy(message)) };
        call.plugin.log.push(LogLine { warning: level >= abi::CRMK_PLUGIN_LOG_WARNING, message });
        Ok(())
    });
}

unsafe extern "C" fn cancelled(context: *mut c_void) -> i32 {
    let mut told = 0;
    none(|| {
        // SAFETY: the plugin passes the context on.
        let call = unsafe { call(context)? };
        let took_us = call.scene.services().ticks_us().saturating_sub(call.began_us);
        told = i32::from(took_us > HOOK_LIMIT_US);
        Ok(())
    });
    told
}

unsafe extern "C" fn fail(context: *mut c_void, message: abi::crmk_plugin_str) {
    none(|| {
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
