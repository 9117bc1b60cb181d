/* SPDX-License-Identifier: MIT */
/*
 * A DNS server in a child process, on UDP and TCP of one loopback port. What it does with a
 * question stands in the first label of the name:
 *
 *   ok, ttl0, txt	answers (A 192.0.2.1; TTL 0; the TXT "v=spf1 -all")
 *   nodata, nx, servfail, refused, rcode9
 *   formerr		FORMERR without OPT to a question with OPT, else as ok
 *   late, slow		as ok, after LATE_MS, SLOW_MS
 *   silent		nothing
 *   noise		an empty datagram, fragments, the echo and other garbage before the answer
 *   flood		2000 answers with a wrong id before the answer
 *   big		cut over UDP; 60 kB over TCP
 *   drip, mute, reset	cut over UDP; over TCP a byte every 50 ms, nothing, a closed connection
 *   zero		cut over UDP; over TCP a length of 0
 *   malformed		an answer that ends in the middle of its record
 *
 * What it saw is in memory shared with the test.
 */
#ifndef DNS_RESPONDER_H
#define DNS_RESPONDER_H

#include <arpa/inet.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "dns_message.h"

enum {
	LATE_MS = 300,
	SLOW_MS = 1500,
	DRIP_MS = 50,
	BIG_SIZE = 60000,
	RESPONDER_LIFE_S = 120, /* if nobody ends it */
	CLIENTS_MAX = 8,
};

struct responder_log {
	volatile unsigned udp_questions, tcp_questions, edns_questions;
	uint8_t name[256]; /* of the last question, as on the wire */
};

struct responder {
	pid_t pid;
	unsigned port;
	struct responder_log *log;
};

struct responder_question {
	int fd;
	bool tcp;
	struct sockaddr_in from;
	uint8_t data[1024];
	size_t length;
	unsigned type;
};

static void responder_sleep(unsigned ms)
{
	struct timespec time = { ms / 1000, (long)(ms % 1000) * 1000000 };

	nanosleep(&time, NULL);
}

static void responder_send(const struct responder_question *q, const void *data, size_t length)
{
	uint8_t prefix[2] = { (uint8_t)(length >> 8), (uint8_t)length };

	if (!q->tcp) {
		sendto(q->fd, data, length, 0, (const struct sockaddr *)&q->from, sizeof(q->from));
		return;
	}
	if (send(q->fd, prefix, 2, MSG_NOSIGNAL | MSG_MORE) == 2)
		send(q->fd, data, length, MSG_NOSIGNAL);
}

static bool responder_is(const struct responder_question *q, const char *label)
{
	size_t length = strlen(label);

	return q->data[MESSAGE_QUESTION] == length &&
	       memcmp(q->data + MESSAGE_QUESTION + 1, label, length) == 0;
}

/* Starts a response by repeating id and question, whatever bytes that has. */
static void responder_begin(struct message *m, const struct responder_question *q, unsigned flags)
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

static void responder_record(struct message *m, unsigned type, uint32_t ttl, const void *data,
			     size_t length)
{
	size_t start;

	message_pointer(m, MESSAGE_QUESTION);
	start = message_record(m, SECTION_ANSWER, type, ttl);
	message_bytes(m, data, length);
	message_data_end(m, start);
}

static void responder_ok(struct message *m, const struct responder_question *q, uint32_t ttl)
{
	responder_begin(m, q, 0);
	if (q->type == 16)
		responder_record(m, 16, ttl, "\13v=spf1 -all", 12);
	else
		responder_record(m, q->type, ttl, "\300\0\2\1", 4);
}

static void responder_noise(struct message *m, const struct responder_question *q)
{
	responder_send(q, "", 0);
	responder_send(q, q->data, 3);
	responder_send(q, q->data, q->length); /* the echo */
	responder_send(q, "garbage garbage garbage", 23);
	responder_begin(m, q, 0);
	responder_send(q, m->data, 12);
	m->data[MESSAGE_QUESTION + 1] ^= 1; /* another question */
	responder_send(q, m->data, m->length);
}

static void responder_flood(struct message *m, const struct responder_question *q)
{
	responder_ok(m, q, 300);
	m->data[m->length - 1] = 66;
	for (unsigned i = 1; i <= 2000; i++) {
		message_set_u16(m, 0, (unsigned)(q->data[0] << 8 | q->data[1]) + i);
		responder_send(q, m->data, m->length);
		if (i % 50 == 0)
			responder_sleep(1); /* or the answer would be dropped with them */
	}
}

static void responder_big(struct message *m, const struct responder_question *q)
{
	static uint8_t strings[BIG_SIZE];

	for (size_t i = 0; i < sizeof(strings); i++)
		strings[i] = i % 200 ? 'x' : 199;
	responder_begin(m, q, 0);
	responder_record(m, 16, 300, strings, sizeof(strings));
	responder_send(q, m->data, m->length);
}

/* Returns false when nothing is to be sent after it. */
static bool responder_prepare(struct message *m, const struct responder_question *q,
			      struct responder_log *log)
{
	if (responder_is(q, "late"))
		responder_sleep(LATE_MS);
	if (responder_is(q, "slow"))
		responder_sleep(SLOW_MS);
	if (responder_is(q, "noise"))
		responder_noise(m, q);
	if (responder_is(q, "flood"))
		responder_flood(m, q);
	if (q->data[11] == 1)
		log->edns_questions++;
	return !responder_is(q, "silent");
}

