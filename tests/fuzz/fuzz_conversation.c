/* SPDX-License-Identifier: MIT */
/*
 * Conversations of the resolver with its DNS servers, message by message, through the installed c-ares, in
 * the world of tests/unit/dns_world.h. The input is text in two lines (conversation.corpus has examples):
 * what is asked, and what happens to each query that a server is sent. Letters take an argument; any
 * other byte stands for one of them.
 *
 * ASKED: w want, g get, n want from the next notification, s a new session, l another lane, c the
 * clock steps, d v t a server dies, closes, refuses TCP or no longer does, k slow connections, p TCP takes
 * few bytes at once, m no sockets, r no random bytes once, e a send fails once.
 *
 * SENT, the argument is the delay: o the answer, x NXDOMAIN, t truncated, f FORMERR, F that with OPT, b SERVFAIL,
 * i another id, q another question, u the answer from another server, y the answer twice, z without QR,
 * h half of it (over TCP the rest comes later), a arbitrary bytes, n nothing, r refused or reset, E the end of the
 * stream, 2 two of these, c the clock steps as well. Without a letter: the answer at once.
 *
 * What must hold, whatever happens, is asserted below: in read_message(), check_query() and check_session().
 */
#include <stdarg.h>
#include <sys/random.h>

#include "base/log.h"
#include "dns/resolver.h"
#include "unit/dns_world.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
ssize_t __wrap_getrandom(void *data, size_t size, unsigned flags);

enum {
	NAMES = 10,
	LANES = 2,
	QUESTION_SIZE = 13, /* of "n0.test" */
	SENT_MAX = 4096,
	FRAME_MAX = 600,
	ASKED_MAX = 200, /* letters */
	QUERY_DATAGRAMS_MAX = 8,
	LANE_REPEATS_MAX = 300 - 111,
	FRAMES_MAX = 4, /* of a query to a server: in company and alone, with EDNS and without */
	FORGED = 66,
};

/* A transmission, until a message answered it. */
struct sent {
	unsigned serial; /* of the socket */
	bool is_answered;
	uint8_t id[2], question[QUESTION_SIZE];
};

struct asked {
	bool is_wanted, is_expected, is_wild; /* an answer was read; one that may mean anything */
	enum answer_status expected;
	const struct answer *answer;
	unsigned lane, times, datagrams, frames;
};

struct script {
	const uint8_t *next;
	size_t left;
};

/* A stream as the resolver reads it. */
struct frame {
	unsigned serial;
	bool is_broken;
	size_t received;
	uint8_t data[FRAME_MAX];
};

static struct {
	struct resolver *resolver;
	struct script asks, answers;
	struct asked asked[NAMES];
	struct sent sent[SENT_MAX];
	size_t sent_count, server_count;
	struct frame frames[WORLD_FDS];
	unsigned lane, next_wants, warnings;
	uint64_t deadline_ms[LANES], stepped_ms;
	bool random_fails;
} talk;

static const unsigned delays_ms[] = { 0, 1, 5, 40, 150, 300, 1000, 4000, 20000 };

static uint8_t next_byte(struct script *script)
{
	if (script->left == 0)
		return 0;
	script->left--;
	return *script->next++;
}

static unsigned next_number(struct script *script, unsigned below)
{
	return (unsigned)(next_byte(script) + 256 - '0') % below;
}

/* One of the letters; the first when there is no more. */
static char next_letter(struct script *script, const char *letters)
{
	uint8_t byte = next_byte(script);

	return byte && strchr(letters, byte) ? (char)byte : letters[byte % strlen(letters)];
}

static void step_clock(unsigned ms)
{
	world.now_ms += ms;
	talk.stepped_ms += ms;
}

/* In place of the log's. A process says it once. */
void log_message(enum log_level level, const char *format, ...)
{
	(void)format;
	assert(level == LOG_LEVEL_WARNING && ++talk.warnings == 1);
}

/* Few ids, so that they meet again. */
ssize_t __wrap_getrandom(void *data, size_t size, unsigned flags)
{
	uint8_t *bytes = data;

	(void)flags;
	if (talk.random_fails && size == 2) {
		talk.random_fails = false;
		return -1;
	}
	memset(data, 0, size);
	world_chance(0);
	bytes[0] = (uint8_t)(world.random >> 24) & 0x7f;
	return (ssize_t)size;
}

