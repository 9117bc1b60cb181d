/* SPDX-License-Identifier: MIT */
/* The reply line: every form, every template field, and that nothing but a sound reply gets out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "config/reason_message.h"
#include "postfix/reply.h"

#define HEADER "Received-SPF: pass (mailfrom) identity=mailfrom"
#define EXPLAINED                                                         \
	"550 5.7.23 Message rejected due to: SPF fail - not authorized. " \
	"The domain fail.example explains: "

static char storage[REPLY_MAX];
static struct text out;
static struct config config;
static struct envelope envelope;
static struct decision decision;
static struct spf_report *report;

static int setup(void **state)
{
	(void)state;
	text_init(&out, storage, sizeof(storage));
	config = (struct config){ .enhanced_status_codes = true,
				  .reason_message = REASON_MESSAGE_DEFAULT };
	envelope = (struct envelope){
		.helo = span_of("h.example"),
		.sender = span_of("x@fail.example"),
		.recipient = span_of("r@dest.example"),
	};
	decision = (struct decision){ .verb = DECISION_REJECT, .identity = SPF_MAILFROM };
	report = &decision.reports[SPF_MAILFROM];
	*report = (struct spf_report){ .identity = SPF_MAILFROM,
				       .result = SPF_FAIL,
				       .checked = true,
				       .domain = "fail.example",
				       .mechanism = "-all" };
	return address_parse(span_of("192.0.2.5"), &envelope.client) ? 0 : -1;
}

static void assert_reply_with(const char *header, const char *action)
{
	char expected[REPLY_MAX];

	assert_true(reply_format(&out, &config, &envelope, &decision, span_of(header)));
	snprintf(expected, sizeof(expected), "action=%s\n\n", action);
	assert_string_equal(out.data, expected);
	assert_int_equal(out.length, strlen(expected));
}

static void assert_reply(const char *action)
{
	assert_reply_with(HEADER, action);
}

static void assert_no_reply_with(const char *header)
{
	assert_false(reply_format(&out, &config, &envelope, &decision, span_of(header)));
}

static void assert_reason(const char *source, const char *expected)
{
	char text[REPLY_TEXT_MAX + 1];
	struct text reason;

	assert_null(reason_message_check(span_of(source)));
	config.reason_message = source;
	text_init(&reason, text, sizeof(text));
	reply_reason(&reason, &config, &envelope, &decision);
	assert_string_equal(reason.data, expected);
	assert_false(reason.overflow);
}

static void reply_forms(void **state)
{
	(void)state;
	assert_reply("550 5.7.23 Message rejected due to: SPF fail - not authorized");
	decision.verb = DECISION_DUNNO;
	assert_reply("dunno");
	decision.verb = DECISION_PREPEND;
	assert_reply("prepend " HEADER);
	assert_reply_with("", "dunno");
	decision.verb = DECISION_RESTRICTION;
	decision.restriction = "greylist";
	assert_reply("greylist");
	decision.restriction = "550 5.7.1 go away";
	assert_reply("550 5.7.1 go away");
	decision.restriction = "PREPEND X-SPF: pass";
	assert_reply("PREPEND X-SPF: pass");
	decision.verb = DECISION_DEFER;
	report->result = SPF_TEMPERROR;
	strcpy(report->problem, "DNS time-out for TXT of fail.example");
	assert_reply("defer_if_permit 4.7.24 Message deferred due to: "
		     "SPF Temporary Error: DNS time-out for TXT of fail.example");
	config.enhanced_status_codes = false;
	assert_reply("defer_if_permit Message deferred due to: "
		     "SPF Temporary Error: DNS time-out for TXT of fail.example");
	decision.verb = DECISION_REJECT;
	report->result = SPF_FAIL;
	strcpy(report->problem, "");
	assert_reply("550 Message rejected due to: SPF fail - not authorized");
}

static void reply_reject_says_why(void **state)
{
	static const struct {
		enum spf_result result;
		const char *problem, *action;
	} rows[] = {
		{ SPF_FAIL, "", "550 5.7.23 Message rejected due to: SPF fail - not authorized" },
		{ SPF_SOFTFAIL, "",
		  "550 5.7.23 Message rejected due to: "
		  "domain owner discourages use of this host" },
		{ SPF_NEUTRAL, "",
		  "550 5.7.23 Message rejected due to: "
		  "access neither permitted nor denied" },
		{ SPF_PERMERROR, "Invalid IP4 address: ip4:192.0.2.0/25-all",
		  "550 5.7.24 Message rejected due to: SPF Permanent Error: "
		  "Invalid IP4 address: ip4:192.0.2.0/25-all" },
		{ SPF_PERMERROR, "", "550 5.7.24 Message rejected due to: SPF Permanent Error" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		report->result = rows[i].result;
		strcpy(report->problem, rows[i].problem);
		assert_reply(rows[i].action);
	}
}

static void reply_is_about_the_identity_that_decided(void **state)
{
	(void)state;
	decision.identity = SPF_HELO;
	decision.reports[SPF_HELO] = (struct spf_report){ .identity = SPF_HELO,
							  .result = SPF_PERMERROR,
							  .problem = "more than one record" };
	assert_reply(
		"550 5.7.24 Message rejected due to: SPF Permanent Error: more than one record");
}

static void reply_test_mode_keeps_nothing_out(void **state)
{
	static const enum decision_verb verbs[] = { DECISION_REJECT, DECISION_DEFER,
						    DECISION_RESTRICTION, DECISION_PREPEND };

	(void)state;
	decision.test_mode = true;
	decision.restriction = "reject";
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		decision.verb = verbs[i];
		assert_reply_with("", "dunno");
		assert_reply("prepend " HEADER);
	}
	decision.verb = DECISION_DUNNO;
	assert_reply("dunno");
}

static void reply_marks_the_words_of_the_domain(void **state)
{
	(void)state;
	strcpy(report->explanation, "See http://why.example/?s=x 100% \\o/");
	assert_reply(EXPLAINED "See http://why.example/?s=x 100% \\o/");
	/* Nothing but a fail has an explanation (RFC 7208 section 6.2). */
	report->result = SPF_SOFTFAIL;
	assert_reply(
		"550 5.7.23 Message rejected due to: domain owner discourages use of this host");
}

