/* SPDX-License-Identifier: MIT */
/* Advice: each weakness of a record is named, once, under its owner's name; a sound record gets
 * none. */
#include "trace_of.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>

#include "check/advice.h"
#include "base/text.h"

/* "code@domain" of each advice, joined by blanks. */
static void assert_advice(const char *zone, enum spf_result result, const char *want)
{
	static char storage[4096];
	struct advice_list list = { .count = 0 };
	struct traced t;
	struct text text;

	trace_of(&t, zone, "x.example", result);
	list.arena = t.arena;
	advice_collect(&list, t.trace);
	advice_collect(&list, t.trace);
	text_init(&text, storage, sizeof(storage));
	for (size_t i = 0; i < list.count; i++)
		text_format(&text, "%s%s@%s", i ? " " : "", list.items[i].code,
			    list.items[i].domain);
	assert_string_equal(text.data, want);
	trace_end(&t);
}

static void advice_sound_record_gets_none(void **state)
{
	(void)state;
	assert_advice("x.example. TXT \"v=spf1 mx ip4:192.0.2.0/24 include:i.example -all\"\n"
		      "x.example. MX 1 m.example\nm.example. A 192.0.2.7\n",
		      SPF_PASS, "");
	assert_advice("x.example. TXT \"v=spf1 redirect=r.example\"\n"
		      "r.example. TXT \"v=spf1 exists:%{i}.e.example ~all ra=postmaster\"\n",
		      SPF_SOFTFAIL, "");
}

static void advice_names_what_lets_everybody_pass(void **state)
{
	(void)state;
	assert_advice("x.example. TXT \"v=spf1 +all\"\n", SPF_PASS, "plus-all@x.example");
	assert_advice("x.example. TXT \"v=spf1 all\"\n", SPF_PASS, "plus-all@x.example");
	assert_advice("x.example. TXT \"v=spf1 ip4:0.0.0.0/0 -all\"\n", SPF_PASS,
		      "wide-network@x.example");
	assert_advice("x.example. TXT \"v=spf1 -ip4:0.0.0.0/0 -all\"\n", SPF_FAIL, "");
	assert_advice("x.example. TXT \"v=spf1 ip4:192.0.0.0/9 -all\"\n", SPF_PASS, "");
	assert_advice("x.example. TXT \"v=spf1 a/0 -all\"\nx.example. A 198.51.100.1\n", SPF_PASS,
		      "wide-network@x.example");
	assert_advice("x.example. TXT \"v=spf1 include:i.example -all\"\ni.example. TXT \"v=spf1 "
		      "+all\"\n",
		      SPF_PASS, "plus-all@i.example");
}

static void advice_names_ends_that_say_nothing(void **state)
{
	(void)state;
	assert_advice("x.example. TXT \"v=spf1 ip4:192.0.2.9\"\n", SPF_NEUTRAL, "no-all@x.example");
	assert_advice("x.example. TXT \"v=spf1 ?all\"\n", SPF_NEUTRAL, "neutral-all@x.example");
	assert_advice("x.example. TXT \"v=spf1 include:i.example -all\"\ni.example. TXT \"v=spf1 "
		      "?all\"\n",
		      SPF_FAIL, "");
	assert_advice("x.example. TXT \"v=spf1 -all ip4:192.0.2.1\"\n", SPF_FAIL,
		      "after-all@x.example");
	assert_advice("x.example. TXT \"v=spf1 redirect=r.example -all\"\n", SPF_FAIL,
		      "after-all@x.example");
}

static void advice_names_what_costs(void **state)
{
	(void)state;
	assert_advice("x.example. TXT \"v=spf1 ptr -all\"\n", SPF_FAIL, "ptr@x.example");
	assert_advice("x.example. TXT \"v=spf1 exists:%{p}.e.example -all\"\n", SPF_FAIL,
		      "macro-p@x.example");
	assert_advice("x.example. TXT \"v=spf1 a:no.example -all\"\n", SPF_FAIL,
		      "void-lookup@x.example");
	assert_advice("x.example. TXT \"v=spf1 a a -all\"\nx.example. A 192.0.2.2\n", SPF_FAIL,
		      "repeated@x.example");
}

