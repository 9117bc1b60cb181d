/* SPDX-License-Identifier: MIT */
#include "channel.h"

/* What newer releases advise against is all that 1.18.1 has. */
#define CARES_NO_DEPRECATED
#include <ares.h>
#include <arpa/nameser.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/xalloc.h"

enum {
	EDNS_SIZE = 1232, /* passes unfragmented everywhere (DNS flag day 2020) */
	HEADER_SIZE = 12,
	FLAG_QR = 0x80,	  /* in the third byte of a message */
	SOCKETS_MAX = 64, /* far above what channels hold at once: two each */
	/* Datagrams read in one go. A flood of them must not keep us from the clock. */
	DATAGRAMS_MAX = 256,
	DESCRIPTOR_MIN = 3,
};

struct channel {
	struct channels *owner;
	const struct server_address *server;
	ares_channel ares;
	unsigned open;	    /* questions */
	unsigned datagrams; /* that may still be read in this go */
};

struct channels {
	struct servers servers;
	struct channel list[SERVERS_MAX];
	size_t socket_count;
	struct pollfd sockets[SOCKETS_MAX];
	struct channel *socket_channel[SOCKETS_MAX];
};

struct query {
	struct channel *channel;
	channel_done *done;
	void *arg;
};

/* ---- sockets ---- */

/* The descriptors 0..2 belong to the protocol, even if somebody closed them. */
static int above_standard(int fd)
{
	int moved;

	if (fd < 0 || fd >= DESCRIPTOR_MIN)
		return fd;
	moved = fcntl(fd, F_DUPFD_CLOEXEC, DESCRIPTOR_MIN);
	close(fd);
	return moved;
}

static ares_socket_t open_socket(int domain, int type, int protocol, void *arg)
{
	const struct channel *channel = arg;

	if (channel->owner->socket_count == SOCKETS_MAX) {
		errno = EMFILE;
		return ARES_SOCKET_BAD;
	}
	return above_standard(socket(domain, type | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol));
}

static int close_socket(ares_socket_t fd, void *arg)
{
	(void)arg;
	return close(fd);
}

/* c-ares has no room for the interface of a link-local address; ours is complete. */
static int connect_socket(ares_socket_t fd, const struct sockaddr *address, ares_socklen_t length,
			  void *arg)
{
	const struct channel *channel = arg;

	(void)address;
	(void)length;
	return connect(fd, &channel->server->socket.any, channel->server->length);
}

static ssize_t receive_datagram(struct channel *channel, ares_socket_t fd, void *data, size_t size,
				struct sockaddr *from, ares_socklen_t *from_length)
{
	socklen_t room = *from_length;

	while (channel->datagrams > 0) {
		ssize_t got;

		channel->datagrams--;
		*from_length = room;
		got = recvfrom(fd, data, size, 0, from, from_length);
		if (got < 0)
			return got;
		/* Taken as answers, an echo would be empty and a fragment would be an error. */
		if (got >= HEADER_SIZE && ((const uint8_t *)data)[2] & FLAG_QR)
			return got;
	}
	errno = EAGAIN;
	return -1;
}

static ares_ssize_t receive(ares_socket_t fd, void *data, size_t size, int flags,
			    struct sockaddr *from, ares_socklen_t *from_length, void *arg)
{
	if (!from || !from_length) /* TCP */
		return recv(fd, data, size, flags);
	return receive_datagram(arg, fd, data, size, from, from_length);
}

/*
 * One piece at a time: c-ares calls again for the rest, and send() spares us SIGPIPE. A refusal is that of
 * an earlier datagram, whose question would now wait for nothing: sending again brings it back, to be seen
 * by poll() for all questions of the socket.
 */
static ares_ssize_t send_piece(ares_socket_t fd, const struct iovec *pieces, int count, void *arg)
{
	ssize_t sent;

	(void)arg;
	if (count < 1)
		return 0;
	sent = send(fd, pieces[0].iov_base, pieces[0].iov_len, MSG_NOSIGNAL);
	if (sent < 0 && errno == ECONNREFUSED)
		sent = send(fd, pieces[0].iov_base, pieces[0].iov_len, MSG_NOSIGNAL);
	return sent;
}

