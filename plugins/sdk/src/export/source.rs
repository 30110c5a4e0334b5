//! The kernel behind the C ABI, as the source of what the safe types answer.

use std::cell::RefCell;

use crm_plugin_abi as abi;

use super::{bytes, str_of, text};
use crate::answer::Failure;
use crate::change::{CallSource, Change, Roll, Side};
use crate::date::{Date, Instant};
use crate::field::{Money, Value};
use crate::init::InitSource;

/// The kernel during the set-up.
pub(super) struct AbiInit(pub(super) abi::crmk_plugin_host);

impl AbiInit {
    pub(super) fn settings(&self) -> Result<Vec<(String, String)>, String> {
        let at = self.0.setting_at.ok_or("the host has no settings")?;
        let mut all = Vec::new();
        for index in 0..u32::MAX {
            let (mut name, mut value) = (str_of(""), str_of(""));
            // SAFETY: the context belongs to the function, and both places can be written to.
            match unsafe { at(self.0.context, index, &raw mut name, &raw mut value) } {
                abi::CRMK_PLUGIN_OK => {}
                abi::CRMK_PLUGIN_ABSENT => break,
                code => return Err(format!("the settings cannot be read (code {code})")),
            }
            // SAFETY: the host's texts live until `init` returns.
            let pair = unsafe { text(name).and_then(|n| Ok((n.to_owned(), text(value)?.to_owned()))) };
            all.push(pair.map_err(|_| "a setting is not valid UTF-8")?);
        }
        Ok(all)
    }
}

impl InitSource for AbiInit {
    fn field(&self, entity: &str, name: &str, tag: i32) -> Result<u32, i32> {
        let resolve = self.0.field_id.ok_or(abi::CRMK_PLUGIN_E_HOST)?;
        let mut id = 0;
        // SAFETY: the context belongs to the function; the texts live for the call; `id` can be written to.
        match unsafe { resolve(self.0.context, str_of(entity), str_of(name), tag, &raw mut id) } {
            abi::CRMK_PLUGIN_OK => Ok(id),
            code => Err(code),
        }
    }

    fn enum_number(&self, field: u32, name: &str) -> Result<u16, i32> {
        let resolve = self.0.enum_number.ok_or(abi::CRMK_PLUGIN_E_HOST)?;
        let mut number = 0;
        // SAFETY: the context belongs to the function; the text lives for the call; `number` can be written to.
        match unsafe { resolve(self.0.context, field, str_of(name), &raw mut number) } {
            abi::CRMK_PLUGIN_OK => Ok(number),
            code => Err(code),
        }
    }
}

/// The kernel during a call.
pub(crate) struct AbiCall<'a> {
    pub(super) change: &'a abi::crmk_plugin_change,
    pub(super) access: &'a abi::crmk_plugin_access,
}

