/* SPDX-License-Identifier: MIT */
/*
 * The networks whose hosts a tree of records lets pass, each with the term that does it. Pure.
 *
 * Terms count in their order: what an earlier term decides otherwise ("-ip4:...") is not in them, and a
 * term of an included record counts only as far as that record passes. Networks of one term of the first
 * record, and those of its ip4 and ip6, are joined and sorted. Terms that depend on the client or the sender are not here.
 */
#ifndef CHECK_NETWORKS_H
#define CHECK_NETWORKS_H

#include "audit_tree.h"

enum { NETWORKS_RANGES_MAX = 20000 }; /* of one tree; more are not looked at */

struct networks_item {
	struct network network;
	const struct audit_record *record; /* whose term lets it pass: the first of those that do */
	const struct audit_term *term;
	const struct audit_term
		*via;	   /* the term of the first record, or of where it redirects to */
	const char *space; /* "private", ...; NULL */
	bool too_late;	   /* behind a limit or an error, which is what its hosts get */
	size_t place;	   /* what was joined has the same one, and stands together */
};

struct networks {
	size_t count;
	struct networks_item *items; /* by `via` in the order of terms, then by address */
	uint64_t addresses; /* of IPv4, each once, without what comes too late; all are 2^32 */
	size_t ipv6;	    /* networks of IPv6, in the same way: those of all terms joined */
	bool everybody;	    /* a "+all" lets pass whoever is left, who is no item */
	bool others;	    /* terms that depend on the client or the sender let others pass */
	bool whole;	    /* false: NETWORKS_RANGES_MAX was reached */
};

const struct networks *networks_collect(const struct audit *audit, struct arena *arena);

/*
 * Those that `a` lets pass, and not too late, where `b` does not. What a "+all" alone lets pass is listed when
 * both have one; else `everybody` says it.
 */
const struct networks *networks_without(const struct audit *a, const struct audit *b,
					struct arena *arena);

#endif
