/* SPDX-License-Identifier: MIT */
/* Pasted lines: every form gives back the message, and what is none of them gives nothing. */
#include "maillog/log_line.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#define SYSLOG "Nov 23 09:14:07 mx policyd-spf[100]: "
#define REJECT                                                                            \
	"NOQUEUE: reject: RCPT from mx.example[192.0.2.5]: 550 5.7.23 <b@here.example>: " \
	"Recipient "                                                                      \
	"address rejected: Message rejected due to: SPF fail - not authorized; "

static const struct {
	const char *line, *client, *helo, *sender, *recipient;
} rows[] = {
	{ SYSLOG "Fail; identity=mailfrom; client-ip=192.0.2.5; helo=h.example; "
		 "envelope-from=a@b.example; "
		 "receiver=dest.example; action=reject; mech=-all; qid=8045F2AB23",
	  "192.0.2.5", "h.example", "a@b.example", "dest.example" },
	{ "Fail; identity=helo; client-ip=2001:db8::1; helo=h.example; envelope-from=<>; "
	  "receiver=<UNKNOWN>",
	  "2001:db8::1", "h.example", "", "" },
	{ SYSLOG ": prepend Received-SPF: Pass (mailfrom) identity=mailfrom; client-ip=192.0.2.5; "
		 "helo=h.example; envelope-from=a@b.example; receiver=none ",
	  "192.0.2.5", "h.example", "a@b.example", "" },
	{ "2026-11-25T16:00:01.123456+01:00 mx postfix/policyd-spf[1]: decided action=dunno not "
	  "checked - "
	  "client-ip=192.0.2.5; helo=h.example; envelope-from=a@b.example; receiver=d.example; "
	  "ms=0",
	  "192.0.2.5", "h.example", "a@b.example", "d.example" },
	/* Escapes as our log writes them; the line's own separators cannot be forged by them. */
	{ "Fail; client-ip=192.0.2.5; helo=x\\x3b client-ip=9.9.9.9; "
	  "envelope-from=\\x22a\\x3bb\\x22@c.example",
	  "192.0.2.5", "x; client-ip=9.9.9.9", "\"a;b\"@c.example", "" },
	{ "Fail; client-ip=192.0.2.5; helo=\\x5cx41; envelope-from=\\xzz@c.example", "192.0.2.5",
	  "\\x41", "\\xzz@c.example", "" },
	/* Only ";" begins a key; a blank may stand in a value. */
	{ "Pass; client-ip=192.0.2.5; helo=h.example; envelope-from=a receiver=evil.example "
	  "client-ip=9.9.9.9 helo=x@b.example; receiver=d.example",
	  "192.0.2.5", "h.example", "a receiver=evil.example client-ip=9.9.9.9 helo=x@b.example",
	  "d.example" },
	{ "Received-SPF: pass (b.example: 192.0.2.12 is authorized to use 'x client-ip=9.9.9.9; "
	  "helo=x@b.example' in 'mfrom' identity (mechanism 'mx' matched)) receiver=mx; "
	  "identity=mailfrom; envelope-from=\"x; receiver=y\"; helo=h.example; client-ip=192.0.2.12",
	  "192.0.2.12", "h.example", "x; receiver=y", "mx" },
	{ "client-ip=192.0.2.5; helo=\"x; envelope-from=a@b.example", "192.0.2.5", "\"x",
	  "a@b.example", "" },
	/* Header fields. */
	{ "Received-SPF: fail (mailfrom) identity=mailfrom; client-ip=192.0.2.5; helo=h.example; "
	  "envelope-from=\"a\\\"b\\\\c;d\"; receiver=d.example; mechanism=-all",
	  "192.0.2.5", "h.example", "a\"b\\c;d", "d.example" },
	{ "Received-SPF: pass (mailfrom) "
	  "identity=mailfrom;\n\tclient-ip=192.0.2.5;\n\thelo=h.example;\n"
	  " envelope-from=\"a@b.example\"",
	  "192.0.2.5", "h.example", "a@b.example", "" },
	{ "Authentication-Results: mx; spf=pass (sender SPF authorized) smtp.mailfrom=b.example "
	  "(client-ip=192.0.2.5; helo=h.example; envelope-from=a@b.example; receiver=d.example)",
	  "192.0.2.5", "h.example", "a@b.example", "d.example" },
	{ "Authentication-Results: mx; spf=fail (SPF fail - not authorized) smtp.mailfrom=b.example "
	  "(client-ip=2001:db8::5)",
	  "2001:db8::5", "", "b.example", "" },
	{ "Authentication-Results: mx; spf=none (no SPF record) smtp.helo=h.example "
	  "(client-ip=192.0.2.5)",
	  "192.0.2.5", "h.example", "", "" },
	{ "postfix/policy-spf[200]: Policy action=PREPEND Received-SPF: pass (b.example: "
	  "192.0.2.12 is authorized "
	  "to use 'a@b.example' in 'mfrom' identity (mechanism 'ip4:192.0.2.0/24' matched)) "
	  "receiver=mx; "
	  "identity=mailfrom; envelope-from=\"a@b.example\"; helo=h.example; client-ip=192.0.2.12",
	  "192.0.2.12", "h.example", "a@b.example", "mx" },
	/* smtpd. */
	{ "Nov 25 16:00:01 mx postfix/smtpd[9]: " REJECT "from=<a@b.example> to=<b@here.example> "
	  "proto=ESMTP "
	  "helo=<h.example>",
	  "192.0.2.5", "h.example", "a@b.example", "b@here.example" },
	{ REJECT "from=<> to=<b@here.example> proto=SMTP helo=<[x]>", "192.0.2.5", "[x]", "",
	  "b@here.example" },
	{ "reject: RCPT from unknown[IPv6:2001:db8::9]: 550 no; from=<\"a> b\"@c.example> "
	  "to=<d@e.example> "
	  "proto=ESMTP helo=<h>",
	  "2001:db8::9", "h", "\"a", "d@e.example" },
	{ "reject: CONNECT from x.example[192.0.2.5]: 554 no; proto=SMTP", "192.0.2.5", "", "",
	  "" },
	{ "reject: RCPT from x.example[192.0.2.5]: no; from=<a>b@c.example>, to=<d@e.example>, helo=<h>",
	  "192.0.2.5", "h", "a>b@c.example", "d@e.example" },
	/* The URL of policyd-spf's replies. */
	{ SYSLOG ": 550 5.7.23 Message rejected due to: SPF fail - not authorized. Please see "
		 "http://www.openspf.net/Why?s=mfrom;id=x%40b.example;ip=192.0.2.5;r=d.example",
	  "192.0.2.5", "", "x@b.example", "d.example" },
	{ "550 Please see http://www.openspf.org/Why?s=helo&id=h.example&ip=192.0.2.5&r=<UNKNOWN>",
	  "192.0.2.5", "h.example", "", "" },
};

