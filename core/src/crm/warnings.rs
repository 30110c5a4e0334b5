//! What somebody should know about a database that is open: a list of warnings, each with a code and a sentence.

use super::calendar_warning;
use super::open::Crm;
use super::session::Session;

/// One thing that somebody should know about an open database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    /// The stable code in snake case: `calendar_year_not_announced`.
    pub code: &'static str,
    /// What it is about: the year.
    pub subject: String,
    /// The warning as an English sentence, without personal data.
    pub message: String,
    /// The warning as a Chinese sentence.
    pub message_zh: String,
}

impl Crm {
    /// What somebody should know about the database as it is open now, in a fixed order: the years of the calendar that are
    /// not announced. Empty when all is well.
    pub fn warnings(&self) -> Vec<Warning> {
        calendar_warning::of(&self.in_force().calendar, self.today())
    }
}

impl Session {
    /// The warnings of the database: [`Crm::warnings`].
    pub fn warnings(&self) -> Vec<Warning> {
        self.crm().warnings()
    }
}
