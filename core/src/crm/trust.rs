//! The keys that a database trusts to sign plugins, changed by commands that the journal keeps.

use crate::domain::{Decision, Operation};
use crate::error::{Error, ErrorKind, Result};
use crate::plugin::signature;
use crate::port::Stage;
use crate::record::journal::{Fact, NewEntry};
use crate::record::meta::{self, Head};

use super::check;
use super::write::{self, Outcome, Setting};

/// The greatest number of keys.
const KEYS_MAX: usize = 64;

/// Adds a key or takes one away.
///
/// # Errors
/// `Forbidden`; `InvalidArgument` when it is no public key of minisign or there are too many; `Duplicate` when it is
/// trusted already; `NotFound` when it is not trusted.
pub(crate) fn change(txn: &mut Stage<'_>, setting: &Setting<'_>, key: &str, trust: bool) -> Result<Outcome> {
    let operation = if trust { Operation::TrustKey } else { Operation::DistrustKey };
    check::permitted(setting.actor, operation)?;
    let command = operation.name();
    let mut keys = meta::plugin_keys(txn)?;
    let at = keys.iter().position(|k| k == key);
    match (trust, at) {
        (true, Some(_)) => return Err(Error::new(ErrorKind::Duplicate, "the key is trusted already")),
        (false, None) => return Err(Error::new(ErrorKind::NotFound, "the key is not one that is trusted")),
        (false, Some(at)) => drop(keys.remove(at)),
        (true, None) if keys.len() == KEYS_MAX => {
            return Err(Error::new(ErrorKind::InvalidArgument, format!("a database trusts at most {KEYS_MAX} keys")));
        }
        (true, None) => {
            signature::check_key(key)?;
            keys.push(key.to_owned());
        }
    }
    let head = Head::read(txn)?;
    let decisions = vec![decision(setting, key, trust)];
    let facts = [Fact { key: meta::KEY_PLUGIN_KEYS.to_vec(), value: keys.join("\n").into_bytes() }];
    let entry = NewEntry { decisions: &decisions, facts: &facts, ..write::entry(setting, &head, command) };
    write::append(txn, &head, &entry);
    Ok(Outcome { changed: true, sequence: head.sequence + 1, decisions, ..write::nothing_written() })
}

fn decision(setting: &Setting<'_>, key: &str, trust: bool) -> Decision {
    let (reason, reason_zh) = match trust {
        true => ("plugins that this key signed may be loaded", "信任此密钥签名的插件"),
        false => ("the key is not trusted any more", "不再信任此密钥"),
    };
    Decision {
        subject: "plugin_key".into(),
        value: key.to_owned(),
        rule: "".into(),
        source: "".into(),
        inputs: Vec::new(),
        reason: reason.to_owned(),
        reason_zh: reason_zh.to_owned(),
        policy_version: setting.policy.version.clone(),
        plugin: String::new(),
    }
}