static void advice_counts_lookups(void **state)
{
	(void)state;
	assert_advice("x.example. TXT \"v=spf1 ip4:192.0.2.1 a:1.x.example a:2.x.example "
		      "a:3.x.example "
		      "a:4.x.example a:5.x.example a:6.x.example a:7.x.example -all\"\n",
		      SPF_PASS, "");
	assert_advice("x.example. TXT \"v=spf1 ip4:192.0.2.1 a:1.x.example a:2.x.example "
		      "a:3.x.example "
		      "a:4.x.example a:5.x.example a:6.x.example a:7.x.example a:8.x.example "
		      "-all\"\n",
		      SPF_PASS, "lookups@x.example");
	assert_advice("x.example. TXT \"v=spf1 include:x.example -all\"\n", SPF_PERMERROR,
		      "lookups@x.example");
}

static void advice_names_errors(void **state)
{
	(void)state;
	assert_advice("x.example. TXT \"v=spf1 ip4:1.2.3 -all\"\n", SPF_PERMERROR,
		      "syntax@x.example");
	assert_advice("x.example. TXT \"v=spf1 a -all\"\nx.example. TXT \"v=spf1 -all\"\n",
		      SPF_PERMERROR, "records@x.example");
	assert_advice("x.example. TXT \"v=spf1 include:i.example -all\"\n", SPF_PERMERROR,
		      "no-record-there@x.example");
	assert_advice("x.example. TXT \"v=spf1 ip4=192.0.2.1 -all\"\n", SPF_FAIL,
		      "unknown-modifier@x.example");
	assert_advice("x.example. TXT \"v=spf1 -all exp=e.example\"\n", SPF_FAIL,
		      "explanation@x.example");
}

static void advice_names_absence(void **state)
{
	(void)state;
	assert_advice("x.example. A 192.0.2.1\n", SPF_NONE, "no-record@x.example");
	assert_advice("y.example. A 192.0.2.1\n", SPF_NONE, "no-domain@x.example");
}

/* A blank lost between two strings of one record is told as such. */
static void advice_sees_strings_joined_without_blank(void **state)
{
	static const struct {
		const char *zone;
		bool glued;
	} rows[] = {
		{ "x.example. TXT \"v=spf1 ip4:192.0.2.1\" \"-all\"\n", true },
		{ "x.example. TXT \"v=spf1 ip4:192.0.2.1\" \"include:y.example -all\"\n", true },
		{ "x.example. TXT \"v=spf1 ip4:192.0.2.256 -all\"\n", false },
		{ "x.example. TXT \"v=spf1 foo -all\"\n", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct advice_list list = { .count = 0 };
		struct traced t;

		trace_of(&t, rows[i].zone, "x.example", SPF_PERMERROR);
		list.arena = t.arena;
		advice_collect(&list, t.trace);
		assert_int_equal(list.count, 1);
		assert_string_equal(list.items[0].code, "syntax");
		assert_int_equal(strstr(list.items[0].text, "joined without") != NULL,
				 rows[i].glued);
		trace_end(&t);
	}
}

static void advice_names_long_records(void **state)
{
	char zone[1024] = "x.example. TXT \"v=spf1";

	(void)state;
	for (int i = 100; i < 128; i++)
		snprintf(zone + strlen(zone), sizeof(zone) - strlen(zone), "%s ip4:198.51.100.%d",
			 i % 12 == 0 ? "\" \"" : "", i);
	strcat(zone, " -all\"\n");
	assert_advice(zone, SPF_FAIL, "long-record@x.example");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(advice_sound_record_gets_none),
		cmocka_unit_test(advice_names_what_lets_everybody_pass),
		cmocka_unit_test(advice_names_ends_that_say_nothing),
		cmocka_unit_test(advice_names_what_costs),
		cmocka_unit_test(advice_counts_lookups),
		cmocka_unit_test(advice_names_errors),
		cmocka_unit_test(advice_names_absence),
		cmocka_unit_test(advice_sees_strings_joined_without_blank),
		cmocka_unit_test(advice_names_long_records),
	};

	return cmocka_run_group_tests_name("advice", tests, NULL, NULL);
}
