//! The figures of complaints: limits by grade, the escalation chain, extensions, re-opening, and what closing asks.

use std::borrow::Cow;

use crate::domain::complaint::field;
use crate::domain::{Basis, ComplaintGrade, Condition, Limit, LimitUnit};

/// A limit for each grade; `None` is no limit.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GradeLimits {
    /// Of a general complaint.
    pub general: Option<Limit>,
    /// Of the complaint of a key customer.
    pub key_customer: Option<Limit>,
    /// Of a major complaint.
    pub major: Option<Limit>,
}

impl GradeLimits {
    /// The same limit for every grade.
    pub fn all(limit: &Limit) -> Self {
        Self { general: Some(limit.clone()), key_customer: Some(limit.clone()), major: Some(limit.clone()) }
    }

    /// The limit of a grade.
    pub fn of(&self, grade: ComplaintGrade) -> Option<&Limit> {
        match grade {
            ComplaintGrade::General => self.general.as_ref(),
            ComplaintGrade::KeyCustomer => self.key_customer.as_ref(),
            ComplaintGrade::Major => self.major.as_ref(),
        }
    }

    /// The limits that there are.
    pub fn iter(&self) -> impl Iterator<Item = &Limit> {
        [&self.general, &self.key_customer, &self.major].into_iter().flatten()
    }
}

/// One level of the escalation chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EscalationLevel {
    /// The role to whom the complaint goes up, such as `branch_head`.
    pub to: Cow<'static, str>,
    /// How long the level below may keep it before it goes up here, from when it reached that level.
    pub after: GradeLimits,
}

/// What must have been done before a complaint is closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GuardedStep {
    /// The result was told to the customer.
    ResultFedBack,
    /// The customer was asked whether satisfied with the handling.
    SatisfactionAsked,
    /// The lesson was recorded.
    LessonRecorded,
    /// A written report went to the company.
    CompanyReported,
    /// The complaint was written up as a case.
    CaseWritten,
    /// At least one corrective or preventive action was recorded, and none is still open.
    ActionsDone,
    /// The complaint went up to the next level of the chain.
    Escalated,
    /// A written reply went to the customer.
    CustomerReplied,
}

impl GuardedStep {
    /// Every step, in the order of the declaration.
    pub const ALL: [GuardedStep; 8] = [
        GuardedStep::ResultFedBack,
        GuardedStep::SatisfactionAsked,
        GuardedStep::LessonRecorded,
        GuardedStep::CompanyReported,
        GuardedStep::CaseWritten,
        GuardedStep::ActionsDone,
        GuardedStep::Escalated,
        GuardedStep::CustomerReplied,
    ];

    /// The name, as a policy spells it.
    pub const fn name(self) -> &'static str {
        match self {
            GuardedStep::ResultFedBack => "result_fed_back",
            GuardedStep::SatisfactionAsked => "satisfaction_asked",
            GuardedStep::LessonRecorded => "lesson_recorded",
            GuardedStep::CompanyReported => "company_reported",
            GuardedStep::CaseWritten => "case_written",
            GuardedStep::ActionsDone => "actions_done",
            GuardedStep::Escalated => "escalated",
            GuardedStep::CustomerReplied => "customer_replied",
        }
    }
}

/// Of which complaints closing asks for a step. One that fits is enough.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GuardedOf {
    /// Of every one.
    All,
    /// Of those of a grade.
    Grade(ComplaintGrade),
    /// Of those of customers of a key class, whatever their grade.
    KeyClass,
}

impl GuardedOf {
    /// The name of [`GuardedOf::All`] in a policy.
    pub const ALL: &'static str = "all";
    /// The name of [`GuardedOf::KeyClass`] in a policy.
    pub const KEY_CLASS: &'static str = "key_class";

    /// Reads a name: `all`, `key_class` or a grade; `None` when it is another.
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            Self::ALL => Some(Self::All),
            Self::KEY_CLASS => Some(Self::KeyClass),
            _ => ComplaintGrade::from_number(ComplaintGrade::DEF.by_name(name)?.number).map(Self::Grade),
        }
    }

    /// Whether it fits a complaint of a grade, whose customer is of a key class or not.
    pub fn fits(&self, grade: Option<ComplaintGrade>, is_key: bool) -> bool {
        match self {
            Self::All => true,
            Self::Grade(of) => grade == Some(*of),
            Self::KeyClass => is_key,
        }
    }
}

