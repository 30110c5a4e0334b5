//! A plugin whose hooks panic, and whose set-up does when the figure `in_new` says so.
#![expect(clippy::panic, reason = "panics are what this plugin is for")]

use crm_plugin_sdk::{Change, Decisions, Failure, Field, Hook, Init, Instant, Plugin, Violations, export_plugin};

struct Panicking {
    /// A field of a complaint, which a hook reads from a customer.
    received_at: Field<Instant>,
}

impl Plugin for Panicking {
    const ID: &'static str = "test.panicking";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    const POLICY: &'static str = "in_new = { value = false, source = \"a test\" }";

    const HOOKS: &'static [Hook] = &[Hook::Validate, Hook::Complaint];

    fn new(init: &Init<'_>) -> Result<Self, String> {
        if init.figures().bool("in_new")? {
            panic!("panicked in new");
        }
        Ok(Self { received_at: init.field("complaint", "received_at")? })
    }

    fn validate(&self, change: &Change<'_>, _: &mut Violations) -> Result<(), Failure> {
        match change.entity() {
            "customer" => panic!("panicked over a {}", change.entity()),
            "complaint" => Ok(()),
            _ => {
                // A misread that the hook does not notice.
                let _ = change.after().get(self.received_at);
                Ok(())
            }
        }
    }

    fn complaint(&self, _: &Change<'_>, _: &mut Decisions) -> Result<(), Failure> {
        panic!("panicked over a deadline")
    }
}

export_plugin!(Panicking);
