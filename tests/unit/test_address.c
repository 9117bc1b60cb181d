/* SPDX-License-Identifier: MIT */
/* Addresses and networks: what text is one, what they match, and IPv4 in IPv6 clothes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/address.h"

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

static struct address address(const char *text)
{
	struct address a;

	if (!address_parse(span_of(text), &a))
		fail_msg("not an address: %s", text);
	return a;
}

static struct network network(const char *text)
{
	struct network n;

	if (!network_parse(span_of(text), &n))
		fail_msg("not a network: %s", text);
	return n;
}

static void address_prints_as_its_shortest_form(void **state)
{
	static const struct {
		const char *text;
		const char *shortest;
	} rows[] = {
		{ "192.0.2.1", "192.0.2.1" },
		{ "0.0.0.0", "0.0.0.0" },
		{ "255.255.255.255", "255.255.255.255" },
		{ "2001:DB8:0:0:0:0:0:1", "2001:db8::1" },
		{ "2001:0db8::0001", "2001:db8::1" },
		{ "::", "::" },
		{ "1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0" },
		{ "1:2:3:4:5:6:192.0.2.1", "1:2:3:4:5:6:c000:201" },
		{ "::ffff:192.0.2.1", "192.0.2.1" },
		{ "::FFFF:c000:201", "192.0.2.1" },
		{ "0:0:0:0:0:ffff:192.0.2.1", "192.0.2.1" },
		{ "ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255",
		  "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff" },
	};
	char storage[ADDRESS_TEXT_MAX];

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct address a = address(rows[i].text);

		assert_string_equal(address_format(&a, storage), rows[i].shortest);
		assert_int_equal(a.family, strchr(rows[i].shortest, ':') ? AF_INET6 : AF_INET);
	}
}

static void address_of_no_family_prints_as_nothing(void **state)
{
	struct address none = { .family = AF_UNSPEC };
	char storage[ADDRESS_TEXT_MAX] = "x";

	(void)state;
	assert_string_equal(address_format(&none, storage), "");
}

static void address_in_any_other_form_is_refused(void **state)
{
	static const char *const texts[] = {
		"",
		" ",
		"192.0.2",
		"192.0.2.1.1",
		"192.0.2.01",
		"192.0.2.256",
		"192.0.2.",
		".192.0.2.1",
		"192.0.2.1 ",
		" 192.0.2.1",
		"192.0.2.1/32",
		"[192.0.2.1]",
		"0x7f.0.0.1",
		"1",
		"a.b.c.d",
		"[2001:db8::1]",
		"IPv6:2001:db8::1",
		"2001:db8::1%eth0",
		"fe80::1%1",
		"1::2::3",
		":::",
		"1:2:3:4:5:6:7",
		"1:2:3:4:5:6:7:8:9",
		"12345::",
		"g::",
		":1",
		"1:",
		"unknown",
		"ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.2555",
		"::ffff:192.0.2.1.",
	};
	struct address a = { .family = AF_UNSPEC, .bytes = { 7 } };

	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++) {
		if (address_parse(span_of(texts[i]), &a))
			fail_msg("accepted: %s", texts[i]);
		assert_int_equal(a.family, AF_UNSPEC);
		assert_int_equal(a.bytes[0], 7);
	}
	assert_false(address_parse((struct span){ "192.0.2.1\0x", 11 }, &a));
	assert_false(address_parse((struct span){ "192.0.2.1\0", 10 }, &a));
	assert_false(address_parse((struct span){ NULL, 0 }, &a));
	assert_true(address_parse((struct span){ "192.0.2.12345", 10 }, &a));
	assert_int_equal(a.bytes[3], 12);
}

static void address_parsed_as_one_family_is_not_the_other(void **state)
{
	struct address a;

	(void)state;
	assert_true(address_parse_as(AF_INET, span_of("192.0.2.1"), &a));
	assert_false(address_parse_as(AF_INET6, span_of("192.0.2.1"), &a));
	assert_false(address_parse_as(AF_INET, span_of("::1"), &a));
	assert_true(address_parse_as(AF_INET6, span_of("::ffff:192.0.2.1"), &a));
	assert_int_equal(a.family, AF_INET6);
	assert_int_equal(a.bytes[12], 192);
}

static void address_is_within_a_prefix(void **state)
{
	static const struct {
		const char *address;
		const char *base;
		unsigned prefix;
		bool within;
	} rows[] = {
		{ "192.0.2.1", "192.0.2.1", 32, true },
		{ "192.0.2.1", "192.0.2.0", 32, false },
		{ "192.0.2.1", "192.0.2.0", 31, true },
		{ "192.0.2.2", "192.0.2.0", 31, false },
		{ "192.0.2.255", "192.0.2.0", 24, true },
		{ "192.0.3.0", "192.0.2.0", 24, false },
		{ "192.0.3.0", "192.0.2.0", 23, true },
		{ "128.0.0.0", "255.255.255.255", 1, true },
		{ "127.255.255.255", "255.255.255.255", 1, false },
		{ "203.0.113.1", "192.0.2.0", 0, true },
		{ "192.0.2.1", "192.0.2.1", 33, true },
		{ "192.0.2.1", "192.0.2.0", 4000000000u, false },
		{ "2001:db8::1", "2001:db8::", 127, true },
		{ "2001:db8::1", "2001:db8::", 128, false },
		{ "2001:db8::1", "2001:db8::1", 128, true },
		{ "2001:db8::1", "2001:db8::", 129, false },
		{ "2001:db8:8000::", "2001:db8:ffff::", 33, true },
		{ "2001:db8:7fff::", "2001:db8:ffff::", 33, false },
		{ "::", "ffff::", 0, true },
		{ "::", "0.0.0.0", 0, false },
		{ "0.0.0.0", "::", 0, false },
		{ "::ffff:192.0.2.1", "192.0.2.0", 24, true },
		{ "::ffff:192.0.2.1", "::", 0, false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct network b = { address(rows[i].base), rows[i].prefix };
		struct address a = address(rows[i].address);

		if (network_contains(&b, &a) != rows[i].within)
			fail_msg("%s within %s/%u", rows[i].address, rows[i].base, rows[i].prefix);
	}
}

static void address_of_no_family_is_nowhere(void **state)
{
	struct network none = { { .family = AF_UNSPEC }, 0 }, four = { address("0.0.0.0"), 0 };

	(void)state;
	assert_false(network_contains(&none, &none.address));
	assert_false(network_contains(&none, &four.address));
	assert_false(network_contains(&four, &none.address));
	assert_false(address_is_private(&none.address));
}

static void address_equals_itself_only(void **state)
{
	struct address a = address("192.0.2.1"), b = address("::ffff:192.0.2.1");
	struct address c = address("192.0.2.2"), zero4 = address("0.0.0.0"), zero6 = address("::");

	(void)state;
	assert_true(address_equal(&a, &b));
	assert_false(address_equal(&a, &c));
	assert_false(address_equal(&zero4, &zero6));
}

static void address_private_is_told_from_public_at_the_edges(void **state)
{
	static const char *const private[] = {
		"0.0.0.0",
		"10.0.0.0",
		"10.255.255.255",
		"100.64.0.0",
		"100.127.255.255",
		"127.0.0.1",
		"127.255.255.255",
		"169.254.0.0",
		"169.254.255.255",
		"172.16.0.0",
		"172.31.255.255",
		"192.168.0.0",
		"192.168.255.255",
		"::",
		"::1",
		"fc00::",
		"fdff:ffff::1",
		"fe80::1",
		"febf:ffff::",
		"::ffff:10.0.0.1",
	};
	static const char *const public[] = {
		"0.0.0.1",     "9.255.255.255",	  "11.0.0.0",	 "100.63.255.255",
		"100.128.0.0", "126.255.255.255", "128.0.0.0",	 "169.253.255.255",
		"169.255.0.0", "172.15.255.255",  "172.32.0.0",	 "192.167.255.255",
		"192.169.0.0", "192.0.2.1",	  "::2",	 "fbff::",
		"fe00::",      "fec0::",	  "2001:db8::1", "::ffff:192.0.2.1",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(private); i++) {
		struct address a = address(private[i]);

		if (!address_is_private(&a))
			fail_msg("taken for public: %s", private[i]);
	}
	for (size_t i = 0; i < COUNT(public); i++) {
		struct address a = address(public[i]);

		if (address_is_private(&a))
			fail_msg("taken for private: %s", public[i]);
	}
}

static void network_is_an_address_with_or_without_a_prefix(void **state)
{
	static const struct {
		const char *text;
		sa_family_t family;
		unsigned prefix;
	} rows[] = {
		{ "192.0.2.1", AF_INET, 32 },	     { "192.0.2.1/24", AF_INET, 24 },
		{ "192.0.2.1/32", AF_INET, 32 },     { "2001:db8::1/128", AF_INET6, 128 },
		{ "0.0.0.0/0", AF_INET, 0 },	     { "2001:db8::", AF_INET6, 128 },
		{ "2001:db8::/32", AF_INET6, 32 },   { "::/0", AF_INET6, 0 },
		{ "::ffff:192.0.2.1", AF_INET, 32 }, { "::ffff:192.0.2.0/120", AF_INET, 24 },
		{ "::ffff:0:0/96", AF_INET, 0 },     { "::ffff:0:0/95", AF_INET6, 95 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct network n = network(rows[i].text);

		assert_int_equal(n.address.family, rows[i].family);
		assert_int_equal(n.prefix, rows[i].prefix);
	}
}

static void network_in_any_other_form_is_refused(void **state)
{
	static const char *const texts[] = {
		"",
		"/",
		"/24",
		"192.0.2.0/",
		"192.0.2.0/33",
		"192.0.2.0/-1",
		"192.0.2.0/+1",
		"192.0.2.0/1 ",
		"192.0.2.0/24/24",
		"192.0.2.0//24",
		"192.0.2.0/0024",
		"192.0.2.0/a",
		"192.0.2.0/4294967320",
		"2001:db8::/129",
		"2001:db8::/1000",
		"2001:db8::/a",
		"2001:db8::/:",
		"192.0.2/24",
		"192.0.2.0/255.255.255.0",
		"example.com",
	};
	struct network n = { .prefix = 99 };

	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++) {
		if (network_parse(span_of(texts[i]), &n))
			fail_msg("accepted: %s", texts[i]);
		assert_int_equal(n.prefix, 99);
	}
	assert_false(network_parse((struct span){ NULL, 0 }, &n));
	assert_false(network_parse((struct span){ "192.0.2.0/2\0", 12 }, &n));
}

static void network_contains_with_host_bits_set(void **state)
{
	struct network n = network("192.0.2.77/24"), mapped = network("::ffff:192.0.2.77/120");
	struct address in = address("192.0.2.1"), out = address("192.0.3.1"), six = address("::1");

	(void)state;
	assert_true(network_contains(&n, &in));
	assert_false(network_contains(&n, &out));
	assert_false(network_contains(&n, &six));
	assert_true(network_contains(&mapped, &in));
	assert_false(network_contains(&mapped, &out));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(address_prints_as_its_shortest_form),
		cmocka_unit_test(address_of_no_family_prints_as_nothing),
		cmocka_unit_test(address_in_any_other_form_is_refused),
		cmocka_unit_test(address_parsed_as_one_family_is_not_the_other),
		cmocka_unit_test(address_is_within_a_prefix),
		cmocka_unit_test(address_of_no_family_is_nowhere),
		cmocka_unit_test(address_equals_itself_only),
		cmocka_unit_test(address_private_is_told_from_public_at_the_edges),
		cmocka_unit_test(network_is_an_address_with_or_without_a_prefix),
		cmocka_unit_test(network_in_any_other_form_is_refused),
		cmocka_unit_test(network_contains_with_host_bits_set),
	};

	return cmocka_run_group_tests_name("address", tests, NULL, NULL);
}
