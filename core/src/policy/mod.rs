//! Policy files: a company's regulation as TOML, read, checked, merged in layers, and kept by version.
//!
//! Pure: text goes in, a [`crate::domain::Policy`] or a list of problems comes out. Which figures there are is one table
//! ([`FIGURES`]); a key that is not in it is an error that says what is allowed.

mod classes;
mod compile;
pub mod condition;
mod customers;
mod document;
mod guards;
mod merge;
mod place;
mod schema;
mod shelf;
mod show;

pub(crate) use compile::KnownFields;
pub use document::{Datum, Document, Figure, POLICY_LEN_MAX};
pub use merge::{FigureDifference, Merged, MergedFigure, difference};
pub(crate) use schema::DIMENSIONS;
pub use schema::{FIGURES, FigureDef, Form};
pub use shelf::{Adopted, check};
pub(crate) use shelf::{InForce, Shelf};
pub use show::{differences_to_json, versions_to_json};
