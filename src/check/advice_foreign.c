/* SPDX-License-Identifier: MIT */
#include "advice_foreign.h"

#include <stdio.h>

/* What is wrong in a record that the owner of another one includes; NULL. */
static const char *fault_of(const struct audit_term *t)
{
	if (t->loop)
		return "goes round in a circle";
	if (t->record && t->record->answer && t->record->status == PARSED_NONE)
		return t->record->answer->status == ANSWER_NXDOMAIN ?
			       "includes a name that does not exist" :
			       "includes a domain without an SPF record";
	if (t->record && t->record->status == PARSED_TEMPERROR && t->record->answer)
		return "includes a domain whose DNS servers fail";
	if (t->term.mechanism == RECORD_MX && t->answer && t->answer->count > EVALUATION_NAMES_MAX)
		return "has a term with more than 10 MX hosts";
	return NULL;
}

/* Tells the includer: what it leads to, whose record that is, what is wrong and what to do. */
static void tell(struct advice_list *list, const char *owner, enum advice_kind kind,
		 struct span via, const struct audit_record *record, const char *words)
{
	struct advice_draft draft;

	advice_begin(&draft, list, owner, kind, via);
	text_string(&draft.text, "leads to the record of ");
	text_printable(&draft.text, span_of(record->domain), DNS_NAME_MAX);
	text_string(&draft.text, words);
	advice_give(&draft, NULL);
}

void advice_on_foreign(struct advice_list *list, const struct audit_record *record,
		       const char *owner, struct span via)
{
	char words[SPF_PROBLEM_MAX + 256];

	if (record->status == PARSED_PERMERROR) {
		snprintf(
			words, sizeof(words),
			", which has an error: whoever gets there gets a permerror (%s). Remove the "
			"term until its owner has corrected that.",
			record->problem);
		tell(list, owner, INCLUDED_ERROR, via, record, words);
	}
	for (size_t i = 0; i < record->count; i++) {
		const struct audit_term *t = &record->terms[i];
		const char *fault = t->unused ? NULL : fault_of(t);

		if (fault) {
			snprintf(words, sizeof(words),
				 ", which %s: whoever gets there gets an error. Remove the term "
				 "until its owner has corrected that.",
				 fault);
			tell(list, owner, INCLUDED_ERROR, via, record, words);
		}
		if (!t->unused && t->term.mechanism == RECORD_ALL && t->term.qualifier == '+')
			tell(list, owner, INCLUDED_WEAKNESS, via, record,
			     ", which lets every host in the world pass. Remove the term.");
		if (!t->unused && t->term.mechanism == RECORD_PTR)
			tell(list, owner, INCLUDED_PTR, via, record,
			     ", which has a ptr: slow, unreliable and no longer to be published (RFC "
			     "7208 section 5.5). Only its owner can change that.");
		if (t->record)
			advice_on_foreign(list, t->record, owner, via);
	}
}
