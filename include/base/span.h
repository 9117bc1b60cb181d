/* SPDX-License-Identifier: MIT */
/*
 * A borrowed run of bytes with its length.
 *
 * Everything that comes from the network or from the SMTP client is carried this way: it may hold
 * any byte, NUL included, and is not terminated. A span never owns what it points to; it is valid
 * as long as the storage it was cut from.
 */
#ifndef BASE_SPAN_H
#define BASE_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct span {
	const char *data;
	size_t length;
};

/* The bytes of a C string without its terminator. */
static inline struct span span_of(const char *s)
{
	return (struct span){ s, strlen(s) };
}

static inline bool span_equal(struct span a, struct span b)
{
	return a.length == b.length && (a.length == 0 || memcmp(a.data, b.data, a.length) == 0);
}

/* ASCII letters compare without regard to case; every other byte as it is. Independent of locale. */
static inline char span_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static inline bool span_equal_nocase(struct span a, struct span b)
{
	if (a.length != b.length)
		return false;
	for (size_t i = 0; i < a.length; i++)
		if (span_lower(a.data[i]) != span_lower(b.data[i]))
			return false;
	return true;
}

#endif
