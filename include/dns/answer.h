/* SPDX-License-Identifier: MIT */
/* The answer to one DNS query: plain data, in one block of memory. */
#ifndef DNS_ANSWER_H
#define DNS_ANSWER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/span.h"

/* RR types that we ask for (RFC 1035, RFC 3596). */
enum dns_type {
	DNS_A = 1,
	DNS_CNAME = 5, /* never asked, met in answers */
	DNS_SOA = 6,   /* never asked, met in negative answers */
	DNS_PTR = 12,
	DNS_MX = 15,
	DNS_TXT = 16,
	DNS_AAAA = 28,
	DNS_SPF = 99, /* nothing but a mistake since RFC 7208 section 3.1 */
};

enum {
	ANSWER_CHAIN_MAX = 16,	     /* CNAME links followed inside one message */
	ANSWER_ADDRESSES_MAX = 1000, /* A, AAAA kept */
	ANSWER_MX_MAX = 11,	     /* MX kept: one more than section 4.6.4 allows to follow */
	ANSWER_PTR_MAX = 10,	     /* PTR kept: the rest is ignored (section 5.5) */
	ANSWER_TXT_MAX = 1000,	     /* TXT kept */
};

struct answer_record {
	uint16_t preference; /* MX; 0 otherwise */
	uint16_t strings;    /* TXT: how many it is made of; 0 otherwise */
	struct span data;    /* A: 4 bytes; AAAA: 16 bytes; TXT: its strings joined, any byte;
				   MX, PTR: the name as text, no trailing dot, and only if it is a
				   host name (dns/name.h): others are kept with length 0, which
				   counts but cannot be followed */
};

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
	bool alias;   /* by a CNAME: the records are those of another name */
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

/* How many records of a type are kept. */
size_t answer_records_max(uint16_t type);

const char *answer_status_name(enum answer_status status);
const char *dns_type_name(uint16_t type); /* "A", "TXT"; "TYPE?" for others */

#endif
