/* SPDX-License-Identifier: MIT */
/*
 * The sockets of one server and one transport, in the form that c-ares calls (man
 * ares_set_socket_functions; `arg` is the carrier): its placeholders become our queries on their way
 * out, and answers become placeholder answers on their way in (exchange.h).
 *
 * Sockets are non-blocking, closed on exec, never one of the descriptors 0..2, and connected, so the
 * kernel drops what does not come from the server's address and port.
 */
#ifndef DNS_CARRIER_H
#define DNS_CARRIER_H

#include <poll.h>
#include <sys/socket.h>
#include <sys/uio.h>

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
	void *ares;		     /* the channel that calls the functions below */
	unsigned open;		     /* exchanges in flight in it */
	bool has_company;	     /* more than one since it was last idle */
	int error;		     /* errno of what failed last */
};

int carrier_socket(int domain, int type, int protocol, void *arg);
int carrier_close(int fd, void *arg);
int carrier_connect(int fd, const struct sockaddr *address, socklen_t length, void *arg);
ssize_t carrier_receive(int fd, void *data, size_t size, int flags, struct sockaddr *from,
			socklen_t *from_length, void *arg);
ssize_t carrier_send(int fd, const struct iovec *pieces, int count, void *arg);

/* Sends the query of an exchange that was sent over UDP once more. */
void carrier_repeat(const struct exchange *exchange);

/* c-ares says what it waits for on a socket; neither means that it is about to be closed. */
void carrier_watch(void *arg, int fd, int readable, int writable);

#endif