static void reply_hostile_explanation_is_printable(void **state)
{
	(void)state;
	strcpy(report->explanation, "a\n\naction=OK\n\n\x1b\xff");
	assert_reply(EXPLAINED "a\\x0a\\x0aaction=OK\\x0a\\x0a\\x1b\\xff");
}

static void reply_long_explanation_is_cut_first(void **state)
{
	char before[REPLY_TEXT_MAX] = "", text[64];
	size_t length;

	(void)state;
	memset(report->explanation, 'e', sizeof(report->explanation) - 1);
	config.reason_message = before;
	memset(before, 'b', 200);
	strcat(before, "{spf} end");
	assert_true(reply_format(&out, &config, &envelope, &decision, span_of("")));
	length = out.length - strlen("action=550 5.7.23 ") - 2;
	assert_int_equal(length, REPLY_TEXT_MAX);
	assert_non_null(strstr(out.data, "not authorized. The domain fail.example explains: eeee"));
	assert_non_null(strstr(out.data, "eee... end\n\n"));

	/* Where too little of it would be left it goes, with its introduction. */
	memset(before, 'b', 330);
	strcpy(before + 330, "{spf} end");
	assert_true(reply_format(&out, &config, &envelope, &decision, span_of("")));
	assert_null(strstr(out.data, "explains"));
	assert_non_null(strstr(out.data, "bSPF fail - not authorized end\n\n"));

	/* Twice in one text. */
	assert_null(reason_message_check(span_of("{explanation} and {explanation} {spf} {spf}")));
	config.reason_message = "{explanation} and {explanation} {spf} {spf} end";
	assert_true(reply_format(&out, &config, &envelope, &decision, span_of("")));
	assert_true(out.length <= REPLY_TEXT_MAX + strlen("action=550 5.7.23 ") + 2);
	snprintf(text, sizeof(text), "%.4s", out.data + out.length - 5);
	assert_string_equal(text, "end\n");
}

/* What Postfix makes of it: the line with the recipient's address must fit into 512 bytes. */
static void reply_leaves_room_for_the_recipient(void **state)
{
	static const size_t lengths[] = { 1, 67, 68, 69, 70, 100, 254, 320, 367, 368, 369, 2000 };
	static char address[2000];

	(void)state;
	memset(address, 'r', sizeof(address));
	memset(report->explanation, 'e', sizeof(report->explanation) - 1);
	config.reason_message = "{spf} {spf} {spf}";
	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		size_t line;

		envelope.recipient = (struct span){ address, lengths[i] };
		assert_true(reply_format(&out, &config, &envelope, &decision, span_of("")));
		line = out.length - strlen("action=\n\n") + lengths[i] +
		       strlen("<>: Recipient address rejected: \r\n");
		if (lengths[i] <= 367)
			assert_in_range(line, 0, 512);
		assert_true(out.length >= strlen("action=550 5.7.23 \n\n") + 74);
	}
}

