# SPDX-License-Identifier: MIT
#
# make prove            all proofs (some minutes); CBMC is a package of Debian 13: contrib/install-deps prove
# make prove-NAME       those of tests/prove/prove_NAME.c
#
# PROVE_NAME lists the sources (below src/, without .c) that stand under proof, PROVE_SIZES_NAME what SIZE is
# in turn, PROVE_UNWIND_NAME a bound for all loops; that it suffices is proved too. PROVE_FLAGS_NAME has other
# bounds for single loops: nested ones that are allowed more turns than they have make a proof endless.

CBMC ?= cbmc
CBMC_FLAGS := --slice-formula --bounds-check --pointer-check --pointer-overflow-check --pointer-primitive-check \
	--signed-overflow-check --unsigned-overflow-check --div-by-zero-check --undefined-shift-check \
	--unwinding-assertions --no-malloc-may-fail

PROVE_text := base/text
PROVE_SIZES_text := 1 2 3 4 5 9
PROVE_UNWIND_text := 6
PROVE_wire := dns/wire
PROVE_SIZES_wire := 2 3
PROVE_UNWIND_wire := 13
PROVE_message := dns/message dns/wire
PROVE_SIZES_message := 12 18 22
PROVE_UNWIND_message := 12
PROVE_macro := spf/macro_syntax
PROVE_SIZES_macro := 1 3 4
PROVE_UNWIND_macro := 13
PROVE_expansion := spf/macro_syntax base/span
PROVE_SIZES_expansion := 1 2 3
PROVE_UNWIND_expansion := 5
PROVE_FLAGS_expansion := --unwindset strlen.0:9
PROVE_answer := dns/wire dns/chain base/span
PROVE_SIZES_answer := 12
PROVE_UNWIND_answer := 26
PROVE_rdata := dns/rdata dns/wire
PROVE_SIZES_rdata := 1 4 8
PROVE_UNWIND_rdata := 13
PROVE_request := base/span
PROVE_SIZES_request := 1 3 8
PROVE_UNWIND_request := 10
PROVE_prefix := base/span
PROVE_SIZES_prefix := 1 4 6
PROVE_UNWIND_prefix := 8

PROVE_NAMES := $(patsubst tests/prove/prove_%.c,%,$(wildcard tests/prove/prove_*.c))

.PHONY: prove $(PROVE_NAMES:%=prove-%)
prove: $(PROVE_NAMES:%=prove-%)
$(PROVE_NAMES:%=prove-%): prove-%:
	@mkdir -p $(BUILD)
	@command -v $(CBMC) >/dev/null || { echo '$@: cbmc is not installed (Debian 13 has it): nothing is proved'; exit 0; }; \
	for proof in $$(sed -n 's/^void \(prove_[a-z_]*\)(void)$$/\1/p' tests/prove/prove_$*.c); do \
		for size in $(PROVE_SIZES_$*); do \
			$(CBMC) $(CBMC_FLAGS) --function $$proof --unwind $(PROVE_UNWIND_$*) $(PROVE_FLAGS_$*) -DSIZE=$$size -D_GNU_SOURCE \
				-Iinclude -Isrc tests/prove/prove_$*.c $(PROVE_$*:%=src/%.c) >$(BUILD)/prove.$* 2>&1 || \
				{ grep ': FAILURE' $(BUILD)/prove.$* || cat $(BUILD)/prove.$*; echo "$$proof, SIZE $$size: not so"; exit 1; }; \
			echo "$$proof, SIZE $$size: $$(sed -n 's/^\*\* 0 of \([0-9]*\) failed.*/\1 properties hold/p' $(BUILD)/prove.$*)"; \
		done; \
	done
