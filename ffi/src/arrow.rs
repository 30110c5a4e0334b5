//! A query's records as a stream of Arrow record batches (the C stream interface).

use crm_core::Result;

use crate::error::CRMK_OK;
use crate::guard;
use crate::query::{QueryState, crmk_query};

/// The ArrowArrayStream of the Arrow C stream interface. Only pointers to it pass.
pub struct ArrowArrayStream {
    _opaque: (),
}

/// Gives the records of a query as a stream of Arrow record batches, from a snapshot of now. [one-thread]
///
/// The columns are field ids; none take all fields. Every call gives a fresh stream; the query stays as it is.
/// Owner: the caller calls the stream's `release`; until then it holds the database open. What `stream` held before is
/// overwritten. NULL: columns may be NULL without columns.
/// Errors: as crmk_query_find, and UNKNOWN_FIELD; UNSUPPORTED in a library that was built without Arrow. Damage found
/// while reading ends the stream with an error of its own.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmk_query_stream(
    query: *mut crmk_query,
    columns: *const u32,
    column_count: usize,
    stream: *mut ArrowArrayStream,
) -> i32 {
    guard::with::<QueryState>(query, |q| {
        if stream.is_null() {
            return Err(guard::null("stream"));
        }
        // SAFETY: the caller gives an array of that many columns that lives for the call.
        let columns = unsafe { guard::items(columns, column_count, "columns")? };
        let columns = columns.iter().map(|id| q.check(*id)).collect::<Result<Vec<u16>>>()?;
        // SAFETY: the caller gives the place of an ArrowArrayStream that can be written to.
        unsafe { export(q, &columns, stream)? };
        Ok(CRMK_OK)
    })
}

/// # Safety
/// The stream can be written to.
#[cfg(feature = "arrow")]
unsafe fn export(query: &QueryState, columns: &[u16], stream: *mut ArrowArrayStream) -> Result<()> {
    let (_inside, session) = query.shared_session()?;
    let reader = session.arrow(query.query(), (!columns.is_empty()).then_some(columns))?;
    let exported = arrow_array::ffi_stream::FFI_ArrowArrayStream::new(reader);
    // SAFETY: the struct of arrow-array is that of the C stream interface, and passed on to the caller.
    unsafe { stream.cast::<arrow_array::ffi_stream::FFI_ArrowArrayStream>().write(exported) };
    Ok(())
}

/// # Safety
/// None; it only has the form of its other.
#[cfg(not(feature = "arrow"))]
unsafe fn export(_query: &QueryState, _columns: &[u16], _stream: *mut ArrowArrayStream) -> Result<()> {
    Err(crm_core::Error::new(crm_core::ErrorKind::Unsupported, "this library was built without Arrow"))
}
