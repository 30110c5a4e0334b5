//! Policies as Python sees them: adopt, show, compare, check and try a company's regulation.

use std::path::PathBuf;
use std::sync::Arc;

use crm_core::domain::{Language, NewPolicy};
use crm_core::policy::{self, Adopted, Merged};
use crm_core::{Error, ErrorKind, Result};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::command::{Outcome, outcome};
use crate::failure::{OrRaise, invalid, wrong_type};
use crate::reason::{Violation, explained};
use crate::shared::Shared;
use crate::value::{Amount, date_from, date_to, instant_to, type_of};

/// What is wrong with a policy file, without a database: every problem with line, column and what is allowed.
#[pyfunction]
pub(crate) fn check_policy(py: Python<'_>, path_or_text: &Bound<'_, PyAny>) -> PyResult<Vec<Violation>> {
    let text = text_of(path_or_text).or_raise(py)?;
    Ok(py.detach(|| policy::check(&text)).into_iter().map(Violation).collect())
}

/// The text of a policy file: a path, or a text, which has more than one line.
fn text_of(given: &Bound<'_, PyAny>) -> Result<String> {
    if let Ok(text) = given.extract::<String>()
        && text.contains('\n')
    {
        return Ok(text);
    }
    let path: PathBuf = given
        .extract()
        .map_err(|_| wrong_type("path_or_text", "a path or a text of more than one line", &type_of(given)))?;
    std::fs::read_to_string(&path).map_err(|error| {
        let kind = match error.kind() {
            std::io::ErrorKind::NotFound => ErrorKind::NotFound,
            std::io::ErrorKind::InvalidData => ErrorKind::InvalidUtf8,
            _ => ErrorKind::Io,
        };
        Error::new(kind, format!("{} cannot be read", path.display())).caused_by(error)
    })
}

/// The policies of a database.
#[pyclass(frozen, module = "crmkernel")]
pub(crate) struct Policies(pub(crate) Arc<Shared>);

