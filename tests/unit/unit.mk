# SPDX-License-Identifier: MIT
#
# One cmocka program per pure source file, tests/unit/test_NAME.c. UNIT_<name> lists the sources (below
# src/, without .c) that it links: the file under test and what that stands on, nothing else; base/span
# goes without saying. LIBS_<name> names libraries beyond cmocka.

# What reads the configuration: fuzz.mk too takes it from here.
CONFIG := $(patsubst src/%.c,%,$(wildcard src/config/*.c)) base/address base/arena base/file base/template base/text \
	base/xalloc base/nearest dns/name dns/servers

# What writes about a decision: fuzz.mk too takes it from here.
HEADER := postfix/header policy/decision policy/envelope dns/name base/text base/address spf/result
REPLY := postfix/reply config/reason_message config/access_action base/template $(HEADER)

UNIT_span := base/span
UNIT_file := base/file base/xalloc
UNIT_text := base/text
UNIT_address := base/address
UNIT_name := dns/name
LIBS_name := -lidn2
UNIT_macro := spf/macro spf/macro_syntax base/address base/text
UNIT_record := spf/record spf/record_arguments spf/macro_syntax base/address base/text
UNIT_parsed_record := spf/parsed_record spf/canonical spf/record spf/record_arguments spf/macro \
	spf/macro_syntax dns/name dns/answer base/address base/text base/xalloc
LIBS_parsed_record := -lidn2
UNIT_request := postfix/request base/text
UNIT_request_envelope := postfix/request_envelope postfix/request policy/envelope dns/name base/address \
	base/text
LIBS_request_envelope := -lidn2 -Wl,--wrap=log_message
UNIT_header := $(HEADER)
LIBS_header := -lidn2
UNIT_reply := $(REPLY)
LIBS_reply := -lidn2
UNIT_log := base/log base/log_sink base/text
LIBS_log := -Wl,--wrap=poll
UNIT_decision_log := postfix/decision_log dmarc/dmarc_policy $(HEADER)
LIBS_decision_log := -lidn2 -Wl,--wrap=log_message
UNIT_access_action := config/access_action
UNIT_config := $(CONFIG)
LIBS_config := -lidn2
UNIT_config_line := config/config_line
UNIT_lists := config/lists base/address base/text dns/name
LIBS_lists := -lidn2
UNIT_nearest := base/nearest
# What reads an answer from a message.
READER := dns/answer dns/answer_reader dns/chain dns/rdata dns/record_set dns/wire dns/name base/xalloc

UNIT_answer := $(READER)
LIBS_answer := -lidn2
UNIT_query := dns/query dns/server_state
UNIT_message := dns/message dns/wire
UNIT_exchange := dns/exchange dns/stream dns/message dns/wire base/xalloc
UNIT_table := dns/table dns/answer base/xalloc
UNIT_servers := dns/servers base/file base/xalloc
# What reads a master file.
ZONE := base/address dns/zone dns/zone_file dns/zone_data dns/zone_generate dns/zone_name dns/zone_token dns/answer dns/rdata \
	dns/record_set dns/wire dns/name base/file base/text base/xalloc

UNIT_zone := $(ZONE)
LIBS_zone := -lidn2
UNIT_resolver := dns/resolver dns/transmit dns/fault dns/query dns/server_state dns/channel dns/carrier \
	dns/stream dns/exchange dns/message dns/servers dns/table $(sort $(ZONE) $(READER))
WORLD_LDFLAGS := $(foreach call,socket connect fcntl __fcntl_time64 close send recv __recv_chk poll \
	__poll_chk clock_now_ms,-Wl,--wrap=$(call))
LIBS_resolver := -lcares -lidn2 $(WORLD_LDFLAGS)
UNIT_envelope := policy/envelope dns/name base/address
LIBS_envelope := -lidn2
UNIT_last_message := policy/last_message base/address base/xalloc
UNIT_decide := policy/decide config/lists base/address base/text dns/name
LIBS_decide := -lidn2
UNIT_dmarc_record := dmarc/dmarc_record dmarc/dmarc_policy
UNIT_bpf := sandbox/bpf
UNIT_filter := sandbox/filter sandbox/bpf
UNIT_json := base/json
UNIT_log_line := maillog/log_line base/arena base/text base/xalloc
UNIT_page := base/page base/text
UNIT_log_record := maillog/log_record maillog/journal base/arena base/text base/xalloc
UNIT_logged_decision := maillog/logged_decision maillog/log_line policy/decision spf/result base/address base/arena \
	base/text base/xalloc
WALK := dns/addresses spf/walk spf/term spf/evaluation spf/parsed_record \
	spf/record spf/record_arguments spf/macro spf/macro_syntax spf/result base/address $(ZONE)
REPAIR := $(patsubst src/%.c,%,$(wildcard src/check/rewrite*.c)) check/repair check/repair_version check/ranges spf/record spf/record_arguments spf/macro_syntax base/nearest \
	base/address base/arena base/text base/xalloc
TRACE := check/trace check/trace_query $(sort $(REPAIR) $(WALK))


UNIT_walk := spf/prefetch $(WALK)
LIBS_walk := -lidn2
UNIT_trace := $(TRACE)
LIBS_trace := -lidn2
AUDIT := $(patsubst src/%.c,%,$(wildcard src/check/audit*.c src/check/advice*.c)) check/address_space dmarc/dmarc dmarc/dmarc_record dmarc/dmarc_policy
UNIT_repair := $(REPAIR)
UNIT_advice := $(filter-out check/%_print check/%_text check/%_text_parts check/%_json check/%_command,$(AUDIT)) $(sort $(REPAIR) $(WALK))
LIBS_advice := -lidn2

UNITS := $(patsubst UNIT_%,%,$(filter UNIT_%,$(.VARIABLES)))
UNITS := $(filter-out TESTS,$(UNITS))
UNIT_TESTS := $(UNITS:%=$(BUILD)/tests/test_%)

.SECONDEXPANSION:
$(UNIT_TESTS): $(BUILD)/tests/test_%: tests/unit/test_%.c $$(addsuffix .o,$$(addprefix $(BUILD)/,$$(sort base/span $$(UNIT_$$*))))
	@mkdir -p $(@D)
	@echo "  CCLD    $<"
	$(Q)$(CC) $(ALL_CPPFLAGS) -Isrc $(ALL_CFLAGS) -MMD -MP -MF $@.d $(ALL_LDFLAGS) -o $@ $(filter %.c %.o,$^) \
		-lcmocka $(LIBS_$*)
