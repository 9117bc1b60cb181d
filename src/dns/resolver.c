/* SPDX-License-Identifier: MIT */
#include "dns/resolver.h"

#include <stdlib.h>

#include "dns/name.h"
#include "dns/servers.h"
#include "fault.h"
#include "transmit.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/xalloc.h"

#define RESOLV_CONF "/etc/resolv.conf"

struct resolver {
	struct zone *zone;
	bool zone_and_dns;
	bool uses_system; /* the servers are those of RESOLV_CONF */
	struct servers servers;
	struct channels *channels; /* NULL until resolver_open() */
	struct transmit transmit;

	struct table *table;
	struct transmit_lane lanes[RESOLVER_LANES_MAX];
	struct transmit_lane *lane; /* whose calls these are */
	struct answer *too_late;    /* for lanes whose time is up before that of others */
	resolver_notify *notify;
	void *notify_arg;
	bool notifying;	 /* inside notify() */
	bool has_warned; /* that no server answers */
	bool has_news;	 /* answers that notify() was not called for */
};

uint64_t resolver_now_ms(void)
{
	return clock_now_ms();
}

/* ---- answers ---- */

static void answer_query(struct resolver *r, struct table_entry *entry, struct answer *answer)
{
	table_store(r->table, entry, answer, resolver_now_ms());
	r->has_news = true;
}

static void fail_query(struct resolver *r, struct table_entry *entry)
{
	answer_query(r, entry, answer_build(ANSWER_FAILURE, entry->type, 0, NULL, 0));
}

static void describe_failure(const struct resolver *r, const struct resolver_query *q,
			     struct text *out)
{
	uint64_t elapsed_ms = q->entry->answer ? q->elapsed_ms : clock_now_ms() - q->asked_ms;

	fault_describe(out, &q->query, &r->servers, elapsed_ms);
}

static void query_is_answered(void *arg, struct resolver_query *q, struct answer *answer)
{
	struct resolver *r = arg;
	char storage[2 * SERVERS_TEXT_MAX + 100];
	struct text text;

	answer_query(r, q->entry, answer);
	if (answer->status != ANSWER_FAILURE || r->has_warned ||
	    !transmit_is_unanswered(&r->transmit))
		return;
	text_init(&text, storage, sizeof(storage));
	describe_failure(r, q, &text);
	log_message(LOG_LEVEL_WARNING, "dns: %s", storage);
	r->has_warned = true;
}

/* Tells whoever started the session, who may start more queries, which may be answered at once. */
static void announce(struct resolver *r)
{
	struct transmit_lane *lane = r->lane;

	if (r->notifying)
		return;
	r->notifying = true;
	while (r->has_news) {
		r->has_news = false;
		if (r->notify)
			r->notify(r->notify_arg);
	}
	r->lane = lane;
	r->notifying = false;
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
	r->too_late = answer_build(ANSWER_FAILURE, 0, 0, NULL, 0);
	r->lane = r->lanes;
	return r;
}

void resolver_destroy(struct resolver *r)
{
	if (!r)
		return;
	resolver_end(r);
	channels_close(r->channels);
	table_destroy(r->table);
	free(r->too_late);
	free(r);
}

bool resolver_open(struct resolver *r, char *error, size_t size)
{
	if (r->channels || (r->zone && !r->zone_and_dns))
		return true;
	if (r->uses_system)
		servers_read_file(&r->servers, RESOLV_CONF);
	r->channels = channels_open(&r->servers, error, size);
	transmit_init(&r->transmit, r->channels, r->servers.count, query_is_answered, r);
	return r->channels;
}

const struct servers *resolver_servers(const struct resolver *r)
{
	return &r->servers;
}

size_t resolver_ports(const struct resolver *r, uint16_t ports[SERVERS_MAX])
{
	for (size_t i = 0; i < r->servers.count; i++)
		ports[i] = servers_port(&r->servers.list[i]);
	return r->servers.count;
}

void resolver_begin(struct resolver *r, uint64_t deadline_ms, resolver_notify *notify, void *arg)
{
	resolver_end(r);
	for (unsigned i = 0; i < RESOLVER_LANES_MAX; i++)
		r->lanes[i] = (struct transmit_lane){
			.deadline_ms = deadline_ms,
			.repeats_left = RESOLVER_REPEATS_MAX,
		};
	r->lane = r->lanes;
	r->notify = notify;
	r->notify_arg = arg;
	table_begin(r->table, resolver_now_ms());
}

void resolver_lane(struct resolver *r, unsigned lane, uint64_t deadline_ms)
{
	r->lane = &r->lanes[lane];
	r->lane->deadline_ms = deadline_ms;
}

void resolver_end(struct resolver *r)
{
	r->notify = NULL;
	r->has_news = false;
	transmit_end(&r->transmit);
	table_end(r->table);
}

bool resolver_deadline_passed(const struct resolver *r)
{
	return resolver_now_ms() >= r->lane->deadline_ms;
}

unsigned resolver_in_flight(const struct resolver *r)
{
	return r->lane->in_flight;
}

