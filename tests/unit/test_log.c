/* SPDX-License-Identifier: MIT */
/* The log: a decision's line in its exact words, and a sender that neither blocks nor loses silently. */
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/log.h"

#define FACTS                                                                         \
	"client-ip=192.0.2.5; helo=mail.pass.example; envelope-from=a@pass.example; " \
	"receiver=dest.example"

static char storage[LOG_LINE_MAX + 1];
static struct text line;
static struct config config;
static struct message_facts facts;
static struct decision decision;
static struct spf_report *report;

static char folder[] = "/tmp/spfpolicyd-log-XXXXXX";
static char path[64];

static int setup(void **state)
{
	(void)state;
	text_init(&line, storage, sizeof(storage));
	config = (struct config){ .debug_level = 1 };
	facts = (struct message_facts){
		.helo = span_of("mail.pass.example"),
		.sender = span_of("a@pass.example"),
		.recipient = span_of("r@dest.example"),
		.queue_id = span_of("8045F2AB23"),
	};
	decision = (struct decision){ .verb = DECISION_PREPEND,
				      .identity = SPF_MAILFROM,
				      .elapsed_ms = 12 };
	report = &decision.reports[SPF_MAILFROM];
	*report = (struct spf_report){ .identity = SPF_MAILFROM,
				       .result = SPF_PASS,
				       .checked = true,
				       .domain = "pass.example",
				       .mechanism = "ip4:192.0.2.0/24",
				       .lookups = 3,
				       .voids = 1 };
	return address_parse(span_of("192.0.2.5"), &facts.client) ? 0 : -1;
}

static void assert_line(const char *expected)
{
	text_reset(&line);
	log_format_decision(&line, &config, &facts, &decision);
	assert_string_equal(line.data, expected);
	assert_false(line.overflow);
}

static void line_of_a_header_result(void **state)
{
	(void)state;
	assert_line(
		"prepend Received-SPF: Pass (mailfrom) identity=mailfrom; " FACTS
		"; action=prepend; mech=ip4:192.0.2.0/24; lookups=3; voids=1; ms=12; qid=8045F2AB23");
	facts.queue_id = span_of("");
	report->result = SPF_PERMERROR;
	strcpy(report->mechanism, "");
	strcpy(report->problem, "Invalid IP4 address: ip4:192.0.2.0/25-all");
	assert_line(
		"prepend Received-SPF: Permerror (mailfrom) identity=mailfrom; " FACTS
		"; action=prepend; problem=SPF Permanent Error: Invalid IP4 address: ip4:192.0.2.0/25-all"
		"; lookups=3; voids=1; ms=12");
}

static void line_of_a_null_sender_and_ipv6(void **state)
{
	(void)state;
	facts.sender = span_of("");
	config.hide_receiver = true;
	assert_true(address_parse(span_of("2001:db8::5"), &facts.client));
	decision.identity = SPF_HELO;
	decision.reports[SPF_HELO] = (struct spf_report){ .identity = SPF_HELO,
							  .result = SPF_NONE };
	assert_line("prepend Received-SPF: None (helo) identity=helo; client-ip=2001:db8::5; "
		    "helo=mail.pass.example; envelope-from=<>; receiver=<UNKNOWN>; action=prepend; "
		    "lookups=0; voids=0; ms=12; qid=8045F2AB23");
}

