/* SPDX-License-Identifier: MIT */
/*
 * The resolver against servers that answer, err, lie, drip and die: what becomes of each question,
 * in which bounds of time, what is asked again and what is not.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/log.h"
#include "dns/query.h"
#include "dns/resolver.h"
#include "dns_world.h"

enum {
	GOOD,
	OTHER,
	DEAD,
	NONE,
	LONG_MS = 30000, /* a deadline that is not met */
};

static struct world_server *const good = &world.servers[GOOD], *const other = &world.servers[OTHER];
static struct resolver *resolver;

/* In place of the log's: what the last warning said, and how many there were. */
static char warning[256];
static unsigned warnings;

void log_message(enum log_level level, const char *format, ...)
{
	va_list arguments;

	assert_int_equal(level, LOG_LEVEL_WARNING);
	va_start(arguments, format);
	vsnprintf(warning, sizeof(warning), format, arguments);
	va_end(arguments);
	warnings++;
}

static int open_world(void **state)
{
	(void)state;
	world_reset();
	warnings = 0;
	world.servers[DEAD].is_dead = true;
	return 0;
}

static void open_resolver(const struct resolver_options *options)
{
	char error[200] = "";

	resolver = resolver_create(options, error, sizeof(error));
	if (!resolver || !resolver_open(resolver, error, sizeof(error)))
		fail_msg("%s", error);
}

/* With one server, or two. */
static void use(unsigned first, unsigned second)
{
	char servers[64];

	snprintf(servers, sizeof(servers),
		 second == NONE ? "127.0.0.1:%u" : "127.0.0.1:%u,127.0.0.1:%u", WORLD_PORT + first,
		 WORLD_PORT + second);
	open_resolver(&(struct resolver_options){ .servers = servers });
}

static int close_resolver(void **state)
{
	(void)state;
	resolver_destroy(resolver);
	resolver = NULL;
	return 0;
}

static void begin(unsigned ms)
{
	resolver_begin(resolver, resolver_now_ms() + ms, NULL, NULL);
}

static const struct answer *get(const char *name, uint16_t type)
{
	const struct answer *answer = resolver_get(resolver, span_of(name), type);

	assert_non_null(answer);
	return answer;
}

static void assert_status(const char *name, enum answer_status status)
{
	const struct answer *answer = get(name, DNS_A);

	if (answer->status != status)
		fail_msg("%s: want %s, got %s", name, answer_status_name(status),
			 answer_status_name(answer->status));
}

/* The same, and how long it took. */
static unsigned timed_status(const char *name, enum answer_status status)
{
	uint64_t before = resolver_now_ms();

	assert_status(name, status);
	return (unsigned)(resolver_now_ms() - before);
}

static void resolver_gives_what_the_server_says(void **state)
{
	static const struct {
		const char *name;
		enum answer_status status;
	} rows[] = {
		{ "ok.test", ANSWER_OK },
		{ "nodata.test", ANSWER_NODATA },
		{ "nx.test", ANSWER_NXDOMAIN },
		{ "servfail.test", ANSWER_FAILURE },
		{ "refused.test", ANSWER_FAILURE },
		{ "rcode9.test", ANSWER_FAILURE },
		{ "malformed.test", ANSWER_FAILURE },
	};

	(void)state;
	use(GOOD, NONE);
	begin(LONG_MS);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		unsigned before = good->udp_queries;

		assert_true(timed_status(rows[i].name, rows[i].status) == 0);
		/* The only server would say the same again. */
		assert_int_equal(good->udp_queries - before, 1);
	}
	assert_memory_equal(get("ok.test", DNS_A)->records[0].data.data, "\300\0\2\1", 4);
	assert_memory_equal(get("txt.test", DNS_TXT)->records[0].data.data, "v=spf1 -all", 11);
	assert_int_equal(resolver_in_flight(resolver), 0);
}

