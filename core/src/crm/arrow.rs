//! Query results as Arrow record batches, for data frames and for the Arrow C data interface.
//!
//! | field type | Arrow type |
//! |---|---|
//! | text | Utf8View |
//! | int, ref | Int64 |
//! | bool | Boolean |
//! | date | Date32 |
//! | instant | Timestamp(microsecond, UTC) |
//! | money | Struct { amount_minor: Int64, currency: Utf8View } |
//! | enum | Dictionary(Int8, Utf8) of all names |

use std::collections::HashMap;
use std::sync::Arc;

use arrow_array::builder::{
    BooleanBuilder, Date32Builder, Int8Builder, Int64Builder, StringViewBuilder, TimestampMicrosecondBuilder,
};
use arrow_array::types::Int8Type;
use arrow_array::{ArrayRef, DictionaryArray, RecordBatch, RecordBatchReader, StringArray, StructArray};
use arrow_schema::{ArrowError, DataType, Field, Fields as ArrowFields, Schema, SchemaRef, TimeUnit};

use crate::domain::{EnumDef, FIELD_ID, FieldType, Fields, Required, ValueRef};
use crate::error::{Error, ErrorKind, Result};
use crate::record::{FieldInfo, Record};

use super::cursor::Cursor;
use super::query::Query;
use super::session::Session;

/// How many rows a batch holds.
const BATCH_ROWS: usize = 65_536;

impl Session {
    /// Runs a query and gives its records as record batches; `columns` names the fields, `None` takes all of them.
    /// Each call is a fresh stream over a snapshot of its own. Every field's metadata holds `label` and `label_zh`.
    ///
    /// # Errors
    /// As [`Session::find`], and `UnknownField` for a column that is not a field. Damage found while reading ends
    /// the stream with an error.
    pub fn arrow(&self, query: &Query, columns: Option<&[u16]>) -> Result<Box<dyn RecordBatchReader + Send>> {
        let catalog = self.crm.catalog();
        let infos: Vec<FieldInfo> = match columns {
            None => catalog.fields(query.entity).cloned().collect(),
            Some(ids) => {
                ids.iter().map(|id| catalog.require(query.entity, *id).cloned()).collect::<Result<Vec<_>>>()?
            }
        };
        let schema = Arc::new(Schema::new(infos.iter().map(column).collect::<Vec<_>>()));
        Ok(Box::new(Reader { cursor: self.find(query)?, infos, schema }))
    }
}

struct Reader {
    cursor: Cursor,
    infos: Vec<FieldInfo>,
    schema: SchemaRef,
}

impl RecordBatchReader for Reader {
    fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }
}

impl Iterator for Reader {
    type Item = std::result::Result<RecordBatch, ArrowError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.batch().map_err(|error| ArrowError::ExternalError(Box::new(error))).transpose()
    }
}

impl Reader {
    fn batch(&mut self) -> Result<Option<RecordBatch>> {
        let mut builders: Vec<Builder> = self.infos.iter().map(|info| Builder::of(info.kind)).collect();
        let mut rows = 0;
        while rows < BATCH_ROWS {
            let Some(record) = self.cursor.step()? else { break };
            for (builder, info) in builders.iter_mut().zip(&self.infos) {
                builder.push(&record, info.id);
            }
            rows += 1;
        }
        if rows == 0 {
            return Ok(None);
        }
        let arrays = builders.into_iter().map(Builder::finish).collect::<std::result::Result<Vec<_>, _>>();
        let batch = arrays.and_then(|arrays| RecordBatch::try_new(self.schema.clone(), arrays));
        batch.map(Some).map_err(|e| Error::new(ErrorKind::Bug, "a record batch does not fit its schema").caused_by(e))
    }
}

/// A plugin may hide any field but those of the kernel's own, also one that every record has.
fn column(info: &FieldInfo) -> Field {
    let nullable = info.id < FIELD_ID || info.required != Required::Always;
    let metadata =
        HashMap::from([("label".to_owned(), info.label.clone()), ("label_zh".to_owned(), info.label_zh.clone())]);
    Field::new(&info.name, data_type(info.kind), nullable).with_metadata(metadata)
}

