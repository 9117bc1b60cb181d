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

size_t audit_answer_bytes(const struct audit_record *record)
{
	/* Header, question, OPT; for each record a pointer, ten bytes, and one more a string. */
	size_t bytes = 12 + strlen(record->domain) + 6 + 11;

	for (size_t i = 0; record->answer && i < record->answer->count; i++)
		bytes += 12 + record->answer->records[i].data.length +
			 record->answer->records[i].strings;
	return bytes;
}
