/* SPDX-License-Identifier: MIT */
#include "query.h"

static bool has_open(const struct query *query)
{
	for (size_t i = 0; i < SERVERS_MAX; i++)
		if (query->servers[i].is_open)
			return true;
	return false;
}

static bool is_refused(const struct query_server *server)
{
	return server->last == QUERY_REFUSED || server->last == QUERY_UNREACHABLE;
}

static bool is_usable(const struct query_server *server)
{
	return !server->is_exhausted && server->last != QUERY_TRUNCATED;
}

/* The server whose turn it is, of those that refuse only with `refused`; `count` when none. */
static size_t in_turn(const struct query *query, const struct query_world *world, bool refused)
{
	size_t first = query->sent ? query->server + 1u : world->preferred;

	for (size_t i = 0; i < world->count; i++) {
		size_t at = (first + i) % world->count;
		const struct query_server *server = &query->servers[at];

		if (is_usable(server) && (refused || !is_refused(server)))
			return at;
	}
	return world->count;
}

static size_t choose(const struct query *query, const struct query_world *world, uint64_t now_ms)
{
	size_t server;

	if (query->has_next)
		return query->next;
	server = in_turn(query, world, false);
	if (server == world->count && query->was_refused &&
	    now_ms < query->refused_ms + QUERY_REFUSED_MS)
		server = in_turn(query, world, true);
	return server;
}

/* The server that has been asked over TCP for the longest time; `count` when none is. */
static size_t oldest_tcp(const struct query *query, size_t count)
{
	size_t oldest = count;

	for (size_t i = 0; i < count; i++)
		if (query->servers[i].last == QUERY_TRUNCATED &&
		    (oldest == count || query->servers[i].tcp_ms < query->servers[oldest].tcp_ms))
			oldest = i;
	return oldest;
}

/* A guess is given up for what the answers to other queries have told since. */
static uint64_t due_of(const struct query *query, const struct query_world *world)
{
	const struct query_server *server = &query->servers[query->server];
	const struct server_state *state = &world->states[query->server];
	uint64_t due;

	if (!query->is_guessed || !state->is_measured || server->last != QUERY_NOTHING)
		return query->due_ms;
	due = query->sent_ms + server_state_wait_ms(state, server->sent);
	return due < query->due_ms ? due : query->due_ms;
}

struct query_step query_next(const struct query *query, const struct query_world *world,
			     uint64_t now_ms, bool may_repeat)
{
	size_t tcp = oldest_tcp(query, world->count);
	uint64_t tcp_end = tcp < world->count ? query->servers[tcp].tcp_ms + QUERY_TCP_MS :
						UINT64_MAX;
	size_t server = choose(query, world, now_ms);
	bool may_send = server < world->count && query->sent < QUERY_TRANSMISSIONS_MAX &&
			(may_repeat || !query->sent);
	uint64_t due = due_of(query, world);

	if (now_ms >= tcp_end)
		return (struct query_step){ .action = QUERY_END_TCP, .server = tcp };
	if (may_send && now_ms >= due)
		return (struct query_step){ .action = QUERY_SEND, .server = server };
	if (!may_send && !has_open(query))
		return (struct query_step){ .action = QUERY_GIVE_UP };
	return (struct query_step){
		.action = QUERY_WAIT,
		.when_ms = may_send && due < tcp_end ? due : tcp_end,
	};
}

static void choose_preferred(struct query_world *world)
{
	world->preferred = server_state_best(world->states, world->count, world->preferred);
}

static bool all_were_asked(const struct query *query, const struct query_world *world)
{
	for (size_t i = 0; i < world->count; i++)
		if (!query->servers[i].sent)
			return false;
	return true;
}

/* The least that is waited for what was just sent: see query_sent(). */
static uint64_t spread_ms(const struct query *query, uint64_t left_ms)
{
	for (unsigned n = query->sent; n < QUERY_TRANSMISSIONS_MAX; n++)
		left_ms /= 3;
	return left_ms;
}

