/* SPDX-License-Identifier: MIT */
#include "advice_beside.h"

/* ---- mail hosts ---- */

static size_t list_hosts(struct text *out, const struct audit *audit, bool own)
{
	size_t listed = 0;

	for (size_t i = 0; i < audit->mute_host_count; i++) {
		if (audit->mute_hosts[i].own != own)
			continue;
		text_string(out, listed++ ? ", " : "");
		text_printable(out, span_of(audit->mute_hosts[i].name), DNS_NAME_MAX);
	}
	return listed;
}

static void about_mute_hosts(struct advice_list *list, const struct audit *audit)
{
	struct advice_draft draft;
	size_t own;

	if (audit->mute_host_count == 0)
		return;
	advice_begin(&draft, list, audit->top->domain, HOST_NO_RECORD, span_of(""));
	own = list_hosts(&draft.text, audit, true);
	if (own < audit->mute_host_count)
		text_string(&draft.text, own ? "; outside this domain: " : "outside this domain, ");
	list_hosts(&draft.text, audit, false);
	text_char(&draft.text, '.');
	advice_give(&draft, NULL);
}

/* ---- DMARC ---- */

static void about_dmarc(struct advice_list *list, const struct audit *audit)
{
	const struct audit_dmarc *dmarc = &audit->dmarc;
	const struct dmarc_report *report = &dmarc->report;
	const char *domain = audit->top->domain;

	if (dmarc->several)
		advice_say(list, dmarc->several, DMARC_SEVERAL, span_of(""), "");
	if (dmarc->misplaced.length > 0)
		advice_say(list, domain, DMARC_PLACE, dmarc->misplaced, "");
	if (dmarc->near.length > 0)
		advice_say(list, domain, DMARC_NEAR, dmarc->near, "");
	if (report->faulty && dmarc->text.length > 0)
		advice_say(list, report->domain, DMARC_FAULT, dmarc->text,
			   report->policy == DMARC_ABSENT ?
				   "it is ignored. p= is needed, and p, sp and np are none, "
				   "quarantine or reject." :
				   "it is as if it said none. p= is needed, and p, sp and np are "
				   "none, quarantine or reject.");
}

void advice_on_beside(struct advice_list *list, const struct audit *audit)
{
	about_mute_hosts(list, audit);
	about_dmarc(list, audit);
	if (audit->alias_beside)
		advice_say(list, audit->top->domain, ALIAS_BESIDE, span_of(""), "");
}
