/* SPDX-License-Identifier: MIT */
/*
 * A network of DNS servers in one process with a clock of its own: the linker puts the calls below in
 * place of the socket calls, poll() and clock_now_ms() of src/ (WORLD_LDFLAGS in unit.mk). Time passes only
 * inside poll(), straight to the next thing that happens, so a test that waits for 20 s takes none.
 *
 * Server `i` listens on port WORLD_PORT + i of 127.0.0.1, UDP and TCP. What it does with a query stands
 * in the first label of the name:
 *
 *   ok, ttl0, txt	answers (A 192.0.2.1; TTL 0; the TXT "v=spf1 -all")
 *   nodata, nx, servfail, refused, rcode9
 *   formerr		FORMERR without OPT to a query with OPT, else as ok
 *   late, slow		as ok, after LATE_MS, SLOW_MS more
 *   silent		nothing
 *   noise		an empty datagram, fragments, the echo and other garbage before the answer
 *   flood		2000 answers with a wrong id before the answer
 *   big		cut over UDP; 60 kB over TCP
 *   drip, mute, reset	cut over UDP; over TCP a byte every 50 ms, nothing, a reset
 *   zero, echo		cut over UDP; over TCP a length of 0, the query itself
 *   malformed		an answer that ends in the middle of its record
 *
 * Or whatever world.answer() makes of it.
 */
#ifndef TEST_DNS_WORLD_H
#define TEST_DNS_WORLD_H

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "dns_message.h"

enum {
	WORLD_SERVERS = 3,
	WORLD_PORT = 5300,
	WORLD_FDS = 64,
	WORLD_FIRST_FD = 1000,
	LATE_MS = 300,
	SLOW_MS = 1500,
	DRIP_MS = 50,
	BIG_SIZE = 60000,
};

struct world_server {
	bool is_dead;	   /* takes everything and says nothing */
	bool is_closed;	   /* nobody listens: refused */
	bool has_no_tcp;   /* refuses connections only */
	unsigned delay_ms; /* of each answer */
	uint64_t dead_until_ms;
	unsigned loss;	   /* datagrams in a thousand, in each direction */
	unsigned run_loss; /* the same of those that follow a lost one; 0: as others */
	bool lost_last;
	uint64_t burst_ms;   /* answers come at multiples of it, 0: at once */
	unsigned connect_ms; /* until a TCP connection stands */
	/* What it saw. */
	unsigned udp_queries, tcp_queries, edns_queries, connections;
	uint8_t name[256]; /* of the last query, as on the wire */
};

struct world_socket {
	bool is_open, is_stream;
	int number;
	unsigned server;
	unsigned serial;      /* no other socket ever had it */
	uint64_t writable_ms; /* since when */
	int error;	      /* that the next call brings */
	size_t received;      /* bytes of `query` */
	uint8_t query[512];
};

/* Bytes on their way to a socket. */
struct world_event {
	struct world_event *next;
	uint64_t at_ms;
	int fd;
	bool is_reset;
	size_t length, taken;
	uint8_t data[];
};

/* One query, and what its answer has still before it. */
struct world_query {
	struct world_socket *socket;
	unsigned type;
	uint64_t at_ms;
	size_t length;
	uint8_t data[512];
};

static struct {
	uint64_t now_ms;
	struct world_server servers[WORLD_SERVERS];
	struct world_socket sockets[WORLD_FDS];
	struct world_event *events; /* by time */
	uint32_t random;
	bool has_no_sockets;	 /* EMFILE */
	bool gives_standard_fds; /* 0, 1, 2 before others */
	unsigned interrupts;	 /* of the next calls of poll(): EINTR */
	unsigned sockets_opened;
	int send_error;	  /* of the next send() */
	size_t send_room; /* bytes that TCP takes at once, 0: all */
	void (*answer)(struct world_query *query);
	/* What was received: a datagram, or a piece of a stream. */
	void (*received)(const struct world_socket *socket, const uint8_t *data, size_t length);
} world = { .now_ms = 1000000, .random = 1 };

