/* SPDX-License-Identifier: MIT */
/* Macros of RFC 7208 section 7: the grammar, every letter and transformer, and the limits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "spf/macro.h"

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

#define A50 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define A63 A50 "aaaaaaaaaaaaa"

/* The sender and client of the examples in section 7.4. */
static struct macro_values example(void)
{
	struct macro_values values = {
		.local = span_of("strong-bad"),
		.sender_domain = span_of("email.example.com"),
		.domain = span_of("email.example.com"),
		.helo = span_of("mx.example.org"),
		.validated = span_of("mx.example.org"),
		.receiver = span_of("mx.example.net"),
		.now = 1234567890,
	};

	assert_true(address_parse(span_of("192.0.2.3"), &values.client));
	return values;
}

static struct macro_values example6(void)
{
	struct macro_values values = example();

	assert_true(address_parse(span_of("2001:DB8::CB01"), &values.client));
	return values;
}

static void assert_expands(const struct macro_values *values, enum macro_use use, const char *text,
			   const char *expected)
{
	char storage[MACRO_EXPANSION_MAX];
	struct text out;
	size_t where;

	if (!macro_check(span_of(text), use, &where))
		fail_msg("%s: refused at %zu", text, where);
	text_init(&out, storage, sizeof(storage));
	if (macro_expand(span_of(text), use, values, &out) != MACRO_OK)
		fail_msg("%s: not expanded", text);
	assert_string_equal(out.data, expected);
	assert_int_equal(out.length, strlen(expected));
	assert_false(out.overflow);
}

static void macro_expands_the_examples_of_the_rfc(void **state)
{
	static const char *const rows[][2] = {
		{ "%{s}", "strong-bad@email.example.com" },
		{ "%{o}", "email.example.com" },
		{ "%{d}", "email.example.com" },
		{ "%{d4}", "email.example.com" },
		{ "%{d3}", "email.example.com" },
		{ "%{d2}", "example.com" },
		{ "%{d1}", "com" },
		{ "%{dr}", "com.example.email" },
		{ "%{d2r}", "example.email" },
		{ "%{l}", "strong-bad" },
		{ "%{l-}", "strong.bad" },
		{ "%{lr}", "strong-bad" },
		{ "%{lr-}", "bad.strong" },
		{ "%{l1r-}", "strong" },
		{ "%{ir}.%{v}._spf.%{d2}", "3.2.0.192.in-addr._spf.example.com" },
		{ "%{lr-}.lp._spf.%{d2}", "bad.strong.lp._spf.example.com" },
		{ "%{lr-}.lp.%{ir}.%{v}._spf.%{d2}",
		  "bad.strong.lp.3.2.0.192.in-addr._spf.example.com" },
		{ "%{ir}.%{v}.%{l1r-}.lp._spf.%{d2}",
		  "3.2.0.192.in-addr.strong.lp._spf.example.com" },
		{ "%{d2}.trusted-domains.example.net", "example.com.trusted-domains.example.net" },
	};
	struct macro_values four = example(), six = example6();

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_expands(&four, MACRO_DOMAIN, rows[i][0], rows[i][1]);
		assert_expands(&four, MACRO_EXPLANATION, rows[i][0], rows[i][1]);
	}
	assert_expands(
		&six, MACRO_DOMAIN, "%{ir}.%{v}._spf.%{d2}",
		"1.0.B.C.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.B.D.0.1.0.0.2.ip6._spf.example.com");
}

static void macro_expands_every_letter(void **state)
{
	static const char *const rows[][2] = {
		{ "%{h}", "mx.example.org" },
		{ "%{p2}", "example.org" },
		{ "%{i}", "192.0.2.3" },
		{ "%{c}", "192.0.2.3" },
		{ "%{v}", "in-addr" },
		{ "%{r}", "mx.example.net" },
		{ "%{t}", "1234567890" },
		{ "%%%_%-", "% %20" },
		{ "%%{d}", "%{d}" },
		{ "See %{s}, thanks.", "See strong-bad@email.example.com, thanks." },
		{ " ", " " },
		{ "", "" },
	};
	struct macro_values four = example(), six = example6();

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_expands(&four, MACRO_EXPLANATION, rows[i][0], rows[i][1]);
	assert_expands(&six, MACRO_EXPLANATION, "%{c}", "2001:db8::cb01");
	assert_expands(&six, MACRO_EXPLANATION, "%{v}", "ip6");
	assert_expands(&six, MACRO_EXPLANATION, "%{i}",
		       "2.0.0.1.0.D.B.8.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.C.B.0.1");
	assert_true(address_parse(span_of("::ffff:192.0.2.3"), &six.client));
	assert_expands(&six, MACRO_EXPLANATION, "%{c} %{ir}.%{v}", "192.0.2.3 3.2.0.192.in-addr");
}