/// A step that closing some complaints asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CloseGuard {
    /// The step.
    pub step: GuardedStep,
    /// The complaints that it is asked of.
    pub of: Vec<GuardedOf>,
    /// What must hold of the complaint beside that; `None` for nothing.
    pub when: Option<Condition>,
    /// The id of the rule.
    pub rule: Cow<'static, str>,
    /// The regulation and article.
    pub source: Cow<'static, str>,
}

/// The greatest number that a policy allows, and where it comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Maximum {
    /// The number.
    pub value: u32,
    /// Where it comes from.
    pub basis: Basis,
}

/// The figures of complaints.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ComplaintPolicy {
    /// How soon the customer is told that the complaint is received. The sources state none.
    pub acknowledge: GradeLimits,
    /// How soon a solution is offered. The sources of the default state none.
    pub respond: GradeLimits,
    /// How soon the complaint is settled. The sources of the default state none; industries do (L-BNK-1, L-LOG-1).
    pub resolve: GradeLimits,
    /// To whom a complaint goes up, and when. Source: R-FIX-17.
    pub escalation: Vec<EscalationLevel>,
    /// What closing asks for. Source: R-FIX-15, R-FIX-17, R-FIX-18, R-FIX-21, R-EDU-10.
    pub close_guards: Vec<CloseGuard>,
    /// How often one complaint may be extended; `None` for any number of times. The sources state none.
    pub extensions_max: Option<Maximum>,
    /// How many days all extensions of one complaint may sum up to; `None` for any. The sources state none.
    pub extension_days_max: Option<Maximum>,
    /// By what rule another than the responsible user must approve an extension; `None` when nobody else must.
    /// Source: L-BNK-1, "after approval".
    pub extension_needs_another: Option<Basis>,
    /// How long after its close a complaint may be re-opened; `None` for ever. The sources state none.
    pub reopen: Option<Limit>,
    /// How soon an appeal that an authority hands on is answered. Source: L-LOG-8 states 15 days for the post.
    pub appeal_answer: Option<Limit>,
    /// How long after the close a review may be asked for. Source: L-BNK-5 says 30 days, not verified.
    pub review_request: Option<Limit>,
    /// How soon a review is decided. Source: L-BNK-5 says 30 days, not verified.
    pub review_decide: Option<Limit>,
}

impl Default for ComplaintPolicy {
    fn default() -> Self {
        let at_once = Limit::new(0, LimitUnit::Hours, "R-FIX-17", "F2 Art. 7.2.3");
        let guard = |step, of, rule, source| CloseGuard {
            step,
            of: vec![of],
            when: None,
            rule: Cow::Borrowed(rule),
            source: Cow::Borrowed(source),
        };
        let (all, major) = (GuardedOf::All, GuardedOf::Grade(ComplaintGrade::Major));
        // A customer whom no solution satisfies: what is unsolvable is answered in writing.
        let unsolved = Condition::has(field::recourse, "recourse");
        let approval = Basis { rule: "L-BNK-1".into(), source: "CBIRC Order 2020 No. 3: after approval".into() };
        Self {
            acknowledge: GradeLimits::default(),
            respond: GradeLimits::default(),
            resolve: GradeLimits::default(),
            escalation: vec![
                EscalationLevel {
                    to: "branch_head".into(),
                    after: GradeLimits { major: Some(at_once), ..GradeLimits::default() },
                },
                EscalationLevel { to: "general_manager".into(), after: GradeLimits::default() },
            ],
            close_guards: vec![
                guard(GuardedStep::ResultFedBack, all.clone(), "R-FIX-21", "F2 Art. 7.3.4"),
                guard(GuardedStep::SatisfactionAsked, all.clone(), "R-FIX-21", "F2 Art. 7.3.4"),
                guard(GuardedStep::LessonRecorded, all, "R-EDU-10", "F0 §3 4.3"),
                guard(GuardedStep::CompanyReported, GuardedOf::KeyClass, "R-FIX-15", "F2 Art. 7.2.2"),
                guard(GuardedStep::CaseWritten, major.clone(), "R-FIX-18", "F2 Art. 7.2.3"),
                guard(GuardedStep::Escalated, major, "R-FIX-17", "F2 Art. 7.2.3"),
                CloseGuard {
                    when: Some(unsolved),
                    ..guard(GuardedStep::CustomerReplied, GuardedOf::KeyClass, "R-FIX-15", "F2 Art. 7.2.2")
                },
            ],
            extensions_max: None,
            extension_days_max: None,
            extension_needs_another: Some(approval),
            reopen: None,
            appeal_answer: None,
            review_request: None,
            review_decide: None,
        }
    }
}