static const struct ares_socket_functions socket_functions = {
	.asocket = open_socket,
	.aclose = close_socket,
	.aconnect = connect_socket,
	.arecvfrom = receive,
	.asendv = send_piece,
};

/* c-ares says what it waits for on a socket; neither means that it is about to be closed. */
static void watch_socket(void *arg, ares_socket_t fd, int readable, int writable)
{
	struct channel *channel = arg;
	struct channels *c = channel->owner;
	size_t i = 0;

	while (i < c->socket_count && c->sockets[i].fd != fd)
		i++;
	if (!readable && !writable) {
		if (i < c->socket_count) {
			c->socket_count--;
			c->sockets[i] = c->sockets[c->socket_count];
			c->socket_channel[i] = c->socket_channel[c->socket_count];
		}
		return;
	}
	if (i == c->socket_count)
		c->socket_count++; /* room: open_socket() */
	c->sockets[i].fd = fd;
	c->sockets[i].events = (short)((readable ? POLLIN : 0) | (writable ? POLLOUT : 0));
	c->socket_channel[i] = channel;
}

/* ---- opening ---- */

/* The option below holds IPv4 addresses only. The port is in what connect_socket() uses. */
static int set_server(struct channel *channel)
{
	const struct server_address *server = channel->server;
	struct ares_addr_port_node node = { .family = server->socket.any.sa_family };

	if (node.family == AF_INET)
		node.addr.addr4 = server->socket.v4.sin_addr;
	else
		memcpy(&node.addr.addr6, &server->socket.v6.sin6_addr, sizeof(node.addr.addr6));
	return ares_set_servers_ports(channel->ares, &node);
}

/*
 * With all of these given, c-ares takes nothing from resolv.conf or the environment. SERVFAIL and
 * its like are handed to us: we know the other servers, this channel does not.
 */
static int open_ares(struct channel *channel)
{
	struct in_addr placeholder = { htonl(INADDR_LOOPBACK) };
	char lookups[] = "b";
	struct ares_options options = {
		.flags = ARES_FLAG_EDNS | ARES_FLAG_NOSEARCH | ARES_FLAG_NOALIASES |
			 ARES_FLAG_NOCHECKRESP,
		.timeout = CHANNEL_TIMEOUT_MS,
		.tries = 1,
		.ndots = 1,
		.ednspsz = EDNS_SIZE,
		.servers = &placeholder,
		.nservers = 1,
		.lookups = lookups,
		.sock_state_cb = watch_socket,
		.sock_state_cb_data = channel,
	};
	int mask = ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_NDOTS |
		   ARES_OPT_EDNSPSZ | ARES_OPT_SERVERS | ARES_OPT_DOMAINS | ARES_OPT_LOOKUPS |
		   ARES_OPT_SORTLIST | ARES_OPT_SOCK_STATE_CB | ARES_OPT_NOROTATE;
	int status;

#ifdef ARES_OPT_QUERY_CACHE
	mask |= ARES_OPT_QUERY_CACHE; /* of no seconds: the table is ours */
#endif
	status = ares_init_options(&channel->ares, &options, mask);
	if (status != ARES_SUCCESS)
		return status;
	ares_set_socket_functions(channel->ares, &socket_functions, channel);
	status = set_server(channel);
	if (status != ARES_SUCCESS)
		ares_destroy(channel->ares);
	return status;
}

struct channels *channels_open(const struct servers *servers, char *error, size_t size)
{
	struct channels *c = xcalloc(1, sizeof(*c));
	int status = ares_library_init(ARES_LIB_INIT_ALL);

	for (size_t i = 0; status == ARES_SUCCESS && i < servers->count; i++) {
		struct channel *channel = &c->list[i];

		c->servers.list[i] = servers->list[i];
		channel->owner = c;
		channel->server = &c->servers.list[i];
		status = open_ares(channel);
		if (status == ARES_SUCCESS)
			c->servers.count++;
	}
	if (status == ARES_SUCCESS)
		return c;
	snprintf(error, size, "c-ares can not be used: %s", ares_strerror(status));
	channels_close(c);
	return NULL;
}

void channels_close(struct channels *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < c->servers.count; i++)
		ares_destroy(c->list[i].ares);
	ares_library_cleanup();
	free(c);
}