/* ---- what is read ---- */

static struct span name_of(unsigned number)
{
	static const char names[] =
		"n0.testn1.testn2.testn3.testn4.testn5.testn6.testn7.testn8.testn9.test";

	return (struct span){ names + 7 * (size_t)number, 7 };
}

static struct sent *find_sent(const struct world_socket *socket, const uint8_t *message,
			      size_t length)
{
	if (length < MESSAGE_QUESTION + QUESTION_SIZE || (message[2] & 0xf8) != 0x80 ||
	    message[4] || message[5] != 1)
		return NULL;
	for (size_t i = talk.sent_count; i-- > 0;) {
		struct sent *sent = &talk.sent[i];

		if (sent->serial == socket->serial && memcmp(sent->id, message, 2) == 0 &&
		    memcmp(sent->question, message + MESSAGE_QUESTION, QUESTION_SIZE) == 0)
			return sent->is_answered ? NULL : sent;
	}
	return NULL;
}

static void truth(struct message *m, const struct world_query *q)
{
	world_begin(m, q, 0);
	world_record(m, DNS_A, 1, (uint8_t[]){ 192, 0, 2, q->data[MESSAGE_QUESTION + 2] }, 4);
}

/* What the first message that answers a transmission says of the name. */
static void expect(struct asked *asked, const struct world_socket *socket, const uint8_t *message,
		   size_t length)
{
	static struct message m;
	struct world_query q = { .length = length };

	memcpy(q.data, message, MESSAGE_QUESTION + QUESTION_SIZE);
	truth(&m, &q);
	if (m.length == length && memcmp(m.data, message, length) == 0) {
		asked->is_expected = true;
		asked->expected = ANSWER_OK;
	} else if ((message[2] & 2 && !socket->is_stream) || (message[3] & 15 & ~3) ||
		   (message[3] & 15) == 1 || (message[3] & 15) == 2) {
		return; /* it goes on elsewhere */
	} else if (length == MESSAGE_QUESTION + QUESTION_SIZE && (message[3] & 15) == 3) {
		asked->is_expected = true;
		asked->expected = ANSWER_NXDOMAIN;
	} else {
		asked->is_wild = true;
	}
}

/* The resolver is given a message: it must take it exactly when it answers what was sent there. */
static void read_message(const struct world_socket *socket, const uint8_t *message, size_t length)
{
	struct sent *sent = find_sent(socket, message, length);
	unsigned number;
	struct asked *asked;

	if (!sent)
		return;
	number = message[MESSAGE_QUESTION + 2] - '0';
	assert(number < NAMES);
	asked = &talk.asked[number];
	for (size_t i = 0; i < talk.sent_count; i++)
		if (talk.sent[i].serial == sent->serial &&
		    memcmp(talk.sent[i].id, sent->id, 2) == 0 &&
		    memcmp(talk.sent[i].question, sent->question, QUESTION_SIZE) == 0)
			talk.sent[i].is_answered = true;
	if (!asked->is_expected && !resolver_peek(talk.resolver, name_of(number), DNS_A))
		expect(asked, socket, message, length);
}

/* The same of a stream: whole frames until one that is no response. */
static void read_piece(const struct world_socket *socket, const uint8_t *data, size_t length)
{
	struct frame *frame = &talk.frames[socket - world.sockets];

	if (!socket->is_stream) {
		read_message(socket, data, length);
		return;
	}
	if (frame->serial != socket->serial)
		*frame = (struct frame){ .serial = socket->serial };
	for (size_t i = 0; i < length && !frame->is_broken; i++) {
		size_t whole;

		if (frame->received < FRAME_MAX)
			frame->data[frame->received] = data[i];
		frame->received++;
		whole = 2 + ((size_t)frame->data[0] << 8 | frame->data[1]);
		if (frame->received < 2)
			continue;
		frame->is_broken = whole < 2 + MESSAGE_QUESTION;
		if (frame->is_broken || frame->received < whole)
			continue;
		read_message(socket, frame->data + 2, whole < FRAME_MAX ? whole - 2 : 0);
		frame->is_broken = (frame->data[4] & 0xf8) != 0x80;
		frame->received = 0;
	}
}

