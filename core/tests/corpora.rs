//! The inputs that the fuzzers of `make audit` kept, and small changes of each, through the readers that they were found for.
//!
//! Each input of `tests/fuzz/corpus/<reader>` reached code that no other did, or broke something once. A panic is a defect.
#![expect(clippy::disallowed_methods, reason = "a test reads its inputs")]

use std::path::Path;

use crm_core::testing::random::{Random, seed};
use crm_core::testing::readers::READERS;

/// How often each input is changed; `CHANGES` of the environment asks for more.
const CHANGES: u64 = 2;

#[test]
fn readers_refuse_what_the_fuzzers_kept_without_a_panic() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fuzz/corpus");
    let changes = crm_core::testing::random::from_environment("CHANGES").unwrap_or(CHANGES);
    let seed = seed();
    let mut random = Random::new(seed);
    for reader in READERS {
        let packed =
            std::fs::read(corpus.join(reader.name)).unwrap_or_else(|e| panic!("the corpus of {}: {e}", reader.name));
        let inputs = unpacked(&packed);
        assert!(inputs.len() >= 10, "{} has a corpus of {}", reader.name, inputs.len());
        for bytes in inputs {
            (reader.read)(bytes);
            for _ in 0..changes {
                let changed = changed(bytes, &mut random);
                let read = std::panic::catch_unwind(|| (reader.read)(&changed));
                assert!(read.is_ok(), "SEED={seed} {}: {changed:02x?}", reader.name);
            }
        }
    }
}

/// The inputs of a packed corpus: each has its length before it.
fn unpacked(mut packed: &[u8]) -> Vec<&[u8]> {
    let mut inputs = Vec::new();
    while let Some((len, rest)) = packed.split_first_chunk() {
        let (input, rest) = rest.split_at(u32::from_le_bytes(*len) as usize);
        inputs.push(input);
        packed = rest;
    }
    inputs
}

/// The input with a bit flipped, a byte exchanged, a piece cut out or repeated.
fn changed(bytes: &[u8], random: &mut Random) -> Vec<u8> {
    let mut out = bytes.to_vec();
    if out.is_empty() {
        return vec![random.any().to_le_bytes()[0]];
    }
    let (one, other) = (random.index(out.len()), random.index(out.len()));
    let (from, until) = (one.min(other), one.max(other));
    match random.below(4) {
        0 => out[one] ^= 1 << random.below(8),
        1 => out[one] = random.any().to_le_bytes()[0],
        2 => drop(out.drain(from..until)),
        _ => out.extend_from_within(from..until),
    }
    out
}
