/* SPDX-License-Identifier: MIT */
/*
 * The CNAME chain of one message (RFC 1034 section 3.6.2), from the question's name on. Its records stand
 * in any order. Names are lower case.
 */
#ifndef DNS_CHAIN_H
#define DNS_CHAIN_H

#include <stdbool.h>

#include "dns/answer.h"
#include "wire.h"

struct chain_link {
	struct wire_name owner, target;
	uint32_t ttl;
};

struct chain {
	struct chain_link links[ANSWER_CHAIN_MAX];
	size_t link_count;
	struct wire_name names[ANSWER_CHAIN_MAX + 1]; /* the first is the question's */
	size_t count;
};

void chain_init(struct chain *chain);

/* False when there are too many. */
bool chain_add(struct chain *chain, const struct chain_link *link);

/* Extends the names by what the first leads to, and lowers *ttl to that of the links used. False: a loop. */
bool chain_follow(struct chain *chain, uint32_t *ttl);

bool chain_has(const struct chain *chain, const struct wire_name *name);

#endif
