/* SPDX-License-Identifier: MIT */
#include "audit_limits.h"

static bool over(const struct audit *audit, enum audit_family family)
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

static void count_record(struct audit *audit, struct audit_record *record);

static void count_term(struct audit *audit, struct audit_term *t)
{
	bool counts = record_counts(t->term.mechanism);

	if (counts)
		t->lookup = ++audit->lookups;
	for (enum audit_family f = 0; f < AUDIT_FAMILIES; f++) {
		t->too_late[f] = over(audit, f);
		if (counts && is_void(t, f))
			t->void_lookup[f] = ++audit->voids[f];
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

void audit_count(struct audit *audit)
{
	count_record(audit, audit->top);
}
