//! The bridge: a loaded library as a hook, with the structs of the ABI on one side and the domain on the other.

mod call;
mod raw;
mod setup;
mod sink;

use std::ffi::c_void;

use crm_plugin_abi as abi;
use libloading::os::unix::Library;

use self::call::{ACCESS, Call, View};
use self::raw::{copy, str_of, text};
use self::setup::{SetUp, Slot};
use super::library::LoadOptions;
use super::manifest::{CAPABILITY_ACTOR, Manifest};
use crate::domain::EntityKind;
use crate::error::{Error, ErrorKind, Result, Violation};
use crate::port::{ComplaintAnswer, Hook, HookInput};

/// A plugin of a library, set up and ready to be asked.
pub(super) struct Loaded {
    manifest: Manifest,
    table: abi::crmk_plugin,
    state: *mut c_void,
    slots: Vec<Slot>,
    validate: Option<abi::crmk_plugin_validate>,
    complaint: Option<abi::crmk_plugin_complaint>,
}

// SAFETY: the ABI makes every hook callable from any thread, several at once for the same state; the pointers of the
// table lead to the library, which is never unloaded, and the slots do not change.
unsafe impl Send for Loaded {}
// SAFETY: as above.
unsafe impl Sync for Loaded {}

impl Drop for Loaded {
    fn drop(&mut self) {
        if let Some(deinit) = self.table.deinit {
            // SAFETY: the state is that of `init`, and no call is under way because nothing borrows the hook.
            // A panic of the plugin's cannot get here: it would have to leave a function of C's calling convention.
            unsafe { deinit(self.state) };
        }
    }
}

impl Loaded {
    /// Sets up the plugin of a library that was checked against its manifest.
    ///
    /// # Errors
    /// `PluginAbi` when the library is no plugin of this ABI; `PluginManifest` when the manifest does not agree with
    /// it; `PluginFailed` when its `init` fails. There are no others.
    pub(super) fn set_up(library: &'static Library, manifest: Manifest, options: &LoadOptions<'_>) -> Result<Self> {
        check_capabilities(&manifest, options)?;
        let table = table_of(library)?;
        check_agrees(&table, &manifest)?;
        let set_up = SetUp::new(options, &manifest.capabilities);
        let host = set_up.host();
        let mut state = std::ptr::null_mut();
        let init = table.init.ok_or_else(|| not_abi("its init is NULL"))?;
        // SAFETY: the struct and what it leads to live until `init` returns, and `state` is a place to write to.
        let code = unsafe { init(&raw const host, &raw mut state) };
        let (slots, message) = set_up.finish();
        if code < 0 {
            let message = format!("plugin {} cannot be set up: {}", manifest.id, explained(&message, code));
            return Err(Error::new(ErrorKind::PluginFailed, message));
        }
        // From here on dropping the value frees the plugin's state.
        let mut loaded = Self { manifest, table, state, slots, validate: None, complaint: None };
        // SAFETY: the two ids stand for these two structs.
        unsafe {
            loaded.validate = loaded.extension(abi::CRMK_PLUGIN_EXT_VALIDATE)?;
            loaded.complaint = loaded.extension(abi::CRMK_PLUGIN_EXT_COMPLAINT)?;
        }
        Ok(loaded)
    }

    /// The struct of an extension, `None` when it is not offered.
    ///
    /// # Safety
    /// `T` is the struct that the ABI gives this id.
    unsafe fn extension<T: raw::Sized32>(&self, id: &str) -> Result<Option<T>> {
        let get = self.table.get_extension.ok_or_else(|| not_abi("its get_extension is NULL"))?;
        // SAFETY: the state is that of `init`, and the id lives for the call.
        let found = unsafe { get(self.state, str_of(id)) };
        if found.is_null() {
            return Ok(None);
        }
        // SAFETY: the plugin gives the struct of this id, which begins with its size.
        let copied = unsafe { copy(found.cast::<T>()) };
        copied.map(Some).ok_or_else(|| not_abi(&format!("the size of its {id} is not one of this ABI")))
    }

    /// Calls a hook with the change, and judges how it ended.
    fn call(
        &self,
        name: &str,
        call: &Call<'_>,
        hook: impl FnOnce(*const abi::crmk_plugin_change) -> i32,
    ) -> Result<()> {
        let input = call.input();
        let after = View::new(input.entity, input.after, &self.slots);
        let before = input.before.map(|b| View::new(input.entity, b, &self.slots));
        let customer = input.customer.map(|c| View::new(EntityKind::Customer, c, &self.slots));
        let actor = if self.manifest.capabilities.contains(CAPABILITY_ACTOR) { input.actor } else { "" };
        let change = abi::crmk_plugin_change {
            size: size_of::<abi::crmk_plugin_change>() as u32,
            today: input.today.to_epoch_days(),
            now: input.now.us(),
            entity: str_of(input.entity.def().name),
            command: str_of(input.command),
            actor: str_of(actor),
            before: view_pointer(before.as_ref()),
            after: view_pointer(Some(&after)),
            customer: view_pointer(customer.as_ref()),
            access: &raw const ACCESS,
            context: call.context(),
        };
        let code = hook(&raw const change);
        self.judge(name, call, code)
    }

