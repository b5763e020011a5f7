# SPDX-License-Identifier: LGPL-2.1-or-later
# Installs what is missing, configures and builds in _build; meson does the work. `make help` lists the targets.
BUILD = _build
MESON = $(firstword $(wildcard /usr/bin/meson) meson)
PYTHON = $(firstword $(wildcard /usr/bin/python3) python3)

# Why each of them is needed stands in doc/dependencies.md.
BUILD_PACKAGES = gcc libc6-dev meson ninja-build pkg-config gettext libglib2.0-dev python3 \
  libgirepository1.0-dev valac gi-docgen python3-gi gjs
RUN_PACKAGES = glib-networking netcat-openbsd
TEST_PACKAGES = g++ clang libclang-rt-14-dev valgrind strace openssl systemd libcap2-bin bash zsh mandoc python3-jsonschema \
  sudo libfaketime

ECHO_ADDRESS = 127.0.0.1:8060

.PHONY: help run test build bench faults coverage update-abi update-po clean

help:
	@echo 'make run                 start the echo example on $(ECHO_ADDRESS) with two workers'
	@echo 'make test                every test: gcc, clang, sanitizers, valgrind'
	@echo 'make test TEST="gcc"     only these of: gcc clang asan tsan valgrind'
	@echo 'make build               configure and build in $(BUILD)'
	@echo 'make bench [BENCH=name]  measure, one JSON object a line; fails where a target is missed'
	@echo 'make faults [STRICT=1] [ROWS="1 2"]  break things, and print what happens; STRICT judges the times'
	@echo 'make coverage [ROOM=NAME] the lines of a room (config) that the tests reach'
	@echo 'make update-abi          write the list of exported symbols again'
	@echo 'make update-po           put new texts into the translations, to be translated there'
	@echo 'make clean               remove what the build made'

run:
	@.ci/install-missing $(BUILD_PACKAGES) $(RUN_PACKAGES)
	@$(MAKE) --no-print-directory build
	@echo 'The echo example with two supervised worker processes. Once it is “Listening on $(ECHO_ADDRESS)”'
	@echo 'try it from another terminal:  echo hello | nc -N $(subst :, ,$(ECHO_ADDRESS))'
	@echo 'Ctrl-C ends all of it.'
	@exec $(BUILD)/doc/examples/echo-c --bind=$(ECHO_ADDRESS) --workers=2

build: $(BUILD)/build.ninja
	@ninja -C $(BUILD) -n | grep -q 'no work to do' || ninja -C $(BUILD)

$(BUILD)/build.ninja:
	@.ci/install-missing $(BUILD_PACKAGES)
	@$(MESON) setup $(BUILD) -Dintrospection=enabled -Dvapi=enabled -Ddocumentation=enabled

test:
	@.ci/install-missing $(BUILD_PACKAGES) $(RUN_PACKAGES) $(TEST_PACKAGES)
	@$(MAKE) --no-print-directory build
	@$(PYTHON) tests/run-all --meson=$(MESON) $(TEST)

bench:
	@$(PYTHON) tests/bench/run --packages $(BENCH) | xargs --no-run-if-empty .ci/install-missing >&2
	@$(MAKE) --no-print-directory build >&2
	@$(MESON) setup --reconfigure $(BUILD) -Dbenchmarks=enabled >&2
	@$(MAKE) --no-print-directory build >&2
	@$(PYTHON) tests/bench/run --build=$(BUILD) $(if $(PAGE),--page=$(PAGE)) $(BENCH)

faults:
	@.ci/install-missing $(BUILD_PACKAGES) $(RUN_PACKAGES) $(TEST_PACKAGES)
	@$(MAKE) --no-print-directory build
	@$(MESON) devenv -C $(BUILD) $(PYTHON) $(CURDIR)/tests/faults/run-faults --build=$(CURDIR)/$(BUILD) $(if $(STRICT),--strict) \
	  $(if $(PAGE),--page=$(CURDIR)/$(PAGE)) $(ROWS)

coverage:
	@.ci/install-missing $(BUILD_PACKAGES) $(RUN_PACKAGES) $(TEST_PACKAGES)
	@$(PYTHON) tests/coverage --meson=$(MESON) $(ROOM)

update-abi: build
	@$(PYTHON) tests/abi/check-symbols --update tests/abi/pulsar-glib-1.symbols $(BUILD)/pulsar-glib/libpulsar-glib-1.so

update-po:
	@po/update

clean:
	@rm -rf $(BUILD) $(BUILD)-*