static void macro_splits_at_the_delimiters_and_joins_with_dots(void **state)
{
	static const struct {
		const char *local;
		const char *text;
		const char *expected;
	} rows[] = {
		{ "foo-bar+zip+quux", "%{l2r+-}", "bar.foo" },
		{ "foo-bar+zip+quux", "%{l2+-}", "zip.quux" },
		{ "a.b-c", "%{l-}", "a.b.c" },
		{ "a.b-c", "%{lr-}", "c.a.b" },
		{ "a.b-c", "%{lr}", "b-c.a" },
		{ "a-b+c,d/e_f=g.h", "%{lr.-+,/_=}", "h.g.f.e.d.c.b.a" },
		{ "a-b+c,d/e_f=g.h", "%{l3.-+,/_=}", "f.g.h" },
		{ "a..b", "%{lr}", "b..a" },
		{ "a..b", "%{l2}", ".b" },
		{ ".a.", "%{l1}", "" },
		{ ".a.", "%{l2}", "a." },
		{ ".a.", "%{lr}", ".a." },
		{ ".a.b", "%{l1r}", "" },
		{ "", "%{lr}", "" },
		{ "", "%{l1}", "" },
		{ ".", "%{l9r}", "." },
		{ "a.b", "%{LR}", "b.a" },
		{ "a.b", "%{l001}", "b" },
		{ "a.b", "%{l127}", "a.b" },
		{ "a.b", "%{l128}", "a.b" },
		{ "a.b", "%{l100000000000}", "a.b" },
		{ "a.b", "%{l18446744073709551617r}", "b.a" },
		{ "a.b", "%{l99999999999999999999999999999999999999999999}", "a.b" },
	};
	struct macro_values values = example();

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		values.local = span_of(rows[i].local);
		assert_expands(&values, MACRO_EXPLANATION, rows[i].text, rows[i].expected);
	}
}

static void macro_of_the_sender_is_split_across_the_at_sign(void **state)
{
	struct macro_values values = example();

	(void)state;
	values.local = span_of("a.b");
	values.sender_domain = span_of("c.d");
	assert_expands(&values, MACRO_EXPLANATION, "%{s2}", "b@c.d");
	assert_expands(&values, MACRO_EXPLANATION, "%{sr}", "d.b@c.a");
	assert_expands(&values, MACRO_EXPLANATION, "%{S1r}", "a");
	assert_expands(&values, MACRO_EXPLANATION, "%{S}", "a.b%40c.d");
}

static void macro_in_upper_case_is_escaped(void **state)
{
	struct macro_values values = example();

	(void)state;
	values.local = span_of("~jack&jill=up-a_b3.c");
	assert_expands(&values, MACRO_EXPLANATION, "?l=%{L}", "?l=~jack%26jill%3Dup-a_b3.c");
	values.local = span_of("!*'()/?#[]@:;$,+ \"\\");
	assert_expands(&values, MACRO_EXPLANATION, "%{L}",
		       "%21%2A%27%28%29%2F%3F%23%5B%5D%40%3A%3B%24%2C%2B%20%22%5C");
	/* A delimiter is a dot before anything is escaped. */
	values.local = span_of("a+b");
	assert_expands(&values, MACRO_EXPLANATION, "%{L+}", "a.b");

	for (int n = 1; n < 256; n++) {
		char byte = (char)n, expected[4];
		bool plain = (n >= 'a' && n <= 'z') || (n >= 'A' && n <= 'Z') ||
			     (n >= '0' && n <= '9') || memchr("-._~", n, 4);

		values.helo = (struct span){ &byte, 1 };
		snprintf(expected, sizeof(expected), plain ? "%c" : "%%%02X", n);
		assert_expands(&values, MACRO_EXPLANATION, "%{H}", expected);
	}
}

