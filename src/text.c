/* SPDX-License-Identifier: MIT */
#include "text.h"

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
	text_add(text, (struct span){ &c, 1 });
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

/* Writes what stands for one byte, without a terminator; returns its length, 1 or 4. */
static size_t escape_byte(char *out, char c, const char *special)
{
	unsigned char byte = (unsigned char)c;

	if (byte >= 0x20 && byte <= 0x7e && !strchr(special, c)) {
		out[0] = c;
		return 1;
	}
	out[0] = '\\';
	out[1] = 'x';
	out[2] = hex_digits[byte >> 4];
	out[3] = hex_digits[byte & 15];
	return 4;
}

/*
 * Every appended character stands for at least one byte read, so a hostile length costs no more than
 * `max` steps. The piece is appended whole or not at all, as all others are.
 */
void text_escape(struct text *text, struct span bytes, const char *special, size_t max)
{
	static const char dots[] = "...";
	size_t start = text->length;
	size_t length = 0;	/* characters appended */
	size_t cut = 0;		/* as many as leave room for the dots */
	bool overflowed = text->overflow;

	text->overflow = false;
	for (size_t i = 0; i < bytes.length && !text->overflow; i++) {
		char c[4];
		size_t n = escape_byte(c, bytes.data[i], special);

		if (length + n > max) {
			text->length = start + cut;
			text_string(text, dots);
			break;
		}
		text_add(text, (struct span){ c, n });
		length += n;
		if (length + sizeof(dots) - 1 <= max)
			cut = length;
	}
	if (text->overflow) {
		text_undo(text, start);
		text->overflow = true;
	}
	text->overflow = text->overflow || overflowed;
}

void text_printable(struct text *text, struct span bytes, size_t max)
{
	text_escape(text, bytes, "\\", max);
}

struct span text_span(const struct text *text)
{
	return (struct span){ text->data, text->length };
}
