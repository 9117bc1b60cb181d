/* SPDX-License-Identifier: MIT */
/*
 * Which questions a term of a record came down to, as facts of the resolver. Part of the trace.
 */
#ifndef CHECK_TRACE_QUESTION_H
#define CHECK_TRACE_QUESTION_H

#include "trace.h"

/* Questions of one term: MX and ten hosts, or PTR and ten names for %{p} and then those. */
enum { TRACE_QUESTIONS_MAX = 24 };

struct trace_questions {
	struct evaluation *e;
	struct trace_seen *seen;
	struct arena *arena;
	size_t count;
	struct trace_question items[TRACE_QUESTIONS_MAX];
};

/*
 * Appends the question if it was asked or answered; the answer when it is here. `needed`: the
 * evaluation came by here; if nothing came for it then, that too is worth showing.
 */
const struct answer *trace_question_add(struct trace_questions *list, struct span name,
					uint16_t type, bool needed);

/* All questions of an a, mx, ptr or exists, those for %{p} first. */
void trace_question_term(struct trace_questions *list, const struct published *in,
			 struct published_term *term, bool needed);

/* The questions for the client's validated names. */
void trace_question_names(struct trace_questions *list, bool needed);

/* Moves the list into the term. */
void trace_question_keep(struct trace_questions *list, struct trace_term *term);

#endif