static void reply_text_is_bounded_whatever_the_template(void **state)
{
	static char bytes[2000];
	char many[REPLY_TEXT_MAX + 1] = "";

	(void)state;
	memset(bytes, 0xff, sizeof(bytes));
	envelope.sender = envelope.helo = envelope.recipient = (struct span){ bytes,
									      sizeof(bytes) };
	memset(report->explanation, 'e', sizeof(report->explanation) - 1);
	while (strlen(many) + 6 <= REPLY_TEXT_MAX)
		strcat(many, "{helo}");
	assert_null(reason_message_check(span_of(many)));
	config.reason_message = many;
	assert_true(reply_format(&out, &config, &envelope, &decision, span_of("")));
	assert_true(out.length <= REPLY_TEXT_MAX + strlen("action=550 5.7.23 ") + 2);
	assert_memory_equal(out.data + out.length - 5, "...\n\n", 5);
	many[0] = '\0';
	while (strlen(many) + 5 <= REPLY_TEXT_MAX)
		strcat(many, "{spf}");
	assert_true(reply_format(&out, &config, &envelope, &decision, span_of("")));
	assert_true(out.length <= REPLY_TEXT_MAX + strlen("action=550 5.7.23 ") + 2);
	/* No value fills the text alone, and none ends inside an escape. */
	config.reason_message = "https://x.example/{helo}|{result}";
	envelope.recipient = span_of("r@dest.example");
	assert_true(reply_format(&out, &config, &envelope, &decision, span_of("")));
	assert_non_null(strstr(out.data, "FF%FF|fail\n\n"));
	assert_int_equal(out.length, strlen("action=550 5.7.23 https://x.example/|fail\n\n") + 126);
	config.reason_message = many;
	envelope.recipient = envelope.helo;
	strcpy(many, "https://x.example/?{explanation}{helo}{recipient}{envelope-from}");
	assert_true(reply_format(&out, &config, &envelope, &decision, span_of("")));
	assert_true(out.length <= REPLY_TEXT_MAX + strlen("action=550 5.7.23 ") + 2);
}

static void reply_template_fields(void **state)
{
	(void)state;
	strcpy(report->explanation, "because");
	assert_reason(
		"{rejectdefer}|{result}|{identity}|{client-ip}|{helo}|{envelope-from}|{domain}|"
		"{recipient}|{receiver}|{mechanism}|{explanation}",
		"rejected|fail|mailfrom|192.0.2.5|h.example|x@fail.example|fail.example|"
		"r@dest.example|dest.example|-all|because");
	assert_reason("{spf}",
		      "SPF fail - not authorized. The domain fail.example explains: because");
	decision.verb = DECISION_DEFER;
	envelope = (struct envelope){ .client_text = span_of("unknown") };
	config.hide_receiver = true;
	assert_reason("{rejectdefer} {client-ip} [{helo}] {envelope-from} [{recipient}] {receiver}",
		      "deferred unknown [] <> [] <UNKNOWN>");
}

static void reply_template_braces(void **state)
{
	(void)state;
	assert_reason("{{spf}} {{{result}}} a}b }}", "{spf} {fail} a}b }");
	assert_reason("100% %s %n {result}", "100% %s %n fail");
}

static void reply_template_url_fields_are_encoded(void **state)
{
	(void)state;
	envelope.sender = span_of("a b&c=d;\"\xc3\n@fail.example");
	assert_reason(
		"See https://x.example/why?s={envelope-from}&ip={client-ip} for {envelope-from}",
		"See https://x.example/why?s=a%20b%26c%3Dd%3B%22%C3%0A%40fail.example&ip=192.0.2.5 "
		"for a b&c=d;\"\\xc3\\x0a@fail.example");
	assert_reason("https://x.example/{envelope-from}",
		      "https://x.example/a%20b%26c%3Dd%3B%22%C3%0A%40fail.example");
	envelope.helo = (struct span){ "nul\0nul", 7 };
	assert_reason("https://x.example/{helo}", "https://x.example/nul%00nul");
	assert_reason("{envelope-from}://", "a b&c=d;\"\\xc3\\x0a@fail.example://");
}

