//! The policies of one database: the built-in one, those of plugins, and the versions that the company adopted.

use std::sync::{Arc, LazyLock};

use crate::domain::{
    Calendar, CalendarYear, CustomField, Date, EntityKind, Instant, LimitUnit, MissingYear, Policy, Roll,
};
use crate::error::{Result, Violation};

use super::compile::{self, DeclaredFields, KnownFields, Problems, WithOwn};
use super::document::{Datum, Document};
use super::merge::Merged;

/// The policy that is in force where nothing else says otherwise.
const BUILT_IN: &str = include_str!("../../../plugins/policies/default.toml");

/// A policy that a company adopted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Adopted {
    /// The version.
    pub version: String,
    /// The first day on which it is in force.
    pub effective_on: Date,
    /// Who approved it.
    pub approver: String,
    /// Who brought it in.
    pub actor: String,
    /// When it was brought in.
    pub at: Instant,
    /// The sequence of the journal entry that holds its text.
    pub sequence: u64,
}

/// A policy as decisions use it: on top of the layers below it, with the calendar that it makes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct InForce {
    pub(crate) policy: Policy,
    pub(crate) calendar: Calendar,
    pub(crate) merged: Merged,
}

/// An adopted version with what it comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Version {
    pub(crate) adopted: Adopted,
    pub(crate) document: Arc<Document>,
    pub(crate) in_force: Arc<InForce>,
}

/// The policies of one database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Shelf {
    /// The calendar that the database was opened with.
    opened_with: Calendar,
    /// That calendar with the work years of the database.
    calendar: Calendar,
    /// The built-in policy and those of plugins, the first below.
    layers: Vec<Arc<Document>>,
    base: Arc<InForce>,
    /// In the order of their adoption.
    versions: Vec<Version>,
}

type Problematic<T> = std::result::Result<T, Vec<Violation>>;

fn built_in() -> Arc<Document> {
    static DOCUMENT: LazyLock<Arc<Document>> = LazyLock::new(|| {
        let document = Document::parse(BUILT_IN);
        Arc::new(document.expect("invariant: the built-in policy is of its form, as a test holds"))
    });
    DOCUMENT.clone()
}

impl Shelf {
    /// The shelf of a new database with this calendar.
    pub(crate) fn new(calendar: Calendar) -> Self {
        let layers = vec![built_in()];
        let base = put_together(&layers, None, &calendar, &DeclaredFields);
        let base =
            Arc::new(base.expect("invariant: the built-in policy needs no field, class or year, as a test holds"));
        Self { opened_with: calendar.clone(), calendar, layers, base, versions: Vec::new() }
    }

    /// The policy in force on a day: of those adopted, the one that took effect last, and of two the later adopted.
    pub(crate) fn in_force(&self, today: Date) -> &Arc<InForce> {
        let effective = self.versions.iter().filter(|version| version.adopted.effective_on <= today);
        effective.max_by_key(|version| version.adopted.effective_on).map_or(&self.base, |version| &version.in_force)
    }

    /// The versions in the order of their adoption.
    pub(crate) fn versions(&self) -> &[Version] {
        &self.versions
    }

    /// Whether any of the policies, in force or not, lends the files of customers.
    pub(crate) fn lends_files(&self) -> bool {
        let all = std::iter::once(&self.base).chain(self.versions.iter().map(|version| &version.in_force));
        all.into_iter().any(|in_force| in_force.policy.file_loans.is_some())
    }

    /// What an adopted version or the built-in policy with its plugins is called by its name.
    pub(crate) fn named(&self, version: &str) -> Option<&Arc<InForce>> {
        let adopted = self.versions.iter().find(|found| found.adopted.version == version);
        adopted.map(|found| &found.in_force).or_else(|| (self.base.policy.version == version).then_some(&self.base))
    }

    /// What a policy file would come to on top of the layers.
    pub(crate) fn with_document(&self, document: &Arc<Document>, known: &dyn KnownFields) -> Problematic<InForce> {
        put_together(&self.layers, Some(document), &self.calendar, known)
    }

    /// What a policy file would come to, with the fields that it declares itself read as absent where they are not there.
    pub(crate) fn try_text(&self, text: &str, known: &dyn KnownFields) -> Problematic<InForce> {
        let document = Arc::new(Document::parse(text)?);
        let own = compile::own_fields(&Merged::of(&[&document]));
        self.with_document(&document, &WithOwn { known, own: &own })
    }

    /// The shelf with one more version.
    pub(crate) fn with_version(&self, adopted: Adopted, document: Arc<Document>, in_force: InForce) -> Self {
        let mut next = self.clone();
        next.versions.push(Version { adopted, document, in_force: Arc::new(in_force) });
        next
    }

