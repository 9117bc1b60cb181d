/* SPDX-License-Identifier: MIT */
/* Lines of syslog daemons and journald: stamp, name and message, and times that people write. */
#include "maillog/log_record.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

enum { NOW = 1795863600 }; /* 2026-11-28 11:00:00 UTC */

static const struct {
	const char *line, *ident, *message;
	time_t time;
} rows[] = {
	{ "Nov 23 09:14:07 mx policyd-spf[100]: Fail; identity=helo", "policyd-spf",
	  "Fail; identity=helo", 1795425247 },
	{ "Nov  3 09:14:07 mx postfix/policyd-spf[100]: x: y", "postfix/policyd-spf", "x: y",
	  1793697247 },
	{ "Nov 28 23:59:59 mx a: tomorrow at most", "a", "tomorrow at most", 1795910399 },
	{ "Dec 31 23:59:59 mx a[1]: of last year", "a", "of last year", 1767225599 },
	{ "2026-11-23T09:14:07.123456+01:00 mx a[1]: x", "a", "x", 1795421647 },
	{ "2026-11-23T09:14:07+0100 mx a[1]: x", "a", "x", 1795421647 },
	{ "2026-11-23T09:14:07Z mx a[1]: x\r", "a", "x", 1795425247 },
	{ "2026-11-23 09:14:07,5 mx a[1]: x", "a", "x", 1795425247 },
	{ "Nov 23 09:14:07.123456 mx a[1]: x", "a", "x", 1795425247 },
	{ "Mon 2026-11-23 09:14:07 UTC mx a[1]: x", "a", "x", 1795425247 },
	{ "Mon 2026-11-23 09:14:07.5 XST mx a[1]: x", "a", "x", 1795425247 },
	{ "1795425247.123456 mx a[1]: x", "a", "x", 1795425247 },
	{ "{\"__REALTIME_TIMESTAMP\":\"1795425247123456\",\"SYSLOG_IDENTIFIER\":\"a\",\"_PID\":\"7\","
	  "\"MESSAGE\":\"x \\\"y\\\" \\\\ \\u00e9 \\t.\",\"N\":[1,{\"MESSAGE\":\"no\"},null]}",
	  "a", "x \"y\" \\ \xc3\xa9 \t.", 1795425247 },
	{ "{ \"MESSAGE\" : \"x\" , \"SYSLOG_IDENTIFIER\" : \"a\" , \"__REALTIME_TIMESTAMP\" : \"1795425247000000\" }",
	  "a", "x", 1795425247 },
};

static const struct {
	const char *line, *ident, *message;
	unsigned times;
} repeated[] = {
	{ "Nov 23 09:14:07 mx a[1]: message repeated 3 times: [ Fail; x]", "a", "Fail; x", 3 },
	{ "Nov 23 09:14:07 mx last message repeated 4 times", "", "", 4 },
	{ "Nov 23 09:14:07 mx a[1]: message repeated 3 times: no", "a",
	  "message repeated 3 times: no", 1 },
	{ "Nov 23 09:14:07 mx a[1]: message repeated 4000000000 times: [ x]", "a",
	  "message repeated 4000000000 times: [ x]", 1 },
	{ "Nov 23 09:14:07 mx a[1]: last message repeated 4 times", "a",
	  "last message repeated 4 times", 1 },
};

/* What surrounds the line is taken off; of what it is about nothing changes. */
static const char *const surrounded[] = {
	"<22>Nov 23 09:14:07 mx a[1]: x: y",
	"Nov 23 09:14:07 a[1]: x: y",
	"Nov 23 09:14:07 mx mail.info a[1]: x: y",
	"Nov 23 09:14:07 <mail.info> mx a[1]: x: y",
	"Nov 23 09:14:07 [192.0.2.1] a[1]: x: y",
	"<22>1 2026-11-23T09:14:07.5Z mx a 7 - - x: y",
	"1 2026-11-23T09:14:07Z mx a 7 - [b@1 c=\"d\"] x: y",
	"mail-1  | Nov 23 09:14:07 mx a[1]: x: y",
	"2026-11-23T09:14:08.123456789Z Nov 23 09:14:07 mx a[1]: x: y",
	"2026-11-23T09:14:08.123456789Z stdout F Nov 23 09:14:07 mx a[1]: x: y",
	"{\"log\":\"Nov 23 09:14:07 mx a[1]: x: y\\n\",\"stream\":\"stdout\",\"time\":\"2026-11-23T09:14:08Z\"}",
};

