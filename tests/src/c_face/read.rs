//! Reads of cases through the C ABI: records, queries, the journal, the check of the whole.

use std::ptr;

use crm_core::Op;
use crmkernel::command::{CRMK_LANGUAGE_EN, CRMK_LANGUAGE_ZH, crmk_decision};
use crmkernel::cursor::crmk_cursor;
use crmkernel::journal::{crmk_change, crmk_entry, crmk_journal};
use crmkernel::query::{CRMK_ASCENDING, CRMK_DESCENDING, crmk_plan, crmk_query};
use crmkernel::record::crmk_record;
use crmkernel::session::{crmk_problem, crmk_report};
use crmkernel::text::crmk_bytes;
use crmkernel::{CRMK_ABSENT, CRMK_ROW};
use serde_json::{Map, Value as Json, json};

use super::values::Given;
use super::write::decision_json;
use super::{Session, owned, sized, text};
use crate::face::{self, Answer, bad_case};

impl Session {
    /// Reads a record by its id, its code or its external reference.
    pub(super) fn get(self, entity: i32, step: &Json) -> Answer {
        let mut record: *mut crmk_record = ptr::null_mut();
        let (api, session, out) = (self.api, self.session, &raw mut record);
        // SAFETY: the handle is the face's own and texts live for the call.
        let code = self.ok(unsafe {
            if let Some(code) = step["code"].as_str() {
                (api.crmk_record_get_by_code)(session, entity, text(code), out)
            } else if let Some(reference) = step["external_ref"].as_array() {
                let part = |i: usize| text(reference.get(i).and_then(Json::as_str).unwrap_or_default());
                (api.crmk_record_get_by_external_ref)(session, entity, part(0), part(1), out)
            } else if let Some(sequence) = step["as_of"].as_u64() {
                (api.crmk_record_as_of_sequence)(
                    session,
                    entity,
                    step["id"].as_u64().unwrap_or_default(),
                    sequence,
                    out,
                )
            } else if let Some(instant) = face::instant(&step["as_of"]) {
                (api.crmk_record_as_of)(session, entity, step["id"].as_u64().unwrap_or_default(), instant.us(), out)
            } else {
                (api.crmk_record_get)(session, entity, step["id"].as_u64().unwrap_or_default(), out)
            }
        })?;
        if code == CRMK_ABSENT {
            return Ok(json!({"found": false}));
        }
        let (mut id, mut revision) = (0, 0);
        // SAFETY: the record was just given to this function.
        unsafe {
            (api.crmk_record_id)(record, &raw mut id);
            (api.crmk_record_revision)(record, &raw mut revision);
        }
        let values = self.record_json(entity, record);
        // SAFETY: as above; it is freed once.
        unsafe { (api.crmk_record_free)(record) };
        Ok(json!({"found": true, "id": id, "revision": revision, "record": values?}))
    }

    /// Makes a query of a step, works with it, and frees it.
    pub(super) fn with_query(self, entity: i32, step: &Json, work: impl FnOnce(*mut crmk_query) -> Answer) -> Answer {
        let mut query = ptr::null_mut();
        // SAFETY: the handle is the face's own.
        self.ok(unsafe { (self.api.crmk_query_new)(self.session, entity, &raw mut query) })?;
        let answer = self.fill(query, entity, step).and_then(|()| work(query));
        // SAFETY: the query is this function's own.
        unsafe { (self.api.crmk_query_free)(query) };
        answer
    }

    fn fill(self, query: *mut crmk_query, entity: i32, step: &Json) -> Result<(), Json> {
        for condition in step["where"].as_array().into_iter().flatten() {
            let field = self.field(entity, condition[0].as_str().unwrap_or_default())?;
            let op = Op::from_name(condition[1].as_str().unwrap_or_default());
            let op = op.ok_or_else(|| bad_case(format!("no operator {}", condition[1])))?.number();
            let values: Vec<&Json> = condition.as_array().into_iter().flatten().skip(2).collect();
            if values.is_empty() {
                self.add_where(query, field.0, op, &Given::Absent)?;
            }
            for value in values {
                self.add_where(query, field.0, op, &self.given(entity, field, value))?;
            }
        }
        if let Some(name) = step["order"][0].as_str() {
            let order = if step["order"][1] == "desc" { CRMK_DESCENDING } else { CRMK_ASCENDING };
            let field = self.field(entity, name)?.0;
            // SAFETY: the handle is the caller's own.
            self.ok(unsafe { (self.api.crmk_query_order)(query, field, order) })?;
        }
        if let Some(limit) = step["limit"].as_u64() {
            // SAFETY: as above.
            self.ok(unsafe { (self.api.crmk_query_limit)(query, limit) })?;
        }
        Ok(())
    }

