/* SPDX-License-Identifier: MIT */
#include "base/tally.h"

#include <stdlib.h>
#include <sys/random.h>

#include "base/text.h"

struct tally *tally_create(struct arena *arena, size_t row_size)
{
	struct tally *tally = arena_take(arena, sizeof(*tally));

	tally->arena = arena;
	tally->row_size = row_size;
	tally->rows_max = TALLY_ROWS_MAX;
	if (getrandom(&tally->seed, sizeof(tally->seed), GRND_NONBLOCK) < 0)
		tally->seed = 2166136261U;
	return tally;
}

/* FNV-1a with a seed in place of its offset. */
static struct tally_row **slot_of(struct tally *tally, struct span key)
{
	uint32_t hash = tally->seed;

	for (size_t i = 0; i < key.length; i++)
		hash = (hash ^ (unsigned char)ascii_lower(key.data[i])) * 16777619U;
	return &tally->slots[hash % (sizeof(tally->slots) / sizeof(*tally->slots))];
}

void *tally_row(struct tally *tally, struct span key)
{
	struct tally_row **slot, *row;

	if (key.length > TALLY_KEY_MAX)
		key.length = TALLY_KEY_MAX;
	slot = slot_of(tally, key);
	for (row = *slot; row; row = row->next)
		if (span_equal_nocase(row->key, key))
			return row;
	if (tally->rows == tally->rows_max) {
		tally->not_entered++;
		return NULL;
	}
	row = arena_take(tally->arena, tally->row_size);
	row->key = arena_span(tally->arena, key);
	row->next = *slot;
	*slot = row;
	tally->rows++;
	return row;
}

void *tally_pair(struct tally *tally, struct span first, struct span second)
{
	char storage[TALLY_KEY_MAX + 1];
	struct text key;

	text_init(&key, storage, sizeof(storage));
	text_add(&key, first);
	text_char(&key, '\n');
	text_add(&key, second);
	return tally_row(tally, text_span(&key));
}

static int compare(const void *a, const void *b)
{
	const struct tally_row *left = *(struct tally_row *const *)a,
			       *right = *(struct tally_row *const *)b;
	size_t length = left->key.length < right->key.length ? left->key.length : right->key.length;
	int order = memcmp(left->key.data, right->key.data, length);

	if (left->count != right->count)
		return left->count < right->count ? 1 : -1;
	if (order != 0)
		return order;
	return (left->key.length > right->key.length) - (left->key.length < right->key.length);
}

struct tally_row **tally_sorted(const struct tally *tally, size_t *count)
{
	struct tally_row **rows = arena_take_array(tally->arena, tally->rows,
						   sizeof(struct tally_row *));

	*count = 0;
	for (size_t i = 0; i < sizeof(tally->slots) / sizeof(*tally->slots); i++)
		for (struct tally_row *row = tally->slots[i]; row; row = row->next)
			if (row->count > 0)
				rows[(*count)++] = row;
	qsort(rows, *count, sizeof(*rows), compare);
	return rows;
}
