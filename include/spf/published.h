/* SPDX-License-Identifier: MIT */
/*
 * What a domain publishes, read for one client: from the answer to its TXT question to the terms that
 * still matter. Pure: no I/O, no allocation.
 */
#ifndef SPF_PUBLISHED_H
#define SPF_PUBLISHED_H

#include "base/address.h"
#include "dns/answer.h"
#include "spf/record.h"
#include "spf/result.h"

enum {
	PUBLISHED_TERMS_MAX = 10,     /* RFC 7208 section 4.6.4: terms that need DNS */
	PUBLISHED_RECORD_MAX = 63488, /* bytes of one record that we read; longer: permerror */
};

enum published_name {
	PUBLISHED_NAME_UNSET,
	PUBLISHED_NAME_READY,
	PUBLISHED_NAME_UNASKABLE, /* no DNS name: as if it did not exist, without a question */
	PUBLISHED_NAME_NO_MATCH,  /* needs a local part that is not ASCII: the term does not match
					   (RFC 8616 section 4) */
};

struct published_term {
	struct record_term term;
	bool uses_names; /* %{p} is in the target: it needs the client's validated names */
	enum published_name state; /* of `name` */
	enum published_name
		foreseen;	 /* the same, before evaluation has asked for those names itself */
	char name[DNS_NAME_MAX]; /* the target, expanded */
};

enum published_status {
	PUBLISHED_USABLE,
	PUBLISHED_NONE,
	PUBLISHED_TEMPERROR,
	PUBLISHED_PERMERROR,
};

/*
 * A domain's record, read for this client: the terms that need DNS up to the first term that matches
 * without any, which is `certain`. Points into the answer it came from.
 */
struct published {
	char domain[DNS_NAME_MAX];
	enum published_status status;
	struct span text;
	struct record_error error; /* PUBLISHED_PERMERROR: problem; offset when text is set */
	bool only_minus_all;	   /* "v=spf1 -all" and nothing else: a domain that sends no mail */
	bool has_certain;
	struct record_term certain;
	bool has_redirect, has_exp;
	struct published_term redirect;
	struct published_term exp;
	size_t count; /* of terms; the 11th is kept so that the limit is met */
	struct published_term terms[PUBLISHED_TERMS_MAX + 1];
};

/*
 * Selects the record (section 4.5) among the answer's texts and reads all of it, also behind the deciding
 * term: an error anywhere is a permerror (section 4.6). `p` is zero but for the domain; afterwards it
 * points into the answer.
 */
void published_read(struct published *p, const struct address *client, const struct answer *answer);

#endif
