/* SPDX-License-Identifier: MIT */
/*
 * Terms of a record without effect, because others say the same. Part of the advice.
 */
#ifndef CHECK_ADVICE_REPEATS_H
#define CHECK_ADVICE_REPEATS_H

#include "advice_kinds.h"
#include "audit_tree.h"

void advice_on_repeats(struct advice_list *list, const struct audit_record *record);

#endif
