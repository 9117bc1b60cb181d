/* SPDX-License-Identifier: MIT */
#include "dns/zone.h"

#include <stdlib.h>

#include "record_set.h"
#include "base/xalloc.h"

enum { KEY_MAX = 256 };

/*
 * The key of a name is its text backwards, in lower case, with 0 in place of dots. In the order of
 * keys a name is followed by all the names below it, since 0 is the least of bytes: whether a name
 * exists with nothing but names below it (RFC 4592 section 2.2.2) is seen at its neighbour.
 */
struct key {
	size_t length;
	uint8_t bytes[KEY_MAX];
};

struct zone_record {
	uint16_t type;
	uint16_t preference, strings;
	uint32_t ttl;
	size_t sequence; /* keeps the order of the file among records of one name */
	size_t key_length, data_length;
	uint8_t bytes[]; /* key, data */
};

struct zone {
	struct zone_record **records; /* by key once finished */
	size_t count, room;
};

static bool make_key(struct key *key, struct span name)
{
	key->length = name.length;
	if (name.length > sizeof(key->bytes))
		return false;
	for (size_t i = 0; i < name.length; i++) {
		char c = name.data[name.length - 1 - i];

		key->bytes[i] = c == '.' ? 0 : (uint8_t)ascii_lower(c);
	}
	return true;
}

static int compare_keys(const uint8_t *a, size_t a_length, const uint8_t *b, size_t b_length)
{
	int order = memcmp(a, b, a_length < b_length ? a_length : b_length);

	return order ? order : (a_length > b_length) - (a_length < b_length);
}

static int compare_records(const void *left, const void *right)
{
	const struct zone_record *a = *(struct zone_record *const *)left;
	const struct zone_record *b = *(struct zone_record *const *)right;
	int order = compare_keys(a->bytes, a->key_length, b->bytes, b->key_length);

	return order ? order : (a->sequence > b->sequence) - (a->sequence < b->sequence);
}

/* ---- making ---- */

struct zone *zone_create(void)
{
	return xcalloc(1, sizeof(struct zone));
}

void zone_destroy(struct zone *zone)
{
	if (!zone)
		return;
	for (size_t i = 0; i < zone->count; i++)
		free(zone->records[i]);
	free(zone->records);
	free(zone);
}

void zone_add(struct zone *zone, struct span name, uint16_t type, uint32_t ttl,
	      const struct answer_record *record)
{
	struct zone_record *added;
	struct key key;

	if (!make_key(&key, name))
		return;
	added = xmalloc(sizeof(*added) + key.length + record->data.length);
	*added = (struct zone_record){
		.type = type,
		.preference = record->preference,
		.strings = record->strings,
		.ttl = ttl,
		.sequence = zone->count,
		.key_length = key.length,
		.data_length = record->data.length,
	};
	memcpy(added->bytes, key.bytes, key.length);
	if (record->data.length)
		memcpy(added->bytes + key.length, record->data.data, record->data.length);
	if (zone->count == zone->room) {
		zone->room = zone->room ? 2 * zone->room : 64;
		zone->records = xrealloc(zone->records, zone->room * sizeof(struct zone_record *));
	}
	zone->records[zone->count++] = added;
}

void zone_finish(struct zone *zone)
{
	if (zone->count)
		qsort(zone->records, zone->count, sizeof(*zone->records), compare_records);
	for (size_t i = 0; i < zone->count; i++)
		zone->records[i]->sequence = i;
}

static struct span data_of(const struct zone_record *record)
{
	return (struct span){
		(const char *)record->bytes + record->key_length,
		record->data_length,
	};
}

static bool is_at(const struct zone_record *record, const struct key *key)
{
	return compare_keys(record->bytes, record->key_length, key->bytes, key->length) == 0;
}

void zone_set_record(struct zone *zone, const char *name, struct span text)
{
	struct answer_record record = { .data = text,
					.strings = (uint16_t)((text.length + 254) / 255) };
	struct span owner = span_without_last(span_of(name), '.');
	struct key key;
	size_t kept = 0;

	if (!make_key(&key, owner))
		return;
	for (size_t i = 0; i < zone->count; i++) {
		struct zone_record *old = zone->records[i];

		if (old->type == DNS_TXT && is_at(old, &key))
			free(old);
		else
			zone->records[kept++] = old;
	}
	zone->count = kept;
	zone_add(zone, owner, DNS_TXT, 0, &record);
	zone_finish(zone);
}

/* ---- answering ---- */

/* The records of one name: none when it does not exist or exists for those below it only. */
struct node {
	size_t first, count;
	bool exists;
};

static bool is_below(const struct zone_record *record, const struct key *key)
{
	return key->length == 0 ||
	       (record->key_length > key->length && record->bytes[key->length] == 0 &&
		memcmp(record->bytes, key->bytes, key->length) == 0);
}

static struct node find_node(const struct zone *zone, const struct key *key)
{
	size_t low = 0, high = zone->count;
	struct node node;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct zone_record *record = zone->records[middle];

