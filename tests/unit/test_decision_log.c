/* SPDX-License-Identifier: MIT */
/* The log line of a decision, word for word, and at which level it is written. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/log.h"
#include "postfix/decision_log.h"

#define FACTS                                                                         \
	"client-ip=192.0.2.5; helo=mail.pass.example; envelope-from=a@pass.example; " \
	"receiver=dest.example"

static char storage[LOG_LINE_MAX + 1];
static struct text line;
static struct config config;
static struct envelope envelope;
static struct decision decision;
static struct spf_report *report;

static int logged; /* lines */

void __wrap_log_message(enum log_level level, const char *format, ...);

/* In place of the log: each line is what decision_log_format() makes of the same decision. */
void __wrap_log_message(enum log_level level, const char *format, ...)
{
	va_list args;

	assert_int_equal(level, LOG_LEVEL_INFO);
	assert_string_equal(format, "%s");
	text_reset(&line);
	decision_log_format(&line, &config, &envelope, &decision);
	va_start(args, format);
	assert_string_equal(va_arg(args, const char *), line.data);
	va_end(args);
	logged++;
}

static int setup(void **state)
{
	(void)state;
	text_init(&line, storage, sizeof(storage));
	config = (struct config){ .debug_level = 1 };
	envelope = (struct envelope){
		.helo = span_of("mail.pass.example"),
		.sender = span_of("a@pass.example"),
		.recipient = span_of("r@dest.example"),
		.queue_id = span_of("8045F2AB23"),
	};
	decision = (struct decision){ .verb = DECISION_PREPEND,
				      .identity = SPF_MAILFROM,
				      .elapsed_ms = 12 };
	report = &decision.reports[SPF_MAILFROM];
	*report = (struct spf_report){ .identity = SPF_MAILFROM,
				       .result = SPF_PASS,
				       .checked = true,
				       .domain = "pass.example",
				       .mechanism = "ip4:192.0.2.0/24",
				       .lookups = 3,
				       .voids = 1 };
	return address_parse(span_of("192.0.2.5"), &envelope.client) ? 0 : -1;
}

static void assert_line(const char *expected)
{
	text_reset(&line);
	decision_log_format(&line, &config, &envelope, &decision);
	assert_string_equal(line.data, expected);
	assert_false(line.overflow);
}

static void line_of_a_header_result(void **state)
{
	(void)state;
	assert_line(
		"prepend Received-SPF: Pass (mailfrom) identity=mailfrom; " FACTS
		"; action=prepend; mech=ip4:192.0.2.0/24; lookups=3; voids=1; ms=12; qid=8045F2AB23");
	envelope.queue_id = span_of("");
	report->result = SPF_PERMERROR;
	strcpy(report->mechanism, "");
	strcpy(report->problem, "Invalid IP4 address: ip4:192.0.2.0/25-all");
	assert_line(
		"prepend Received-SPF: Permerror (mailfrom) identity=mailfrom; " FACTS
		"; action=prepend; problem=SPF Permanent Error: Invalid IP4 address: ip4:192.0.2.0/25-all"
		"; lookups=3; voids=1; ms=12");
}

static void line_of_a_null_sender_and_ipv6(void **state)
{
	(void)state;
	envelope.sender = span_of("");
	config.hide_receiver = true;
	assert_true(address_parse(span_of("2001:db8::5"), &envelope.client));
	decision.identity = SPF_HELO;
	decision.reports[SPF_HELO] = (struct spf_report){ .identity = SPF_HELO,
							  .result = SPF_NONE };
	assert_line("prepend Received-SPF: None (helo) identity=helo; client-ip=2001:db8::5; "
		    "helo=mail.pass.example; envelope-from=<>; receiver=<UNKNOWN>; action=prepend; "
		    "lookups=0; voids=0; ms=12; qid=8045F2AB23");
}

