/* SPDX-License-Identifier: MIT */
/* The tree: verdict of each term, what it counts, where the evaluation ends, which queries belong
 * to it. */
#include "trace_of.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>

#include "spf/result.h"
#include "base/text.h"

/* One line a term: mark, text, verdict, lookup and void numbers, queries ("!": not needed). */
static void draw_record(struct text *out, const struct trace_record *record, int depth)
{
	for (size_t i = 0; i < record->count; i++) {
		const struct trace_term *t = &record->terms[i];

		text_format(out, "%*s%s%.*s: %s", depth, "", t->decides ? "*" : "",
			    (int)t->term.text.length, t->term.text.data,
			    trace_verdict_name(t->verdict));
		if (t->lookup)
			text_format(out, " %u", t->lookup);
		if (t->void_lookup)
			text_format(out, " void %u", t->void_lookup);
		for (size_t j = 0; j < t->query_count; j++)
			text_format(out, " %s%s/%s", t->queries[j].needed ? "" : "!",
				    t->queries[j].name, dns_type_name(t->queries[j].type));
		if (t->note)
			text_format(out, " (%s)", t->note);
		text_char(out, '\n');
		if (t->record && t->record->reached)
			draw_record(out, t->record, depth + 1);
	}
}

static void assert_tree(const char *zone, const char *domain, enum spf_result result,
			const char *want)
{
	static char storage[16384];
	struct traced t;
	struct text text;

	trace_of(&t, zone, domain, result);
	text_init(&text, storage, sizeof(storage));
	draw_record(&text, t.trace->top, 0);
	assert_false(text.overflow);
	assert_string_equal(text.data, want);
	assert_int_equal(t.trace->top->result, result);
	trace_end(&t);
}

static void trace_first_match_decides_and_the_rest_is_not_reached(void **state)
{
	(void)state;
	assert_tree("x.example. TXT \"v=spf1 ip4:192.0.2.9 ip4:192.0.2.0/24 a -all\"\n",
		    "x.example", SPF_PASS,
		    "ip4:192.0.2.9: no match\n"
		    "*ip4:192.0.2.0/24: match\n"
		    "a: not reached\n"
		    "-all: not reached\n");
}

static void trace_counts_what_needs_dns(void **state)
{
	(void)state;
	assert_tree("x.example. TXT \"v=spf1 a exists:no.example a:h.example ~all\"\n"
		    "x.example. A 192.0.2.3\nh.example. A 192.0.2.4\n",
		    "x.example", SPF_SOFTFAIL,
		    "a: no match 1 x.example/A\n"
		    "exists:no.example: no match 2 void 1 no.example/A\n"
		    "a:h.example: no match 3 h.example/A\n"
		    "*~all: match\n");
}

static void trace_include_that_passes_is_on_the_path(void **state)
{
	(void)state;
	assert_tree("x.example. TXT \"v=spf1 include:f.example include:i.example -all\"\n"
		    "f.example. TXT \"v=spf1 -all\"\n"
		    "i.example. TXT \"v=spf1 ip4:192.0.2.1 -all\"\n",
		    "x.example", SPF_PASS,
		    "include:f.example: no match 1\n"
		    " -all: match\n"
		    "*include:i.example: match 2\n"
		    " *ip4:192.0.2.1: match\n"
		    " -all: not reached\n"
		    "-all: not reached\n");
}

static void trace_redirect_is_followed_when_nothing_matched(void **state)
{
	(void)state;
	assert_tree("x.example. TXT \"v=spf1 redirect=r.example ip4:192.0.2.9\"\n"
		    "r.example. TXT \"v=spf1 ?all\"\n",
		    "x.example", SPF_NEUTRAL,
		    "*redirect=r.example: used 1\n"
		    " *?all: match\n"
		    "ip4:192.0.2.9: no match\n");
	assert_tree("x.example. TXT \"v=spf1 redirect=r.example ip4:192.0.2.1\"\n"
		    "r.example. TXT \"v=spf1 ?all\"\n",
		    "x.example", SPF_PASS,
		    "redirect=r.example: not used\n"
		    "*ip4:192.0.2.1: match\n");
	assert_tree("x.example. TXT \"v=spf1 redirect=r.example\"\n", "x.example", SPF_PERMERROR,
		    "*redirect=r.example: permerror 1 (no SPF record there)\n");
}

static void trace_include_without_record_ends_the_check(void **state)
{
	(void)state;
	assert_tree("x.example. TXT \"v=spf1 include:i.example -all\"\ni.example. TXT \"hello\"\n",
		    "x.example", SPF_PERMERROR,
		    "*include:i.example: permerror 1 (no SPF record there)\n"
		    "-all: not reached\n");
}

