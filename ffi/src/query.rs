//! A query: conditions, order, limit and position; its answer as a cursor, a count or groups.

use std::sync::Arc;

use crm_core::domain::{Instant, Value};
use crm_core::port::Order;
use crm_core::rules::satisfaction::Share;
use crm_core::{Condition, Error, ErrorKind, Op, Plan, Query, Result, Summary};

use crate::cursor::{CursorState, crmk_cursor};
use crate::error::CRMK_OK;
use crate::facts::crmk_share;
use crate::guard::{self, FromSession, SizeHeaded};
use crate::handle::{self, Kind};
use crate::record;
use crate::session::{self, SessionState, Shared, crmk_session};
use crate::text::{crmk_money, crmk_text};
use crate::value::{self, crmk_value};

/// Which records of an entity, in which order, how many, and from where on.
///
/// A record meets all conditions. An absent field meets CRMK_OP_IS_ABSENT and no other condition. Conditions with
/// CRMK_OP_IN on the same field, one after the other, are one condition: the field is one of their values.
pub struct crmk_query {
    _opaque: (),
}

/// From the least value to the greatest; absent values first, ties by id.
pub const CRMK_ASCENDING: i32 = 1;
/// From the greatest value to the least.
pub const CRMK_DESCENDING: i32 = 2;

/// What the handle of a query stands for.
pub(crate) struct QueryState {
    shared: Arc<Shared>,
    query: Query,
    groups: Vec<(Option<Value>, u64)>,
    /// What the last crmk_query_aggregate found.
    pub(crate) summaries: Vec<Summary>,
    plan: (Option<Plan>, String, String),
}

impl Kind for QueryState {
    type C = crmk_query;
    const TAG: u8 = 0xC4;
    const NAME: &'static str = "crmk_query";
}

impl FromSession for QueryState {
    fn shared(&self) -> &Shared {
        &self.shared
    }
}

impl QueryState {
    /// The id of a field that the entity has.
    pub(crate) fn check(&self, field: u32) -> Result<u16> {
        record::check(&self.shared, self.query.entity, field, None)
    }

    /// What is asked.
    pub(crate) fn query(&self) -> &Query {
        &self.query
    }

    /// The session that asks, for the length of a call.
    pub(crate) fn shared_session(&self) -> Result<(crate::db::Inside<'_>, &crm_core::Session)> {
        self.shared.go_in()
    }

    fn add(&mut self, field: u32, op: i32, value: Option<Value>) -> Result<i32> {
        let field = record::check(&self.shared, self.query.entity, field, value.as_ref().map(Value::tag))?;
        let op = Op::from_number(op)
            .ok_or_else(|| Error::new(ErrorKind::Unsupported, format!("there is no operator {op}; see CRMK_OP_")))?;
        let takes_none = matches!(op, Op::IsSet | Op::IsAbsent);
        if takes_none != value.is_none() && op != Op::In {
            let takes = if takes_none { "no value" } else { "a value" };
            return Err(guard::invalid(format!("the operator {} takes {takes}", op.name())));
        }
        match self.query.conditions.last_mut() {
            Some(last) if op == Op::In && last.op == Op::In && last.field == field => last.values.extend(value),
            _ => self.query.conditions.push(Condition { field, op, values: value.into_iter().collect() }),
        }
        Ok(CRMK_OK)
    }
}

/// Makes a query for all records of an entity. [one-thread]
///
/// Owner: the caller frees *query with crmk_query_free. NULL: none allowed.
/// Errors: INVALID_ARGUMENT for an unknown entity.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmk_query_new(session: *mut crmk_session, entity: i32, query: *mut *mut crmk_query) -> i32 {
    guard::with::<SessionState>(session, |s| {
        let out = guard::out(query, "query")?;
        let query = Query::new(session::entity(entity)?);
        let plan = (None, String::new(), String::new());
        out.put(handle::insert(QueryState {
            shared: s.shared.clone(),
            query,
            groups: Vec::new(),
            summaries: Vec::new(),
            plan,
        })?);
        Ok(CRMK_OK)
    })
}

/// Frees a query; its cursors stay. [one-thread]
///
/// NULL: does nothing. Errors: BAD_HANDLE for one that leads nowhere; MISUSE when a call is inside it or from within a
/// callback, then it stays. They are left on the thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmk_query_free(query: *mut crmk_query) -> i32 {
    guard::free::<QueryState>(query)
}

