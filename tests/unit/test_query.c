/* SPDX-License-Identifier: MIT */
/*
 * When a query is sent, to which server, and when it is given up: without a network and a clock. The
 * waits follow what was measured (RFC 6298), the order of servers what they did.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "dns/query.h"

enum { START_MS = 1000, DEADLINE_MS = START_MS + 20000 };

static struct server_state states[SERVERS_MAX];
static struct query_world world;
static struct query query;
static uint64_t now_ms;

static void set_up_servers(size_t count)
{
	memset(states, 0, sizeof(states));
	memset(&query, 0, sizeof(query));
	world = (struct query_world){ .states = states, .count = count };
	now_ms = START_MS;
}

static struct query_step next(void)
{
	return query_next(&query, &world, now_ms, true);
}

/* Sends to the server whose turn it must be now. */
static void send_to(size_t server)
{
	struct query_step step = next();

	assert_int_equal(step.action, QUERY_SEND);
	assert_int_equal(step.server, server);
	query_sent(&query, &world, server, now_ms, DEADLINE_MS);
}

/* Lets the time pass until the next thing is due; returns how long that is. */
static uint64_t pass(void)
{
	struct query_step step = next();
	uint64_t ms;

	assert_int_equal(step.action, QUERY_WAIT);
	assert_true(step.when_ms >= now_ms && step.when_ms != UINT64_MAX);
	ms = step.when_ms - now_ms;
	now_ms = step.when_ms;
	return ms;
}

static void happens(size_t server, enum query_event event)
{
	query_event(&query, &world, server, event, 2, now_ms);
}

static void assert_action(enum query_action action)
{
	assert_int_equal(next().action, action);
}

/* Measures the same round trip so often that the variance is gone. */
static void measure(size_t server, unsigned ms)
{
	for (unsigned i = 0; i < 50; i++) {
		server_state_sent(&states[server]);
		server_state_answered(&states[server], ms);
	}
}

static void state_follows_rfc_6298(void **state)
{
	struct server_state s = { 0 };

	(void)state;
	assert_int_equal(server_state_wait_ms(&s, 1), SERVER_WAIT_FIRST_MS);
	server_state_answered(&s, 100);
	assert_int_equal(server_state_wait_ms(&s, 1), 100 + 4 * 50);
	/* RTTVAR <- 3/4 RTTVAR + 1/4 |SRTT - R'|; SRTT <- 7/8 SRTT + 1/8 R' */
	server_state_answered(&s, 180);
	assert_int_equal(server_state_wait_ms(&s, 1), 110 + (150 + 80));
	server_state_answered(&s, -1); /* an answer to one of several transmissions: Karn */
	assert_int_equal(server_state_wait_ms(&s, 1), 110 + (150 + 80));
	for (unsigned i = 0; i < 100; i++)
		server_state_answered(&s, 10);
	assert_in_range(server_state_wait_ms(&s, 1), 10 + SERVER_WAIT_MARGIN_MS,
			20 + SERVER_WAIT_MARGIN_MS);
}

static void state_grows_with_each_repeat(void **state)
{
	static const unsigned factors[] = { 1, 1, 2, 4, 16, 32, 64 };
	struct server_state s = { 0 };

	(void)state;
	for (unsigned i = 0; i < 100; i++)
		server_state_answered(&s, 0);
	for (unsigned i = 0; i < sizeof(factors) / sizeof(factors[0]); i++)
		assert_int_equal(server_state_wait_ms(&s, i + 1),
				 factors[i] * SERVER_WAIT_MARGIN_MS);
	assert_int_equal(server_state_wait_ms(&s, 200), 64 * SERVER_WAIT_MARGIN_MS);
	for (unsigned i = 0; i < 100; i++)
		server_state_answered(&s, 1000);
	assert_int_equal(server_state_wait_ms(&s, 7), SERVER_WAIT_MAX_MS);
	/* Not before the server can have answered. */
	for (unsigned i = 0; i < 100; i++)
		server_state_answered(&s, 6000);
	assert_true(server_state_wait_ms(&s, 1) >= 6000);
	for (unsigned i = 0; i < 100; i++)
		server_state_answered(&s, INT64_MAX);
	assert_true(server_state_wait_ms(&s, 7) < 120000);
}

