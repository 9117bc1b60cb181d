/* SPDX-License-Identifier: MIT */
#include "dns/probe.h"

#include <errno.h>
#include <poll.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/clock.h"
#include "dns/answer.h"
#include "stream.h"

enum {
	REPEAT_MS = 800,
	FRAME = 2, /* a message's length, over TCP */
	MESSAGE_MAX = 4096,
	PROBES_MAX = SERVERS_MAX * PROBE_WAYS,
};

struct probe {
	enum probe_way way;
	struct probe_answer *answer;
	int fd; /* -1: done */
	uint64_t sent_ms;
	bool sent;
	struct message_query query;
	size_t received;
	uint8_t input[FRAME + MESSAGE_MAX];
};

static void end(struct probe *probe, int error)
{
	probe->answer->error = error;
	if (probe->fd >= 0)
		close(probe->fd);
	probe->fd = -1;
}

static void write_query(struct probe *probe, bool with_edns)
{
	uint8_t id[2] = { 0 };

	if (getrandom(id, sizeof(id), GRND_NONBLOCK) != (ssize_t)sizeof(id))
		id[0] = (uint8_t)clock_now_ms();
	message_build(&probe->query, span_of(""), DNS_SOA, with_edns);
	message_set_id(&probe->query, (uint16_t)(id[0] << 8 | id[1]));
	if (probe->way == PROBE_AD)
		message_ask_validation(&probe->query);
}

/* A query is short: a connection that has just been made takes it whole. */
static void send_query(struct probe *probe)
{
	uint8_t frame[FRAME + MESSAGE_QUERY_MAX];
	size_t length = stream_frame(&probe->query, frame);
	size_t skip = probe->way == PROBE_TCP ? 0 : FRAME;

	probe->sent_ms = clock_now_ms();
	probe->sent = true;
	if (send(probe->fd, frame + skip, length - skip, MSG_NOSIGNAL) < 0 && errno != EAGAIN)
		end(probe, errno);
}

static void start(struct probe *probe, const struct server_address *server)
{
	int type = probe->way == PROBE_TCP ? SOCK_STREAM : SOCK_DGRAM;

	probe->sent = false;
	probe->received = 0;
	write_query(probe, true);
	probe->fd = socket(server->socket.any.sa_family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (probe->fd < 0 ||
	    (connect(probe->fd, &server->socket.any, server->length) != 0 && errno != EINPROGRESS))
		end(probe, errno);
	else if (probe->way != PROBE_TCP)
		send_query(probe);
}

static void take_message(struct probe *probe, const uint8_t *message, size_t length)
{
	struct probe_answer *answer = probe->answer;

	if (!message_answers(&probe->query, message, length))
		return;
	if (message_declines_edns(&probe->query, message, length)) {
		answer->declined_edns = true;
		write_query(probe, false);
		probe->received = 0;
		send_query(probe);
		return;
	}
	answer->answered = true;
	answer->elapsed_ms = (unsigned)(clock_now_ms() - probe->sent_ms);
	answer->rcode = message_rcode_name(message_rcode(message));
	answer->is_usable = message_rcode(message) == MESSAGE_NOERROR ||
			    message_rcode(message) == MESSAGE_NXDOMAIN;
	answer->validated = message_is_validated(message);
	message_has_opt(&probe->query, message, length, &answer->udp_size);
	end(probe, 0);
}

/* What is longer than there is room for is judged by its beginning. */
static void read_stream(struct probe *probe)
{
	ssize_t got = recv(probe->fd, probe->input + probe->received,
			   sizeof(probe->input) - probe->received, 0);
	size_t length;

	if (got <= 0) {
		if (got == 0 || errno != EAGAIN)
			end(probe, got == 0 ? ECONNRESET : errno);
		return;
	}
	probe->received += (size_t)got;
	length = FRAME + (size_t)(probe->input[0] << 8 | probe->input[1]);
	if (probe->received < FRAME ||
	    (probe->received < length && probe->received < sizeof(probe->input)))
		return;
	if (length > probe->received)
		length = probe->received;
	take_message(probe, probe->input + FRAME, length - FRAME);
	if (probe->fd >= 0 && probe->received)
		end(probe, EBADMSG);
}

static void read_datagram(struct probe *probe)
{
	ssize_t got = recv(probe->fd, probe->input, sizeof(probe->input), 0);

	if (got >= 0)
		take_message(probe, probe->input, (size_t)got);
	else if (errno != EAGAIN)
		end(probe, errno);
}

/* A connection is made when there is something to be seen of it; a datagram may be lost. */
static bool is_to_be_sent(const struct probe *probe, const struct pollfd *ready)
{
	if (probe->way == PROBE_TCP)
		return ready->revents && !probe->sent;
	return !ready->revents && clock_now_ms() - probe->sent_ms >= REPEAT_MS;
}

static void advance(struct probe *probe, const struct pollfd *ready)
{
	if (is_to_be_sent(probe, ready))
		send_query(probe);
	else if (ready->revents && probe->way == PROBE_TCP)
		read_stream(probe);
	else if (ready->revents)
		read_datagram(probe);
}

/* Returns how many wait for something. */
static nfds_t watch(const struct probe *probes, size_t count, struct pollfd *waiting)
{
	nfds_t open = 0;

	for (size_t i = 0; i < count; i++) {
		bool connects = probes[i].way == PROBE_TCP && !probes[i].sent;

		waiting[i] = (struct pollfd){ probes[i].fd, connects ? POLLOUT : POLLIN, 0 };
		open += probes[i].fd >= 0;
	}
	return open;
}

void probe_servers(const struct servers *servers, unsigned timeout_ms, struct probe_report *reports)
{
	static struct probe probes[PROBES_MAX];
	struct pollfd waiting[PROBES_MAX];
	uint64_t deadline = clock_now_ms() + timeout_ms;
	size_t count = servers->count * PROBE_WAYS;

	for (size_t i = 0; i < count; i++) {
		probes[i].way = (enum probe_way)(i % PROBE_WAYS);
		probes[i].answer = &reports[i / PROBE_WAYS].ways[i % PROBE_WAYS];
		*probes[i].answer = (struct probe_answer){ 0 };
		start(&probes[i], &servers->list[i / PROBE_WAYS]);
	}
	while (watch(probes, count, waiting) > 0 && clock_now_ms() < deadline) {
		if (poll(waiting, count, REPEAT_MS / 4) < 0)
			memset(waiting, 0, sizeof(waiting));
		for (size_t i = 0; i < count; i++)
			if (probes[i].fd >= 0)
				advance(&probes[i], &waiting[i]);
	}
	for (size_t i = 0; i < count; i++)
		end(&probes[i], probes[i].answer->error);
}
