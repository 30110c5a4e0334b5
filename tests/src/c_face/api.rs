//! The functions of the C ABI, found by their names in the library that was built.

use std::ffi::{c_char, c_void};
use std::path::Path;

use crmkernel::batch::crmk_batch;
use crmkernel::care::crmk_copy_options;
use crmkernel::command::{crmk_decision, crmk_outcome};
use crmkernel::cursor::crmk_cursor;
use crmkernel::db::{crmk_db, crmk_open_options};
use crmkernel::error::{crmk_error, crmk_violation};
use crmkernel::facts::{crmk_related, crmk_share, crmk_stay};
use crmkernel::field::{crmk_field, crmk_field_declaration};
use crmkernel::journal::{crmk_change, crmk_entry, crmk_journal};
use crmkernel::plugin::crmk_plugin_options;
use crmkernel::policy::crmk_policy_options;
use crmkernel::query::{crmk_plan, crmk_query};
use crmkernel::record::crmk_record;
use crmkernel::session::{crmk_problem, crmk_report, crmk_session};
use crmkernel::summary::crmk_summary;
use crmkernel::text::{crmk_bytes, crmk_money, crmk_text};
use crmkernel::value::crmk_value;

macro_rules! api {
    ($($name:ident($($argument:ty),* $(,)?) $(-> $result:ty)?;)+) => {
        /// The functions of the C ABI that cases need.
        #[derive(Clone, Copy)]
        pub(super) struct Api {
            $(pub(super) $name: unsafe extern "C" fn($($argument),*) $(-> $result)?,)+
        }

        impl Api {
            /// Loads the library, for the rest of the process, and finds every function.
            pub(super) fn load(path: &Path) -> Result<Self, String> {
                // SAFETY: the library is the one that cargo built for this test; its initialisers do nothing.
                let library = unsafe { libloading::Library::new(path) }.map_err(|e| format!("{}: {e}", path.display()))?;
                let library = Box::leak(Box::new(library));
                Ok(Self {
                    $(
                        // SAFETY: the type is that of the function in the header.
                        $name: *unsafe {
                            library.get::<unsafe extern "C" fn($($argument),*) $(-> $result)?>(
                                concat!(stringify!($name), "\0").as_bytes(),
                            )
                        }
                        .map_err(|e| format!("{}: {e}", stringify!($name)))?,
                    )+
                })
            }
        }
    };
}

