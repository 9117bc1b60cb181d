/* SPDX-License-Identifier: MIT */
/*
 * From SPF results to what happens to the mail, under the settings. Pure.
 */
#ifndef POLICY_DECIDE_H
#define POLICY_DECIDE_H

#include "policy/decision.h"
#include "policy/envelope.h"

/*
 * Decides by the reports of both identities, as far as they are needed: returns the identity whose report
 * is missing (not `checked`), to be called again when it is there, or SPF_IDENTITY_COUNT when decided.
 *
 * HELO first: when it rejects, MAIL FROM is not looked at. A null sender is judged by HELO alone
 * (RFC 7208 section 2.4). A restriction configured for a result takes the place of the rules about it. As
 * policyd-spf's manual promises, one for a pass is returned even if the other identity would cause the
 * message to be rejected. Sets verb, identity, reason (DECISION_CHECKED or, when no identity is to be
 * checked, DECISION_NOT_APPLICABLE), restriction and the reports used.
 */
enum spf_identity decide(const struct config *config, const struct envelope *envelope,
			 const struct spf_report reports[SPF_IDENTITY_COUNT],
			 struct decision *decision);

/* Is this identity checked at all under these settings? */
bool decide_wants(const struct config *config, const struct envelope *envelope,
		  enum spf_identity identity);

#endif