static inline struct world_server *world_server_of(const struct world_query *q)
{
	return &world.servers[q->socket->server];
}

static inline void world_reset(void)
{
	memset(world.servers, 0, sizeof(world.servers));
	world.has_no_sockets = world.gives_standard_fds = false;
	world.interrupts = 0;
}

/* In a thousand. Numerical Recipes' generator: the same in every run. */
static inline bool world_chance(unsigned in_thousand)
{
	world.random = world.random * 1664525 + 1013904223;
	return world.random / 4294968 < in_thousand;
}

static inline bool world_loses(struct world_server *server)
{
	bool in_run = server->lost_last && server->run_loss;

	server->lost_last = world_chance(in_run ? server->run_loss : server->loss);
	return server->lost_last;
}

/* ---- answers ---- */

static inline void world_deliver(uint64_t at_ms, int fd, const void *data, size_t length,
				 bool is_reset)
{
	struct world_event *event = malloc(sizeof(*event) + length + 1), **link = &world.events;

	assert(event);
	*event = (struct world_event){
		.at_ms = at_ms,
		.fd = fd,
		.is_reset = is_reset,
		.length = length,
	};
	memcpy(event->data, data, length);
	while (*link && (*link)->at_ms <= at_ms)
		link = &(*link)->next;
	event->next = *link;
	*link = event;
}

static inline void world_send(struct world_query *q, const void *data, size_t length)
{
	uint8_t prefix[2] = { (uint8_t)(length >> 8), (uint8_t)length };
	struct world_server *server = world_server_of(q);
	uint64_t at_ms = q->at_ms;

	if (q->socket->is_stream) {
		world_deliver(at_ms, q->socket->number, prefix, 2, false);
		world_deliver(at_ms, q->socket->number, data, length, false);
		return;
	}
	if (world_loses(server))
		return;
	if (server->burst_ms)
		at_ms += server->burst_ms - at_ms % server->burst_ms;
	world_deliver(at_ms, q->socket->number, data, length, false);
}

static inline bool world_is(const struct world_query *q, const char *label)
{
	size_t length = strlen(label);

	return q->data[MESSAGE_QUESTION] == length &&
	       memcmp(q->data + MESSAGE_QUESTION + 1, label, length) == 0;
}

/* Starts a response by repeating id and question, whatever bytes that has. */
static inline void world_begin(struct message *m, const struct world_query *q, unsigned flags)
{
	size_t end = MESSAGE_QUESTION;

	while (q->data[end])
		end += q->data[end] + 1u;
	m->length = 0;
	message_bytes(m, q->data, end + 5);
	message_set_u16(m, 2, MESSAGE_QR | flags);
	message_set_u16(m, 6, 0);
	message_set_u16(m, 8, 0);
	message_set_u16(m, 10, 0);
}

static inline void world_record(struct message *m, unsigned type, uint32_t ttl, const void *data,
				size_t length)
{
	size_t start;

	message_pointer(m, MESSAGE_QUESTION);
	start = message_record(m, SECTION_ANSWER, type, ttl);
	message_bytes(m, data, length);
	message_data_end(m, start);
}

static inline void world_ok(struct message *m, const struct world_query *q, uint32_t ttl)
{
	world_begin(m, q, 0);
	if (q->type == 16)
		world_record(m, 16, ttl, "\13v=spf1 -all", 12);
	else
		world_record(m, q->type, ttl, "\300\0\2\1", 4);
}

static inline void world_noise(struct message *m, struct world_query *q)
{
	world_send(q, "", 0);
	world_send(q, q->data, 3);
	world_send(q, q->data, q->length); /* the echo */
	world_send(q, "garbage garbage garbage", 23);
	world_begin(m, q, 0);
	world_send(q, m->data, 12);
	m->data[MESSAGE_QUESTION + 1] ^= 1; /* another question */
	world_send(q, m->data, m->length);
}

