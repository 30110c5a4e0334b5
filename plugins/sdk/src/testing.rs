//! A host for tests: runs a plugin's hooks against records made up by the test, without a kernel.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use crm_plugin_abi as abi;

use crate::Plugin;
use crate::answer::{Decision, Decisions, Failure, Violation, Violations};
use crate::change::{self, CallSource, Roll, Side};
use crate::date::{Date, Instant};
use crate::field::{Money, Value};
use crate::figures::Figures;
use crate::init::{Init, InitSource};
use crate::quantity::{Computation, Quantity};

const DAY_US: i64 = 86_400_000_000;
/// The greatest number of days that a date is moved off rest days.
const ROLL_DAYS_MAX: usize = 366;

/// A host with a fixed day, the time zone UTC+8, and a calendar whose rest days are the weekends and those given.
///
/// It knows every field that is asked for, with the type of the first asking, and every value of an enumeration.
#[derive(Debug)]
pub struct Host {
    today: Date,
    settings: BTreeMap<String, String>,
    rest_days: BTreeSet<Date>,
    make_up_workdays: BTreeSet<Date>,
    missing_years: BTreeSet<i32>,
    fields: RefCell<Vec<FakeField>>,
    enum_values: RefCell<Vec<String>>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct FakeField {
    entity: String,
    name: String,
    tag: i32,
}

impl Host {
    /// A host whose present is noon of a day.
    pub fn new(today: Date) -> Self {
        Self {
            today,
            settings: BTreeMap::new(),
            rest_days: BTreeSet::new(),
            make_up_workdays: BTreeSet::new(),
            missing_years: BTreeSet::new(),
            fields: RefCell::default(),
            enum_values: RefCell::default(),
        }
    }

    /// Overrides a figure of the plugin's.
    #[must_use]
    pub fn setting(mut self, name: &str, value: &str) -> Self {
        self.settings.insert(name.to_owned(), value.to_owned());
        self
    }

    /// Makes the days from one to another rest days, both included.
    #[must_use]
    pub fn resting(mut self, from: Date, until: Date) -> Self {
        self.rest_days.extend((from.days()..=until.days()).map(Date::from_days));
        self
    }

    /// Makes a day of a weekend a working day.
    #[must_use]
    pub fn working(mut self, day: Date) -> Self {
        self.make_up_workdays.insert(day);
        self
    }

    /// Leaves a year out of the calendar.
    #[must_use]
    pub fn without_year(mut self, year: i32) -> Self {
        self.missing_years.insert(year);
        self
    }

    /// Sets up a plugin.
    ///
    /// # Errors
    /// The reason that the plugin gives, or what is wrong with its policy or with a setting.
    pub fn start<P: Plugin>(&self) -> Result<Running<'_, P>, String> {
        let settings = self.settings.iter().map(|(n, v)| (n.as_str(), v.as_str()));
        let figures = Figures::parse(P::POLICY, settings)?;
        Ok(Running { host: self, plugin: P::new(&Init::new(self, figures))? })
    }

    fn number(&self, value: &str) -> u16 {
        let mut values = self.enum_values.borrow_mut();
        let at = values.iter().position(|v| v == value).unwrap_or(values.len());
        if at == values.len() {
            values.push(value.to_owned());
        }
        u16::try_from(at + 1).unwrap_or(u16::MAX)
    }

    fn rests(&self, date: Date) -> Result<bool, i32> {
        if self.missing_years.contains(&date.parts().0) {
            return Err(abi::CRMK_PLUGIN_E_CALENDAR_YEAR);
        }
        let weekend = date.weekday() >= 6 && !self.make_up_workdays.contains(&date);
        Ok(weekend || self.rest_days.contains(&date))
    }

    fn date_of(&self, instant: Instant) -> Date {
        Date::from_days((instant.0 + DAY_US / 3).div_euclid(DAY_US) as i32)
    }
}

/// The instant of an hour of a day in the host's time zone, UTC+8.
pub fn instant(day: Date, hour: i64) -> Instant {
    Instant(i64::from(day.days()) * DAY_US + (hour - 8) * (DAY_US / 24))
}

