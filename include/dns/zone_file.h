/* SPDX-License-Identifier: MIT */
/*
 * A master file (RFC 1035 section 5) to the records of a zone. Pure but for zone_load().
 *
 * One record an entry: `name [ttl] [IN] type rdata`; $ORIGIN, $TTL, "@", a leading space = the
 * previous name, ";" comments, parentheses, strings in quotes, \X and \DDD. Times may carry units
 * ("1h30m"). Types A AAAA CNAME MX PTR TXT, and our own pseudo type FAIL (no rdata). The other
 * types that zones commonly hold are read over; their names exist. $INCLUDE is not supported.
 */
#ifndef DNS_ZONE_FILE_H
#define DNS_ZONE_FILE_H

#include "dns/zone.h"

enum { ZONE_FILE_MAX = 16 * 1024 * 1024 }; /* bytes */

struct zone_source {
	const char *label; /* for messages */
	struct span text;
	const char *origin; /* of relative names until $ORIGIN; NULL: the root */
};

/* Returns NULL with "FILE:LINE: what is wrong" in error (size > 0) when it cannot be used. */
struct zone *zone_load(const char *path, const char *origin, char *error, size_t size);

/* The same for text in memory. Returns false with "LABEL:LINE: what is wrong" in error (size > 0). */
bool zone_file_read(struct zone *zone, const struct zone_source *source, char *error, size_t size);

#endif
