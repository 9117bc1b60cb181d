/* SPDX-License-Identifier: MIT */
/*
 * What there is to say of a domain without a record, and of texts that miss being one. Part of the advice.
 */
#ifndef CHECK_ADVICE_ABSENCE_H
#define CHECK_ADVICE_ABSENCE_H

#include "advice_kinds.h"
#include "audit_tree.h"

/* `mail_server`: the domain is a HELO name. */
void advice_on_others(struct advice_list *list, const struct audit *audit, bool mail_server);

#endif