impl InitSource for Host {
    fn field(&self, entity: &str, name: &str, tag: i32) -> Result<u32, i32> {
        let mut fields = self.fields.borrow_mut();
        let found = fields.iter().position(|f| f.entity == entity && f.name == name);
        match found {
            Some(at) if fields[at].tag == tag => Ok(at as u32 + 1),
            Some(_) => Err(abi::CRMK_PLUGIN_E_WRONG_TYPE),
            None => {
                fields.push(FakeField { entity: entity.to_owned(), name: name.to_owned(), tag });
                Ok(fields.len() as u32)
            }
        }
    }

    fn enum_number(&self, _field: u32, name: &str) -> Result<u16, i32> {
        Ok(self.number(name))
    }
}

/// A record made up by a test.
#[derive(Debug, Clone, Default)]
pub struct Record(BTreeMap<String, FakeValue>);

#[derive(Debug, Clone)]
enum FakeValue {
    Text(String),
    Choice(String),
    Plain(Value<'static>),
}

impl Record {
    /// A record without values.
    pub fn new() -> Self {
        Self::default()
    }

    fn with(mut self, field: &str, value: FakeValue) -> Self {
        self.0.insert(field.to_owned(), value);
        self
    }

    /// Sets a text.
    #[must_use]
    pub fn text(self, field: &str, value: &str) -> Self {
        self.with(field, FakeValue::Text(value.to_owned()))
    }

    /// Sets an enumeration to the value of a name.
    #[must_use]
    pub fn choice(self, field: &str, value: &str) -> Self {
        self.with(field, FakeValue::Choice(value.to_owned()))
    }

    /// Sets an integer.
    #[must_use]
    pub fn int(self, field: &str, value: i64) -> Self {
        self.with(field, FakeValue::Plain(Value::Int(value)))
    }

    /// Sets true or false.
    #[must_use]
    pub fn bool(self, field: &str, value: bool) -> Self {
        self.with(field, FakeValue::Plain(Value::Bool(value)))
    }

    /// Sets a date.
    #[must_use]
    pub fn date(self, field: &str, value: Date) -> Self {
        self.with(field, FakeValue::Plain(Value::Date(value)))
    }

    /// Sets an instant.
    #[must_use]
    pub fn instant(self, field: &str, value: Instant) -> Self {
        self.with(field, FakeValue::Plain(Value::Instant(value)))
    }

    /// Sets an amount of money.
    #[must_use]
    pub fn money(self, field: &str, value: Money) -> Self {
        self.with(field, FakeValue::Plain(Value::Money(value)))
    }

    /// Sets a reference.
    #[must_use]
    pub fn reference(self, field: &str, id: u64) -> Self {
        self.with(field, FakeValue::Plain(Value::Ref(id)))
    }

    /// Takes a value away.
    #[must_use]
    pub fn without(mut self, field: &str) -> Self {
        self.0.remove(field);
        self
    }
}

impl Decisions {
    /// What was decided about a subject.
    pub fn of(&self, subject: &str) -> Option<&Decision> {
        self.decided.iter().find(|d| d.subject == subject)
    }

    /// The reasons to refuse.
    pub fn refusals(&self) -> &[Violation] {
        &self.refused
    }
}

/// A change made up by a test.
#[derive(Debug, Clone, Copy)]
pub struct Change<'a> {
    entity: &'a str,
    command: &'a str,
    actor: &'a str,
    before: Option<&'a Record>,
    after: &'a Record,
    customer: Option<&'a Record>,
    related: &'a [(&'a str, Record)],
}

impl<'a> Change<'a> {
    /// A record of an entity is added.
    pub fn add(entity: &'a str, after: &'a Record) -> Self {
        Self { entity, command: "add", actor: "tester", before: None, after, customer: None, related: &[] }
    }

    /// A record of an entity is changed by a command.
    pub fn of(entity: &'a str, command: &'a str, before: &'a Record, after: &'a Record) -> Self {
        Self { entity, command, actor: "tester", before: Some(before), after, customer: None, related: &[] }
    }

    /// The record belongs to a customer.
    #[must_use]
    pub fn of_customer(mut self, customer: &'a Record) -> Self {
        self.customer = Some(customer);
        self
    }

    /// The stored records that `follow` and `referring` find, each with its entity; they have their ids as the integer
    /// `id`, and come in this order.
    #[must_use]
    pub fn among(mut self, related: &'a [(&'a str, Record)]) -> Self {
        self.related = related;
        self
    }
}

