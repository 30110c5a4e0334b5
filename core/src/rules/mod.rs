//! Pure functions on plain values: what must hold, what follows, and why.

pub mod cadence;
pub mod class;
pub mod complaint;
pub mod deadline;
pub mod limit;
pub mod machine;
pub mod required;
pub mod shape;
pub mod visit;
pub mod work_time;
