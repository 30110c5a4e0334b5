# Set up, check, test and show crmkernel. `make demo` and `make test` do everything from a bare machine with
# Rust, a C compiler, make and Python 3.11 or later.

PYTHON ?= python3
CC ?= cc
VENV := .venv
BIN := $(VENV)/bin
PROFILE ?= debug
TARGET := target/$(PROFILE)
CARGO_PROFILE := $(if $(filter release,$(PROFILE)),--release,)
# The data that `make demo` imports: the public data where it lies beside the checkout, else our own sample.
DATA ?= $(if $(wildcard ../shared/data/complaints),../shared/data,tests/data)
DEMO ?= demo
# Every folder of plugins/ with a plugin.toml is an industry.
INDUSTRIES := $(sort $(patsubst plugins/%/plugin.toml,%,$(wildcard plugins/*/plugin.toml)))

.PHONY: wheel manifest sdk cxx link demo test check audit fmt generate build plugins python tools bench torture clean help

help:
	@echo "make demo      build everything, import the data under DATA, and show what the kernel makes of it"
	@echo "make test      set up and run all tests: Rust, C and Python"
	@echo "make check     formatting, lints, generated files, import rules"
	@echo "make audit     what takes long or needs installing: dependencies, semver and ABI, sanitizers, fuzzers (PARTS='races fuzz')"
	@echo "make plugins   build every industry and write its manifest"
	@echo "make wheel     build the Python package into dist, to be installed where there is no compiler"
	@echo "make manifest  write the manifest of a library: LIBRARY=lib.so DESCRIPTION=plugin.toml"
	@echo "make sdk       write what a vendor builds plugins against to SDK=target/sdk"
	@echo "make generate  write the generated files anew"
	@echo "make bench     measure against SQLite, in one run"
	@echo "make torture   cut the power, fail the disk and damage files, a million times"

tools:
	@command -v cargo >/dev/null || { echo "cargo is missing: install Rust 1.95 or later, for example with rustup"; exit 1; }
	@command -v $(CC) >/dev/null || { echo "$(CC) is missing: install a C compiler, for example: apt-get install gcc g++"; exit 1; }
	@command -v $(PYTHON) >/dev/null || { echo "$(PYTHON) is missing: install Python 3.11 or later, for example: apt-get install python3 python3-venv"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "$(PYTHON) is older than 3.11: name a later one with PYTHON=..."; exit 1; }

cxx:
	@command -v c++ >/dev/null || { echo "c++ is missing, the tests compile the header as C++ too: for example apt-get install g++"; exit 1; }

# The environment is made anew when the list of requirements changes.
$(VENV)/.ready: python/requirements-dev.txt
	$(PYTHON) -m venv $(VENV) || { echo "the module venv is missing: for example apt-get install python3-venv"; exit 1; }
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet -r python/requirements-dev.txt
	touch $@

# cargo builds a crate that is only a cdylib when asked for it, not as a dependency of a test.
plugins: tools
	cargo build $(CARGO_PROFILE) -p crm-plugin-sdk $(INDUSTRIES:%=-p crm-plugin-%)
	@for industry in $(INDUSTRIES); do \
		$(TARGET)/crmk-plugin-manifest $(TARGET)/libcrm_plugin_$$industry.so plugins/$$industry/plugin.toml || exit 1; \
	done

manifest: tools
	cargo run --quiet -p crm-plugin-sdk --bin crmk-plugin-manifest -- $(LIBRARY) $(DESCRIPTION)

SDK ?= target/sdk
sdk: python
	rm -rf $(SDK)
	$(BIN)/python -m crmkernel plugin sdk $(SDK)

# The plugins last: cargo links them again for the whole workspace, and a manifest holds the hash of its library.
build: tools
	cargo build $(CARGO_PROFILE) --workspace --all-targets
	$(MAKE) PROFILE=$(PROFILE) plugins

python: tools $(VENV)/.ready
	cd python && VIRTUAL_ENV=$(abspath $(VENV)) $(abspath $(BIN))/maturin develop --quiet $(CARGO_PROFILE)
	$(BIN)/python python/build_backend.py stage $(PROFILE)

# A wheel with the extension, the command line, the policy packs and the plugins of industries.
wheel: tools $(VENV)/.ready
	$(BIN)/python -m pip wheel --quiet --no-deps --no-build-isolation -w dist ./python

link: build
	ln -sf libcrmkernel.so $(TARGET)/libcrmkernel.so.1

test: cxx link python
	cargo test $(CARGO_PROFILE) --workspace --all-features
	$(BIN)/python -m pytest -q tests/python

check: tools
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --all-features -- -D warnings
	cargo check -p crm-core --no-default-features
	RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --quiet
	cargo run --quiet -p crm-tests --bin generate -- --check
	cargo test --quiet -p crm-tests --test tree

generate:
	cargo run --quiet -p crm-tests --bin generate

demo: PROFILE = release
demo:
	$(MAKE) PROFILE=release plugins python
	cargo build --release -p crm-ffi
	DATA="$(DATA)" DEMO="$(DEMO)" PYTHON="$(BIN)/python" CC="$(CC)" sh tests/hosts/demo.sh

bench:
	cargo run --release -p crm-bench

# The long runs against loss: power cuts, errors of the disk at every call, real kills, damaged files, and the reference model.
# SEED repeats one.
torture:
	IMAGES=$(or $(IMAGES),1000000) ROUNDS=$(or $(ROUNDS),500) FILES=$(or $(FILES),100000) FAULT_STEP=$(or $(FAULT_STEP),1) \
		PAGES=$(or $(PAGES),5000) cargo test --release -p crm-core --features testing \
		--test store_torture --test callers_torture --test store_kill --test store_damage --test disk_calls -- --nocapture
	ROUNDS=$(or $(READERS),60) cargo test --release -p crm-core --features testing --test service -- --nocapture
	ROUNDS=$(or $(WRECKS),500) cargo test --release -p crm-core --features testing --test salvage -- --nocapture
	ORDERS=$(or $(ORDERS),200000) cargo test --release -p crm-core --features testing --lib pin_shuttle -- --nocapture
	STEPS=$(or $(STEPS),1000000) cargo test --release -p crm-core --features testing --test model -- --nocapture
	ITERATIONS=$(or $(ITERATIONS),20000) cargo test --release -p crm-core --features testing --lib log_model -- --nocapture

audit: tools
	sh tests/audit.sh $(PARTS)

clean:
	cargo clean
	rm -rf $(VENV) $(DEMO) dist
