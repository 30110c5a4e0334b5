"""The files of a new plugin: one custom field, one rule, one case, and how to build and check it."""

from __future__ import annotations

import json

_CASES = {
    "cases": [
        {
            "name": "a lost customer needs a reason of the industry",
            "rules": ["{industry}-1"],
            "hook": "validate",
            "entity": "customer",
            "after": {"name": "A", "status": "lost"},
            "expect": {"violations": ["{industry}.loss required"]},
        },
        {
            "name": "with the reason the customer may be lost",
            "rules": ["{industry}-1"],
            "hook": "validate",
            "entity": "customer",
            "after": {"name": "A", "status": "lost", "{industry}.loss": "price"},
            "expect": {},
        },
    ]
}


def _fill(text: str, name: str, industry: str, sdk: str = "") -> str:
    camel = "".join(part.capitalize() for part in name.split("_"))
    for word, value in (("{name}", name), ("{industry}", industry), ("{Name}", camel), ("{sdk}", sdk)):
        text = text.replace(word, value)
    return text


def _cases() -> str:
    return json.dumps(_CASES, ensure_ascii=False, indent=2) + "\n"


def in_rust(name: str, industry: str, sdk: str) -> dict[str, str]:
    """The files of a plugin in Rust, by their paths."""
    files = {
        "Cargo.toml": _CARGO,
        "src/lib.rs": _LIB,
        "policy.toml": "",
        "plugin.toml": _PLUGIN,
        "cases/rules.json": _cases(),
        "README.md": _README_RUST,
    }
    return {path: _fill(text, name, industry, sdk) for path, text in files.items()}


def in_c(name: str, industry: str) -> dict[str, str]:
    """The files of a plugin in C, by their paths; the header comes beside them."""
    files = {"{name}.c": _C, "Makefile": _MAKEFILE, "cases/rules.json": _cases(), "README.md": _README_C}
    return {_fill(path, name, industry): _fill(text, name, industry) for path, text in files.items()}


_CARGO = """[package]
name = "{name}"
version = "0.1.0"
edition = "2024"

[lib]
crate-type = ["cdylib"]

[dependencies]
crm-plugin-sdk = { path = "{sdk}" }

[workspace]
"""

_PLUGIN = """# What the manifest says; `crmkernel plugin manifest` adds ABI, platform and SHA-256.
id = "{industry}.{name}"
version = "0.1.0"
# The sensitive fields that the plugin may see, such as "customer.phone".
capabilities = []
"""

_LIB = """//! The rules of {industry}: a lost customer needs a reason.

#![forbid(unsafe_code)]

use crm_plugin_sdk::{
    Change, Choice, CustomField, Failure, Field, FieldKind, Hook, Init, Plugin, Text, Violation, Violations,
    export_plugin,
};

struct {Name} {
    lost: Choice,
    loss: Field<Text>,
}

impl Plugin for {Name} {
    const ID: &'static str = "{industry}.{name}";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    const HOOKS: &'static [Hook] = &[Hook::Validate];
    const SOURCES: &'static [(&'static str, &'static str)] = &[("{industry}-1", "the regulation and its article")];
    const FIELDS: &'static [CustomField] =
        &[CustomField::new("customer", "{industry}.loss", FieldKind::Text(200), "Reason of the loss", "流失原因")];
    const POLICY: &'static str = include_str!("../policy.toml");

    fn new(init: &Init<'_>) -> Result<Self, String> {
        Ok(Self {
            lost: init.choice("customer", "status", "lost")?,
            loss: init.field("customer", "{industry}.loss")?,
        })
    }

    fn validate(&self, change: &Change<'_>, out: &mut Violations) -> Result<(), Failure> {
        let customer = change.after();
        if change.entity() == "customer" && customer.is(self.lost) && customer.get(self.loss).is_none() {
            let message = "{industry}.loss is absent, a lost customer needs one";
            out.push(Violation::new("{industry}.loss", "required", message, "缺少流失原因", "{industry}-1"));
        }
        Ok(())
    }
}

export_plugin!({Name});

#[cfg(test)]
mod tests {
    use super::*;
    use crm_plugin_sdk::testing::{self, Host, Record};

    #[test]
    fn a_lost_customer_needs_a_reason() {
        let host = Host::new("2026-09-16".parse().unwrap());
        let plugin = host.start::<{Name}>().unwrap();
        let customer = Record::new().choice("status", "lost");
        assert_eq!(plugin.validate(&testing::Change::add("customer", &customer)).unwrap()[0].code, "required");
        let customer = customer.text("{industry}.loss", "price");
        assert_eq!(plugin.validate(&testing::Change::add("customer", &customer)).unwrap(), []);
    }
}
"""

_README_RUST = """# {name}

Rules of {industry} for crmkernel.

```
cargo test
cargo build --release
crmkernel plugin manifest target/release/lib{name}.so plugin.toml
crmkernel plugin check target/release/lib{name}.so --cases cases
```
"""

_README_C = """# {name}

Rules of {industry} for crmkernel, from nothing but its header. `make` builds the library and its manifest, `make check`
tries it.
"""

