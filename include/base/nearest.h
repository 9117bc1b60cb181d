/* SPDX-License-Identifier: MIT */
/*
 * Which of some words was probably meant: the one with the fewest typing errors (a letter wrong,
 * missing, too many, or two neighbours exchanged) from what was written, without regard to case.
 * A word that differs in more than about a third of its letters is no suggestion.
 */
#ifndef BASE_NEAREST_H
#define BASE_NEAREST_H

#include "base/span.h"

enum { NEAREST_WORD_MAX = 64 }; /* longer words are never suggested, nor anything for them */

struct nearest {
	struct span given;
	const char *word; /* the best so far, NULL = none was near enough; borrowed */
	unsigned distance;
};

void nearest_init(struct nearest *nearest, struct span given);
void nearest_consider(struct nearest *nearest, const char *word);

/*
 * Typing errors between two words of at most NEAREST_WORD_MAX bytes; limit + 1 stands for any
 * more.
 */
unsigned nearest_distance(struct span a, struct span b, unsigned limit);

#endif
