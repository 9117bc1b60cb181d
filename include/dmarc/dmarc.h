/* SPDX-License-Identifier: MIT */
/*
 * The DMARC policy that a domain publishes, found by the DNS tree walk of RFC 9989, which replaced RFC 7489 (sections
 * 4.10 to 4.10.2): no public suffix list, at most DMARC_NAMES_MAX names, whatever the domain: of one with more
 * labels than that, itself and then what its last seven leave. Only the policy: this program verifies neither
 * DKIM nor alignment.
 */
#ifndef DMARC_DMARC_H
#define DMARC_DMARC_H

#include "dmarc/dmarc_policy.h"
#include "dns/resolver.h"

enum { DMARC_NAMES_MAX = 8 }; /* queries for one domain */

/*
 * The name of the walk's query with this index, below DMARC_NAMES_MAX. False: the walk of this domain has none.
 * `storage` holds DNS_NAME_MAX bytes. `domain`, here and below: A-labels, no trailing dot.
 */
bool dmarc_query_name(struct span domain, size_t index, char *storage, struct span *name);

/*
 * Starts all queries that may be needed, side by side, without waiting, while fewer than `max` of this
 * lane are in flight; counts them in the report. Inside a session of the resolver.
 */
void dmarc_want(struct resolver *resolver, struct span domain, unsigned max,
		struct dmarc_report *report);

/* The policy for mail of this domain; waits for what it needs, in the lane that is set. Counts go on. */
void dmarc_find(struct resolver *resolver, struct span domain, struct dmarc_report *report);

#endif
