/* SPDX-License-Identifier: MIT */
#include "transmit.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/xalloc.h"
#include "answer_reader.h"
#include "message.h"

void transmit_init(struct transmit *t, struct channels *channels, size_t servers,
		   transmit_answered *answered, void *arg)
{
	*t = (struct transmit){ .channels = channels, .answered = answered, .arg = arg };
	t->world = (struct query_world){ .states = t->states, .count = servers };
}

/* ---- what comes ---- */

static void finish(struct resolver_query *q, struct answer *answer)
{
	struct resolver_query **link = &q->owner->open;

	while (*link != q)
		link = &(*link)->next_open;
	*link = q->next_open;
	q->elapsed_ms = (unsigned)(clock_now_ms() - q->asked_ms);
	q->lane->in_flight--;
	q->owner->answered(q->owner->arg, q, answer);
}

static unsigned *repeats_left(const struct resolver_query *q)
{
	return q->also && !q->lane->repeats_left ? &q->also->repeats_left : &q->lane->repeats_left;
}

static void fail(struct resolver_query *q, uint64_t now_ms)
{
	if (now_ms >= q->deadline_ms || !*repeats_left(q))
		q->entry->given_up_by = q->lane;
	query_gave_up(&q->query, &q->owner->world);
	finish(q, answer_build(ANSWER_FAILURE, q->entry->type, 0, NULL, 0));
}

static void note(struct transmit_link *link, enum query_event event, unsigned rcode)
{
	struct transmit *t = link->q->owner;

	query_event(&link->q->query, &t->world, (size_t)(link - link->q->links), event, rcode,
		    clock_now_ms());
}

static void read_message(struct transmit_link *link, const uint8_t *message, size_t length)
{
	struct resolver_query *q = link->q;
	struct answer *answer = answer_parse(message, length, table_name(q->entry), q->entry->type);
	unsigned rcode = message_rcode(message);

	if (answer->status == ANSWER_FAILURE) {
		free(answer);
		if (rcode != MESSAGE_NOERROR && rcode != MESSAGE_NXDOMAIN)
			note(link, QUERY_ERROR, rcode);
		else
			note(link, QUERY_UNREADABLE, 0);
		return;
	}
	query_answered(&q->query, &q->owner->world, (size_t)(link - q->links), clock_now_ms());
	if (q->entry->answer)
		free(answer);
	else
		finish(q, answer);
}

/* Called by c-ares; does no more than to note what happened, transmit_due() acts on it. */
static void exchange_event(void *arg, enum channel_outcome outcome, const uint8_t *message,
			   size_t length)
{
	struct transmit_link *link = arg;
	const struct resolver_query *q = link->q;
	bool tcp = q->query.servers[link - q->links].last == QUERY_TRUNCATED;

	switch (outcome) {
	case CHANNEL_TRUNCATED: note(link, QUERY_TRUNCATED, 0); return;
	case CHANNEL_MESSAGE: read_message(link, message, length); return;
	case CHANNEL_NO_EDNS: note(link, QUERY_NO_EDNS, 0); return;
	case CHANNEL_SILENCE: note(link, tcp ? QUERY_TCP_SILENT : QUERY_LOST, 0); return;
	case CHANNEL_REFUSED: note(link, tcp ? QUERY_TCP_REFUSED : QUERY_REFUSED, 0); return;
	case CHANNEL_BROKEN: note(link, tcp ? QUERY_TCP_BROKEN : QUERY_UNREACHABLE, 0); return;
	case CHANNEL_CANCELLED: return;
	}
}

/* ---- what goes ---- */

static void send_to(struct resolver_query *q, size_t server, uint64_t now_ms)
{
	struct transmit *t = q->owner;
	struct transmit_link *link = &q->links[server];

	if (q->query.sent)
		--*repeats_left(q);
	query_sent(&q->query, &t->world, server, now_ms, q->deadline_ms);
	if (link->exchange)
		channels_repeat(link->exchange);
	else
		channels_ask(t->channels, server,
			     &(struct channel_query){
				     .name = table_name(q->entry),
				     .type = q->entry->type,
				     .with_edns = !q->query.without_edns,
			     },
			     &link->exchange, exchange_event, link);
}

static void end_tcp(struct transmit_link *link)
{
	note(link, QUERY_TCP_SILENT, 0);
	if (link->exchange)
		channels_abandon(link->exchange);
}

static struct query_step next_step(const struct resolver_query *q, uint64_t now_ms)
{
	if (now_ms >= q->deadline_ms)
		return (struct query_step){ .action = QUERY_GIVE_UP };
	return query_next(&q->query, &q->owner->world, now_ms, *repeats_left(q) > 0);
}

static void send_due(struct resolver_query *q, uint64_t now_ms)
{
	struct query_step step;

	while ((step = next_step(q, now_ms)).action == QUERY_SEND || step.action == QUERY_END_TCP) {
		if (step.action == QUERY_SEND)
			send_to(q, step.server, now_ms);
		else
			end_tcp(&q->links[step.server]);
	}
	if (step.action == QUERY_GIVE_UP)
		fail(q, now_ms);
}

void transmit_start(struct transmit *t, struct table_entry *entry, struct transmit_lane *lane,
		    uint64_t now_ms)
{
	struct resolver_query *q = xcalloc(1, sizeof(*q));

	q->owner = t;
	q->entry = entry;
	q->lane = lane;
	q->asked_ms = now_ms;
	q->deadline_ms = lane->deadline_ms;
	for (size_t i = 0; i < SERVERS_MAX; i++)
		q->links[i].q = q;
	entry->query = q;
	q->next = t->all;
	t->all = q;
	q->next_open = t->open;
	t->open = q;
	lane->in_flight++;
	send_due(q, now_ms);
}

void transmit_share(struct resolver_query *q, struct transmit_lane *lane)
{
	if (lane != q->lane)
		q->also = lane;
	if (q->deadline_ms < lane->deadline_ms)
		q->deadline_ms = lane->deadline_ms;
}

void transmit_due(struct transmit *t, uint64_t now_ms)
{
	for (struct resolver_query *q = t->open, *next; q; q = next) {
		next = q->next_open;
		send_due(q, now_ms);
	}
}

uint64_t transmit_next_ms(const struct transmit *t, uint64_t now_ms)
{
	uint64_t next = UINT64_MAX;

	for (const struct resolver_query *q = t->open; q; q = q->next_open) {
		struct query_step step = next_step(q, now_ms);

		if (step.action != QUERY_WAIT)
			return now_ms;
		if (step.when_ms < next)
			next = step.when_ms;
		if (q->deadline_ms < next)
			next = q->deadline_ms;
	}
	return next;
}

bool transmit_is_unanswered(const struct transmit *t)
{
	bool was_asked = false;

	for (size_t i = 0; i < t->world.count; i++) {
		if (t->states[i].heard > t->sent_before[i])
			return false;
		was_asked = was_asked || t->states[i].sent > t->sent_before[i];
	}
	return was_asked;
}

void transmit_end(struct transmit *t)
{
	struct resolver_query *q;

	/* Not only for the open ones: what slow servers were asked outlives the answer. */
	if (t->all)
		channels_cancel(t->channels);
	t->open = NULL;
	while ((q = t->all)) {
		t->all = q->next;
		q->entry->query = NULL;
		free(q);
	}
	for (size_t i = 0; i < t->world.count; i++)
		t->sent_before[i] = t->states[i].sent;
}
