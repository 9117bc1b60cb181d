/* SPDX-License-Identifier: MIT */
/* SPF records: what is one, each term's grammar to its edges, and where errors are pointed at. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "spf/record.h"

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

static enum record_status first(struct span text, struct record_term *term,
				struct record_error *error)
{
	struct record_reader reader;

	assert_true(record_is_spf(text));
	record_begin(&reader, text);
	return record_next(&reader, term, error);
}

/* "v=spf1 TERM" in storage of its own. */
static struct span with_term(const char *term, char *storage, size_t size)
{
	assert_in_range(snprintf(storage, size, "v=spf1 %s", term), 7, size - 1);
	return span_of(storage);
}

static void record_is_told_by_its_version(void **state)
{
	static const struct {
		const char *text;
		bool is_spf;
	} rows[] = {
		{ "v=spf1", true },   { "v=spf1 ", true },     { "v=spf1 -all", true },
		{ "V=SPF1", true },   { "v=SpF1 moo", true },  { "", false },
		{ "v=spf", false },   { "v=spf10", false },    { "v=spf1\t-all", false },
		{ " v=spf1", false }, { "v=spf1-all", false }, { "v=spf2.0/mfrom", false },
		{ "v= spf1", false }, { "\"v=spf1\"", false }, { "v=spf1.", false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		if (record_is_spf(span_of(rows[i].text)) != rows[i].is_spf)
			fail_msg("%s", rows[i].text);
	assert_false(record_is_spf((struct span){ "v=spf1\0", 7 }));
	assert_false(record_is_spf((struct span){ "v=spf1 -all", 5 }));
	assert_true(record_is_spf((struct span){ "v=spf1-all", 6 }));
	assert_false(record_is_spf((struct span){ NULL, 0 }));
}

static void record_without_terms_has_an_end(void **state)
{
	static const char *const texts[] = { "v=spf1", "v=spf1 ", "v=spf1      " };
	struct record_term term;
	struct record_error error;

	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++)
		assert_int_equal(first(span_of(texts[i]), &term, &error), RECORD_END);
}

static void record_terms_come_in_their_order(void **state)
{
	static const char text[] =
		"V=SPF1   ip4:192.0.2.0/24 exp=e.example A  -MX:m.example/28//96 "
		"redirect=r.example. ?x=y ~all  ";
	static const struct {
		enum record_mechanism mechanism;
		char qualifier;
		const char *text, *target;
		unsigned prefix4, prefix6;
	} rows[] = {
		{ RECORD_IP4, '+', "ip4:192.0.2.0/24", "", 32, 128 },
		{ RECORD_EXP, '+', "exp=e.example", "e.example", 32, 128 },
		{ RECORD_A, '+', "A", "", 32, 128 },
		{ RECORD_MX, '-', "-MX:m.example/28//96", "m.example", 28, 96 },
		{ RECORD_REDIRECT, '+', "redirect=r.example.", "r.example.", 32, 128 },
	};
	struct record_reader reader;
	struct record_term term;
	struct record_error error;

	(void)state;
	record_begin(&reader, span_of(text));
	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_int_equal(record_next(&reader, &term, &error), RECORD_TERM);
		assert_int_equal(term.mechanism, rows[i].mechanism);
		assert_int_equal(term.qualifier, rows[i].qualifier);
		assert_true(span_equal(term.text, span_of(rows[i].text)));
		assert_true(span_equal(term.target, span_of(rows[i].target)));
		assert_int_equal(term.prefix4, rows[i].prefix4);
		assert_int_equal(term.prefix6, rows[i].prefix6);
		assert_in_range((size_t)(term.text.data - text), 0, sizeof(text));
	}
	assert_int_equal(record_next(&reader, &term, &error), RECORD_ERROR);
	assert_string_equal(error.problem, "Unknown mechanism found: ?x=y");
	/* An error is not stepped over. */
	assert_int_equal(record_next(&reader, &term, &error), RECORD_ERROR);
	assert_string_equal(error.problem, "Unknown mechanism found: ?x=y");
}

static void record_end_is_met_again(void **state)
{
	struct record_reader reader;
	struct record_term term;
	struct record_error error;

	(void)state;
	record_begin(&reader, span_of("v=spf1 ~all "));
	assert_int_equal(record_next(&reader, &term, &error), RECORD_TERM);
	assert_int_equal(term.mechanism, RECORD_ALL);
	assert_int_equal(term.qualifier, '~');
	assert_int_equal(record_next(&reader, &term, &error), RECORD_END);
	assert_int_equal(record_next(&reader, &term, &error), RECORD_END);
}

