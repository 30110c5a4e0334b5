//! Which figures a policy can have: one line each, from which come the checks, the messages and the table in the docs.

use crate::domain::{ComplaintGrade, EntityKind, GuardedStep, InvestigationKind};

/// The form of what stands under a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// An integer.
    Int {
        /// The least value allowed.
        min: i64,
        /// The greatest value allowed.
        max: i64,
    },
    /// True or false.
    Bool,
    /// A name.
    Name,
    /// A list of names.
    Names,
    /// A list of dates.
    Dates,
    /// How often: an integer with a unit of the calendar.
    Cadence,
    /// How soon: an integer with a unit of a deadline.
    Limit,
    /// A class with its condition.
    Class,
    /// Of which complaints a step is asked before the close.
    Guard,
    /// The declaration of a custom field.
    Field,
    /// The days on which a report is due.
    Report,
}

/// A figure: where it stands, its form, and what it means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FigureDef {
    /// The path. A part in `<>` stands for any of a kind of names.
    pub path: &'static str,
    /// The form.
    pub form: Form,
    /// What it means.
    pub doc: &'static str,
}

const fn figure(path: &'static str, form: Form, doc: &'static str) -> FigureDef {
    FigureDef { path, form, doc }
}

/// Every figure. Where a name and a part in `<>` stand at the same place, the name goes first.
pub const FIGURES: &[FigureDef] = &[
    figure("classes.<dimension>.order", Form::Names, "The classes in the order in which they are tried."),
    figure("classes.<dimension>.<class>", Form::Class, "When a customer is of the class."),
    figure("fields.<entity>.<prefix>.<name>", Form::Field, "A custom field that the conditions of the policy read."),
    figure("required.<entity>.<state>", Form::Names, "Fields that a record must have in the state, or in `any`."),
    figure("cadence.<class>.<kind>", Form::Cadence, "How often a customer of the class, or of `any`, is contacted."),
    figure("complaint.key_classes", Form::Names, "The classes whose complaints are those of key customers."),
    figure(
        "complaint.same_issue_count_major",
        Form::Int { min: 1, max: 1_000 },
        "How many complaints about the same issue make a complaint major, this one included.",
    ),
    figure("complaint.acknowledge.<grade>", Form::Limit, "How soon the customer is told that it is received."),
    figure("complaint.respond.<grade>", Form::Limit, "How soon a solution is offered."),
    figure("complaint.resolve.<grade>", Form::Limit, "How soon it is settled."),
    figure("complaint.escalation.<level>", Form::Name, "To whom a complaint goes up, by level from 1."),
    figure("complaint.escalation_after.<level>.<grade>", Form::Limit, "How long the level below may keep it."),
    figure(
        "complaint.close_guards.<step>",
        Form::Guard,
        "The complaints whose closing asks for the step: grades, `key_class` for those of key customers whatever the \
         grade, `all`; and with `when` those alone for which the condition on the complaint holds.",
    ),
    figure("complaint.extensions_max", Form::Int { min: 0, max: 1_000 }, "How often one complaint may be extended."),
    figure(
        "complaint.extension_days_max",
        Form::Int { min: 0, max: 36_500 },
        "How many days all extensions of one complaint may sum up to.",
    ),
    figure("complaint.extension_needs_another", Form::Bool, "Whether another than the responsible user approves."),
    figure("complaint.reopen", Form::Limit, "How long after its close a complaint may be re-opened."),
    figure("complaint.appeal_answer", Form::Limit, "How soon an appeal that an authority hands on is answered."),
    figure("complaint.review_request", Form::Limit, "How long after the close a review may be asked for."),
    figure("complaint.review_decide", Form::Limit, "How soon a review is decided."),
    figure("visit.roll", Form::Name, "What happens to a planned day that is a rest day: none, next or previous."),
    figure(
        "visit.window_before",
        Form::Int { min: 0, max: 366 },
        "How many days before the planned one a visit counts as held in its time.",
    ),
    figure(
        "visit.window_after",
        Form::Int { min: 0, max: 366 },
        "How many days behind the planned one a visit counts as held in its time.",
    ),
    figure(
        "visit.outside_window",
        Form::Name,
        "What happens to a visit that is held outside of its time: it is recorded as such (late) or refused (refuse).",
    ),
    figure("visit.events.<event>.<kind>", Form::Limit, "How many days behind an event a contact of the kind is due."),
    figure("visit.complaint_kinds", Form::Names, "The kinds of contact in which dissatisfaction opens a complaint."),
    figure(
        "visit.complaint_issues",
        Form::Names,
        "What a remark in a visit may be about (its `complaint_issue`) to open a complaint, in any kind of contact.",
    ),
    figure(
        "satisfaction.weights.<part>",
        Form::Int { min: 0, max: 100 },
        "How much a part of a satisfaction score weighs, in percent; the three sum up to 100.",
    ),
    figure("report.<report>", Form::Report, "The days on which a report is due."),
    figure(
        "authors.<entity>.<command>",
        Form::Names,
        "The codes of the units, those below them included, whose users alone add or update records of the entity or use \
         the verb; `any` for every command that is not named.",
    ),
    figure(
        "file.copies.<holder>",
        Form::Int { min: 1, max: 1_000 },
        "How many copies of the file of a customer that is no individual the holder has.",
    ),
    figure(
        "file.loan_positions",
        Form::Names,
        "The positions of users who may borrow the file of a customer: leader, department_leader, staff. Its items are then \
         hidden from everybody but the units that write them (authors.information_item) and who has a loan, an access record.",
    ),
    figure(
        "customer.code_after",
        Form::Names,
        "Fields that a customer must have before its code is issued; dates among them are not in the future.",
    ),
    figure(
        "customer.contracts_together",
        Form::Bool,
        "Whether supply contract and quality contract are signed on one day before the code is issued.",
    ),
    figure("investigation.needs.<investigation>", Form::Names, "Fields that a settled investigation of the kind has."),
    figure(
        "investigation.departments.<investigation>",
        Form::Names,
        "The departments that take part in an investigation of the kind.",
    ),
    figure(
        "investigation.on_site_after_general",
        Form::Bool,
        "Whether an investigation on site follows a general one that was settled and found the customer suitable.",
    ),
    figure(
        "investigation.gates",
        Form::Names,
        "Fields of the customer, true or false, that are true before its certification is applied for.",
    ),
    figure(
        "investigation.accounts_years_max",
        Form::Int { min: 0, max: 10 },
        "How many years back the annual accounts of an investigation may be when it is settled.",
    ),
    figure(
        "calendar.missing_year",
        Form::Name,
        "What happens in a year that is not announced yet: its statutory days stand in and what they decide is marked \
         (provisional), or what needs it is refused (refuse).",
    ),
    figure("calendar.company_rest_days", Form::Dates, "Days from Monday to Friday on which the company does not work."),
    figure("calendar.company_workdays", Form::Dates, "Saturdays and Sundays on which the company works."),
    figure("calendar.working_hours", Form::Names, "The windows of a working day, such as `08:30-12:00`."),
];

