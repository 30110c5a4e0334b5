#!/bin/sh
# What takes long or needs installing. Named parts run alone: sh tests/audit.sh dependencies fuzz
#
# dependencies  bans, licences, sources, and known vulnerabilities of dependencies. ADVISORIES names a clone of the RustSec
#               advisory database for a machine without a network; otherwise it is fetched.
# api           the public Rust API and the C ABI against the last release
# memory        the C and Python tests on a library that was built with AddressSanitizer
# races         the store, the queue of commits, the cache, the C and the Python tests under ThreadSanitizer
# fuzz          every reader of foreign bytes, FUZZ_SECONDS each (60), READERS of them (all); what reaches new code is kept in
#               target/fuzz, and with FUZZ_KEEP=1 packed into tests/fuzz/corpus
#
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
  # The name that cargo-deny gives the database of the default address.
  database="target/advisories/advisory-db-3157b0e258782691"
  if [ -n "${ADVISORIES:-}" ]; then
    rm -rf "$database"
    git clone --quiet "$ADVISORIES" "$database"
    echo "audit: advisories up to $(git -C "$database" log -1 --format=%cs)"
    cargo deny --offline check advisories
  else
    cargo deny check advisories || { echo "audit: without a network, name a clone of the database: ADVISORIES=..."; exit 1; }
  fi
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

host=$(rustc -vV | sed -n 's/^host: //p')

# Builds the library and the Python module with a sanitizer, and runs the C and the Python tests on them. The standard
# library is not instrumented for AddressSanitizer, which sees its heap all the same.
sanitized_faces() { # sanitizer, name of its runtime, options of the runtime, what cargo needs
  sanitizer=$1 runtime=$2 options=$3
  shift 3
  folder="$PWD/target/$sanitizer/$host/debug"
  make --silent link python # the plugins, the tools and the rest of what the tests look for
  CARGO_TARGET_DIR="target/$sanitizer" RUSTFLAGS="-Zsanitizer=$sanitizer ${LINKED:-}" "$@" build --target "$host" -p crm-ffi -p crm-python
  SANITIZER="$sanitizer" SANITIZED="$folder" cargo test -p crm-tests --test c_programs -- under_the_sanitizers
  # The package beside a module of its own, so that the one of `make python` stays.
  rm -rf "target/$sanitizer/python"
  mkdir -p "target/$sanitizer/python"
  cp -r python/crmkernel "target/$sanitizer/python/"
  rm -f "target/$sanitizer/python/crmkernel/"_native*.so
  cp "$folder/lib_native.so" "target/$sanitizer/python/crmkernel/_native.abi3.so"
  # The runtime catches what C++ throws in other modules, for which it must find the C++ library.
  preload="$(cc -print-file-name="$runtime") $(cc -print-file-name=libstdc++.so.6)"
  # What starts a compiler, which the runtime ends.
  compilers="--ignore=tests/python/test_wheel.py"
  compilers="$compilers --deselect tests/python/test_plugin_check.py::test_a_skeleton_in_rust_builds_and_tests_itself"
  compilers="$compilers --deselect tests/python/test_plugin_check.py::test_a_plugin_in_rust_is_built_from_what_the_package_brings"
  env LD_PRELOAD="$preload" $options PYTHONPATH="$PWD/target/$sanitizer/python" PYTHONMALLOC=malloc \
    .venv/bin/python -m pytest -q -p no:cacheprovider tests/python $compilers ${LEFT_OUT:-} ${PYTEST:-}
}

memory() {
  sanitized_faces address libasan.so "ASAN_OPTIONS=detect_leaks=0:detect_odr_violation=0" env RUSTC_BOOTSTRAP=1 cargo
}

# It needs a nightly compiler that can build the standard library, too: ThreadSanitizer must see its locks.
races() {
  sysroot=$(rustc +nightly --print sysroot 2>/dev/null || true)
  if [ ! -d "$sysroot/lib/rustlib/src/rust/library" ]; then
    echo "audit: races are left out: rustup toolchain install nightly --component rust-src"
    return
  fi
  sanitized() {
    CARGO_TARGET_DIR=target/thread RUSTFLAGS=-Zsanitizer=thread TSAN_OPTIONS=halt_on_error=1 \
      cargo +nightly test -Zbuild-std --target "$host" -p crm-core --features testing "$@"
  }
  # What shuttle runs has no threads.
  sanitized --lib -- --skip shuttle crm::group redb_store::tests redb_store::log_tests memory_store record::cache
  IMAGES=800 sanitized --test cache --test read_only --test store_torture -- cache read
  cc -O2 -fPIC -fno-builtin -c -o target/thread/tsan_memory.o tests/tsan_memory.c
  LINKED="-Clink-arg=$PWD/target/thread/tsan_memory.o"
  # C programs on a library that was not built for it.
  LEFT_OUT="--ignore=tests/python/test_hosts.py --ignore=tests/python/test_readme.py"
  # Tests fork; polars forks with more locks held than ThreadSanitizer counts, and its allocator has a thread that it cannot bear.
  options="halt_on_error=1:die_after_fork=0:detect_deadlocks=0:suppressions=$PWD/tests/tsan.supp"
  sanitized_faces thread libtsan.so "TSAN_OPTIONS=$options _RJEM_MALLOC_CONF=background_thread:false" cargo +nightly -Zbuild-std
}

fuzz() {
  make --silent python # the reader csv is in it
  install_tool cargo-fuzz cargo-fuzz
  export RUSTC_BOOTSTRAP=1
  cargo fuzz build --fuzz-dir tests/fuzz readers
  fuzzer="tests/fuzz/target/$host/release/readers"
  for reader in ${READERS:-$(ls tests/fuzz/corpus)}; do
    found="target/fuzz/$reader"
    python3 tests/fuzz/corpus.py unpack "tests/fuzz/corpus/$reader" "$found"
    echo "audit: the reader $reader for ${FUZZ_SECONDS:-60} s"
    if [ "$reader" = csv ]; then # It is in Python.
      .venv/bin/python tests/fuzz/csv_rows.py "${FUZZ_SECONDS:-60}" "$found"
      [ -z "${FUZZ_KEEP:-}" ] || python3 tests/fuzz/corpus.py pack "$found" "tests/fuzz/corpus/$reader"
      continue
    fi
    READER=$reader "$fuzzer" -max_total_time="${FUZZ_SECONDS:-60}" -max_len=4096 -rss_limit_mb=1024 -timeout=10 -verbosity=0 \
      -artifact_prefix="target/fuzz/failed-$reader-" "$found"
    if [ -n "${FUZZ_KEEP:-}" ]; then
      rm -rf "$found-kept"
      mkdir -p "$found-kept"
      READER=$reader "$fuzzer" -set_cover_merge=1 -max_len=1024 -verbosity=0 "$found-kept" "$found"
      python3 tests/fuzz/corpus.py pack "$found-kept" "tests/fuzz/corpus/$reader"
    fi
  done
}

# Each in a shell of its own, so that what one sets is not there for the next.
for part in ${*:-dependencies api memory races fuzz}; do
  case "$part" in
    dependencies | api | memory | races | fuzz) ("$part") ;;
    *) echo "audit: $part is no part; there are dependencies, api, memory, races and fuzz"; exit 2 ;;
  esac
done
echo "audit: all is well"
