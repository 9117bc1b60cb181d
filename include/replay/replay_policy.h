/* SPDX-License-Identifier: MIT */
#ifndef REPLAY_REPLAY_POLICY_H
#define REPLAY_REPLAY_POLICY_H

#include "policy/policy.h"

/* Makes the policy of one of the processes that judge, with a resolver of its own. NULL: there is none, which has
 * been said. */
typedef struct policy *(*replay_policy)(void *arg);

#endif
