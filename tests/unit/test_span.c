/* SPDX-License-Identifier: MIT */
/* Spans: cutting, finding and comparing bytes, empty spans and NULs among them. */
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/span.h"

static const struct span nothing = { NULL, 0 };

static void assert_span(struct span got, const char *want)
{
	assert_true(span_is(got, want));
}

static void cuts_at_any_place(void **state)
{
	struct span s = span_of("abc");

	(void)state;
	assert_span(span_take(s, 0), "");
	assert_span(span_take(s, 2), "ab");
	assert_span(span_skip(s, 2), "c");
	assert_span(span_skip(s, 3), "");
	assert_null(span_skip(nothing, 0).data);
	assert_span(span_between(s.data + 1, s.data + 3), "bc");
}

static void loses_one_byte_at_its_end(void **state)
{
	(void)state;
	assert_span(span_without_last(span_of("a.b.."), '.'), "a.b.");
	assert_span(span_without_last(span_of(".a"), '.'), ".a");
	assert_span(span_without_last(nothing, '.'), "");
}

static void becomes_a_c_string(void **state)
{
	char out[4] = "xyz";

	(void)state;
	assert_false(span_string(span_of("abcd"), out, sizeof(out)));
	assert_false(span_string((struct span){ "a\0b", 3 }, out, sizeof(out)));
	assert_string_equal(out, "xyz");
	assert_true(span_string(span_take(span_of("abcd"), 3), out, sizeof(out)));
	assert_string_equal(out, "abc");
	assert_true(span_string(nothing, out, sizeof(out)));
	assert_string_equal(out, "");
}

static void trims_both_ends(void **state)
{
	(void)state;
	assert_span(span_trim(span_of(" \ta b\t "), " \t"), "a b");
	assert_span(span_trim(span_of("a"), " "), "a");
	assert_span(span_trim(span_of("   "), " "), "");
	assert_span(span_trim(nothing, " "), "");
	/* NUL ends the set and is not one of it. */
	assert_int_equal(span_trim((struct span){ "\0a\0", 3 }, " ").length, 3);
}

static void words_end_at_separators(void **state)
{
	struct span rest = span_of(", a,b ,, c\td,");

	(void)state;
	assert_span(span_next(&rest, ", "), "a");
	assert_span(span_next(&rest, ", "), "b");
	assert_span(span_next(&rest, ", "), "c\td");
	assert_span(span_next(&rest, ", "), "");
	assert_span(span_next(&rest, ", "), "");
	assert_int_equal(rest.length, 0);
	rest = (struct span){ "a\0b c", 5 };
	assert_int_equal(span_next(&rest, " ").length, 3);
	rest = nothing;
	assert_span(span_next(&rest, " "), "");
}

static void lines_may_lack_the_last_newline(void **state)
{
	struct span rest = span_of("a\n\nb"), line;

	(void)state;
	assert_true(span_next_line(&rest, &line));
	assert_span(line, "a");
	assert_true(span_next_line(&rest, &line));
	assert_span(line, "");
	assert_true(span_next_line(&rest, &line));
	assert_span(line, "b");
	assert_false(span_next_line(&rest, &line));
	rest = span_of("a\n");
	assert_true(span_next_line(&rest, &line));
	assert_false(span_next_line(&rest, &line));
}

static void finds_first_and_last(void **state)
{
	struct span s = span_of("a@b@c");

	(void)state;
	assert_int_equal(span_find(s, '@'), 1);
	assert_int_equal(span_find_last(s, '@'), 3);
	assert_int_equal(span_find(s, 'x'), 5);
	assert_int_equal(span_find_last(s, 'x'), 5);
	assert_int_equal(span_find_any(s, "cb"), 2);
	assert_int_equal(span_find_any(s, ""), 5);
	assert_int_equal(span_find(nothing, 'a'), 0);
	assert_true(span_contains((struct span){ "a\0b", 3 }, '\0'));
	assert_false(span_contains(span_take(s, 1), '@'));
}

