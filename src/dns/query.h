/* SPDX-License-Identifier: MIT */
/*
 * The transmissions of one query: to which server the next one goes, when, and when there is no hope
 * left. Pure: whoever owns the query sends, and reports what happens.
 *
 * Servers are asked in turn, each time after the wait of the one asked before (server_state.h),
 * until the deadline; but at most QUERY_TRANSMISSIONS_MAX times. Whatever was sent stays in flight:
 * the first answer that can be used wins, whichever transmission it is to. A server that gave an
 * error, or whose answer cannot be read, is not asked again, and the next one is asked at once. One
 * that refuses is asked again for QUERY_REFUSED_MS, as long as a resolver may take to restart. A
 * server that is asked over TCP gets no further datagrams.
 */
#ifndef DNS_QUERY_H
#define DNS_QUERY_H

#include "dns/servers.h"
#include "server_state.h"

enum {
	QUERY_TRANSMISSIONS_MAX = 8,
	QUERY_REFUSED_MS = 1000,
	QUERY_REFUSED_WAIT_MS = 200, /* at most, between transmissions meanwhile */
	QUERY_TCP_TURN_MS = 1000,    /* that TCP is given before the next server is asked */
	QUERY_TCP_MS = 5000,	     /* that it is given at all */
	QUERY_SHARE_MIN_MS = 100,    /* see query_sent() */
};

/* What a server did with the query; the last of several. */
enum query_event {
	QUERY_NOTHING,	   /* not asked, or silent */
	QUERY_REFUSED,	   /* connection refused */
	QUERY_UNREACHABLE, /* no socket, no route, reset */
	QUERY_TRUNCATED,   /* its answer was cut; it is asked over TCP */
	QUERY_TCP_SILENT,
	QUERY_TCP_REFUSED,
	QUERY_TCP_BROKEN,
	QUERY_NO_EDNS,	  /* it does not understand EDNS: to be asked again without */
	QUERY_ERROR,	  /* an RCODE other than 0 and 3 */
	QUERY_UNREADABLE, /* malformed */
	QUERY_LOST,	  /* the exchange ended without a word */
};

struct query_server {
	bool is_open;	   /* an answer may come */
	bool is_exhausted; /* not to be asked again */
	enum query_event last;
	uint8_t rcode; /* of QUERY_ERROR */
	uint8_t sent;
	unsigned number;   /* of the last transmission, among those to this server */
	uint64_t first_ms; /* the first transmission */
	uint64_t tcp_ms;   /* QUERY_TRUNCATED: since when */
};

/* Zeroed: nothing sent. */
struct query {
	uint8_t sent;	/* transmissions to whatever server */
	uint8_t server; /* the last */
	bool has_next;	/* the next transmission goes to `next` */
	uint8_t next;
	bool without_edns;
	bool was_refused;
	uint64_t refused_ms; /* the first time */
	uint64_t sent_ms;    /* the last transmission */
	bool is_guessed;     /* nothing was measured of that server then: due_ms is a guess */
	uint64_t due_ms;     /* when the last server has had its time */
	struct query_server servers[SERVERS_MAX];
};

/* The servers that there are; the preferred one is kept up to date here. */
struct query_world {
	struct server_state *states;
	size_t count;
	size_t preferred;
};

enum query_action { QUERY_WAIT, QUERY_SEND, QUERY_END_TCP, QUERY_GIVE_UP };

struct query_step {
	enum query_action action;
	size_t server;	  /* QUERY_SEND, QUERY_END_TCP */
	uint64_t when_ms; /* QUERY_WAIT: UINT64_MAX when only for what may come */
};

/* `may_repeat`: more than one transmission is allowed. The deadline is the caller's affair. */
struct query_step query_next(const struct query *query, const struct query_world *world,
			     uint64_t now_ms, bool may_repeat);

/*
 * A transmission to a server. As long as not every server was asked, none is given more than its
 * share of the time until the deadline, but at least QUERY_SHARE_MIN_MS: a dead first server must not
 * use up short sessions one after the other. The transmissions that are left reach as far as the
 * deadline, however many servers share them: the last is waited for a third of the time before it, and
 * each before it a third of that, if its server's wait is not longer.
 */
void query_sent(struct query *query, struct query_world *world, size_t server, uint64_t now_ms,
		uint64_t deadline_ms);

/*
 * What happened at a server, `rcode` with QUERY_ERROR. Updates what is known of the server as well,
 * also when the query has long been answered.
 */
void query_event(struct query *query, struct query_world *world, size_t server,
		 enum query_event event, unsigned rcode, uint64_t now_ms);

/* It is given up, by whatever deadline. */
void query_gave_up(const struct query *query, const struct query_world *world);

/* An answer that can be used: the same for the server's state only. */
void query_answered(struct query *query, struct query_world *world, size_t server, uint64_t now_ms);

#endif
