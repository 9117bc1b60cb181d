/* SPDX-License-Identifier: MIT */
/*
 * Queries to answers before a deadline: the servers, the table of answers, and the event loop.
 *
 * Queries are started with resolver_want(), as many as one likes at once, and answered while
 * somebody waits in resolver_get(). Within one session (= one policy request) equal queries get the
 * same answer and are sent once; answers outlive the session by their TTL, clamped to
 * RESOLVER_TTL_MAX_S, failures never. The table is bounded; entries of the current session are never
 * evicted, of the others the least recently used goes first.
 *
 * A query without an answer is sent again until its deadline, to each server in turn, after a wait
 * that follows the server's measured round-trip time; at most 8 times, and in a session at most
 * RESOLVER_REPEATS_MAX times for each lane. A late answer to an earlier transmission counts. The
 * first answer that can be used wins; SERVFAIL and its like end that server's part. A silent or
 * unreachable server is left for one that fails less, for all later queries of the process: with one
 * of two dead, the first query waits some tenths of a second and the others do not. Details:
 * src/dns/query.h and src/dns/server_state.h; over TCP, src/dns/channel.h.
 *
 * A session may have lanes, each with its own deadline and its own number of queries in flight, for
 * parties that must not starve each other. They share the answers.
 *
 * Names are asked as they are: absolute, no search list, no /etc/hosts, no aliases; LOCALDOMAIN,
 * RES_OPTIONS and HOSTALIASES are ignored.
 */
#ifndef DNS_RESOLVER_H
#define DNS_RESOLVER_H

#include <stdint.h>

#include "base/text.h"
#include "dns/answer.h"
#include "dns/servers.h"
#include "dns/zone.h"

enum {
	RESOLVER_LANES_MAX = 4,
	/* Of a lane. With the 111 queries that an identity has at most, these are 300 datagrams. */
	RESOLVER_REPEATS_MAX = 189,
	RESOLVER_ENTRIES_MAX = 1024,  /* answers kept past their session */
	RESOLVER_BYTES_MAX = 1 << 20, /* bytes of answers kept past their session */
	RESOLVER_TTL_MAX_S = 300,
	RESOLVER_NEGATIVE_TTL_MAX_S = 60,
};

struct resolver;

struct resolver_options {
	const char *servers; /* as in dns/servers.h; NULL or "" = the system's resolv.conf */
	struct zone *zone;   /* non-NULL: answers come from here instead; borrowed. A name that
				   the zone does not have is NXDOMAIN, unless zone_and_dns */
	bool zone_and_dns;   /* what the zone does not have is asked of DNS, types of its names
				   included, but for names that zone_covers() */
};

/*
 * Called when answers have arrived, one or several, from inside resolver_want() or resolver_get():
 * the place where the next queries are started, of any lane. Must not call resolver_get(). Not called
 * inside itself: what is answered at once there has it called once more.
 */
typedef void resolver_notify(void *arg);

/*
 * What became of one query, for `check` and for the counts in the log.
 */
struct resolver_fact {
	bool asked;	     /* sent to DNS in the session (not cached, not from the zone) */
	bool cached;	     /* answered from an earlier session */
	unsigned elapsed_ms; /* from query to answer; 0 for cached ones */
};

/*
 * Opens nothing and reads nothing yet, except that an error in options->servers is reported at
 * once: NULL, with a message in error. The channels are made by resolver_open() or the first
 * query.
 */
struct resolver *resolver_create(const struct resolver_options *options, char *error, size_t size);
void resolver_destroy(struct resolver *resolver); /* NULL allowed */

/*
 * Reads what must be read before the process confines itself (resolv.conf, random seed).
 * Returns false with a message when c-ares cannot be used.
 */
bool resolver_open(struct resolver *resolver, char *error, size_t size);

/* Those that are asked. Known after resolver_open(). */
const struct servers *resolver_servers(const struct resolver *resolver);

/* The servers' ports, for the sandbox; how many there are is returned. Known after resolver_open(). */
size_t resolver_ports(const struct resolver *resolver, uint16_t ports[SERVERS_MAX]);

/* A new session: forgets who asked what. `deadline_ms` on the clock of resolver_now_ms(). */
void resolver_begin(struct resolver *resolver, uint64_t deadline_ms, resolver_notify *notify,
		    void *arg);

/*
 * The calls that follow are those of this lane (0 to RESOLVER_LANES_MAX - 1), which has until
 * `deadline_ms`. A session begins in lane 0 with the session's deadline. A query belongs to the lane
 * that started it; one that several lanes want has until the last of their deadlines. What failed because
 * its lane had no time or no transmissions left is asked again when another lane wants it.
 */
void resolver_lane(struct resolver *resolver, unsigned lane, uint64_t deadline_ms);

/* Ends the session: queries still open are cancelled. No callback after it. */
void resolver_end(struct resolver *resolver);

/* CLOCK_BOOTTIME-like monotonic milliseconds; a suspended or stopped machine counts. */
uint64_t resolver_now_ms(void);

/*
 * Starts the query if its answer is not in the table. Returns true when it had to be sent
 * (counts against whoever asks), false when it was there or in flight.
 * `name`: a valid query name (dns/name.h), no trailing dot; compared without regard to ASCII case.
 */
bool resolver_want(struct resolver *resolver, struct span name, uint16_t type);

/* The answer if it is here, else NULL; never waits, never asks. Valid until resolver_end(). */
const struct answer *resolver_peek(struct resolver *resolver, struct span name, uint16_t type);

/*
 * Where that answer is put, for those who look often: NULL there as long as the query is open. NULL when
 * nobody wanted the query. Valid until resolver_end().
 */
const struct answer *const *resolver_place(struct resolver *resolver, struct span name,
					   uint16_t type);

/*
 * resolver_want(), then waits for the answer or the deadline. Never NULL: past the deadline it is
 * an ANSWER_FAILURE. Valid until resolver_end().
 */
const struct answer *resolver_get(struct resolver *resolver, struct span name, uint16_t type);

/* False when the query was never wanted in the session. */
bool resolver_fact(const struct resolver *resolver, struct span name, uint16_t type,
		   struct resolver_fact *fact);

/*
 * Whose fault it is that this query failed: "SERVFAIL from 192.0.2.53", "no answer from 192.0.2.53 in
 * 20 s (8 sent)", "out of time" when there was none left to ask. Nothing when it did not fail, or when
 * the zone said so.
 */
void resolver_describe_failure(const struct resolver *resolver, struct span name, uint16_t type,
			       struct text *out);

/*
 * No server has answered anything in the session, though at least one was asked: rather the
 * resolver's fault than that of the names. The first time a query fails that way the process logs
 * one warning.
 */
bool resolver_is_unanswered(const struct resolver *resolver);

bool resolver_deadline_passed(const struct resolver *resolver);

/* Queries of this lane in flight now; the caller keeps this under its limit (Prefetch_Max). */
unsigned resolver_in_flight(const struct resolver *resolver);

/* "1.18.1": the c-ares that is linked in. */
const char *resolver_library_version(void);

#endif
