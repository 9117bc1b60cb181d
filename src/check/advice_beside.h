/* SPDX-License-Identifier: MIT */
/*
 * What there is to say of what stands beside a record: mail hosts, DMARC. Part of the advice.
 */
#ifndef CHECK_ADVICE_BESIDE_H
#define CHECK_ADVICE_BESIDE_H

#include "advice_kinds.h"
#include "audit_tree.h"

void advice_on_beside(struct advice_list *list, const struct audit *audit);

#endif
