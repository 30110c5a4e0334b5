//! The figures of visits: how planned days roll, which events ask for a contact, and whose dissatisfaction is a complaint.

use std::borrow::Cow;

use crate::domain::{Basis, Roll};

/// A contact that an event asks for. Source: R-FIX-28.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventContact {
    /// The event, such as `installation_completed`.
    pub event: Cow<'static, str>,
    /// The kind of contact, such as `real_time_return_visit`.
    pub kind: Cow<'static, str>,
    /// How many days behind the event. 0 is on its day.
    pub days: u32,
    /// The id of the rule.
    pub rule: Cow<'static, str>,
    /// The regulation and article.
    pub source: Cow<'static, str>,
}

/// The days around the planned one in which a visit counts as held in its time. Source: R-FIX-29, R-KPI-15.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VisitWindow {
    /// How many days before the planned one it begins.
    pub before: u32,
    /// How many days behind the planned one it ends.
    pub after: u32,
    /// Whether a visit that is held outside of it is refused; otherwise it is recorded as not in its time.
    pub refuses: bool,
    /// Where it comes from.
    pub basis: Basis,
}

/// The figures of visits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VisitPolicy {
    /// What happens to a planned day that is a rest day. The sources state none; their worked days do not roll.
    pub roll: Roll,
    /// When a visit is held in its time.
    pub window: VisitWindow,
    /// The contacts that events ask for.
    pub events: Vec<EventContact>,
    /// The kinds of contact in which a dissatisfied customer opens a complaint. Source: R-FIX-22, R-TRV-07.
    pub complaint_kinds: Vec<Cow<'static, str>>,
    /// What a remark may be about to open a complaint in any kind of contact. Source: R-ENG-13.
    pub complaint_issues: Vec<Cow<'static, str>>,
    /// The rule that says so, with its source.
    pub complaint_issues_basis: Basis,
}

impl Default for VisitPolicy {
    fn default() -> Self {
        let at_once = |event| EventContact {
            event: Cow::Borrowed(event),
            kind: "real_time_return_visit".into(),
            days: 0,
            rule: "R-FIX-28".into(),
            source: "F2 Art. 8.1".into(),
        };
        Self {
            roll: Roll::None,
            window: VisitWindow {
                before: 0,
                after: 0,
                refuses: false,
                basis: Basis { rule: "R-FIX-29".into(), source: "F2 Art. 8.2".into() },
            },
            events: vec![at_once("installation_completed"), at_once("repair_completed")],
            complaint_kinds: vec!["real_time_return_visit".into(), "return_visit".into()],
            complaint_issues: Vec::new(),
            complaint_issues_basis: Basis::default(),
        }
    }
}
