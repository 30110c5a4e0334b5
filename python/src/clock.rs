//! A clock that stands still until it is set, for tests and for replaying.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use crm_core::domain::Instant;
use crm_core::port::Clock;
use pyo3::prelude::*;

use crate::failure::OrRaise;
use crate::value::{instant_from, instant_to};

/// A clock that stands still until it is set.
#[pyclass(frozen, module = "crmkernel")]
pub(crate) struct FixedClock(pub(crate) Arc<Still>);

/// The instant, shared with the databases that were opened with the clock. Unit: microseconds since the epoch.
pub(crate) struct Still(AtomicI64);

impl Clock for Still {
    fn now(&self) -> Instant {
        Instant::from_us(self.0.load(Ordering::Acquire)).expect("invariant: only instants are stored")
    }
}

impl Still {
    pub(crate) fn new(now: Instant) -> Self {
        Self(AtomicI64::new(now.us()))
    }
}

#[pymethods]
impl FixedClock {
    #[new]
    fn new(now: &Bound<'_, PyAny>) -> PyResult<Self> {
        let now = instant_from("now", now).or_raise(now.py())?;
        Ok(Self(Arc::new(Still::new(now))))
    }

    /// The instant that the clock tells.
    #[getter]
    fn now<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        instant_to(py, self.0.now())
    }

    /// Sets the instant.
    fn set(&self, now: &Bound<'_, PyAny>) -> PyResult<()> {
        let now = instant_from("now", now).or_raise(now.py())?;
        self.0.0.store(now.us(), Ordering::Release);
        Ok(())
    }
}
