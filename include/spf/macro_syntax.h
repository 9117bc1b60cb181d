/* SPDX-License-Identifier: MIT */
/*
 * The grammar of macros (RFC 7208 sections 7.1 and 12), and a reader of one macro. Pure: no I/O, no
 * allocation.
 */
#ifndef SPF_MACRO_SYNTAX_H
#define SPF_MACRO_SYNTAX_H

#include "base/span.h"

enum macro_use {
	MACRO_DOMAIN,	   /* domain-spec: no %{c} %{r} %{t}, no space, domain-end required
				   (section 7.1: domain-end = "." toplabel [ "." ] / macro-expand) */
	MACRO_STRING,	   /* macro-string of an unknown modifier: no %{c} %{r} %{t}, no space;
				   checked, never expanded */
	MACRO_EXPLANATION, /* explain-string: spaces and %{c} %{r} %{t} allowed */
};

/*
 * Checks the grammar of the whole text. Returns true when it is right; otherwise false with the
 * offset of the first byte of the offending macro or character in *where.
 * The empty text is rejected as MACRO_DOMAIN.
 */
bool macro_check(struct span text, enum macro_use use, size_t *where);

/* Is the letter (lower case) used, in either case? The text has passed macro_check(). */
bool macro_uses(struct span text, char letter);

/* A macro-expand, taken apart. */
struct macro {
	size_t length; /* bytes of text */
	char letter;   /* in lower case; or one of % _ - */
	bool escape;   /* written in upper case */
	bool reverse;
	size_t keep;		/* right-hand parts to keep; 0 = all */
	struct span delimiters; /* may be empty */
};

/*
 * Reads the macro that `text` starts with: a '%'. Looks at its form only, not at which letter may
 * stand where. Returns false when it is malformed.
 */
bool macro_read(struct span text, struct macro *macro);

#endif
