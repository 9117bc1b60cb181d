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
#include <fcntl.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/time.h>

#include "dns/resolver.h"
#include "dns_responder.h"

enum {
	LONG_MS = 30000, /* a deadline that is not met */
	QUICK_MS = 900,	 /* less than one try of a server: nothing was waited for in vain */
};

static struct responder good, other, dead;
static struct resolver *resolver;

static int start_servers(void **state)
{
	(void)state;
	good = responder_start(false);
	other = responder_start(false);
	dead = responder_start(true);
	return good.pid > 0 && other.pid > 0 && dead.pid > 0 ? 0 : -1;
}

static int stop_servers(void **state)
{
	(void)state;
	responder_stop(&good);
	responder_stop(&other);
	responder_stop(&dead);
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
static void use_ports(unsigned first, unsigned second)
{
	char servers[64];

	snprintf(servers, sizeof(servers), second ? "127.0.0.1:%u,127.0.0.1:%u" : "127.0.0.1:%u",
		 first, second);
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
	use_ports(good.port, 0);
	begin(LONG_MS);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		unsigned before = good.log->udp_questions;

		assert_true(timed_status(rows[i].name, rows[i].status) < QUICK_MS);
		/* The only server would say the same again. */
		assert_int_equal(good.log->udp_questions - before, 1);
	}
	assert_memory_equal(get("ok.test", DNS_A)->records[0].data.data, "\300\0\2\1", 4);
	assert_memory_equal(get("txt.test", DNS_TXT)->records[0].data.data, "v=spf1 -all", 11);
	assert_int_equal(resolver_in_flight(resolver), 0);
}

static void resolver_asks_once_in_an_epoch_and_keeps_by_ttl(void **state)
{
	struct resolver_fact fact;
	const struct answer *answer;
	unsigned before;

	(void)state;
	use_ports(good.port, 0);
	begin(LONG_MS);
	before = good.log->udp_questions;
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
	assert_int_equal(good.log->udp_questions - before, 3);
	assert_true(resolver_fact(resolver, span_of("ok.test"), DNS_A, &fact));
	assert_true(fact.asked);
	assert_false(fact.cached);

	begin(LONG_MS);
	before = good.log->udp_questions;
	assert_false(resolver_want(resolver, span_of("ok.test"), DNS_A));
	assert_status("ok.test", ANSWER_OK);
	assert_int_equal(good.log->udp_questions - before, 0);
	assert_true(resolver_fact(resolver, span_of("ok.test"), DNS_A, &fact));
	assert_false(fact.asked);
	assert_true(fact.cached);
	assert_int_equal(fact.elapsed_ms, 0);
	assert_status("ttl0.test", ANSWER_OK);
	assert_status("servfail.test", ANSWER_FAILURE);
	assert_int_equal(good.log->udp_questions - before, 2);
}

static void resolver_sends_names_byte_for_byte(void **state)
{
	static const uint8_t wire[] = "\12ok\\\\\\a\x01\xff \"\4test";
	unsigned before;

	(void)state;
	use_ports(good.port, 0);
	begin(LONG_MS);
	assert_status("ok\\\\\\a\x01\xff \".test", ANSWER_OK);
	assert_memory_equal(good.log->name, wire, sizeof(wire));
	assert_status("\\.test", ANSWER_OK);
	assert_memory_equal(good.log->name, "\1\\\4test", 8);
	before = good.log->udp_questions;
	assert_status("host.onion", ANSWER_NXDOMAIN); /* RFC 7686: never asked */
	assert_int_equal(good.log->udp_questions, before);
}

static void resolver_does_not_take_noise_for_an_answer(void **state)
{
	unsigned before;

	(void)state;
	use_ports(good.port, 0);
	begin(LONG_MS);
	before = good.log->udp_questions;
	assert_true(timed_status("noise.test", ANSWER_OK) < QUICK_MS);
	assert_int_equal(good.log->udp_questions - before, 1);
	assert_status("flood.test", ANSWER_OK);
	assert_memory_equal(get("flood.test", DNS_A)->records[0].data.data, "\300\0\2\1", 4);
}

