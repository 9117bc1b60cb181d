/* SPDX-License-Identifier: MIT */
/*
 * The table of answers: what the queries of the session became, and answers of earlier sessions for
 * as long as their TTL allows.
 *
 * Within a session an entry stays where it is, with its answer once it has one, even if its TTL
 * runs out meanwhile. When the session ends, answers that may be kept join the line of kept ones, in
 * which the least recently used gives way to newer ones; the rest is forgotten. The table's buckets
 * depend on a random secret of the process, so names cannot be chosen to meet in one. No I/O, no
 * clock.
 */
#ifndef DNS_TABLE_H
#define DNS_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dns/answer.h"
#include "base/span.h"

struct table;

struct table_limits {
	size_t entries_max; /* kept past their session */
	size_t bytes_max;   /* the same, names and bookkeeping included */
	uint32_t ttl_max_s;
	uint32_t negative_ttl_max_s; /* ANSWER_NODATA, ANSWER_NXDOMAIN */
};

struct table_entry {
	const struct answer *answer;  /* NULL while the query is open */
	bool cached;		      /* from an earlier session */
	bool wanted;		      /* by somebody in the session */
	struct resolver_query *query; /* what was sent in the session, NULL if nothing */
	/* It failed because this party had no time or no transmissions left: for others it did not. */
	const struct transmit_lane *given_up_by;
	uint16_t type;
	uint64_t hash;
	uint64_t expires_ms;	     /* 0: not past the session */
	bool is_kept;		     /* in the line of kept ones, else in the session's list */
	struct table_entry *chained; /* next in its bucket */
	struct table_entry *newer, *older;
	size_t name_length;
	char name[]; /* lower case, without a terminator */
};

/* Valid as long as the entry. */
static inline struct span table_name(const struct table_entry *entry)
{
	return (struct span){ entry->name, entry->name_length };
}

struct table *table_create(const struct table_limits *limits);
void table_destroy(struct table *table); /* NULL allowed */

/* A new session at `now_ms`, by which it is judged what has expired. */
void table_begin(struct table *table, uint64_t now_ms);

/* Valid until table_end(), and so is its answer. NULL when there is none. */
struct table_entry *table_find(struct table *table, struct span name, uint16_t type);

/*
 * A new open query; table_find() has just returned NULL for it, or one that failed and is to be asked again:
 * from here on the new one is found. name.length <= 255.
 */
struct table_entry *table_add(struct table *table, struct span name, uint16_t type);

/* Answers an open query. Takes the answer over. */
void table_store(struct table *table, struct table_entry *entry, struct answer *answer,
		 uint64_t now_ms);

/* Ends the session; queries that are still open are forgotten. */
void table_end(struct table *table);

/* How much is held now, of this and of earlier sessions. */
size_t table_entries(const struct table *table);
size_t table_bytes(const struct table *table);

#endif
