/* SPDX-License-Identifier: MIT */
/* Which access(5) actions are taken from an operator, and which would break or open a mail server. */
#include "config/access_action.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>

static void action_that_postfix_knows_is_accepted(void **state)
{
	static const char *const actions[] = {
		"REJECT",
		"reject Go away",
		"DEFER",
		"DEFER_IF_PERMIT 4.7.1 later",
		"defer_if_reject",
		"DUNNO",
		"HOLD",
		"hold suspicious SPF",
		"DISCARD",
		"WARN odd",
		"INFO seen",
		"550 5.7.1 no",
		"450 later",
		"FILTER smtp:[127.0.0.1]:10025",
		"FILTER dummy:",
		"REDIRECT spam@example.com",
		"BCC audit@example.com",
		"PREPEND X-SPF-Score: 5",
		"greylist",
		"helo_passed_spf",
		"spf_fin, passed_spf",
		"spf_fin,passed_spf",
		"reject_unverified_sender",
		"check_policy_service unix:private/postgrey",
		"check_sender_access hash:/etc/postfix/senders, greylist",
		"check_client_access cidr:/etc/postfix/x.cidr spam-score_5",
		"reject_rbl_client zen.example.org, greylist",
		"reject_rhsbl_sender dbl.example.org",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++)
		if (access_action_check(span_of(actions[i])))
			fail_msg("%s: %s", actions[i], access_action_check(span_of(actions[i])));
}

static void action_that_breaks_or_opens_is_refused(void **state)
{
	static const struct {
		const char *action, *why;
	} rows[] = {
		{ "", "empty" },
		{ "  ", "empty" },
		{ "OK", "skip all later" },
		{ "ok", "skip all later" },
		{ "RELAY", "skip all later" },
		{ "permit", "skip all later" },
		{ "permit_mynetworks", "skip all later" },
		{ "greylist, permit", "skip all later" },
		{ "Permit_SASL_Authenticated", "skip all later" },
		{ "1", "takes as OK" },
		{ "20231105", "takes as OK" },
		{ "550", "takes as OK" },
		{ "650 no", "number" },
		{ "55 no", "number" },
		{ "greylist 5", "number" },
		{ "REJECT caf\xc3\xa9", "printable" },
		{ "REJECT a\nb", "printable" },
		{ "hash:/etc/postfix/x", "neither" },
		{ "action=REJECT", "neither" },
		{ "REJECT!", "neither" },
		{ "FILTER", "transport:" },
		{ "FILTER smtp", "transport:" },
		{ "FILTER :x", "transport:" },
		{ "REDIRECT", "address" },
		{ "REDIRECT nobody", "address" },
		{ "BCC @x", "address" },
		{ "BCC a@b c@d", "address" },
		{ "PREPEND", "header field" },
		{ "PREPEND X-Foo", "header field" },
		{ "PREPEND X Foo: 1", "header field" },
		{ "PREPEND : 1", "header field" },
		{ "PREPEND X-Foo:", "text after" },
		{ "PREPEND X-Foo: ", "text after" },
		{ "check_policy_service", "ends before" },
		{ "greylist, check_sender_access", "ends before" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *got = access_action_check(span_of(rows[i].action));

		if (!got || !strstr(got, rows[i].why))
			fail_msg("%s: want \"%s\", got \"%s\"", rows[i].action, rows[i].why,
				 got ? got : "accepted");
	}
}

static void action_length_is_limited(void **state)
{
	char action[ACCESS_ACTION_MAX + 2];

	(void)state;
	memset(action, 'x', sizeof(action));
	memcpy(action, "REJECT ", 7);
	action[ACCESS_ACTION_MAX + 1] = '\0';
	assert_non_null(access_action_check(span_of(action)));
	action[ACCESS_ACTION_MAX] = '\0';
	assert_null(access_action_check(span_of(action)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(action_that_postfix_knows_is_accepted),
		cmocka_unit_test(action_that_breaks_or_opens_is_refused),
		cmocka_unit_test(action_length_is_limited),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