static struct arena *arena;
static struct envelope e;
static bool cut;

static bool parse(struct span line)
{
	return log_line_parse(line, arena, &e, &cut);
}

/* "" also for what is not told. */
static void assert_value(struct span value, const char *expected)
{
	if (value.data)
		assert_string_equal(value.data, expected);
	assert_int_equal(value.length, strlen(expected));
}

static void log_line_reads_every_form(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_true(parse(span_of(rows[i].line)));
		assert_value(e.client_text, rows[i].client);
		assert_value(e.helo, rows[i].helo);
		assert_value(e.sender, rows[i].sender);
		assert_value(e.recipient, rows[i].recipient);
		assert_false(cut);
	}
}

static void log_line_without_client_is_none(void **state)
{
	static const char *const lines[] = {
		"",
		" ",
		"nonsense",
		"client-ip=",
		"xclient-ip=192.0.2.5",
		"helo=h.example",
		"from [",
		"Why?s=mfrom;id=x",
		"?",
		"client-ip=\\x00",
		"from x[192.0.2.5\\x00]: ",
		"from nobody at all",
		"Why?s=mfrom;id=x;ip=192.0.2.5%00",
		"Why?s=%00;ip=192.0.2.5",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		assert_false(parse(span_of(lines[i])));
}

static void log_line_tells_cut_values(void **state)
{
	(void)state;
	assert_true(parse(span_of("Fail; client-ip=192.0.2.5; helo=aaaa...; envelope-from=<>")));
	assert_true(cut);
}

static void log_line_longer_than_a_value_is_refused(void **state)
{
	static char line[2 * ENVELOPE_VALUE_MAX];
	size_t prefix = strlen("client-ip=192.0.2.5; helo=");

	(void)state;
	memset(line, 'a', sizeof(line));
	memcpy(line, "client-ip=192.0.2.5; helo=", prefix);
	assert_true(parse((struct span){ line, prefix + ENVELOPE_VALUE_MAX }));
	assert_int_equal(e.helo.length, ENVELOPE_VALUE_MAX);
	assert_false(parse((struct span){ line, prefix + ENVELOPE_VALUE_MAX + 1 }));
	line[prefix] = line[prefix + 1 + ENVELOPE_VALUE_MAX] = '"';
	assert_true(parse((struct span){ line, prefix + 2 + ENVELOPE_VALUE_MAX }));
	assert_int_equal(e.helo.length, ENVELOPE_VALUE_MAX);
	line[prefix + 1 + ENVELOPE_VALUE_MAX] = 'a';
	line[prefix + 2 + ENVELOPE_VALUE_MAX] = '"';
	assert_false(parse((struct span){ line, prefix + 3 + ENVELOPE_VALUE_MAX }));
}

static int setup(void **state)
{
	(void)state;
	arena = arena_create();
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	arena_destroy(arena);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(log_line_reads_every_form),
		cmocka_unit_test(log_line_without_client_is_none),
		cmocka_unit_test(log_line_tells_cut_values),
		cmocka_unit_test(log_line_longer_than_a_value_is_refused),
	};

	return cmocka_run_group_tests_name("log_line", tests, setup, teardown);
}
