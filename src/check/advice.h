/* SPDX-License-Identifier: MIT */
/*
 * What the owner of a domain should know and change: read off the audit of its record, so that it is true
 * for every client. Pure.
 */
#ifndef CHECK_ADVICE_H
#define CHECK_ADVICE_H

#include "advice_kinds.h"
#include "audit_tree.h"

/* Appends what there is to say about the tree. Nothing twice. */
void advice_collect(struct advice_list *list, const struct audit *audit,
		    const struct advice_view *view);

#endif
