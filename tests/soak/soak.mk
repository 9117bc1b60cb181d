# SPDX-License-Identifier: MIT
#
# make soak   SOAK_SECONDS (600) of mail through a private Postfix over SOAK_CONNECTIONS (500), with faults

SOAK_SECONDS ?= 600
SOAK_CONNECTIONS ?= 500
.PHONY: soak
soak:
	contrib/install-deps build check
	@$(MAKE) --no-print-directory -j$(JOBS) all
	@SPFPOLICYD=$(abspath $(PROG)) $(PYTHON) -B tests/soak/soak.py $(SOAK_SECONDS) $(SOAK_CONNECTIONS)
