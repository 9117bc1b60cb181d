/* SPDX-License-Identifier: MIT */
/*
 * What there is to say about the records of a tree, one by one, and their terms. Part of the advice.
 */
#ifndef CHECK_ADVICE_RECORD_H
#define CHECK_ADVICE_RECORD_H

#include "advice_kinds.h"
#include "audit_tree.h"

/* The records from the top on. */
void advice_on_record(struct advice_list *list, const struct audit *audit,
		      const struct advice_view *view);

#endif