/// Adds a condition without a value: CRMK_OP_IS_SET or CRMK_OP_IS_ABSENT; or CRMK_OP_IN, a list that has no value
/// yet, which no record meets. [one-thread]
///
/// NULL: not allowed. Errors: UNKNOWN_FIELD, UNSUPPORTED for an unknown operator, INVALID_ARGUMENT for another one.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmk_query_where(query: *mut crmk_query, field: u32, op: i32) -> i32 {
    guard::with::<QueryState>(query, |q| q.add(field, op, None))
}

/// Adds a condition on a text field. [one-thread]
///
/// NULL: not allowed, but for the data of an empty text.
/// Errors: UNKNOWN_FIELD, WRONG_TYPE, UNSUPPORTED for an unknown operator, INVALID_ARGUMENT, INVALID_UTF8.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmk_query_where_text(query: *mut crmk_query, field: u32, op: i32, value: crmk_text) -> i32 {
    guard::with::<QueryState>(query, |q| {
        // SAFETY: the caller's text lives for the call.
        let text = unsafe { guard::text(value, "value")? };
        q.add(field, op, Some(Value::Text(text.to_owned())))
    })
}

/// Adds a condition on an integer field. [one-thread]
///
/// NULL: not allowed. Errors: UNKNOWN_FIELD, WRONG_TYPE, UNSUPPORTED for an unknown operator, INVALID_ARGUMENT.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmk_query_where_int(query: *mut crmk_query, field: u32, op: i32, value: i64) -> i32 {
    guard::with::<QueryState>(query, |q| q.add(field, op, Some(Value::Int(value))))
}

/// Adds a condition on a boolean field: 0 or 1. [one-thread]
///
/// NULL: not allowed. Errors: UNKNOWN_FIELD, WRONG_TYPE, UNSUPPORTED for an unknown operator, INVALID_ARGUMENT.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmk_query_where_bool(query: *mut crmk_query, field: u32, op: i32, value: i32) -> i32 {
    guard::with::<QueryState>(query, |q| q.add(field, op, Some(value::bool_of(value)?)))
}

/// Adds a condition on a date field. Unit: days since 1970-01-01. [one-thread]
///
/// NULL: not allowed. Errors: UNKNOWN_FIELD, WRONG_TYPE, UNSUPPORTED for an unknown operator, INVALID_ARGUMENT.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmk_query_where_date(query: *mut crmk_query, field: u32, op: i32, value: i32) -> i32 {
    guard::with::<QueryState>(query, |q| q.add(field, op, Some(value::date_of(value)?)))
}

/// Adds a condition on an instant field. Unit: microseconds since the epoch. [one-thread]
///
/// NULL: not allowed. Errors: UNKNOWN_FIELD, WRONG_TYPE, UNSUPPORTED for an unknown operator, INVALID_ARGUMENT.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmk_query_where_instant(query: *mut crmk_query, field: u32, op: i32, value: i64) -> i32 {
    guard::with::<QueryState>(query, |q| q.add(field, op, Some(Value::Instant(Instant::from_us(value)?))))
}

/// Adds a condition on a money field; amounts are ordered by currency first. [one-thread]
///
/// NULL: not allowed. Errors: UNKNOWN_FIELD, WRONG_TYPE, UNSUPPORTED for an unknown operator, INVALID_ARGUMENT.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmk_query_where_money(query: *mut crmk_query, field: u32, op: i32, value: crmk_money) -> i32 {
    guard::with::<QueryState>(query, |q| q.add(field, op, Some(Value::Money(value.to_money()?))))
}

/// Adds a condition on a field of an enumeration; values are ordered by their numbers. [one-thread]
///
/// NULL: not allowed. Errors: UNKNOWN_FIELD, WRONG_TYPE, UNSUPPORTED for an unknown operator, INVALID_ARGUMENT.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmk_query_where_enum(query: *mut crmk_query, field: u32, op: i32, value: i32) -> i32 {
    guard::with::<QueryState>(query, |q| q.add(field, op, Some(value::enum_of(value)?)))
}