static void resolver_leaves_a_dead_server(void **state)
{
	struct resolver_fact fact;

	(void)state;
	use_ports(dead.port, good.port);
	begin(LONG_MS);
	assert_true(timed_status("ok.test", ANSWER_OK) < 2 * RESOLVER_TRY_MS);
	assert_true(resolver_fact(resolver, span_of("ok.test"), DNS_A, &fact));
	assert_true(fact.elapsed_ms >= RESOLVER_TRY_MS);
	assert_true(timed_status("a.test", ANSWER_OK) < QUICK_MS);
	begin(LONG_MS);
	assert_true(timed_status("b.test", ANSWER_OK) < QUICK_MS);
}

static void resolver_goes_on_at_once_from_a_closed_port(void **state)
{
	struct responder closed = responder_start(true);

	(void)state;
	responder_stop(&closed);
	use_ports(closed.port, good.port);
	begin(LONG_MS);
	assert_true(timed_status("ok.test", ANSWER_OK) < QUICK_MS);
	resolver_destroy(resolver);

	use_ports(closed.port, 0);
	begin(LONG_MS);
	assert_true(timed_status("ok.test", ANSWER_FAILURE) < QUICK_MS);
}

static void resolver_asks_the_other_server_when_one_fails(void **state)
{
	static const char *const names[] = { "servfail.test", "refused.test", "malformed.test" };

	(void)state;
	use_ports(good.port, other.port);
	begin(LONG_MS);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		unsigned first = good.log->udp_questions, second = other.log->udp_questions;

		assert_true(timed_status(names[i], ANSWER_FAILURE) < QUICK_MS);
		assert_int_equal(good.log->udp_questions - first, 1);
		assert_int_equal(other.log->udp_questions - second, 1);
	}
}

static void resolver_gives_up_on_silence(void **state)
{
	unsigned ms, before;

	(void)state;
	use_ports(good.port, 0);
	begin(LONG_MS);
	before = good.log->udp_questions;
	assert_true(resolver_want(resolver, span_of("silent.test"), DNS_TXT));
	ms = timed_status("silent.test", ANSWER_FAILURE);
	assert_true(ms > 2 * RESOLVER_TRY_MS);
	assert_true(ms < 8000);
	assert_int_equal(get("silent.test", DNS_TXT)->status, ANSWER_FAILURE);
	assert_int_equal(good.log->udp_questions - before, 4); /* each of them twice */
	assert_int_equal(resolver_in_flight(resolver), 0);
}

static void resolver_takes_the_first_answer_of_slow_servers(void **state)
{
	const struct answer *answer;

	(void)state;
	use_ports(good.port, other.port);
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
	unsigned ms, before;

	(void)state;
	use_ports(good.port, dead.port);
	begin(200);
	assert_false(resolver_deadline_passed(resolver));
	ms = timed_status("silent.test", ANSWER_FAILURE);
	assert_true(ms >= 200);
	assert_true(ms < 2000);
	assert_true(resolver_deadline_passed(resolver));
	before = good.log->udp_questions;
	assert_false(resolver_want(resolver, span_of("ok.test"), DNS_A));
	assert_status("ok.test", ANSWER_FAILURE);
	assert_int_equal(good.log->udp_questions, before);
	begin(LONG_MS);
	assert_status("ok.test", ANSWER_OK);
}

static void resolver_does_not_blame_a_server_that_answers(void **state)
{
	(void)state;
	use_ports(good.port, dead.port);
	begin(3 * RESOLVER_TRY_MS / 2);
	assert_true(resolver_want(resolver, span_of("silent.test"), DNS_A));
	assert_status("ok.test", ANSWER_OK);
	/* Silence about one name is the name's, not the server's. */
	assert_status("silent.test", ANSWER_FAILURE);
	begin(LONG_MS);
	assert_true(timed_status("a.test", ANSWER_OK) < QUICK_MS);
}

