/* SPDX-License-Identifier: MIT */
/*
 * What was decided about one request: handed from policy to the words that go out (header, reply,
 * log). Data only.
 */
#ifndef POLICY_DECISION_H
#define POLICY_DECISION_H

#include "base/address.h"
#include "base/span.h"
#include "spf/result.h"
#include "base/text.h"

enum decision_verb {
	DECISION_DUNNO,	      /* no opinion, no header */
	DECISION_PREPEND,     /* header, mail goes on */
	DECISION_REJECT,      /* 550 */
	DECISION_DEFER,	      /* defer_if_permit */
	DECISION_RESTRICTION, /* an access(5) action that the operator configured */
};

enum decision_reason {
	DECISION_CHECKED,  /* the report of `identity` decided */
	DECISION_EXEMPT,   /* not checked: `why` tells */
	DECISION_REPEATED, /* another recipient of a message that has been decided */
	DECISION_NOT_OURS, /* request type, state or client that SPF has nothing to say about: `why` */
};

struct decision {
	enum decision_verb verb;
	enum decision_reason reason;
	bool test_mode;		    /* verb is what would have happened; what goes out is DUNNO for
					   reject, defer and restriction, the header otherwise */
	enum spf_identity identity; /* whose report decided (DECISION_CHECKED) */
	struct spf_report reports[SPF_IDENTITY_COUNT];
	const char *
		why; /* DECISION_EXEMPT, DECISION_NOT_OURS: "SPF check N/A for local connections" ...;
					   static text */
	const char *restriction; /* DECISION_RESTRICTION; borrowed from the configuration */
	unsigned elapsed_ms;
};

/*
 * The facts of the message that the words quote. All spans are raw bytes from the peer, borrowed from
 * the request.
 */
struct message_facts {
	struct address client;
	struct span client_text; /* as the peer wrote it; used when client is AF_UNSPEC */
	struct span helo;
	struct span sender; /* "" = null sender */
	struct span recipient;
	struct span queue_id;
	struct span instance;
};

const char *decision_verb_name(enum decision_verb verb); /* "dunno", "prepend", "reject", "defer",
								   "restriction" */

/*
 * The result in words, those of policyd-spf that log readers and users know: "SPF fail - not
 * authorized", "SPF Permanent Error: PROBLEM". Printable ASCII as the report's texts are.
 */
void decision_describe(struct text *out, const struct spf_report *report);

/*
 * What problem= says in the header and the log: the description of a permerror or temperror, as the user
 * sees it in a reply; nothing when there is no problem. DECISION_PROBLEM_MAX bytes of storage suffice.
 */
enum { DECISION_PROBLEM_MAX = SPF_PROBLEM_MAX + 32 };
void decision_problem(struct text *out, const struct spf_report *report);

#endif