static void state_backs_off_once_for_all_that_is_silent(void **state)
{
	struct server_state s = { 0 };
	unsigned first = server_state_sent(&s), second = server_state_sent(&s), third;

	(void)state;
	server_state_silent(&s, first);
	server_state_silent(&s, second);
	assert_int_equal(server_state_wait_ms(&s, 1), 2 * SERVER_WAIT_FIRST_MS);
	assert_int_equal(s.failures, 2);
	third = server_state_sent(&s);
	server_state_silent(&s, third);
	assert_int_equal(server_state_wait_ms(&s, 1), 4 * SERVER_WAIT_FIRST_MS);
	/* Silence about one name is the name's when the server speaks of others. */
	third = server_state_sent(&s);
	server_state_answered(&s, -1);
	server_state_silent(&s, third);
	assert_int_equal(s.failures, 0);
	assert_int_equal(server_state_wait_ms(&s, 1), 4 * SERVER_WAIT_FIRST_MS);
	server_state_answered(&s, 10);
	assert_int_equal(server_state_wait_ms(&s, 1), 10 + SERVER_WAIT_MARGIN_MS);
}

static void query_asks_eight_times(size_t servers)
{
	set_up_servers(servers);
	for (size_t i = 0; i < servers; i++)
		measure(i, 10);
	for (unsigned i = 0; i < QUERY_TRANSMISSIONS_MAX; i++) {
		send_to(i % servers);
		if (i + 1 < QUERY_TRANSMISSIONS_MAX)
			assert_true(pass() >= 10 + SERVER_WAIT_MARGIN_MS);
	}
	/* A resolver or a link may be back by then. */
	assert_in_range(now_ms, START_MS + (DEADLINE_MS - START_MS) / 3, DEADLINE_MS);
	assert_action(QUERY_WAIT);
	assert_true(next().when_ms == UINT64_MAX);
}

static void query_asks_one_server_eight_times(void **state)
{
	(void)state;
	query_asks_eight_times(1);
	happens(0, QUERY_ERROR);
	assert_action(QUERY_GIVE_UP);
}

static void query_asks_several_servers_eight_times(void **state)
{
	(void)state;
	query_asks_eight_times(2);
	query_asks_eight_times(3);
}

/* A name that nobody answers for must not slow down what comes after it. */
static void query_given_up_leaves_no_backoff(void **state)
{
	unsigned wait;

	(void)state;
	set_up_servers(1);
	measure(0, 10);
	wait = server_state_wait_ms(&states[0], 1);
	for (unsigned i = 0; i < 3; i++) {
		send_to(0);
		pass();
	}
	assert_true(server_state_wait_ms(&states[0], 1) > wait);
	query_gave_up(&query, &world);
	assert_int_equal(server_state_wait_ms(&states[0], 1), wait);
}

/* The first query of a process is lost: the answer to its second tells how long to wait for both. */
static void query_learns_from_the_answers_to_others(void **state)
{
	(void)state;
	set_up_servers(1);
	send_to(0);
	assert_int_equal(next().when_ms, now_ms + SERVER_WAIT_FIRST_MS);
	now_ms += 10;
	measure(0, 10);
	assert_in_range(pass(), SERVER_WAIT_MARGIN_MS, SERVER_WAIT_MARGIN_MS + 10);
	send_to(0);
	/* What was measured before counts from the beginning, and never shortens a turn over TCP. */
	set_up_servers(2);
	send_to(0);
	measure(0, 10);
	happens(0, QUERY_TRUNCATED);
	assert_int_equal(pass(), QUERY_TCP_TURN_MS);
}

static void query_is_not_repeated_without_leave(void **state)
{
	struct query_step step;

	(void)state;
	set_up_servers(1);
	assert_int_equal(query_next(&query, &world, now_ms, false).action, QUERY_SEND);
	query_sent(&query, &world, 0, now_ms, DEADLINE_MS);
	step = query_next(&query, &world, DEADLINE_MS, false);
	assert_int_equal(step.action, QUERY_WAIT);
	assert_true(step.when_ms == UINT64_MAX);
}

static void query_asks_servers_in_turn(void **state)
{
	(void)state;
	set_up_servers(3);
	for (unsigned i = 0; i < 7; i++) {
		send_to(i % 3);
		pass();
	}
	send_to(1);
	/* The first to fail is left for all later queries; a measure is of what was sent once. */
	query_answered(&query, &world, 2, now_ms);
	assert_int_equal(world.preferred, 2);
	assert_false(states[2].is_measured);
	memset(&query, 0, sizeof(query));
	send_to(2);
}

