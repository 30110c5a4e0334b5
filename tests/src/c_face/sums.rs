//! Counts and sums by groups through the C ABI.

use crmkernel::facts::crmk_share;
use crmkernel::query::crmk_query;
use crmkernel::summary::crmk_summary;
use crmkernel::value::crmk_value;
use serde_json::{Value as Json, json};

use super::{Session, sized};
use crate::face::Answer;

/// The type of a value that is not there, as the header names it.
const NONE: i32 = 0;

impl Session {
    /// How many records of a query have each value of a field.
    pub(super) fn count_by(self, entity: i32, step: &Json) -> Answer {
        let by = self.field(entity, step["by"].as_str().unwrap_or_default())?.0;
        self.with_query(entity, step, |query| {
            let mut groups = 0;
            // SAFETY: the handle is the caller's own; here and below.
            self.ok(unsafe { (self.api.crmk_query_count_by)(query, by, &raw mut groups) })?;
            let group = |index| {
                let (mut value, mut count) = (sized!(crmk_value), 0);
                // SAFETY: the struct has its size.
                self.ok(unsafe { (self.api.crmk_query_group)(query, index, &raw mut value, &raw mut count) })?;
                Ok(json!([self.some_json(entity, by, &value)?, count]))
            };
            let share = |index| {
                let (mut value, mut count, mut share) = (sized!(crmk_value), 0, sized!(crmk_share));
                // SAFETY: the structs have their sizes.
                self.ok(unsafe { (self.api.crmk_query_group)(query, index, &raw mut value, &raw mut count) })?;
                // SAFETY: as above.
                self.ok(unsafe { (self.api.crmk_query_share)(query, index, &raw mut share) })?;
                let hundredths = (share.is_of_something == 1).then_some(share.hundredths);
                Ok(json!([self.some_json(entity, by, &value)?, share.part, share.whole, hundredths]))
            };
            let shares: Result<Vec<Json>, Json> = (0..groups).map(share).collect();
            let groups: Result<Vec<Json>, Json> = (0..groups).map(group).collect();
            Ok(json!({"groups": groups?, "shares": shares?}))
        })
    }

    /// A field of the records of a query summed up.
    pub(super) fn aggregate(self, entity: i32, step: &Json) -> Answer {
        let field = self.field(entity, step["field"].as_str().unwrap_or_default())?.0;
        let by = match step["by"].as_str() {
            Some(name) => self.field(entity, name)?.0,
            None => 0,
        };
        self.with_query(entity, step, |query| {
            let mut count = 0;
            // SAFETY: the handle is the caller's own.
            self.ok(unsafe { (self.api.crmk_query_aggregate)(query, field, by, &raw mut count) })?;
            let summaries: Result<Vec<Json>, Json> =
                (0..count).map(|index| self.summary(query, index, entity, (field, by))).collect();
            Ok(json!({"summaries": summaries?}))
        })
    }

    fn summary(self, query: *mut crmk_query, index: u32, entity: i32, (field, by): (u32, u32)) -> Answer {
        let mut summary = sized!(crmk_summary);
        let (mut group, mut least, mut greatest) = (sized!(crmk_value), sized!(crmk_value), sized!(crmk_value));
        // SAFETY: the handle is the caller's own and the structs have their sizes.
        self.ok(unsafe {
            (self.api.crmk_query_summary)(
                query,
                index,
                &raw mut group,
                &raw mut summary,
                &raw mut least,
                &raw mut greatest,
            )
        })?;
        let sum = i128::from(summary.sum_high) * (1 << 64) + i128::from(summary.sum_low);
        Ok(json!({"group": self.some_json(entity, by, &group)?, "count": summary.count,
            "sum": (summary.summed == 1).then(|| sum.to_string()),
            "least": self.some_json(entity, field, &least)?, "greatest": self.some_json(entity, field, &greatest)?}))
    }

    fn some_json(self, entity: i32, field: u32, value: &crmk_value) -> Answer {
        if value.r#type == NONE { Ok(Json::Null) } else { self.value_json(entity, field, value) }
    }
}