impl AbiCall<'_> {
    pub(super) fn seen(&self) -> Result<Change<'_>, Failure> {
        let change = self.change;
        // SAFETY: the host's texts live for the call, and so does this value.
        let texts = unsafe { (bytes(change.entity), bytes(change.command), bytes(change.actor)) };
        let (Ok(entity), Ok(command), Ok(actor)) = texts else { return Err("a text of the host is wrong".into()) };
        let (now, today, misread) = (Instant(change.now), Date::from_days(change.today), RefCell::default());
        Ok(Change { source: self, kernel: Some(self), now, today, entity, command, actor, misread })
    }

    #[inline]
    fn view(&self, side: Side) -> *const abi::crmk_plugin_view {
        match side {
            Side::Before => self.change.before,
            Side::After => self.change.after,
            Side::Customer => self.change.customer,
            Side::Related(address) => std::ptr::with_exposed_provenance(address),
        }
    }

    /// The value of a field. The tag is known where this is called, so that one getter is left of it.
    #[inline(always)]
    pub(crate) fn read_value(&self, side: Side, field: u32, tag: i32) -> Result<Option<Value<'_>>, i32> {
        let get = self.access;
        Ok(match tag {
            abi::CRMK_PLUGIN_TYPE_TEXT => match self.read(side, field, get.get_text, str_of(""))? {
                // SAFETY: the host's text lives until the hook returns, and this value is borrowed no longer.
                Some(v) => Some(Value::Text(unsafe { text(v) }?)),
                None => None,
            },
            abi::CRMK_PLUGIN_TYPE_INT => self.read(side, field, get.get_int, 0)?.map(Value::Int),
            abi::CRMK_PLUGIN_TYPE_BOOL => self.read(side, field, get.get_bool, 0)?.map(|v| Value::Bool(v != 0)),
            abi::CRMK_PLUGIN_TYPE_DATE => {
                self.read(side, field, get.get_date, 0)?.map(|v| Value::Date(Date::from_days(v)))
            }
            abi::CRMK_PLUGIN_TYPE_INSTANT => {
                self.read(side, field, get.get_instant, 0)?.map(|v| Value::Instant(Instant(v)))
            }
            abi::CRMK_PLUGIN_TYPE_MONEY => {
                let zero = abi::crmk_plugin_money { amount_minor: 0, currency: [0; 3], reserved: [0; 5] };
                let found = self.read(side, field, get.get_money, zero)?;
                found.map(|v| Value::Money(Money { amount_minor: v.amount_minor, currency: v.currency }))
            }
            abi::CRMK_PLUGIN_TYPE_ENUM => self.read(side, field, get.get_enum, 0)?.map(Value::Enum),
            abi::CRMK_PLUGIN_TYPE_REF => self.read(side, field, get.get_ref, 0)?.map(Value::Ref),
            _ => return Err(abi::CRMK_PLUGIN_E_WRONG_TYPE),
        })
    }

    /// Reads a field with one of the host's getters.
    #[inline]
    fn read<T>(
        &self,
        side: Side,
        field: u32,
        getter: Option<unsafe extern "C" fn(*const abi::crmk_plugin_view, u32, *mut T) -> i32>,
        mut out: T,
    ) -> Result<Option<T>, i32> {
        let getter = getter.ok_or(abi::CRMK_PLUGIN_E_HOST)?;
        // SAFETY: the view is the host's of this call, and `out` can be written to.
        match unsafe { getter(self.view(side), field, &raw mut out) } {
            abi::CRMK_PLUGIN_OK => Ok(Some(out)),
            abi::CRMK_PLUGIN_ABSENT => Ok(None),
            code => Err(code),
        }
    }
}

