/* SPDX-License-Identifier: MIT */
/* The header fields: exact words, and what hostile values cannot do to readers strict and careless. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "postfix/header.h"
#include "read_header.h"

static const char long_name[] = "a23456789b23456789c23456789d23456789e23456789f23456789g23456789."
				"a23456789b23456789c23456789d23456789e23456789f23456789g23456789."
				"a23456789b23456789c23456789d23456789e23456789f23456789g23456789."
				"a23456789b23456789c23456789d23456789e23456789f23456789.example";

static char storage[HEADER_MAX];
static struct text out;
static struct config config;
static struct envelope envelope;
static struct decision decision;
static struct spf_report *mailfrom, *helo;

static int setup(void **state)
{
	(void)state;
	text_init(&out, storage, sizeof(storage));
	config = (struct config){ .authserv_id = "mx.example.com" };
	envelope = (struct envelope){
		.helo = span_of("mail.pass.example"),
		.sender = span_of("foo@pass.example"),
		.recipient = span_of("r@dest.example"),
	};
	decision = (struct decision){ .identity = SPF_MAILFROM };
	mailfrom = &decision.reports[SPF_MAILFROM];
	*mailfrom = (struct spf_report){ .identity = SPF_MAILFROM,
					 .result = SPF_PASS,
					 .checked = true,
					 .domain = "pass.example",
					 .mechanism = "ip4:192.0.2.0/24" };
	helo = &decision.reports[SPF_HELO];
	*helo = (struct spf_report){ .identity = SPF_HELO,
				     .result = SPF_NONE,
				     .checked = true,
				     .domain = "mail.pass.example" };
	return address_parse(span_of("192.0.2.5"), &envelope.client) ? 0 : -1;
}

static const char *format(enum decision_header header)
{
	text_reset(&out);
	header_format(&out, header, &config, &envelope, &decision);
	assert_false(out.overflow);
	assert_true(out.length <= HEADER_LINE_MAX);
	return out.data;
}

static const char *received_spf(const struct spf_report *report)
{
	decision.identity = report->identity;
	return format(DECISION_RECEIVED_SPF);
}

static const char *authentication_results(void)
{
	return format(DECISION_AUTHENTICATION_RESULTS);
}

static void received_spf_is_as_documented(void **state)
{
	(void)state;
	assert_string_equal(
		received_spf(mailfrom),
		"Received-SPF: pass (mailfrom) identity=mailfrom; client-ip=192.0.2.5; "
		"helo=mail.pass.example; envelope-from=\"foo@pass.example\"; receiver=dest.example; "
		"mechanism=\"ip4:192.0.2.0/24\"");
	/* It is appended. */
	text_reset(&out);
	text_string(&out, "> ");
	decision.identity = SPF_HELO;
	header_format(&out, DECISION_RECEIVED_SPF, &config, &envelope, &decision);
	assert_string_equal(
		out.data,
		"> Received-SPF: none (helo) identity=helo; client-ip=192.0.2.5; "
		"helo=mail.pass.example; envelope-from=\"foo@pass.example\"; receiver=dest.example");
}

static void received_spf_names_the_problem(void **state)
{
	(void)state;
	mailfrom->result = SPF_PERMERROR;
	strcpy(mailfrom->mechanism, "");
	strcpy(mailfrom->problem, "Invalid IP4 address: ip4:192.0.2.0/25-all");
	assert_string_equal(
		received_spf(mailfrom),
		"Received-SPF: permerror (mailfrom) identity=mailfrom; client-ip=192.0.2.5; "
		"helo=mail.pass.example; envelope-from=\"foo@pass.example\"; receiver=dest.example; "
		"problem=\"SPF Permanent Error: Invalid IP4 address: ip4:192.0.2.0/25-all\"");
}

static void received_spf_null_sender_ipv6_and_hidden_receiver(void **state)
{
	(void)state;
	envelope.sender = span_of("");
	config.hide_receiver = true;
	assert_true(address_parse(span_of("2001:DB8::5"), &envelope.client));
	assert_string_equal(received_spf(helo),
			    "Received-SPF: none (helo) identity=helo; client-ip=\"2001:db8::5\"; "
			    "helo=mail.pass.example; envelope-from=\"<>\"; receiver=\"<UNKNOWN>\"");
}

