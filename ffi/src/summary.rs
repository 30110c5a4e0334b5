//! Summing a field up over a query, by groups.

use crm_core::domain::Value;

use crate::error::CRMK_OK;
use crate::guard::{self, SizeHeaded};
use crate::query::{QueryState, crmk_query};
use crate::value::crmk_value;

/// A field summed up over one group: the numbers of it.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct crmk_summary {
    /// Set to sizeof(crmk_summary) by the caller.
    pub size: u32,
    /// 1 when the field is an integer or money, so that there is a sum.
    pub summed: i32,
    /// How many records of the group have the field.
    pub count: u64,
    /// The sum is sum_high * 2^64 + sum_low, exact; sum_high is 0 or -1 as long as 64 bits hold it. Of money, minor units.
    pub sum_high: i64,
    /// The lower half of the sum.
    pub sum_low: u64,
}

// SAFETY: repr(C), begins with a u32, valid for zeros and for any bytes.
unsafe impl SizeHeaded for crmk_summary {
    const NAME: &'static str = "crmk_summary";
}

/// Sums a field up over the records of a query, by the values of another field, or all together when by is 0; the
/// groups are seen with crmk_query_summary. [one-thread]
///
/// Groups come in the order of the values, absent first; one in which no record has the field is left out. Money is
/// summed by currency: a group has a summary for each. Gives the number of summaries. NULL: none allowed.
/// Errors: as crmk_query_find, and UNKNOWN_FIELD.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmk_query_aggregate(query: *mut crmk_query, field: u32, by: u32, summaries: *mut u32) -> i32 {
    guard::with::<QueryState>(query, |q| {
        let out = guard::out(summaries, "summaries")?;
        let field = q.check(field)?;
        let by = if by == 0 { None } else { Some(q.check(by)?) };
        let found = q.shared_session()?.1.aggregate(q.query(), field, by)?;
        q.summaries = found;
        out.put(guard::count(q.summaries.len()));
        Ok(CRMK_OK)
    })
}

/// One summary of the last crmk_query_aggregate: the value of its group, its numbers, its least and greatest value.
/// [one-thread]
///
/// The currency of money stands in the least and greatest value. Texts live until the next crmk_query_aggregate or
/// crmk_query_free. NULL: group, least and greatest. Errors: INVALID_ARGUMENT for an index past the end.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmk_query_summary(
    query: *mut crmk_query,
    index: u32,
    group: *mut crmk_value,
    summary: *mut crmk_summary,
    least: *mut crmk_value,
    greatest: *mut crmk_value,
) -> i32 {
    guard::with::<QueryState>(query, |q| {
        // SAFETY: the caller gives a crmk_summary with its size.
        let out = unsafe { guard::out_struct(summary)? };
        // SAFETY: the caller gives crmk_values with their sizes, or NULL.
        let places = unsafe {
            [
                guard::out_struct_optional(group)?,
                guard::out_struct_optional(least)?,
                guard::out_struct_optional(greatest)?,
            ]
        };
        let found = guard::item(&q.summaries, index, "summary")?;
        let values = [found.group.as_ref(), Some(&found.least), Some(&found.greatest)];
        for (place, value) in places.into_iter().zip(values) {
            place.put(crmk_value::of(value.map(Value::as_ref)));
        }
        let sum = found.sum.unwrap_or_default();
        #[expect(clippy::cast_possible_truncation, reason = "the halves of 128 bits")]
        let (sum_high, sum_low) = ((sum >> 64) as i64, sum as u64);
        out.put(crmk_summary {
            size: 0,
            summed: i32::from(found.sum.is_some()),
            count: found.count,
            sum_high,
            sum_low,
        });
        Ok(CRMK_OK)
    })
}
