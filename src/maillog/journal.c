/* SPDX-License-Identifier: MIT */
#include "journal.h"

#include "base/text.h"

static void skip_blanks(struct span *rest)
{
	while (rest->length > 0 && strchr(" \t\r\n", rest->data[0]) && rest->data[0] != '\0')
		*rest = span_skip(*rest, 1);
}

static bool take(struct span *rest, char c)
{
	skip_blanks(rest);
	if (rest->length == 0 || rest->data[0] != c)
		return false;
	*rest = span_skip(*rest, 1);
	return true;
}

/* ---- strings ---- */

/* What stands between the quotes, escapes and all. */
static bool take_string(struct span *rest, struct span *string)
{
	if (!take(rest, '"'))
		return false;
	for (size_t i = 0; i < rest->length; i++) {
		if (rest->data[i] == '"') {
			*string = span_take(*rest, i);
			*rest = span_skip(*rest, i + 1);
			return true;
		}
		if (rest->data[i] == '\\')
			i++;
	}
	return false;
}

/* The character that \uXXXX names, as UTF-8; a half of a surrogate pair as "?". */
static void add_escaped(struct text *out, struct span digits)
{
	unsigned value = 0;

	for (size_t i = 0; i < 4; i++) {
		char c = ascii_lower(digits.data[i]);

		value = value * 16 + (unsigned)(ascii_is_digit(c) ? c - '0' : (c - 'a' + 10) & 15);
	}
	if (value < 0x80) {
		text_char(out, (char)value);
	} else if (value >= 0xd800 && value < 0xe000) {
		text_char(out, '?');
	} else {
		if (value < 0x800) {
			text_char(out, (char)(0xc0 | value >> 6));
		} else {
			text_char(out, (char)(0xe0 | value >> 12));
			text_char(out, (char)(0x80 | (value >> 6 & 0x3f)));
		}
		text_char(out, (char)(0x80 | (value & 0x3f)));
	}
}

/* A text never grows when its escapes are undone. */
static struct span unescape(struct span string, struct arena *arena)
{
	static const char names[] = "bfnrt", meant[] = "\b\f\n\r\t";
	struct text out;

	if (!span_contains(string, '\\'))
		return string;
	text_init(&out, arena_take(arena, string.length + 1), string.length + 1);
	for (size_t i = 0; i < string.length; i++) {
		const char *name;

		if (string.data[i] != '\\' || i + 1 == string.length) {
			text_char(&out, string.data[i]);
			continue;
		}
		i++;
		name = string.data[i] != '\0' ? strchr(names, string.data[i]) : NULL;
		if (string.data[i] == 'u' && string.length - i > 4) {
			add_escaped(&out, span_skip(string, i + 1));
			i += 4;
		} else {
			text_char(&out, name ? meant[name - names] : string.data[i]);
		}
	}
	return text_span(&out);
}

/* ---- values ---- */

/* Skips a value that is no string: a number, a word, an array, an object. */
static bool skip_value(struct span *rest)
{
	unsigned depth = 0;
	struct span string;

	for (;;) {
		skip_blanks(rest);
		if (rest->length == 0)
			return false;
		if (rest->data[0] == '"') {
			if (!take_string(rest, &string))
				return false;
			continue;
		}
		if (depth == 0 && (rest->data[0] == ',' || rest->data[0] == '}'))
			return true;
		if (rest->data[0] == '[' || rest->data[0] == '{')
			depth++;
		if ((rest->data[0] == ']' || rest->data[0] == '}') && depth-- == 0)
			return false;
		*rest = span_skip(*rest, 1);
	}
}

/* "1763885647123456": microseconds since the epoch. */
static bool read_time(struct span digits, time_t *time)
{
	unsigned seconds;

	if (digits.length < 7 || !span_number(span_take(digits, digits.length - 6), &seconds))
		return false;
	*time = (time_t)seconds;
	return true;
}

bool journal_parse(struct span line, struct arena *arena, struct journal_entry *entry)
{
	struct span rest = line, key, value;
	bool timed = false, docker = false;

	*entry = (struct journal_entry){ .time = 0 };
	if (!take(&rest, '{'))
		return false;
	do {
		if (!take_string(&rest, &key) || !take(&rest, ':'))
			return false;
		skip_blanks(&rest);
		if (rest.length == 0 || rest.data[0] != '"') {
			if (!skip_value(&rest))
				return false;
			continue;
		}
		if (!take_string(&rest, &value))
			return false;
		docker = docker || span_is(key, "log");
		if (span_is(key, "MESSAGE") || span_is(key, "log"))
			entry->message = unescape(value, arena);
		else if (span_is(key, "SYSLOG_IDENTIFIER"))
			entry->ident = unescape(value, arena);
		else if (span_is(key, "__REALTIME_TIMESTAMP"))
			timed = read_time(value, &entry->time);
	} while (take(&rest, ','));
	return take(&rest, '}') && entry->message.data &&
	       (docker ? entry->ident.length == 0 : timed && entry->ident.length > 0);
}
