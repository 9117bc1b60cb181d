/* SPDX-License-Identifier: MIT */
#include "carrier.h"

/* What newer releases advise against is all that 1.18.1 has. */
#define CARES_NO_DEPRECATED
#include <ares.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/xalloc.h"

enum {
	DATAGRAM_MAX = 4096,
	DESCRIPTOR_MIN = 3,
	/* c-ares is to give up no query before we do. A library that is newer than the one this was
	   built with does so after 5 s. */
	LIFE_MS = 24 * 3600 * 1000,
};

/* Of the options' mask: releases before 1.31 ignore it, and in the others its argument is for how many
 * seconds the library itself caches answers: none. */
enum { OPTION_QUERY_CACHE = 1 << 21 };

/* Remembers why a call failed, for whoever is told by c-ares only that it did. */
static ssize_t note_error(struct carrier *carrier, ssize_t result)
{
	if (result < 0 && errno != EAGAIN && errno != EINPROGRESS && errno != EINTR)
		carrier->error = errno;
	return result;
}

/* The descriptors 0..2 belong to the protocol, even if somebody closed them. */
static int above_standard(int fd)
{
	int moved, error;

	if (fd < 0 || fd >= DESCRIPTOR_MIN)
		return fd;
	moved = fcntl(fd, F_DUPFD_CLOEXEC, DESCRIPTOR_MIN);
	error = errno;
	close(fd);
	errno = error;
	return moved;
}

/* ---- what c-ares calls ---- */

/* The family, the address and the port that c-ares knows are placeholders as well. */
static int open_socket(int domain, int type, int protocol, void *arg)
{
	struct carrier *carrier = arg;
	int fd;

	(void)domain;
	if (carrier->sockets->count == CARRIER_SOCKETS_MAX) {
		errno = EMFILE;
		return -1;
	}
	fd = above_standard(socket(carrier->server->socket.any.sa_family,
				   type | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol));
	if (carrier->stream)
		stream_reset(carrier->stream);
	return (int)note_error(carrier, fd);
}

static int close_socket(int fd, void *arg)
{
	struct carrier *carrier = arg;

	if (carrier->stream)
		stream_reset(carrier->stream);
	return close(fd);
}

static int connect_socket(int fd, const struct sockaddr *address, socklen_t length, void *arg)
{
	struct carrier *carrier = arg;

	(void)address;
	(void)length;
	return (int)note_error(carrier,
			       connect(fd, &carrier->server->socket.any, carrier->server->length));
}

/* c-ares compares it with the server that it was told. The socket is connected to the true one. */
static void set_source(struct sockaddr *from, socklen_t *length)
{
	struct sockaddr_in source = { .sin_family = AF_INET, .sin_port = htons(SERVERS_PORT) };

	source.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	memcpy(from, &source, sizeof(source));
	*length = sizeof(source);
}

static ssize_t receive_datagram(struct carrier *carrier, int fd, void *data)
{
	uint8_t message[DATAGRAM_MAX];

	while (carrier->messages > 0) {
		ssize_t got = recv(fd, message, sizeof(message), 0);
		struct exchange *exchange;

		if (got < 0)
			return got;
		carrier->messages--;
		exchange = exchange_answered(*carrier->exchanges, carrier, message, (size_t)got);
		if (exchange)
			return (ssize_t)exchange_placeholder_answer(exchange, data);
	}
	errno = EAGAIN;
	return -1;
}

static ssize_t receive_stream(struct carrier *carrier, int fd, void *data, size_t size)
{
	struct stream *stream = carrier->stream;

	while (!stream_untold(stream)) {
		ssize_t got = recv(fd, stream->frame + stream->received, stream_missing(stream), 0);

		if (got <= 0)
			return got;
		stream->received += (size_t)got;
		if (!stream_take(stream, *carrier->exchanges, carrier) ||
		    carrier->messages-- == 0) {
			errno = ECONNRESET;
			return -1;
		}
	}
	return (ssize_t)stream_tell(stream, data, size);
}

static ssize_t receive_message(int fd, void *data, size_t size, int flags, struct sockaddr *from,
			       socklen_t *from_length, void *arg)
{
	struct carrier *carrier = arg;

	(void)flags;
	if (carrier->stream)
		return note_error(carrier, receive_stream(carrier, fd, data, size));
	if (size < PLACEHOLDER_MAX || *from_length < sizeof(struct sockaddr_in)) {
		errno = EINVAL;
		return -1;
	}
	set_source(from, from_length);
	return note_error(carrier, receive_datagram(carrier, fd, data));
}

