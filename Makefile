# A thin skin over the real tools.
#
#   make demo    the main job end to end, against a gateway on this machine (or the real one, see README.md)
#   make test    every suite of every language
#   make test-c  the C ABI alone; tests/c/run asan and tests/c/run valgrind run it under those
#   make check   formatter, lints, documentation: all warnings are errors
#   make clean   takes away what was built

.DELETE_ON_ERROR:
.PHONY: demo test test-c check clean

CARGO ?= cargo

demo:
	@$(CARGO) run --quiet --locked --package linkwa --example quickstart

test:
	$(CARGO) test --locked --workspace
	tests/c/run

test-c:
	tests/c/run

check:
	$(CARGO) fmt --all --check
	$(CARGO) clippy --locked --workspace --all-targets -- --deny warnings
	RUSTDOCFLAGS='--deny warnings' $(CARGO) doc --locked --workspace --no-deps

clean:
	$(CARGO) clean
