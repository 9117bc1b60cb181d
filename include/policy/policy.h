/* SPDX-License-Identifier: MIT */
/*
 * One request to one decision: is SPF asked at all, what do its results mean under the settings, and
 * what of it has this message been told already.
 *
 * Postfix asks once per recipient. The message that was seen last is remembered by its instance (which
 * Postfix never reuses on a connection), client, HELO and sender; an empty instance is never a key. Its
 * SPF results are not looked up again, and each header goes into the message once.
 */
#ifndef POLICY_POLICY_H
#define POLICY_POLICY_H

#include "config/config.h"
#include "policy/decision.h"
#include "dns/resolver.h"
#include "postfix/request.h"
#include "spf/check.h"
#include "base/text.h"

struct policy;

enum policy_status {
	POLICY_ANSWER,	/* `decision` is to be answered and logged */
	POLICY_TROUBLE, /* no answer: end the connection (a reason has been logged) */
};

/* Everything is borrowed for the policy's life. */
struct policy *policy_create(const struct config *config, struct resolver *resolver,
			     struct check_library *library);
void policy_destroy(struct policy *policy); /* NULL allowed */

/*
 * What policy_decide() found out. `facts` borrow from the request; `config` is what holds for its
 * recipient; `header` is the field that this reply carries, "" for none.
 */
struct policy_result {
	struct decision decision;
	struct message_facts facts;
	const struct config *config;
	struct text header;
	char header_storage[4096];
};

/*
 * Takes at most Lookup_Time. The answer must be written at once: it is not to be given when the machine
 * slept past the deadline in between (POLICY_TROUBLE).
 */
enum policy_status policy_decide(struct policy *policy, const struct request *request,
				 struct policy_result *result);

/* The evaluation of an identity as the last policy_decide() left it, for `check`; NULL when there was
 * none. Valid until the next policy_decide() or policy_release(). */
struct evaluation *policy_evaluation(struct policy *policy, enum spf_identity identity);

/* Ends the epoch of the last policy_decide(): its answers and evaluations are let go. */
void policy_release(struct policy *policy);

#endif