/* Over UDP. */
static void responder_answer(const struct responder_question *q, struct responder_log *log)
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
	};
	static struct message m;

	if (!responder_prepare(&m, q, log))
		return;
	responder_ok(&m, q, responder_is(q, "ttl0") ? 0 : 300);
	for (size_t i = 0; i < sizeof(without_records) / sizeof(without_records[0]); i++)
		if (responder_is(q, without_records[i].label))
			responder_begin(&m, q, without_records[i].flags);
	if (responder_is(q, "formerr") && q->data[11] == 1)
		responder_begin(&m, q, 1);
	if (responder_is(q, "malformed"))
		m.length -= 2;
	responder_send(q, m.data, m.length);
}

/* Over TCP. Returns false when the connection is to be closed. */
static bool responder_answer_tcp(const struct responder_question *q)
{
	static struct message m;

	if (responder_is(q, "reset"))
		return false;
	if (responder_is(q, "big"))
		responder_big(&m, q);
	if (responder_is(q, "zero"))
		responder_send(q, "", 0);
	return true;
}

static void responder_read(struct responder_question *q, struct responder_log *log)
{
	size_t end = MESSAGE_QUESTION;

	while (end < q->length && q->data[end])
		end += q->data[end] + 1u;
	q->type = (unsigned)(q->data[end + 1] << 8 | q->data[end + 2]);
	memcpy(log->name, q->data + MESSAGE_QUESTION, end + 1 - MESSAGE_QUESTION);
	if (q->tcp)
		log->tcp_questions++;
	else
		log->udp_questions++;
}

static void responder_udp(int fd, struct responder_log *log)
{
	static struct responder_question q;
	socklen_t size = sizeof(q.from);
	ssize_t got = recvfrom(fd, q.data, sizeof(q.data), 0, (struct sockaddr *)&q.from, &size);

	if (got <= MESSAGE_QUESTION)
		return;
	q.fd = fd;
	q.tcp = false;
	q.length = (size_t)got;
	responder_read(&q, log);
	responder_answer(&q, log);
}

static bool responder_tcp(int fd, struct responder_log *log, bool *drips)
{
	static struct responder_question q;
	uint8_t prefix[2];
	ssize_t got;

	if (recv(fd, prefix, 2, MSG_WAITALL) != 2)
		return false;
	got = recv(fd, q.data, (size_t)prefix[0] << 8 | prefix[1], MSG_WAITALL);
	if (got <= MESSAGE_QUESTION)
		return false;
	q.fd = fd;
	q.tcp = true;
	q.length = (size_t)got;
	responder_read(&q, log);
	*drips = responder_is(&q, "drip");
	return responder_answer_tcp(&q);
}

/* 0: UDP; 1: TCP connections to come; then those that are there, which drip until they answer. */
static void responder_serve(int udp, int tcp, struct responder_log *log)
{
	struct pollfd fds[2 + CLIENTS_MAX] = { { udp, POLLIN, 0 }, { tcp, POLLIN, 0 } };
	bool drips[2 + CLIENTS_MAX] = { false };
	nfds_t count = 2;

	for (;;) {
		poll(fds, count, DRIP_MS);
		for (nfds_t i = 2; i < count; i++)
			if (drips[i])
				send(fds[i].fd, "\20", 1, MSG_NOSIGNAL);
		if (fds[0].revents)
			responder_udp(udp, log);
		for (nfds_t i = 2; i < count; i++) {
			if (!fds[i].revents || responder_tcp(fds[i].fd, log, &drips[i]))
				continue;
			close(fds[i].fd);
			drips[i] = drips[--count];
			fds[i--] = fds[count];
		}
		if (fds[1].revents && count < 2 + CLIENTS_MAX) {
			fds[count] = (struct pollfd){ accept(tcp, NULL, NULL), POLLIN, 0 };
			drips[count] = false;
			count += fds[count].fd >= 0;
		}
	}
}

/* Both sockets on one free port. A dead server has them and never reads. */
static int responder_bind(int *tcp)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	socklen_t size = sizeof(address);

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	for (unsigned tries = 0; tries < 20; tries++) {
		int udp = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

		*tcp = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
		address.sin_port = 0;
		if (bind(udp, (struct sockaddr *)&address, sizeof(address)) == 0 &&
		    getsockname(udp, (struct sockaddr *)&address, &size) == 0 &&
		    bind(*tcp, (struct sockaddr *)&address, sizeof(address)) == 0 &&
		    listen(*tcp, 8) == 0)
			return udp;
		close(udp);
		close(*tcp);
	}
	return -1;
}

static struct responder responder_start(bool dead)
{
	struct responder responder = { .pid = -1 };
	struct sockaddr_in address;
	socklen_t size = sizeof(address);
	int tcp, udp = responder_bind(&tcp);

	responder.log = mmap(NULL, sizeof(*responder.log), PROT_READ | PROT_WRITE,
			     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (udp < 0 || responder.log == MAP_FAILED ||
	    getsockname(udp, (struct sockaddr *)&address, &size) != 0)
		return responder;
	responder.port = ntohs(address.sin_port);
	responder.pid = fork();
	if (responder.pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		signal(SIGPIPE, SIG_IGN);
		alarm(RESPONDER_LIFE_S);
		if (dead)
			for (;;)
				pause();
		responder_serve(udp, tcp, responder.log);
	}
	close(udp);
	close(tcp);
	return responder;
}

static void responder_stop(struct responder *responder)
{
	if (responder->pid > 0) {
		kill(responder->pid, SIGKILL);
		waitpid(responder->pid, NULL, 0);
	}
	munmap(responder->log, sizeof(*responder->log));
}

#endif