static void resolver_asks_once_in_a_session_and_keeps_by_ttl(void **state)
{
	struct resolver_fact fact;
	const struct answer *answer;
	unsigned before;

	(void)state;
	use(GOOD, NONE);
	begin(LONG_MS);
	before = good->udp_queries;
	assert_false(resolver_fact(resolver, span_of("ok.test"), DNS_A, &fact));
	assert_null(resolver_peek(resolver, span_of("ok.test"), DNS_A));
	assert_true(resolver_want(resolver, span_of("ok.test"), DNS_A));
	assert_false(resolver_want(resolver, span_of("OK.test"), DNS_A));
	assert_int_equal(resolver_in_flight(resolver), 1);
	answer = get("oK.TEST", DNS_A);
	assert_ptr_equal(get("ok.test", DNS_A), answer);
	assert_ptr_equal(resolver_peek(resolver, span_of("ok.test"), DNS_A), answer);
	assert_status("ttl0.test", ANSWER_OK);
	assert_status("ttl0.test", ANSWER_OK);
	assert_status("servfail.test", ANSWER_FAILURE);
	assert_status("servfail.test", ANSWER_FAILURE);
	assert_int_equal(good->udp_queries - before, 3);
	assert_true(resolver_fact(resolver, span_of("ok.test"), DNS_A, &fact));
	assert_true(fact.asked);
	assert_false(fact.cached);

	begin(LONG_MS);
	before = good->udp_queries;
	assert_false(resolver_want(resolver, span_of("ok.test"), DNS_A));
	assert_status("ok.test", ANSWER_OK);
	assert_int_equal(good->udp_queries - before, 0);
	assert_true(resolver_fact(resolver, span_of("ok.test"), DNS_A, &fact));
	assert_false(fact.asked);
	assert_true(fact.cached);
	assert_int_equal(fact.elapsed_ms, 0);
	assert_status("ttl0.test", ANSWER_OK);
	assert_status("servfail.test", ANSWER_FAILURE);
	assert_int_equal(good->udp_queries - before, 2);
}

static void resolver_sends_names_byte_for_byte(void **state)
{
	static const uint8_t wire[] = "\12ok\\\\\\a\x01\xff \"\4test";
	unsigned before;

	(void)state;
	use(GOOD, NONE);
	begin(LONG_MS);
	assert_status("ok\\\\\\a\x01\xff \".test", ANSWER_OK);
	assert_memory_equal(good->name, wire, sizeof(wire));
	assert_status("\\.test", ANSWER_OK);
	assert_memory_equal(good->name, "\1\\\4test", 8);
	before = good->udp_queries;
	assert_status("host.onion", ANSWER_NXDOMAIN); /* RFC 7686: never asked */
	assert_int_equal(good->udp_queries, before);
}

static void resolver_does_not_take_noise_for_an_answer(void **state)
{
	unsigned before;

	(void)state;
	use(GOOD, NONE);
	begin(LONG_MS);
	before = good->udp_queries;
	assert_int_equal(timed_status("noise.test", ANSWER_OK), 0);
	assert_int_equal(good->udp_queries - before, 1);
	assert_status("flood.test", ANSWER_OK);
	assert_memory_equal(get("flood.test", DNS_A)->records[0].data.data, "\300\0\2\1", 4);
}

static void resolver_leaves_a_dead_server(void **state)
{
	struct resolver_fact fact;

	(void)state;
	use(DEAD, GOOD);
	begin(LONG_MS);
	assert_int_equal(timed_status("ok.test", ANSWER_OK), SERVER_WAIT_FIRST_MS);
	assert_true(resolver_fact(resolver, span_of("ok.test"), DNS_A, &fact));
	assert_int_equal(fact.elapsed_ms, SERVER_WAIT_FIRST_MS);
	assert_int_equal(timed_status("a.test", ANSWER_OK), 0);
	begin(LONG_MS);
	assert_int_equal(timed_status("b.test", ANSWER_OK), 0);
	assert_int_equal(world.servers[DEAD].udp_queries, 1);
}

static void resolver_goes_on_at_once_from_a_closed_port(void **state)
{
	(void)state;
	world.servers[DEAD].is_closed = true;
	use(DEAD, GOOD);
	begin(LONG_MS);
	assert_int_equal(timed_status("ok.test", ANSWER_OK), 0);
}

/* With nowhere else to go it is asked for as long as it may take to restart. */
static void resolver_waits_for_a_closed_port(void **state)
{
	unsigned ms;

	(void)state;
	good->is_closed = true;
	use(GOOD, NONE);
	begin(LONG_MS);
	ms = timed_status("ok.test", ANSWER_FAILURE);
	assert_in_range(ms, QUERY_REFUSED_MS, 2 * QUERY_REFUSED_MS);
	begin(LONG_MS);
	resolver_want(resolver, span_of("a.test"), DNS_A);
	good->is_closed = false;
	assert_in_range(timed_status("a.test", ANSWER_OK), 1, SERVER_WAIT_FIRST_MS);
}

static void resolver_asks_the_other_server_when_one_fails(void **state)
{
	static const char *const names[] = { "servfail.test", "refused.test", "malformed.test" };

	(void)state;
	use(GOOD, OTHER);
	begin(LONG_MS);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		unsigned first = good->udp_queries, second = other->udp_queries;

		assert_int_equal(timed_status(names[i], ANSWER_FAILURE), 0);
		assert_int_equal(good->udp_queries - first, 1);
		assert_int_equal(other->udp_queries - second, 1);
	}
}

