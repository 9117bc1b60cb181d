/* SPDX-License-Identifier: MIT */
/*
 * The source of answers that looks ahead: a walk over what is here, repeated at each answer, that starts
 * each query which evaluation may come to need. So the time of a check is the depth of its tree.
 *
 * Nothing is started after a term that is certain to match, past the limits of RFC 7208 section 4.6.4, or
 * beyond the limits on queries: no tree makes a check send more than EVALUATION_QUERIES_MAX, speculative
 * ones included. After the first record that is not here yet a query is speculative, and is started only
 * while what has been sent plus all that evaluation could still need without it stays under that number.
 */
#ifndef SPF_PREFETCH_H
#define SPF_PREFETCH_H

#include "spf/evaluation.h"

/* Starts what may be needed. Does nothing when settings->prefetch_max is 0 or there is no domain. */
void prefetch_start(struct evaluation *e);

#endif
