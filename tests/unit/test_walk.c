/* SPDX-License-Identifier: MIT */
/*
 * check_host() over a zone: result, deciding term, what is counted; and the same walk with answers that
 * are not here yet, which prefetch starts as far as it may.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "spf/prefetch.h"
#include "spf/walk.h"
#include "zone_resolver.h"

struct walked {
	struct resolver resolver;
	struct evaluation_settings settings;
	struct evaluation evaluation;
};

static void start(struct walked *t, const char *zone, unsigned prefetch_max)
{
	struct evaluation_subject subject = {
		.identity = SPF_MAILFROM,
		.local = span_of("user"),
		.sender_domain = span_of("x.example"),
		.helo = span_of("mail.example"),
	};

	memset(t, 0, sizeof(*t));
	zone_resolver_open(&t->resolver, zone);
	assert_true(address_parse(span_of("192.0.2.1"), &subject.client));
	t->settings = (struct evaluation_settings){
		.resolver = &t->resolver,
		.void_limit = 2,
		.prefetch_max = prefetch_max,
		.receiver = "unknown",
	};
	evaluation_init(&t->evaluation, &t->settings, &subject);
}

static void end(struct walked *t)
{
	evaluation_free(&t->evaluation);
	zone_resolver_close(&t->resolver);
}

static const struct {
	const char *zone;
	enum spf_result result;
	const char *matched; /* NULL: none */
	unsigned lookups, voids, queries;
} rows[] = {
	{ "x.example. A 192.0.2.1\n", SPF_NONE, NULL, 0, 0, 1 },
	{ "x.example. TXT \"v=spf1\"\n", SPF_NEUTRAL, NULL, 0, 0, 1 },
	{ "x.example. TXT \"v=spf1 a ~all\"\nx.example. A 192.0.2.1\n", SPF_PASS, "a", 1, 0, 2 },
	{ "x.example. TXT \"v=spf1 a/24 ~all\"\nx.example. A 192.0.2.9\n", SPF_PASS, "a/24", 1, 0,
	  2 },
	{ "x.example. TXT \"v=spf1 a ?exists:no.example ~all\"\nx.example. A 192.0.2.2\n",
	  SPF_SOFTFAIL, "~all", 2, 1, 3 },
	/* A fail inside an include is no match; a query that repeats is one. */
	{ "x.example. TXT \"v=spf1 include:i.example a:h.example -all\"\nh.example. A 192.0.2.2\n"
	  "i.example. TXT \"v=spf1 a:h.example -all\"\n",
	  SPF_FAIL, "-all", 3, 0, 3 },
	{ "x.example. TXT \"v=spf1 redirect=r.example\"\nr.example. TXT \"v=spf1 ?all\"\n",
	  SPF_NEUTRAL, "?all", 1, 0, 2 },
	{ "x.example. TXT \"v=spf1 include:no.example -all\"\n", SPF_PERMERROR,
	  "include:no.example", 1, 0, 2 },
	{ "x.example. TXT \"v=spf1 a:silent.example -all\"\n", SPF_TEMPERROR, "a:silent.example", 1,
	  0, 2 },
	{ "x.example. TXT \"v=spf1 include:x.example -all\"\n", SPF_PERMERROR, "include:x.example",
	  11, 0, 1 },
	{ "x.example. TXT \"v=spf1 a:p.example a:q.example a:r.example +all\"\n", SPF_PERMERROR,
	  "a:r.example", 3, 3, 4 },
};

static void walk_waits_and_counts(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct walked t;
		const struct walk *w = &t.evaluation.waiting;

		start(&t, rows[i].zone, 0);
		walk_run(&t.evaluation.waiting, &evaluation_waiting);
		assert_true(w->outcome.known);
		assert_int_equal(w->outcome.result, rows[i].result);
		if (rows[i].matched)
			assert_true(span_is(w->outcome.matched->text, rows[i].matched));
		else
			assert_null(w->outcome.matched);
		assert_int_equal(w->lookups, rows[i].lookups);
		assert_int_equal(w->voids, rows[i].voids);
		assert_int_equal(t.evaluation.counted_count, rows[i].queries);
		end(&t);
	}
}

static void walk_over_the_same_answers_is_the_same(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct walked t;
		const struct walk *w = &t.evaluation.ahead;

		start(&t, rows[i].zone, 0);
		walk_run(&t.evaluation.waiting, &evaluation_waiting);
		for (int again = 0; again < 2; again++) {
			walk_run(&t.evaluation.ahead, &evaluation_peeking);
			assert_int_equal(w->outcome.result, rows[i].result);
			assert_int_equal(w->lookups, rows[i].lookups);
			assert_int_equal(w->voids, rows[i].voids);
		}
		assert_int_equal(t.evaluation.counted_count, rows[i].queries);
		end(&t);
	}
}

static unsigned sent_ahead(const char *zone, unsigned prefetch_max, bool *known)
{
	struct walked t;
	unsigned sent;

	start(&t, zone, prefetch_max);
	prefetch_start(&t.evaluation);
	sent = t.evaluation.sent;
	*known = t.evaluation.ahead.outcome.known;
	end(&t);
	return sent;
}

static void walk_starts_what_may_be_needed(void **state)
{
	bool known;

	(void)state;
	/* Beside each other, and not after what is certain. */
	assert_int_equal(
		sent_ahead("x.example. TXT \"v=spf1 a:silent.a.example mx:silent.b.example "
			   "include:silent.c.example ip4:192.0.2.1 a:silent.d.example -all\"\n",
			   32, &known),
		3);
	assert_false(known);
	/* A match that is here decides, whatever comes after it. */
	assert_int_equal(sent_ahead("x.example. TXT \"v=spf1 a a:silent.a.example -all\"\n"
				    "x.example. A 192.0.2.1\n",
				    32, &known),
			 0);
	assert_true(known);
	/* Never more in flight than are allowed; the explanation of a possible fail comes last. */
	assert_int_equal(sent_ahead("x.example. TXT \"v=spf1 -a:silent.a.example "
				    "exp=silent.e.example ?all\"\n",
				    32, &known),
			 2);
	assert_int_equal(sent_ahead("x.example. TXT \"v=spf1 a:silent.a.example a:silent.b.example "
				    "a:silent.c.example -all\"\n",
				    2, &known),
			 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(walk_waits_and_counts),
		cmocka_unit_test(walk_over_the_same_answers_is_the_same),
		cmocka_unit_test(walk_starts_what_may_be_needed),
	};

	return cmocka_run_group_tests_name("walk", tests, NULL, NULL);
}