    fn judge(&self, name: &str, call: &Call<'_>, code: i32) -> Result<()> {
        let refused = call.refused.get();
        if code >= 0 && refused.is_none() {
            return Ok(());
        }
        let calendar_error = call.calendar_error.take();
        if let (abi::CRMK_PLUGIN_E_CALENDAR_YEAR, None, Some(error)) = (code, refused, calendar_error) {
            return Err(error.with("plugin", &self.manifest.id));
        }
        let why = match refused {
            Some(refused) => format!("its answer was not taken (code {refused})"),
            None => explained(&call.message.borrow(), code),
        };
        let Manifest { id, version, .. } = &self.manifest;
        let message = format!("plugin {id} {version} failed in {name}: {why}");
        Err(Error::new(ErrorKind::PluginFailed, message).with("plugin", id))
    }
}

impl Hook for Loaded {
    fn id(&self) -> &str {
        &self.manifest.id
    }

    fn version(&self) -> &str {
        &self.manifest.version
    }

    fn validate(&self, input: &HookInput<'_>) -> Result<Vec<Violation>> {
        let Some(hook) = self.validate.and_then(|e| e.validate) else { return Ok(Vec::new()) };
        let call = Call::new(input);
        let sink = sink::validate_sink(&call);
        // SAFETY: the state is that of `init`; the change and the sink live until the hook returns.
        self.call("validate", &call, |change| unsafe { hook(self.state, change, &raw const sink) })?;
        Ok(call.violations.take())
    }

    fn complaint(&self, input: &HookInput<'_>) -> Result<Option<ComplaintAnswer>> {
        let Some(hook) = self.complaint.and_then(|e| e.complaint) else { return Ok(None) };
        let call = Call::new(input);
        let sink = sink::complaint_sink(&call);
        // SAFETY: the state is that of `init`; the change and the sink live until the hook returns.
        self.call("complaint", &call, |change| unsafe { hook(self.state, change, &raw const sink) })?;
        Ok(call.answer.take())
    }
}

fn view_pointer(view: Option<&View<'_>>) -> *const abi::crmk_plugin_view {
    view.map_or(std::ptr::null(), |v| std::ptr::from_ref(v).cast())
}

/// The table of a library's plugin.
fn table_of(library: &'static Library) -> Result<abi::crmk_plugin> {
    // SAFETY: the name is that of a function of this type in every plugin.
    let symbol = unsafe { library.get::<abi::crmk_plugin_entry_fn>(abi::CRMK_PLUGIN_ENTRY) };
    let entry = symbol
        .ok()
        .and_then(|s| *s)
        .ok_or_else(|| not_abi(&format!("it does not export {}", abi::CRMK_PLUGIN_ENTRY)))?;
    let host = abi::crmk_host_info {
        size: size_of::<abi::crmk_host_info>() as u32,
        abi_major: abi::CRMK_PLUGIN_ABI_MAJOR,
        abi_minor: abi::CRMK_PLUGIN_ABI_MINOR,
        reserved: 0,
        kernel_version: str_of(env!("CARGO_PKG_VERSION")),
    };
    // SAFETY: `host` lives for the call.
    let table = unsafe { entry(&raw const host) };
    if table.is_null() {
        return Err(not_abi("it does not work with this version of the kernel"));
    }
    // SAFETY: a plugin's table begins with its size and lives as long as the library, that is for ever.
    let table = unsafe { copy(table) }.ok_or_else(|| not_abi("the size of its table is not one of this ABI"))?;
    match (table.magic, table.abi_major) {
        (abi::CRMK_PLUGIN_MAGIC, abi::CRMK_PLUGIN_ABI_MAJOR) => Ok(table),
        (abi::CRMK_PLUGIN_MAGIC, major) => {
            Err(not_abi(&format!("it is built for plugin ABI {major}, the kernel has {}", abi::CRMK_PLUGIN_ABI_MAJOR)))
        }
        _ => Err(not_abi("its table does not begin like one of a plugin")),
    }
}

fn check_agrees(table: &abi::crmk_plugin, manifest: &Manifest) -> Result<()> {
    for (what, said, named) in [("id", table.id, &manifest.id), ("version", table.version, &manifest.version)] {
        // SAFETY: the texts of the table live as long as the library.
        let said = unsafe { text(said, abi::CRMK_PLUGIN_NAME_LEN_MAX) };
        if said != Ok(named.as_str()) {
            let message = format!("the manifest names {what} {named}, the library has another one");
            return Err(Error::new(ErrorKind::PluginManifest, message));
        }
    }
    Ok(())
}

/// Refuses a capability that names no field, lest a slip of the pen make a field read as absent unnoticed. The custom
/// fields of a plugin that is new to a database need not be declared yet.
fn check_capabilities(manifest: &Manifest, options: &LoadOptions<'_>) -> Result<()> {
    let known = |capability: &str| {
        let Some((entity, field)) = capability.split_once('.') else { return capability == CAPABILITY_ACTOR };
        let Some(entity) = EntityKind::ALL.iter().copied().find(|e| e.def().name == entity) else { return false };
        entity.def().field_named(field).is_some()
            || field.contains('.')
            || (options.custom_field)(entity, field).is_some()
    };
    match manifest.capabilities.iter().find(|c| !known(c)) {
        None => Ok(()),
        Some(unknown) => {
            let message = format!(
                "the manifest's capability {unknown:?} is not known, it is {CAPABILITY_ACTOR:?} or of the form \
                 \"entity.field\""
            );
            Err(Error::new(ErrorKind::PluginManifest, message))
        }
    }
}

fn explained(message: &str, code: i32) -> String {
    match message {
        "" => format!("it gave code {code} and no reason"),
        message => format!("{message} (code {code})"),
    }
}

fn not_abi(why: &str) -> Error {
    Error::new(ErrorKind::PluginAbi, format!("the library is no plugin of this kernel: {why}"))
}
