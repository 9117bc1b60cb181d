/* SPDX-License-Identifier: MIT */
/*
 * The syntax of a setting: blanks, comments, quotes, and settings side by side in the Per_User
 * file.
 */
#include "config/config_line.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

static void assert_span(struct span got, const char *want)
{
	if (!span_equal(got, span_of(want)))
		fail_msg("want \"%s\", got \"%.*s\"", want, (int)got.length, got.data);
}

static void line_read_gives_name_and_value(void **state)
{
	static const struct {
		enum config_line_style style;
		const char *text, *name, *value;
	} rows[] = {
		{ CONFIG_LINE_FILE, "a=b", "a", "b" },
		{ CONFIG_LINE_FILE, " \ta  = \v b c\f\r", "a", "b c" },
		{ CONFIG_LINE_FILE, "a = b=c", "a", "b=c" },
		{ CONFIG_LINE_FILE, "a =", "a", "" },
		{ CONFIG_LINE_FILE, "a = # nothing", "a", "" },
		{ CONFIG_LINE_FILE, "a = b # c = d", "a", "b" },
		{ CONFIG_LINE_FILE, "a = b#c", "a", "b" },
		{ CONFIG_LINE_FILE, "a = b|c = d", "a", "b|c = d" },
		{ CONFIG_LINE_FILE, "a = b \"c\"", "a", "b \"c\"" },
		{ CONFIG_LINE_FILE, "a = \" b#c \" # d", "a", " b#c " },
		{ CONFIG_LINE_FILE, "a = \"\"", "a", "" },
		{ CONFIG_LINE_FILE, "a = \"b\\\"c\\\\d\\e\"", "a", "b\"c\\d\\e" },
		{ CONFIG_LINE_FILE, "a = \"b=c|d\"", "a", "b=c|d" },
		{ CONFIG_LINE_ARGUMENT, "a = b#c", "a", "b#c" },
		{ CONFIG_LINE_ARGUMENT, "a = \"b#c\"", "a", "b#c" },
		{ CONFIG_LINE_ARGUMENT, "#a = b", "#a", "b" },
		{ CONFIG_LINE_FILE, "", "", "" },
		{ CONFIG_LINE_FILE, " \t\r", "", "" },
		{ CONFIG_LINE_FILE, "# a = b", "", "" },
		{ CONFIG_LINE_FILE, "  # a", "", "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char *text = strdup(rows[i].text), *cursor = text, *end = text + strlen(text);
		struct config_line line;

		assert_null(config_line_read(rows[i].style, &cursor, end, &line));
		assert_span(line.name, rows[i].name);
		assert_span(line.value, rows[i].value);
		assert_ptr_equal(cursor, end);
		free(text);
	}
}

static void line_read_tells_what_is_wrong(void **state)
{
	static const struct {
		const char *text, *name, *why;
	} rows[] = {
		{ "a", "a", "\"=\" is missing" },
		{ "a # b = c", "a", "\"=\" is missing" },
		{ "\t::1,", "::1,", "a value stands on one line" },
		{ "= b", "", "the name" },
		{ "a = \"b", "a", "closing quote is missing" },
		{ "a = \"b\\\"", "a", "closing quote is missing" },
		{ "a = \"", "a", "closing quote is missing" },
		{ "a = \"b\" c", "a", "after the closing quote" },
		{ "a = \"b\"\"c\"", "a", "after the closing quote" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char *text = strdup(rows[i].text), *cursor = text, *end = text + strlen(text);
		struct config_line line;
		const char *got = config_line_read(CONFIG_LINE_FILE, &cursor, end, &line);

		if (!got || !strstr(got, rows[i].why))
			fail_msg("%s: want \"%s\", got \"%s\"", rows[i].text, rows[i].why,
				 got ? got : "");
		assert_span(line.name, rows[i].name);
		assert_ptr_equal(cursor, end);
		free(text);
	}
}

static void line_read_takes_user_settings_one_by_one(void **state)
{
	static const struct {
		const char *name, *value;
	} want[] = { { "a", "b" }, { "c", "d|e#f" }, { "", "" }, { "g", "h=i" } };
	char text[] = "a=b|c = \"d|e#f\" || g=h=i # |j=k";
	char *cursor = text, *end = text + strlen(text);
	struct config_line line;

	(void)state;
	for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
		assert_null(config_line_read(CONFIG_LINE_USER, &cursor, end, &line));
		assert_span(line.name, want[i].name);
		assert_span(line.value, want[i].value);
	}
	assert_ptr_equal(cursor, end);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(line_read_gives_name_and_value),
		cmocka_unit_test(line_read_tells_what_is_wrong),
		cmocka_unit_test(line_read_takes_user_settings_one_by_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
