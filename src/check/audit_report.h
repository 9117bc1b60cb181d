/* SPDX-License-Identifier: MIT */
/*
 * Everything that `check --domain` has to show, and its two forms.
 */
#ifndef CHECK_AUDIT_REPORT_H
#define CHECK_AUDIT_REPORT_H

#include <stdio.h>

#include "advice_kinds.h"
#include "audit_tree.h"
#include "base/page.h"
#include "networks.h"

/* What --record changes. */
struct audit_change {
	const struct audit *published;
	const struct networks *gained, *lost;
};

struct audit_report {
	const struct audit *audit;
	const struct networks *networks;
	struct advice_list advice;	   /* the worst first */
	const struct audit_change *change; /* NULL without --diff */
};

void audit_text_print(const struct audit_report *report, struct page *page);

/* The shape is described in spfpolicyd(8). */
void audit_json_print(const struct audit_report *report, FILE *out);

#endif
