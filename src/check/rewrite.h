/* SPDX-License-Identifier: MIT */
/*
 * The term that was meant where one breaks the grammar of SPF, or keeps it and cannot mean what it says:
 * what owners mistype, and only where it can be told. Pure.
 */
#ifndef CHECK_REWRITE_H
#define CHECK_REWRITE_H

#include "base/text.h"
#include "spf/record_term.h"

enum {
	REWRITE_TERM_MAX = 512, /* bytes of a term that is looked at */
	REWRITE_STEPS_MAX = 3,	/* mistakes in one term */
};

struct rewrite {
	char meant
		[REWRITE_TERM_MAX]; /* one term or several, with blanks between; "" = to be left out */
	size_t count;
	const char *why[REWRITE_STEPS_MAX]; /* what was wrong, static */
};

/* The grammar allows the term, but nobody can have meant it: "ip4=192.0.2.1", "include:a.example-all". */
bool rewrite_is_slip(const struct record_term *term);

/* True when it is known what the text between two blanks was meant to be. */
bool rewrite_find(struct span text, struct rewrite *rewrite);

/* Every term of the text is right, and none is a slip. */
bool rewrite_is_good(struct span terms);

#endif
