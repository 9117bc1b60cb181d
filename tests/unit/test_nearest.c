/* SPDX-License-Identifier: MIT */
/* Suggestions: what is near, what is too far, and that case and order of neighbours are forgiven. */
#include "base/nearest.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>

static const char *const words[] = {
	"SPF_Not_Pass", "Softfail", "Fail", "Null", "False", "No_Check"
};

static const char *suggest(const char *given)
{
	struct nearest nearest;

	nearest_init(&nearest, span_of(given));
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		nearest_consider(&nearest, words[i]);
	return nearest.word;
}

static void nearest_distance_counts_typing_errors(void **state)
{
	static const struct {
		const char *a, *b;
		unsigned want;
	} rows[] = {
		{ "", "", 0 },
		{ "", "abc", 3 },
		{ "abc", "", 3 },
		{ "abc", "abc", 0 },
		{ "abc", "ABC", 0 },
		{ "abc", "abd", 1 },
		{ "abc", "ac", 1 },
		{ "ac", "abc", 1 },
		{ "fial", "Fail", 1 },
		{ "ab", "ba", 1 },
		{ "ca", "abc", 3 },
		{ "kitten", "sitting", 3 },
		{ "abcdef", "badcfe", 3 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		for (unsigned limit = 0; limit < 6; limit++)
			assert_int_equal(
				nearest_distance(span_of(rows[i].a), span_of(rows[i].b), limit),
				rows[i].want <= limit ? rows[i].want : limit + 1);
}

static void nearest_suggests_what_was_meant(void **state)
{
	(void)state;
	assert_string_equal(suggest("fial"), "Fail");
	assert_string_equal(suggest("flase"), "False");
	assert_string_equal(suggest("spfnotpass"), "SPF_Not_Pass");
	assert_string_equal(suggest("no-check"), "No_Check");
	assert_string_equal(suggest("soft_fail"), "Softfail");
}

static void nearest_keeps_silent_when_nothing_is_near(void **state)
{
	char longer[NEAREST_WORD_MAX + 2];

	(void)state;
	memset(longer, 'f', sizeof(longer));
	longer[NEAREST_WORD_MAX + 1] = '\0';
	assert_null(suggest(""));
	assert_null(suggest("x"));
	assert_null(suggest("reject"));
	assert_null(suggest(longer));
}

static void nearest_takes_words_of_the_longest_length(void **state)
{
	char word[NEAREST_WORD_MAX + 2], given[NEAREST_WORD_MAX + 1];
	struct nearest nearest;

	(void)state;
	memset(word, 'f', sizeof(word));
	memset(given, 'f', sizeof(given));
	given[0] = 'x';
	given[NEAREST_WORD_MAX] = word[NEAREST_WORD_MAX + 1] = '\0';
	nearest_init(&nearest, span_of(given));
	nearest_consider(&nearest, word);
	assert_null(nearest.word);
	word[NEAREST_WORD_MAX] = '\0';
	nearest_consider(&nearest, word);
	assert_ptr_equal(nearest.word, word);
	assert_int_equal(nearest.distance, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nearest_distance_counts_typing_errors),
		cmocka_unit_test(nearest_suggests_what_was_meant),
		cmocka_unit_test(nearest_keeps_silent_when_nothing_is_near),
		cmocka_unit_test(nearest_takes_words_of_the_longest_length),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
