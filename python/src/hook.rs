//! Rules in Python: an object with the hooks of the plugin ABI, called back under the interpreter.

use std::collections::BTreeMap;
use std::sync::{Arc, Weak};

use crm_core::domain::{
    Calculator, Calendar, CustomField, Decided, EntityKind, Fields, Instant, Quantity, Roll, Value,
};
use crm_core::port::{Answer, Computation, DECISIONS_MAX, Hook, HookInput, Point, VIOLATIONS_MAX};
use crm_core::rules::deadline;
use crm_core::{Catalog, Error, ErrorKind, Result};
use pyo3::exceptions::{PyAttributeError, PyKeyboardInterrupt};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::declared;
use crate::failure::{OrRaise, invalid};
use crate::interpreter::attached;
use crate::quantity;
use crate::reason::{Decision, Violation};
use crate::record::no_such_key;
use crate::shared::{InHook, Opened, Shared};
use crate::value::{date_from, date_to, field_to_python, instant_from, instant_to};

/// The greatest number of fields that a hook hides of a record; an entity has fewer.
const MASKS_MAX: usize = 20_000;

/// A plugin that is a Python object.
pub(crate) struct PythonHook {
    id: String,
    version: String,
    plugin: Py<PyAny>,
    offers: [bool; Point::ALL.len()],
    fields: Vec<CustomField>,
    calculators: Vec<Calculator>,
    policy: Option<String>,
    entities: Option<Vec<EntityKind>>,
    hides: Option<Vec<(EntityKind, String)>>,
    /// Weak, for the database keeps the hook.
    opened: Weak<Opened>,
}

impl PythonHook {
    /// Takes an object with `id`, `version`, and the hooks of the plugin ABI as far as it has them.
    ///
    /// # Errors
    /// `InvalidArgument` when it has no id or version, no hook, or declares what is not of its form.
    pub(crate) fn new(plugin: &Bound<'_, PyAny>, shared: &Shared) -> PyResult<Self> {
        let text = |name: &str| -> Result<String> {
            let found = plugin.getattr(name).ok().and_then(|value| value.extract::<String>().ok());
            found
                .filter(|text| !text.is_empty())
                .ok_or_else(|| invalid(format!("a plugin has a text {name}, this one has none")))
        };
        let (id, version) = (text("id").or_raise(plugin.py())?, text("version").or_raise(plugin.py())?);
        let mut offers = [false; Point::ALL.len()];
        for point in Point::ALL {
            offers[point as usize] = plugin.hasattr(point.name())?;
        }
        let calculators = declared::calculators(plugin, &id)?;
        offers[Point::Compute as usize] &= !calculators.is_empty();
        let policy = match plugin.getattr_opt("policy")? {
            Some(policy) if !policy.is_none() => Some(policy.extract()?),
            _ => None,
        };
        let (fields, opened) = (declared::fields(plugin)?, shared.weak());
        let (entities, hides) = (declared::entities(plugin)?, declared::hides(plugin)?);
        let brings_something = policy.is_some() || !fields.is_empty() || !calculators.is_empty();
        if !offers.contains(&true) && !brings_something {
            let names: Vec<&str> = Point::ALL.iter().map(|point| point.name()).collect();
            let message = format!(
                "a plugin has a hook, fields, calculators or a policy, this one has none of these nor of {}",
                names.join(", ")
            );
            return Err(invalid(message)).or_raise(plugin.py());
        }
        let plugin = plugin.clone().unbind();
        Ok(Self { id, version, plugin, offers, fields, calculators, policy, entities, hides, opened })
    }