/* True when the zone answers; with DNS as well, only what it really has. */
static bool ask_zone(struct resolver *r, struct table_entry *entry)
{
	struct answer *answer;

	if (!r->zone)
		return false;
	answer = zone_answer(r->zone, table_name(entry), entry->type);
	if (r->zone_and_dns && !zone_covers(r->zone, table_name(entry)) &&
	    (answer->status == ANSWER_NODATA || answer->status == ANSWER_NXDOMAIN)) {
		free(answer);
		return false;
	}
	answer_query(r, entry, answer);
	return true;
}

/* RFC 7686 section 2: names below "onion" are never asked of DNS. */
static bool may_be_asked(struct span name)
{
	return name_is_valid_query(name) && !name_is_within(name, span_of("onion"));
}

static void ask(struct resolver *r, struct table_entry *entry)
{
	uint64_t now = resolver_now_ms();
	char unused[1];

	if (ask_zone(r, entry))
		return;
	if (!may_be_asked(table_name(entry))) {
		answer_query(r, entry, answer_build(ANSWER_NXDOMAIN, entry->type, 0, NULL, 0));
		return;
	}
	if (now >= r->lane->deadline_ms)
		entry->given_up_by = r->lane;
	if (entry->given_up_by || !resolver_open(r, unused, sizeof(unused))) {
		fail_query(r, entry);
		return;
	}
	transmit_start(&r->transmit, entry, r->lane, now);
}

/* What a CNAME of the zone leads to outside of it is asked of DNS by the name that it has there. */
static struct span asked_name(const struct resolver *r, struct span name, uint16_t type)
{
	struct span end;

	if (!r->zone || !r->zone_and_dns)
		return name;
	end = zone_follow(r->zone, name, type);
	return zone_covers(r->zone, end) ? name : end;
}

static struct table_entry *find(const struct resolver *r, struct span name, uint16_t type)
{
	return table_find(r->table, asked_name(r, name, type), type);
}

/* What one lane had no time for is no failure for another, which may have been kept waiting by just that. */
static bool is_only_anothers(const struct resolver *r, const struct table_entry *entry)
{
	return entry->given_up_by && entry->given_up_by != r->lane && !resolver_deadline_passed(r);
}

static struct table_entry *want(struct resolver *r, struct span name, uint16_t type, bool *asked)
{
	struct table_entry *entry = find(r, name, type);

	*asked = false;
	if (!entry || is_only_anothers(r, entry)) {
		entry = table_add(r->table, asked_name(r, name, type), type);
		ask(r, entry);
		*asked = entry->query != NULL;
	} else if (!entry->answer) {
		transmit_share(entry->query, r->lane);
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
	const struct table_entry *entry = find(r, name, type);

	return entry ? entry->answer : NULL;
}

const struct answer *const *resolver_place(struct resolver *r, struct span name, uint16_t type)
{
	const struct table_entry *entry = find(r, name, type);

	return entry ? &entry->answer : NULL;
}

/* Milliseconds until something is due: the lane's deadline, or the next transmission. */
static int wait_ms(const struct resolver *r, uint64_t now)
{
	enum { LONGEST_MS = 60000 };
	uint64_t until = transmit_next_ms(&r->transmit, now);

	if (r->lane->deadline_ms < until)
		until = r->lane->deadline_ms;
	if (until <= now)
		return 0;
	return until - now < LONGEST_MS ? (int)(until - now) : LONGEST_MS;
}

const struct answer *resolver_get(struct resolver *r, struct span name, uint16_t type)
{
	bool asked;
	const struct table_entry *entry = want(r, name, type, &asked);

	while (!entry->answer) {
		uint64_t now = resolver_now_ms();

		/* Past the deadline of all lanes it is failed below. */
		if (now >= r->lane->deadline_ms && now < entry->query->deadline_ms)
			return r->too_late;
		channels_wait(r->channels, wait_ms(r, now));
		transmit_due(&r->transmit, resolver_now_ms());
		announce(r);
	}
	return entry->answer;
}

bool resolver_fact(const struct resolver *r, struct span name, uint16_t type,
		   struct resolver_fact *fact)
{
	const struct table_entry *entry = find(r, name, type);

	if (!entry || !entry->wanted)
		return false;
	*fact = (struct resolver_fact){
		.asked = entry->query != NULL,
		.cached = entry->cached,
		.elapsed_ms = entry->query ? entry->query->elapsed_ms : 0,
	};
	return true;
}

void resolver_describe_failure(const struct resolver *r, struct span name, uint16_t type,
			       struct text *out)
{
	const struct table_entry *entry = find(r, name, type);

	if (!entry || (entry->answer && entry->answer->status != ANSWER_FAILURE))
		return;
	if (entry->query)
		describe_failure(r, entry->query, out);
	else if (resolver_deadline_passed(r))
		text_string(out, "out of time");
}

bool resolver_is_unanswered(const struct resolver *r)
{
	return transmit_is_unanswered(&r->transmit);
}

const char *resolver_library_version(void)
{
	return channels_library_version();
}
