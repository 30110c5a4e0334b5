//! The only unsafe code of a plugin in Rust: the functions of the C ABI, in terms of the trait.

mod answers;
mod source;

use std::any::Any;
use std::cell::RefCell;
use std::ffi::c_void;
use std::marker::PhantomData;
use std::mem::MaybeUninit;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crm_plugin_abi as abi;

use self::answers::{give_decisions, give_masks, give_violations};
pub(crate) use self::source::AbiCall;
use self::source::AbiInit;
use crate::answer::{Decisions, Failure, Masks, Violations};
use crate::change::Change;
use crate::date::{Date, Instant};
use crate::figures::Figures;
use crate::init::Init;
use crate::quantity::{Computation, FieldKind};
use crate::{Hook, Plugin};

/// The table of a plugin, which lives as long as its library.
pub fn table<P: Plugin>() -> *const abi::crmk_plugin {
    Tables::<P>::PLUGIN
}

type Ask = unsafe extern "C" fn(*mut c_void, *const abi::crmk_plugin_change, *const abi::crmk_plugin_sink) -> i32;

const fn hook_of(ask: Ask) -> abi::crmk_plugin_hook {
    abi::crmk_plugin_hook { size: size_of::<abi::crmk_plugin_hook>() as u32, reserved: 0, ask: Some(ask) }
}

struct Tables<P>(PhantomData<P>);

impl<P: Plugin> Tables<P> {
    const PLUGIN: &'static abi::crmk_plugin = &abi::crmk_plugin {
        size: size_of::<abi::crmk_plugin>() as u32,
        magic: abi::CRMK_PLUGIN_MAGIC,
        abi_major: abi::CRMK_PLUGIN_ABI_MAJOR,
        abi_minor: abi::CRMK_PLUGIN_ABI_MINOR,
        id: str_of(P::ID),
        version: str_of(P::VERSION),
        init: Some(init::<P>),
        deinit: Some(deinit::<P>),
        get_extension: Some(get_extension::<P>),
    };
    const VALIDATE: &'static abi::crmk_plugin_hook = &hook_of(validate::<P>);
    const CLASSIFY: &'static abi::crmk_plugin_hook = &hook_of(classify::<P>);
    const CADENCE: &'static abi::crmk_plugin_hook = &hook_of(cadence::<P>);
    const COMPLAINT: &'static abi::crmk_plugin_hook = &hook_of(complaint::<P>);
    const RETENTION: &'static abi::crmk_plugin_hook = &hook_of(retention::<P>);
    const RIGHTS: &'static abi::crmk_plugin_hook = &hook_of(rights::<P>);
    const FIELDS: &'static abi::crmk_plugin_fields = &abi::crmk_plugin_fields {
        size: size_of::<abi::crmk_plugin_fields>() as u32,
        reserved: 0,
        fields: Some(fields::<P>),
    };
    const COMPUTE: &'static abi::crmk_plugin_compute = &abi::crmk_plugin_compute {
        size: size_of::<abi::crmk_plugin_compute>() as u32,
        reserved: 0,
        calculators: Some(calculators::<P>),
        compute: Some(compute::<P>),
    };
    const POLICY: &'static abi::crmk_plugin_policy = &abi::crmk_plugin_policy {
        size: size_of::<abi::crmk_plugin_policy>() as u32,
        reserved: 0,
        text: str_of(match P::DEFAULT_POLICY {
            Some(text) => text,
            None => "",
        }),
    };
}

const fn str_of(text: &str) -> abi::crmk_plugin_str {
    abi::crmk_plugin_str { data: text.as_ptr(), len: text.len() }
}