    /// The ids that a query gives, by pages when asked, and its plan.
    pub(super) fn find(self, entity: i32, step: &Json) -> Answer {
        self.with_query(entity, step, |query| {
            let mut plan = sized!(crmk_plan);
            // SAFETY: the handle is the caller's own and the struct has its size.
            self.ok(unsafe { (self.api.crmk_query_plan)(query, &raw mut plan) })?;
            let index = owned(plan.index);
            let filtered = owned(plan.filtered);
            let filtered: Vec<&str> = filtered.split(", ").filter(|name| !name.is_empty()).collect();
            let plan = json!({"index": (!index.is_empty()).then_some(index), "fixed_fields": plan.fixed_fields,
                "ranged": plan.ranged == 1, "sorted": plan.sorted == 1, "filtered": filtered});
            let mut ids = Vec::new();
            while self.page(query, &mut ids)? && step["pages"] == true {}
            Ok(json!({"ids": ids, "plan": plan}))
        })
    }

    /// Reads one page and sets the query's position behind it; false when the page is empty.
    fn page(self, query: *mut crmk_query, ids: &mut Vec<u64>) -> Result<bool, Json> {
        let mut cursor: *mut crmk_cursor = ptr::null_mut();
        // SAFETY: the handles are the caller's and this function's own; here and below.
        self.ok(unsafe { (self.api.crmk_query_find)(query, &raw mut cursor) })?;
        let before = ids.len();
        let stepped = self.steps(cursor, ids);
        let mut position = crmk_bytes { data: ptr::null(), len: 0 };
        // SAFETY: the position lives until the cursor is freed.
        let moved = unsafe {
            self.ok((self.api.crmk_cursor_position)(cursor, &raw mut position))
                .and_then(|_| self.ok((self.api.crmk_query_position)(query, position.data, position.len)))
        };
        // SAFETY: as above; it is freed once.
        unsafe { (self.api.crmk_cursor_free)(cursor) };
        stepped?;
        moved?;
        Ok(ids.len() > before)
    }

    fn steps(self, cursor: *mut crmk_cursor, ids: &mut Vec<u64>) -> Result<(), Json> {
        let mut record: *mut crmk_record = ptr::null_mut();
        // SAFETY: the cursor is the caller's own, and its record lives until the next step.
        while self.ok(unsafe { (self.api.crmk_cursor_step)(cursor, &raw mut record) })? == CRMK_ROW {
            let mut id = 0;
            // SAFETY: as above.
            self.ok(unsafe { (self.api.crmk_record_id)(record, &raw mut id) })?;
            ids.push(id);
        }
        Ok(())
    }

    /// How many records a query gives.
    pub(super) fn count(self, entity: i32, step: &Json) -> Answer {
        self.with_query(entity, step, |query| {
            let (mut count, mut plan) = (0, sized!(crmk_plan));
            // SAFETY: the handle is the caller's own and the struct has its size.
            unsafe {
                self.ok((self.api.crmk_query_count)(query, &raw mut count))?;
                self.ok((self.api.crmk_query_plan)(query, &raw mut plan))?;
            }
            let counted = owned(plan.counted);
            Ok(json!({"count": count, "counted": (!counted.is_empty()).then_some(counted)}))
        })
    }

    /// The commands that changed a record, the newest first.
    pub(super) fn history(self, entity: i32, step: &Json) -> Answer {
        let mut journal = ptr::null_mut();
        let id = step["id"].as_u64().unwrap_or_default();
        // SAFETY: the handle is the face's own.
        self.ok(unsafe { (self.api.crmk_journal_history)(self.session, entity, id, 0, &raw mut journal) })?;
        let mut entries = self.entries(journal)?;
        entries.as_object_mut().map(|parts| parts.remove("sequences"));
        Ok(entries)
    }

    /// The entries behind a sequence.
    pub(super) fn changes(self, step: &Json) -> Answer {
        let mut journal = ptr::null_mut();
        let (since, limit) = (step["since"].as_u64().unwrap_or_default(), step["limit"].as_u64().unwrap_or_default());
        // SAFETY: the handle is the face's own.
        self.ok(unsafe { (self.api.crmk_journal_changes)(self.session, since, limit, &raw mut journal) })?;
        let mut entries = self.entries(journal)?;
        for part in ["decisions", "en", "zh"] {
            entries.as_object_mut().map(|parts| parts.remove(part));
        }
        Ok(entries)
    }