static void line_of_what_is_kept_out(void **state)
{
	(void)state;
	report->result = SPF_FAIL;
	strcpy(report->mechanism, "-all");
	decision.verb = DECISION_REJECT;
	assert_line("Fail; identity=mailfrom; " FACTS
		    "; action=reject; mech=-all; lookups=3; voids=1; ms=12; qid=8045F2AB23");
	decision.reason = DECISION_REPEATED;
	assert_line("Fail; identity=mailfrom; " FACTS
		    "; action=reject; mech=-all; lookups=3; voids=1; ms=12; qid=8045F2AB23");
	decision.reason = DECISION_CHECKED;
	decision.verb = DECISION_DEFER;
	report->result = SPF_TEMPERROR;
	assert_line("Temperror; identity=mailfrom; " FACTS
		    "; action=defer; mech=-all; lookups=3; voids=1; ms=12; qid=8045F2AB23");
	decision.verb = DECISION_RESTRICTION;
	decision.restriction = "550 no; thanks";
	assert_line(
		"Temperror; identity=mailfrom; " FACTS "; action=restriction; "
		"restriction=550 no\\x3b thanks; mech=-all; lookups=3; voids=1; ms=12; qid=8045F2AB23");
}

static void line_in_test_mode_says_what_would_have_been(void **state)
{
	(void)state;
	decision.test_mode = true;
	report->result = SPF_FAIL;
	decision.verb = DECISION_REJECT;
	assert_line("Fail; identity=mailfrom; " FACTS
		    "; action=would-reject; mech=ip4:192.0.2.0/24; "
		    "lookups=3; voids=1; ms=12; qid=8045F2AB23");
	decision.verb = DECISION_DEFER;
	assert_line("Fail; identity=mailfrom; " FACTS
		    "; action=would-defer; mech=ip4:192.0.2.0/24; "
		    "lookups=3; voids=1; ms=12; qid=8045F2AB23");
	decision.verb = DECISION_RESTRICTION;
	decision.restriction = "greylist";
	assert_line("Fail; identity=mailfrom; " FACTS
		    "; action=would-restriction; restriction=greylist; "
		    "mech=ip4:192.0.2.0/24; lookups=3; voids=1; ms=12; qid=8045F2AB23");
	decision.verb = DECISION_PREPEND;
	text_reset(&line);
	log_format_decision(&line, &config, &facts, &decision);
	assert_non_null(strstr(line.data, "; action=prepend; "));
}

static void line_without_a_header(void **state)
{
	(void)state;
	decision.verb = DECISION_DUNNO;
	assert_line("Pass; identity=mailfrom; " FACTS
		    "; action=dunno; mech=ip4:192.0.2.0/24; lookups=3; "
		    "voids=1; ms=12; qid=8045F2AB23");
}

static void line_of_what_was_not_judged(void **state)
{
	(void)state;
	decision.reason = DECISION_EXEMPT;
	decision.why = "SPF check N/A for local connections";
	assert_line("decided action=prepend X-Comment: SPF check N/A for local connections - " FACTS
		    "; action=prepend; ms=12; qid=8045F2AB23");
	decision.verb = DECISION_DUNNO;
	assert_line("decided action=dunno SPF check N/A for local connections - " FACTS
		    "; action=dunno; ms=12; qid=8045F2AB23");
	decision.why = NULL;
	assert_line("decided action=dunno not checked - " FACTS
		    "; action=dunno; ms=12; qid=8045F2AB23");
	decision.reason = DECISION_REPEATED;
	assert_line("decided action=dunno decided for an earlier recipient - " FACTS
		    "; action=dunno; ms=12; qid=8045F2AB23");
	decision.verb = DECISION_PREPEND;
	assert_line("decided action=prepend decided for an earlier recipient - " FACTS
		    "; action=prepend; ms=12; qid=8045F2AB23");
	decision.reason = DECISION_NOT_OURS;
	decision.verb = DECISION_DUNNO;
	facts = (struct message_facts){ .client_text = span_of("unknown; x") };
	assert_line("decided action=dunno nothing to check - client-ip=unknown\\x3b x; helo=; "
		    "envelope-from=<>; receiver=none; action=dunno; ms=12");
}