		if (compare_keys(record->bytes, record->key_length, key->bytes, key->length) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	node = (struct node){ .first = low };
	while (low < zone->count && is_at(zone->records[low], key))
		low++;
	node.count = low - node.first;
	node.exists = node.count || (low < zone->count && is_below(zone->records[low], key));
	return node;
}

/* RFC 4592: the wildcard directly below the nearest ancestor that exists, and no other. */
static struct node find_wildcard(const struct zone *zone, struct key key)
{
	while (key.length) {
		do
			key.length--;
		while (key.length && key.bytes[key.length] != 0);
		if (key.length == 0)
			break;
		if (find_node(zone, &key).exists) {
			key.bytes[key.length] = 0;
			key.bytes[key.length + 1] = '*';
			key.length += 2;
			return find_node(zone, &key);
		}
	}
	key.length = 1;
	key.bytes[0] = '*';
	return find_node(zone, &key);
}

static const struct zone_record *find_type(const struct zone *zone, struct node node, uint16_t type)
{
	for (size_t i = node.first; i < node.first + node.count; i++)
		if (zone->records[i]->type == type)
			return zone->records[i];
	return NULL;
}

static struct answer *build(const struct zone *zone, struct node node, uint16_t type, uint32_t ttl)
{
	size_t max = node.count < RECORD_SET_MAX ? node.count : RECORD_SET_MAX;
	struct answer_record *records = xcalloc(max, sizeof(*records));
	struct record_set set;
	struct answer *answer;

	record_set_init(&set, records, max);
	for (size_t i = node.first; i < node.first + node.count; i++) {
		const struct zone_record *record = zone->records[i];
		struct answer_record found = { record->preference, record->strings,
					       data_of(record) };

		if (record->type != type)
			continue;
		if (record->ttl < ttl)
			ttl = record->ttl;
		record_set_add(&set, type, &found);
	}
	answer = answer_build(ANSWER_OK, type, ttl, records, set.count);
	free(records);
	return answer;
}

/* The CNAME that a query of that type comes to there; NULL when it ends at *node. */
static const struct zone_record *find_alias(const struct zone *zone, const struct key *key,
					    uint16_t type, struct node *node)
{
	*node = find_node(zone, key);
	if (!node->exists)
		*node = find_wildcard(zone, *key);
	if (find_type(zone, *node, ZONE_FAIL) || find_type(zone, *node, type))
		return NULL;
	return find_type(zone, *node, DNS_CNAME);
}

struct span zone_follow(const struct zone *zone, struct span name, uint16_t type)
{
	const struct zone_record *alias;
	struct span end = name;
	struct node node;
	struct key key;

	for (unsigned links = 0; links <= ANSWER_CHAIN_MAX && make_key(&key, end); links++) {
		alias = find_alias(zone, &key, type, &node);
		if (!alias)
			return end;
		end = data_of(alias);
	}
	return name;
}

/* What stands at the end of the CNAMEs. */
static struct answer *answer_at(const struct zone *zone, struct node node, uint16_t type,
				uint32_t ttl)
{
	if (!node.exists)
		return answer_build(ANSWER_NXDOMAIN, type, 0, NULL, 0);
	if (find_type(zone, node, ZONE_FAIL))
		return answer_build(ANSWER_FAILURE, type, 0, NULL, 0);
	if (find_type(zone, node, type))
		return build(zone, node, type, ttl);
	return answer_build(ANSWER_NODATA, type, 0, NULL, 0);
}

struct answer *zone_answer(const struct zone *zone, struct span name, uint16_t type)
{
	uint32_t ttl = UINT32_MAX;
	struct key key;

	for (unsigned links = 0; links <= ANSWER_CHAIN_MAX && make_key(&key, name); links++) {
		const struct zone_record *alias;
		struct answer *answer;
		struct node node;

		alias = find_alias(zone, &key, type, &node);
		if (!alias) {
			answer = answer_at(zone, node, type, ttl);
			answer->alias = links > 0;
			return answer;
		}
		if (alias->ttl < ttl)
			ttl = alias->ttl;
		name = data_of(alias);
	}
	return answer_build(ANSWER_FAILURE, type, 0, NULL, 0);
}

/* ---- zones of DNS ---- */

bool zone_has_apex(const struct zone *zone)
{
	for (size_t i = 0; i < zone->count; i++)
		if (zone->records[i]->type == DNS_SOA)
			return true;
	return false;
}

bool zone_covers(const struct zone *zone, struct span name)
{
	struct span label;
	struct key key;

	for (bool more = true; more && make_key(&key, name);
	     more = span_split(name, '.', &label, &name)) {
		struct node node = find_node(zone, &key);

		if (find_type(zone, node, DNS_SOA))
			return true;
		if (find_type(zone, node, ZONE_NS))
			return false;
	}
	return false;
}

bool zone_has_alias_beside(const struct zone *zone, struct span name)
{
	bool alias = false, other = false;
	struct node node;
	struct key key;

	if (!make_key(&key, name))
		return false;
	node = find_node(zone, &key);
	for (size_t i = node.first; i < node.first + node.count; i++) {
		uint16_t type = zone->records[i]->type;

		alias = alias || type == DNS_CNAME;
		other = other || (type != DNS_CNAME && type != ZONE_OTHER);
	}
	return alias && other;
}
