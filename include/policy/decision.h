/* SPDX-License-Identifier: MIT */
/*
 * What was decided about one request: handed from policy to what writes headers, replies and log
 * lines. Data only.
 */
#ifndef POLICY_DECISION_H
#define POLICY_DECISION_H

#include "base/text.h"
#include "dmarc/dmarc_policy.h"
#include "spf/result.h"

enum decision_verb {
	DECISION_DUNNO,	      /* no opinion, no header */
	DECISION_PREPEND,     /* header, mail goes on */
	DECISION_REJECT,      /* 550 */
	DECISION_DEFER,	      /* defer_if_permit */
	DECISION_RESTRICTION, /* an access(5) action that the operator configured */
};

/* The field that goes into the message with this answer. */
enum decision_header {
	DECISION_NO_HEADER,
	DECISION_RECEIVED_SPF,
	DECISION_AUTHENTICATION_RESULTS,
	DECISION_COMMENT, /* X-Comment: why it was not checked */
};

enum decision_reason {
	DECISION_CHECKED,	 /* the report of `identity` decided */
	DECISION_EXEMPT,	 /* not checked: `why` tells */
	DECISION_REPEATED,	 /* another recipient of a message that has been decided */
	DECISION_NOT_APPLICABLE, /* SPF has nothing to say about this request: `why` tells */
};

struct decision {
	enum decision_verb verb;
	enum decision_reason reason;
	enum decision_header header;
	bool test_mode; /* `verb` would have happened; what goes out is DUNNO or PREPEND */
	enum spf_identity identity; /* whose report decided (DECISION_CHECKED) */
	struct spf_report reports[SPF_IDENTITY_COUNT];
	const char *
		why; /* "SPF check N/A for local connections" ...; static, or the configuration's */
	struct dmarc_report dmarc; /* DMARC_UNKNOWN: nothing depended on it */
	const char *restriction;   /* DECISION_RESTRICTION; borrowed from the configuration */
	unsigned elapsed_ms;
};

/* "dunno", "prepend", "reject", "defer", "restriction". */
const char *decision_verb_name(enum decision_verb verb);

/*
 * The result in words, those of policyd-spf that log readers and users know: "SPF fail - not
 * authorized", "SPF Permanent Error: PROBLEM". Names no server of ours; when none of them answered,
 * it does not blame the domain. Printable ASCII as the report's texts are.
 */
void decision_describe(struct text *out, const struct spf_report *report);

/*
 * What problem= says in the header and the log: the description of a permerror or temperror, with the
 * DNS server that is to blame; nothing when there is no problem. DECISION_PROBLEM_MAX bytes of storage suffice.
 */
enum { DECISION_PROBLEM_MAX = SPF_PROBLEM_MAX + SPF_FAULT_MAX + 32 };
void decision_problem(struct text *out, const struct spf_report *report);

#endif
