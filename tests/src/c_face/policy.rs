//! Policies of cases through the C ABI.

use crmkernel::policy::{CRMK_POLICY_JSON, crmk_policy_options};
use serde_json::{Value as Json, json};

use super::{Session, owned, sized, text};
use crate::face::{self, Answer, bad_case};

impl Session {
    /// Does a step about policies.
    pub(super) fn policy(self, verb: &str, step: &Json) -> Answer {
        let given = face::policy_text(step)?;
        match verb {
            "adopt" => self.adopt(&given, step),
            "check" => {
                // SAFETY: the handle is the face's own and the text lives for the call; here and below.
                self.ok(unsafe { (self.api.crmk_policy_check)(self.session, text(&given)) })?;
                Ok(json!({}))
            }
            "show" => {
                let (version, mut shown) = (step["version"].as_str().unwrap_or_default(), text(""));
                // SAFETY: as above.
                let code = unsafe {
                    (self.api.crmk_policy_show)(self.session, text(version), CRMK_POLICY_JSON, &raw mut shown)
                };
                self.ok(code)?;
                face::json(&owned(shown))
            }
            "diff" => {
                let (base, other) = (step["base"].as_str().unwrap_or_default(), face::other(step, &given));
                let mut answer = text("");
                // SAFETY: as above.
                let code =
                    unsafe { (self.api.crmk_policy_diff)(self.session, text(base), text(other), &raw mut answer) };
                self.ok(code)?;
                Ok(json!({"figures": face::json(&owned(answer))?}))
            }
            "versions" => {
                let mut answer = text("");
                // SAFETY: as above.
                self.ok(unsafe { (self.api.crmk_policy_versions)(self.session, &raw mut answer) })?;
                Ok(json!({"versions": face::json(&owned(answer))?}))
            }
            "what_if" => {
                let mut answer = text("");
                // SAFETY: as above.
                let code =
                    unsafe { (self.api.crmk_policy_what_if)(self.session, text(&given), 1_000, &raw mut answer) };
                self.ok(code)?;
                face::json(&owned(answer))
            }
            "reclassify" => {
                let (mut customers, mut changed) = (0, 0);
                // SAFETY: as above.
                let code =
                    unsafe { (self.api.crmk_policy_reclassify)(self.session, &raw mut customers, &raw mut changed) };
                self.ok(code)?;
                Ok(json!({"customers": customers, "changed": changed}))
            }
            "reassess" => {
                let (mut complaints, mut changed) = (0, 0);
                // SAFETY: as above.
                let code =
                    unsafe { (self.api.crmk_policy_reassess)(self.session, &raw mut complaints, &raw mut changed) };
                self.ok(code)?;
                Ok(json!({"complaints": complaints, "changed": changed}))
            }
            "report_days" => self.report_days(step),
            "mark_missed" => {
                let (mut marked, mut left) = (0, 0);
                // SAFETY: as above.
                let code = unsafe { (self.api.crmk_policy_mark_missed)(self.session, &raw mut marked, &raw mut left) };
                self.ok(code)?;
                Ok(json!({"marked": marked, "left": left}))
            }
            other => Err(bad_case(format!("no verb {other} of policies"))),
        }
    }

    fn adopt(self, given: &str, step: &Json) -> Answer {
        let mut options = sized!(crmk_policy_options);
        let approver = step["approver"].as_str().unwrap_or_default();
        options.approver = text(approver);
        if let Some(date) = face::date(&step["effective_on"]) {
            (options.has_effective_on, options.effective_on) = (1, date.to_epoch_days());
        }
        let mut sequence = 0;
        // SAFETY: the handle is the face's own; options and texts live for the call.
        let code =
            unsafe { (self.api.crmk_policy_adopt)(self.session, text(given), &raw const options, &raw mut sequence) };
        self.ok(code)?;
        let decision = self.decision(0)?;
        Ok(json!({"sequence": sequence, "decisions": face::without_text(std::iter::once(decision))}))
    }

    /// What each section of a customer's file is.
    pub(super) fn customer_file(self, step: &Json) -> Answer {
        let (id, mut count) = (step["id"].as_u64().unwrap_or_default(), 0);
        // SAFETY: the handle is the face's own.
        self.ok(unsafe { (self.api.crmk_policy_customer_file)(self.session, id, &raw mut count) })?;
        Ok(json!({"decisions": (0..count).map(|i| self.decision(i)).collect::<Result<Vec<_>, Json>>()?}))
    }

    /// The days on which reports are due.
    fn report_days(self, step: &Json) -> Answer {
        let day = |name: &str| face::date(&step[name]).map(|day| day.to_epoch_days());
        let (Some(since), Some(until)) = (day("since"), day("until")) else {
            return Err(bad_case("since and until are dates"));
        };
        let mut count = 0;
        // SAFETY: the handle is the face's own.
        self.ok(unsafe { (self.api.crmk_policy_report_days)(self.session, since, until, &raw mut count) })?;
        Ok(json!({"decisions": (0..count).map(|i| self.decision(i)).collect::<Result<Vec<_>, Json>>()?}))
    }

    /// The days on which a customer is to be contacted.
    pub(super) fn due_days(self, step: &Json) -> Answer {
        let until = face::date(&step["until"]).ok_or_else(|| bad_case("until is a date"))?.to_epoch_days();
        let (id, mut count) = (step["id"].as_u64().unwrap_or_default(), 0);
        // SAFETY: the handle is the face's own.
        self.ok(unsafe { (self.api.crmk_policy_due_days)(self.session, id, until, &raw mut count) })?;
        Ok(json!({"decisions": (0..count).map(|i| self.decision(i)).collect::<Result<Vec<_>, Json>>()?}))
    }
}
