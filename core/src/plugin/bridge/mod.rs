//! The bridge: a loaded library as a hook, with the structs of the ABI on one side and the domain on the other.

mod call;
mod decision;
mod declare;
#[cfg(any(test, feature = "testing"))]
mod forged;
pub(crate) mod live;
mod raw;
mod setup;
mod sink;
mod text_of;
mod texts;

use std::collections::{BTreeMap, VecDeque};
use std::ffi::c_void;
use std::sync::{Mutex, PoisonError};

use crm_plugin_abi as abi;
use libloading::os::unix::Library;

use self::call::{ACCESS, AFTER, BEFORE, CUSTOMER, Call, Scene};
use self::declare::{Declarations, Declared};
#[cfg(any(test, feature = "testing"))]
pub(crate) use self::forged::declare_from_bytes;
use self::live::{Kind, Lent, Scope};
use self::raw::{copy, str_of, text};
use self::setup::{Gathered, SetUp, Slot};
use super::library::LoadOptions;
use super::manifest::{CAPABILITY_ACTOR, Manifest};
use super::watch;
use crate::domain::{Calculator, CustomField, EntityKind};
use crate::error::{Error, ErrorKind, Result};
use crate::port::{self, Answer, Computation, Hook, HookInput, LogLine, Point};

/// A plugin of a library, set up and ready to be asked.
pub(super) struct Loaded {
    manifest: Manifest,
    table: abi::crmk_plugin,
    state: *mut c_void,
    slots: Vec<Slot>,
    /// The hooks by [`Point`]; that of `Compute` is not among them.
    hooks: [Option<abi::crmk_plugin_hook>; Point::ALL.len()],
    compute: Option<abi::crmk_plugin_compute>,
    fields: Vec<CustomField>,
    calculators: Vec<Calculator>,
    policy: Option<String>,
    settings: BTreeMap<String, String>,
    log: Log,
    /// Whether the manifest's capabilities let it see who acts.
    sees_actor: bool,
    /// The names of the fields that it resolved, in the order of the slots.
    names: Vec<String>,
    /// The fields that it may hide: those of the manifest, or all that it resolved.
    hides: Vec<(EntityKind, String)>,
    /// Whether the validator watches it: texts on guarded pages, other threads let between, and what it ignores told.
    guarded: bool,
}

// The bounds of answers are those of the ABI, whoever answers.
const _: () = assert!(
    abi::CRMK_PLUGIN_VIOLATIONS_MAX == port::VIOLATIONS_MAX
        && abi::CRMK_PLUGIN_DECISIONS_MAX == port::DECISIONS_MAX
        && abi::CRMK_PLUGIN_INPUTS_MAX == port::INPUTS_MAX
        && abi::CRMK_PLUGIN_NAME_LEN_MAX == port::NAME_LEN_MAX
        && abi::CRMK_PLUGIN_TEXT_LEN_MAX == port::TEXT_LEN_MAX
);

/// The greatest number of lines that are kept until somebody takes them.
const LOG_LINES_MAX: usize = 1000;

/// The newest lines that a plugin left.
#[derive(Default)]
struct Log(Mutex<VecDeque<LogLine>>);

impl Log {
    fn push(&self, line: LogLine) {
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if lines.len() == LOG_LINES_MAX {
            lines.pop_front();
        }
        lines.push_back(line);
    }

    fn take(&self) -> Vec<LogLine> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner)).into()
    }
}

// SAFETY: the ABI makes every hook callable from any thread, several at once for the same state; the pointers of the
// table lead to the library, which is never unloaded, and the slots do not change.
unsafe impl Send for Loaded {}
// SAFETY: as above.
unsafe impl Sync for Loaded {}

