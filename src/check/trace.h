/* SPDX-License-Identifier: MIT */
/*
 * The evaluation of one identity as a tree, for `check`: each record with its terms, each term with
 * its verdict, its queries and what it counted.
 *
 * It is what the walk that gave the result left behind, with the text of the records and the facts of the
 * resolver. Terms that it did not reach are marked, and so are prefetched answers that it did not need.
 *
 * Everything is in the arena or borrowed from the evaluation, the report and the resolver's
 * answers: valid until policy_release().
 */
#ifndef CHECK_TRACE_H
#define CHECK_TRACE_H

#include "base/arena.h"
#include "trace_tree.h"

struct trace *trace_build(struct evaluation *e, const struct spf_report *report,
			  struct trace_seen *seen, struct arena *arena);

/* "no match", "not reached", ... */
const char *trace_verdict_name(enum trace_verdict verdict);
const char *trace_source_name(enum trace_source source);

/*
 * Calls back for every query below a record, in the order of the tree.
 */
typedef void trace_visit(void *arg, const struct trace_query *query);
void trace_each_query(const struct trace_record *record, trace_visit *visit, void *arg);

#endif
