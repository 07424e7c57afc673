# SPDX-License-Identifier: Apache-2.0
# `make help` lists the targets. Objects go to build/<variant>/, so that variants never mix.

VERSION = 0.1.0

MAKEFLAGS += --no-builtin-rules
.SUFFIXES:
.DELETE_ON_ERROR:
SHELL = /bin/sh

# Where things go. PREFIX, PLUGINDIR and DESTDIR are the installer's to choose.
PREFIX ?= /usr/local
BINDIR ?= $(PREFIX)/bin
LIBEXECDIR ?= $(PREFIX)/libexec
PLUGINDIR ?= $(LIBEXECDIR)/docker/cli-plugins
INSTALL ?= install

# --- Programs: one row each. DIR holds main.c; everything else in DIR becomes lib<last part>.a.
# ALSO: sources in folders below it that belong to that library.
PROGRAMS = docker-hygiene docker-timesync docker-credential-pushgate $(if $(CJOSE),pushgate-attest)

docker-hygiene_DIR = plugins/hygiene
docker-hygiene_LIBS = $(JANSSON_LIBS) -ldl
docker-hygiene_TO = $(PLUGINDIR)

docker-timesync_DIR = plugins/timesync
docker-timesync_ALSO = $(wildcard plugins/timesync/helper/serve.c)
docker-timesync_LIBS = $(JANSSON_LIBS) -ldl -pthread
docker-timesync_TO = $(PLUGINDIR)

# It has the secrets and never the network; libsecret, GLib, libcrypto and nettle are loaded when
# needed.
docker-credential-pushgate_DIR = credhelper
docker-credential-pushgate_LIBS = $(JANSSON_LIBS) -ldl
docker-credential-pushgate_TO = $(BINDIR)

# It has the network and never a secret. Left out where there is no libcjose: then the gates of the
# kind "oidc" do not hold, and say so.
pushgate-attest_DIR = credhelper/attest
pushgate-attest_ALSO = $(wildcard credhelper/policy*.c credhelper/vendors*.c) credhelper/paths.c \
	credhelper/harden.c
pushgate-attest_LIBS = $(CJOSE_LIBS) $(JANSSON_LIBS) -ldl
pushgate-attest_TO = $(LIBEXECDIR)/docker-hygiene

# May have been installed by an earlier build.
LEFT_OUT = $(if $(CJOSE),,pushgate-attest)

PKG_CONFIG ?= pkg-config
CJOSE := $(shell $(PKG_CONFIG) --exists cjose 2>/dev/null && echo yes)

COMMON_DIRS = common/base common/codec common/client common/client/registry common/cli common/os

# --- Variants are just sets of flags.
VARIANT ?= release
B = build/$(VARIANT)

ifeq ($(origin CC),default)
CC = cc
endif
AR ?= ar
CFLAGS ?= -O2 -g
WERROR ?=
WARN = -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes -Wformat=2 \
	-Wvla -Wwrite-strings -Wundef -Wpointer-arith -Wimplicit-fallthrough
SANITIZE = -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
# Fortify needs the optimizer, and hides from ASan the very calls that it would check.
FORTIFY = $(if $(filter -O0,$(CFLAGS)),,-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2)

ifeq ($(VARIANT),release)
VFLAGS = $(FORTIFY)
else ifeq ($(VARIANT),asan)
VFLAGS = -O1 -U_FORTIFY_SOURCE $(SANITIZE)
VLDFLAGS = $(SANITIZE)
else ifeq ($(VARIANT),cov)
CC = gcc
VFLAGS = -O0 -U_FORTIFY_SOURCE --coverage
VLDFLAGS = --coverage
else ifeq ($(VARIANT),fuzz)
CC = clang
VFLAGS = -O1 -U_FORTIFY_SOURCE $(SANITIZE) -fsanitize=fuzzer-no-link
VLDFLAGS = $(SANITIZE)
else
$(error VARIANT is one of release, asan, cov, fuzz)
endif

HARDEN = -fstack-protector-strong -fPIE
ifeq ($(shell uname -s),Darwin)
HARDEN_LD =
AS_NEEDED =
else
HARDEN_LD = -pie -Wl,-z,relro,-z,now
AS_NEEDED = -Wl,--as-needed
endif