static void reply_template_dead_url_goes_with_its_words(void **state)
{
	(void)state;
	assert_reason("Message {rejectdefer} due to: {spf}. Please see {url}",
		      "Message rejected due to: SPF fail - not authorized.");
	assert_reason("Message {rejectdefer} due to: {spf}. Please see {url}.",
		      "Message rejected due to: SPF fail - not authorized.");
	assert_reason("{spf} see {url} or call us", "SPF fail - not authorized or call us");
	assert_reason("Sorry. See {url} {result}", "Sorry. fail");
	/* A text is needed. */
	assert_reason("{url}", "Message rejected due to: SPF fail - not authorized");
	assert_reason("See {url} {explanation}",
		      "Message rejected due to: SPF fail - not authorized");
}

static void reply_template_mistakes(void **state)
{
	static const struct {
		const char *source, *part;
	} rows[] = {
		{ "", "is empty" },
		{ "{spf", "without its }" },
		{ "a {", "without its }" },
		{ "{}", "does not exist" },
		{ "{spfx}", "does not exist" },
		{ "{SPF}", "does not exist" },
		{ "{spf!r}", "does not exist" },
		{ "{spf:>10}", "does not exist" },
		{ "{{{", "without its }" },
		{ "a\tb", "printable" },
		{ "a\nb", "printable" },
		{ "\xc3\xa4", "printable" },
	};
	char longest[REPLY_TEXT_MAX + 2];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *mistake = reason_message_check(span_of(rows[i].source));

		assert_non_null(mistake);
		assert_non_null(strstr(mistake, rows[i].part));
	}
	memset(longest, 'x', sizeof(longest));
	assert_null(reason_message_check((struct span){ longest, REPLY_TEXT_MAX }));
	assert_non_null(reason_message_check((struct span){ longest, REPLY_TEXT_MAX + 1 }));
	assert_null(reason_message_check(span_of(REASON_MESSAGE_DEFAULT)));
}

static void reply_unsound_is_not_sent(void **state)
{
	static const char *const headers[] = {
		" ",	   "no field",	  ": text",   "Name:text", "Name: ",
		"Name:",   "Name:  two",  "Na me: x", "X: a\nb",   "X: a\n\naction=OK",
		"X: \x1b", "X: \xc3\xa4", "X: a\r",   "X: \x7f"
	};
	static const char *const restrictions[] = { "",
						    " ",
						    "OK",
						    "ok",
						    "RELAY",
						    "123",
						    "permit",
						    "permit_mynetworks",
						    "reject\n\naction=OK",
						    "a\x7f",
						    "FILTER",
						    "550" };

	(void)state;
	decision.verb = DECISION_PREPEND;
	for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++)
		assert_no_reply_with(headers[i]);
	decision.verb = DECISION_RESTRICTION;
	for (size_t i = 0; i < sizeof(restrictions) / sizeof(restrictions[0]); i++) {
		decision.restriction = restrictions[i];
		assert_no_reply_with("");
	}
	decision.restriction = NULL;
	assert_no_reply_with("");
	decision.verb = (enum decision_verb)77;
	assert_no_reply_with("");
}

static void reply_that_does_not_fit_is_not_sent(void **state)
{
	static char small[64], header[REPLY_MAX + 1];

	(void)state;
	decision.verb = DECISION_PREPEND;
	memset(header, 'x', sizeof(header) - 1);
	memcpy(header, "Name: ", 6);
	assert_no_reply_with(header);
	for (size_t size = 1; size < sizeof("action=dunno\n\n"); size++) {
		text_init(&out, small, size);
		decision.verb = DECISION_DUNNO;
		assert_no_reply_with("");
	}
	text_init(&out, small, sizeof("action=dunno\n\n"));
	assert_reply("dunno");
	/* Room for the code and the end, not for the text between them. */
	text_init(&out, small, sizeof("action=550 5.7.23 text\n\n"));
	decision.verb = DECISION_REJECT;
	assert_no_reply_with("");
}

#define TEST(name) cmocka_unit_test_setup(name, setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(reply_forms),
		TEST(reply_reject_says_why),
		TEST(reply_is_about_the_identity_that_decided),
		TEST(reply_test_mode_keeps_nothing_out),
		TEST(reply_marks_the_words_of_the_domain),
		TEST(reply_hostile_explanation_is_printable),
		TEST(reply_long_explanation_is_cut_first),
		TEST(reply_leaves_room_for_the_recipient),
		TEST(reply_text_is_bounded_whatever_the_template),
		TEST(reply_template_fields),
		TEST(reply_template_braces),
		TEST(reply_template_url_fields_are_encoded),
		TEST(reply_template_dead_url_goes_with_its_words),
		TEST(reply_template_mistakes),
		TEST(reply_unsound_is_not_sent),
		TEST(reply_that_does_not_fit_is_not_sent),
	};

	return cmocka_run_group_tests_name("reply", tests, NULL, NULL);
}
