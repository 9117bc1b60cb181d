/* SPDX-License-Identifier: MIT */
/*
 * Records that give answers in place of DNS: for the demo, for `check --zone`, for trying a record
 * before publishing it. Read from a master file: dns/zone_file.h.
 *
 * "*" as the first label is a wildcard (RFC 4592: for names that do not exist). The pseudo type
 * ZONE_FAIL makes every query at its name fail as if the servers were dead.
 */
#ifndef DNS_ZONE_H
#define DNS_ZONE_H

#include <stdint.h>

#include "dns/answer.h"

struct zone;

enum {
	ZONE_FAIL = 65280, /* of the types for private use (RFC 6895) */
	ZONE_OTHER = 0,	   /* a type that nobody asks for; the name exists */
	ZONE_NS = 2,
};

/* An empty zone. */
struct zone *zone_create(void);
void zone_destroy(struct zone *zone); /* NULL allowed */

/*
 * One record at `name` (text, no trailing dot). The data is as in struct answer_record; that of a
 * CNAME is its target as text. Everything is copied. zone_finish() must follow the last one.
 */
void zone_add(struct zone *zone, struct span name, uint16_t type, uint32_t ttl,
	      const struct answer_record *record);
void zone_finish(struct zone *zone);

/* Adds one TXT record in place of all TXT at `name`, one trailing dot allowed (check --record). */
void zone_set_record(struct zone *zone, const char *name, struct span text);

/* A SOA record is in it: it is a zone of DNS, or several. */
bool zone_has_apex(const struct zone *zone);

/* The name is in one of these zones: at or below its SOA record, and not delegated away from it. */
bool zone_covers(const struct zone *zone, struct span name);

/* A CNAME stands at the name beside records of other types that we know, which RFC 1034 section 3.6.2 forbids. */
bool zone_has_alias_beside(const struct zone *zone, struct span name);

/* Where the CNAMEs of the zone lead from `name` on: it, when it has none. Valid as long as the zone. */
struct span zone_follow(const struct zone *zone, struct span name, uint16_t type);

/* Follows CNAMEs inside the zone. The answer is new memory of the caller (free()). */
struct answer *zone_answer(const struct zone *zone, struct span name, uint16_t type);

#endif
