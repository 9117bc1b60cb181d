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
 * Starts all queries that may be needed, side by side, without waiting, while fewer than `max` of this
 * lane are in flight. Inside a session of the resolver. `domain`: A-labels, no trailing dot.
 */
void dmarc_want(struct resolver *resolver, struct span domain, unsigned max);

/* The policy for mail of this domain; waits for what it needs, in the lane that is set. */
void dmarc_find(struct resolver *resolver, struct span domain, struct dmarc_report *report);

#endif
