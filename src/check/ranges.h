/* SPDX-License-Identifier: MIT */
/*
 * Sets of addresses as ranges, and the networks that these are. Pure.
 */
#ifndef CHECK_RANGES_H
#define CHECK_RANGES_H

#include "base/address.h"

struct range {
	sa_family_t family;
	uint8_t first[16], last[16]; /* inclusive; of IPv4 the first 4 bytes, the rest zero */
	const void *owner;	     /* the caller's */
};

struct ranges {
	size_t count, room, max;
	struct range *items; /* malloc'd */
	bool overflow;	     /* max was reached: something is missing */
};

void ranges_init(struct ranges *ranges, size_t max);
void ranges_free(struct ranges *ranges);

void ranges_add(struct ranges *ranges, const struct range *range);
void ranges_add_network(struct ranges *ranges, const struct network *network, const void *owner);

/* Adds what is in the range and in none of `without`. */
void ranges_add_without(struct ranges *ranges, const struct range *range,
			const struct ranges *without);

/* Sorts by family and address and makes one of those that overlap or touch; the first one's owner stays. */
void ranges_join(struct ranges *ranges);

/* Takes the largest network off the start of *range; false when nothing is left. */
bool ranges_next_network(struct range *range, struct network *network);

#endif