/// The text of the host's.
///
/// # Safety
/// `from` is a text of the host's that lives during `'a`.
#[inline]
unsafe fn text<'a>(from: abi::crmk_plugin_str) -> Result<&'a str, i32> {
    // SAFETY: by the caller's promise.
    let bytes = unsafe { bytes(from)? };
    if bytes.is_ascii() {
        // SAFETY: ASCII is UTF-8. Codes and numbers are, and so are checked sooner.
        return Ok(unsafe { std::str::from_utf8_unchecked(bytes) });
    }
    std::str::from_utf8(bytes).map_err(|_| abi::CRMK_PLUGIN_E_UTF8)
}

/// The bytes of a text of the host's.
///
/// # Safety
/// As [`text`].
#[inline]
unsafe fn bytes<'a>(from: abi::crmk_plugin_str) -> Result<&'a [u8], i32> {
    if from.len == 0 {
        return Ok(&[]);
    }
    if from.data.is_null() {
        return Err(abi::CRMK_PLUGIN_E_NULL);
    }
    // SAFETY: not NULL, and `len` bytes live during 'a by the caller's promise.
    Ok(unsafe { std::slice::from_raw_parts(from.data, from.len) })
}

/// Copies a struct of the host's, as much as both sides know, into a zeroed one.
///
/// # Safety
/// `T` is a struct of the ABI that begins with its size; `from` is NULL or points to one of the host's, which has as
/// many bytes as it says.
unsafe fn copy<T: Copy>(from: *const T) -> Result<T, i32> {
    if from.is_null() {
        return Err(abi::CRMK_PLUGIN_E_NULL);
    }
    // SAFETY: not NULL; every struct of the ABI begins with its size.
    let size = unsafe { from.cast::<u32>().read() } as usize;
    // SAFETY: the structs of the ABI are integers, raw pointers and function pointers in Option: zeros are valid.
    let mut out: T = unsafe { std::mem::zeroed() };
    // SAFETY: both have at least the number of bytes that is copied, and do not overlap.
    unsafe {
        std::ptr::copy_nonoverlapping(from.cast::<u8>(), (&raw mut out).cast::<u8>(), size.min(size_of::<T>()));
    }
    Ok(out)
}

/// A struct of the host's where it lies, when it has all that this side knows; else what it has, in `room` and behind that
/// zeros.
///
/// # Safety
/// As [`copy`], and the host's struct lives and does not change as long as the room is borrowed.
#[inline]
unsafe fn struct_of<T: Copy>(from: *const T, room: &mut MaybeUninit<T>) -> Result<&T, i32> {
    if !from.is_null() && from.is_aligned() {
        // SAFETY: not NULL and aligned; every struct of the ABI begins with its size.
        let size = unsafe { from.cast::<u32>().read() } as usize;
        if size >= size_of::<T>() {
            // SAFETY: the host's struct has so many bytes, and lives by the caller's promise.
            return Ok(unsafe { &*from });
        }
    }
    // SAFETY: by the caller's promise.
    Ok(room.write(unsafe { copy(from)? }))
}

/// Runs a function of the plugin's, so that no panic crosses the boundary.
fn caught<T>(run: impl FnOnce() -> Result<T, Failure>) -> Result<T, Failure> {
    catch_unwind(AssertUnwindSafe(run))
        .unwrap_or_else(|panic| Err(format!("it panicked: {}", message_of(&*panic)).into()))
}

fn message_of(panic: &(dyn Any + Send)) -> &str {
    match (panic.downcast_ref::<&str>(), panic.downcast_ref::<String>()) {
        (Some(text), _) => text,
        (_, Some(text)) => text,
        _ => "without a text",
    }
}

type Fail = Option<unsafe extern "C" fn(*mut c_void, abi::crmk_plugin_str)>;

/// Gives the host the text of a failure and the caller its code.
///
/// # Safety
/// `fail` and `context` are of one struct of the host's, which is still valid.
unsafe fn code(result: Result<(), Failure>, fail: Fail, context: *mut c_void) -> i32 {
    let Err(failure) = result else { return abi::CRMK_PLUGIN_OK };
    if let Some(fail) = fail {
        // SAFETY: by the caller's promise; the text lives for the call.
        unsafe { fail(context, str_of(&failure.message)) };
    }
    failure.code
}