static void received_spf_absent_values_are_left_out(void **state)
{
	(void)state;
	envelope = (struct envelope){ .client_text = { NULL, 0 } };
	assert_string_equal(
		received_spf(helo),
		"Received-SPF: none (helo) identity=helo; envelope-from=\"<>\"; receiver=none");
	envelope.client_text = span_of("unknown");
	assert_string_equal(
		received_spf(helo),
		"Received-SPF: none (helo) identity=helo; client-ip=unknown; envelope-from=\"<>\"; "
		"receiver=none");
}

static void received_spf_result_words(void **state)
{
	static const char *const words[SPF_RESULT_COUNT] = {
		[SPF_NONE] = "none",	       [SPF_NEUTRAL] = "neutral",
		[SPF_PASS] = "pass",	       [SPF_FAIL] = "fail",
		[SPF_SOFTFAIL] = "softfail",   [SPF_TEMPERROR] = "temperror",
		[SPF_PERMERROR] = "permerror",
	};
	struct read_header read;

	(void)state;
	for (int i = 0; i < SPF_RESULT_COUNT; i++) {
		mailfrom->result = (enum spf_result)i;
		assert_true(read_grammar(received_spf(mailfrom), &read));
		assert_string_equal(read.result.data, words[i]);
		assert_string_equal(read.comment.data, "mailfrom");
	}
}

static char shown(char c)
{
	return c < 0x20 || c > 0x7e || c == ';' || c == '@' ? '?' : c;
}

/* What a value becomes on its way through the header, by the rule in header.h. */
static void assert_survives(const char *read, struct span given)
{
	assert_non_null(read);
	assert_int_equal(strlen(read), given.length);
	for (size_t i = 0; i < given.length; i++)
		assert_int_equal(read[i], shown(given.data[i]));
}

