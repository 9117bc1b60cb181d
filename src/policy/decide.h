/* SPDX-License-Identifier: MIT */
/*
 * From SPF results to what happens to the mail, under the settings. Pure, apart from asking for the
 * reports that it needs, in the order in which they can decide.
 */
#ifndef POLICY_DECIDE_H
#define POLICY_DECIDE_H

#include "config/config.h"
#include "policy/decision.h"

/* The report of an identity; makes it when it is not there yet. Never NULL. */
typedef const struct spf_report *decide_report(void *arg, enum spf_identity identity);

struct decide_subject {
	bool null_sender;
	struct span
		domains[SPF_IDENTITY_COUNT]; /* what each identity would be checked for; "" when it
							   is no domain name */
};

/*
 * HELO first: when it refuses, MAIL FROM is not looked at. A null sender is judged by HELO alone
 * (RFC 7208 section 2.4). A restriction configured for a result takes the place of the rules about it. As
 * policyd-spf's manual promises, one for a pass is returned even if the other identity would cause the
 * message to be rejected. Sets verb, identity, reason (DECISION_CHECKED or, when no identity is to be
 * checked, DECISION_NOT_OURS), restriction and the reports used.
 */
void decide(const struct config *config, const struct decide_subject *subject,
	    decide_report *report, void *arg, struct decision *decision);

/* Is this identity checked at all under these settings? */
bool decide_wants(const struct config *config, const struct decide_subject *subject,
		  enum spf_identity identity);

#endif