/// The extension of each question.
const fn extension_of(point: Point) -> &'static str {
    match point {
        Point::Validate => abi::CRMK_PLUGIN_EXT_VALIDATE,
        Point::Classify => abi::CRMK_PLUGIN_EXT_CLASSIFY,
        Point::Cadence => abi::CRMK_PLUGIN_EXT_CADENCE,
        Point::Complaint => abi::CRMK_PLUGIN_EXT_COMPLAINT,
        Point::Rights => abi::CRMK_PLUGIN_EXT_RIGHTS,
        Point::Compute => abi::CRMK_PLUGIN_EXT_COMPUTE,
        Point::Retention => abi::CRMK_PLUGIN_DRAFT_RETENTION,
    }
}

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
        if let (true, Some(function)) = (options.guarded, table.get_extension) {
            watch::see_calls(function as *const c_void);
        }
        let seen = options.guarded.then(watch::Inside::enter);
        check_agrees(&table, &manifest)?;
        // SAFETY: each id stands for the struct that it is asked for with.
        let (fields, policy, compute) = unsafe {
            (
                extension::<abi::crmk_plugin_fields>(&table, abi::CRMK_PLUGIN_EXT_FIELDS)?,
                extension::<abi::crmk_plugin_policy>(&table, abi::CRMK_PLUGIN_EXT_POLICY)?,
                extension::<abi::crmk_plugin_compute>(&table, abi::CRMK_PLUGIN_EXT_COMPUTE)?,
            )
        };
        let policy = policy.map(|p| policy_text(&p)).transpose()?;
        let hooks = hooks_of(&table, options.drafts)?;
        let (fields, calculators) = declared(&manifest.id, fields, compute)?;
        let set_up = SetUp::new(options, &manifest, &fields);
        let (host, scope) = set_up.host();
        let mut state = std::ptr::null_mut();
        let init = table.init.ok_or_else(|| not_abi("its init is NULL"))?;
        // SAFETY: the struct and what it leads to live until `init` returns, and `state` is a place to write to.
        let code = unsafe { init(&raw const host, &raw mut state) };
        drop(seen);
        drop(scope);
        let Gathered { slots, pending, names, message } = set_up.finish();
        if code < 0 {
            let message = format!("plugin {} cannot be set up: {}", manifest.id, explained(&message, code));
            return Err(Error::new(ErrorKind::PluginFailed, message));
        }
        let (settings, log) = (options.settings.clone(), Log::default());
        let sees_actor = manifest.capabilities.contains(CAPABILITY_ACTOR);
        let resolved = || slots.iter().map(|slot| slot.entity).zip(names.iter().cloned()).collect();
        let hides = manifest.hides.clone().unwrap_or_else(resolved);
        let mut plugin = Self {
            manifest,
            table,
            state,
            slots,
            hooks,
            compute,
            fields,
            calculators,
            policy,
            settings,
            log,
            sees_actor,
            names,
            hides,
            guarded: options.guarded,
        };
        // Only now that all went well, so that a plugin that is refused leaves nothing behind.
        (options.declare)(&plugin)?;
        setup::settle(&mut plugin.slots, &pending, &plugin.fields, options.custom_field).map_err(|name| {
            let id = &plugin.manifest.id;
            let message = format!("plugin {id} declares a field that the database does not take: {name}");
            Error::new(ErrorKind::PluginField, message).with("plugin", id)
        })?;
        Ok(plugin)
    }

    /// Calls a hook with the change, and judges how it ended.
    fn ask_about(&self, hook: abi::crmk_plugin_hook, point: Point, input: &HookInput<'_>) -> Result<Answer> {
        let ask = hook.ask.ok_or_else(|| not_abi("a function of a hook is NULL"))?;
        let call = Call::new(self, Scene::Change(point, input));
        let actor = if self.sees_actor { call.texts.keep(input.actor) } else { str_of("") };
        let change = abi::crmk_plugin_change {
            size: size_of::<abi::crmk_plugin_change>() as u32,
            today: input.today.to_epoch_days(),
            now: input.now.us(),
            entity: str_of(input.entity.def().name),
            command: call.texts.keep(input.command),
            actor,
            before: call.view(BEFORE),
            after: call.view(AFTER),
            customer: call.view(CUSTOMER),
            access: &raw const ACCESS,
            context: call.context(),
        };
        let lent = Lent::new();
        let frame = lent.at();
        let scope = Scope::enter(call.number, Kind::Call, std::ptr::from_ref(&call).cast());
        // SAFETY: the frame is lent to this call alone and never freed; the state is that of `init`.
        let code = unsafe {
            (&raw mut (*frame).change).write(change);
            (&raw mut (*frame).sink).write(sink::sink(&call));
            let ask = || ask(self.state, &raw const (*frame).change, &raw const (*frame).sink);
            self.watching(ask)
        };
        self.judge(point, &call, code)?;
        drop(scope);
        // Most answers say nothing, and an empty one is made sooner than one is moved.
        if call.answer.borrow().is_empty() { Ok(Answer::default()) } else { Ok(call.answer.take()) }
    }

    fn judge(&self, point: Point, call: &Call<'_>, code: i32) -> Result<()> {
        let refused = call.refused.get();
        if code >= 0 && live::was_misused(call.number) {
            let message = format!(
                "plugin {} answered in {} from another thread, which is not taken; answer on the thread of the call",
                self.manifest.id,
                point.name()
            );
            return Err(Error::new(ErrorKind::PluginFailed, message).with("plugin", &self.manifest.id));
        }
        if code >= 0 && refused.is_none() {
            return if self.guarded { self.ignored_nothing(point, call) } else { Ok(()) };
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
        if point == Point::Compute && code == abi::CRMK_PLUGIN_E_RANGE && refused.is_none() {
            let message = format!("plugin {id} does not allow the arguments: {}", call.message.borrow());
            return Err(Error::new(ErrorKind::InvalidArgument, message).with("plugin", id));
        }
        let message = format!("plugin {id} {version} failed in {}: {why}", point.name());
        Err(Error::new(ErrorKind::PluginFailed, message).with("plugin", id))
    }
}

