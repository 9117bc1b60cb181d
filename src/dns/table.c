/* SPDX-License-Identifier: MIT */
#include "table.h"

#include <stdlib.h>
#include <sys/random.h>

#include "base/xalloc.h"

enum { BUCKETS = 512 }; /* a power of two; chains of two at the default bound */

struct table {
	struct table_limits limits;
	uint64_t secret[2];
	uint64_t now_ms; /* when the session began */
	size_t entries, bytes;
	struct table_entry *newest, *oldest; /* the kept ones */
	struct table_entry *session;	     /* the session's, linked by `older` */
	struct table_entry *buckets[BUCKETS];
};

/* ---- hashing: SipHash-1-3 (Aumasson, Bernstein) of the lower-case name and the type ---- */

static uint64_t rotate(uint64_t x, unsigned bits)
{
	return x << bits | x >> (64 - bits);
}

static void sip_round(uint64_t v[4])
{
	v[0] += v[1];
	v[2] += v[3];
	v[1] = rotate(v[1], 13) ^ v[0];
	v[3] = rotate(v[3], 16) ^ v[2];
	v[0] = rotate(v[0], 32) + v[3];
	v[2] += v[1];
	v[3] = rotate(v[3], 21) ^ v[0];
	v[1] = rotate(v[1], 17) ^ v[2];
	v[2] = rotate(v[2], 32);
}

static void sip_word(uint64_t v[4], uint64_t word)
{
	v[3] ^= word;
	sip_round(v);
	v[0] ^= word;
}

static uint64_t hash_of(const struct table *table, struct span name, uint16_t type)
{
	uint64_t v[4] = {
		table->secret[0] ^ 0x736f6d6570736575,
		table->secret[1] ^ 0x646f72616e646f6d,
		table->secret[0] ^ 0x6c7967656e657261,
		table->secret[1] ^ 0x7465646279746573,
	};
	uint64_t word = 0;

	for (size_t i = 0; i < name.length; i++) {
		word = word << 8 | (uint8_t)ascii_lower(name.data[i]);
		if (i % 8 == 7)
			sip_word(v, word);
	}
	/* What is left of the last word, and type and length, which are less than 16 bits each. */
	sip_word(v, word);
	sip_word(v, (uint64_t)type << 32 | name.length);
	v[2] ^= 0xff;
	sip_round(v);
	sip_round(v);
	sip_round(v);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

/* ---- the lists ---- */

static size_t entry_bytes(const struct table_entry *entry)
{
	return sizeof(*entry) + entry->name_length + (entry->answer ? entry->answer->bytes : 0);
}

static void keep(struct table *table, struct table_entry *entry)
{
	entry->is_kept = true;
	entry->newer = NULL;
	entry->older = table->newest;
	if (table->newest)
		table->newest->newer = entry;
	else
		table->oldest = entry;
	table->newest = entry;
}

static void unkeep(struct table *table, struct table_entry *entry)
{
	if (entry->newer)
		entry->newer->older = entry->older;
	else
		table->newest = entry->older;
	if (entry->older)
		entry->older->newer = entry->newer;
	else
		table->oldest = entry->newer;
}

static void join_session(struct table *table, struct table_entry *entry)
{
	entry->is_kept = false;
	entry->newer = NULL;
	entry->older = table->session;
	table->session = entry;
}

/* Frees an entry that is in neither list any more. */
static void discard(struct table *table, struct table_entry *entry)
{
	struct table_entry **link = &table->buckets[entry->hash % BUCKETS];

	while (*link != entry)
		link = &(*link)->chained;
	*link = entry->chained;
	table->entries--;
	table->bytes -= entry_bytes(entry);
	free((struct answer *)entry->answer);
	free(entry);
}

static void make_room(struct table *table)
{
	while (table->oldest && (table->entries > table->limits.entries_max ||
				 table->bytes > table->limits.bytes_max)) {
		struct table_entry *entry = table->oldest;

		/* The analyzer believes that something is older than the oldest, and thus that this one stays. */
		unkeep(table, entry); /* NOLINT(clang-analyzer-unix.Malloc) */
		discard(table, entry);
	}
}

/* ---- the contract ---- */

struct table *table_create(const struct table_limits *limits)
{
	struct table *table = xcalloc(1, sizeof(*table));

	table->limits = *limits;
	/* Without random bytes (a kernel at early boot) an address is better than nothing. */
	if (getrandom(table->secret, sizeof(table->secret), GRND_NONBLOCK) !=
	    (ssize_t)sizeof(table->secret))
		table->secret[0] = (uint64_t)(uintptr_t)table;
	return table;
}

void table_destroy(struct table *table)
{
	if (!table)
		return;
	table_end(table);
	table->limits.entries_max = 0;
	make_room(table);
	free(table);
}

void table_begin(struct table *table, uint64_t now_ms)
{
	table_end(table);
	table->now_ms = now_ms;
}

static bool is_same(const struct table_entry *entry, uint64_t hash, struct span name, uint16_t type)
{
	return entry->hash == hash && entry->type == type &&
	       span_equal_nocase(table_name(entry), name);
}

struct table_entry *table_find(struct table *table, struct span name, uint16_t type)
{
	uint64_t hash = hash_of(table, name, type);
	struct table_entry *entry = table->buckets[hash % BUCKETS];

	while (entry && !is_same(entry, hash, name, type))
		entry = entry->chained;
	if (!entry || !entry->is_kept)
		return entry;
	unkeep(table, entry);
	if (entry->expires_ms <= table->now_ms) {
		discard(table, entry);
		return NULL;
	}
	entry->cached = true;
	entry->wanted = false;
	entry->query = NULL;
	join_session(table, entry);
	return entry;
}

struct table_entry *table_add(struct table *table, struct span name, uint16_t type)
{
	struct table_entry *entry = xmalloc(sizeof(*entry) + name.length);
	struct table_entry **bucket;

	*entry = (struct table_entry){
		.hash = hash_of(table, name, type),
		.type = type,
		.name_length = name.length,
	};
	for (size_t i = 0; i < name.length; i++)
		entry->name[i] = ascii_lower(name.data[i]);
	bucket = &table->buckets[entry->hash % BUCKETS];
	entry->chained = *bucket;
	*bucket = entry;
	join_session(table, entry);
	table->entries++;
	table->bytes += entry_bytes(entry);
	make_room(table);
	return entry;
}

static uint32_t lesser(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

static uint64_t lifetime_ms(const struct table *table, const struct answer *answer)
{
	switch (answer->status) {
	case ANSWER_OK: return 1000ull * lesser(answer->ttl, table->limits.ttl_max_s);
	case ANSWER_NODATA:
	case ANSWER_NXDOMAIN:
		return 1000ull * lesser(answer->ttl, table->limits.negative_ttl_max_s);
	case ANSWER_FAILURE: break;
	}
	return 0;
}

void table_store(struct table *table, struct table_entry *entry, struct answer *answer,
		 uint64_t now_ms)
{
	uint64_t lifetime = lifetime_ms(table, answer);

	entry->answer = answer;
	entry->expires_ms = lifetime ? now_ms + lifetime : 0;
	table->bytes += answer->bytes;
}

void table_end(struct table *table)
{
	struct table_entry *entry = table->session;

	table->session = NULL;
	while (entry) {
		struct table_entry *next = entry->older;

		if (entry->answer && entry->expires_ms)
			keep(table, entry);
		else
			discard(table, entry);
		entry = next;
	}
	make_room(table);
}

size_t table_entries(const struct table *table)
{
	return table->entries;
}

size_t table_bytes(const struct table *table)
{
	return table->bytes;
}
