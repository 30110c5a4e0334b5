//! Black-box tests of crmkernel: cases that run on every face, and the generator of the generated files.

pub mod c_face;
pub mod cases;
pub mod face;
pub mod generate;
pub mod library;
pub mod rust_face;