impl Loaded {
    /// Calls the plugin. For the validator, over a stack that nobody wrote, and noting what it calls of the system.
    fn watching(&self, call: impl FnOnce() -> i32) -> i32 {
        if !self.guarded {
            return call();
        }
        let _inside = watch::Inside::enter();
        watch::poison_stack();
        watch::deeper(call)
    }

    /// For the validator: that a hook which went on had not been told to end, and did not swallow a missing year.
    fn ignored_nothing(&self, point: Point, call: &Call<'_>) -> Result<()> {
        let failed = |what: &str| {
            let message = format!("plugin {} {what} in {}", self.manifest.id, point.name());
            Err(Error::new(ErrorKind::PluginFailed, message).with("plugin", &self.manifest.id))
        };
        if call.told_to_end.get() {
            return failed("was told by `cancelled` to end and went on");
        }
        if call.calendar_error.borrow().is_some() {
            return failed("was told that the calendar lacks a year and went on as if it had it");
        }
        Ok(())
    }
}

impl Hook for Loaded {
    fn id(&self) -> &str {
        &self.manifest.id
    }

    fn version(&self) -> &str {
        &self.manifest.version
    }

    fn offers(&self, point: Point) -> bool {
        match point {
            Point::Compute => self.compute.is_some(),
            _ => self.hooks[point as usize].is_some(),
        }
    }

    fn ask(&self, point: Point, input: &HookInput<'_>) -> Result<Answer> {
        match self.hooks[point as usize] {
            Some(hook) => self.ask_about(hook, point, input),
            None => Ok(Answer::default()),
        }
    }

    fn compute(&self, computation: &Computation<'_>) -> Result<Answer> {
        let unknown = || Error::new(ErrorKind::NotFound, "the plugin has no such calculator");
        let calculator = self.calculators.iter().find(|c| c.name == computation.name).ok_or_else(unknown)?;
        let compute = self.compute.and_then(|e| e.compute).ok_or_else(unknown)?;
        let call = Call::new(self, Scene::Computation(calculator, computation));
        let kept = |argument: &Option<_>| decision::value_of(argument.as_ref(), |text| call.texts.keep(text));
        let arguments: Vec<abi::crmk_plugin_value> = computation.arguments.iter().map(kept).collect();
        let given = abi::crmk_plugin_computation {
            size: size_of::<abi::crmk_plugin_computation>() as u32,
            today: computation.today.to_epoch_days(),
            now: computation.now.us(),
            name: str_of(&calculator.name),
            arguments: arguments.as_ptr(),
            argument_count: arguments.len(),
            access: &raw const ACCESS,
            context: call.context(),
        };
        let lent = Lent::new();
        let frame = lent.at();
        let scope = Scope::enter(call.number, Kind::Call, std::ptr::from_ref(&call).cast());
        // SAFETY: the frame is lent to this call alone and never freed; the arguments live until it returns.
        let code = unsafe {
            (&raw mut (*frame).computation).write(given);
            (&raw mut (*frame).sink).write(sink::sink(&call));
            let compute = || compute(self.state, &raw const (*frame).computation, &raw const (*frame).sink);
            self.watching(compute)
        };
        self.judge(Point::Compute, &call, code)?;
        drop(scope);
        Ok(call.answer.take())
    }

    fn may_see(&self, entity: EntityKind, field: &str) -> bool {
        self.manifest.grants(entity, field)
    }

