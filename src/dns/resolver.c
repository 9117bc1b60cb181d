/* SPDX-License-Identifier: MIT */
#include "dns/resolver.h"

#include <stdlib.h>
#include <time.h>

#include "channel.h"
#include "dns/name.h"
#include "dns/servers.h"
#include "table.h"
#include "base/xalloc.h"

#define RESOLV_CONF "/etc/resolv.conf"

struct resolver {
	struct zone *zone;
	bool zone_and_dns;
	bool uses_system; /* the servers are those of RESOLV_CONF */
	struct servers servers;
	struct channels *channels;	/* NULL until resolver_open() */
	unsigned failures[SERVERS_MAX]; /* of each server, since it last answered */
	uint64_t heard_ms[SERVERS_MAX]; /* when it last answered */
	size_t preferred;		/* server */

	struct table *table;
	uint64_t deadline_ms;
	resolver_notify *notify;
	void *notify_arg;
	bool notifying; /* inside notify() */
	bool has_news;	/* answers that notify() was not called for */

	struct table_entry *open; /* questions without an answer, linked by next_open */
	unsigned open_count;
	struct table_entry *alone; /* one of them that no other is asked beside */
};

/* One question sent to one server. */
struct attempt {
	struct resolver *resolver;
	struct table_entry *entry;
	size_t server;
};

static struct span name_of(const struct table_entry *entry)
{
	return (struct span){ entry->name, entry->name_length };
}

