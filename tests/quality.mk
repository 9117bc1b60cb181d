# SPDX-License-Identifier: MIT
#
# make lint             cppcheck and clang-tidy over src, no finding allowed; shellcheck over scripts;
#                       is the tree formatted? (make format does it)
# make check-musl       all of src compiles with musl's headers
# make check-valgrind   unit, conformance and fault tests under valgrind
# make coverage         lines of src that the tests reach; a table, and what is not reached

LINT_CPPFLAGS = -Iinclude -D_GNU_SOURCE
SCRIPTS := contrib/install-deps contrib/dist contrib/build-deb contrib/postfix-enable contrib/demo contrib/platforms .ci/run

.PHONY: lint lint-deps lint-cppcheck lint-tidy lint-scripts lint-format format
lint: lint-cppcheck lint-tidy lint-scripts lint-format
lint-cppcheck lint-tidy lint-scripts lint-format: lint-deps
lint-deps:
	contrib/install-deps build lint

lint-cppcheck:
	cppcheck --quiet --std=c11 --enable=warning,performance,portability --inline-suppr --error-exitcode=1 \
		--suppress=missingIncludeSystem --suppress=normalCheckLevelMaxBranches -j$(JOBS) $(LINT_CPPFLAGS) \
		-DVERSION='"$(VERSION)"' -DSYSCONFDIR='"$(SYSCONFDIR)"' src

lint-tidy:
	printf '%s\n' $(SRCS) src/sandbox/none.c | \
		xargs -P$(JOBS) -I@ clang-tidy --quiet --warnings-as-errors='*' @ -- -std=c11 $(LINT_CPPFLAGS) \
		-DVERSION='"$(VERSION)"' -DSYSCONFDIR='"$(SYSCONFDIR)"'

lint-scripts:
	shellcheck -x $(SCRIPTS)

# Other versions than Debian 12's format some lines differently.
FORMAT_14 = case "$$(clang-format --version)" in *' version 14.'*) find include src tests -name '*.[ch]' | xargs clang-format \
	$(1);; *) echo 'clang-format is not version 14: nothing done';; esac
lint-format:
	@$(call FORMAT_14,--dry-run -Werror)
format:
	@$(call FORMAT_14,-i)

# Another libc: its headers first, then the libraries' own, which are of this system.
.PHONY: check-musl
check-musl:
	contrib/install-deps build musl
	@set -e; for file in $(SRCS) src/sandbox/none.c; do \
		musl-gcc -std=c11 -Wall -Werror -fsyntax-only $(ALL_CPPFLAGS) -idirafter /usr/include \
			-idirafter /usr/include/$$($(CC) -dumpmachine) $$file; \
	done; echo "musl: $(words $(SRCS) none.c) files compile"

.PHONY: check-valgrind coverage
# test_resolver may fail, not be at fault: a deadline of it is too short for valgrind.
check-valgrind:
	contrib/install-deps build check dev
	@$(MAKE) --no-print-directory -j$(JOBS) $(PROG) $(UNIT_TESTS)
	@status=0; for t in $(UNIT_TESTS); do \
		valgrind --quiet --vgdb=no --error-exitcode=99 --leak-check=full --errors-for-leak-kinds=definite \
			$$t >$(BUILD)/valgrind.log 2>&1; \
		case $$?:$$t in 0:*|1:*/test_resolver) ;; *) cat $(BUILD)/valgrind.log; status=1;; esac; \
	done; exit $$status
	SPFPOLICYD='$(abspath $(PROG))' SPFPOLICYD_WRAPPER='valgrind --quiet --vgdb=no --error-exitcode=99' \
		$(PYTHON) -B -m pytest -q -p no:cacheprovider tests/conformance tests/faults

# A build of its own, in which what runs is counted. COVERAGE_SUITES=unit is quick.
COVERAGE_SUITES ?= unit conformance session check contrib faults
COVERAGE_LEAST ?= 95
coverage:
	contrib/install-deps build check
	@rm -rf build-coverage
	@$(MAKE) --no-print-directory BUILD=build-coverage HARDEN= HARDEN_LD= OPTIMIZE='-O0 -g' \
		CFLAGS=--coverage LDFLAGS=--coverage -j$(JOBS) coverage-run
.PHONY: coverage-run
coverage-run: $(PROG) $(UNIT_TESTS) $(BUILD)/coverage_sandbox.so
	@$(PYTHON) -B tests/coverage.py $(BUILD) $(COVERAGE_LEAST) $(COVERAGE_SUITES)

$(BUILD)/coverage_sandbox.so: tests/coverage_sandbox.c
	@mkdir -p $(@D)
	$(Q)$(CC) -std=c11 -D_GNU_SOURCE -shared -fPIC -O1 -Wall -Wextra -o $@ $<

include tests/soak/soak.mk