/// A plugin that is set up.
#[derive(Debug)]
pub struct Running<'h, P> {
    host: &'h Host,
    plugin: P,
}

impl<P: Plugin> Running<'_, P> {
    /// Asks whether a change is allowed.
    ///
    /// # Errors
    /// The failure of the plugin.
    pub fn validate(&self, change: &Change<'_>) -> Result<Vec<Violation>, Failure> {
        self.run(change, |plugin, change| {
            let mut out = Violations::default();
            plugin.validate(change, &mut out)?;
            out.name_sources(P::SOURCES);
            Ok(sourced(out.0))
        })
    }

    /// Asks for the decisions about a complaint.
    ///
    /// # Errors
    /// The failure of the plugin.
    pub fn complaint(&self, change: &Change<'_>) -> Result<Decisions, Failure> {
        self.decide(change, P::complaint)
    }

    /// Asks for the class and the custom fields.
    ///
    /// # Errors
    /// The failure of the plugin.
    pub fn classify(&self, change: &Change<'_>) -> Result<Decisions, Failure> {
        self.decide(change, P::classify)
    }

    /// Asks for the next due day.
    ///
    /// # Errors
    /// The failure of the plugin.
    pub fn cadence(&self, change: &Change<'_>) -> Result<Decisions, Failure> {
        self.decide(change, P::cadence)
    }

    /// Calls a calculator with arguments by their names.
    ///
    /// # Errors
    /// The failure of the plugin, also when it has no such calculator.
    pub fn compute(&self, name: &str, arguments: &[(&str, Quantity)]) -> Result<Vec<Decision>, Failure> {
        let calculator = P::CALCULATORS.iter().find(|c| c.name == name).ok_or("there is no such calculator")?;
        let given = |name: &str| arguments.iter().find(|(n, _)| *n == name).map(|(_, value)| value.clone());
        let arguments = calculator.parameters.iter().filter(|p| !p.is_result()).map(|p| given(p.name)).collect();
        let record = Record::new();
        self.run(&Change::add("", &record), |plugin, change| {
            let call = change::Change { source: change.source, misread: RefCell::default(), ..*change };
            let mut out = Decisions::default();
            plugin.compute(&Computation { call, calculator, arguments }, &mut out)?;
            Ok(out.decided)
        })
    }

    fn decide(
        &self,
        change: &Change<'_>,
        hook: impl FnOnce(&P, &change::Change<'_>, &mut Decisions) -> Result<(), Failure>,
    ) -> Result<Decisions, Failure> {
        self.run(change, |plugin, change| {
            let mut out = Decisions::default();
            hook(plugin, change, &mut out)?;
            out.name_sources(P::SOURCES);
            out.refused = sourced(out.refused);
            Ok(out)
        })
    }

    fn run<T>(
        &self,
        change: &Change<'_>,
        hook: impl FnOnce(&P, &change::Change<'_>) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let call = FakeCall { host: self.host, change, numbers: self.numbers(change) };
        let seen = change::Change {
            source: &call,
            kernel: None,
            now: instant(self.host.today, 12),
            today: self.host.today,
            entity: change.entity.as_bytes(),
            command: change.command.as_bytes(),
            actor: change.actor.as_bytes(),
            misread: RefCell::default(),
        };
        let answer = hook(&self.plugin, &seen)?;
        seen.misread.take().map_or(Ok(answer), Err)
    }

    /// The numbers of the enumeration values that the records name.
    fn numbers(&self, change: &Change<'_>) -> BTreeMap<String, u16> {
        let related = change.related.iter().map(|(_, record)| record);
        let records = change.before.into_iter().chain([change.after]).chain(change.customer).chain(related);
        let named = records.flat_map(|r| r.0.values()).filter_map(|v| match v {
            FakeValue::Choice(name) => Some(name.clone()),
            _ => None,
        });
        named.map(|name| (name.clone(), self.host.number(&name))).collect()
    }
}

/// Violations whose every rule has its source.
fn sourced(violations: Vec<Violation>) -> Vec<Violation> {
    for violation in &violations {
        let rule = &violation.rule;
        assert!(rule.is_empty() || !violation.source.is_empty(), "the rule {rule} has no source; name it in SOURCES");
    }
    violations
}

struct FakeCall<'a> {
    host: &'a Host,
    change: &'a Change<'a>,
    numbers: BTreeMap<String, u16>,
}

