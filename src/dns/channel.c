/* SPDX-License-Identifier: MIT */
#include "channel.h"

/* What newer releases advise against is all that 1.18.1 has. */
#define CARES_NO_DEPRECATED
#include <ares.h>
#include <arpa/nameser.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

#include "base/xalloc.h"
#include "carrier.h"

/* The ways to one server. */
enum { UDP, TCP, TCP_ALONE, WAYS };

struct channels {
	struct servers servers;
	struct carrier carriers[SERVERS_MAX][WAYS];
	struct exchange *exchanges; /* the open ones, each the head of a struct channel_exchange */
	unsigned last_number;
	struct sockets sockets;
};

/*
 * One query with one server: over UDP, over TCP when its answer was cut, and over TCP alone when
 * that broke in company. Between the last two it waits: its carrier is NULL.
 */
struct channel_exchange {
	struct exchange exchange; /* the first member */
	struct channels *owner;
	size_t server;
	struct channel_exchange **handle;
	channel_event *event;
	void *arg;
};

/* ---- opening ---- */

static void prepare_carriers(struct channels *c, size_t server)
{
	for (size_t way = 0; way < WAYS; way++)
		c->carriers[server][way] = (struct carrier){
			.server = &c->servers.list[server],
			.sockets = &c->sockets,
			.exchanges = &c->exchanges,
		};
}

struct channels *channels_open(const struct servers *servers, char *error, size_t size)
{
	struct channels *c = xcalloc(1, sizeof(*c));
	/* Without memory c-ares loses queries and answers in many ways, and a server would be blamed. */
	int status = ares_library_init_mem(ARES_LIB_INIT_ALL, xmalloc, free, xrealloc);

	c->servers = *servers;
	for (size_t i = 0; status == ARES_SUCCESS && i < servers->count; i++) {
		prepare_carriers(c, i);
		status = carrier_open(&c->carriers[i][UDP], false);
	}
	if (status == ARES_SUCCESS)
		return c;
	snprintf(error, size, "c-ares cannot be used: %s", ares_strerror(status));
	channels_close(c);
	return NULL;
}

/* The next carrier, in any order; NULL after the last. */
static struct carrier *next_carrier(struct channels *c, size_t *at)
{
	struct carrier *carrier = &c->carriers[*at / WAYS][*at % WAYS];

	return (*at)++ < c->servers.count * WAYS ? carrier : NULL;
}

void channels_close(struct channels *c)
{
	struct carrier *carrier;

	if (!c)
		return;
	channels_cancel(c);
	for (size_t at = 0; (carrier = next_carrier(c, &at));)
		carrier_end(carrier);
	ares_library_cleanup();
	free(c);
}

/* ---- queries ---- */

static enum channel_outcome outcome_of(const struct exchange *exchange, int status)
{
	const struct carrier *carrier = exchange->carrier;

	if (exchange->answer)
		return message_declines_edns(&exchange->query, exchange->answer,
					     exchange->answer_length) ?
			       CHANNEL_NO_EDNS :
			       CHANNEL_MESSAGE;
	switch (status) {
	case ARES_ETIMEOUT: return CHANNEL_SILENCE;
	case ARES_ECANCELLED:
	case ARES_EDESTRUCTION: return CHANNEL_CANCELLED;
	default: return carrier->error == ECONNREFUSED ? CHANNEL_REFUSED : CHANNEL_BROKEN;
	}
}

static void end_exchange(struct channel_exchange *x, enum channel_outcome outcome)
{
	struct exchange *exchange = &x->exchange, **link = &x->owner->exchanges;

	while (*link != exchange)
		link = &(*link)->next;
	*link = exchange->next;
	*x->handle = NULL;
	x->event(x->arg, outcome, exchange->answer, exchange->answer_length);
	free(exchange->answer);
	free(x);
}

static void finish(void *arg, int status, int timeouts, unsigned char *message, int length);

static void carry(struct channel_exchange *x, unsigned way)
{
	struct carrier *carrier = &x->owner->carriers[x->server][way];
	char name[PLACEHOLDER_NAME_MAX];

	if (carrier_open(carrier, way != UDP) != ARES_SUCCESS) {
		end_exchange(x, CHANNEL_BROKEN);
		return;
	}
	exchange_placeholder_name(&x->exchange, name);
	x->exchange.carrier = carrier;
	x->exchange.placeholder_length = 0;
	carrier->has_company = carrier->open > 0;
	carrier->open++;
	ares_query(carrier->ares, name, ns_c_in, ns_t_a, finish, x);
}

/* The exchange that has waited longest to be alone with its server. */
static void carry_next_alone(struct channels *c, size_t server)
{
	struct channel_exchange *next = NULL;

	for (struct exchange *exchange = c->exchanges; exchange; exchange = exchange->next) {
		struct channel_exchange *x = (struct channel_exchange *)exchange;

		if (x->server == server && !exchange->carrier)
			next = x;
	}
	if (next && !c->carriers[server][TCP_ALONE].open)
		carry(next, TCP_ALONE);
}

/* Whichever query broke the connection, it must not take the others with it. */
static bool broke_in_company(const struct exchange *exchange, enum channel_outcome outcome)
{
	const struct carrier *carrier = exchange->carrier;

	return carrier->stream && carrier->has_company &&
	       (outcome == CHANNEL_BROKEN || outcome == CHANNEL_REFUSED);
}

/*
 * c-ares has done with a placeholder, which may be because we said that it is answered. When all are
 * cancelled, nothing new may begin: 1.18.1 then keeps the connection, and with it pointers to what it
 * has freed.
 */
