//! How the declaration of a custom field may change between two versions of its owner.
//!
//! | change | what happens |
//! |---|---|
//! | a label | applied |
//! | SENSITIVE added | applied |
//! | SENSITIVE taken away | refused: values were given under it |
//! | INDEXED added or taken away | applied; the index is built or removed in the same transaction |
//! | a bound of a text or an integer widened | applied |
//! | a bound narrowed, another type, another entity referred to | refused |

use crate::domain::{CustomField, FieldType};
use crate::error::{Error, ErrorKind, Result};

use super::catalog::check_declaration;

impl super::Catalog {
    /// What a field that the database has becomes by a declaration of its owner; `None` when it stays as it is.
    ///
    /// # Errors
    /// `InvalidArgument` when the declaration is not of its form; `Duplicate` for a change that is refused, with what was
    /// found and what the database has. There are no others.
    pub(crate) fn evolved(&self, there: &CustomField, declared: &CustomField) -> Result<Option<CustomField>> {
        check_declaration(declared)?;
        let refused = |what: &str, allowed: String, found: String| {
            let (entity, name) = (there.entity.def().name, &there.name);
            let message = format!("{what} of {entity}.{name} is {found}, the database has {allowed}; {RULE}");
            let error = Error::new(ErrorKind::Duplicate, message).with("field", name);
            Err(error.with("found", found).with("allowed", allowed))
        };
        if !widens(there.kind, declared.kind) {
            return refused("the type", described(there.kind), described(declared.kind));
        }
        if there.sensitive && !declared.sensitive {
            return refused("the flag", "sensitive".to_owned(), "not sensitive".to_owned());
        }
        let next = CustomField { id: there.id, ..declared.clone() };
        Ok((next != *there).then_some(next))
    }
}

const RULE: &str =
    "bounds may widen, a field may become sensitive, and nothing else of it changes but labels and index";

/// Whether every value of one type is a value of the other.
fn widens(old: FieldType, new: FieldType) -> bool {
    match (old, new) {
        (FieldType::Text { len_max: old }, FieldType::Text { len_max: new }) => new >= old,
        (FieldType::Int { min, max }, FieldType::Int { min: new_min, max: new_max }) => {
            new_min <= min && new_max >= max
        }
        (old, new) => old == new,
    }
}

/// A type with its bounds.
fn described(kind: FieldType) -> String {
    match kind {
        FieldType::Text { len_max } => format!("text of at most {len_max} characters"),
        FieldType::Int { min, max } => format!("int from {min} to {max}"),
        FieldType::Ref(entity) => format!("ref to {}", entity.def().name),
        other => other.name().to_owned(),
    }
}
