//! One call of a hook: the views that it reads, the calendar and the other services, and what the call gathers.

use std::cell::{Cell, RefCell};
use std::ffi::c_void;
use std::ops::ControlFlow;

use crm_plugin_abi as abi;

use super::live::{self, Kind};
use super::raw::{guarded, none, text, text_lossy, write};
use super::setup::{Slot, slot};
use super::texts::Texts;
use super::{Loaded, decision};
use crate::domain::{Calculator, Calendar, Date, EntityKind, FieldType, Fields, Instant, Roll, ValueRef};
use crate::error::{Error, ErrorKind, Result as CoreResult};
use crate::plugin::registry::HOOK_LIMIT_US;
use crate::port::{Answer, Computation, HookInput, LogLine, Point, Services};
use crate::rules::deadline;

/// The places of the views of a change.
pub(super) const AFTER: usize = 0;
pub(super) const BEFORE: usize = 1;
pub(super) const CUSTOMER: usize = 2;
/// The place of the first record that was read for the plugin.
const RELATED: usize = 3;

/// A record that was read for the plugin.
enum Related {
    Owned(EntityKind, Box<dyn Fields>),
    /// One that `referring` shows, until its visitor returns.
    Shown(EntityKind, *const dyn Fields),
    /// One that was shown.
    Gone,
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