static void resolver_asks_a_silent_server_until_the_deadline(void **state)
{
	(void)state;
	use(GOOD, NONE);
	begin(LONG_MS);
	assert_true(resolver_want(resolver, span_of("silent.test"), DNS_TXT));
	assert_int_equal(timed_status("silent.test", ANSWER_FAILURE), LONG_MS);
	assert_int_equal(get("silent.test", DNS_TXT)->status, ANSWER_FAILURE);
	assert_int_equal(good->udp_queries, 2 * QUERY_TRANSMISSIONS_MAX);
	assert_int_equal(resolver_in_flight(resolver), 0);
}

static void resolver_takes_a_late_answer(void **state)
{
	(void)state;
	good->delay_ms = 2500;
	use(GOOD, NONE);
	begin(LONG_MS);
	/* It is the answer to the first of several transmissions. */
	assert_int_equal(timed_status("a.test", ANSWER_OK), 2500);
	assert_true(good->udp_queries > 1);
}

/* Once that is known, nothing is sent twice. */
static void resolver_learns_how_slow_a_server_is(void **state)
{
	static const unsigned delays[] = { 400, 2000, 3500 };

	(void)state;
	for (size_t i = 0; i < sizeof(delays) / sizeof(delays[0]); i++) {
		unsigned before;
		char name[16];

		good->delay_ms = delays[i];
		use(GOOD, NONE);
		begin(LONG_MS);
		assert_int_equal(timed_status("first.test", ANSWER_OK), delays[i]);
		assert_status("second.test", ANSWER_OK);
		before = good->udp_queries;
		for (unsigned n = 0; n < 20; n++) {
			begin(LONG_MS);
			snprintf(name, sizeof(name), "n%u.test", n);
			assert_int_equal(timed_status(name, ANSWER_OK), delays[i]);
		}
		assert_int_equal(good->udp_queries - before, 20);
		resolver_destroy(resolver);
	}
	resolver = NULL;
}

/* Quick answers do not make it impatient (newer releases of c-ares would be). */
static void resolver_takes_a_slow_answer_after_quick_ones(void **state)
{
	char name[16];

	(void)state;
	use(GOOD, NONE);
	begin(LONG_MS);
	for (unsigned i = 0; i < 100; i++) {
		snprintf(name, sizeof(name), "q%u.test", i);
		assert_int_equal(timed_status(name, ANSWER_OK), 0);
	}
	good->delay_ms = 6000;
	assert_int_equal(timed_status("a.test", ANSWER_OK), 6000);
}