static void trace_eleventh_lookup_is_one_too_many(void **state)
{
	(void)state;
	assert_tree("x.example. TXT \"v=spf1 a a a a a a a a a a a mx -all\"\nx.example. A "
		    "192.0.2.3\n",
		    "x.example", SPF_PERMERROR,
		    "a: no match 1 x.example/A\na: no match 2 x.example/A\na: no match 3 "
		    "x.example/A\n"
		    "a: no match 4 x.example/A\na: no match 5 x.example/A\na: no match 6 "
		    "x.example/A\n"
		    "a: no match 7 x.example/A\na: no match 8 x.example/A\na: no match 9 "
		    "x.example/A\n"
		    "a: no match 10 x.example/A\n"
		    "*a: permerror 11 (too many)\n"
		    "mx: not reached\n-all: not reached\n");
}

static void trace_third_void_lookup_is_one_too_many(void **state)
{
	(void)state;
	assert_tree("x.example. TXT \"v=spf1 a:p.example a:q.example a:r.example +all\"\n",
		    "x.example", SPF_PERMERROR,
		    "a:p.example: no match 1 void 1 p.example/A\n"
		    "a:q.example: no match 2 void 2 q.example/A\n"
		    "*a:r.example: permerror 3 void 3 r.example/A (too many)\n"
		    "+all: not reached\n");
}

static void trace_failed_answer_is_a_temperror(void **state)
{
	(void)state;
	assert_tree("x.example. TXT \"v=spf1 a:dead.example -all\"\ndead.example. FAIL\n",
		    "x.example", SPF_TEMPERROR,
		    "*a:dead.example: temperror 1 dead.example/A\n"
		    "-all: not reached\n");
}

static void trace_answer_that_did_not_come_is_a_temperror(void **state)
{
	(void)state;
	assert_tree("x.example. TXT \"v=spf1 a:silent.example -all\"\n", "x.example", SPF_TEMPERROR,
		    "*a:silent.example: temperror 1 silent.example/A\n"
		    "-all: not reached\n");
	assert_tree("x.example. TXT \"v=spf1 redirect=silent.example\"\n", "x.example",
		    SPF_TEMPERROR, "*redirect=silent.example: used 1\n");
	/* A name of the client that cannot be confirmed is none (section 5.5). */
	assert_tree("x.example. TXT \"v=spf1 exists:%{p}.i.example -all exp=%{p}.e.example\"\n"
		    "1.2.0.192.in-addr.arpa. PTR silent.x.example.\n"
		    "unknown.i.example. A 192.0.2.3\n",
		    "x.example", SPF_PASS,
		    "*exists:%{p}.i.example: match 1 1.2.0.192.in-addr.arpa/PTR silent.x.example/A "
		    "unknown.i.example/A\n"
		    "-all: not reached\n"
		    "exp=%{p}.e.example: not used\n");
}

/* 11 queries for %{p} that no term pays for: the 80 are used up at the seventh mx. */
static void trace_limit_on_queries_is_no_answer(void **state)
{
	static char storage[16384];
	struct traced t;
	struct text zone;

	(void)state;
	text_init(&zone, storage, sizeof(storage));
	text_string(&zone, "x.example. TXT \"v=spf1 a:%{p}.x.example");
	for (int i = 0; i < 9; i++)
		text_format(&zone, " mx:m%d.example", i);
	text_string(&zone, " -all\"\nunknown.x.example. A 192.0.2.7\n");
	for (int i = 0; i < 9; i++)
		for (int j = 0; j < 10; j++)
			text_format(
				&zone,
				"m%d.example. MX 1 h%d%d.example.\nh%d%d.example. A 192.0.2.7\n", i,
				i, j, i, j);
	assert_false(zone.overflow);
	trace_of(&t, storage, "x.example", SPF_PERMERROR);
	assert_false(t.trace->whole);
	assert_int_equal(t.evaluation.counted_count, EVALUATION_QUERIES_P_MAX);
	assert_int_equal(t.trace->top->terms[8].verdict, TRACE_PERMERROR);
	assert_string_equal(t.trace->top->terms[8].note, "no answer");
	assert_int_equal(t.trace->top->terms[9].verdict, TRACE_NOT_REACHED);
	trace_end(&t);
}

static void trace_hosts_behind_the_matching_one_are_not_needed(void **state)
{
	(void)state;
	assert_tree("x.example. TXT \"v=spf1 mx -all\"\nx.example. MX 5 a.example\nx.example. MX 6 "
		    "b.example\n"
		    "a.example. A 192.0.2.1\nb.example. A 192.0.2.2\n",
		    "x.example", SPF_PASS,
		    "*mx: match 1 x.example/MX a.example/A\n"
		    "-all: not reached\n");
	assert_tree("x.example. TXT \"v=spf1 a:b.example mx -all\"\nx.example. MX 5 a.example\n"
		    "x.example. MX 6 b.example\na.example. A 192.0.2.1\nb.example. A 192.0.2.2\n",
		    "x.example", SPF_PASS,
		    "a:b.example: no match 1 b.example/A\n"
		    "*mx: match 2 x.example/MX a.example/A !b.example/A\n"
		    "-all: not reached\n");
}

