/* SPDX-License-Identifier: MIT */
/* $GENERATE of BIND's master files: one pattern, a line for each number of a range. Pure. */
#ifndef DNS_ZONE_GENERATE_H
#define DNS_ZONE_GENERATE_H

#include <stdint.h>

#include "base/text.h"
#include "zone_token.h"

enum { ZONE_GENERATE_MAX = 65536 }; /* lines of one directive */

struct zone_generate {
	uint32_t next, last, step;
	struct span pattern; /* owner, TTL, type and data */
};

/* From the range on ("1-254", "0-62/2"); goes to the end of the entry. False, with the error said, when it is malformed. */
bool zone_generate_begin(struct zone_tokens *tokens, struct zone_generate *generate);

/*
 * The next line: "$" is the number, "${offset[,width[,base]]}" the sum in that form (d, o, x, X, n, N), "\$" a
 * dollar sign. False at the end, or with the error said.
 */
bool zone_generate_next(struct zone_tokens *tokens, struct zone_generate *generate,
			struct text *line);

#endif