static inline void world_flood(struct message *m, struct world_query *q)
{
	world_ok(m, q, 300);
	m->data[m->length - 1] = 66;
	for (unsigned i = 1; i <= 2000; i++) {
		message_set_u16(m, 0, (unsigned)(q->data[0] << 8 | q->data[1]) + i);
		world_send(q, m->data, m->length);
	}
}

static inline void world_answer_udp(struct world_query *q)
{
	static const struct {
		const char *label;
		unsigned flags;
	} without_records[] = {
		{ "nodata", 0 },	 { "nx", 3 },
		{ "servfail", 2 },	 { "refused", 5 },
		{ "rcode9", 9 },	 { "big", MESSAGE_TC },
		{ "drip", MESSAGE_TC },	 { "mute", MESSAGE_TC },
		{ "reset", MESSAGE_TC }, { "zero", MESSAGE_TC },
		{ "echo", MESSAGE_TC },
	};
	static struct message m;

	if (world_is(q, "silent"))
		return;
	q->at_ms += world_is(q, "late") ? LATE_MS : world_is(q, "slow") ? SLOW_MS : 0;
	if (world_is(q, "noise"))
		world_noise(&m, q);
	if (world_is(q, "flood"))
		world_flood(&m, q);
	world_ok(&m, q, world_is(q, "ttl0") ? 0 : 300);
	for (size_t i = 0; i < sizeof(without_records) / sizeof(without_records[0]); i++)
		if (world_is(q, without_records[i].label))
			world_begin(&m, q, without_records[i].flags);
	if (world_is(q, "formerr") && q->data[11] == 1)
		world_begin(&m, q, 1);
	if (world_is(q, "malformed"))
		m.length -= 2;
	world_send(q, m.data, m.length);
}

static inline void world_answer_tcp(struct world_query *q)
{
	static uint8_t strings[BIG_SIZE];
	static struct message m;

	if (world_is(q, "reset"))
		world_deliver(q->at_ms, q->socket->number, "", 0, true);
	if (world_is(q, "zero"))
		world_send(q, "", 0);
	if (world_is(q, "echo"))
		world_send(q, q->data, q->length);
	for (unsigned i = 0; world_is(q, "drip") && i < 1000; i++)
		world_deliver(q->at_ms + (uint64_t)i * DRIP_MS, q->socket->number, "\20", 1, false);
	if (!world_is(q, "big"))
		return;
	for (size_t i = 0; i < sizeof(strings); i++)
		strings[i] = i % 200 ? 'x' : 199;
	world_begin(&m, q, 0);
	world_record(&m, 16, 300, strings, sizeof(strings));
	world_send(q, m.data, m.length);
}

static inline void world_take(struct world_socket *socket, const uint8_t *data, size_t length)
{
	struct world_server *server = &world.servers[socket->server];
	struct world_query q = {
		.socket = socket,
		.at_ms = world.now_ms + server->delay_ms,
		.length = length,
	};
	size_t end = MESSAGE_QUESTION;

	assert(length > MESSAGE_QUESTION && length <= sizeof(q.data));
	memcpy(q.data, data, length);
	while (end < length && data[end])
		end += data[end] + 1u;
	q.type = (unsigned)(data[end + 1] << 8 | data[end + 2]);
	memcpy(server->name, data + MESSAGE_QUESTION, end + 1 - MESSAGE_QUESTION);
	server->edns_queries += data[11] == 1;
	if (socket->is_stream)
		server->tcp_queries++;
	else
		server->udp_queries++;
	if (server->is_dead || world.now_ms < server->dead_until_ms ||
	    (!socket->is_stream && world_loses(server)))
		return;
	if (world.answer)
		world.answer(&q);
	else if (socket->is_stream)
		world_answer_tcp(&q);
	else
		world_answer_udp(&q);
}

/* ---- in place of the C library and base/clock.c ---- */