_MAKEFILE = """LIB = lib{name}.so
CFLAGS ?= -O2 -Wall -Wextra -pedantic

all: $(LIB) $(LIB).toml

$(LIB): {name}.c crmkernel_plugin.h
\t$(CC) -std=c99 $(CFLAGS) -shared -fPIC -fvisibility=hidden -o $@ {name}.c

$(LIB).toml: $(LIB)
\t( echo 'id = "{industry}.{name}"'; echo 'version = "0.1.0"'; \\
\techo "platform = \\"$$(uname -s | tr A-Z a-z)-$$(uname -m)\\""; \\
\techo "sha256 = \\"$$(sha256sum $(LIB) | cut -d' ' -f1)\\""; \\
\techo 'capabilities = []'; echo 'entities = ["customer"]'; echo; \\
\techo '[abi]'; echo 'major = 1'; echo 'minor = 2' ) > $@

check: all
\tcrmkernel plugin check ./$(LIB) --cases cases
"""

_C = """/* The rules of {industry}: a lost customer needs a reason. */
#include "crmkernel_plugin.h"

#include <string.h>

static uint32_t status_field, loss_field;
static uint16_t lost;

static crmk_plugin_str text(const char *literal) {
  crmk_plugin_str out;
  out.data = (const uint8_t *)literal;
  out.len = strlen(literal);
  return out;
}

static int is(crmk_plugin_str found, const char *literal) {
  return found.len == strlen(literal) && memcmp(found.data, literal, found.len) == 0;
}

static int32_t fields(const crmk_plugin_sink *sink) {
  crmk_plugin_field field;
  memset(&field, 0, sizeof field);
  field.size = sizeof field;
  field.type = CRMK_PLUGIN_TYPE_TEXT;
  field.entity = text("customer");
  field.name = text("{industry}.loss");
  field.label = text("Reason of the loss");
  field.label_zh = text("流失原因");
  field.max = 200;
  return sink->field(sink->context, &field);
}

static int32_t validate(void *state, const crmk_plugin_change *change, const crmk_plugin_sink *sink) {
  crmk_plugin_violation violation;
  crmk_plugin_str loss;
  uint16_t status = 0;
  int32_t code;
  (void)state;
  if (!is(change->entity, "customer")) return CRMK_PLUGIN_OK;
  code = change->access->get_enum(change->after, status_field, &status);
  if (code < 0) return code;
  if (code == CRMK_PLUGIN_ABSENT || status != lost) return CRMK_PLUGIN_OK;
  code = change->access->get_text(change->after, loss_field, &loss);
  if (code != CRMK_PLUGIN_ABSENT) return code;
  memset(&violation, 0, sizeof violation);
  violation.size = sizeof violation;
  violation.field = text("{industry}.loss");
  violation.code = text("required");
  violation.message = text("{industry}.loss is absent, a lost customer needs one");
  violation.message_zh = text("缺少流失原因");
  violation.rule = text("{industry}-1");
  violation.source = text("the regulation and its article");
  return sink->violation(sink->context, &violation);
}

/* The ids are the same for every state of one process that loads the same fields in the same order. */
static int32_t init(const crmk_plugin_host *host, void **state) {
  crmk_plugin_str name, value;
  (void)state;
  if (host->setting_at(host->context, 0, &name, &value) == CRMK_PLUGIN_OK) {
    host->fail(host->context, text("there are no settings"));
    return CRMK_PLUGIN_E_FAILED;
  }
  if (host->field_id(host->context, text("customer"), text("status"), CRMK_PLUGIN_TYPE_ENUM, &status_field) < 0 ||
      host->field_id(host->context, text("customer"), text("{industry}.loss"), CRMK_PLUGIN_TYPE_TEXT, &loss_field) < 0 ||
      host->enum_number(host->context, status_field, text("lost"), &lost) < 0) {
    host->fail(host->context, text("a field is not known to this kernel"));
    return CRMK_PLUGIN_E_FAILED;
  }
  return CRMK_PLUGIN_OK;
}

static const void *get_extension(crmk_plugin_str id) {
  static const crmk_plugin_fields fields_1 = {sizeof(crmk_plugin_fields), 0, fields};
  static const crmk_plugin_hook validate_1 = {sizeof(crmk_plugin_hook), 0, validate};
  if (is(id, CRMK_PLUGIN_EXT_FIELDS)) return &fields_1;
  if (is(id, CRMK_PLUGIN_EXT_VALIDATE)) return &validate_1;
  return NULL;
}

const crmk_plugin *crmk_plugin_entry_v1(const crmk_host_info *host) {
  static const char id[] = "{industry}.{name}", version[] = "0.1.0";
  static const crmk_plugin plugin = {sizeof(crmk_plugin),
                                     CRMK_PLUGIN_MAGIC,
                                     CRMK_PLUGIN_ABI_MAJOR,
                                     CRMK_PLUGIN_ABI_MINOR,
                                     {(const uint8_t *)id, sizeof id - 1},
                                     {(const uint8_t *)version, sizeof version - 1},
                                     init,
                                     NULL,
                                     get_extension};
  (void)host;
  return &plugin;
}
"""