void query_sent(struct query *query, struct query_world *world, size_t server, uint64_t now_ms,
		uint64_t deadline_ms)
{
	struct query_server *last = &query->servers[query->server], *next = &query->servers[server];
	uint64_t left = deadline_ms > now_ms ? deadline_ms - now_ms : 0, wait, share, spread;

	if (last->is_open && last->last != QUERY_TRUNCATED)
		server_state_silent(&world->states[query->server], last->number);
	choose_preferred(world);
	if (!next->sent++)
		next->first_ms = now_ms;
	next->number = server_state_sent(&world->states[server]);
	next->last = QUERY_NOTHING;
	next->is_open = true;
	query->sent++;
	query->server = (uint8_t)server;
	query->has_next = false;
	query->sent_ms = now_ms;
	query->is_guessed = !world->states[server].is_measured;
	wait = server_state_wait_ms(&world->states[server], next->sent);
	spread = spread_ms(query, left);
	if (wait < spread)
		wait = spread;
	share = left / (world->count + 2);
	if (share < QUERY_SHARE_MIN_MS)
		share = QUERY_SHARE_MIN_MS;
	query->due_ms = now_ms + (wait > share && !all_were_asked(query, world) ? share : wait);
}

/* With nothing left to wait for, the next server need not wait either. */
static void hasten(struct query *query, const struct query_world *world, uint64_t now_ms)
{
	if (!has_open(query) && in_turn(query, world, false) < world->count)
		query->due_ms = now_ms;
}

void query_answered(struct query *query, struct query_world *world, size_t server, uint64_t now_ms)
{
	struct query_server *s = &query->servers[server];
	/* What was sent twice cannot be told apart, and TCP is no measure. */
	bool is_measure = s->sent == 1 && s->last != QUERY_TRUNCATED;

	s->is_open = false;
	server_state_answered(&world->states[server],
			      is_measure ? (int64_t)(now_ms - s->first_ms) : -1);
	choose_preferred(world);
}

void query_gave_up(const struct query *query, const struct query_world *world)
{
	for (size_t i = 0; i < world->count; i++)
		if (query->servers[i].sent && query->servers[i].last == QUERY_NOTHING)
			server_state_gave_up(&world->states[i]);
}

static void be_refused(struct query *query, struct query_world *world, size_t server,
		       uint64_t now_ms)
{
	server_state_refused(&world->states[server]);
	choose_preferred(world);
	if (!query->was_refused)
		query->refused_ms = now_ms;
	query->was_refused = true;
	if (query->due_ms > now_ms + QUERY_REFUSED_WAIT_MS)
		query->due_ms = now_ms + QUERY_REFUSED_WAIT_MS;
}

void query_event(struct query *query, struct query_world *world, size_t server,
		 enum query_event event, unsigned rcode, uint64_t now_ms)
{
	struct query_server *s = &query->servers[server];

	switch (event) {
	case QUERY_TRUNCATED:
		query_answered(query, world, server, now_ms);
		s->tcp_ms = now_ms;
		query->due_ms = now_ms + QUERY_TCP_TURN_MS;
		break;
	case QUERY_NO_EDNS:
		query_answered(query, world, server, now_ms);
		query->without_edns = query->has_next = true;
		query->next = (uint8_t)server;
		query->due_ms = now_ms;
		break;
	case QUERY_ERROR:
	case QUERY_UNREADABLE:
		query_answered(query, world, server, now_ms);
		s->is_exhausted = true;
		break;
	case QUERY_TCP_SILENT:
	case QUERY_TCP_REFUSED:
	case QUERY_TCP_BROKEN: s->is_exhausted = true; break;
	case QUERY_REFUSED:
	case QUERY_UNREACHABLE: be_refused(query, world, server, now_ms); break;
	case QUERY_LOST:
	case QUERY_NOTHING: event = s->last; break;
	}
	s->last = event;
	s->rcode = (uint8_t)rcode;
	s->is_open = event == QUERY_TRUNCATED;
	hasten(query, world, now_ms);
}