#[pymethods]
impl Policies {
    /// Adopts a policy file, given by its path or as a text. `effective_on` and `approver` go before those of the file.
    /// It is in force from that day on, and no earlier than now. What is wrong is refused with every problem.
    #[pyo3(signature = (path_or_text, *, effective_on = None, approver = None))]
    fn adopt<'py>(
        &self,
        py: Python<'py>,
        path_or_text: &Bound<'py, PyAny>,
        effective_on: Option<&Bound<'py, PyAny>>,
        approver: Option<String>,
    ) -> PyResult<Bound<'py, Outcome>> {
        let text = text_of(path_or_text).or_raise(py)?;
        let effective_on = effective_on.map(|day| date_from("effective_on", day)).transpose().or_raise(py)?;
        let policy = NewPolicy { text, effective_on, approver };
        let done = self.0.call(py, move |session| session.adopt_policy(policy))?;
        outcome(py, &self.0, &self.0.catalog(), done)
    }

    /// A policy merged with the layers below it, each figure with the layer that it comes from: the one in force, or
    /// that of a version. `form` is `toml`, which can be read again, or `json`.
    #[pyo3(signature = (version = None, *, form = "toml"))]
    fn show(&self, py: Python<'_>, version: Option<&str>, form: &str) -> PyResult<String> {
        let merged = self.merged(version).or_raise(py)?;
        match form {
            "toml" => Ok(merged.to_toml()),
            "json" => Ok(merged.to_json()),
            _ => Err(invalid(format!("form is {form:?}, allowed are toml, json"))).or_raise(py),
        }
    }

    /// The version of the policy in force now.
    #[getter]
    fn version(&self, py: Python<'_>) -> PyResult<String> {
        Ok(self.merged(None).or_raise(py)?.version)
    }

    /// The versions that were adopted, in the order of their adoption.
    fn versions(&self, py: Python<'_>) -> PyResult<Vec<PolicyVersion>> {
        let versions = py.detach(|| Ok(self.0.database()?.policies())).or_raise(py)?;
        Ok(versions.into_iter().map(PolicyVersion).collect())
    }

    /// The figures in which `other` differs from `base`: each a path, the figure before and after. Both are a version,
    /// a path or a text; `base` left out is the policy in force.
    #[pyo3(signature = (other, *, base = None))]
    fn diff(
        &self,
        py: Python<'_>,
        other: &Bound<'_, PyAny>,
        base: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Vec<FigureDifference>> {
        let before = match base {
            Some(base) => self.any(base).or_raise(py)?,
            None => self.merged(None).or_raise(py)?,
        };
        let after = self.any(other).or_raise(py)?;
        Ok(policy::difference(&before, &after).into_iter().map(FigureDifference).collect())
    }

    /// What is wrong with a policy file in this database; an empty list when it could be adopted.
    fn check(&self, py: Python<'_>, path_or_text: &Bound<'_, PyAny>) -> PyResult<Vec<Violation>> {
        let text = text_of(path_or_text).or_raise(py)?;
        match py.detach(|| self.0.database()?.try_policy(&text)) {
            Ok(_) => Ok(Vec::new()),
            Err(error) if error.kind() == ErrorKind::Rejected => {
                Ok(error.violations().iter().cloned().map(Violation).collect())
            }
            Err(error) => Err(error).or_raise(py),
        }
    }

    /// What the classes, the planned visits and the open complaints of every customer would become under a policy file, in
    /// force today, if `reclassify` and `reassess` were called. Changes nothing. `limit` bounds the lists of changes, not
    /// the counts.
    #[pyo3(signature = (path_or_text, *, limit = Amount(1000)), text_signature = "($self, path_or_text, *, limit=1000)")]
    fn what_if(&self, py: Python<'_>, path_or_text: &Bound<'_, PyAny>, limit: Amount) -> PyResult<WhatIf> {
        let text = text_of(path_or_text).or_raise(py)?;
        let work =
            move |session: &crm_core::Session, _: &Arc<crate::shared::Progress>| session.what_if(&text, limit.len());
        self.0.call_long(py, false, &|_| Ok(()), work).map(WhatIf)
    }

    /// Sorts every customer anew under the policy in force; gives how many there are and how many changed.
    /// `progress` is called with the number of those looked at.
    #[pyo3(signature = (*, progress = None))]
    fn reclassify(&self, py: Python<'_>, progress: Option<Py<PyAny>>) -> PyResult<(u64, u64)> {
        let tell = |done: usize| match &progress {
            Some(progress) => progress.call1(py, (done,)).map(|_| ()),
            None => Ok(()),
        };
        let done = self.0.call_long(py, true, &tell, |session, watched| {
            let watch = watched.watch();
            session.reclassify(&mut |customers| watch(usize::try_from(customers).unwrap_or(usize::MAX)))
        })?;
        Ok((done.customers, done.changed))
    }

    /// Decides the grade and the deadlines of every complaint anew that is neither settled nor suspended, and the days of
    /// appeals, reviews and visits that were decided by a calendar year that was not announced and is now; gives how many
    /// complaints there are and how many records changed. `progress` is called with the number of those decided anew.
    #[pyo3(signature = (*, progress = None))]
    fn reassess(&self, py: Python<'_>, progress: Option<Py<PyAny>>) -> PyResult<(u64, u64)> {
        let tell = |done: usize| match &progress {
            Some(progress) => progress.call1(py, (done,)).map(|_| ()),
            None => Ok(()),
        };
        self.0.call_long(py, true, &tell, |session, watched| {
            let watch = watched.watch();
            session.reassess(&mut |complaints| watch(usize::try_from(complaints).unwrap_or(usize::MAX)))
        })
    }

    /// Marks every visit that is still planned for a day before today as missed; gives how many were marked and how many
    /// were left because they changed meanwhile or a rule refused. `progress` is called with the number of those looked at.
    #[pyo3(signature = (*, progress = None))]
    fn mark_missed(&self, py: Python<'_>, progress: Option<Py<PyAny>>) -> PyResult<(u64, u64)> {
        let tell = |done: usize| match &progress {
            Some(progress) => progress.call1(py, (done,)).map(|_| ()),
            None => Ok(()),
        };
        let done = self.0.call_long(py, true, &tell, |session, watched| {
            let watch = watched.watch();
            session.mark_missed(&mut |visits| watch(usize::try_from(visits).unwrap_or(usize::MAX)))
        })?;
        Ok((done.marked, done.left))
    }

    /// What each section of a customer's file is: decisions whose subject is the section and whose value is `missing`,
    /// `current` or `stale`, or `hidden` when what decides that is hidden from the session's actor.
    #[pyo3(signature = (customer, *, lang = "en"))]
    fn customer_file<'py>(&self, py: Python<'py>, customer: u64, lang: &str) -> PyResult<Bound<'py, PyAny>> {
        let language = Language::from_code(lang).or_raise(py)?;
        let found = self.0.call(py, |session| session.customer_file(customer))?;
        explained(py, found, language, &self.0.catalog())
    }

    /// The days from `since` to `until` on which the reports of the policy are due, in order: decisions whose subject is the
    /// report and whose value is the day.
    #[pyo3(signature = (since, until, *, lang = "en"))]
    fn report_days<'py>(
        &self,
        py: Python<'py>,
        since: &Bound<'py, PyAny>,
        until: &Bound<'py, PyAny>,
        lang: &str,
    ) -> PyResult<Bound<'py, PyAny>> {
        let language = Language::from_code(lang).or_raise(py)?;
        let (since, until) = (date_from("since", since).or_raise(py)?, date_from("until", until).or_raise(py)?);
        let found = self.0.call(py, |session| session.report_days(since, until))?;
        explained(py, found, language, &self.0.catalog())
    }

    /// The days up to and with `until` on which a customer is to be contacted, in order: decisions whose subject is the
    /// kind of contact and whose value is the day.
    #[pyo3(signature = (customer, until, *, lang = "en"))]
    fn due_days<'py>(
        &self,
        py: Python<'py>,
        customer: u64,
        until: &Bound<'py, PyAny>,
        lang: &str,
    ) -> PyResult<Bound<'py, PyAny>> {
        let language = Language::from_code(lang).or_raise(py)?;
        let until = date_from("until", until).or_raise(py)?;
        let found = self.0.call(py, |session| session.due_days(customer, until))?;
        explained(py, found.into_iter().map(|due| due.decision), language, &self.0.catalog())
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        Ok(format!("<Policies, in force {}>", self.version(py)?))
    }
}

