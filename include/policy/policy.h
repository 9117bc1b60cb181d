/* SPDX-License-Identifier: MIT */
/*
 * One envelope to one decision: is SPF asked at all, what do its results mean under the settings, and
 * which header does the message get. Knows nothing of Postfix.
 *
 * Of the last message, results are not looked up again for its next recipients, and each header goes into
 * it once.
 */
#ifndef POLICY_POLICY_H
#define POLICY_POLICY_H

#include "dns/resolver.h"
#include "policy/decision.h"
#include "policy/envelope.h"
#include "policy/exempt_list.h"
#include "spf/check.h"

struct policy;

/* Everything is borrowed for the policy's life. */
struct policy *policy_create(struct resolver *resolver, struct check_library *library);
void policy_destroy(struct policy *policy); /* NULL allowed */

/*
 * Takes at most Lookup_Time. `config` is what holds for the recipient; it and the envelope are borrowed
 * until policy_release(). The answer must be given at once. False, which has been logged: the machine
 * slept past the deadline, and the answer is not to be given at all.
 */
bool policy_decide(struct policy *policy, const struct config *config,
		   const struct envelope *envelope, struct decision *decision);

/* From now on policy_decide() tells of the lists by name that it tried in vain, for `check`. */
void policy_tell_misses(struct policy *policy, exempt_miss *miss, void *arg);

/* What policy_decide() would find if nothing exempted the client, for `check`: verb, identity, reports. */
void policy_evaluate(struct policy *policy, const struct config *config,
		     const struct envelope *envelope, struct decision *decision);

/* The evaluation of an identity as either of them left it, for `check`; NULL when there was none. Valid
 * until the next call of either or policy_release(). */
struct evaluation *policy_evaluation(struct policy *policy, enum spf_identity identity);

/* Ends the lookup session of the last decision: its answers and evaluations are let go. */
void policy_release(struct policy *policy);

#endif