int __wrap_socket(int domain, int type, int protocol);
int __wrap_connect(int fd, const struct sockaddr *address, socklen_t length);
int __wrap_fcntl(int fd, int command, int argument);
int __wrap_close(int fd);
ssize_t __wrap_send(int fd, const void *data, size_t size, int flags);
ssize_t __wrap_recv(int fd, void *data, size_t size, int flags);
int __wrap_poll(struct pollfd *fds, nfds_t count, int timeout_ms);
uint64_t __wrap_clock_now_ms(void);
int __wrap___fcntl_time64(int fd, int command, int argument);
ssize_t __wrap___recv_chk(int fd, void *data, size_t size, size_t room, int flags);
int __wrap___poll_chk(struct pollfd *fds, nfds_t count, int timeout_ms, size_t room);
int __real_close(int fd);

static inline struct world_socket *world_find(int fd)
{
	for (size_t i = 0; i < WORLD_FDS; i++)
		if (world.sockets[i].is_open && world.sockets[i].number == fd)
			return &world.sockets[i];
	return NULL;
}

static inline int world_open(bool is_stream, int first)
{
	int number = first;

	for (size_t i = 0; i < WORLD_FDS; i++) {
		if (world.sockets[i].is_open)
			continue;
		while (world_find(number))
			number++;
		world.sockets[i] = (struct world_socket){
			.is_open = true,
			.is_stream = is_stream,
			.number = number,
			.serial = ++world.sockets_opened,
		};
		return number;
	}
	errno = EMFILE;
	return -1;
}

int __wrap_socket(int domain, int type, int protocol)
{
	assert(domain == AF_INET && protocol == 0);
	assert(type & SOCK_NONBLOCK && type & SOCK_CLOEXEC);
	if (world.has_no_sockets) {
		errno = EMFILE;
		return -1;
	}
	return world_open((type & 0xf) == SOCK_STREAM,
			  world.gives_standard_fds ? 0 : WORLD_FIRST_FD);
}

int __wrap_fcntl(int fd, int command, int argument)
{
	const struct world_socket *socket = world_find(fd);

	assert(socket && command == F_DUPFD_CLOEXEC && argument == 3);
	return world_open(socket->is_stream, WORLD_FIRST_FD);
}

int __wrap_connect(int fd, const struct sockaddr *address, socklen_t length)
{
	struct world_socket *socket = world_find(fd);
	struct sockaddr_in to;

	assert(socket && length == sizeof(to) && fd > 2);
	memcpy(&to, address, sizeof(to));
	socket->server = ntohs(to.sin_port) - (unsigned)WORLD_PORT;
	assert(socket->server < WORLD_SERVERS && to.sin_addr.s_addr == htonl(INADDR_LOOPBACK));
	if (!socket->is_stream)
		return 0;
	socket->writable_ms = world.now_ms + world.servers[socket->server].connect_ms;
	world.servers[socket->server].connections++;
	if (world.servers[socket->server].has_no_tcp)
		socket->error = ECONNREFUSED;
	errno = EINPROGRESS;
	return -1;
}

int __wrap_close(int fd)
{
	struct world_socket *socket = world_find(fd);

	if (!socket)
		return __real_close(fd);
	socket->is_open = false;
	for (struct world_event **link = &world.events; *link;) {
		struct world_event *event = *link;

		if (event->fd != fd) {
			link = &event->next;
			continue;
		}
		*link = event->next;
		free(event);
	}
	return 0;
}

static inline bool world_fails(struct world_socket *socket)
{
	errno = socket->error;
	socket->error = 0;
	return errno != 0;
}

ssize_t __wrap_send(int fd, const void *data, size_t size, int flags)
{
	struct world_socket *socket = world_find(fd);

	assert(socket && flags == MSG_NOSIGNAL);
	if (world.send_error) {
		errno = world.send_error;
		world.send_error = 0;
		return -1;
	}
	if (world_fails(socket))
		return -1;
	if (!socket->is_stream) {
		if (world.servers[socket->server].is_closed)
			socket->error = ECONNREFUSED;
		else
			world_take(socket, data, size);
		return (ssize_t)size;
	}
	if (world.send_room && size > world.send_room)
		size = world.send_room;
	assert(size <= sizeof(socket->query) - socket->received);
	memcpy(socket->query + socket->received, data, size);
	socket->received += size;
	while (socket->received >= 2) {
		size_t length = (size_t)socket->query[0] << 8 | socket->query[1];

		if (socket->received < 2 + length)
			break;
		world_take(socket, socket->query + 2, length);
		socket->received -= 2 + length;
		memmove(socket->query, socket->query + 2 + length, socket->received);
	}
	return (ssize_t)size;
}

