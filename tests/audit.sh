#!/bin/sh
# What takes long or needs installing: bans, licences and sources of dependencies, the public Rust API, the C ABI, races.
# Tools that cargo can install go to target/tools; nothing outside the checkout is changed.
set -eu
tools="target/tools"
PATH="$PWD/$tools/bin:$PATH"
release=$(git tag --list 'v[0-9]*' --sort=-version:refname | head -n 1)

install_tool() { # command, crate
  command -v "$1" >/dev/null || cargo install --locked --quiet --root "$tools" "$2"
}

install_tool cargo-deny cargo-deny
cargo deny --offline check bans licenses sources

if [ -z "$release" ]; then
  echo "audit: there is no release yet, so there is no public API and no ABI to compare with"
else
  install_tool cargo-semver-checks cargo-semver-checks
  cargo semver-checks -p crm-core --baseline-rev "$release"
  command -v abidiff >/dev/null || { echo "abidiff is missing: for example apt-get install abigail-tools"; exit 1; }
  before="target/abi/$release"
  rm -rf "$before"
  git worktree add --force "$before" "$release" >/dev/null
  (cd "$before" && cargo build --quiet -p crm-ffi)
  cargo build --quiet -p crm-ffi
  # Functions may be added; what is removed or changed in layout is an error. The exit code does not tell these apart.
  abidiff --no-added-syms "$before/target/debug/libcrmkernel.so" target/debug/libcrmkernel.so
  git worktree remove --force "$before"
fi
# Data races, as ThreadSanitizer sees them: it needs a nightly compiler that can build the standard library, too.
host=$(rustc -vV | sed -n 's/^host: //p')
sysroot=$(rustc +nightly --print sysroot 2>/dev/null || true)
if [ -d "$sysroot/lib/rustlib/src/rust/library" ]; then
  CARGO_TARGET_DIR=target/tsan RUSTFLAGS=-Zsanitizer=thread cargo +nightly test -Zbuild-std --target "$host" \
    -p crm-core --features testing --lib --test cache --test read_only -- store threads cache read
else
  echo "audit: ThreadSanitizer is left out: rustup toolchain install nightly --component rust-src"
fi
echo "audit: all is well"
