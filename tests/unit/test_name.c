/* SPDX-License-Identifier: MIT */
/* Names: what a client says and whether DNS may be asked for it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "dns/name.h"

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

#define A50 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define A60 A50 "aaaaaaaaaa"
#define A63 A60 "aaa"
/* Four labels and three dots: 253 bytes. */
#define NAME253 A63 "." A63 "." A63 "." A60 "a"

static void name_from_an_identity(void **state)
{
	static const struct {
		const char *identity;
		const char *name;
	} rows[] = {
		{ "example.com", "example.com" },
		{ "example.com.", "example.com" },
		{ "EXAMPLE.Com", "EXAMPLE.Com" },
		{ "a.b", "a.b" },
		{ "_spf.my_host.example", "_spf.my_host.example" },
		{ "1.2.3.4.example", "1.2.3.4.example" },
		{ "a.1b", "a.1b" },
		{ "a.b1", "a.b1" },
		{ "foo?bar.example", "foo?bar.example" },
		{ "!#$%&'*+-/=?^_`{|}~.example", "!#$%&'*+-/=?^_`{|}~.example" },
		{ A63 ".example", A63 ".example" },
		{ NAME253, NAME253 },
		{ NAME253 ".", NAME253 },
		{ "b\xc3\xbc"
		  "cher.example",
		  "xn--bcher-kva.example" },
		{ "B\xc3\x9c"
		  "CHER.Example.",
		  "xn--bcher-kva.Example" },
		{ "fa\xc3\x9f.example", "xn--fa-hia.example" },
		{ "bu\xcc\x88"
		  "cher.example",
		  "xn--bcher-kva.example" },
		{ "ab--c.b\xc3\xbc"
		  "cher.example",
		  "ab--c.xn--bcher-kva.example" },
		{ "_x.b\xc3\xbc"
		  "cher.example",
		  "_x.xn--bcher-kva.example" },
		{ "b\xc3\xbc"
		  "cher\xe3\x80\x82"
		  "example",
		  "xn--bcher-kva.example" },
		{ "\xef\xbd\x81.example", "a.example" },
		{ "xn--bcher-kva.example", "xn--bcher-kva.example" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		char name[DNS_NAME_MAX];

		if (!name_from_identity(span_of(rows[i].identity), name))
			fail_msg("refused: %s", rows[i].identity);
		assert_string_equal(name, rows[i].name);
	}
}

static void name_from_an_identity_without_one_is_refused(void **state)
{
	static const char *const identities[] = {
		"",
		".",
		"..",
		"localhost",
		"localhost.",
		"example.com..",
		".example.com",
		"a..example.com",
		"a...example.com",
		"[192.0.2.1]",
		"[IPv6:2001:db8::1]",
		"192.0.2.1",
		"192.0.2.1.",
		"a.1",
		"2001:db8::1",
		"JUMPIN' JUPITER",
		"a b.example",
		" a.example",
		"a.example ",
		"a\t.example",
		"a\n.example",
		"a\x7f.example",
		"a@b.example",
		"\"a\".example",
		"(a).example",
		"<a>.example",
		"a,b.example",
		"a;b.example",
		"a:b.example",
		"a\\b.example",
		"[a.example",
		A63 "a.example",
		A63 ".b\xc3\xbc" A63 ".example",
		NAME253 "a",
		"a." NAME253,
		"\xff.example",
		"a.\xc3",
		"\xc3\xbc\xff.example",
		"\xef\xbc\xa0.example",
		"\xc2\xa0.example",
		"\xc2\xad.example",
		"a.\xe3\x80\x82.example",
		"b\xc3\xbc..example",
		"b\xc3\xbc"
		"cher",
		"-b\xc3\xbc.example",
		"a.b.\xff",
		NAME253 "a.\xc3\xbc",
		"\xe2\x80\xae"
		"a.example",
	};
	char name[DNS_NAME_MAX] = "untouched";

	(void)state;
	for (size_t i = 0; i < COUNT(identities); i++) {
		if (name_from_identity(span_of(identities[i]), name))
			fail_msg("accepted: %s", identities[i]);
		assert_string_equal(name, "untouched");
	}
	assert_false(name_from_identity((struct span){ "a\0.example", 10 }, name));
	assert_false(name_from_identity((struct span){ "a\0\xc3\xbc.example", 12 }, name));
	assert_false(name_from_identity((struct span){ "a.b.\0\xc3\xbc", 7 }, name));
	assert_false(name_from_identity((struct span){ NULL, 0 }, name));
}

static void name_from_an_identity_of_any_length_stays_in_bounds(void **state)
{
	static const char *const units[] = { "a.", "\xc3\xbc.", "\xc3\xbcz.", "\xf0\x90\x8c\xb0" };
	static char identity[8192];
	char *name = test_malloc(DNS_NAME_MAX);

	(void)state;
	for (size_t unit = 0; unit < COUNT(units); unit++) {
		size_t length = strlen(units[unit]), longest = 0;

		for (size_t n = 0; n + length <= sizeof(identity); n += length) {
			memcpy(identity + n, units[unit], length);
			if (name_from_identity((struct span){ identity, n + length }, name))
				longest = strlen(name);
		}
		/* The last unit makes one label of any length, which is no name. */
		if (strchr(units[unit], '.'))
			assert_in_range(longest, 240, 253);
		else
			assert_int_equal(longest, 0);
	}
	test_free(name);
}

static void name_with_u_labels_may_be_as_long_as_any(void **state)
{
	static const char front[] = A63 "." A63 "." A63 ".";
	char identity[DNS_NAME_MAX + 4], name[DNS_NAME_MAX];
	size_t longest = 0, length = sizeof(front) - 1;

	(void)state;
	strcpy(identity, front);
	for (size_t n = 1; n <= 62; n++) {
		identity[length++] = 'a';
		strcpy(identity + length, "\xc3\xbc.");
		if (!name_from_identity(span_of(identity), name))
			continue;
		longest = strlen(name);
		assert_true(name_from_identity((struct span){ identity, length + 2 }, name));
		assert_int_equal(strlen(name), longest);
	}
	assert_int_equal(longest, 253);
}

static void name_is_valid_query_by_its_sizes_only(void **state)
{
	static const struct {
		const char *name;
		bool askable;
	} rows[] = {
		{ "example.com", true }, { "example.com.", true },
		{ "com", true },	 { "com.", true },
		{ "a b.example", true }, { "\xff\x01.\\\"", true },
		{ "1.2.3.4", true },	 { A63 ".b", true },
		{ NAME253, true },	 { NAME253 ".", true },
		{ "", false },		 { ".", false },
		{ "..", false },	 { "a..", false },
		{ ".a", false },	 { "a..b", false },
		{ A63 "a.b", false },	 { NAME253 "a", false },
		{ "a." NAME253, false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		if (name_is_valid_query(span_of(rows[i].name)) != rows[i].askable)
			fail_msg("%s", rows[i].name);
	assert_false(name_is_valid_query((struct span){ "a\0b", 3 }));
	assert_false(name_is_valid_query((struct span){ NULL, 0 }));
}

static void name_of_a_host_is_atoms_and_colons(void **state)
{
	static const struct {
		const char *name;
		bool host;
	} rows[] = {
		{ "mail.example.com", true },
		{ "MAIL-1.example", true },
		{ "localhost", true },
		{ "_a.b_c", true },
		{ "1.2.3.4", true },
		{ A63 ".b", true },
		{ NAME253, true },
		{ "", false },
		{ ".", false },
		{ "a.", false },
		{ ".a", false },
		{ "a..b", false },
		{ "a b", false },
		{ "a\\.b", false },
		{ "a;b", false },
		{ "a\"b", false },
		{ "foo:bar/baz.example.com", true },
		{ "*.b", true },
		{ "b\xc3\xbc.c", false },
		{ A63 "a", false },
		{ NAME253 "a", false },
		{ NAME253 ".", false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		if (name_is_host(span_of(rows[i].name)) != rows[i].host)
			fail_msg("%s", rows[i].name);
	for (int c = 0; c < 256; c++) {
		char name[] = { 'a', (char)c, 'b' };
		bool allowed = c > 0x20 && c < 0x7f && !strchr("\"(),;<>@[\\]", c);

		assert_int_equal(name_is_host((struct span){ name, sizeof(name) }), allowed);
	}
}

static void name_is_within_by_whole_labels(void **state)
{
	static const struct {
		const char *name;
		const char *domain;
		bool within;
	} rows[] = {
		{ "example.com", "example.com", true },
		{ "a.example.com", "example.com", true },
		{ "a.b.EXAMPLE.com.", "example.COM", true },
		{ "a.example.com", "example.com.", true },
		{ "aexample.com", "example.com", false },
		{ "example.com", "a.example.com", false },
		{ "example.com.org", "example.com", false },
		{ "example.org", "example.com", false },
		{ "example.com", "", false },
		{ "example.com", ".", false },
		{ "", "example.com", false },
		{ "", "", false },
		{ ".com", "com", true },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		if (name_is_within(span_of(rows[i].name), span_of(rows[i].domain)) !=
		    rows[i].within)
			fail_msg("%s within %s", rows[i].name, rows[i].domain);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(name_from_an_identity),
		cmocka_unit_test(name_from_an_identity_without_one_is_refused),
		cmocka_unit_test(name_from_an_identity_of_any_length_stays_in_bounds),
		cmocka_unit_test(name_with_u_labels_may_be_as_long_as_any),
		cmocka_unit_test(name_is_valid_query_by_its_sizes_only),
		cmocka_unit_test(name_of_a_host_is_atoms_and_colons),
		cmocka_unit_test(name_is_within_by_whole_labels),
	};

	return cmocka_run_group_tests_name("name", tests, NULL, NULL);
}
