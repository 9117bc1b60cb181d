/* SPDX-License-Identifier: MIT */
/*
 * What is known of one DNS server: the round-trip time, and whether it is dead. Pure.
 *
 * The wait for an answer follows RFC 6298: smoothed time and variance of what was measured, of
 * queries that were sent once only (Karn's algorithm); doubled while the server says nothing at all,
 * until the next measurement. The floor is lower than that of TCP: a lost datagram is paid for by the
 * sender of a mail, a needless one costs a resolver next to nothing.
 */
#ifndef DNS_SERVER_STATE_H
#define DNS_SERVER_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	SERVER_WAIT_FIRST_MS = 200, /* before anything was measured */
	SERVER_WAIT_MARGIN_MS = 30, /* least distance from the smoothed time */
	SERVER_WAIT_MAX_MS = 4000,
};

/* Zeroed: a server that was never asked. */
struct server_state {
	unsigned failures; /* silences and refusals since it last answered */
	/* Transmissions are numbered. */
	unsigned sent;	     /* the last of them */
	unsigned heard;	     /* the last when it last answered */
	unsigned backed_off; /* the last when the wait was last doubled */
	unsigned backoff;    /* doublings of the wait */
	bool is_measured;
	unsigned smoothed_8, variance_4; /* milliseconds, times 8 and times 4 */
};

/* A transmission goes out; returns its number. */
unsigned server_state_sent(struct server_state *state);

/* An answer to anything. `round_trip_ms` is that of a query that was sent once, or -1. */
void server_state_answered(struct server_state *state, int64_t round_trip_ms);

/* The transmission of that number was given its time in vain. */
void server_state_silent(struct server_state *state, unsigned number);

/* A query got no answer at all, so its silence tells nothing of how slow the server is. */
void server_state_gave_up(struct server_state *state);

/* It cannot be reached. */
void server_state_refused(struct server_state *state);

/*
 * How long a query is given that goes to this server for the `nth` time, from 1: at first the wait
 * for what was lost on the way, then longer ones for a server that may be down.
 */
unsigned server_state_wait_ms(const struct server_state *state, unsigned nth);

/*
 * The server to ask first: the present one unless another fails less. For all later queries and not
 * for one, each of which would have to wait again.
 */
size_t server_state_best(const struct server_state *states, size_t count, size_t present);

#endif
