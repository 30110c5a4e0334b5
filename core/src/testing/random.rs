//! Random numbers for tests: from a seed, the same on every platform.

use std::hash::{BuildHasher, Hasher, RandomState};

/// SplitMix64: small, and the same everywhere.
#[derive(Debug, Clone)]
pub struct Random(u64);

impl Random {
    /// Begins at a seed.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Any number.
    pub fn any(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `bound`, which is above 0.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.any() % bound
    }

    /// An index below `len`, which is above 0.
    pub fn index(&mut self, len: usize) -> usize {
        usize::try_from(self.below(len as u64)).expect("invariant: below the length of a slice")
    }

    /// Whether the one case of `of` came up.
    pub fn one_in(&mut self, of: u64) -> bool {
        self.below(of) == 0
    }
}

/// A number of the environment that steers a test, such as `SEED`.
pub fn from_environment(name: &str) -> Option<u64> {
    #[expect(clippy::disallowed_methods, reason = "a test is steered and repeated by its environment")]
    std::env::var(name).ok().and_then(|text| text.parse().ok())
}

/// The seed of a run: `SEED`, or a random one. It is printed, so that the run can be repeated.
pub fn seed() -> u64 {
    let seed = from_environment("SEED").unwrap_or_else(|| RandomState::new().build_hasher().finish());
    #[expect(clippy::print_stderr, reason = "a random test prints its seed")]
    {
        eprintln!("SEED={seed}");
    }
    seed
}