api! {
    crmk_error_name(i32) -> crmk_text;
    crmk_thread_error(*mut crmk_text) -> i32;
    crmk_db_open(*const crmk_open_options, *mut *mut crmk_db, *mut c_char, usize) -> i32;
    crmk_db_close(*mut crmk_db) -> i32;
    crmk_db_free(*mut crmk_db) -> i32;
    crmk_session_open(*const crmk_db, crmk_text, i32, *mut *mut crmk_session) -> i32;
    crmk_session_allowing_impossible_dates(*mut crmk_session, *mut *mut crmk_session) -> i32;
    crmk_session_free(*mut crmk_session) -> i32;
    crmk_session_error(*const crmk_session, *mut crmk_error) -> i32;
    crmk_session_violation(*const crmk_session, u32, *mut crmk_violation) -> i32;
    crmk_session_context(*const crmk_session, u32, *mut crmk_text, *mut crmk_text) -> i32;
    crmk_session_decision(*mut crmk_session, u32, *mut crmk_decision) -> i32;
    crmk_session_decision_input(*mut crmk_session, u32, u32, *mut crmk_text, *mut crmk_text) -> i32;
    crmk_session_violation_input(*const crmk_session, u32, u32, *mut crmk_text, *mut crmk_text) -> i32;
    crmk_session_decision_text(*mut crmk_session, u32, i32, *mut crmk_text) -> i32;
    crmk_record_stays(*mut crmk_session, i32, u64, *mut u32) -> i32;
    crmk_session_stay(*mut crmk_session, u32, *mut crmk_stay) -> i32;
    crmk_record_related(*mut crmk_session, i32, u64, u32, i32, *mut u32) -> i32;
    crmk_session_related(*mut crmk_session, u32, *mut crmk_related) -> i32;
    crmk_session_satisfaction(*mut crmk_session, u64, i32, i32, *mut crmk_share) -> i32;
    crmk_session_complaint_rate(*mut crmk_session, i64, i64, *mut crmk_share) -> i32;
    crmk_session_verify(*mut crmk_session, *const crmk_copy_options, *mut crmk_report) -> i32;
    crmk_session_problem(*mut crmk_session, u32, *mut crmk_problem) -> i32;
    crmk_plugin_load(*mut crmk_session, crmk_text, *const crmk_plugin_options) -> i32;
    crmk_policy_adopt(*mut crmk_session, crmk_text, *const crmk_policy_options, *mut u64) -> i32;
    crmk_policy_check(*mut crmk_session, crmk_text) -> i32;
    crmk_policy_show(*mut crmk_session, crmk_text, i32, *mut crmk_text) -> i32;
    crmk_policy_diff(*mut crmk_session, crmk_text, crmk_text, *mut crmk_text) -> i32;
    crmk_policy_versions(*mut crmk_session, *mut crmk_text) -> i32;
    crmk_policy_what_if(*mut crmk_session, crmk_text, u64, *mut crmk_text) -> i32;
    crmk_policy_reassess(*mut crmk_session, *mut u64, *mut u64) -> i32;
    crmk_policy_reclassify(*mut crmk_session, *mut u64, *mut u64) -> i32;
    crmk_policy_mark_missed(*mut crmk_session, *mut u64, *mut u64) -> i32;
    crmk_policy_customer_file(*mut crmk_session, u64, *mut u32) -> i32;
    crmk_policy_due_days(*mut crmk_session, u64, i32, *mut u32) -> i32;
    crmk_policy_report_days(*mut crmk_session, i32, i32, *mut u32) -> i32;
    crmk_entity_find(crmk_text, *mut i32) -> i32;
    crmk_verb_find(i32, crmk_text, *mut i32) -> i32;
    crmk_enum_name(i32, u32, i32, *mut crmk_text, *mut crmk_text) -> i32;
    crmk_enum_value(i32, u32, crmk_text, *mut i32) -> i32;
    crmk_date_parse(crmk_text, *mut i32) -> i32;
    crmk_instant_parse(crmk_text, *mut i64) -> i32;
    crmk_field_find(*mut crmk_session, i32, crmk_text, *mut u32) -> i32;
    crmk_field_count(*mut crmk_session, i32, *mut u32) -> i32;
    crmk_field_at(*mut crmk_session, i32, u32, *mut crmk_field) -> i32;
    crmk_field_info(*mut crmk_session, i32, u32, *mut crmk_field) -> i32;
    crmk_field_declare(*mut crmk_session, *const crmk_field_declaration, *mut u32) -> i32;
    crmk_record_new(*mut crmk_session, i32, *mut *mut crmk_record) -> i32;
    crmk_record_free(*mut crmk_record) -> i32;
    crmk_record_id(*const crmk_record, *mut u64) -> i32;
    crmk_record_revision(*const crmk_record, *mut u64) -> i32;
    crmk_record_value(*const crmk_record, u32, *mut crmk_value) -> i32;
    crmk_record_clear(*mut crmk_record, u32) -> i32;
    crmk_record_set_text(*mut crmk_record, u32, crmk_text) -> i32;
    crmk_record_set_int(*mut crmk_record, u32, i64) -> i32;
    crmk_record_set_bool(*mut crmk_record, u32, i32) -> i32;
    crmk_record_set_date(*mut crmk_record, u32, i32) -> i32;
    crmk_record_set_instant(*mut crmk_record, u32, i64) -> i32;
    crmk_record_set_money(*mut crmk_record, u32, crmk_money) -> i32;
    crmk_record_set_enum(*mut crmk_record, u32, i32) -> i32;
    crmk_record_set_ref(*mut crmk_record, u32, u64) -> i32;
    crmk_record_get(*mut crmk_session, i32, u64, *mut *mut crmk_record) -> i32;
    crmk_record_get_by_code(*mut crmk_session, i32, crmk_text, *mut *mut crmk_record) -> i32;
    crmk_record_get_by_external_ref(*mut crmk_session, i32, crmk_text, crmk_text, *mut *mut crmk_record) -> i32;
    crmk_record_as_of(*mut crmk_session, i32, u64, i64, *mut *mut crmk_record) -> i32;
    crmk_record_as_of_sequence(*mut crmk_session, i32, u64, u64, *mut *mut crmk_record) -> i32;
    crmk_record_add(*mut crmk_session, *const crmk_record, *mut crmk_outcome, *mut *mut crmk_record) -> i32;
    crmk_record_put(*mut crmk_session, *const crmk_record, *mut crmk_outcome, *mut *mut crmk_record) -> i32;
    crmk_record_update(
        *mut crmk_session, u64, u64, *const crmk_record, *mut crmk_outcome, *mut *mut crmk_record,
    ) -> i32;
    crmk_record_act(
        *mut crmk_session, i32, u64, u64, *const crmk_record, *mut crmk_outcome, *mut *mut crmk_record,
    ) -> i32;
    crmk_record_explain(*mut crmk_session, i32, u64, *mut u32) -> i32;
    crmk_batch_new(*mut crmk_session, *mut *mut crmk_batch) -> i32;
    crmk_batch_free(*mut crmk_batch) -> i32;
    crmk_batch_add(*mut crmk_batch, *const crmk_record) -> i32;
    crmk_batch_put(*mut crmk_batch, *const crmk_record) -> i32;
    crmk_batch_update(*mut crmk_batch, u64, u64, *const crmk_record) -> i32;
    crmk_batch_act(*mut crmk_batch, i32, u64, u64, *const crmk_record) -> i32;
    crmk_batch_apply(*mut crmk_batch, i32, *mut u32) -> i32;
    crmk_batch_answer(*mut crmk_batch, u32, *mut crmk_outcome, *mut *mut crmk_record) -> i32;
    crmk_query_new(*mut crmk_session, i32, *mut *mut crmk_query) -> i32;
    crmk_query_free(*mut crmk_query) -> i32;
    crmk_query_where(*mut crmk_query, u32, i32) -> i32;
    crmk_query_where_text(*mut crmk_query, u32, i32, crmk_text) -> i32;
    crmk_query_where_int(*mut crmk_query, u32, i32, i64) -> i32;
    crmk_query_where_bool(*mut crmk_query, u32, i32, i32) -> i32;
    crmk_query_where_date(*mut crmk_query, u32, i32, i32) -> i32;
    crmk_query_where_instant(*mut crmk_query, u32, i32, i64) -> i32;
    crmk_query_where_money(*mut crmk_query, u32, i32, crmk_money) -> i32;
    crmk_query_where_enum(*mut crmk_query, u32, i32, i32) -> i32;
    crmk_query_where_ref(*mut crmk_query, u32, i32, u64) -> i32;
    crmk_query_order(*mut crmk_query, u32, i32) -> i32;
    crmk_query_limit(*mut crmk_query, u64) -> i32;
    crmk_query_position(*mut crmk_query, *const u8, usize) -> i32;
    crmk_query_plan(*mut crmk_query, *mut crmk_plan) -> i32;
    crmk_query_find(*mut crmk_query, *mut *mut crmk_cursor) -> i32;
    crmk_query_count(*mut crmk_query, *mut u64) -> i32;
    crmk_query_count_by(*mut crmk_query, u32, *mut u32) -> i32;
    crmk_query_share(*mut crmk_query, u32, *mut crmk_share) -> i32;
    crmk_query_group(*mut crmk_query, u32, *mut crmk_value, *mut u64) -> i32;
    crmk_query_aggregate(*mut crmk_query, u32, u32, *mut u32) -> i32;
    crmk_query_summary(
        *mut crmk_query,
        u32,
        *mut crmk_value,
        *mut crmk_summary,
        *mut crmk_value,
        *mut crmk_value
    ) -> i32;
    crmk_cursor_step(*mut crmk_cursor, *mut *mut crmk_record) -> i32;
    crmk_cursor_position(*mut crmk_cursor, *mut crmk_bytes) -> i32;
    crmk_cursor_free(*mut crmk_cursor) -> i32;
    crmk_journal_history(*mut crmk_session, i32, u64, u64, *mut *mut crmk_journal) -> i32;
    crmk_journal_changes(*mut crmk_session, u64, u64, *mut *mut crmk_journal) -> i32;
    crmk_journal_decision(*mut crmk_journal, u32, *mut crmk_decision) -> i32;
    crmk_journal_decision_input(*mut crmk_journal, u32, u32, *mut crmk_text, *mut crmk_text) -> i32;
    crmk_journal_decision_text(*mut crmk_journal, u32, i32, *mut crmk_text) -> i32;
    crmk_journal_step(*mut crmk_journal, *mut crmk_entry) -> i32;
    crmk_journal_change(*mut crmk_journal, u32, *mut crmk_change) -> i32;
    crmk_journal_free(*mut crmk_journal) -> i32;
}

/// What the clock of a case points to.
pub(super) unsafe extern "C" fn tell(context: *mut c_void) -> i64 {
    // SAFETY: the context is the number that the face keeps for as long as its database.
    unsafe { &*context.cast::<std::sync::atomic::AtomicI64>() }.load(std::sync::atomic::Ordering::SeqCst)
}
