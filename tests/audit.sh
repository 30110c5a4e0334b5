#!/bin/sh
# What takes long or needs installing: bans, licences and sources of dependencies, the public Rust API, the C ABI, races.
# Named parts run alone: sh tests/audit.sh dependencies api races
# Tools that cargo can install go to target/tools; nothing outside the checkout is changed.
set -eu
tools="target/tools"
PATH="$PWD/$tools/bin:$PATH"

install_tool() { # command, crate
  command -v "$1" >/dev/null || cargo install --locked --quiet --root "$tools" "$2"
}

dependencies() {
  install_tool cargo-deny cargo-deny
  cargo deny --offline check bans licenses sources
}

api() {
  release=$(git tag --list 'v[0-9]*' --sort=-version:refname | head -n 1)
  if [ -z "$release" ]; then
    echo "audit: there is no release yet, so there is no public API and no ABI to compare with"
    return
  fi
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
}

# Data races, as ThreadSanitizer sees them, where threads meet: the queue of commits, the cache, the layers and their way to
# the file, readers beside a writer. It needs a nightly compiler that can build the standard library, too.
races() {
  host=$(rustc -vV | sed -n 's/^host: //p')
  sysroot=$(rustc +nightly --print sysroot 2>/dev/null || true)
  if [ ! -d "$sysroot/lib/rustlib/src/rust/library" ]; then
    echo "audit: races are left out: rustup toolchain install nightly --component rust-src"
    return
  fi
  sanitized() {
    CARGO_TARGET_DIR=target/tsan RUSTFLAGS=-Zsanitizer=thread TSAN_OPTIONS=halt_on_error=1 \
      cargo +nightly test -Zbuild-std --target "$host" -p crm-core --features testing "$@"
  }
  # What shuttle runs has no threads.
  sanitized --lib -- --skip shuttle crm::group redb_store::tests redb_store::log_tests memory_store record::cache
  IMAGES=800 sanitized --test cache --test read_only --test store_torture -- cache read
}

for part in ${*:-dependencies api races}; do
  case "$part" in
    dependencies | api | races) "$part" ;;
    *) echo "audit: $part is no part; there are dependencies, api and races"; exit 2 ;;
  esac
done
echo "audit: all is well"
