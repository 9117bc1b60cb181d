/* SPDX-License-Identifier: MIT */
/*
 * DNS bytes to a verdict, a reply and a log line: the whole way that a stranger's bytes go, through the
 * installed c-ares and libspf2, in one process without a network.
 *
 * The linker puts our own calls in place of the socket calls, poll and the clock of src/dns. Each question
 * that is sent takes its answer from the input: see answer_question(). The id and the question are those
 * that were asked, so that c-ares takes what comes for the answer.
 */
#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "config/config_load.h"
#include "postfix/decision_log.h"
#include "policy/policy.h"
#include "postfix/header.h"
#include "postfix/reply.h"
#include "postfix/request.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
	FIRST_FD = 1000,
	FDS = 64,
	WAITING_MAX = 256,
	MESSAGE_MAX = 1232,
	QUESTION_MAX = 320,
};

struct message {
	int fd;
	size_t length;
	uint8_t bytes[MESSAGE_MAX];
};

static struct {
	const uint8_t *data;
	size_t left;
	uint64_t now_ms;
	unsigned questions;
	bool open[FDS], stream[FDS];
	size_t waiting_count;
	struct message waiting[WAITING_MAX];
} world = { .now_ms = 1000000 };

static struct config *config;
static struct policy *policy;

static void require_at(bool truth, int line)
{
	if (truth)
		return;
	fprintf(stderr, "fuzz_dns.c:%d\n", line);
	abort();
}
#define require(truth) require_at(truth, __LINE__)

/* ---- the input ---- */

static uint8_t next_byte(void)
{
	if (world.left == 0)
		return 0;
	world.left--;
	return *world.data++;
}

static size_t take(uint8_t *out, size_t size)
{
	size_t n = size < world.left ? size : world.left;

	memcpy(out, world.data, n);
	world.data += n;
	world.left -= n;
	return n;
}

static uint8_t *put16(uint8_t *out, unsigned value)
{
	out[0] = (uint8_t)(value >> 8);
	out[1] = (uint8_t)value;
	return out + 2;
}

/* A record of the type that was asked, owned by the question's name, with data from the input. */
static uint8_t *put_record(uint8_t *out, const uint8_t *end, unsigned type)
{
	uint8_t *length;
	size_t room, n = next_byte();

	if (n & 0x80)
		n = (n & 0x7f) << 4;
	out = put16(out, 0xc00c);
	out = put16(out, type);
	out = put16(out, 1);
	out = put16(put16(out, 0), 0);
	length = out;
	out += 2;
	room = (size_t)(end - out);
	if (type == 16 && room > 260) { /* one string, so that text comes through */
		n = n > 255 ? 255 : n;
		*out = (uint8_t)take(out + 1, n);
		out += 1 + *out;
	} else {
		out += take(out, n < room ? n : room);
	}
	put16(length, (unsigned)(out - length - 2));
	return out;
}

/*
 * The first byte says what kind of answer comes: the low half the RCODE (mostly 0), then raw bytes behind
 * the question, nothing at all, or some records.
 */
static void answer_question(int fd, const uint8_t *query, size_t length)
{
	struct message *m = &world.waiting[world.waiting_count];
	uint8_t kind = next_byte(), *out;
	unsigned records = kind >> 6, type;
	size_t question = length < QUESTION_MAX ? length : QUESTION_MAX;

	world.questions++;
	if (world.waiting_count == WAITING_MAX || length < 17 || kind == 0xff)
		return;
	memcpy(m->bytes, query, question);
	/* The OPT record at the end of the query is not part of the answer. */
	if (query[11] == 1 && question > 28)
		question -= 11;
	type = (unsigned)(query[question - 4] << 8 | query[question - 3]);
	m->bytes[2] = (uint8_t)(kind & 0x20 ? next_byte() : 0x81);
	m->bytes[3] = (uint8_t)(0x80 | (kind & 0x10 ? next_byte() & 15 : 0));
	out = m->bytes + question;
	if (kind & 8) {
		put16(m->bytes + 6, next_byte());
		out += take(out, next_byte());
	} else {
		put16(m->bytes + 6, records + 1);
		for (unsigned i = 0; i <= records && out + 300 < m->bytes + MESSAGE_MAX; i++)
			out = put_record(out, m->bytes + MESSAGE_MAX, type);
	}
	put16(put16(m->bytes + 8, 0), 0);
	m->length = (size_t)(out - m->bytes);
	m->fd = fd;
	world.waiting_count++;
}

/* ---- in place of the C library and base/clock.c ---- */

int __wrap_socket(int domain, int type, int protocol);
int __wrap_connect(int fd, const struct sockaddr *address, socklen_t length);
int __wrap_close(int fd);
ssize_t __wrap_send(int fd, const void *data, size_t size, int flags);
ssize_t __wrap_recv(int fd, void *data, size_t size, int flags);
int __wrap_poll(struct pollfd *fds, nfds_t count, int timeout_ms);
uint64_t __wrap_clock_now_ms(void);
int __real_close(int fd);

int __wrap_socket(int domain, int type, int protocol)
{
	(void)domain;
	(void)protocol;
	for (int i = 0; i < FDS; i++) {
		if (world.open[i])
			continue;
		world.open[i] = true;
		world.stream[i] = (type & 0xf) == SOCK_STREAM;
		return FIRST_FD + i;
	}
	errno = EMFILE;
	return -1;
}

int __wrap_connect(int fd, const struct sockaddr *address, socklen_t length)
{
	(void)fd;
	(void)address;
	(void)length;
	return 0;
}