    /// The sensitive fields that the conditions of a plugin's policy read: of customers in classes, of complaints in guards.
    pub(crate) fn sensitive_of(
        &self,
        document: &Document,
        known: &dyn KnownFields,
    ) -> Problematic<Vec<(EntityKind, String)>> {
        let alone = put_together(&[built_in(), Arc::new(document.clone())], None, &self.calendar, known)?;
        let classes = alone.policy.dimensions.iter().flat_map(|dimension| &dimension.classes);
        let of_classes = classes.filter_map(|class| class.when.as_ref()).map(|when| (EntityKind::Customer, when));
        let guards = alone.policy.complaint.close_guards.iter().filter_map(|guard| guard.when.as_ref());
        let all = of_classes.chain(guards.map(|when| (EntityKind::Complaint, when)));
        let fields = all.flat_map(|(entity, when)| when.fields().iter().map(move |field| (entity, field)));
        Ok(fields.filter(|(_, field)| field.sensitive).map(|(entity, field)| (entity, field.name.clone())).collect())
    }

    /// The shelf with the policy of a plugin above those that are there; every version is put together anew.
    pub(crate) fn with_layer(&self, document: Document, known: &dyn KnownFields) -> Problematic<Self> {
        let mut next = self.clone();
        next.layers.push(Arc::new(document));
        next.rebuild(known)?;
        Ok(next)
    }

    /// The shelf with these years on the calendar that the database was opened with; every version is put together anew.
    pub(crate) fn with_years(&self, years: Vec<CalendarYear>, known: &dyn KnownFields) -> Problematic<Self> {
        let mut next = self.clone();
        next.calendar = years.into_iter().fold(self.opened_with.clone(), Calendar::with_year);
        next.rebuild(known)?;
        Ok(next)
    }

    /// The shelf with every version put together anew, because a field that conditions read is another.
    pub(crate) fn compiled_anew(&self, known: &dyn KnownFields) -> Problematic<Self> {
        let mut next = self.clone();
        next.rebuild(known)?;
        Ok(next)
    }

    fn rebuild(&mut self, known: &dyn KnownFields) -> Problematic<()> {
        self.base = Arc::new(put_together(&self.layers, None, &self.calendar, known)?);
        for version in &mut self.versions {
            version.in_force = Arc::new(put_together(&self.layers, Some(&version.document), &self.calendar, known)?);
        }
        Ok(())
    }

    /// The shelf with these layers, none of its versions, and the calendar that the database was opened with.
    pub(crate) fn emptied(&self) -> Self {
        Self { versions: Vec::new(), calendar: self.opened_with.clone(), ..self.clone() }
    }

    /// The fields that a policy file declares and the database does not have.
    pub(crate) fn missing_fields(document: &Document, known: &dyn KnownFields) -> Vec<CustomField> {
        let own = compile::own_fields(&Merged::of(&[document]));
        own.into_iter().filter(|field| known.field(field.entity, &field.name).is_none()).collect()
    }

    /// Whether a version is taken.
    pub(crate) fn is_taken(&self, version: &str) -> bool {
        self.layers.iter().any(|layer| layer.version == version)
            || self.versions.iter().any(|found| found.adopted.version == version)
    }
}

impl InForce {
    /// That the calendar has the year in which a policy begins that counts working days or rolls over rest days.
    ///
    /// # Errors
    /// `CalendarYearMissing`. There are no others.
    pub(crate) fn check_year(&self, effective_on: Date) -> Result<()> {
        let complaint = &self.policy.complaint;
        let grades = [&complaint.acknowledge, &complaint.respond, &complaint.resolve]
            .into_iter()
            .chain(complaint.escalation.iter().map(|level| &level.after));
        let single = [&complaint.reopen, &complaint.appeal_answer, &complaint.review_request, &complaint.review_decide];
        let needs = |limit: &crate::domain::Limit| {
            limit.roll != Roll::None || matches!(limit.unit, LimitUnit::WorkingDays | LimitUnit::WorkingHours)
        };
        if grades.flat_map(|grades| grades.iter()).chain(single.into_iter().flatten()).any(needs) {
            self.calendar.is_rest_day(effective_on)?;
        }
        Ok(())
    }
}

fn put_together(
    layers: &[Arc<Document>],
    top: Option<&Arc<Document>>,
    calendar: &Calendar,
    known: &dyn KnownFields,
) -> Problematic<InForce> {
    let documents: Vec<&Document> = layers.iter().chain(top).map(|layer| &**layer).collect();
    let merged = Merged::of(&documents);
    let policy = compile::compile(&merged, known)?;
    let calendar = company_calendar(&merged, calendar)?;
    Ok(InForce { policy, calendar, merged })
}

