/* SPDX-License-Identifier: MIT */
/*
 * A bounded text builder over the caller's storage.
 *
 * Appending past the end stores nothing of that piece and sets `overflow`, which stays set until
 * text_reset(): a writer appends straight down and asks once. The text is NUL-terminated at all
 * times; `length` does not count the terminator. Nothing here allocates.
 */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include "base/span.h"

struct text {
	char *data;
	size_t size; /* of the storage, terminator included; > 0 */
	size_t length;
	bool overflow; /* at least one piece did not fit */
};

void text_init(struct text *text, char *storage, size_t size);
void text_reset(struct text *text);

void text_char(struct text *text, char c);
void text_add(struct text *text, struct span piece);
void text_string(struct text *text, const char *string);
void text_format(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Takes back what was appended since `length`, an earlier text->length, and whether it overflowed. */
void text_undo(struct text *text, size_t length);

/*
 * Appends bytes of unknown origin so that only printable ASCII (0x20..0x7e) comes out: each other
 * byte, and each backslash, becomes \xNN. At most `max` characters are appended; a longer result is
 * cut at a whole character and ends in "...". max >= 8.
 */
void text_printable(struct text *text, struct span bytes, size_t max);

/* The same for other characters than the backslash: those in `special`, all printable ASCII. */
void text_escape(struct text *text, struct span bytes, const char *special, size_t max);

/* The text so far; valid until the storage is next written. */
struct span text_span(const struct text *text);

#endif
