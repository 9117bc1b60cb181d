/* SPDX-License-Identifier: MIT */
/*
 * Every reason not to check a request. All lists follow what policyd-spf's manual promises: domains match
 * themselves and what is below them, by whole labels and without regard to case; a PTR name counts only
 * when it is forward-confirmed (RFC 7208 section 5.5).
 */
#ifndef POLICY_EXEMPT_H
#define POLICY_EXEMPT_H

#include "dns/resolver.h"
#include "policy/decision.h"
#include "policy/envelope.h"
#include "policy/exempt_list.h"
#include "spf/check.h"

struct exempt {
	const char *why; /* static text, or the configuration's; NULL = not exempt */
	/* DECISION_PREPEND; DECISION_DUNNO where a header would only tell what everybody knows;
	   DECISION_DEFER */
	enum decision_verb verb;
};

/* The reasons that need no DNS: SASL, senders, recipients, skip_addresses, Whitelist, Whitelist_For. */
struct exempt exempt_at_once(const struct config *config, const struct envelope *envelope);

/* Are there any others? */
bool exempt_needs_dns(const struct config *config);

struct exempt_search {
	const struct config *config;
	const struct envelope *envelope;
	struct resolver *resolver; /* in a lookup session that ends at deadline_ms */
	struct check_library *library;
	uint64_t deadline_ms;
	exempt_miss *miss; /* NULL: nobody wants to know */
	void *miss_arg;
};

/* The reasons that do: Domain_Whitelist, HELO_Whitelist, Domain_Whitelist_PTR. An answer that fails exempts nobody. */
struct exempt exempt_by_dns(const struct exempt_search *search);

/*
 * For a client that none of these exempts: no public record can say anything about a private address
 * (Private_Clients). Logs a warning when there is one, the first time: *warned.
 */
struct exempt exempt_private(const struct config *config, const struct envelope *envelope,
			     bool *warned);

#endif
