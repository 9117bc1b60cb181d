/* SPDX-License-Identifier: MIT */
/*
 * A small master file (RFC 1035 section 5, without parentheses and $INCLUDE) that gives answers in
 * place of DNS: for the demo, for `check --zone`, for trying a record before publishing it.
 *
 * One record a line: `name [ttl] [IN] type rdata`; $ORIGIN, $TTL, "@", a leading blank = the previous
 * name, ";" comments; TXT as quoted strings with \" and \DDD. Types A AAAA CNAME MX PTR TXT, and our
 * own pseudo type FAIL (no rdata): every question at that name fails as if its servers were dead.
 * "*" as the first label is a wildcard (RFC 4592: for names that do not exist).
 */
#ifndef DNS_ZONE_H
#define DNS_ZONE_H

#include <stdint.h>

#include "dns/answer.h"

struct zone;

enum { ZONE_FILE_MAX = 16 * 1024 * 1024 };	/* bytes */

/* Returns NULL with "FILE:LINE: what is wrong" in error (size > 0) when the file can not be used. */
struct zone *zone_load(const char *path, char *error, size_t size);

/* Adds one TXT record in place of all TXT at `name` that are SPF records (check --record). */
void zone_set_record(struct zone *zone, const char *name, struct span text);

/* An empty zone. */
struct zone *zone_create(void);
void zone_destroy(struct zone *zone);	/* NULL allowed */

/* Follows CNAMEs inside the zone. The answer is new memory of the caller (free()). */
struct answer *zone_answer(const struct zone *zone, struct span name, uint16_t type);

/* Is there anything at the name, a wildcard included? */
bool zone_has(const struct zone *zone, struct span name);

#endif
