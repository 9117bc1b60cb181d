/* SPDX-License-Identifier: MIT */
/*
 * Counts by key, in bounded memory: a table of things that a log names over and over.
 */
#ifndef BASE_TALLY_H
#define BASE_TALLY_H

#include <stdint.h>

#include "base/arena.h"

enum {
	TALLY_KEY_MAX = 512,	/* bytes; longer keys are cut */
	TALLY_ROWS_MAX = 50000, /* rows of one table, unless it is told otherwise */
};

struct tally_row {
	struct span key;
	unsigned long count; /* what rows are sorted by */
	struct tally_row *next;
};

/* A row of one's own begins with a struct tally_row; `row_size` is its size. */
struct tally {
	struct arena *arena;
	size_t row_size;
	uint32_t seed;		   /* of the hash: nobody can choose keys that fall together */
	size_t rows, rows_max;	   /* further keys are not entered, only counted */
	unsigned long not_entered; /* keys, or the same key again, that found no room */
	struct tally_row *slots[8192];
};

/* Keys and rows go to the arena. */
struct tally *tally_create(struct arena *arena, size_t row_size);

/* The row of a key, zeroed but for the key when it is new. ASCII letters count without regard to case.
 * NULL: no room for another. */
void *tally_row(struct tally *tally, struct span key);

/* The row of two keys together. */
void *tally_pair(struct tally *tally, struct span first, struct span second);

/* All rows with a count, in the arena: the highest count first, equal ones by key. *count is their number. */
struct tally_row **tally_sorted(const struct tally *tally, size_t *count);

#endif
