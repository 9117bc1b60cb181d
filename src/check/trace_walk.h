/* SPDX-License-Identifier: MIT */
/*
 * The walk that makes a trace: records (src/check/trace_walk.c) and terms (src/check/trace_term.c), which lead
 * to each other. It counts anew what the evaluation counted, so as to show where each count stood.
 */
#ifndef CHECK_TRACE_WALK_H
#define CHECK_TRACE_WALK_H

#include "trace.h"
#include "trace_question.h"

struct trace_walk {
	struct evaluation *e;
	struct arena *arena;
	struct trace_seen *seen;
	const struct spf_report *report;
	unsigned lookups, voids;
	unsigned cost;	 /* lookups, those of terms that were not reached included */
	bool unanswered; /* the end came because an answer was not here */
};

/*
 * The record of a domain with all below it. `reached`: the evaluation came here; otherwise only
 * what was asked ahead is collected. `main`: the checked domain's record or one that it redirects
 * to, whose explanation counts.
 */
struct trace_record *trace_walk_record(struct trace_walk *w, struct span domain, bool reached,
				       bool main);

struct trace_questions trace_walk_questions(struct trace_walk *w);

/* The verdict of a mechanism that was reached. `term` is NULL when it needs no DNS. */
enum trace_verdict trace_term_judge(struct trace_walk *w, const struct published *in,
				    struct trace_term *t, struct published_term *term);

/* Counts a lookup (RFC 7208 section 4.6.4). False when it is one too many: the term is not looked
 * at. */
bool trace_term_count(struct trace_walk *w, struct trace_term *t);

/* Walks to the record that an include or redirect names. False, with the verdict, when none is
 * reached. */
bool trace_term_follow(struct trace_walk *w, const struct published *in, struct trace_term *t,
		       struct published_term *term, bool main, enum trace_verdict *verdict);

/* A term that was not reached: what was asked ahead for it. */
void trace_term_look_ahead(struct trace_walk *w, const struct published *in, struct trace_term *t,
			   struct published_term *term);

/* Notes the name that macros made. */
void trace_term_show_target(struct trace_walk *w, struct trace_term *t,
			    const struct published_term *term);

#endif