static void record_term_in_the_grammar_is_read(void **state)
{
	static const struct {
		const char *text;
		enum record_mechanism mechanism;
		const char *target;
		unsigned prefix4, prefix6;
	} rows[] = {
		{ "all", RECORD_ALL, "", 32, 128 },
		{ "+ALL", RECORD_ALL, "", 32, 128 },
		{ "a", RECORD_A, "", 32, 128 },
		{ "a/0", RECORD_A, "", 0, 128 },
		{ "a/32", RECORD_A, "", 32, 128 },
		{ "a//0", RECORD_A, "", 32, 0 },
		{ "a//128", RECORD_A, "", 32, 128 },
		{ "a/24//64", RECORD_A, "", 24, 64 },
		{ "a:x.example/9//99", RECORD_A, "x.example", 9, 99 },
		{ "a:foo:bar/baz.example.com", RECORD_A, "foo:bar/baz.example.com", 32, 128 },
		{ "a:x/24.example/24", RECORD_A, "x/24.example", 24, 128 },
		{ "a:%{d/}/24", RECORD_A, "%{d/}", 24, 128 },
		{ "a:%{d1r/}//64", RECORD_A, "%{d1r/}", 32, 64 },
		{ "a:%%%_/.Example/27", RECORD_A, "%%%_/.Example", 27, 128 },
		{ "a:x%%/24", RECORD_A, "x%%", 24, 128 },
		{ "a:x..example", RECORD_A, "x..example", 32, 128 },
		{ "a:.example", RECORD_A, ".example", 32, 128 },
		{ "mx:%{d}//64", RECORD_MX, "%{d}", 32, 64 },
		{ "mX//10", RECORD_MX, "", 32, 10 },
		{ "ptr", RECORD_PTR, "", 32, 128 },
		{ "PTR:example.Com", RECORD_PTR, "example.Com", 32, 128 },
		{ "include:%{ir}.x.example", RECORD_INCLUDE, "%{ir}.x.example", 32, 128 },
		{ "exists:%{i}.%{s1}.100/86400.rate.%{d}", RECORD_EXISTS,
		  "%{i}.%{s1}.100/86400.rate.%{d}", 32, 128 },
		{ "redirect=%{d}", RECORD_REDIRECT, "%{d}", 32, 128 },
		{ "ReDirect=a.b", RECORD_REDIRECT, "a.b", 32, 128 },
		{ "EXP=a.b", RECORD_EXP, "a.b", 32, 128 },
		{ "moo.cow-far_out=man:dog/cat", RECORD_UNKNOWN_MODIFIER, "man:dog/cat", 32, 128 },
		{ "moo=", RECORD_UNKNOWN_MODIFIER, "", 32, 128 },
		{ "a=b=c", RECORD_UNKNOWN_MODIFIER, "b=c", 32, 128 },
		{ "all=%{d}%%", RECORD_UNKNOWN_MODIFIER, "%{d}%%", 32, 128 },
		{ "default=pass", RECORD_UNKNOWN_MODIFIER, "pass", 32, 128 },
		{ "x9=-all", RECORD_UNKNOWN_MODIFIER, "-all", 32, 128 },
		{ "azAZ=09", RECORD_UNKNOWN_MODIFIER, "09", 32, 128 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		char storage[128];
		struct span text = with_term(rows[i].text, storage, sizeof(storage));
		struct record_term term;
		struct record_error error;

		if (first(text, &term, &error) != RECORD_TERM)
			fail_msg("%s: %s", rows[i].text, error.problem);
		assert_int_equal(term.mechanism, rows[i].mechanism);
		assert_true(span_equal(term.text, span_of(rows[i].text)));
		assert_true(span_equal(term.target, span_of(rows[i].target)));
		assert_int_equal(term.prefix4, rows[i].prefix4);
		assert_int_equal(term.prefix6, rows[i].prefix6);
	}
}

static void record_networks_are_read(void **state)
{
	static const struct {
		const char *text;
		sa_family_t family;
		const char *address;
		unsigned prefix;
	} rows[] = {
		{ "ip4:192.0.2.1", AF_INET, "192.0.2.1", 32 },
		{ "IP4:192.0.2.1/0", AF_INET, "192.0.2.1", 0 },
		{ "ip4:0.0.0.0/8", AF_INET, "0.0.0.0", 8 },
		{ "ip4:255.255.255.255/32", AF_INET, "255.255.255.255", 32 },
		{ "ip6:::", AF_INET6, "::", 128 },
		{ "ip6:::/0", AF_INET6, "::", 0 },
		{ "ip6:::1.1.1.1/0", AF_INET6, "::1.1.1.1", 0 },
		{ "iP6:Cafe:Babe:8000::/33", AF_INET6, "cafe:babe:8000::", 33 },
		{ "ip6:1:2:3:4:5:6:7:8/128", AF_INET6, "1:2:3:4:5:6:7:8", 128 },
		{ "ip6:1:2:3:4:5:6:7::/9", AF_INET6, "1:2:3:4:5:6:7:0", 9 },
		/* It stays IPv6 and matches no IPv4 client. */
		{ "ip6:::ffff:192.0.2.1", AF_INET6, "::ffff:192.0.2.1", 128 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		char storage[128], address[ADDRESS_TEXT_MAX];
		struct span text = with_term(rows[i].text, storage, sizeof(storage));
		struct record_term term;
		struct record_error error;

		if (first(text, &term, &error) != RECORD_TERM)
			fail_msg("%s: %s", rows[i].text, error.problem);
		assert_int_equal(term.mechanism,
				 rows[i].family == AF_INET ? RECORD_IP4 : RECORD_IP6);
		assert_int_equal(term.network.address.family, rows[i].family);
		assert_string_equal(address_format(&term.network.address, address),
				    rows[i].address);
		assert_int_equal(term.network.prefix, rows[i].prefix);
	}
}

/* `at` is what error.offset and error.length point at. */
static const struct {
	const char *text;
	const char *at;
	const char *problem;
} wrong_terms[] = {
	{ "moo", "moo", "Unknown mechanism found: moo" },
	{ "-moo:x.example", "moo", "Unknown mechanism found: -moo:x.example" },
	{ "moo/24", "moo", "Unknown mechanism found: moo/24" },
	{ "-all.", "all.", "Unknown mechanism found: -all." },
	{ "redirect:t2.example.com", "redirect",
	  "Unknown mechanism found: redirect:t2.example.com" },
	{ "-redirect=a.b", "redirect=a.b", "Unknown mechanism found: -redirect=a.b" },
	{ "moo.cow/far_out=man:dog/cat", "moo.cow",
	  "Unknown mechanism found: moo.cow/far_out=man:dog/cat" },
	{ "moo.cow:far_out=man:dog/cat", "moo.cow",
	  "Unknown mechanism found: moo.cow:far_out=man:dog/cat" },
	{ "1up=foo", "1up=foo", "Unknown mechanism found: 1up=foo" },
	{ "=all", "=all", "Unknown mechanism found: =all" },
	{ "_x=y", "_x=y", "Unknown mechanism found: _x=y" },
	{ "-", "-", "Unknown mechanism found: -" },
	{ "--all", "-all", "Unknown mechanism found: --all" },
	{ ":x.example", ":x.example", "Unknown mechanism found: :x.example" },
	{ "-/8", "-/8", "Unknown mechanism found: -/8" },
	{ "all,", ",", "Do not separate mechanisms with commas: all," },
	{ "a:x.example,", ",", "Do not separate mechanisms with commas: a:x.example," },
	{ "192.0.2.1", "192.0.2.1", "Missing IP4: 192.0.2.1" },
	{ "~192.0.2.1/24", "192.0.2.1", "Missing IP4: ~192.0.2.1/24" },

	{ "all:foobar", ":foobar",
	  "Invalid all mechanism format - only qualifier allowed with all: all:foobar" },
	{ "-all/8", "/8", "CIDR not allowed: -all/8" },
	{ "include", "include", "include mechanism missing domain: include" },
	{ "exists", "exists", "implicit exists not allowed: exists" },
	{ "include:", "include:", "empty domain: include:" },
	{ "exists:", "exists:", "empty domain: exists:" },
	{ "ptr:", "ptr:", "empty domain: ptr:" },
	{ "a:", "a:", "empty domain: a:" },
	{ "mx:", "mx:", "empty domain: mx:" },
	{ "a:/24", "a:/24", "empty domain: a:/24" },
	{ "mx://64", "mx://64", "empty domain: mx://64" },
	{ "ptr/0", "/0", "CIDR not allowed: ptr/0" },
	{ "ptr/", "/", "CIDR not allowed: ptr/" },
	{ "exists:mail.example.com/24", "/24", "CIDR not allowed: exists:mail.example.com/24" },
	{ "include:%{d}/24", "/24", "CIDR not allowed: include:%{d}/24" },
	{ "ptr:a.example//64", "/64", "CIDR not allowed: ptr:a.example//64" },

	{ "a/33", "33", "Invalid IP4 CIDR length: a/33" },
	{ "a/00", "00", "Invalid IP4 CIDR length: a/00" },
	{ "mx/032", "032", "Invalid IP4 CIDR length: mx/032" },
	{ "a/4294967320", "4294967320", "Invalid IP4 CIDR length: a/4294967320" },
	{ "a//129", "129", "Invalid IP6 CIDR length: a//129" },
	{ "a//064", "064", "Invalid IP6 CIDR length: a//064" },
	{ "a/24/64", "64", "Invalid IP4 CIDR length: a/24/64" },
	{ "a//64/24", "//64", "Invalid CIDR length: a//64/24" },
	{ "a/24///64", "/24/", "Invalid CIDR length: a/24///64" },
	{ "a/", "/", "Invalid CIDR length: a/" },
	{ "mx//", "//", "Invalid CIDR length: mx//" },
	{ "a/-1", "/-1", "Invalid CIDR length: a/-1" },
	{ "a/24:x.example", "/24:x.example", "Invalid CIDR length: a/24:x.example" },

	{ "ip4", "ip4", "Invalid IP4 address: ip4" },
	{ "ip4:", "ip4:", "Invalid IP4 address: ip4:" },
	{ "ip4/24", "ip4/24", "Invalid IP4 address: ip4/24" },
	{ "ip4:1.2.3", "1.2.3", "Invalid IP4 address: ip4:1.2.3" },
	{ "ip4:1.2.3.4.5", "1.2.3.4.5", "Invalid IP4 address: ip4:1.2.3.4.5" },
	{ "ip4:1.2.3.04", "1.2.3.04", "Invalid IP4 address: ip4:1.2.3.04" },
	{ "ip4:1.2.3.256", "1.2.3.256", "Invalid IP4 address: ip4:1.2.3.256" },
	{ "ip4:1.2.3.4:8080", "1.2.3.4:8080", "Invalid IP4 address: ip4:1.2.3.4:8080" },
	{ "ip4:1.2.3.4/", "1.2.3.4/", "Invalid IP4 address: ip4:1.2.3.4/" },
	{ "ip4:192.0.2.0/25-all", "192.0.2.0/25-all", "Invalid IP4 address: ip4:192.0.2.0/25-all" },
	{ "ip4:example.com", "example.com", "Invalid IP4 address: ip4:example.com" },
	{ "ip4:::1", "::1", "Invalid IP4 address: ip4:::1" },
	{ "ip4:1.2.3.4/33", "33", "Invalid IP4 CIDR length: ip4:1.2.3.4/33" },
	{ "ip4:1.2.3.4/032", "032", "Invalid IP4 CIDR length: ip4:1.2.3.4/032" },
	{ "ip4:1.2.3.4//32", "/", "Dual CIDR not allowed: ip4:1.2.3.4//32" },
	{ "ip6", "ip6", "Invalid IP6 address: ip6" },
	{ "ip6:", "ip6:", "Invalid IP6 address: ip6:" },
	{ "ip6::CAFE::BABE", ":CAFE::BABE", "Invalid IP6 address: ip6::CAFE::BABE" },
	{ "ip6:1.2.3.4", "1.2.3.4", "Invalid IP6 address: ip6:1.2.3.4" },
	{ "ip6:fe80::1%eth0", "fe80::1%eth0", "Invalid IP6 address: ip6:fe80::1%eth0" },
	{ "ip6:::1.1.1.1/129", "129", "Invalid IP6 CIDR length: ip6:::1.1.1.1/129" },
	{ "ip6:::1/00", "00", "Invalid IP6 CIDR length: ip6:::1/00" },
	{ "ip6:::1.1.1.1//33", "/", "Dual CIDR not allowed: ip6:::1.1.1.1//33" },

	{ "a:111.222.33.44", "111.222.33.44",
	  "Use the ip4 mechanism for ip4 addresses: a:111.222.33.44" },
	{ "a:museum", "museum", "Invalid domain found (use FQDN): museum" },
	{ "a:museum.", "museum.", "Invalid domain found (use FQDN): museum." },
	{ "a:abc.123", "123", "Invalid domain found (use FQDN): abc.123" },
	{ "mx:example.com:8080", "com:8080", "Invalid domain found (use FQDN): example.com:8080" },
	{ "a:example.com/24/", "com/24/", "Invalid domain found (use FQDN): example.com/24/" },
	{ "a:example.-com", "-com", "Invalid domain found (use FQDN): example.-com" },
	{ "ptr:%{d}com", "com", "Invalid domain found (use FQDN): %{d}com" },
	{ "include:x.%{d}.", ".", "Invalid domain found (use FQDN): x.%{d}." },
	{ "redirect=x.1", "1", "Invalid domain found (use FQDN): x.1" },
	{ "redirect=a.example/24", "example/24", "Invalid domain found (use FQDN): a.example/24" },
	{ "exp=-all", "-all", "Invalid domain found (use FQDN): -all" },
	{ "redirect=", "redirect=", "redirect has empty domain: redirect=" },
	{ "exp=", "exp=", "exp has empty domain-spec: exp=" },

	{ "exists:%(ir).sbl.example.com", "%(",
	  "Invalid macro character: exists:%(ir).sbl.example.com" },
	{ "exists:foo%.sbl.example.com", "%.",
	  "Invalid macro character: exists:foo%.sbl.example.com" },
	{ "a:x%", "%", "Invalid macro character: a:x%" },
	{ "a:x%/24", "%", "Invalid macro character: a:x%/24" },
	{ "moo=%abc", "%a", "Invalid macro character: moo=%abc" },
	{ "a:%{a}.example.com", "%{a}", "Unknown Macro Encountered: %{a}" },
	{ "a:%{}.example.com", "%{}", "Unknown Macro Encountered: %{}" },
	{ "a:%{d0}.example.com", "%{d0}", "Invalid macro: %{d0}" },
	{ "a:%{dx}.example.com", "%{dx}", "Invalid macro: %{dx}" },
	{ "a:%{d.example.com", "%{d.example.com",
	  "Macro without closing brace: a:%{d.example.com" },
	{ "a:%{", "%{", "Macro without closing brace: a:%{" },
	{ "a:%{d/24", "%{d", "Macro without closing brace: a:%{d/24" },
	{ "exp=%{r}.example.com", "%{r}", "c,r,t macros allowed in exp= text only: %{r}" },
	{ "moo=%{T}", "%{T}", "c,r,t macros allowed in exp= text only: %{T}" },

	{ "a\tmx", "\t", "Invalid character: a\\x09mx" },
	{ "\x80"
	  "a:example.net",
	  "\x80", "Invalid character: \\x80a:example.net" },
	{ "a:\xef\xbb\xbfx.example", "\xef", "Invalid character: a:\\xef\\xbb\\xbfx.example" },
	{ "ip4:192.0.2.5\n", "\n", "Invalid character: ip4:192.0.2.5\\x0a" },
	{ "a:ctrl.example.com\rptr", "\r", "Invalid character: a:ctrl.example.com\\x0dptr" },
	{ "moo=\x7f", "\x7f", "Invalid character: moo=\\x7f" },
};

static void record_term_outside_the_grammar_is_pointed_at(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(wrong_terms); i++) {
		char storage[128], with_more[160];
		struct span text = with_term(wrong_terms[i].text, storage, sizeof(storage));
		struct record_reader reader;
		struct record_term term;
		struct record_error error;

		if (first(text, &term, &error) != RECORD_ERROR)
			fail_msg("accepted: %s", wrong_terms[i].text);
		assert_string_equal(error.problem, wrong_terms[i].problem);
		assert_in_range(error.offset, 7, text.length - 1);
		if (!span_equal((struct span){ text.data + error.offset, error.length },
				span_of(wrong_terms[i].at)))
			fail_msg("%s: pointed at %zu, %zu bytes", wrong_terms[i].text, error.offset,
				 error.length);

		/* It is an error wherever it stands. */
		snprintf(with_more, sizeof(with_more), "v=spf1 -all  %s  ", wrong_terms[i].text);
		record_begin(&reader, span_of(with_more));
		assert_int_equal(record_next(&reader, &term, &error), RECORD_TERM);
		assert_int_equal(record_next(&reader, &term, &error), RECORD_ERROR);
		assert_string_equal(error.problem, wrong_terms[i].problem);
	}
}

static void record_byte_that_is_not_visible_ascii_is_an_error(void **state)
{
	(void)state;
	for (int c = 0; c < 256; c++) {
		char text[] = "v=spf1 x=a?b -all";
		struct record_term term;
		struct record_error error = { .offset = 0 };
		enum record_status status;

		text[10] = (char)c;
		if (c == '%')
			continue;
		status = first((struct span){ text, sizeof(text) - 1 }, &term, &error);
		if ((c >= ' ' && c <= '~')) {
			assert_int_equal(status, RECORD_TERM);
			continue;
		}
		assert_int_equal(status, RECORD_ERROR);
		assert_int_equal(error.offset, 10);
		assert_int_equal(error.length, 1);
	}
}

static void record_redirect_or_exp_twice_is_an_error(void **state)
{
	static const struct {
		const char *text;
		const char *problem;
	} rows[] = {
		{ "v=spf1 redirect=a.b -all redirect=a.b",
		  "redirect= MUST appear at most once: redirect=a.b" },
		{ "v=spf1 redirect=a.b REDIRECT=c.d",
		  "redirect= MUST appear at most once: REDIRECT=c.d" },
		{ "v=spf1 exp=a.b -all Exp=c.d", "exp= MUST appear at most once: Exp=c.d" },
		{ "v=spf1 exp=a.b redirect=a.b moo=a moo=a x=y", NULL },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct record_reader reader;
		struct record_term term;
		struct record_error error;
		enum record_status status;

		record_begin(&reader, span_of(rows[i].text));
		while ((status = record_next(&reader, &term, &error)) == RECORD_TERM)
			;
		assert_int_equal(status, rows[i].problem ? RECORD_ERROR : RECORD_END);
		if (rows[i].problem)
			assert_string_equal(error.problem, rows[i].problem);
	}
}

static void record_problem_of_any_length_is_cut(void **state)
{
	static char text[65536];
	static const char prefix[] = "Unknown mechanism found: xxx";
	struct record_term term;
	struct record_error error;

	(void)state;
	memset(text, 'x', sizeof(text));
	memcpy(text, "v=spf1 ", 7);
	assert_int_equal(first((struct span){ text, sizeof(text) }, &term, &error), RECORD_ERROR);
	assert_int_equal(error.offset, 7);
	assert_int_equal(error.length, sizeof(text) - 7);
	assert_int_equal(strlen(error.problem), SPF_PROBLEM_MAX - 1);
	assert_memory_equal(error.problem, prefix, sizeof(prefix) - 1);
	assert_string_equal(error.problem + strlen(error.problem) - 4, "x...");
}

/* Reads to the end; returns the number of terms, or SIZE_MAX after an error, which is looked at. */
static size_t read_all(struct span text, struct record_term *last)
{
	struct record_reader reader;
	struct record_error error;
	enum record_status status;
	size_t count = 0;

	record_begin(&reader, text);
	while ((status = record_next(&reader, last, &error)) == RECORD_TERM) {
		assert_true(last->text.data >= text.data + 7 && last->text.length > 0 &&
			    last->text.data + last->text.length <= text.data + text.length);
		assert_true(last->target.length == 0 ||
			    last->target.data + last->target.length <= text.data + text.length);
		count++;
	}
	if (status == RECORD_END)
		return count;
	assert_true(error.offset >= 7 && error.length >= 1);
	assert_true(error.offset + error.length <= text.length);
	assert_in_range(strlen(error.problem), 1, SPF_PROBLEM_MAX - 1);
	for (const char *c = error.problem; *c; c++)
		assert_in_range(*c, ' ', '~');
	return SIZE_MAX;
}

static void record_of_any_length_is_read_to_its_end(void **state)
{
	static const struct {
		const char *term;
		enum record_mechanism mechanism;
	} rows[] = {
		{ "a", RECORD_A },
		{ "ip4:192.0.2.1/32", RECORD_IP4 },
		{ "x=", RECORD_UNKNOWN_MODIFIER },
		{ "include:%{d128r-+,/_=.}", RECORD_INCLUDE },
	};
	static char text[65536];
	struct record_term last;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		size_t length = strlen(rows[i].term), end = 6, count = 0;

		memcpy(text, "v=spf1", end);
		while (end + 1 + length <= sizeof(text)) {
			text[end] = ' ';
			memcpy(text + end + 1, rows[i].term, length);
			end += 1 + length;
			count++;
		}
		assert_int_equal(read_all((struct span){ text, end }, &last), count);
		assert_int_equal(last.mechanism, rows[i].mechanism);
		assert_int_equal(last.text.data + last.text.length - text, end);
	}
	/* One term of 65529 bytes. */
	memset(text + 7, '.', sizeof(text) - 7);
	memcpy(text, "v=spf1 a:", 9);
	memcpy(text + sizeof(text) - 7, ".c/8//9", 7);
	assert_int_equal(read_all((struct span){ text, sizeof(text) }, &last), 1);
	assert_int_equal(last.target.length, sizeof(text) - 9 - 5);
	assert_int_equal(last.prefix4, 8);
	assert_int_equal(last.prefix6, 9);
}

