/* SPDX-License-Identifier: MIT */
/*
 * What there is to say about one term. Part of the advice.
 */
#ifndef CHECK_ADVICE_TERM_H
#define CHECK_ADVICE_TERM_H

#include "advice_kinds.h"
#include "audit_tree.h"

/* `top`: of the record whose end counts for those who are not listed. */
void advice_on_term(struct advice_list *list, const struct audit_record *record,
		    const struct audit_term *t, const struct advice_view *view, bool top);

/* A DNS query failed that `term` of the domain's record leads to. */
void advice_on_failure(struct advice_list *list, const char *domain, struct span term,
		       const char *name, uint16_t type);

#endif
