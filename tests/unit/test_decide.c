/* SPDX-License-Identifier: MIT */
/* The table of what SPF results mean under the settings. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "policy/decide.h"

struct reports {
	struct spf_report items[SPF_IDENTITY_COUNT];
	enum dmarc_policy dmarc;
};

static struct reports reports_of(enum spf_result helo, enum spf_result mail_from)
{
	return (struct reports){ .items = {
					 [SPF_HELO] = { .identity = SPF_HELO,
							.result = helo,
							.checked = true },
					 [SPF_MAILFROM] = { .identity = SPF_MAILFROM,
							    .result = mail_from,
							    .checked = true },
				 } };
}

/* Gives the reports that are asked for, one after the other, and returns which those were. */
static unsigned decide_by(const struct config *config, const struct envelope *envelope,
			  const struct reports *reports, struct decision *decision)
{
	struct spf_report given[SPF_IDENTITY_COUNT] = { { .checked = false } };
	struct dmarc_report dmarc = { .policy = DMARC_UNKNOWN };
	enum decide_missing missing;
	unsigned asked = 0;

	*decision = (struct decision){ .verb = DECISION_DUNNO };
	while ((missing = decide(config, envelope, given, &dmarc, decision)) != DECIDE_NOTHING) {
		assert_false(asked & 1u << missing);
		asked |= 1u << missing;
		if (missing == DECIDE_DMARC)
			dmarc.policy = reports->dmarc;
		else
			given[missing] = reports->items[missing];
	}
	/* What is used is in the decision; what is there beforehand changes nothing. */
	for (enum spf_identity i = 0; i < SPF_IDENTITY_COUNT; i++)
		assert_true(asked & 1u << i || !decision->reports[i].checked);
	return asked;
}

static struct config defaults(void)
{
	return (struct config){ .helo_reject = CONFIG_FAIL, .mail_from_reject = CONFIG_FAIL };
}

static const struct envelope named = {
	.sender = { "a@sub.example.com", 17 },
	.domains = { "mail.example.com", "sub.example.com" },
};
static const struct envelope bounce = { .domains = { "mail.example.com" } };

struct row {
	enum config_reject helo_reject, mail_from_reject;
	bool permerror_reject, temperror_defer;
	enum spf_result helo, mail_from;
	bool null_sender;
	enum decision_verb verb;
	enum spf_identity identity;
};

static void check_row(const struct row *row, size_t number)
{
	struct reports reports = reports_of(row->helo, row->mail_from);
	struct config config = defaults();
	struct decision decision = { .verb = DECISION_DUNNO };

	config.helo_reject = row->helo_reject;
	config.mail_from_reject = row->mail_from_reject;
	config.permerror_reject = row->permerror_reject;
	config.temperror_defer = row->temperror_defer;
	decide_by(&config, row->null_sender ? &bounce : &named, &reports, &decision);
	if (decision.verb != row->verb ||
	    (row->verb != DECISION_DUNNO && decision.identity != row->identity))
		fail_msg("row %zu: got verb %d identity %d, want %d %d", number, decision.verb,
			 decision.identity, row->verb, row->identity);
}

