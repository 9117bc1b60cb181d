/* SPDX-License-Identifier: MIT */
/* Pages: lines break at blanks and never pass the width; no byte of others reaches the terminal. */
#include "base/page.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

/* The lines joined by "|". */
static void assert_lines(const char *text, size_t width, bool raw, const char *want)
{
	struct span rest = span_of(text), line;
	char got[256] = "";

	while (page_next_line(&rest, width, raw, &line)) {
		assert_true(line.length > 0);
		snprintf(got + strlen(got), sizeof(got) - strlen(got), "%s%.*s", got[0] ? "|" : "",
			 (int)line.length, line.data);
	}
	assert_string_equal(got, want);
}

static void page_lines_break_at_blanks(void **state)
{
	(void)state;
	assert_lines("", 10, false, "");
	assert_lines("   ", 10, false, "");
	assert_lines("one two three", 13, false, "one two three");
	assert_lines("one two three", 12, false, "one two|three");
	assert_lines("one two three", 7, false, "one two|three");
	assert_lines("one two three", 6, false, "one|two|three");
	assert_lines("one   two", 5, false, "one|two");
	assert_lines("abcdefghijkl", 5, false, "abcde|fghij|kl");
	assert_lines("ab abcdefghijkl", 5, false, "ab|abcde|fghij|kl");
}

static void page_raw_bytes_take_the_columns_of_their_escapes(void **state)
{
	(void)state;
	assert_int_equal(page_columns(span_of("a\\\x7f\xff ")), 14);
	assert_lines("\x01\x02\x03", 8, true, "\x01\x02|\x03");
	assert_lines("\\\\\\", 8, true, "\\\\|\\");
	assert_lines("\\\\\\", 8, false, "\\\\\\");
}

static char *printed(void (*print)(struct page *page), bool colour)
{
	char *data = NULL;
	size_t size = 0;
	struct page page = { .width = 30, .colour = colour };

	page.out = open_memstream(&data, &size);
	assert_non_null(page.out);
	print(&page);
	fclose(page.out);
	return data;
}

static void print_hostile(struct page *page)
{
	static char zeros[700];

	memset(zeros, '\033', sizeof(zeros));
	page_bytes(page, PAGE_BAD, (struct span){ zeros, sizeof(zeros) });
	page_newline(page);
	page_paragraph(page, PAGE_STRONG, 4,
		       span_of("\033[2J \x9b"
			       "31m a\\b"));
}

static void page_prints_no_byte_of_others(void **state)
{
	char *text = printed(print_hostile, false);

	(void)state;
	for (const char *p = text; *p; p++)
		assert_true(*p == '\n' || (*p >= 0x20 && *p <= 0x7e));
	assert_int_equal(strspn(text, "\\x1b"), 4 * 700);
	assert_non_null(strstr(text, "\n    \\x1b[2J \\x9b31m a\\b\n"));
	free(text);
}

static void print_columns(struct page *page)
{
	page_string(page, PAGE_STRONG, "abc");
	page_tab(page, 6);
	page_string(page, PAGE_GOOD, "d");
	page_tab(page, 5);
	page_string(page, PAGE_PLAIN, "e");
	page_newline(page);
}

static void page_colours_take_no_columns(void **state)
{
	char *plain = printed(print_columns, false), *colour = printed(print_columns, true);

	(void)state;
	assert_string_equal(plain, "abc   d e\n");
	assert_string_equal(colour, "\033[1mabc\033[0m   \033[32md\033[0m e\n");
	free(plain);
	free(colour);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(page_lines_break_at_blanks),
		cmocka_unit_test(page_raw_bytes_take_the_columns_of_their_escapes),
		cmocka_unit_test(page_prints_no_byte_of_others),
		cmocka_unit_test(page_colours_take_no_columns),
	};

	return cmocka_run_group_tests_name("page", tests, NULL, NULL);
}