/// Adds a condition on a reference. [one-thread]
///
/// NULL: not allowed. Errors: UNKNOWN_FIELD, WRONG_TYPE, UNSUPPORTED for an unknown operator, INVALID_ARGUMENT.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmk_query_where_ref(query: *mut crmk_query, field: u32, op: i32, value: u64) -> i32 {
    guard::with::<QueryState>(query, |q| q.add(field, op, Some(Value::Ref(value))))
}

/// Sets the field to order by and CRMK_ASCENDING or CRMK_DESCENDING. [one-thread]
///
/// Without it records come in the order of the index used, by id when none is.
/// NULL: not allowed. Errors: UNKNOWN_FIELD, INVALID_ARGUMENT for another order.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmk_query_order(query: *mut crmk_query, field: u32, order: i32) -> i32 {
    guard::with::<QueryState>(query, |q| {
        let field = record::check(&q.shared, q.query.entity, field, None)?;
        let order = match order {
            CRMK_ASCENDING => Order::Ascending,
            CRMK_DESCENDING => Order::Descending,
            other => return Err(guard::invalid(format!("an order is 1, ascending, or 2, descending, found {other}"))),
        };
        q.query.order = Some((field, order));
        Ok(CRMK_OK)
    })
}

/// Sets the greatest number of records. [one-thread]
///
/// NULL: not allowed. Errors: none of its own.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmk_query_limit(query: *mut crmk_query, limit: u64) -> i32 {
    guard::with::<QueryState>(query, |q| {
        q.query.limit = Some(limit);
        Ok(CRMK_OK)
    })
}

/// Sets where to go on: what crmk_cursor_position of the same query gave, in this process or another. [one-thread]
///
/// Where no index gives the order, the first page and the second read every record that the conditions leave; the pages
/// behind read their own alone until something is committed. A cursor that is kept reads on without that.
/// The bytes are copied; none begin at the first record. NULL: data may be NULL without bytes.
/// Errors: crmk_query_find says INVALID_ARGUMENT for a position of another query.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmk_query_position(query: *mut crmk_query, data: *const u8, len: usize) -> i32 {
    guard::with::<QueryState>(query, |q| {
        // SAFETY: the caller's bytes live for the call.
        let bytes = unsafe { guard::bytes(data, len, "position")? };
        q.query.position = (!bytes.is_empty()).then(|| bytes.to_vec());
        Ok(CRMK_OK)
    })
}

/// Begins to answer a query, from a snapshot of now. [one-thread]
///
/// The query stays as it is and can be used again. Owner: the caller frees *cursor with crmk_cursor_free.
/// NULL: none allowed. Errors: INVALID_ARGUMENT for a position of another query or too many values, WRONG_TYPE for an
/// operator that the type does not have, CORRUPT, IO, MISUSE once the database is closed, FORKED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmk_query_find(query: *mut crmk_query, cursor: *mut *mut crmk_cursor) -> i32 {
    guard::with::<QueryState>(query, |q| {
        let out = guard::out(cursor, "cursor")?;
        let found = q.shared.go_in()?.1.find(&q.query)?;
        out.put(handle::insert(CursorState::new(q.shared.clone(), found))?);
        Ok(CRMK_OK)
    })
}

/// Counts the records of a query, its limit left aside. [one-thread]
///
/// NULL: none allowed. Errors: as crmk_query_find.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmk_query_count(query: *mut crmk_query, count: *mut u64) -> i32 {
    guard::with::<QueryState>(query, |q| {
        let out = guard::out(count, "count")?;
        out.put(q.shared.go_in()?.1.count(&q.query)?);
        Ok(CRMK_OK)
    })
}

/// Counts the records of a query by the value of a field; the groups are seen with crmk_query_group. [one-thread]
///
/// Groups come in the order of the values, absent first. Gives the number of groups. NULL: none allowed.
/// Errors: as crmk_query_find, and UNKNOWN_FIELD.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmk_query_count_by(query: *mut crmk_query, field: u32, groups: *mut u32) -> i32 {
    guard::with::<QueryState>(query, |q| {
        let out = guard::out(groups, "groups")?;
        let field = record::check(&q.shared, q.query.entity, field, None)?;
        let found = q.shared.go_in()?.1.count_by(&q.query, field)?;
        q.groups = found;
        out.put(guard::count(q.groups.len()));
        Ok(CRMK_OK)
    })
}

