# SPDX-License-Identifier: MIT
#
# make bench                  everything that can be measured here, in one table
# make bench BENCH_PEERS=1    installs policyd-spf and policyd-spf-perl first and measures beside them
# make bench BENCH_SMTP=1     also 500 connections through a real Postfix (root)

BENCH_PROGRAMS := floor bare dunno
.PHONY: bench
bench:
	contrib/install-deps build static check bench $(if $(BENCH_PEERS),peers)
	@$(MAKE) --no-print-directory all static $(BENCH_PROGRAMS:%=$(BUILD)/bench/%)
	$(PYTHON) -B tests/bench/bench.py --build $(BUILD) $(if $(BENCH_SMTP),--smtp)

$(BUILD)/bench/%: tests/bench/%.c Makefile
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $< $(LIBS)