/*
 * A refusal is that of an earlier datagram, whose query would now wait for nothing: sending again
 * brings it back, to be seen by poll() for all queries of the socket.
 */
static ssize_t send_datagram(int fd, const struct message_query *query)
{
	ssize_t sent = send(fd, query->bytes, query->length, MSG_NOSIGNAL);

	if (sent < 0 && errno == ECONNREFUSED)
		sent = send(fd, query->bytes, query->length, MSG_NOSIGNAL);
	return sent;
}

/* Until the socket has taken all of a query, c-ares believes that it took nothing. */
static bool send_frame(struct stream *stream, int fd, const struct message_query *query)
{
	uint8_t frame[2 + MESSAGE_QUERY_MAX];
	size_t length = stream_frame(query, frame);
	ssize_t sent = send(fd, frame + stream->sent, length - stream->sent, MSG_NOSIGNAL);

	if (sent < 0)
		return false;
	stream->sent += (size_t)sent;
	if (stream->sent < length) {
		errno = EAGAIN;
		return false;
	}
	stream->sent = 0;
	return true;
}

/* One message, in place of the first that c-ares has to send; it calls again for the others. */
static ssize_t send_message(int fd, const struct iovec *pieces, int count, void *arg)
{
	struct carrier *carrier = arg;
	const uint8_t *message = pieces[0].iov_base;
	size_t length = pieces[0].iov_len, prefix = carrier->stream ? 2 : 0;
	struct exchange *exchange = NULL;

	(void)count;
	if (prefix && length >= prefix)
		length = prefix + ((size_t)message[0] << 8 | message[1]);
	if (length >= prefix && length <= pieces[0].iov_len)
		exchange = exchange_sent(*carrier->exchanges, message + prefix, length - prefix);
	if (!exchange) {
		errno = EPROTO;
		return -1;
	}
	exchange->fd = fd;
	if (carrier->stream ? !send_frame(carrier->stream, fd, &exchange->query) :
			      send_datagram(fd, &exchange->query) < 0)
		return note_error(carrier, -1);
	return (ssize_t)length;
}

/* c-ares says what it waits for on a socket; neither means that it is about to be closed. */
static void watch(void *arg, int fd, int readable, int writable)
{
	struct carrier *carrier = arg;
	struct sockets *sockets = carrier->sockets;
	size_t i = 0;

	while (i < sockets->count && sockets->list[i].fd != fd)
		i++;
	if (!readable && !writable) {
		if (i < sockets->count) {
			sockets->count--;
			sockets->list[i] = sockets->list[sockets->count];
			sockets->carriers[i] = sockets->carriers[sockets->count];
		}
		return;
	}
	if (i == sockets->count)
		sockets->count++; /* room: open_socket() */
	sockets->list[i].fd = fd;
	sockets->list[i].events = (short)((readable ? POLLIN : 0) | (writable ? POLLOUT : 0));
	sockets->carriers[i] = carrier;
}

static const struct ares_socket_functions socket_functions = {
	.asocket = open_socket,
	.aclose = close_socket,
	.aconnect = connect_socket,
	.arecvfrom = receive_message,
	.asendv = send_message,
};

/* ---- the carrier ---- */

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
	options->timeout = LIFE_MS;
#ifdef ARES_OPT_MAXTIMEOUTMS
	options->maxtimeout = LIFE_MS;
	mask |= ARES_OPT_MAXTIMEOUTMS;
#endif
	options->tries = 1;
	options->ndots = 1;
	options->servers = &placeholder;
	options->nservers = 1;
	options->lookups = lookups;
	options->sock_state_cb = watch;
	options->sock_state_cb_data = carrier;
	status = ares_init_options(&ares, options, mask);
	if (status != ARES_SUCCESS)
		return status;
	ares_set_socket_functions(ares, &socket_functions, carrier);
	carrier->ares = ares;
	return ARES_SUCCESS;
}

int carrier_open(struct carrier *carrier, bool is_tcp)
{
	if (carrier->ares)
		return ARES_SUCCESS;
	if (is_tcp && !carrier->stream) {
		carrier->stream = xmalloc(sizeof(*carrier->stream));
		stream_reset(carrier->stream);
	}
	return open_ares(carrier);
}

void carrier_end(struct carrier *carrier)
{
	if (carrier->ares)
		ares_destroy(carrier->ares);
	free(carrier->stream);
}

void carrier_repeat(const struct exchange *exchange)
{
	/* What cannot be sent now is as good as lost. */
	if (exchange->placeholder_length)
		send_datagram(exchange->fd, &exchange->query);
}