/// One group of the last crmk_query_count_by. [one-thread]
///
/// The text of the value lives until the next crmk_query_count_by or crmk_query_free. NULL: none allowed.
/// Errors: INVALID_ARGUMENT for an index past the end.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmk_query_group(
    query: *mut crmk_query,
    index: u32,
    value: *mut crmk_value,
    count: *mut u64,
) -> i32 {
    guard::with::<QueryState>(query, |q| {
        // SAFETY: the caller gives a crmk_value with its size.
        let (out_value, out_count) = (unsafe { guard::out_struct(value)? }, guard::out(count, "count")?);
        let (value, count) = guard::item(&q.groups, index, "group")?;
        out_value.put(crmk_value::of(value.as_ref().map(Value::as_ref)));
        out_count.put(*count);
        Ok(CRMK_OK)
    })
}

/// Which part of the records one group of the last crmk_query_count_by is, exact. [one-thread]
///
/// So the rate of customers that cooperate is the share of one status. NULL: none allowed.
/// Errors: INVALID_ARGUMENT for an index past the end.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmk_query_share(query: *mut crmk_query, index: u32, share: *mut crmk_share) -> i32 {
    guard::with::<QueryState>(query, |q| {
        // SAFETY: the caller gives a crmk_share with its size.
        let out = unsafe { guard::out_struct(share)? };
        let (_, part) = guard::item(&q.groups, index, "group")?;
        let whole = q.groups.iter().map(|(_, count)| count).sum();
        out.put(Share::new(*part, whole).into());
        Ok(CRMK_OK)
    })
}

/// How a query is answered.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct crmk_plan {
    /// Set to sizeof(crmk_plan) by the caller.
    pub size: u32,
    /// How many of the index's fields are fixed by conditions.
    pub fixed_fields: u32,
    /// 1 when conditions bound the field after those to a range.
    pub ranged: i32,
    /// 1 when the records come in the order asked for without sorting.
    pub sorted: i32,
    /// The index that is read, such as visit.due; empty when every record of the entity is.
    pub index: crmk_text,
    /// The names of the fields whose conditions are checked on each record, comma-separated.
    pub filtered: crmk_text,
    /// All of it as an English sentence.
    pub text: crmk_text,
    /// The count, kept with every write, from which crmk_query_count answers instead, such as customer.by_class; empty
    /// when there is none.
    pub counted: crmk_text,
}

// SAFETY: repr(C), begins with a u32, valid for zeros and for any bytes.
unsafe impl SizeHeaded for crmk_plan {
    const NAME: &'static str = "crmk_plan";
}

/// Tells how a query is answered, without answering it. [one-thread]
///
/// The texts live until the next crmk_query_plan or crmk_query_free. NULL: none allowed. Errors: as crmk_query_find.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmk_query_plan(query: *mut crmk_query, plan: *mut crmk_plan) -> i32 {
    guard::with::<QueryState>(query, |q| {
        // SAFETY: the caller gives a crmk_plan with its size.
        let out = unsafe { guard::out_struct(plan)? };
        let plan = q.shared.go_in()?.1.explain_query(&q.query)?;
        let filtered = plan.filtered.join(", ");
        let sentence = sentence(&plan);
        q.plan = (Some(plan), filtered, sentence);
        let (Some(plan), filtered, text) = &q.plan else { return Err(guard::invalid("no plan")) };
        out.put(crmk_plan {
            size: 0,
            fixed_fields: guard::count(plan.fixed_fields),
            ranged: i32::from(plan.ranged),
            sorted: i32::from(plan.sorted),
            index: plan.index.as_deref().map_or(crmk_text::EMPTY, crmk_text::view),
            filtered: crmk_text::view(filtered),
            text: crmk_text::view(text),
            counted: plan.counted.as_deref().map_or(crmk_text::EMPTY, crmk_text::view),
        });
        Ok(CRMK_OK)
    })
}

fn sentence(plan: &Plan) -> String {
    let from = match &plan.index {
        Some(index) if plan.ranged => format!("index {index}, {} fixed fields, a range", plan.fixed_fields),
        Some(index) => format!("index {index}, {} fixed fields", plan.fixed_fields),
        None => "every record".to_owned(),
    };
    let filter = match plan.filtered.is_empty() {
        true => String::new(),
        false => format!(", filter by {}", plan.filtered.join(", ")),
    };
    let sort = if plan.sorted { "" } else { ", then sort" };
    format!("{from}{filter}{sort}")
}
