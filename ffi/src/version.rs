//! The version of the library at run time.

use crate::text::crmk_text;

/// The version that the library has. The header has CRMK_VERSION.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The numbers of the version: major, minor, patch.
pub const VERSION_PARTS: [u32; 3] = [
    number(env!("CARGO_PKG_VERSION_MAJOR")),
    number(env!("CARGO_PKG_VERSION_MINOR")),
    number(env!("CARGO_PKG_VERSION_PATCH")),
];

/// The version as one number. The header has CRMK_VERSION_NUMBER.
pub const VERSION_NUMBER: u32 = VERSION_PARTS[0] * 1_000_000 + VERSION_PARTS[1] * 1_000 + VERSION_PARTS[2];

const fn number(digits: &str) -> u32 {
    let digits = digits.as_bytes();
    let (mut value, mut i) = (0, 0);
    while i < digits.len() {
        value = value * 10 + (digits[i] - b'0') as u32;
        i += 1;
    }
    value
}

/// The version of the library that runs: major * 1000000 + minor * 1000 + patch. [any-thread]
///
/// Compare it with CRMK_VERSION_NUMBER, the version that the program was compiled with. Errors: none.
#[unsafe(no_mangle)]
pub extern "C" fn crmk_version_number() -> u32 {
    VERSION_NUMBER
}

/// The version of the library that runs, as in CRMK_VERSION. [any-thread]
///
/// The text lives for ever. Errors: none.
#[unsafe(no_mangle)]
pub extern "C" fn crmk_version_text() -> crmk_text {
    crmk_text::view(VERSION)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_is_built_from_all_three_parts() {
        let text =
            format!("{}.{}.{}", VERSION_NUMBER / 1_000_000, VERSION_NUMBER / 1_000 % 1_000, VERSION_NUMBER % 1_000);
        assert_eq!(text, VERSION);
        assert_eq!(number("1204"), 1204);
    }
}