static int compare(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

enum { REQUESTS = 5000, ROUNDS = 3, BREADTH = 4 };

/* A request: three rounds of four queries each, as a record with includes needs them. */
static int lossy_request(unsigned number)
{
	uint64_t before = world.now_ms;
	char name[40];

	begin(20000);
	for (unsigned round = 0; round < ROUNDS; round++) {
		for (unsigned i = 0; i < 2 * BREADTH; i++) {
			snprintf(name, sizeof(name), "r%u.%u.%u.test", number, round, i % BREADTH);
			if (i < BREADTH)
				resolver_want(resolver, span_of(name), DNS_A);
			else
				assert_status(name, ANSWER_OK);
		}
	}
	return (int)(world.now_ms - before);
}

/* Loss in a thousand in each direction, and the percentiles that must be kept. */
static void lossy(unsigned loss, int p99)
{
	static int times[REQUESTS];

	world_reset();
	good->delay_ms = 10;
	good->loss = loss;
	use(GOOD, NONE);
	for (unsigned i = 0; i < REQUESTS; i++)
		times[i] = lossy_request(i);
	qsort(times, REQUESTS, sizeof(times[0]), compare);
	print_message("%u of 1000 lost each way: p50 %d, p90 %d, p99 %d, worst %d ms, %.2f sent\n",
		      loss, times[REQUESTS / 2], times[REQUESTS * 9 / 10],
		      times[REQUESTS * 99 / 100], times[REQUESTS - 1],
		      good->udp_queries / (double)(REQUESTS * ROUNDS * BREADTH));
	assert_true(times[REQUESTS * 99 / 100] <= p99);
	resolver_destroy(resolver);
	resolver = NULL;
}

static void resolver_makes_up_for_lost_datagrams(void **state)
{
	(void)state;
	lossy(0, 30);
	lossy(10, 150);
	lossy(25, 400);
	lossy(50, 1000);
	lossy(100, 5000);
}

/* With runs of four, a query may lose all that it is sent; nothing else may fail. */
static void resolver_fails_by_runs_only_what_lost_all(void **state)
{
	char name[40], storage[200];
	unsigned failed = 0;
	struct text text;

	(void)state;
	good->delay_ms = 10;
	good->loss = 5;
	good->run_loss = 750;
	use(GOOD, NONE);
	for (unsigned i = 0; i < REQUESTS; i++) {
		snprintf(name, sizeof(name), "r%u.test", i);
		begin(LONG_MS);
		if (get(name, DNS_A)->status == ANSWER_OK)
			continue;
		failed++;
		text_init(&text, storage, sizeof(storage));
		resolver_describe_failure(resolver, span_of(name), DNS_A, &text);
		assert_string_equal(storage, "no answer from 127.0.0.1:5300 in 30 s (8 sent)");
	}
	print_message("%u of %u lost all that was sent\n", failed, REQUESTS);
	assert_in_range(failed, 1, REQUESTS / 100);
}

/* Servers that say nothing for a third of the time are asked when they are back. */
static void resolver_outlives_an_outage(void **state)
{
	unsigned next[] = { NONE, OTHER };

	(void)state;
	for (unsigned i = 0; i < 2; i++)
		for (unsigned ms = 20; ms < LONG_MS / 3; ms += ms / 2) {
			use(GOOD, next[i]);
			begin(LONG_MS);
			assert_status("a.test", ANSWER_OK);
			good->dead_until_ms = world.servers[OTHER].dead_until_ms = world.now_ms +
										   ms;
			assert_in_range(timed_status("b.test", ANSWER_OK), ms, 4 * ms + 100);
			resolver_destroy(resolver);
		}
	resolver = NULL;
}

static void assert_blame(const char *name, const char *blame)
{
	char storage[300];
	struct text text;

	text_init(&text, storage, sizeof(storage));
	resolver_describe_failure(resolver, span_of(name), DNS_A, &text);
	assert_string_equal(storage, blame);
}

static void resolver_says_whose_fault_a_failure_is(void **state)
{
	static const struct {
		const char *name, *blame;
	} rows[] = {
		{ "servfail.test", "SERVFAIL from 127.0.0.1:5300" },
		{ "refused.test", "REFUSED from 127.0.0.1:5300" },
		{ "rcode9.test", "RCODE 9 from 127.0.0.1:5300" },
		{ "malformed.test", "unreadable answer from 127.0.0.1:5300" },
		{ "reset.test", "truncated, and TCP broken off by 127.0.0.1:5300" },
		{ "mute.test", "truncated, and TCP unanswered by 127.0.0.1:5300" },
		{ "silent.test", "no answer from 127.0.0.1:5300 in 25 s (8 sent)" },
		{ "late.test", "out of time" },
	};

	(void)state;
	use(GOOD, NONE);
	begin(LONG_MS);
	assert_status("ok.test", ANSWER_OK);
	assert_blame("ok.test", "");
	assert_blame("never.test", "");
	good->has_no_tcp = true;
	assert_status("big.test", ANSWER_FAILURE);
	assert_blame("big.test", "truncated, and TCP refused by 127.0.0.1:5300");
	good->has_no_tcp = false;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_status(rows[i].name, ANSWER_FAILURE);
		assert_blame(rows[i].name, rows[i].blame);
	}
	assert_false(resolver_is_unanswered(resolver));
	assert_int_equal(warnings, 0);
	begin(500);
	assert_status("silent.test", ANSWER_FAILURE);
	assert_blame("silent.test", "no answer from 127.0.0.1:5300 in 500 ms (5 sent)");
}

static void resolver_warns_once_of_servers_that_all_fail(void **state)
{
	(void)state;
	world.servers[OTHER].is_closed = true;
	use(DEAD, OTHER);
	for (unsigned round = 0; round < 3; round++) {
		begin(2000);
		assert_false(resolver_is_unanswered(resolver));
		assert_status("a.test", ANSWER_FAILURE);
		assert_true(resolver_is_unanswered(resolver));
	}
	assert_int_equal(warnings, 1);
	assert_string_equal(warning,
			    "dns: no answer from 127.0.0.1:5302 in 2 s (4 sent), connection "
			    "refused by 127.0.0.1:5301");
	world.servers[OTHER].is_closed = false;
	begin(2000);
	assert_status("a.test", ANSWER_OK);
	assert_false(resolver_is_unanswered(resolver));
}

static void resolver_bounds_the_datagrams_of_a_lane(void **state)
{
	char name[24];

	(void)state;
	good->is_dead = true;
	use(GOOD, NONE);
	begin(LONG_MS);
	for (unsigned i = 0; i < 111; i++) {
		snprintf(name, sizeof(name), "b%u.test", i);
		resolver_want(resolver, span_of(name), DNS_A);
	}
	assert_status("b0.test", ANSWER_FAILURE);
	assert_int_equal(good->udp_queries, 300);
}

