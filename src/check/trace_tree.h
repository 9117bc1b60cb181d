/* SPDX-License-Identifier: MIT */
/*
 * The tree that check/trace.h builds: records, their terms, the queries of each. Data only.
 */
#ifndef CHECK_TRACE_TREE_H
#define CHECK_TRACE_TREE_H

#include "repair.h"
#include "spf/evaluation.h"

enum trace_verdict {
	TRACE_NOT_REACHED,
	TRACE_NO_MATCH,
	TRACE_MATCH,
	TRACE_TEMPERROR,
	TRACE_PERMERROR,
	TRACE_USED,   /* a modifier that was followed */
	TRACE_UNUSED, /* a modifier that had no part in this */
};

enum trace_source {
	TRACE_DNS,   /* asked now */
	TRACE_CACHE, /* known from an earlier query */
	TRACE_ZONE,  /* given: --zone, --record */
	TRACE_ABOVE, /* asked now, and shown before */
};

struct trace_query {
	const char *name;
	uint16_t type;
	const struct answer *answer; /* NULL: none came */
	enum trace_source source;
	unsigned elapsed_ms;
	bool needed; /* false: prefetched, and the evaluation did without */
};

struct trace_term {
	struct record_term term;
	enum trace_verdict verdict;
	bool decides;	      /* on the way to the result */
	unsigned lookup;      /* which of the 10 lookups it is; 11 = the one too many; 0 = none */
	unsigned void_lookup; /* which of the void lookups it is; 0 = none */
	const char *target;   /* the name it is about where macros hide it; NULL otherwise */
	const char *note;     /* what explains the verdict, static; NULL */
	struct trace_query *queries;
	size_t query_count;
	struct trace_record *record; /* include, redirect: what it led to; NULL */
};

struct trace_record {
	const char *domain;
	struct trace_query query;
	enum parsed_status status;
	struct span text;	     /* "" when there is none that can be shown */
	struct record_error error;   /* the first one */
	const struct repair *repair; /* all errors of `text`; NULL */
	bool reached;
	enum spf_result result; /* when reached */
	struct trace_term *terms;
	size_t count;
};

struct trace {
	const struct spf_report *report;
	unsigned void_limit;
	struct trace_record *top; /* NULL: no domain to ask, or never asked */
	unsigned cost;		  /* lookups of a client that nothing matches, as far as is known */
	bool whole; /* false: the evaluation ended otherwise than by its terms (deadline,
		       limit on queries); report->problem says how */
};

/* The queries that have been shown, over both identities. Starts zeroed. */
struct trace_seen {
	size_t count;
	const struct trace_query *queries[512];
};

#endif