# pkg-config is asked once, and only when something that needs the answer is built.
once = $(eval $(1) := $$(shell $(2)))$($(1))
JANSSON_LIBS = $(call once,JANSSON_LIBS,$(PKG_CONFIG) --libs jansson)
CHECK_LIBS = $(call once,CHECK_LIBS,$(PKG_CONFIG) --libs check)
# libcurl and libcrypto are loaded when an engine is called, never linked: docker runs the plugin's
# metadata call before each of its commands, and that call must not pay for them.
PKG_CFLAGS = $(call once,BASE_PKG,$(PKG_CONFIG) --cflags jansson libcurl libcrypto nettle) \
	$(SECRET_CFLAGS) $(CJOSE_CFLAGS)
# Headers of libsecret alone, which the loader of credhelper/secret_api.h does without; GLib's do
# not pass our warnings.
SECRET_CFLAGS = $(patsubst -I%,-isystem%,$(call once,SECRET_PKG,$(PKG_CONFIG) --cflags-only-I \
	libsecret-1 2>/dev/null))
CJOSE_CFLAGS = $(if $(CJOSE),$(call once,CJOSE_PKG,$(PKG_CONFIG) --cflags cjose))
CJOSE_LIBS = $(if $(CJOSE),$(call once,CJOSE_LINK,$(PKG_CONFIG) --libs cjose))

ALL_CFLAGS = -std=gnu11 -D_GNU_SOURCE -I. $(WARN) $(HARDEN) $(PKG_CFLAGS) $(CPPFLAGS) $(CFLAGS) \
	$(VFLAGS)
ALL_LDFLAGS = $(HARDEN_LD) $(AS_NEEDED) $(CFLAGS) $(LDFLAGS) $(VLDFLAGS)

# --- What there is. Folders may be empty or absent.
COMMON_SRCS = $(sort $(foreach d,$(COMMON_DIRS),$(wildcard $(d)/*.c)))
COMMON_OBJS = $(COMMON_SRCS:%.c=$(B)/obj/%.o)
BUILDABLE = $(foreach p,$(PROGRAMS),$(if $(wildcard $($(p)_DIR)/main.c),$(p)))
DIRS = $(foreach p,$(PROGRAMS),$($(p)_DIR))
ARCHIVES = $(foreach d,$(DIRS),$(B)/lib$(notdir $(d)).a) $(B)/libcommon.a

UNIT_ALL := $(shell [ ! -d tests/unit ] || find tests/unit -name '*.c' | LC_ALL=C sort)
UNIT_ALL := $(if $(CJOSE),$(UNIT_ALL),$(filter-out tests/unit/attest/%,$(UNIT_ALL)))
UNIT_SRCS = $(foreach f,$(UNIT_ALL),$(if $(filter test_%,$(notdir $(f))),$(f)))
UNIT_BINS = $(UNIT_SRCS:tests/unit/%.c=$(B)/tests/%)
# The rest of tests/unit is shared by the tests: suite.c with the one main(), and helpers.
UNIT_LIB_SRCS = $(filter-out $(UNIT_SRCS) tests/unit/suite.c,$(UNIT_ALL))

# Those of tokens are linked with pushgate-attest's parts.
FUZZ_SRCS = $(sort $(filter-out $(if $(CJOSE),,tests/fuzz/fuzz_token_%),$(wildcard tests/fuzz/fuzz_*.c)))
FUZZ_NAMES = $(FUZZ_SRCS:tests/fuzz/fuzz_%.c=%)
FUZZ_SECONDS ?= 60

C_SRCS = $(COMMON_SRCS) $(sort $(foreach d,$(DIRS),$(wildcard $(d)/*.c))) \
	$(docker-timesync_ALSO)
# Compiled by their own script, for other machines.
C_CROSS = plugins/timesync/helper/helper.c
C_TESTS = $(UNIT_ALL) \
	$(sort $(wildcard tests/fuzz/*.c tests/bench/*.c tests/fake/*.c tests/lib/*.c))
C_ALL = $(C_SRCS) $(C_TESTS)
HEADERS = $(sort $(foreach d,$(COMMON_DIRS) $(DIRS),$(wildcard $(d)/*.h $(d)/*/*.h))) \
	$(shell [ ! -d tests ] || find tests -name '*.h' | LC_ALL=C sort)

.PHONY: all
all: $(BUILDABLE:%=$(B)/%)

# --- Compile and link.
ifneq ($(VERBOSE),)
say = @:
Q =
else
say = @$(if $(findstring s,$(firstword -$(MAKEFLAGS))),:,printf '  %-7s %s\n')
Q = @
endif

