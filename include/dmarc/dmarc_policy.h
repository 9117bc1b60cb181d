/* SPDX-License-Identifier: MIT */
/* What a domain wants done with mail that fails DMARC, and where it says so. Data only. */
#ifndef DMARC_DMARC_POLICY_H
#define DMARC_DMARC_POLICY_H

#include "dns/name.h"

enum dmarc_policy {
	DMARC_UNKNOWN,	  /* nobody has asked */
	DMARC_ABSENT,	  /* the domain does not take part */
	DMARC_NONE,	  /* takes part, and wants nothing done */
	DMARC_QUARANTINE, /* t=y makes the next weaker policy of one */
	DMARC_REJECT,
	DMARC_TEMPERROR, /* DNS failed before it was certain */
};

struct dmarc_report {
	enum dmarc_policy policy;
	char domain[DNS_NAME_MAX]; /* whose record it is: the domain or one above it; "" = none */
	bool faulty;	  /* that record: p is missing or invalid, or sp or np is invalid */
	unsigned names;	  /* of the walk, that it came by */
	unsigned queries; /* really sent to DNS; none of SPF's */
};

const char *dmarc_policy_name(enum dmarc_policy policy); /* "absent", "none", ...; "" for unknown */

#endif