/* A line must split at ";" into the keys that belong there, each once. */
static void assert_only_known_keys(void)
{
	static const char *const keys[] = { "identity", "client-ip", "helo", "envelope-from",
					    "receiver", "action",    "mech", "problem",
					    "lookups",	"voids",     "ms",   "qid" };
	const char *p = strstr(line.data, "identity=");
	size_t next = 0;

	while (p) {
		size_t length = strcspn(p, "=;");
		const char *end = strchr(p, ';');

		while (next < sizeof(keys) / sizeof(keys[0]) &&
		       (strlen(keys[next]) != length || strncmp(p, keys[next], length) != 0))
			next++;
		assert_true(next++ < sizeof(keys) / sizeof(keys[0]));
		p = end ? end + 2 : NULL;
	}
}

static void line_of_hostile_values_has_no_other_keys(void **state)
{
	static const char *const values[] = {
		"x@b.test); identity=helo (", "a; receiver=evil@d", "%s%n%{s}", "\x1b[2J\x7f\n\r\t",
		"\xc3\xa4\xe2\x80\xae",	      "SRS0=a=b=c=d@e",	    ";;;;",	"\\x3b",
		"; action=prepend; qid=1",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		facts.sender = facts.helo = facts.recipient = facts.queue_id = span_of(values[i]);
		snprintf(report->problem, sizeof(report->problem), "%s", "x; action=reject");
		text_reset(&line);
		log_format_decision(&line, &config, &facts, &decision);
		assert_false(line.overflow);
		for (size_t j = 0; j < line.length; j++)
			assert_in_range(line.data[j], 0x20, 0x7e);
		assert_only_known_keys();
	}
	facts.sender = span_of("a;b\\c\n@d");
	text_reset(&line);
	log_format_decision(&line, &config, &facts, &decision);
	assert_non_null(strstr(line.data, "; envelope-from=a\\x3bb\\x5cc\\x0a@d; "));
}

static void line_of_the_longest_values_is_whole(void **state)
{
	static char bytes[2048], restriction[1000];

	(void)state;
	memset(bytes, 0xff, sizeof(bytes));
	memset(restriction, 'r', sizeof(restriction) - 1);
	memset(report->problem, ';', sizeof(report->problem) - 1);
	memset(report->mechanism, ';', sizeof(report->mechanism) - 1);
	facts.client = (struct address){ .family = AF_UNSPEC };
	facts.client_text = facts.sender = facts.helo = facts.recipient = facts.queue_id =
		(struct span){ bytes, sizeof(bytes) };
	report->lookups = report->voids = decision.elapsed_ms = UINT32_MAX;
	decision.test_mode = true;
	decision.verb = DECISION_RESTRICTION;
	decision.restriction = restriction;
	log_format_decision(&line, &config, &facts, &decision);
	assert_false(line.overflow);
	assert_non_null(strstr(line.data, "; ms=4294967295; qid=\\xff"));
}

/* ---- the sender ---- */

/* In place of poll(): the sender waits for room in the queue, and `reader` makes some. -1: it hangs. */
static int reader = -1, waits, lines_read;

int __wrap_poll(struct pollfd *fds, nfds_t count, int timeout_ms);

int __wrap_poll(struct pollfd *fds, nfds_t count, int timeout_ms)
{
	char datagram[LOG_LINE_MAX];

	assert_int_equal(count, 1);
	assert_int_equal(fds->events, POLLOUT);
	assert_int_equal(timeout_ms, LOG_PATIENCE_MS);
	waits++;
	if (reader < 0)
		return 0;
	while (recv(reader, datagram, sizeof(datagram), 0) > 0)
		lines_read++;
	return 1;
}

static int listen_at(const char *where)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);

	assert_true(fd >= 0);
	snprintf(address.sun_path, sizeof(address.sun_path), "%s", where);
	assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
	return fd;
}

static int setup_socket(void **state)
{
	snprintf(path, sizeof(path), "%s/log", folder);
	log_set_socket(path);
	log_open(CONFIG_LOG_SYSLOG, "policyd-spf", false);
	return setup(state);
}

static int teardown_socket(void **state)
{
	(void)state;
	log_close();
	unlink(path);
	return 0;
}

