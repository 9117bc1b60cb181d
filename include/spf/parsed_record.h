/* SPDX-License-Identifier: MIT */
/*
 * A domain's record parsed for one client: from the answer to its TXT query to the terms that still
 * matter. Pure: no I/O, no allocation.
 */
#ifndef SPF_PARSED_RECORD_H
#define SPF_PARSED_RECORD_H

#include "base/address.h"
#include "dns/answer.h"
#include "spf/record.h"
#include "spf/result.h"

enum {
	PARSED_TERMS_MAX = 10,	   /* RFC 7208 section 4.6.4: terms that need DNS */
	PARSED_RECORD_MAX = 63488, /* bytes of one record that we read; longer: permerror */
};

enum parsed_status {
	PARSED_USABLE,
	PARSED_NONE,
	PARSED_TEMPERROR,
	PARSED_PERMERROR,
};

/*
 * The terms that need DNS up to the first one that matches without any: the terminal term. Points into
 * the answer that it came from.
 */
struct parsed_record {
	enum parsed_status status;
	struct span text;
	struct record_error error; /* PARSED_PERMERROR: problem; offset when text is set */
	bool only_minus_all;	   /* "v=spf1 -all" and nothing else: a domain that sends no mail */
	bool has_terminal, has_redirect, has_exp;
	struct record_term terminal, redirect, exp; /* set when there is one */
	size_t count; /* of terms; the 11th is stored so that the limit is met */
	struct record_term terms[PARSED_TERMS_MAX + 1];
};

/*
 * Selects the record (section 4.5) among the answer's texts and reads all of it, also after the terminal
 * term: an error anywhere is a permerror (section 4.6). Terms that there are not stay unset.
 */
void parsed_record_read(struct parsed_record *p, const struct address *client,
			const struct answer *answer);

/* "found", "none", "temperror", "permerror". */
const char *parsed_status_name(enum parsed_status status);

#endif