static inline struct world_event **world_due(int fd)
{
	struct world_event **link = &world.events;

	while (*link && (*link)->at_ms <= world.now_ms && (*link)->fd != fd)
		link = &(*link)->next;
	return *link && (*link)->at_ms <= world.now_ms ? link : NULL;
}

ssize_t __wrap_recv(int fd, void *data, size_t size, int flags)
{
	struct world_socket *socket = world_find(fd);
	struct world_event **link = world_due(fd), *event;
	size_t n;

	assert(socket && flags == 0);
	if (world_fails(socket))
		return -1;
	errno = EAGAIN;
	if (!link)
		return -1;
	event = *link;
	n = event->length - event->taken < size ? event->length - event->taken : size;
	memcpy(data, event->data + event->taken, n);
	event->taken += n;
	if (world.received && !event->is_reset)
		world.received(socket, data, n);
	if (event->is_reset)
		errno = ECONNRESET;
	if (socket->is_stream && event->taken < event->length)
		return (ssize_t)n;
	*link = event->next;
	n = event->is_reset ? (size_t)-1 : n;
	free(event);
	return (ssize_t)n;
}

static inline int world_ready(struct pollfd *fds, nfds_t count)
{
	int ready = 0;

	for (nfds_t i = 0; i < count; i++) {
		const struct world_socket *socket = world_find(fds[i].fd);

		assert(socket);
		fds[i].revents = 0;
		if (socket->writable_ms <= world.now_ms)
			fds[i].revents = (short)(fds[i].events & POLLOUT);
		if (world_due(fds[i].fd))
			fds[i].revents |= POLLIN;
		if (socket->error)
			fds[i].revents |= POLLERR;
		ready += fds[i].revents != 0;
	}
	return ready;
}

int __wrap_poll(struct pollfd *fds, nfds_t count, int timeout_ms)
{
	uint64_t until = world.now_ms + (uint64_t)timeout_ms;
	int ready = world_ready(fds, count);

	assert(timeout_ms >= 0);
	if (world.interrupts) {
		world.interrupts--;
		errno = EINTR;
		return -1;
	}
	while (!ready && world.now_ms < until) {
		uint64_t next = until;

		for (const struct world_event *event = world.events; event; event = event->next)
			if (event->at_ms > world.now_ms && event->at_ms < next)
				next = event->at_ms;
		for (size_t i = 0; i < WORLD_FDS; i++)
			if (world.sockets[i].is_open &&
			    world.sockets[i].writable_ms > world.now_ms &&
			    world.sockets[i].writable_ms < next)
				next = world.sockets[i].writable_ms;
		world.now_ms = next;
		ready = world_ready(fds, count);
	}
	return ready;
}

/* What a 32-bit machine with a 64-bit time_t makes of it. */
int __wrap___fcntl_time64(int fd, int command, int argument)
{
	return __wrap_fcntl(fd, command, argument);
}

/* What _FORTIFY_SOURCE makes of the two. */
ssize_t __wrap___recv_chk(int fd, void *data, size_t size, size_t room, int flags)
{
	assert(size <= room);
	return __wrap_recv(fd, data, size, flags);
}

int __wrap___poll_chk(struct pollfd *fds, nfds_t count, int timeout_ms, size_t room)
{
	assert(count * sizeof(*fds) <= room);
	return __wrap_poll(fds, count, timeout_ms);
}

uint64_t __wrap_clock_now_ms(void)
{
	return world.now_ms;
}

#endif
