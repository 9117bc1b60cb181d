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
