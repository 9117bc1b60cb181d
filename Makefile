# SPDX-License-Identifier: MIT
#
# make            build/spfpolicyd from installed dependencies
# make demo       install what is missing, build, show the main job without Internet
# make check      install what is missing, build, run every test; ends with "N passed, N failed"
# make platforms  both on other releases and architectures of Debian; PLATFORMS="trixie trixie-i386" chooses
# make install    PREFIX (/usr/local) and DESTDIR are heeded
# make dist       build/spfpolicyd-VERSION.tar.xz
#
# make static     build/spfpolicyd-static, one file without shared libraries (contrib/install-deps build static)
#
# V=1 shows the commands. SANITIZE=address,undefined builds with sanitizers, in a build folder of its own.
# CROSS=aarch64-linux-gnu- builds for that machine, and so do CC and PKG_CONFIG of one's own. Nothing that is
# built runs while it is built. SANDBOX=none leaves out what takes Linux' headers for seccomp; it is chosen by
# itself where these are missing.

BUILD ?= build$(if $(SANITIZE),-$(subst $(comma),-,$(SANITIZE)))
PREFIX ?= /usr/local
SBINDIR ?= $(PREFIX)/sbin
MANDIR ?= $(PREFIX)/share/man
DOCDIR ?= $(PREFIX)/share/doc/spfpolicyd
SCRIPTDIR ?= $(DOCDIR)
COMPLETIONDIR ?= $(PREFIX)/share/bash-completion/completions
SYSCONFDIR ?= /etc
PYTHON ?= /usr/bin/python3
CROSS ?=
ifeq ($(origin CC),default)
CC := $(if $(CROSS),$(CROSS)gcc,cc)
endif
PKG_CONFIG ?= $(CROSS)pkg-config
INSTALL ?= install
JOBS ?= $(shell nproc)
comma := ,

ifneq ($(V),1)
Q := @
endif

# The one place for it. What else must name it is compared with it by tests/tree/test_release.py.
VERSION := 1.0.0
PROG := $(BUILD)/spfpolicyd

# Asked of the compiler, which may build for another machine than this one.
supported = $(shell $(CC) -Werror $(1) -x c -c /dev/null -o /dev/null 2>/dev/null && echo '$(1)')
has_headers = $(shell printf '\043include <%s>\n' $(1) | $(CC) $(CPPFLAGS) -x c -fsyntax-only - 2>/dev/null && echo yes)

ifndef SANDBOX
SANDBOX := $(if $(call has_headers,linux/audit.h linux/filter.h linux/seccomp.h sys/prctl.h),linux,none)
endif
CONFINEMENT := $(addprefix src/sandbox/,bpf.c enter.c filter.c landlock.c socketcall.c)
LEFT_OUT := $(if $(filter none,$(SANDBOX)),$(CONFINEMENT),src/sandbox/none.c)
SRCS := $(filter-out $(LEFT_OUT),$(sort $(wildcard src/*.c src/*/*.c)))
OBJS := $(SRCS:src/%.c=$(BUILD)/%.o)

# libspf2 has no pkg-config file. With libunistring-dev installed, IDN2_LIBS='-l:libidn2.a -l:libunistring.a'
# saves 0.2 ms of every start; fixes of these libraries then come only with a new build.
library = $(or $(shell $(PKG_CONFIG) --libs $(1) 2>/dev/null),-l$(patsubst lib%,%,$(1)))
SPF2_LIBS ?= -lspf2
IDN2_LIBS ?= $(call library,libidn2)
LIBS = $(SPF2_LIBS) $(call library,libcares) $(IDN2_LIBS)

WARNINGS := -Wall -Wextra -Wshadow -Wconversion -Wformat=2 -Wstrict-prototypes \
	-Wmissing-prototypes -Wvla -Wundef -Wswitch-enum
ifdef SANITIZE
OPTIMIZE ?= -O1 -g -fno-omit-frame-pointer
HARDEN := -fsanitize=$(SANITIZE) -fno-sanitize-recover=all
HARDEN_LD := -fsanitize=$(SANITIZE)
else
OPTIMIZE ?= -O2 -g
# A package's own level of _FORTIFY_SOURCE counts; clang before 16 initializes with a pattern.
HARDEN := -fPIE -fstack-protector-strong \
	$(if $(findstring _FORTIFY_SOURCE,$(CC) $(CPPFLAGS) $(CFLAGS)),,-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2) \
	$(call supported,-fstack-clash-protection) $(call supported,-fcf-protection) \
	$(call supported,-mbranch-protection=standard) \
	$(or $(call supported,-ftrivial-auto-var-init=zero),$(call supported,-ftrivial-auto-var-init=pattern))