    /// The record at one of the places of a change.
    #[inline]
    fn record(&self, place: usize) -> Option<(EntityKind, &'a dyn Fields)> {
        let Scene::Change(_, input) = self else { return None };
        match place {
            AFTER => Some((input.entity, input.after)),
            BEFORE => input.before.map(|before| (input.entity, before)),
            CUSTOMER => input.customer.map(|customer| (EntityKind::Customer, customer)),
            _ => None,
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
    /// The number under which it is alive.
    pub(super) number: usize,
    pub(super) plugin: &'a Loaded,
    pub(super) scene: Scene<'a>,
    began_us: i64,
    /// What the plugin said about its failure.
    pub(super) message: RefCell<String>,
    /// The calendar's error, for the caller to get when the hook passes it on.
    pub(super) calendar_error: RefCell<Option<Error>>,
    /// The code of an answer that was not taken. It fails the call, so that no answer is lost.
    pub(super) refused: Cell<Option<i32>>,
    /// Whether the hook was told to end.
    pub(super) told_to_end: Cell<bool>,
    /// The answers given.
    pub(super) answer: RefCell<Answer>,
    /// The texts that the plugin was shown.
    pub(super) texts: Texts,
    /// The records that were read for the plugin; they live as long as the call.
    related: RefCell<Vec<Related>>,
    shown: Cell<usize>,
}

impl<'a> Call<'a> {
    pub(super) fn new(plugin: &'a Loaded, scene: Scene<'a>) -> Self {
        Self {
            number: live::number(),
            began_us: scene.services().ticks_us(),
            plugin,
            scene,
            message: RefCell::default(),
            calendar_error: RefCell::default(),
            refused: Cell::default(),
            told_to_end: Cell::default(),
            answer: RefCell::default(),
            texts: Texts::new(plugin.guarded),
            related: RefCell::default(),
            shown: Cell::default(),
        }
    }

    /// The first argument of the functions of [`ACCESS`] and of the sinks; alive while the call's scope is.
    pub(super) fn context(&self) -> *mut c_void {
        live::context(self.number)
    }

    /// The view at a place, NULL for a record that is not there.
    pub(super) fn view(&self, place: usize) -> *const abi::crmk_plugin_view {
        match self.scene.record(place) {
            Some(_) => live::view(self.number, place),
            None => std::ptr::null(),
        }
    }

    /// For the validator: lets other threads come between, so that what hooks share is seen to be shared.
    #[inline]
    fn let_others_between(&self) {
        if self.plugin.guarded {
            std::thread::yield_now();
        }
    }

    /// What `look` makes of the record at a place.
    #[inline]
    fn look<T>(&self, place: usize, look: impl FnOnce(EntityKind, &dyn Fields) -> Result<T, i32>) -> Result<T, i32> {
        self.let_others_between();
        if place < RELATED {
            let (entity, fields) = self.scene.record(place).ok_or(abi::CRMK_PLUGIN_E_STATE)?;
            return look(entity, fields);
        }
        let related = self.related.borrow();
        match related.get(place - RELATED) {
            Some(Related::Owned(entity, fields)) => look(*entity, &**fields),
            // SAFETY: `referring` takes it away before the record that it points to goes.
            Some(Related::Shown(entity, fields)) => look(*entity, unsafe { &**fields }),
            Some(Related::Gone) | None => Err(abi::CRMK_PLUGIN_E_STATE),
        }
    }

    /// The slot of a field of a record of an entity, which is of a type.
    #[inline]
    fn slot(&self, of: EntityKind, field: u32, tag: i32) -> Result<&'a Slot, i32> {
        let slot = slot(&self.plugin.slots, field)?;
        if slot.entity != of {
            return Err(abi::CRMK_PLUGIN_E_WRONG_ENTITY);
        }
        if slot.tag != tag {
            return Err(abi::CRMK_PLUGIN_E_WRONG_TYPE);
        }
        Ok(slot)
    }

    /// What `pick` makes of a field, which may be absent.
    #[inline]
    fn read<T>(
        &self,
        place: usize,
        field: u32,
        tag: i32,
        pick: impl FnOnce(&Self, &dyn Fields, u16) -> Option<T>,
    ) -> Result<T, i32> {
        self.look(place, |entity, fields| {
            let slot = self.slot(entity, field, tag)?;
            if !slot.granted {
                return Err(abi::CRMK_PLUGIN_ABSENT);
            }
            pick(self, fields, slot.field).ok_or(abi::CRMK_PLUGIN_ABSENT)
        })
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

    /// Keeps a record that was read, and gives its place.
    fn keep(&self, record: Related) -> usize {
        let mut related = self.related.borrow_mut();
        related.push(record);
        RELATED + related.len() - 1
    }

    fn follow(&self, place: usize, field: u32) -> Result<*const abi::crmk_plugin_view, i32> {
        let tag = abi::CRMK_PLUGIN_TYPE_REF;
        let entity = self.look(place, |entity, _| Ok(entity))?;
        let FieldType::Ref(target) = self.slot(entity, field, tag)?.kind else {
            return Err(abi::CRMK_PLUGIN_E_WRONG_TYPE);
        };
        let id = self.read(place, field, tag, |_, fields, id| fields.reference(id))?;
        self.show()?;
        let found = self.scene.services().record(target, id).map_err(|_| abi::CRMK_PLUGIN_E_HOST)?;
        let place = self.keep(Related::Owned(target, found.ok_or(abi::CRMK_PLUGIN_ABSENT)?));
        Ok(live::view(self.number, place))
    }

    /// Shows the records that refer to one, until `visit` gives another code than OK.
    fn referring(
        &self,
        field: u32,
        id: u64,
        mut visit: impl FnMut(*const abi::crmk_plugin_view) -> i32,
    ) -> Result<(), i32> {
        let slot = slot(&self.plugin.slots, field)?;
        let FieldType::Ref(_) = slot.kind else { return Err(abi::CRMK_PLUGIN_E_WRONG_TYPE) };
        if !slot.granted {
            return Ok(());
        }
        let mut ended = abi::CRMK_PLUGIN_OK;
        let found = self.scene.services().referring(slot.entity, slot.field, id, &mut |fields| {
            if self.show().is_err() {
                return ControlFlow::Break(());
            }
            let shown: *const (dyn Fields + '_) = fields;
            // SAFETY: only the lifetime changes; the place is emptied below before the record goes.
            let shown: *const (dyn Fields + 'static) = unsafe { std::mem::transmute(shown) };
            let place = self.keep(Related::Shown(slot.entity, shown));
            ended = visit(live::view(self.number, place));
            self.related.borrow_mut()[place - RELATED] = Related::Gone;
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
/// `out` is NULL or a place to write to.
unsafe fn read<T>(
    view: *const abi::crmk_plugin_view,
    field: u32,
    tag: i32,
    out: *mut T,
    pick: impl FnOnce(&Call<'_>, &dyn Fields, u16) -> Option<T>,
) -> i32 {
    guarded(|| {
        let (call, place) = call_of_view(view)?;
        let value = call.read(place, field, tag, pick)?;
        // SAFETY: by the caller's promise.
        unsafe { write(out, value) }
    })
}

/// Defines a getter: its name, the type of its output, the type of the field, and how the value is read.
macro_rules! getter {
    ($name:ident, $out:ty, $tag:ident, $read:expr) => {
        unsafe extern "C" fn $name(view: *const abi::crmk_plugin_view, field: u32, out: *mut $out) -> i32 {
            // SAFETY: the plugin gives a place to write to, or NULL.
            unsafe { read(view, field, abi::$tag, out, $read) }
        }
    };
}

/// Reads a value of one variant.
macro_rules! of {
    ($variant:ident($value:ident) => $written:expr) => {
        |_, fields, field| match fields.get(field) {
            Some(ValueRef::$variant($value)) => Some($written),
            _ => None,
        }
    };
}

getter!(get_text, abi::crmk_plugin_str, CRMK_PLUGIN_TYPE_TEXT, |call, fields, field| {
    fields.text(field).map(|text| call.texts.keep(text))
});
getter!(get_int, i64, CRMK_PLUGIN_TYPE_INT, of!(Int(v) => v));
getter!(get_bool, u8, CRMK_PLUGIN_TYPE_BOOL, of!(Bool(v) => u8::from(v)));
getter!(get_date, i32, CRMK_PLUGIN_TYPE_DATE, |_, fields, field| fields.days(field));
getter!(get_instant, i64, CRMK_PLUGIN_TYPE_INSTANT, |_, fields, field| fields.instant(field).map(Instant::us));
getter!(get_money, abi::crmk_plugin_money, CRMK_PLUGIN_TYPE_MONEY, of!(Money(v) => money(v)));
getter!(get_enum, u16, CRMK_PLUGIN_TYPE_ENUM, |_, fields, field| fields.enumeration(field));
getter!(get_ref, u64, CRMK_PLUGIN_TYPE_REF, |_, fields, field| fields.reference(field));

fn money(value: crate::domain::Money) -> abi::crmk_plugin_money {
    let mut currency = [0; 3];
    currency.copy_from_slice(value.currency().as_bytes());
    abi::crmk_plugin_money { amount_minor: value.amount_minor(), currency, reserved: [0; 5] }
}

/// The call that a context stands for.
///
/// # Errors
/// E_NULL; E_STATE when it is not the call under way on this thread.
pub(super) fn call<'a>(context: *mut c_void) -> Result<&'a Call<'a>, i32> {
    let at = live::of_context(Kind::Call, context)?.cast::<Call<'_>>();
    // SAFETY: what is alive as a call is one, stays in its place meanwhile, and is used by this thread alone.
    let call = unsafe { &*at };
    call.let_others_between();
    Ok(call)
}

/// The call that a view belongs to, and its place there.
#[inline]
fn call_of_view<'a>(view: *const abi::crmk_plugin_view) -> Result<(&'a Call<'a>, usize), i32> {
    let (at, place) = live::of_view(view)?;
    // SAFETY: as in `call`.
    Ok((unsafe { &*at.cast::<Call<'_>>() }, place))
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
        let call = call(context)?;
        let rest = call.calendar(call.scene.calendar().is_rest_day(date_of(date)?))?;
        // SAFETY: the plugin gives a place to write to, or NULL.
        unsafe { write(out, u8::from(rest)) }
    })
}

unsafe extern "C" fn calendar_roll(context: *mut c_void, date: i32, mode: i32, out: *mut i32) -> i32 {
    guarded(|| {
        let call = call(context)?;
        let day = call.calendar(call.scene.calendar().rolled(date_of(date)?, roll_of(mode)?))?;
        // SAFETY: the plugin gives a place to write to, or NULL.
        unsafe { write(out, day.to_epoch_days()) }
    })
}

unsafe extern "C" fn calendar_after_workdays(context: *mut c_void, date: i32, days: u32, out: *mut i32) -> i32 {
    guarded(|| {
        let call = call(context)?;
        let day = call.calendar(deadline::after_workdays(date_of(date)?, days, call.scene.calendar()))?;
        // SAFETY: the plugin gives a place to write to, or NULL.
        unsafe { write(out, day.to_epoch_days()) }
    })
}

unsafe extern "C" fn calendar_after_months(context: *mut c_void, date: i32, months: u32, out: *mut i32) -> i32 {
    guarded(|| {
        let call = call(context)?;
        let day = call.calendar(deadline::after_months(date_of(date)?, months, Roll::None, call.scene.calendar()))?;
        // SAFETY: the plugin gives a place to write to, or NULL.
        unsafe { write(out, day.to_epoch_days()) }
    })
}

unsafe extern "C" fn date_of_instant(context: *mut c_void, instant: i64, out: *mut i32) -> i32 {
    guarded(|| {
        let call = call(context)?;
        let instant = Instant::from_us(instant).map_err(|_| abi::CRMK_PLUGIN_E_RANGE)?;
        let date = date_of(instant.date_in(call.scene.zone()).to_epoch_days())?;
        // SAFETY: the plugin gives a place to write to, or NULL.
        unsafe { write(out, date.to_epoch_days()) }
    })
}

unsafe extern "C" fn figure(context: *mut c_void, name: abi::crmk_plugin_str, out: *mut abi::crmk_plugin_value) -> i32 {
    guarded(|| {
        let call = call(context)?;
        // SAFETY: the plugin passes a text on that lives for the call.
        let name = unsafe { text(name, abi::CRMK_PLUGIN_NAME_LEN_MAX)? };
        let found = call.texts.keep(call.plugin.settings.get(name).ok_or(abi::CRMK_PLUGIN_ABSENT)?);
        let value = abi::crmk_plugin_value { r#type: abi::CRMK_PLUGIN_TYPE_TEXT, text: found, ..decision::no_value() };
        // SAFETY: the plugin gives a place to write to, or NULL.
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
        let call = call(context)?;
        if out.is_null() {
            return Err(abi::CRMK_PLUGIN_E_NULL);
        }
        let (_, place) = call_of_view(view)?;
        let found = call.follow(place, field)?;
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
        let call = call(context)?;
        let visit = visit.ok_or(abi::CRMK_PLUGIN_E_NULL)?;
        // SAFETY: the plugin's function takes its own data, and a view that lives until it returns.
        call.referring(field, id, |view| unsafe { visit(data, view) })
    })
}

unsafe extern "C" fn log(context: *mut c_void, level: i32, message: abi::crmk_plugin_str) {
    none(|| {
        let call = call(context)?;
        // SAFETY: the plugin passes a text on that lives for the call.
        let message = unsafe { text_lossy(message) };
        call.plugin.log.push(LogLine { warning: level >= abi::CRMK_PLUGIN_LOG_WARNING, message });
        Ok(())
    });
}

unsafe extern "C" fn cancelled(context: *mut c_void) -> i32 {
    let mut told = 0;
    none(|| {
        let call = call(context)?;
        let took_us = call.scene.services().ticks_us().saturating_sub(call.began_us);
        call.told_to_end.set(call.told_to_end.get() || took_us > HOOK_LIMIT_US);
        told = i32::from(call.told_to_end.get());
        Ok(())
    });
    told
}

unsafe extern "C" fn fail(context: *mut c_void, message: abi::crmk_plugin_str) {
    none(|| {
        let call = call(context)?;
        // SAFETY: the plugin passes a text on that lives for the call.
        let message = unsafe { text_lossy(message) };
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
