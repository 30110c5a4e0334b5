//! Pure rules on plain values: no store, no clock; `now`, the policy and the calendar are arguments.

pub mod deadline;
