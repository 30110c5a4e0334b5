//! Plugins: loading one from a shared library, and which there are.

use std::path::PathBuf;

use crm_core::domain::Command;
use crm_core::{Error, ErrorKind, PluginOptions, Result, Session};

use crate::error::CRMK_OK;
use crate::guard::{self, SizeHeaded};
use crate::session::{SessionState, crmk_session};
use crate::text::crmk_text;

/// A setting of a plugin: a figure that takes the place of the plugin's own.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct crmk_setting {
    /// The dotted name, such as complaint.roll.
    pub name: crmk_text,
    /// The value.
    pub value: crmk_text,
}

/// What a plugin is loaded with.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct crmk_plugin_options {
    /// Set to sizeof(crmk_plugin_options) by the caller.
    pub size: u32,
    /// How many paths are allowed.
    pub allowed_count: u32,
    /// The paths that may be loaded: absolute, each of a library or of the folder that it lies in.
    pub allowed: *const crmk_text,
    /// The settings.
    pub settings: *const crmk_setting,
    /// How many settings there are.
    pub setting_count: u32,
    /// CRMK_PLUGIN_LOAD_ flags, added up.
    pub flags: u32,
}

/// Use the plugin's draft extensions, which may change with any version.
pub const CRMK_PLUGIN_LOAD_DRAFTS: u32 = 1;
/// Load it although everybody may write the library, its manifest or their folder.
pub const CRMK_PLUGIN_LOAD_WRITABLE: u32 = 2;

// SAFETY: repr(C), begins with a u32, valid for zeros and for any bytes.
unsafe impl SizeHeaded for crmk_plugin_options {
    const NAME: &'static str = "crmk_plugin_options";
}

/// What the caller gives to load a plugin with, taken over.
#[cfg_attr(not(feature = "plugin"), expect(dead_code, reason = "only the loader of plugins reads it"))]
struct Wanted {
    path: PathBuf,
    options: PluginOptions,
}

/// Loads a plugin for the database of a session; its rules come behind those that are there. [one-thread]
///
/// The manifest beside the library, `<library>.toml`, is read and the library's SHA-256 checked before any of its code
/// runs. When the database trusts keys, the manifest must be signed by one of them. The custom fields that the plugin
/// needs are declared, and the database keeps that it needs the plugin. The library stays in the process until it ends.
/// NULL: none allowed.
/// Errors: FORBIDDEN below the level manage, before anything of the library is read; PLUGIN_UNKNOWN, PLUGIN_MANIFEST, PLUGIN_SIGNATURE, PLUGIN_ABI, PLUGIN_HASH, PLUGIN_NOT_ALLOWED (also when
/// everybody may write it), PLUGIN_FIELD, PLUGIN_FAILED, PLUGIN_OLDER when the database has seen a newer version;
/// REJECTED with what is wrong with its policy; DUPLICATE when a plugin of the same id or calculator is there; IO; UNSUPPORTED for unknown options, or in a library that was
/// built without plugins; INVALID_UTF8; MISUSE once the database is closed; FORKED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmk_plugin_load(
    session: *mut crmk_session,
    path: crmk_text,
    options: *const crmk_plugin_options,
) -> i32 {
    guard::with::<SessionState>(session, |s| {
        // SAFETY: the caller gives crmk_plugin_options with its size, and arrays and texts that live for the call.
        let wanted = unsafe { wanted(path, &guard::read_struct(options)?)? };
        let (_inside, session) = s.shared.go_in()?;
        load(session, &wanted)?;
        Ok(CRMK_OK)
    })
}

/// # Safety
/// The arrays and texts of the options can be read.
unsafe fn wanted(path: crmk_text, options: &crmk_plugin_options) -> Result<Wanted> {
    // SAFETY: passed on to the caller, here and below.
    let allowed = unsafe { guard::items(options.allowed, options.allowed_count as usize, "allowed")? };
    // SAFETY: as above.
    let settings = unsafe { guard::items(options.settings, options.setting_count as usize, "settings")? };
    let owned = |text: crmk_text, name: &str| {
        // SAFETY: as above.
        unsafe { guard::text(text, name) }.map(str::to_owned)
    };
    if options.flags & !(CRMK_PLUGIN_LOAD_DRAFTS | CRMK_PLUGIN_LOAD_WRITABLE) != 0 {
        return Err(Error::new(ErrorKind::Unsupported, format!("the flags {} are not known", options.flags)));
    }
    let given = PluginOptions {
        drafts: options.flags & CRMK_PLUGIN_LOAD_DRAFTS != 0,
        allow_writable: options.flags & CRMK_PLUGIN_LOAD_WRITABLE != 0,
        allowed: allowed.iter().map(|text| owned(*text, "allowed path").map(PathBuf::from)).collect::<Result<_>>()?,
        settings: settings
            .iter()
            .map(|s| Ok((owned(s.name, "name of a setting")?, owned(s.value, "value of a setting")?)))
            .collect::<Result<_>>()?,
    };
    Ok(Wanted { path: owned(path, "path")?.into(), options: given })
}

