/* SPDX-License-Identifier: MIT */
#include "record_set.h"

void record_set_init(struct record_set *set, struct answer_record *records, size_t max)
{
	set->records = records;
	set->count = 0;
	set->max = max;
	memset(set->slots, 0, sizeof(set->slots));
}

static bool is_name(uint16_t type)
{
	return type == DNS_MX || type == DNS_PTR;
}

/* FNV-1a. */
static uint32_t hash(uint16_t type, struct span data)
{
	uint32_t value = 2166136261U;

	for (size_t i = 0; i < data.length; i++) {
		char c = is_name(type) ? ascii_lower(data.data[i]) : data.data[i];

		value = (value ^ (uint8_t)c) * 16777619U;
	}
	return value;
}

static bool are_equal(uint16_t type, const struct answer_record *a, const struct answer_record *b)
{
	if (a->preference != b->preference || a->strings != b->strings)
		return false;
	return is_name(type) ? span_equal_nocase(a->data, b->data) : span_equal(a->data, b->data);
}

bool record_set_add(struct record_set *set, uint16_t type, const struct answer_record *record)
{
	bool comparable = !is_name(type) || record->data.length > 0;
	uint32_t at = hash(type, record->data) % RECORD_SET_SLOTS;

	while (comparable && set->slots[at]) {
		if (are_equal(type, &set->records[set->slots[at] - 1], record))
			return false;
		at = (at + 1) % RECORD_SET_SLOTS;
	}
	if (set->count == set->max)
		return false;
	set->records[set->count++] = *record;
	if (comparable)
		set->slots[at] = (uint16_t)set->count;
	return true;
}