static void resolver_keeps_lanes_apart(void **state)
{
	uint64_t end;

	(void)state;
	use(GOOD, NONE);
	begin(10000);
	end = world.now_ms + 10000;
	resolver_lane(resolver, 1, world.now_ms + 1000);
	assert_true(resolver_want(resolver, span_of("silent.1.test"), DNS_A));
	assert_true(resolver_want(resolver, span_of("late.test"), DNS_A));
	assert_int_equal(resolver_in_flight(resolver), 2);
	resolver_lane(resolver, 2, end);
	assert_int_equal(resolver_in_flight(resolver), 0);
	/* Under way already: it stays lane 1's, but has now until the end. */
	assert_false(resolver_want(resolver, span_of("silent.1.test"), DNS_A));
	assert_int_equal(resolver_in_flight(resolver), 0);
	assert_int_equal(timed_status("late.test", ANSWER_OK), LATE_MS);

	resolver_lane(resolver, 1, end - 9000);
	assert_int_equal(timed_status("silent.1.test", ANSWER_FAILURE), 1000 - LATE_MS);
	assert_true(resolver_deadline_passed(resolver));
	assert_int_equal(timed_status("a.test", ANSWER_FAILURE), 0);
	assert_null(resolver_peek(resolver, span_of("silent.1.test"), DNS_A));
	resolver_lane(resolver, 2, end);
	assert_false(resolver_deadline_passed(resolver));
	assert_int_equal(timed_status("silent.1.test", ANSWER_FAILURE), 9000);
}

/* What one lane had no time for, or no transmissions, is no failure for the other. */
static void resolver_asks_again_for_another_lane(void **state)
{
	uint64_t end;

	(void)state;
	good->delay_ms = 100;
	use(GOOD, NONE);
	begin(10000);
	end = world.now_ms + 10000;
	resolver_lane(resolver, 1, world.now_ms + 50);
	assert_int_equal(timed_status("cut.off.test", ANSWER_FAILURE), 50);
	assert_int_equal(timed_status("never.sent.test", ANSWER_FAILURE), 0);
	assert_int_equal(timed_status("cut.off.test", ANSWER_FAILURE), 0);
	resolver_lane(resolver, 2, end);
	assert_int_equal(timed_status("cut.off.test", ANSWER_OK), 100);
	assert_int_equal(timed_status("never.sent.test", ANSWER_OK), 100);
	/* It is no failure of the lane's own. */
	assert_int_equal(timed_status("silent.1.test", ANSWER_FAILURE), 10000 - 250);
	assert_false(resolver_want(resolver, span_of("silent.1.test"), DNS_A));
}

static void want_many(const char *label, unsigned count)
{
	char name[40];

	for (unsigned i = 0; i < count; i++) {
		snprintf(name, sizeof(name), "%s.%u.test", label, i);
		resolver_want(resolver, span_of(name), DNS_A);
	}
}

/* Lane 1 has sent all that it may. What lane 2 wants too is sent again nevertheless. */
static void resolver_lets_no_lane_use_up_anothers_transmissions(void **state)
{
	(void)state;
	use(GOOD, NONE);
	begin(20000);
	resolver_lane(resolver, 1, world.now_ms + 10000);
	want_many("silent", 50);
	assert_int_equal(timed_status("silent.0.test", ANSWER_FAILURE), 10000);
	assert_int_equal(good->udp_queries, 50 + RESOLVER_REPEATS_MAX);
	resolver_lane(resolver, 1, world.now_ms + 10000);
	good->dead_until_ms = world.now_ms + 100;
	assert_true(resolver_want(resolver, span_of("a.test"), DNS_A));
	resolver_lane(resolver, 2, world.now_ms + 10000);
	assert_in_range(timed_status("a.test", ANSWER_OK), 100, 3000);
}

static void resolver_takes_the_first_answer_of_slow_servers(void **state)
{
	const struct answer *answer;

	(void)state;
	use(GOOD, OTHER);
	begin(LONG_MS);
	/* Later than the other one is asked: the first question still counts. */
	assert_true(timed_status("slow.test", ANSWER_OK) >= SLOW_MS);
	answer = get("slow.test", DNS_A);
	/* The other's answer comes during this, and changes nothing. */
	assert_status("late.test", ANSWER_OK);
	assert_ptr_equal(get("slow.test", DNS_A), answer);
}

static void resolver_keeps_the_deadline(void **state)
{
	unsigned before;

	(void)state;
	use(GOOD, DEAD);
	begin(200);
	assert_false(resolver_deadline_passed(resolver));
	assert_int_equal(timed_status("silent.test", ANSWER_FAILURE), 200);
	assert_true(resolver_deadline_passed(resolver));
	before = good->udp_queries;
	assert_false(resolver_want(resolver, span_of("ok.test"), DNS_A));
	assert_status("ok.test", ANSWER_FAILURE);
	assert_int_equal(good->udp_queries, before);
	begin(LONG_MS);
	assert_status("ok.test", ANSWER_OK);
}

