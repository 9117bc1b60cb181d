/* SPDX-License-Identifier: MIT */
/* What three services log of a decision is read back; nothing else is taken for one. */
#include "maillog/logged_decision.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#define ENVELOPE \
	"client-ip=192.0.2.5; helo=h.example; envelope-from=a@b.example; receiver=d.example"

static const struct {
	const char *line;
	enum spf_identity identity;
	enum spf_result result;
	enum decision_verb verb;
	const char *domain, *problem;
	bool would;
} judged[] = {
	/* Ours. */
	{ "prepend Received-SPF: Pass (mailfrom) identity=mailfrom; " ENVELOPE
	  "; action=prepend; mech=mx; ms=4",
	  SPF_MAILFROM, SPF_PASS, DECISION_PREPEND, "b.example", "", false },
	{ "Fail; identity=helo; " ENVELOPE "; action=would-reject; ms=4", SPF_HELO, SPF_FAIL,
	  DECISION_REJECT, "h.example", "", true },
	{ "Temperror; identity=mailfrom; " ENVELOPE "; action=defer; problem=x\\x3b y; ms=4",
	  SPF_MAILFROM, SPF_TEMPERROR, DECISION_DEFER, "b.example", "x; y", false },
	{ "Softfail; identity=mailfrom; " ENVELOPE
	  "; action=restriction; restriction=greylist; ms=4",
	  SPF_MAILFROM, SPF_SOFTFAIL, DECISION_RESTRICTION, "b.example", "", false },
	{ "Fail; identity=mailfrom; client-ip=192.0.2.5; helo=x\\x3b action=prepend\\x3b; envelope-from=a@b.example; "
	  "receiver=d.example; action=reject; ms=4",
	  SPF_MAILFROM, SPF_FAIL, DECISION_REJECT, "b.example", "", false },
	/* policyd-spf's. */
	{ ": prepend Received-SPF: None (mailfrom) identity=mailfrom; " ENVELOPE " ", SPF_MAILFROM,
	  SPF_NONE, DECISION_PREPEND, "b.example", "", false },
	{ "4F2A1B: prepend Authentication-Results: mx; spf=pass (sender SPF authorized) smtp.helo=h.example "
	  "(client-ip=192.0.2.5; helo=h.example; envelope-from=a@b.example; receiver=d.example)",
	  SPF_HELO, SPF_PASS, DECISION_PREPEND, "h.example", "", false },
	{ "Header field not prepended: Received-SPF: Neutral (mailfrom) identity=mailfrom; " ENVELOPE,
	  SPF_MAILFROM, SPF_NEUTRAL, DECISION_DUNNO, "b.example", "", false },
	{ ": 550 5.7.23 Message rejected due to: SPF fail - not authorized. Please see "
	  "http://www.openspf.net/Why?s=mfrom;id=a@b.example;ip=192.0.2.5;r=<UNKNOWN>",
	  SPF_MAILFROM, SPF_FAIL, DECISION_REJECT, "b.example", "", false },
	{ ": 550 5.7.24 Message rejected due to: SPF Permanent Error: Too many DNS lookups. Please see "
	  "http://www.openspf.net/Why?s=helo;id=h.example;ip=192.0.2.5;r=<UNKNOWN>",
	  SPF_HELO, SPF_PERMERROR, DECISION_REJECT, "h.example", "", false },
	{ ": defer_if_permit 4.7.24 Message deferred due to: SPF Temporary Error: DNS Timeout. Please see "
	  "http://www.openspf.net/Why?s=mfrom;id=a@b.example;ip=192.0.2.5;r=d",
	  SPF_MAILFROM, SPF_TEMPERROR, DECISION_DEFER, "b.example", "", false },
	/* postfix-policyd-spf-perl's. */
	{ "Policy action=PREPEND Received-SPF: pass (b.example: 192.0.2.5 is authorized to use 'x; identity=helo@b.example' "
	  "in 'mfrom' identity (mechanism 'mx' matched)) receiver=mx; identity=mailfrom; "
	  "envelope-from=\"a@b.example\"; helo=h.example; client-ip=192.0.2.5",
	  SPF_MAILFROM, SPF_PASS, DECISION_PREPEND, "b.example", "", false },
	{ "Policy action=550 Please see http://www.openspf.org/Why?s=mfrom;id=a%40b.example;ip=192.0.2.5;r=mx",
	  SPF_MAILFROM, SPF_FAIL, DECISION_REJECT, "b.example", "", false },
};