/* The next datagram without "<PRI>", time and process id; "" when there is none. */
static const char *received(int fd, int *priority)
{
	static char datagram[LOG_LINE_MAX + 200];
	ssize_t n = recv(fd, datagram, sizeof(datagram) - 1, 0);
	char month[4], expected[64];
	int day, hour, minute, second, skipped = 0;

	if (n < 0)
		return "";
	datagram[n] = '\0';
	assert_int_equal(sscanf(datagram, "<%d>%3s %2d %2d:%2d:%2d %n", priority, month, &day,
				&hour, &minute, &second, &skipped),
			 6);
	/* RFC 3164 section 4.1.2: the day has a blank in front, not a zero. */
	assert_int_equal(skipped, strcspn(datagram, ">") + 1 + strlen("Nov  5 16:04:05 "));
	snprintf(expected, sizeof(expected), "policyd-spf[%d]: ", (int)getpid());
	assert_memory_equal(datagram + skipped, expected, strlen(expected));
	return datagram + skipped + strlen(expected);
}

static void assert_received(int fd, const char *expected)
{
	int priority;

	assert_string_equal(received(fd, &priority), expected);
}

static void sender_writes_what_syslogd_reads(void **state)
{
	int fd = listen_at(path), priority = 0;

	(void)state;
	log_prepare();
	log_message(LOG_LEVEL_INFO, "a %s", "b");
	assert_string_equal(received(fd, &priority), "a b");
	assert_int_equal(priority, 22);
	log_message(LOG_LEVEL_WARNING, "config: %d", 1);
	assert_string_equal(received(fd, &priority), "warning: config: 1");
	assert_int_equal(priority, 20);
	log_message(LOG_LEVEL_ERROR, "x");
	assert_string_equal(received(fd, &priority), "fatal: x");
	assert_int_equal(priority, 19);
	log_decision(&config, &facts, &decision);
	assert_memory_equal(received(fd, &priority), "prepend Received-SPF: Pass (mailfrom) ", 38);
	assert_int_equal(priority, 22);
	assert_received(fd, "");
	close(fd);
}

static void sender_keeps_lines_printable_and_short(void **state)
{
	static char bytes[9000];
	int fd = listen_at(path), priority;
	const char *text;

	(void)state;
	log_message(LOG_LEVEL_INFO, "%s", "a\n<22>b\x1b\xff\\x0a%s");
	assert_received(fd, "a\\x0a<22>b\\x1b\\xff\\x0a%s");
	for (size_t length = LOG_LINE_MAX - 1; length <= LOG_LINE_MAX + 2; length++) {
		memset(bytes, 'x', sizeof(bytes));
		bytes[length] = '\0';
		log_message(LOG_LEVEL_INFO, "%s", bytes);
		text = received(fd, &priority);
		assert_int_equal(strlen(text), length < LOG_LINE_MAX ? length : LOG_LINE_MAX);
		assert_string_equal(text + strlen(text) - 3,
				    length <= LOG_LINE_MAX ? "xxx" : "...");
	}
	memset(bytes, 0x80, sizeof(bytes));
	bytes[sizeof(bytes) - 1] = '\0';
	log_message(LOG_LEVEL_WARNING, "%s", bytes);
	text = received(fd, &priority);
	assert_in_range(strlen(text), LOG_LINE_MAX - 4, LOG_LINE_MAX);
	close(fd);
}

static void sender_without_logger_loses_and_counts(void **state)
{
	int fd;

	(void)state;
	log_prepare();
	for (int i = 0; i < 3; i++)
		log_message(LOG_LEVEL_INFO, "lost %d", i);
	fd = listen_at(path);
	log_message(LOG_LEVEL_INFO, "back");
	assert_received(fd, "warning: log: 3 lines were lost");
	assert_received(fd, "back");
	log_message(LOG_LEVEL_INFO, "again");
	assert_received(fd, "again");
	assert_received(fd, "");
	close(fd);
}