int __wrap_close(int fd)
{
	if (fd < FIRST_FD || fd >= FIRST_FD + FDS)
		return __real_close(fd);
	require(world.open[fd - FIRST_FD]);
	world.open[fd - FIRST_FD] = false;
	for (size_t i = 0; i < world.waiting_count;) {
		if (world.waiting[i].fd == fd)
			world.waiting[i] = world.waiting[--world.waiting_count];
		else
			i++;
	}
	return 0;
}

ssize_t __wrap_send(int fd, const void *data, size_t size, int flags)
{
	(void)flags;
	if (!world.stream[fd - FIRST_FD])
		answer_question(fd, data, size);
	return (ssize_t)size;
}

/* A server that closes whoever comes by TCP. */
ssize_t __wrap_recv(int fd, void *data, size_t size, int flags)
{
	(void)flags;
	if (world.stream[fd - FIRST_FD])
		return 0;
	for (size_t i = 0; i < world.waiting_count; i++) {
		struct message *m = &world.waiting[i];
		size_t n = m->length < size ? m->length : size;

		if (m->fd != fd)
			continue;
		memcpy(data, m->bytes, n);
		*m = world.waiting[--world.waiting_count];
		return (ssize_t)n;
	}
	errno = EAGAIN;
	return -1;
}

static bool has_message(int fd)
{
	for (size_t i = 0; i < world.waiting_count; i++)
		if (world.waiting[i].fd == fd)
			return true;
	return false;
}

/* Time passes only while nothing is to be read. */
int __wrap_poll(struct pollfd *fds, nfds_t count, int timeout_ms)
{
	int ready = 0;

	for (nfds_t i = 0; i < count; i++) {
		bool stream = world.stream[fds[i].fd - FIRST_FD];

		fds[i].revents = stream || has_message(fds[i].fd) ?
					 fds[i].events & (POLLIN | POLLOUT) :
					 0;
		ready += fds[i].revents != 0;
	}
	if (!ready)
		world.now_ms += timeout_ms > 0 ? (uint64_t)timeout_ms + 1 : 1;
	return ready;
}

uint64_t __wrap_clock_now_ms(void)
{
	return world.now_ms;
}

/* ---- one request ---- */

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	static const char *const settings[] = { "skip_addresses =", "Log = none",
						"Header_Type = SPF", "TempError_Defer = True" };
	struct config_source source = { .settings = settings, .settings_count = 4 };
	struct resolver_options options = { .servers = "127.0.0.1" };
	struct resolver *resolver;
	char error[256];

	(void)argc;
	(void)argv;
	log_open(LOG_TO_NONE, "fuzz", false);
	resolver = resolver_create(&options, error, sizeof(error));
	require(resolver && resolver_open(resolver, error, sizeof(error)));
	config = config_load(&source);
	require(config);
	policy = policy_create(resolver, check_library_create());
	return 0;
}

static const char *choose_block(uint8_t choice)
{
	static const char *const blocks[] = {
		"request=smtpd_access_policy\nclient_address=192.0.2.5\nhelo_name=localhost\n"
		"sender=a@b.example\nrecipient=c@d.example\n\n",
		"request=smtpd_access_policy\nclient_address=2001:db8::5\nhelo_name=localhost\n"
		"sender=a.b+c@b.example\n\n",
		"request=smtpd_access_policy\nclient_address=192.0.2.5\nhelo_name=mail.b.example\nsender=\n\n",
		"request=smtpd_access_policy\nclient_address=192.0.2.5\nhelo_name=mail.b.example\n"
		"sender=\xc3\xa4@b.example\n\n",
	};

	return blocks[choice % 4];
}

static void check_words(const struct envelope *envelope, const struct decision *decision)
{
	static char header_storage[HEADER_MAX], reply_storage[REPLY_MAX], log_storage[LOG_LINE_MAX];
	struct text header, reply, line;

	text_init(&header, header_storage, sizeof(header_storage));
	header_format(&header, decision->header, config, envelope, decision);
	text_init(&reply, reply_storage, sizeof(reply_storage));
	require(reply_format(&reply, config, envelope, decision, text_span(&header)));
	require(reply.length > 9 && memcmp(reply.data, "action=", 7) == 0);
	require(memcmp(reply.data + reply.length - 2, "\n\n", 2) == 0);
	for (size_t i = 0; i < reply.length - 2; i++)
		require(reply.data[i] >= 0x20 && reply.data[i] <= 0x7e);
	text_init(&line, log_storage, sizeof(log_storage));
	decision_log_format(&line, config, envelope, decision);
	for (size_t i = 0; i < line.length; i++)
		require(line.data[i] >= 0x20 && line.data[i] <= 0x7e);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct request request;
	static struct envelope envelope;
	static struct decision decision;
	const char *block;

	world.data = data;
	world.left = size;
	world.questions = 0;
	block = choose_block(next_byte());
	/* Past the longest life of an answer: no input may see what another one left. */
	world.now_ms += (RESOLVER_TTL_MAX_S + 1) * 1000;
	request_reset(&request);
	request_push(&request, block, strlen(block));
	require(request.status == REQUEST_READY);
	require(request_envelope(&request, config, &envelope));
	require(policy_decide(policy, config, &envelope, &decision));
	for (int i = 0; i < SPF_IDENTITY_COUNT; i++)
		require(decision.reports[i].queries <= EVALUATION_QUERIES_MAX);
	check_words(&envelope, &decision);
	policy_release(policy);
	return 0;
}