static void query_gives_each_server_its_share_of_a_short_time(void **state)
{
	(void)state;
	set_up_servers(2);
	query_sent(&query, &world, 0, now_ms, now_ms + 600);
	assert_int_equal(pass(), 150);
	query_sent(&query, &world, 1, now_ms, now_ms + 450);
	assert_int_equal(pass(), SERVER_WAIT_FIRST_MS); /* all were asked */
}

static void query_leaves_a_server_that_fails(void **state)
{
	(void)state;
	set_up_servers(2);
	send_to(0);
	happens(0, QUERY_ERROR);
	assert_int_equal(query.servers[0].rcode, 2);
	send_to(1); /* at once */
	pass();
	send_to(1);
	happens(1, QUERY_UNREADABLE);
	assert_action(QUERY_GIVE_UP);
}

static void query_waits_for_a_server_that_refuses(void **state)
{
	(void)state;
	set_up_servers(2);
	send_to(0);
	happens(0, QUERY_REFUSED);
	send_to(1); /* at once */
	happens(1, QUERY_UNREACHABLE);
	assert_true(pass() > 0);
	send_to(0);
	happens(0, QUERY_REFUSED);
	now_ms = START_MS + QUERY_REFUSED_MS;
	assert_action(QUERY_GIVE_UP);
	/* Not beside one that may still answer. */
	set_up_servers(2);
	send_to(0);
	happens(0, QUERY_REFUSED);
	send_to(1);
	pass();
	send_to(1);
}

/* The caller's clock was read before the one of what happened. */
static void query_refused_a_moment_later_is_sent_again(void **state)
{
	(void)state;
	set_up_servers(1);
	send_to(0);
	query_event(&query, &world, 0, QUERY_UNREACHABLE, 0, now_ms + 1);
	pass();
	send_to(0);
}

static void query_over_tcp_gets_no_datagrams(void **state)
{
	(void)state;
	set_up_servers(2);
	now_ms += 30;
	send_to(0);
	now_ms += 30;
	happens(0, QUERY_TRUNCATED);
	assert_int_equal(server_state_wait_ms(&states[0], 1), 30 + 60); /* it was an answer */
	assert_int_equal(pass(), QUERY_TCP_TURN_MS);
	send_to(1);
	happens(1, QUERY_ERROR);
	assert_int_equal(pass(), QUERY_TCP_MS - QUERY_TCP_TURN_MS);
	assert_action(QUERY_END_TCP);
	happens(0, QUERY_TCP_SILENT);
	assert_action(QUERY_GIVE_UP);
	set_up_servers(1);
	send_to(0);
	happens(0, QUERY_TRUNCATED);
	happens(0, QUERY_TCP_REFUSED);
	assert_action(QUERY_GIVE_UP);
}

static void query_repeats_without_edns_at_once(void **state)
{
	(void)state;
	set_up_servers(2);
	send_to(0);
	assert_false(query.without_edns);
	happens(0, QUERY_NO_EDNS);
	assert_true(query.without_edns);
	send_to(0);
	happens(0, QUERY_ERROR);
	send_to(1);
}

static void query_that_lost_its_exchange_goes_on(void **state)
{
	(void)state;
	set_up_servers(1);
	send_to(0);
	happens(0, QUERY_LOST);
	assert_action(QUERY_SEND);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(state_follows_rfc_6298),
		cmocka_unit_test(state_grows_with_each_repeat),
		cmocka_unit_test(state_backs_off_once_for_all_that_is_silent),
		cmocka_unit_test(query_asks_one_server_eight_times),
		cmocka_unit_test(query_asks_several_servers_eight_times),
		cmocka_unit_test(query_given_up_leaves_no_backoff),
		cmocka_unit_test(query_learns_from_the_answers_to_others),
		cmocka_unit_test(query_is_not_repeated_without_leave),
		cmocka_unit_test(query_asks_servers_in_turn),
		cmocka_unit_test(query_gives_each_server_its_share_of_a_short_time),
		cmocka_unit_test(query_leaves_a_server_that_fails),
		cmocka_unit_test(query_waits_for_a_server_that_refuses),
		cmocka_unit_test(query_refused_a_moment_later_is_sent_again),
		cmocka_unit_test(query_over_tcp_gets_no_datagrams),
		cmocka_unit_test(query_repeats_without_edns_at_once),
		cmocka_unit_test(query_that_lost_its_exchange_goes_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
