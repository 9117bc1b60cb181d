/* SPDX-License-Identifier: MIT */
/*
 * From SPF results to what happens to the mail, under the settings. Pure.
 */
#ifndef POLICY_DECIDE_H
#define POLICY_DECIDE_H

#include "policy/decision.h"
#include "policy/envelope.h"

enum decide_missing {
	DECIDE_HELO = SPF_HELO,
	DECIDE_MAILFROM = SPF_MAILFROM,
	DECIDE_DMARC, /* the policy for MAIL FROM's domain */
	DECIDE_NOTHING,
};

/*
 * Decides by the reports of both identities, as far as they are needed: returns which is missing (not
 * `checked`; DMARC_UNKNOWN), to be called again when it is there, or DECIDE_NOTHING when decided.
 *
 * HELO first: when it rejects, MAIL FROM is not looked at. A null sender is judged by HELO alone
 * (RFC 7208 section 2.4). A restriction configured for a result takes the place of the rules about it. As
 * policyd-spf's manual promises, one for a pass is returned even if the other identity would cause the
 * message to be rejected. Sets verb, identity, reason (DECISION_CHECKED or, when no identity is to be
 * checked, DECISION_NOT_APPLICABLE), restriction and the reports used.
 */
enum decide_missing decide(const struct config *config, const struct envelope *envelope,
			   const struct spf_report reports[SPF_IDENTITY_COUNT],
			   const struct dmarc_report *dmarc, struct decision *decision);

/* Can there be a reject of MAIL FROM that depends on the DMARC policy? */
bool decide_may_ask_dmarc(const struct config *config, const struct envelope *envelope);

/* Is this identity checked at all under these settings? */
bool decide_wants(const struct config *config, const struct envelope *envelope,
		  enum spf_identity identity);

#endif
