/* SPDX-License-Identifier: MIT */
/*
 * What the owner of a record should know of somebody else's record that it leads to. Part of the advice.
 */
#ifndef CHECK_ADVICE_FOREIGN_H
#define CHECK_ADVICE_FOREIGN_H

#include "advice_kinds.h"
#include "audit_tree.h"

/* `via`: the term of the owner's record that leads to it. With all that it leads to in turn. */
void advice_on_foreign(struct advice_list *list, const struct audit_record *record,
		       const char *owner, struct span via);

#endif