static void finish(void *arg, int status, int timeouts, unsigned char *message, int length)
{
	struct channel_exchange *x = arg;
	struct channels *c = x->owner;
	struct exchange *exchange = &x->exchange;
	struct carrier *carrier = exchange->carrier;
	enum channel_outcome outcome = outcome_of(exchange, status);
	size_t server = x->server;

	(void)timeouts;
	(void)message;
	(void)length;
	carrier->open--;
	if (status == ARES_ECANCELLED || status == ARES_EDESTRUCTION) {
		end_exchange(x, outcome);
		return;
	}
	if (exchange->answer && !carrier->stream && message_is_truncated(exchange->answer)) {
		x->event(x->arg, CHANNEL_TRUNCATED, NULL, 0);
		free(exchange->answer);
		exchange->answer = NULL;
		carry(x, TCP);
	} else if (broke_in_company(exchange, outcome)) {
		exchange->carrier = NULL;
	} else {
		end_exchange(x, outcome);
	}
	carry_next_alone(c, server);
}

/* An id that cannot be guessed and that no other open query has. */
static bool choose_id(const struct channels *c, struct message_query *query)
{
	const struct exchange *other;
	uint16_t id;

	do {
		if (getrandom(&id, sizeof(id), 0) != (ssize_t)sizeof(id))
			return false;
		other = c->exchanges;
		while (other && message_id(other->query.bytes) != id)
			other = other->next;
	} while (other);
	message_set_id(query, id);
	return true;
}

void channels_ask(struct channels *c, size_t server, const struct channel_query *query,
		  struct channel_exchange **handle, channel_event *event, void *arg)
{
	struct channel_exchange *x = xcalloc(1, sizeof(*x));
	struct message_query *message = &x->exchange.query;

	*handle = NULL;
	if (!message_build(message, query->name, query->type, query->with_edns) ||
	    !choose_id(c, message)) {
		free(x);
		event(arg, CHANNEL_BROKEN, NULL, 0);
		return;
	}
	x->owner = c;
	x->server = server;
	x->handle = handle;
	x->event = event;
	x->arg = arg;
	x->exchange.number = ++c->last_number;
	x->exchange.next = c->exchanges;
	c->exchanges = &x->exchange;
	*handle = x;
	carry(x, UDP);
}

void channels_repeat(struct channel_exchange *x)
{
	carrier_repeat(&x->exchange);
}

void channels_abandon(struct channel_exchange *x)
{
	const struct carrier *carrier = x->exchange.carrier;
	struct channels *c = x->owner;
	size_t server = x->server;

	if (!carrier)
		end_exchange(x, CHANNEL_CANCELLED);
	else if (carrier->open == 1)
		ares_cancel(carrier->ares);
	carry_next_alone(c, server);
}

/* ---- waiting ---- */

static int sooner_timeout(const struct carrier *carrier, int timeout_ms)
{
	struct timeval storage, *next = NULL;
	long ms;

	if (carrier->open)
		next = ares_timeout(carrier->ares, NULL, &storage);
	if (!next)
		return timeout_ms;
	/* Rounded up, or the last part of a millisecond would be spent spinning. */
	ms = (long)next->tv_sec * 1000 + next->tv_usec / 1000 + 1;
	return ms < timeout_ms ? (int)ms : timeout_ms;
}

/* The wait until the first query times out, if that is sooner. */
static int soonest_timeout(struct channels *c, int timeout_ms)
{
	const struct carrier *carrier;

	for (size_t at = 0; (carrier = next_carrier(c, &at));)
		timeout_ms = sooner_timeout(carrier, timeout_ms);
	return timeout_ms;
}

static void process_socket(struct carrier *carrier, const struct pollfd *ready)
{
	bool readable = ready->revents & (POLLIN | POLLERR | POLLHUP | POLLNVAL);
	bool writable = ready->revents & (POLLOUT | POLLERR | POLLHUP);
	size_t untold;

	carrier->messages = CARRIER_MESSAGES_MAX;
	ares_process_fd(carrier->ares, readable ? ready->fd : ARES_SOCKET_BAD,
			writable ? ready->fd : ARES_SOCKET_BAD);
	/* Nothing more need come for what c-ares has not read yet: 1.18.1 reads once a call. */
	while (carrier->stream && (untold = stream_untold(carrier->stream))) {
		ares_process_fd(carrier->ares, ready->fd, ARES_SOCKET_BAD);
		if (stream_untold(carrier->stream) == untold)
			return;
	}
}

static void process_ready(struct channels *c)
{
	struct sockets ready = c->sockets;

	/* Processing opens and closes sockets. What was closed and is open again for another
	   carrier finds nothing to read there, which is harmless: it does not block. */
	for (size_t i = 0; i < ready.count; i++)
		if (ready.list[i].revents)
			process_socket(ready.carriers[i], &ready.list[i]);
}

void channels_wait(struct channels *c, int timeout_ms)
{
	const struct carrier *carrier;

	timeout_ms = soonest_timeout(c, timeout_ms);
	if (poll(c->sockets.list, (nfds_t)c->sockets.count, timeout_ms) > 0)
		process_ready(c);
	for (size_t at = 0; (carrier = next_carrier(c, &at));)
		if (carrier->open)
			ares_process_fd(carrier->ares, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
}

/* Those that wait to be alone, which c-ares does not know. */
static void cancel_waiting(struct channels *c)
{
	for (struct exchange *exchange = c->exchanges, *next; exchange; exchange = next) {
		next = exchange->next;
		if (!exchange->carrier)
			end_exchange((struct channel_exchange *)exchange, CHANNEL_CANCELLED);
	}
}

void channels_cancel(struct channels *c)
{
	const struct carrier *carrier;

	cancel_waiting(c);
	for (size_t at = 0; (carrier = next_carrier(c, &at));)
		if (carrier->open)
			ares_cancel(carrier->ares);
}

const char *channels_library_version(void)
{
	return ares_version(NULL);
}
