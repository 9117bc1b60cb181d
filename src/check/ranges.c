/* SPDX-License-Identifier: MIT */
#include "ranges.h"

#include <stdlib.h>

#include "base/xalloc.h"

static size_t width(sa_family_t family)
{
	return family == AF_INET6 ? 16 : 4;
}

/* ---- numbers of 4 or 16 bytes ---- */

/* False when it was the greatest. */
static bool increment(uint8_t *bytes, size_t size)
{
	for (size_t i = size; i-- > 0;)
		if (++bytes[i] != 0)
			return true;
	return false;
}

static bool decrement(uint8_t *bytes, size_t size)
{
	for (size_t i = size; i-- > 0;)
		if (bytes[i]-- != 0)
			return true;
	return false;
}

/* Sets all bits behind the first `prefix` to `value`. */
static void set_host(uint8_t *bytes, size_t size, unsigned prefix, uint8_t value)
{
	for (size_t i = 0; i < size; i++) {
		unsigned bits = prefix > 8 * i ? prefix - 8 * (unsigned)i : 0;
		uint8_t mask = (uint8_t)(bits >= 8 ? 0 : 0xff >> bits);

		bytes[i] = (uint8_t)((bytes[i] & ~mask) | (value & mask));
	}
}

/* ---- sets ---- */

void ranges_init(struct ranges *ranges, size_t max)
{
	*ranges = (struct ranges){ .max = max };
}

void ranges_free(struct ranges *ranges)
{
	free(ranges->items);
	ranges->items = NULL;
	ranges->count = ranges->room = 0;
}

void ranges_add(struct ranges *ranges, const struct range *range)
{
	if (ranges->count == ranges->max) {
		ranges->overflow = true;
		return;
	}
	if (ranges->count == ranges->room) {
		ranges->room = ranges->room ? 2 * ranges->room : 64;
		ranges->items = xrealloc(ranges->items, ranges->room * sizeof(*ranges->items));
	}
	ranges->items[ranges->count++] = *range;
}

void ranges_add_network(struct ranges *ranges, const struct network *network, const void *owner)
{
	struct range range = { .family = network->address.family, .owner = owner };
	size_t size = width(range.family);

	memcpy(range.first, network->address.bytes, size);
	memcpy(range.last, network->address.bytes, size);
	set_host(range.first, size, network->prefix, 0);
	set_host(range.last, size, network->prefix, 0xff);
	ranges_add(ranges, &range);
}

void ranges_add_without(struct ranges *ranges, const struct range *range,
			const struct ranges *without)
{
	struct range left = *range, before;

	/* `without` is joined, and so in order. */
	for (size_t i = 0; i < without->count; i++) {
		const struct range *w = &without->items[i];
		size_t size = width(left.family);

		if (w->family != left.family || memcmp(w->last, left.first, size) < 0)
			continue;
		if (memcmp(w->first, left.last, size) > 0)
			break;
		before = left;
		memcpy(before.last, w->first, size);
		if (memcmp(w->first, left.first, size) > 0 && decrement(before.last, size))
			ranges_add(ranges, &before);
		if (memcmp(w->last, left.last, size) >= 0)
			return;
		memcpy(left.first, w->last, size);
		increment(left.first, size);
	}
	ranges_add(ranges, &left);
}

static int compare(const void *left, const void *right)
{
	const struct range *a = left, *b = right;
	int order;

	if (a->family != b->family)
		return a->family == AF_INET ? -1 : 1;
	order = memcmp(a->first, b->first, sizeof(a->first));
	return order ? order : memcmp(b->last, a->last, sizeof(a->last));
}

void ranges_join(struct ranges *ranges)
{
	size_t kept = 0;

	if (ranges->count == 0)
		return;
	qsort(ranges->items, ranges->count, sizeof(*ranges->items), compare);
	for (size_t i = 1; i < ranges->count; i++) {
		struct range *last = &ranges->items[kept], *range = &ranges->items[i];
		size_t size = width(range->family);
		uint8_t next[16];
		bool is_end;

		memcpy(next, last->last, sizeof(next));
		is_end = !increment(next, size);
		if (range->family == last->family &&
		    (is_end || memcmp(range->first, next, size) <= 0)) {
			if (memcmp(range->last, last->last, size) > 0)
				memcpy(last->last, range->last, size);
		} else {
			ranges->items[++kept] = *range;
		}
	}
	ranges->count = kept + 1;
}

bool ranges_next_network(struct range *range, struct network *network)
{
	size_t size = width(range->family);
	uint8_t end[16];

	if (range->family == AF_UNSPEC)
		return false;
	*network = (struct network){ .address = { .family = range->family } };
	memcpy(network->address.bytes, range->first, size);
	/* The shortest prefix whose host bits are zero at the start and which ends within the range. */
	for (network->prefix = 0;; network->prefix++) {
		uint8_t start[16];

		memcpy(start, range->first, size);
		memcpy(end, range->first, size);
		set_host(start, size, network->prefix, 0);
		set_host(end, size, network->prefix, 0xff);
		if (memcmp(start, range->first, size) == 0 && memcmp(end, range->last, size) <= 0)
			break;
	}
	if (memcmp(end, range->last, size) == 0)
		range->family = AF_UNSPEC;
	memcpy(range->first, end, size);
	increment(range->first, size);
	return true;
}
