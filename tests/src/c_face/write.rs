//! Commands of cases through the C ABI: single ones, batches, declarations.

use std::ptr;

use crmkernel::batch::{CRMK_ALL, CRMK_EACH, crmk_batch};
use crmkernel::command::{crmk_decision, crmk_outcome};
use crmkernel::field::{CRMK_FIELD_IS_INDEXED, CRMK_FIELD_IS_SENSITIVE, crmk_field_declaration};
use crmkernel::record::crmk_record;
use serde_json::{Map, Value as Json, json};

use super::{Session, owned, sized, text};
use crate::face::{Answer, bad_case, what};

/// A record that is freed at the end of its scope.
struct Owned {
    session: Session,
    record: *mut crmk_record,
}

impl Drop for Owned {
    fn drop(&mut self) {
        // SAFETY: the handle is this struct's own, or NULL.
        unsafe { (self.session.api.crmk_record_free)(self.record) };
    }
}

impl Session {
    /// A record with the values that a step sets.
    fn record(self, entity: i32, step: &Json) -> Result<Owned, Json> {
        let mut owned = Owned { session: self, record: ptr::null_mut() };
        // SAFETY: the handle is the face's own.
        self.ok(unsafe { (self.api.crmk_record_new)(self.session, entity, &raw mut owned.record) })?;
        for (name, json) in step["set"].as_object().into_iter().flatten() {
            let field = self.field(entity, name)?;
            self.set(owned.record, field.0, &self.given(entity, field, json))?;
        }
        Ok(owned)
    }

    fn verb(self, entity: i32, name: &str) -> Result<i32, Json> {
        let mut verb = 0;
        // SAFETY: the text lives for the call.
        self.ok_alone(unsafe { (self.api.crmk_verb_find)(entity, text(name), &raw mut verb) })?;
        Ok(verb)
    }

    /// Does the command of a step.
    pub(super) fn command(self, step: &Json) -> Answer {
        let (name, verb) = what(step);
        let entity = self.entity(name)?;
        let record = self.record(entity, step)?;
        let (id, revision) = id_and_revision(step);
        let mut outcome = sized!(crmk_outcome);
        let mut result = Owned { session: self, record: ptr::null_mut() };
        let (api, session, given) = (self.api, self.session, record.record);
        let (out, into) = (&raw mut outcome, &raw mut result.record);
        // SAFETY: the handles are the face's own, the struct has its size; here and below.
        let code = unsafe {
            match verb {
                "add" => (api.crmk_record_add)(session, given, out, into),
                "put" => (api.crmk_record_put)(session, given, out, into),
                "update" => (api.crmk_record_update)(session, id, revision, given, out, into),
                verb => (api.crmk_record_act)(session, self.verb(entity, verb)?, id, revision, given, out, into),
            }
        };
        self.ok(code)?;
        let decisions = (0..outcome.decision_count).map(|i| self.decision(i)).collect::<Result<Vec<_>, Json>>()?;
        self.outcome_json(entity, &outcome, result.record, decisions)
    }

    fn outcome_json(
        self,
        entity: i32,
        outcome: &crmk_outcome,
        record: *const crmk_record,
        decisions: Vec<Json>,
    ) -> Answer {
        Ok(json!({
            "changed": outcome.changed == 1,
            "added": outcome.added == 1,
            "sequence": outcome.sequence,
            "id": outcome.id,
            "revision": outcome.revision,
            "record": self.record_json(entity, record)?,
            "decisions": decisions,
        }))
    }

    /// A decision of the last command or explanation.
    pub(super) fn decision(self, index: u32) -> Result<Json, Json> {
        let mut d = sized!(crmk_decision);
        // SAFETY: the handle is the face's own and the struct has its size; here and below.
        self.ok(unsafe { (self.api.crmk_session_decision)(self.session, index, &raw mut d) })?;
        let mut inputs = Map::new();
        for input in 0..d.input_count {
            let (mut name, mut value) = (text(""), text(""));
            // SAFETY: as above.
            let code = unsafe {
                (self.api.crmk_session_decision_input)(self.session, index, input, &raw mut name, &raw mut value)
            };
            self.ok(code)?;
            inputs.insert(owned(name), json!(owned(value)));
        }
        Ok(decision_json(&d, inputs))
    }

    /// Does the commands of a step in one batch.
    pub(super) fn batch(self, step: &Json) -> Answer {
        let mut batch = ptr::null_mut();
        // SAFETY: the handle is the face's own.
        self.ok(unsafe { (self.api.crmk_batch_new)(self.session, &raw mut batch) })?;
        let answer = self.run_batch(batch, step);
        // SAFETY: the batch is this function's own.
        unsafe { (self.api.crmk_batch_free)(batch) };
        answer
    }

