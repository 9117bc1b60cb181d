/* SPDX-License-Identifier: MIT */
/*
 * Bytes as ASCII characters, independent of the locale and of whether char is signed.
 */
#ifndef BASE_ASCII_H
#define BASE_ASCII_H

#include <stdbool.h>
#include <string.h>

static inline bool ascii_is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static inline bool ascii_is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static inline bool ascii_is_alphanumeric(char c)
{
	return ascii_is_letter(c) || ascii_is_digit(c);
}

/* One of the characters of `set`; NUL never is. */
static inline bool ascii_is_in(char c, const char *set)
{
	return memchr(set, c, strlen(set)) != NULL;
}

/* What a local part or a domain of a mail address is made of (RFC 5322 section 3.2.3, atext). */
static inline bool ascii_is_atext(char c)
{
	return ascii_is_alphanumeric(c) || ascii_is_in(c, "!#$%&'*+-/=?^_`{|}~");
}

/* What a URI takes as it is (RFC 3986 section 2.3). */
static inline bool ascii_is_unreserved(char c)
{
	return ascii_is_alphanumeric(c) || ascii_is_in(c, "-._~");
}

/* 0x20 to 0x7e: what may stand in a reply, a header or a log line. */
static inline bool ascii_is_printable(char c)
{
	return c >= 0x20 && c <= 0x7e;
}

/* Any of the 128 characters, controls included. */
static inline bool ascii_is_ascii(char c)
{
	return (unsigned char)c < 0x80;
}

static inline char ascii_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

#endif