/* ---- what is answered ---- */

static void note_sent(const struct world_query *q)
{
	struct sent *sent = &talk.sent[talk.sent_count++];
	unsigned number = q->data[MESSAGE_QUESTION + 2] - '0';
	struct asked *asked = &talk.asked[number];

	assert(talk.sent_count < SENT_MAX);
	assert(q->length >= MESSAGE_QUESTION + QUESTION_SIZE && number < NAMES && asked->is_wanted);
	*sent = (struct sent){ .serial = q->socket->serial };
	memcpy(sent->id, q->data, 2);
	memcpy(sent->question, q->data + MESSAGE_QUESTION, QUESTION_SIZE);
	for (size_t i = 0; i + 1 < talk.sent_count;
	     i++) /* repeated: what answered it counts for both */
		if (talk.sent[i].serial == sent->serial && talk.sent[i].is_answered &&
		    memcmp(talk.sent[i].id, sent->id, 2) == 0 &&
		    memcmp(talk.sent[i].question, sent->question, QUESTION_SIZE) == 0)
			talk.sent[i].serial = 0;
	if (q->socket->is_stream) {
		asked->frames++;
		return;
	}
	asked->datagrams++;
}

static struct world_socket *other_servers_socket(const struct world_socket *socket)
{
	for (size_t i = 0; i < WORLD_FDS; i++)
		if (world.sockets[i].is_open && world.sockets[i].server != socket->server)
			return &world.sockets[i];
	return NULL;
}

/* The answer, so changed that it is none. */
static void forge(struct world_query *q, struct message *m, char kind)
{
	struct world_query elsewhere = *q;

	m->data[m->length - 4] = FORGED;
	if (kind == 'i')
		m->data[0] ^= 1u << next_number(&talk.answers, 7);
	if (kind == 'q')
		m->data[MESSAGE_QUESTION + 2] = (uint8_t)('0' + next_number(&talk.answers, NAMES));
	if (kind == 'z')
		m->data[2] &= 0x7f;
	if (kind == 'u' && !(elsewhere.socket = other_servers_socket(q->socket)))
		return;
	if (m->data[0] == q->data[0] &&
	    memcmp(m->data + MESSAGE_QUESTION, q->data + MESSAGE_QUESTION, QUESTION_SIZE) == 0 &&
	    kind != 'u' && kind != 'z')
		return;
	world_send(&elsewhere, m->data, m->length);
}

static void send_half(struct world_query *q, const struct message *m)
{
	uint8_t frame[FRAME_MAX] = { (uint8_t)(m->length >> 8), (uint8_t)m->length };
	size_t half = next_number(&talk.answers, (unsigned)m->length + 2);

	if (!q->socket->is_stream) {
		world_send(q, m->data, half < m->length ? half : m->length);
		return;
	}
	memcpy(frame + 2, m->data, m->length);
	world_deliver(q->at_ms, q->socket->number, frame, half, false);
	world_deliver(q->at_ms + 1 + delays_ms[half % 8], q->socket->number, frame + half,
		      m->length + 2 - half, false);
}

static void send_arbitrary(struct world_query *q, struct message *m)
{
	m->length -= next_number(&talk.answers, (unsigned)m->length - 2);
	for (unsigned left = next_number(&talk.answers, 64); left > 0; left--)
		m->data[next_number(&talk.answers, (unsigned)m->length)] = next_byte(&talk.answers);
	if (q->socket->is_stream && next_number(&talk.answers, 2))
		world_deliver(q->at_ms, q->socket->number, m->data, m->length, false);
	else
		world_send(q, m->data, m->length);
}

static void send_error(struct world_query *q, struct message *m, char kind)
{
	static const unsigned flags[] = {
		['t'] = MESSAGE_TC, ['x'] = 3, ['f'] = 1, ['F'] = 1, ['b'] = 2
	};

	world_begin(m, q, flags[(unsigned char)kind]);
	if (kind == 'F') {
		message_set_u16(m, 10, 1);
		message_bytes(m, "\0\0\51\4\320\0\0\0\0\0\0", 11);
	}
	world_send(q, m->data, m->length);
}

