/* SPDX-License-Identifier: MIT */
/*
 * One record of an answer, and how many are kept of each type.
 */
#ifndef DNS_ANSWER_RECORD_H
#define DNS_ANSWER_RECORD_H

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
};

enum {
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
				   host name (spf/name.h): others are kept with length 0, which
				   counts but cannot be followed */
};

#endif
