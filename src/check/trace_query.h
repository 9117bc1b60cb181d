/* SPDX-License-Identifier: MIT */
/*
 * Which queries a term of a record came down to, as facts of the resolver. Part of the trace.
 */
#ifndef CHECK_TRACE_QUERY_H
#define CHECK_TRACE_QUERY_H

#include "base/arena.h"
#include "trace_tree.h"

/* Queries of one term: MX and ten hosts, or PTR and ten names for %{p} and then those. */
enum { TRACE_QUERIES_MAX = 24 };

struct trace_queries {
	struct walk *peeking; /* a walk whose source only looks at the answers that are here */
	struct trace_seen *seen;
	struct arena *arena;
	size_t count;
	struct trace_query items[TRACE_QUERIES_MAX];
};

/*
 * Appends the query if it was sent or answered; the answer when it is here. `needed`: the evaluation
 * came by here; if no answer came for it then, that too is worth showing.
 */
const struct answer *trace_query_add(struct trace_queries *list, struct span name, uint16_t type,
				     bool needed);

/* Where an answer came from, unless it was shown before. */
enum trace_source trace_query_source(const struct resolver_fact *fact);

/* All queries of an a, mx, ptr or exists, those for %{p} first. */
void trace_query_term(struct trace_queries *list, const struct known_record *in,
		      struct known_term *term, bool needed);

/* The queries for the client's validated names. */
void trace_query_names(struct trace_queries *list, bool needed);

/* Moves the list into the term. */
void trace_query_store(struct trace_queries *list, struct trace_term *term);

#endif