HARDEN_LD := -pie -Wl,-z,relro,-z,now,-z,noexecstack -Wl,--as-needed
endif
ALL_CPPFLAGS = -Iinclude -D_GNU_SOURCE -DVERSION='"$(VERSION)"' -DSYSCONFDIR='"$(SYSCONFDIR)"' $(CPPFLAGS)
ALL_CFLAGS = -std=c11 $(OPTIMIZE) $(WARNINGS) $(HARDEN) $(CFLAGS)
ALL_LDFLAGS = $(HARDEN_LD) $(LDFLAGS)

.PHONY: all
all: $(PROG)

$(PROG): $(OBJS) $(BUILD)/flags
	@echo "  LD      $@"
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $(OBJS) $(LIBS)

# Debian's archives of the libraries, and of what those stand on.
STATIC := $(BUILD)/spfpolicyd-static
STATIC_LIBS ?= -l:libspf2.a -l:libcares.a -l:libidn2.a -l:libunistring.a -lresolv
.PHONY: static
static: $(STATIC)
$(STATIC): $(OBJS) $(BUILD)/flags
	@echo "  LD      $@"
	$(Q)$(CC) $(patsubst -pie,-static-pie,$(ALL_LDFLAGS)) -o $@ $(OBJS) $(STATIC_LIBS)

$(BUILD)/%.o: src/%.c $(BUILD)/flags
	@mkdir -p $(@D)
	@echo "  CC      $<"
	$(Q)$(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

# Changes when something else is to be built: another compiler, other flags, other files.
.PHONY: FORCE
$(BUILD)/flags: Makefile FORCE
	@mkdir -p $(@D)
	@printf '%s\n' '$(subst ','\'',$(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) $(ALL_LDFLAGS) $(LIBS) $(SANDBOX))' >$@.new
	@cmp -s $@.new $@ && rm $@.new || mv $@.new $@

include tests/unit/unit.mk
include tests/fuzz/fuzz.mk
include tests/prove/prove.mk
include tests/bench/bench.mk
include tests/quality.mk

.PHONY: deps demo check
deps:
	contrib/install-deps build

demo:
	contrib/install-deps build
	@$(MAKE) --no-print-directory -j$(JOBS) all
	@contrib/demo $(PROG)

# What the suites run: SPFPOLICYD=build/spfpolicyd-static make check-faults, say, or one that is installed.
SPFPOLICYD ?= $(PROG)
# Each a folder of tests/. Long ones first; how tests share the workers is in tests/conftest.py.
SUITES := system faults contrib check session conformance tree
# Half of the tests wait for a deadline or for a process that they started. A worker that crashed fails the
# test that it ran and is not replaced: pytest-xdist 3.1 would wait for the new one for ever.
WORKERS ?= $(shell expr 2 '*' $(JOBS))
PYTEST = SPFPOLICYD='$(abspath $(SPFPOLICYD))' $(PYTHON) -B -m pytest -q -p no:cacheprovider \
	$(if $(shell $(PYTHON) -c 'import xdist' 2>&1),,-n $(WORKERS) --dist loadgroup --max-worker-restart=0)

check:
	contrib/install-deps build check
	@rm -rf $(BUILD)/results && mkdir -p $(BUILD)/results
	@$(MAKE) --no-print-directory -j$(JOBS) all $(UNIT_TESTS)
	@$(MAKE) --no-print-directory -k -j$(JOBS) check-unit check-suites || touch $(BUILD)/results/broken
	@$(PYTHON) tests/summary.py $(BUILD)/results

.PHONY: check-unit check-suites check-package $(SUITES:%=check-%) $(UNIT_TESTS:%=%.run)
check-unit: $(UNIT_TESTS:%=%.run)
$(UNIT_TESTS:%=%.run): %.run: %
	@mkdir -p $(BUILD)/results && rm -f $(BUILD)/results/unit-$(*F).xml
	@CMOCKA_MESSAGE_OUTPUT=xml CMOCKA_XML_FILE=$(BUILD)/results/unit-$(*F).xml $* || { echo "FAILED: $*"; false; }

# All suites share the workers; one alone, as check-faults, is for work on it. check-package is in none but its own:
# it builds packages and takes minutes (contrib/install-deps package).
check-suites: $(SPFPOLICYD)
	@mkdir -p $(BUILD)/results
	@$(PYTEST) --junitxml=$(BUILD)/results/suites.xml $(SUITES:%=tests/%)
$(SUITES:%=check-%) check-package: check-%: $(SPFPOLICYD)
	@mkdir -p $(BUILD)/results
	@$(PYTEST) --junitxml=$(BUILD)/results/$*.xml tests/$*

