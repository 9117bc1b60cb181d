/* SPDX-License-Identifier: MIT */
/* Domain names of a master file (RFC 1035 section 5.1). Pure. */
#ifndef DNS_ZONE_NAME_H
#define DNS_ZONE_NAME_H

#include "wire.h"
#include "zone_token.h"

enum { ZONE_NAME_MAX = WIRE_NAME_MAX - 2 }; /* as text, without the trailing dot */

struct zone_name {
	size_t length; /* 0: the root */
	char text[ZONE_NAME_MAX + 1];
};

struct span zone_name_span(const struct zone_name *name);

/* Without a trailing dot; too long a text is ignored. */
void zone_name_set(struct zone_name *name, struct span text);

/*
 * The current token as a name: "@" is the origin, and what does not end in a dot is below it. False, with
 * the error said, when it is none.
 */
bool zone_name_read(struct zone_tokens *tokens, const struct zone_name *origin,
		    struct zone_name *name);

#endif
