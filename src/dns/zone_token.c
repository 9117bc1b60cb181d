/* SPDX-License-Identifier: MIT */
#include "zone_token.h"

#include <stdarg.h>
#include <stdio.h>

enum { SHOWN_MAX = 60 }; /* bytes of the file that a message repeats */

/* ---- errors ---- */

bool zone_token_fail(struct zone_tokens *t, const char *format, ...)
{
	va_list args;
	int used;

	if (t->token == ZONE_TOKEN_BAD)
		return false;
	used = snprintf(t->error, t->error_size, "%s:%u: ", t->label, t->line);
	if (used >= 0 && (size_t)used < t->error_size) {
		va_start(args, format);
		vsnprintf(t->error + used, t->error_size - (size_t)used, format, args);
		va_end(args);
	}
	t->token = ZONE_TOKEN_BAD;
	return false;
}

bool zone_token_unexpected(struct zone_tokens *t, const char *problem)
{
	char shown[SHOWN_MAX + 1];
	size_t length = t->word.length < SHOWN_MAX ? t->word.length : SHOWN_MAX;

	if (t->token == ZONE_TOKEN_LINE_END || t->token == ZONE_TOKEN_FILE_END)
		return zone_token_fail(t, "%s, but the line ends here", problem);
	for (size_t i = 0; i < length; i++) {
		char c = t->word.data[i];

		shown[i] = ascii_is_printable(c) ? c : '?';
	}
	shown[length] = '\0';
	return zone_token_fail(t, "%s, not %s", problem, shown);
}

/* ---- tokens ---- */

static int peek(const struct zone_tokens *t)
{
	return t->offset < t->text.length ? (unsigned char)t->text.data[t->offset] : -1;
}

static bool is_blank(int c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static bool ends_word(int c)
{
	return c < 0 || is_blank(c) || c == '\n' || c == ';' || c == '(' || c == ')' || c == '"';
}

/* Moves over one byte of a word or string, or two when it is an escape. */
static void pass(struct zone_tokens *t)
{
	if (peek(t) == '\\')
		t->offset++;
	if (peek(t) >= 0 && peek(t) != '\n')
		t->offset++;
}

static void skip_comment(struct zone_tokens *t)
{
	while (peek(t) >= 0 && peek(t) != '\n')
		t->offset++;
}

static void read_string(struct zone_tokens *t)
{
	size_t start = ++t->offset;

	while (peek(t) != '"') {
		if (peek(t) < 0 || peek(t) == '\n') {
			zone_token_fail(t, "no closing quote");
			return;
		}
		pass(t);
	}
	t->word = span_skip(span_take(t->text, t->offset), start);
	t->offset++;
	t->token = ZONE_TOKEN_STRING;
}

static void read_word(struct zone_tokens *t)
{
	size_t start = t->offset;

	while (!ends_word(peek(t)))
		pass(t);
	t->word = span_skip(span_take(t->text, t->offset), start);
	t->token = ZONE_TOKEN_WORD;
}

/* What stands between tokens. Returns false when a token (or an error) was made of it. */
static bool skip_between(struct zone_tokens *t)
{
	int c = peek(t);

	if (c == ';') {
		skip_comment(t);
		return true;
	}
	if (c == ')' && t->depth == 0)
		return zone_token_fail(t, "unexpected )");
	if (c == '\n' && t->depth == 0) {
		t->token = ZONE_TOKEN_LINE_END;
		return false;
	}
	t->depth += c == '(';
	t->depth -= c == ')';
	t->line += c == '\n';
	t->offset++;
	return true;
}

void zone_token_next(struct zone_tokens *t)
{
	if (t->token == ZONE_TOKEN_BAD)
		return;
	t->word = (struct span){ "", 0 };
	while (ends_word(peek(t)) && peek(t) >= 0 && peek(t) != '"')
		if (!skip_between(t))
			return;
	if (peek(t) == '"') {
		read_string(t);
	} else if (peek(t) >= 0) {
		read_word(t);
	} else {
		t->token = ZONE_TOKEN_FILE_END;
		if (t->depth)
			zone_token_fail(t, "no closing )");
	}
}

void zone_token_init(struct zone_tokens *t, const char *label, struct span text, char *error,
		     size_t error_size)
{
	*t = (struct zone_tokens){
		.label = label,
		.text = text,
		.error = error,
		.error_size = error_size,
		.line = 1,
		.token = ZONE_TOKEN_LINE_END,
	};
}

void zone_token_line(struct zone_tokens *t)
{
	t->offset++;
	t->line++;
}

bool zone_token_at_blank(const struct zone_tokens *t)
{
	return is_blank(peek(t));
}

bool zone_token_is(const struct zone_tokens *t, const char *word)
{
	return t->token == ZONE_TOKEN_WORD && span_is_nocase(t->word, word);
}

bool zone_token_is_text(const struct zone_tokens *t)
{
	return t->token == ZONE_TOKEN_WORD || t->token == ZONE_TOKEN_STRING;
}

static bool is_digit_at(struct span word, size_t at)
{
	return at < word.length && ascii_is_digit(word.data[at]);
}

int zone_token_byte(struct span word, size_t *at)
{
	unsigned value = 0;

	if (word.data[*at] != '\\')
		return (unsigned char)word.data[(*at)++];
	if (++*at == word.length)
		return -1;
	if (!is_digit_at(word, *at))
		return (unsigned char)word.data[(*at)++];
	for (unsigned digits = 0; digits < 3; digits++, ++*at) {
		if (!is_digit_at(word, *at))
			return -1;
		value = value * 10 + (unsigned)(word.data[*at] - '0');
	}
	return value <= 255 ? (int)value : -1;
}
