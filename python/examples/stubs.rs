//! Prints the typed stubs: `cargo run -p crm-python --example stubs > python/crmkernel/_native.pyi`.

#[path = "../src/stubs.rs"]
mod stubs;

#[expect(clippy::print_stdout, reason = "printing is what this program is for")]
fn main() {
    print!("{}", stubs::stubs());
}
