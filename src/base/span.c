/* SPDX-License-Identifier: MIT */
#include "base/span.h"

#include <limits.h>

struct span span_trim(struct span s, const char *set)
{
	while (s.length && ascii_is_in(s.data[0], set))
		s = span_skip(s, 1);
	while (s.length && ascii_is_in(s.data[s.length - 1], set))
		s.length--;
	return s;
}

struct span span_next(struct span *rest, const char *separators)
{
	struct span word;
	size_t start = 0;

	while (start < rest->length && ascii_is_in(rest->data[start], separators))
		start++;
	word = span_skip(*rest, start);
	word.length = span_find_any(word, separators);
	*rest = span_skip(*rest, start + word.length);
	return word;
}

bool span_next_line(struct span *rest, struct span *line)
{
	size_t end = span_find(*rest, '\n');

	if (!rest->length)
		return false;
	*line = span_take(*rest, end);
	*rest = span_skip(*rest, end < rest->length ? end + 1 : end);
	return true;
}

bool span_string(struct span s, char *out, size_t size)
{
	if (s.length >= size || span_contains(s, '\0'))
		return false;
	if (s.length)
		memcpy(out, s.data, s.length);
	out[s.length] = '\0';
	return true;
}

bool span_contains(struct span s, char c)
{
	return span_find(s, c) < s.length;
}

size_t span_find_last(struct span s, char c)
{
	const char *place = s.length ? memrchr(s.data, c, s.length) : NULL;

	return place ? (size_t)(place - s.data) : s.length;
}

size_t span_find_any(struct span s, const char *set)
{
	size_t i = 0;

	while (i < s.length && !ascii_is_in(s.data[i], set))
		i++;
	return i;
}

static bool split_at(struct span s, size_t place, struct span *before, struct span *after)
{
	if (place == s.length)
		return false;
	*before = span_take(s, place);
	*after = span_skip(s, place + 1);
	return true;
}

bool span_split(struct span s, char c, struct span *before, struct span *after)
{
	return split_at(s, span_find(s, c), before, after);
}

bool span_split_last(struct span s, char c, struct span *before, struct span *after)
{
	return split_at(s, span_find_last(s, c), before, after);
}

bool span_equal_nocase(struct span a, struct span b)
{
	if (a.length != b.length)
		return false;
	for (size_t i = 0; i < a.length; i++)
		if (ascii_lower(a.data[i]) != ascii_lower(b.data[i]))
			return false;
	return true;
}

bool span_starts_with(struct span s, const char *start)
{
	size_t length = strlen(start);

	return s.length >= length && span_is(span_take(s, length), start);
}

bool span_starts_with_nocase(struct span s, const char *start)
{
	size_t length = strlen(start);

	return s.length >= length && span_is_nocase(span_take(s, length), start);
}

bool span_all(struct span s, bool (*test)(char c))
{
	for (size_t i = 0; i < s.length; i++)
		if (!test(s.data[i]))
			return false;
	return true;
}

bool span_number(struct span digits, unsigned *value)
{
	unsigned long long number = 0;

	if (!digits.length)
		return false;
	for (size_t i = 0; i < digits.length; i++) {
		if (!ascii_is_digit(digits.data[i]))
			return false;
		if (number <= UINT_MAX)
			number = number * 10 + (unsigned)(digits.data[i] - '0');
	}
	*value = number > UINT_MAX ? UINT_MAX : (unsigned)number;
	return true;
}
