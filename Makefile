# make demo    build it, start a fake API, run a few queries
# make test    every test there is
# make check   format, lint, unit tests: for while you work
# make bench   how many requests filters save, and docs/benchmarks.md: this extension beside its peers
# make bench-micro    how long a page takes to decode, and to write into DuckDB's vectors
# make stress  threads, cancels, faults, databases that come and go; many queries; a C program under valgrind
# make soak    a million rows while requests meet faults
# make notebook    opens examples/partnerstack.py in marimo, with a fake API to ask
# make screenshot    takes docs/notebook.png of it; needs chromium, fonts-noto-color-emoji and fonts-droid-fallback
# make test-spark    the example for Apache Spark, in a real Spark; it needs Java 17
# make docs    writes the pages of the tables from their definitions
# make fuzz-pushdown    thousands of random queries: with narrowing, without, and over copied rows
# make fuzz    libFuzzer on each property of tests/properties, for FUZZ_SECONDS; a failure becomes a file of fuzz/corpus
# make fuzz-corpus    keeps of what it found whatever reaches new code
# make release, make debug    the extension alone
#
# What is downloaded or built on the way stands in CACHE, which may be deleted at any time.

CACHE ?= $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/partnerstack
export PARTNERSTACK_CACHE := $(CACHE)
export CARGO_TARGET_DIR ?= $(CACHE)/target

DUCKDB := v2.0.0
VERSION := v$(shell sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml)
PYTHON := $(CACHE)/venv/bin/python
NOTEBOOKS := $(CACHE)/notebooks/bin/python
FOOTER := python3 scripts/footer.py --abi C_STRUCT_UNSTABLE --duckdb $(DUCKDB) --version $(VERSION)
ifdef DUCKDB_PLATFORM
FOOTER += --platform $(DUCKDB_PLATFORM)
endif

RELEASE := build/release/extension/partnerstack/partnerstack.duckdb_extension
DEBUG := build/debug/extension/partnerstack/partnerstack.duckdb_extension
ifeq ($(shell uname),Darwin)
LIBRARY := libpartnerstack.dylib
else
LIBRARY := libpartnerstack.so
endif

AGAINST_FAKE_API = --extension $(RELEASE) --fake-api $(CARGO_TARGET_DIR)/release/fake_api