/// The attributes that a form has beside `rule`, `source` and `note`; those marked must be there.
pub(super) fn attributes(form: Form) -> &'static [(&'static str, bool)] {
    match form {
        Form::Int { .. } | Form::Bool | Form::Name | Form::Names | Form::Dates => &[("value", true)],
        Form::Cadence => &[("value", true), ("unit", true)],
        Form::Limit => &[("value", true), ("unit", true), ("roll", false)],
        Form::Report => &[("value", true), ("roll", false), ("time", false)],
        Form::Guard => &[("value", true), ("when", false)],
        Form::Class => &[
            ("when", false),
            ("granted", false),
            ("number_prefix", false),
            ("label_zh", false),
            ("reason", true),
            ("reason_zh", true),
        ],
        Form::Field => &[
            ("type", true),
            ("len_max", false),
            ("min", false),
            ("max", false),
            ("label", true),
            ("label_zh", true),
            ("sensitive", false),
            ("indexed", false),
        ],
    }
}

/// The fields of the customer that hold classes, each a dimension.
pub(crate) const DIMENSIONS: [&str; 5] = ["class", "value_class", "need_class", "behaviour_class", "closeness_class"];

/// The names that a part in `<>` stands for; `None` for any name.
fn allowed(part: &str) -> Option<Vec<&'static str>> {
    match part {
        "<dimension>" => Some(DIMENSIONS.to_vec()),
        "<entity>" => Some(EntityKind::ALL.iter().map(|entity| entity.def().name).collect()),
        "<step>" => Some(GuardedStep::ALL.iter().map(|step| step.name()).collect()),
        "<part>" => Some(vec!["contract", "award", "questionnaire"]),
        "<level>" => Some(vec!["1", "2", "3", "4", "5", "6", "7", "8", "9"]),
        "<investigation>" => Some(InvestigationKind::DEF.values.iter().map(|value| value.name).collect()),
        "<grade>" => Some(ComplaintGrade::DEF.values.iter().map(|value| value.name).collect()),
        _ => None,
    }
}