    /// Calls a hook with a change.
    fn call<T>(
        &self,
        point: Point,
        input: &HookInput<'_>,
        read: impl FnOnce(&Bound<'_, PyAny>, &Catalog) -> PyResult<T>,
    ) -> Result<Option<T>> {
        let _inside = InHook::enter();
        let asked = attached(|py| {
            let plugin = self.plugin.bind(py);
            let called = || -> PyResult<Option<T>> {
                let catalog = Opened::catalog_of(&self.opened);
                let catalog =
                    catalog.ok_or_else(|| Error::new(ErrorKind::Misuse, "the database is closed")).or_raise(py)?;
                let change = change(py, input, &catalog)?;
                let answer = plugin.call_method1(point.name(), (change,))?;
                if answer.is_none() { Ok(None) } else { read(&answer, &catalog).map(Some) }
            };
            called().map_err(|error| self.failed(py, point.name(), error))
        });
        asked.unwrap_or_else(|| Err(self.has_ended()))
    }

    /// A thread of the kernel may outlive the interpreter, when Ctrl-C came and nobody waits for its answer.
    fn has_ended(&self) -> Error {
        let message = format!("plugin {} cannot be asked: the interpreter has ended", self.id);
        Error::new(ErrorKind::PluginFailed, message).with("plugin", &self.id)
    }

    /// The message names the exception's type only, for its text may hold personal data; the exception is the cause. Ctrl-C
    /// is nobody's failure, and comes out as it went in.
    fn failed(&self, py: Python<'_>, name: &str, error: PyErr) -> Error {
        if error.is_instance_of::<PyKeyboardInterrupt>(py) {
            let message = format!("plugin {} was interrupted in {name}", self.id);
            return Error::new(ErrorKind::Cancelled, message).with("plugin", &self.id).caused_by(error);
        }
        let kind = error.get_type(py).name().map_or_else(|_| "an exception".to_owned(), |name| name.to_string());
        let message = format!("plugin {} failed in {name}: it raised {kind}", self.id);
        Error::new(ErrorKind::PluginFailed, message).with("plugin", &self.id).caused_by(error)
    }
}

impl Hook for PythonHook {
    fn id(&self) -> &str {
        &self.id
    }

    fn version(&self) -> &str {
        &self.version
    }

    fn offers(&self, point: Point) -> bool {
        self.offers[point as usize]
    }

    fn ask(&self, point: Point, input: &HookInput<'_>) -> Result<Answer> {
        let entity = input.entity;
        let read = |answer: &Bound<'_, PyAny>, catalog: &Catalog| -> PyResult<Answer> {
            Ok(match point {
                Point::Validate => Answer { violations: violations(answer)?, ..Answer::default() },
                Point::Complaint => complaint_answer(answer)?,
                Point::Rights => {
                    let mask = |name: PyResult<Bound<'_, PyAny>>| {
                        let name: String = name?.extract()?;
                        Ok(catalog.require_named(entity, &name).or_raise(answer.py())?.id)
                    };
                    let masked = answer.try_iter()?.take(MASKS_MAX).map(mask).collect::<PyResult<_>>()?;
                    Answer { masked, ..Answer::default() }
                }
                _ => quantity::decided(answer)?,
            })
        };
        Ok(self.call(point, input, read)?.unwrap_or_default())
    }

    fn compute(&self, computation: &Computation<'_>) -> Result<Answer> {
        let _inside = InHook::enter();
        let asked = attached(|py| {
            let called = || -> PyResult<Answer> {
                let calculator = self.calculators.iter().find(|c| c.name == computation.name);
                let arguments = PyDict::new(py);
                let names = calculator.iter().flat_map(|c| &c.arguments).map(|a| &a.name);
                for (name, value) in names.zip(computation.arguments) {
                    arguments.set_item(name, value.as_ref().map(|v| quantity::to_python(py, v)).transpose()?)?;
                }
                let answer = self.plugin.bind(py).call_method1("compute", (computation.name, arguments))?;
                quantity::decided(&answer)
            };
            // A ValueError says that the arguments are not allowed, as E_RANGE does in the ABI.
            called().map_err(|error| match error.is_instance_of::<pyo3::exceptions::PyValueError>(py) {
                true => invalid(format!("plugin {} does not allow the arguments", self.id)).caused_by(error),
                false => self.failed(py, "compute", error),
            })
        });
        asked.unwrap_or_else(|| Err(self.has_ended()))
    }

    fn entities(&self) -> Option<&[EntityKind]> {
        self.entities.as_deref()
    }

    fn hides(&self) -> Option<&[(EntityKind, String)]> {
        self.hides.as_deref()
    }

    fn fields(&self) -> &[CustomField] {
        &self.fields
    }

    fn calculators(&self) -> &[Calculator] {
        &self.calculators
    }

    fn policy(&self) -> Option<&str> {
        self.policy.as_deref()
    }
}