static void decide_rules_give_verbs(void **state)
{
	static const struct row rows[] = {
		/* HELO first; MAIL FROM else. */
		{ CONFIG_FAIL, CONFIG_FAIL, 0, 0, SPF_FAIL, SPF_PASS, 0, DECISION_REJECT,
		  SPF_HELO },
		{ CONFIG_FAIL, CONFIG_FAIL, 0, 0, SPF_PASS, SPF_FAIL, 0, DECISION_REJECT,
		  SPF_MAILFROM },
		{ CONFIG_FAIL, CONFIG_FAIL, 0, 0, SPF_PASS, SPF_PASS, 0, DECISION_PREPEND,
		  SPF_MAILFROM },
		{ CONFIG_FAIL, CONFIG_FAIL, 0, 0, SPF_PASS, SPF_NONE, 0, DECISION_PREPEND,
		  SPF_MAILFROM },
		{ CONFIG_FAIL, CONFIG_FAIL, 0, 0, SPF_FAIL, SPF_NONE, 1, DECISION_REJECT,
		  SPF_HELO },
		{ CONFIG_FAIL, CONFIG_FAIL, 0, 0, SPF_PASS, SPF_FAIL, 1, DECISION_PREPEND,
		  SPF_HELO },
		/* How much is refused. */
		{ CONFIG_FAIL, CONFIG_FAIL, 0, 0, SPF_SOFTFAIL, SPF_SOFTFAIL, 0, DECISION_PREPEND,
		  SPF_MAILFROM },
		{ CONFIG_FAIL, CONFIG_SOFTFAIL, 0, 0, SPF_NONE, SPF_SOFTFAIL, 0, DECISION_REJECT,
		  SPF_MAILFROM },
		{ CONFIG_FAIL, CONFIG_SOFTFAIL, 0, 0, SPF_NONE, SPF_NEUTRAL, 0, DECISION_PREPEND,
		  SPF_MAILFROM },
		{ CONFIG_SPF_NOT_PASS, CONFIG_FAIL, 0, 0, SPF_NEUTRAL, SPF_PASS, 0, DECISION_REJECT,
		  SPF_HELO },
		{ CONFIG_SPF_NOT_PASS, CONFIG_SPF_NOT_PASS, 0, 0, SPF_NONE, SPF_NONE, 0,
		  DECISION_PREPEND, SPF_MAILFROM },
		/* Never. */
		{ CONFIG_FALSE, CONFIG_FALSE, 1, 1, SPF_FAIL, SPF_FAIL, 0, DECISION_PREPEND,
		  SPF_MAILFROM },
		{ CONFIG_FALSE, CONFIG_FALSE, 1, 1, SPF_PERMERROR, SPF_TEMPERROR, 0,
		  DECISION_PREPEND, SPF_MAILFROM },
		/* Null: only a null sender is judged by HELO. */
		{ CONFIG_NULL, CONFIG_FAIL, 1, 1, SPF_FAIL, SPF_PASS, 0, DECISION_PREPEND,
		  SPF_MAILFROM },
		{ CONFIG_NULL, CONFIG_FAIL, 1, 1, SPF_TEMPERROR, SPF_PASS, 0, DECISION_PREPEND,
		  SPF_MAILFROM },
		{ CONFIG_NULL, CONFIG_FAIL, 0, 0, SPF_FAIL, SPF_NONE, 1, DECISION_REJECT,
		  SPF_HELO },
		/* Errors. */
		{ CONFIG_FAIL, CONFIG_FAIL, 0, 0, SPF_PERMERROR, SPF_TEMPERROR, 0, DECISION_PREPEND,
		  SPF_MAILFROM },
		{ CONFIG_FAIL, CONFIG_FAIL, 1, 0, SPF_NONE, SPF_PERMERROR, 0, DECISION_REJECT,
		  SPF_MAILFROM },
		{ CONFIG_FAIL, CONFIG_FAIL, 0, 1, SPF_NONE, SPF_TEMPERROR, 0, DECISION_DEFER,
		  SPF_MAILFROM },
		{ CONFIG_FAIL, CONFIG_FAIL, 1, 1, SPF_TEMPERROR, SPF_FAIL, 0, DECISION_DEFER,
		  SPF_HELO },
		/* Unchecked. */
		{ CONFIG_NO_CHECK, CONFIG_FAIL, 0, 0, SPF_FAIL, SPF_PASS, 0, DECISION_PREPEND,
		  SPF_MAILFROM },
		{ CONFIG_FAIL, CONFIG_NO_CHECK, 0, 0, SPF_PASS, SPF_FAIL, 0, DECISION_PREPEND,
		  SPF_HELO },
		{ CONFIG_NO_CHECK, CONFIG_NO_CHECK, 0, 0, SPF_FAIL, SPF_FAIL, 0, DECISION_DUNNO,
		  SPF_HELO },
		{ CONFIG_NO_CHECK, CONFIG_FAIL, 0, 0, SPF_FAIL, SPF_FAIL, 1, DECISION_DUNNO,
		  SPF_HELO },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		check_row(&rows[i], i);
}

static void decide_helo_refused_leaves_mail_from_alone(void **state)
{
	struct reports reports = reports_of(SPF_FAIL, SPF_PASS);
	struct config config = defaults();
	struct decision decision;

	(void)state;
	assert_int_equal(decide_by(&config, &named, &reports, &decision), 1u << SPF_HELO);
	assert_int_equal(decision.verb, DECISION_REJECT);
}

static void decide_no_mail_spares_other_records(void **state)
{
	struct reports reports = reports_of(SPF_NONE, SPF_FAIL);
	struct config config = defaults();
	struct decision decision;

	(void)state;
	config.no_mail = true;
	decide_by(&config, &named, &reports, &decision);
	assert_int_equal(decision.verb, DECISION_PREPEND);
	reports.items[SPF_MAILFROM].sends_no_mail = true;
	decide_by(&config, &named, &reports, &decision);
	assert_int_equal(decision.verb, DECISION_REJECT);
}

static void decide_domain_rules_reach_subdomains(void **state)
{
	struct reports reports = reports_of(SPF_NONE, SPF_NEUTRAL);
	struct config config = defaults();
	char domain[] = "example.com";
	char *domains[] = { domain };
	struct domain_policy policy = { domain, CONFIG_NO_CHECK };
	struct decision decision;

	(void)state;
	config.reject_not_pass_domains = (struct domain_list){ domains, 1 };
	decide_by(&config, &named, &reports, &decision);
	assert_int_equal(decision.verb, DECISION_REJECT);
	assert_int_equal(decision.identity, SPF_MAILFROM);
	/* The domain's own rule comes before the list. */
	config.domain_policy = (struct domain_policy_list){ &policy, 1 };
	decide_by(&config, &named, &reports, &decision);
	assert_int_equal(decision.verb, DECISION_DUNNO);
}

static void decide_restrictions_take_the_place_of_rules(void **state)
{
	struct reports reports = reports_of(SPF_NONE, SPF_FAIL);
	struct config config = defaults();
	struct decision decision;

	(void)state;
	config.restriction[SPF_MAILFROM][SPF_FAIL] = "HOLD";
	decide_by(&config, &named, &reports, &decision);
	assert_int_equal(decision.verb, DECISION_RESTRICTION);
	assert_string_equal(decision.restriction, "HOLD");
	assert_int_equal(decision.identity, SPF_MAILFROM);
}

static void decide_pass_restrictions_overrule_the_other_identity(void **state)
{
	struct reports reports = reports_of(SPF_PASS, SPF_FAIL);
	struct config config = defaults();
	struct decision decision;

	(void)state;
	config.restriction[SPF_HELO][SPF_PASS] = "trusted";
	decide_by(&config, &named, &reports, &decision);
	assert_int_equal(decision.verb, DECISION_RESTRICTION);
	assert_int_equal(decision.identity, SPF_HELO);
	config.restriction[SPF_HELO][SPF_PASS] = NULL;
	config.restriction[SPF_MAILFROM][SPF_PASS] = "friends";
	reports = reports_of(SPF_FAIL, SPF_PASS);
	decide_by(&config, &named, &reports, &decision);
	assert_string_equal(decision.restriction, "friends");
	assert_int_equal(decision.identity, SPF_MAILFROM);
	/* It speaks for a pass only. */
	reports = reports_of(SPF_FAIL, SPF_SOFTFAIL);
	decide_by(&config, &named, &reports, &decision);
	assert_int_equal(decision.verb, DECISION_REJECT);
	assert_int_equal(decision.identity, SPF_HELO);
	/* Both pass, only one is set: the other must not speak for it. */
	reports = reports_of(SPF_PASS, SPF_PASS);
	decide_by(&config, &named, &reports, &decision);
	assert_string_equal(decision.restriction, "friends");
	/* A null sender has no MAIL FROM result. */
	decide_by(&config, &bounce, &reports, &decision);
	assert_int_equal(decision.verb, DECISION_PREPEND);
}

static void decide_leaves_a_fail_of_mail_from_to_dmarc(void **state)
{
	static const struct {
		enum config_leave leave;
		enum dmarc_policy policy;
		enum decision_verb verb;
	} rows[] = {
		{ CONFIG_LEAVE_ENFORCED, DMARC_ABSENT, DECISION_REJECT },
		{ CONFIG_LEAVE_ENFORCED, DMARC_NONE, DECISION_REJECT },
		{ CONFIG_LEAVE_ENFORCED, DMARC_QUARANTINE, DECISION_PREPEND },
		{ CONFIG_LEAVE_ENFORCED, DMARC_REJECT, DECISION_PREPEND },
		{ CONFIG_LEAVE_ENFORCED, DMARC_TEMPERROR, DECISION_PREPEND },
		{ CONFIG_LEAVE_PUBLISHED, DMARC_ABSENT, DECISION_REJECT },
		{ CONFIG_LEAVE_PUBLISHED, DMARC_NONE, DECISION_PREPEND },
		{ CONFIG_LEAVE_PUBLISHED, DMARC_REJECT, DECISION_PREPEND },
		{ CONFIG_LEAVE_PUBLISHED, DMARC_TEMPERROR, DECISION_PREPEND },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct reports reports = reports_of(SPF_NONE, SPF_FAIL);
		struct config config = defaults();
		struct decision decision;

		config.leave_to_dmarc = rows[i].leave;
		reports.dmarc = rows[i].policy;
		decide_by(&config, &named, &reports, &decision);
		if (decision.verb != rows[i].verb || decision.dmarc.policy != rows[i].policy)
			fail_msg("row %zu: %d", i, decision.verb);
	}
}

/* Asked only where a reject of MAIL FROM depends on it. */
static void decide_asks_for_dmarc_only_when_it_counts(void **state)
{
	static const struct {
		enum config_leave leave;
		enum spf_result helo, mail_from;
		bool null_sender, asks;
	} rows[] = {
		{ CONFIG_LEAVE_NO, SPF_NONE, SPF_FAIL, false, false },
		{ CONFIG_LEAVE_ENFORCED, SPF_NONE, SPF_FAIL, false, true },
		{ CONFIG_LEAVE_ENFORCED, SPF_NONE, SPF_SOFTFAIL, false, false },
		{ CONFIG_LEAVE_ENFORCED, SPF_NONE, SPF_PASS, false, false },
		{ CONFIG_LEAVE_ENFORCED, SPF_NONE, SPF_TEMPERROR, false, false },
		{ CONFIG_LEAVE_ENFORCED, SPF_FAIL, SPF_FAIL, false, false },
		{ CONFIG_LEAVE_PUBLISHED, SPF_FAIL, SPF_NONE, true, false },
	};
	struct config config = defaults();

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct reports reports = reports_of(rows[i].helo, rows[i].mail_from);
		struct decision decision;
		unsigned asked;

		config.leave_to_dmarc = rows[i].leave;
		reports.dmarc = DMARC_ABSENT;
		asked = decide_by(&config, rows[i].null_sender ? &bounce : &named, &reports,
				  &decision);
		if (((asked & 1u << DECIDE_DMARC) != 0) != rows[i].asks)
			fail_msg("row %zu", i);
		if (rows[i].asks)
			assert_true(decide_may_ask_dmarc(&config, &named));
	}
	config.mail_from_reject = CONFIG_FALSE;
	assert_false(decide_may_ask_dmarc(&config, &named));
	config.mail_from_reject = CONFIG_NO_CHECK;
	assert_false(decide_may_ask_dmarc(&config, &named));
	config.mail_from_reject = CONFIG_FAIL;
	assert_false(decide_may_ask_dmarc(&config, &bounce));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(decide_rules_give_verbs),
		cmocka_unit_test(decide_helo_refused_leaves_mail_from_alone),
		cmocka_unit_test(decide_no_mail_spares_other_records),
		cmocka_unit_test(decide_domain_rules_reach_subdomains),
		cmocka_unit_test(decide_restrictions_take_the_place_of_rules),
		cmocka_unit_test(decide_pass_restrictions_overrule_the_other_identity),
		cmocka_unit_test(decide_leaves_a_fail_of_mail_from_to_dmarc),
		cmocka_unit_test(decide_asks_for_dmarc_only_when_it_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
