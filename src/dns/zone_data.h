/* SPDX-License-Identifier: MIT */
/*
 * The data of one record in a master file, of each type that is kept, in its own form or that of RFC 3597
 * ("\# 4 c0000201"). Other types are read over. Pure.
 */
#ifndef DNS_ZONE_DATA_H
#define DNS_ZONE_DATA_H

#include "dns/zone.h"
#include "zone_name.h"

/* Whose data it is, and where it goes. */
struct zone_owner {
	struct zone *zone;
	const struct zone_name *origin, *name;
	uint32_t ttl;
};

/* The type that the current token names, also as TYPEn; false when it is none. */
bool zone_data_type(const struct zone_tokens *tokens, uint16_t *type);

/* From the current token on. False, with the error said, when it is malformed. */
bool zone_data_read(struct zone_tokens *tokens, const struct zone_owner *owner, uint16_t type);

/* A decimal number up to `max`. */
bool zone_data_number(struct span word, uint32_t max, uint32_t *value);

#endif
