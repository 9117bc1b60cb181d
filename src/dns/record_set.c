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
	const uint32_t prime = 16777619U;
	uint32_t value = 2166136261U;

	if (is_name(type))
		for (size_t i = 0; i < data.length; i++)
			value = (value ^ (uint8_t)ascii_lower(data.data[i])) * prime;
	else
		for (size_t i = 0; i < data.length; i++)
			value = (value ^ (uint8_t)data.data[i]) * prime;
	return value;
}

static bool are_equal(uint16_t type, const struct answer_record *a, const struct answer_record *b)
{
	if (a->preference != b->preference || a->strings != b->strings)
		return false;
	return is_name(type) ? span_equal_nocase(a->data, b->data) : span_equal(a->data, b->data);
}

/* One address more or less changes no verdict, and there may be thousands: only the first are looked through. */
static bool is_comparable(const struct record_set *set, uint16_t type,
			  const struct answer_record *record)
{
	if (type == DNS_A || type == DNS_AAAA)
		return set->count < RECORD_SET_ADDRESSES;
	return !is_name(type) || record->data.length > 0;
}

/* Where an equal record stands, or where this one belongs; NULL when neither was found in so many tries. */
static uint16_t *find_slot(struct record_set *set, uint16_t type,
			   const struct answer_record *record)
{
	uint32_t at = hash(type, record->data);

	for (unsigned tries = 0; tries < RECORD_SET_TRIES; tries++) {
		uint16_t *slot = &set->slots[at++ % RECORD_SET_SLOTS];

		if (!*slot || are_equal(type, &set->records[*slot - 1], record))
			return slot;
	}
	return NULL;
}

bool record_set_add(struct record_set *set, uint16_t type, const struct answer_record *record)
{
	uint16_t *slot = is_comparable(set, type, record) ? find_slot(set, type, record) : NULL;

	if ((slot && *slot) || set->count == set->max)
		return false;
	set->records[set->count++] = *record;
	if (slot)
		*slot = (uint16_t)set->count;
	return true;
}