#[cfg(feature = "plugin")]
fn load(session: &Session, wanted: &Wanted) -> Result<()> {
    session.load_plugin(&wanted.path, &wanted.options)
}

#[cfg(not(feature = "plugin"))]
fn load(_session: &Session, _wanted: &Wanted) -> Result<()> {
    Err(Error::new(ErrorKind::Unsupported, "this library was built without plugins"))
}

/// How many plugins the database of a session has. [one-thread]
///
/// NULL: none allowed. Errors: none of its own.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmk_plugin_count(session: *mut crmk_session, count: *mut u32) -> i32 {
    guard::with::<SessionState>(session, |s| {
        let out = guard::out(count, "count")?;
        out.put(guard::count(s.shared.db.crm.plugins().len()));
        Ok(CRMK_OK)
    })
}

/// A plugin of a database.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct crmk_plugin_status {
    /// Set to sizeof(crmk_plugin_status) by the caller.
    pub size: u32,
    /// 1 when it failed repeatedly: every change that would call it is refused.
    pub quarantined: i32,
    /// How many of its calls failed.
    pub failures: u64,
    /// The id.
    pub id: crmk_text,
    /// The version.
    pub version: crmk_text,
    /// How many calls took longer than a tenth of a second.
    pub slow: u64,
    /// The longest call. Unit: microseconds.
    pub slowest_us: i64,
}

// SAFETY: repr(C), begins with a u32, valid for zeros and for any bytes.
unsafe impl SizeHeaded for crmk_plugin_status {
    const NAME: &'static str = "crmk_plugin_status";
}

/// A plugin of the database, in the order in which they are asked. [one-thread]
///
/// Bounds: index from 0 to crmk_plugin_count. The texts live until the next crmk_plugin_at on the session.
/// NULL: none allowed. Errors: INVALID_ARGUMENT for an index past the end.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmk_plugin_at(
    session: *mut crmk_session,
    index: u32,
    plugin: *mut crmk_plugin_status,
) -> i32 {
    guard::with::<SessionState>(session, |s| {
        // SAFETY: the caller gives a crmk_plugin_status with its size.
        let out = unsafe { guard::out_struct(plugin)? };
        s.plugins = s.shared.db.crm.plugins();
        let found = guard::item(&s.plugins, index, "plugin")?;
        out.put(crmk_plugin_status {
            size: 0,
            quarantined: i32::from(found.quarantined),
            failures: found.failures,
            id: crmk_text::view(&found.id),
            version: crmk_text::view(&found.version),
            slow: found.slow,
            slowest_us: found.slowest_us,
        });
        Ok(CRMK_OK)
    })
}

/// Ends the quarantine of a plugin. [one-thread]
///
/// NULL: none allowed. Errors: FORBIDDEN below the level manage; PLUGIN_UNKNOWN; INVALID_UTF8; INVALID_ARGUMENT for a text
/// that is too long; MISUSE once the database is closed; FORKED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmk_plugin_enable(session: *mut crmk_session, id: crmk_text) -> i32 {
    guard::with::<SessionState>(session, |s| {
        // SAFETY: the caller's text lives for the call.
        let id = unsafe { guard::text(id, "id")? };
        s.shared.go_in()?.1.enable_plugin(id)?;
        Ok(CRMK_OK)
    })
}

/// Forgets a plugin that the database needs: its absence is missed no longer, its prefixes are free, its fields and their
/// values stay. The journal keeps it. [one-thread]
///
/// NULL: none allowed. Errors: PLUGIN_UNKNOWN when the database does not need it, INVALID_ARGUMENT while it is loaded,
/// FORBIDDEN, INVALID_UTF8; MISUSE once the database is closed; FORKED; those of a commit.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmk_plugin_forget(session: *mut crmk_session, id: crmk_text) -> i32 {
    guard::with::<SessionState>(session, |s| {
        // SAFETY: the caller's text lives for the call.
        let id = unsafe { guard::text(id, "id")? };
        s.shared.go_in()?.1.apply(Command::ForgetPlugin(id.to_owned()))?;
        Ok(CRMK_OK)
    })
}

