# A thin skin over the real tools.
#
#   make demo           the main job end to end, against a gateway on this machine (or the real one, see README.md)
#   make sandbox        starts the gateway on this machine, with the options in ARGS: make sandbox ARGS='--listen 127.0.0.1:8080'
#   make test           every suite of every language; test-install is the one that installs, test-c that of the C ABI, test-examples-c
#                       that of the examples in C and C++, test-python that of the Python package, test-node that of the npm package
#   make check          formatters, lints, types, documentation: all warnings are errors; check-speed counts instructions,
#                       where there is valgrind
#   make bench          measures beside what people use today (tests/peers); no part of make test, and never fails for being slow
#   make bench-sandbox  the sandbox's resident memory over a million requests; fails if it does not stay flat
#   make gen            writes what is committed but follows from the source: include/linkwa.h, ffi-c/symbols.txt, and what the Python
#                       and Node packages take from core's declarations
#   make lib            builds liblinkwa, for `sudo make install`
#   make install        installs liblinkwa for C and C++: PREFIX=/usr/local, LIBDIR, INCLUDEDIR, DESTDIR, INSTALL
#   make uninstall      takes it away again, with the same directories
#   make clean          takes away what was built

.DELETE_ON_ERROR:
.PHONY: demo sandbox bench bench-sandbox test test-c test-examples-c test-install test-python test-node check check-prose check-python check-node check-speed gen lib install uninstall clean

CARGO ?= cargo
PYTHON ?= python3
export PYTHON

demo:
	@$(CARGO) run --quiet --locked --package linkwa --example quickstart

sandbox:
	@$(CARGO) run --quiet --locked --package linkwa-sandbox -- $(ARGS)

# The faces two at a time: their tests wait more than they compute.
test:
	$(CARGO) test --locked --workspace
	$(MAKE) --jobs=2 $(if $(filter output-sync,$(.FEATURES)),--output-sync=target) \
	  test-python test-node test-c test-examples-c test-install

test-c:
	tests/c/run

test-examples-c:
	tests/c/examples.sh

test-install:
	tests/c/install.sh

# Makes .venv at the first run; PYTHON names the Python that it is made from.
test-python:
	tests/python/run test

test-node:
	tests/node/run

check:
	$(CARGO) fmt --all --check
	$(CARGO) clippy --locked --workspace --all-targets -- --deny warnings
	RUSTDOCFLAGS='--deny warnings' $(CARGO) doc --locked --workspace --no-deps
	# The peers' lock file has what core needs.
	cd tests/peers/rust && $(CARGO) update --quiet --workspace --locked
	$(MAKE) check-prose
	$(MAKE) check-python
	$(MAKE) check-node
	$(MAKE) check-speed

check-prose:
	$(PYTHON) tests/prose/check

check-python:
	tests/python/run check

check-node:
	tests/node/run check

check-speed:
	core/benches/check

bench:
	tests/peers/run

# REQUESTS=200000 or more for a shorter one.
bench-sandbox:
	$(CARGO) test --release --locked --package linkwa-sandbox --test control -- --ignored --nocapture resident_memory

gen:
	LINKWA_WRITE_HEADER=1 $(CARGO) test --quiet --locked --package linkwa-ffi --test header
	ffi-c/install/symbols --write
	$(CARGO) run --quiet --locked --package linkwa --example declarations | $(PYTHON) python/generate.py
	$(CARGO) run --quiet --locked --package linkwa --example declarations | node node/generate.js

lib:
	ffi-c/install/build

install:
	ffi-c/install/install

uninstall:
	ffi-c/install/install uninstall

clean:
	$(CARGO) clean
	rm -rf .venv python/linkwa/*.so tests/python/pyright/node_modules tests/sandbox/node/npm tests/sandbox/node/linkwa-sandbox.*
