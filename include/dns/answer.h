/* SPDX-License-Identifier: MIT */
/*
 * The answer to one DNS query, and the bounded reader that makes it from a DNS message.
 *
 * The reader trusts nothing: it checks the header (QR, opcode, RCODE, one question that is ours),
 * class, bounds, compression; takes only records owned by the question's name or by a name on its
 * CNAME chain (in any order in the message, at most ANSWER_CHAIN_MAX links, a loop is malformed).
 * Pure: no library, no I/O.
 */
#ifndef DNS_ANSWER_H
#define DNS_ANSWER_H

#include <stddef.h>

#include "dns/answer_record.h"

enum { ANSWER_CHAIN_MAX = 16 }; /* CNAME links followed inside one message */

enum answer_status {
	ANSWER_OK,	 /* RCODE 0 and at least one record */
	ANSWER_NODATA,	 /* RCODE 0, no record of the type: void */
	ANSWER_NXDOMAIN, /* RCODE 3: void */
	ANSWER_FAILURE,	 /* anything else: other RCODE, malformed, time-out, no server */
};

/* One block of memory; release with free(). MX are sorted by preference, stable. Equal records are one
 * (RFC 2181 section 5). */
struct answer {
	enum answer_status status;
	uint16_t type;
	uint32_t ttl; /* seconds: smallest of the records and chain, or of the SOA's TTL
				   and minimum for a negative answer; 0 for failures and when
				   unknown */
	size_t bytes; /* of the whole block, for those who keep many */
	size_t count;
	struct answer_record records[];
	/* the records' bytes follow */
};

/* One record as a source of answers (the zone file) has it; data as in struct answer_record. */
struct answer *answer_build(enum answer_status status, uint16_t type, uint32_t ttl,
			    const struct answer_record *records, size_t count);

/*
 * Reads the message that answers (name, type), class IN. `name` is text without trailing dot where
 * bytes are as in the question (no escapes). Never returns NULL; everything unusable is
 * ANSWER_FAILURE. RCODE 0 with only a CNAME chain is ANSWER_NODATA.
 */
struct answer *answer_parse(const uint8_t *message, size_t length, struct span name, uint16_t type);

const char *answer_status_name(enum answer_status status);
const char *dns_type_name(uint16_t type); /* "A", "TXT"; "TYPE?" for others */

#endif
