/* SPDX-License-Identifier: MIT */
#include "channel.h"

/* What newer releases advise against is all that 1.18.1 has. */
#define CARES_NO_DEPRECATED
#include <ares.h>
#include <arpa/nameser.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

#include "base/xalloc.h"
#include "carrier.h"

/* Of the options' mask: releases before 1.31 ignore it, and in the others its argument is for how many
 * seconds the library itself caches answers: none. */
enum { OPTION_QUERY_CACHE = 1 << 21 };

struct channels {
	struct servers servers;
	struct carrier udp[SERVERS_MAX], tcp[SERVERS_MAX];
	struct exchange *exchanges; /* the open ones, each the head of a struct dealing */
	unsigned last_number;
	struct sockets sockets;
};

/* One query with one server: over UDP, and over TCP when its answer was cut. */
struct dealing {
	struct exchange exchange;
	struct channels *owner;
	size_t server;
	channel_done *done;
	void *arg;
};

static const struct ares_socket_functions socket_functions = {
	.asocket = carrier_socket,
	.aclose = carrier_close,
	.aconnect = carrier_connect,
	.arecvfrom = carrier_receive,
	.asendv = carrier_send,
};

/* ---- opening ---- */

/* With all of these given, c-ares takes nothing from resolv.conf or the environment. */
static int open_ares(struct carrier *carrier)
{
	struct in_addr placeholder = { htonl(INADDR_LOOPBACK) };
	char lookups[] = "b";
	struct {
		struct ares_options options;
		char later[256]; /* a newer library may read members that ours does not have */
	} given = { 0 };
	struct ares_options *options = &given.options;
	int mask = ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_NDOTS |
		   ARES_OPT_SERVERS | ARES_OPT_DOMAINS | ARES_OPT_LOOKUPS | ARES_OPT_SORTLIST |
		   ARES_OPT_SOCK_STATE_CB | ARES_OPT_NOROTATE | OPTION_QUERY_CACHE;
	ares_channel ares;
	int status;

	options->flags = ARES_FLAG_NOSEARCH | ARES_FLAG_NOALIASES | ARES_FLAG_NOCHECKRESP |
			 (carrier->stream ? ARES_FLAG_USEVC : 0);
	options->timeout = CHANNEL_TIMEOUT_MS;
	options->tries = 1;
	options->ndots = 1;
	options->servers = &placeholder;
	options->nservers = 1;
	options->lookups = lookups;
	options->sock_state_cb = carrier_watch;
	options->sock_state_cb_data = carrier;
	status = ares_init_options(&ares, options, mask);
	if (status != ARES_SUCCESS)
		return status;
	ares_set_socket_functions(ares, &socket_functions, carrier);
	carrier->ares = ares;
	return ARES_SUCCESS;
}

/* Few servers are ever asked over TCP. */
static bool open_tcp(struct carrier *carrier)
{
	if (carrier->ares)
		return true;
	if (!carrier->stream) {
		carrier->stream = xmalloc(sizeof(*carrier->stream));
		stream_close(carrier->stream);
	}
	return open_ares(carrier) == ARES_SUCCESS;
}

struct channels *channels_open(const struct servers *servers, char *error, size_t size)
{
	struct channels *c = xcalloc(1, sizeof(*c));
	int status = ares_library_init(ARES_LIB_INIT_ALL);

	c->servers = *servers;
	for (size_t i = 0; status == ARES_SUCCESS && i < servers->count; i++) {
		c->udp[i] = c->tcp[i] = (struct carrier){
			.server = &c->servers.list[i],
			.sockets = &c->sockets,
			.exchanges = &c->exchanges,
		};
		status = open_ares(&c->udp[i]);
	}
	if (status == ARES_SUCCESS)
		return c;
	snprintf(error, size, "c-ares can not be used: %s", ares_strerror(status));
	channels_close(c);
	return NULL;
}

static void close_carrier(struct carrier *carrier)
{
	if (carrier->ares)
		ares_destroy(carrier->ares);
	free(carrier->stream);
}

void channels_close(struct channels *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < c->servers.count; i++) {
		close_carrier(&c->udp[i]);
		close_carrier(&c->tcp[i]);
	}
	ares_library_cleanup();
	free(c);
}

/* ---- queries ---- */

