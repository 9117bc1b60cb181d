/* SPDX-License-Identifier: MIT */
/* The data of one resource record of a message (RFC 1035 section 3.3). */
#ifndef DNS_RDATA_H
#define DNS_RDATA_H

#include <stdbool.h>

#include "dns/answer.h"
#include "wire.h"

struct rdata {
	const uint8_t *message;
	uint16_t type;
	/* Joined strings and names. Strings are shorter than the message; names can come out longer than they
	   are there: WIRE_NAME_MAX for each. */
	char *scratch;
	size_t used;
};

/* The name that the data consists of after `skip` bytes. False: it is malformed, or not all. */
bool rdata_name(const uint8_t *message, const struct wire_record *record, size_t skip,
		struct wire_name *name);

/* As struct answer_record has it, with bytes of the message or of the scratch. False: malformed. */
bool rdata_read(struct rdata *r, const struct wire_record *record, struct answer_record *out);

#endif