/* Each copy ends where its storage ends, so that a sanitizer sees the first byte too far. */
static void read_exact(const char *bytes, size_t length)
{
	char *copy = test_malloc(length);
	struct record_term last;

	memcpy(copy, bytes, length);
	if (record_is_spf((struct span){ copy, length }))
		read_all((struct span){ copy, length }, &last);
	test_free(copy);
}

static void record_with_any_byte_changed_stays_in_bounds(void **state)
{
	static const char *const texts[] = {
		"v=spf1 a:%{d2r-+}.x.example/24//64 -ip4:192.0.2.1/24 ip6:2001:db8::1.2.3.4/64 ?all",
		"v=spf1 include:%{ir}.%{v}._spf.%{d2}. ptr:x.example exists:%%.%_%- mx//0 x.y-z=%{s}",
		"v=spf1 redirect=%{o128}.a-b exp=e.%{h} 192.0.2.1/24 a:192.0.2.1, a/",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++) {
		char text[128];
		size_t length = strlen(texts[i]);

		for (size_t at = 0; at < length; at++) {
			strcpy(text, texts[i]);
			read_exact(text, at + 1);
			memmove(text + at, text + at + 1, length - at);
			read_exact(text, length - 1);
			for (int c = 0; c < 256; c++) {
				strcpy(text, texts[i]);
				text[at] = (char)c;
				read_exact(text, length);
			}
		}
	}
}