# The sources as one file, the same bytes from the same commit.
.PHONY: dist
dist:
	@contrib/dist '$(BUILD)' '$(VERSION)'

.PHONY: platforms
platforms:
	contrib/platforms $(PLATFORMS)

# The manuals name the places in which things are.
.PHONY: install uninstall clean
IN_PLACE = sed -e 's,/usr/local/share/doc/spfpolicyd/postfix-enable,$(SCRIPTDIR)/postfix-enable,' \
	-e 's,/usr/local/share/doc/spfpolicyd,$(DOCDIR),' -e 's,/usr/local/sbin,$(SBINDIR),' \
	-e 's,/etc/spfpolicyd,$(SYSCONFDIR)/spfpolicyd,'
ENABLE_PARTS := $(addprefix contrib/postfix-enable.d/,files restrictions status switch)
EXAMPLES := contrib/apparmor contrib/fail2ban contrib/logcheck contrib/mtail contrib/unbound.conf
install: $(PROG)
	$(Q)$(INSTALL) -d '$(DESTDIR)$(SBINDIR)' '$(DESTDIR)$(MANDIR)/man8' '$(DESTDIR)$(MANDIR)/man5' \
		'$(DESTDIR)$(MANDIR)/man7' \
		'$(DESTDIR)$(DOCDIR)/examples' '$(DESTDIR)$(SCRIPTDIR)/postfix-enable.d' '$(DESTDIR)$(COMPLETIONDIR)'
	@echo '  INSTALL $(DESTDIR)$(SBINDIR)/spfpolicyd'
	$(Q)$(INSTALL) -m 755 $(PROG) '$(DESTDIR)$(SBINDIR)/spfpolicyd'
	@echo '  INSTALL $(DESTDIR)$(MANDIR)/man8/spfpolicyd.8'
	$(Q)$(IN_PLACE) man/spfpolicyd.8 >'$(DESTDIR)$(MANDIR)/man8/spfpolicyd.8'
	@echo '  INSTALL $(DESTDIR)$(MANDIR)/man5/spfpolicyd.conf.5'
	$(Q)$(IN_PLACE) man/spfpolicyd.conf.5 >'$(DESTDIR)$(MANDIR)/man5/spfpolicyd.conf.5'
	@echo '  INSTALL $(DESTDIR)$(MANDIR)/man7/spfpolicyd-neighbours.7'
	$(Q)$(IN_PLACE) man/spfpolicyd-neighbours.7 >'$(DESTDIR)$(MANDIR)/man7/spfpolicyd-neighbours.7'
	$(Q)chmod 644 '$(DESTDIR)$(MANDIR)/man8/spfpolicyd.8' '$(DESTDIR)$(MANDIR)/man5/spfpolicyd.conf.5' \
		'$(DESTDIR)$(MANDIR)/man7/spfpolicyd-neighbours.7'
	@echo '  INSTALL $(DESTDIR)$(SCRIPTDIR)/postfix-enable'
	$(Q)$(INSTALL) -m 755 contrib/postfix-enable '$(DESTDIR)$(SCRIPTDIR)/postfix-enable'
	$(Q)$(INSTALL) -m 644 $(ENABLE_PARTS) '$(DESTDIR)$(SCRIPTDIR)/postfix-enable.d'
	@echo '  INSTALL $(DESTDIR)$(COMPLETIONDIR)/spfpolicyd'
	$(Q)$(INSTALL) -m 644 contrib/completion.bash '$(DESTDIR)$(COMPLETIONDIR)/spfpolicyd'
	@echo '  INSTALL $(DESTDIR)$(DOCDIR)'
	$(Q)$(INSTALL) -m 644 README.md examples/spfpolicyd.conf '$(DESTDIR)$(DOCDIR)'
	$(Q)umask 022 && cp -R $(EXAMPLES) '$(DESTDIR)$(DOCDIR)/examples'

uninstall:
	rm -f '$(DESTDIR)$(SBINDIR)/spfpolicyd' '$(DESTDIR)$(MANDIR)/man8/spfpolicyd.8' \
		'$(DESTDIR)$(MANDIR)/man5/spfpolicyd.conf.5' \
		'$(DESTDIR)$(MANDIR)/man7/spfpolicyd-neighbours.7' '$(DESTDIR)$(SCRIPTDIR)/postfix-enable' \
		'$(DESTDIR)$(COMPLETIONDIR)/spfpolicyd'
	rm -rf '$(DESTDIR)$(SCRIPTDIR)/postfix-enable.d' '$(DESTDIR)$(DOCDIR)'

clean:
	rm -rf build build-*

-include $(OBJS:.o=.d) $(UNIT_TESTS:%=%.d)