static void resolver_does_not_blame_a_server_that_answers(void **state)
{
	(void)state;
	use(GOOD, DEAD);
	begin(1500);
	assert_true(resolver_want(resolver, span_of("silent.test"), DNS_A));
	assert_status("ok.test", ANSWER_OK);
	/* Silence about one name is the name's, not the server's. */
	assert_status("silent.test", ANSWER_FAILURE);
	begin(LONG_MS);
	assert_int_equal(timed_status("a.test", ANSWER_OK), 0);
}

static void resolver_comes_back_to_a_server_that_answers(void **state)
{
	(void)state;
	use(GOOD, DEAD);
	begin(3 * QUERY_SHARE_MIN_MS / 2); /* one hand-over for each question, no more */
	for (char name[] = "silent.0.test"; name[7] <= '9'; name[7]++)
		resolver_want(resolver, span_of(name), DNS_A);
	assert_status("silent.test", ANSWER_FAILURE);
	begin(LONG_MS);
	assert_status("ok.test", ANSWER_OK); /* asked of the dead one first */
	assert_int_equal(timed_status("a.test", ANSWER_OK), 0);
	assert_int_equal(timed_status("b.test", ANSWER_OK), 0);
}

static void resolver_leaves_a_dead_server_in_short_sessions(void **state)
{
	(void)state;
	use(DEAD, GOOD);
	begin(600);
	assert_int_equal(timed_status("ok.test", ANSWER_OK), 600 / 4);
	begin(600);
	assert_int_equal(timed_status("a.test", ANSWER_OK), 0);
}

static void resolver_does_not_mix_up_sessions(void **state)
{
	(void)state;
	use(GOOD, NONE);
	for (unsigned round = 0; round < 3; round++) {
		begin(LATE_MS / 3);
		assert_true(resolver_want(resolver, span_of("late.test"), DNS_TXT));
		assert_status("late.test", ANSWER_FAILURE);
		resolver_end(resolver);
		assert_int_equal(resolver_in_flight(resolver), 0);
		/* The late answers come now, to nobody. */
		begin(LONG_MS);
		assert_status("nx.test", ANSWER_NXDOMAIN);
		assert_int_equal(get("txt.test", DNS_TXT)->status, ANSWER_OK);
	}
	begin(LONG_MS);
	assert_status("late.test", ANSWER_OK);
}

static void resolver_takes_long_answers_over_tcp(void **state)
{
	const struct answer *answer;

	(void)state;
	use(GOOD, NONE);
	begin(LONG_MS);
	answer = get("big.test", DNS_TXT);
	assert_int_equal(answer->status, ANSWER_OK);
	assert_int_equal(answer->records[0].data.length, BIG_SIZE - BIG_SIZE / 200);
}

static void resolver_gives_up_on_bad_tcp(void **state)
{
	(void)state;
	use(GOOD, NONE);
	begin(LONG_MS);
	assert_int_equal(timed_status("reset.test", ANSWER_FAILURE), 0);
	assert_int_equal(timed_status("zero.test", ANSWER_FAILURE), 0);
	assert_int_equal(timed_status("echo.test", ANSWER_FAILURE), 0);
	assert_in_range(timed_status("drip.test", ANSWER_FAILURE), 4900, 5100);
	assert_in_range(timed_status("mute.test", ANSWER_FAILURE), 4900, 5100);
	good->has_no_tcp = true;
	assert_int_equal(timed_status("big.test", ANSWER_FAILURE), 0);
	good->has_no_tcp = false;
	assert_status("ok.test", ANSWER_OK);
	/* A cut answer is never sent for again over UDP. */
	assert_int_equal(good->udp_queries, 7);
}

/* One of them breaks the connection that all share; it is asked alone then, and so are they. */
static void resolver_fails_no_query_for_another(void **state)
{
	char name[24];

	(void)state;
	good->delay_ms = 10;
	use(GOOD, NONE);
	begin(LONG_MS);
	resolver_want(resolver, span_of("late.test"), DNS_A);
	for (unsigned i = 0; i < 5; i++) {
		snprintf(name, sizeof(name), "%s.%u.test", i == 2 ? "reset" : "big", i);
		resolver_want(resolver, span_of(name), DNS_TXT);
	}
	for (unsigned i = 0; i < 5; i++) {
		snprintf(name, sizeof(name), "%s.%u.test", i == 2 ? "reset" : "big", i);
		assert_int_equal(get(name, DNS_TXT)->status, i == 2 ? ANSWER_FAILURE : ANSWER_OK);
	}
	assert_status("late.test", ANSWER_OK);
	assert_in_range(good->udp_queries, 6, 9); /* the late one is repeated */
	assert_true(good->connections <= 6);
}

