/* SPDX-License-Identifier: MIT */
/* In words, what the servers did with a query that failed. Pure. */
#ifndef DNS_FAULT_H
#define DNS_FAULT_H

#include "base/text.h"
#include "query.h"

/*
 * "SERVFAIL from 192.0.2.53", "no answer from 192.0.2.53 in 20 s (8 sent)"; of several servers the
 * first two, joined by ", ". Nothing when none was asked.
 */
void fault_describe(struct text *out, const struct query *query, const struct servers *servers,
		    uint64_t elapsed_ms);

#endif
