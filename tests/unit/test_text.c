/* SPDX-License-Identifier: MIT */
/* The bounded text builder: what fits, what does not, and what unknown bytes become. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/text.h"

static void assert_text(const struct text *text, const char *expected)
{
	assert_string_equal(text->data, expected);
	assert_int_equal(text->length, strlen(expected));
}

static void text_appends_and_stays_terminated(void **state)
{
	char storage[32];
	struct text text;

	(void)state;
	text_init(&text, storage, sizeof(storage));
	assert_text(&text, "");
	text_string(&text, "a");
	text_char(&text, 'b');
	text_add(&text, (struct span){ "cde", 2 });
	text_add(&text, (struct span){ NULL, 0 });
	text_format(&text, "%d%s", 42, "%s");
	assert_text(&text, "abcd42%s");
	assert_false(text.overflow);
	assert_int_equal(text_span(&text).length, 8);
	assert_ptr_equal(text_span(&text).data, storage);
	text_reset(&text);
	assert_text(&text, "");
}

static void text_that_does_not_fit_is_not_stored_in_part(void **state)
{
	char storage[6];
	struct text text;

	(void)state;
	text_init(&text, storage, sizeof(storage));
	text_string(&text, "12345");
	assert_false(text.overflow);
	text_char(&text, '6');
	assert_true(text.overflow);
	assert_text(&text, "12345");

	text_reset(&text);
	assert_false(text.overflow);
	text_string(&text, "123");
	text_string(&text, "456");
	assert_true(text.overflow);
	assert_text(&text, "123");
	text_string(&text, "45");
	assert_text(&text, "12345");
	assert_true(text.overflow);

	text_reset(&text);
	text_format(&text, "%s", "123456");
	assert_true(text.overflow);
	assert_text(&text, "");
	text_reset(&text);
	text_format(&text, "%s", "12345");
	assert_false(text.overflow);
	assert_text(&text, "12345");
	text_format(&text, "%d", 6);
	assert_true(text.overflow);
	assert_text(&text, "12345");
}

static void text_of_one_byte_holds_nothing(void **state)
{
	char storage[1];
	struct text text;

	(void)state;
	text_init(&text, storage, sizeof(storage));
	text_printable(&text, span_of("x"), 8);
	assert_true(text.overflow);
	text_char(&text, 'x');
	text_format(&text, "x");
	assert_text(&text, "");
}

static void text_printable_escapes_and_cuts(void **state)
{
	static const struct {
		const char *bytes;
		size_t length, max;
		const char *expected;
	} rows[] = {
		{ "", 0, 8, "" },
		{ "plain ~text", 11, 64, "plain ~text" },
		{ "\0\n\r\x1b\x7f", 5, 64, "\\x00\\x0a\\x0d\\x1b\\x7f" },
		{ "\xc3\xa4\xff", 3, 64, "\\xc3\\xa4\\xff" },
		{ "a\\x0a", 5, 64, "a\\x5cx0a" },
		{ "%s%n", 4, 64, "%s%n" },
		{ "12345678", 8, 8, "12345678" },
		{ "123456789", 9, 8, "12345..." },
		{ "1234\n", 5, 8, "1234\\x0a" },
		{ "1234\n6", 6, 8, "1234..." },
		{ "12\n3456", 7, 8, "12..." },
		{ "1\n3456", 6, 8, "1\\x0a..." },
		{ "\n\n\n", 3, 8, "\\x0a..." },
	};
	char storage[64];
	struct text text;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		text_init(&text, storage, sizeof(storage));
		text_printable(&text, (struct span){ rows[i].bytes, rows[i].length }, rows[i].max);
		assert_text(&text, rows[i].expected);
		assert_false(text.overflow);
		assert_true(text.length <= rows[i].max);
	}
}

static void text_escape_takes_other_characters(void **state)
{
	char storage[64];
	struct text text;

	(void)state;
	text_init(&text, storage, sizeof(storage));
	text_escape(&text, span_of("a;b\\c\n"), ";", 64);
	assert_text(&text, "a\\x3bb\\c\\x0a");
	/* The terminator of `special` is not one of its characters. */
	text_reset(&text);
	text_escape(&text, (struct span){ "\0", 1 }, "", 64);
	assert_text(&text, "\\x00");
}

static void text_printable_past_the_end_stores_nothing(void **state)
{
	char storage[12];
	struct text text;

	(void)state;
	text_init(&text, storage, sizeof(storage));
	text_string(&text, "1234567");
	text_printable(&text, span_of("abcde"), 64);
	assert_true(text.overflow);
	assert_text(&text, "1234567");
	/* The dots do not fit either. */
	text_reset(&text);
	text_string(&text, "123456789");
	text_printable(&text, span_of("\n\n\n"), 8);
	assert_true(text.overflow);
	assert_text(&text, "123456789");
	/* An earlier overflow stays. */
	text_printable(&text, span_of("a"), 8);
	assert_true(text.overflow);
	assert_text(&text, "123456789a");
}

static void text_printable_reads_no_more_of_a_long_piece_than_it_shows(void **state)
{
	char storage[64];
	struct text text;

	(void)state;
	text_init(&text, storage, sizeof(storage));
	/* Far more than there is behind the pointer: a sanitizer or a page fault would tell. */
	text_printable(&text, (struct span){ "0123456789abcdef", SIZE_MAX }, 12);
	assert_text(&text, "012345678...");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_appends_and_stays_terminated),
		cmocka_unit_test(text_that_does_not_fit_is_not_stored_in_part),
		cmocka_unit_test(text_of_one_byte_holds_nothing),
		cmocka_unit_test(text_printable_escapes_and_cuts),
		cmocka_unit_test(text_escape_takes_other_characters),
		cmocka_unit_test(text_printable_past_the_end_stores_nothing),
		cmocka_unit_test(text_printable_reads_no_more_of_a_long_piece_than_it_shows),
	};

	return cmocka_run_group_tests_name("text", tests, NULL, NULL);
}
