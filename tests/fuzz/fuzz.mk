# SPDX-License-Identifier: MIT
#
# make fuzz FUZZ_SECONDS=60     runs each tests/fuzz/fuzz_NAME.c that long (libFuzzer, ASan, UBSan)
# make fuzz-NAME                runs one of them
# make fuzz-replay              runs the committed corpus once, every input of it
# make fuzz-minimise            puts what a run found new into the committed corpus, and drops what
#                               adds nothing to it
#
# FUZZ_<name> lists the sources (below src/, without .c) that a target links, FUZZ_LIBS_<name> its
# libraries, FUZZ_OPTIONS_<name> libFuzzer's own options. Its corpus is tests/fuzz/NAME.corpus, one
# input a line (see corpus.py); an input is added by adding its line.

FUZZ_CC ?= clang
FUZZ_SECONDS ?= 60
FUZZ_BUILD := $(BUILD)/fuzz
# The dictionaries name what is compared. Watching each comparison as well costs half the speed, and in the
# same time finds less: 1394 edges of fuzz_dns against 1428 without.
FUZZ_FLAGS := -g -O3 -fno-omit-frame-pointer -fsanitize=fuzzer,address,undefined \
	-fno-sanitize-recover=all -fno-sanitize-coverage=trace-cmp
# Freed memory waits in quarantine for use after free. An input frees some KiB; 256 MiB only cost caches.
FUZZ_ENV := ASAN_OPTIONS=quarantine_size_mb=16

FUZZ_request := postfix/request base/text
FUZZ_OPTIONS_request := -max_len=512 -dict=tests/fuzz/request.dict

FUZZ_words := postfix/decision_log dmarc/dmarc_policy base/log base/log_sink $(REPLY)
FUZZ_LIBS_words := -lidn2
FUZZ_OPTIONS_words := -entropic=0 -max_len=512 -dict=tests/fuzz/words.dict

FUZZ_reply := $(REPLY)
FUZZ_LIBS_reply := -lidn2
FUZZ_OPTIONS_reply := -max_len=512 -dict=tests/fuzz/words.dict

FUZZ_config := $(CONFIG)
FUZZ_LIBS_config := -lidn2
FUZZ_OPTIONS_config := -max_len=256 -dict=tests/fuzz/config.dict

FUZZ_record := spf/record spf/record_arguments spf/macro spf/macro_syntax dns/name base/address base/text
FUZZ_LIBS_record := -lidn2
FUZZ_OPTIONS_record := -max_len=512 -dict=tests/fuzz/record.dict