fn violations(answer: &Bound<'_, PyAny>) -> PyResult<Vec<crm_core::Violation>> {
    // One more than is taken is enough to be refused; an answer without an end is not read to it.
    answer.try_iter()?.take(VIOLATIONS_MAX + 1).map(|item| Ok(item?.extract::<Violation>()?.0)).collect()
}

/// A `ComplaintAnswer`: each value that is given needs a decision about it.
fn complaint_answer(answer: &Bound<'_, PyAny>) -> PyResult<Answer> {
    let py = answer.py();
    let decisions = answer
        .getattr("decisions")?
        .try_iter()?
        .take(DECISIONS_MAX + 1)
        .map(|item| Ok(item?.extract::<Decision>()?.decision));
    let decisions = decisions.collect::<PyResult<Vec<_>>>()?;
    let mut decided = Vec::new();
    for subject in ["deadline_on", "grade", "owner"] {
        let given = answer.getattr(subject)?;
        if given.is_none() {
            continue;
        }
        let value = match subject {
            "deadline_on" => Quantity::Date(date_from(subject, &given).or_raise(py)?),
            _ => Quantity::Text(given.extract()?),
        };
        let why = decisions.iter().find(|d| d.subject == subject);
        let why = why.ok_or_else(|| invalid(format!("{subject} is given without a decision that says why")));
        decided.push(Decided { value, decision: why.or_raise(py)?.clone() });
    }
    let absent = answer.getattr("absent")?.try_iter()?.take(DECISIONS_MAX + 1).map(|item| {
        let decision = item?.extract::<Decision>()?.decision;
        Ok(crm_core::domain::Decision { value: String::new(), ..decision })
    });
    let withdrawn = absent.collect::<PyResult<Vec<_>>>()?;
    let kept = answer
        .getattr("kept")?
        .try_iter()?
        .take(DECISIONS_MAX + 1)
        .map(|item| item?.extract())
        .collect::<PyResult<Vec<String>>>()?;
    let violations = violations(&answer.getattr("violations")?)?;
    Ok(Answer { violations, decided, withdrawn, kept, masked: Vec::new() })
}

fn change<'py>(py: Python<'py>, input: &HookInput<'_>, catalog: &Arc<Catalog>) -> PyResult<Bound<'py, Change>> {
    let values = |entity: EntityKind, fields: Option<&dyn Fields>| match fields {
        Some(fields) => Py::new(py, Values::of(entity, fields, catalog)).map(|values| Some(values.into_any())),
        None => Ok(None),
    };
    let change = Change {
        now: input.now,
        today: date_to(py, input.today)?.unbind(),
        actor: input.actor.to_owned(),
        command: input.command.to_owned(),
        entity: input.entity.def().name,
        before: values(input.entity, input.before)?,
        after: values(input.entity, Some(input.after))?,
        customer: values(EntityKind::Customer, input.customer)?,
        calendar: input.calendar.clone(),
        zone: input.zone.name(),
    };
    Bound::new(py, change)
}

/// What a hook may look at: the change, the records around it, and the calendar.
#[pyclass(frozen, module = "crmkernel")]
pub(crate) struct Change {
    now: Instant,
    today: Py<PyAny>,
    actor: String,
    command: String,
    entity: &'static str,
    before: Option<Py<PyAny>>,
    after: Option<Py<PyAny>>,
    customer: Option<Py<PyAny>>,
    calendar: Calendar,
    zone: &'static str,
}