static void refuse(struct world_query *q)
{
	if (q->socket->is_stream)
		world_deliver(q->at_ms, q->socket->number, "", 0, true);
	else
		q->socket->error = ECONNREFUSED;
}

static void answer_once(struct world_query *q, char kind)
{
	static struct message m;

	truth(&m, q);
	switch (kind) {
	case 'y': world_send(q, m.data, m.length); /* fall through */
	case 'o': world_send(q, m.data, m.length); break;
	case 'i':
	case 'q':
	case 'z':
	case 'u': forge(q, &m, kind); break;
	case 'h': send_half(q, &m); break;
	case 'a': send_arbitrary(q, &m); break;
	case 'r': refuse(q); break;
	case 'n': break;
	case 'E':
		if (q->socket->is_stream)
			world_deliver(q->at_ms, q->socket->number, "", 0, false);
		break;
	default: send_error(q, &m, kind);
	}
}

static void answer(struct world_query *query)
{
	unsigned times = 1;

	note_sent(query);
	while (times > 0 && times < 8) {
		struct world_query q = *query;
		char kind = next_letter(&talk.answers, "oxtfFbiquyzhanrE2c");
		unsigned delay = delays_ms[next_number(&talk.answers,
						       sizeof(delays_ms) / sizeof(delays_ms[0]))];

		times--;
		q.at_ms += delay;
		if (kind == '2')
			times += 2;
		else if (kind == 'c')
			step_clock(delay), times++;
		else
			answer_once(&q, kind);
	}
}

/* ---- what is asked ---- */

/* Each query is answered once, by what was read or not at all; see want(). */
static void check_query(unsigned number)
{
	struct asked *asked = &talk.asked[number];
	const struct answer *found = resolver_peek(talk.resolver, name_of(number), DNS_A);
	struct resolver_fact fact = { 0 };

	assert(asked->is_wanted == resolver_fact(talk.resolver, name_of(number), DNS_A, &fact));
	assert(!asked->answer || asked->answer == found);
	asked->answer = found;
	assert(asked->datagrams <= QUERY_DATAGRAMS_MAX * asked->times &&
	       asked->frames <= FRAMES_MAX * talk.server_count * asked->times);
	if (!found)
		return;
	if (asked->is_expected && !asked->is_wild)
		assert(found->status == asked->expected);
	if (fact.asked && !asked->is_expected && !asked->is_wild)
		assert(found->status == ANSWER_FAILURE);
	if (found->status == ANSWER_OK && !asked->is_wild && fact.asked)
		assert(found->count == 1 &&
		       memcmp(found->records[0].data.data, "\300\0\2", 3) == 0 &&
		       found->records[0].data.data[3] == (char)('0' + number));
}

static void check_session(void)
{
	unsigned open[LANES] = { 0 }, repeats = 0;

	for (unsigned i = 0; i < NAMES; i++) {
		struct asked *asked = &talk.asked[i];

		check_query(i);
		if (asked->is_wanted && !asked->answer)
			open[asked->lane]++;
		if (asked->datagrams > asked->times)
			repeats += asked->datagrams - asked->times;
	}
	assert(resolver_in_flight(talk.resolver) == open[talk.lane]);
	assert(repeats <= LANES * LANE_REPEATS_MAX);
}

/*
 * What failed for the other lane may be asked again. A late answer, or a frame that was still to be sent, may
 * then be the first query's or the second's.
 */
static void want(unsigned number)
{
	struct asked *asked = &talk.asked[number];
	const struct asked before = *asked;
	bool is_anothers = asked->answer && asked->answer->status == ANSWER_FAILURE &&
			   asked->lane != talk.lane;

	if (is_anothers)
		*asked = (struct asked){
			.is_wild = true,
			.times = before.times,
			.datagrams = before.datagrams,
			.frames = before.frames,
		};
	if (!asked->is_wanted) {
		asked->lane = talk.lane;
		asked->times++;
	}
	asked->is_wanted = true;
	resolver_want(talk.resolver, name_of(number), DNS_A);
	if (is_anothers && resolver_peek(talk.resolver, name_of(number), DNS_A) == before.answer)
		*asked = before;
}