static const char *const strangers[] = {
	"",
	"x",
	"Nov",
	"Nov 23",
	"Nov 23 09:14:07",
	"Nov 23 09:14:07 mx",
	"Nov 23 09:14:07 mx last message repeated x times",
	"Nov 23 09:14:07 mx last message repeated 3",
	"<22Nov 23 09:14:07 mx a[1]: x",
	"<22>1 2026-11-23T09:14:07Z mx a 7 -",
	"<22>1 2026-11-23T09:14:07Z mx a 7 - [b",
	"mail-1 | x",
	"2026-11-23T09:14:07Z stdout F x",
	"{\"log\":\"{\",\"stream\":\"stdout\"}",
	"{\"log\":7}",
	"Nov 32 09:14:07 mx a[1]: x",
	"Nov 23 24:14:07 mx a[1]: x",
	"Nox 23 09:14:07 mx a[1]: x",
	"2026-13-23T09:14:07Z mx a[1]: x",
	"2026-11-23T09:14:07+01: mx a[1]: x",
	"2026-11-23T09:14:07Z",
	"Mon 2026-11-23 09:14:07",
	"Mon 2026-11-23 09:14:07  mx a[1]: x",
	"Mon ",
	"1795425247",
	"17954252479 mx a[1]: x",
	"{\"MESSAGE\":\"x\"}",
	"{\"__REALTIME_TIMESTAMP\":\"1\",\"SYSLOG_IDENTIFIER\":\"a\",\"MESSAGE\":\"x\"}",
	"{\"__REALTIME_TIMESTAMP\":\"1795425247000000\",\"SYSLOG_IDENTIFIER\":\"a\",\"MESSAGE\":[120,121]}",
	"{\"__REALTIME_TIMESTAMP\":\"1795425247000000\",\"SYSLOG_IDENTIFIER\":\"a\",\"MESSAGE\":\"x",
	"{\"a\":[[[[",
	"{\"a\":]}",
	"{",
};

static void test_lines(void **state)
{
	struct log_record record;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct arena *arena = arena_create();

		assert_true(log_record_parse(span_of(rows[i].line), NOW, arena, &record));
		assert_true(span_is(record.ident, rows[i].ident));
		assert_true(span_is(record.message, rows[i].message));
		assert_int_equal(record.time, rows[i].time);
		arena_destroy(arena);
	}
}

static void test_repeated(void **state)
{
	struct log_record record;

	(void)state;
	for (size_t i = 0; i < sizeof(repeated) / sizeof(*repeated); i++) {
		struct arena *arena = arena_create();

		assert_true(log_record_parse(span_of(repeated[i].line), NOW, arena, &record));
		assert_true(span_is(record.ident, repeated[i].ident));
		assert_true(span_is(record.message, repeated[i].message));
		assert_int_equal(record.times, repeated[i].times);
		arena_destroy(arena);
	}
}

static void test_surrounded(void **state)
{
	static const char nuls[] = "\0\0Nov 23 09:14:07 mx a[1]: x: y";
	struct log_record record;

	(void)state;
	for (size_t i = 0; i <= sizeof(surrounded) / sizeof(*surrounded); i++) {
		struct arena *arena = arena_create();
		struct span line = i == 0 ? (struct span){ nuls, sizeof(nuls) - 1 } :
					    span_of(surrounded[i - 1]);

		assert_true(log_record_parse(line, NOW, arena, &record));
		assert_true(span_is(record.ident, "a"));
		assert_true(span_is(record.message, "x: y"));
		assert_int_equal(record.time, 1795425247);
		assert_int_equal(record.times, 1);
		arena_destroy(arena);
	}
}

static void test_strangers(void **state)
{
	struct log_record record;

	(void)state;
	for (size_t i = 0; i < sizeof(strangers) / sizeof(*strangers); i++) {
		struct arena *arena = arena_create();

		assert_false(log_record_parse(span_of(strangers[i]), NOW, arena, &record));
		arena_destroy(arena);
	}
}

static void test_times(void **state)
{
	static const struct {
		const char *text;
		time_t time;
	} times[] = {
		{ "2026-11-23", 1795392000 },
		{ "2026-11-23 09:14", 1795425240 },
		{ "2026-11-23T09:14:07", 1795425247 },
		{ "2026-11-23T09:14:07Z", 1795425247 },
		{ "2026-11-23 09:14+01:00", 1795421640 },
		{ "7d", NOW - 7 * 86400 },
		{ "12h", NOW - 12 * 3600 },
		{ "90m", NOW - 5400 },
	};
	static const char *const bad[] = { "",		"d",	   "7",		  "7w",
					   "yesterday", "2026-11", "2026-11-23x", "99999999999d" };
	time_t time;

	(void)state;
	for (size_t i = 0; i < sizeof(times) / sizeof(*times); i++) {
		assert_true(log_record_time(span_of(times[i].text), NOW, &time));
		assert_int_equal(time, times[i].time);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_false(log_record_time(span_of(bad[i]), NOW, &time));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),	   cmocka_unit_test(test_repeated),
		cmocka_unit_test(test_surrounded), cmocka_unit_test(test_strangers),
		cmocka_unit_test(test_times),
	};

	setenv("TZ", "UTC", 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