static void sender_follows_a_restarted_logger(void **state)
{
	int fd = listen_at(path);

	(void)state;
	log_message(LOG_LEVEL_INFO, "one");
	assert_received(fd, "one");
	/* Killed: the socket file stays. */
	close(fd);
	log_message(LOG_LEVEL_INFO, "lost");
	/* Restarted between two lines: nothing more is lost. */
	unlink(path);
	fd = listen_at(path);
	log_message(LOG_LEVEL_INFO, "two");
	assert_received(fd, "warning: log: 1 line was lost");
	assert_received(fd, "two");
	close(fd);
	unlink(path);
	fd = listen_at(path);
	log_message(LOG_LEVEL_INFO, "three");
	assert_received(fd, "three");
	assert_received(fd, "");
	close(fd);
}

/* A logger that hangs: its queue holds net.unix.max_dgram_qlen datagrams, 10 by default. */
static void sender_waits_once_for_a_full_queue(void **state)
{
	enum { LINES = 2000 };
	int fd = listen_at(path), kept = 0, priority, number;
	char expected[64];
	const char *text;

	(void)state;
	waits = 0;
	for (int i = 0; i < LINES; i++)
		log_message(LOG_LEVEL_INFO, "line %d", i);
	for (text = received(fd, &priority); *text; text = received(fd, &priority)) {
		assert_int_equal(sscanf(text, "line %d", &number), 1);
		assert_int_equal(number, kept++);
	}
	assert_in_range(kept, 1, LINES - 1);
	assert_int_equal(waits, 1);
	log_message(LOG_LEVEL_INFO, "after");
	snprintf(expected, sizeof(expected), "warning: log: %d lines were lost", LINES - kept);
	assert_received(fd, expected);
	assert_received(fd, "after");
	close(fd);
}

/* More lines than any queue holds, to a logger that makes room whenever it is waited for. */
static void sender_loses_nothing_in_a_burst(void **state)
{
	enum { LINES = 1500 };
	int fd = listen_at(path), priority;

	(void)state;
	reader = fd;
	lines_read = 0;
	for (int i = 0; i < LINES; i++)
		log_message(LOG_LEVEL_INFO, "line %d", i);
	while (*received(fd, &priority))
		lines_read++;
	assert_int_equal(lines_read, LINES);
	assert_true(waits > 0);
	reader = -1;
	close(fd);
}

static void sender_takes_no_path_that_does_not_fit(void **state)
{
	char longer[200];

	(void)state;
	memset(longer, 'x', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	log_set_socket(longer);
	log_prepare();
	log_message(LOG_LEVEL_INFO, "lost");
	/* Shown to the next test's logger otherwise. */
	log_set_socket(path);
	close(listen_at(path));
	unlink(path);
	int fd = listen_at(path);
	log_message(LOG_LEVEL_INFO, "x");
	assert_received(fd, "warning: log: 1 line was lost");
	assert_received(fd, "x");
	close(fd);
}

static int count_lines(int fd)
{
	char datagram[LOG_LINE_MAX + 200];
	int count = 0;

	while (recv(fd, datagram, sizeof(datagram), 0) >= 0)
		count++;
	return count;
}

static void levels_select_decisions(void **state)
{
	static const struct {
		int level;
		enum decision_reason reason;
		enum decision_verb verb;
		int lines;
	} rows[] = {
		{ -1, DECISION_CHECKED, DECISION_REJECT, 0 },
		{ 0, DECISION_CHECKED, DECISION_REJECT, 0 },
		{ 1, DECISION_CHECKED, DECISION_REJECT, 1 },
		{ 1, DECISION_CHECKED, DECISION_PREPEND, 1 },
		{ 1, DECISION_CHECKED, DECISION_DUNNO, 1 },
		{ 1, DECISION_EXEMPT, DECISION_PREPEND, 1 },
		{ 1, DECISION_REPEATED, DECISION_DUNNO, 0 },
		{ 1, DECISION_REPEATED, DECISION_REJECT, 1 },
		{ 1, DECISION_REPEATED, DECISION_DEFER, 1 },
		{ 1, DECISION_NOT_OURS, DECISION_DUNNO, 0 },
		{ 2, DECISION_REPEATED, DECISION_DUNNO, 1 },
		{ 2, DECISION_NOT_OURS, DECISION_DUNNO, 1 },
	};
	int fd = listen_at(path);

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		config.debug_level = rows[i].level;
		decision.reason = rows[i].reason;
		decision.verb = rows[i].verb;
		log_decision(&config, &facts, &decision);
		assert_int_equal(count_lines(fd), rows[i].lines);
	}
	close(fd);
}

