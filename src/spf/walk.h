/* SPDX-License-Identifier: MIT */
/*
 * check_host() (RFC 7208 section 4): one walk over a tree of records, in the order of their terms, through
 * include and redirect, under the limits of section 4.6.4 over the whole check.
 *
 * With a source that waits it ends at the term that decides. With one that only looks, a term of which
 * an answer is not here "may match, may not": the walk goes on to what may come after it, so that the
 * source can start those queries.
 *
 * Afterwards walk->outcome is the result and walk->visits the way to it: what libspf2 is asked to judge
 * as well, and what `check` draws.
 */
#ifndef SPF_WALK_H
#define SPF_WALK_H

#include "spf/evaluation.h"

/* From the subject's domain, which is not empty. */
void walk_run(struct walk *walk, const struct walk_source *source);

#endif
