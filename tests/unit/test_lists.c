/* SPDX-License-Identifier: MIT */
/* Lists of domains and networks: the forms that are taken, and exactly what they match. */
#include "config/lists.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>

static void lists_next_takes_commas_and_blanks(void **state)
{
	struct span rest = span_of(" a,b ,, c\td,"), item;
	char got[16] = "";

	(void)state;
	assert_int_equal(lists_count(rest), 4);
	while (lists_next(&rest, &item))
		strncat(got, item.data, item.length);
	assert_string_equal(got, "abcd");
	assert_int_equal(lists_count(span_of("")), 0);
	assert_int_equal(lists_count(span_of(" , ")), 0);
}

static void lists_domain_takes_all_forms(void **state)
{
	static const struct {
		const char *item, *want;
	} rows[] = {
		{ "example.com", "example.com" },
		{ "Example.COM.", "example.com" },
		{ ".example.com", "example.com" },
		{ "@example.com", "example.com" },
		{ "User@Example.com", "user@example.com" },
		{ "a@b@example.com", "a@b@example.com" },
		{ "example", "example" },
		{ "_dmarc.example.com", "_dmarc.example.com" },
		{ "b\xc3\xbc"
		  "cher.example",
		  "xn--bcher-kva.example" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char out[LISTS_ITEM_MAX] = "";
		const char *problem = lists_domain(span_of(rows[i].item), LISTS_MAILBOXES, out);

		if (problem || strcmp(out, rows[i].want) != 0)
			fail_msg("%s: want %s, got %s %s", rows[i].item, rows[i].want, out,
				 problem ? problem : "");
	}
}

static void lists_domain_refuses_what_is_none(void **state)
{
	static const struct {
		const char *item, *why;
	} rows[] = {
		{ "*.example.com", "without" },
		{ "*@example.com", "without" },
		{ "/etc/postfix/list", "a path" },
		{ "https://example.com/", "a path" },
		{ "user@*.example.com", "without" },
		{ "192.0.2.1", "an address" },
		{ "192.0.2.0/24", "an address" },
		{ "2001:db8::1", "an address" },
		{ "a..example", "not a domain" },
		{ "exa mple", "not a domain" },
		{ "@", "not a domain" },
		{ "user@", "not a domain" },
		{ ".", "not a domain" },
		{ "[192.0.2.1]", "not a domain" },
		{ "a\x01@example.com", "printable" },
		{ "\xc3\xa4@example.com", "printable" },
	};
	char out[LISTS_ITEM_MAX], longest[300];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *got = lists_domain(span_of(rows[i].item), LISTS_MAILBOXES, out);

		if (!got || !strstr(got, rows[i].why))
			fail_msg("%s: want \"%s\", got \"%s\"", rows[i].item, rows[i].why,
				 got ? got : out);
	}
	memset(longest, 'l', sizeof(longest));
	memcpy(longest + 257, "@example.com", 13);
	assert_string_equal(lists_domain(span_of(longest), LISTS_MAILBOXES, out),
			    "has too long a local part");
	assert_null(lists_domain(span_of(longest + 1), LISTS_MAILBOXES, out));
}

static void lists_domain_knows_what_a_list_is_for(void **state)
{
	char out[LISTS_ITEM_MAX];

	(void)state;
	assert_null(lists_domain(span_of("@example.com"), LISTS_DOMAINS, out));
	assert_string_equal(out, "example.com");
	assert_non_null(
		strstr(lists_domain(span_of("a@b.example"), LISTS_DOMAINS, out), "takes domains"));
	assert_non_null(
		strstr(lists_domain(span_of("a@b.example"), LISTS_HOSTS, out), "takes domains"));
	assert_non_null(strstr(lists_domain(span_of("*.b.example"), LISTS_HOSTS, out), "in full"));
	assert_null(lists_domain(span_of("mx.b.example"), LISTS_HOSTS, out));
}