#[pymethods]
impl Change {
    /// The instant of the change.
    #[getter]
    fn now<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        instant_to(py, self.now)
    }

    /// The civil date of that instant in the database's time zone.
    #[getter]
    fn today(&self, py: Python<'_>) -> Py<PyAny> {
        self.today.clone_ref(py)
    }

    /// The name of the actor.
    #[getter]
    fn actor(&self) -> &str {
        &self.actor
    }

    /// The command: add, update, put or the name of a verb.
    #[getter]
    fn command(&self) -> &str {
        &self.command
    }

    /// The entity of the record that changes.
    #[getter]
    fn entity(&self) -> &'static str {
        self.entity
    }

    /// The database's time zone.
    #[getter]
    fn time_zone(&self) -> &'static str {
        self.zone
    }

    /// The record before the change, `None` when it is new.
    #[getter]
    fn before(&self, py: Python<'_>) -> Option<Py<PyAny>> {
        self.before.as_ref().map(|values| values.clone_ref(py))
    }

    /// The record as it would be written.
    #[getter]
    fn after(&self, py: Python<'_>) -> Option<Py<PyAny>> {
        self.after.as_ref().map(|values| values.clone_ref(py))
    }

    /// The customer of a person, visit or complaint, when there is one.
    #[getter]
    fn customer(&self, py: Python<'_>) -> Option<Py<PyAny>> {
        self.customer.as_ref().map(|values| values.clone_ref(py))
    }

    /// The civil date of an instant in the database's time zone.
    fn date_of<'py>(&self, py: Python<'py>, instant: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let instant = instant_from("instant", instant).or_raise(py)?;
        let zone = self.zone.parse().map_err(|_| invalid("the time zone is unknown")).or_raise(py)?;
        date_to(py, instant.date_in(zone))
    }

    /// Whether nobody works on a day.
    fn is_rest_day(&self, py: Python<'_>, day: &Bound<'_, PyAny>) -> PyResult<bool> {
        date_from("day", day).and_then(|day| self.calendar.is_rest_day(day)).or_raise(py)
    }

    /// The last day of a term of days, the first day not counted; `roll` is none, next or previous.
    #[pyo3(signature = (start, days, *, roll = "none"))]
    fn after_days<'py>(
        &self,
        py: Python<'py>,
        start: &Bound<'py, PyAny>,
        days: u32,
        roll: &str,
    ) -> PyResult<Bound<'py, PyAny>> {
        let last = || deadline::after_days(date_from("start", start)?, days, Roll::parse(roll)?, &self.calendar);
        date_to(py, last().or_raise(py)?)
    }

    /// The last day of a term of working days, the first day not counted.
    fn after_workdays<'py>(
        &self,
        py: Python<'py>,
        start: &Bound<'py, PyAny>,
        days: u32,
    ) -> PyResult<Bound<'py, PyAny>> {
        let last = || deadline::after_workdays(date_from("start", start)?, days, &self.calendar);
        date_to(py, last().or_raise(py)?)
    }

    fn __repr__(&self) -> String {
        format!("<Change: {} of a {} by {}>", self.command, self.entity, self.actor)
    }
}

/// The values of a record in a change; attributes by field name, absent ones are `None`.
#[pyclass(frozen, module = "crmkernel")]
pub(crate) struct Values {
    entity: EntityKind,
    values: BTreeMap<u16, Value>,
    catalog: Arc<Catalog>,
}

impl Values {
    fn of(entity: EntityKind, fields: &dyn Fields, catalog: &Arc<Catalog>) -> Self {
        let there = catalog.fields(entity).filter_map(|info| Some((info.id, fields.get(info.id)?.to_value())));
        Self { entity, values: there.collect(), catalog: catalog.clone() }
    }

    fn find<'py>(&self, py: Python<'py>, name: &str) -> Option<PyResult<Bound<'py, PyAny>>> {
        let info = self.catalog.field_named(self.entity, name)?;
        Some(field_to_python(py, &self.values, info.id, info.kind))
    }
}

#[pymethods]
impl Values {
    fn __getattr__<'py>(&self, py: Python<'py>, name: &str) -> PyResult<Bound<'py, PyAny>> {
        let absent = || PyAttributeError::new_err(format!("{} has no field {name}", self.entity.def().name));
        self.find(py, name).ok_or_else(absent)?
    }

    fn __getitem__<'py>(&self, py: Python<'py>, name: &str) -> PyResult<Bound<'py, PyAny>> {
        self.find(py, name).ok_or_else(|| no_such_key(name))?
    }

    /// Every field by name, the absent ones as `None`.
    fn to_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let dict = PyDict::new(py);
        for info in self.catalog.fields(self.entity) {
            dict.set_item(&info.name, field_to_python(py, &self.values, info.id, info.kind)?)?;
        }
        Ok(dict)
    }

    fn __repr__(&self) -> String {
        format!("<Values of a {}>", self.entity.def().name)
    }
}