# The resolver is the target's own.
FUZZ_dmarc := $(patsubst src/%.c,%,$(wildcard src/dmarc/*.c)) dns/answer dns/name base/text base/xalloc
FUZZ_LIBS_dmarc := -lidn2
FUZZ_OPTIONS_dmarc := -max_len=768 -dict=tests/fuzz/dmarc.dict

FUZZ_log := maillog/log_record maillog/journal maillog/logged_decision maillog/log_line policy/decision spf/result \
	base/address base/arena base/text base/xalloc
FUZZ_OPTIONS_log := -max_len=512 -dict=tests/fuzz/log.dict

# All but main, the loop, the sandbox and the check verb. Our own calls stand in for the network.
FUZZ_dns := $(sort $(CONFIG) $(REPLY) base/remark base/page base/log base/log_sink postfix/decision_log postfix/request postfix/request_envelope \
	$(patsubst src/%.c,%,$(wildcard src/policy/*.c)) $(patsubst src/%.c,%,$(wildcard src/dns/*.c src/dmarc/*.c src/spf/*.c)))
FUZZ_LIBS_dns := $(SPF2_LIBS) -lcares -lidn2 -Wl,--wrap=socket,--wrap=connect,--wrap=close,--wrap=send \
	-Wl,--wrap=recv,--wrap=poll,--wrap=clock_now_ms
FUZZ_OPTIONS_dns := -max_len=2048 -dict=tests/fuzz/record.dict

# The resolver alone, with scripted servers below it.
FUZZ_conversation := $(filter-out base/log,$(UNIT_resolver))
FUZZ_LIBS_conversation := $(LIBS_resolver) -Wl,--wrap=getrandom
FUZZ_OPTIONS_conversation := -max_len=512

FUZZ_NAMES := $(patsubst tests/fuzz/fuzz_%.c,%,$(wildcard tests/fuzz/fuzz_*.c))
FUZZERS := $(FUZZ_NAMES:%=$(FUZZ_BUILD)/fuzz_%)

.PHONY: fuzz fuzz-replay fuzz-minimise $(FUZZ_NAMES:%=fuzz-%)
fuzz: $(FUZZ_NAMES:%=fuzz-%)

# The corpora as folders for libFuzzer.
FUZZ_CORPORA := $(FUZZ_NAMES:%=$(FUZZ_BUILD)/corpus/%)
$(FUZZ_CORPORA): $(FUZZ_BUILD)/corpus/%: tests/fuzz/corpus.py $(wildcard tests/fuzz/*.corpus)
	$(Q)rm -rf $@ && $(PYTHON) -B tests/fuzz/corpus.py unpack tests/fuzz/$*.corpus $@

# What is found goes to the first folder, which is not committed.
$(FUZZ_NAMES:%=fuzz-%): fuzz-%: $(FUZZ_BUILD)/fuzz_% $(FUZZ_BUILD)/corpus/%
	@mkdir -p $(FUZZ_BUILD)/found/$*
	$(FUZZ_ENV) $< -max_total_time=$(FUZZ_SECONDS) -timeout=10 -print_final_stats=1 -verbosity=0 \
		-artifact_prefix=$(FUZZ_BUILD)/$*- $(FUZZ_OPTIONS_$*) \
		$(FUZZ_BUILD)/found/$* $(FUZZ_BUILD)/corpus/$*

fuzz-replay: $(FUZZERS) $(FUZZ_CORPORA)
	@status=0; for name in $(FUZZ_NAMES); do \
		$(FUZZ_ENV) $(FUZZ_BUILD)/fuzz_$$name -runs=0 -timeout=10 -verbosity=0 \
			-artifact_prefix=$(FUZZ_BUILD)/$$name- $(FUZZ_BUILD)/corpus/$$name && \
		echo "$$name: $$(find $(FUZZ_BUILD)/corpus/$$name -type f | wc -l) inputs replayed" || status=1; \
	done; exit $$status

# The seeds with names are written by hand and stay.
fuzz-minimise: $(FUZZERS) $(FUZZ_CORPORA)
	@set -e; for name in $(FUZZ_NAMES); do \
		corpus=$(FUZZ_BUILD)/corpus/$$name; merged=$(FUZZ_BUILD)/merged; \
		rm -rf $$merged; mkdir -p $$merged $(FUZZ_BUILD)/found/$$name; \
		$(FUZZ_BUILD)/fuzz_$$name -set_cover_merge=1 -verbosity=0 $$merged \
			$$corpus $(FUZZ_BUILD)/found/$$name 2>/dev/null; \
		find $$corpus -type f -regextype egrep -not -regex '.*/[0-9a-f]{40}' -exec cp -t $$merged {} +; \
		$(PYTHON) -B tests/fuzz/corpus.py pack $$merged tests/fuzz/$$name.corpus; \
		echo "$$name: $$(find $$merged -type f | wc -l) inputs"; \
	done

.SECONDEXPANSION:
$(FUZZERS): $(FUZZ_BUILD)/fuzz_%: tests/fuzz/fuzz_%.c $$(addprefix src/,$$(addsuffix .c,$$(sort base/span $$(FUZZ_$$*)))) \
		$(wildcard include/*/*.h src/*/*.h tests/unit/*.h)
	@mkdir -p $(@D)
	$(FUZZ_CC) $(ALL_CPPFLAGS) -Isrc -Itests -std=c11 $(WARNINGS) $(FUZZ_FLAGS) -o $@ $(filter %.c,$^) $(FUZZ_LIBS_$*)
