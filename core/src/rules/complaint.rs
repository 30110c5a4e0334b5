//! The rules of complaints: how grave one is, when it is due, what its steps do, and what must hold.

mod check;
mod clock;
mod extension;
mod given;
mod grade;
mod guard;
mod step;

pub use check::check;
pub(crate) use check::with_reopenings;
pub use clock::{Deadline, deadlines, in_time};
pub use given::lengthened;
pub use grade::{GradeInputs, grade};
pub use guard::{Actions, has_unknown_facts};
pub use step::{Paused, paused_anew, step};

use crate::domain::complaint::field;
use crate::domain::{ComplaintState, Fields};

/// Whether a complaint is settled: closed, withdrawn or archived.
pub fn is_settled(complaint: &dyn Fields) -> bool {
    let state = complaint.enumeration(field::state).and_then(ComplaintState::from_number);
    matches!(state, Some(ComplaintState::Closed | ComplaintState::Withdrawn | ComplaintState::Archived))
}