/// Trusts a public key of minisign: from then on plugins must be signed by a key that the database trusts. [one-thread]
///
/// NULL: none allowed. Errors: INVALID_ARGUMENT when it is no such key, DUPLICATE, FORBIDDEN, INVALID_UTF8; MISUSE once
/// the database is closed; FORKED; those of a commit.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmk_plugin_trust(session: *mut crmk_session, key: crmk_text) -> i32 {
    guard::with::<SessionState>(session, |s| {
        // SAFETY: the caller's text lives for the call.
        let key = unsafe { guard::text(key, "key")? };
        s.shared.go_in()?.1.apply(Command::TrustKey(key.to_owned()))?;
        Ok(CRMK_OK)
    })
}

/// Trusts a key no longer. Plugins that are loaded stay. [one-thread]
///
/// NULL: none allowed. Errors: NOT_FOUND when it is not trusted, FORBIDDEN, INVALID_UTF8; MISUSE once the database is
/// closed; FORKED; those of a commit.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmk_plugin_distrust(session: *mut crmk_session, key: crmk_text) -> i32 {
    guard::with::<SessionState>(session, |s| {
        // SAFETY: the caller's text lives for the call.
        let key = unsafe { guard::text(key, "key")? };
        s.shared.go_in()?.1.apply(Command::DistrustKey(key.to_owned()))?;
        Ok(CRMK_OK)
    })
}

/// Finds the public keys of minisign that the database trusts; with none, plugins need not be signed. [one-thread]
///
/// They are seen with crmk_plugin_key_at. NULL: none allowed. Errors: CORRUPT, IO, MISUSE once the database is closed,
/// FORKED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmk_plugin_keys(session: *mut crmk_session, count: *mut u32) -> i32 {
    guard::with::<SessionState>(session, |s| {
        let out = guard::out(count, "count")?;
        let found = s.shared.database()?.1.plugin_keys()?;
        s.keys = found;
        out.put(guard::count(s.keys.len()));
        Ok(CRMK_OK)
    })
}

/// A key that the last crmk_plugin_keys found, as crmk_plugin_trust took it. [one-thread]
///
/// Bounds: index from 0 to its count. The text lives until the next crmk_plugin_keys on the session or until
/// crmk_session_free; nothing is to be freed. NULL: none allowed. Errors: INVALID_ARGUMENT for an index past the end.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmk_plugin_key_at(session: *mut crmk_session, index: u32, key: *mut crmk_text) -> i32 {
    guard::with::<SessionState>(session, |s| {
        let out = guard::out(key, "key")?;
        out.put(crmk_text::view(guard::item(&s.keys, index, "key")?));
        Ok(CRMK_OK)
    })
}

/// A line that a plugin left for the administrator.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct crmk_log_line {
    /// Set to sizeof(crmk_log_line) by the caller.
    pub size: u32,
    /// 1 when somebody should look at it.
    pub is_warning: i32,
    /// The id of the plugin.
    pub plugin: crmk_text,
    /// The text.
    pub message: crmk_text,
}

// SAFETY: repr(C), begins with a u32, valid for zeros and for any bytes.
unsafe impl SizeHeaded for crmk_log_line {
    const NAME: &'static str = "crmk_log_line";
}

/// Takes the lines that the plugins of the database left since this was asked last, by plugin. [one-thread]
///
/// They are seen with crmk_plugin_log_at and told to no other session. Bounds: of each plugin the newest thousand.
/// NULL: none allowed, and no line is taken then. Errors: FORBIDDEN below the level manage; MISUSE once the database is closed, FORKED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmk_plugin_log(session: *mut crmk_session, count: *mut u32) -> i32 {
    guard::with::<SessionState>(session, |s| {
        let out = guard::out(count, "count")?;
        let taken = s.shared.go_in()?.1.take_plugin_log()?;
        s.log = taken;
        out.put(guard::count(s.log.len()));
        Ok(CRMK_OK)
    })
}

/// A line that the last crmk_plugin_log took. [one-thread]
///
/// Bounds: index from 0 to its count. The texts live until the next crmk_plugin_log on the session or until
/// crmk_session_free; nothing is to be freed. NULL: none allowed. Errors: INVALID_ARGUMENT for an index past the end.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmk_plugin_log_at(session: *mut crmk_session, index: u32, line: *mut crmk_log_line) -> i32 {
    guard::with::<SessionState>(session, |s| {
        // SAFETY: the caller gives a crmk_log_line with its size.
        let out = unsafe { guard::out_struct(line)? };
        let (plugin, found) = guard::item(&s.log, index, "line")?;
        out.put(crmk_log_line {
            size: 0,
            is_warning: i32::from(found.warning),
            plugin: crmk_text::view(plugin),
            message: crmk_text::view(&found.message),
        });
        Ok(CRMK_OK)
    })
}