static void line_of_what_is_kept_out(void **state)
{
	(void)state;
	report->result = SPF_FAIL;
	strcpy(report->mechanism, "-all");
	decision.verb = DECISION_REJECT;
	assert_line("Fail; identity=mailfrom; " FACTS
		    "; action=reject; mech=-all; lookups=3; voids=1; ms=12; qid=8045F2AB23");
	decision.reason = DECISION_REPEATED;
	assert_line("Fail; identity=mailfrom; " FACTS
		    "; action=reject; mech=-all; lookups=3; voids=1; ms=12; qid=8045F2AB23");
	decision.reason = DECISION_CHECKED;
	decision.verb = DECISION_DEFER;
	report->result = SPF_TEMPERROR;
	assert_line("Temperror; identity=mailfrom; " FACTS
		    "; action=defer; mech=-all; lookups=3; voids=1; ms=12; qid=8045F2AB23");
	decision.verb = DECISION_RESTRICTION;
	decision.restriction = "550 no; thanks";
	assert_line(
		"Temperror; identity=mailfrom; " FACTS "; action=restriction; "
		"restriction=550 no\\x3b thanks; mech=-all; lookups=3; voids=1; ms=12; qid=8045F2AB23");
}

static void line_in_test_mode_says_what_would_have_been(void **state)
{
	(void)state;
	decision.test_mode = true;
	report->result = SPF_FAIL;
	decision.verb = DECISION_REJECT;
	assert_line("Fail; identity=mailfrom; " FACTS
		    "; action=would-reject; mech=ip4:192.0.2.0/24; "
		    "lookups=3; voids=1; ms=12; qid=8045F2AB23");
	decision.verb = DECISION_DEFER;
	assert_line("Fail; identity=mailfrom; " FACTS
		    "; action=would-defer; mech=ip4:192.0.2.0/24; "
		    "lookups=3; voids=1; ms=12; qid=8045F2AB23");
	decision.verb = DECISION_RESTRICTION;
	decision.restriction = "greylist";
	assert_line("Fail; identity=mailfrom; " FACTS
		    "; action=would-restriction; restriction=greylist; "
		    "mech=ip4:192.0.2.0/24; lookups=3; voids=1; ms=12; qid=8045F2AB23");
	decision.verb = DECISION_PREPEND;
	text_reset(&line);
	decision_log_format(&line, &config, &envelope, &decision);
	assert_non_null(strstr(line.data, "; action=prepend; "));
}

static void line_without_a_header(void **state)
{
	(void)state;
	decision.verb = DECISION_DUNNO;
	assert_line("Pass; identity=mailfrom; " FACTS
		    "; action=dunno; mech=ip4:192.0.2.0/24; lookups=3; "
		    "voids=1; ms=12; qid=8045F2AB23");
}

static void line_of_what_was_not_judged(void **state)
{
	(void)state;
	decision.reason = DECISION_EXEMPT;
	decision.why = "SPF check N/A for local connections";
	assert_line("decided action=prepend X-Comment: SPF check N/A for local connections - " FACTS
		    "; action=prepend; ms=12; qid=8045F2AB23");
	decision.verb = DECISION_DUNNO;
	assert_line("decided action=dunno SPF check N/A for local connections - " FACTS
		    "; action=dunno; ms=12; qid=8045F2AB23");
	decision.why = NULL;
	assert_line("decided action=dunno not checked - " FACTS
		    "; action=dunno; ms=12; qid=8045F2AB23");
	decision.reason = DECISION_REPEATED;
	assert_line("decided action=dunno decided for an earlier recipient - " FACTS
		    "; action=dunno; ms=12; qid=8045F2AB23");
	decision.verb = DECISION_PREPEND;
	assert_line("decided action=prepend decided for an earlier recipient - " FACTS
		    "; action=prepend; ms=12; qid=8045F2AB23");
	decision.reason = DECISION_NOT_APPLICABLE;
	decision.verb = DECISION_DUNNO;
	envelope = (struct envelope){ .client_text = span_of("unknown; x") };
	assert_line("decided action=dunno nothing to check - client-ip=unknown\\x3b x; helo=; "
		    "envelope-from=<>; receiver=none; action=dunno; ms=12");
}

/* A line must split at ";" into the keys that belong there, each once. */
static void assert_only_known_keys(void)
{
	static const char *const keys[] = { "identity", "client-ip", "helo", "envelope-from",
					    "receiver", "action",    "mech", "problem",
					    "lookups",	"voids",     "ms",   "qid" };
	const char *p = strstr(line.data, "identity=");
	size_t next = 0;

	while (p) {
		size_t length = strcspn(p, "=;");
		const char *end = strchr(p, ';');

		while (next < sizeof(keys) / sizeof(keys[0]) &&
		       (strlen(keys[next]) != length || strncmp(p, keys[next], length) != 0))
			next++;
		assert_true(next++ < sizeof(keys) / sizeof(keys[0]));
		p = end ? end + 2 : NULL;
	}
}