static void macro_outside_the_grammar_is_refused_where_it_stands(void **state)
{
	static const struct {
		enum macro_use use;
		const char *text;
		size_t where;
	} rows[] = {
		{ MACRO_DOMAIN, "", 0 },
		{ MACRO_DOMAIN, "a.%", 2 },
		{ MACRO_DOMAIN, "a%b.com", 1 },
		{ MACRO_DOMAIN, "%(ir).com", 0 },
		{ MACRO_DOMAIN, "%{", 0 },
		{ MACRO_DOMAIN, "%{d", 0 },
		{ MACRO_DOMAIN, "%{d.com", 0 },
		{ MACRO_DOMAIN, "%{}", 0 },
		{ MACRO_DOMAIN, "%{x}", 0 },
		{ MACRO_DOMAIN, "%{%d}", 0 },
		{ MACRO_DOMAIN, "%{dd}", 0 },
		{ MACRO_DOMAIN, "%{d0}", 0 },
		{ MACRO_DOMAIN, "%{d000r}", 0 },
		{ MACRO_DOMAIN, "%{d-1}", 0 },
		{ MACRO_DOMAIN, "%{dr2}", 0 },
		{ MACRO_DOMAIN, "%{drr}", 0 },
		{ MACRO_DOMAIN, "%{d.r}", 0 },
		{ MACRO_DOMAIN, "%{d|}", 0 },
		{ MACRO_DOMAIN, "%{d }", 0 },
		{ MACRO_DOMAIN, "%{ d}", 0 },
		{ MACRO_DOMAIN, "%{d2}.%{o0}", 6 },
		{ MACRO_DOMAIN, "%{c}", 0 },
		{ MACRO_DOMAIN, "%{R}", 0 },
		{ MACRO_DOMAIN, "%{tr}", 0 },
		{ MACRO_STRING, "%{c}", 0 },
		{ MACRO_STRING, "a=%{R}", 2 },
		{ MACRO_STRING, "a b", 1 },
		{ MACRO_STRING, "ab%", 2 },
		{ MACRO_DOMAIN, "a b.com", 1 },
		{ MACRO_DOMAIN, "a\t.com", 1 },
		{ MACRO_DOMAIN, "a.c\x7fm", 3 },
		{ MACRO_DOMAIN, "\xc3\xbc.com", 0 },
		{ MACRO_DOMAIN, "com", 0 },
		{ MACRO_DOMAIN, "museum.", 0 },
		{ MACRO_DOMAIN, ".", 0 },
		{ MACRO_DOMAIN, "a.", 0 },
		{ MACRO_DOMAIN, "a..", 2 },
		{ MACRO_DOMAIN, "111.222.33.44", 11 },
		{ MACRO_DOMAIN, "abc.123", 4 },
		{ MACRO_DOMAIN, "example.-com", 8 },
		{ MACRO_DOMAIN, "example.com-", 8 },
		{ MACRO_DOMAIN, "example.com:8080", 8 },
		{ MACRO_DOMAIN, "example.c_m", 8 },
		{ MACRO_DOMAIN, "example.com/24", 8 },
		{ MACRO_DOMAIN, "%{d}com", 4 },
		{ MACRO_DOMAIN, "%{d}.", 4 },
		{ MACRO_DOMAIN, "a.%%com", 4 },
		{ MACRO_DOMAIN, "a.com%{d}-", 9 },
		{ MACRO_EXPLANATION, "a\nb", 1 },
		{ MACRO_EXPLANATION, "a \xc3\xbc", 2 },
		{ MACRO_EXPLANATION, "50% off", 2 },
		{ MACRO_EXPLANATION, "The %{x}-files", 4 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		size_t where = 999;

		if (macro_check(span_of(rows[i].text), rows[i].use, &where))
			fail_msg("accepted: %s", rows[i].text);
		if (where != rows[i].where)
			fail_msg("%s: refused at %zu, not %zu", rows[i].text, where, rows[i].where);
	}
	for (int use = MACRO_DOMAIN; use <= MACRO_EXPLANATION; use++) {
		size_t where = 999;

		assert_false(
			macro_check((struct span){ "a.b\0.com", 8 }, (enum macro_use)use, &where));
		assert_int_equal(where, 3);
	}
}

static void macro_within_the_grammar_is_accepted(void **state)
{
	static const struct {
		enum macro_use use;
		const char *text;
	} rows[] = {
		{ MACRO_DOMAIN, "a.com" },
		{ MACRO_DOMAIN, "a.com." },
		{ MACRO_DOMAIN, ".com" },
		{ MACRO_DOMAIN, "a...com" },
		{ MACRO_DOMAIN, "foo:bar/baz.example.com" },
		{ MACRO_DOMAIN, "a.b-c" },
		{ MACRO_DOMAIN, "a.xn--zckzah" },
		{ MACRO_DOMAIN, "a.1-2" },
		{ MACRO_DOMAIN, "a.1a" },
		{ MACRO_DOMAIN, "a.a1" },
		{ MACRO_DOMAIN, "a.a--b" },
		{ MACRO_DOMAIN, "a.Z" },
		{ MACRO_DOMAIN, "!\"#$&'()*+,-/:;<=>?@[\\]^_`{|}~.com" },
		{ MACRO_DOMAIN, "%{d}" },
		{ MACRO_DOMAIN, "%{D2R.-+,/_=}" },
		{ MACRO_DOMAIN, "%%" },
		{ MACRO_DOMAIN, "a%_" },
		{ MACRO_DOMAIN, "a.com%-" },
		{ MACRO_DOMAIN, "%%{d}.com" },
		{ MACRO_DOMAIN, "%{d}.com." },
		{ MACRO_DOMAIN, "%{d/}" },
		{ MACRO_STRING, "" },
		{ MACRO_STRING, "man:dog/cat" },
		{ MACRO_STRING, "%{s}%%" },
		{ MACRO_EXPLANATION, "" },
		{ MACRO_EXPLANATION, "%{c} %{R} %{t}!" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		size_t where;

		if (!macro_check(span_of(rows[i].text), rows[i].use, &where))
			fail_msg("refused: %s at %zu", rows[i].text, where);
	}
}

static void macro_letters_are_found_in_either_case(void **state)
{
	(void)state;
	assert_true(macro_uses(span_of("%{p}"), 'p'));
	assert_true(macro_uses(span_of("a.%{D2}.%{P1r-}.com"), 'p'));
	assert_false(macro_uses(span_of("p.%%{p}.%{d}"), 'p'));
	assert_true(macro_uses(span_of("p.%%{p}.%{d}"), 'd'));
	assert_false(macro_uses(span_of(""), 's'));
	assert_false(macro_uses((struct span){ NULL, 0 }, 's'));
}

static void macro_domain_loses_its_trailing_dot_and_an_explanation_does_not(void **state)
{
	struct macro_values values = example();

	(void)state;
	assert_expands(&values, MACRO_DOMAIN, "a.com.", "a.com");
	assert_expands(&values, MACRO_EXPLANATION, "a.com.", "a.com.");
	values.helo = span_of("a..");
	assert_expands(&values, MACRO_DOMAIN, "%{h}", "a.");
	values.helo = span_of(".");
	assert_expands(&values, MACRO_DOMAIN, "%{h}", "");
	values.helo = span_of("");
	assert_expands(&values, MACRO_DOMAIN, "%{h}", "");
}

static void macro_domain_is_cut_by_labels_from_the_left(void **state)
{
	struct macro_values values = example();
	static const char name253[] = A63 "." A63 "." A63 "." A50 "aaaaaaa.com";

	(void)state;
	assert_int_equal(strlen(name253), 253);
	assert_expands(&values, MACRO_DOMAIN, name253, name253);
	assert_expands(&values, MACRO_DOMAIN, A63 "." A63 "." A63 "." A50 "aaaaaaa.com.", name253);
	assert_expands(&values, MACRO_DOMAIN, "b." A63 "." A63 "." A63 "." A50 "aaaaaaa.com",
		       name253);
	assert_expands(&values, MACRO_DOMAIN, "b." A63 "." A63 "." A63 "." A50 "aaaaaaa.com.",
		       name253);
	assert_expands(&values, MACRO_DOMAIN, "." A63 "." A63 "." A63 "." A50 "aaaaaaa.com",
		       name253);
	assert_expands(&values, MACRO_DOMAIN, "a" A63 "." A63 "." A63 "." A50 "aaaaaaa.com",
		       A63 "." A63 "." A50 "aaaaaaa.com");
	assert_expands(&values, MACRO_DOMAIN, A63 A63 A63 A63 A63 ".com", "com");
	assert_expands(&values, MACRO_DOMAIN, A63 A63 A63 A63 "aa%{h}", "example.org");
	assert_expands(&values, MACRO_DOMAIN, A63 A63 A63 A63 "aa%%", "");
	assert_expands(&values, MACRO_EXPLANATION, "b." A63 "." A63 "." A63 "." A50 "aaaaaaa.com.",
		       "b." A63 "." A63 "." A63 "." A50 "aaaaaaa.com.");
}

/* However much is cut while it grows, the end is that of the whole. */
static void macro_domain_longer_than_the_builder_is_still_right(void **state)
{
	static char text[20000], local[3000], whole[300];
	struct macro_values values = example();

	(void)state;
	for (size_t i = 0; i < sizeof(local); i++)
		local[i] = "abcdefghi."[i % 10];
	values.local = (struct span){ local, sizeof(local) - 1 };
	for (size_t i = 0; i + 4 <= sizeof(text) - 8; i += 4)
		memcpy(text + i, "%{l}", 4);
	strcpy(text + sizeof(text) - 8, ".x.com.");
	/* 253 bytes are ".x.com" and the 247 before: 24 whole labels of 10 bytes, one without a dot. */
	for (size_t i = 0; i < 24; i++)
		strcat(whole, i < 23 ? "abcdefghi." : "abcdefghi");
	strcat(whole, ".x.com");
	assert_expands(&values, MACRO_DOMAIN, text, whole);
}

static void macro_explanation_that_does_not_fit_is_not_expanded(void **state)
{
	struct macro_values values = example();
	char storage[24];
	struct text out;

	(void)state;
	text_init(&out, storage, sizeof(storage));
	text_string(&out, "says: ");
	assert_int_equal(macro_expand(span_of("%{d}"), MACRO_EXPLANATION, &values, &out), MACRO_OK);
	assert_string_equal(out.data, "says: email.example.com");
	assert_false(out.overflow);

	text_reset(&out);
	text_string(&out, "says: ");
	assert_int_equal(macro_expand(span_of("%{d}."), MACRO_EXPLANATION, &values, &out),
			 MACRO_TOO_LONG);
	assert_string_equal(out.data, "says: ");
	assert_int_equal(out.length, 6);
	assert_true(out.overflow);
}

/* A value is never cut in an explanation, and neither is the whole. */
static void macro_explanation_is_whole_or_nothing(void **state)
{
	static char helo[MACRO_EXPANSION_MAX];
	char storage[MACRO_EXPANSION_MAX];
	struct macro_values values = example();
	struct text out;

	(void)state;
	memset(helo, 'h', sizeof(helo));
	values.helo = (struct span){ helo, sizeof(helo) - 1 };
	text_init(&out, storage, sizeof(storage));
	assert_int_equal(macro_expand(span_of("%{h}"), MACRO_EXPLANATION, &values, &out), MACRO_OK);
	assert_true(span_equal(text_span(&out), values.helo));
	text_reset(&out);
	assert_int_equal(macro_expand(span_of("%{hr}"), MACRO_EXPLANATION, &values, &out),
			 MACRO_OK);
	assert_true(span_equal(text_span(&out), values.helo));
	text_reset(&out);
	assert_int_equal(macro_expand(span_of(".%{h}"), MACRO_EXPLANATION, &values, &out),
			 MACRO_TOO_LONG);
	assert_int_equal(out.length, 0);
}

/* The copy ends where its storage ends, so that a sanitizer sees the first byte too far. */
static void macro_cut_off_anywhere_is_not_read_further(void **state)
{
	static const char text[] = "a.%{d12r.-}%%%{l}.b";
	struct macro_values values = example();

	(void)state;
	for (size_t length = 1; length < sizeof(text); length++) {
		char *copy = test_malloc(length), storage[MACRO_EXPANSION_MAX];
		struct span cut = { copy, length };
		struct text out;
		size_t where;

		memcpy(copy, text, length);
		text_init(&out, storage, sizeof(storage));
		assert_int_equal(macro_check(cut, MACRO_STRING, &where),
				 macro_expand(cut, MACRO_EXPLANATION, &values, &out) == MACRO_OK);
		macro_uses(cut, 'x');
		test_free(copy);
	}
}

static void macro_that_was_not_checked_is_refused_on_expansion(void **state)
{
	struct macro_values values = example();
	char storage[64];
	struct text out;

	(void)state;
	text_init(&out, storage, sizeof(storage));
	text_string(&out, "kept");
	assert_int_equal(macro_expand(span_of("a%{d}%{d0}"), MACRO_EXPLANATION, &values, &out),
			 MACRO_SYNTAX);
	assert_string_equal(out.data, "kept");
	assert_int_equal(out.length, 4);
}

static void macro_of_a_local_part_that_is_not_ascii_is_unusable(void **state)
{
	static const struct {
		const char *text;
		enum macro_status status;
	} rows[] = {
		{ "%{s}.com", MACRO_UNUSABLE },	 { "%{S}.com", MACRO_UNUSABLE },
		{ "%{l}.com", MACRO_UNUSABLE },	 { "%{L1r-}.com", MACRO_UNUSABLE },
		{ "%{d}.%{l}", MACRO_UNUSABLE }, { "%{o}.%{d}.com", MACRO_OK },
		{ "%%{l}.com", MACRO_OK },	 { "l.s.com", MACRO_OK },
	};
	struct macro_values values = example();

	(void)state;
	values.local = span_of("b\xc3\xbc");
	for (size_t i = 0; i < COUNT(rows); i++) {
		char storage[MACRO_EXPANSION_MAX];
		struct text out;

		text_init(&out, storage, sizeof(storage));
		if (macro_expand(span_of(rows[i].text), MACRO_DOMAIN, &values, &out) !=
		    rows[i].status)
			fail_msg("%s", rows[i].text);
		if (rows[i].status == MACRO_UNUSABLE)
			assert_int_equal(out.length, 0);
	}
}

/* Section 7.3 by the letter: whole labels from the left until the rest has at most 253 bytes. */
static struct span cut(struct span name)
{
	if (name.length > 0 && name.data[name.length - 1] == '.')
		name.length--;
	while (name.length > 253) {
		const char *dot = memchr(name.data, '.', name.length);
		size_t label = dot ? (size_t)(dot - name.data) + 1 : name.length;

		name.data += label;
		name.length -= label;
	}
	return name;
}

static void check_form(const char *text, bool good, const struct macro_values *values)
{
	char whole_storage[MACRO_EXPANSION_MAX], name_storage[MACRO_EXPANSION_MAX];
	enum macro_status expected = good ? MACRO_OK : MACRO_SYNTAX;
	struct text whole, name;
	size_t where;

	assert_int_equal(macro_check(span_of(text), MACRO_EXPLANATION, &where), good);
	text_init(&whole, whole_storage, sizeof(whole_storage));
	text_init(&name, name_storage, sizeof(name_storage));
	assert_int_equal(macro_expand(span_of(text), MACRO_EXPLANATION, values, &whole), expected);
	assert_int_equal(macro_expand(span_of(text), MACRO_DOMAIN, values, &name), expected);
	assert_int_equal(whole.data[whole.length], '\0');
	assert_int_equal(name.data[name.length], '\0');
	if (!span_equal(text_span(&name), cut(text_span(&whole))))
		fail_msg("%s of %zu bytes: %s", text, values->local.length, name.data);
}

/* Every letter with every form of transformer, twice in a text, of long and short random values. */
static void macro_of_every_form_as_a_name_is_the_end_of_the_whole(void **state)
{
	static const char *const transformers[] = {
		"", "r", "1", "1r", "2", "40", "127", "128r", "100000000000", "0", "00r",
	};
	static const char delimiters[] = ".-+,/_=", letters[] = "slodiphvcrtSLODIPHVCRTx";
	static const char alphabet[] = "aB0...-+,/_=@ %\x7f";
	static const size_t lengths[] = { 0, 1, 40, 253, 254, 255, 256, 300, 511 };
	struct macro_values values = example6();
	char noise[511];
	unsigned seed = 1;

	(void)state;
	for (size_t i = 0; i < sizeof(noise); i++) {
		seed = seed * 1103515245 + 12345;
		noise[i] = alphabet[(seed >> 16) % (sizeof(alphabet) - 1)];
	}
	for (size_t n = 0; n < COUNT(lengths); n++) {
		values.local = values.helo = (struct span){ noise, lengths[n] };
		values.validated = values.domain = values.local;
		for (size_t i = 0; i < (sizeof(letters) - 1) * COUNT(transformers) * 8; i++) {
			char letter = letters[i / 8 / COUNT(transformers)], text[64];
			const char *transformer = transformers[i / 8 % COUNT(transformers)];

			snprintf(text, sizeof(text), "a.%%{%c%s%.*s}.b.%%{%c%s}", letter,
				 transformer, (int)(i % 8), delimiters, letter, transformer);
			check_form(text, letter != 'x' && transformer[0] != '0', &values);
		}
	}
}

/* What stands before the end is not expanded: it must be seen where that begins, whatever is around. */
static void macro_of_any_neighbours_as_a_name_is_the_end_of_the_whole(void **state)
{
	static const char *const elements[] = {
		"%%",	  "%%%%",   "%_",	 "%-",	 "_",	    "-",    "{",
		"}",	  "{d}",    "{d",	 "%{d}", "%{l1r-}", "%{s}", "%{L-_}",
		"%%{l}",  "%%%{l}", "%%%%{l}",	 "%%_",	 "%%%-",    "x",    ".",
		"label.", "%{i}",   "%{h3r.-+}", "%%{",
	};
	struct macro_values values = example();
	unsigned seed = 7;

	(void)state;
	for (size_t round = 0; round < 20000; round++) {
		char text[800] = "";
		size_t length = 0;

		for (size_t n = 1 + round % 90; n > 0; n--) {
			const char *element;

			seed = seed * 1103515245 + 12345;
			element = elements[(seed >> 16) % COUNT(elements)];
			memcpy(text + length, element, strlen(element) + 1);
			length += strlen(element);
		}
		check_form(text, true, &values);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(macro_expands_the_examples_of_the_rfc),
		cmocka_unit_test(macro_expands_every_letter),
		cmocka_unit_test(macro_splits_at_the_delimiters_and_joins_with_dots),
		cmocka_unit_test(macro_of_the_sender_is_split_across_the_at_sign),
		cmocka_unit_test(macro_in_upper_case_is_escaped),
		cmocka_unit_test(macro_outside_the_grammar_is_refused_where_it_stands),
		cmocka_unit_test(macro_within_the_grammar_is_accepted),
		cmocka_unit_test(macro_letters_are_found_in_either_case),
		cmocka_unit_test(macro_domain_loses_its_trailing_dot_and_an_explanation_does_not),
		cmocka_unit_test(macro_domain_is_cut_by_labels_from_the_left),
		cmocka_unit_test(macro_domain_longer_than_the_builder_is_still_right),
		cmocka_unit_test(macro_explanation_that_does_not_fit_is_not_expanded),
		cmocka_unit_test(macro_explanation_is_whole_or_nothing),
		cmocka_unit_test(macro_cut_off_anywhere_is_not_read_further),
		cmocka_unit_test(macro_that_was_not_checked_is_refused_on_expansion),
		cmocka_unit_test(macro_of_a_local_part_that_is_not_ascii_is_unusable),
		cmocka_unit_test(macro_of_every_form_as_a_name_is_the_end_of_the_whole),
		cmocka_unit_test(macro_of_any_neighbours_as_a_name_is_the_end_of_the_whole),
	};

	return cmocka_run_group_tests_name("macro", tests, NULL, NULL);
}
