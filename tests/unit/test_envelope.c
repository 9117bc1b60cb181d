/* SPDX-License-Identifier: MIT */
/* What follows from what the client said: its address, the domains that are judged, the local part. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "policy/envelope.h"

static struct config config;
static struct envelope envelope;
static char address[ADDRESS_TEXT_MAX];

static void complete(const char *client, const char *helo, const char *sender)
{
	envelope = (struct envelope){ .client_text = span_of(client),
				      .helo = span_of(helo),
				      .sender = span_of(sender) };
	envelope_complete(&envelope, &config);
}

static void domains_are_those_of_helo_and_sender(void **state)
{
	static const struct {
		const char *sender, *local, *domain;
	} rows[] = {
		{ "a@b.example", "a", "b.example" },
		{ "a@B.Example.", "a", "B.Example" },
		{ "a@b@c.example", "a@b", "c.example" },
		{ "@b.example", "postmaster", "b.example" },
		{ "b.example", "postmaster", "b.example" },
		{ "a@b\xc3\xbc.example", "a", "xn--b-eha.example" },
		{ "", "postmaster", "" },
		{ "a", "postmaster", "" },
		{ "a@", "a", "" },
		{ "a@localhost", "a", "" },
		{ "a@[192.0.2.1]", "a", "" },
		{ "a@b c.example", "a", "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		complete("192.0.2.1", "mail.example", rows[i].sender);
		assert_string_equal(envelope.domains[SPF_MAILFROM], rows[i].domain);
		assert_string_equal(envelope.domains[SPF_HELO], "mail.example");
		assert_true(span_is(envelope.local, rows[i].local));
		complete("192.0.2.1", rows[i].domain, "a@b.example");
		assert_string_equal(envelope.domains[SPF_HELO], rows[i].domain);
	}
	/* A HELO name has no local part. */
	complete("192.0.2.1", "a@b.example", "");
	assert_string_equal(envelope.domains[SPF_HELO], "");
}

static void client_is_the_address_that_is_judged(void **state)
{
	(void)state;
	complete("::ffff:192.0.2.1", "h", "");
	assert_int_equal(envelope.client.family, AF_INET);
	assert_true(span_is(envelope_client(&envelope, address), "192.0.2.1"));
	complete("unknown", "h", "");
	assert_int_equal(envelope.client.family, AF_UNSPEC);
	assert_true(span_is(envelope_client(&envelope, address), "unknown"));
	assert_true(address_parse(span_of("2001:db8::1"), &config.prospective));
	complete("192.0.2.1", "h", "");
	assert_true(span_is(envelope_client(&envelope, address), "2001:db8::1"));
	config.prospective.family = AF_UNSPEC;
	complete("fe80::1%eth0", "h.example", "a@b.example");
	assert_true(span_is(envelope_client(&envelope, address), "fe80::1"));
	complete("fe80::1%", "h.example", "a@b.example");
	assert_int_equal(envelope.client.family, AF_UNSPEC);
	complete("192.0.2.1%eth0", "h.example", "a@b.example");
	assert_int_equal(envelope.client.family, AF_UNSPEC);
}

static void null_sender_is_shown_as_such(void **state)
{
	(void)state;
	complete("192.0.2.1", "h", "");
	assert_true(span_is(envelope_sender(&envelope), "<>"));
	complete("192.0.2.1", "h", "a@b.example");
	assert_true(span_is(envelope_sender(&envelope), "a@b.example"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(domains_are_those_of_helo_and_sender),
		cmocka_unit_test(client_is_the_address_that_is_judged),
		cmocka_unit_test(null_sender_is_shown_as_such),
	};

	return cmocka_run_group_tests_name("envelope", tests, NULL, NULL);
}