# Rewritten only when they change: a change of flags rebuilds everything, an added or removed
# source only its archive. WERROR is left out, since it changes no object.
quote = '$(subst ','\'',$(1))'
stamp = @mkdir -p $(@D); printf '%s\n' $(call quote,$(1)) | cmp -s - $@ || \
	printf '%s\n' $(call quote,$(1)) >$@

$(B)/flags: FORCE
	$(call stamp,$(VERSION) $(CC) $(ALL_CFLAGS) / $(ALL_LDFLAGS))
$(B)/members: FORCE
	$(call stamp,$(C_SRCS) $(UNIT_LIB_SRCS))
FORCE:

# The programs' main files alone know the version, and one file where pushgate-attest will lie.
version = $(if $(filter %/main.c,$<),-DVERSION='"$(VERSION)"')
place = $(if $(filter credhelper/paths.c,$<),-DPUSHGATE_ATTEST='"$(pushgate-attest_TO)/pushgate-attest"')

$(B)/place: FORCE
	$(call stamp,$(pushgate-attest_TO))
$(B)/obj/credhelper/paths.o: $(B)/place

$(B)/obj/%.o: %.c $(B)/flags
	@mkdir -p $(@D)
	$(say) CC $<
	$(Q)$(CC) $(ALL_CFLAGS) $(WERROR) $(version) $(place) -MMD -MP -c -o $@ $<