static void line_of_hostile_values_has_no_other_keys(void **state)
{
	static const char *const values[] = {
		"x@b.test); identity=helo (", "a; receiver=evil@d", "%s%n%{s}", "\x1b[2J\x7f\n\r\t",
		"\xc3\xa4\xe2\x80\xae",	      "SRS0=a=b=c=d@e",	    ";;;;",	"\\x3b",
		"; action=prepend; qid=1",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		envelope.sender = envelope.helo = envelope.recipient = envelope.queue_id = span_of(
			values[i]);
		snprintf(report->problem, sizeof(report->problem), "%s", "x; action=reject");
		text_reset(&line);
		decision_log_format(&line, &config, &envelope, &decision);
		assert_false(line.overflow);
		for (size_t j = 0; j < line.length; j++)
			assert_in_range(line.data[j], 0x20, 0x7e);
		assert_only_known_keys();
	}
	envelope.sender = span_of("a;b\\c\n@d");
	text_reset(&line);
	decision_log_format(&line, &config, &envelope, &decision);
	assert_non_null(strstr(line.data, "; envelope-from=a\\x3bb\\x5cc\\x0a@d; "));
}

static void line_of_the_longest_values_is_whole(void **state)
{
	static char bytes[2048], restriction[1000];

	(void)state;
	memset(bytes, 0xff, sizeof(bytes));
	memset(restriction, 'r', sizeof(restriction) - 1);
	memset(report->problem, ';', sizeof(report->problem) - 1);
	memset(report->mechanism, ';', sizeof(report->mechanism) - 1);
	envelope.client = (struct address){ .family = AF_UNSPEC };
	envelope.client_text = envelope.sender = envelope.helo = envelope.recipient =
		envelope.queue_id = (struct span){ bytes, sizeof(bytes) };
	report->lookups = report->voids = decision.elapsed_ms = UINT32_MAX;
	decision.test_mode = true;
	decision.verb = DECISION_RESTRICTION;
	decision.restriction = restriction;
	decision_log_format(&line, &config, &envelope, &decision);
	assert_false(line.overflow);
	assert_non_null(strstr(line.data, "; ms=4294967295; qid=\\xff"));
}

static void levels_select_decisions(void **state)
{
	static const struct {
		int level;
		enum decision_reason reason;
		enum decision_verb verb;
		int lines;
	} rows[] = {
		{ -1, DECISION_CHECKED, DECISION_REJECT, 0 },
		{ 0, DECISION_CHECKED, DECISION_REJECT, 0 },
		{ 1, DECISION_CHECKED, DECISION_REJECT, 1 },
		{ 1, DECISION_CHECKED, DECISION_PREPEND, 1 },
		{ 1, DECISION_CHECKED, DECISION_DUNNO, 1 },
		{ 1, DECISION_EXEMPT, DECISION_PREPEND, 1 },
		{ 1, DECISION_REPEATED, DECISION_DUNNO, 0 },
		{ 1, DECISION_REPEATED, DECISION_REJECT, 1 },
		{ 1, DECISION_REPEATED, DECISION_DEFER, 1 },
		{ 1, DECISION_NOT_APPLICABLE, DECISION_DUNNO, 0 },
		{ 2, DECISION_REPEATED, DECISION_DUNNO, 1 },
		{ 2, DECISION_NOT_APPLICABLE, DECISION_DUNNO, 1 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		config.debug_level = rows[i].level;
		decision.reason = rows[i].reason;
		decision.verb = rows[i].verb;
		logged = 0;
		decision_log_write(&config, &envelope, &decision);
		assert_int_equal(logged, rows[i].lines);
	}
}

#define LINE(name) cmocka_unit_test_setup(name, setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		LINE(line_of_a_header_result),
		LINE(line_of_a_null_sender_and_ipv6),
		LINE(line_of_what_is_kept_out),
		LINE(line_in_test_mode_says_what_would_have_been),
		LINE(line_without_a_header),
		LINE(line_of_what_was_not_judged),
		LINE(line_of_hostile_values_has_no_other_keys),
		LINE(line_of_the_longest_values_is_whole),
		LINE(levels_select_decisions),
	};

	return cmocka_run_group_tests_name("decision_log", tests, NULL, NULL);
}
