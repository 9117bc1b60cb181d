/* SPDX-License-Identifier: MIT */
/*
 * Is this text an action that Postfix takes in reply to a policy request, as access(5) describes?
 * Pure.
 *
 * Checked when the configuration is read, because Postfix answers an action that it does not know
 * with "451 4.3.5 Server configuration error" to the client. Names of restrictions and
 * restriction classes cannot be checked beyond their form: only Postfix knows them.
 */
#ifndef CONFIG_ACCESS_ACTION_H
#define CONFIG_ACCESS_ACTION_H

#include "base/span.h"

enum { ACCESS_ACTION_MAX = 400 }; /* bytes */

/*
 * Returns NULL when the action can be used, else why not (static). Rejected on purpose are those
 * that would end the restriction list with a permit: OK, RELAY, a number, permit and its
 * relatives. SPF says who sent a message, not that it is wanted.
 */
const char *access_action_check(struct span action);

#endif