fn fits(part: &str, name: &str) -> bool {
    if !part.starts_with('<') {
        return part == name;
    }
    let plain = !name.is_empty() && name.len() <= 32 && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    plain && allowed(part).is_none_or(|names| names.contains(&name))
}

/// What stands at a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place {
    /// A figure.
    Figure(&'static FigureDef),
    /// A section that holds figures.
    Section,
    /// Nothing; these would be allowed in its place.
    Nothing(Vec<String>),
}

/// What stands at a path, given by its parts.
pub(super) fn place(path: &[&str]) -> Place {
    let Some((last, before)) = path.split_last() else { return Place::Section };
    let begins = |def: &&FigureDef| {
        let parts: Vec<&str> = def.path.split('.').collect();
        parts.len() > before.len() && parts.iter().zip(before).all(|(part, name)| fits(part, name))
    };
    let near: Vec<&'static FigureDef> = FIGURES.iter().filter(begins).collect();
    let part_of = |def: &FigureDef| def.path.split('.').nth(before.len()).unwrap_or_default();
    let here = near.iter().find(|def| part_of(def) == *last).or_else(|| near.iter().find(|d| fits(part_of(d), last)));
    match here {
        Some(def) if def.path.split('.').count() == path.len() => Place::Figure(def),
        Some(_) => Place::Section,
        None => {
            let mut names: Vec<String> = Vec::new();
            for name in near.iter().map(|def| part_of(def)).flat_map(|part| allowed(part).unwrap_or_else(|| vec![part]))
            {
                if !names.iter().any(|known| known == name) {
                    names.push(name.to_owned());
                }
            }
            Place::Nothing(names)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_a_figure_a_section_or_nothing_with_what_is_allowed() {
        assert_eq!(place(&["complaint"]), Place::Section);
        assert!(matches!(place(&["complaint", "key_classes"]), Place::Figure(def) if def.form == Form::Names));
        assert!(matches!(place(&["classes", "class", "order"]), Place::Figure(def) if def.form == Form::Names));
        assert!(matches!(place(&["classes", "class", "key"]), Place::Figure(def) if def.form == Form::Class));
        let Place::Nothing(names) = place(&["classes", "colour"]) else { panic!("found") };
        assert_eq!(names, DIMENSIONS);
        let Place::Nothing(names) = place(&["complaints"]) else { panic!("found") };
        assert_eq!(
            names,
            [
                "classes",
                "fields",
                "required",
                "cadence",
                "complaint",
                "visit",
                "satisfaction",
                "report",
                "authors",
                "file",
                "customer",
                "investigation",
                "calendar"
            ]
        );
        let Place::Nothing(names) = place(&["classes", "class", "ke y"]) else { panic!("found") };
        assert_eq!(names, ["order", "<class>"]);
    }
}
