# Short names for the commands of this repository.
#
#   make demo           sends messages of every type to a gateway on this machine (or to the real one, see README.md)
#   make sandbox        starts the gateway on this machine, with the options in ARGS: make sandbox ARGS='--listen 127.0.0.1:8080'
#   make test           runs every suite of every language. One suite: test-rust, test-c (C ABI), test-examples-c (examples in C and
#                       C++), test-install (make install), test-python, test-node, test-page (the sandbox's page, in Chromium)
#   make check          runs formatters, lints, type checkers and documentation, with warnings as errors; check-speed counts
#                       instructions, if there is valgrind
#   make bench          compares the speed with other libraries (tests/peers); not part of make test, and never fails for being slow
#   make bench-outbox   measures the outbox in Rust, Python and Node, with SQLite and PostgreSQL
#   make bench-sandbox  measures the sandbox's memory over a million requests; fails if it grows
#   make gen            writes the generated files that are committed: include/linkwa.h, ffi-c/symbols.txt, the parts of the
#                       Python and Node packages that follow from core's declarations, and the sandbox's page
#   make lib            builds liblinkwa, for `sudo make install`
#   make install        installs liblinkwa for C and C++: PREFIX=/usr/local, LIBDIR, INCLUDEDIR, DESTDIR, INSTALL
#   make uninstall      removes it again; takes the same directories
#   make clean          removes what was built

.DELETE_ON_ERROR:
.PHONY: demo sandbox bench bench-outbox bench-sandbox test build-rust build-python test-rust test-c test-examples-c test-install test-python test-node test-page check check-prose check-python check-node check-page check-workflows check-speed gen lib install uninstall clean

CARGO ?= cargo
PYTHON ?= python3
export PYTHON

demo:
	@$(CARGO) run --quiet --locked --package linkwa --example quickstart

sandbox:
	@$(CARGO) run --quiet --locked --package linkwa-sandbox -- $(ARGS)

# Runs three suites at a time, because tests wait more than they compute. What two suites use is built before.
test:
	$(MAKE) --jobs=2 build-rust build-python
	$(MAKE) --jobs=3 $(if $(filter output-sync,$(.FEATURES)),--output-sync=target) \
	  test-python test-rust test-node test-examples-c test-page test-c test-install

build-rust:
	$(CARGO) test --locked --workspace --no-run

build-python:
	tests/python/run build

test-rust:
	$(CARGO) test --locked --workspace
	tests/with-postgres $(CARGO) test --locked --workspace --features linkwa/outbox --test outbox

test-c:
	tests/c/run

test-examples-c:
	tests/c/examples.sh

test-install:
	tests/c/install.sh

# The first run makes .venv, from the Python that PYTHON names.
test-python:
	tests/python/run test

test-node:
	tests/node/run

test-page:
	tests/sandbox/web/run test

check:
	$(CARGO) fmt --all --check
	$(CARGO) clippy --locked --workspace --all-targets --features linkwa/outbox -- --deny warnings
	RUSTDOCFLAGS='--deny warnings' $(CARGO) doc --locked --workspace --features linkwa/outbox --no-deps
	# Without the peers in C, which need OpenSSL's headers.
	$(CARGO) check --quiet --locked --manifest-path tests/peers/rust/Cargo.toml --target-dir $(or $(CARGO_TARGET_DIR),target) \
	  --package linkwa-peers --all-targets
	$(MAKE) check-prose
	$(MAKE) check-python
	$(MAKE) check-node
	$(MAKE) check-page
	$(MAKE) check-workflows
	$(MAKE) check-speed

check-prose:
	$(PYTHON) tests/prose/check

check-python:
	tests/python/run check

check-node:
	tests/node/run check

check-page:
	tests/sandbox/web/run check

check-workflows:
	tests/workflows/check

check-speed:
	core/benches/check

bench:
	tests/peers/run

bench-outbox:
	tests/peers/run outbox

# REQUESTS sets how many requests follow the first 20,000: a million.
bench-sandbox:
	$(CARGO) test --release --locked --package linkwa-sandbox --test control -- --ignored --nocapture resident_memory

gen:
	LINKWA_WRITE_HEADER=1 $(CARGO) test --quiet --locked --package linkwa-ffi --test header
	ffi-c/install/symbols --write
	$(CARGO) run --quiet --locked --package linkwa --example declarations | $(PYTHON) python/generate.py
	$(CARGO) run --quiet --locked --package linkwa --example declarations | node node/generate.js
	tests/sandbox/web/run build

lib:
	ffi-c/install/build

install:
	ffi-c/install/install

uninstall:
	ffi-c/install/install uninstall

clean:
	$(CARGO) clean
	rm -rf .venv python/linkwa/*.so tests/python/pyright/node_modules tests/sandbox/web/node_modules tests/workflows/node_modules tests/sandbox/node/npm tests/sandbox/node/linkwa-sandbox.*
