//! The only unsafe code of a plugin in Rust: the functions of the C ABI, in terms of the trait.

mod source;

use std::any::Any;
use std::ffi::c_void;
use std::marker::PhantomData;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crm_plugin_abi as abi;

use self::source::{AbiCall, AbiInit};
use crate::Plugin;
use crate::answer::{Deadline, Failure, Violation, Violations};
use crate::change::Change;
use crate::figures::Figures;
use crate::init::Init;

/// The table of a plugin, which lives as long as its library.
pub fn table<P: Plugin>() -> *const abi::crmk_plugin {
    Tables::<P>::PLUGIN
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
    const VALIDATE: &'static abi::crmk_plugin_validate = &abi::crmk_plugin_validate {
        size: size_of::<abi::crmk_plugin_validate>() as u32,
        reserved: 0,
        validate: Some(validate::<P>),
    };
    const COMPLAINT: &'static abi::crmk_plugin_complaint = &abi::crmk_plugin_complaint {
        size: size_of::<abi::crmk_plugin_complaint>() as u32,
        reserved: 0,
        complaint: Some(complaint::<P>),
    };
}

const fn str_of(text: &str) -> abi::crmk_plugin_str {
    abi::crmk_plugin_str { data: text.as_ptr(), len: text.len() }
}

/// The text of the host's.
///
/// # Safety
/// `from` is a text of the host's that lives during `'a`.
unsafe fn text<'a>(from: abi::crmk_plugin_str) -> Result<&'a str, i32> {
    if from.len == 0 {
        return Ok("");
    }
    if from.data.is_null() {
        return Err(abi::CRMK_PLUGIN_E_NULL);
    }
    // SAFETY: not NULL, and `len` bytes live during 'a by the caller's promise.
    let bytes = unsafe { std::slice::from_raw_parts(from.data, from.len) };
    std::str::from_utf8(bytes).map_err(|_| abi::CRMK_PLUGIN_E_UTF8)
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

unsafe extern "C" fn get_extension<P: Plugin>(_: *mut c_void, id: abi::crmk_plugin_str) -> *const c_void {
    // SAFETY: the host gives a text that lives for the call.
    match unsafe { text(id) } {
        Ok(abi::CRMK_PLUGIN_EXT_VALIDATE) => std::ptr::from_ref(Tables::<P>::VALIDATE).cast(),
        Ok(abi::CRMK_PLUGIN_EXT_COMPLAINT) => std::ptr::from_ref(Tables::<P>::COMPLAINT).cast(),
        _ => std::ptr::null(),
    }
}

unsafe extern "C" fn validate<P: Plugin>(
    state: *mut c_void,
    change: *const abi::crmk_plugin_change,
    sink: *const abi::crmk_plugin_validate_sink,
) -> i32 {
    // SAFETY: the host gives the state of `init` and structs that live for the call.
    unsafe {
        let Ok(sink) = copy(sink) else { return abi::CRMK_PLUGIN_E_NULL };
        hook(state, change, |plugin: &P, change| {
            let mut out = Violations::default();
            plugin.validate(change, &mut out)?;
            out.0.iter().try_for_each(|v| give_violation(&sink, v))
        })
    }
}

unsafe extern "C" fn complaint<P: Plugin>(
    state: *mut c_void,
    change: *const abi::crmk_plugin_change,
    sink: *const abi::crmk_plugin_complaint_sink,
) -> i32 {
    // SAFETY: the host gives the state of `init` and structs that live for the call.
    unsafe {
        let Ok(sink) = copy(sink) else { return abi::CRMK_PLUGIN_E_NULL };
        hook(state, change, |plugin: &P, change| match plugin.complaint(change)? {
            Some(deadline) => give_deadline(&sink, &deadline),
            None => Ok(()),
        })
    }
}

/// Runs a hook of a plugin with a change of the host's.
///
/// # Safety
/// `state` is the one that `init` wrote for `P`; `change` is a struct of the host's that lives for the call.
unsafe fn hook<P: Plugin>(
    state: *mut c_void,
    change: *const abi::crmk_plugin_change,
    run: impl FnOnce(&P, &Change<'_>) -> Result<(), Failure>,
) -> i32 {
    // SAFETY: by the caller's promise; several threads may share the plugin, which is Sync.
    let (plugin, change) = unsafe { (state.cast::<P>().as_ref(), copy(change)) };
    let (Some(plugin), Ok(change)) = (plugin, change) else { return abi::CRMK_PLUGIN_E_NULL };
    // SAFETY: the functions of the change live as long as it.
    let Ok(access) = (unsafe { copy(change.access) }) else { return abi::CRMK_PLUGIN_E_NULL };
    let source = AbiCall { change, access };
    let result = caught(|| {
        let seen = source.seen()?;
        run(plugin, &seen)?;
        seen.misread.take().map_or(Ok(()), Err)
    });
    // SAFETY: both are of this call.
    unsafe { code(result, access.fail, change.context) }
}

fn give_violation(sink: &abi::crmk_plugin_validate_sink, from: &Violation) -> Result<(), Failure> {
    let violation = abi::crmk_plugin_violation {
        size: size_of::<abi::crmk_plugin_violation>() as u32,
        reserved: 0,
        field: str_of(&from.field),
        code: str_of(&from.code),
        message: str_of(&from.message),
        message_zh: str_of(&from.message_zh),
        rule: str_of(&from.rule),
    };
    let give = sink.violation.ok_or("the host takes no violations")?;
    // SAFETY: the sink's context belongs to its function; the struct and its texts live for the call.
    taken("a violation", unsafe { give(sink.context, &raw const violation) })
}

fn give_deadline(sink: &abi::crmk_plugin_complaint_sink, from: &Deadline) -> Result<(), Failure> {
    let inputs: Vec<abi::crmk_plugin_input> = from
        .inputs
        .iter()
        .map(|(name, value)| abi::crmk_plugin_input { name: str_of(name), value: str_of(value) })
        .collect();
    let deadline = abi::crmk_plugin_deadline {
        size: size_of::<abi::crmk_plugin_deadline>() as u32,
        date: from.date.days(),
        rule: str_of(&from.rule),
        source: str_of(&from.source),
        reason: str_of(&from.reason),
        reason_zh: str_of(&from.reason_zh),
        inputs: inputs.as_ptr(),
        input_count: inputs.len(),
    };
    let give = sink.deadline.ok_or("the host takes no deadline")?;
    // SAFETY: the sink's context belongs to its function; the struct, its texts and inputs live for the call.
    taken("a deadline", unsafe { give(sink.context, &raw const deadline) })
}

fn taken(what: &str, code: i32) -> Result<(), Failure> {
    if code < 0 {
        Err(Failure { code, message: format!("the host does not take {what} (code {code})") })
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::ptr::{null, null_mut};

    use super::*;

    struct Bare;

    impl Plugin for Bare {
        const ID: &'static str = "test.bare";
        const VERSION: &'static str = "1.0.0";

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
            deinit::<Bare>(null_mut());
            assert!(get_extension::<Bare>(null_mut(), str_of("crmkernel.later/1")).is_null());
            assert!(get_extension::<Bare>(null_mut(), abi::crmk_plugin_str { data: null(), len: 3 }).is_null());
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
