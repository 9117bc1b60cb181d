/* SPDX-License-Identifier: MIT */
/*
 * What there is to say about the text of a record: its mistakes with what was meant, and several records. Part
 * of the advice.
 */
#ifndef CHECK_ADVICE_SYNTAX_H
#define CHECK_ADVICE_SYNTAX_H

#include "advice_kinds.h"
#include "audit_tree.h"

void advice_on_text(struct advice_list *list, const struct audit_record *record);

#endif
