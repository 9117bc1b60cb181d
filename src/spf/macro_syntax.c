/* SPDX-License-Identifier: MIT */
#include "spf/macro_syntax.h"

#include <stdint.h>

/* The byte at i, or NUL, which stands nowhere in the grammar, past the end. */
static char byte_at(struct span text, size_t i)
{
	return i < text.length ? text.data[i] : '\0';
}

/* *DIGIT from i on; the value is as large as size_t can say. Section 7.3: it must not be zero. */
static bool read_keep(struct span text, size_t *i, size_t *keep)
{
	size_t start = *i;

	for (*keep = 0; ascii_is_digit(byte_at(text, *i)); ++*i) {
		size_t digit = (size_t)(text.data[*i] - '0');

		*keep = *keep > (SIZE_MAX - digit) / 10 ? SIZE_MAX : *keep * 10 + digit;
	}
	return *i == start || *keep > 0;
}

bool macro_read(struct span text, struct macro *m)
{
	size_t i = 3;

	*m = (struct macro){ .length = 2, .letter = byte_at(text, 1) };
	if (ascii_is_in(m->letter, "%_-"))
		return true;
	if (m->letter != '{')
		return false;
	m->letter = ascii_lower(byte_at(text, 2));
	m->escape = m->letter != byte_at(text, 2);
	if (!ascii_is_in(m->letter, "slodiphvcrt") || !read_keep(text, &i, &m->keep))
		return false;
	if (ascii_lower(byte_at(text, i)) == 'r') {
		m->reverse = true;
		i++;
	}
	m->delimiters.data = text.data + i;
	while (ascii_is_in(byte_at(text, i), ".-+,/_="))
		i++;
	m->delimiters.length = (size_t)(text.data + i - m->delimiters.data);
	m->length = i + 1;
	return byte_at(text, i) == '}';
}

static bool is_literal(char c, enum macro_use use)
{
	return (c > ' ' && c <= '~') || (c == ' ' && use == MACRO_EXPLANATION);
}

/* toplabel: letters, digits and inner hyphens, not all of them digits. */
static bool is_toplabel(struct span label)
{
	bool numeric = true;

	if (label.length == 0 || label.data[0] == '-' || label.data[label.length - 1] == '-')
		return false;
	for (size_t i = 0; i < label.length; i++) {
		char c = label.data[i];

		if (!ascii_is_alphanumeric(c) && c != '-')
			return false;
		numeric = numeric && ascii_is_digit(c);
	}
	return !numeric;
}

/* domain-end, when no macro ends the text: `tail` is what follows the last macro. */
static bool ends_in_toplabel(struct span tail, size_t *label)
{
	size_t end = tail.length;

	if (end > 0 && tail.data[end - 1] == '.')
		end--;
	for (*label = end; *label > 0 && tail.data[*label - 1] != '.'; --*label)
		;
	return *label > 0 && is_toplabel(span_skip(span_take(tail, end), *label));
}

bool macro_check(struct span text, enum macro_use use, size_t *where)
{
	size_t tail = 0; /* after the last macro */
	size_t label;

	for (size_t i = 0; i < text.length;) {
		struct macro m;

		*where = i;
		if (text.data[i] != '%') {
			if (!is_literal(text.data[i++], use))
				return false;
			continue;
		}
		if (!macro_read(span_skip(text, i), &m) ||
		    (use != MACRO_EXPLANATION && ascii_is_in(m.letter, "crt")))
			return false;
		tail = i += m.length;
	}
	if (use != MACRO_DOMAIN || (text.length > 0 && tail == text.length))
		return true;
	if (text.length > 0 && ends_in_toplabel(span_skip(text, tail), &label))
		return true;
	*where = text.length > 0 ? tail + label : 0;
	return false;
}

bool macro_uses(struct span text, char letter)
{
	struct macro m;

	while ((text = span_skip(text, span_find(text, '%'))).length > 0 && macro_read(text, &m)) {
		if (m.letter == letter)
			return true;
		text = span_skip(text, m.length);
	}
	return false;
}