/* The "@" before a plain domain stays: its place, or where the sender ends. */
static size_t place_of_at(struct span sender)
{
	static const char plain[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_";
	size_t at = sender.length;

	while (at > 0 && sender.data[at - 1] != '@')
		if (sender.data[at - 1] == '\0' || !strchr(plain, sender.data[--at]))
			return sender.length;
	return at > 0 && at < sender.length ? at - 1 : sender.length;
}

static void assert_sender_survives(const char *read, struct span given)
{
	size_t at = place_of_at(given);

	assert_non_null(read);
	assert_int_equal(strlen(read), given.length);
	for (size_t i = 0; i < given.length; i++)
		assert_int_equal(read[i], i == at ? '@' : shown(given.data[i]));
}

static const struct {
	const char *bytes;
	size_t length;
} hostile[] = {
#define HOSTILE(literal)                     \
	{                                    \
		literal, sizeof(literal) - 1 \
	}
	HOSTILE("x@b.test); identity=helo ("),
	HOSTILE("a; identity=helo; x@d"),
	HOSTILE("a; receiver=evil"),
	HOSTILE("\"; identity=mailfrom; envelope-from=\"v@bank.example"),
	HOSTILE("a\\\"; identity=helo; x=\"@d"),
	HOSTILE("\\"),
	HOSTILE("ends\\"),
	HOSTILE("\\\\\"\"(()"),
	HOSTILE("(((((((("),
	HOSTILE("))))"),
	HOSTILE("a identity=helo b@d"),
	HOSTILE("%s%n%{s}@d"),
	HOSTILE("a\nX-Evil: 1\n\nb@d"),
	HOSTILE("a\r\n b@d"),
	HOSTILE("\x1b[31m\x07\x7f@d"),
	HOSTILE("\xc3\xa4\xe2\x80\xae\xff@\xf0\x9f\x98\x80.example"),
	HOSTILE("nul\0nul@d"),
	HOSTILE("  blanks  @d "),
	HOSTILE("a..b@d"),
	HOSTILE(".a"),
	HOSTILE("a."),
	HOSTILE("."),
	HOSTILE("="),
	HOSTILE("a=b"),
	HOSTILE("identity=helo"),
	HOSTILE(";"),
	HOSTILE("any@legit(.attack.com"),
	HOSTILE("legit'@any.attack.com"),
	HOSTILE("<>"),
	HOSTILE("x@y@fail.example"),
	HOSTILE("SRS0=abc=XY=orig.example=user@relay.example"),
	HOSTILE("bounces+nonce=rcpt=dest.example@sender.example"),
	HOSTILE("===@d"),
	HOSTILE("[IPv6:2001:db8::1]"),
	HOSTILE("[192.0.2.1]"),
};

static void assert_careless_readers_agree(const char *line, const char *identity)
{
	static const char *const keys[] = { "identity", "client-ip", "helo",   "envelope-from",
					    "receiver", "mechanism", "problem" };
	struct read_header read;
	struct read_text last;

	read_by_regex(line, &read);
	for (size_t i = 0; i < read.count; i++) {
		bool known = false;

		for (size_t j = 0; j < sizeof(keys) / sizeof(keys[0]); j++)
			known = known || strcmp(read.pairs[i].key.data, keys[j]) == 0;
		assert_true(known);
		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(read.pairs[i].key.data, read.pairs[j].key.data);
	}
	assert_string_equal(read_value(&read, "identity"), identity);
	read_last_identity(line, &last);
	assert_string_equal(last.data, identity);
}

/* OpenDMARC leaves out blanks and quotes that are not escaped. */
static void assert_opendmarc_reads(const char *line, const char *identity, struct span sender)
{
	struct read_text expected = { .length = 0 };
	struct read_header read;
	size_t at = place_of_at(sender);

	for (size_t i = 0; i < sender.length; i++)
		if (sender.data[i] != ' ')
			read_append(&expected, i == at ? '@' : shown(sender.data[i]));
	read_like_opendmarc(line, &read);
	assert_string_equal(read_value(&read, "identity"), identity);
	assert_string_equal(read_value(&read, "envelope-from"), expected.data);
}

static void received_spf_hostile_values_change_nothing_else(void **state)
{
	struct read_header read;

	(void)state;
	for (size_t i = 0; i < sizeof(hostile) / sizeof(hostile[0]); i++) {
		struct span bytes = { hostile[i].bytes, hostile[i].length };
		const char *line;

		envelope.sender = envelope.helo = envelope.recipient = bytes;
		mailfrom->result = SPF_SOFTFAIL;
		snprintf(mailfrom->mechanism, sizeof(mailfrom->mechanism), "a;b=c \"(\\");
		snprintf(mailfrom->problem, sizeof(mailfrom->problem), "x; identity=helo");
		line = received_spf(mailfrom);
		assert_true(read_grammar(line, &read));
		assert_int_equal(read.count, 7);
		assert_string_equal(read.result.data, "softfail");
		assert_string_equal(read_value(&read, "identity"), "mailfrom");
		assert_string_equal(read_value(&read, "client-ip"), "192.0.2.5");
		assert_survives(read_value(&read, "helo"), bytes);
		assert_sender_survives(read_value(&read, "envelope-from"), bytes);
		assert_survives(read_value(&read, "receiver"), header_receiver(&config, &envelope));
		assert_string_equal(read_value(&read, "mechanism"), "a?b=c \"(\\");
		assert_string_equal(read_value(&read, "problem"), "x? identity=helo");
		assert_careless_readers_agree(line, "mailfrom");
		assert_opendmarc_reads(line, "mailfrom", bytes);
	}
}

static void received_spf_every_byte_is_safe(void **state)
{
	struct read_header read;

	(void)state;
	for (int c = 0; c < 256; c++) {
		char bytes[3] = { 'a', (char)c, 'b' };

		envelope.sender = envelope.helo = (struct span){ bytes, 3 };
		assert_true(read_grammar(received_spf(mailfrom), &read));
		assert_survives(read_value(&read, "helo"), envelope.helo);
		assert_careless_readers_agree(out.data, "mailfrom");
		assert_opendmarc_reads(out.data, "mailfrom", envelope.sender);
	}
}

/* Whatever a reader takes for the domain is the one that was judged, or none at all. */
static void received_spf_has_one_mailbox_at_most(void **state)
{
	static const struct {
		const char *sender, *judged, *read;
	} rows[] = {
		{ "a@b.example", "b.example", "a@b.example" },
		{ "a@B.Example.", "B.Example", "a@B.Example." },
		{ "a@_b-1.example", "_b-1.example", "a@_b-1.example" },
		{ "u@bank.example'@evil.example", "evil.example", "u?bank.example'@evil.example" },
		{ "u@bank.example,x@evil.example", "evil.example",
		  "u?bank.example,x@evil.example" },
		{ "@bank.example:u@evil.example", "evil.example", "?bank.example:u@evil.example" },
		{ "<u@bank.example>@evil.example", "evil.example",
		  "<u?bank.example>@evil.example" },
		{ "u%bank.example@evil.example", "evil.example", "u%bank.example@evil.example" },
		{ "@evil.example", "evil.example", "@evil.example" },
		{ "u@b\xc3\xbc.example", "xn--b-eha.example", "u@xn--b-eha.example" },
		{ "u@bank.example\xc3\xbc.evil.example", "xn--bank.xn--e-1ja.evil.example",
		  "u@xn--bank.xn--e-1ja.evil.example" },
		/* Domains that may be judged, but end too early for some. */
		{ "u@bank.example'.evil.example", "bank.example'.evil.example",
		  "u?bank.example'.evil.example" },
		{ "u@bank.example?.evil.example", "bank.example?.evil.example",
		  "u?bank.example?.evil.example" },
		{ "u@bank.example(.evil.example", "", "u?bank.example(.evil.example" },
		{ "u@bank.example evil.example", "", "u?bank.example evil.example" },
		{ "u@bank.example@", "", "u?bank.example?" },
		{ "u@[192.0.2.1]", "", "u?[192.0.2.1]" },
		{ "bank.example", "bank.example", "bank.example" },
	};
	struct read_header read;

	(void)state;
	envelope.helo = span_of("u@bank.example");
	envelope.recipient = span_of("u@bank.example@");
	strcpy(mailfrom->mechanism, "exists:u@bank.example");
	strcpy(mailfrom->problem, "no mechanism: envelope-from=u@bank.example");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		envelope.sender = span_of(rows[i].sender);
		strcpy(envelope.domains[SPF_MAILFROM], rows[i].judged);
		assert_true(read_grammar(received_spf(mailfrom), &read));
		assert_string_equal(read_value(&read, "envelope-from"), rows[i].read);
		assert_string_equal(read_value(&read, "helo"), "u?bank.example");
		assert_string_equal(read_value(&read, "receiver"), "u?bank.example?");
		assert_null(strchr(read_value(&read, "mechanism"), '@'));
		assert_null(strchr(read_value(&read, "problem"), '@'));
		read_like_opendmarc(out.data, &read);
		assert_non_null(read_value(&read, "envelope-from"));
		assert_null(strstr(read_value(&read, "envelope-from"), "@bank.example"));
		decision.why = "why";
		format(DECISION_COMMENT);
		assert_ptr_equal(strchr(out.data, '@'), strrchr(out.data, '@'));
		assert_null(strstr(out.data, "@bank.example"));
		assert_null(strchr(authentication_results(), '@'));
	}
}

