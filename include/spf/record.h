/* SPDX-License-Identifier: MIT */
/*
 * SPF records as text (RFC 7208 sections 4.5, 4.6.1, 5, 6, 12): selection and a strict reader that
 * hands out one term at a time. Pure: no I/O, no allocation; a record of any length costs nothing
 * but time. Terms point into the record's text and are valid as long as that is.
 */
#ifndef SPF_RECORD_H
#define SPF_RECORD_H

#include "spf/record_term.h"

/* "v=spf1" in any case, followed by a space or the end (section 4.5). */
bool record_is_spf(struct span text);

struct record_reader {
	struct span text;
	size_t offset;
	bool seen_redirect, seen_exp;
};

enum record_status {
	RECORD_TERM,
	RECORD_END,
	RECORD_ERROR,
};

/* Starts at the first term. record_is_spf(text) is true. */
void record_begin(struct record_reader *reader, struct span text);

/*
 * The next term, modifiers included, in published order. After an error, the same error again.
 *
 * Problems are worded the way mail operators know them from pyspf, with what they are about after a
 * colon, printable ASCII, cut with "...": "Unknown mechanism found: TERM", "Missing IP4: TERM",
 * "Use the ip4 mechanism for ip4 addresses: TERM", "Invalid IP4 address: TERM", "Invalid IP4 CIDR
 * length: TERM" (and IP6), "Dual CIDR not allowed: TERM", "CIDR not allowed: TERM", "Invalid domain
 * found (use FQDN): DOMAIN", "empty domain: TERM", "redirect= MUST appear at most once: TERM",
 * "Unknown Macro Encountered: MACRO", "c,r,t macros allowed in exp= text only: MACRO", "Do not
 * separate mechanisms with commas: TERM"; ours are "Invalid CIDR length: TERM" (its form is wrong),
 * "Invalid macro character: TERM", "Invalid macro: MACRO", "Invalid character: TERM".
 */
enum record_status record_next(struct record_reader *reader, struct record_term *term,
			       struct record_error *error);

/* Goes past the term that is an error, to find the errors behind it. */
void record_skip(struct record_reader *reader);

/* The term needs DNS and counts against the limit of 10 (section 4.6.4). */
bool record_counts(enum record_mechanism mechanism);

/* "include", "a", ... as published in lower case. */
const char *record_mechanism_name(enum record_mechanism mechanism);

#endif
