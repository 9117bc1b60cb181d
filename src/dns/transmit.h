/* SPDX-License-Identifier: MIT */
/*
 * The queries of one lookup session that go to DNS servers: sends them when their time has come
 * (query.h), and hands out the answers.
 */
#ifndef DNS_TRANSMIT_H
#define DNS_TRANSMIT_H

#include "channel.h"
#include "query.h"
#include "table.h"

/* One party of a session. */
struct transmit_lane {
	uint64_t deadline_ms;
	unsigned in_flight;    /* queries that this lane started and that are open */
	unsigned repeats_left; /* transmissions of its queries beyond the first */
};

/* One query of the session. Lives until transmit_end(), also when it has long been answered. */
struct resolver_query {
	struct resolver_query *next, *next_open;
	struct transmit *owner;
	struct table_entry *entry;
	uint64_t asked_ms, deadline_ms;
	unsigned elapsed_ms;	    /* until it was answered */
	struct transmit_lane *lane; /* that started it */
	struct transmit_lane *also; /* that wants it as well, NULL if none */
	struct query query;
	/* What is in flight with each server. */
	struct transmit_link {
		struct resolver_query *q;
		struct channel_exchange *exchange;
	} links[SERVERS_MAX];
};

/* Called once for a query, from inside any of the functions below. Takes the answer over. */
typedef void transmit_answered(void *arg, struct resolver_query *q, struct answer *answer);

struct transmit {
	struct channels *channels;
	struct query_world world;
	struct server_state states[SERVERS_MAX];
	transmit_answered *answered;
	void *arg;
	struct resolver_query *all, *open;
	unsigned sent_before[SERVERS_MAX]; /* transmissions before the session */
};

/* `channels` is borrowed, and has `servers` servers. */
void transmit_init(struct transmit *t, struct channels *channels, size_t servers,
		   transmit_answered *answered, void *arg);

/* A new query of the lane, sent at once. It fails at the lane's deadline. */
void transmit_start(struct transmit *t, struct table_entry *entry, struct transmit_lane *lane,
		    uint64_t now_ms);

/* An open query is wanted by this lane too: it has until the later deadline, and the transmissions of both. */
void transmit_share(struct resolver_query *q, struct transmit_lane *lane);

/* Sends what is due and fails what is past its deadline or hopeless. */
void transmit_due(struct transmit *t, uint64_t now_ms);

/* When transmit_due() has something to do next; UINT64_MAX when there are no open queries. */
uint64_t transmit_next_ms(const struct transmit *t, uint64_t now_ms);

/* No server has answered anything in the session, and at least one was asked. */
bool transmit_is_unanswered(const struct transmit *t);

/* Ends all queries without a further word, and so the session. */
void transmit_end(struct transmit *t);

#endif