impl Policies {
    fn merged(&self, version: Option<&str>) -> Result<Merged> {
        let crm = self.0.database()?;
        version.map_or_else(|| Ok(crm.policy()), |version| crm.policy_of(version))
    }

    /// The policy of a version, a path or a text.
    fn any(&self, given: &Bound<'_, PyAny>) -> Result<Merged> {
        let crm = self.0.database()?;
        if let Ok(version) = given.extract::<String>()
            && let Ok(found) = crm.policy_of(&version)
        {
            return Ok(found);
        }
        let text = text_of(given)?;
        given.py().detach(|| crm.try_policy(&text))
    }
}

/// A policy that was adopted.
#[pyclass(frozen, module = "crmkernel")]
pub(crate) struct PolicyVersion(Adopted);

#[pymethods]
impl PolicyVersion {
    /// The version.
    #[getter]
    fn version(&self) -> &str {
        &self.0.version
    }

    /// The first day on which it is in force.
    #[getter]
    fn effective_on<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        date_to(py, self.0.effective_on)
    }

    /// Who approved it.
    #[getter]
    fn approver(&self) -> &str {
        &self.0.approver
    }

    /// Who brought it in.
    #[getter]
    fn actor(&self) -> &str {
        &self.0.actor
    }

    /// When it was brought in.
    #[getter]
    fn at<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        instant_to(py, self.0.at)
    }

    /// The sequence of the journal entry that holds its text.
    #[getter]
    fn sequence(&self) -> u64 {
        self.0.sequence
    }

    fn __repr__(&self) -> String {
        format!("PolicyVersion({:?} from {}, approved by {:?})", self.0.version, self.0.effective_on, self.0.approver)
    }
}

