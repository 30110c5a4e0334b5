//! A change as a hook sees it: the records around it, the instant that counts, and the calendar.

use std::cell::RefCell;
use std::fmt;

use crm_plugin_abi as abi;

use crate::answer::Failure;
use crate::date::{Date, Instant};
use crate::export::AbiCall;
use crate::field::{Choice, Field, Kind, Ref, Value};

/// What to do with a last day that is a rest day. Source: Civil Code Art. 203 and 204 (L-CIV-3, L-CIV-4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Roll {
    /// It stays.
    None,
    /// It moves to the next working day.
    Next,
    /// It moves to the working day before.
    Previous,
}

impl Roll {
    /// The roll of a name, as figures spell it: `none`, `next`, `previous`.
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "none" => Some(Roll::None),
            "next" => Some(Roll::Next),
            "previous" => Some(Roll::Previous),
            _ => None,
        }
    }

    /// The name.
    pub const fn name(self) -> &'static str {
        match self {
            Roll::None => "none",
            Roll::Next => "next",
            Roll::Previous => "previous",
        }
    }

    pub(crate) const fn mode(self) -> i32 {
        match self {
            Roll::None => abi::CRMK_PLUGIN_ROLL_NONE,
            Roll::Next => abi::CRMK_PLUGIN_ROLL_NEXT,
            Roll::Previous => abi::CRMK_PLUGIN_ROLL_PREVIOUS,
        }
    }
}

/// Which record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    Before,
    After,
    Customer,
    /// One that the host gave for a question; the number is the source's own.
    Related(usize),
}

/// Where the answers come from: the kernel, or a host for tests. Errors are codes of the ABI.
pub(crate) trait CallSource {
    fn has(&self, side: Side) -> bool;
    fn value(&self, side: Side, field: u32, tag: i32) -> Result<Option<Value<'_>>, i32>;
    fn is_rest_day(&self, date: Date) -> Result<bool, i32>;
    fn rolled(&self, date: Date, roll: Roll) -> Result<Date, i32>;
    fn after_workdays(&self, date: Date, days: u32) -> Result<Date, i32>;
    fn after_months(&self, date: Date, months: u32) -> Result<Date, i32>;
    fn date_of(&self, instant: Instant) -> Result<Date, i32>;
    fn figure(&self, name: &str) -> Result<Option<String>, i32>;
    fn follow(&self, side: Side, field: u32) -> Result<Option<Side>, i32>;
    fn referring(&self, field: u32, id: u64, visit: &mut dyn FnMut(Side) -> bool) -> Result<(), i32>;
    fn log(&self, level: i32, message: &str);
    fn is_cancelled(&self) -> bool;
}

/// A change that the kernel is about to commit.
pub struct Change<'a> {
    pub(crate) source: &'a dyn CallSource,
    /// The source again when it is the kernel, for reading fields without a detour.
    pub(crate) kernel: Option<&'a AbiCall<'a>>,
    pub(crate) now: Instant,
    pub(crate) today: Date,
    /// Texts that are checked when they are asked for.
    pub(crate) entity: &'a [u8],
    pub(crate) command: &'a [u8],
    pub(crate) actor: &'a [u8],
    /// The first read that went wrong; it fails the hook after it returns.
    pub(crate) misread: RefCell<Option<Failure>>,
}

impl fmt::Debug for Change<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Change")
            .field("entity", &self.entity())
            .field("command", &self.command())
            .finish_non_exhaustive()
    }
}

/// A record of a change.
#[derive(Debug, Clone, Copy)]
pub struct Record<'a> {
    change: &'a Change<'a>,
    side: Side,
}

impl<'a> Change<'a> {
    /// The instant of the change, the only one that a hook may go by.
    pub fn now(&self) -> Instant {
        self.now
    }

    /// The civil date of that instant in the database's time zone.
    pub fn today(&self) -> Date {
        self.today
    }

