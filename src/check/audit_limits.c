/* SPDX-License-Identifier: MIT */
#include "audit_limits.h"

static bool is_over(const struct audit *audit, enum audit_family family)
{
	return audit->lookups > EVALUATION_TERMS_MAX || audit->voids[family] > AUDIT_VOIDS_MAX;
}

/* A term is void once, however many of its queries are. */
static bool is_void(const struct audit_term *t, enum audit_family family)
{
	bool found = audit_is_void(t->answer) &&
		     (t->term.mechanism == RECORD_MX || t->term.mechanism == RECORD_EXISTS);

	for (size_t i = 0; i < t->host_count; i++)
		found = found || audit_is_void(t->hosts[i].addresses[family]);
	return found;
}

static bool has_failed(const struct answer *answer)
{
	return answer && answer->status == ANSWER_FAILURE;
}

/* Below, SPF_RESULT_COUNT stands for "no error". */

/* What the record that a term leads to makes of the check; what was not asked is not known. */
static enum spf_result error_of_record(const struct audit_record *record)
{
	if (!record->answer || record->status == PARSED_USABLE)
		return SPF_RESULT_COUNT;
	return record->status == PARSED_TEMPERROR ? SPF_TEMPERROR : SPF_PERMERROR;
}

/* What ends the check for whoever comes to the term. */
static enum spf_result error_of(const struct audit_term *t, enum audit_family family)
{
	bool leads = t->term.mechanism == RECORD_INCLUDE || t->term.mechanism == RECORD_REDIRECT;

	if (t->loop || (leads && t->target == AUDIT_INVALID))
		return SPF_PERMERROR;
	if (has_failed(t->answer))
		return SPF_TEMPERROR;
	if (t->term.mechanism == RECORD_MX && t->answer && t->answer->count > EVALUATION_NAMES_MAX)
		return SPF_PERMERROR;
	for (size_t i = 0; i < t->host_count; i++)
		if (has_failed(t->hosts[i].addresses[family]))
			return SPF_TEMPERROR;
	return t->record ? error_of_record(t->record) : SPF_RESULT_COUNT;
}

static void count_record(struct audit *audit, struct audit_record *record);

static void meet_error(struct audit *audit, enum audit_family family, enum spf_result error)
{
	if (audit->not_listed[family] == SPF_RESULT_COUNT)
		audit->not_listed[family] = is_over(audit, family) ? SPF_PERMERROR : error;
}

static void count_term(struct audit *audit, struct audit_term *t)
{
	bool counts = record_counts(t->term.mechanism);

	if (counts)
		t->lookup = ++audit->lookups;
	for (enum audit_family f = 0; f < AUDIT_FAMILIES; f++) {
		meet_error(audit, f, SPF_RESULT_COUNT);
		t->too_late[f] = audit->not_listed[f] != SPF_RESULT_COUNT;
		if (counts && is_void(t, f))
			t->void_lookup[f] = ++audit->voids[f];
		meet_error(audit, f, error_of(t, f));
	}
	if (t->record)
		count_record(audit, t->record);
}

/* Mechanisms in their order, then redirect, wherever it stands. */
static void count_record(struct audit *audit, struct audit_record *record)
{
	unsigned before = audit->lookups;

	for (size_t i = 0; i < record->count; i++) {
		struct audit_term *t = &record->terms[i];

		if (!t->unused && t->term.mechanism < RECORD_REDIRECT)
			count_term(audit, t);
	}
	for (size_t i = 0; i < record->count; i++) {
		struct audit_term *t = &record->terms[i];

		if (!t->unused && t->term.mechanism == RECORD_REDIRECT)
			count_term(audit, t);
	}
	record->lookups = audit->lookups - before;
}

static enum spf_result end_of(const struct audit_record *record);

/* Every client matches: an "all", or what is the same for all of them. */
static bool takes_all(const struct audit_term *t)
{
	switch ((unsigned)t->term.mechanism) {
	case RECORD_ALL: return true;
	case RECORD_EXISTS: return t->answer && t->answer->status == ANSWER_OK;
	case RECORD_INCLUDE: return t->record && end_of(t->record) == SPF_PASS;
	default: return false;
	}
}

/* Of a client that is not listed and meets no error. */
static enum spf_result end_of(const struct audit_record *record)
{
	const struct audit_term *redirect = audit_find(record, RECORD_REDIRECT);

	if (record->status == PARSED_NONE)
		return SPF_NONE;
	if (record->status != PARSED_USABLE)
		return record->status == PARSED_TEMPERROR ? SPF_TEMPERROR : SPF_PERMERROR;
	for (size_t i = 0; i < record->count; i++)
		if (takes_all(&record->terms[i]))
			return spf_result_qualified(record->terms[i].term.qualifier);
	if (!redirect)
		return SPF_NEUTRAL;
	return redirect->record ? end_of(redirect->record) : SPF_RESULT_COUNT;
}

void audit_count(struct audit *audit)
{
	for (enum audit_family f = 0; f < AUDIT_FAMILIES; f++)
		audit->not_listed[f] = SPF_RESULT_COUNT;
	count_record(audit, audit->top);
	for (enum audit_family f = 0; f < AUDIT_FAMILIES; f++)
		if (audit->not_listed[f] == SPF_RESULT_COUNT)
			audit->not_listed[f] = end_of(audit->top);
}
