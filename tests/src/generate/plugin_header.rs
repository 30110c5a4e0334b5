//! `include/crmkernel_plugin.h`: the ABI of plugins, by cbindgen from its crate.

use std::path::Path;

use cbindgen::{Builder, Config};

pub(super) fn make(root: &Path) -> Result<String, String> {
    let abi = root.join("plugins/abi");
    let config = Config::from_file(abi.join("cbindgen.toml")).map_err(|e| format!("plugins/abi/cbindgen.toml: {e}"))?;
    let bindings = Builder::new()
        .with_config(config)
        .with_src(abi.join("src/lib.rs"))
        .generate()
        .map_err(|e| format!("cbindgen cannot read plugins/abi: {e}"))?;
    let mut text = Vec::new();
    bindings.write(&mut text);
    String::from_utf8(text).map_err(|e| format!("the plugin header is not UTF-8: {e}"))
}
