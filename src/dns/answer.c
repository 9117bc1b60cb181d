/* SPDX-License-Identifier: MIT */
#include "dns/answer.h"

#include <string.h>

#include "base/xalloc.h"

size_t answer_records_max(uint16_t type)
{
	switch (type) {
	case DNS_MX: return ANSWER_MX_MAX;
	case DNS_PTR: return ANSWER_PTR_MAX;
	case DNS_TXT: return ANSWER_TXT_MAX;
	default: return ANSWER_ADDRESSES_MAX;
	}
}

/* Insertion sort: at most ANSWER_MX_MAX records, and it is stable. */
static void sort_by_preference(struct answer_record *records, size_t count)
{
	for (size_t i = 1; i < count; i++) {
		struct answer_record record = records[i];
		size_t at = i;

		for (; at > 0 && records[at - 1].preference > record.preference; at--)
			records[at] = records[at - 1];
		records[at] = record;
	}
}

struct answer *answer_build(enum answer_status status, uint16_t type, uint32_t ttl,
			    const struct answer_record *records, size_t count)
{
	size_t size = sizeof(struct answer);
	struct answer *answer;
	char *data;

	if (count > answer_records_max(type))
		count = answer_records_max(type);
	for (size_t i = 0; i < count; i++)
		size += sizeof(records[i]) + records[i].data.length;
	answer = xmalloc(size);
	*answer = (struct answer){
		.status = status,
		.type = type,
		.ttl = ttl,
		.bytes = size,
		.count = count,
	};
	data = (char *)&answer->records[count];
	for (size_t i = 0; i < count; i++) {
		size_t length = records[i].data.length;

		answer->records[i] = records[i];
		answer->records[i].data.data = data;
		if (length)
			memcpy(data, records[i].data.data, length);
		data += length;
	}
	if (type == DNS_MX)
		sort_by_preference(answer->records, count);
	return answer;
}

const char *answer_status_name(enum answer_status status)
{
	switch (status) {
	case ANSWER_OK: return "ok";
	case ANSWER_NODATA: return "nodata";
	case ANSWER_NXDOMAIN: return "nxdomain";
	case ANSWER_FAILURE: return "failure";
	}
	return "?";
}

const char *dns_type_name(uint16_t type)
{
	static const struct {
		uint16_t type;
		const char *name;
	} names[] = {
		{ DNS_A, "A" },	  { DNS_CNAME, "CNAME" }, { DNS_SOA, "SOA" },	{ DNS_PTR, "PTR" },
		{ DNS_MX, "MX" }, { DNS_TXT, "TXT" },	  { DNS_AAAA, "AAAA" }, { DNS_SPF, "SPF" },
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i].type == type)
			return names[i].name;
	return "TYPE?";
}
