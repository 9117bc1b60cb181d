/* SPDX-License-Identifier: MIT */
#include "base/nearest.h"

#include <limits.h>

static unsigned least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

static bool same(struct span a, size_t i, struct span b, size_t j)
{
	return ascii_lower(a.data[i]) == ascii_lower(b.data[j]);
}

/*
 * Optimal string alignment, three rows of the table at a time. A row without a value up to the
 * limit has none below it either: an exchange reaches back two rows, but costs one more than what
 * stands there.
 */
unsigned nearest_distance(struct span a, struct span b, unsigned limit)
{
	unsigned rows[3][NEAREST_WORD_MAX + 1];
	unsigned *above2 = rows[0], *above = rows[1], *row = rows[2];

	for (unsigned j = 0; j <= b.length; j++)
		above[j] = j;
	for (unsigned i = 1; i <= a.length; i++) {
		unsigned *spare = above2;
		unsigned lowest = i;

		row[0] = i;
		for (size_t j = 1; j <= b.length; j++) {
			unsigned best = above[j - 1] + !same(a, i - 1, b, j - 1);

			best = least(best, least(above[j], row[j - 1]) + 1);
			if (i > 1 && j > 1 && same(a, i - 1, b, j - 2) && same(a, i - 2, b, j - 1))
				best = least(best, above2[j - 2] + 1);
			row[j] = best;
			lowest = least(lowest, best);
		}
		if (lowest > limit)
			return limit + 1;
		above2 = above;
		above = row;
		row = spare;
	}
	return least(above[b.length], limit + 1);
}

void nearest_init(struct nearest *nearest, struct span given)
{
	*nearest = (struct nearest){ .given = given, .distance = UINT_MAX };
}

void nearest_consider(struct nearest *nearest, const char *word)
{
	struct span given = nearest->given, candidate = span_of(word);
	unsigned tolerated = 1 + (unsigned)(candidate.length / 4), distance;

	if (!given.length || given.length > NEAREST_WORD_MAX || candidate.length > NEAREST_WORD_MAX)
		return;
	if (given.length > candidate.length + tolerated ||
	    candidate.length > given.length + tolerated)
		return;
	distance = nearest_distance(given, candidate, tolerated);
	if (distance < nearest->distance && distance <= tolerated && distance < candidate.length) {
		nearest->distance = distance;
		nearest->word = word;
	}
}
