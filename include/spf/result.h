/* SPDX-License-Identifier: MIT */
/*
 * The words of RFC 7208: results (section 2.6), identities (section 2.3, 2.4), and the report of
 * one identity's check, which is all that the rest of the program learns from an SPF evaluation.
 */
#ifndef SPF_RESULT_H
#define SPF_RESULT_H

#include <stdbool.h>

#include "dns/name.h"

enum spf_result {
	SPF_NONE,
	SPF_NEUTRAL,
	SPF_PASS,
	SPF_FAIL,
	SPF_SOFTFAIL,
	SPF_TEMPERROR,
	SPF_PERMERROR,
	SPF_RESULT_COUNT
};

enum spf_identity { SPF_HELO, SPF_MAILFROM, SPF_IDENTITY_COUNT };

enum {
	SPF_MECHANISM_MAX = 128,
	SPF_PROBLEM_MAX = 192,
	SPF_FAULT_MAX = 128,
	SPF_EXPLANATION_MAX = 256,
};

/*
 * All texts are printable ASCII, NUL-terminated, and end in "..." where they had to be cut.
 */
struct spf_report {
	enum spf_identity identity;
	enum spf_result result;
	bool checked;			   /* false: this identity was not looked at */
	char domain[DNS_NAME_MAX];	   /* the domain judged, A-labels, no trailing dot */
	char mechanism[SPF_MECHANISM_MAX]; /* the term that decided, as published; "default" when
						   none matched; "" when no record was evaluated */
	char problem[SPF_PROBLEM_MAX];	   /* why temperror or permerror; "" otherwise */
	char fault[SPF_FAULT_MAX];	   /* of a DNS failure, which server did what; not for
						   the client's eyes */
	bool resolver_failed;		   /* of a DNS failure: our servers answered nothing */
	char explanation
		[SPF_EXPLANATION_MAX]; /* RFC 7208 section 6.2, the words of `domain`'s owner;
						   only for fail, "" when there are none */
	bool sends_no_mail;	       /* the record is "v=spf1 -all" and nothing else */
	unsigned lookups;	       /* terms counted against the limit of 10 (4.6.4) */
	unsigned voids;		       /* void lookups counted (4.6.4) */
	unsigned queries;	       /* really sent to DNS for this identity */
};

/* "none", "neutral", "pass", "fail", "softfail", "temperror", "permerror" (RFC 7208 section 9.1). */
const char *spf_result_name(enum spf_result result);

/* The same with a capital first letter, as log readers expect: "Pass", "Permerror". */
const char *spf_result_title(enum spf_result result);

/* What a matching directive with this qualifier gives (section 4.6.2): '+', '-', '~', '?'. */
enum spf_result spf_result_qualified(char qualifier);

/* "helo", "mailfrom". */
const char *spf_identity_name(enum spf_identity identity);

#endif
