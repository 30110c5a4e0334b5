//! Write plugins of crmkernel in safe Rust: a trait to implement and a macro that exports it.
//!
//! # Example
//! ```
//! use crm_plugin_sdk::{Change, Enum, Failure, Field, Init, Plugin, Text, Violation, Violations, export_plugin};
//!
//! struct NeedsPhone {
//!     phone: Field<Text>,
//!     status: Field<Enum>,
//!     active: u16,
//! }
//!
//! impl Plugin for NeedsPhone {
//!     const ID: &'static str = "acme.needs_phone";
//!     const VERSION: &'static str = "1.0.0";
//!
//!     fn new(init: &Init<'_>) -> Result<Self, String> {
//!         let status = init.field::<Enum>("customer", "status")?;
//!         let active = init.enum_number(status, "active")?;
//!         Ok(Self { phone: init.field("customer", "phone")?, status, active })
//!     }
//!
//!     fn validate(&self, change: &Change<'_>, out: &mut Violations) -> Result<(), Failure> {
//!         let customer = change.after();
//!         if change.entity() == "customer"
//!             && customer.get(self.status) == Some(self.active)
//!             && customer.get(self.phone).is_none()
//!         {
//!             out.push(Violation::new("phone", "required", "phone is absent", "缺少电话", "ACME-1"));
//!         }
//!         Ok(())
//!     }
//! }
//!
//! export_plugin!(NeedsPhone);
//!
//! // Its rules run without a kernel, against a host for tests.
//! use crm_plugin_sdk::testing::{self, Host};
//! let host = Host::new("2026-09-16".parse()?);
//! let plugin = host.start::<NeedsPhone>()?;
//! let customer = testing::Record::new().choice("status", "active");
//! let found = plugin.validate(&testing::Change::add("customer", &customer)).expect("the plugin does not fail");
//! assert_eq!(found[0].code, "required");
//! # Ok::<(), String>(())
//! ```

mod answer;
mod change;
mod date;
#[doc(hidden)]
pub mod export;
mod field;
mod figures;
mod init;
pub mod testing;

pub use answer::{Deadline, Failure, Violation, Violations};
pub use change::{Change, Record, Roll};
pub use crm_plugin_abi as abi;
pub use date::{Date, Instant};
pub use field::{Enum, Field, Kind, Money, Ref, Text};
pub use figures::Figures;
pub use init::Init;

/// A plugin: its name, how it is set up, and the hooks that it offers.
///
/// Hooks are pure: they go by their arguments alone, so that the same change always gets the same answer. Any thread
/// may call, several at once. A panic is caught and fails the change that caused it.
pub trait Plugin: Send + Sync + Sized + 'static {
    /// The id, as in the manifest: lower-case letters, digits, `-` and `_`, with dots between.
    const ID: &'static str;
    /// The version, as in the manifest.
    const VERSION: &'static str;
    /// The figures as TOML, usually `include_str!("../policy.toml")`; see [`Figures`].
    const POLICY: &'static str = "";

    /// Sets the plugin up: resolves the fields that it reads, and reads its figures.
    ///
    /// # Errors
    /// The reason why it cannot be set up.
    fn new(init: &Init<'_>) -> Result<Self, String>;

    /// Refuses a change by pushing every reason at once; none lets it pass.
    ///
    /// # Errors
    /// The plugin failed; the change is not committed.
    fn validate(&self, change: &Change<'_>, out: &mut Violations) -> Result<(), Failure> {
        let _ = (change, out);
        Ok(())
    }

    /// Decides the deadline of a complaint that is added or changed; `None` has no opinion.
    ///
    /// # Errors
    /// The plugin failed; the change is not committed.
    fn complaint(&self, change: &Change<'_>) -> Result<Option<Deadline>, Failure> {
        let _ = change;
        Ok(None)
    }
}

/// Exports a type that implements [`Plugin`] from a `cdylib`. A library has one plugin.
#[macro_export]
macro_rules! export_plugin {
    ($plugin:ty) => {
        /// The entry of the plugin; see `crmkernel_plugin.h`.
        #[unsafe(no_mangle)]
        pub extern "C" fn crmk_plugin_entry_v1(
            _host: *const $crate::abi::crmk_host_info,
        ) -> *const $crate::abi::crmk_plugin {
            $crate::export::table::<$plugin>()
        }
    };
}