/// A figure that two policies do not have alike.
#[pyclass(frozen, module = "crmkernel")]
pub(crate) struct FigureDifference(policy::FigureDifference);

#[pymethods]
impl FigureDifference {
    /// The path, such as `complaint.key_classes`.
    #[getter]
    fn path(&self) -> &str {
        &self.0.path
    }

    /// The figure before, as a policy file spells it; `None` when there was none.
    #[getter]
    fn before(&self) -> Option<&str> {
        self.0.before.as_deref()
    }

    /// The figure after.
    #[getter]
    fn after(&self) -> Option<&str> {
        self.0.after.as_deref()
    }

    fn __repr__(&self) -> String {
        let shown = |figure: &Option<String>| figure.clone().unwrap_or_else(|| "none".to_owned());
        format!("FigureDifference({}: {} -> {})", self.0.path, shown(&self.0.before), shown(&self.0.after))
    }
}

/// What another policy would change.
#[pyclass(frozen, module = "crmkernel")]
pub(crate) struct WhatIf(crm_core::WhatIf);

#[pymethods]
impl WhatIf {
    /// The version that was tried.
    #[getter]
    fn version(&self) -> &str {
        &self.0.version
    }

    /// How many customers there are.
    #[getter]
    fn customers(&self) -> u64 {
        self.0.counts.customers
    }

    /// How many would change their class in at least one dimension.
    #[getter]
    fn changed(&self) -> u64 {
        self.0.counts.changed
    }

    /// How many would go from one class to another: dimension, class before, class after, count.
    #[getter]
    fn moves(&self) -> Vec<(String, String, String, u64)> {
        let moves = self.0.counts.moves.iter();
        moves.map(|((dimension, before, after), n)| (dimension.clone(), before.clone(), after.clone(), *n)).collect()
    }

    /// The changes: customer, dimension, class before, class after, rule.
    #[getter]
    fn changes(&self) -> Vec<(u64, String, String, String, String)> {
        let row = |c: &crm_core::ClassChange| {
            (c.customer, c.dimension.clone(), c.before.clone(), c.after.clone(), c.rule.clone())
        };
        self.0.changes.iter().map(row).collect()
    }

    /// How many planned visits, grades and deadlines would be others: entity, field, count.
    #[getter]
    fn due(&self) -> Vec<(&'static str, &'static str, u64)> {
        self.0.due_counts.iter().map(|((entity, what), count)| (*entity, *what, *count)).collect()
    }

    /// These changes, each a mapping with customer, entity, id (`None` for a visit that would be added), kind (of
    /// contact), what, before, after, rule.
    #[getter]
    fn due_changes<'py>(&self, py: Python<'py>) -> PyResult<Vec<Bound<'py, PyDict>>> {
        let row = |c: &crm_core::DueChange| {
            let row = PyDict::new(py);
            row.set_item("customer", c.customer)?;
            row.set_item("entity", c.entity.def().name)?;
            row.set_item("id", c.id)?;
            row.set_item("kind", &c.kind)?;
            row.set_item("what", c.what)?;
            row.set_item("before", &c.before)?;
            row.set_item("after", &c.after)?;
            row.set_item("rule", &c.rule)?;
            Ok(row)
        };
        self.0.due_changes.iter().map(row).collect()
    }

    /// How many customers and complaints a rule would not let be changed.
    #[getter]
    fn refused(&self) -> u64 {
        self.0.refused
    }

    fn __repr__(&self) -> String {
        let due = self.0.due_counts.iter().map(|((entity, what), count)| format!(", {count} {entity}.{what}"));
        let (counts, due) = (&self.0.counts, due.collect::<String>());
        format!("<WhatIf {}: {} of {} customers{due} would change>", self.0.version, counts.changed, counts.customers)
    }
}