static void trace_names_of_the_client_are_queries_of_the_term(void **state)
{
	(void)state;
	assert_tree("x.example. TXT \"v=spf1 ptr:y.example ptr -all\"\n"
		    "1.2.0.192.in-addr.arpa. PTR h.x.example.\nh.x.example. A 192.0.2.1\n",
		    "x.example", SPF_PASS,
		    "ptr:y.example: no match 1 1.2.0.192.in-addr.arpa/PTR h.x.example/A\n"
		    "*ptr: match 2 1.2.0.192.in-addr.arpa/PTR h.x.example/A\n"
		    "-all: not reached\n");
}

static void trace_record_that_includes_itself_ends(void **state)
{
	struct traced t;
	const struct trace_record *record;
	unsigned depth = 0;

	(void)state;
	trace_of(&t, "x.example. TXT \"v=spf1 include:x.example include:x.example -all\"\n",
		 "x.example", SPF_PERMERROR);
	for (record = t.trace->top; record; record = record->terms[0].record)
		depth++;
	assert_int_equal(depth, 11);
	assert_true(t.trace->whole);
	trace_end(&t);
}

static void trace_error_has_its_place(void **state)
{
	struct traced t;

	(void)state;
	trace_of(&t, "x.example. TXT \"v=spf1 a ip4:192.0.2.256 -all\"\n", "x.example",
		 SPF_PERMERROR);
	assert_int_equal(t.trace->top->status, PARSED_PERMERROR);
	assert_int_equal(t.trace->top->count, 0);
	assert_memory_equal(t.trace->top->text.data + t.trace->top->error.offset, "192.0.2.256",
			    11);
	trace_end(&t);
}

static void trace_query_is_shown_once(void **state)
{
	struct traced t;

	(void)state;
	trace_of(&t, "x.example. TXT \"v=spf1 a a -all\"\nx.example. A 192.0.2.3\n", "x.example",
		 SPF_FAIL);
	assert_int_equal(t.trace->top->terms[0].queries[0].source, TRACE_DNS);
	assert_int_equal(t.trace->top->terms[0].queries[0].elapsed_ms, 7);
	assert_int_equal(t.trace->top->terms[1].queries[0].source, TRACE_ABOVE);
	trace_end(&t);
}

static void trace_cost_is_that_of_a_client_that_nothing_matches(void **state)
{
	struct traced t;

	(void)state;
	trace_of(&t, "x.example. TXT \"v=spf1 ip4:192.0.2.1 a mx include:i.example -all\"\n",
		 "x.example", SPF_PASS);
	assert_int_equal(t.trace->cost, 3);
	trace_end(&t);
	trace_of(&t, "x.example. TXT \"v=spf1 a:h.example -all a mx\"\nh.example. A 192.0.2.1\n",
		 "x.example", SPF_PASS);
	assert_int_equal(t.trace->cost, 1);
	trace_end(&t);
	trace_of(&t, "x.example. TXT \"v=spf1 ip4:192.0.2.1 redirect=r.example\"\n", "x.example",
		 SPF_PASS);
	assert_int_equal(t.trace->cost, 1);
	trace_end(&t);
}

static void trace_explanation_belongs_to_a_fail(void **state)
{
	(void)state;
	assert_tree("x.example. TXT \"v=spf1 -all exp=e.example\"\ne.example. TXT \"no\"\n",
		    "x.example", SPF_FAIL,
		    "*-all: match\n"
		    "exp=e.example: used e.example/TXT (no text that can be used)\n");
	assert_tree("x.example. TXT \"v=spf1 ~all exp=e.example\"\ne.example. TXT \"no\"\n",
		    "x.example", SPF_SOFTFAIL,
		    "*~all: match\n"
		    "exp=e.example: not used\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(trace_first_match_decides_and_the_rest_is_not_reached),
		cmocka_unit_test(trace_counts_what_needs_dns),
		cmocka_unit_test(trace_include_that_passes_is_on_the_path),
		cmocka_unit_test(trace_redirect_is_followed_when_nothing_matched),
		cmocka_unit_test(trace_include_without_record_ends_the_check),
		cmocka_unit_test(trace_eleventh_lookup_is_one_too_many),
		cmocka_unit_test(trace_third_void_lookup_is_one_too_many),
		cmocka_unit_test(trace_failed_answer_is_a_temperror),
		cmocka_unit_test(trace_answer_that_did_not_come_is_a_temperror),
		cmocka_unit_test(trace_limit_on_queries_is_no_answer),
		cmocka_unit_test(trace_hosts_behind_the_matching_one_are_not_needed),
		cmocka_unit_test(trace_names_of_the_client_are_queries_of_the_term),
		cmocka_unit_test(trace_record_that_includes_itself_ends),
		cmocka_unit_test(trace_error_has_its_place),
		cmocka_unit_test(trace_query_is_shown_once),
		cmocka_unit_test(trace_cost_is_that_of_a_client_that_nothing_matches),
		cmocka_unit_test(trace_explanation_belongs_to_a_fail),
	};

	return cmocka_run_group_tests_name("trace", tests, NULL, NULL);
}