uint64_t resolver_now_ms(void)
{
	struct timespec now;

	if (clock_gettime(CLOCK_BOOTTIME, &now) != 0 && clock_gettime(CLOCK_MONOTONIC, &now) != 0)
		return 0;
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* ---- answers ---- */

static void close_question(struct resolver *r, struct table_entry *entry)
{
	struct table_entry **link = &r->open;

	while (*link && *link != entry)
		link = &(*link)->next_open;
	if (!*link)
		return;
	*link = entry->next_open;
	r->open_count--;
}

static void answer_question(struct resolver *r, struct table_entry *entry, struct answer *answer)
{
	uint64_t now = resolver_now_ms();

	close_question(r, entry);
	entry->elapsed_ms = (unsigned)(now - entry->asked_ms);
	table_store(r->table, entry, answer, now);
	r->has_news = true;
}

static void fail_question(struct resolver *r, struct table_entry *entry)
{
	answer_question(r, entry, answer_build(ANSWER_FAILURE, entry->type, 0, NULL, 0));
}

/* Tells whoever started the epoch, who may start more questions, which may be answered at once. */
static void announce(struct resolver *r)
{
	if (r->notifying)
		return;
	r->notifying = true;
	while (r->has_news) {
		r->has_news = false;
		if (r->notify)
			r->notify(r->notify_arg);
	}
	r->notifying = false;
}

/* ---- asking ---- */

static unsigned tries_max(const struct resolver *r)
{
	return (unsigned)r->servers.count + 1;
}

static bool can_try(const struct resolver *r, const struct table_entry *entry)
{
	return entry->tries < tries_max(r) && entry->deaf != (1u << r->servers.count) - 1;
}

/*
 * A server that was silent or unreachable is left for one that fails less, for all later questions,
 * not only for this one: each of them would have to wait again.
 */
static void choose_server(struct resolver *r)
{
	for (size_t i = 0; i < r->servers.count; i++)
		if (r->failures[i] < r->failures[r->preferred])
			r->preferred = i;
}

static void note_failure(struct resolver *r, size_t server)
{
	r->failures[server]++;
	choose_server(r);
}

static void note_response(struct resolver *r, size_t server)
{
	r->failures[server] = 0;
	r->heard_ms[server] = resolver_now_ms();
	choose_server(r);
}

static void read_response(struct attempt *attempt, const uint8_t *message, size_t length)
{
	struct resolver *r = attempt->resolver;
	struct table_entry *entry = attempt->entry;
	struct answer *answer;

	note_response(r, attempt->server);
	if (entry->answer)
		return;
	answer = answer_parse(message, length, name_of(entry), entry->type);
	if (answer->status != ANSWER_FAILURE) {
		answer_question(r, entry, answer);
		return;
	}
	free(answer);
	/* Asking again would not change its mind. */
	entry->deaf |= (uint8_t)(1u << attempt->server);
}

/* Called by c-ares; does no more than to note what happened, try_questions() acts on it. */
static void attempt_done(void *arg, enum channel_outcome outcome, const uint8_t *message,
			 size_t length)
{
	struct attempt attempt = *(struct attempt *)arg;
	struct table_entry *entry = attempt.entry;

	free(arg);
	if (outcome == CHANNEL_CANCELLED)
		return;
	entry->pending--;
	switch (outcome) {
	case CHANNEL_MESSAGE: read_response(&attempt, message, length); return;
	case CHANNEL_NO_EDNS:
		note_response(attempt.resolver, attempt.server);
		entry->without_edns = true;
		return;
	case CHANNEL_BROKEN:
		note_failure(attempt.resolver, attempt.server);
		entry->broken_in_company |= attempt.resolver->open_count > 1;
		return;
	case CHANNEL_SILENCE:
	case CHANNEL_CANCELLED: return;
	}
}

static uint64_t clamp(uint64_t value, uint64_t least, uint64_t most)
{
	return value < least ? least : value > most ? most : value;
}

/*
 * How long the next server waits for its turn. With less time left than all tries would take, each
 * gets its share, or a dead first server could use up short epochs one after the other.
 */
static uint64_t patience_ms(const struct resolver *r, uint64_t now)
{
	uint64_t left = r->deadline_ms > now ? r->deadline_ms - now : 0;

	return clamp(left / (tries_max(r) + 1), RESOLVER_TRY_MIN_MS, RESOLVER_TRY_MS);
}

static void ask_server(struct resolver *r, struct table_entry *entry)
{
	struct attempt *attempt = xmalloc(sizeof(*attempt));
	size_t server = entry->tries ? (entry->last_server + 1u) % r->servers.count : r->preferred;

	while (entry->deaf >> server & 1)
		server = (server + 1) % r->servers.count;
	*attempt = (struct attempt){ .resolver = r, .entry = entry, .server = server };
	entry->last_server = (uint8_t)server;
	entry->sent_ms = resolver_now_ms();
	entry->next_try_ms = entry->sent_ms + patience_ms(r, entry->sent_ms);
	entry->tries++;
	entry->pending++;
	channels_ask(r->channels, server, name_of(entry), entry->type, !entry->without_edns,
		     attempt_done, attempt);
}

/* The last server asked has had its time. */
static bool is_overdue(const struct table_entry *entry, uint64_t now)
{
	return entry->pending && now >= entry->next_try_ms;
}

/*
 * A connection that breaks off ends all questions that its server was asked, also those over UDP, whichever
 * of them broke it. Before the others are given up each is asked once more on its own.
 */
static bool may_be_innocent(const struct resolver *r, const struct table_entry *entry)
{
	return entry->broken_in_company && !entry->asked_alone &&
	       entry->deaf != (1u << r->servers.count) - 1;
}

/* A question to a slow server stays alive beside the next one: whichever answers first. */
static void try_question(struct resolver *r, struct table_entry *entry, uint64_t now)
{
	if (r->alone && r->alone != entry)
		return;
	if (now < r->deadline_ms && can_try(r, entry) && is_overdue(entry, now)) {
		if (r->heard_ms[entry->last_server] < entry->sent_ms)
			note_failure(r, entry->last_server);
		ask_server(r, entry);
	}
	while (!entry->answer && !entry->pending && now < r->deadline_ms && can_try(r, entry))
		ask_server(r, entry);
	if (!entry->answer && !entry->pending &&
	    (now >= r->deadline_ms || !may_be_innocent(r, entry)))
		fail_question(r, entry);
}

/* The question that has waited longest to be asked alone; NULL while any is under way. */
static struct table_entry *next_alone(const struct resolver *r)
{
	struct table_entry *next = NULL;

	for (struct table_entry *entry = r->open; entry; entry = entry->next_open) {
		if (entry->pending)
			return NULL;
		if (may_be_innocent(r, entry))
			next = entry;
	}
	return next;
}

static void ask_alone(struct resolver *r)
{
	while (!r->alone && (r->alone = next_alone(r))) {
		struct table_entry *entry = r->alone;

		entry->asked_alone = true;
		ask_server(r, entry);
		if (entry->pending)
			return;
		r->alone = NULL;
		if (!entry->answer)
			fail_question(r, entry);
	}
}

static void try_questions(struct resolver *r)
{
	uint64_t now = resolver_now_ms();

	if (r->alone && !r->alone->pending)
		r->alone = NULL;
	for (struct table_entry *entry = r->open, *next; entry; entry = next) {
		next = entry->next_open;
		try_question(r, entry, now);
	}
	if (now < r->deadline_ms)
		ask_alone(r);
}

/* Milliseconds until something is due: the deadline, or the next try of a question. */
static int wait_ms(const struct resolver *r, uint64_t now)
{
	uint64_t until = r->deadline_ms;
	bool waits = false;

	for (const struct table_entry *entry = r->open; entry; entry = entry->next_open) {
		waits = waits || entry->pending;
		if (entry != r->alone && entry->pending && can_try(r, entry) &&
		    entry->next_try_ms < until)
			until = entry->next_try_ms;
	}
	if (until <= now || !waits)
		return 0;
	return until - now < 60000 ? (int)(until - now) : 60000;
}

/* ---- the contract ---- */

struct resolver *resolver_create(const struct resolver_options *options, char *error, size_t size)
{
	static const struct table_limits limits = {
		.entries_max = RESOLVER_ENTRIES_MAX,
		.bytes_max = RESOLVER_BYTES_MAX,
		.ttl_max_s = RESOLVER_TTL_MAX_S,
		.negative_ttl_max_s = RESOLVER_NEGATIVE_TTL_MAX_S,
	};
	struct resolver *r = xcalloc(1, sizeof(*r));

	if (!servers_parse(&r->servers, options->servers ? options->servers : "", error, size)) {
		free(r);
		return NULL;
	}
	r->uses_system = r->servers.count == 0;
	r->zone = options->zone;
	r->zone_and_dns = options->zone_and_dns;
	r->table = table_create(&limits);
	return r;
}

void resolver_destroy(struct resolver *r)
{
	if (!r)
		return;
	resolver_end(r);
	channels_close(r->channels);
	table_destroy(r->table);
	free(r);
}

bool resolver_open(struct resolver *r, char *error, size_t size)
{
	if (r->channels || (r->zone && !r->zone_and_dns))
		return true;
	if (r->uses_system)
		servers_read_file(&r->servers, RESOLV_CONF);
	r->channels = channels_open(&r->servers, error, size);
	return r->channels;
}

void resolver_begin(struct resolver *r, uint64_t deadline_ms, resolver_notify *notify, void *arg)
{
	resolver_end(r);
	r->deadline_ms = deadline_ms;
	r->notify = notify;
	r->notify_arg = arg;
	table_begin(r->table, resolver_now_ms());
}

void resolver_end(struct resolver *r)
{
	r->notify = NULL;
	r->has_news = false;
	/* Not only for the open ones: what slow servers were asked outlives the answer. */
	if (r->channels)
		channels_cancel(r->channels);
	r->open = r->alone = NULL;
	r->open_count = 0;
	table_end(r->table);
}

bool resolver_deadline_passed(const struct resolver *r)
{
	return resolver_now_ms() >= r->deadline_ms;
}

unsigned resolver_in_flight(const struct resolver *r)
{
	return r->open_count;
}

/* True when the zone answers; with DNS behind it, only what it really has. */
static bool ask_zone(struct resolver *r, struct table_entry *entry)
{
	struct answer *answer;

	if (!r->zone)
		return false;
	answer = zone_answer(r->zone, name_of(entry), entry->type);
	if (r->zone_and_dns &&
	    (answer->status == ANSWER_NODATA || answer->status == ANSWER_NXDOMAIN)) {
		free(answer);
		return false;
	}
	answer_question(r, entry, answer);
	return true;
}

/* RFC 7686 section 2: names below "onion" are never asked of DNS. */
static bool may_be_asked(struct span name)
{
	return name_is_askable(name) && !name_is_within(name, span_of("onion"));
}

static void ask(struct resolver *r, struct table_entry *entry)
{
	char unused[1];

	entry->asked_ms = resolver_now_ms();
	if (ask_zone(r, entry))
		return;
	if (!may_be_asked(name_of(entry))) {
		answer_question(r, entry, answer_build(ANSWER_NXDOMAIN, entry->type, 0, NULL, 0));
		return;
	}
	if (entry->asked_ms >= r->deadline_ms || !resolver_open(r, unused, sizeof(unused))) {
		fail_question(r, entry);
		return;
	}
	entry->asked = true;
	entry->next_open = r->open;
	r->open = entry;
	r->open_count++;
	try_question(r, entry, entry->asked_ms);
}

static struct table_entry *want(struct resolver *r, struct span name, uint16_t type, bool *asked)
{
	struct table_entry *entry = table_find(r->table, name, type);

	*asked = false;
	if (!entry) {
		entry = table_add(r->table, name, type);
		ask(r, entry);
		*asked = entry->asked;
	}
	entry->wanted = true;
	announce(r);
	return entry;
}

bool resolver_want(struct resolver *r, struct span name, uint16_t type)
{
	bool asked;

	want(r, name, type, &asked);
	return asked;
}

const struct answer *resolver_peek(struct resolver *r, struct span name, uint16_t type)
{
	const struct table_entry *entry = table_find(r->table, name, type);

	return entry ? entry->answer : NULL;
}

const struct answer *resolver_get(struct resolver *r, struct span name, uint16_t type)
{
	bool asked;
	struct table_entry *entry = want(r, name, type, &asked);

	while (!entry->answer) {
		uint64_t now = resolver_now_ms();

		if (now >= r->deadline_ms) {
			fail_question(r, entry);
		} else {
			channels_wait(r->channels, wait_ms(r, now));
			try_questions(r);
		}
		announce(r);
	}
	return entry->answer;
}

bool resolver_fact(const struct resolver *r, struct span name, uint16_t type,
		   struct resolver_fact *fact)
{
	const struct table_entry *entry = table_find(r->table, name, type);

	if (!entry || !entry->wanted)
		return false;
	*fact = (struct resolver_fact){
		.asked = entry->asked,
		.cached = entry->cached,
		.elapsed_ms = entry->elapsed_ms,
	};
	return true;
}

const char *resolver_library_version(void)
{
	return channels_library_version();
}
