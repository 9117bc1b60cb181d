/* SPDX-License-Identifier: MIT */
#include "postfix/serve.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/log.h"
#include "base/xalloc.h"
#include "config/config_load.h"
#include "postfix/decision_log.h"
#include "postfix/header.h"
#include "postfix/reply.h"
#include "request.h"

enum waiting {
	WAITING_NOT,
	WAITING_FOR_REQUEST, /* between requests */
	WAITING_FOR_REST,    /* inside one */
};

static volatile sig_atomic_t waiting, stopping;

/* Async-signal-safe. A flag alone could be set just before the read that then waits for ever. */
void serve_stop(void)
{
	if (waiting != WAITING_NOT)
		_exit(waiting == WAITING_FOR_REQUEST ? 0 : 1);
	stopping = 1;
}

struct session {
	int input, output;
	const struct config *config;
	struct policy *policy;
	struct request request;
	uint64_t begun_ms; /* of the request that is being read */
	size_t start, end; /* unread bytes in buffer */
	char buffer[8192];
	struct envelope envelope;
	struct decision decision;
	char header[HEADER_MAX];
	char reply[REPLY_MAX];
};

/* False: not ready `timeout_ms` after `begun_ms`; timeout_ms < 0: waits for ever. */
static bool wait_for(int fd, short events, uint64_t begun_ms, int timeout_ms)
{
	struct pollfd pollfd = { .fd = fd, .events = events };

	for (;;) {
		uint64_t elapsed = timeout_ms < 0 ? 0 : resolver_now_ms() - begun_ms;
		int left = timeout_ms < 0		  ? -1 :
			   elapsed < (uint64_t)timeout_ms ? timeout_ms - (int)elapsed :
							    0;
		int ready = poll(&pollfd, 1, left);

		if (ready == 0)
			return false;
		/* Of an error the read or write will say what is wrong. */
		if (ready > 0 || errno != EINTR)
			return true;
	}
}

/* Reads more bytes. Returns their number, 0 at the end of input or when asked to stop, -1 on failure. */
static ssize_t read_input(struct session *s, bool idle)
{
	while (!stopping) {
		ssize_t n;

		/* Between requests a plain read waits as well as a poll would; inside one there is a limit. */
		if (!idle && !wait_for(s->input, POLLIN, s->begun_ms, SERVE_INPUT_MS)) {
			log_message(LOG_LEVEL_WARNING, "request: incomplete after %d s",
				    SERVE_INPUT_MS / 1000);
			return -1;
		}
		n = read(s->input, s->buffer, sizeof(s->buffer));
		if (n >= 0)
			return n;
		if (errno == EAGAIN && idle)
			wait_for(s->input, POLLIN, 0, -1);
		else if (errno != EAGAIN && errno != EINTR) {
			log_message(LOG_LEVEL_WARNING, "request: read: %s", strerror(errno));
			return -1;
		}
	}
	return 0;
}

static ssize_t fill(struct session *s)
{
	bool idle = request_is_idle(&s->request);
	ssize_t n;

	waiting = idle ? WAITING_FOR_REQUEST : WAITING_FOR_REST;
	n = read_input(s, idle);
	waiting = WAITING_NOT;
	if (n > 0) {
		s->start = 0;
		s->end = (size_t)n;
	}
	if (idle)
		s->begun_ms = resolver_now_ms();
	return n;
}

static enum serve_status end_of_input(const struct session *s)
{
	if (request_is_idle(&s->request))
		return SERVE_END;
	log_message(LOG_LEVEL_WARNING, "request: end of input inside a request");
	return SERVE_FAILURE;
}

/* All of it in one write, unless the peer takes it in pieces. */
static bool send_reply(struct session *s, const char *reply, size_t length)
{
	uint64_t begun_ms = resolver_now_ms();

	while (length > 0) {
		ssize_t n = write(s->output, reply, length);

		if (n >= 0) {
			reply += n;
			length -= (size_t)n;
		} else if (errno == EAGAIN) {
			if (!wait_for(s->output, POLLOUT, begun_ms, SERVE_OUTPUT_MS))
				return false;
		} else if (errno != EINTR) {
			/* EPIPE: the client has gone, which is its right. */
			if (errno != EPIPE)
				log_message(LOG_LEVEL_WARNING, "reply: write: %s", strerror(errno));
			return false;
		}
	}
	return true;
}

static bool answer(struct session *s)
{
	const struct config *config = config_for_recipient(
		s->config, request_get(&s->request, REQUEST_RECIPIENT));
	struct text header, reply;
	bool sent;

	if (!request_envelope(&s->request, config, &s->envelope) ||
	    !policy_decide(s->policy, config, &s->envelope, &s->decision))
		return false;
	text_init(&header, s->header, sizeof(s->header));
	header_format(&header, s->decision.header, config, &s->envelope, &s->decision);
	text_init(&reply, s->reply, sizeof(s->reply));
	if (!reply_format(&reply, config, &s->envelope, &s->decision, text_span(&header))) {
		log_message(LOG_LEVEL_ERROR,
			    "reply: what was to be said is not a reply; saying nothing");
		return false;
	}
	sent = send_reply(s, reply.data, reply.length);
	/* What was decided is logged also when the peer has gone: it is what happened. */
	decision_log_write(config, &s->envelope, &s->decision);
	policy_release(s->policy);
	return sent;
}

static enum serve_status run(struct session *s)
{
	for (;;) {
		ssize_t n = fill(s);

		if (n <= 0)
			return n == 0 ? end_of_input(s) : SERVE_FAILURE;
		while (s->start < s->end) {
			s->start += request_push(&s->request, s->buffer + s->start,
						 s->end - s->start);
			if (s->request.status == REQUEST_ERROR) {
				log_message(LOG_LEVEL_WARNING, "request: %s", s->request.error);
				return SERVE_FAILURE;
			}
			if (s->request.status != REQUEST_READY)
				continue;
			if (!answer(s))
				return SERVE_FAILURE;
			request_reset(&s->request);
			s->begun_ms = resolver_now_ms();
		}
	}
}

enum serve_status serve(int input, int output, const struct config *config, struct policy *policy)
{
	/* Not cleared: most of it is buffers, whose pages are not to be touched before they are needed. */
	struct session *s = xmalloc(sizeof(*s));
	enum serve_status status;

	s->input = input;
	s->output = output;
	s->config = config;
	s->policy = policy;
	s->start = s->end = 0;
	request_reset(&s->request);
	status = run(s);
	free(s);
	return status;
}
