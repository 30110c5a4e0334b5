//! The figures of satisfaction: how much each part of a score weighs.

use std::borrow::Cow;

use crate::error::{Error, ErrorKind, Result};

/// The weights of the three parts of a score, in percent. Source: R-ENG-14, which states none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Weights {
    contract: u32,
    award: u32,
    questionnaire: u32,
}

impl Weights {
    /// Makes weights.
    ///
    /// # Errors
    /// `InvalidArgument` when they do not sum up to 100. There are no others.
    pub fn new(contract: u32, award: u32, questionnaire: u32) -> Result<Self> {
        let sum = u64::from(contract) + u64::from(award) + u64::from(questionnaire);
        if sum != 100 {
            let message = format!("the weights {contract}, {award} and {questionnaire} sum up to {sum}, not to 100");
            return Err(Error::new(ErrorKind::InvalidArgument, message));
        }
        Ok(Self { contract, award, questionnaire })
    }

    /// The weights of contract performance, awards and questionnaire.
    pub const fn parts(self) -> [u32; 3] {
        [self.contract, self.award, self.questionnaire]
    }
}

impl Default for Weights {
    /// The questionnaire alone. Source: R-KPI-07 *(proposed)*.
    fn default() -> Self {
        Self { contract: 0, award: 0, questionnaire: 100 }
    }
}

/// The figures of satisfaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SatisfactionPolicy {
    /// How much each part of a score weighs.
    pub weights: Weights,
    /// The id of the rule that states the weights.
    pub rule: Cow<'static, str>,
    /// The regulation and article.
    pub source: Cow<'static, str>,
}

impl Default for SatisfactionPolicy {
    fn default() -> Self {
        Self { weights: Weights::default(), rule: "R-KPI-07".into(), source: "R-DEP-06".into() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_sum_up_to_a_hundred() {
        assert!(Weights::new(40, 20, 40).is_ok());
        let message = "the weights 40, 20 and 41 sum up to 101, not to 100";
        assert_eq!(Weights::new(40, 20, 41).unwrap_err().message(), message);
        assert!(Weights::new(33, 33, 33).is_err() && Weights::new(u32::MAX, 1, 100).is_err());
    }
}