unsafe extern "C" fn init<P: Plugin>(host: *const abi::crmk_plugin_host, state: *mut *mut c_void) -> i32 {
    // SAFETY: the host gives its struct for the time of the call.
    let Ok(host) = (unsafe { copy(host) }) else { return abi::CRMK_PLUGIN_E_NULL };
    if state.is_null() {
        return abi::CRMK_PLUGIN_E_NULL;
    }
    let result = caught(|| {
        let source = AbiInit(host);
        let settings = source.settings()?;
        let figures = Figures::parse(P::POLICY, settings.iter().map(|(n, v)| (n.as_str(), v.as_str())))?;
        let plugin = P::new(&Init::new(&source, figures))?;
        // SAFETY: not NULL, and the host gives a place to write to.
        unsafe { state.write(Box::into_raw(Box::new(plugin)).cast()) };
        Ok(())
    });
    // SAFETY: both are of the host's struct.
    unsafe { code(result, host.fail, host.context) }
}

unsafe extern "C" fn deinit<P: Plugin>(state: *mut c_void) {
    if state.is_null() {
        return;
    }
    // SAFETY: the host gives back what `init` wrote, once.
    let plugin = unsafe { Box::from_raw(state.cast::<P>()) };
    // A panic while dropping has nobody to be told to; it only must not cross the boundary.
    let _ = catch_unwind(AssertUnwindSafe(|| drop(plugin)));
}

unsafe extern "C" fn get_extension<P: Plugin>(id: abi::crmk_plugin_str) -> *const c_void {
    // SAFETY: the host gives a text that lives for the call.
    let Ok(id) = (unsafe { text(id) }) else { return std::ptr::null() };
    let (hook, table) = match id {
        abi::CRMK_PLUGIN_EXT_VALIDATE => (Hook::Validate, Tables::<P>::VALIDATE),
        abi::CRMK_PLUGIN_EXT_CLASSIFY => (Hook::Classify, Tables::<P>::CLASSIFY),
        abi::CRMK_PLUGIN_EXT_CADENCE => (Hook::Cadence, Tables::<P>::CADENCE),
        abi::CRMK_PLUGIN_EXT_COMPLAINT => (Hook::Complaint, Tables::<P>::COMPLAINT),
        abi::CRMK_PLUGIN_EXT_RIGHTS => (Hook::Rights, Tables::<P>::RIGHTS),
        abi::CRMK_PLUGIN_DRAFT_RETENTION => (Hook::Retention, Tables::<P>::RETENTION),
        abi::CRMK_PLUGIN_EXT_FIELDS if !P::FIELDS.is_empty() => return std::ptr::from_ref(Tables::<P>::FIELDS).cast(),
        abi::CRMK_PLUGIN_EXT_COMPUTE if !P::CALCULATORS.is_empty() => {
            return std::ptr::from_ref(Tables::<P>::COMPUTE).cast();
        }
        abi::CRMK_PLUGIN_EXT_POLICY if P::DEFAULT_POLICY.is_some() => {
            return std::ptr::from_ref(Tables::<P>::POLICY).cast();
        }
        _ => return std::ptr::null(),
    };
    if P::HOOKS.contains(&hook) { std::ptr::from_ref(table).cast() } else { std::ptr::null() }
}

/// Defines the function of a hook: its name, what it answers with, how the trait is asked, how the answers are given.
macro_rules! hook {
    ($name:ident, $out:ty, $give:ident) => {
        unsafe extern "C" fn $name<P: Plugin>(
            state: *mut c_void,
            change: *const abi::crmk_plugin_change,
            sink: *const abi::crmk_plugin_sink,
        ) -> i32 {
            // SAFETY: the host gives the state of `init` and structs that live for the call.
            unsafe {
                let mut room = MaybeUninit::uninit();
                let Ok(sink) = struct_of(sink, &mut room) else { return abi::CRMK_PLUGIN_E_NULL };
                hook(state, change, |plugin: &P, change| {
                    let mut out = <$out>::default();
                    plugin.$name(change, &mut out)?;
                    out.name_sources(P::SOURCES);
                    $give(sink, &out)
                })
            }
        }
    };
}