    fn run_batch(self, batch: *mut crmk_batch, step: &Json) -> Answer {
        let commands: Vec<&Json> = step["commands"].as_array().into_iter().flatten().collect();
        for command in &commands {
            self.put_in(batch, command)?;
        }
        let atomicity = if step["atomicity"] == "all" { CRMK_ALL } else { CRMK_EACH };
        // SAFETY: the handle is the caller's own; it wants no count.
        self.ok(unsafe { (self.api.crmk_batch_apply)(batch, atomicity, ptr::null_mut()) })?;
        let mut answers = Vec::new();
        for (index, command) in (0..).zip(&commands) {
            let entity = self.entity(what(command).0)?;
            let mut outcome = sized!(crmk_outcome);
            let mut result = Owned { session: self, record: ptr::null_mut() };
            // SAFETY: the handle is the caller's own and the struct has its size.
            let code = unsafe { (self.api.crmk_batch_answer)(batch, index, &raw mut outcome, &raw mut result.record) };
            answers.push(match self.ok(code) {
                Ok(_) => self.outcome_json(entity, &outcome, result.record, Vec::new())?,
                Err(error) => json!({"error": error}),
            });
        }
        Ok(json!({"answers": answers}))
    }

    fn put_in(self, batch: *mut crmk_batch, step: &Json) -> Result<i32, Json> {
        let (name, verb) = what(step);
        let entity = self.entity(name)?;
        let record = self.record(entity, step)?;
        let (id, revision) = id_and_revision(step);
        let api = self.api;
        // SAFETY: the handles are the caller's and this function's own.
        self.ok(unsafe {
            match verb {
                "add" => (api.crmk_batch_add)(batch, record.record),
                "put" => (api.crmk_batch_put)(batch, record.record),
                "update" => (api.crmk_batch_update)(batch, id, revision, record.record),
                verb => (api.crmk_batch_act)(batch, self.verb(entity, verb)?, id, revision, record.record),
            }
        })
    }

    /// Declares a custom field.
    pub(super) fn declare(self, field: &Json) -> Answer {
        let part = |name: &str| field[name].as_str().unwrap_or_default();
        let mut declaration = sized!(crmk_field_declaration);
        declaration.entity = self.entity(part("entity"))?;
        let types = ["text", "int", "bool", "date", "instant", "money"];
        let place = types.iter().position(|name| *name == part("type"));
        let place = place.ok_or_else(|| bad_case(format!("no type {} for a custom field", part("type"))))?;
        declaration.r#type = i32::try_from(place).unwrap_or_default() + 1;
        let max = if part("type") == "text" { "len_max" } else { "max" };
        declaration.min = field["min"].as_i64().unwrap_or_default();
        declaration.max = field[max].as_i64().unwrap_or_default();
        let flag = |name: &str, flag: u32| if field[name] == true { flag } else { 0 };
        declaration.flags = flag("sensitive", CRMK_FIELD_IS_SENSITIVE) | flag("indexed", CRMK_FIELD_IS_INDEXED);
        declaration.name = text(part("name"));
        declaration.label = text(part("label"));
        declaration.label_zh = text(part("label_zh"));
        // SAFETY: the handle is the face's own; the declaration has its size and its texts live for the call.
        let code = unsafe { (self.api.crmk_field_declare)(self.session, &raw const declaration, ptr::null_mut()) };
        self.ok(code)?;
        Ok(json!({"changed": true}))
    }
}

/// The JSON of a decision with its inputs.
pub(super) fn decision_json(d: &crmk_decision, inputs: Map<String, Json>) -> Json {
    json!({
        "subject": owned(d.subject), "value": owned(d.value), "rule": owned(d.rule), "source": owned(d.source),
        "inputs": inputs, "reason": owned(d.reason), "reason_zh": owned(d.reason_zh),
        "policy_version": owned(d.policy_version), "plugin": owned(d.plugin),
    })
}

/// The id and the revision of a step; 0 acts on whatever revision is there.
fn id_and_revision(step: &Json) -> (u64, u64) {
    // An update with id 0 would take the id of its record, which was not read; no record has the greatest id.
    let id = step["id"].as_u64().filter(|id| *id != 0).unwrap_or(u64::MAX);
    (id, step["revision"].as_u64().unwrap_or_default())
}
