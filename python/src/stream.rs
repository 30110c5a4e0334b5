//! The records of a query as an Arrow stream, whose callbacks any library calls from any thread.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use arrow_array::ffi_stream::FFI_ArrowArrayStream;
use arrow_array::{RecordBatch, RecordBatchReader};
use arrow_schema::{ArrowError, SchemaRef};
use crm_core::Error;

use crate::interpreter::let_go;
use crate::shared::Shared;

type Next = Option<Result<RecordBatch, ArrowError>>;

/// A stream of the C data interface over a reader of the kernel.
pub(crate) fn export(shared: Arc<Shared>, reader: Box<dyn RecordBatchReader + Send>) -> FFI_ArrowArrayStream {
    let schema = reader.schema();
    FFI_ArrowArrayStream::new(Box::new(Stream { schema, open: Some(Open { shared, reader }) }))
}

/// What a consumer reads. Its batches are plain memory: they need neither the database nor the interpreter any more.
struct Stream {
    schema: SchemaRef,
    /// Taken when the consumer releases the stream.
    open: Option<Open>,
}

struct Open {
    shared: Arc<Shared>,
    reader: Box<dyn RecordBatchReader + Send>,
}

impl Open {
    /// The next batch. An error leaves as a text, because it may hold an exception, and a consumer drops an error where
    /// nobody holds the interpreter.
    fn next(&mut self) -> Next {
        let Self { shared, reader } = self;
        let step = || -> Next {
            match shared.enter() {
                Ok(_) => reader.next(),
                Err(error) => Some(Err(ArrowError::ExternalError(Box::new(error)))),
            }
        };
        match catch_unwind(AssertUnwindSafe(step)) {
            Ok(next) => next.map(|batch| batch.map_err(|error| plain(&error))),
            Err(_) => Some(Err(ArrowError::ComputeError("the kernel failed while it read a batch".to_owned()))),
        }
    }
}

/// An error that holds its text alone. The C interface takes no NUL in it.
fn plain(error: &ArrowError) -> ArrowError {
    let text = match error {
        ArrowError::ExternalError(cause) => {
            cause.downcast_ref::<Error>().map_or_else(|| cause.to_string(), |e| e.message().to_owned())
        }
        other => other.to_string(),
    };
    ArrowError::ComputeError(text.replace('\0', " "))
}

impl Iterator for Stream {
    type Item = Result<RecordBatch, ArrowError>;

    fn next(&mut self) -> Next {
        let open = self.open.as_mut()?;
        let_go(|| open.next())
    }
}

impl RecordBatchReader for Stream {
    fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        let Some(open) = self.open.take() else { return };
        if open.shared.is_forked() {
            // The snapshot belongs to the process that opened the database.
            std::mem::forget(open);
            return;
        }
        let_go(move || drop(open));
    }
}