static void received_spf_value_past_its_limit_is_left_out(void **state)
{
	static char bytes[2000];
	struct read_header read;

	(void)state;
	memset(bytes, 'a', sizeof(bytes));
	envelope.helo = (struct span){ bytes, HEADER_VALUE_MAX };
	assert_true(read_grammar(received_spf(mailfrom), &read));
	assert_survives(read_value(&read, "helo"), envelope.helo);
	envelope.helo = (struct span){ bytes, HEADER_VALUE_MAX + 1 };
	assert_true(read_grammar(received_spf(mailfrom), &read));
	assert_null(read_value(&read, "helo"));
	assert_non_null(read_value(&read, "envelope-from"));
	envelope.helo = envelope.sender = envelope.recipient = (struct span){ bytes,
									      sizeof(bytes) };
	assert_string_equal(received_spf(mailfrom),
			    "Received-SPF: pass (mailfrom) identity=mailfrom; client-ip=192.0.2.5; "
			    "mechanism=\"ip4:192.0.2.0/24\"");
}

/* All values at their longest do not fit: they go by importance, and the line is full to the byte. */
static void received_spf_fills_the_line_by_importance(void **state)
{
	static char local[HEADER_VALUE_MAX];
	struct read_header read;
	size_t length;

	(void)state;
	memset(local, 'l', sizeof(local));
	envelope.helo = envelope.recipient = span_of(long_name);
	envelope.sender = (struct span){ local, 320 };
	snprintf(mailfrom->mechanism, sizeof(mailfrom->mechanism), "exists:%s", "x.example");
	memset(mailfrom->problem, 'p', sizeof(mailfrom->problem) - 1);
	length = strlen(received_spf(mailfrom));
	assert_true(read_grammar(out.data, &read));
	/* The problem found no room, the mechanism after it did. */
	assert_null(read_value(&read, "problem"));
	assert_string_equal(read_value(&read, "receiver"), long_name);
	assert_string_equal(read_value(&read, "helo"), long_name);
	assert_int_equal(strlen(read_value(&read, "envelope-from")), 320);
	assert_string_equal(read_value(&read, "mechanism"), "exists:x.example");

	/* The sender may grow to the last byte of the line; with one more the mechanism goes. */
	envelope.sender.length += HEADER_LINE_MAX - length;
	assert_int_equal(strlen(received_spf(mailfrom)), HEADER_LINE_MAX);
	assert_true(read_grammar(out.data, &read));
	assert_non_null(read_value(&read, "mechanism"));
	envelope.sender.length++;
	received_spf(mailfrom);
	assert_true(read_grammar(out.data, &read));
	assert_null(read_value(&read, "mechanism"));
	assert_non_null(read_value(&read, "receiver"));
	/* Then the receiver, and the mechanism is back. */
	envelope.sender.length = 512;
	received_spf(mailfrom);
	assert_true(read_grammar(out.data, &read));
	assert_null(read_value(&read, "receiver"));
	assert_non_null(read_value(&read, "helo"));
	/* A sender that quoting doubles past the line goes itself. */
	memset(local, '"', sizeof(local));
	received_spf(mailfrom);
	assert_true(read_grammar(out.data, &read));
	assert_null(read_value(&read, "envelope-from"));
	assert_non_null(read_value(&read, "receiver"));
}