# No sanitizer: only src/engine has unsafe code, and no property reaches it. So no nightly compiler is needed.
FUZZ := $(CACHE)/cargo/bin/cargo-fuzz
FUZZ_RUN := $(FUZZ) run --sanitizer none --target-dir $(CARGO_TARGET_DIR)/fuzz
FUZZ_TARGETS := $(basename $(notdir $(wildcard fuzz/fuzz_targets/*.rs)))
FUZZ_SECONDS ?= 60

.PHONY: all demo test test-spark check bench bench-micro notebook screenshot docs fuzz fuzz-corpus fuzz-pushdown stress soak \
        release debug fake_api venv notebooks clean clean_all

all: release

demo: release fake_api venv
	$(PYTHON) scripts/demo.py $(AGAINST_FAKE_API)

test: release debug fake_api venv notebooks
	$(PYTHON) scripts/test.py

# By itself, as Spark alone is half a gigabyte to install.
test-spark: release fake_api
	python3 scripts/venv.py $(CACHE)/spark tests/spark/requirements.txt
	$(CACHE)/spark/bin/python -m pytest -q -p no:cacheprovider tests/spark

check:
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --locked -- -D warnings
	cargo test --workspace --lib --test layers --test docs --locked --quiet

bench: release fake_api venv
	python3 scripts/venv.py $(CACHE)/peers benches/peers/requirements.txt
	cargo build --release --locked --package by_hand
	$(PYTHON) benches/narrowing.py $(AGAINST_FAKE_API)
	$(PYTHON) benches/compare.py $(AGAINST_FAKE_API) \
	    --peers $(CACHE)/peers/bin/python --by-hand $(CARGO_TARGET_DIR)/release/$(subst partnerstack,by_hand,$(LIBRARY)) \
	    --results $(CACHE)/benchmarks.json $(if $(QUICK),--quick)
	$(PYTHON) benches/report.py $(CACHE)/benchmarks.json docs/benchmarks.md

bench-micro: fake_api venv
	cargo build --release --locked --package micro
	$(FOOTER) $(CARGO_TARGET_DIR)/release/$(subst partnerstack,micro,$(LIBRARY)) build/micro/micro.duckdb_extension
	$(PYTHON) benches/micro.py --extension build/micro/micro.duckdb_extension \
	    --fake-api $(CARGO_TARGET_DIR)/release/fake_api

$(FUZZ):
	cargo install --quiet --locked --version 0.13.2 --root $(CACHE)/cargo cargo-fuzz

fuzz: $(FUZZ)
	set -e; for target in $(FUZZ_TARGETS); do mkdir -p $(CACHE)/fuzz/$$target; \
	    $(FUZZ_RUN) $$target $(CACHE)/fuzz/$$target fuzz/corpus/$$target -- -max_total_time=$(FUZZ_SECONDS) \
	        -artifact_prefix=fuzz/corpus/$$target/ -print_final_stats=1; done

fuzz-corpus: $(FUZZ)
	set -e; for target in $(FUZZ_TARGETS); do \
	    $(FUZZ_RUN) $$target fuzz/corpus/$$target $(CACHE)/fuzz/$$target -- -set_cover_merge=1 -use_counters=0; done

# Another seed each time; a failure says which it was.
fuzz-pushdown: export PARTNERSTACK_FUZZ_CASES ?= 5000
fuzz-pushdown: export PARTNERSTACK_FUZZ_SEED ?= $(shell date +%s)
fuzz-pushdown: release fake_api venv
	$(PYTHON) -m pytest -q -p no:cacheprovider tests/e2e/test_pushdown.py

# Another seed each time, unless one is given, as in SEED=7.
stress: release fake_api venv
	$(PYTHON) tests/stress/stress.py $(AGAINST_FAKE_API) $(if $(SEED),--seed $(SEED))
	$(PYTHON) tests/stress/growth.py $(AGAINST_FAKE_API)
	$(PYTHON) tests/stress/host.py $(AGAINST_FAKE_API)

soak: release fake_api venv
	$(PYTHON) tests/stress/soak.py $(AGAINST_FAKE_API)

notebook: release fake_api notebooks
	$(NOTEBOOKS) scripts/notebook.py $(AGAINST_FAKE_API)

screenshot: release fake_api notebooks
	$(NOTEBOOKS) scripts/screenshot.py $(AGAINST_FAKE_API)

docs:
	UPDATE=1 cargo test --locked --test docs --quiet

release:
	cargo build --release --locked --package partnerstack
	$(FOOTER) $(CARGO_TARGET_DIR)/release/$(LIBRARY) $(RELEASE)

debug:
	cargo build --locked --package partnerstack
	$(FOOTER) $(CARGO_TARGET_DIR)/debug/$(LIBRARY) $(DEBUG)

fake_api:
	cargo build --release --locked --package fake_api

venv:
	python3 scripts/venv.py $(CACHE)/venv tests/e2e/requirements.txt

notebooks:
	python3 scripts/venv.py $(CACHE)/notebooks examples/requirements.txt

clean:
	rm -rf build

clean_all: clean
	rm -rf $(CACHE)

# The names that the CI of DuckDB's community extensions calls.

.PHONY: configure configure_ci set_duckdb_version set_duckdb_tag set_duckdb_repository \
        output_distribution_matrix test_release test_debug wasm_mvp wasm_eh wasm_threads

configure configure_ci set_duckdb_version set_duckdb_tag set_duckdb_repository:
	@echo "$@: nothing to do; this build is for DuckDB $(DUCKDB)"

output_distribution_matrix:
	@echo '{"include": [{"duckdb_arch": "linux_amd64"}]}'

test_release test_debug: test

wasm_mvp wasm_eh wasm_threads:
	@echo "$@: a browser has no sockets; see the limits in README.md" && exit 1