static enum channel_outcome outcome_of(const struct exchange *exchange, int status)
{
	if (exchange->answer)
		return message_declines_edns(&exchange->query, exchange->answer,
					     exchange->answer_length) ?
			       CHANNEL_NO_EDNS :
			       CHANNEL_MESSAGE;
	switch (status) {
	case ARES_ETIMEOUT: return CHANNEL_SILENCE;
	case ARES_ECANCELLED:
	case ARES_EDESTRUCTION: return CHANNEL_CANCELLED;
	default: return CHANNEL_BROKEN;
	}
}

static void end_dealing(struct dealing *dealing, enum channel_outcome outcome)
{
	struct exchange *exchange = &dealing->exchange, **link = &dealing->owner->exchanges;

	while (*link != exchange)
		link = &(*link)->next;
	*link = exchange->next;
	dealing->done(dealing->arg, outcome, exchange->answer, exchange->answer_length);
	free(exchange->answer);
	free(dealing);
}

static void finish(void *arg, int status, int timeouts, unsigned char *message, int length);

static void carry(struct dealing *dealing, struct carrier *carrier)
{
	char name[PLACEHOLDER_NAME_MAX];

	exchange_placeholder_name(&dealing->exchange, name);
	dealing->exchange.carrier = carrier;
	dealing->exchange.placeholder_length = 0;
	carrier->open++;
	ares_query(carrier->ares, name, ns_c_in, ns_t_a, finish, dealing);
}

/* c-ares has done with a placeholder, which may be because we said that it is answered. */
static void finish(void *arg, int status, int timeouts, unsigned char *message, int length)
{
	struct dealing *dealing = arg;
	struct exchange *exchange = &dealing->exchange;
	struct carrier *carrier = exchange->carrier, *tcp = &dealing->owner->tcp[dealing->server];

	(void)timeouts;
	(void)message;
	(void)length;
	carrier->open--;
	if (exchange->answer && carrier != tcp && message_is_truncated(exchange->answer)) {
		free(exchange->answer);
		exchange->answer = NULL;
		if (open_tcp(tcp))
			carry(dealing, tcp);
		else
			end_dealing(dealing, CHANNEL_BROKEN);
		return;
	}
	end_dealing(dealing, outcome_of(exchange, status));
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

void channels_ask(struct channels *c, size_t server, struct span name, uint16_t type,
		  bool with_edns, channel_done *done, void *arg)
{
	struct dealing *dealing = xcalloc(1, sizeof(*dealing));
	struct message_query *query = &dealing->exchange.query;

	if (!message_build(query, name, type, with_edns) || !choose_id(c, query)) {
		free(dealing);
		done(arg, CHANNEL_BROKEN, NULL, 0);
		return;
	}
	dealing->owner = c;
	dealing->server = server;
	dealing->done = done;
	dealing->arg = arg;
	dealing->exchange.number = ++c->last_number;
	dealing->exchange.next = c->exchanges;
	c->exchanges = &dealing->exchange;
	carry(dealing, &c->udp[server]);
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
static int soonest_timeout(const struct channels *c, int timeout_ms)
{
	for (size_t i = 0; i < c->servers.count; i++) {
		timeout_ms = sooner_timeout(&c->udp[i], timeout_ms);
		timeout_ms = sooner_timeout(&c->tcp[i], timeout_ms);
	}
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

static void process_timeouts(struct carrier *carrier)
{
	if (carrier->open)
		ares_process_fd(carrier->ares, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
}

void channels_wait(struct channels *c, int timeout_ms)
{
	timeout_ms = soonest_timeout(c, timeout_ms);
	if (poll(c->sockets.list, (nfds_t)c->sockets.count, timeout_ms) > 0)
		process_ready(c);
	for (size_t i = 0; i < c->servers.count; i++) {
		process_timeouts(&c->udp[i]);
		process_timeouts(&c->tcp[i]);
	}
}

static void cancel(struct carrier *carrier)
{
	if (carrier->open)
		ares_cancel(carrier->ares);
}

void channels_cancel(struct channels *c)
{
	for (size_t i = 0; i < c->servers.count; i++) {
		cancel(&c->udp[i]);
		cancel(&c->tcp[i]);
	}
}

const char *channels_library_version(void)
{
	return ares_version(NULL);
}