    fn may_hide(&self, entity: EntityKind, field: u16) -> bool {
        // A mask names a field that the plugin resolved.
        let mut resolved = self.slots.iter().zip(&self.names);
        let name = resolved.find(|(slot, _)| slot.entity == entity && slot.field == field).map(|(_, name)| name);
        let may = |name: &String| self.hides.iter().any(|(of, hidden)| *of == entity && hidden == name);
        self.offers(Point::Rights) && name.is_some_and(may)
    }

    fn entities(&self) -> Option<&[EntityKind]> {
        self.manifest.entities.as_deref()
    }

    fn hides(&self) -> Option<&[(EntityKind, String)]> {
        Some(&self.hides)
    }

    fn abi(&self) -> String {
        format!("{}.{}", self.table.abi_major, self.table.abi_minor)
    }

    fn manifest_sha256(&self) -> String {
        self.manifest.own_sha256.clone()
    }

    fn fields(&self) -> &[CustomField] {
        &self.fields
    }

    fn calculators(&self) -> &[Calculator] {
        &self.calculators
    }

    fn policy(&self) -> Option<&str> {
        self.policy.as_deref()
    }

    fn take_log(&self) -> Vec<LogLine> {
        self.log.take()
    }
}

/// The struct of an extension, `None` when it is not offered.
///
/// # Safety
/// `T` is the struct that the ABI gives this id.
unsafe fn extension<T: raw::Sized32>(table: &abi::crmk_plugin, id: &str) -> Result<Option<T>> {
    let get = table.get_extension.ok_or_else(|| not_abi("its get_extension is NULL"))?;
    // SAFETY: the id lives for the call.
    let found = unsafe { get(str_of(id)) };
    if found.is_null() {
        return Ok(None);
    }
    // SAFETY: the plugin gives the struct of this id, which begins with its size.
    let copied = unsafe { copy(found.cast::<T>()) };
    copied.map(Some).ok_or_else(|| not_abi(&format!("the size of its {id} is not one of this ABI")))
}

fn hooks_of(table: &abi::crmk_plugin, drafts: bool) -> Result<[Option<abi::crmk_plugin_hook>; Point::ALL.len()]> {
    let mut hooks = [None; Point::ALL.len()];
    for point in Point::ALL {
        if point == Point::Compute || (point == Point::Retention && !drafts) {
            continue;
        }
        // SAFETY: the ids of hooks stand for this struct.
        hooks[point as usize] = unsafe { extension(table, extension_of(point))? };
        if hooks[point as usize].is_some_and(|hook: abi::crmk_plugin_hook| hook.ask.is_none()) {
            return Err(not_abi(&format!("the function of its {} is NULL", extension_of(point))));
        }
    }
    Ok(hooks)
}

/// Lets the plugin declare its fields and its calculators.
fn declared(
    id: &str,
    fields: Option<abi::crmk_plugin_fields>,
    compute: Option<abi::crmk_plugin_compute>,
) -> Result<Declared> {
    let all = Declarations::default();
    let (sink, scope) = all.sink();
    let is_null = |what: &str| not_abi(&format!("the function {what} is NULL"));
    let mut calls = Vec::new();
    if let Some(extension) = fields {
        calls.push(("fields", extension.fields.ok_or_else(|| is_null("fields"))?));
    }
    if let Some(extension) = compute {
        calls.push(("calculators", extension.calculators.ok_or_else(|| is_null("calculators"))?));
        extension.compute.ok_or_else(|| is_null("compute"))?;
    }
    for (what, declare) in calls {
        // SAFETY: the sink and what it leads to live until the function returns.
        let code = unsafe { declare(&raw const sink) };
        if code < 0 {
            let message = format!("plugin {id} cannot be set up: its {what} gave code {code}");
            return Err(Error::new(ErrorKind::PluginFailed, message));
        }
    }
    drop(scope);
    all.finish(id).map_err(|(what, code)| {
        let message = format!("plugin {id} cannot be set up: {what} that it declares was not taken (code {code})");
        Error::new(ErrorKind::PluginFailed, message)
    })
}

fn policy_text(policy: &abi::crmk_plugin_policy) -> Result<String> {
    // SAFETY: the text belongs to the library, which is never unloaded.
    let text = unsafe { text(policy.text, abi::CRMK_PLUGIN_POLICY_LEN_MAX) };
    text.map(str::to_owned).map_err(|code| not_abi(&format!("its policy is no text (code {code})")))
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