impl CallSource for AbiCall<'_> {
    fn has(&self, side: Side) -> bool {
        !self.view(side).is_null()
    }

    fn value(&self, side: Side, field: u32, tag: i32) -> Result<Option<Value<'_>>, i32> {
        self.read_value(side, field, tag)
    }

    fn is_rest_day(&self, date: Date) -> Result<bool, i32> {
        let ask = self.access.calendar_is_rest_day.ok_or(abi::CRMK_PLUGIN_E_HOST)?;
        let mut out = 0;
        // SAFETY: the context is that of this call, and `out` can be written to.
        done(unsafe { ask(self.change.context, date.days(), &raw mut out) }).map(|()| out != 0)
    }

    fn rolled(&self, date: Date, roll: Roll) -> Result<Date, i32> {
        let ask = self.access.calendar_roll.ok_or(abi::CRMK_PLUGIN_E_HOST)?;
        let mut out = 0;
        // SAFETY: the context is that of this call, and `out` can be written to.
        done(unsafe { ask(self.change.context, date.days(), roll.mode(), &raw mut out) }).map(|()| Date::from_days(out))
    }

    fn after_workdays(&self, date: Date, days: u32) -> Result<Date, i32> {
        let ask = self.access.calendar_after_workdays.ok_or(abi::CRMK_PLUGIN_E_HOST)?;
        let mut out = 0;
        // SAFETY: the context is that of this call, and `out` can be written to.
        done(unsafe { ask(self.change.context, date.days(), days, &raw mut out) }).map(|()| Date::from_days(out))
    }

    fn after_months(&self, date: Date, months: u32) -> Result<Date, i32> {
        let ask = self.access.calendar_after_months.ok_or(abi::CRMK_PLUGIN_E_HOST)?;
        let mut out = 0;
        // SAFETY: the context is that of this call, and `out` can be written to.
        done(unsafe { ask(self.change.context, date.days(), months, &raw mut out) }).map(|()| Date::from_days(out))
    }

    fn date_of(&self, instant: Instant) -> Result<Date, i32> {
        let ask = self.access.date_of_instant.ok_or(abi::CRMK_PLUGIN_E_HOST)?;
        let mut out = 0;
        // SAFETY: the context is that of this call, and `out` can be written to.
        done(unsafe { ask(self.change.context, instant.0, &raw mut out) }).map(|()| Date::from_days(out))
    }

    fn figure(&self, name: &str) -> Result<Option<String>, i32> {
        let ask = self.access.figure.ok_or(abi::CRMK_PLUGIN_E_HOST)?;
        // SAFETY: integers, a raw pointer and bytes: zeros are valid.
        let mut out: abi::crmk_plugin_value = unsafe { std::mem::zeroed() };
        // SAFETY: the context is that of this call; the name lives for it; `out` can be written to.
        match unsafe { ask(self.change.context, str_of(name), &raw mut out) } {
            // SAFETY: the host's text lives until the hook returns.
            abi::CRMK_PLUGIN_OK => Ok(Some(unsafe { text(out.text)? }.to_owned())),
            abi::CRMK_PLUGIN_ABSENT => Ok(None),
            code => Err(code),
        }
    }

    fn follow(&self, side: Side, field: u32) -> Result<Option<Side>, i32> {
        let ask = self.access.follow.ok_or(abi::CRMK_PLUGIN_E_HOST)?;
        let mut out = std::ptr::null();
        // SAFETY: the context and the view are those of this call, and `out` can be written to.
        match unsafe { ask(self.change.context, self.view(side), field, &raw mut out) } {
            abi::CRMK_PLUGIN_OK => Ok(Some(Side::Related(out.expose_provenance()))),
            abi::CRMK_PLUGIN_ABSENT => Ok(None),
            code => Err(code),
        }
    }

    fn referring(&self, field: u32, id: u64, visit: &mut dyn FnMut(Side) -> bool) -> Result<(), i32> {
        let ask = self.access.referring.ok_or(abi::CRMK_PLUGIN_E_HOST)?;
        let mut visitor = Visitor { visit, panic: None };
        let data = (&raw mut visitor).cast();
        // SAFETY: the context is that of this call; `visited` takes what `data` leads to, which outlives the call.
        let code = unsafe { ask(self.change.context, field, id, Some(visited), data) };
        if let Some(panic) = visitor.panic {
            std::panic::resume_unwind(panic);
        }
        done(code)
    }

    fn log(&self, level: i32, message: &str) {
        if let Some(log) = self.access.log {
            // SAFETY: the context is that of this call, and the text lives for it.
            unsafe { log(self.change.context, level, str_of(message)) };
        }
    }

    fn is_cancelled(&self) -> bool {
        // SAFETY: the context is that of this call.
        self.access.cancelled.is_some_and(|ask| unsafe { ask(self.change.context) } != 0)
    }
}

/// What [`visited`] runs, and the panic that it caught, which goes on when the host has returned.
struct Visitor<'v> {
    visit: &'v mut dyn FnMut(Side) -> bool,
    panic: Option<Box<dyn std::any::Any + Send>>,
}

unsafe extern "C" fn visited(data: *mut std::ffi::c_void, record: *const abi::crmk_plugin_view) -> i32 {
    // SAFETY: the host gives back the data of `referring`, on the same thread, while that waits.
    let Some(visitor) = (unsafe { data.cast::<Visitor<'_>>().as_mut() }) else { return abi::CRMK_PLUGIN_E_NULL };
    let side = Side::Related(record.expose_provenance());
    match std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| (visitor.visit)(side))) {
        Ok(true) => abi::CRMK_PLUGIN_OK,
        Ok(false) => abi::CRMK_PLUGIN_ABSENT,
        Err(panic) => {
            visitor.panic = Some(panic);
            abi::CRMK_PLUGIN_E_FAILED
        }
    }
}

fn done(code: i32) -> Result<(), i32> {
    if code == abi::CRMK_PLUGIN_OK { Ok(()) } else { Err(code) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_of_the_host_is_taken_when_it_is_utf8() {
        for (given, wanted) in [
            (&b"C-1"[..], Ok("C-1")),
            ("单位 1".as_bytes(), Ok("单位 1")),
            (b"", Ok("")),
            (b"C-1\xff", Err(abi::CRMK_PLUGIN_E_UTF8)),
        ] {
            // SAFETY: the bytes live for the test.
            let found = unsafe { text(abi::crmk_plugin_str { data: given.as_ptr(), len: given.len() }) };
            assert_eq!(found, wanted);
        }
    }
}