/* Two that do not fit together: the more important one stays. */
static void received_spf_more_important_value_stays(void **state)
{
	static char bytes[HEADER_VALUE_MAX];
	struct read_header read;

	(void)state;
	memset(bytes, 'a', sizeof(bytes));
	envelope.sender = envelope.helo = (struct span){ bytes, sizeof(bytes) };
	assert_true(read_grammar(received_spf(mailfrom), &read));
	assert_non_null(read_value(&read, "envelope-from"));
	assert_null(read_value(&read, "helo"));
	envelope.sender = span_of("a@b.example");
	envelope.recipient = (struct span){ bytes, sizeof(bytes) };
	assert_true(read_grammar(received_spf(mailfrom), &read));
	assert_non_null(read_value(&read, "helo"));
	assert_null(read_value(&read, "receiver"));
	envelope.helo = (struct span){ bytes, 160 };
	memset(mailfrom->problem, 'p', 120);
	memset(mailfrom->mechanism, 'm', 120);
	assert_true(read_grammar(received_spf(mailfrom), &read));
	assert_non_null(read_value(&read, "receiver"));
	assert_non_null(read_value(&read, "problem"));
	assert_null(read_value(&read, "mechanism"));
}

static void receiver_is_the_first_recipients_domain(void **state)
{
	static const struct {
		const char *recipient, *receiver;
	} rows[] = {
		{ "r@dest.example", "dest.example" },
		{ "a@b@dest.example", "dest.example" },
		{ "postmaster", "postmaster" },
		{ "", "none" },
		{ "r@", "r@" },
		{ "@", "@" },
		{ "@d", "d" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		envelope.recipient = span_of(rows[i].recipient);
		config.hide_receiver = false;
		assert_true(
			span_equal(header_receiver(&config, &envelope), span_of(rows[i].receiver)));
		config.hide_receiver = true;
		assert_true(span_equal(header_receiver(&config, &envelope), span_of("<UNKNOWN>")));
	}
}

static void authentication_results_have_the_result_that_decided(void **state)
{
	(void)state;
	assert_string_equal(
		authentication_results(),
		"Authentication-Results: mx.example.com; spf=pass (sender SPF authorized) "
		"smtp.mailfrom=pass.example (client-ip=192.0.2.5)");
	decision.identity = SPF_HELO;
	assert_string_equal(authentication_results(),
			    "Authentication-Results: mx.example.com; spf=none (no SPF record) "
			    "smtp.helo=mail.pass.example (client-ip=192.0.2.5)");
	helo->checked = false;
	assert_string_equal(authentication_results(),
			    "Authentication-Results: mx.example.com; "
			    "none (SPF not checked - client-ip=192.0.2.5)");
	decision.why = "SPF check N/A for local connections";
	assert_string_equal(authentication_results(),
			    "Authentication-Results: mx.example.com; none (SPF check N/A for local "
			    "connections - client-ip=192.0.2.5)");
}

static void authentication_results_problem_can_not_speak(void **state)
{
	(void)state;
	helo->checked = false;
	mailfrom->result = SPF_PERMERROR;
	strcpy(mailfrom->problem, "Unknown mechanism: a); spf=pass smtp.mailfrom=x (\\");
	assert_string_equal(
		authentication_results(),
		"Authentication-Results: mx.example.com; spf=permerror (SPF Permanent Error: "
		"Unknown mechanism: a\\)? spf\\=pass smtp.mailfrom\\=x \\(\\\\) "
		"smtp.mailfrom=pass.example (client-ip=192.0.2.5)");
}

static void authentication_results_odd_domain_is_left_out_whole(void **state)
{
	static const char *const odd[] = {
		"",    "legit(.attack.com", "legit'.attack.com", "a b", "a;b", "a@b", "a\"b", "a=b",
		"a/b", "[192.0.2.1]",	    "\xc3\xa4.example"
	};

	(void)state;
	for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
		strcpy(mailfrom->domain, odd[i]);
		assert_string_equal(authentication_results(),
				    "Authentication-Results: mx.example.com; "
				    "none (not a plain domain name - client-ip=192.0.2.5)");
	}
	strcpy(mailfrom->domain, "_spf.A-b.example");
	assert_non_null(strstr(authentication_results(), " smtp.mailfrom=_spf.A-b.example"));
}