static void splits_at_first_and_last(void **state)
{
	struct span before = span_of("x"), after = span_of("y");

	(void)state;
	assert_false(span_split(span_of("ab"), '@', &before, &after));
	assert_false(span_split_last(nothing, '@', &before, &after));
	assert_span(before, "x");
	assert_span(after, "y");
	assert_true(span_split(span_of("a@b@c"), '@', &before, &after));
	assert_span(before, "a");
	assert_span(after, "b@c");
	assert_true(span_split_last(span_of("a@b@c"), '@', &before, &after));
	assert_span(before, "a@b");
	assert_span(after, "c");
	assert_true(span_split_last(span_of("@"), '@', &before, &after));
	assert_span(before, "");
	assert_span(after, "");
	/* The result may overwrite what was split. */
	before = span_of("k=v");
	assert_true(span_split(before, '=', &before, &after));
	assert_span(before, "k");
	assert_span(after, "v");
}

static void compares_ascii_letters_only_without_case(void **state)
{
	(void)state;
	assert_true(span_is_nocase(span_of("aZ1"), "Az1"));
	assert_false(span_is_nocase(span_of("@["), "`{"));
	assert_false(span_is_nocase(span_of("\xc4"), "\xe4"));
	assert_false(span_is(span_of("a"), "A"));
	assert_true(span_equal(nothing, span_of("")));
	assert_true(span_starts_with(span_of("abc"), "ab"));
	assert_true(span_starts_with(span_of("ab"), ""));
	assert_false(span_starts_with(span_of("a"), "ab"));
	assert_false(span_starts_with(span_of("AB"), "ab"));
	assert_true(span_starts_with_nocase(span_of("ABc"), "ab"));
	assert_true(span_starts_with(nothing, ""));
}

static void classes_are_ascii(void **state)
{
	(void)state;
	for (int c = CHAR_MIN; c <= CHAR_MAX; c++) {
		unsigned char byte = (unsigned char)c;

		assert_int_equal(ascii_is_digit((char)c), byte >= 0x30 && byte <= 0x39);
		assert_int_equal(ascii_is_letter((char)c),
				 (byte >= 0x41 && byte <= 0x5a) || (byte >= 0x61 && byte <= 0x7a));
		assert_int_equal(ascii_is_printable((char)c), byte >= 0x20 && byte <= 0x7e);
		assert_int_equal(ascii_is_ascii((char)c), byte <= 0x7f);
	}
	assert_true(span_all(nothing, ascii_is_digit));
	assert_false(span_all(span_of("12x"), ascii_is_digit));
}

static void numbers_are_digits_alone(void **state)
{
	static const struct {
		const char *text;
		unsigned value;
	} good[] = {
		{ "0", 0 },
		{ "007", 7 },
		{ "65535", 65535 },
		{ "4294967295", UINT_MAX },
		{ "4294967296", UINT_MAX },
		{ "99999999999999999999999999999999999999999999", UINT_MAX },
	};
	static const char *const bad[] = { "", "-1", "+1", " 1", "1 ", "0x1", "1.0", "\xb2" };
	unsigned value = 42;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_true(span_number(span_of(good[i].text), &value));
		assert_int_equal(value, good[i].value);
	}
	value = 42;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(span_number(span_of(bad[i]), &value));
	assert_int_equal(value, 42);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cuts_at_any_place),
		cmocka_unit_test(loses_one_byte_at_its_end),
		cmocka_unit_test(becomes_a_c_string),
		cmocka_unit_test(trims_both_ends),
		cmocka_unit_test(words_end_at_separators),
		cmocka_unit_test(lines_may_lack_the_last_newline),
		cmocka_unit_test(finds_first_and_last),
		cmocka_unit_test(splits_at_first_and_last),
		cmocka_unit_test(compares_ascii_letters_only_without_case),
		cmocka_unit_test(classes_are_ascii),
		cmocka_unit_test(numbers_are_digits_alone),
	};

	return cmocka_run_group_tests_name("span", tests, NULL, NULL);
}