hook!(validate, Violations, give_violations);
hook!(classify, Decisions, give_decisions);
hook!(cadence, Decisions, give_decisions);
hook!(complaint, Decisions, give_decisions);
hook!(retention, Decisions, give_decisions);
hook!(rights, Masks, give_masks);

/// Runs a hook of a plugin with a change of the host's.
///
/// # Safety
/// `state` is the one that `init` wrote for `P`; `change` is a struct of the host's that lives for the call.
unsafe fn hook<P: Plugin>(
    state: *mut c_void,
    change: *const abi::crmk_plugin_change,
    run: impl FnOnce(&P, &Change<'_>) -> Result<(), Failure>,
) -> i32 {
    let (mut room, mut access_room) = (MaybeUninit::uninit(), MaybeUninit::uninit());
    // SAFETY: by the caller's promise; several threads may share the plugin, which is Sync.
    let (plugin, change) = unsafe { (state.cast::<P>().as_ref(), struct_of(change, &mut room)) };
    let (Some(plugin), Ok(change)) = (plugin, change) else { return abi::CRMK_PLUGIN_E_NULL };
    // SAFETY: the functions of the change live as long as it.
    let Ok(access) = (unsafe { struct_of(change.access, &mut access_room) }) else { return abi::CRMK_PLUGIN_E_NULL };
    let source = AbiCall { change, access };
    let result = caught(|| {
        let seen = source.seen()?;
        run(plugin, &seen)?;
        seen.misread.take().map_or(Ok(()), Err)
    });
    // SAFETY: both are of this call.
    unsafe { code(result, access.fail, change.context) }
}

unsafe extern "C" fn compute<P: Plugin>(
    state: *mut c_void,
    computation: *const abi::crmk_plugin_computation,
    sink: *const abi::crmk_plugin_sink,
) -> i32 {
    // SAFETY: the host gives the state of `init` and structs that live for the call.
    let (plugin, given, sink) = unsafe { (state.cast::<P>().as_ref(), copy(computation), copy(sink)) };
    let (Some(plugin), Ok(given), Ok(sink)) = (plugin, given, sink) else { return abi::CRMK_PLUGIN_E_NULL };
    // SAFETY: the functions of the computation live as long as it.
    let Ok(access) = (unsafe { copy(given.access) }) else { return abi::CRMK_PLUGIN_E_NULL };
    let change = no_change(&given);
    let source = AbiCall { change: &change, access: &access };
    let result = caught(|| {
        // SAFETY: the name and the arguments are the host's and live for the call.
        let (name, arguments) = unsafe { (text(given.name), answers::arguments(&given)?) };
        let calculator = P::CALCULATORS.iter().find(|c| Ok(c.name) == name).ok_or("there is no such calculator")?;
        let call = Change {
            source: &source,
            kernel: Some(&source),
            now: Instant(given.now),
            today: Date::from_days(given.today),
            entity: b"",
            command: b"compute",
            actor: b"",
            misread: RefCell::default(),
        };
        let mut out = Decisions::default();
        plugin.compute(&Computation { call, calculator, arguments }, &mut out)?;
        give_decisions(&sink, &out)
    });
    // SAFETY: both are of this call.
    unsafe { code(result, access.fail, given.context) }
}

/// The change of a computation: none, but its context.
fn no_change(given: &abi::crmk_plugin_computation) -> abi::crmk_plugin_change {
    abi::crmk_plugin_change {
        size: size_of::<abi::crmk_plugin_change>() as u32,
        today: given.today,
        now: given.now,
        entity: str_of(""),
        command: str_of("compute"),
        actor: str_of(""),
        before: std::ptr::null(),
        after: std::ptr::null(),
        customer: std::ptr::null(),
        access: given.access,
        context: given.context,
    }
}

unsafe extern "C" fn fields<P: Plugin>(sink: *const abi::crmk_plugin_sink) -> i32 {
    // SAFETY: the host gives its struct for the time of the call.
    let Ok(sink) = (unsafe { copy(sink) }) else { return abi::CRMK_PLUGIN_E_NULL };
    let Some(give) = sink.field else { return abi::CRMK_PLUGIN_E_HOST };
    for field in P::FIELDS {
        let (r#type, min, max, target) = match field.kind {
            FieldKind::Text(len_max) => (abi::CRMK_PLUGIN_TYPE_TEXT, 0, i64::from(len_max), ""),
            FieldKind::Int(min, max) => (abi::CRMK_PLUGIN_TYPE_INT, min, max, ""),
            FieldKind::Bool => (abi::CRMK_PLUGIN_TYPE_BOOL, 0, 0, ""),
            FieldKind::Date => (abi::CRMK_PLUGIN_TYPE_DATE, 0, 0, ""),
            FieldKind::Instant => (abi::CRMK_PLUGIN_TYPE_INSTANT, 0, 0, ""),
            FieldKind::Money => (abi::CRMK_PLUGIN_TYPE_MONEY, 0, 0, ""),
            FieldKind::Ref(entity) => (abi::CRMK_PLUGIN_TYPE_REF, 0, 0, entity),
        };
        let declared = abi::crmk_plugin_field {
            size: size_of::<abi::crmk_plugin_field>() as u32,
            r#type,
            flags: field.flags,
            reserved: 0,
            entity: str_of(field.entity),
            name: str_of(field.name),
            label: str_of(field.label),
            label_zh: str_of(field.label_zh),
            min,
            max,
            target: str_of(target),
        };
        // SAFETY: the context belongs to the function; the struct and its texts live for the call.
        let code = unsafe { give(sink.context, &raw const declared) };
        if code < 0 {
            return code;
        }
    }
    abi::CRMK_PLUGIN_OK
}

unsafe extern "C" fn calculators<P: Plugin>(sink: *const abi::crmk_plugin_sink) -> i32 {
    // SAFETY: the host gives its struct for the time of the call.
    let Ok(sink) = (unsafe { copy(sink) }) else { return abi::CRMK_PLUGIN_E_NULL };
    let Some(give) = sink.calculator else { return abi::CRMK_PLUGIN_E_HOST };
    for calculator in P::CALCULATORS {
        let parameters: Vec<abi::crmk_plugin_parameter> = calculator
            .parameters
            .iter()
            .map(|p| abi::crmk_plugin_parameter {
                name: str_of(p.name),
                label: str_of(p.label),
                label_zh: str_of(p.label_zh),
                r#type: p.kind as i32,
                flags: p.flags,
            })
            .collect();
        let declared = abi::crmk_plugin_calculator {
            size: size_of::<abi::crmk_plugin_calculator>() as u32,
            reserved: 0,
            name: str_of(calculator.name),
            label: str_of(calculator.label),
            label_zh: str_of(calculator.label_zh),
            parameters: parameters.as_ptr(),
            parameter_count: parameters.len(),
        };
        // SAFETY: the context belongs to the function; the struct, its texts and parameters live for the call.
        let code = unsafe { give(sink.context, &raw const declared) };
        if code < 0 {
            return code;
        }
    }
    abi::CRMK_PLUGIN_OK
}

#[cfg(test)]
mod tests {
    use std::ptr::{null, null_mut};

    use super::*;

    struct Bare;

    impl Plugin for Bare {
        const ID: &'static str = "test.bare";
        const VERSION: &'static str = "1.0.0";
        const HOOKS: &'static [Hook] = &[Hook::Validate];

        fn new(_: &Init<'_>) -> Result<Self, String> {
            Ok(Self)
        }
    }

    /// A host of which only the size and what comes before it are known, as an older one would be.
    fn host(size: u32) -> abi::crmk_plugin_host {
        unsafe extern "C" fn no_settings(
            _: *mut c_void,
            _: u32,
            _: *mut abi::crmk_plugin_str,
            _: *mut abi::crmk_plugin_str,
        ) -> i32 {
            abi::CRMK_PLUGIN_ABSENT
        }
        abi::crmk_plugin_host {
            size,
            reserved: 0,
            context: null_mut(),
            field_id: None,
            enum_number: None,
            setting: None,
            setting_at: Some(no_settings),
            fail: None,
            get_extension: None,
        }
    }

    #[test]
    fn null_is_an_error_and_never_followed() {
        let mut state = null_mut();
        // SAFETY: every pointer is NULL or valid, which is what is tested.
        unsafe {
            assert_eq!(init::<Bare>(null(), &raw mut state), abi::CRMK_PLUGIN_E_NULL);
            let host = host(size_of::<abi::crmk_plugin_host>() as u32);
            assert_eq!(init::<Bare>(&raw const host, null_mut()), abi::CRMK_PLUGIN_E_NULL);
            assert_eq!(validate::<Bare>(null_mut(), null(), null()), abi::CRMK_PLUGIN_E_NULL);
            assert_eq!(complaint::<Bare>(null_mut(), null(), null()), abi::CRMK_PLUGIN_E_NULL);
            assert_eq!(compute::<Bare>(null_mut(), null(), null()), abi::CRMK_PLUGIN_E_NULL);
            assert_eq!(fields::<Bare>(null()), abi::CRMK_PLUGIN_E_NULL);
            assert_eq!(calculators::<Bare>(null()), abi::CRMK_PLUGIN_E_NULL);
            deinit::<Bare>(null_mut());
            assert!(!get_extension::<Bare>(str_of(abi::CRMK_PLUGIN_EXT_VALIDATE)).is_null());
            assert!(get_extension::<Bare>(str_of(abi::CRMK_PLUGIN_EXT_CADENCE)).is_null(), "it is not among HOOKS");
            assert!(get_extension::<Bare>(str_of(abi::CRMK_PLUGIN_EXT_COMPUTE)).is_null(), "it has no calculators");
            assert!(get_extension::<Bare>(str_of("crmkernel.later/1")).is_null());
            assert!(get_extension::<Bare>(abi::crmk_plugin_str { data: null(), len: 3 }).is_null());
        }
    }

    #[test]
    fn a_host_that_lacks_a_function_gets_an_error_and_a_whole_one_a_state() {
        let mut state = null_mut();
        // SAFETY: the structs have the sizes that they say, and the state is given back once.
        unsafe {
            let (short, whole) = (host(16), host(size_of::<abi::crmk_plugin_host>() as u32));
            assert_eq!(init::<Bare>(&raw const short, &raw mut state), abi::CRMK_PLUGIN_E_FAILED);
            assert_eq!(init::<Bare>(&raw const whole, &raw mut state), abi::CRMK_PLUGIN_OK);
            assert!(!state.is_null());
            deinit::<Bare>(state);
        }
    }

    #[test]
    fn the_table_says_what_the_plugin_is() {
        // SAFETY: the table lives for ever.
        let table = unsafe { &*table::<Bare>() };
        assert_eq!((table.magic, table.abi_major), (abi::CRMK_PLUGIN_MAGIC, abi::CRMK_PLUGIN_ABI_MAJOR));
        assert_eq!(table.size as usize, size_of::<abi::crmk_plugin>());
        // SAFETY: the texts live for ever.
        assert_eq!(unsafe { (text(table.id), text(table.version)) }, (Ok("test.bare"), Ok("1.0.0")));
    }
}
