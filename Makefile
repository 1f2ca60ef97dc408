# make: build/biro   make try: install, build, judge examples/   make test: install, build, run every test
B ?= build
T ?= build-test

all: $(B)/build.ninja
	@ninja -C $(B) biro

$(B)/build.ninja:
	@command -v meson >/dev/null || { echo "make: meson is missing; 'make try' installs what is needed (or tools/install-deps)" >&2; exit 1; }
	@meson setup $(B) >/dev/null

deps:
	@tools/install-deps build

try: deps
	@$(MAKE) --no-print-directory all
	@tools/try $(B)/biro

test:
	@tools/install-deps test
	@[ -e $(T)/build.ninja ] || meson setup $(T) -Db_sanitize=address,undefined -Db_coverage=true -Db_lto=false -Doptimization=1 -Dwerror=true -Dunit_tests=enabled >/dev/null
	@ninja -C $(T)
	@tools/run-tests $(T)

bench: all
	@bench/run $(B)/biro

install: all
	@meson install -C $(B)

clean:
	rm -rf build build-*

.PHONY: all deps try test bench install clean