# The images are put in by the assembler, whose files the compiler lists in no dependency.
HELPERS = plugins/timesync/helper/built
$(B)/obj/plugins/timesync/helper_image.o: $(wildcard $(HELPERS)/*.tar)

archive = @mkdir -p $(@D); rm -f $@; $(AR) rcs $@ $(filter %.o,$^)

$(B)/libcommon.a: $(COMMON_OBJS) $(B)/members
	$(archive)

$(B)/libtests.a: $(UNIT_LIB_SRCS:%.c=$(B)/obj/%.o) $(B)/members
	$(archive)

define program
$(B)/lib$(notdir $($(1)_DIR)).a: $$(patsubst %.c,$(B)/obj/%.o,$$(filter-out \
	$($(1)_DIR)/main.c,$$(wildcard $($(1)_DIR)/*.c) $$($(1)_ALSO))) $(B)/members
	$$(archive)

$(B)/$(1): $(B)/obj/$($(1)_DIR)/main.o $(B)/lib$(notdir $($(1)_DIR)).a $(B)/libcommon.a
	$$(say) LINK $$@
	$$(Q)$$(CC) $$(ALL_LDFLAGS) -o $$@ $$(filter %.o %.a,$$^) $$($(1)_LIBS)
endef
$(foreach p,$(PROGRAMS),$(eval $(call program,$(p))))

# Programs may call different things by one name: the archive of what is tested comes first.
own_archive = $(filter $(B)/lib$(firstword $(subst /, ,$*)).a,$(ARCHIVES))

$(UNIT_BINS): $(B)/tests/%: $(B)/obj/tests/unit/%.o $(B)/obj/tests/unit/suite.o $(B)/libtests.a \
		$(ARCHIVES)
	@mkdir -p $(@D)
	$(say) LINK $@
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $(filter %.o %/libtests.a,$^) $(own_archive) $(filter %.a,$^) \
		$(CHECK_LIBS) $(CJOSE_LIBS) $(JANSSON_LIBS) -ldl

$(FUZZ_NAMES:%=$(B)/tests/replay_%): $(B)/tests/replay_%: $(B)/obj/tests/fuzz/fuzz_%.o \
		$(B)/obj/tests/fuzz/replay.o $(ARCHIVES)
	@mkdir -p $(@D)
	$(say) LINK $@
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $(filter %.o %.a,$^) $(JANSSON_LIBS) -ldl

$(FUZZ_NAMES:%=$(B)/tests/fuzz_%): $(B)/tests/fuzz_%: $(B)/obj/tests/fuzz/fuzz_%.o $(ARCHIVES)
	@mkdir -p $(@D)
	$(say) LINK $@
	$(Q)$(CC) $(ALL_LDFLAGS) -fsanitize=fuzzer -o $@ $(filter %.o %.a,$^) $(JANSSON_LIBS) -ldl

# LD_PRELOADed by tests (it says what for). No sanitizers: they would want to be loaded first.
SLEEPY = $(if $(filter Linux,$(shell uname -s)),$(B)/tests/sleepy.so)
$(B)/tests/sleepy.so: tests/lib/sleepy.c $(B)/flags
	@mkdir -p $(@D)
	$(say) LINK $@
	$(Q)$(CC) -std=gnu11 -D_GNU_SOURCE $(WARN) $(WERROR) -O2 -fPIC -shared -o $@ $< -ldl

# The stores of docker-credential-pushgate, for tests of them alone (it says how).
STORECTL = $(B)/tests/storectl
$(STORECTL): $(B)/obj/tests/lib/storectl.o $(B)/libcredhelper.a $(B)/libcommon.a
	@mkdir -p $(@D)
	$(say) LINK $@
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $(filter %.o %.a,$^) $(docker-credential-pushgate_LIBS)

# The registry client as a program (it says how).
REGISTRYCTL = $(B)/tests/registryctl
$(REGISTRYCTL): $(B)/obj/tests/lib/registryctl.o $(B)/libcommon.a
	@mkdir -p $(@D)
	$(say) LINK $@
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $(filter %.o %.a,$^) $(JANSSON_LIBS) -ldl

-include $(shell [ ! -d $(B)/obj ] || find $(B)/obj -name '*.d')

# --- Tests. Each runner writes build/test-report/<suite>-<variant>.txt (see scripts/test-summary).
REPORTS = build/test-report
report = $(REPORTS)/$(1)-$(VARIANT).txt
PYTHON ?= python3
# Where no docker is installed, `install.sh --check` has unpacked one.
test-env = PATH="$$PATH$(if $(wildcard build/engine/bin),:$(CURDIR)/build/engine/bin)" \
	HYGIENE="$(CURDIR)/$(B)/docker-hygiene" TIMESYNC="$(CURDIR)/$(B)/docker-timesync" \
	PUSHGATE="$(CURDIR)/$(B)/docker-credential-pushgate" VARIANT=$(VARIANT) \
	BUILD="$(CURDIR)/$(B)" TEST_REPORT="$(CURDIR)/$(call report,$(1))"

export CK_DEFAULT_TIMEOUT ?= 30
ifeq ($(VARIANT),asan)
export CK_TIMEOUT_MULTIPLIER ?= 4
export ASAN_OPTIONS ?= detect_leaks=1:detect_stack_use_after_return=1:abort_on_error=0
export UBSAN_OPTIONS ?= print_stacktrace=1:halt_on_error=1
endif

CHECKS = check-layers check-unit check-corpus check-cli check-fake check-helpers check-pushgate \
	check-registry check-base check-e2e check-install check-vm
.PHONY: check check-all $(CHECKS)
check:
	@rm -rf $(REPORTS)
	@$(MAKE) --no-print-directory -k check-all; scripts/test-summary --status $$?
check-all: $(CHECKS)

check-layers:
	@scripts/check-layers $(call report,layers)

UNIT_RUNS = $(UNIT_BINS:%=%.run)
.PHONY: $(UNIT_RUNS)
$(UNIT_RUNS): %.run: %
	@scripts/run-check $<
check-unit: $(UNIT_RUNS)
	@scripts/run-check --sum $(call report,unit) $(UNIT_BINS)

check-corpus: $(FUZZ_NAMES:%=$(B)/tests/replay_%)
	@scripts/run-corpus $(call report,corpus) $(B)/tests $(FUZZ_NAMES)

check-cli: all
	@$(call test-env,cli) scripts/run-tap $(sort $(wildcard tests/cli/*.sh))

check-fake: all $(SLEEPY)
	@$(call test-env,fake) $(PYTHON) scripts/run-unittest \
		$(wildcard tests/fake tests/fake_engine)

# The built helpers: their sums, the same bytes where the same tools are, and each at work.
check-helpers:
	@$(call test-env,helpers) $(PYTHON) scripts/run-unittest tests/helper

# Stores and clients of docker-credential-pushgate, on real parts.
check-pushgate: all $(STORECTL)
	@$(call test-env,pushgate) $(PYTHON) scripts/run-unittest $(wildcard tests/pushgate)

# The registry client, alone (registryctl) and in its commands, on real and on hostile registries.
check-registry: all $(REGISTRYCTL)
	@$(call test-env,registry) $(PYTHON) scripts/run-unittest $(wildcard tests/registry)

# Base images, on real engines and registries.
check-base: all
	@$(call test-env,base) tests/base/run

check-e2e: all $(SLEEPY)
	@[ ! -x tests/e2e/run ] || $(call test-env,e2e) tests/e2e/run

check-vm: all $(SLEEPY)
	@$(call test-env,vm) tests/vm/run

check-install: all
	@$(call test-env,install) scripts/run-tap $(sort $(wildcard tests/install/*.sh))

.PHONY: asan
asan:
	@$(MAKE) --no-print-directory -k VARIANT=asan check-unit check-corpus check-cli check-fake \
		check-registry

.PHONY: fuzz run-fuzz
fuzz:
	@$(MAKE) --no-print-directory VARIANT=fuzz run-fuzz
run-fuzz: $(FUZZ_NAMES:%=$(B)/tests/fuzz_%)
	@scripts/run-fuzz $(B) $(FUZZ_SECONDS) $(FUZZ_NAMES)

.PHONY: coverage
coverage:
	@[ ! -d build/cov ] || find build/cov -name '*.gcda' -delete
	@$(MAKE) --no-print-directory -k VARIANT=cov check-unit check-corpus check-cli check-fake \
		>build/cov.log || { tail -n 20 build/cov.log; exit 1; }
	@scripts/coverage build/cov

.PHONY: bench
bench: all $(SLEEPY)
	@[ ! -x tests/bench/run ] || $(call test-env,bench) tests/bench/run

# --- The helpers of docker timesync are committed: who installs needs no cross compilers.
.PHONY: helpers
helpers:
	@plugins/timesync/helper/build

# --- Sources.
CLANG_FORMAT ?= clang-format
CLANG_TIDY ?= clang-tidy
.PHONY: format check-format tidy
format:
	@$(CLANG_FORMAT) -i $(C_ALL) $(C_CROSS) $(HEADERS)
check-format:
	@$(CLANG_FORMAT) --dry-run -Werror $(C_ALL) $(C_CROSS) $(HEADERS)
tidy: compile_commands.json
	@printf '%s\n' $(C_SRCS) | xargs -n 4 -P 2 $(CLANG_TIDY) --quiet --warnings-as-errors='*' -p .

.PHONY: compile_commands.json
compile_commands.json:
	@{ sep='['; for f in $(C_ALL); do \
		printf '%s\n{"directory": "%s", "file": "%s", "command": "%s -c %s"}' "$$sep" \
			"$(CURDIR)" "$$f" '$(CC) $(ALL_CFLAGS) -DVERSION=\\\"$(VERSION)\\\" -DPUSHGATE_ATTEST=\\\"/\\\"' "$$f"; \
		sep=,; done; printf '\n]\n'; } >$@

# --- Packages.
.PHONY: install uninstall deb dist clean help
install: all
	@set -e; $(foreach p,$(BUILDABLE),$(INSTALL) -d "$(DESTDIR)$($(p)_TO)"; \
		$(INSTALL) -m 755 $(B)/$(p) "$(DESTDIR)$($(p)_TO)/$(p)"; \
		echo "installed $(DESTDIR)$($(p)_TO)/$(p)";)
uninstall:
	@set -e; $(foreach p,$(PROGRAMS) $(LEFT_OUT),f="$(DESTDIR)$($(p)_TO)/$(p)"; \
		[ ! -e "$$f" ] || { rm -f "$$f"; echo "removed $$f"; };)
	@rmdir "$(DESTDIR)$(pushgate-attest_TO)" 2>/dev/null || :

deb: all
	@packaging/deb/build "$(VERSION)" "$(B)"

dist:
	@mkdir -p build
	git archive --prefix=docker-hygiene-$(VERSION)/ -o build/docker-hygiene-$(VERSION).tar.gz HEAD

clean:
	rm -rf build compile_commands.json

help:
	@echo 'all (default)   build/$(VARIANT)/: $(PROGRAMS)'
	@echo 'check           every test: layers, unit, corpus, cli, fake, helpers,'
	@echo '                pushgate, registry, base, e2e, install, vm'
	@echo 'check-<name>    one of them'
	@echo 'asan            unit, corpus, cli, fake-engine and registry tests under ASan, UBSan, LSan'
	@echo 'fuzz            libFuzzer on each parser, FUZZ_SECONDS=$(FUZZ_SECONDS) each (clang)'
	@echo 'coverage        line coverage by file (gcov)'
	@echo 'bench           measured ratios against docker'
	@echo 'helpers         rebuild plugins/timesync/helper/built (clang, lld, binutils-s390x-linux-gnu)'
	@echo 'format, check-format, tidy, compile_commands.json'
	@echo 'install, uninstall   DESTDIR, PREFIX=$(PREFIX), PLUGINDIR=$(PLUGINDIR)'
	@echo 'deb, dist, clean'
	@echo 'Variables: VARIANT=release|asan|cov|fuzz CC CFLAGS WERROR=-Werror VERBOSE=1'