/* ---- questions ---- */

static enum channel_outcome outcome_of(int status)
{
	switch (status) {
	case ARES_ENOTFOUND:
	case ARES_EBADNAME: return CHANNEL_NO_SUCH_NAME;
	case ARES_ETIMEOUT: return CHANNEL_SILENCE;
	case ARES_ECANCELLED:
	case ARES_EDESTRUCTION: return CHANNEL_CANCELLED;
	default: return CHANNEL_BROKEN;
	}
}

static void finish(void *arg, int status, int timeouts, unsigned char *message, int length)
{
	struct query query = *(struct query *)arg;
	bool has_message = message && length > 0;

	(void)timeouts;
	free(arg);
	query.channel->open--;
	query.done(query.arg, has_message ? CHANNEL_MESSAGE : outcome_of(status), message,
		   has_message ? (size_t)length : 0);
}

/* c-ares reads a backslash as "the next byte as it is"; no other byte of a label is special. */
static void escape_name(struct span name, char *out)
{
	for (size_t i = 0; i < name.length; i++) {
		if (name.data[i] == '\\')
			*out++ = '\\';
		*out++ = name.data[i];
	}
	*out = '\0';
}

void channels_ask(struct channels *c, size_t server, struct span name, uint16_t type,
		  channel_done *done, void *arg)
{
	struct query *query = xmalloc(sizeof(*query));
	char text[2 * NS_MAXDNAME];

	if (name.length >= NS_MAXDNAME / 2 || memchr(name.data, '\0', name.length)) {
		free(query);
		done(arg, CHANNEL_NO_SUCH_NAME, NULL, 0);
		return;
	}
	escape_name(name, text);
	*query = (struct query){ .channel = &c->list[server], .done = done, .arg = arg };
	query->channel->open++;
	ares_query(query->channel->ares, text, ns_c_in, type, finish, query);
}

/* ---- waiting ---- */

/* The wait until the first question of any channel times out, if that is sooner. */
static int soonest_timeout(const struct channels *c, int timeout_ms)
{
	for (size_t i = 0; i < c->servers.count; i++) {
		struct timeval storage, *next = NULL;
		long ms;

		if (c->list[i].open)
			next = ares_timeout(c->list[i].ares, NULL, &storage);
		if (!next)
			continue;
		/* Rounded up, or the last part of a millisecond would be spent spinning. */
		ms = (long)next->tv_sec * 1000 + next->tv_usec / 1000 + 1;
		if (ms < timeout_ms)
			timeout_ms = (int)ms;
	}
	return timeout_ms;
}

static void process_ready(struct channels *c)
{
	struct pollfd ready[SOCKETS_MAX];
	struct channel *owners[SOCKETS_MAX];
	size_t count = c->socket_count;

	/* Processing opens and closes sockets. What was closed and is open again for another
	   channel finds nothing to read there, which is harmless: it does not block. */
	memcpy(ready, c->sockets, count * sizeof(*ready));
	memcpy(owners, c->socket_channel, count * sizeof(*owners));
	for (size_t i = 0; i < count; i++) {
		bool readable = ready[i].revents & (POLLIN | POLLERR | POLLHUP | POLLNVAL);
		bool writable = ready[i].revents & (POLLOUT | POLLERR | POLLHUP);

		if (!readable && !writable)
			continue;
		owners[i]->datagrams = DATAGRAMS_MAX;
		ares_process_fd(owners[i]->ares, readable ? ready[i].fd : ARES_SOCKET_BAD,
				writable ? ready[i].fd : ARES_SOCKET_BAD);
	}
}

void channels_wait(struct channels *c, int timeout_ms)
{
	timeout_ms = soonest_timeout(c, timeout_ms);
	if (poll(c->sockets, (nfds_t)c->socket_count, timeout_ms) > 0)
		process_ready(c);
	for (size_t i = 0; i < c->servers.count; i++)
		if (c->list[i].open)
			ares_process_fd(c->list[i].ares, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
}

void channels_cancel(struct channels *c)
{
	for (size_t i = 0; i < c->servers.count; i++)
		if (c->list[i].open)
			ares_cancel(c->list[i].ares);
}

const char *channels_library_version(void)
{
	return ares_version(NULL);
}
