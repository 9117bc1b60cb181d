/* SPDX-License-Identifier: MIT */
#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>

static const char hex_digits[] = "0123456789abcdef";

void text_init(struct text *text, char *storage, size_t size)
{
	text->data = storage;
	text->size = size;
	text_reset(text);
}

void text_reset(struct text *text)
{
	text->length = 0;
	text->overflow = false;
	text->data[0] = '\0';
}

void text_char(struct text *text, char c)
{
	if (text->length + 1 >= text->size) {
		text->overflow = true;
		return;
	}
	text->data[text->length++] = c;
	text->data[text->length] = '\0';
}

void text_add(struct text *text, struct span piece)
{
	if (piece.length == 0)
		return;
	if (piece.length > text->size - text->length - 1) {
		text->overflow = true;
		return;
	}
	memcpy(text->data + text->length, piece.data, piece.length);
	text->length += piece.length;
	text->data[text->length] = '\0';
}

void text_string(struct text *text, const char *string)
{
	text_add(text, span_of(string));
}

void text_format(struct text *text, const char *format, ...)
{
	size_t room = text->size - text->length;
	va_list args;
	int length;

	va_start(args, format);
	length = vsnprintf(text->data + text->length, room, format, args);
	va_end(args);
	if (length < 0 || (size_t)length >= room) {
		text->data[text->length] = '\0';
		text->overflow = true;
		return;
	}
	text->length += (size_t)length;
}

void text_undo(struct text *text, size_t length)
{
	text->length = length;
	text->data[length] = '\0';
	text->overflow = false;
}

static bool is_plain(char c, const char *special)
{
	if (!ascii_is_printable(c))
		return false;
	while (*special && *special != c)
		special++;
	return *special == '\0';
}

/* Writes \xNN; returns the place after it. */
static char *write_escape(char *out, char c)
{
	unsigned char byte = (unsigned char)c;

	*out++ = '\\';
	*out++ = 'x';
	*out++ = hex_digits[byte >> 4];
	*out++ = hex_digits[byte & 15];
	return out;
}

/*
 * Every appended character stands for at least one byte read, so a hostile length costs no more
 * than `max` steps. The piece is appended whole or not at all, as all others are.
 */
void text_escape(struct text *text, struct span bytes, const char *special, size_t max)
{
	static const struct span dots = { "...", 3 };
	char *start = text->data + text->length, *out = start, *cut = start;
	size_t room = text->size - text->length - 1;
	bool fits = true;

	for (size_t i = 0; i < bytes.length; i++) {
		bool plain = is_plain(bytes.data[i], special);
		size_t length = (size_t)(out - start) + (plain ? 1 : 4);

		/* `cut` is the last place that leaves room for the dots. */
		if (length > max) {
			length = (size_t)(cut - start) + dots.length;
			fits = length <= room;
			out = fits ? mempcpy(cut, dots.data, dots.length) : start;
			break;
		}
		fits = length <= room;
		if (!fits)
			break;
		if (plain)
			*out++ = bytes.data[i];
		else
			out = write_escape(out, bytes.data[i]);
		if (length + dots.length <= max)
			cut = out;
	}
	if (!fits) {
		text->overflow = true;
		out = start;
	}
	*out = '\0';
	text->length = (size_t)(out - text->data);
}

void text_printable(struct text *text, struct span bytes, size_t max)
{
	text_escape(text, bytes, "\\", max);
}

struct span text_span(const struct text *text)
{
	return (struct span){ text->data, text->length };
}
