//! Names the library for the dynamic linker: programs ask for this major version of the ABI, not for a file.

fn main() {
    if std::env::var_os("CARGO_CFG_UNIX").is_some() {
        println!("cargo::rustc-cdylib-link-arg=-Wl,-soname,libcrmkernel.so.1");
    }
    println!("cargo::rerun-if-changed=build.rs");
}