static void authentication_results_fit_into_a_line(void **state)
{
	char id[254];

	(void)state;
	memset(id, '"', sizeof(id) - 1);
	id[sizeof(id) - 1] = '\0';
	config.authserv_id = id;
	strcpy(mailfrom->domain, long_name);
	mailfrom->result = SPF_PERMERROR;
	memset(mailfrom->problem, '(', sizeof(mailfrom->problem) - 1);
	assert_true(
		address_parse(span_of("2001:db8:1111:2222:3333:4444:5555:6666"), &envelope.client));
	assert_non_null(strstr(authentication_results(), "\"; spf=permerror smtp.mailfrom=a2345"));
	assert_non_null(strstr(out.data, " (client-ip=2001:db8:1111:"));
}

static void authentication_results_default_id_is_the_host(void **state)
{
	(void)state;
	config.authserv_id = NULL;
	config.host_name = "host.example.com";
	assert_non_null(strstr(authentication_results(), "Results: host.example.com; spf="));
	/* An odd one becomes a quoted-string. */
	config.authserv_id = "a;b";
	assert_non_null(strstr(authentication_results(), "Results: \"a?b\"; spf="));
}

static void comment_is_one_bounded_line(void **state)
{
	static char bytes[2000];

	(void)state;
	decision.why = "SPF check N/A for local connections";
	assert_string_equal(
		format(DECISION_COMMENT),
		"X-Comment: SPF check N/A for local connections - client-ip=192.0.2.5; "
		"helo=mail.pass.example; envelope-from=foo@pass.example; receiver=dest.example");
	envelope.sender = span_of("a; receiver=evil\n\\@d");
	decision.why = "why";
	assert_string_equal(
		format(DECISION_COMMENT),
		"X-Comment: why - client-ip=192.0.2.5; helo=mail.pass.example; "
		"envelope-from=a\\x3b receiver=evil\\x0a\\x5c@d; receiver=dest.example");
	memset(bytes, 0xff, sizeof(bytes));
	envelope.client = (struct address){ .family = AF_UNSPEC };
	envelope.client_text = envelope.sender = envelope.helo = envelope.recipient = (struct span){
		bytes, sizeof(bytes)
	};
	decision.why = "SPF skipped for PTR whitelisted relay domain";
	assert_non_null(strstr(format(DECISION_COMMENT), "...; receiver="));
}

#define TEST(name) cmocka_unit_test_setup(name, setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(received_spf_is_as_documented),
		TEST(received_spf_names_the_problem),
		TEST(received_spf_null_sender_ipv6_and_hidden_receiver),
		TEST(received_spf_absent_values_are_left_out),
		TEST(received_spf_result_words),
		TEST(received_spf_hostile_values_change_nothing_else),
		TEST(received_spf_every_byte_is_safe),
		TEST(received_spf_has_one_mailbox_at_most),
		TEST(received_spf_value_past_its_limit_is_left_out),
		TEST(received_spf_fills_the_line_by_importance),
		TEST(received_spf_more_important_value_stays),
		TEST(receiver_is_the_first_recipients_domain),
		TEST(authentication_results_have_the_result_that_decided),
		TEST(authentication_results_problem_can_not_speak),
		TEST(authentication_results_odd_domain_is_left_out_whole),
		TEST(authentication_results_fit_into_a_line),
		TEST(authentication_results_default_id_is_the_host),
		TEST(comment_is_one_bounded_line),
	};

	return cmocka_run_group_tests_name("header", tests, NULL, NULL);
}