/// The calendar with the company's own days.
fn company_calendar(merged: &Merged, calendar: &Calendar) -> Problematic<Calendar> {
    let mut problems = Problems::of(merged);
    let days = |path: &str| merged.figures.get(path).and_then(|found| found.figure.get("value")).map(Datum::dates);
    let rest = days("calendar.company_rest_days").unwrap_or_default();
    let work = days("calendar.company_workdays").unwrap_or_default();
    let mut out = calendar.clone();
    if let Some(found) = merged.figures.get("calendar.missing_year") {
        match MissingYear::parse(found.figure.text("value")) {
            Ok(missing) => out = out.with_missing(missing),
            Err(error) => problems.of_value(found, "unknown_value", error.message(), "应为provisional或refuse"),
        }
    }
    for (path, days) in [("calendar.company_rest_days", &rest), ("calendar.company_workdays", &work)] {
        let Some(found) = merged.figures.get(path) else { continue };
        for day in days {
            match out.clone().with_company_day(*day, path.ends_with("rest_days")) {
                Ok(calendar) => out = calendar,
                Err(error) => problems.of_value(found, error.kind().name(), error.message(), "日历不符"),
            }
        }
    }
    problems.or(out)
}

/// What is wrong with a policy file, without a database: on top of the built-in policy, with the declared fields and
/// those that the file declares itself. An empty list means that it can be adopted where those fields are free.
pub fn check(text: &str) -> Vec<Violation> {
    Shelf::new(Calendar::china().clone()).try_text(text, &DeclaredFields).err().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_policy_is_the_default_of_the_rules() {
        let shelf = Shelf::new(Calendar::china().clone());
        assert_eq!(shelf.base.policy, Policy::default());
        assert_eq!(check(BUILT_IN), []);
    }

    fn wrong(figures: &str) -> Vec<(String, String, String)> {
        let problems = check(&format!("id = \"x\"\nversion = \"x/1\"\ntitle = \"X\"\n{figures}"));
        problems.into_iter().map(|p| (p.field, p.code.into_owned(), p.message)).collect()
    }

    #[test]
    fn an_empty_class_list_a_cycle_and_an_unknown_field_are_named() {
        let found = wrong(
            "[classes.class]\norder = { value = [], rule = \"R\" }\n[complaint]\nkey_classes = { value = [], rule = \"R\" }",
        );
        assert_eq!(found[0].1, "empty", "{found:?}");
        let found = wrong(
            "[classes.class]\norder = { value = [\"a\"], rule = \"R\" }\n\
             a = { when = \"value_class == 'b'\", reason = \"x\", reason_zh = \"x\", rule = \"R\" }\n\
             [classes.value_class]\norder = { value = [\"b\"], rule = \"R\" }\n\
             b = { when = \"class == 'a'\", reason = \"x\", reason_zh = \"x\", rule = \"R\" }\n\
             [complaint]\nkey_classes = { value = [], rule = \"R\" }",
        );
        assert_eq!((found.len(), found[0].1.as_str()), (1, "cycle"), "{found:?}");
        let found = wrong(
            "[classes.class]\norder = { value = [\"a\"], rule = \"R\" }\n\
             a = { when = 'name == \"x\" && colour == \"red\"', reason = \"x\", reason_zh = \"x\", rule = \"R\" }\n\
             [complaint]\nkey_classes = { value = [], rule = \"R\" }",
        );
        assert_eq!(found[0].1, "unknown_field");
        assert!(found[0].2.starts_with("line 6, column 30: classes.class.a: there is no field colour"), "{found:?}");
    }

    #[test]
    fn a_figure_of_a_lower_layer_that_does_not_fit_is_named_with_its_layer() {
        let found = wrong(
            "[classes.class]\norder = { value = [\"a\"], rule = \"R\" }\n\
             a = { when = \"true\", reason = \"x\", reason_zh = \"x\", rule = \"R\" }",
        );
        assert_eq!((found.len(), found[0].1.as_str()), (1, "unknown_class"), "{found:?}");
        assert!(found[0].2.starts_with("in default/1, line "), "{found:?}");
    }

    #[test]
    fn company_days_change_the_calendar_and_a_year_that_is_missing_is_named() {
        let text = "id = \"x\"\nversion = \"x/1\"\ntitle = \"X\"\n[calendar]\n\
                    company_rest_days = { value = [2026-09-30, 2026-10-10], source = \"ours\" }\n\
                    company_workdays = { value = [2026-09-19], source = \"ours\" }\n";
        let shelf = Shelf::new(Calendar::china().clone());
        let document = Arc::new(Document::parse(text).unwrap());
        let calendar = shelf.with_document(&document, &DeclaredFields).unwrap().calendar;
        let rests = |day: &str| calendar.is_rest_day(day.parse().unwrap()).unwrap();
        assert!(rests("2026-09-30") && rests("2026-10-10") && !rests("2026-09-19") && rests("2026-10-01"));
        let found = wrong("[calendar]\ncompany_rest_days = { value = [2044-09-30], source = \"ours\" }");
        assert_eq!(found[0].1, "calendar_year_missing", "{found:?}");
        let found = wrong("[calendar]\ncompany_rest_days = { value = [2026-09-19], source = \"ours\" }");
        assert_eq!(found[0].1, "invalid_argument", "{found:?}");
    }
}
