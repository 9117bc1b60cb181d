/* SPDX-License-Identifier: MIT */
/*
 * Foresight: walks a check's tree of records in the order of evaluation over the answers that are here,
 * treating what is not here yet as "may match, may not".
 *
 * Walking with leave to ask starts each question that evaluation may come to need: nothing behind a
 * term that is certain to match, nothing past the limits of RFC 7208 section 4.6.4, nothing beyond the
 * ceilings on questions. Repeated at each answer, it makes the time of a check the depth of its tree.
 * It decides nothing and counts nothing: see spf/evaluation.h.
 *
 * No tree makes a check send more than EVALUATION_QUESTIONS_MAX questions, guesses included. Behind the
 * first record that is not here yet a question is a guess, and is asked only while what has been sent
 * plus all that evaluation could still need without it stays under that number.
 */
#ifndef SPF_PREFETCH_H
#define SPF_PREFETCH_H

#include "spf/evaluation.h"

/* What the answers that are here already say about the outcome. */
struct prefetch_outcome {
	bool known; /* false: something that could change it is not here */
	enum spf_result result;
	struct published *in; /* the record that decided: the first one or one that it was
					   redirected to; NULL when there is none */
	const struct record_term *matched; /* the term of that record; NULL = none matched */
};

/* Starts what may be needed. Does nothing when settings->prefetch_max is 0. */
void prefetch_start(struct evaluation *e);

/* Only looks. */
struct prefetch_outcome prefetch_foresee(struct evaluation *e);

#endif