/* For each query anew: what one answer says must not decide for the life of the process. */
static void resolver_does_without_edns(void **state)
{
	unsigned before, edns;

	(void)state;
	use(GOOD, NONE);
	begin(LONG_MS);
	before = good->udp_queries;
	edns = good->edns_queries;
	for (char name[] = "formerr.0.test"; name[8] <= '9'; name[8]++)
		assert_int_equal(timed_status(name, ANSWER_OK), 0);
	assert_int_equal(good->udp_queries - before, 20);
	assert_int_equal(good->edns_queries - edns, 10);
	assert_status("ok.test", ANSWER_OK);
	assert_int_equal(good->edns_queries - edns, 11);
}

static void resolver_without_descriptors_fails_and_recovers(void **state)
{
	(void)state;
	use(GOOD, OTHER);
	begin(LONG_MS);
	world.has_no_sockets = true;
	assert_in_range(timed_status("ok.test", ANSWER_FAILURE), QUERY_REFUSED_MS,
			2 * QUERY_REFUSED_MS);
	world.has_no_sockets = false;
	begin(LONG_MS);
	assert_status("ok.test", ANSWER_OK);
}

static void resolver_keeps_off_the_standard_descriptors(void **state)
{
	(void)state;
	world.gives_standard_fds = true;
	use(GOOD, NONE);
	begin(LONG_MS);
	assert_true(resolver_want(resolver, span_of("late.test"), DNS_A));
	for (int fd = 0; fd <= 2; fd++)
		assert_null(world_find(fd));
	assert_status("late.test", ANSWER_OK);
}

static void resolver_is_not_disturbed_by_signals(void **state)
{
	(void)state;
	use(GOOD, NONE);
	begin(LONG_MS);
	world.interrupts = 5;
	assert_status("late.test", ANSWER_OK);
	world.interrupts = 5;
	assert_int_equal(get("big.test", DNS_TXT)->status, ANSWER_OK);
}

static void resolver_past_a_stop_is_past_the_deadline(void **state)
{
	(void)state;
	use(DEAD, NONE);
	begin(500);
	assert_true(resolver_want(resolver, span_of("ok.test"), DNS_A));
	world.now_ms += 60000; /* stopped, or suspended */
	assert_int_equal(timed_status("ok.test", ANSWER_FAILURE), 0);
	assert_true(resolver_deadline_passed(resolver));
}

/* ---- notify ---- */

enum { WIDTH = 100 };

struct walk {
	unsigned calls, started, depth;
};

/* Starts one more question for each answer it can see, as the prefetch does. */
static void start_next(void *arg)
{
	struct walk *walk = arg;
	char name[32];

	walk->calls++;
	assert_int_equal(walk->depth++, 0);
	for (; walk->started < WIDTH; walk->started++) {
		snprintf(name, sizeof(name), "n%u.test", walk->started);
		if (walk->started >= 10 && !resolver_peek(resolver, span_of(name), DNS_A))
			break;
		snprintf(name, sizeof(name), "n%u.test", walk->started + 10);
		resolver_want(resolver, span_of(name), DNS_A);
	}
	walk->depth--;
}

static void resolver_notifies_of_answers(void **state)
{
	struct walk walk = { 0 };
	char name[32];
	unsigned before;

	(void)state;
	use(GOOD, NONE);
	resolver_begin(resolver, resolver_now_ms() + LONG_MS, start_next, &walk);
	before = good->udp_queries;
	assert_status("ok.test", ANSWER_OK);
	assert_int_equal(walk.started, 10);
	for (unsigned i = 10; i < WIDTH + 10; i++) {
		snprintf(name, sizeof(name), "n%u.test", i);
		assert_false(resolver_want(resolver, span_of(name), DNS_A));
		assert_status(name, ANSWER_OK);
	}
	assert_int_equal(walk.started, WIDTH);
	assert_true(walk.calls > 1);
	assert_int_equal(good->udp_queries - before, WIDTH + 1);
	resolver_end(resolver);
}

static void resolver_asks_many_at_once(void **state)
{
	char name[32];
	unsigned before;

	(void)state;
	use(GOOD, NONE);
	begin(LONG_MS);
	before = good->udp_queries;
	for (unsigned i = 0; i < WIDTH; i++) {
		snprintf(name, sizeof(name), "m%u.test", i);
		assert_true(resolver_want(resolver, span_of(name), DNS_A));
	}
	assert_int_equal(resolver_in_flight(resolver), WIDTH);
	for (unsigned i = WIDTH; i-- > 0;) {
		snprintf(name, sizeof(name), "m%u.test", i);
		assert_status(name, ANSWER_OK);
	}
	assert_int_equal(good->udp_queries - before, WIDTH);
}

/* ---- the zone, the options ---- */

static struct zone *make_zone(void)
{
	struct zone *zone = zone_create();

	zone_add(zone, span_of("a.test"), DNS_A, 300,
		 &(struct answer_record){ .data = { "\1\2\3\4", 4 } });
	zone_add(zone, span_of("f.test"), ZONE_FAIL, 300, &(struct answer_record){ 0 });
	zone_finish(zone);
	return zone;
}

