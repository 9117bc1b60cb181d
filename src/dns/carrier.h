/* SPDX-License-Identifier: MIT */
/*
 * One server and one transport: a channel of c-ares whose sockets are ours (man
 * ares_set_socket_functions): its placeholders become our queries on their way
 * out, and answers become placeholder answers on their way in (exchange.h).
 *
 * Sockets are non-blocking, closed on exec, never one of the descriptors 0..2, and connected, so the
 * kernel drops what does not come from the server's address and port.
 */
#ifndef DNS_CARRIER_H
#define DNS_CARRIER_H

#include <poll.h>

#include "dns/servers.h"
#include "stream.h"

enum {
	CARRIER_SOCKETS_MAX = 64, /* far above what carriers hold at once: one each */
	/* Messages read in one go. A flood of them must not keep us from the clock. */
	CARRIER_MESSAGES_MAX = 256,
};

/* What is to be polled. */
struct sockets {
	size_t count;
	struct pollfd list[CARRIER_SOCKETS_MAX];
	struct carrier *carriers[CARRIER_SOCKETS_MAX];
};

struct carrier {
	const struct server_address *server;
	struct sockets *sockets;
	struct exchange **exchanges; /* of all carriers */
	struct stream *stream;	     /* NULL for UDP */
	unsigned messages;	     /* that may still be read in this go */
	void *ares;		     /* the channel; NULL: not open */
	unsigned open;		     /* exchanges in flight in it */
	bool has_company;	     /* more than one since it was last idle */
	int error;		     /* errno of what failed last */
};

/*
 * Opens the channel of c-ares, once, with a stream of frames for TCP: few servers are ever asked over it. The
 * server, the sockets and the exchanges are set, and outlive the carrier. Returns a status of c-ares.
 */
int carrier_open(struct carrier *carrier, bool is_tcp);

/* Closes its sockets and frees what carrier_open() made. Also of a carrier that was never opened. */
void carrier_end(struct carrier *carrier);

/* Sends the query of an exchange that was sent over UDP once more. */
void carrier_repeat(const struct exchange *exchange);

#endif
