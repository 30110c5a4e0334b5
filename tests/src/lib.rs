//! Black-box tests of crmkernel: cases that run on every face, and the generator of the generated files.

pub mod generate;