static void record_terms_that_need_dns_count(void **state)
{
	static const struct {
		enum record_mechanism mechanism;
		bool counts;
		const char *name;
	} rows[] = {
		{ RECORD_ALL, false, "all" },
		{ RECORD_INCLUDE, true, "include" },
		{ RECORD_A, true, "a" },
		{ RECORD_MX, true, "mx" },
		{ RECORD_PTR, true, "ptr" },
		{ RECORD_IP4, false, "ip4" },
		{ RECORD_IP6, false, "ip6" },
		{ RECORD_EXISTS, true, "exists" },
		{ RECORD_REDIRECT, true, "redirect" },
		{ RECORD_EXP, false, "exp" },
		{ RECORD_UNKNOWN_MODIFIER, false, "unknown-modifier" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_int_equal(record_counts(rows[i].mechanism), rows[i].counts);
		assert_string_equal(record_mechanism_name(rows[i].mechanism), rows[i].name);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(record_is_told_by_its_version),
		cmocka_unit_test(record_without_terms_has_an_end),
		cmocka_unit_test(record_terms_come_in_their_order),
		cmocka_unit_test(record_end_is_met_again),
		cmocka_unit_test(record_term_in_the_grammar_is_read),
		cmocka_unit_test(record_networks_are_read),
		cmocka_unit_test(record_term_outside_the_grammar_is_pointed_at),
		cmocka_unit_test(record_byte_that_is_not_visible_ascii_is_an_error),
		cmocka_unit_test(record_redirect_or_exp_twice_is_an_error),
		cmocka_unit_test(record_problem_of_any_length_is_cut),
		cmocka_unit_test(record_of_any_length_is_read_to_its_end),
		cmocka_unit_test(record_with_any_byte_changed_stays_in_bounds),
		cmocka_unit_test(record_terms_that_need_dns_count),
	};

	return cmocka_run_group_tests_name("record", tests, NULL, NULL);
}
