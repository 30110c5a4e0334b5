//! `include/crmkernel_plugin.h`: the ABI of plugins, by cbindgen from its crate, and the assertions of its layout.

use std::fmt::Write as _;
use std::path::Path;

use cbindgen::{Builder, Config};
use crm_plugin_abi::layout::LAYOUTS;

pub(super) fn make(root: &Path) -> Result<String, String> {
    let abi = root.join("plugins/abi");
    let config = Config::from_file(abi.join("cbindgen.toml")).map_err(|e| format!("plugins/abi/cbindgen.toml: {e}"))?;
    let mut builder = Builder::new().with_config(config);
    for source in ["code.rs", "value.rs", "host.rs", "answer.rs", "plugin.rs"] {
        builder = builder.with_src(abi.join("src").join(source));
    }
    let bindings = builder.generate().map_err(|e| format!("cbindgen cannot read plugins/abi: {e}"))?;
    let mut text = Vec::new();
    bindings.write(&mut text);
    let text = String::from_utf8(text).map_err(|e| format!("the plugin header is not UTF-8: {e}"))?;
    Ok(text.trim_end().to_owned() + &assertions())
}

fn assertions() -> String {
    let mut out = String::from(
        "\n\n// The layout, held on platforms with pointers of 64 bits by compilers that can.\n\
         #if defined(__cplusplus) && __cplusplus >= 201103L\n\
         #define CRMK_PLUGIN_ASSERT(holds) static_assert(holds, #holds)\n\
         #elif defined(__STDC_VERSION__) && __STDC_VERSION__ >= 201112L\n\
         #define CRMK_PLUGIN_ASSERT(holds) _Static_assert(holds, #holds)\n\
         #endif\n\
         #if defined(CRMK_PLUGIN_ASSERT) && UINTPTR_MAX == 0xffffffffffffffffu\n",
    );
    for (name, size, fields) in LAYOUTS {
        let _ = writeln!(out, "CRMK_PLUGIN_ASSERT(sizeof({name}) == {size});");
        for (field, offset) in *fields {
            let field = field.trim_start_matches("r#");
            let _ = writeln!(out, "CRMK_PLUGIN_ASSERT(offsetof({name}, {field}) == {offset});");
        }
    }
    out.push_str("#endif\n\n#endif // CRMKERNEL_PLUGIN_H\n");
    out
}