static void get(unsigned number)
{
	uint64_t stepped_ms = talk.stepped_ms, before_ms = world.now_ms, latest_ms;

	want(number);
	resolver_get(talk.resolver, name_of(number), DNS_A);
	latest_ms = talk.deadline_ms[talk.lane] > before_ms ? talk.deadline_ms[talk.lane] :
							      before_ms;
	assert(world.now_ms <= latest_ms + talk.stepped_ms - stepped_ms);
}

/* Answers have come. */
static void notified(void *arg)
{
	unsigned wants = talk.next_wants;

	(void)arg;
	talk.next_wants = 0;
	for (unsigned i = 0; i < NAMES; i++) {
		check_query(i);
		if (wants & 1u << i)
			want(i);
	}
}

static void begin(unsigned ms)
{
	memset(talk.asked, 0, sizeof(talk.asked));
	talk.sent_count = talk.lane = talk.next_wants = 0;
	talk.deadline_ms[0] = talk.deadline_ms[1] = world.now_ms + ms;
	resolver_begin(talk.resolver, talk.deadline_ms[0], notified, NULL);
	for (size_t i = 0; i < WORLD_FDS; i++)
		assert(!world.sockets[i].is_open);
}

static void change_lane(unsigned ms)
{
	talk.lane = !talk.lane;
	talk.deadline_ms[talk.lane] = world.now_ms + ms;
	resolver_lane(talk.resolver, talk.lane, talk.deadline_ms[talk.lane]);
}

static void ask_next(void)
{
	char letter = next_letter(&talk.asks, "gwnslcdvtkpmre");
	unsigned number = next_number(&talk.asks, 10), ms = delays_ms[number % 9];
	struct world_server *server = &world.servers[number % WORLD_SERVERS];

	switch (letter) {
	case 'g': get(number); break;
	case 'w': want(number); break;
	case 'n': talk.next_wants |= 1u << number; break;
	case 's': begin(ms); break;
	case 'l': change_lane(ms); break;
	case 'c': step_clock(ms); break;
	case 'd': server->is_dead = !server->is_dead; break;
	case 'v': server->is_closed = !server->is_closed; break;
	case 't': server->has_no_tcp = !server->has_no_tcp; break;
	case 'k': server->connect_ms = ms; break;
	case 'p': world.send_room = number; break;
	case 'm': world.has_no_sockets = !world.has_no_sockets; break;
	case 'r': talk.random_fails = true; break;
	case 'e': world.send_error = number % 2 ? EAGAIN : ENOBUFS; break;
	}
	check_session();
}

static void open_world(size_t servers)
{
	char list[64] = "127.0.0.1:5300,127.0.0.1:5301,127.0.0.1:5302", error[200];

	list[servers * 15 - 1] = '\0';
	memset(&talk, 0, sizeof(talk));
	memset(&world, 0, sizeof(world));
	world.now_ms = 1000000;
	world.answer = answer;
	world.received = read_piece;
	talk.server_count = servers;
	talk.resolver = resolver_create(&(struct resolver_options){ .servers = list }, error,
					sizeof(error));
	assert(talk.resolver && resolver_open(talk.resolver, error, sizeof(error)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *line = size ? memchr(data, '\n', size) : NULL;
	struct script asks = { data, line ? (size_t)(line - data) : size };
	struct script answers = { data + asks.left, size - asks.left };

	next_byte(&answers); /* the end of the line */
	open_world(1 + next_number(&asks, WORLD_SERVERS));
	talk.asks = asks;
	talk.answers = answers;
	begin(20000);
	for (unsigned i = 0; talk.asks.left > 0 && i < ASKED_MAX; i++)
		ask_next();
	resolver_destroy(talk.resolver);
	for (size_t i = 0; i < WORLD_FDS; i++)
		assert(!world.sockets[i].is_open);
	assert(!world.events);
	return 0;
}
