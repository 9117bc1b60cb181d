/* SPDX-License-Identifier: MIT */
/*
 * A borrowed run of bytes with its length.
 *
 * Everything that comes from the network or from the SMTP client is carried this way: it may hold
 * any byte, NUL included, and is not terminated. A span never owns its bytes; it is valid as long as
 * the storage that it points into. An empty span may have no data at all (NULL).
 *
 * "nocase" compares ASCII letters without regard to case and every other byte as it is.
 */
#ifndef BASE_SPAN_H
#define BASE_SPAN_H

#include <stddef.h>
#include <string.h>

#include "base/ascii.h"

struct span {
	const char *data;
	size_t length;
};

/* ---- making and cutting ---- */

/* The bytes of a C string without its terminator. */
static inline struct span span_of(const char *s)
{
	return (struct span){ s, strlen(s) };
}

static inline struct span span_between(const char *from, const char *to)
{
	return (struct span){ from, (size_t)(to - from) };
}

/* The first n bytes, and all but those; n <= s.length. */
static inline struct span span_take(struct span s, size_t n)
{
	return (struct span){ s.data, n };
}

static inline struct span span_skip(struct span s, size_t n)
{
	return n ? (struct span){ s.data + n, s.length - n } : s;
}

/* Without one such byte at its end, if it is there: the dot of an absolute name. */
static inline struct span span_without_last(struct span s, char c)
{
	return span_take(s, s.length - (s.length > 0 && s.data[s.length - 1] == c));
}

/* Without the bytes of the string `set` at both ends. */
struct span span_trim(struct span s, const char *set);

/* Takes the next word off *rest: bytes between those of `separators`. Empty at the end. */
struct span span_next(struct span *rest, const char *separators);

/* Takes the next line off *rest, without its newline. False at the end. */
bool span_next_line(struct span *rest, struct span *line);

/*
 * Copies it to `out`, which has `size` bytes, as a C string. False, with nothing written, when it does not fit
 * or holds a NUL, which would hide what follows it.
 */
bool span_string(struct span s, char *out, size_t size);

/* ---- finding; all return s.length when there is no such byte ---- */

static inline size_t span_find(struct span s, char c)
{
	const char *place = s.length ? memchr(s.data, c, s.length) : NULL;

	return place ? (size_t)(place - s.data) : s.length;
}

size_t span_find_last(struct span s, char c);
size_t span_find_any(struct span s, const char *set);

bool span_contains(struct span s, char c);

/* Splits at the first such byte, which is in neither part. False, with nothing set, without one. */
bool span_split(struct span s, char c, struct span *before, struct span *after);

/* The same at the last one. '@' splits a mailbox: Postfix passes it unquoted, so that its local part
 * may hold others. */
bool span_split_last(struct span s, char c, struct span *before, struct span *after);

/* ---- comparing ---- */

static inline bool span_equal(struct span a, struct span b)
{
	return a.length == b.length && (a.length == 0 || memcmp(a.data, b.data, a.length) == 0);
}

bool span_equal_nocase(struct span a, struct span b);

static inline bool span_is(struct span s, const char *text)
{
	return span_equal(s, span_of(text));
}

static inline bool span_is_nocase(struct span s, const char *text)
{
	return span_equal_nocase(s, span_of(text));
}

bool span_starts_with(struct span s, const char *start);
bool span_starts_with_nocase(struct span s, const char *start);

/* Every byte passes the test (ascii.h); an empty span passes any. */
bool span_all(struct span s, bool (*test)(char c));

/* ---- reading ---- */

/*
 * The value of one or more decimal digits and nothing else, else false. Larger values become
 * UINT_MAX: the caller compares with its own limit.
 */
bool span_number(struct span digits, unsigned *value);

#endif