fn data_type(kind: FieldType) -> DataType {
    match kind {
        FieldType::Text { .. } => DataType::Utf8View,
        FieldType::Int { .. } | FieldType::Ref(_) => DataType::Int64,
        FieldType::Bool => DataType::Boolean,
        FieldType::Date => DataType::Date32,
        FieldType::Instant => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
        FieldType::Money => DataType::Struct(money_fields()),
        FieldType::Enum(_) => DataType::Dictionary(Box::new(DataType::Int8), Box::new(DataType::Utf8)),
    }
}

fn money_fields() -> ArrowFields {
    ArrowFields::from(vec![
        Field::new("amount_minor", DataType::Int64, true),
        Field::new("currency", DataType::Utf8View, true),
    ])
}

/// Builds one column.
enum Builder {
    Text(StringViewBuilder),
    Int(Int64Builder),
    Bool(BooleanBuilder),
    Date(Date32Builder),
    Instant(TimestampMicrosecondBuilder),
    Money(Int64Builder, StringViewBuilder, Vec<bool>),
    Enum(&'static EnumDef, Int8Builder),
}

impl Builder {
    fn of(kind: FieldType) -> Self {
        match kind {
            FieldType::Text { .. } => Self::Text(StringViewBuilder::new()),
            FieldType::Int { .. } | FieldType::Ref(_) => Self::Int(Int64Builder::new()),
            FieldType::Bool => Self::Bool(BooleanBuilder::new()),
            FieldType::Date => Self::Date(Date32Builder::new()),
            FieldType::Instant => Self::Instant(TimestampMicrosecondBuilder::new().with_timezone("UTC")),
            FieldType::Money => Self::Money(Int64Builder::new(), StringViewBuilder::new(), Vec::new()),
            FieldType::Enum(def) => Self::Enum(def, Int8Builder::new()),
        }
    }

    fn push(&mut self, record: &Record, field: u16) {
        let value = record.get(field);
        match (self, value) {
            (Self::Text(b), Some(ValueRef::Text(v))) => b.append_value(v),
            (Self::Text(b), _) => b.append_null(),
            (Self::Int(b), Some(ValueRef::Int(v))) => b.append_value(v),
            (Self::Int(b), Some(ValueRef::Ref(v))) => b.append_option(i64::try_from(v).ok()),
            (Self::Int(b), _) => b.append_null(),
            (Self::Bool(b), Some(ValueRef::Bool(v))) => b.append_value(v),
            (Self::Bool(b), _) => b.append_null(),
            (Self::Date(b), Some(ValueRef::Date(v))) => b.append_value(v.to_epoch_days()),
            (Self::Date(b), _) => b.append_null(),
            (Self::Instant(b), Some(ValueRef::Instant(v))) => b.append_value(v.us()),
            (Self::Instant(b), _) => b.append_null(),
            (Self::Money(amounts, currencies, there), Some(ValueRef::Money(v))) => {
                amounts.append_value(v.amount_minor());
                currencies.append_value(v.currency());
                there.push(true);
            }
            (Self::Money(amounts, currencies, there), _) => {
                amounts.append_null();
                currencies.append_null();
                there.push(false);
            }
            (Self::Enum(def, b), Some(ValueRef::Enum(v))) => {
                let place = def.values.iter().position(|value| value.number == v);
                b.append_option(place.and_then(|place| i8::try_from(place).ok()));
            }
            (Self::Enum(_, b), _) => b.append_null(),
        }
    }

    fn finish(self) -> std::result::Result<ArrayRef, ArrowError> {
        Ok(match self {
            Self::Text(mut b) => Arc::new(b.finish()),
            Self::Int(mut b) => Arc::new(b.finish()),
            Self::Bool(mut b) => Arc::new(b.finish()),
            Self::Date(mut b) => Arc::new(b.finish()),
            Self::Instant(mut b) => Arc::new(b.finish()),
            Self::Money(mut amounts, mut currencies, there) => {
                let arrays: Vec<ArrayRef> = vec![Arc::new(amounts.finish()), Arc::new(currencies.finish())];
                Arc::new(StructArray::try_new(money_fields(), arrays, Some(there.into()))?)
            }
            Self::Enum(def, mut keys) => {
                let names = StringArray::from(def.values.iter().map(|v| v.name).collect::<Vec<_>>());
                Arc::new(DictionaryArray::<Int8Type>::try_new(keys.finish(), Arc::new(names))?)
            }
        })
    }
}
