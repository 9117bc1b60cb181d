/* SPDX-License-Identifier: MIT */
#include "audit_tree.h"

bool audit_is_void(const struct answer *answer)
{
	return answer && (answer->status == ANSWER_NODATA || answer->status == ANSWER_NXDOMAIN);
}

const struct audit_term *audit_find(const struct audit_record *record, enum record_mechanism which)
{
	for (size_t i = 0; i < record->count; i++)
		if (record->terms[i].term.mechanism == which)
			return &record->terms[i];
	return NULL;
}

unsigned audit_lookups_of(const struct audit_term *t)
{
	return 1 + (t->record ? t->record->lookups : 0);
}

bool audit_has_lookup(const struct audit_record *record, const struct audit_term *t)
{
	for (size_t i = 0; i < record->count; i++)
		if (record->terms[i].lookup &&
		    span_equal_nocase(record->terms[i].term.text, t->term.text))
			return true;
	return false;
}

size_t audit_answer_bytes(const struct audit_record *record)
{
	/* Header, question, OPT; for each record a pointer, ten bytes, and one more a string. */
	size_t bytes = 12 + strlen(record->domain) + 6 + 11;

	for (size_t i = 0; record->answer && i < record->answer->count; i++)
		bytes += 12 + record->answer->records[i].data.length +
			 record->answer->records[i].strings;
	return bytes;
}