static void resolver_answers_from_a_zone(void **state)
{
	struct zone *zone = make_zone();
	struct walk walk = { 0 };
	struct resolver_fact fact;

	(void)state;
	open_resolver(&(struct resolver_options){ .zone = zone });
	resolver_begin(resolver, resolver_now_ms() + LONG_MS, start_next, &walk);
	assert_false(resolver_want(resolver, span_of("a.test"), DNS_A));
	assert_int_equal(walk.started, WIDTH); /* all at once, never inside itself */
	assert_int_equal(resolver_in_flight(resolver), 0);
	assert_memory_equal(get("a.test", DNS_A)->records[0].data.data, "\1\2\3\4", 4);
	assert_status("f.test", ANSWER_FAILURE);
	assert_int_equal(get("a.test", DNS_TXT)->status, ANSWER_NODATA);
	assert_status("b.test", ANSWER_NXDOMAIN);
	assert_true(resolver_fact(resolver, span_of("a.test"), DNS_A, &fact));
	assert_false(fact.asked);
	assert_false(fact.cached);
	resolver_end(resolver);
	zone_destroy(zone);
}

static void resolver_asks_dns_for_what_the_zone_lacks(void **state)
{
	struct zone *zone = make_zone();
	char servers[64];

	(void)state;
	snprintf(servers, sizeof(servers), "127.0.0.1:%u", WORLD_PORT + GOOD);
	open_resolver(&(struct resolver_options){
		.servers = servers,
		.zone = zone,
		.zone_and_dns = true,
	});
	begin(LONG_MS);
	assert_memory_equal(get("a.test", DNS_A)->records[0].data.data, "\1\2\3\4", 4);
	assert_status("f.test", ANSWER_FAILURE);
	assert_int_equal(get("a.test", DNS_TXT)->status, ANSWER_OK);
	assert_status("b.test", ANSWER_OK);
	assert_status("nx.test", ANSWER_NXDOMAIN);
	zone_destroy(zone);
}

static void resolver_refuses_bad_servers(void **state)
{
	struct resolver_options options = { .servers = "192.0.2.1, nonsense" };
	char error[100];

	(void)state;
	assert_null(resolver_create(&options, error, sizeof(error)));
	assert_string_equal(error, "not an address of a DNS server: nonsense");
	assert_non_null(resolver_library_version());
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, open_world, close_resolver)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(resolver_gives_what_the_server_says),
		TEST(resolver_asks_once_in_a_session_and_keeps_by_ttl),
		TEST(resolver_sends_names_byte_for_byte),
		TEST(resolver_does_not_take_noise_for_an_answer),
		TEST(resolver_leaves_a_dead_server),
		TEST(resolver_goes_on_at_once_from_a_closed_port),
		TEST(resolver_asks_the_other_server_when_one_fails),
		TEST(resolver_waits_for_a_closed_port),
		TEST(resolver_asks_a_silent_server_until_the_deadline),
		TEST(resolver_takes_a_late_answer),
		TEST(resolver_learns_how_slow_a_server_is),
		TEST(resolver_takes_a_slow_answer_after_quick_ones),
		TEST(resolver_makes_up_for_lost_datagrams),
		TEST(resolver_fails_by_runs_only_what_lost_all),
		TEST(resolver_outlives_an_outage),
		TEST(resolver_says_whose_fault_a_failure_is),
		TEST(resolver_warns_once_of_servers_that_all_fail),
		TEST(resolver_bounds_the_datagrams_of_a_lane),
		TEST(resolver_keeps_lanes_apart),
		TEST(resolver_asks_again_for_another_lane),
		TEST(resolver_lets_no_lane_use_up_anothers_transmissions),
		TEST(resolver_takes_the_first_answer_of_slow_servers),
		TEST(resolver_keeps_the_deadline),
		TEST(resolver_does_not_blame_a_server_that_answers),
		TEST(resolver_comes_back_to_a_server_that_answers),
		TEST(resolver_leaves_a_dead_server_in_short_sessions),
		TEST(resolver_does_not_mix_up_sessions),
		TEST(resolver_takes_long_answers_over_tcp),
		TEST(resolver_gives_up_on_bad_tcp),
		TEST(resolver_fails_no_query_for_another),
		TEST(resolver_does_without_edns),
		TEST(resolver_without_descriptors_fails_and_recovers),
		TEST(resolver_keeps_off_the_standard_descriptors),
		TEST(resolver_is_not_disturbed_by_signals),
		TEST(resolver_past_a_stop_is_past_the_deadline),
		TEST(resolver_notifies_of_answers),
		TEST(resolver_asks_many_at_once),
		TEST(resolver_answers_from_a_zone),
		TEST(resolver_asks_dns_for_what_the_zone_lacks),
		cmocka_unit_test(resolver_refuses_bad_servers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