    /// The sequences, commands, numbers of changed values and decisions of journal entries, which are freed.
    fn entries(self, journal: *mut crmk_journal) -> Answer {
        let (mut sequences, mut commands, mut value_counts) = (Vec::new(), Vec::new(), Vec::new());
        let (mut decisions, mut en, mut zh) = (Vec::new(), Vec::new(), Vec::new());
        let mut entry = sized!(crmk_entry);
        // SAFETY: the handle is given to this function; the struct has its size.
        while self.ok(unsafe { (self.api.crmk_journal_step)(journal, &raw mut entry) })? == CRMK_ROW {
            sequences.push(entry.sequence);
            commands.push(owned(entry.command));
            let mut values = 0;
            for index in 0..entry.change_count {
                let mut change = sized!(crmk_change);
                // SAFETY: as above.
                self.ok(unsafe { (self.api.crmk_journal_change)(journal, index, &raw mut change) })?;
                values += change.value_count;
            }
            value_counts.push(values);
            for index in 0..entry.decision_count {
                decisions.push(self.decision_of_entry(journal, index)?);
                en.push(self.text_of_entry(journal, index, CRMK_LANGUAGE_EN)?);
                zh.push(self.text_of_entry(journal, index, CRMK_LANGUAGE_ZH)?);
            }
        }
        // SAFETY: as above; it is freed once.
        unsafe { (self.api.crmk_journal_free)(journal) };
        Ok(json!({"sequences": sequences, "commands": commands, "value_counts": value_counts,
            "decisions": decisions, "en": en, "zh": zh}))
    }

    fn decision_of_entry(self, journal: *mut crmk_journal, index: u32) -> Result<Json, Json> {
        let mut d = sized!(crmk_decision);
        // SAFETY: the handle is the caller's own and the struct has its size; here and below.
        self.ok(unsafe { (self.api.crmk_journal_decision)(journal, index, &raw mut d) })?;
        let mut inputs = Map::new();
        for input in 0..d.input_count {
            let (mut name, mut value) = (text(""), text(""));
            // SAFETY: as above.
            let code =
                unsafe { (self.api.crmk_journal_decision_input)(journal, index, input, &raw mut name, &raw mut value) };
            self.ok(code)?;
            inputs.insert(owned(name), json!(owned(value)));
        }
        Ok(decision_json(&d, inputs))
    }

    fn text_of_entry(self, journal: *mut crmk_journal, index: u32, language: i32) -> Result<String, Json> {
        let mut line = text("");
        // SAFETY: the handle is the caller's own.
        self.ok(unsafe { (self.api.crmk_journal_decision_text)(journal, index, language, &raw mut line) })?;
        Ok(owned(line))
    }

    /// The decisions that stand for a record.
    pub(super) fn explain(self, entity: i32, step: &Json) -> Answer {
        let mut count = 0;
        let id = step["id"].as_u64().unwrap_or_default();
        // SAFETY: the handle is the face's own.
        self.ok(unsafe { (self.api.crmk_record_explain)(self.session, entity, id, &raw mut count) })?;
        let decisions = (0..count).map(|i| self.decision(i)).collect::<Result<Vec<_>, Json>>()?;
        let words = |language| (0..count).map(|i| self.decision_text(i, language)).collect::<Result<Vec<_>, Json>>();
        Ok(json!({"decisions": decisions, "en": words(CRMK_LANGUAGE_EN)?, "zh": words(CRMK_LANGUAGE_ZH)?}))
    }

    fn decision_text(self, index: u32, language: i32) -> Result<String, Json> {
        let mut line = text("");
        // SAFETY: the handle is the face's own.
        self.ok(unsafe { (self.api.crmk_session_decision_text)(self.session, index, language, &raw mut line) })?;
        Ok(owned(line))
    }

    /// What a check of the whole database found.
    pub(super) fn verify(self) -> Answer {
        let mut report = sized!(crmk_report);
        // SAFETY: the handle is the face's own and the struct has its size; here and below.
        self.ok(unsafe { (self.api.crmk_session_verify)(self.session, ptr::null(), &raw mut report) })?;
        let mut problems = Vec::new();
        for index in 0..report.problem_count {
            let mut problem = sized!(crmk_problem);
            // SAFETY: as above.
            self.ok(unsafe { (self.api.crmk_session_problem)(self.session, index, &raw mut problem) })?;
            problems.push(owned(problem.text));
        }
        Ok(json!({"entries": report.entries, "records": report.records, "problems": problems}))
    }
}