static const struct {
	const char *line, *why;
	enum decision_verb verb;
} not_judged[] = {
	{ "decided action=dunno SPF not checked for authenticated client - " ENVELOPE
	  "; action=dunno; ms=0",
	  "SPF not checked for authenticated client", DECISION_DUNNO },
	{ "decided action=prepend X-Comment: SPF check N/A for local connections - " ENVELOPE
	  "; action=prepend; ms=0",
	  "SPF check N/A for local connections", DECISION_PREPEND },
	{ ": prepend X-Comment: SPF check N/A for local connections - " ENVELOPE,
	  "SPF check N/A for local connections", DECISION_PREPEND },
	{ "Policy action=PREPEND Authentication-Results: mx; none (SPF not checked for localhost)",
	  "SPF not checked for localhost", DECISION_PREPEND },
};

static const char *const others[] = {
	"",
	": ",
	"Starting",
	"warning: dns: no answer",
	"Pass; identity=mailfrom; " ENVELOPE, /* policyd-spf's detail; its decision follows */
	"Fail; identity=mailfrom; " ENVELOPE "; action=explode; ms=1",
	"Passed; identity=mailfrom; " ENVELOPE "; action=prepend",
	"Policy action=DUNNO",
	"spfcheck: pyspf result: \"['Pass', 'sender SPF authorized', 'helo']\"",
	"decided action=perhaps x - y",
	"prepend Received-SPF: ",
	"550",
};

static void test_judged(void **state)
{
	struct logged_decision d;

	(void)state;
	for (size_t i = 0; i < sizeof(judged) / sizeof(*judged); i++) {
		struct arena *arena = arena_create();

		assert_true(logged_decision_parse(span_of(judged[i].line), arena, &d));
		assert_true(d.judged);
		assert_int_equal(d.identity, judged[i].identity);
		assert_int_equal(d.result, judged[i].result);
		assert_int_equal(d.verb, judged[i].verb);
		assert_int_equal(d.would, judged[i].would);
		assert_true(span_is(d.domain, judged[i].domain));
		assert_true(span_is(d.problem, judged[i].problem));
		assert_true(span_is(d.envelope.client_text, "192.0.2.5"));
		assert_int_equal(d.envelope.client.family, AF_INET);
		arena_destroy(arena);
	}
}

static void test_not_judged(void **state)
{
	struct logged_decision d;

	(void)state;
	for (size_t i = 0; i < sizeof(not_judged) / sizeof(*not_judged); i++) {
		struct arena *arena = arena_create();

		assert_true(logged_decision_parse(span_of(not_judged[i].line), arena, &d));
		assert_false(d.judged);
		assert_int_equal(d.verb, not_judged[i].verb);
		assert_true(span_is(d.why, not_judged[i].why));
		arena_destroy(arena);
	}
}

static void test_others(void **state)
{
	struct logged_decision d;

	(void)state;
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++) {
		struct arena *arena = arena_create();

		assert_false(logged_decision_parse(span_of(others[i]), arena, &d));
		arena_destroy(arena);
	}
}

static void test_cut(void **state)
{
	struct arena *arena = arena_create();
	struct logged_decision d;

	(void)state;
	assert_true(logged_decision_parse(
		span_of("prepend Received-SPF: Pass (mailfrom) identity=mailfrom; client-ip=192.0.2.5; "
			"helo=h.example; envelope-from=a@b.exam"),
		arena, &d));
	assert_int_equal(d.result, SPF_PASS);
	assert_int_equal(d.envelope.client.family, AF_UNSPEC);
	assert_int_equal(d.domain.length, 0);
	arena_destroy(arena);
}

static void test_results(void **state)
{
	static const char *const none[] = {
		"Fail; identity=mailfrom; client-ip=192.0.2.5; helo=h; envelope-from=a@b.exam",
		"Fail; identity=mailfrom; client-ip=192.0.2.5; helo=h; envelope-from=a@b.example; receiver=",
		"Fail; identity=mailfrom; client-ip=192.0.2.5; helo=h; envelope-from=a@b.example; receiver=d; action=x",
		"Fail; identity=mailfrom; client-ip=unknown; helo=h; envelope-from=a@b.example; receiver=d",
		"Failed; identity=mailfrom; client-ip=192.0.2.5; helo=h; envelope-from=a@b.example; receiver=d",
	};
	struct arena *arena = arena_create();
	struct logged_decision d;

	(void)state;
	assert_true(
		logged_result_parse(span_of("Softfail; identity=helo; " ENVELOPE " "), arena, &d));
	assert_int_equal(d.identity, SPF_HELO);
	assert_int_equal(d.result, SPF_SOFTFAIL);
	assert_int_equal(d.verb, DECISION_DUNNO);
	assert_true(span_is(d.envelope.client_text, "192.0.2.5"));
	for (size_t i = 0; i < sizeof(none) / sizeof(*none); i++)
		assert_false(logged_result_parse(span_of(none[i]), arena, &d));
	arena_destroy(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cut),    cmocka_unit_test(test_results),
		cmocka_unit_test(test_judged), cmocka_unit_test(test_not_judged),
		cmocka_unit_test(test_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
