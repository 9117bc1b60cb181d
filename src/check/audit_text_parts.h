/* SPDX-License-Identifier: MIT */
/*
 * The pieces of the page of `check --domain`. Part of audit_report.h.
 */
#ifndef CHECK_AUDIT_TEXT_PARTS_H
#define CHECK_AUDIT_TEXT_PARTS_H

#include "audit_report.h"
#include "base/text.h"

enum {
	AUDIT_LABEL_COLUMNS = 10,
	AUDIT_MARGIN = 3,
	AUDIT_STEP = 2,
};

/* A line with a label. */
void audit_text_field(struct page *page, const char *label, enum page_style style,
		      struct span value);

/* The first record with all below it. */
void audit_text_tree(struct page *page, const struct audit_record *top);

/* The networks by the terms that let them pass. */
void audit_text_networks(struct page *page, const struct networks *networks);

/* "fail", or "fail for IPv4, permerror for IPv6 clients": what hosts get that are not listed. */
void audit_text_not_listed(struct text *out, const struct audit *audit);

void audit_text_change(struct page *page, const struct audit_report *report);

#endif