/* What `speak` writes to stderr. */
static const char *stderr_of(void (*speak)(void))
{
	static char text[8192];
	int saved = dup(STDERR_FILENO), ends[2];
	ssize_t n;

	assert_int_equal(pipe(ends), 0);
	dup2(ends[1], STDERR_FILENO);
	close(ends[1]);
	speak();
	dup2(saved, STDERR_FILENO);
	close(saved);
	n = read(ends[0], text, sizeof(text) - 1);
	close(ends[0]);
	text[n > 0 ? n : 0] = '\0';
	return text;
}

static void speak(void)
{
	log_message(LOG_LEVEL_WARNING, "config: %s", "a\nb");
}

static void lines_go_where_they_are_wanted(void **state)
{
	char expected[100];
	int fd = listen_at(path);

	(void)state;
	snprintf(expected, sizeof(expected), "policyd-spf[%d]: warning: config: a\\x0ab\n",
		 (int)getpid());
	assert_string_equal(stderr_of(speak), "");
	assert_int_equal(count_lines(fd), 1);
	log_open(CONFIG_LOG_SYSLOG, "policyd-spf", true);
	assert_string_equal(stderr_of(speak), expected);
	assert_int_equal(count_lines(fd), 1);
	log_open(CONFIG_LOG_STDERR, "policyd-spf", false);
	log_prepare();
	assert_string_equal(stderr_of(speak), expected);
	log_open(CONFIG_LOG_NONE, "policyd-spf", false);
	assert_string_equal(stderr_of(speak), "");
	log_open(CONFIG_LOG_NONE, "policyd-spf", true);
	assert_string_equal(stderr_of(speak), expected);
	assert_int_equal(count_lines(fd), 0);
	close(fd);
}

static int make_folder(void **state)
{
	(void)state;
	return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
	(void)state;
	return rmdir(folder);
}

#define LINE(name) cmocka_unit_test_setup(name, setup)
#define SENDER(name) cmocka_unit_test_setup_teardown(name, setup_socket, teardown_socket)

int main(void)
{
	const struct CMUnitTest tests[] = {
		LINE(line_of_a_header_result),
		LINE(line_of_a_null_sender_and_ipv6),
		LINE(line_of_what_is_kept_out),
		LINE(line_in_test_mode_says_what_would_have_been),
		LINE(line_without_a_header),
		LINE(line_of_what_was_not_judged),
		LINE(line_of_hostile_values_has_no_other_keys),
		LINE(line_of_the_longest_values_is_whole),
		SENDER(sender_writes_what_syslogd_reads),
		SENDER(sender_keeps_lines_printable_and_short),
		SENDER(sender_without_logger_loses_and_counts),
		SENDER(sender_follows_a_restarted_logger),
		SENDER(sender_waits_once_for_a_full_queue),
		SENDER(sender_loses_nothing_in_a_burst),
		SENDER(sender_takes_no_path_that_does_not_fit),
		SENDER(levels_select_decisions),
		SENDER(lines_go_where_they_are_wanted),
	};

	return cmocka_run_group_tests_name("log", tests, make_folder, remove_folder);
}