impl FakeCall<'_> {
    fn side(&self, side: Side) -> (&str, Option<&Record>) {
        match side {
            Side::Before => (self.change.entity, self.change.before),
            Side::After => (self.change.entity, Some(self.change.after)),
            Side::Customer => ("customer", self.change.customer),
            Side::Related(at) => self.change.related.get(at).map_or(("", None), |(entity, r)| (entity, Some(r))),
        }
    }
}

impl CallSource for FakeCall<'_> {
    fn has(&self, side: Side) -> bool {
        self.side(side).1.is_some()
    }

    fn value(&self, side: Side, field: u32, tag: i32) -> Result<Option<Value<'_>>, i32> {
        let fields = self.host.fields.borrow();
        let field = (field as usize).checked_sub(1).and_then(|at| fields.get(at)).ok_or(abi::CRMK_PLUGIN_E_UNKNOWN)?;
        let (entity, record) = self.side(side);
        if field.entity != entity {
            return Err(abi::CRMK_PLUGIN_E_WRONG_ENTITY);
        }
        if field.tag != tag {
            return Err(abi::CRMK_PLUGIN_E_WRONG_TYPE);
        }
        Ok(record.and_then(|r| r.0.get(&field.name)).map(|value| match value {
            FakeValue::Text(v) => Value::Text(v),
            FakeValue::Choice(name) => Value::Enum(self.numbers.get(name).copied().unwrap_or_default()),
            FakeValue::Plain(v) => *v,
        }))
    }

    fn is_rest_day(&self, date: Date) -> Result<bool, i32> {
        self.host.rests(date)
    }

    fn rolled(&self, date: Date, roll: Roll) -> Result<Date, i32> {
        let step = match roll {
            Roll::None => return Ok(date),
            Roll::Next => 1,
            Roll::Previous => -1,
        };
        let mut day = date;
        for _ in 0..ROLL_DAYS_MAX {
            if !self.host.rests(day)? {
                return Ok(day);
            }
            day = day + step;
        }
        Err(abi::CRMK_PLUGIN_E_RANGE)
    }

    fn after_workdays(&self, date: Date, days: u32) -> Result<Date, i32> {
        let mut day = date;
        for _ in 0..days {
            day = self.rolled(day + 1, Roll::Next)?;
        }
        Ok(day)
    }

    fn after_months(&self, date: Date, months: u32) -> Result<Date, i32> {
        Ok(date.plus_months(months))
    }

    fn date_of(&self, instant: Instant) -> Result<Date, i32> {
        Ok(self.host.date_of(instant))
    }

    fn figure(&self, name: &str) -> Result<Option<String>, i32> {
        Ok(self.host.settings.get(name).cloned())
    }

    fn follow(&self, side: Side, field: u32) -> Result<Option<Side>, i32> {
        let Some(Value::Ref(id)) = self.value(side, field, abi::CRMK_PLUGIN_TYPE_REF)? else { return Ok(None) };
        let is = |(_, record): &(&str, Record)| matches!(record.0.get("id"), Some(FakeValue::Plain(Value::Int(n))) if n.cast_unsigned() == id);
        Ok(self.change.related.iter().position(is).map(Side::Related))
    }

    fn referring(&self, field: u32, id: u64, visit: &mut dyn FnMut(Side) -> bool) -> Result<(), i32> {
        let entity = {
            let fields = self.host.fields.borrow();
            let field = (field as usize).checked_sub(1).and_then(|at| fields.get(at));
            field.ok_or(abi::CRMK_PLUGIN_E_UNKNOWN)?.entity.clone()
        };
        for (at, (of, _)) in self.change.related.iter().enumerate() {
            let side = Side::Related(at);
            let names_it = *of == entity && self.value(side, field, abi::CRMK_PLUGIN_TYPE_REF)? == Some(Value::Ref(id));
            if names_it && !visit(side) {
                break;
            }
        }
        Ok(())
    }

    fn log(&self, _: i32, _: &str) {}

    fn is_cancelled(&self) -> bool {
        false
    }
}