static void domain_list_matches_by_whole_labels(void **state)
{
	char *items[] = { "example.com", "user@host.test", "xn--bcher-kva.example" };
	const struct domain_list list = { items, 3 };
	const struct domain_list empty = { NULL, 0 };
	static const struct {
		const char *text;
		bool want;
	} rows[] = {
		{ "example.com", true },
		{ "EXAMPLE.com.", true },
		{ "a.example.com", true },
		{ "x@example.com", true },
		{ "x@a.b.Example.Com", true },
		{ "x@example.com.", true },
		{ "x@y@example.com", true },
		{ "example.com@other.test", false },
		{ "notexample.com", false },
		{ "x@notexample.com", false },
		{ "com", false },
		{ "example.com.org", false },
		{ "", false },
		{ "@", false },
		{ ".", false },
		{ "user@host.test", true },
		{ "USER@Host.Test.", true },
		{ "user+list@host.test", true },
		{ "user+@host.test", true },
		{ "user+a+b@host.test", true },
		{ "+user@host.test", false },
		{ "users+a@host.test", false },
		{ "other@host.test", false },
		{ "user@a.host.test", false },
		{ "host.test", false },
		{ "user", false },
		{ "x@b\xc3\xbc"
		  "cher.example",
		  true },
		{ "x@a.xn--bcher-kva.example", true },
		{ "x@\xff\xfe.example", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (domain_list_match(&list, span_of(rows[i].text)) != rows[i].want)
			fail_msg("%s: want %d", rows[i].text, rows[i].want);
		assert_false(domain_list_match(&empty, span_of(rows[i].text)));
	}
}

static void lists_network_takes_all_forms(void **state)
{
	static const struct {
		const char *item, *address;
		unsigned prefix;
		bool host_bits;
	} rows[] = {
		{ "192.0.2.1", "192.0.2.1", 32, false },
		{ "192.0.2.0/24", "192.0.2.0", 24, false },
		{ "192.0.2.5/24", "192.0.2.0", 24, true },
		{ "0.0.0.0/0", "0.0.0.0", 0, false },
		{ "1.2.3.4/0", "0.0.0.0", 0, true },
		{ "10.0.0.0/255.0.0.0", "10.0.0.0", 8, false },
		{ "10.0.0.9/255.255.255.255", "10.0.0.9", 32, false },
		{ "10.1.0.0/255.0.0.0", "10.0.0.0", 8, true },
		{ "10.0.0.0/0.0.0.0", "0.0.0.0", 0, true },
		{ "::1", "::1", 128, false },
		{ "2001:db8::/32", "2001:db8::", 32, false },
		{ "2001:db8::1/127", "2001:db8::", 127, true },
		{ "::ffff:127.0.0.0/104", "127.0.0.0", 8, false },
		{ "[::1]", "::1", 128, false },
		{ "[::1]/128", "::1", 128, false },
		{ "[::ffff:127.0.0.0]/104", "127.0.0.0", 8, false },
		{ "[192.0.2.0]/24", "192.0.2.0", 24, false },
		{ "::ffff:192.0.2.1", "192.0.2.1", 32, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct network network;
		char text[ADDRESS_TEXT_MAX];
		bool host_bits;

		if (lists_network(span_of(rows[i].item), &network, &host_bits))
			fail_msg("%s is refused", rows[i].item);
		assert_string_equal(address_format(&network.address, text), rows[i].address);
		assert_int_equal(network.prefix, rows[i].prefix);
		assert_int_equal(host_bits, rows[i].host_bits);
	}
}

static void lists_network_refuses_what_is_none(void **state)
{
	static const char *const items[] = {
		"",
		"none",
		"example.com",
		"192.0.2",
		"192.0.2.0/33",
		"192.0.2.0/",
		"192.0.2.0/-1",
		"/24",
		"192.0.2.0/24/24",
		"2001:db8::/129",
		"10.0.0.0/255.0.255.0",
		"::1/255.0.0.0",
		"10.0.0.0/0.0.0.255",
		"[::1",
		"[]",
		"[::1]]",
		"[::1]x",
		"::1]/128",
		"192.0.2.0;192.0.2.1",
	};
	struct network network;
	bool host_bits;

	(void)state;
	for (size_t i = 0; i < sizeof(items) / sizeof(items[0]); i++)
		if (!lists_network(span_of(items[i]), &network, &host_bits))
			fail_msg("%s is taken", items[i]);
}

static void network_list_matches_mapped_clients(void **state)
{
	struct network items[2];
	const struct network_list list = { items, 2 };
	struct address client;
	bool host_bits;

	(void)state;
	assert_null(lists_network(span_of("192.0.2.0/24"), &items[0], &host_bits));
	assert_null(lists_network(span_of("2001:db8::/32"), &items[1], &host_bits));
	assert_true(address_parse(span_of("::ffff:192.0.2.77"), &client));
	assert_true(network_list_match(&list, &client));
	assert_true(address_parse(span_of("2001:db8:ffff::1"), &client));
	assert_true(network_list_match(&list, &client));
	assert_true(address_parse(span_of("192.0.3.1"), &client));
	assert_false(network_list_match(&list, &client));
	assert_true(address_parse(span_of("::c000:201"), &client));
	assert_false(network_list_match(&list, &client));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lists_next_takes_commas_and_blanks),
		cmocka_unit_test(lists_domain_takes_all_forms),
		cmocka_unit_test(lists_domain_refuses_what_is_none),
		cmocka_unit_test(lists_domain_knows_what_a_list_is_for),
		cmocka_unit_test(domain_list_matches_by_whole_labels),
		cmocka_unit_test(lists_network_takes_all_forms),
		cmocka_unit_test(lists_network_refuses_what_is_none),
		cmocka_unit_test(network_list_matches_mapped_clients),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