    /// The entity of the record that changes: `customer`, `person`, `visit`, `complaint`.
    pub fn entity(&self) -> &'a str {
        self.told(self.entity)
    }

    /// What is done: `add`, `update`, `put` or the name of a verb.
    pub fn command(&self) -> &'a str {
        self.told(self.command)
    }

    /// Who does it, when the manifest's capabilities name `actor`.
    pub fn actor(&self) -> Option<&'a str> {
        (!self.actor.is_empty()).then(|| self.told(self.actor))
    }

    /// A text of the host's; one that is not valid fails the hook after it returns.
    fn told(&self, text: &'a [u8]) -> &'a str {
        std::str::from_utf8(text).unwrap_or_else(|_| {
            self.misread.borrow_mut().get_or_insert_with(|| "a text of the host is wrong".into());
            ""
        })
    }

    /// The record before the change, `None` when it is new.
    pub fn before(&'a self) -> Option<Record<'a>> {
        self.record(Side::Before)
    }

    /// The record as it would be written.
    pub fn after(&'a self) -> Record<'a> {
        Record { change: self, side: Side::After }
    }

    /// The customer of a person, visit or complaint, when there is one.
    pub fn customer(&'a self) -> Option<Record<'a>> {
        self.record(Side::Customer)
    }

    fn record(&'a self, side: Side) -> Option<Record<'a>> {
        self.source.has(side).then_some(Record { change: self, side })
    }

    /// Whether a day is not worked.
    ///
    /// # Errors
    /// When the calendar has no data for the year.
    pub fn is_rest_day(&self, date: Date) -> Result<bool, Failure> {
        self.source.is_rest_day(date).map_err(|code| Failure::host(code, "whether a day is a rest day"))
    }

    /// Moves a last day off the rest days.
    ///
    /// # Errors
    /// When the calendar has no data for the year.
    pub fn rolled(&self, date: Date, roll: Roll) -> Result<Date, Failure> {
        self.source.rolled(date, roll).map_err(|code| Failure::host(code, "rolling a date off rest days"))
    }

    /// The last of so many working days; the start day is not counted.
    ///
    /// # Errors
    /// When the calendar has no data for a year that is needed.
    pub fn after_workdays(&self, date: Date, days: u32) -> Result<Date, Failure> {
        self.source.after_workdays(date, days).map_err(|code| Failure::host(code, "counting working days"))
    }

    /// So many months later: the day of the same number, or the month's end. Source: Civil Code Art. 202 (L-CIV-2).
    ///
    /// # Errors
    /// When it is outside of the years 1 to 9999.
    pub fn after_months(&self, date: Date, months: u32) -> Result<Date, Failure> {
        self.source.after_months(date, months).map_err(|code| Failure::host(code, "counting months"))
    }

    /// A figure that the owner of the database sets for this plugin; `None` when the plugin's own stands.
    ///
    /// # Errors
    /// When the host fails.
    pub fn figure(&self, name: &str) -> Result<Option<String>, Failure> {
        self.source.figure(name).map_err(|code| Failure::host(code, "reading a figure"))
    }

    /// Shows the stored records whose reference `field` names the record `id`, from the newest, until `visit` says
    /// `false`; at most a thousand. `field` needs an index.
    ///
    /// # Errors
    /// When the host fails.
    pub fn referring(
        &'a self,
        field: Field<Ref>,
        id: u64,
        mut visit: impl FnMut(Record<'a>) -> bool,
    ) -> Result<(), Failure> {
        self.source
            .referring(field.id, id, &mut |side| visit(Record { change: self, side }))
            .map_err(|code| Failure::host(code, "reading related records"))
    }

    /// Keeps a line for the administrator. No personal data.
    pub fn log(&self, message: &str) {
        self.source.log(abi::CRMK_PLUGIN_LOG_INFO, message);
    }

    /// Keeps a line that somebody should look at. No personal data.
    pub fn warn(&self, message: &str) {
        self.source.log(abi::CRMK_PLUGIN_LOG_WARNING, message);
    }

    /// Whether the hook is to end at once, with [`Failure::cancelled`]. A hook that loops asks now and then.
    pub fn is_cancelled(&self) -> bool {
        self.source.is_cancelled()
    }

    /// The civil date of an instant in the database's time zone.
    ///
    /// # Errors
    /// When it is outside of the years 1 to 9999.
    pub fn date_of(&self, instant: Instant) -> Result<Date, Failure> {
        self.source.date_of(instant).map_err(|code| Failure::host(code, "the date of an instant"))
    }
}

impl<'a> Record<'a> {
    /// Whether a field has a value of an enumeration.
    pub fn is(&self, choice: Choice) -> bool {
        self.get(choice.field) == Some(choice.number)
    }

    /// The record that a reference names, as it is stored; `None` when there is none.
    ///
    /// # Errors
    /// When the host fails.
    pub fn follow(&self, field: Field<Ref>) -> Result<Option<Record<'a>>, Failure> {
        let found = self.change.source.follow(self.side, field.id);
        let side = found.map_err(|code| Failure::host(code, "reading a related record"))?;
        Ok(side.map(|side| Record { change: self.change, side }))
    }

    /// The value of a field; `None` when it is absent, or sensitive and not among the manifest's capabilities.
    ///
    /// A field of another entity than the record's reads as absent, and fails the hook after it returns.
    pub fn get<K: Kind>(&self, field: Field<K>) -> Option<K::Value<'a>> {
        let pick = |value: Option<Value<'a>>| value.and_then(K::pick);
        let read = match self.change.kernel {
            Some(kernel) => kernel.read_value(self.side, field.id, K::TAG).map(pick),
            None => self.change.source.value(self.side, field.id, K::TAG).map(pick),
        };
        read.unwrap_or_else(|code| {
            self.change.misread.borrow_mut().get_or_insert_with(|| Failure::host(code, "reading a field"));
            None
        })
    }
}
