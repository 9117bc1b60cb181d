/* SPDX-License-Identifier: MIT */
#include "server_state.h"

enum { BACKOFF_MAX = 6 };

/* RFC 6298 section 2, in the integers of Jacobson's "Congestion Avoidance and Control". */
static void measure(struct server_state *state, unsigned ms)
{
	unsigned smoothed = state->smoothed_8 / 8;
	unsigned distance = ms > smoothed ? ms - smoothed : smoothed - ms;

	if (!state->is_measured) {
		state->smoothed_8 = 8 * ms;
		state->variance_4 = 2 * ms;
		state->is_measured = true;
		return;
	}
	state->variance_4 += distance - state->variance_4 / 4;
	state->smoothed_8 += ms - smoothed;
}

unsigned server_state_sent(struct server_state *state)
{
	return ++state->sent;
}

void server_state_answered(struct server_state *state, int64_t round_trip_ms)
{
	enum { ROUND_TRIP_MAX_MS = 60000 };

	state->failures = 0;
	state->heard = state->sent;
	if (round_trip_ms < 0)
		return;
	measure(state,
		round_trip_ms > ROUND_TRIP_MAX_MS ? ROUND_TRIP_MAX_MS : (unsigned)round_trip_ms);
	state->backoff = 0;
}

void server_state_silent(struct server_state *state, unsigned number)
{
	/* Silence about one name is the name's, not the server's. */
	if (state->heard >= number)
		return;
	state->failures++;
	/* Once for all queries that were in flight. */
	if (number > state->backed_off && state->backoff < BACKOFF_MAX) {
		state->backoff++;
		state->backed_off = state->sent;
	}
}

void server_state_gave_up(struct server_state *state)
{
	state->backoff = 0;
}

void server_state_refused(struct server_state *state)
{
	state->failures++;
}

unsigned server_state_wait_ms(const struct server_state *state, unsigned nth)
{
	static const uint8_t repeats[] = { 0, 0, 1, 2, 4, 5, 6 };
	unsigned wait = SERVER_WAIT_FIRST_MS;
	unsigned doublings = repeats[nth < sizeof(repeats) ? nth - 1 : sizeof(repeats) - 1];

	if (state->is_measured) {
		wait = state->variance_4 > SERVER_WAIT_MARGIN_MS ? state->variance_4 :
								   SERVER_WAIT_MARGIN_MS;
		wait += state->smoothed_8 / 8;
	}
	if (state->backoff > doublings)
		doublings = state->backoff;
	while (doublings-- > 0 && wait < SERVER_WAIT_MAX_MS)
		wait *= 2;
	/* A server that is slower than that is still given the time that it needs. */
	if (wait > SERVER_WAIT_MAX_MS && state->smoothed_8 / 8 < SERVER_WAIT_MAX_MS)
		wait = SERVER_WAIT_MAX_MS;
	return wait;
}

size_t server_state_best(const struct server_state *states, size_t count, size_t present)
{
	for (size_t i = 0; i < count; i++)
		if (states[i].failures < states[present].failures)
			present = i;
	return present;
}