static void resolver_comes_back_to_a_server_that_answers(void **state)
{
	(void)state;
	use_ports(good.port, dead.port);
	begin(3 * RESOLVER_TRY_MIN_MS / 2); /* one hand-over for each question, no more */
	for (char name[] = "silent.0.test"; name[7] <= '9'; name[7]++)
		resolver_want(resolver, span_of(name), DNS_A);
	assert_status("silent.test", ANSWER_FAILURE);
	begin(LONG_MS);
	assert_status("ok.test", ANSWER_OK); /* asked of the dead one first */
	assert_true(timed_status("a.test", ANSWER_OK) < QUICK_MS);
	assert_true(timed_status("b.test", ANSWER_OK) < QUICK_MS);
}

static void resolver_leaves_a_dead_server_in_short_epochs(void **state)
{
	(void)state;
	use_ports(dead.port, good.port);
	begin(RESOLVER_TRY_MS);
	assert_true(timed_status("ok.test", ANSWER_OK) < RESOLVER_TRY_MS);
	begin(RESOLVER_TRY_MS);
	assert_status("a.test", ANSWER_OK);
}

static void resolver_does_not_mix_up_epochs(void **state)
{
	(void)state;
	use_ports(good.port, 0);
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
	use_ports(good.port, 0);
	begin(LONG_MS);
	answer = get("big.test", DNS_TXT);
	assert_int_equal(answer->status, ANSWER_OK);
	assert_int_equal(answer->records[0].data.length, BIG_SIZE - BIG_SIZE / 200);
}

static void resolver_gives_up_on_bad_tcp(void **state)
{
	uint64_t before;

	(void)state;
	use_ports(good.port, 0);
	begin(LONG_MS);
	assert_true(timed_status("reset.test", ANSWER_FAILURE) < QUICK_MS);
	before = resolver_now_ms();
	assert_true(resolver_want(resolver, span_of("drip.test"), DNS_A));
	assert_true(resolver_want(resolver, span_of("mute.test"), DNS_A));
	assert_true(resolver_want(resolver, span_of("zero.test"), DNS_A));
	assert_status("drip.test", ANSWER_FAILURE);
	assert_status("mute.test", ANSWER_FAILURE);
	assert_status("zero.test", ANSWER_FAILURE);
	assert_true(resolver_now_ms() - before < 12000);
	assert_status("ok.test", ANSWER_OK);
}

/* For each query anew: what one answer says must not decide for the life of the process. */
static void resolver_does_without_edns(void **state)
{
	unsigned before, edns;

	(void)state;
	use_ports(good.port, 0);
	begin(LONG_MS);
	before = good.log->udp_questions;
	edns = good.log->edns_questions;
	for (char name[] = "formerr.0.test"; name[8] <= '9'; name[8]++)
		assert_true(timed_status(name, ANSWER_OK) < QUICK_MS);
	assert_int_equal(good.log->udp_questions - before, 20);
	assert_int_equal(good.log->edns_questions - edns, 10);
	assert_status("ok.test", ANSWER_OK);
	assert_int_equal(good.log->edns_questions - edns, 11);
}

static void resolver_without_descriptors_fails_and_recovers(void **state)
{
	struct rlimit limit, none;
	int next = dup(0);

	(void)state;
	use_ports(good.port, other.port);
	begin(LONG_MS);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	close(next);
	none = limit;
	none.rlim_cur = (rlim_t)next;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	assert_status("ok.test", ANSWER_FAILURE);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	begin(LONG_MS);
	assert_status("ok.test", ANSWER_OK);
}

static void resolver_keeps_off_the_standard_descriptors(void **state)
{
	int saved = dup(0);

	(void)state;
	use_ports(good.port, 0);
	begin(LONG_MS);
	close(0);
	assert_true(resolver_want(resolver, span_of("late.test"), DNS_A));
	assert_int_equal(fcntl(0, F_GETFD), -1);
	assert_status("late.test", ANSWER_OK);
	if (saved >= 0) {
		assert_int_equal(dup2(saved, 0), 0);
		close(saved);
	}
}

static void ignore_signal(int number)
{
	(void)number;
}

