//! Write plugins of crmkernel in safe Rust: a trait to implement and a macro that exports it.
//!
//! # Example
//! ```
//! use crm_plugin_sdk::{
//!     Change, Choice, Failure, Field, Hook, Init, Plugin, Text, Violation, Violations, export_plugin,
//! };
//!
//! struct NeedsPhone {
//!     phone: Field<Text>,
//!     active: Choice,
//! }
//!
//! impl Plugin for NeedsPhone {
//!     const ID: &'static str = "acme.needs_phone";
//!     const VERSION: &'static str = "1.0.0";
//!     const HOOKS: &'static [Hook] = &[Hook::Validate];
//!     const SOURCES: &'static [(&'static str, &'static str)] = &[("ACME-1", "Sales manual of Acme, article 3")];
//!
//!     fn new(init: &Init<'_>) -> Result<Self, String> {
//!         Ok(Self { phone: init.field("customer", "phone")?, active: init.choice("customer", "status", "active")? })
//!     }
//!
//!     fn validate(&self, change: &Change<'_>, out: &mut Violations) -> Result<(), Failure> {
//!         let customer = change.after();
//!         if change.entity() == "customer" && customer.is(self.active) && customer.get(self.phone).is_none() {
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
pub mod manifest;
mod quantity;
mod term;
pub mod testing;

pub use answer::{Decision, Decisions, Failure, Masks, Violation, Violations};
pub use change::{Change, Record, Roll};
pub use crm_plugin_abi as abi;
pub use date::{Date, Instant};
pub use field::{Choice, Enum, Field, Kind, Money, Ref, Text};
pub use figures::Figures;
pub use init::Init;
pub use quantity::{Calculator, Computation, CustomField, FieldKind, Parameter, Quantity, QuantityType};
pub use term::{Term, Unit};

/// A question that the kernel asks a plugin about a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Hook {
    /// [`Plugin::validate`].
    Validate,
    /// [`Plugin::classify`].
    Classify,
    /// [`Plugin::cadence`].
    Cadence,
    /// [`Plugin::complaint`].
    Complaint,
    /// [`Plugin::rights`].
    Rights,
    /// Draft: [`Plugin::retention`].
    Retention,
}

/// A plugin: its name, how it is set up, and the hooks that it offers.
///
/// Hooks are pure: they go by their arguments alone, so that the same change always gets the same answer. Any thread
/// may call, several at once. A panic is caught and fails the change that caused it. A hook that is not among `HOOKS` is
/// not called.
///
/// `classify`, `cadence` and `complaint` decide with every change anew. What the plugin decided before and decides no longer
/// is withdrawn, unless the decision was [`Decision::kept`]; what a caller gave stands until the caller clears it.
pub trait Plugin: Send + Sync + Sized + 'static {
    /// The id, as in the manifest: lower-case letters, digits, `-` and `_`, with dots between.
    const ID: &'static str;
    /// The version, as in the manifest.
    const VERSION: &'static str;
    /// The hooks that the plugin offers.
    const HOOKS: &'static [Hook];
    /// The figures as TOML, usually `include_str!("../policy.toml")`; see [`Figures`].
    const POLICY: &'static str = "";
    /// The default policy of the industry as TOML, which a company's policy overrides figure by figure.
    const DEFAULT_POLICY: Option<&'static str> = None;
    /// The custom fields that the plugin needs; the database declares them before `new`.
    const FIELDS: &'static [CustomField] = &[];
    /// The calculators that the plugin offers.
    const CALCULATORS: &'static [Calculator] = &[];
    /// The rules by which the plugin refuses, each with its regulation and article: what a [`Violation`] of the rule has
    /// as its source when it names none.
    const SOURCES: &'static [(&'static str, &'static str)] = &[];

    /// Sets the plugin up: resolves the fields that it reads, and reads its figures.
    ///
    /// # Errors
    /// The reason why it cannot be set up.
    fn new(init: &Init<'_>) -> Result<Self, String>;

    /// Refuses a change by pushing every reason at once; none lets it pass.
    ///
    /// # Errors
    /// The plugin failed; the change is not committed. So it is with every hook.
    fn validate(&self, change: &Change<'_>, out: &mut Violations) -> Result<(), Failure> {
        let _ = (change, out);
        Ok(())
    }

    /// Decides `class` of a customer, and the plugin's own custom fields of any record.
    ///
    /// # Errors
    /// As [`Plugin::validate`].
    fn classify(&self, change: &Change<'_>, out: &mut Decisions) -> Result<(), Failure> {
        let _ = (change, out);
        Ok(())
    }

    /// Decides `next_due_on` of a customer that is added or changed.
    ///
    /// # Errors
    /// As [`Plugin::validate`].
    fn cadence(&self, change: &Change<'_>, out: &mut Decisions) -> Result<(), Failure> {
        let _ = (change, out);
        Ok(())
    }

    /// Decides `deadline_on`, `grade` and `owner` of a complaint that is added or changed; may refuse its closing.
    ///
    /// # Errors
    /// As [`Plugin::validate`].
    fn complaint(&self, change: &Change<'_>, out: &mut Decisions) -> Result<(), Failure> {
        let _ = (change, out);
        Ok(())
    }

    /// Hides fields of a record from who reads it; `change.after()` is the record, `change.actor()` the reader.
    ///
    /// # Errors
    /// The plugin failed; the record is not shown.
    fn rights(&self, change: &Change<'_>, out: &mut Masks) -> Result<(), Failure> {
        let _ = (change, out);
        Ok(())
    }

    /// Draft: decides `keep_until`, the day until which a customer's records must be kept.
    ///
    /// # Errors
    /// As [`Plugin::validate`].
    fn retention(&self, change: &Change<'_>, out: &mut Decisions) -> Result<(), Failure> {
        let _ = (change, out);
        Ok(())
    }

    /// Computes: pushes a decision for each result of the calculator.
    ///
    /// # Errors
    /// [`Failure::not_allowed`] when the arguments are not; anything else means that the plugin failed.
    fn compute(&self, computation: &Computation<'_>, out: &mut Decisions) -> Result<(), Failure> {
        let _ = (computation, out);
        Ok(())
    }
}

/// Declares a struct of fields and how it is resolved at set-up.
///
/// ```
/// use crm_plugin_sdk::{Date, Text, fields};
///
/// fields! {
///     /// What the rules read of a customer.
///     struct CustomerFields {
///         name: Text = "customer", "name";
///         signed_on: Date = "customer", "signed_on";
///     }
/// }
/// # use crm_plugin_sdk::Init;
/// # fn f(init: &Init<'_>) -> Result<(), String> {
/// let fields = CustomerFields::new(init)?;
/// # let _ = (fields.name, fields.signed_on);
/// # Ok(()) }
/// ```
#[macro_export]
macro_rules! fields {
    ($(#[$meta:meta])* $visibility:vis struct $name:ident { $($field:ident: $kind:ty = $entity:literal, $field_name:literal;)+ }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy)]
        $visibility struct $name { $($visibility $field: $crate::Field<$kind>,)+ }

        impl $name {
            /// Resolves the fields.
            $visibility fn new(init: &$crate::Init<'_>) -> Result<Self, String> {
                Ok(Self { $($field: init.field($entity, $field_name)?,)+ })
            }
        }
    };
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

/// The guide's examples, which are built and run as tests.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Guide;