static void resolver_is_not_disturbed_by_signals(void **state)
{
	struct sigaction action = { .sa_handler = ignore_signal };
	struct itimerval often = { { 0, 500 }, { 0, 500 } }, never = { 0 };

	(void)state;
	use_ports(good.port, 0);
	begin(LONG_MS);
	sigaction(SIGALRM, &action, NULL); /* without SA_RESTART */
	setitimer(ITIMER_REAL, &often, NULL);
	assert_status("late.test", ANSWER_OK);
	assert_int_equal(get("big.test", DNS_TXT)->status, ANSWER_OK);
	setitimer(ITIMER_REAL, &never, NULL);
}

static void resolver_past_a_stop_is_past_the_deadline(void **state)
{
	pid_t child = fork();
	int status;

	(void)state;
	assert_true(child >= 0);
	if (child == 0) {
		use_ports(dead.port, 0);
		begin(500);
		status = get("ok.test", DNS_A)->status == ANSWER_FAILURE &&
					 resolver_deadline_passed(resolver) ?
				 0 :
				 1;
		resolver_destroy(resolver);
		_exit(status);
	}
	responder_sleep(100);
	kill(child, SIGSTOP);
	responder_sleep(700);
	kill(child, SIGCONT);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	resolver = NULL;
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
	use_ports(good.port, 0);
	resolver_begin(resolver, resolver_now_ms() + LONG_MS, start_next, &walk);
	before = good.log->udp_questions;
	assert_status("ok.test", ANSWER_OK);
	assert_int_equal(walk.started, 10);
	for (unsigned i = 10; i < WIDTH + 10; i++) {
		snprintf(name, sizeof(name), "n%u.test", i);
		assert_false(resolver_want(resolver, span_of(name), DNS_A));
		assert_status(name, ANSWER_OK);
	}
	assert_int_equal(walk.started, WIDTH);
	assert_true(walk.calls > 1);
	assert_int_equal(good.log->udp_questions - before, WIDTH + 1);
	resolver_end(resolver);
}

static void resolver_asks_many_at_once(void **state)
{
	char name[32];
	unsigned before;

	(void)state;
	use_ports(good.port, 0);
	begin(LONG_MS);
	before = good.log->udp_questions;
	for (unsigned i = 0; i < WIDTH; i++) {
		snprintf(name, sizeof(name), "m%u.test", i);
		assert_true(resolver_want(resolver, span_of(name), DNS_A));
	}
	assert_int_equal(resolver_in_flight(resolver), WIDTH);
	for (unsigned i = WIDTH; i-- > 0;) {
		snprintf(name, sizeof(name), "m%u.test", i);
		assert_status(name, ANSWER_OK);
	}
	assert_int_equal(good.log->udp_questions - before, WIDTH);
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
	snprintf(servers, sizeof(servers), "127.0.0.1:%u", good.port);
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

#define TEST(test) cmocka_unit_test_teardown(test, close_resolver)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(resolver_gives_what_the_server_says),
		TEST(resolver_asks_once_in_an_epoch_and_keeps_by_ttl),
		TEST(resolver_sends_names_byte_for_byte),
		TEST(resolver_does_not_take_noise_for_an_answer),
		TEST(resolver_leaves_a_dead_server),
		TEST(resolver_goes_on_at_once_from_a_closed_port),
		TEST(resolver_asks_the_other_server_when_one_fails),
		TEST(resolver_gives_up_on_silence),
		TEST(resolver_takes_the_first_answer_of_slow_servers),
		TEST(resolver_keeps_the_deadline),
		TEST(resolver_does_not_blame_a_server_that_answers),
		TEST(resolver_comes_back_to_a_server_that_answers),
		TEST(resolver_leaves_a_dead_server_in_short_epochs),
		TEST(resolver_does_not_mix_up_epochs),
		TEST(resolver_takes_long_answers_over_tcp),
		TEST(resolver_gives_up_on_bad_tcp),
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

	return cmocka_run_group_tests(tests, start_servers, stop_servers);
}
